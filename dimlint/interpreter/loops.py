"""``for`` and ``while``: unrolled as long as they are known, otherwise run until nothing changes any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.dim import unknown_dim
from dimlint.core.problem import OutOfFuel, Undecided
from dimlint.core.value import Raised, Unknown, Value
from dimlint.interpreter.frame import Control, Loop, Scope, serial, serial_of
from dimlint.interpreter.joining import same

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter

MAX_ITERATIONS = 256
"""Longer loops are treated like loops of unknown length."""
MAX_PASSES = 4
"""Passes over a loop of unknown length before everything it changes is given up."""
SETTLED_AFTER = 3
"""Iterations without an effect after which the rest of a known loop may be skipped, if that can be shown."""

Step = Callable[[], "Control | None"]


def for_(machine: Interpreter, node: cst.For, scope: Scope) -> Control | None:
    items: list[Value] | None
    try:
        items = machine.elements(machine.evaluate(node.iter, scope), limit=MAX_ITERATIONS)
        element: Value = Unknown("an element of a long sequence")
    except Undecided as undecided:
        items, element = None, Unknown(undecided.reason)

    def step(item: Value) -> Step:
        def run() -> Control | None:
            machine.assign(node.target, item, scope)
            return machine.run_suite(node.body, scope)

        return run

    loop = Loop()
    scope.loops.append(loop)
    try:
        control = _unknown_loop(machine, step(element), scope) if items is None else _known_loop(machine, items, step, loop, scope)
    finally:
        scope.loops.remove(loop)
    return _after(machine, node.orelse, control, loop, scope)


def _after(machine: Interpreter, orelse: cst.Else | None, control: Control | None, loop: Loop, scope: Scope) -> Control | None:
    """``else`` for the path that reached the end of the loop; then the paths that broke out join in."""
    scope.loops.append(loop)
    try:
        if control is None and orelse is not None:
            try:
                control = machine.run_suite(orelse.body, scope)
            except Raised:
                if not loop.breaks:
                    raise
                control = machine.resume(loop.breaks.pop(), scope)
        if control is not None and control.kind != "break" and loop.breaks:
            control = machine.resume(loop.breaks.pop(), scope, control)
        machine.settle(loop.breaks)
    finally:
        scope.loops.remove(loop)
    return None if control is not None and control.kind == "break" else control


def _known_loop(machine: Interpreter, items: list[Value], step: Callable[[Value], Step], loop: Loop, scope: Scope) -> Control | None:
    quiet = 0
    for index, item in enumerate(items):
        machine.burn()
        since, journal = serial(), machine.store.open()
        control = _iteration(machine, step(item), loop, scope)
        changed = not _unchanged(machine, journal, since)
        machine.store.close(journal)
        if control is not None:
            return control
        quiet = 0 if changed else quiet + 1
        rest = items[index + 1 :]
        if quiet == SETTLED_AFTER and len(rest) > 1 and _has_no_effect(machine, step, rest, loop, scope):
            return _iteration(machine, step(rest[-1]), loop, scope)
    return None


def _iteration(machine: Interpreter, step: Step, loop: Loop, scope: Scope) -> Control | None:
    """One pass over the body. ``continue`` is over with it; a path that goes on wins over one that ended."""
    try:
        control = step()
    except Raised:
        if not loop.continues and not loop.breaks:
            raise
        control = machine.resume((loop.continues or loop.breaks).pop(), scope)
    if control is not None and control.kind == "continue":
        control = None
    if control is not None and loop.continues:
        machine.resume(loop.continues.pop(), scope, control)
        control = None
    machine.settle(loop.continues)
    return control


def _unchanged(machine: Interpreter, journal: Any, since: int) -> bool:
    """Whether every cell that is older than ``since`` holds what it held when the journal was opened."""
    old = machine.store.changes(journal)
    return all(serial_of(key) > since or same(value, machine.store.get(key)) for key, value in old.items())


def _has_no_effect(machine: Interpreter, step: Callable[[Value], Step], rest: list[Value], loop: Loop, scope: Scope) -> bool:
    """Whether an iteration with any of the remaining items would change nothing: tried with one that stands for all."""
    item: Value = Unknown("any of the remaining items")
    if all(isinstance(value, int) for value in rest):
        item = unknown_dim("i", low=min(rest), high=max(rest))
    exits = len(loop.breaks), len(scope.pending)
    since, journal = serial(), machine.store.open()
    with machine.muted():
        control = _iteration(machine, step(item), loop, scope)
    settled = control is None and exits == (len(loop.breaks), len(scope.pending)) and _unchanged(machine, journal, since)
    del loop.breaks[exits[0] :], scope.pending[exits[1] :]
    machine.store.undo(journal)
    machine.store.close(journal)
    return settled


def while_(machine: Interpreter, node: cst.While, scope: Scope) -> Control | None:
    loop = Loop()
    scope.loops.append(loop)
    try:
        control = _while_passes(machine, node, loop, scope)
    finally:
        scope.loops.remove(loop)
    return _after(machine, node.orelse, control, loop, scope)


def _while_passes(machine: Interpreter, node: cst.While, loop: Loop, scope: Scope) -> Control | None:
    def step() -> Control | None:
        return machine.run_suite(node.body, scope)

    for _ in range(MAX_ITERATIONS):
        machine.burn()
        try:
            if not machine.truth(machine.evaluate(node.test, scope)):
                return None
        except Undecided:
            return _unknown_loop(machine, step, scope)
        if _is_endless(node):
            return _unknown_loop(machine, step, scope)
        control = _iteration(machine, step, loop, scope)
        if control is not None:
            return control
    raise OutOfFuel("a while loop runs too long")


def _is_endless(node: cst.While) -> bool:
    return isinstance(node.test, cst.Integer) or (isinstance(node.test, cst.Name) and node.test.value == "True")


def _unknown_loop(machine: Interpreter, step: Step, scope: Scope) -> Control | None:
    """The body once as it stands, then again, unheard, from what the passes before may have left, until nothing changes."""

    def body() -> Control | None:
        loop = Loop()
        scope.loops.append(loop)
        try:
            control = _iteration(machine, step, loop, scope)
        finally:
            scope.loops.pop()
        if control is not None and control.kind == "break":
            control = None
        if control is not None and loop.breaks:
            machine.resume(loop.breaks.pop(), scope, control)
            control = None
        machine.settle(loop.breaks)
        return control

    for number in range(MAX_PASSES):
        since, journal = serial(), machine.store.open()
        with machine.muted(number > 0):
            machine.fork([body, lambda: None], scope)
        stable = _unchanged(machine, journal, since)
        changed = machine.store.changes(journal)
        machine.store.close(journal)
        if stable:
            return None
        if number:
            machine.widen(changed)
    return None
