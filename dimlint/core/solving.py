"""Whether sizes that a caller may choose can meet all conditions that the layers of a path have set.

``satisfiable`` is exact for conditions on one symbol each, for equal symbols, and for products of such sizes (the features after a
flatten); elsewhere a solution is searched among small sizes, and where none is found the answer is None.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Union

from dimlint.core.axis import Condition, Progressions, numbers, solutions
from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Dim, Symbol, SymbolicDim, bounds, maximum, minimum, substitute
from dimlint.core.factoring import as_product, factored

MAX_TRIED = 4096
"""Combinations of sizes that are looked at where no exact answer is known."""
MAX_TRIED_SIZE = 1024
MAX_DIVISORS = 2000
MAX_SPLITS = 1000
"""Pairs of divisors that are tried for one question; fewer the more conditions have to be looked at for each."""
MIN_SPLITS = 8
MAX_REDUCED = 1024
"""Questions of which is remembered how equal sizes were put in."""
MAX_EXTREMA = 3
"""Symbols for the smaller or larger one of two sizes that are replaced by either; more of them are any sizes within their bounds."""

Conditions = Sequence[Condition]
Splits = Union[Iterator[int], None]
"""What is left to be tried, an item a time."""


def condition(size: Dim, *, positive: bool, reason: str = "") -> Condition | bool:
    """``size == 0`` or ``size >= 1`` as a condition, or its truth if that does not depend."""
    if isinstance(size, int):
        return size >= 1 if positive else size == 0
    return Condition(size, positive, reason)


def satisfiable(conditions: Conditions, splits: Splits = None) -> bool | None:
    """Whether some values of the symbols meet every condition; None if that is not known. splits: what is left of a search around it."""
    known = _with_ranges(conditions)
    return False if known is None else _any(_satisfied(choice, True, splits) for choice in _choices(known, MAX_EXTREMA))


def excluded(conditions: Conditions) -> bool:
    """Whether ``satisfiable`` is False, in less time: no solution is searched where none has to be known."""
    known = _with_ranges(conditions)
    return known is None or all(_satisfied(choice, False) is False for choice in _choices(known, MAX_EXTREMA))


def _any(verdicts: Iterable[bool | None]) -> bool | None:
    """True if one is, else None if one is not known."""
    found: bool | None = False
    for verdict in verdicts:
        if verdict:
            return True
        found = None if verdict is None else found
    return found


def _satisfied(conditions: Conditions, search: bool, splits: Splits = None) -> bool | None:
    """``satisfiable`` where nothing more is known of symbols than the conditions say. search: whether solutions are tried out."""
    reduced = _without_equals(conditions)
    if reduced is None:
        return False
    asked = map(tuple, parts(reduced.left))
    verdicts = (_part(part, search) if splits is None else _examined(part, search, splits) for part in asked)
    fails = _any(None if found is None else not found for found in verdicts)
    return None if fails is None else not fails


def _choices(conditions: list[Condition], most: int) -> Iterator[list[Condition]]:
    """The conditions with each symbol that stands for the smaller or larger one of two sizes replaced by one of them: all that may hold."""
    extrema = [symbol for item in conditions for symbol in item.size.symbols if symbol.below or symbol.above]
    if not extrema or not most:
        yield conditions
        return
    outer = max(extrema, key=lambda symbol: symbol.serial)
    for size in (*outer.below, *outer.above):
        chosen = put(conditions, {outer: size})
        if chosen is not None:
            yield from _choices(chosen, most - 1)


def _with_ranges(conditions: Conditions) -> list[Condition] | None:
    """The conditions with what is known of symbols that stand for the smaller or larger one of two sizes; None if that fails."""
    found, seen = list(conditions), set[Symbol]()
    for item in found:
        for symbol in item.size.symbols - seen:
            seen.add(symbol)
            this = SymbolicDim(0, ((symbol, 1),))
            told = [size - this + 1 for size in symbol.below] + [this - size + 1 for size in symbol.above]
            made = [condition(size, positive=True) for size in told]
            if False in made:
                return None
            found += [new for new in made if isinstance(new, Condition)]
    return found


def parts(conditions: Conditions) -> list[list[Condition]]:
    """The conditions in groups that share no symbol."""
    groups: list[tuple[set[Symbol], list[Condition]]] = []
    for item in conditions:
        symbols, members = set(item.size.symbols), [item]
        apart = []
        for group in groups:
            if group[0] & symbols:
                symbols |= group[0]
                members = group[1] + members
            else:
                apart.append(group)
        groups = [*apart, (symbols, members)]
    return [members for _, members in groups]


def put(conditions: Conditions, values: Mapping[Symbol, Dim]) -> list[Condition] | None:
    """The conditions with values put in for symbols; None if one of them fails then."""
    found: list[Condition] = []
    for item in conditions:
        if not item.size.symbols & values.keys():
            found.append(item)
            continue
        changed = condition(substitute(item.size, values), positive=item.positive, reason=item.reason)
        if changed is False:
            return None
        if isinstance(changed, Condition):
            found.append(changed)
    return found


@dataclass(frozen=True, eq=False)
class Reduced:
    """Conditions without those that say that a symbol equals something of other symbols, and what was put in for these, in order."""

    left: tuple[Condition, ...] = ()
    steps: tuple[tuple[Symbol, Dim], ...] = ()

    def adding(self, item: Condition) -> Reduced | None:
        """One condition more; None if one fails then."""
        found: list[Condition] | None = [item]
        for symbol, same in self.steps:
            found = put(found or (), {symbol: same})
            if found is None:
                return None
        left, steps = [*self.left, *(found or ())], [*self.steps]
        while found and (equal := next((item for item in map(_as_equal, left) if item is not None), None)) is not None:
            symbol, same, position = equal[0], equal[1], left.index(equal[2])
            found = put([*left[:position], *left[position + 1 :], *_ranges(symbol)], {symbol: same})
            if found is None:
                return None
            left, steps = found, [*steps, (symbol, same)]
        return Reduced(tuple(left), tuple(steps))


_REDUCED: dict[tuple[Condition, ...], Reduced | None] = {}
"""What was found of conditions before: a path asks for more and more, and each time for most of the same."""


def _without_equals(conditions: Conditions) -> Reduced | None:
    """The conditions without those that say that a symbol equals something of other symbols; None if one fails."""
    asked, done = tuple(conditions), len(conditions)
    while done and asked[:done] not in _REDUCED:
        done -= 1
    found = _REDUCED[asked[:done]] if done else Reduced()
    for position in range(done, len(asked)):
        found = found.adding(asked[position]) if found is not None else None
        if len(_REDUCED) >= MAX_REDUCED:
            _REDUCED.clear()
        _REDUCED[asked[: position + 1]] = found
    return found


def _ranges(symbol: Symbol) -> Iterator[Condition]:
    """The bounds of a symbol as conditions."""
    this = SymbolicDim(0, ((symbol, 1),))
    for size in (this - symbol.low + 1 if symbol.low is not None else None, symbol.high - this + 1 if symbol.high is not None else None):
        if isinstance(size, SymbolicDim):
            yield Condition(size, True)


def _as_equal(item: Condition) -> tuple[Symbol, Dim, Condition] | None:
    """A condition as ``symbol == rest``, the rest being of other symbols, if there are others."""
    if item.positive or len(item.size.symbols) < 2:
        return None
    for atom, k in item.size.terms:
        if isinstance(atom, Symbol) and abs(k) == 1:
            rest = (item.size - SymbolicDim(0, ((atom, k),))) * -k
            if isinstance(rest, SymbolicDim) and atom not in rest.symbols:
                return atom, rest, item
    return None


@lru_cache(maxsize=1024)
def _part(conditions: tuple[Condition, ...], search: bool) -> bool | None:
    """``satisfiable`` for conditions that share their symbols."""
    most = MAX_SPLITS // (1 + len(conditions) ** 2 // 16)
    return _examined(conditions, search, iter(range(max(most, MIN_SPLITS))))


def _examined(conditions: tuple[Condition, ...], search: bool, splits: Iterator[int]) -> bool | None:
    symbols = sorted({symbol for item in conditions for symbol in item.size.symbols}, key=lambda symbol: symbol.serial)
    if len(symbols) == 1:
        found = solutions(symbols[0], conditions)
        if found is not None:
            return bool(found)
    axes = {symbol: solutions(symbol, _only(symbol, conditions)) for symbol in symbols}
    if any(found == () for found in axes.values()):
        return False
    for item in conditions:
        if not item.positive:
            verdict = _by_factors(item, [other for other in conditions if other is not item], splits)
            if verdict is not None:
                return verdict
    return True if search and _found(symbols, axes, conditions) else _excluded_by_bounds(symbols, axes, conditions)


def _only(symbol: Symbol, conditions: Conditions) -> tuple[Condition, ...]:
    return tuple(item for item in conditions if item.size.symbols == {symbol})


def _found(symbols: Sequence[Symbol], axes: Mapping[Symbol, Progressions], conditions: Conditions) -> bool:
    """Whether one of the first combinations of sizes meets all conditions; each is asked once all of its symbols have a size."""
    each = max(2, int(MAX_TRIED ** (1 / len(symbols))))
    tried = [list(islice(candidates(symbol, axes[symbol]), each)) for symbol in symbols]
    due: list[list[Condition]] = [[] for _ in symbols]
    for item in conditions:
        due[max(map(symbols.index, item.size.symbols))].append(item)
    fuel = iter(range(2 * MAX_TRIED))  # as many steps as there are in a tree of so many leaves
    values: dict[Symbol, int] = {}

    def extended(index: int) -> bool:
        if index == len(symbols):
            return True
        for size, _ in zip(tried[index], fuel):
            values[symbols[index]] = size
            if all(item.holds(values) for item in due[index]) and extended(index + 1):
                return True
        return False

    return extended(0)


def candidates(symbol: Symbol, found: Progressions) -> Iterable[int]:
    """Values of a symbol that are worth a try, in order."""
    if found is not None:
        return numbers(found, MAX_TRIED_SIZE)
    low = symbol.low if symbol.low is not None else 0
    return range(low, (MAX_TRIED_SIZE if symbol.high is None else min(symbol.high, MAX_TRIED_SIZE)) + 1)


def _excluded_by_bounds(symbols: Sequence[Symbol], axes: Mapping[Symbol, Progressions], conditions: Conditions) -> bool | None:
    """False if intervals prove that no combination meets some condition, else None."""
    narrowed: dict[Symbol, Dim] = {}
    for symbol in symbols:
        found = axes[symbol]
        low = symbol.low if not found else min(item.first for item in found)
        narrowed[symbol] = SymbolicDim(0, ((Symbol(symbol.name, low, symbol.high), 1),))
    for item in conditions:
        low, high = bounds(substitute(item.size, narrowed))
        if (high is not None and high < (1 if item.positive else 0)) or (not item.positive and low is not None and low > 0):
            return False
    return None


# -- products of sizes


def _by_factors(item: Condition, others: list[Condition], splits: Iterator[int]) -> bool | None:
    """``satisfiable`` where a condition says ``f * g == number`` for sizes without a common symbol: each pair of divisors is tried.

    Solutions are searched in any case: the first pair with one ends it. Other products may be split for each pair: ``splits`` bounds that.
    """
    for symbol in item.size.symbols:
        found = factored(item.size, symbol)
        if found is None:
            continue
        f, g, number = found
        pairs = [(f - divisor, g - number // divisor) for divisor in _divisors(number)] if number else [(f, 0), (g, 0)]
        if len(pairs) > MAX_DIVISORS:
            return None
        return _any(_zeros(pair, others, splits) for pair in pairs)
    return None


def _zeros(sizes: Iterable[Dim], others: list[Condition], splits: Iterator[int]) -> bool | None:
    """``satisfiable`` with sizes that have to be zero."""
    sizes = list(sizes)
    made = [condition(size, positive=False) for size in sizes]
    if False in made or any(_is_never_zero(size) for size in sizes):
        return False
    if next(splits, None) is None:
        return None
    return satisfiable([*others, *(item for item in made if isinstance(item, Condition))], splits)


def _is_never_zero(size: Dim) -> bool:
    """Whether intervals tell that a size is not zero: there is no need to put it anywhere."""
    low, high = bounds(size)
    return (low is not None and low > 0) or (high is not None and high < 0)


def _divisors(number: int) -> list[int]:
    size = abs(number)
    small = [d for d in range(1, math.isqrt(size) + 1) if size % d == 0]
    every = sorted({*small, *(size // d for d in small)})
    return [*every, *(-d for d in every)]


@lru_cache(maxsize=4096)
def never_negative(size: Dim) -> bool:
    """Whether a size is zero or more for every value of its symbols, products that are multiplied out seen as such."""
    low = bounds(size)[0]
    if isinstance(size, int) or (low is not None and low >= 0):
        return low is not None and low >= 0
    if len(size.symbols) == 1:
        (alone,) = size.symbols
        below = condition(-size, positive=True)
        return isinstance(below, Condition) and solutions(alone, (below,)) == ()
    for symbol in sorted(size.symbols, key=lambda symbol: symbol.serial):
        split = as_product(size, symbol)
        if split is None:
            continue
        f, g, number, k = split
        f, number = (f, number) if k > 0 else (-f, -number)
        if number <= 0 and any(never_negative(sign * f) and never_negative(sign * g) for sign in (1, -1)):
            return True
    return False


def larger(a: Dim, b: Dim) -> Dim:
    """The larger size, also where intervals do not tell which one that is."""
    return a if never_negative(a - b) else b if never_negative(b - a) else maximum(a, b)


def smaller(a: Dim, b: Dim) -> Dim:
    """The smaller size, also where intervals do not tell which one that is."""
    return a if never_negative(b - a) else b if never_negative(a - b) else minimum(a, b)
