"""PyTorch: ``torch``, ``torch.nn``, ``torch.nn.functional``, and the packages that print summaries of its models."""

from __future__ import annotations

from dimlint.core.library import Library
from dimlint.libraries.torch import (  # noqa: F401
    activation,
    adaptive,
    attention,
    classification_loss,
    containers,
    convolution,
    creation,
    data,
    dense,
    elementwise,
    joining,
    loss,
    metric_loss,
    module,
    normalization,
    padding,
    pooling,
    products,
    recurrent,
    reduction,
    resize,
    shaping,
    tensor,
    tracing,
)
from dimlint.libraries.torch.library import torch as LIBRARY
from dimlint.libraries.torch.tracing import TORCHINFO, TORCHSUMMARY

LIBRARIES: tuple[Library, ...] = (LIBRARY, TORCHSUMMARY, TORCHINFO)

__all__ = ["LIBRARIES", "LIBRARY"]
