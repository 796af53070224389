"""NumPy: arrays as shapes. What NumPy refuses is undecided here, except sizes that can never fit."""

from __future__ import annotations

from dimlint.libraries.numpy import attributes, calculation, creation, rearranging
from dimlint.libraries.numpy.library import LIBRARY

DECLARATIONS = (attributes, calculation, creation, rearranging)
"""Modules that are imported for what they declare."""

__all__ = ["LIBRARY"]
