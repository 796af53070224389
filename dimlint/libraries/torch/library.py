"""The library object of PyTorch and how its dotted names are shortened to the declared ones."""

from __future__ import annotations

import re

from dimlint.core.library import Library

_FORWARDED = {
    "functional": "",
    "nn.parameter": "nn.",
    "nn.parallel.data_parallel": "nn.parallel.",
    "_tensor": "",
    "autograd.variable": "autograd.",
}


def canonical(name: str) -> str:
    """The declared name of a dotted name below ``torch``: ``nn.modules.conv.Conv2d`` is ``nn.Conv2d``."""
    name = re.sub(r"^nn\.modules\.(?:\w+\.)?(\w+)$", r"nn.\1", name)
    name = re.sub(r"^distributions\.\w+\.(\w+)$", r"distributions.\1", name)
    prefix, _, last = name.rpartition(".")
    return _FORWARDED[prefix] + last if prefix in _FORWARDED else name


torch = Library(
    name="torch",
    roots=("torch",),
    canonical=canonical,
    modules=(__package__,),
    base="nn.Module",
    models=("nn.Module",),
    containers=("nn.Sequential", "nn.ModuleList", "nn.ModuleDict"),
    foreign=frozenset(
        {"filters", "units", "strides", "pool_size", "use_bias", "dilation_rate", "input_shape", "kernel_initializer", "bias_initializer"}
    ),
)

TORCHSUMMARY = Library("torchsummary", ("torchsummary",), lambda name: name.rpartition(".")[2], (f"{__package__}.tracing",))
TORCHINFO = Library("torchinfo", ("torchinfo",), lambda name: name.rpartition(".")[2], (f"{__package__}.tracing",))
