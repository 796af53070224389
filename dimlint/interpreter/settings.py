"""Settings of the frameworks, which a program may change on one path and not on another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dimlint.core.value import Value
from dimlint.interpreter.frame import MISSING, Store


class Settings(Mapping[str, Value]):
    """Framework settings on the running path: what the program changed, and what they were at first."""

    def __init__(self, store: Store, initial: Mapping[str, Value]) -> None:
        self.store = store
        self.initial = initial

    def __getitem__(self, name: str) -> Value:
        value = self.store.get((0, name))
        return self.initial[name] if value is MISSING else value

    def get(self, name: str, default: Any = None) -> Value:
        value = self.store.cells.get((0, name), MISSING)
        return self.initial.get(name, default) if value is MISSING else value

    def __iter__(self) -> Iterator[str]:
        return iter(self.initial)

    def __len__(self) -> int:
        return len(self.initial)
