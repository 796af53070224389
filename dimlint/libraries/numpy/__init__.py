"""NumPy: arrays as shapes. What NumPy refuses is undecided here, except sizes that can never fit."""

from __future__ import annotations

from dimlint.libraries.numpy.library import LIBRARY

__all__ = ["LIBRARY"]
