"""PyTorch: ``torch``, ``torch.nn``, ``torch.nn.functional`` and the summary packages around it."""

from __future__ import annotations

from dimlint.libraries.torch import (  # noqa: F401
    activation,
    adaptive,
    convolution,
    dense,
    loss,
    module,
    normalization,
    padding,
    pooling,
    recurrent,
    resize,
)
from dimlint.libraries.torch.library import torch as LIBRARY

__all__ = ["LIBRARY"]
