"""State of a run: names and heap in one journalled store, scopes, and how a path may end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from itertools import count, takewhile
from typing import Any, NamedTuple

from dimlint.core.dataclass import dataclass
from dimlint.core.value import Ref, Unknown, Value

MISSING: Any = object()
"""What the store answers for a cell that was never set."""

YIELDED = "yield"
"""Name of the cell in which a generator's scope holds the tuple of what it has yielded."""

Key = Any
"""``(scope number, name)`` for a variable, the number of a ``Ref`` for an object."""

Delta = dict[Key, Value]
"""Cells that a path changed, with their new values."""

Written = dict[Key, list[Value]]
"""Cells with all values that they held while a block ran, oldest first."""

serial = count(1).__next__
"""A new number for a scope or object."""


DEFAULTS, KEYWORD_DEFAULTS = "__defaults__", "__kwdefaults__"
"""Attributes of a function by which a program may change the defaults of its parameters."""


@dataclass(eq=False)
class Unit:
    """A module of the analysed program. ``source`` is opaque here; ``name`` is its dotted name."""

    path: str
    name: str
    source: Any
    scope: Scope = field(init=False)
    is_main: bool = False

    def __post_init__(self) -> None:
        self.scope = Scope(self, None, "module")


@dataclass(frozen=True, eq=False)
class Awaited(Unknown):
    """A name that a module of the program did not have yet when it was imported, since modules import each other."""

    name: str
    unit: Unit


@dataclass(frozen=True, eq=False)
class Guard:
    """An undecided condition. ``protects``: it may be there to keep code away from what does not fit.

    about_version: it asks which version of a framework is installed, so that one side of it is for another one.
    """

    test: Any
    protects: bool
    deadly: bool = False
    """Whether one side of it ended in an exception."""
    about_version: bool = False


@dataclass(eq=False)
class Scope:
    """Where names live. ``kind`` is module, class, function or comprehension."""

    unit: Unit
    parent: Scope | None
    kind: str
    number: int = field(default_factory=serial)
    redirects: dict[str, Scope] = field(default_factory=dict)
    """Names declared ``global`` or ``nonlocal`` here, and where they really live."""
    owner: Ref | None = None
    """The class whose body holds the function, for ``super()``."""
    receiver: Value = None
    """The first argument of the running function, for ``super()``."""
    pending: list[Exit] = field(default_factory=list)
    """Early returns taken on undecided branches."""
    loops: list[Loop] = field(default_factory=list)
    """The running loops, innermost last."""
    given: frozenset[str] = frozenset()
    """The parameters of the function for which the caller gives a value."""
    conditions: list[Guard] = field(default_factory=list)
    """Undecided conditions of which one side has left the function: what runs now depends on them."""
    path: str | None = ""
    """What stands before the name of a function or class in its ``__qualname__``; None where that depends on the version of Python."""

    def qualified(self, name: str) -> str:
        """The ``__qualname__`` of what is defined here under a name; empty if it is not known."""
        target = self.redirects.get(name, self)
        path = target.path if target.kind == "module" else self.path
        return "" if path is None else path + name

    def named(self, name: str) -> Iterator[Scope]:
        """The scopes that a name is looked up in, innermost first."""
        scope: Scope | None = self.redirects.get(name, self)
        first = True
        while scope is not None:
            if first or scope.kind != "class":
                yield scope
            first = False
            scope = scope.parent


@dataclass(frozen=True)
class Site:
    """A place in the source."""

    unit: Unit
    node: Any


class Around(Site):
    """The place of a call that is not itself the one meant, but leads to it: of a partial, of ``map``."""


class Footing(NamedTuple):
    """Where the stacks of a running machine stood."""

    stack: int
    running: int
    journals: int
    guards: int
    scopes: int
    muting: int
    depth: int
    doubtful: int
    clock: int


class Control:
    """How a block ended if not by reaching its end."""

    __slots__ = ("kind", "value")

    def __init__(self, kind: str, value: Value = None) -> None:
        self.kind = kind
        self.value = value


BREAK = Control("break")
CONTINUE = Control("continue")


@dataclass(eq=False)
class Exit:
    """A path that left early, while another went on: its state, relative to the journal opened at the fork."""

    journal: Delta
    delta: Delta
    control: Control
    since: int


@dataclass(eq=False)
class Loop:
    """A running loop: the paths that left its body early."""

    breaks: list[Exit] = field(default_factory=list)
    continues: list[Exit] = field(default_factory=list)
    broken: bool = False
    """Whether a pass over a loop of unknown length ended by ``break``."""


class Store:
    """All cells of a run. Journals record old values, so that a branch can be undone and joined."""

    def __init__(self) -> None:
        self.cells: dict[Key, Value] = {}
        self.names: dict[int, dict[str, None]] = {}
        """The names that each scope ever had, in order."""
        self.journals: list[Delta] = []
        self.watches: list[Written] = []
        self.clock = 0
        self.stamps: dict[Key, int] = {}
        """When each cell was set last, on whatever path; the latest stands last."""

    def get(self, key: Key) -> Value:
        return self.cells.get(key, MISSING)

    def set(self, key: Key, value: Value) -> None:
        cells, stamps = self.cells, self.stamps
        old = cells.get(key, MISSING)
        if self.journals:
            self.journals[-1].setdefault(key, old)
        if old is MISSING and type(key) is tuple:
            self.names.setdefault(key[0], {})[key[1]] = None
        self.clock += 1
        stamps.pop(key, None)
        stamps[key] = self.clock
        for written in self.watches:
            written.setdefault(key, [old]).append(value)
        cells[key] = value

    def scope(self, number: int) -> dict[str, Value]:
        """The names that a scope has now, with their values."""
        keys = ((number, name) for name in self.names.get(number, ()))
        return {key[1]: self.cells[key] for key in keys if key in self.cells}

    @contextmanager
    def watched(self) -> Iterator[Written]:
        """All values that cells hold within the block, those on paths that end in an exception included."""
        written: Written = {}
        self.watches.append(written)
        try:
            yield written
        finally:
            self.watches.pop()

    def written_since(self, clock: int) -> list[Key]:
        """Cells that were set after a reading of the clock, on any path."""
        recent = takewhile(lambda key: self.stamps[key] > clock, reversed(self.stamps))
        return [key for key in recent if key in self.cells]

    def open(self) -> Delta:
        """Start a journal."""
        journal: Delta = {}
        self.journals.append(journal)
        return journal

    def changes(self, journal: Delta) -> Delta:
        """Old values of all cells changed since the journal was opened."""
        index = self.index(journal)
        if index < 0:
            return {}
        old: Delta = {}
        for later in reversed(self.journals[index:]):
            old |= later
        return old

    def current(self, keys: Iterator[Key] | Delta) -> Delta:
        """The values that the cells hold now."""
        return {key: self.cells.get(key, MISSING) for key in keys}

    def undo(self, journal: Delta) -> Delta:
        """Take back everything since the journal was opened; return what it was. The journal stays open and empty."""
        if self.index(journal) < 0:
            return {}
        old = self.changes(journal)
        delta = self.current(old)
        del self.journals[self.index(journal) + 1 :]
        journal.clear()
        self._restore(old)
        return delta

    def close(self, journal: Delta) -> None:
        """End the journal, keeping its changes as those of the one around it."""
        index = self.index(journal)
        if index < 0:
            return
        self.journals.pop(index)
        if index:
            outer = self.journals[index - 1]
            for key, old in journal.items():
                outer.setdefault(key, old)

    def put(self, delta: Delta) -> None:
        """Set many cells."""
        for key, value in delta.items():
            if value is MISSING:
                self.set(key, MISSING)
                del self.cells[key]
            else:
                self.set(key, value)

    def _restore(self, old: Delta) -> None:
        for key, value in old.items():
            if value is MISSING:
                self.cells.pop(key, None)
            else:
                self.cells[key] = value

    def index(self, journal: Delta) -> int:
        """Place of a journal on the stack; -1 if a path around it was undone."""
        return next((i for i in range(len(self.journals) - 1, -1, -1) if self.journals[i] is journal), -1)

    def merge(self, deltas: Sequence[Delta], join: Callable[[Value, Value], Value], since: int) -> None:
        """Set every cell that some path changed to what all paths agree on; the store holds the state before them.

        since: a serial number from before the paths. What was made later is seen by the path that made it alone,
        so it is kept as it is.
        """
        for key in dict.fromkeys(key for delta in deltas for key in delta):
            before = self.get(key)
            values = [delta.get(key, before) for delta in deltas]
            if serial_of(key) > since:
                values = [value for value in values if value is not MISSING] or [MISSING]
            self.put({key: join_cells(values, join)})


def serial_of(key: Key) -> int:
    """When the scope or object of a cell was made."""
    return int(key[0] if isinstance(key, tuple) else key)


def join_cells(values: Sequence[Value], join: Callable[[Value, Value], Value]) -> Value:
    """One value for a cell that several paths leave behind."""
    merged = values[0]
    for value in values[1:]:
        if (merged is MISSING) != (value is MISSING):
            merged = Unknown("it is set on one path only")
        elif merged is not MISSING:
            merged = join(merged, value)
    return merged


@dataclass
class Fuel:
    """Steps left for one entry point, and the depth of calls."""

    steps: int
    depth: int = 0
    max_depth: int = 48
    others: int | None = None
    """Steps left for the modules that are imported, if the main program runs: what they need is not taken from it."""

    def __post_init__(self) -> None:
        self.others = self.steps

    @contextmanager
    def importing(self) -> Iterator[None]:
        """The block runs a module that is imported, perhaps by another one."""
        if self.others is None:
            yield
            return
        own, self.steps, self.others = self.steps, self.others, None
        try:
            yield
        finally:
            self.steps, self.others = own, self.steps

    @contextmanager
    def share(self, part: int) -> Iterator[None]:
        """The block may take one of so many parts of what is left."""
        rest = self.steps - self.steps // part
        self.steps //= part
        try:
            yield
        finally:
            self.steps = max(self.steps, 0) + rest
