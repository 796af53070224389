"""``try``, ``finally`` and ``with``: what may run after code that may have failed anywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import libcst as cst

from dimlint.core.problem import bare
from dimlint.core.value import Instance, LibraryClass, Raised, Unknown, Value
from dimlint.interpreter.branching import MERGES_A_STEP, Branching, Path
from dimlint.interpreter.foreseeing import applies_layers, asks_base, foreseen
from dimlint.interpreter.frame import MISSING, Control, Delta, Scope, Written, serial, serial_of
from dimlint.interpreter.guarding import conditions
from dimlint.interpreter.joining import join_values

QUIET_HANDLERS = (cst.Expr, cst.Pass, cst.Raise)
"""Statements of an ``except`` block that change nothing of what the program goes on with."""

EXITS = frozenset(["_exit", "abort", "exit", "quit"])
"""Functions that end the program."""

ELSEWHERE = frozenset(
    [
        *("BlockingIOError", "BrokenPipeError", "ChildProcessError", "ConnectionError", "EOFError", "FileExistsError", "FileNotFoundError"),
        *("GeneratorExit", "IOError", "ImportError", "InterruptedError", "KeyError", "KeyboardInterrupt", "ModuleNotFoundError"),
        "OutOfMemoryError",
        *("OSError", "PermissionError", "StopAsyncIteration", "StopIteration", "SystemExit", "TimeoutError", "UnicodeDecodeError"),
    ]
)
"""Exceptions that no framework raises because of a shape."""

SWALLOWED = Control("swallowed")
"""What a ``Final`` answers to end an exception."""

Final = Callable[["Raised | None"], "Control | None"]
"""What runs in any case after a block, given the exception that ended it. A Control replaces how the block ended."""


class Attempts(Branching):
    """Exceptions, and what catches or outlives them."""

    handling: list[Raised | None]
    """The exceptions that running ``except`` blocks handle, innermost last; None for one that is not known."""

    def attempt(self, node: cst.Try | cst.TryStar, scope: Scope) -> Control | None:
        """The body of a ``try`` and its ``else``, joined with the handlers that may run instead."""
        end = foreseen(self, node.body, scope)
        if isinstance(end, Raised) and any(self.catches(handler, end, scope) for handler in node.handlers):
            return self.handle_surely(node.handlers, end, scope)
        died: Raised | None = None
        control: Control | None = None
        since, risks, gaps, refusals = serial(), self.record.risks, len(self.record.gaps), len(self.record.refusals)
        depth = (len(conditions(self)), self.muting + 1, self.doubtful)
        with self.muted(any(self.goes_on(handler, scope) for handler in node.handlers)), self.store.watched() as written:
            try:
                control = self.run_suite(node.body, scope)
            except Raised as raised:
                died = bare(raised)
        followed = self.record.risks == risks

        def go_on() -> Control | None:
            if died is not None:
                raise bare(died)
            return self.run_suite(node.orelse.body, scope) if control is None and node.orelse is not None else control

        def handle(handler: Any) -> Path:
            def path() -> Control | None:
                self.blur(written, since)
                with self.muted():
                    return self.handle(handler, scope, None)

            return path

        if died is not None and followed:
            return self.handle_surely(node.handlers, died, scope)
        if node.handlers and depth in self.record.refusals[refusals:]:  # refused for certain: what comes after it in the block does not run
            return self.fork([*map(handle, node.handlers)], scope)
        if followed and (end or asks_base(node.body) or all(map(only_tells, node.handlers))):
            return go_on()
        if followed and len(self.record.gaps) == gaps and applies_layers(self, node.body, scope):
            return go_on()
        return self.fork([go_on, *map(handle, node.handlers)], scope)

    def goes_on(self, handler: Any, scope: Scope) -> bool:
        """Whether the program may go on after a failure of the framework's: the clause catches it, and does not leave for certain."""
        if _leaves(handler):
            return False
        wanted = self.evaluate(handler.type, scope) if handler.type is not None else None
        named = wanted if isinstance(wanted, tuple) and wanted else (wanted,)
        return not all(isinstance(cls, LibraryClass) and cls.name in ELSEWHERE for cls in named)

    def handle_surely(self, handlers: Any, died: Raised, scope: Scope) -> Control | None:
        """An exception is raised for certain, here: the first handler that catches it runs."""

        def undecided(handler: Any, rest: Any) -> Control | None:
            with self.muted():
                return self.fork([lambda: self.handle(handler, scope, None), lambda: self.handle_surely(rest, died, scope)], scope)

        for index, handler in enumerate(handlers):
            caught = self.catches(handler, died, scope)
            if caught is None:
                return undecided(handler, handlers[index + 1 :])
            if caught:
                return self.handle(handler, scope, died)
        raise bare(died)

    def blur(self, written: Written, since: int) -> None:
        """The state anywhere within the block that wrote these cells.

        What was made inside is left as it is: it is seen from outside once it is complete. But lists and dictionaries
        are often made empty and filled step by step.
        """
        self.burn(sum(map(len, written.values())) // MERGES_A_STEP)
        for key, values in written.items():
            held = [value for value in values if value is not MISSING]
            if not held or (serial_of(key) > since and (isinstance(key, tuple) or isinstance(held[-1], Instance))):
                continue
            self.store.set(key, reduce(join_values, held))

    def handle(self, handler: Any, scope: Scope, raised: Raised | None) -> Control | None:
        if handler.name is not None:
            known = raised is not None and raised.value is not None
            self.assign(handler.name.name, raised.value if known and raised is not None else Unknown("an exception is not known"), scope)
        self.handling.append(raised)
        try:
            return self.run_suite(handler.body, scope)
        finally:
            self.handling.pop()

    def catches(self, handler: Any, raised: Raised, scope: Scope) -> bool | None:
        """Whether an ``except`` clause takes up the exception; None if it cannot be told."""
        if handler.type is None:
            return True
        wanted = self.evaluate(handler.type, scope)
        names = self.exception_bases(raised)
        found: bool | None = False
        for candidate in wanted if isinstance(wanted, tuple) else (wanted,):
            if not isinstance(candidate, Unknown) and self.class_name(candidate) in names:
                return True
            if isinstance(candidate, Unknown) or "?" in names:
                found = None
        return found

    # -- what runs in any case

    def afterwards(self, body: Path, final: Final, scope: Scope, *, may_end: bool) -> Control | None:
        """The body, and ``final`` behind every way in which it may end. ``may_end``: ``final`` may end an exception."""
        since, journal = serial(), self.store.open()
        risks = self.record.risks
        control: Control | None = None
        died: Raised | None = None
        with self.store.watched() as written:
            try:
                control = body()
            except Raised as raised:
                died = bare(raised)
        state = self.store.current(self.store.changes(journal))
        ends = [self._finish(state, control, died, final)]
        ends += [self._finish(waiting.delta, waiting.control, None, final) for waiting in self._lift(journal, scope)]
        self.store.undo(journal)
        self.store.close(journal)

        def failed() -> Control | None:
            self.store.put(state)
            self.blur(written, since)
            with self.muted():
                return self._finish({}, None, Raised("Exception", "", Unknown("an exception is not known")), final)()

        if may_end and self.record.risks != risks:
            ends.append(failed)
        return ends[0]() if len(ends) == 1 else self.fork(ends, scope, since)

    def _finish(self, state: Delta, control: Control | None, died: Raised | None, final: Final) -> Path:
        """``final`` from the state in which the body ended."""

        def path() -> Control | None:
            self.store.put(state)
            ended = final(died)
            if ended is None and died is not None:
                raise bare(died)
            return control if ended is None else None if ended is SWALLOWED else ended

        return path

    def expected_failure(self, body: Path, scope: Scope) -> Control | None:
        """A body that is expected to raise, or may."""

        def risky() -> Control | None:
            self.record.risks += 1
            return body()

        with self.muted():
            return self.afterwards(risky, lambda raised: SWALLOWED if raised else None, scope, may_end=True)

    def exception_bases(self, raised: Raised) -> set[str]:
        """Names under which an exception may be caught; ``?`` among them if there may be others."""
        raise NotImplementedError

    def class_name(self, cls: Value) -> str:
        """Name of a class value."""
        raise NotImplementedError


def _leaves(handler: Any) -> bool:
    """Whether an ``except`` block surely ends by raising or by ending the program."""
    parts = [part for line in handler.body.body for part in (line.body if isinstance(line, cst.SimpleStatementLine) else [line])]
    if not parts or any(isinstance(part, (cst.BaseCompoundStatement, cst.Return, cst.Break, cst.Continue)) for part in parts):
        return False
    last = parts[-1]
    name = last.value.func if isinstance(last, cst.Expr) and isinstance(last.value, cst.Call) else None
    text = name.attr.value if isinstance(name, cst.Attribute) else name.value if isinstance(name, cst.Name) else ""
    return isinstance(last, cst.Raise) or text in EXITS


def only_tells(handler: Any) -> bool:
    """Whether an ``except`` block merely prints, logs, passes or raises."""
    for statement in handler.body.body:
        parts = statement.body if isinstance(statement, cst.SimpleStatementLine) else [statement]
        if not all(isinstance(part, QUIET_HANDLERS) for part in parts):
            return False
    return True
