"""The same elements, or some of them, in another form. Source: https://www.tensorflow.org/api_docs/python/tf."""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, always_equal, less, never_equal, product, unknown_dim
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.base import RANK, shows_none
from dimlint.libraries.keras.ops.arguments import MERGE, axis_of, broadcast, concatenated, sizes_of, values_of
from dimlint.libraries.keras.ops.joining import parts, slices
from dimlint.libraries.keras.ops.rearranging import padded, permuted, repeated, reshaped
from dimlint.libraries.keras.reshaping import RESHAPE
from dimlint.libraries.tensorflow.library import LIBRARY as tensorflow
from dimlint.libraries.tensorflow.types import axes_of, when_known
from dimlint.shapes import agree, rearrange, select


@tensorflow.function("reshape")
def reshape(tensor: Shape, shape: Value, name: object = None) -> Shape:
    """The same elements in another shape. Raises Problem(reshape-mismatch), Undecided."""
    target = sizes_of(shape, "the new shape")
    if isinstance(shape, int) or (isinstance(shape, Tensor) and shape.shape.rank == 0):
        raise Undecided("a new shape that is no vector")
    if all(isinstance(size, int) for size in (*tensor, *target)) and list(target).count(-1) == 1 and not product(tensor):
        return _empty(tensor, target)
    return reshaped(tensor, target, "reshape")


def _empty(tensor: Shape, target: Sequence[Dim]) -> Shape:
    """An empty tensor in another shape with a -1, which is 0 if no other size is; else zeros are left out of account. Raises Problem."""
    left = 0
    if any(always_equal(size, 0) for size in target):
        count, known = (product(size for size in sizes if isinstance(size, int) and size > 0) for sizes in (tensor, target))
        if not isinstance(count, int) or not isinstance(known, int) or count % known:
            raise Problem(RESHAPE, f"reshape: the -1 in {show(tuple(target))} cannot be inferred for the empty {tensor}", blame="shape")
        left = count // known
    return Shape(*(left if always_equal(size, -1) else size for size in target))


@tensorflow.function("transpose")
def transpose(a: Shape, perm: Value = None, conjugate: object = False, name: object = "transpose") -> Shape:
    """Axes in another order, reversed by default. Raises Problem(rank-mismatch), Undecided."""
    axes = values_of(perm)
    full = isinstance(axes, (tuple, list)) and len(axes) == a.rank
    if full and len({axis_of(a, axis, "transpose") for axis in axes}) < a.rank and any(map(shows_none, a)):
        raise Undecided(f"the axes {show(axes)} repeat one, which is noticed only when the model runs")
    return permuted(a, perm, "transpose")


@tensorflow.function("expand_dims")
def expand_dims(input: Value, axis: Value = None, name: object = None, dim: Value = None) -> Value:
    """A new axis of size 1. Raises Problem(rank-mismatch), Undecided."""
    if is_size(input) and axis in (0, -1):
        return Tensor(Shape(1), "keras", "int32", False, None, (input,))
    x = to_shape(input, "input")
    index = values_of(dim if axis is None else axis)
    if isinstance(index, (tuple, list)) and len(index) == 1:
        index = index[0]
    place = axis_of(x, index, "expand_dims", 1)
    return Shape(*x[:place], 1, *x[place:])


@tensorflow.function("squeeze")
def squeeze(input: Shape, axis: Value = None, name: object = None, squeeze_dims: Value = None) -> Shape:
    """Without the axes of size 1, or the given ones. Raises Problem(reshape-mismatch, rank-mismatch), Undecided."""
    axis = squeeze_dims if axis is None else axis
    if axis is None or axis in ((), []):
        if any(not isinstance(size, int) for size in input):
            raise Undecided(f"which sizes of {input} are 1 is not known")
        return Shape(*(size for size in input if not always_equal(size, 1)))
    gone = {axis_of(input, item, "squeeze") for item in (axis if isinstance(axis, (tuple, list)) else (axis,))}
    for index in sorted(gone):
        if never_equal(input[index], 1):
            raise Problem(RESHAPE, f"squeeze: axis {index} of {input} has the size {input[index]}, not 1", blame="axis")
        if not always_equal(input[index], 1):
            doubt(f"whether axis {index} of {input} has the size 1 is not known")
    return Shape(*(size for index, size in enumerate(input) if index not in gone))


@tensorflow.function("concat")
def concat(values: Value, axis: Value, name: object = "concat") -> Value:
    """Join along an axis. Raises Problem(merge-mismatch, rank-mismatch), Undecided."""
    if not isinstance(values, (tuple, list)) or not values:
        raise Undecided(values.reason if isinstance(values, Unknown) else "what is joined is not known")
    known = [_sizes(item) for item in values]
    if axis in (0, -1) and all(item is not None for item in known):
        joined = tuple(size for item in known for size in item or ())
        return Tensor(Shape(len(joined)), "keras", "int32", False, None, joined)
    shapes = [to_shape(item, "values") for item in values]
    if not shapes[0]:
        raise Problem(RANK, "concat needs tensors of at least 1 dimension, got a number")
    if len(shapes) == 1:
        return shapes[0]
    return concatenated(shapes, axis_of(shapes[0], axis, "concat"), "concat", firm=True)


def _sizes(item: Value) -> tuple[Value, ...] | None:
    """The sizes in a vector of sizes, if it is known to be one. What is not known beside sizes is a size, too."""
    if isinstance(item, Tensor):
        return item.values
    if isinstance(item, (tuple, list)) and any(map(is_size, item)) and all(is_size(x) or isinstance(x, Unknown) for x in item):
        return tuple(unknown_dim(low=None, reason=x.reason) if isinstance(x, Unknown) else x for x in item)
    return None


@tensorflow.function("stack", "pack")
def stack(values: Value, axis: Value = 0, name: object = "stack") -> Value:
    """Join along a new axis; sizes become a vector of sizes. Raises Problem(merge-mismatch, rank-mismatch), Undecided."""
    if isinstance(values, Tensor):
        return values
    if not isinstance(values, (tuple, list)) or not values:
        raise Undecided(values.reason if isinstance(values, Unknown) else "what is stacked is not known")
    known = _sizes(tuple(values))
    if known is not None and axis in (0, -1):
        return Tensor(Shape(len(known)), "keras", "int32", False, None, known)
    shapes = [to_shape(item, "values") for item in values]
    return agree.stack(shapes, axis_of(shapes[0], axis, "stack", 1), "stack", lenient=shows_none, firm=True)


@tensorflow.function("parallel_stack")
def parallel_stack(values: Value, name: object = "parallel_stack") -> Value:
    """Join along a new first axis, in a graph. Raises Problem(merge-mismatch), Undecided."""
    return stack(values)


@tensorflow.function("unstack", "unpack")
def unstack(value: Value, num: Value = None, axis: Value = 0, name: object = "unstack") -> Value:
    """The slices along an axis; a vector of sizes gives the sizes. Raises Problem(rank-mismatch, invalid-layer-argument), Undecided."""
    if isinstance(value, Tensor) and value.values is not None:
        return list(value.values)
    x = to_shape(value, "value")
    index = axis_of(x, axis, "unstack")
    if isinstance(num, int) and never_equal(x[index], num):
        raise Problem(ARGUMENT, f"unstack: axis {index} of {x} has {x[index]} slices, not {num}", blame="num")
    return slices(x, num, index)


@tensorflow.function("split")
def split(value: Shape, num_or_size_splits: Value, axis: Value = 0, num: object = None, name: object = "split") -> list[Shape]:
    """Parts along an axis: that many equal ones, or parts of the given sizes, one of which may be -1. Raises Problem, Undecided."""
    index = axis_of(value, axis, "split")
    size, wanted = value[index], values_of(num_or_size_splits)
    if isinstance(wanted, int):
        return parts(value, _equal(value, index, wanted), index)
    if not isinstance(wanted, (tuple, list)) or not all(map(is_size, wanted)):
        raise Undecided(wanted.reason if isinstance(wanted, Unknown) else f"the sizes that {value} is split into are not known")
    select.require_few(len(wanted))
    sizes = list(wanted)
    rest = [place for place, part in enumerate(sizes) if always_equal(part, -1)]
    known = sum((part for place, part in enumerate(sizes) if place not in rest), 0)
    if len(rest) == 1 and not less(size, known):
        sizes[rest[0]] = unknown_dim("None", none=True) if shows_none(size) else size - known
    elif rest or never_equal(known, size) or any(isinstance(part, int) and part < 0 for part in sizes):
        raise Problem(MERGE, f"split: the sizes {show(tuple(wanted))} do not add up to the size {size} of axis {index} of {value}")
    return parts(value, sizes, index)


def _equal(x: Shape, index: int, count: int) -> list[Dim]:
    """The sizes of equal parts. Raises Problem(merge-mismatch), Undecided."""
    size = x[index]
    if count < 1:
        raise Problem(ARGUMENT, f"split into {count} parts", blame="num_or_size_splits")
    select.require_few(count)
    if shows_none(size):
        return [unknown_dim("None", none=True)] * count
    if never_equal(size % count, 0):
        raise Problem(MERGE, f"split: the size {size} of axis {index} of {x} is not divisible by {count}", blame="num_or_size_splits")
    if not always_equal(size % count, 0):
        raise Undecided(f"whether {size} can be split into {count} equal parts is not known")
    return [size // count] * count


@tensorflow.function("tile")
def tile(input: Shape, multiples: Value, name: object = None) -> Shape:
    """Copies along each axis. Raises Problem(rank-mismatch, reshape-mismatch), Undecided."""
    counts = sizes_of(multiples, "multiples")
    if len(counts) != input.rank:
        raise Problem(RANK, f"tile: {len(counts)} counts are given for {input} with {input.rank} dimensions", blame="multiples")
    with when_known(input):
        return rearrange.repeat(input, counts, "tile")


@tensorflow.function("repeat")
def repeat(input: Shape, repeats: Value, axis: Value = None, name: object = None) -> Shape:
    """Each element several times along an axis; flat for None. Raises Problem, Undecided."""
    if not input.rank and axis in (0, -1):
        input = Shape(1)
    flat = Shape(product(input)) if axis is None else input
    return repeated(flat, repeats, 0 if axis is None else axis_of(input, axis, "repeat"))


@tensorflow.function("broadcast_to")
def broadcast_to(input: Shape, shape: Value, name: object = None) -> Shape:
    """Sizes of 1 become larger ones. Raises Problem(merge-mismatch), Undecided."""
    target = Shape(*sizes_of(shape, "shape"))
    found = broadcast("broadcast_to", input, target)
    if input.rank > target.rank or any(always_equal(new, 1) and never_equal(size, 1) for size, new in zip(found, target)):
        raise Problem(MERGE, f"broadcast_to: {input} cannot become {target}", blame="shape")
    if any(isinstance(size, int) and size < 0 for size in target):
        raise Undecided(f"a negative size in {target} is not modelled")
    return target


@tensorflow.function("pad")
def pad(tensor: Shape, paddings: Value, mode: Value = "CONSTANT", constant_values: object = 0, name: object = None) -> Shape:
    """Values around each axis, one pair an axis. Raises Problem(rank-mismatch, invalid-layer-argument), Undecided."""
    pairs = values_of(paddings)
    if not isinstance(pairs, (tuple, list)):
        raise Undecided(pairs.reason if isinstance(pairs, Unknown) else "paddings are not known")
    if isinstance(mode, Unknown) or str(mode).upper() not in ("CONSTANT", "REFLECT", "SYMMETRIC"):
        raise Undecided(f"the padding {show(mode)} is not followed")
    if not pairs:
        raise Problem(ARGUMENT, "pad: no paddings are given", blame="paddings")
    found = padded(tensor, pairs, "pad")
    if str(mode).upper() != "CONSTANT":
        most = 1 if str(mode).upper() == "REFLECT" else 0
        for size, pair in zip(tensor, pairs):
            if any(not shows_none(size) and less(size - most, width) for width in sizes_of(pair, "a padding")):
                with when_known(tensor):
                    text = f"pad: {tensor} is too small to be padded by {show(pair)} with mode={show(mode)}"
                    raise Problem(ARGUMENT, text, blame="paddings")
    return found


@tensorflow.function("reverse")
def reverse(tensor: Shape, axis: Value, name: object = None) -> Shape:
    """Backwards along axes. Raises Problem(rank-mismatch), Undecided."""
    if axis is not None and tensor.rank:
        axes_of(tensor, axis, "reverse")
    return tensor


@tensorflow.function("roll")
def roll(input: Shape, shift: object, axis: Value, name: object = None) -> Shape:
    """Elements moved in a circle. Raises Problem(rank-mismatch), Undecided."""
    with when_known(input):
        for item in axis if isinstance(axis, (tuple, list)) else (axis,):
            axis_of(input, item, "roll")
    return input


@tensorflow.function("reverse_sequence")
def reverse_sequence(input: Shape, *args: object, **kwargs: object) -> Shape:
    """Sequences backwards up to their lengths."""
    return input


@tensorflow.function("space_to_batch_nd", "batch_to_space_nd")
def blocks(input: Shape, *args: object, **kwargs: object) -> Shape:
    """Blocks of space moved into the batch, or back. Raises Undecided."""
    raise Undecided("blocks of the batch are not followed")
