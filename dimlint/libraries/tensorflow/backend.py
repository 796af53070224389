"""The backend functions of Keras 1 and 2, ``K.*``, made of TensorFlow's. Source: https://www.tensorflow.org/api_docs/python/tf/keras/backend."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.binding import Settings, Shapes, to_shape
from dimlint.core.dim import Dim, Shape, never_equal, product
from dimlint.core.layer import ARGUMENT
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Machine, Tensor, Unknown, Value
from dimlint.libraries.keras.base import CHANNEL, RANK, shows_none
from dimlint.libraries.keras.layer import keras, shape_value, symbolic, to_dims
from dimlint.libraries.keras.ops.arguments import MERGE, axis_of, broadcast, concatenated, late, replaced, require_rank
from dimlint.libraries.keras.ops.elementwise import as_tensor, retyped
from dimlint.libraries.keras.ops.rearranging import padded, permuted
from dimlint.libraries.keras.ops.windows import is_channels_first, spatial_axes
from dimlint.libraries.tensorflow import creation, indexing, rearranging, reduction
from dimlint.libraries.tensorflow.types import axes_of
from dimlint.shapes import contract

UNARY = """abs clip cos dropout elu exp hard_sigmoid identity log log_sigmoid ones_like relu round sigmoid sign sin softplus softsign sqrt
square stop_gradient tanh zeros_like cast_to_floatx to_dense swish gelu isnan negative selu"""
BINARY = "equal greater greater_equal less less_equal maximum minimum not_equal"
REDUCTIONS = "all any logsumexp max mean min prod std sum var"


@keras.function(*(f"backend.{name}" for name in UNARY.split()))
def unary(x: Shape, *args: object, **kwargs: object) -> Shape:
    """Element by element."""
    return x


@keras.function(*(f"backend.{name}" for name in BINARY.split()))
def binary(x: Shape, y: Shape) -> Shape:
    """Two tensors element by element. Raises Problem(merge-mismatch)."""
    return broadcast("arithmetic", x, y)


@keras.function("backend.pow")
def power(x: Shape, a: Value) -> Shape:
    """A power of each element. Raises Problem(merge-mismatch), Undecided."""
    return broadcast("arithmetic", x, to_shape(a, "a"))


@keras.function("backend.cast")
def cast(x: Value, dtype: Value = None) -> Value:
    """Another type. Sizes stay sizes as integers."""
    return retyped(x, dtype)


@keras.function("backend.softmax")
def softmax(x: Shape, axis: Value = -1) -> Shape:
    """Normalized along an axis. Raises Problem(rank-mismatch)."""
    if x.rank < 2:
        raise Problem(RANK, f"K.softmax needs at least 2 dimensions, got {x}")
    axes_of(x, axis, "softmax")
    return x


@keras.function("backend.l2_normalize")
def l2_normalize(x: Shape, axis: Value = None) -> Shape:
    """Vectors of length 1 along axes. Raises Problem(rank-mismatch)."""
    axes_of(x, axis, "l2_normalize")
    return x


@keras.function(*(f"backend.{name}" for name in REDUCTIONS.split()))
def reduce(x: Shape, axis: Value = None, keepdims: Value = False) -> Shape:
    """One value along the axes, all of them by default. Raises Problem(rank-mismatch), Undecided."""
    return reduction.reduce(x, axis, keepdims)


@keras.function("backend.argmax", "backend.argmin")
def argmax(x: Shape, axis: Value = -1) -> Shape:
    """Index of the extremum along an axis, the last by default. Raises Problem(rank-mismatch)."""
    if x.rank != 1:
        return reduction.argmax(x, axis)
    with late():
        return reduction.argmax(x, axis)


@keras.function("backend.cumsum", "backend.cumprod")
def cumulate(x: Shape, axis: Value = 0) -> Shape:
    """What has come so far along an axis. Raises Problem(rank-mismatch)."""
    with late():
        axis_of(x, axis, "the cumulation")
    return x


@keras.function("backend.reshape")
def reshape(x: Shape, shape: Value) -> Shape:
    """The same elements in another shape. Raises Problem(reshape-mismatch), Undecided."""
    return rearranging.reshape(x, shape)


@keras.function("backend.transpose")
def transpose(x: Shape) -> Shape:
    """Axes in the opposite order."""
    return Shape(*reversed(x))


@keras.function("backend.permute_dimensions")
def permute_dimensions(x: Shape, pattern: Value) -> Shape:
    """Axes in another order. Raises Problem(rank-mismatch), Undecided."""
    return permuted(x, pattern, "permute_dimensions")


@keras.function("backend.expand_dims")
def expand_dims(x: Shape, axis: Value = -1) -> Shape:
    """A new axis of size 1, behind the others by default. Raises Problem(rank-mismatch), Undecided."""
    place = axis_of(x, axis, "expand_dims", 1)
    return Shape(*x[:place], 1, *x[place:])


@keras.function("backend.squeeze")
def squeeze(x: Shape, axis: Value) -> Shape:
    """Without an axis of size 1. Raises Problem(reshape-mismatch, rank-mismatch), Undecided."""
    return rearranging.squeeze(x, axis)


@keras.function("backend.flatten")
def flatten(x: Shape) -> Shape:
    """All elements in one axis."""
    return Shape(product(x))


@keras.function("backend.batch_flatten")
def batch_flatten(x: Shape) -> Shape:
    """All axes but the batch in one. Raises Undecided."""
    if not x.rank or any(size == 0 for size in x if isinstance(size, int)):
        raise Undecided(f"the batch of {x} is not modelled")
    return Shape(x[0], product(x[1:]))


@keras.function("backend.concatenate", "backend.concat")
def concatenate(tensors: Shapes, axis: Value = -1) -> Shape:
    """Join along an axis, the last by default. Raises Problem(merge-mismatch, rank-mismatch), Undecided."""
    if not tensors or not tensors[0]:
        raise Undecided("concatenating nothing is not modelled")
    if len(tensors) == 1:
        return tensors[0]
    return concatenated(tensors, axis_of(tensors[0], axis, "concatenate"), "concatenate", firm=True)


@keras.function("backend.stack")
def stack(x: Value, axis: Value = 0) -> Value:
    """Join along a new axis. Raises Problem(merge-mismatch, rank-mismatch), Undecided."""
    return rearranging.stack(x, axis)


@keras.function("backend.split")
def split(value: Shape, num_or_size_splits: Value, axis: Value = 0, *args: object, **kwargs: object) -> list[Shape]:
    """Parts along an axis. Raises Problem, Undecided."""
    return rearranging.split(value, num_or_size_splits, axis)


@keras.function("backend.tile")
def tile(x: Shape, n: Value) -> Shape:
    """Copies along each axis. Raises Problem(rank-mismatch, reshape-mismatch), Undecided."""
    return rearranging.tile(x, n)


@keras.function("backend.repeat")
def repeat(x: Shape, n: Dim) -> Shape:
    """Each vector n times: (N, F) -> (N, n, F). Raises Problem(rank-mismatch)."""
    if x.rank != 2:
        raise Problem(RANK, f"K.repeat needs a matrix (batch, features), got {x}")
    return Shape(x[0], n, x[1])


@keras.function("backend.repeat_elements")
def repeat_elements(x: Shape, rep: Dim, axis: Value) -> Shape:
    """Each element several times along an axis. Raises Problem(rank-mismatch), Undecided."""
    index = axis_of(x, axis, "repeat_elements")
    if (isinstance(axis, int) and axis < 0) or (isinstance(rep, int) and rep < 1):
        raise Undecided("repeat_elements counts its axis from the front")
    return replaced(x, {index: x[index] * rep})


@keras.function("backend.reverse")
def reverse(x: Shape, axes: Value) -> Shape:
    """Backwards along axes. Raises Problem(rank-mismatch)."""
    axes_of(x, axes, "reverse")
    return x


@keras.function("backend.gather")
def gather(reference: Shape, indices: Shape) -> Shape:
    """Rows at the given places. Raises Problem(rank-mismatch)."""
    return indexing.gathered(reference, indices, 0, 0)


@keras.function("backend.one_hot")
def one_hot(indices: Shape, num_classes: Dim) -> Shape:
    """A new last axis with one entry for each class."""
    return Shape(*indices, num_classes)


@keras.function("backend.arange")
def arange(start: Value, stop: Value = None, step: Value = 1, dtype: object = "int32") -> Value:
    """Numbers from ``start`` to ``stop`` as a vector. Raises Undecided."""
    if isinstance(start, int) and start < 0 and stop is None:
        start = 0
    return creation.numbers(start, stop, step)


@keras.function("backend.eye")
def eye(size: Dim, dtype: object = None, name: object = None) -> Shape:
    """The square matrix that changes nothing."""
    return Shape(size, size)


@keras.function("backend.zeros", "backend.ones", "backend.random_normal", "backend.random_uniform", "backend.truncated_normal")
@keras.function("backend.random_binomial", "backend.random_bernoulli", "backend.random_uniform_variable", "backend.random_normal_variable")
def filled(shape: Value, *args: object, **kwargs: object) -> Shape:
    """A tensor of a given shape. Raises Problem(invalid-layer-argument), Undecided."""
    return creation.filled(shape)


@keras.function("backend.variable", "backend.constant", "backend.convert_to_tensor")
def variable(value: Value, dtype: object = None, shape: Value = None, name: object = None, constraint: object = None) -> Value:
    """An array or nested numbers as a tensor. Raises Undecided."""
    if shape is not None:
        return creation.filled(shape)
    return as_tensor(value)


@keras.function("backend.placeholder")
def placeholder(machine: Machine, shape: Value = None, ndim: Value = None, *args: Value, **kwargs: Value) -> Value:
    """What is fed later. Raises Undecided."""
    given = machine.plain(shape)
    if given is None and isinstance(ndim, int):
        given = (None,) * ndim
    if given is None:
        raise Undecided("the shape of a placeholder is not given")
    return symbolic(Shape(*to_dims(given, "shape")))


@keras.function("backend.shape")
def shape(x: Shape) -> Value:
    """The sizes as a vector whose elements are known as far as the sizes are."""
    return Tensor(Shape(x.rank), "keras", "int32", False, None, tuple(x))


@keras.function("backend.int_shape")
def int_shape(machine: Machine, x: Tensor) -> Value:
    """The sizes of a tensor, ``None`` where open."""
    return tuple(shape_value(x))


@keras.function("backend.ndim")
def ndim(machine: Machine, x: Tensor) -> Value:
    """The number of dimensions."""
    return x.shape.rank


@keras.function("backend.get_value", "backend.eval")
def get_value(x: Value) -> Value:
    """The array behind a tensor. Raises Undecided."""
    found = as_tensor(x)
    return Tensor(found.shape, "numpy") if found.shape.rank else Unknown("the value of a number is not followed")


@keras.function("backend.count_params")
def count_params(machine: Machine, x: Tensor) -> Value:
    """The number of elements."""
    return product(x.shape)


@keras.function("backend.dot")
def dot(x: Shape, y: Shape) -> Shape:
    """Product over the last axis of ``x`` and the second to last of ``y``. Raises Problem(merge-mismatch), Undecided."""
    if x.rank < 2 or y.rank < 2:
        if (x.rank <= 2 and y.rank <= 2) or y.rank < 2:
            raise Problem(RANK, f"K.dot of {x} and {y}: both need at least 2 dimensions")
        raise Undecided(f"K.dot of {x} and {y} is not modelled")
    return contract.tensordot(x, y, [x.rank - 1], [y.rank - 2], "K.dot")


@keras.function("backend.batch_dot")
def batch_dot(x: Shape, y: Shape, axes: Value = None) -> Shape:
    """Products over one axis of each, sample by sample. Raises Problem(rank-mismatch, merge-mismatch), Undecided."""
    if x.rank < 2 or y.rank < 2:
        raise Problem(RANK, f"K.batch_dot of {x} and {y}: both need a batch and at least one more dimension")
    if never_equal(x[0], y[0]):
        raise Problem(MERGE, f"K.batch_dot of {x} and {y}: the batches {x[0]} and {y[0]} differ")
    if axes is None:
        axes = (x.rank - 1, y.rank - 1 if y.rank == 2 else y.rank - 2)
    pair = (axes, axes) if isinstance(axes, int) else axes
    if not isinstance(pair, (tuple, list)) or len(pair) != 2 or not all(isinstance(axis, int) for axis in pair):
        raise Undecided("the axes of batch_dot are not known")
    first, second = axis_of(x, pair[0], "batch_dot"), axis_of(y, pair[1], "batch_dot")
    if 0 in (first, second):
        raise Problem(ARGUMENT, "K.batch_dot cannot sum over axis 0, which is the batch", blame="axes")
    contract.require_same(x[first], y[second], f"K.batch_dot of {x} and {y} over the axes {pair[0]} and {pair[1]}")
    left = [size for index, size in enumerate(x) if index not in (0, first)]
    right = [size for index, size in enumerate(y) if index not in (0, second)]
    if not left and not right:
        right = [1]
    return Shape(y[0] if shows_none(x[0]) else x[0], *left, *right)


@keras.function("backend.temporal_padding")
def temporal_padding(x: Shape, padding: Value = (1, 1)) -> Shape:
    """Zeros before and after sequences. Raises Problem(rank-mismatch), Undecided."""
    return padded(x, ((0, 0), padding, (0, 0)), "temporal_padding")


@keras.function("backend.spatial_2d_padding")
def spatial_2d_padding(settings: Settings, x: Shape, padding: Value = ((1, 1), (1, 1)), data_format: Value = None) -> Shape:
    """Zeros around images. Raises Problem(rank-mismatch, invalid-layer-argument), Undecided."""
    return _bordered(settings, x, padding, data_format, 2)


@keras.function("backend.spatial_3d_padding")
def spatial_3d_padding(settings: Settings, x: Shape, padding: Value = ((1, 1), (1, 1), (1, 1)), data_format: Value = None) -> Shape:
    """Zeros around volumes. Raises Problem(rank-mismatch, invalid-layer-argument), Undecided."""
    return _bordered(settings, x, padding, data_format, 3)


def _bordered(settings: Settings, x: Shape, pairs: Value, data_format: Value, count: int) -> Shape:
    """Zeros around so many spatial axes."""
    first = is_channels_first(settings, data_format, "the padding")
    if not isinstance(pairs, (tuple, list)) or len(pairs) != count:
        raise Undecided(f"borders of {x} are not known")
    require_rank(x, "the padding", count + 2)
    return padded(x, ((0, 0), (0, 0), *pairs) if first else ((0, 0), *pairs, (0, 0)), "the padding")


@keras.function("backend.resize_images")
def resize_images(x: Shape, height_factor: Dim, width_factor: Dim, data_format: Value, interpolation: object = "nearest") -> Shape:
    """Images enlarged by factors. Raises Problem(rank-mismatch, invalid-layer-argument), Undecided."""
    return _enlarged(x, (height_factor, width_factor), data_format)


@keras.function("backend.resize_volumes")
def resize_volumes(x: Shape, depth_factor: Dim, height_factor: Dim, width_factor: Dim, data_format: Value) -> Shape:
    """Volumes enlarged by factors. Raises Problem(rank-mismatch, invalid-layer-argument), Undecided."""
    return _enlarged(x, (depth_factor, height_factor, width_factor), data_format)


def _enlarged(x: Shape, factors: tuple[Dim, ...], data_format: Value) -> Shape:
    if data_format is None:
        raise Problem(ARGUMENT, "the data format must be given", blame="data_format")
    first = is_channels_first({}, data_format, "the enlargement")
    if x.rank > len(factors) + 2:
        raise Undecided(f"an enlargement by {len(factors)} factors of {x}, which has more axes")
    if x.rank != len(factors) + 2 or any(isinstance(factor, int) and factor < 1 for factor in factors):
        raise Undecided(f"{x} enlarged by {factors} is not modelled")
    return replaced(x, {axis: x[axis] * factor for axis, factor in zip(spatial_axes(x, first), factors)})


@keras.function("backend.bias_add")
def bias_add(settings: Settings, x: Shape, bias: Shape, data_format: Value = None) -> Shape:
    """One number for each channel added. Raises Problem(channel-mismatch), Undecided."""
    first = is_channels_first(settings, data_format, "bias_add")
    if bias.rank != 1 or x.rank < 2:
        raise Undecided(f"a bias of the shape {bias} for {x} is not modelled")
    channel = 1 if first else x.rank - 1
    if never_equal(x[channel], bias[0]):
        raise Problem(CHANNEL, f"bias_add: {x} has {x[channel]} channels, but the bias has {bias[0]}", blame="bias")
    return x


@keras.function("backend.batch_normalization", "backend.in_train_phase", "backend.in_test_phase", "backend.print_tensor")
def first_one(x: Value, *args: object, **kwargs: object) -> Value:
    """The first tensor, normalized or as it is. Raises Undecided."""
    if not isinstance(x, Tensor):
        raise Undecided(x.reason if isinstance(x, Unknown) else "it is not known to be a tensor")
    return Shape(*x.shape)


@keras.function("backend.in_top_k")
def in_top_k(predictions: Shape, targets: Shape, k: object) -> Shape:
    """Whether the class is among the most likely ones, for each sample."""
    return targets
