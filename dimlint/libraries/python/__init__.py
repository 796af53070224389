"""Python's own names: each module of the standard library that programs around networks use is a library."""

from __future__ import annotations

from dimlint.core.layer import Library
from dimlint.libraries.python import mappings, scalars, sequences, sets, strings
from dimlint.libraries.python.library import BUILTINS

__all__ = ["LIBRARIES", "mappings", "scalars", "sequences", "sets", "strings"]

LIBRARIES: tuple[Library, ...] = (BUILTINS,)
