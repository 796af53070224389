"""What the parts of a generator yield, and generator expressions."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import reduce
from typing import TYPE_CHECKING

import libcst as cst

from dimlint.core.problem import Uncounted, Undecided
from dimlint.core.value import END, Machine, Repeated, Stream, Unknown, Value
from dimlint.interpreter.frame import YIELDED, Scope
from dimlint.interpreter.joining import join_values
from dimlint.nodes import children, inside

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter

SEVERAL_PATHS = "a generator is used on several paths"


def add_yielded(machine: Interpreter, scope: Scope, items: Value) -> None:
    """Note what the running part of a generator yields."""
    parts = (machine.yielded(scope), items)
    lost = next((part for part in parts if isinstance(part, Unknown) and not isinstance(part, Repeated)), None)
    counted = next((part for part in parts if isinstance(part, Repeated)), None)
    known = () if lost is not None else tuple(item for part in parts for item in _kinds(part))
    if lost is None and counted is not None:
        lost = Repeated(counted.reason, reduce(join_values, known) if known else END)
    machine.store.set((scope.number, YIELDED), known if lost is None else lost)


def _kinds(part: Value) -> tuple[Value, ...]:
    """The items, or the one that all of an unknown number of items are like."""
    if isinstance(part, Repeated):
        return () if part.item is END else (part.item,)
    return tuple(part)


class Comprehension(Stream):
    """A generator expression."""

    def __init__(self, items: Callable[[], Generator[Value, None, None]]) -> None:
        self.make = items
        self.items: Generator[Value, None, None] | None = None
        self.taken = 0

    def pull(self, machine: Machine, taken: int, sent: Value, whole: bool) -> Sequence[Value]:
        """The next item."""
        if taken != self.taken:
            raise Undecided(SEVERAL_PATHS)
        self.taken += 1
        self.items = self.items or self.make()
        try:
            item = next(self.items, END)
        except Uncounted as uncounted:
            raise Undecided(uncounted.reason) from None
        return () if item is END else (item,)


def holds_yield(function: cst.CSTNode) -> bool:
    """Whether ``yield`` stands in a function itself, not in one defined inside."""
    return any(type(node) is cst.Yield for part in children(function) for node in inside(part))
