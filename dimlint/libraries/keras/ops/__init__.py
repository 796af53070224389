"""Functions on tensors: ``keras.ops``, ``keras.random``, ``keras.activations``, ``keras.losses``. Source: https://keras.io/api/ops."""

from dimlint.libraries.keras.ops import (
    control,
    creation,
    elementwise,
    image,
    indexing,
    joining,
    linear_algebra,
    network,
    products,
    rearranging,
    reduction,
    signal,
    windows,
)

DECLARATIONS = (
    control,
    creation,
    elementwise,
    image,
    indexing,
    joining,
    linear_algebra,
    network,
    products,
    rearranging,
    reduction,
    signal,
    windows,
)
"""Modules that are imported for what they declare."""

__all__ = ["DECLARATIONS"]
