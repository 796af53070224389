"""Conditions on the version of a framework: what both of their sides define is the latest version's from there on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TypeVar

from dimlint.core.problem import Undecided
from dimlint.core.value import ClassObject, Function, LibraryClass, ModuleName, Native, Partial, Raised, Ref, Unknown, Value
from dimlint.core.versions import TOLD, latest
from dimlint.interpreter.assuming import Assuming, Join, by_version
from dimlint.interpreter.frame import Scope, Unit

Side = TypeVar("Side")
CODE = (Function, LibraryClass, ModuleName, Native, Partial, Unit)
"""What a program takes from one version or another."""


class Preferring(Assuming):
    """Asks conditions what holds for the latest versions."""

    asked_of_latest = False
    """Whether the latest versions of the frameworks are asked, which tell which they are."""

    def lookup(self, qualified_name: str) -> Value:
        owner, _, name = qualified_name.rpartition(".")
        if self.asked_of_latest and name in TOLD:
            library = next((item for item in self.libraries.values() if owner.removesuffix(".version") in item.roots), None)
            told = latest(library.name, self.settings) if library is not None and library.versioned else None
            if told is not None:
                return told
        return super().lookup(qualified_name)

    def latest_first(self, sides: Sequence[Side], test: Any, scope: Scope) -> tuple[Sequence[Side], Join | None]:
        """The sides of the innermost condition, true and false, and how what they leave behind is joined, if in a way of its own.

        If it asks for the version of a framework, the side of the latest comes first.
        """
        guard = self.guards[-1]
        holds = self._holds_for_latest(test, scope) if guard.about_version else None
        if holds is None:
            return sides, None
        return (sides if holds else sides[::-1]), self.by_latest_version

    def by_latest_version(self, latest: Value, other: Value) -> Value:
        """The same where the first value is that of the latest version: functions, classes and modules are its own."""
        joined = by_version(latest, other)
        code = isinstance(latest, CODE) or (isinstance(latest, Ref) and isinstance(self.store.get(latest.number), ClassObject))
        return latest if isinstance(joined, Unknown) and code else joined

    def _holds_for_latest(self, test: Any, scope: Scope) -> bool | None:
        """Whether a condition holds for the latest versions; None if that is not known. Asking changes nothing."""
        if self.asked_of_latest:
            return None
        self.asked_of_latest, journal = True, self.store.open()
        try:
            with self.muted(), suppress(Undecided, Raised):
                return self.truth(self.evaluate(test, scope))
        finally:
            self.asked_of_latest = False
            self.store.undo(journal)
            self.store.close(journal)
        return None
