"""Kinds of constructor arguments that only PyTorch has, and functions made from layer declarations."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from dimlint.core.dim import Dim, Shape, always_equal, never_positive
from dimlint.core.layer import ARGUMENT, REQUIRED, Field, Layer, dim, refuse, show
from dimlint.core.opening import SPATIAL
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value
from dimlint.libraries.torch.module import torch

RANK = "rank-mismatch"
CHANNELS = "channel-mismatch"
FEATURES = "feature-mismatch"
NONPOSITIVE = "nonpositive-dimension"
RESHAPE = "reshape-mismatch"
MERGE = "merge-mismatch"


def turned(x: Shape, channels: Dim, spatial: int) -> str:
    """What a message adds where the last axis of an input holds the channels that are asked for before the spatial axes."""
    if x.rank <= spatial or not isinstance(channels, int) or not always_equal(x[-1], channels):
        return ""
    if spatial > 1 and always_equal(x[-2], channels):  # as well a size as all the others
        return ""
    axes = ", ".join((*("N" for _ in range(x.rank - spatial - 1)), "C", *SPATIAL[spatial]))
    return f". Channels seem to come last in it: torch wants ({axes})"


def needs(name: str, value: object) -> str:
    """How a message ends that knows what an argument should be: an integer, or integers."""
    known = all(isinstance(item, int) for item in (value if isinstance(value, tuple) else (value,)))
    return f". Needs {name}={value}" if known else ""


def mended(x: Shape, channels: Dim, spatial: int, name: str, actual: Dim) -> str:
    """How a message on channels ends: that those asked for come last, or else that the argument should be the actual ones."""
    return (turned(x, channels, spatial) if spatial in SPATIAL else "") or needs(name, actual)


def count(default: object = REQUIRED) -> Any:
    """A number of features or channels: an integer that a tensor can have as its size, so not negative."""
    kind: Field = dim(default)

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        size = kind.convert(value, owner, name)
        if isinstance(size, int) and size < 0:
            raise refuse(owner, name, "zero or more", value)
        return size

    return Field(convert, default)


def index(default: object = REQUIRED, *, optional: bool = False) -> Any:
    """The number of an axis, possibly negative. Unknown stays Unknown."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if isinstance(value, (float, str)) or (value is None and not optional):
            raise refuse(owner, name, "an integer", value)
        if value is None or isinstance(value, int):
            return value if value is None else int(value)
        return value if isinstance(value, Unknown) else Unknown(f"{name} is not a known integer")

    return Field(convert, default)


def probability(default: object = REQUIRED) -> Any:
    """A dropout probability, which must lie in [0, 1]."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if value is None or (isinstance(value, (int, float)) and not 0 <= value <= 1):
            raise refuse(owner, name, "between 0 and 1", value)
        return value

    return Field(convert, default)


def each_axis(layer: Layer, name: str, *, broadcast: bool = True) -> tuple[Dim, ...]:
    """The sizes of an ``axes`` argument, one for each spatial axis; one value stands for all if ``broadcast``."""
    given = getattr(layer, name)
    if isinstance(given, Unknown) or not isinstance(given, tuple):
        given = _unknown_axes(layer, name, given)
    if len(given) == 1 and broadcast:
        return tuple(given) * layer.rank
    if len(given) != layer.rank:
        wanted = "one integer" if layer.rank == 1 else f"an integer or {layer.rank} integers"
        raise Problem(ARGUMENT, f"{layer.label} {name} must be {wanted}, got {show(given)}", blame=name)
    return tuple(given)


def _unknown_axes(layer: Layer, name: str, given: Value) -> tuple[Dim, ...]:
    bool(given)  # an Unknown raises Undecided with its own reason
    raise Problem(ARGUMENT, f"{layer.label} {name} is {show(given)}", blame=name)


def require_positive(layer: Layer, name: str, values: Sequence[Dim]) -> None:
    """Refuse an argument that has a value of zero or below."""
    if any(map(never_positive, values)):
        raise Problem(ARGUMENT, f"{layer.label} {name} must be greater than zero, got {show(tuple(values))}", blame=name)


def arguments_text(layer: Layer, *names: str) -> str:
    """The arguments as people write them: the first and the padding always, the others where they are not the default."""
    parts = []
    for name in names:
        value = getattr(layer, name)
        same = isinstance(value, tuple) and value and len(set(map(str, value))) == 1
        value = value[0] if same else value
        if name in (names[0], "padding") or show(value) != show(layer.fields[name].default):
            parts.append(f"{name}={show(value)}")
    return ", ".join(parts)


def refuse_rank(label: str, wanted: str, x: Shape, hint: str = "") -> Problem:
    """The Problem for an input with the wrong number of axes."""
    return Problem(RANK, f"{label} needs {wanted}, got the {x.rank}-d input {x}" + (f"; {hint}" if hint else ""))


def axis_of(axis: Value, x: Shape, label: str, name: str = "dim", *, extra: int = 0) -> int:
    """A possibly negative axis as an index into ``x``; a scalar counts as having one axis. Raises Problem, Undecided."""
    rank = max(x.rank + extra, 1)
    if isinstance(axis, (float, str, tuple, list)):
        raise Problem(ARGUMENT, f"{label}: {name} must be an integer, got {show(axis)}", blame=name)
    if not isinstance(axis, int):
        raise Undecided(axis.reason if isinstance(axis, Unknown) else f"{name} of {label} is not a known integer")
    number = int(axis)
    if not -rank <= number < rank:
        raise Problem(RANK, f"{label}: {name}={number} is out of range for the input {x}, needs {-rank} to {rank - 1}", blame=name)
    return number % rank


def twin(
    names: Sequence[str],
    layer: type[Layer],
    *,
    order: Sequence[str] | None = None,
    extra: Sequence[str] = (),
    inputs: Sequence[str] = ("input",),
    late: Sequence[str] = (),
    **defaults: Value,
) -> None:
    """Declare functions that do what the layer does, with the layer's arguments after the input.

    order: the arguments in the function's own order, where it differs; names that the layer does not have, and ``extra`` ones
    at the end, have no influence on shapes. late: optional inputs of the layer's call that the function takes among its arguments.
    defaults: of what the layer does not have, or has another one for; REQUIRED for none.
    """
    label = names[0].rpartition(".")[2]
    renamed: type[Layer] = type(label, (layer,), {"__doc__": layer.__doc__})
    torch.function(*names)(_Twin(renamed, order, extra, inputs, late, defaults))


class _Twin:
    """The body of a function that does what a layer does. Its signature is put together when it is asked for."""

    def __init__(
        self,
        layer: type[Layer],
        order: Sequence[str] | None,
        extra: Sequence[str],
        inputs: Sequence[str],
        late: Sequence[str],
        defaults: Mapping[str, Value],
    ) -> None:
        self.layer, self.order, self.extra, self.inputs, self.late, self.defaults = layer, order, extra, inputs, late, defaults
        self.__name__, self.__doc__ = layer.__name__, layer.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        bound = self.__signature__.bind(*args, **kwargs).arguments
        given = {name: value for name, value in bound.items() if name in self.layer.fields}
        tensors = [bound[name] for name in self.inputs]
        return self.layer.bind((), given).output(*tensors, **{name: bound[name] for name in self.late if name in bound})

    @cached_property
    def __signature__(self) -> inspect.Signature:
        fields = self.layer.fields
        chosen = list(self.order) if self.order is not None else [name for name in fields if name not in ("device", "dtype")]
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        called = list(inspect.signature(self.layer.output).parameters.values())[1:]
        parameters = [inspect.Parameter(name, kind, annotation=given.annotation) for name, given in zip(self.inputs, called)]
        optional = False
        for name in (*chosen, *self.extra):
            default = self.defaults.get(name, fields[name].default if name in fields else None)
            optional = optional or default is not REQUIRED
            parameters.append(inspect.Parameter(name, kind, default=default if optional else inspect.Parameter.empty))
        return inspect.Signature(parameters)
