"""Modules of the project, each run once on a path of the program: branches of which both import one share what it makes."""

from __future__ import annotations

from dimlint.core.dataclass import dataclass
from dimlint.core.value import Unknown, Value
from dimlint.interpreter.assuming import ASSUMED
from dimlint.interpreter.frame import MISSING, Delta, Key, Unit, serial_of
from dimlint.interpreter.functions import Functions

MAX_MODULES = 600
"""Files of the project that one run may import."""
MAX_IMPORTED_TEXT = 4_000_000
"""Characters of imported files that one run may parse; what stands in functions that nobody calls is not parsed."""
MAX_BEFORE = 20_000
"""Changed cells that are remembered to tell whether another branch imports a module in the same state."""
MAX_RUNS = 3
"""How often a module is run for paths that import it in different states."""
LOADED = "__name__"
"""A name that every module has from the moment when it runs."""


@dataclass(frozen=True)
class Imported:
    """What a module has made that was first imported on a path which may be undone.

    base: the journal of a fork around the import. before: the cells that were changed since then, with their values when the module
    ran. made: the cells that it has set. needs: the modules that it has imported.
    """

    base: Delta
    before: Delta
    made: Delta
    needs: list[Unit]


class Importing(Functions):
    """Runs modules when they are imported."""

    imported_text: int
    made_on_paths: dict[str, Imported]
    runs: dict[str, int]
    """How often each module was run, by its path."""
    importing: list[list[Unit]]
    """What each module has imported that runs now, innermost last."""

    def run_imported(self, unit: Unit) -> Value:
        """The module, run if it was not yet; Unknown if it would be too much."""
        if self.importing:
            self.importing[-1].append(unit)
        unit = self.modules.get(unit.path, unit)
        runs = self.runs.get(unit.path, 0)
        if runs and (self._is_loaded(unit) or self._bring_back(unit)):
            return unit
        if self.asked_of_latest:
            return Unknown("nothing is imported to tell a version")
        if not runs:
            self.imported_text += unit.source.parsed
        if len(self.modules) >= MAX_MODULES or self.imported_text > MAX_IMPORTED_TEXT or runs >= MAX_RUNS:
            return Unknown("too much code is imported")
        self.modules[unit.path], self.runs[unit.path] = unit, runs + 1
        base = self._around()
        if base is None:
            self._run(unit)
            return unit
        before, journal = self.store.current(self.store.changes(base)), self.store.open()
        needs = self._run(unit)
        made = self.store.current(self.store.changes(journal))
        self.store.close(journal)
        self.made_on_paths[unit.path] = Imported(base, before, {key: made[key] for key in made if key != ASSUMED}, needs)
        return unit

    def run_module(self, unit: Unit) -> None:
        """Run the statements of a module."""
        raise NotImplementedError

    def _run(self, unit: Unit) -> list[Unit]:
        """Run a module; gives what it has imported."""
        self.importing.append([])
        with self.muted(), self.fuel.importing():
            self.run_module(unit)
        return self.importing.pop()

    def _around(self) -> Delta | None:
        """The journal of the outermost fork around this place since which not too much has changed; None if there is none."""
        found, changed = None, 0
        for journal in reversed(self.store.journals):
            changed += len(journal)
            if changed > MAX_BEFORE:
                break
            found = journal
        return found

    def _bring_back(self, unit: Unit, awaited: tuple[Unit, ...] = ()) -> bool:
        """Give this path what a module has made that was run on another one; whether it would make the same here.

        awaited: the modules that need it.
        """
        imported = self.made_on_paths.get(unit.path)
        if imported is None or self.store.index(imported.base) < 0:
            return False
        for needed in imported.needs:
            if needed.path in self.modules and needed not in awaited and not self._is_loaded(self.modules[needed.path]):
                self._bring_back(self.modules[needed.path], (*awaited, unit))
        old = self.store.changes(imported.base)

        def then(key: Key) -> Value:
            return imported.before.get(key, old.get(key, self.store.get(key)))

        present = {other.scope.number for other in self.modules.values() if self._is_loaded(other)} | {0}
        shared = {number for number in present if not number or then((number, LOADED)) is not MISSING}
        running = {scope.number for scope in self.scopes if scope.kind == "function"}
        for key in {**imported.before, **old}:
            if then(key) is not self.store.get(key) and key != ASSUMED and self._may_be_read(key, then(key), shared, running):
                return False
        if any(not self._is_as_made(key, imported) for key in imported.made if then(key) is MISSING):
            return False
        self.store.put(imported.made)
        return True

    def _is_as_made(self, key: Key, imported: Imported) -> bool:
        """Whether a cell is not there yet, or as the module has left it, or one that it has imported."""
        makers = [imported, *(self.made_on_paths[unit.path] for unit in imported.needs if unit.path in self.made_on_paths)]
        now = self.store.get(key)
        return now is MISSING or any(now is maker.made.get(key, MISSING) for maker in makers)

    def _is_loaded(self, unit: Unit) -> bool:
        return self.store.get((unit.scope.number, LOADED)) is not MISSING

    def _may_be_read(self, key: Key, then: Value, shared: set[int], running: set[int]) -> bool:
        """Whether code of a module may see that a cell differs: no name of a running function, and nothing that one path alone has made."""
        number = serial_of(key)
        if isinstance(key, tuple) and number in shared:
            return True
        return number not in running and then is not MISSING and self.store.get(key) is not MISSING
