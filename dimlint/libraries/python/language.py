"""The operators of the language on plain data and sizes, as the interpreter takes them."""

from __future__ import annotations

from dimlint.libraries.python.arithmetic import binary, unary
from dimlint.libraries.python.comparison import compare, truth
from dimlint.libraries.python.strings import percent, show

__all__ = ["binary", "compare", "percent", "show", "truth", "unary"]
