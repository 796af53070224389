"""Patterns as modules of PyTorch."""

from __future__ import annotations

from dimlint.libraries.einops.layers import Mixture, Reduction, Transformation
from dimlint.libraries.einops.library import TORCH_LAYERS, declare_layers
from dimlint.libraries.torch import LIBRARY as TORCH
from dimlint.libraries.torch.parameters import Parametrized


class TorchRearrange(Transformation):
    """The same elements in another order and form, as a module."""


class TorchReduce(Reduction):
    """One value along the axes that the right side leaves out, as a module."""

    by_function = False


class TorchEinMix(Mixture, Parametrized):
    """A linear map between named axes, as a module."""


declare_layers(TORCH_LAYERS, TORCH.entries["nn.Module"], Rearrange=TorchRearrange, Reduce=TorchReduce, EinMix=TorchEinMix)
