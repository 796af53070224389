"""Elements picked, found, counted and put in by their places. Source: https://keras.io/api/ops/numpy, https://keras.io/api/ops/core."""

from __future__ import annotations

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, never_equal, product, unknown_dim
from dimlint.core.layer import show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.base import RANK, shows_none
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.ops.arguments import MERGE, axis_of, broadcast, replaced, sizes_of
from dimlint.libraries.keras.tensors import subscript


def found_size(reason: str) -> Dim:
    """A size that depends on the elements of a tensor."""
    return unknown_dim("None", none=True, reason=reason)


@keras.function("ops.get_item")
def get_item(x: Tensor, key: Value) -> Value:
    """``x[key]``."""
    return subscript(x, key)


@keras.function("ops.take")
def take(x: Shape, indices: Value, axis: Value = None) -> Shape:
    """Slices along an axis at the given places; of all elements for None. Raises Problem(rank-mismatch), Undecided."""
    places = to_shape(indices, "indices")
    if axis is None:
        return places
    index = axis_of(x, axis, "take")
    return Shape(*x[:index], *places, *x[index + 1 :])


@keras.function("ops.take_along_axis")
def take_along_axis(x: Shape, indices: Shape, axis: Value = None) -> Shape:
    """One element for each place along an axis; of all for None. Raises Problem(rank-mismatch, merge-mismatch), Undecided."""
    x = Shape(product(x)) if axis is None else x
    if x.rank != indices.rank:
        raise Problem(RANK, f"take_along_axis: {x} and the indices {indices} must have as many dimensions", blame="indices")
    index = axis_of(x, 0 if axis is None else axis, "take_along_axis")
    return broadcast("take_along_axis", replaced(x, {index: indices[index]}), indices)


@keras.function("ops.nonzero")
def nonzero(x: Shape) -> tuple[Shape, ...]:
    """Where the elements are that are not zero: a vector for each axis."""
    return (Shape(found_size("how many elements are not zero")),) * x.rank


@keras.function("ops.slice")
def cut(inputs: Shape, start_indices: Value, shape: Value) -> Shape:
    """A block of the given shape from a place on; -1 reaches to the end. Raises Problem(rank-mismatch), Undecided."""
    return block(inputs, start_indices, shape, "slice")


def block(x: Shape, start: Value, shape: Value, what: str) -> Shape:
    """A block of the given shape from a place on; -1 reaches to the end. Raises Problem(rank-mismatch), Undecided."""
    sizes, begins = sizes_of(shape, "the shape of a slice"), sizes_of(start, "the start of a slice")
    if len(sizes) != x.rank or len(begins) != x.rank:
        raise Problem(
            RANK, f"{what}: {x} needs {x.rank} starts and sizes, got {show(tuple(begins))} and {show(tuple(sizes))}", blame="shape"
        )
    dims: list[Dim] = []
    for size, begin, length in zip(x, begins, sizes):
        if not isinstance(length, int):
            dims.append(length)
        elif length != -1:
            if isinstance(size, int) and isinstance(begin, int) and not 0 <= begin <= begin + length <= size:
                raise Undecided(f"{what}: {length} elements from {begin} on are not inside of {x}")
            dims.append(length)
        elif isinstance(begin, int) and begin >= 0 and not (isinstance(size, int) and begin > size):
            dims.append(size if shows_none(size) else size - begin)
        else:
            raise Undecided(f"where {what} starts is not known")
    return Shape(*dims)


@keras.function("ops.slice_update")
def slice_update(inputs: Shape, start_indices: object, updates: object) -> Shape:
    """The tensor with a block replaced."""
    return inputs


@keras.function("ops.scatter_update")
def scatter_update(inputs: Shape, indices: object, updates: object, reduction: object = None) -> Shape:
    """The tensor with elements replaced."""
    return inputs


@keras.function("ops.scatter")
def scatter(indices: object, values: object, shape: Value) -> Shape:
    """Zeros of the given shape, with values put in. Raises Undecided."""
    return Shape(*sizes_of(shape, "shape"))


@keras.function("ops.searchsorted")
def searchsorted(sorted_sequence: Shape, values: Shape, side: object = "left") -> Shape:
    """Where the values belong in a sorted vector. Raises Problem(rank-mismatch)."""
    if sorted_sequence.rank != 1:
        raise Problem(RANK, f"searchsorted looks into one vector, not into {sorted_sequence}", blame="sorted_sequence")
    return values


@keras.function("ops.bincount")
def bincount(x: Shape, weights: object = None, minlength: object = 0, sparse: object = False) -> Shape:
    """How often each number occurs. Raises Undecided."""
    if x.rank not in (1, 2):
        raise Undecided(f"numbers counted in {x} are not modelled")
    return Shape(*x[:-1], found_size("the largest number that is counted"))


@keras.function("ops.unique")
def unique(x: Shape, *args: Value, **kwargs: Value) -> Shape:
    """The different elements. Raises Undecided."""
    if args or kwargs:
        raise Undecided("only the different elements themselves are followed")
    return Shape(found_size("how many elements differ"))


@keras.function("ops.unravel_index")
def unravel_index(indices: Shape, shape: Value) -> list[Shape]:
    """Places in a tensor of the given shape, one tensor for each axis. Raises Undecided."""
    return [indices] * len(sizes_of(shape, "shape"))


@keras.function("ops.select")
def select(condlist: Value, choicelist: Value, default: object = 0) -> Shape:
    """The first of several tensors whose condition holds, element by element. Raises Undecided."""
    if not isinstance(choicelist, (tuple, list)) or not isinstance(condlist, (tuple, list)) or not choicelist or not condlist:
        raise Undecided("the choices are not known")
    shapes = [to_shape(item, "choices") for item in (*choicelist, *condlist)]
    found = broadcast("select", *shapes)
    if len(condlist) != len(choicelist) or found.rank != shapes[0].rank or any(map(never_equal, found, shapes[0])):
        raise Undecided("choices of different shapes are not followed")
    return shapes[0]


@keras.function("ops.segment_sum", "ops.segment_max", "ops.segment_min", "ops.segment_prod")
def segment(data: Shape, segment_ids: Shape, num_segments: Value = None, sorted: object = False) -> Shape:
    """Rows with the same number combined: (N, *) -> (num_segments, *). Raises Problem(rank-mismatch, merge-mismatch), Undecided."""
    if segment_ids.rank != 1 or not data.rank:
        raise Problem(RANK, f"segment_ids must be a vector for data with a first axis, got {segment_ids} and {data}", blame="segment_ids")
    if never_equal(segment_ids[0], data[0]):
        text = f"segment_ids {segment_ids} and data {data} must have the same first size"
        raise Problem(MERGE, text, blame="segment_ids")
    if isinstance(num_segments, Unknown) or (num_segments is not None and not is_size(num_segments)):
        raise Undecided("how many segments there are is not known")
    count = found_size("how many segments there are") if num_segments is None else num_segments
    if isinstance(count, int) and count < 1:
        raise Undecided("no segments")
    return Shape(count, *data[1:])


@keras.function("ops.size")
def size(x: Shape) -> Dim:
    """The number of elements."""
    return product(x)
