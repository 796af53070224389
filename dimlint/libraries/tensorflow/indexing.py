"""Elements picked and put in by their places. Source: https://www.tensorflow.org/api_docs/python/tf."""

from __future__ import annotations

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, always_equal, less, never_equal, never_positive, product
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Tensor, Value
from dimlint.libraries.keras.base import RANK, shows_none
from dimlint.libraries.keras.ops.arguments import MERGE, axis_of, sizes_of, values_of
from dimlint.libraries.keras.ops.indexing import found_size
from dimlint.libraries.keras.tensors import picked
from dimlint.libraries.tensorflow.library import LIBRARY as tensorflow


@tensorflow.function("gather")
def gather(
    params: Value, indices: Value, validate_indices: object = None, axis: Value = None, batch_dims: Value = 0, name: object = None
) -> Value:
    """Slices along an axis at the given places; the sizes of a vector of sizes. Raises Problem(rank-mismatch), Undecided."""
    values = values_of(params)
    if isinstance(values, tuple) and isinstance(indices, int) and -1 < indices < len(values):
        return values[indices]
    return gathered(to_shape(params, "params"), to_shape(indices, "indices"), axis, batch_dims)


def gathered(x: Shape, places: Shape, axis: Value, batch_dims: Value) -> Shape:
    """Slices along an axis at the given places, for each of the leading batches. Raises Problem(rank-mismatch), Undecided."""
    if not isinstance(batch_dims, int):
        raise Undecided("the batches of gather are not known")
    batch = batch_dims + places.rank if batch_dims < 0 else batch_dims
    if not x.rank or not 0 <= batch <= places.rank:
        raise Problem(RANK, f"gather: {batch_dims} batches of places {places} in {x}")
    index = axis_of(x, batch if axis is None else axis, "gather")
    if index < batch:
        raise Problem(RANK, f"gather: axis {index} lies among the {batch} batches of {x}", blame="axis")
    for a, b in zip(x[:batch], places[:batch]):
        if never_equal(a, b):
            raise Problem(MERGE, f"gather: the batches of {x} and of the places {places} differ")
        if not always_equal(a, b) and not (shows_none(a) or shows_none(b)):
            doubt(f"whether {a} equals {b} in gather is not known")
    return Shape(*x[:index], *places[batch:], *x[index + 1 :])


@tensorflow.function("batch_gather")
def batch_gather(params: Shape, indices: Shape, name: object = None) -> Shape:
    """Slices at the given places, for all leading batches. Raises Problem(rank-mismatch), Undecided."""
    return gathered(params, indices, None, indices.rank - 1)


@tensorflow.function("nn.embedding_lookup")
def embedding_lookup(params: Value, ids: Shape, *args: object, **kwargs: object) -> Shape:
    """Rows of a table: (*) -> (*, features). Raises Problem(rank-mismatch), Undecided."""
    if not isinstance(params, Tensor):
        raise Undecided("a table in parts is not followed")
    return gathered(params.shape, ids, 0, 0)


@tensorflow.function("gather_nd")
def gather_nd(params: Shape, indices: Shape, batch_dims: Value = 0, name: object = None, bad_indices_policy: object = "") -> Shape:
    """Slices at places with several coordinates: (*, k) -> (*, rest). Raises Problem(rank-mismatch), Undecided."""
    if not isinstance(batch_dims, int) or not indices.rank or not isinstance(indices[-1], int):
        raise Undecided("the number of coordinates is not known")
    if batch_dims < 0 or batch_dims + indices[-1] > params.rank or batch_dims >= indices.rank:
        raise Problem(RANK, f"gather_nd: places {indices} have {indices[-1]} coordinates, but the tensor is {params}", blame="indices")
    if any(map(never_equal, params[:batch_dims], indices)):
        if any(map(never_positive, indices)):
            raise Undecided("TensorFlow does not compare the batches of no places")
        raise Problem(MERGE, f"gather_nd: the batches of {params} and {indices} differ", blame="indices")
    return Shape(*indices[:-1], *params[batch_dims + indices[-1] :])


@tensorflow.function("boolean_mask")
def boolean_mask(tensor: Shape, mask: Shape, axis: Value = None, name: object = "boolean_mask") -> Shape:
    """The elements where a mask is true. Raises Problem(rank-mismatch, merge-mismatch), Undecided."""
    if isinstance(axis, str):  # TensorFlow 1 has the name before the axis
        axis = None if isinstance(name, str) else name
    start = 0 if axis is None else axis_of(tensor, axis, "boolean_mask")
    if not mask.rank or start + mask.rank > tensor.rank:
        raise Problem(RANK, f"boolean_mask: the mask {mask} does not fit {tensor}", blame="mask")
    for place, size in enumerate(mask, start):
        if never_equal(size, tensor[place]):
            raise Problem(MERGE, f"boolean_mask: the mask {mask} does not fit {tensor}: {size} and {tensor[place]} differ", blame="mask")
    return Shape(*tensor[:start], found_size("how many elements a mask selects"), *tensor[start + mask.rank :])


@tensorflow.function("slice")
def cut(input_: Value, begin: Value, size: Value, name: object = None) -> Value:
    """A block of the given sizes from a place on; -1 reaches to the end. Raises Problem, Undecided."""
    x = to_shape(input_, "input_")
    begins, sizes = sizes_of(begin, "begin"), sizes_of(size, "size")
    if len(begins) != x.rank or len(sizes) != x.rank:
        raise Problem(RANK, f"slice: {x} needs {x.rank} starts and sizes, got {show(tuple(begins))} and {show(tuple(sizes))}", blame="size")
    dims: list[Dim] = []
    for old, start, length in zip(x, begins, sizes):
        end = old if length == -1 and isinstance(length, int) else start + length
        if not shows_none(old) and (less(start, 0) or less(old, end) or less(end, start)):
            raise Problem(ARGUMENT, f"slice: {show(length)} elements from {start} on do not lie inside of {x}", blame="size")
        if isinstance(length, int) and length == -1:
            if not isinstance(start, int):
                raise Undecided("where a slice starts is not known")
            dims.append(old if shows_none(old) else old - start)
        else:
            dims.append(length)
    values = input_.values if isinstance(input_, Tensor) else None
    if values is not None and isinstance(begins[0], int) and isinstance(dims[0], int):
        part = values[begins[0] : begins[0] + dims[0]]
        return Tensor(Shape(len(part)), "keras", "int32", False, None, part)
    return Shape(*dims)


@tensorflow.function("strided_slice")
def strided_slice(input_: Shape, begin: Value, end: Value, strides: Value = None, *args: Value, **kwargs: Value) -> Shape:
    """``x[begin:end:stride]`` along the first axes. Raises Undecided."""
    begins, ends = sizes_of(begin, "begin"), sizes_of(end, "end")
    steps = (1,) * len(begins) if strides is None else sizes_of(strides, "strides")
    if args or kwargs or not len(begins) == len(ends) == len(steps) <= input_.rank:
        raise Undecided("masks of a slice with strides are not followed")
    return picked(input_, tuple(slice(*bounds) for bounds in zip(begins, ends, steps)))


@tensorflow.function("scatter_nd")
def scatter_nd(indices: object, updates: object, shape: Value, bad_indices_policy: object = "", name: object = None) -> Shape:
    """Zeros of the given shape, with values put in. Raises Undecided."""
    return Shape(*sizes_of(shape, "shape"))


@tensorflow.function("tensor_scatter_nd_update")
def updated(tensor: Shape, indices: object, updates: object, name: object = None) -> Shape:
    """The tensor with elements replaced."""
    return tensor


@tensorflow.function(*(f"tensor_scatter_nd_{name}" for name in ("add", "sub", "max", "min")))
def scattered(tensor: Shape, indices: object, updates: object, bad_indices_policy: object = "", name: object = None) -> Shape:
    """The tensor with elements changed."""
    return tensor


@tensorflow.function("searchsorted")
def searchsorted(sorted_sequence: Shape, values: Shape, *args: object, **kwargs: object) -> Shape:
    """Where the values belong in sorted vectors, one for each batch. Raises Undecided."""
    if sorted_sequence.rank != values.rank or any(not always_equal(a, b) for a, b in zip(sorted_sequence[:-1], values)):
        raise Undecided(f"values {values} in sorted sequences {sorted_sequence} are not modelled")
    return values


@tensorflow.function("shape")
def shape(input: Value, out_type: object = None, name: object = None) -> Value:
    """The sizes as a vector whose elements are known as far as the sizes are."""
    return sizes_as_tensor(input)


def sizes_as_tensor(value: Value) -> Tensor:
    """A vector of the sizes of a tensor. Raises Undecided."""
    sizes = to_shape(value, "input")
    return Tensor(Shape(sizes.rank), "keras", "int32", False, None, tuple(sizes))


@tensorflow.function("shape_n")
def shape_n(input: Value, *args: object, **kwargs: object) -> Value:
    """``shape`` of each of several tensors. Raises Undecided."""
    if not isinstance(input, (tuple, list)):
        raise Undecided("the tensors are not known")
    return [sizes_as_tensor(item) for item in input]


@tensorflow.function("size")
def size(input: Shape, out_type: object = None, name: object = None) -> Value:
    """The number of elements."""
    return product(input)


@tensorflow.function("rank")
def rank(input: Shape, name: object = None) -> Value:
    """The number of dimensions."""
    return input.rank


@tensorflow.function("unravel_index")
def unravel_index(indices: Shape, dims: Value, name: object = None) -> Shape:
    """Coordinates of places. Raises Undecided."""
    return Shape(len(sizes_of(dims, "dims")), *indices)
