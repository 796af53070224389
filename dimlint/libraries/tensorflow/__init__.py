"""TensorFlow beside Keras: functions on tensors, and the backend of Keras 2, which they make. ``LIBRARY`` holds the names of ``tf``."""

from __future__ import annotations

from dimlint.libraries.tensorflow.library import LIBRARY

__all__ = ["LIBRARY"]
