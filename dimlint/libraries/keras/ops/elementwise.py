"""Functions that work element by element. Source: https://keras.io/api/ops/numpy, https://keras.io/api/ops/nn."""

from __future__ import annotations

from dimlint.core.binding import to_shape
from dimlint.core.dim import Shape, always_equal
from dimlint.core.problem import Undecided
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.base import ACTIVATIONS
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.ops.arguments import axes_of, axis_of, broadcast, late

UNARY = """abs absolute angle arccos arccosh arcsin arcsinh arctan arctanh array bitwise_invert bitwise_not cbrt ceil celu conj conjugate
copy cos cosh deg2rad elu empty_like erf erfc erfinv exp exp2 expm1 fabs floor gelu hard_shrink hard_sigmoid hard_silu hard_swish
hard_tanh i0 imag isfinite isinf isnan isneginf isposinf isreal leaky_relu log log10 log1p log2 log_sigmoid logical_not nan_to_num
negative ones_like rad2deg real reciprocal relu relu6 round rsqrt selu sigmoid sign signbit silu sin sinc sinh soft_shrink softplus
softsign sparse_plus sparse_sigmoid sqrt square squareplus swish tan tanh tanh_shrink threshold trunc zeros_like"""

BINARY = """add arctan2 divide divide_no_nan equal floor_divide fmax fmin fmod gcd greater greater_equal heaviside hypot isclose lcm ldexp
less less_equal logaddexp logaddexp2 logical_and logical_or logical_xor maximum minimum mod multiply nextafter not_equal power subtract
true_divide"""

BITWISE = "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift left_shift right_shift"


@keras.function(*(f"ops.{name}" for name in UNARY.split()))
@keras.function("ops.stop_gradient", x="variable")
@keras.function(*(f"activations.{name}" for name in sorted(ACTIVATIONS - {"glu", "softmax", "log_softmax", "sparsemax"})))
def unary(x: Shape, *args: object, **kwargs: object) -> Shape:
    """Element by element."""
    return x


@keras.function(*(f"ops.{name}" for name in BINARY.split()))
def binary(x1: Shape, x2: Shape, *args: object, **kwargs: object) -> Shape:
    """Two tensors element by element. Raises Problem(merge-mismatch)."""
    return broadcast("arithmetic", x1, x2)


@keras.function(*(f"ops.{name}" for name in BITWISE.split()))
def bitwise(x: Shape, y: Shape) -> Shape:
    """Two tensors of integers bit by bit. Raises Undecided."""
    return keeping(x, y)


def keeping(x: Shape, y: Shape) -> Shape:
    """The first tensor's shape, which Keras' symbolic calls give without a check. Raises Undecided where it is not that."""
    with late():
        found = broadcast("arithmetic", x, y)
    if found.rank != x.rank or any(not always_equal(a, b) for a, b in zip(found, x)):
        raise Undecided("Keras' symbolic and eager calls differ on the shape")
    return x


@keras.function("ops.polar")
def polar(abs_: Shape, angle: Shape) -> Shape:
    """Complex numbers from lengths and angles. Raises Undecided."""
    return keeping(abs_, angle)


@keras.function("ops.cast", "ops.saturate_cast")
def cast(x: Value, dtype: Value) -> Value:
    """Another type. A size stays a size as an integer."""
    return retyped(x, dtype)


def retyped(x: Value, dtype: Value) -> Value:
    """The value with another element type; sizes and vectors of them keep what is known as long as they are integers."""
    name = str(getattr(dtype, "name", dtype)).rpartition(".")[2]
    if is_size(x):
        return x if "int" in name else Tensor(Shape(), "keras", name)
    if isinstance(x, Tensor):
        return Tensor(x.shape, "keras", name if name.isalnum() else None, x.symbolic, None, x.values if "int" in name else None)
    if isinstance(x, (bool, float)):
        return Tensor(Shape(), "keras")
    raise Undecided(x.reason if isinstance(x, Unknown) else "what is cast is not known to be a tensor")


@keras.function("ops.clip")
def clip(x: Shape, x_min: Value, x_max: Value) -> Shape:
    """Between two bounds, which are numbers. Raises Undecided."""
    if any(isinstance(bound, Tensor) and bound.shape.rank > 0 for bound in (x_min, x_max)):
        raise Undecided("bounds that are tensors are not followed")
    return x


@keras.function("ops.where")
def where(condition: Shape, x1: Value = None, x2: Value = None) -> Shape:
    """One of two tensors for each element. Raises Problem(merge-mismatch), Undecided."""
    if x1 is None or x2 is None:
        raise Undecided("how many elements are true is not known")
    return three(condition, x1, x2)


def three(condition: Shape, x1: Shape, x2: Shape) -> Shape:
    """Three tensors element by element."""
    return broadcast("where", condition, to_shape(x1, "x1"), to_shape(x2, "x2"))


@keras.function("ops.softmax", "ops.log_softmax", "activations.softmax", "activations.log_softmax")
def softmax(x: Shape, axis: Value = -1) -> Shape:
    """Normalized along an axis or axes, all for None. Raises Problem(rank-mismatch)."""
    axes_of(x, axis, "softmax")
    return x


@keras.function("ops.sparsemax", "activations.sparsemax")
def sparsemax(x: Shape, axis: Value = -1) -> Shape:
    """Normalized along an axis, with zeros. Raises Problem(rank-mismatch)."""
    axis_of(x, axis, "sparsemax")
    return x


@keras.function("ops.normalize")
def normalize(x: Shape, axis: Value = -1, order: Value = 2, epsilon: object = None) -> Shape:
    """Vectors of length 1 along the axes. Raises Problem(rank-mismatch), Undecided."""
    axes_of(x if x.rank else Shape(1), axis, "normalize")
    if not isinstance(order, int) or order < 1 or not x.rank:
        raise Undecided("the order of a norm is not known")
    return x


@keras.function("ops.digitize")
def digitize(x: Shape, bins: Shape) -> Shape:
    """Number of the bin of each element."""
    return x


@keras.function("ops.isin")
def isin(x1: Shape, x2: object, assume_unique: object = False, invert: object = False) -> Shape:
    """Whether each element is among others."""
    return x1


@keras.function("ops.convert_to_tensor", "ops.convert_to_numpy")
def convert(x: Value, *args: object, **kwargs: object) -> Value:
    """An array or nested numbers as a tensor. Raises Undecided."""
    return as_tensor(x)


def as_tensor(value: Value) -> Tensor:
    """A tensor of a value: of an array, nested numbers, or sizes, which stay known. Raises Undecided."""
    if isinstance(value, Tensor):
        return Tensor(value.shape, "keras", value.dtype, value.symbolic, None, value.values)
    sizes = isinstance(value, (tuple, list)) and len(value) > 0 and all(is_size(item) and not isinstance(item, bool) for item in value)
    return Tensor(to_shape(value, "value"), "keras", None, False, None, tuple(value) if sizes else None)
