"""The library object of PyTorch and how its dotted names are shortened to the declared ones."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dimlint.core.library import Library, modules_of

_FORWARDED = {
    "functional": "",
    "nn.parameter": "nn.",
    "nn.parallel.data_parallel": "nn.parallel.",
    "_tensor": "",
    "autograd.variable": "autograd.",
    **dict.fromkeys(("utils.data.dataset", "utils.data.dataloader", "utils.data.sampler", "utils.data.distributed"), "utils.data."),
}


def canonical(name: str) -> str:
    """The declared name of a dotted name below ``torch``: ``nn.modules.conv.Conv2d`` is ``nn.Conv2d``."""
    name = re.sub(r"^nn\.modules\.(?:\w+\.)?(\w+)$", r"nn.\1", name)
    name = re.sub(r"^distributions\.\w+\.(\w+)$", r"distributions.\1", name)
    prefix, _, last = name.rpartition(".")
    return _FORWARDED[prefix] + last if prefix in _FORWARDED else name


_IN_PYTHON = frozenset(
    [
        *("atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "broadcast_tensors", "cartesian_prod", "chain_matmul", "einsum", "eig"),
        *("lstsq", "lu", "meshgrid", "norm", "solve", "split", "stft", "unflatten", "unique", "unique_consecutive"),
    ]
)
"""Functions and methods of tensors that are written in Python, by the types of what torch 2.13 holds."""
_NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim", "x": "input", "a": "input", "x1": "input", "x2": "other"}


def aliases_of(name: str) -> Mapping[str, str]:
    """NumPy's names for arguments, which PyTorch takes for functions that are not written in Python.

    Source: ``numpy_compatibility_arg_names`` in torch/csrc/utils/python_arg_parser.cpp.
    """
    return {} if name.startswith("nn.") or name.removeprefix("Tensor.") in _IN_PYTHON else _NUMPY_NAMES


MODULES = """activation adaptive adaptive_softmax attention autograd casting classification_loss containers convolution creation data
dense discrete_distributions distributions elementwise embedding fourier indexing initialization joining linalg loss matrices
memory metric_loss module normalization normalization_functions numbers packed padding parametrization pooling products
projected quantization recurrent reduction registries relations resize sampling shaping sharing stacks statistics synchronized system tensor
time_convolution tracing trained transformer types unpooling walking overridden"""
"""Modules of this package that declare names; the last one adds to what the others declare."""

torch = Library(
    name="torch",
    roots=("torch",),
    canonical=canonical,
    modules=modules_of(__package__, MODULES),
    base="nn.Module",
    refuses_surplus=True,
    aliases_of=aliases_of,
    resizes_out=True,
    models=("nn.Module",),
    registering="register_parameter",
    containers=("nn.Sequential", "nn.ModuleList", "nn.ModuleDict"),
    foreign=frozenset(
        {"filters", "units", "strides", "pool_size", "use_bias", "dilation_rate", "input_shape", "kernel_initializer", "bias_initializer"}
    ),
    versioned=True,
    former=frozenset({"btrifact", "gels", "gesv", "irfft", "rfft"}),
    wavering=frozenset({"nn.utils.prune", "utils.model_zoo", "utils.tensorboard"}),
)

TORCHSUMMARY = Library("torchsummary", ("torchsummary",), lambda name: name.rpartition(".")[2], (f"{__package__}.tracing",))
TORCHINFO = Library("torchinfo", ("torchinfo",), lambda name: name.rpartition(".")[2], (f"{__package__}.tracing",))
