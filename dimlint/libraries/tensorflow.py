"""TensorFlow beside Keras: making eager tensors, and functions on them. Source: https://www.tensorflow.org/api_docs/python/tf."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, always_equal
from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Tensor, Unknown, Value
from dimlint.libraries.keras import ops
from dimlint.libraries.keras.layer import to_dims

__all__ = ["LIBRARY"]

Shapes = list[Shape]


def canonical(name: str) -> str:
    """The declared name of a dotted path below ``tensorflow``: ``math.reduce_mean`` -> ``reduce_mean``."""
    for prefix in ("compat.v1.", "compat.v2.", "_api.v2.", "math."):
        name = name.removeprefix(prefix)
    return name


LIBRARY = tensorflow = Library(name="tensorflow", roots=("tensorflow",), canonical=canonical, inert=True)
"""What this module declares; ``tensorflow.keras`` belongs to Keras."""


@tensorflow.type("Tensor")
class TensorType:
    """The class of eager and symbolic tensors."""


@tensorflow.function("ones", "zeros", "random.normal", "random.uniform", "random.truncated_normal", "random_normal", "random_uniform")
def filled(machine: Machine, shape: Value, *args: Value, **kwargs: Value) -> Value:
    """A tensor of a given shape. Raises Problem, Undecided."""
    sizes = machine.plain(shape)
    return Tensor(Shape(*to_dims((sizes,) if isinstance(sizes, int) else sizes, "shape")), "keras")


@tensorflow.function("constant", "convert_to_tensor", "Variable")
def constant(machine: Machine, value: Value, dtype: Value = None, shape: Value = None, **kwargs: Value) -> Value:
    """Nested numbers or an array as a tensor. Raises Undecided."""
    if shape is not None:
        return filled(machine, shape)
    return Tensor(to_shape(machine.plain(value), "value"), "keras")


for _name in (*(f"nn.{name}" for name in ops.UNARY), *ops.UNARY):
    tensorflow.function(_name)(ops.unary)
for _name in ("stop_gradient", "nn.dropout", "clip_by_value", "nn.l2_normalize", "zeros_like", "ones_like"):
    tensorflow.function(_name)(ops.unary)
for _name in ops.BINARY:
    tensorflow.function(_name)(ops.binary)


@tensorflow.function("pad")
def pad(tensor: Shape, paddings: Value, mode: object = "CONSTANT", constant_values: object = 0, name: object = None) -> Shape:
    """Values around each axis, one pair an axis. Raises Undecided."""
    return ops.pad(tensor, paddings)


@tensorflow.function("reshape")
def reshape(tensor: Shape, shape: Value, name: object = None) -> Shape:
    """The same elements in another shape. Raises Problem(reshape-mismatch), Undecided."""
    return ops.reshape(tensor, shape)


@tensorflow.function("concat")
def concat(values: Shapes, axis: Value, name: object = None) -> Shape:
    """Join along an axis. Raises Problem(merge-mismatch, rank-mismatch)."""
    return ops.concatenate(values, axis)


@tensorflow.function("stack")
def stack(values: Shapes, axis: Value = 0, name: object = None) -> Shape:
    """Join along a new axis. Raises Problem(merge-mismatch)."""
    return ops.stack(values, axis)


@tensorflow.function("transpose")
def transpose(a: Shape, perm: Value = None, conjugate: object = False, name: object = None) -> Shape:
    """Axes in another order. Raises Undecided."""
    return ops.transpose(a, perm)


@tensorflow.function("expand_dims")
def expand_dims(input: Shape, axis: Value, name: object = None) -> Shape:
    """A new axis of size 1. Raises Problem(rank-mismatch)."""
    return ops.expand_dims(input, axis)


@tensorflow.function("squeeze")
def squeeze(input: Shape, axis: Value = None, name: object = None) -> Shape:
    """Without the axes of size 1, or the given ones. Raises Undecided."""
    return ops.squeeze(input, axis)


@tensorflow.function("reduce_mean", "reduce_sum", "reduce_max", "reduce_min", "reduce_prod", "reduce_std", "reduce_variance", "reduce_any")
def reduce(input_tensor: Shape, axis: Value = None, keepdims: Value = False, name: object = None) -> Shape:
    """One value along the axes. Raises Undecided."""
    return ops.reduce(input_tensor, axis, keepdims)


@tensorflow.function("argmax", "argmin")
def argmax(input: Shape, axis: Value = 0, output_type: object = None, name: object = None) -> Shape:
    """Index of the extremum along an axis, the first by default."""
    return ops.reduce(input, 0 if axis is None else axis)


@tensorflow.function("matmul")
def matmul(a: Shape, b: Shape, transpose_a: Value = False, transpose_b: Value = False, **kwargs: object) -> Shape:
    """The matrix product, of transposed matrices too. Raises Problem(merge-mismatch), Undecided."""
    sides = []
    for side, turned in ((a, transpose_a), (b, transpose_b)):
        if not isinstance(turned, bool) or side.rank < 2 or kwargs.keys() - {"name"}:
            raise Undecided("a matrix product is not known")
        sides.append(Shape(*side[:-2], side[-1], side[-2]) if turned else side)
    return ops.matmul(*sides)


@tensorflow.function("split")
def split(value: Shape, num_or_size_splits: Value, axis: Value = 0, num: object = None, name: object = None) -> list[Shape]:
    """Parts along an axis: that many equal ones, or parts of the given sizes. Raises Problem(rank-mismatch), Undecided."""
    index = ops.axis_of(value, axis, "split")
    if isinstance(num_or_size_splits, int):
        return ops.parts(value, ops.equal_sizes(value[index], num_or_size_splits), index)
    sizes = num_or_size_splits
    if not isinstance(sizes, (tuple, list)) or any(not isinstance(size, int) or size < 0 for size in sizes):
        raise Undecided(f"the sizes that {value} is split into are not known")
    return ops.parts(value, list(sizes), index)


@tensorflow.function("range")
def numbers(start: Value, limit: Value = None, delta: Value = 1, dtype: object = None, name: object = None) -> Shape:
    """Numbers from ``start`` (0 by default) to ``limit`` as a vector. Raises Undecided."""
    return ops.arange(start, limit, delta)


@tensorflow.function("nn.depth_to_space")
def depth_to_space(input: Shape, block_size: Value, name: object = None) -> Shape:
    """Channels moved into blocks of space: (N, H, W, C) -> (N, H*b, W*b, C/b**2). Raises Undecided."""
    if input.rank != 4 or not isinstance(block_size, int) or block_size < 2 or not always_equal(input[3] % block_size**2, 0):
        raise Undecided(f"the blocks of {input} are not known")
    return Shape(input[0], input[1] * block_size, input[2] * block_size, input[3] // block_size**2)


@tensorflow.function("nn.space_to_depth")
def space_to_depth(input: Shape, block_size: Value, name: object = None) -> Shape:
    """Blocks of space moved into channels: (N, H, W, C) -> (N, H/b, W/b, C*b**2). Raises Undecided."""
    if input.rank != 4 or not isinstance(block_size, int) or block_size < 2:
        raise Undecided(f"the blocks of {input} are not known")
    if any(isinstance(size, int) and size % block_size for size in input[1:3]):
        raise Undecided(f"{input} does not divide into blocks of {block_size}")
    return Shape(input[0], input[1] // block_size, input[2] // block_size, input[3] * block_size**2)


@tensorflow.function("one_hot")
def one_hot(indices: Shape, depth: Dim, name: object = None) -> Shape:
    """A new last axis with one entry for each class."""
    return Shape(*indices, depth)


@tensorflow.function("shape", "size", "rank")
def shape(machine: Machine, input: Value, *args: Value, **kwargs: Value) -> Value:
    """Sizes as a tensor, whose values are not followed."""
    return Unknown("the values of tf.shape are not known")


@tensorflow.function("cast")
def cast(x: Shape, dtype: object, name: object = None) -> Shape:
    """Another type."""
    return x


@tensorflow.function("image.resize")
def resize(images: Shape, size: Value, *args: object, **kwargs: object) -> Shape:
    """Images of a given size: (N, H, W, C) or (H, W, C). Raises Undecided."""
    if images.rank not in (3, 4) or not isinstance(size, (tuple, list)) or len(size) != 2 or kwargs.get("preserve_aspect_ratio"):
        raise Undecided("the size that images are resized to is not known")
    return Shape(*images[:-3], *to_dims(size, "size"), images[-1])


@tensorflow.function("function")
def traced(machine: Machine, func: Value = None, *args: Value, **kwargs: Value) -> Value:
    """The decorator ``tf.function``: the function stays as it is."""
    return func if func is not None else LIBRARY.entries["function"]


def nothing(machine: Machine, *args: Value, **kwargs: Value) -> None:
    """Has no influence on shapes."""


for _name in ("random.set_seed", "set_random_seed", "enable_eager_execution", "disable_eager_execution", "disable_v2_behavior", "print"):
    tensorflow.function(_name)(nothing)
