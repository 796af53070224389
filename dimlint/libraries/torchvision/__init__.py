"""torchvision's data sets and transforms. Source: https://docs.pytorch.org/vision/stable. Its models are read from their source."""

from __future__ import annotations

from dimlint.libraries.torchvision.library import LIBRARIES

__all__ = ["LIBRARIES"]
