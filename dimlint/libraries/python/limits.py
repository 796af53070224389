"""Caps on what is computed: every one is checked before the work is done."""

from __future__ import annotations

from collections.abc import Mapping

from dimlint.core.dim import SymbolicDim
from dimlint.core.problem import Undecided
from dimlint.core.value import SomeNumber, Unknown, Value

MAX_ITEMS = 10_000
"""Items of a sequence that is materialised, and parts of a nested value that is walked."""

MAX_TEXT = 10_000
"""Characters of a string that is built."""

MAX_BITS = 256
"""Bits of an integer that is computed: a size never needs more than 64."""

MAX_DEPTH = 100
"""Levels of nesting of a tuple that is hashed, compared or shown."""


def check_count(count: int, what: str = "a sequence") -> None:
    """Refuse to materialise more than ``MAX_ITEMS`` items. Raises Undecided."""
    if count > MAX_ITEMS:
        raise Undecided(f"{what} has too many items")


def check_text(length: int) -> None:
    """Refuse to build more than ``MAX_TEXT`` characters. Raises Undecided."""
    if length > MAX_TEXT:
        raise Undecided("a string is too long")


def check_bits(bits: int) -> None:
    """Refuse to compute an integer of more than ``MAX_BITS`` bits. Raises Undecided."""
    if bits > MAX_BITS:
        raise Undecided("an integer is too large")


def first_unknown(*values: Value) -> Unknown | None:
    """What comes of values of which the analysis lost one: a number only if nothing else is lost. It stands for none of them."""
    lost = [value for value in values if isinstance(value, Unknown)]
    if not lost:
        return None
    other = next((value for value in lost if not isinstance(value, SomeNumber)), None)
    return Unknown(other.reason) if other is not None else SomeNumber(lost[0].reason)


def is_known(value: Value) -> bool:
    """Whether the value is plain Python data, known throughout; lists and dictionaries of plain data count too.

    Walks at most ``MAX_ITEMS`` parts, since shared tuples can be exponentially large. Raises Undecided beyond.
    """
    pending = [(value, 0)]
    walked = 0
    while pending:
        part, depth = pending.pop()
        walked += 1
        check_count(walked, "a nested value")
        if isinstance(part, (tuple, list, Mapping)):
            if depth > MAX_DEPTH:
                raise Undecided("a value is nested too deeply")
            check_count(len(part), "a nested value")
            inner = [*part.keys(), *part.values()] if isinstance(part, Mapping) else part
            pending += [(item, depth + 1) for item in inner]
        elif not (part is None or part is ... or isinstance(part, (int, float, complex, str, bytes, range))):
            return False
    return True


def is_integer(value: Value) -> bool:
    """Whether the value is an integer, known or not, or a truth value."""
    return isinstance(value, (int, SymbolicDim))


def is_number(value: Value) -> bool:
    """Whether the value is a number whose kind is known: an integer, a size or a float."""
    return isinstance(value, (int, float, SymbolicDim))
