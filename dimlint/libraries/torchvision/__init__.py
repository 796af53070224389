"""torchvision: data sets, transforms, operators, and the usual ones of its models. Source: https://docs.pytorch.org/vision/stable."""

from __future__ import annotations

from dimlint.libraries.torchvision.library import LIBRARIES as TRANSFORMS
from dimlint.libraries.torchvision.models import MODELS
from dimlint.libraries.torchvision.ops import OPS

LIBRARIES = (*TRANSFORMS, MODELS, OPS)

__all__ = ["LIBRARIES"]
