"""Packages that extended former versions of Keras, or were a part of them: keras_contrib, TensorFlow Addons, keras_applications."""

from __future__ import annotations

from dimlint.core.library import Library
from dimlint.libraries.addons.library import APPLICATIONS, CONTRIB, TENSORFLOW_ADDONS

LIBRARIES: tuple[Library, ...] = (CONTRIB, TENSORFLOW_ADDONS, APPLICATIONS)

__all__ = ["LIBRARIES"]
