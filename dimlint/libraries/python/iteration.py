"""``itertools``: what may be asked for items one by one is, the rest is computed at once."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable

from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.value import END, IteratorObject, ListObject, Machine, Raised, Ref, Unknown, Value
from dimlint.libraries.python.functions import iterator
from dimlint.libraries.python.library import attempt
from dimlint.libraries.python.limits import MAX_ITEMS, check_count
from dimlint.libraries.python.sequences import collected, items_of
from dimlint.libraries.python.streams import drawn, gathered, is_waiting, one_by_one, stream

ITERTOOLS = Library("python.itertools", ("itertools",))
function = ITERTOOLS.function


def _drawn(machine: Machine, rows: Iterable[Value]) -> Ref:
    """An iterator over at most ``MAX_ITEMS`` rows. Raises Undecided beyond."""
    return iterator(machine, list(itertools.islice(rows, MAX_ITEMS + 1)))


def _check_cells(rows: int, width: int) -> None:
    check_count(rows, "an iterator")
    check_count(rows * width // 10, "an iterator")


@ITERTOOLS.type("chain")
class Chain:
    def __new__(machine: Machine, cls: Value, *iterables: Value) -> Value:
        return _chained(machine, list(iterables))

    @staticmethod
    def from_iterable(machine: Machine, iterable: Value) -> Value:
        if is_waiting(machine, iterable):
            return _chain_of(machine, machine.iterator(iterable))
        return _chained(machine, collected(machine, iterable))


def _chained(machine: Machine, parts: list[Value]) -> Ref:
    if any(is_waiting(machine, part) for part in parts):
        return _chain_of(machine, machine.new(IteratorObject(tuple(parts))))
    items: list[Value] = []
    for part in parts:
        items += collected(machine, part)
        check_count(len(items), "an iterator")
    return iterator(machine, items)


def _chain_of(machine: Machine, parts: Ref) -> Ref:
    """The items of each iterable in turn. The one at hand stands in a list."""
    current = machine.new(ListObject())

    def step(machine: Machine, taken: int) -> Value:
        while True:
            for source in items_of(machine, current):
                item = machine.next_item(source)
                if item is not END:
                    return item
            part = machine.next_item(parts)
            if part is END:
                return END
            machine.update(current, ListObject((machine.iterator(part),)))

    return stream(machine, step)


@function("product")
def product(machine: Machine, *iterables: Value, repeat: int = 1) -> Ref:
    columns = [collected(machine, value) for value in iterables]
    check_count(repeat, "a product")
    columns *= max(repeat, 0)
    _check_cells(math.prod(len(column) for column in columns), len(columns))
    return _drawn(machine, itertools.product(*columns))


@function("repeat")
def repeat(machine: Machine, obj: Value, times: Value = None) -> Value:
    if times is None:
        return stream(machine, lambda machine, taken: obj, endless=True)
    if not isinstance(times, int):
        raise Undecided(times.reason if isinstance(times, Unknown) else "how often a value is repeated is not known")
    check_count(times, "an iterator")
    return iterator(machine, [obj] * times)


@function("islice")
def islice(machine: Machine, iterable: Value, /, *bounds: Value) -> Ref:
    if not all(bound is None or isinstance(bound, int) for bound in bounds) or not 0 < len(bounds) < 4:
        raise Undecided("the bounds of a slice are not known")
    if is_waiting(machine, iterable):
        return _sliced(machine, machine.iterator(iterable), attempt(slice, *bounds))
    return _drawn(machine, attempt(itertools.islice, collected(machine, iterable), *bounds))


def _sliced(machine: Machine, source: Ref, bounds: slice) -> Ref:
    """Some of the items of an iterator that has to be asked for them."""
    start, every = bounds.start or 0, bounds.step or 1
    check_count(start + every, "an iterator")

    def step(machine: Machine, taken: int) -> Value:
        if bounds.stop is not None and start + taken * every >= bounds.stop:
            return END
        for _ in range(start if not taken else every - 1):
            if machine.next_item(source) is END:
                return END
        return machine.next_item(source)

    return stream(machine, step)


@function("zip_longest")
def zip_longest(machine: Machine, /, *iterables: Value, fillvalue: Value = None) -> Ref:
    if any(is_waiting(machine, value) for value in iterables):
        sources = [one_by_one(machine, machine.iterator(value)) for value in iterables]
        return drawn(machine, (), lambda _: itertools.zip_longest(*sources, fillvalue=fillvalue))
    return _drawn(machine, itertools.zip_longest(*(collected(machine, value) for value in iterables), fillvalue=fillvalue))


@function("accumulate")
def accumulate(machine: Machine, iterable: Value, func: Value = None, *, initial: Value = None) -> Ref:
    def combine(a: Value, b: Value) -> Value:
        return machine.binary("+", a, b, None) if func is None else machine.call(func, [a, b])

    if is_waiting(machine, iterable):
        return drawn(machine, iterable, lambda items: itertools.accumulate(items, combine, initial=initial))
    return _drawn(machine, itertools.accumulate(collected(machine, iterable), combine, initial=initial))


@function("pairwise")
def pairwise(machine: Machine, iterable: Value, /) -> Ref:
    if is_waiting(machine, iterable):
        return drawn(machine, iterable, itertools.pairwise)
    return iterator(machine, list(itertools.pairwise(collected(machine, iterable))))


@function("starmap")
def starmap(machine: Machine, function: Value, iterable: Value, /) -> Ref:
    if is_waiting(machine, iterable):
        return drawn(machine, iterable, lambda rows: (machine.call(function, collected(machine, row)) for row in rows))
    return iterator(machine, [machine.call(function, collected(machine, row)) for row in collected(machine, iterable)])


@function("combinations")
def combinations(machine: Machine, iterable: Value, r: int) -> Ref:
    items = collected(machine, iterable)
    _check_cells(_choices(len(items), r, ordered=False), r)
    return _drawn(machine, itertools.combinations(items, r))


@function("permutations")
def permutations(machine: Machine, iterable: Value, r: int | None = None) -> Ref:
    items = collected(machine, iterable)
    width = len(items) if r is None else r
    _check_cells(_choices(len(items), width, ordered=True), width)
    return _drawn(machine, itertools.permutations(items, width))


def _choices(n: int, r: int, *, ordered: bool) -> int:
    """Number of ways to take ``r`` of ``n`` items, or something beyond the cap as soon as that is reached."""
    if r < 0:
        raise Undecided("a negative number of items is taken")
    if not ordered:
        r = min(r, n - r) if r <= n else r
    count = 1 if r <= n else 0
    for taken in range(min(r, n) if r <= n else 0):
        count = count * (n - taken) // (1 if ordered else taken + 1)
        if count > MAX_ITEMS:
            break
    return count


@function("takewhile")
def takewhile(machine: Machine, predicate: Value, iterable: Value, /) -> Ref:
    source = machine.iterator(iterable)

    def step(machine: Machine, taken: int) -> Value:
        item = machine.next_item(source)
        return item if item is not END and machine.truth(machine.call(predicate, [item])) else END

    return stream(machine, step)


@function("dropwhile")
def dropwhile(machine: Machine, predicate: Value, iterable: Value, /) -> Ref:
    def passes(value: Value) -> bool:
        return machine.truth(machine.call(predicate, [value]))

    if is_waiting(machine, iterable):
        return drawn(machine, iterable, lambda items: itertools.dropwhile(passes, items))
    return _drawn(machine, itertools.dropwhile(passes, collected(machine, iterable)))


@function("tee")
def tee(machine: Machine, iterable: Value, n: int = 2, /) -> Value:
    items = gathered(machine, iterable)
    check_count(n * max(len(items), 1), "an iterator")
    return tuple(iterator(machine, items) for _ in range(n))


@function("count")
def count(machine: Machine, start: Value = 0, step: Value = 1) -> Ref:
    return stream(machine, lambda machine, taken: machine.binary("+", start, machine.binary("*", taken, step)), endless=True)


@function("cycle")
def cycle(machine: Machine, iterable: Value, /) -> Ref:
    if is_waiting(machine, iterable):
        return drawn(machine, iterable, itertools.cycle, endless=True)
    items = collected(machine, iterable)
    if not items:
        return iterator(machine, [])
    return stream(machine, lambda machine, taken: items[taken % len(items)], endless=True)


@function("combinations_with_replacement")
def combinations_with_replacement(machine: Machine, iterable: Value, r: int) -> Ref:
    items = collected(machine, iterable)
    _check_cells(_choices(len(items) + max(r, 1) - 1, r, ordered=False), r)
    return _drawn(machine, itertools.combinations_with_replacement(items, r))


@function("filterfalse")
def filterfalse(machine: Machine, predicate: Value, iterable: Value, /) -> Ref:
    def passes(value: Value) -> bool:
        return machine.truth(value if predicate is None else machine.call(predicate, [value]))

    if is_waiting(machine, iterable):
        return drawn(machine, iterable, lambda items: itertools.filterfalse(passes, items))
    return iterator(machine, list(itertools.filterfalse(passes, collected(machine, iterable))))


@function("compress")
def compress(machine: Machine, data: Value, selectors: Value) -> Ref:
    if is_waiting(machine, data) or is_waiting(machine, selectors):
        marks = one_by_one(machine, machine.iterator(selectors))
        return drawn(machine, data, lambda items: (value for value, wanted in zip(items, marks) if machine.truth(wanted)))
    pairs = zip(collected(machine, data), collected(machine, selectors))
    return iterator(machine, [value for value, wanted in pairs if machine.truth(wanted)])


@function("groupby")
def groupby(machine: Machine, iterable: Value, key: Value = None) -> Ref:
    """All groups at once: each of them can be read at any time."""
    groups: list[tuple[Value, list[Value]]] = []
    for value in gathered(machine, iterable):
        mark = value if key is None else machine.call(key, [value])
        if groups and machine.truth(machine.compare("==", groups[-1][0], mark)):
            groups[-1][1].append(value)
        else:
            groups.append((mark, [value]))
    return iterator(machine, [(mark, iterator(machine, values)) for mark, values in groups])


@function("batched")
def batched(machine: Machine, iterable: Value, n: int) -> Ref:
    if n < 1:
        raise Raised("ValueError", "n must be at least one")
    if is_waiting(machine, iterable):
        return drawn(machine, iterable, lambda items: iter(lambda: tuple(itertools.islice(items, n)), ()))
    items = collected(machine, iterable)
    return iterator(machine, [tuple(items[start : start + n]) for start in range(0, len(items), n)])
