"""Several arrays into one and one into several."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, maximum, product, unknown_dim
from dimlint.core.layer import ARGUMENT, unify
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Tensor, Value, is_size
from dimlint.libraries.numpy.creation import made
from dimlint.libraries.numpy.known import elements_of, vector
from dimlint.libraries.numpy.library import RANK, RESHAPE, array, axis_of, function, lost, replaced, require_rank, values_of
from dimlint.libraries.numpy.rearranging import as_shapes
from dimlint.shapes import agree, select


def _some(shapes: list[Shape], label: str) -> list[Shape]:
    if not shapes:
        raise Problem(ARGUMENT, f"numpy.{label} needs at least one array")
    return shapes


def _kind(values: Value) -> str | None:
    """The element type of arrays that all have the same."""
    if isinstance(values, Tensor):
        return values.dtype
    kinds = {made(item).dtype for item in values} if isinstance(values, (tuple, list)) else set()
    return next(iter(kinds)) if len(kinds) == 1 else None


def _joined(shapes: list[Shape], axis: int, label: str) -> Shape:
    if any(not shape for shape in shapes):
        raise Problem(RANK, f"numpy.{label}: arrays without dimensions cannot be joined")
    return agree.concatenate(shapes, axis, f"numpy.{label}")


@function("concatenate", "concat")
def concatenate(arrays: Value, axis: Value = 0, out: Value = None, **options: Value) -> Tensor:
    """Arrays joined along an axis that they have; all other sizes agree."""
    shapes = _some(as_shapes(arrays, "concatenate"), "concatenate")
    kind = _kind(arrays) if "dtype" not in options else None
    if axis is None:
        return array(Shape(sum((product(shape) for shape in shapes), start=0)), kind)
    if any(not shape for shape in shapes):
        raise Problem(RANK, "numpy.concatenate: arrays without dimensions cannot be joined")
    found = _joined(shapes, axis_of(axis, shapes[0].rank, "concatenate"), "concatenate")
    parts = [elements_of(item) for item in arrays] if isinstance(arrays, (tuple, list)) and found.rank == 1 else [None]
    if all(part is not None for part in parts) and "dtype" not in options:
        return vector([item for part in parts for item in part or ()], found[0], kind)
    return array(found, kind)


@function("stack")
def stack(arrays: Value, axis: Value = 0, out: Value = None, **options: Value) -> Tensor:
    """Arrays of the same shape joined along a new axis."""
    shapes = _some(as_shapes(arrays, "stack"), "stack")
    place = axis_of(axis, shapes[0].rank, "stack", extra=1)
    return array(agree.stack(shapes, place, "numpy.stack"), _kind(arrays) if "dtype" not in options else None)


@function("vstack", "row_stack")
def vstack(tup: Value, **options: Value) -> Tensor:
    """Arrays of at least two axes joined along the first."""
    widened = [Shape(*(1,) * (2 - x.rank), *x) for x in _some(as_shapes(tup, "vstack"), "vstack")]
    return array(_joined(widened, 0, "vstack"), _kind(tup) if not options else None)


@function("hstack")
def hstack(tup: Value, **options: Value) -> Tensor:
    """Arrays joined along the second axis, vectors along their only one."""
    widened = [x or Shape(1) for x in _some(as_shapes(tup, "hstack"), "hstack")]
    return array(_joined(widened, 0 if widened[0].rank == 1 else 1, "hstack"), _kind(tup) if not options else None)


@function("dstack")
def dstack(tup: Value) -> Tensor:
    """Arrays of at least three axes joined along the third."""
    shapes = _some(as_shapes(tup, "dstack"), "dstack")
    widened = [Shape(1, *(x or (1,)), 1) if x.rank < 2 else Shape(*x, 1) if x.rank == 2 else x for x in shapes]
    return array(_joined(widened, 2, "dstack"), _kind(tup))


@function("column_stack")
def column_stack(tup: Value) -> Tensor:
    """Vectors as columns, and matrices, side by side."""
    widened = [Shape(*(x or (1,)), 1) if x.rank < 2 else x for x in _some(as_shapes(tup, "column_stack"), "column_stack")]
    return array(_joined(widened, 1, "column_stack"), _kind(tup))


@function("append")
def append(arr: Value, values: Value, axis: Value = None) -> Tensor:
    """One array behind another, flat unless an axis is given."""
    lost(arr)
    lost(values)
    if axis is not None:
        return concatenate((arr, values), axis)
    first, second = elements_of(made(arr)), elements_of(made(values) if not is_size(values) else made((values,)))
    total = product(to_shape(arr, "arr")) + product(to_shape(values, "values"))
    return vector((*first, *second) if first is not None and second is not None else None, total, _kind((arr, values)))


@function("insert")
def insert(arr: Value, obj: Value, values: Value, axis: Value = None) -> Tensor:
    """Elements put in before given places."""
    data = made(arr)
    shape = Shape(product(data.shape)) if axis is None else data.shape
    index = 0 if axis is None else axis_of(axis, shape.rank, "insert")
    if isinstance(obj, int) and not isinstance(obj, bool) and (not to_shape(values, "values") or shape.rank > 1):
        given = to_shape(values, "values")
        if given:
            raise Undecided("slices put in at one place are not modelled")
        select.require_index(obj, shape[index] + 1, shape, index, "numpy.insert")
        return array(replaced(shape, index, shape[index] + 1), data.dtype)
    raise Undecided("how many elements are put in is not known")


@function("delete")
def delete(arr: Value, obj: Value, axis: Value = None) -> Tensor:
    """Without the elements at given places."""
    data = made(arr)
    shape = Shape(product(data.shape)) if axis is None else data.shape
    index = 0 if axis is None else axis_of(axis, shape.rank, "delete")
    if isinstance(obj, int) and not isinstance(obj, bool):
        select.require_index(obj, shape[index], shape, index, "numpy.delete")
        return array(replaced(shape, index, maximum(shape[index] - 1, 0)), data.dtype)
    return array(replaced(shape, index, unknown_dim("n", low=0, reason="how many elements are left is not known")), data.dtype)


@function("block")
def block(arrays: Value) -> Tensor:
    """Nested lists of arrays as one."""
    raise Undecided("blocks of arrays are not modelled")


# -- parts


def _cuts(x: Shape, given: Value, axis: int, label: str, *, equal: bool) -> list[Dim]:
    """The sizes of parts: of a number of them, or between given places. Raises Problem, Undecided."""
    lost(given)
    given = values_of(given)
    if isinstance(given, Tensor):
        raise Undecided(f"where {label} cuts is not known")
    if isinstance(given, (tuple, list)):
        if not all(isinstance(place, int) for place in given):
            raise Undecided(f"where {label} cuts is not known")
        select.require_few(len(given))
        ends = [0, *given, None]
        return [select.slice_length(x[axis], slice(start, stop)) for start, stop in pairwise(ends)]
    if not isinstance(given, int) or isinstance(given, bool):
        raise Undecided(f"how many parts {label} gives is not known")
    if given <= 0:
        raise Problem(ARGUMENT, f"numpy.{label}: the number of parts must be greater than zero, got {given}", blame="indices_or_sections")
    select.require_few(given)
    if not equal:
        return select.tensor_split(x[axis], given)
    text = f"numpy.{label}: axis {axis} of size {x[axis]} cannot be cut into {given} equal parts, from the array {x}"
    unify(x[axis] % given, 0, RESHAPE, text, blame="indices_or_sections")
    return [x[axis] // given] * given


def _parts(data: Tensor, sizes: Sequence[Dim], axis: int) -> list[Tensor]:
    known = data.values
    if known is None or not all(isinstance(size, int) for size in sizes) or sum(sizes) != len(known):
        return [array(replaced(data.shape, axis, size), data.dtype) for size in sizes]
    found, start = [], 0
    for size in sizes:
        found.append(vector(known[start : start + int(size)], size, data.dtype))
        start += int(size)
    return found


def _split(name: str, equal: bool) -> None:
    def body(ary: Value, indices_or_sections: Value, axis: Value = 0) -> list[Tensor]:
        """Parts along an axis."""
        data = made(ary)
        index = axis_of(axis, data.shape.rank, name)
        return _parts(data, _cuts(data.shape, indices_or_sections, index, name, equal=equal), index)

    body.__name__ = name
    function(name)(body)


_split("split", True)
_split("array_split", False)


def _split_along(name: str, least: int) -> None:
    def body(ary: Value, indices_or_sections: Value) -> list[Tensor]:
        """Parts along one axis."""
        data = made(ary)
        require_rank(data.shape, least, name)
        index = {"hsplit": min(data.shape.rank - 1, 1), "vsplit": 0, "dsplit": 2}[name]
        return _parts(data, _cuts(data.shape, indices_or_sections, index, name, equal=True), index)

    body.__name__ = name
    function(name)(body)


_split_along("hsplit", 1)
_split_along("vsplit", 2)
_split_along("dsplit", 3)


@function("unstack")
def unstack(x: Shape, *, axis: Value = 0) -> tuple[Shape, ...]:
    """One array for each position along one axis, which disappears."""
    require_rank(x, 1, "unstack")
    index = axis_of(axis, x.rank, "unstack")
    size = x[index]
    if not isinstance(size, int):
        raise Undecided(f"how many arrays unstack gives for the size {size} is not known")
    return (Shape(*x[:index], *x[index + 1 :]),) * select.require_few(size)
