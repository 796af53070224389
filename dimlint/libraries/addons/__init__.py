"""Layers of the packages that extended former versions of Keras: keras_contrib and TensorFlow Addons."""

from __future__ import annotations

from dimlint.core.library import Library
from dimlint.libraries.addons.library import CONTRIB, TENSORFLOW_ADDONS

LIBRARIES: tuple[Library, ...] = (CONTRIB, TENSORFLOW_ADDONS)

__all__ = ["LIBRARIES"]
