"""``torchvision.ops`` where their source is not read: blocks built of torch's layers, and what the functions on boxes and regions give."""

from __future__ import annotations

from dimlint.libraries.torchvision.ops.library import OPS

__all__ = ["OPS"]
