"""Keras: layers, models and operations by their public names. ``LIBRARY`` holds them all."""

from dimlint.libraries.keras import (
    activation,
    convolution,
    core,
    images,
    merging,
    normalization,
    padding,
    pooling,
    recurrent,
    reshaping,
)
from dimlint.libraries.keras.library import LIBRARY

__all__ = [
    "LIBRARY",
    "activation",
    "convolution",
    "core",
    "images",
    "merging",
    "normalization",
    "padding",
    "pooling",
    "recurrent",
    "reshaping",
]
