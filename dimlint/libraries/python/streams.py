"""Iterators that are asked for one item after the other, as some of them never end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
        raise raised


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
