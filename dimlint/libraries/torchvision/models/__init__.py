"""``torchvision.models`` where their source is not read: the usual ones, built of torch's layers under the names that they have there."""

from __future__ import annotations

from dimlint.libraries.torchvision.models.library import MODELS

__all__ = ["MODELS"]
