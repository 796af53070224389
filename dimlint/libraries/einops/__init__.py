"""einops: tensors of any library by patterns of named axes. Source: https://einops.rocks."""

from __future__ import annotations

from dimlint.libraries.einops import functions, layers, packing
from dimlint.libraries.einops.library import LIBRARY

DECLARATIONS = (functions, layers, packing)
"""Modules that are imported for what they declare."""

__all__ = ["LIBRARY"]
