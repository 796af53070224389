"""New tensors. Source: https://www.tensorflow.org/api_docs/python/tf."""

from __future__ import annotations

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape
from dimlint.core.problem import Problem, Undecided
from dimlint.core.results import TensorShape
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.base import RANK
from dimlint.libraries.keras.ops.arguments import broadcast, new_sizes, sizes_of
from dimlint.libraries.keras.ops.creation import between, count, grid, with_classes
from dimlint.libraries.keras.ops.elementwise import as_tensor
from dimlint.libraries.tensorflow.library import LIBRARY as tensorflow
from dimlint.libraries.tensorflow.types import when_known

DRAWN = "normal truncated_normal uniform stateless_normal stateless_truncated_normal stateless_uniform"


@tensorflow.function("ones", "zeros", "random_normal_initializer_values", *(f"random.{name}" for name in DRAWN.split()))
def filled(shape: Value, *args: Value, **kwargs: Value) -> Shape:
    """A tensor of a given shape. Raises Problem(invalid-layer-argument), Undecided."""
    if any(isinstance(item, Tensor) and item.shape.rank > 1 for item in (*args, *kwargs.values())):
        raise Undecided("random numbers with tensors as parameters are not followed")
    return new_sizes(shape, "shape")


@tensorflow.function("fill")
def fill(dims: Value, value: object, name: object = None, layout: object = None) -> Shape:
    """A tensor of a given shape with one value. Raises Problem(invalid-layer-argument), Undecided."""
    return new_sizes(dims, "dims")


@tensorflow.function("random.poisson")
def drawn_around(shape: Value, lam: Value, dtype: object = None, seed: object = None, name: object = None) -> Shape:
    """Random numbers of a given shape for each parameter. Raises Undecided."""
    return Shape(*new_sizes(shape, "shape"), *to_shape(lam, "lam"))


@tensorflow.function("random_poisson")
def drawn_of(lam: Value, shape: Value, dtype: object = None, seed: object = None, name: object = None) -> Shape:
    """``random.poisson`` of TensorFlow 1. Raises Undecided."""
    return drawn_around(shape, lam)


@tensorflow.function("random.gamma")
def gamma(shape: Value, alpha: Value, beta: Value = None, dtype: object = None, seed: object = None, name: object = None) -> Shape:
    """Random numbers of a given shape for each parameter. Raises Undecided."""
    if beta is not None:
        raise Undecided("the parameters of random numbers are not followed")
    return Shape(*new_sizes(shape, "shape"), *to_shape(alpha, "alpha"))


@tensorflow.function("random.categorical")
def categorical(logits: Shape, num_samples: Dim, dtype: object = None, seed: object = None, name: object = None) -> Shape:
    """Classes drawn for each row: (N, classes) -> (N, num_samples). Raises Problem(rank-mismatch)."""
    if logits.rank != 2:
        raise Problem(RANK, f"categorical needs a matrix (batch, classes), got {logits}")
    return Shape(logits[0], num_samples)


@tensorflow.function("eye")
def eye(num_rows: Dim, num_columns: Dim | None = None, batch_shape: Value = None, dtype: object = None, name: object = None) -> Shape:
    """Identity matrices. Raises Problem(invalid-layer-argument), Undecided."""
    batch = () if batch_shape is None else sizes_of(batch_shape, "batch_shape")
    return new_sizes((*batch, num_rows, num_rows if num_columns is None else num_columns), "eye")


@tensorflow.function("range")
def numbers(start: Value, limit: Value = None, delta: Value = 1, dtype: object = None, name: object = "range") -> Value:
    """Numbers from ``start`` (0 by default) to ``limit`` as a vector. Raises Undecided."""
    return count(start, limit, 1 if delta is None else delta)


@tensorflow.function("linspace", "lin_space")
def linspace(start: Shape, stop: Shape, num: Dim, name: object = None, axis: Value = 0) -> Shape:
    """Numbers at equal distances along a new axis. Raises Problem(merge-mismatch), Undecided."""
    if isinstance(num, int) and num < 1:
        raise Undecided(f"{num} numbers are not modelled")
    return between(start, stop, num, axis)


@tensorflow.function("meshgrid")
def meshgrid(*args: Shape, indexing: Value = "xy", name: object = None) -> list[Shape]:
    """Coordinates of a grid, one tensor for each axis. Raises Problem(invalid-layer-argument), Undecided."""
    return grid(args, indexing)


@tensorflow.function("one_hot")
def one_hot(
    indices: Shape,
    depth: Dim,
    on_value: object = None,
    off_value: object = None,
    axis: Value = None,
    dtype: object = None,
    name: object = None,
) -> Shape:
    """A new axis, the last by default, with one entry for each class. Raises Undecided."""
    index = -1 if axis is None else axis
    if isinstance(index, int) and index == indices.rank:
        index = -1
    if isinstance(index, int) and index < -1:
        raise Problem(RANK, f"one_hot: axis {index} of {indices}", blame="axis")
    with when_known(indices):
        return with_classes(indices, depth, index)


@tensorflow.function("convert_to_tensor")
def convert_to_tensor(value: Value, dtype: object = None, dtype_hint: object = None, name: object = None, **former: object) -> Value:
    """Nested numbers or an array as a tensor. Raises Problem(invalid-layer-argument), Undecided."""
    return as_tensor(value)


@tensorflow.function("constant")
def constant(value: Value, dtype: object = None, shape: Value = None, *args: object, **kwargs: object) -> Value:
    """Nested numbers or an array as a tensor. Raises Problem(invalid-layer-argument), Undecided."""
    return as_tensor(value) if not isinstance(shape, (tuple, list)) else new_sizes(shape, "shape")


@tensorflow.function("get_static_value", initial_value="tensor")
@tensorflow.function("Variable")
def variable(initial_value: Value, *args: object, validate_shape: Value = True, shape: Value = None, **kwargs: object) -> Value:
    """A tensor that can be assigned to; another shape may be, where one is stated beside its value. Raises Undecided."""
    if shape is not None or validate_shape is not True:
        raise Undecided("the shape of a variable that may change is not known")
    if isinstance(initial_value, (Tensor, tuple, list, float, bool)) or is_size(initial_value):
        found = as_tensor(initial_value)
        return Tensor(found.shape, "keras")
    raise Undecided(initial_value.reason if isinstance(initial_value, Unknown) else "what a variable starts from is not known")


@tensorflow.function("get_variable", "compat.v1.get_variable")
def get_variable(name: object, shape: Value = None, *args: object, **kwargs: object) -> Shape:
    """A variable by its name. Raises Undecided."""
    if shape is None:
        raise Undecided("the shape of a variable is not given")
    return new_sizes(shape, "shape")


@tensorflow.function("placeholder", "compat.v1.placeholder")
def placeholder(dtype: object, shape: Value = None, name: object = None) -> Shape:
    """What is fed later. Raises Undecided."""
    if shape is None:
        raise Undecided("the shape of a placeholder is not given")
    return Shape(*sizes_of(shape, "shape"))


@tensorflow.function("broadcast_static_shape")
def broadcast_static_shape(shape_x: Value, shape_y: Value) -> Value:
    """The shape that two shapes broadcast to. Raises Problem(merge-mismatch), Undecided."""
    return TensorShape(broadcast_shape(shape_x, shape_y))


@tensorflow.function("broadcast_dynamic_shape")
def broadcast_shape(shape_x: Value, shape_y: Value) -> Value:
    """The shape that two shapes broadcast to, as a tensor. Raises Problem(merge-mismatch), Undecided."""
    return tuple(broadcast("broadcast", Shape(*sizes_of(shape_x, "shape_x")), Shape(*sizes_of(shape_y, "shape_y"))))
