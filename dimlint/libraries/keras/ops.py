"""Functions on tensors: ``keras.ops``, ``keras.backend``, ``keras.activations``. Source: https://keras.io/api/ops."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, always_equal, maximum, never_equal, product
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.base import ACTIVATIONS, RANK, shows_none
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.reshaping import reshape as new_shape
from dimlint.shapes import agree

Shapes = list[Shape]

UNARY = (
    "abs", "absolute", "cast", "ceil", "clip", "cos", "elu", "exp", "expm1", "floor", "hard_sigmoid", "identity", "isnan", "log", "log1p",
    "log_sigmoid", "log_softmax", "leaky_relu", "gelu", "negative", "normalize", "l2_normalize", "ones_like", "relu", "relu6", "round",
    "rsqrt", "selu", "sigmoid", "sign", "silu", "sin", "softmax", "softplus", "softsign", "sqrt", "square", "stop_gradient", "swish",
    "tanh", "zeros_like",
)  # fmt: skip
BINARY = ("add", "subtract", "multiply", "divide", "true_divide", "maximum", "minimum", "power", "equal", "not_equal", "less", "greater")
REDUCTIONS = ("mean", "sum", "max", "min", "amax", "amin", "prod", "std", "var", "any", "all", "logsumexp")


def unary(x: Shape, *args: object, **kwargs: object) -> Shape:
    """Element by element."""
    return x


def binary(x1: Shape, x2: Shape, name: object = None) -> Shape:
    """Two tensors element by element. Raises Problem(merge-mismatch)."""
    return agree.broadcast([x1, x2], "arithmetic", lenient=shows_none)


def reduce(x: Shape, axis: Value = None, keepdims: Value = False, **kwargs: object) -> Shape:
    """One value along the axes, all of them by default. Raises Undecided."""
    if isinstance(keepdims, Unknown) or isinstance(axis, Unknown):
        raise Undecided("the axes of a reduction are not known")
    given = range(x.rank) if axis is None else axis if isinstance(axis, (tuple, list)) else (axis,)
    gone = {axis_of(x, item, "the reduction") for item in given}
    if keepdims:
        return Shape(*(1 if index in gone else size for index, size in enumerate(x)))
    return Shape(*(size for index, size in enumerate(x) if index not in gone))


def axis_of(x: Shape, axis: Value, what: str, extra: int = 0) -> int:
    """An axis counted from the front. Raises Problem(rank-mismatch), Undecided."""
    if not isinstance(axis, int):
        raise Undecided(axis.reason if isinstance(axis, Unknown) else f"the axis of {what} is not known")
    rank = x.rank + extra
    if not -rank <= axis < rank:
        raise Problem(RANK, f"{what}: axis {axis} does not exist in {x} with {x.rank} dimensions", blame="axis")
    return axis % rank


for _name in UNARY:
    keras.function(f"ops.{_name}", f"backend.{_name}")(unary)
for _name in sorted(ACTIVATIONS - {"glu"}):
    keras.function(f"activations.{_name}")(unary)
for _name in BINARY:
    keras.function(f"ops.{_name}", f"backend.{_name}")(binary)
for _name in REDUCTIONS:
    keras.function(f"ops.{_name}", f"backend.{_name}")(reduce)


@keras.function("backend.pow")
def power(x: Shape, a: object) -> Shape:
    """A fixed power of each element."""
    return x


@keras.function("backend.argmax", "backend.argmin")
def argmax_last(x: Shape, axis: Value = -1) -> Shape:
    """Index of the extremum along an axis."""
    return reduce(x, axis)


@keras.function("ops.argmax", "ops.argmin")
def argmax(x: Shape, axis: Value = None, keepdims: Value = False) -> Shape:
    """Index of the extremum along an axis, or of all."""
    return reduce(x, axis, keepdims)


@keras.function("ops.reshape")
def reshape(x: Shape, newshape: Value) -> Shape:
    """The same elements in another shape, batch included. Raises Problem(reshape-mismatch), Undecided."""
    target = newshape if isinstance(newshape, (tuple, list, Unknown)) else (newshape,)
    return new_shape("reshape", x, target, x)


@keras.function("backend.reshape")
def reshape_backend(x: Shape, shape: Value) -> Shape:
    """``ops.reshape`` under its former name."""
    return reshape(x, shape)


@keras.function("ops.concatenate")
def concatenate(xs: Shapes, axis: Value = 0) -> Shape:
    """Join along an axis. Raises Problem(merge-mismatch, rank-mismatch)."""
    if not xs:
        raise Undecided("nothing to concatenate")
    return agree.concatenate(xs, axis_of(xs[0], axis, "concatenate"), "concatenate", lenient=shows_none)


@keras.function("backend.concatenate")
def concatenate_last(tensors: Shapes, axis: Value = -1) -> Shape:
    """Join along an axis, the last by default."""
    return concatenate(tensors, axis)


@keras.function("ops.stack", "backend.stack")
def stack(x: Shapes, axis: Value = 0) -> Shape:
    """Join along a new axis. Raises Problem(merge-mismatch)."""
    if not x or any(shows_none(size) for shape in x for size in shape[1:]):
        raise Undecided("stacking tensors of open sizes is not modelled")
    if x[0] and all(shows_none(shape[0]) for shape in x if shape):
        x = [Shape(x[0][0], *shape[1:]) if shape else shape for shape in x]
    return agree.stack(x, axis_of(x[0], axis, "stack", 1), "stack")


@keras.function("ops.transpose")
def transpose(x: Shape, axes: Value = None) -> Shape:
    """Axes in another order, reversed by default. Raises Undecided."""
    if axes is None:
        return Shape(*reversed(x))
    if not isinstance(axes, (tuple, list)) or len(axes) != x.rank:
        raise Undecided(f"the axes of a transposition of {x} are not known")
    order = [axis_of(x, axis, "transpose") for axis in axes]
    if len(set(order)) < x.rank:
        raise Undecided("the axes of a transposition are not a permutation")
    return Shape(*(x[axis] for axis in order))


@keras.function("backend.permute_dimensions")
def permute_dimensions(x: Shape, pattern: Value) -> Shape:
    """``ops.transpose`` under its former name."""
    return transpose(x, pattern)


@keras.function("ops.expand_dims")
def expand_dims(x: Shape, axis: Value) -> Shape:
    """A new axis of size 1. Raises Problem(rank-mismatch), Undecided."""
    index = axis_of(x, axis, "expand_dims", 1)
    return Shape(*x[:index], 1, *x[index:])


@keras.function("backend.expand_dims")
def expand_last(x: Shape, axis: Value = -1) -> Shape:
    """A new axis, behind the others by default."""
    return expand_dims(x, axis)


@keras.function("ops.squeeze", "backend.squeeze")
def squeeze(x: Shape, axis: Value = None) -> Shape:
    """Without the axes of size 1, or the given ones. Raises Undecided."""
    if axis is None:
        if any(not isinstance(size, int) for size in x):
            raise Undecided(f"which sizes of {x} are 1 is not known")
        return Shape(*(size for size in x if not always_equal(size, 1)))
    gone = {axis_of(x, item, "squeeze") for item in (axis if isinstance(axis, (tuple, list)) else (axis,))}
    if any(never_equal(x[index], 1) and not shows_none(x[index]) for index in gone):
        raise Undecided(f"squeeze of an axis of {x} that is not 1")
    return Shape(*(size for index, size in enumerate(x) if index not in gone))


@keras.function("ops.pad")
def pad(x: Shape, pad_width: Value, mode: object = "constant", constant_values: object = None) -> Shape:
    """Values around each axis: one pair an axis, one for all, or one number. Raises Undecided."""
    if is_size(pad_width):
        pad_width = ((pad_width, pad_width),) * x.rank
    if not isinstance(pad_width, (tuple, list)):
        raise Undecided(pad_width.reason if isinstance(pad_width, Unknown) else "paddings are not known")
    pairs = [pair for pair in pad_width if isinstance(pair, (tuple, list)) and len(pair) == 2]
    if len(pairs) == 1 and len(pad_width) == 1:
        pairs *= x.rank
    if len(pairs) != x.rank or any(not is_size(size) for pair in pairs for size in pair):
        raise Undecided(f"the paddings of {x} are not known")
    return Shape(*(size + before + after for size, (before, after) in zip(x, pairs)))


@keras.function("ops.matmul")
def matmul(x1: Shape, x2: Shape) -> Shape:
    """The matrix product. Raises Problem(merge-mismatch)."""
    return agree.matmul(x1, x2, "matmul")


@keras.function("backend.dot", "ops.dot")
def dot(x: Shape, y: Shape) -> Shape:
    """Product over the last axis of ``x`` and the second to last of ``y``. Raises Problem(merge-mismatch), Undecided."""
    if x.rank < 2 or y.rank != 2:
        raise Undecided(f"the product of {x} and {y} is not modelled")
    return agree.matmul(x, y, "dot")


@keras.function("ops.split")
def split(x: Shape, indices_or_sections: Value, axis: Value = 0) -> list[Shape]:
    """Equal parts along an axis, or parts between the given indices. Raises Problem(rank-mismatch), Undecided."""
    index = axis_of(x, axis, "split")
    if isinstance(indices_or_sections, int):
        return parts(x, equal_sizes(x[index], indices_or_sections), index)
    size, cuts = x[index], indices_or_sections
    if not isinstance(cuts, (tuple, list)) or not isinstance(size, int) or any(not isinstance(cut, int) for cut in cuts):
        raise Undecided(f"where {x} is split is not known")
    bounds = [0, *cuts, size]
    if bounds != sorted(bounds):
        raise Undecided(f"{x} is split at {list(cuts)}, which are not in order")
    return parts(x, [stop - start for start, stop in pairwise(bounds)], index)


def equal_sizes(size: Dim, count: int) -> list[Dim]:
    """The sizes of equal parts. Raises Undecided if they do not come out even."""
    if count < 1 or not always_equal(size % count, 0):
        raise Undecided(f"whether {size} can be split into {count} equal parts is not known")
    return [size // count] * count


def parts(x: Shape, sizes: Sequence[Dim], axis: int) -> list[Shape]:
    """The shapes of the parts of ``x`` with these sizes along an axis."""
    return [Shape(*x[:axis], size, *x[axis + 1 :]) for size in sizes]


@keras.function("ops.arange")
def arange(start: Value, stop: Value = None, step: Value = 1, dtype: object = None) -> Shape:
    """Numbers from ``start`` (0 by default) to ``stop`` as a vector. Raises Undecided."""
    first, last = (0, start) if stop is None else (start, stop)
    if not isinstance(first, int) or not is_size(last) or step != 1:
        raise Undecided("how many numbers a range holds is not known")
    return Shape(maximum(last - first, 0))


@keras.function("ops.ravel", "backend.flatten")
def flatten(x: Shape) -> Shape:
    """All elements in one axis."""
    return Shape(product(x))


@keras.function("backend.batch_flatten")
def batch_flatten(x: Shape) -> Shape:
    """All axes but the batch in one."""
    if not x.rank:
        raise Undecided("a number has no batch")
    return Shape(x[0], product(x[1:]))


@keras.function("ops.one_hot", "backend.one_hot")
def one_hot(indices: Shape, num_classes: Dim) -> Shape:
    """A new last axis with one entry for each class."""
    return Shape(*indices, num_classes)


@keras.function("ops.convert_to_tensor", "backend.variable", "backend.constant")
def convert(value: Value, *args: object, **kwargs: object) -> Value:
    """An array or nested numbers as a tensor. Raises Undecided."""
    if isinstance(value, Tensor):
        return Tensor(value.shape, "keras", value.dtype, value.symbolic)
    return Tensor(to_shape(value, "value"), "keras")
