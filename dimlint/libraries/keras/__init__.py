"""Keras: layers, models and operations by their public names. ``LIBRARY`` holds them all."""

from __future__ import annotations

from dimlint.libraries.keras.library import LIBRARY

__all__ = ["LIBRARY"]
