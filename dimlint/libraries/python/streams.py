"""Iterators that are asked for one item after the other, as some of them never end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dimlint.core.problem import Undecided, bare
from dimlint.core.value import END, IteratorObject, Machine, Raised, Ref, Stream, Value

Step = Callable[[Machine, int], Value]


class Steps(Stream):
    """Items computed from how many there were before, and from what other objects hold."""

    def __init__(self, step: Step, endless: bool = False) -> None:
        self.step = step
        self.endless = endless

    def pull(self, machine: Machine, taken: int, sent: Value, whole: bool) -> Sequence[Value]:
        """The next item."""
        item = self.step(machine, taken)
        return () if item is END else (item,)

    def throw(self, machine: Machine, taken: int, raised: Raised) -> Sequence[Value]:
        """Raise an exception: nothing catches it."""
        raise bare(raised)


class Drawn(Stream):
    """Items that a generator of the library gives, which asks other iterators for theirs. It stands where it stands on one path only."""

    def __init__(self, rows: Callable[[], Iterator[Value]], endless: bool = False) -> None:
        self.make = rows
        self.endless = endless
        self.rows: Iterator[Value] | None = None
        self.taken = 0

    def pull(self, machine: Machine, taken: int, sent: Value, whole: bool) -> Sequence[Value]:
        """The next item."""
        if taken != self.taken:
            raise Undecided("an iterator is used on several paths")
        self.taken += 1
        self.rows = self.make() if self.rows is None else self.rows
        try:
            return (next(self.rows),)
        except StopIteration:
            return ()

    def throw(self, machine: Machine, taken: int, raised: Raised) -> Sequence[Value]:
        """Raise an exception: nothing catches it."""
        raise bare(raised)


def drawn(machine: Machine, iterable: Value, rows: Callable[[Iterator[Value]], Iterator[Value]], *, endless: bool = False) -> Ref:
    """A new iterator over what ``rows`` makes of the items of an iterator, each of which is asked for when it is needed."""
    source = machine.iterator(iterable)
    return machine.new(IteratorObject((), Drawn(lambda: rows(one_by_one(machine, source)), endless)))


def one_by_one(machine: Machine, source: Ref) -> Iterator[Value]:
    """The items of an iterator."""
    while (item := machine.next_item(source)) is not END:
        yield item


def gathered(machine: Machine, iterable: Value) -> list[Value]:
    """All items at once, of an iterator that is asked for them one by one: where it stands afterwards is not known."""
    items = machine.elements(iterable)
    if is_waiting(machine, iterable) and isinstance(machine.peek(iterable), IteratorObject):
        machine.forget(iterable, "how many of its items were taken is not known")
    return items


def stream(machine: Machine, step: Step, *, endless: bool = False) -> Ref:
    """A new iterator. step: the item from the number of those before it, or END."""
    return machine.new(IteratorObject((), Steps(step, endless)))


def is_waiting(machine: Machine, value: Value) -> bool:
    """Whether this is an iterator that has to be asked for its items, or an object of the program that may be one."""
    return isinstance(value, Ref) and machine.is_waiting(value)


def row_of(machine: Machine, sources: Sequence[Ref]) -> Value:
    """The next item of each iterator, or END as soon as one of them has none."""
    row = []
    for source in sources:
        item = machine.next_item(source)
        if item is END:
            return END
        row.append(item)
    return tuple(row)
