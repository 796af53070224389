"""The same elements, or some of them, in another order or form. Source: https://keras.io/api/ops/numpy."""

from __future__ import annotations

from dimlint.core.dim import Dim, Shape, always_equal, maximum, minimum, never_equal, product, unknown_dim
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.base import RANK, shows_none
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.ops.arguments import MERGE, axes_of, axis_of, broadcast, replaced, require_rank, sizes_of, values_of
from dimlint.libraries.keras.reshaping import RESHAPE
from dimlint.libraries.keras.reshaping import reshape as new_shape
from dimlint.shapes import rearrange


@keras.function("ops.reshape")
def reshape(x: Shape, newshape: Value) -> Shape:
    """The same elements in another shape, batch included. Raises Problem(reshape-mismatch), Undecided."""
    return reshaped(x, newshape, "reshape")


def reshaped(x: Shape, newshape: Value, what: str) -> Shape:
    """The same elements in another shape; a size that may be negative as far as is known stands for -1 too."""
    target = sizes_of(newshape, "the new shape")
    numbers = [size for size in target if isinstance(size, int)]
    if any(size < -1 for size in numbers) or numbers.count(-1) > 1:
        raise Problem(RESHAPE, f"{what}: {show(target)} must hold positive sizes and one -1 at most", blame="newshape")
    if any(shows_none(size) for size in (*x, *target)):
        return _inferred(x, target)
    return new_shape(what, x, target, x)


def _inferred(x: Shape, target: tuple[Dim, ...]) -> Shape:
    """The new shape where sizes are open: nothing is checked, the -1 is what is left."""
    known = [size for size in target if not always_equal(size, -1)]
    if len(known) == len(target):
        return Shape(*target)
    rest = list(x)
    for size in list(known):
        same = next((index for index, other in enumerate(rest) if always_equal(other, size) and not isinstance(size, int)), None)
        if same is not None:
            del rest[same]
            known.remove(size)
    total, divisor = product(rest), product(known)
    left = total // divisor if isinstance(divisor, int) and divisor else unknown_dim("None", none=True)
    return Shape(*(left if always_equal(size, -1) else size for size in target))


@keras.function("ops.ravel")
def ravel(x: Shape) -> Shape:
    """All elements in one axis."""
    return Shape(product(x))


@keras.function("ops.transpose")
def transpose(x: Shape, axes: Value = None) -> Shape:
    """Axes in another order, reversed by default. Raises Problem(rank-mismatch), Undecided."""
    return permuted(x, axes, "transpose")


def permuted(x: Shape, axes: Value, what: str) -> Shape:
    """Axes in another order, reversed for None. Raises Problem(rank-mismatch), Undecided."""
    if axes is None:
        return Shape(*reversed(x))
    axes = values_of(axes)
    if not isinstance(axes, (tuple, list)):
        raise Undecided(axes.reason if isinstance(axes, Unknown) else f"the axes of {what} are not known")
    if len(axes) != x.rank:
        raise Problem(RANK, f"{what}: {len(axes)} axes {show(axes)} are given for {x} with {x.rank} dimensions", blame="axes")
    return rearrange.permute(x, [axis_of(x, axis, what) for axis in axes], what)


@keras.function("ops.swapaxes")
def swapaxes(x: Shape, axis1: Value, axis2: Value) -> Shape:
    """Two axes exchanged. Raises Problem(rank-mismatch), Undecided."""
    return rearrange.swap(x, axis_of(x, axis1, "swapaxes"), axis_of(x, axis2, "swapaxes"))


@keras.function("ops.moveaxis")
def moveaxis(x: Shape, source: Value, destination: Value) -> Shape:
    """Axes at other places. Raises Problem(rank-mismatch), Undecided."""
    return rearrange.move(x, axes_of(x, source, "moveaxis"), axes_of(x, destination, "moveaxis"), "moveaxis")


@keras.function("ops.expand_dims")
def expand_dims(x: Shape, axis: Value) -> Shape:
    """New axes of size 1. Raises Problem(rank-mismatch), Undecided."""
    count = len(axis) if isinstance(axis, (tuple, list)) else 1
    if axis is None:
        raise Undecided("the place of a new axis is not given")
    places = axes_of(x, axis, "expand_dims", count)
    sizes = iter(x)
    return Shape(*(1 if index in places else next(sizes) for index in range(x.rank + count)))


@keras.function("ops.squeeze")
def squeeze(x: Shape, axis: Value = None) -> Shape:
    """Without the axes of size 1, or the given ones. Raises Problem(reshape-mismatch, rank-mismatch), Undecided."""
    return squeezed(x, axis)


def squeezed(x: Shape, axis: Value) -> Shape:
    """Without the axes of size 1, or the given ones; an open size counts as larger, unless it is asked for."""
    if axis is None:
        if any(not isinstance(size, int) and not shows_none(size) for size in x):
            raise Undecided(f"which sizes of {x} are 1 is not known")
        return Shape(*(size for size in x if not always_equal(size, 1)))
    gone = axes_of(x, axis, "squeeze")
    wrong = [index for index in gone if never_equal(x[index], 1)]
    if wrong:
        raise Problem(RESHAPE, f"squeeze: axis {wrong[0]} of {x} has the size {x[wrong[0]]}, not 1", blame="axis")
    if any(not always_equal(x[index], 1) for index in gone):
        raise Undecided(f"whether the axes {show(axis)} of {x} have the size 1 is not known")
    return Shape(*(size for index, size in enumerate(x) if index not in gone))


@keras.function("ops.flip")
def flip(x: Shape, axis: Value = None) -> Shape:
    """Backwards along the axes. Raises Problem(rank-mismatch), Undecided."""
    axes_of(x, axis, "flip")
    return x


@keras.function("ops.fliplr")
def fliplr(x: Shape) -> Shape:
    """Backwards along the second axis. Raises Problem(rank-mismatch)."""
    if x.rank:
        require_rank(x, "fliplr", 2, 99)
    return x


@keras.function("ops.flipud")
def flipud(x: Shape) -> Shape:
    """Backwards along the first axis."""
    return x


@keras.function("ops.roll")
def roll(x: Shape, shift: object, axis: Value = None) -> Shape:
    """Elements moved in a circle. Raises Problem(rank-mismatch), Undecided."""
    axes_of(x, axis, "roll")
    return x


@keras.function("ops.rot90")
def rot90(array: Shape, k: Value = 1, axes: Value = (0, 1)) -> Shape:
    """Turned by right angles. Raises Problem(rank-mismatch), Undecided."""
    require_rank(array, "rot90", 2, 99)
    found = axes_of(array, axes, "rot90")
    if not isinstance(k, int) or len(found) != 2:
        raise Undecided("by how much a tensor is turned is not known")
    if k % 2 == 0 and not always_equal(array[found[0]], array[found[1]]):
        raise Undecided("Keras' symbolic calls and its eager ones differ on half a turn")
    return rearrange.swap(array, *found) if k % 2 else array


@keras.function("ops.tile")
def tile(x: Shape, repeats: Value) -> Shape:
    """Copies along each axis; more counts than axes add leading ones. Raises Undecided."""
    counts = sizes_of(repeats, "repeats")
    if any(isinstance(count, int) and count < 0 for count in counts):
        raise Undecided(f"negative repeats {show(repeats)}")
    counts = (*(1,) * (x.rank - len(counts)), *counts)
    padded = (*(1,) * (len(counts) - x.rank), *x)
    return Shape(*(size * count for size, count in zip(padded, counts)))


@keras.function("ops.repeat")
def repeat(x: Shape, repeats: Value, axis: Value = None) -> Shape:
    """Each element several times along an axis; flat for None. Raises Problem, Undecided."""
    if not x.rank and axis in (0, -1) and len(sizes_of(repeats, "repeats")) == 1:
        raise Undecided("Keras' symbolic and eager calls differ on repeats of a number")
    flat = Shape(product(x)) if axis is None else x
    return repeated(flat, repeats, 0 if axis is None else axis_of(x, axis, "repeat"))


def repeated(x: Shape, repeats: Value, index: int) -> Shape:
    """Each element several times along a non-negative axis. Raises Problem(merge-mismatch), Undecided."""
    size = x[index]
    if isinstance(repeats, Tensor) and repeats.values is None and repeats.shape.rank:
        raise Undecided("how often each element is repeated is not known")
    counts = sizes_of(repeats, "repeats")
    if any(isinstance(count, int) and count < 0 for count in counts):
        raise Undecided(f"negative repeats {show(repeats)}")
    if len(counts) == 1:
        return replaced(x, {index: unknown_dim("None", none=True) if shows_none(size) else size * counts[0]})
    if shows_none(size):
        doubt(f"whether {x} has {len(counts)} elements to be repeated is not known")
        return x
    if never_equal(size, len(counts)):
        raise Problem(MERGE, f"repeat: {len(counts)} counts are given for the size {size} of {x}", blame="repeats")
    return replaced(x, {index: sum(counts[1:], counts[0]) if counts else 0})


@keras.function("ops.broadcast_to")
def broadcast_to(x: Shape, shape: Value) -> Shape:
    """Sizes of 1 become larger ones. Raises Problem(merge-mismatch), Undecided."""
    target = Shape(*sizes_of(shape, "shape"))
    if broadcast("broadcast_to", x, target).rank > target.rank or any(isinstance(size, int) and size < 0 for size in target):
        raise Undecided(f"{x} has more dimensions than {target}")
    if any(always_equal(size, 1) and never_equal(old, 1) for old, size in zip(reversed(x), reversed(target))):
        raise Undecided(f"{x} does not become {target}")
    return target


@keras.function("ops.pad")
def pad(x: Shape, pad_width: Value, mode: Value = "constant", constant_values: object = None) -> Shape:
    """Values around each axis: one pair an axis, one for all, or one number. Raises Problem(rank-mismatch), Undecided."""
    pad_width = values_of(pad_width)
    if is_size(pad_width):
        pad_width = ((pad_width, pad_width),)
    if isinstance(pad_width, (tuple, list)) and len(pad_width) == 2 and all(map(is_size, pad_width)):
        pad_width = (pad_width,)
    if not isinstance(pad_width, (tuple, list)):
        raise Undecided(pad_width.reason if isinstance(pad_width, Unknown) else "paddings are not known")
    if not pad_width:
        raise Problem(ARGUMENT, "pad: no paddings are given", blame="pad_width")
    if isinstance(mode, Unknown) or str(mode).lower() != "constant":
        raise Undecided(f"the padding {show(mode)} is not followed")
    return padded(x, tuple(pad_width) * x.rank if len(pad_width) == 1 else pad_width, "pad")


def padded(x: Shape, pairs: Value, what: str) -> Shape:
    """Values around each axis, one pair an axis. Raises Problem(rank-mismatch), Undecided."""
    if any(not isinstance(pair, (tuple, list)) or len(pair) != 2 for pair in pairs):
        raise Undecided(f"the paddings of {x} are not known")
    if len(pairs) != x.rank:
        raise Problem(RANK, f"{what}: {len(pairs)} pairs are given for {x} with {x.rank} dimensions", blame="pad_width")
    widths = [sizes_of(pair, "a padding") for pair in pairs]
    if any(isinstance(size, int) and size < 0 for pair in widths for size in pair):
        raise Undecided(f"negative paddings {show(pairs)} are not modelled")
    return Shape(*(size + before + after for size, (before, after) in zip(x, widths)))


@keras.function("ops.tril", "ops.triu")
def triangle(x: Shape, k: object = 0) -> Shape:
    """Zeros on one side of a diagonal. Raises Undecided."""
    if x.rank < 2:
        raise Undecided(f"a triangle of {x} is not modelled")
    return x


@keras.function("ops.diag")
def diag(x: Shape, k: Value = 0) -> Shape:
    """The matrix of a diagonal, or the diagonal of a matrix. Raises Problem(rank-mismatch), Undecided."""
    require_rank(x, "diag", 1, 2)
    if not isinstance(k, int):
        raise Undecided("which diagonal is not known")
    return Shape(x[0] + abs(k), x[0] + abs(k)) if x.rank == 1 else Shape(_diagonal(x[0], x[1], k))


def _diagonal(rows: Dim, columns: Dim, k: int) -> Dim:
    """Length of the k-th diagonal of a matrix."""
    if shows_none(rows) or shows_none(columns):
        return unknown_dim("None", none=True)
    return maximum(minimum(minimum(rows, columns), columns - k if k > 0 else rows + k), 0)


@keras.function("ops.diagflat")
def diagflat(x: Shape, k: Value = 0) -> Shape:
    """The matrix with all elements on a diagonal. Raises Undecided."""
    return diag(Shape(product(x)), k)


@keras.function("ops.diagonal")
def diagonal(x: Shape, offset: Value = 0, axis1: Value = 0, axis2: Value = 1) -> Shape:
    """A diagonal of two axes, as the last axis. Raises Problem(rank-mismatch), Undecided."""
    require_rank(x, "diagonal", 2, 99)
    first, second, rest = _plane(x, axis1, axis2, "diagonal")
    if not isinstance(offset, int):
        raise Undecided("which diagonal is not known")
    return Shape(*rest, _diagonal(x[first], x[second], offset))


@keras.function("ops.trace")
def trace(x: Shape, offset: object = 0, axis1: Value = 0, axis2: Value = 1) -> Shape:
    """The sum of a diagonal of two axes. Raises Problem(rank-mismatch), Undecided."""
    return Shape(*_plane(x, axis1, axis2, "trace")[2])


def _plane(x: Shape, axis1: Value, axis2: Value, what: str) -> tuple[int, int, list[Dim]]:
    """Two different axes and the sizes of the others."""
    first, second = axis_of(x, axis1, what), axis_of(x, axis2, what)
    if first == second:
        raise Problem(ARGUMENT, f"{what}: the axes {axis1} and {axis2} of {x} are the same", blame="axis2")
    return first, second, [size for index, size in enumerate(x) if index not in (first, second)]


@keras.function("ops.view_as_real")
def view_as_real(x: Shape) -> Shape:
    """Real and imaginary part as a new last axis."""
    return Shape(*x, 2)


@keras.function("ops.view_as_complex")
def view_as_complex(x: Shape) -> Shape:
    """Complex numbers of the last axis, which holds both parts. Raises Undecided."""
    if not x.rank or not always_equal(x[-1], 2):
        raise Undecided(f"the last axis of {x} does not hold two parts")
    return Shape(*x[:-1])
