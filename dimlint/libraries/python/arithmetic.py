"""Python's operators on values that need no heap: numbers, sizes, strings and tuples.

Whatever Python raises is raised as ``Raised``; whatever would be too large is Undecided before it is computed.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from dimlint.core.dim import Dim, Floor, Product, SymbolicDim
from dimlint.core.example import CHOICE, ITEMS, asks
from dimlint.core.opening import OpenArgument, calculated
from dimlint.core.problem import Undecided
from dimlint.core.results import FromNumPy, from_numpy, sizes_like
from dimlint.core.value import LibraryClass, Raised, SomeNumber, Unknown, Value, is_size
from dimlint.libraries.python.comparison import truth
from dimlint.libraries.python.limits import check_bits, check_count, check_text, first_unknown
from dimlint.libraries.python.text import percent

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "@": operator.matmul,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}
UNARY: dict[str, Callable[[Any], Any]] = {"-": operator.neg, "+": operator.pos, "~": operator.invert}
MAX_DEGREE = 8
"""Factors of a product of sizes beyond which it is Unknown."""

MAX_NESTING = 16
"""Floor divisions inside one another, beyond which a formula is Unknown."""

MAX_COEFFICIENT = 128
"""Bits of a coefficient in a formula of sizes, beyond which it is Unknown."""

TEXT = "example"
"""What an argument of an example is that is added to a text."""
SEQUENCES = (str, bytes, tuple, list)
REPEATED = "a sequence is repeated an unknown number of times"
PLAIN = (type(None), int, float, complex, str, bytes, tuple, list, range)


def binary(op: str, a: Value, b: Value) -> Value:
    """``a op b``. An Unknown operand is the result. Raises Raised where Python raises, Undecided beyond the caps."""
    if op == "%" and isinstance(a, str):
        return percent(a, b)
    lost = first_unknown(a, b)
    if lost is not None:
        if any(isinstance(value, SomeNumber) for value in (a, b)) and (made := _on_lost(op, a, b, lost)) is not None:
            return made
        if isinstance(lost, SomeNumber) and (isinstance(a, SEQUENCES) or isinstance(b, SEQUENCES)):
            return Unknown(REPEATED)
        made = calculated(op, a, b) if isinstance(a, OpenArgument) or isinstance(b, OpenArgument) else None
        return lost if made is None else made
    if op == "|" and (isinstance(a, LibraryClass) or isinstance(b, LibraryClass)):
        return a, b  # a union of classes, which isinstance takes as a tuple
    if isinstance(a, SymbolicDim) or isinstance(b, SymbolicDim):
        return _on_sizes(op, a, b)
    if not (isinstance(a, PLAIN) and isinstance(b, PLAIN)):
        raise Undecided(f"operator {op} on these values is not modelled")
    if isinstance(a, SEQUENCES) or isinstance(b, SEQUENCES):
        return _on_sequences(op, a, b)
    if isinstance(a, int) and isinstance(b, int):
        _check_integers(op, a, b)
    return _compute(op, a, b)


def _on_lost(op: str, a: Value, b: Value, lost: Unknown) -> SomeNumber | None:
    """``a op b`` of integers of which a value is lost: another one, which follows the first. None if it does not."""
    sizes = [value.size if isinstance(value, SomeNumber) else value for value in (a, b)]
    if op not in ("+", "-", "*", "//") or not all(map(is_size, sizes)) or (op == "//" and not (isinstance(b, int) and b > 0)):
        return None
    made = _on_sizes(op, *sizes)
    return SomeNumber(lost.reason, "int64", made) if is_size(made) else None


def unary(op: str, a: Value) -> Value:
    """``-a``, ``+a``, ``~a`` or ``not a``. Raises Raised, Undecided."""
    if isinstance(a, OpenArgument) and op == "-":
        return calculated("*", a, -1)
    if isinstance(a, Unknown):
        return a if op == "+" else first_unknown(a)
    if op == "not":
        return not truth(a)
    if isinstance(a, SymbolicDim):
        return a if op == "+" else -a if op == "-" else -a - 1
    if not isinstance(a, PLAIN):
        raise Undecided(f"operator {op} on this value is not modelled")
    try:
        return from_numpy(UNARY[op](a)) if isinstance(a, FromNumPy) else UNARY[op](a)
    except TypeError as error:
        raise Raised("TypeError", str(error)) from None


def _compute(op: str, a: Value, b: Value) -> Value:
    try:
        result = OPERATORS[op](a, b)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise Raised(type(error).__name__, str(error)) from None
    if isinstance(result, int):
        check_bits(result.bit_length())
    return from_numpy(result) if isinstance(a, FromNumPy) or isinstance(b, FromNumPy) else result


def _check_integers(op: str, a: int, b: int) -> None:
    """Refuse what would take long or be huge; the exact size of the result is checked afterwards."""
    if op == "**" and b > 0 and abs(a) > 1:
        check_bits((a.bit_length() - 1) * b)
    elif op == "<<" and b > 0 and a != 0:
        check_bits(a.bit_length() + b)
    elif op == "*":
        check_bits(a.bit_length() + b.bit_length() - 1)


def _on_sequences(op: str, a: Value, b: Value) -> Value:
    """Concatenation and repetition of strings, tuples and Python's lists. A ``Shape`` counts as a plain tuple."""
    if op == "+" and isinstance(a, SEQUENCES) and isinstance(b, SEQUENCES):
        _check_length(a, len(a) + len(b))
        joined = _compute(op, _plain_tuple(a), _plain_tuple(b))
        return sizes_like(joined, a, b) if isinstance(joined, tuple) else joined
    if op == "*":
        sequence, times = (_plain_tuple(a), b) if isinstance(a, SEQUENCES) else (_plain_tuple(b), a)
        if isinstance(times, int):
            _check_length(sequence, len(sequence) * max(times, 0))
            repeated = sequence * times if sequence and times > 0 else type(sequence)()
            return sizes_like(repeated, a, b) if isinstance(repeated, tuple) else repeated
    if op == "%" and isinstance(a, bytes):
        raise Undecided("formatting of bytes is not modelled")
    for value, other in ((a, b), (b, a)):
        if op == "+" and isinstance(other, SEQUENCES):
            asks(value, CHOICE, TEXT) if isinstance(other, str) else asks(value, ITEMS)
    raise Raised("TypeError", f"unsupported operand type(s) for {op}: {type(a).__name__!r} and {type(b).__name__!r}")


def _plain_tuple(value: Value) -> Value:
    return tuple(value) if isinstance(value, tuple) else value


def _check_length(sequence: Value, length: int) -> None:
    if isinstance(sequence, (tuple, list)):
        check_count(length, f"a {type(sequence).__name__}")
    else:
        check_text(length)


def _on_sizes(op: str, a: Value, b: Value) -> Value:
    if isinstance(a, SEQUENCES) or isinstance(b, SEQUENCES):
        if op == "*":
            return Unknown(REPEATED)
        raise Raised("TypeError", f"unsupported operand types for {op}: a number and a sequence")
    if not (is_size(a) and is_size(b)):
        if isinstance(a, (float, complex)) or isinstance(b, (float, complex)):
            _check_divisor(op, b)
            return SomeNumber(f"the result of {_show(a)} {op} {_show(b)} is not a known number")
        raise Raised("TypeError", f"unsupported operand types for {op}: a number and {type(None).__name__!r}")
    _check_divisor(op, b)
    if op == "**":
        return _power(a, b)
    if op == "/":
        return SomeNumber(f"the result of {_show(a)} / {_show(b)} is not a known number")
    if op not in ("+", "-", "*", "//", "%"):
        return Unknown(f"the result of {_show(a)} {op} {_show(b)} is not known")
    if _degree(a) + _degree(b) > MAX_DEGREE or max(_bits(a), _bits(b)) > MAX_COEFFICIENT:
        return Unknown("a formula of sizes is too long")
    return OPERATORS[op](_integer(a), _integer(b))


def _check_divisor(op: str, b: Value) -> None:
    if op in ("/", "//", "%") and not isinstance(b, SymbolicDim) and b == 0:
        raise Raised("ZeroDivisionError", "division by zero")


def _power(a: Dim, b: Dim) -> Value:
    if not isinstance(b, int) or b < 0 or b * max(_degree(a), 1) > MAX_DEGREE:
        return Unknown(f"the result of {_show(a)} ** {_show(b)} is not known")
    result: Value = 1
    for _ in range(b):
        result = binary("*", result, a)
    return result


def _integer(value: Dim) -> Dim:
    return int(value) if isinstance(value, int) else value


def _degree(value: Dim) -> int:
    """Factors of the longest product in a size; a formula nested too deeply counts as too long."""
    if isinstance(value, int):
        return 0
    if _nesting(value, MAX_NESTING) > MAX_NESTING:
        return MAX_DEGREE + 1
    return max(len(atom.factors) if isinstance(atom, Product) else 1 for atom, _ in value.terms)


def _nesting(value: SymbolicDim, limit: int) -> int:
    """Levels of floor division, counted up to just beyond ``limit``."""
    if limit < 0:
        return 1
    deepest = 0
    for atom, _ in value.terms:
        for part in atom.factors if isinstance(atom, Product) else (atom,):
            if isinstance(part, Floor):
                deepest = max(deepest, 1 + _nesting(part.numerator, limit - 1))
    return deepest


def _bits(value: Dim) -> int:
    if isinstance(value, int):
        return value.bit_length()
    return max(value.constant.bit_length(), *(k.bit_length() for _, k in value.terms))


def _show(value: Value) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "..."
