"""All values of one symbol that meet conditions, exactly: sizes made by floor steps grow by the same amount every period.

Along chains of windows a size ``f`` obeys ``f(s + period) == f(s) + growth``: a symbol has period 1, a sum the common multiple of its
parts, ``f // d`` the period of ``f`` times ``d / gcd(d, growth)``. So for each remainder a condition is linear in the number of periods.

Below stand the ways in which shape functions ask conditions of sizes.
"""

from __future__ import annotations

import functools
import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Union

from dimlint.core.atom import Atom
from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Dim, Floor, Product, Symbol, SymbolicDim, always_equal, never_equal
from dimlint.core.interval import Bound
from dimlint.core.problem import Problem, doubt

MAX_PERIOD = 4096


@dataclass(frozen=True)
class Condition:
    """``size == 0``, or ``size >= 1`` if ``positive``. ``reason``: what is refused without it, as messages say it.

    unless: sizes of which one may be zero instead, for sizes that are broadcast.
    """

    size: SymbolicDim
    positive: bool
    reason: str = ""
    unless: tuple[SymbolicDim, ...] = ()

    def holds(self, values: Mapping[Symbol, int]) -> bool:
        """Whether the values, one for every symbol, meet the condition."""
        found = value(self.size, values)
        return found >= 1 if self.positive else found == 0


@dataclass(frozen=True)
class Progression:
    """``first, first + step, …``: ``count`` numbers, or endlessly many."""

    first: int
    step: int
    count: int | None

    @property
    def last(self) -> Bound:
        return None if self.count is None else self.first + (self.count - 1) * self.step

    def __contains__(self, number: int) -> bool:
        past = number - self.first
        return past >= 0 and past % self.step == 0 and (self.count is None or past // self.step < self.count)


def value(dim: Dim, values: Mapping[Symbol, int]) -> int:
    """The size for known values of its symbols."""
    if isinstance(dim, int):
        return dim
    return dim.constant + sum(k * _atom_value(atom, values) for atom, k in dim.terms)


def _atom_value(atom: Atom, values: Mapping[Symbol, int]) -> int:
    if isinstance(atom, Symbol):
        return values[atom]
    if isinstance(atom, Floor):
        return value(atom.numerator, values) // atom.divisor
    return math.prod(_atom_value(factor, values) for factor in atom.factors)


@dataclass(frozen=True)
class Growth:
    """``f(s + period) == f(s) + amount`` for every integer ``s``."""

    period: int
    amount: int

    def over(self, period: int) -> int:
        """What is added over a multiple of the period."""
        return self.amount * (period // self.period)


@functools.lru_cache(maxsize=4096)
def growth(dim: Dim) -> Growth | None:
    """How a size of one symbol grows; None where products are in it or the period is too long."""
    if isinstance(dim, int):
        return Growth(1, 0)
    parts: list[tuple[Growth, int]] = []
    for atom, k in dim.terms:
        part = _atom_growth(atom)
        if part is None:
            return None
        parts.append((part, k))
    period = math.lcm(*(part.period for part, _ in parts))
    if period > MAX_PERIOD:
        return None
    return Growth(period, sum(k * part.over(period) for part, k in parts))


def _atom_growth(atom: Atom) -> Growth | None:
    if isinstance(atom, Symbol):
        return Growth(1, 1)
    inner = growth(atom.numerator) if isinstance(atom, Floor) else None
    if inner is None or isinstance(atom, Product):
        return None
    period = inner.period * (atom.divisor // math.gcd(atom.divisor, inner.amount))
    return Growth(period, inner.over(period) // atom.divisor)


Progressions = Union[tuple[Progression, ...], None]


@functools.lru_cache(maxsize=4096)
def solutions(symbol: Symbol, conditions: tuple[Condition, ...]) -> Progressions:
    """The values of a symbol, the only one in the conditions, that meet them all; None if that is not known.

    The progressions do not overlap and stand in the order of their first numbers.
    """
    ordered = sorted(conditions, key=lambda condition: condition.positive)  # equalities exclude most numbers at once
    grown = [growth(condition.size) for condition in ordered]
    if symbol.low is None or any(found is None for found in grown):
        return None
    period = math.lcm(1, *(found.period for found in grown if found is not None))
    if period > MAX_PERIOD:
        return None
    amounts = [found.over(period) for found in grown if found is not None]
    found = (_progression(symbol, start, period, ordered, amounts) for start in range(symbol.low, symbol.low + period))
    return tuple(sorted((item for item in found if item is not None), key=lambda item: item.first))


def _progression(symbol: Symbol, start: int, period: int, conditions: Sequence[Condition], amounts: Sequence[int]) -> Progression | None:
    """The solutions among ``start, start + period, …``."""
    low, high = 0, None if symbol.high is None else (symbol.high - start) // period
    for condition, amount in zip(conditions, amounts):
        first = value(condition.size, {symbol: start})
        span = _positive_steps(first, amount) if condition.positive else _zero_steps(first, amount)
        if span is None:
            return None
        low = max(low, span[0])
        high = span[1] if high is None else high if span[1] is None else min(high, span[1])
    if high is not None and high < low:
        return None
    return Progression(start + low * period, period, None if high is None else high - low + 1)


Steps = Union[tuple[int, Bound], None]
"""A range of numbers of periods, both ends included."""


def _zero_steps(first: int, amount: int) -> Steps:
    if amount == 0:
        return None if first else (0, None)
    steps, rest = divmod(-first, amount)
    return None if rest or steps < 0 else (steps, steps)


def _positive_steps(first: int, amount: int) -> Steps:
    if amount == 0:
        return (0, None) if first >= 1 else None
    if amount > 0:
        return max(0, -((first - 1) // amount)), None
    return (0, (first - 1) // -amount) if first >= 1 else None


def numbers(found: Sequence[Progression], limit: int) -> Iterator[int]:
    """The numbers of all progressions up to a limit, in order."""
    lasts = (limit if item.last is None else min(item.last, limit) for item in found)
    yield from heapq.merge(*(range(item.first, last + 1, item.step) for item, last in zip(found, lasts)))


def expect_equal(a: Dim, b: Dim, reason: str, problem: Problem) -> None:
    """Note that two sizes, which may differ, have to be equal. ``problem``: what is refused if they are not."""
    difference = a - b
    doubt(reason, None if isinstance(difference, int) else Condition(difference, False, problem.message), problem)


def require_equal(a: Dim, b: Dim, reason: str, problem: Problem) -> None:
    """Raise the problem if two sizes never are equal; ``expect_equal`` if that depends on their symbols."""
    if never_equal(a, b):
        raise problem
    if not always_equal(a, b):
        expect_equal(a, b, reason, problem)


def expect_positive(size: Dim, reason: str, problem: Problem) -> None:
    """Note that a size, which may be zero or below, has to be positive. ``problem``: what is refused if it is not."""
    doubt(reason, None if isinstance(size, int) else Condition(size, True, problem.message), problem)


def expect_agreement(a: Dim, b: Dim, reason: str, problem: Problem) -> None:
    """Note that two sizes have to be equal unless one is 1. ``problem``: what is refused otherwise."""
    difference = a - b
    ones = tuple(size for size in (a - 1, b - 1) if isinstance(size, SymbolicDim))
    doubt(reason, None if isinstance(difference, int) else Condition(difference, False, problem.message, ones), problem)


def is_open(dim: Dim) -> bool:
    """Whether a size depends on nothing but sizes that the caller may choose."""
    return isinstance(dim, SymbolicDim) and dim.is_open
