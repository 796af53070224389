"""What every part of the interpreter shares: tables, store, fuel, and the methods that parts offer each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NoReturn

import libcst as cst

from dimlint.core.library import Library
from dimlint.core.opening import Ledger
from dimlint.core.problem import OutOfFuel, Uncounted, Undecided
from dimlint.core.results import UndecidedComparison
from dimlint.core.value import (
    ClassObject,
    Contents,
    Either,
    Instance,
    IteratorObject,
    Ref,
    Repeated,
    Undeclared,
    Unknown,
    Value,
)
from dimlint.core.versions import is_versioned
from dimlint.interpreter.environment import Language, ModuleFinder
from dimlint.interpreter.expressions import HANDLERS
from dimlint.interpreter.frame import MISSING, Control, Footing, Fuel, Guard, Scope, Site, Store, Unit, serial, serial_of
from dimlint.interpreter.guarding import guard_of
from dimlint.interpreter.holding import references
from dimlint.interpreter.lookup import Lookup
from dimlint.interpreter.record import Record
from dimlint.interpreter.selecting import one_of
from dimlint.interpreter.settings import Settings
from dimlint.nodes import every

UNSEEN = "unseen_code"
"""Setting: whether code that is not followed may have run on this path."""


def _lost_in(ref: Ref, held: Unknown) -> Undecided:
    """The answer depends on the contents of an object. Of a container that was lost it may be what was in it; its methods take in more."""
    undecided = Undecided(held.reason)
    undecided.parts = Either(held.reason, held.refs | {ref}, False, held.functions) if isinstance(held, Either) else None
    return undecided


def lost(undecided: Undecided) -> Unknown:
    """What stands for an answer that depends on something that is not known."""
    return undecided.parts if isinstance(undecided.parts, Either) else Unknown(undecided.reason)


class State(Lookup):
    """Tables and running state. The parts of the interpreter derive from it, one on another."""

    stack: list[Any]
    """The running calls, innermost last."""

    has_getters = False
    """Whether a class of the program has a ``__getattr__``."""

    def __init__(
        self, libraries: Sequence[Library], language: Language, find_module: ModuleFinder, settings: Mapping[str, Value], fuel: int
    ) -> None:
        self.libraries = {library.name: library for library in libraries}
        self.language = language
        self.find_module = find_module
        self.store = Store()
        self.fuel = Fuel(fuel)
        self.record = Record()
        self.muting = 0
        self.guards: list[Guard] = []
        self.scopes: list[Scope] = []
        self.doubtful = 0
        self.changes = 0
        """How often an array may have been changed in place, on any path."""
        self.open_ended: set[int] = set()
        """Functions, by the identity of their node, that are run though nobody calls them."""
        self.forwarding: set[int] = set()
        self.active: dict[int, tuple[tuple[Scope | None, ...], int, int]] = {}
        """Running functions, by the identity of their node: the closures they run in, and serial number and clock when the first began."""
        self.cut: set[int] = set()
        """Running functions of which a recursive call was not followed."""
        self.hooks: set[str] = set()
        """The methods by which classes of the program change what attributes mean: ``__get__``, ``__getattribute__``."""
        self.defined_classes: list[Ref] = []
        self.generators: dict[int, bool] = {}
        """Whether ``yield`` stands in a node, by its identity."""
        self.assigned: dict[int, list[str]] = {}
        """The names that a block binds, by its identity."""
        self.modules: dict[str, Unit] = {}
        self.settings: Mapping[str, Value] = Settings(self.store, dict(settings))
        self.discarded: Any = None
        """The expression that stands by itself as a statement, so that nobody asks what it gives."""
        self.ledger = Ledger(settings.get("loose", ()))
        self.inert_reasons: set[str] = set()
        """Why values are not known that stand for data, not for code, beside what the libraries say themselves."""
        self.found: dict[str, Value] = {}
        self.versioned: set[int] = set()
        """Expressions, by their identity, that depend on which version of a framework is installed."""
        self.builtins = {name: value for name, value in self.libraries["builtins"].entries.items() if "." not in name}

    def change_setting(self, name: str, value: Value) -> None:
        self.store.set((0, name), value)

    def assume(self, what: str) -> bool:
        """Whether the defaults of something outside the program are taken for what it runs with."""
        self.record.assumptions[what] = None
        doubted = self.settings.get("doubted", ())
        return doubted != "all" and what not in doubted

    def data_file(self, path: str) -> str | None:
        """The text of a data file of the project, or None."""
        read = getattr(self.find_module, "data", None)
        return read(path, self.scopes[-1].unit.path) if read is not None and self.scopes else None

    def local_names(self) -> Mapping[str, Value]:
        """The variables of the running function."""
        if not self.scopes:
            raise Undecided("the names of a scope are not known")
        scope = self.scopes[-1]
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        return self.store.scope(scope.number)

    def unseen(self) -> None:
        """Code that is not followed may have run on this path."""
        self.change_setting(UNSEEN, True)

    def is_inert(self, function: Value) -> bool:
        """Whether a function that is not known surely runs no code of the program and makes no objects of a framework's."""
        if isinstance(function, Undeclared) and all(library.inert for library in self.libraries.values() if library.owns(function.name)):
            self.inert_reasons.add(function.reason)
        return isinstance(function, Unknown) and not isinstance(function, Either) and (
            function.reason in self.inert_reasons or any(function.reason in library.inert_reasons for library in self.libraries.values())
        )

    # -- fuel and noise

    def burn(self, steps: int = 1) -> None:
        """Use fuel; joins of large states cost more than one step."""
        self.fuel.steps -= steps
        if self.fuel.steps < 0:
            raise OutOfFuel

    @contextmanager
    def muted(self, on: bool = True) -> Iterator[None]:
        """Nothing is reported inside the block."""
        self.muting += on
        try:
            yield
        finally:
            self.muting -= on

    @contextmanager
    def guarded(self, test: Any, scope: Scope, answered: Callable[[], bool] = lambda: False, also: Sequence[Any] = ()) -> Iterator[None]:
        """The block runs on both sides of a condition that is not known.

        answered: whether one of them has turned out to be dead, and what holds on the other one is known. also: patterns that test it.
        """
        guard = guard_of(self, test, scope, also)
        left = self._left_early(scope)
        self.guards.append(guard)
        try:
            with self.undecided():
                yield
        finally:
            self.guards.pop()
        exits, deaths = (now - before for now, before in zip(self._left_early(scope), left))
        if exits > 0 or (deaths > 0 and not answered()):
            asked = guard.about_version and exits > 0  # behind ``if version < "2": raise`` all is for the versions that live on
            scope.conditions.append(replace(guard, deadly=deaths > 0, about_version=asked))

    def _left_early(self, scope: Scope) -> tuple[int, int]:
        """Paths that wait to be joined, and paths that died."""
        waiting = len(scope.pending) + sum(len(loop.breaks) + len(loop.continues) for loop in scope.loops)
        return waiting, self.record.deaths

    @contextmanager
    def undecided(self) -> Iterator[None]:
        """Whether or how often the block runs is not known."""
        self.doubtful += 1
        try:
            yield
        finally:
            self.doubtful -= 1

    def doubt(self, reason: str) -> None:
        self.record.doubt(reason)

    # -- recovery

    def footing(self) -> Footing:
        """Where the run stands, to come back to if an exception leaves it half done."""
        store, fuel = self.store, self.fuel
        depths = (len(self.stack), len(self.record.running), len(store.journals), len(self.guards), len(self.scopes))
        return tuple.__new__(Footing, (*depths, self.muting, fuel.depth, self.doubtful, store.clock))  # each call asks for one

    def regain(self, footing: Footing) -> None:
        """Tidy what an exception left behind."""
        del self.stack[footing.stack :], self.record.running[footing.running :]
        while len(self.store.journals) > footing.journals:
            self.store.close(self.store.journals[-1])
        del self.guards[footing.guards :], self.scopes[footing.scopes :]
        self.muting, self.fuel.depth, self.doubtful = footing.muting, footing.depth, footing.doubtful

    # -- heap

    def new(self, contents: Contents) -> Ref:
        ref = Ref(serial())
        self.store.set(ref.number, contents)
        return ref

    def contents(self, ref: Ref) -> Any:
        held = self.store.cells.get(ref.number, MISSING)
        if isinstance(held, (Instance, ClassObject)):  # most are
            return held
        if isinstance(held, IteratorObject) and (held.more is not None or held.watched):
            held = self.drained(ref)
        if isinstance(held, Repeated):
            raise Uncounted(held.reason, held.item)
        if isinstance(held, Unknown):
            raise _lost_in(ref, held)
        return held

    def peek(self, ref: Ref) -> Any:
        """The contents, of an iterator without asking it for its items. Raises Undecided."""
        held = self.store.cells.get(ref.number, MISSING)
        if isinstance(held, Unknown):
            raise _lost_in(ref, held)
        return held

    def drained(self, ref: Ref) -> Value:
        """An iterator with all its items at hand."""
        raise NotImplementedError

    def update(self, ref: Ref, contents: Contents) -> None:
        self.store.set(ref.number, contents)

    def forget(self, ref: Ref, reason: str = "it was changed in a way that is not followed") -> None:
        """The contents are unknown from here on."""
        held = self.store.get(ref.number)
        self._orphan(held)
        inside = Unknown(reason) if isinstance(held, (Instance, ClassObject)) else one_of(self.store, (ref,), reason)
        self.store.set(ref.number, inside)

    def _orphan(self, held: Contents) -> None:
        """The parts of a model remain parts when nothing is known of the model any more."""
        if isinstance(held, Instance):
            self.record.orphans.update(ref for value in held.attributes.values() for ref in references(value))

    def forget_since(self, clock: int, since: int, reason: str = "how often it was changed is not known") -> int:
        """All objects that were changed after a reading of the store's clock are unknown, and all variables older than ``since``.

        How many were looked at.
        """
        written = self.store.written_since(clock)
        for key in written:
            if not isinstance(key, tuple) or serial_of(key) <= since:
                self._orphan(self.store.get(key))
                self.store.set(key, Unknown(reason))
        return len(written)

    # -- names

    def find_name(self, name: str, scope: Scope) -> Value:
        """The value of a variable, or MISSING."""
        cells = self.store.cells
        inner = scope.redirects.get(name, scope)  # the scopes of ``inner.named(name)``, without a generator for each name
        value = cells.get((inner.number, name), MISSING)
        outer = inner.parent
        while value is MISSING and outer is not None:
            if outer.kind != "class":
                value = cells.get((outer.number, name), MISSING)
            outer = outer.parent
        return self.builtins.get(name, MISSING) if value is MISSING else value

    def set_name(self, name: str, value: Value, scope: Scope) -> None:
        target = scope.redirects.get(name, scope)
        if value is MISSING:
            self.store.put({(target.number, name): MISSING})
        else:
            self.store.set((target.number, name), value)

    def forget_names(self, statement: Any, scope: Scope, reason: str) -> None:
        """A statement that is not followed: the names in it are unknown afterwards."""
        for node in every(statement):
            if isinstance(node, cst.Name) and self.store.get((scope.number, node.value)) is not MISSING:
                self.set_name(node.value, Unknown(reason), scope)

    # -- evaluation

    def evaluate(self, node: Any, scope: Scope) -> Value:
        """The value of an expression; Unknown if it cannot be told."""
        handler = HANDLERS.get(type(node))
        if handler is None:
            return Unknown(f"the expression {type(node).__name__} is not followed")
        try:
            value: Value = handler(self, node, scope)  # type: ignore[arg-type]
        except UndecidedComparison as undecided:
            self.record.risks += 1
            return undecided.value
        except Undecided as undecided:
            self.record.risks += 1
            value = lost(undecided)
        if is_versioned(value):
            self.versioned.add(id(node))
        return value

    def undecided_on(self, value: Unknown) -> Undecided:
        """The answer depends on what is in a value that is not known."""
        return self.among(Undecided(value.reason), value)

    def among(self, undecided: Undecided, *values: Value) -> Undecided:
        """What is not known may be one of the objects in these values."""
        undecided.parts = one_of(self.store, values, undecided.reason)
        return undecided

    def quietly(self, question: Callable[[], Value]) -> Value:
        """The answer, or Unknown instead of Undecided."""
        try:
            return question()
        except Undecided as undecided:
            return lost(undecided)

    # -- offered by the parts further up

    def run_suite(self, suite: Any, scope: Scope) -> Control | None:
        """Run the statements of a block."""
        raise NotImplementedError

    def call(
        self, function: Value, args: Sequence[Value] = (), kwargs: Mapping[str, Value] | None = None, site: Site | None = None
    ) -> Value:
        """Call any value."""
        raise NotImplementedError

    def attribute(self, value: Value, name: str) -> Value:
        """``value.name``."""
        raise NotImplementedError

    def resolved(self, value: Value) -> Value:
        """What a name means that its library does not declare."""
        raise NotImplementedError

    def truth(self, value: Value) -> bool:
        """``bool(value)``."""
        raise NotImplementedError

    def elements(self, value: Value, limit: int = 10_000) -> list[Value]:
        """The items of an iterable."""
        raise NotImplementedError

    def plain(self, value: Value) -> Value:
        """Heap data as Python's own."""
        raise NotImplementedError

    def assign(self, target: Any, value: Value, scope: Scope) -> None:
        """Bind a value to a target."""
        raise NotImplementedError

    def fail(self, reason: str) -> NoReturn:
        """Give up on the question at hand."""
        raise Undecided(reason)
