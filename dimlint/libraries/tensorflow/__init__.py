"""TensorFlow beside Keras: functions on tensors, and the backend of Keras 2, which they make. ``LIBRARY`` holds the names of ``tf``."""

from dimlint.libraries.tensorflow import (
    backend,
    backend_network,
    control,
    creation,
    elementwise,
    image,
    indexing,
    network,
    products,
    rearranging,
    reduction,
    signal,
    windows,
)
from dimlint.libraries.tensorflow.library import LIBRARY

DECLARATIONS = (
    backend,
    backend_network,
    control,
    creation,
    elementwise,
    image,
    indexing,
    network,
    products,
    rearranging,
    reduction,
    signal,
    windows,
)
"""Modules that are imported for what they declare."""

__all__ = ["DECLARATIONS", "LIBRARY"]
