"""Sizes of tensors: a known size is an ``int``, an unknown one a ``SymbolicDim``.

Rules ask ``never_equal`` and ``never_positive``; they never use ``==``, which compares normal forms only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TypeGuard

from dimlint.core.atom import Atom, Floor, Product, Symbol
from dimlint.core.interval import Bound
from dimlint.core.linear import Dim, SymbolicDim, bounds, equal, less, negate, summed, symbols_of, unknown_dim

__all__ = [
    "Bound", "Dim", "Floor", "Product", "Shape", "Strides", "Symbol", "SymbolicDim", "always_equal", "always_positive", "bounds", "equal",
    "is_finite", "join", "less", "maximum", "minimum", "negate", "never_equal", "never_positive", "product", "substitute", "unknown_dim",
]  # fmt: skip


MAX_NAME = 60
"""Characters of a symbol that stands for the smaller or larger one of two sizes; beyond, nothing more is known of it."""

Strides = tuple[Dim, ...]
"""The distance in memory of neighbours along each axis of a tensor."""


class Shape(tuple[Dim, ...]):
    """The sizes of a tensor's axes, batch first: ``Shape(32, 3, 28, 28)``."""

    def __new__(cls, *dims: Dim) -> Shape:  # noqa: PYI034 -- nobody derives from it
        return super().__new__(cls, dims)

    @property
    def rank(self) -> int:
        return len(self)

    def __getnewargs__(self) -> tuple[Dim, ...]:
        return tuple(self)

    def __str__(self) -> str:
        return "(" + ", ".join(map(str, self)) + (",)" if len(self) == 1 else ")")


def never_equal(a: Dim, b: Dim) -> bool:
    """Whether no value of the symbols makes the two sizes equal."""
    return equal(a, b) is False


def always_equal(a: Dim, b: Dim) -> bool:
    """Whether every value of the symbols makes the two sizes equal."""
    return equal(a, b) is True


def never_positive(dim: Dim) -> bool:
    """Whether the size is zero or below for every value of the symbols."""
    high = bounds(dim)[1]
    return high is not None and high <= 0


def always_positive(dim: Dim) -> bool:
    """Whether the size is one or more for every value of the symbols."""
    low = bounds(dim)[0]
    return low is not None and low > 0


def is_finite(value: object) -> TypeGuard[int | float]:
    """Whether the value is a number that one can calculate sizes with."""
    return isinstance(value, (int, float)) and (isinstance(value, int) or math.isfinite(value))


def product(dims: Iterable[Dim]) -> Dim:
    """The number of elements of a tensor with these sizes."""
    total: Dim = 1
    for dim in dims:
        total = total * dim
    return total


def maximum(a: Dim, b: Dim) -> Dim:
    """The larger size; a bounded symbol where that depends."""
    return _extremum(a, b, _at_most(a, b), max)


def minimum(a: Dim, b: Dim) -> Dim:
    """The smaller size; a bounded symbol where that depends."""
    return _extremum(a, b, negate(_at_most(a, b)), min)


def _at_most(a: Dim, b: Dim) -> bool | None:
    """Whether the first size may be called the smaller one (True), or the second; equal ones are both."""
    return True if less(b, a) is False else False if less(a, b) is False else None


def join(a: Dim, b: Dim) -> Dim:
    """A size that stands for either: the same one, or a symbol bounded by both."""
    if always_equal(a, b):
        return a
    (a_low, a_high), (b_low, b_high) = bounds(a), bounds(b)
    low = None if a_low is None or b_low is None else min(a_low, b_low)
    high = None if a_high is None or b_high is None else max(a_high, b_high)
    reason = f"either {a} or {b}"
    if isinstance(a, SymbolicDim) and isinstance(b, SymbolicDim) and a.is_open and b.is_open:
        return SymbolicDim(0, ((Symbol("?", low, high, reason=reason, open=True), 1),))  # whichever it is, the caller may choose it
    none = all(isinstance(dim, SymbolicDim) and dim.is_none for dim in (a, b))
    return unknown_dim(low=low, high=high, none=none, reason=reason)


def substitute(dim: Dim, values: Mapping[Symbol, Dim]) -> Dim:
    """The size with ``values`` put in for its symbols."""
    if isinstance(dim, int):
        return dim
    constant, terms = dim.constant, list[tuple[Atom, int]]()
    for atom, k in dim.terms:
        if values.keys().isdisjoint(symbols_of(atom)):
            terms.append((atom, k))
            continue
        factors = atom.factors if isinstance(atom, Product) else (atom,)
        found = product(_substitute_factor(part, values) for part in factors) * k
        if isinstance(found, int):
            constant += found
        else:
            constant += found.constant
            terms += found.terms
    return summed(constant, terms)


def _substitute_factor(part: Symbol | Floor, values: Mapping[Symbol, Dim]) -> Dim:
    if isinstance(part, Floor):
        return substitute(part.numerator, values) // part.divisor
    return values.get(part, SymbolicDim(0, ((part, 1),)))


def _extremum(a: Dim, b: Dim, second: bool | None, pick: Callable[[int, int], int]) -> Dim:
    if second is not None:
        return b if second else a
    if always_equal(a, b):
        return a
    (a_low, a_high), (b_low, b_high) = bounds(a), bounds(b)
    low = _pick_bound(a_low, b_low, pick, missing_wins=pick is min)
    high = _pick_bound(a_high, b_high, pick, missing_wins=pick is max)
    name = f"{pick.__name__}({a}, {b})"
    if all(isinstance(size, int) or size.is_open for size in (a, b)) and len(name) <= MAX_NAME:
        return _open_extremum(a, b, low, high, name, pick is min)
    return unknown_dim(low=low, high=high, reason=name)


@lru_cache(maxsize=1024)
def _open_extremum(a: Dim, b: Dim, low: Bound, high: Bound, name: str, smaller: bool) -> Dim:
    """The same symbol whenever the same sizes are compared."""
    both = (a, b)
    known = Symbol(name, low, high, open=True, below=both if smaller else (), above=() if smaller else both)
    return SymbolicDim(0, ((known, 1),))


def _pick_bound(a: Bound, b: Bound, pick: Callable[[int, int], int], *, missing_wins: bool) -> Bound:
    if a is None or b is None:
        return None if missing_wins else (b if a is None else a)
    return pick(a, b)
