"""Unknown sizes in normal form: ``constant + sum(coefficient * atom)``.

An atom is a symbol, a floor division by a positive integer, or a product of atoms, so that equal sizes look
equal. Every expression knows an interval that holds it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Union

from dimlint.core.atom import Atom, Floor, Product, Symbol, length, nesting
from dimlint.core.dataclass import dataclass
from dimlint.core.interval import Bound
from dimlint.core.once import once
from dimlint.core.problem import Undecided


@dataclass(frozen=True)
class SymbolicDim:
    """A size that is not known: ``constant + sum(coefficient * atom)``, with at least one atom."""

    constant: int
    terms: tuple[tuple[Atom, int], ...]

    def __hash__(self) -> int:
        return self._hash

    @once
    def _hash(self) -> int:
        return hash((self.constant, self.terms))

    @once
    def key(self) -> tuple[object, ...]:
        return (self.constant, *((atom.key, k) for atom, k in self.terms))

    @once
    def bounds(self) -> tuple[Bound, Bound]:
        """An interval that holds every value; ``None`` is unbounded."""
        return _bounds(self, depth=2)

    def __add__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return SymbolicDim(self.constant + other, self.terms)
        if not isinstance(other, SymbolicDim):
            return NotImplemented
        return summed(self.constant + other.constant, [*self.terms, *other.terms])

    __radd__ = __add__

    def __neg__(self) -> Dim:
        return self * -1

    def __sub__(self, other: Dim) -> Dim:
        return self + (-other)

    def __rsub__(self, other: Dim) -> Dim:
        return (-self) + other

    def __mul__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return summed(self.constant * other, [(atom, k * other) for atom, k in self.terms])
        if not isinstance(other, SymbolicDim):
            return NotImplemented
        return _multiplied(self, other)

    __rmul__ = __mul__

    def __floordiv__(self, other: Dim) -> Dim:
        if not isinstance(other, int):
            return _opaque_quotient(self, other)
        if other == 0:
            raise ZeroDivisionError("integer division or modulo by zero")
        if other < 0:
            return (-self) // -other
        return _floor(self, other)

    def __rfloordiv__(self, other: int) -> Dim:
        return _opaque_quotient(other, self)

    def __mod__(self, other: Dim) -> Dim:
        return self - (self // other) * other

    def __rmod__(self, other: int) -> Dim:
        return other - (other // self) * self

    def __lt__(self, other: Dim) -> bool:
        return _decide(less(self, other), self, "<", other)

    def __gt__(self, other: Dim) -> bool:
        return _decide(less(other, self), self, ">", other)

    def __le__(self, other: Dim) -> bool:
        return _decide(negate(less(other, self)), self, "<=", other)

    def __ge__(self, other: Dim) -> bool:
        return _decide(negate(less(self, other)), self, ">=", other)

    def __bool__(self) -> bool:
        return not _decide(equal(self, 0), self, "==", 0)

    def __index__(self) -> int:
        raise Undecided(f"the size {self} is not known")

    @once
    def symbols(self) -> frozenset[Symbol]:
        return frozenset().union(*(symbols_of(atom) for atom, _ in self.terms))

    @property
    def is_open(self) -> bool:
        """Whether the size depends on nothing but sizes that the caller may choose, and that a program can ask for."""
        return all(symbol.open and not symbol.none for symbol in self.symbols)

    @property
    def is_chosen(self) -> bool:
        """Whether the size depends on nothing but sizes that the caller may choose, ``None`` dimensions of an input among them."""
        return all(symbol.open for symbol in self.symbols)

    @property
    def is_none(self) -> bool:
        """Whether Keras shows this size as ``None``: it depends on nothing but ``None`` dimensions."""
        return all(symbol.none for symbol in self.symbols)

    def __str__(self) -> str:
        if self.is_none:
            return "None"
        parts = [str(atom) if k == 1 else f"{k}*{_grouped(atom)}" for atom, k in self.terms]
        if self.constant:
            parts.append(str(self.constant))
        return " + ".join(parts).replace("+ -", "- ")


Dim = Union[int, SymbolicDim]
MAX_TERMS = 64
MAX_DEGREE = 8
"""Factors of a product of symbols; no layer needs more."""
MAX_NESTING = 64
"""Floor divisions inside each other."""
MAX_LENGTH = 1000
"""Symbols and floor divisions of a sum written out: what shares its parts is exponentially longer than it is deep."""
MAX_TIGHTENED = 12
"""Terms of a sum whose floor divisions are looked at together."""


def unknown_dim(
    name: str = "?", *, low: Bound = 0, high: Bound = None, none: bool = False, reason: str = "", open: bool = False
) -> SymbolicDim:
    """A new symbol as a dimension, different from every other one."""
    return SymbolicDim(0, ((Symbol(name, low, high, none, reason, open), 1),))


def bounds(dim: Dim) -> tuple[Bound, Bound]:
    """An interval that holds every value of ``dim``; ``None`` is unbounded."""
    return (int(dim), int(dim)) if isinstance(dim, int) else dim.bounds


@lru_cache(maxsize=4096)
def equal(a: Dim, b: Dim) -> bool | None:
    """Whether the sizes are equal for every value (True), for none (False), or it depends (None)."""
    difference = a - b
    if isinstance(difference, int):
        return difference == 0
    low, high = difference.bounds
    if (low is not None and low > 0) or (high is not None and high < 0):
        return False
    divisor = math.gcd(*(k for _, k in difference.terms))
    return False if difference.constant % divisor else None


def less(a: Dim, b: Dim) -> bool | None:
    """Whether ``a < b`` for every value (True), for none (False), or it depends (None)."""
    low, high = bounds(a - b)
    if high is not None and high < 0:
        return True
    if low is not None and low >= 0:
        return False
    return None


def symbols_of(atom: Atom) -> frozenset[Symbol]:
    """The symbols that an atom is made of."""
    if isinstance(atom, Symbol):
        return frozenset((atom,))
    if isinstance(atom, Floor):
        return atom.numerator.symbols
    return frozenset().union(*map(symbols_of, atom.factors))


def negate(answer: bool | None) -> bool | None:
    """The three-valued ``not``."""
    return None if answer is None else not answer


def summed(constant: int, terms: Iterable[tuple[Atom, int]]) -> Dim:
    """The normal form of a sum: each atom once, in order."""
    collected: dict[Atom, int] = {}
    for atom, k in terms:
        collected[atom] = collected.get(atom, 0) + k
    kept = sorted(((a, k) for a, k in collected.items() if k), key=lambda term: term[0].order)
    if len(kept) > MAX_TERMS or length(kept) > MAX_LENGTH:
        return unknown_dim(low=None, reason="a sum of sizes is too long")
    return SymbolicDim(constant, tuple(kept)) if kept else constant


@lru_cache(maxsize=4096)
def _multiplied(a: SymbolicDim, b: SymbolicDim) -> Dim:
    terms: list[tuple[Atom, int]] = [(atom, k * b.constant) for atom, k in a.terms]
    terms += [(atom, k * a.constant) for atom, k in b.terms]
    if len(a.terms) * len(b.terms) > MAX_TERMS or _degree(a) + _degree(b) > MAX_DEGREE:
        return unknown_dim(low=None, reason="a product of sizes is too long")
    for left, j in a.terms:
        terms += [(_times(left, right), j * k) for right, k in b.terms]
    return summed(a.constant * b.constant, terms)


def _times(a: Atom, b: Atom) -> Product:
    factors = [f for atom in (a, b) for f in (atom.factors if isinstance(atom, Product) else (atom,))]
    return Product(tuple(sorted(factors, key=lambda factor: factor.order)))


def _floor(dim: SymbolicDim, divisor: int) -> Dim:
    """``dim // divisor`` with every multiple of the divisor taken out of the floor."""
    if divisor == 1:
        return dim
    outside: Dim = dim.constant // divisor
    inside: Dim = dim.constant % divisor
    for atom, k in dim.terms:
        term = SymbolicDim(0, ((atom, 1),))
        outside = outside + term * (k // divisor)
        inside = inside + term * (k % divisor)
    if isinstance(inside, int):
        return outside + inside // divisor
    low, high = inside.bounds
    if low is not None and high is not None and low // divisor == high // divisor:
        return outside + low // divisor
    common = math.gcd(divisor, *(k for _, k in inside.terms))
    if common > 1:
        reduced = summed(inside.constant // common, [(a, k // common) for a, k in inside.terms])
        return outside + reduced // (divisor // common)
    if len(inside.terms) == 1 and isinstance(inside.terms[0][0], Floor) and inside.terms[0][1] == 1:
        inner = inside.terms[0][0]
        return outside + (inner.numerator + inside.constant * inner.divisor) // (inner.divisor * divisor)
    if nesting(inside) >= MAX_NESTING:
        return unknown_dim(low=None, reason="divisions are nested too deeply")
    return outside + SymbolicDim(0, ((Floor(inside, divisor), 1),))


def _degree(dim: SymbolicDim) -> int:
    return max(len(atom.factors) if isinstance(atom, Product) else 1 for atom, _ in dim.terms)


def _opaque_quotient(a: Dim, b: Dim) -> Dim:
    if isinstance(a, SymbolicDim) and isinstance(b, SymbolicDim):
        multiple = _multiple(a, b)
        if multiple is not None:
            return multiple
    (a_low, a_high), (b_low, _) = bounds(a), bounds(b)
    if a_low is not None and a_low >= 0 and b_low is not None and b_low > 0:
        return unknown_dim(low=0, high=None if a_high is None else a_high // b_low, reason=f"{a} // {b}")
    return unknown_dim(low=None, reason=f"{a} // {b}")


def _multiple(a: SymbolicDim, b: SymbolicDim) -> Dim | None:
    """``q`` with ``a == q * b``, if that is a number or a product: then it is the quotient wherever there is one."""
    first, k = b.terms[0]
    for atom, j in a.terms[:MAX_TIGHTENED]:
        whole, part = Counter(_factors(atom)), Counter(_factors(first))
        if j % k or part - whole:
            continue
        q: Dim = j // k
        for factor in (whole - part).elements():
            q = q * SymbolicDim(0, ((factor, 1),))
        if q * b == a:
            return q
    return None


def _factors(atom: Atom) -> tuple[Symbol | Floor, ...]:
    return atom.factors if isinstance(atom, Product) else (atom,)


def _bounds(dim: SymbolicDim, depth: int) -> tuple[Bound, Bound]:
    low: Bound = dim.constant
    high: Bound = dim.constant
    for atom, k in dim.terms:
        atom_low, atom_high = atom.bounds
        first, second = (atom_low, atom_high) if k > 0 else (atom_high, atom_low)
        low = None if low is None or first is None else low + k * first
        high = None if high is None or second is None else high + k * second
    if depth and 1 < len(dim.terms) <= MAX_TIGHTENED:
        for atom, k in dim.terms:
            if isinstance(atom, Floor):
                low, high = _tighten(dim, atom, k, (low, high), depth)
    return low, high


def _tighten(dim: SymbolicDim, atom: Floor, k: int, known: tuple[Bound, Bound], depth: int) -> tuple[Bound, Bound]:
    """Intersect with what ``d * (n // d) == n - r, 0 <= r < d`` says, so that ``h - 2*(h // 2)`` is 0 or 1."""
    rest = dim + SymbolicDim(0, ((atom, -k),))
    scaled = rest * atom.divisor + atom.numerator * k
    low, high = (scaled, scaled) if isinstance(scaled, int) else _bounds(scaled, depth - 1)
    slack = k * (atom.divisor - 1)
    low = None if low is None else -((max(slack, 0) - low) // atom.divisor)
    high = None if high is None else (high - min(slack, 0)) // atom.divisor
    merged_low = low if known[0] is None else known[0] if low is None else max(low, known[0])
    merged_high = high if known[1] is None else known[1] if high is None else min(high, known[1])
    return merged_low, merged_high


def _grouped(atom: Atom) -> str:
    return str(atom) if isinstance(atom, Symbol) else f"({atom})"


def _decide(answer: bool | None, a: Dim, sign: str, b: Dim) -> bool:
    if answer is None:
        raise Undecided(f"whether {a} {sign} {b} is not known")
    return answer
