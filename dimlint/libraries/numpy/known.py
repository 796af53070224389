"""Vectors of which the elements are known: short ones, made of sizes or of Python's numbers, and what is computed from them.

Whole numbers are those of NumPy's default type, the others are of double precision. What could overflow, warn or be rounded is let go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dimlint.core.dim import Shape, SymbolicDim, is_finite
from dimlint.core.problem import Undecided
from dimlint.core.value import Raised, Tensor, Value, is_size
from dimlint.libraries.numpy.library import array, number
from dimlint.libraries.python.arithmetic import binary

MAX_VALUES = 256
"""Elements of a vector beyond which they are not kept."""
MAX_INTEGER = 2**63
KEPT = ("int64", "float64")
"""Element types whose arithmetic is that of Python's numbers."""


def is_number(value: Value) -> bool:
    """Whether it is a number or size as NumPy's default types hold it."""
    if isinstance(value, SymbolicDim):
        return True
    return is_finite(value) and not isinstance(value, bool) and abs(value) < MAX_INTEGER


def elements_of(value: Value) -> tuple[Value, ...] | None:
    """The elements of a vector or plain sequence; None if they are not known."""
    if isinstance(value, Tensor):
        return value.values
    if isinstance(value, (tuple, list, range)) and not value[MAX_VALUES:] and all(map(is_number, value)):
        return unified(value)
    return None


def unified(values: Sequence[Value]) -> tuple[Value, ...] | None:
    """Numbers of one type: floats if one of them is. Sizes that are not known cannot become floats."""
    if not any(isinstance(value, float) for value in values):
        return tuple(values)
    return None if any(isinstance(value, SymbolicDim) for value in values) else tuple(map(float, values))


def kind_of(values: Sequence[Value]) -> str:
    """The element type that NumPy gives to a vector of such numbers."""
    return "float64" if not values or any(isinstance(value, float) for value in values) else "int64"


def vector(values: Sequence[Value] | None, length: Value, dtype: str | None = None) -> Tensor:
    """A vector of these elements, if they can be kept."""
    if values is None or len(values) > MAX_VALUES or not all(map(is_number, values)) or (dtype or kind_of(values)) not in KEPT:
        return array(Shape(length), dtype)
    kept = unified(values)
    return array(Shape(length), dtype or kind_of(values), None if kept is None else converted(kept, dtype))


def converted(values: tuple[Value, ...] | None, dtype: str | None) -> tuple[Value, ...] | None:
    """The elements as another type holds them; None if that may round or overflow."""
    if values is None or dtype is None:
        return values
    if dtype == "int64":
        return tuple(value if is_size(value) else int(value) for value in values)
    if dtype == "float64" and not any(isinstance(value, SymbolicDim) for value in values):
        return tuple(map(float, values))
    return None


def compute(op: str, a: Value, b: Value) -> Value:
    """``a op b`` of two numbers, or a number that is not known."""
    try:
        found = binary(op, a, b)
    except (Raised, Undecided):
        return number()
    if op == "**" and is_size(a) and is_size(b) and isinstance(found, float):
        return number()  # whole numbers have no negative powers
    return found if is_number(found) else number()


def elementwise(operation: Callable[..., Value], length: Value, *operands: Value) -> tuple[Value, ...] | None:
    """The elements of ``operation`` on vectors and numbers; None where they are not known."""
    if not isinstance(length, int) or length > MAX_VALUES:
        return None
    columns = []
    for operand in operands:
        values = (operand,) if is_number(operand) else elements_of(operand)
        if values is None or len(values) not in (1, length):
            return None
        columns.append(values * length if len(values) == 1 else values)
    results = tuple(operation(*row) for row in zip(*columns))
    return results if all(map(is_number, results)) else None


def attempted(function: Callable[[float], float], x: Value) -> Value:
    """A function of one number, or a number that is not known."""
    try:
        return function(x) if isinstance(x, (int, float)) and not isinstance(x, bool) else number()
    except (ValueError, ArithmeticError):
        return number()
