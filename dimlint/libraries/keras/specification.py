"""``InputSpec``: what a layer of the program says about its inputs. Source: https://keras.io/api/layers/base_layer."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dimlint.core.dim import never_equal
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Instance, LibraryClass, Machine, Ref, Tensor, Value
from dimlint.libraries.keras.base import FEATURE, RANK, shows_none
from dimlint.libraries.keras.library import LIBRARY as keras

INPUT_SPEC = "layers.InputSpec"


@keras.type(INPUT_SPEC)
class InputSpec:
    """Number of dimensions and sizes that an input must have."""

    def __init__(
        machine: Machine,
        self: Ref,
        dtype: Value = None,
        shape: Value = None,
        ndim: Value = None,
        max_ndim: Value = None,
        min_ndim: Value = None,
        axes: Value = None,
        allow_last_axis_squeeze: Value = False,
        name: Value = None,
        optional: Value = False,
    ) -> None:
        sizes, wanted = machine.plain(shape), machine.plain(axes)
        ndim = len(sizes) if isinstance(sizes, (tuple, list)) else ndim if sizes is None else None
        most = ndim if ndim is not None else max_ndim
        if isinstance(wanted, dict) and isinstance(most, int) and any(isinstance(axis, int) and axis >= most for axis in wanted):
            raise Problem(ARGUMENT, f"InputSpec axes {show(list(wanted))} do not exist in an input of {most} dimensions", blame="axes")
        given = {"dtype": dtype, "shape": sizes, "ndim": ndim, "max_ndim": max_ndim, "min_ndim": min_ndim, "axes": wanted}
        held = machine.contents(self)
        if not isinstance(held, Instance):
            raise Undecided("what an InputSpec is made on is not known")
        machine.update(self, replace(held, attributes={**held.attributes, **given, "squeeze": allow_last_axis_squeeze}))


def check_spec(machine: Machine, self: Ref, args: Sequence[Value]) -> None:
    """Refuse a first argument that does not fit ``self.input_spec`` of the program's own layer. Raises Problem, Undecided."""
    held = machine.contents(self)
    if not isinstance(held, Instance) or isinstance(held.cls, LibraryClass) or not args:
        return
    stated = machine.plain(held.attributes.get("input_spec"))
    specs = list(stated) if isinstance(stated, (tuple, list)) else [stated]
    known = [_attributes(machine, spec) for spec in specs]
    inputs = machine.plain(args[0])
    given = list(inputs) if isinstance(inputs, (tuple, list)) else [inputs]
    if not any(known) or len(given) != len(specs):
        return
    for spec, x in zip(known, given):
        if spec and isinstance(x, Tensor):
            _check_rank(spec, x)
            _check_sizes(spec, x)


def _attributes(machine: Machine, spec: Value) -> Mapping[str, Value]:
    """What an ``InputSpec`` demands; nothing for anything else."""
    held = machine.contents(spec) if isinstance(spec, Ref) else None
    if isinstance(held, Instance) and isinstance(held.cls, LibraryClass) and held.cls.name == INPUT_SPEC:
        return held.attributes
    return {}


def _check_rank(spec: Mapping[str, Value], x: Tensor) -> None:
    rank = x.shape.rank
    exact, least, most = spec["ndim"], spec["min_ndim"], spec["max_ndim"]
    if isinstance(exact, int) and spec["squeeze"] is False and rank != exact:
        raise Problem(RANK, f"the layer's input_spec needs {exact} dimensions, got {x.shape} with {rank}")
    if isinstance(least, int) and rank < least:
        raise Problem(RANK, f"the layer's input_spec needs at least {least} dimensions, got {x.shape} with {rank}")
    if isinstance(most, int) and rank > most:
        raise Problem(RANK, f"the layer's input_spec needs at most {most} dimensions, got {x.shape} with {rank}")


def _check_sizes(spec: Mapping[str, Value], x: Tensor) -> None:
    axes, sizes = spec["axes"], spec["shape"]
    wanted = dict(axes) if isinstance(axes, dict) else {}
    if isinstance(sizes, (tuple, list)) and spec["squeeze"] is False:
        wanted |= dict(enumerate(sizes))
    for axis, size in wanted.items():
        if not isinstance(axis, int) or not isinstance(size, int):
            continue
        if not -x.shape.rank <= axis < x.shape.rank:
            raise Undecided(f"axis {axis} of the layer's input_spec does not exist in {x.shape}")
        if not shows_none(x.shape[axis]) and never_equal(x.shape[axis], size):
            raise Problem(FEATURE, f"the layer's input_spec needs size {size} at axis {axis}, but the input is {x.shape}")
