"""The sizes that work: the smallest size of each open axis, and the exact condition where that is not simply "at least n"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from dimlint.core.axis import Condition, Progression, Progressions, numbers, solutions
from dimlint.core.dim import Dim, Symbol, SymbolicDim
from dimlint.core.solving import put

SCANNED = 1024
"""Sizes that are looked at where no exact answer is known."""
REGULAR = 8
"""So many sizes at equal distances are taken to go on."""


def sizes_that_work(conditions: Sequence[Condition], axes: Sequence[Symbol], fixed: Mapping[Symbol, Dim]) -> tuple[Progression, ...] | None:
    """The sizes that all the axes may have at once, with other symbols fixed; None if that is not known."""
    if not axes:
        return None
    size = Symbol("size", max((axis.low or 0 for axis in axes), default=1), open=True)
    common: Dim = SymbolicDim(0, ((size, 1),))
    reduced = put(conditions, {**fixed, **dict.fromkeys(axes, common)})
    if reduced is None:
        return ()
    if any(condition.size.symbols != {size} for condition in reduced):
        return None
    found = solutions(size, tuple(reduced))
    return merged(_scanned(size, reduced) if found is None else found)


def _scanned(size: Symbol, conditions: Sequence[Condition]) -> Progressions:
    """Sizes that work among the first ones; those that go on to the last, one by one or in equal steps, are taken to go on."""
    low = size.low if size.low is not None else 0
    works = [n for n in range(low, SCANNED + 1) if all(condition.holds({size: n}) for condition in conditions)]
    steps = {b - a for a, b in pairwise(works)}
    if len(works) >= REGULAR and len(steps) == 1 and max(steps) > 1 and works[-1] + max(steps) > SCANNED:
        return (Progression(works[0], max(steps), None),)
    tail = SCANNED + 1
    while works and works[-1] == tail - 1:
        tail = works.pop()
    endless = (Progression(tail, 1, None),) if tail <= SCANNED // 2 else ()
    return (*(Progression(n, 1, 1) for n in works), *endless)


def merged(found: Progressions) -> tuple[Progression, ...]:
    """The same numbers in as few progressions as they are: neighbouring ones joined, so that "at least n" is one."""
    if not found:
        return ()
    endless = [item for item in found if item.count is None]
    step = endless[0].step if endless else 1
    whole = len(endless) == step and all(item.step == step for item in endless)
    finite = sorted({n for item in found if item.count is not None for n in range(item.first, (item.last or 0) + 1, item.step)})
    if not whole:
        return (*_runs(finite), *endless)
    start = max(item.first for item in endless) - step + 1
    known = set(finite) | {n for item in endless for n in range(item.first, start + step, step)}
    while start - 1 in known:
        start -= 1
    return (*_runs(sorted(n for n in known if n < start)), Progression(start, 1, None))


def _runs(sorted_numbers: Sequence[int]) -> tuple[Progression, ...]:
    runs: list[list[int]] = []
    for n in sorted_numbers:
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return tuple(Progression(run[0], 1, len(run)) for run in runs)


def at_least(found: Sequence[Progression]) -> int | None:
    """``n`` if the sizes are all from ``n`` on; else None."""
    return found[0].first if len(found) == 1 and found[0].count is None and found[0].step == 1 else None


def described(found: Sequence[Progression]) -> str:
    """The sizes in words: ``at least 63``, ``32 to 35``, ``32, 64, 96, ...``, ``none``."""
    if not found:
        return "none"
    if at_least(found) is not None:
        return f"at least {found[0].first}"
    if len(found) == 1 and found[0].count is not None:
        item = found[0]
        return f"{item.first}" if item.count == 1 else f"{item.first} to {item.last}"
    shown = list(numbers(found, SCANNED))
    return ", ".join(map(str, shown[:4])) + (", ..." if len(shown) > 4 else "")


def condition_text(name: str, found: Sequence[Progression]) -> str:
    """The sizes as a condition on a name: ``H >= 63``, ``H % 32 == 0``, ``H = 32…35``; elsewhere the first ones."""
    item = found[0] if len(found) == 1 else None
    if item is None:
        return f"{name} = {described(found)}"
    if item.count is not None:
        return f"{name} = {item.first}" if item.count == 1 else f"{name} = {item.first}…{item.last}"
    if item.step == 1:
        return f"{name} >= {item.first}"
    rest = item.first % item.step
    lowest = f", {name} >= {item.first}" if item.first > (rest or item.step) else ""
    return f"{name} % {item.step} == {rest}{lowest}"
