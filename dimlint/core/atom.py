"""What sums of unknown sizes are made of: symbols, floor divisions by numbers, and products of these."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from itertools import count
from typing import TYPE_CHECKING, Union

from dimlint.core.dataclass import dataclass
from dimlint.core.interval import Bound, interval_product
from dimlint.core.once import once

if TYPE_CHECKING:
    from dimlint.core.linear import SymbolicDim

_serial = count()


@dataclass(frozen=True, eq=False)
class Symbol:
    """An unknown integer in ``[low, high]``; ``none`` marks a Keras ``None`` dimension, ``open`` a size that the caller may choose.

    below, above: sizes that it is not larger, or not smaller than.
    """

    name: str = "?"
    low: Bound = 0
    high: Bound = None
    none: bool = False
    reason: str = ""
    open: bool = False
    below: tuple[Union[int, SymbolicDim], ...] = ()
    above: tuple[Union[int, SymbolicDim], ...] = ()
    nesting = 0
    length = 1
    serial: int = field(default_factory=lambda: next(_serial))

    @property
    def bounds(self) -> tuple[Bound, Bound]:
        return self.low, self.high

    @property
    def key(self) -> tuple[object, ...]:
        return ("symbol", self.serial)

    @once
    def order(self) -> str:
        return str(self.key)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Floor:
    """``numerator // divisor`` with ``divisor >= 2``."""

    numerator: SymbolicDim
    divisor: int

    @once
    def nesting(self) -> int:
        return 1 + nesting(self.numerator)

    @once
    def length(self) -> int:
        return 1 + length(self.numerator.terms)

    @once
    def order(self) -> str:
        return str(self.key)

    def __hash__(self) -> int:
        return self._hash

    @once
    def _hash(self) -> int:
        return hash((self.numerator, self.divisor))

    @once
    def bounds(self) -> tuple[Bound, Bound]:
        low, high = self.numerator.bounds
        return (None if low is None else low // self.divisor, None if high is None else high // self.divisor)

    @property
    def key(self) -> tuple[object, ...]:
        return ("floor", self.divisor, self.numerator.key)

    def __str__(self) -> str:
        text = str(self.numerator)
        return f"({text}) // {self.divisor}" if " " in text or "*" in text else f"{text} // {self.divisor}"


@dataclass(frozen=True)
class Product:
    """A product of two or more symbols or floors."""

    factors: tuple[Symbol | Floor, ...]

    @once
    def nesting(self) -> int:
        return max(factor.nesting for factor in self.factors)

    @once
    def length(self) -> int:
        return sum(factor.length for factor in self.factors)

    @once
    def order(self) -> str:
        return str(self.key)

    @once
    def bounds(self) -> tuple[Bound, Bound]:
        low: Bound = 1
        high: Bound = 1
        for factor in self.factors:
            low, high = interval_product((low, high), factor.bounds)
        return low, high

    @property
    def key(self) -> tuple[object, ...]:
        return ("product", *(factor.key for factor in self.factors))

    def __str__(self) -> str:
        return "*".join(f"({f})" if isinstance(f, Floor) else str(f) for f in self.factors)


Atom = Union[Symbol, Floor, Product]


def nesting(dim: SymbolicDim) -> int:
    """How deep floor divisions stand in each other."""
    return max(atom.nesting for atom, _ in dim.terms)


def length(terms: Iterable[tuple[Atom, int]]) -> int:
    """Symbols and floor divisions of a sum, written out."""
    return sum(atom.length for atom, _ in terms)
