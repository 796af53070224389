"""Repeating what changes nothing: one value stands for all that are left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dimlint.core.dim import unknown_dim
from dimlint.core.value import Unknown, Value
from dimlint.interpreter.frame import serial_of
from dimlint.interpreter.joining import same

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter


def unchanged(machine: Interpreter, journal: Any, since: int) -> bool:
    """Whether every cell that is older than ``since`` holds what it held when the journal was opened."""
    old = machine.store.changes(journal)
    return all(serial_of(key) > since or same(value, machine.store.get(key)) for key, value in old.items())


def any_of(items: Sequence[Value]) -> Value:
    """A value that stands for each of the items."""
    if all(isinstance(value, int) for value in items):
        return unknown_dim("i", low=min(items), high=max(items))
    return Unknown("which of the remaining items it is is not known")
