"""The table of TensorFlow's names, and the one name by which each is declared."""

from __future__ import annotations

from dimlint.core.library import Library, modules_of
from dimlint.libraries.tensorflow.former import FORMER

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


_FIRST = {"compat.v1.random.poisson": "random_poisson"}
"""Functions of TensorFlow 1 whose arguments have another order."""


def canonical(name: str) -> str:
    """The declared name of a dotted path below ``tensorflow``: ``math.reduce_mean`` -> ``reduce_mean``."""
    name = _FIRST.get(name, name)
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return _SAME.get(name, name)


_KERAS = ("losses", "metrics", "optimizers", "initializers")
"""Modules of TensorFlow 2 that are those of Keras. Measured in TensorFlow 2.21."""
_FIRST_ONLY = frozenset(["losses.mean_squared_error", "metrics.accuracy", "metrics.mean_absolute_error", "metrics.mean_squared_error"])
"""What stands there in TensorFlow 1, and gives something else than what is called so in Keras; in the latest version there is none."""


def elsewhere(name: str) -> str:
    """The name by which Keras declares what is its own; empty for everything else."""
    name = name.removeprefix("compat.v2.")
    package, _, rest = name.partition(".")
    return f"tensorflow.keras.{name}" if package in _KERAS and rest and name not in _FIRST_ONLY else ""


MODULES = """boxes control creation data elementwise image indexing network products rearranging reduction signal windows types"""
"""Modules of this package that declare names."""

LIBRARY = Library(
    "tensorflow",
    ("tensorflow",),
    canonical,
    modules_of(__package__, MODULES),
    inert=True,
    elsewhere=elsewhere,
    versioned=True,
    former=frozenset(FORMER.split()),
)
"""What the modules of this package declare; ``tensorflow.keras`` belongs to Keras."""
