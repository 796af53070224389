"""Functions that work element by element. Source: https://www.tensorflow.org/api_docs/python/tf/math."""

from __future__ import annotations

from dimlint.core.binding import Shapes, to_shape
from dimlint.core.dim import Shape, always_equal, never_equal
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Tensor, Value
from dimlint.libraries.keras.base import RANK, shows_none
from dimlint.libraries.keras.ops.arguments import MERGE, axis_of, broadcast, sizes_of
from dimlint.libraries.keras.ops.elementwise import as_tensor, retyped
from dimlint.libraries.keras.ops.indexing import found_size
from dimlint.libraries.keras.tensors import arithmetic
from dimlint.libraries.tensorflow.library import LIBRARY as tensorflow
from dimlint.libraries.tensorflow.types import axes_of

UNARY = """abs arccos acosh angle asin asinh atan atanh bessel_i0 bessel_i0e bessel_i1 bessel_i1e bitwise.invert ceil clip_by_norm conj
cos cosh debugging.check_numerics check_numerics digamma erf erfc erfcinv erfinv exp expm1 fill_like floor grad_pass_through imag
is_finite is_inf is_nan lgamma log log1p log_sigmoid logical_not ndtri negative nn.dropout nn.elu nn.gelu nn.leaky_relu nn.relu nn.relu6
nn.selu nn.silu nn.swish ones_like polygamma random.shuffle real reciprocal reciprocal_no_nan rint round rsqrt sigmoid sign sin sinh
softplus softsign sqrt square stop_gradient tan tanh to_float to_double to_bfloat16 zeros_like nn.experimental.stateless_dropout
quantization.fake_quant_with_min_max_args"""

FIRST = {
    **dict.fromkeys(["nn.elu", "nn.gelu", "nn.leaky_relu", "nn.relu", "nn.relu6", "nn.selu", "nn.silu", "nn.swish"], "features"),
    **dict.fromkeys(["ones_like", "zeros_like", "stop_gradient"], "input"),
    "clip_by_norm": "t", "debugging.check_numerics": "tensor", "grad_pass_through": "f", "random.shuffle": "value",
    "quantization.fake_quant_with_min_max_args": "inputs",
}  # fmt: skip
"""What the tensor is called, if not ``x``."""

BINARY = """bitwise.bitwise_and bitwise.bitwise_or bitwise.bitwise_xor bitwise.left_shift bitwise.right_shift div divide
divide_no_nan equal floor_div floor_mod floormod greater greater_equal igamma less less_equal logical_and logical_or logical_xor
maximum minimum mod multiply_no_nan nextafter not_equal pow realdiv squared_difference sub mul truediv truncatediv
truncatemod xdivy xlog1py xlogy zeta"""

COUNTED = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "floordiv": lambda a, b: a // b,
}
"""Arithmetic of which the results are followed where the elements are known sizes."""


def unary(x: Shape, *args: object, **kwargs: object) -> Shape:
    """Element by element."""
    return x


for _name in UNARY.split():
    tensorflow.function(_name, x=FIRST.get(_name, "x"))(unary)


@tensorflow.function(*BINARY.split())
@tensorflow.function("atan2", x="y", y="x")
def binary(x: Shape, y: Shape, *args: object, **kwargs: object) -> Shape:
    """Two tensors element by element. Raises Problem(merge-mismatch)."""
    return broadcast("arithmetic", x, y)


def _counted(name: str) -> None:
    """Declare arithmetic that follows vectors of sizes."""
    operation = COUNTED[name]

    def body(x: Value, y: Value, name: object = None) -> Value:
        return arithmetic(x, y, operation)

    body.__doc__ = "Two tensors element by element; sizes are counted with. Raises Problem(merge-mismatch)."
    tensorflow.function(name)(body)


for _name in COUNTED:
    _counted(_name)


@tensorflow.function("add_n", "accumulate_n")
def add_n(inputs: Shapes, *args: object, **kwargs: object) -> Shape:
    """The sum of tensors of one shape. Raises Problem(merge-mismatch), Undecided."""
    if not inputs:
        raise Undecided("adding nothing is not modelled")
    for x in inputs[1:]:
        if x.rank != inputs[0].rank or any(map(never_equal, x, inputs[0])):
            raise Problem(MERGE, f"add_n needs tensors of one shape, got {inputs[0]} and {x}")
    return inputs[0]


@tensorflow.function("saturate_cast", x="value")
@tensorflow.function("cast", "bitcast_same")
def cast(x: Value, dtype: Value, name: object = None) -> Value:
    """Another type. Sizes stay sizes as integers."""
    return retyped(x, dtype)


@tensorflow.function("to_int32", "to_int64")
def to_whole(x: Value, name: object = None) -> Value:
    """``cast`` of TensorFlow 1."""
    return retyped(x, "int32")


@tensorflow.function("image.convert_image_dtype")
def convert_image_dtype(image: Shape, dtype: object, saturate: object = False, name: object = None) -> Shape:
    """Another type, with values in another range."""
    return image


@tensorflow.function("identity", "guarantee_const", "convert_to_tensor_or_indexed_slices")
def identity(input: Value, name: object = None) -> Value:
    """The same tensor."""
    return as_tensor(input)


@tensorflow.function("clip_by_value")
def clip_by_value(t: Shape, clip_value_min: Value, clip_value_max: Value, name: object = None) -> Shape:
    """Between two bounds, which broadcast to the tensor. Raises Problem(merge-mismatch), Undecided."""
    for bound in (clip_value_min, clip_value_max):
        if isinstance(bound, Tensor) and bound.shape.rank:
            found = broadcast("clip_by_value", t, bound.shape)
            if found.rank != t.rank or any(map(never_equal, found, t)):
                raise Undecided(f"bounds of the shape {bound.shape} for {t} are not modelled")
    return t


@tensorflow.function("where")
def where(condition: Shape, x: Value = None, y: Value = None, name: object = None) -> Shape:
    """One of two tensors for each element; without them, the places that are true. Raises Problem(merge-mismatch), Undecided."""
    if x is None and y is None:
        return Shape(found_size("how many elements are true"), condition.rank)
    return broadcast("where", condition, to_shape(x, "x"), to_shape(y, "y"))


@tensorflow.function("nn.softmax", "nn.log_softmax")
def softmax(logits: Shape, axis: Value = None, name: object = None) -> Shape:
    """Normalized along an axis, the last by default. Raises Problem(rank-mismatch), Undecided."""
    axis_of(logits, -1 if axis is None else axis, "softmax")
    return logits


@tensorflow.function("nn.l2_normalize")
def l2_normalize(x: Shape, axis: Value = None, epsilon: object = 1e-12, name: object = None, dim: Value = None) -> Shape:
    """Vectors of length 1 along axes. Raises Problem(rank-mismatch), Undecided."""
    axes_of(x, dim if axis is None else axis, "l2_normalize")
    return x


@tensorflow.function("nn.crelu")
def crelu(features: Shape, axis: Value = -1, name: object = None) -> Shape:
    """Positive and negative part behind each other: the axis is doubled. Raises Problem(rank-mismatch)."""
    index = axis_of(features, axis, "crelu")
    return Shape(*features[:index], features[index] * 2, *features[index + 1 :])


@tensorflow.function("nn.local_response_normalization", "nn.lrn")
def local_response_normalization(input: Shape, *args: object, **kwargs: object) -> Shape:
    """Normalized across neighbouring channels. Raises Problem(rank-mismatch)."""
    if input.rank != 4:
        raise Problem(RANK, f"local_response_normalization needs images with 4 dimensions, got {input}")
    return input


@tensorflow.function("ensure_shape")
def ensure_shape(x: Shape, shape: Value, name: object = None) -> Shape:
    """States sizes that are open. Raises Problem(merge-mismatch), Undecided."""
    sizes = sizes_of(shape, "shape")
    if len(sizes) != x.rank or any(never_equal(a, b) and not shows_none(b) for a, b in zip(x, sizes)):
        raise Problem(MERGE, f"ensure_shape: {x} does not have the shape {Shape(*sizes)}", blame="shape")
    return Shape(*(old if shows_none(new) or always_equal(old, new) else new for old, new in zip(x, sizes)))
