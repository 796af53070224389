"""PyTorch: ``torch``, ``torch.nn``, ``torch.nn.functional`` and the summary packages around it."""

from __future__ import annotations

from dimlint.libraries.torch import module  # noqa: F401  (first: layers inherit nn.Module)
from dimlint.libraries.torch import convolution  # noqa: F401
from dimlint.libraries.torch.library import torch as LIBRARY

__all__ = ["LIBRARY"]
