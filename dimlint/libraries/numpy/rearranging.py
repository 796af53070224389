"""The same elements in another form: reshaped, transposed, turned, repeated, padded."""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, always_equal, always_positive, maximum, never_equal, product
from dimlint.core.layer import ARGUMENT, unify
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Machine, Tensor, Unknown, Value, is_size
from dimlint.libraries.numpy.creation import made
from dimlint.libraries.numpy.known import MAX_VALUES, elements_of, vector
from dimlint.libraries.numpy.library import (
    LIBRARY,
    MERGE,
    RANK,
    array,
    axes_of,
    axis_of,
    count_of,
    function,
    lost,
    replaced,
    require_own,
    require_rank,
    shape_of,
    values_of,
)  # fmt: skip
from dimlint.shapes.agree import broadcast
from dimlint.shapes.rearrange import expand, move, permute, swap
from dimlint.shapes.rearrange import reshape as reshaped


def _dims(given: Value, label: str) -> list[Dim]:
    """The sizes of another form; one of them may be -1, and what is not known may be so. Raises Undecided."""
    lost(given)
    given = values_of(given)
    if isinstance(given, Tensor) and given.shape:
        raise Undecided(f"the sizes given to {label} are not known")
    sizes = given if isinstance(given, (tuple, list)) else (given,)
    for size in sizes:
        if not is_size(size) and not isinstance(size, (Unknown, Tensor)):
            raise Undecided(f"the sizes given to {label} are not known")
    return [count_of(size, label) for size in sizes]


def _inferred(size: Dim) -> Dim:
    """Any negative size is what is left."""
    return -1 if isinstance(size, int) and size < 0 else size


def _reshaped(a: Value, sizes: Sequence[Dim], order: Value) -> Tensor:
    data = made(a)
    found = reshaped(data.shape, list(map(_inferred, sizes)), "numpy.reshape")
    return vector(data.values, found[0], data.dtype) if found.rank == 1 and data.values is not None else array(found, data.dtype)


@function("reshape")
def reshape(a: Value, shape: Value = None, order: Value = "C", *, newshape: Value = None, copy: Value = None) -> Tensor:
    """Another form of as many elements."""
    require_own(a, "reshape")
    return _reshaped(a, _dims(newshape if shape is None else shape, "reshape"), order)


@function("Tensor.reshape")
def reshape_method(a: Tensor, *shape: Value, order: Value = "C", copy: Value = None) -> Tensor:
    """Another form of as many elements."""
    if not shape:
        raise Problem(ARGUMENT, "numpy.ndarray.reshape needs the sizes of the other form")
    sizes = shape[0] if len(shape) == 1 else shape
    return _reshaped(a, _dims(sizes, "reshape"), order)


@function("ravel", "Tensor.ravel", "Tensor.flatten", "Tensor.@flat")
def ravel(a: Value, order: Value = "C") -> Tensor:
    """All elements in a row."""
    require_own(a, "ravel")
    data = made(a)
    return vector(data.values, data.shape[0], data.dtype) if data.shape.rank == 1 else array(Shape(product(data.shape)), data.dtype)


@function("resize")
def resize(a: Shape, new_shape: Value) -> Shape:
    """The elements repeated to fill another form."""
    return Shape(*_not_negative(_dims(new_shape, "resize"), "resize"))


@function("Tensor.resize")
def resize_method(machine: Machine, a: Tensor, *new_shape: Value, refcheck: Value = True) -> None:
    """The array itself takes another form."""
    machine.forget_tensor(a, "it was resized in place")


@function("expand_dims")
def expand_dims(a: Value, axis: Value) -> Tensor:
    """New axes of size 1."""
    data = made(a)
    lost(axis)
    given = axis if isinstance(axis, (tuple, list)) else (axis,)
    dims: list[Dim] = list(data.shape)
    for index in sorted(axes_of(axis, data.shape.rank, "expand_dims", extra=len(given))):
        dims.insert(index, 1)
    return array(Shape(*dims), data.dtype)


@function("squeeze", "Tensor.squeeze")
def squeeze(a: Value, axis: Value = None) -> Tensor:
    """Without axes of size 1."""
    require_own(a, "squeeze")
    data = made(a)
    shape = data.shape
    if axis is None:
        if not all(always_equal(size, 1) or never_equal(size, 1) for size in shape):
            raise Undecided("which axes of an array have size 1 is not known")
        return array(Shape(*(size for size in shape if never_equal(size, 1))), data.dtype)
    dropped = axes_of(axis, shape.rank, "squeeze") if shape or axis not in (0, -1) else []
    for index in dropped:
        text = f"numpy.squeeze: axis {index} of {shape} has the size {shape[index]}, which is not 1"
        unify(shape[index], 1, RANK, text, blame="axis")
    return array(Shape(*(size for index, size in enumerate(shape) if index not in dropped)), data.dtype)


@function("transpose", "permute_dims")
def transpose(a: Shape, axes: Value = None) -> Shape:
    """Axes in another order, or the other way round."""
    if axes is None:
        return Shape(*reversed(a))
    lost(axes)
    given = values_of(axes)
    if not isinstance(given, (tuple, list)):
        raise Undecided("the order of the axes is not known")
    if len(given) != a.rank:
        raise Problem(RANK, f"numpy.transpose: {len(given)} axes are given for the {a.rank}-d array {a}", blame="axes")
    return permute(a, axes_of(tuple(given), a.rank, "transpose"), "numpy.transpose")


@function("Tensor.transpose")
def transpose_method(a: Shape, *axes: Value) -> Shape:
    """Axes in another order, or the other way round."""
    given = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
    return transpose(a, given or None)


@function("Tensor.@T")
def transposed(a: Tensor) -> Tensor:
    """Axes the other way round."""
    return a if a.shape.rank < 2 else array(Shape(*reversed(a.shape)), a.dtype)


@function("Tensor.@mT", "matrix_transpose")
def matrix_transposed(x: Shape) -> Shape:
    """The last two axes exchanged."""
    require_rank(x, 2, "matrix_transpose")
    return swap(x, x.rank - 2, x.rank - 1)


@function("swapaxes", "Tensor.swapaxes")
def swapaxes(a: Shape, axis1: Value, axis2: Value) -> Shape:
    """Two axes exchanged."""
    return swap(a, axis_of(axis1, a.rank, "swapaxes"), axis_of(axis2, a.rank, "swapaxes"))


@function("moveaxis")
def moveaxis(a: Shape, source: Value, destination: Value) -> Shape:
    """Axes at other places."""
    places = [axes_of(given, a.rank, "moveaxis") for given in (source, destination)]
    return move(a, places[0], places[1], "numpy.moveaxis")


@function("rollaxis")
def rollaxis(a: Shape, axis: Value, start: Value = 0) -> Shape:
    """An axis put before another one."""
    index, place = axis_of(axis, a.rank, "rollaxis"), axis_of(start, a.rank, "rollaxis", extra=1)
    if isinstance(start, int) and start < 0:
        place = axis_of(start, a.rank, "rollaxis")
    dims = [size for i, size in enumerate(a) if i != index]
    dims.insert(place - 1 if index < place else place, a[index])
    return Shape(*dims)


def _at_least(count: int) -> None:
    def widened(x: Shape) -> Shape:
        if count == 3 and x.rank in (1, 2):
            return Shape(1, x[0], 1) if x.rank == 1 else Shape(*x, 1)
        return Shape(*(1,) * (count - x.rank), *x)

    def body(*arys: Value) -> Value:
        """Arrays of at least so many axes."""
        found = [widened(shape_of(x, "atleast")) for x in arys]
        return found[0] if len(found) == 1 else tuple(found)

    function(f"atleast_{count}d")(body)


for _count in (1, 2, 3):
    _at_least(_count)


@function("broadcast_to")
def broadcast_to(array: Shape, shape: Value, subok: Value = False) -> Shape:
    """Axes of size 1 repeated."""
    return expand(array, _not_negative(_dims(shape, "broadcast_to"), "broadcast_to"), "numpy.broadcast_to")


def _not_negative(sizes: list[Dim], label: str) -> list[Dim]:
    if any(isinstance(size, int) and size < 0 for size in sizes):
        raise Problem(ARGUMENT, f"numpy.{label}: sizes must not be negative, got {Shape(*sizes)}", blame="shape")
    return sizes


@function("broadcast_arrays")
def broadcast_arrays(*args: Value, subok: Value = False) -> tuple[Shape, ...]:
    """All arrays in the shape that they broadcast to."""
    shapes = [shape_of(x, "broadcast_arrays") for x in args]
    return (broadcast(shapes, "numpy.broadcast_arrays"),) * len(shapes)


# -- turned


@function("flip")
def flip(m: Value, axis: Value = None) -> Tensor:
    """Axes the other way round."""
    data = made(m)
    if axis is not None:
        axes_of(axis, data.shape.rank, "flip")
    return vector(data.values[::-1], data.shape[0], data.dtype) if data.values is not None else array(data.shape, data.dtype)


@function("fliplr")
def fliplr(m: Shape) -> Shape:
    """The second axis the other way round."""
    require_rank(m, 2, "fliplr")
    return m


@function("flipud")
def flipud(m: Shape) -> Shape:
    """The first axis the other way round."""
    require_rank(m, 1, "flipud")
    return m


@function("rot90")
def rot90(m: Shape, k: int = 1, axes: Value = (0, 1)) -> Shape:
    """Quarter turns in the plane of two axes."""
    given = axes_of(axes, m.rank, "rot90")
    if len(given) != 2:
        raise Problem(RANK, f"numpy.rot90 turns the plane of 2 axes, got {len(given)}", blame="axes")
    return swap(m, given[0], given[1]) if k % 2 else m


@function("roll")
def roll(a: Value, shift: Value, axis: Value = None) -> Tensor:
    """Elements moved around."""
    data = made(a)
    if axis is not None:
        lost(axis)
        for index in axis if isinstance(axis, (tuple, list)) else (axis,):
            axis_of(index, data.shape.rank, "roll")
    known, steps = data.values, -shift if isinstance(shift, int) else None
    if known and steps is not None:
        steps %= len(known)
        return vector(known[steps:] + known[:steps], len(known), data.dtype)
    return array(data.shape, data.dtype)


# -- repeated and padded


@function("repeat", "Tensor.repeat")
def repeat(a: Value, repeats: Value, axis: Value = None) -> Tensor:
    """Each element, or each slice along an axis, several times in a row."""
    data = made(a)
    lost(repeats)
    flat = Shape(product(data.shape)) if axis is None else data.shape or Shape(1)
    index = 0 if axis is None else axis_of(axis, flat.rank, "repeat")
    counts = values_of(repeats)
    if isinstance(counts, (tuple, list)) and len(counts) == 1:
        counts = counts[0]
    if is_size(counts):
        if all(map(always_positive, flat)):
            _require_count(counts, "repeat")
        counts = maximum(counts, 0)
        values = elements_of(data)
        if values is not None and isinstance(counts, int) and counts * len(values) <= MAX_VALUES:
            return vector(tuple(item for item in values for _ in range(counts)), counts * len(values), data.dtype)
        return array(replaced(flat, index, flat[index] * counts), data.dtype)
    if isinstance(counts, (tuple, list)) and all(map(is_size, counts)):
        unify(len(counts), flat[index], MERGE, f"numpy.repeat: {len(counts)} counts for {flat[index]} elements of {flat}", blame="repeats")
        return array(replaced(flat, index, sum(counts, start=0)), data.dtype)
    raise Undecided("how often elements are repeated is not known")


def _require_count(count: Dim, label: str) -> None:
    if isinstance(count, int) and count < 0:
        raise Problem(ARGUMENT, f"numpy.{label}: a count must not be negative, got {count}")


@function("tile")
def tile(A: Value, reps: Value) -> Tensor:
    """Copies beside one another along each axis."""
    data = made(A)
    counts = _dims(reps, "tile")
    for count in counts if all(map(always_positive, data.shape)) else ():
        _require_count(count, "tile")
    counts = [maximum(count, 0) for count in counts]
    rank = max(data.shape.rank, len(counts))
    sizes = zip((*(1,) * (rank - data.shape.rank), *data.shape), (*(1,) * (rank - len(counts)), *counts))
    found = Shape(*(size * count for size, count in sizes))
    if data.values is not None and rank == 1 and counts and isinstance(counts[0], int) and counts[0] * len(data.values) <= MAX_VALUES:
        return vector(data.values * counts[0], found[0], data.dtype)
    return array(found, data.dtype)


@function("pad")
def pad(array: Shape, pad_width: Value, mode: Value = "constant", **options: Value) -> Shape:
    """Elements added before and behind, along each axis."""
    widths = _widths(values_of(pad_width), array)
    return Shape(*(size + before + behind for size, (before, behind) in zip(array, widths)))


def _widths(given: Value, x: Shape) -> list[tuple[Dim, Dim]]:
    """What is added before and behind, for each axis: one pair for all, or one for each. Raises Problem(rank-mismatch), Undecided."""
    lost(given)
    if isinstance(given, dict):
        raise Undecided("widths by axis are not modelled")
    given = (given,) if is_size(given) else given
    if not isinstance(given, (tuple, list)) or not given:
        raise Undecided("the widths of a padding are not known")
    if all(map(is_size, given)):
        if len(given) > 2:
            raise Problem(RANK, f"numpy.pad: {len(given)} widths are no pair for each axis of {x}", blame="pad_width")
        return [_pair(given)] * x.rank
    pairs = [values_of(pair) for pair in given]
    if not all(isinstance(pair, (tuple, list)) and pair and all(map(is_size, pair)) for pair in pairs) or len(set(map(len, pairs))) > 1:
        raise Undecided("the widths of a padding are not known")
    if len(pairs[0]) > 2:
        raise Problem(RANK, f"numpy.pad: {len(pairs[0])} widths for an axis are no pair", blame="pad_width")
    if len(pairs) not in (1, x.rank):
        raise Problem(RANK, f"numpy.pad: {len(pairs)} pairs of widths for the {x.rank}-d array {x}", blame="pad_width")
    found = [_pair(pair) for pair in pairs]
    return found * x.rank if len(found) == 1 else found


def _pair(given: Sequence[Dim]) -> tuple[Dim, Dim]:
    """What is added before and behind. Raises Problem(invalid-layer-argument)."""
    if any(isinstance(width, int) and width < 0 for width in given):
        raise Problem(ARGUMENT, "numpy.pad: a width must not be negative", blame="pad_width")
    return given[0], given[-1]


@function("trim_zeros")
def trim_zeros(filt: Value, *args: Value, **options: Value) -> Value:
    """Without zeros at the ends: how many are left depends on the elements."""
    raise Undecided("how many elements are left without zeros is not known")


def as_shapes(values: Value, label: str) -> list[Shape]:
    """The shapes of a sequence of arrays, or of the slices of an array. Raises Undecided."""
    lost(values)
    if isinstance(values, Tensor) and values.shape and isinstance(values.shape[0], int) and values.shape[0] <= 4096:
        return [Shape(*values.shape[1:])] * values.shape[0]
    if not isinstance(values, (tuple, list)):
        raise Undecided(f"what {label} joins is not known")
    return [to_shape(item, "an array") for item in values]




KEEPING = """transpose permute_dims Tensor.transpose swapaxes Tensor.swapaxes moveaxis rollaxis broadcast_to fliplr flipud rot90 pad resize
matrix_transpose Tensor.@mT"""
"""Functions whose results have the element type of the array."""
LIBRARY.keeping |= set(KEEPING.split())
