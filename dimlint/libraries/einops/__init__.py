"""einops: tensors of any library by patterns of named axes. Source: https://einops.rocks."""

from __future__ import annotations

from dimlint.core.library import Library
from dimlint.libraries.einops.library import KERAS_LAYERS, LIBRARY, TORCH_LAYERS

LIBRARIES: tuple[Library, ...] = (LIBRARY, TORCH_LAYERS, KERAS_LAYERS)

__all__ = ["LIBRARIES", "LIBRARY"]
