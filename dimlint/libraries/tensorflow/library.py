"""The table of TensorFlow's names, the one name by which each is declared, and what its functions share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dimlint.core.dim import Shape
from dimlint.core.library import Library
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import ModuleName, Tensor, Unknown, Value
from dimlint.libraries.keras.base import RANK, shows_none
from dimlint.libraries.keras.ops.arguments import axis_of, values_of

_PREFIXES = ("compat.v1.", "compat.v2.", "_api.v2.", "python.ops.", "math.", "manip.", "contrib.framework.")

_SAME = {
    "acos": "arccos",
    "batch_to_space": "batch_to_space_nd",
    "ceil": "ceil",
    "decode_image": "io.decode_image",
    "depth_to_space": "nn.depth_to_space",
    "extract_image_patches": "image.extract_patches",
    "image.extract_image_patches": "image.extract_patches",
    "image.decode_gif": "io.decode_gif",
    "image.decode_image": "io.decode_image",
    "image.decode_jpeg": "io.decode_jpeg",
    "image.decode_png": "io.decode_png",
    "image.random_crop": "random_crop",
    "image.resize_image_with_crop_or_pad": "image.resize_with_crop_or_pad",
    "image.resize_image_with_pad": "image.resize_with_pad",
    "image.resize_images": "image.resize",
    "l2_normalize": "nn.l2_normalize",
    "linalg.cross": "linalg.cross",
    "linalg.einsum": "einsum",
    "linalg.eye": "eye",
    "linalg.l2_normalize": "nn.l2_normalize",
    "linalg.matmul": "matmul",
    "linalg.norm": "norm",
    "linalg.tensordot": "tensordot",
    "linalg.transpose": "linalg.matrix_transpose",
    "matrix_band_part": "linalg.band_part",
    "matrix_diag": "linalg.diag",
    "matrix_inverse": "linalg.inv",
    "matrix_transpose": "linalg.matrix_transpose",
    "multinomial": "random.categorical",
    "nn.conv2d_backprop_input": "nn.conv2d_transpose",
    "nn.depthwise_conv2d_native": "nn.depthwise_conv2d",
    "nn.sigmoid_cross_entropy": "nn.sigmoid_cross_entropy_with_logits",
    "nn.softmax_cross_entropy_with_logits_v2": "nn.softmax_cross_entropy_with_logits",
    "nn.tanh": "tanh",
    "nn.sigmoid": "sigmoid",
    "nn.softplus": "softplus",
    "nn.softsign": "softsign",
    "nn.top_k": "top_k",
    "random.random_crop": "random_crop",
    "random_gamma": "random.gamma",
    "random_normal": "random.normal",
    "random_poisson": "random.poisson",
    "random_shuffle": "random.shuffle",
    "random_uniform": "random.uniform",
    "read_file": "io.read_file",
    "reverse_v2": "reverse",
    "set_random_seed": "random.set_seed",
    "space_to_batch": "space_to_batch_nd",
    "space_to_depth": "nn.space_to_depth",
    "tensor_diag": "linalg.tensor_diag",
    "truncated_normal": "random.truncated_normal",
    "where_v2": "where",
    "batch_gather": "batch_gather",
    "in_top_k": "nn.in_top_k",
    "log_softmax": "nn.log_softmax",
    "softmax": "nn.softmax",
    "zero_fraction": "nn.zero_fraction",
}
"""Other names, mostly of TensorFlow 1, for what is declared by one."""


def canonical(name: str) -> str:
    """The declared name of a dotted path below ``tensorflow``: ``math.reduce_mean`` -> ``reduce_mean``."""
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return _SAME.get(name, name)


LIBRARY = Library(name="tensorflow", roots=("tensorflow",), canonical=canonical, modules=(__package__,), inert=True)
"""What the modules of this package declare; ``tensorflow.keras`` belongs to Keras."""

tensorflow = LIBRARY

DTYPES = """bfloat16 bool complex128 complex64 double float16 float32 float64 half int16 int32 int64 int8 qint8 quint8 resource string
uint16 uint32 uint64 uint8 variant"""
RANGES = {"float16": 65504.0, "half": 65504.0, "float32": 3.4028234663852886e38, "float64": 1.7976931348623157e308}

for _name in DTYPES.split():
    for _prefix in ("", "dtypes."):
        tensorflow.value(_prefix + _name, ModuleName(f"tensorflow.{_prefix}{_name}"))
for _name, _value in RANGES.items():
    tensorflow.value(f"{_name}.max", _value)
    tensorflow.value(f"{_name}.min", -_value)
for _name, _bits in (("int8", 7), ("int16", 15), ("int32", 31), ("int64", 63)):
    tensorflow.value(f"{_name}.max", 2**_bits - 1)
    tensorflow.value(f"{_name}.min", -(2**_bits))
tensorflow.value("newaxis", None)


def axes_of(x: Shape, axis: Value, what: str, extra: int = 0) -> list[int]:
    """Axes counted from the front, all of them for None; none may be repeated. Raises Problem(rank-mismatch), Undecided."""
    axis = values_of(axis)
    if axis is None:
        return list(range(x.rank))
    found = [axis_of(x, item, what, extra) for item in (axis if isinstance(axis, (tuple, list)) else (axis,))]
    if len(set(found)) < len(found) and any(map(shows_none, x)):
        raise Undecided(f"{what}: an axis of {x} is given twice, which is noticed only when the model runs")
    if len(set(found)) < len(found):
        raise Problem(RANK, f"{what}: an axis of {x} is given twice", blame="axis")
    return found


@contextmanager
def when_known(*shapes: Shape) -> Iterator[None]:
    """What TensorFlow checks only if no size is open: a Problem becomes Undecided otherwise."""
    try:
        yield
    except Problem as problem:
        if not any(shows_none(size) for shape in shapes for size in shape):
            raise
        raise Undecided(f"noticed only when the model runs: {problem.message}") from None


def require_bool(value: Value, name: str) -> bool:
    """A truth value that is known. Raises Undecided."""
    if value is None or isinstance(value, (bool, int)):
        return bool(value)
    raise Undecided(value.reason if isinstance(value, Unknown) else f"{name} is not known")


@tensorflow.type("Tensor")
class TensorType:
    """The class of eager and symbolic tensors."""


def is_tensor(value: Value) -> bool:
    """Whether it is a tensor or an array."""
    return isinstance(value, Tensor)
