"""PyTorch: ``torch``, ``torch.nn``, ``torch.nn.functional``, and the packages that print summaries of its models."""

from __future__ import annotations

from dimlint.core.library import Library
from dimlint.libraries.torch import (  # noqa: F401
    activation,
    adaptive,
    attention,
    casting,
    classification_loss,
    containers,
    convolution,
    creation,
    data,
    dense,
    elementwise,
    embedding,
    fourier,
    indexing,
    initialization,
    joining,
    linalg,
    loss,
    matrices,
    memory,
    metric_loss,
    module,
    normalization,
    normalization_functions,
    padding,
    parametrization,
    pooling,
    products,
    projected,
    recurrent,
    reduction,
    resize,
    sampling,
    shaping,
    stacks,
    statistics,
    system,
    tensor,
    time_convolution,
    tracing,
    transformer,
    unpooling,
)
from dimlint.libraries.torch.library import torch as LIBRARY
from dimlint.libraries.torch.tracing import TORCHINFO, TORCHSUMMARY

LIBRARIES: tuple[Library, ...] = (LIBRARY, TORCHSUMMARY, TORCHINFO)

__all__ = ["LIBRARIES", "LIBRARY"]
