"""What the parts of a generator yield, and generator expressions."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING

import libcst as cst

from dimlint.core.problem import Uncounted, Undecided
from dimlint.core.value import END, Machine, Stream, Unknown, Value
from dimlint.interpreter.frame import YIELDED, Scope
from dimlint.nodes import children, inside

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter

SEVERAL_PATHS = "a generator is used on several paths"


def add_yielded(machine: Interpreter, scope: Scope, items: Value) -> None:
    """Note what the running part of a generator yields."""
    earlier = machine.yielded(scope)
    lost = next((part for part in (earlier, items) if isinstance(part, Unknown)), None)
    machine.store.set((scope.number, YIELDED), (*earlier, *items) if lost is None else lost)


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
