"""Which models hold which others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dimlint.core.value import Instance, Ref, Value

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter


def parts(machine: Interpreter) -> set[Ref]:
    """Models that other models hold."""
    parts: set[Ref] = set()
    for ref in machine.record.built:
        held = machine.store.get(ref.number)
        if isinstance(held, Instance):
            for value in held.attributes.values():
                parts.update(_references(machine.plain(value)))
    return parts


def _references(value: Value) -> Iterator[Ref]:
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _references(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _references(item)
