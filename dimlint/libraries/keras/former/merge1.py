"""``Merge`` and ``merge`` of Keras 1: tensors, or the outputs of models, joined in a mode. Source as in ``layers1``."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dimlint.core.dim import Dim, Shape, always_equal, never_equal
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import DictObject, ListObject, Machine, Ref, Tensor, Unknown, Value
from dimlint.libraries.keras.base import RANK, shows_none
from dimlint.libraries.keras.layer import LayerType, attach, instance, keras, shape_value, tensors, to_dims
from dimlint.shapes.agree import MERGE


@keras.type("layers.Merge", bases=("layers.Layer",))
class Merge:
    """Joins the tensors that it is called on, or at once the outputs of the layers that it is given."""

    def __init__(
        machine: Machine,
        self: Ref,
        layers: Value = None,
        mode: Value = "sum",
        concat_axis: Value = -1,
        dot_axes: Value = -1,
        output_shape: Value = None,
        output_mask: Value = None,
        arguments: Value = None,
        node_indices: Value = None,
        tensor_indices: Value = None,
        name: Value = None,
    ) -> None:
        if isinstance(mode, str) and mode not in MODES:
            raise Problem(ARGUMENT, f"Merge mode must be one of {', '.join(map(repr, MODES))}, got {show(mode)}", blame="mode")
        LayerType.__init__(machine, self, name=name)
        attach(machine, self, mode=mode, concat_axis=concat_axis, dot_axes=dot_axes, _output_shape=output_shape, arguments=arguments)
        if layers is None:
            return
        parts = machine.elements(layers)
        if any(not isinstance(part, Ref) for part in parts):
            raise Undecided("a layer that Merge is given is not known")
        outputs = machine.new(ListObject(tuple(machine.attribute(part, "output") for part in parts)))
        inputs = tuple(tensor for part in parts for tensor in tensors(machine, machine.attribute(part, "input")))
        attach(machine, self, _merged=(inputs, machine.call(self, (outputs,))))

    def call(machine: Machine, self: Ref, inputs: Value, mask: Value = None) -> Value:
        given = machine.elements(inputs)
        held = instance(machine, self).attributes
        if "_merged" in held:
            raise Undecided("a Merge layer is used twice")
        shapes = [_shape(item) for item in given]
        mode = held["mode"]
        if not isinstance(mode, str) and given and _shape(given[0]).rank:
            return replace(given[0], shape=_by_function(machine, mode, inputs, given, held["_output_shape"], held["arguments"]))
        if len(shapes) < 2:
            raise Problem(ARGUMENT, f"Merge needs a list of at least 2 inputs, got {len(shapes)}")
        if not isinstance(mode, str) or not all(shape.rank for shape in shapes):
            raise Undecided("what Merge does to scalars is not known")
        axes = machine.plain(held["concat_axis"] if mode == "concat" else held["dot_axes"])
        return replace(given[0], shape=MODES[mode](f"merge mode={mode!r}", shapes, axes))


@keras.function("layers.merge", "models.merge")
def merge(
    machine: Machine,
    inputs: Value,
    mode: Value = "sum",
    concat_axis: Value = -1,
    dot_axes: Value = -1,
    output_shape: Value = None,
    output_mask: Value = None,
    arguments: Value = None,
    name: Value = None,
) -> Value:
    """``Merge`` as a function."""
    layer = machine.call(keras.entries["layers.Merge"], (None, mode, concat_axis, dot_axes, output_shape, output_mask, arguments))
    return machine.call(layer, (inputs,))


def _shape(value: Value) -> Shape:
    if isinstance(value, Tensor):
        return value.shape
    raise Undecided(value.reason if isinstance(value, Unknown) else "what is merged is not known to be a tensor")


def _by_function(machine: Machine, mode: Value, inputs: Value, given: Sequence[Value], stated: Value, arguments: Value) -> Shape:
    """What a function makes has the shape that ``output_shape`` states: sizes without the batch, or a function. Raises Undecided."""
    held = machine.contents(arguments) if isinstance(arguments, Ref) else None
    machine.call(mode, (inputs,), dict(held.items) if isinstance(held, DictObject) else {})
    sizes = machine.plain(stated)
    if isinstance(sizes, (tuple, list)):
        return Shape(_shape(given[0])[0], *to_dims(sizes, "output_shape"))
    if sizes is None or isinstance(sizes, Unknown):
        raise Undecided("the shape that merge makes by a function is not known")
    shapes = machine.new(ListObject(tuple(map(shape_value, given))))
    return Shape(*to_dims(machine.plain(machine.call(stated, (shapes,))), "output_shape"))


def _same(what: str, shapes: Sequence[Shape], listed: Sequence[Shape]) -> None:
    """Require equal shapes; an open size is equal to another open one only. Raises Problem(merge-mismatch)."""
    for shape in shapes[1:]:
        agree = shape.rank == shapes[0].rank and not any(map(_differ, shape, shapes[0]))
        if not agree:
            raise Problem(MERGE, f"{what} of {' and '.join(map(str, listed))}: Keras 1 merges equal sizes only")


def _differ(a: Dim, b: Dim) -> bool:
    if shows_none(a) or shows_none(b):
        return isinstance(a, int) or isinstance(b, int)
    if not (always_equal(a, b) or never_equal(a, b)):
        doubt(f"whether {a} equals {b} is not known")
    return never_equal(a, b)


def _elementwise(what: str, shapes: Sequence[Shape], axes: Value) -> Shape:
    _same(what, shapes, shapes)
    return shapes[0]


def _axis(what: str, axis: Value, shape: Shape) -> int:
    if not isinstance(axis, int):
        raise Undecided(f"an axis of {what} is not known")
    if not -shape.rank <= axis < shape.rank:
        raise Problem(RANK, f"{what}: axis {axis} does not exist in the input {shape} with {shape.rank} dimensions")
    return axis % shape.rank


def _concatenated(what: str, shapes: Sequence[Shape], axes: Value) -> Shape:
    places = [_axis(what, axes, shape) for shape in shapes]
    _same(what, [Shape(*shape[:place], *shape[place + 1 :]) for shape, place in zip(shapes, places)], shapes)
    sizes = [shape[place] for shape, place in zip(shapes, places)]
    total = next((size for size in sizes if shows_none(size)), None)
    dims = list(shapes[0])
    dims[places[0]] = sum(sizes[1:], sizes[0]) if total is None else total
    return Shape(*dims)


def _products(what: str, shapes: Sequence[Shape], axes: Value) -> Shape:
    if len(shapes) != 2:
        raise Problem(ARGUMENT, f"{what} needs exactly 2 inputs, got {len(shapes)}")
    a, b = shapes
    pair = axes if isinstance(axes, (tuple, list)) else (axes, axes)
    if len(pair) != 2:
        raise Undecided(f"the axes of {what} are not known")
    i, j = _axis(what, pair[0], a), _axis(what, pair[1], b)
    if _differ(a[i], b[j]):
        raise Problem(MERGE, f"{what} of {a} and {b}: size {a[i]} at axis {i} is not size {b[j]} at axis {j}")
    if not (shows_none(a[0]) or shows_none(b[0])) and never_equal(a[0], b[0]):
        raise Problem(MERGE, f"{what} of {a} and {b}: batch sizes {a[0]} and {b[0]} differ")
    left = [size for axis, size in enumerate(a) if axis != i]
    right = [size for axis, size in enumerate(b) if axis not in (0, j)]
    return Shape(*left, *right) if len(left) + len(right) > 1 else Shape(*left, *right, 1)


def _cosines(what: str, shapes: Sequence[Shape], axes: Value) -> Shape:
    _same(what, shapes, shapes)
    return _products(what, shapes, axes)


MODES: dict[str, Callable[[str, Sequence[Shape], Value], Shape]] = {
    "sum": _elementwise,
    "mul": _elementwise,
    "ave": _elementwise,
    "max": _elementwise,
    "concat": _concatenated,
    "dot": _products,
    "cos": _cosines,
}
