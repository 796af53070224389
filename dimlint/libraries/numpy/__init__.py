"""NumPy: arrays as shapes, and short vectors of known numbers. https://numpy.org/doc/stable/reference"""

from __future__ import annotations

from dimlint.libraries.numpy.library import LIBRARY

__all__ = ["LIBRARY"]
