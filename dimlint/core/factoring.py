"""Sums of products as one product of sizes: ``f * g == number``, found again in what is multiplied out in normal form."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Union

from dimlint.core.atom import Atom
from dimlint.core.dim import Dim, Product, Symbol, SymbolicDim
from dimlint.core.linear import symbols_of

Factors = Union[tuple[Dim, Dim, int], None]


def factored(size: SymbolicDim, symbol: Symbol) -> Factors:
    """``(f, g, number)`` with ``size == 0`` exactly if ``f * g == number``; ``f`` is of the symbol alone, ``g`` of others.

    The sums of a product are multiplied out in normal form: they are found again as a matrix of rank one, whose rows are the atoms of
    the symbol and whose columns those of the others.
    """
    split = as_product(size, symbol)
    if split is None:
        return None
    f, g, number, _ = split
    shrunk = math.gcd(*_coefficients(f)), math.gcd(*_coefficients(g))
    if number % (shrunk[0] * shrunk[1]):
        return 0, 0, 1
    return f // shrunk[0], g // shrunk[1], number // (shrunk[0] * shrunk[1])


def as_product(size: SymbolicDim, symbol: Symbol) -> tuple[Dim, Dim, int, int] | None:
    """``(f, g, number, k)`` with ``k * size == f * g - number``; ``f`` is of the symbol alone, ``g`` of others."""
    table = _table(size, symbol)
    if table is None:
        return None
    rows, columns = {row for row, _ in table}, {column for _, column in table}
    pivot = next((key for key in table if key[0] and key[1]), None)
    if pivot is None:
        return None
    corner = table[pivot]
    for row in rows:
        for column in columns:
            if (row or column) and table.get((row, column), 0) * corner != table.get((row, pivot[1]), 0) * table.get((pivot[0], column), 0):
                return None
    f = _polynomial({row: table.get((row, pivot[1]), 0) for row in rows | {()}})
    g = _polynomial({column: table.get((pivot[0], column), 0) for column in columns | {()}})
    constant = table.get(((), pivot[1]), 0) * table.get((pivot[0], ()), 0)
    return f, g, constant - table.get(((), ()), 0) * corner, corner


Key = tuple[Atom, ...]


def _table(size: SymbolicDim, symbol: Symbol) -> dict[tuple[Key, Key], int] | None:
    """Coefficients by the product of the symbol's atoms and that of the others; None where an atom is of both."""
    table: dict[tuple[Key, Key], int] = {((), ()): size.constant}
    for atom, k in size.terms:
        factors = atom.factors if isinstance(atom, Product) else (atom,)
        own = tuple(factor for factor in factors if symbols_of(factor) == {symbol})
        rest = tuple(factor for factor in factors if symbol not in symbols_of(factor))
        if len(own) + len(rest) != len(factors):
            return None
        table[own, rest] = k
    return table


def _polynomial(coefficients: Mapping[Key, int]) -> Dim:
    total: Dim = 0
    for key, k in coefficients.items():
        term: Dim = k
        for atom in key:
            term = term * SymbolicDim(0, ((atom, 1),))
        total = total + term
    return total


def _coefficients(dim: Dim) -> list[int]:
    return [dim] if isinstance(dim, int) else [dim.constant, *(k for _, k in dim.terms)]
