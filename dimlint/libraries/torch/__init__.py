"""PyTorch: ``torch``, ``torch.nn``, ``torch.nn.functional``, and the packages that print summaries of its models."""

from __future__ import annotations

from dimlint.core.library import Library
from dimlint.libraries.torch.library import TORCHINFO, TORCHSUMMARY
from dimlint.libraries.torch.library import torch as LIBRARY

LIBRARIES: tuple[Library, ...] = (LIBRARY, TORCHSUMMARY, TORCHINFO)

__all__ = ["LIBRARIES", "LIBRARY"]
