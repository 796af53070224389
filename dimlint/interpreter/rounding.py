"""Quotients of sizes that are rounded at once: ``math.ceil(size / 2)`` is a size though ``size / 2`` is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libcst as cst

from dimlint.core.dim import Dim, SymbolicDim, bounds
from dimlint.core.value import LibraryClass, Native, Value


def _down(size: SymbolicDim, divisor: int) -> Dim:
    return size // divisor


def _up(size: SymbolicDim, divisor: int) -> Dim:
    return (size + (divisor - 1)) // divisor


def _towards_zero(size: SymbolicDim, divisor: int) -> Dim | None:
    low, _ = bounds(size)
    return size // divisor if low is not None and low >= 0 else None


ROUNDINGS: dict[tuple[str, str], Callable[[SymbolicDim, int], Dim | None]] = {
    ("math", "floor"): _down,
    ("math", "ceil"): _up,
    ("math", "trunc"): _towards_zero,
    ("builtins", "int"): _towards_zero,
}
"""By library and name. No size is so large that the division of floats would be rounded to another integer."""


def quotient_of(function: Value, node: cst.Call) -> cst.BinaryOperation | None:
    """The division that a call rounds and does nothing else with."""
    if not isinstance(function, (Native, LibraryClass)) or (function.library, function.name) not in ROUNDINGS or len(node.args) != 1:
        return None
    (argument,) = node.args
    plain = not argument.star and argument.keyword is None
    value: Any = argument.value
    return value if plain and isinstance(value, cst.BinaryOperation) and isinstance(value.operator, cst.Divide) else None


def rounded(function: Native | LibraryClass, size: Value, divisor: Value) -> Dim | None:
    """The rounded quotient of an open size and a known number; None for others."""
    divisor = int(divisor) if isinstance(divisor, float) and divisor.is_integer() else divisor  # 56 / 7 is 8.0
    if not isinstance(size, SymbolicDim) or type(divisor) is not int or divisor <= 0:
        return None
    return ROUNDINGS[function.library, function.name](size, divisor)
