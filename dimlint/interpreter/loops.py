"""``for`` and ``while``: unrolled as long as they are known, otherwise run until nothing changes any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.dataclass import replace
from dimlint.core.problem import Uncounted, Undecided, bare
from dimlint.core.value import END, ClassObject, Instance, IteratorObject, ListObject, Raised, Ref, Repeated, Unknown, Value
from dimlint.interpreter.awaiting import source_of
from dimlint.interpreter.branching import MAX_EXITS
from dimlint.interpreter.frame import MISSING, Control, Exit, Loop, Scope, serial, serial_of
from dimlint.interpreter.joining import join_values
from dimlint.interpreter.selecting import one_of
from dimlint.interpreter.settling import any_of, unchanged
from dimlint.nodes import assigned_names

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter

MAX_ITERATIONS = 256
"""Longer loops are treated like loops of unknown length."""
UNROLLED_AT_LEAST = 3
FUEL_SHARE = 8
"""A loop is unrolled if that takes no more than this part of the fuel."""
MAX_WAITING = 64
"""The same, for what may never end: iterators that are asked for one item after the other."""
CROWDED = MAX_EXITS // 2
"""Passes of one loop that may leave it early: with more, the rest is run as a loop of unknown length."""
SETTLED_AFTER = 3
"""Iterations without an effect after which the rest of a known loop may be skipped, if that can be shown."""

Step = Callable[[], "Control | None"]
Binder = Callable[[Value], None]


class Items:
    """The items of a running ``for``. What its body does to the list or iterator itself shows in the items to come."""

    def __init__(self, machine: Interpreter, source: Value) -> None:
        """Raises Undecided."""
        self.machine = machine
        self.source = source
        held = machine.store.get(source.number) if isinstance(source, Ref) else None
        if isinstance(held, (IteratorObject, Instance, ClassObject)):
            self.source = machine.iterator(source)
        self.held = machine.store.get(self.source.number) if isinstance(self.source, Ref) else None
        self.waiting = isinstance(self.held, IteratorObject) and self.held.more is not None
        """Whether each item is asked for when its turn comes: ``rest`` holds but one."""
        self.rest = [] if self.waiting else machine.elements(self.source)
        self.taken = 0
        self.lost = False
        """Whether it is not known what is left."""
        if self.waiting:
            self.follow()
        if self.lost and isinstance(self.rest[0], Repeated):
            raise Uncounted(self.rest[0].reason, self.rest[0].item)
        if self.lost:
            raise Undecided(self.rest[0].reason)

    @property
    def limit(self) -> int:
        """Items after which the rest is like that of an iterable of unknown length."""
        return MAX_WAITING if self.waiting else MAX_ITERATIONS

    def take(self) -> Value:
        """The next item."""
        item = self.rest.pop(0)
        self.taken += 1
        if isinstance(self.held, IteratorObject) and not self.waiting:
            self.held = replace(self.held, items=tuple(self.rest), taken=self.held.taken + 1)
            self.machine.update(self.source, self.held)
        return item

    def take_all(self) -> list[Value]:
        """All that is left."""
        items, self.rest = self.rest, []
        if self.waiting and items and not self.lost:
            self.machine.forget(self.source, "how often it is asked for more is not known")
            items = [Unknown("which of the remaining items it is is not known")]
        elif isinstance(self.held, IteratorObject) and not self.waiting:
            self.machine.update(self.source, IteratorObject())
        return items

    def follow(self) -> None:
        """Take up what the body has done."""
        if self.waiting:
            try:
                item = self.machine.next_item(self.source)
                self.rest = [] if item is END else [item]
            except Uncounted as uncounted:
                self.lost, self.rest = True, [Repeated(uncounted.reason, uncounted.item)]
            except Undecided as undecided:
                self.lost, self.rest = True, [Unknown(undecided.reason)]
            return
        if not isinstance(self.held, (IteratorObject, ListObject)):
            return
        held, before = self.machine.watched(self.source), self.held
        self.held = held
        if isinstance(held, Unknown):
            self.lost, self.rest = True, [held]
        elif held is not before:
            self.rest = list(held.items[self.taken :] if isinstance(held, ListObject) else held.items)


def for_(machine: Interpreter, node: cst.For, scope: Scope) -> Control | None:
    items: Items | None
    source = source_of(machine, node, scope)
    try:
        items = Items(machine, source)
        element: Value = None
    except Uncounted as uncounted:
        items, element = None, uncounted.item
    except Undecided as undecided:
        items, element = None, one_of(machine.store, (source,), undecided.reason)

    def bind(item: Value) -> None:
        machine.assign(node.target, item, scope)

    def body() -> Control | None:
        return machine.run_suite(node.body, scope)

    def step() -> Control | None:
        bind(element)
        return body()

    loop = Loop()
    scope.loops.append(loop)
    try:
        if items is None:
            control = _unknown_loop(machine, step, node.body, loop, scope)
        else:
            control = _known_loop(machine, items, bind, body, node, loop, scope)
    finally:
        scope.loops.remove(loop)
    return after_loop(machine, node.orelse, control, loop, scope)


def after_loop(machine: Interpreter, orelse: cst.Else | None, control: Control | None, loop: Loop, scope: Scope) -> Control | None:
    """``else`` for the path that reached the end of the loop; then the paths that broke out join in.

    A ``break`` or ``continue`` in ``else`` means the loop around: that one stays the innermost.
    """
    scope.loops.insert(0, loop)
    try:
        if control is not None and control.kind == "break":
            control = None
        elif control is None and orelse is not None:
            try:
                control = _else(machine, orelse, loop, scope)
            except Raised:
                if not loop.breaks:
                    raise
                machine.resume(loop.breaks.pop(), scope)
        if control is not None and loop.breaks:
            machine.resume(loop.breaks.pop(), scope, control)
            control = None
        machine.settle(loop.breaks)
    finally:
        scope.loops.remove(loop)
    return control


def _else(machine: Interpreter, orelse: cst.Else, loop: Loop, scope: Scope) -> Control | None:
    if loop.broken:
        return machine.fork([lambda: machine.run_suite(orelse.body, scope), lambda: None], scope)
    return machine.run_suite(orelse.body, scope)


def _known_loop(machine: Interpreter, items: Items, bind: Binder, body: Step, node: cst.For, loop: Loop, scope: Scope) -> Control | None:
    quiet = 0
    start = machine.fuel.steps
    while items.rest:
        machine.burn()
        bind(items.take())
        since, journal = serial(), machine.store.open()
        control = _iteration(machine, body, loop, scope)
        quiet = quiet + 1 if unchanged(machine, journal, since) else 0
        machine.store.close(journal)
        if control is not None:
            return control
        items.follow()
        rest = items.rest
        if quiet == SETTLED_AFTER and len(rest) > 1 and not items.waiting and _has_no_effect(machine, rest, bind, body, loop, scope):
            bind(items.take_all()[-1])
            return _iteration(machine, body, loop, scope)
        if items.lost or items.taken > items.limit or _is_too_much(machine, items, start) or _is_crowded(loop, scope):
            return _rest_of_loop(machine, items.take_all(), bind, body, node, loop, scope)
    return None


def _is_too_much(machine: Interpreter, items: Items, start: int) -> bool:
    """Whether running the body for each item would use up what is needed for the rest of the program."""
    if items.waiting or items.taken < UNROLLED_AT_LEAST:
        return False
    if len(items.rest) > items.limit:
        return True
    return (start - machine.fuel.steps) // items.taken * len(items.rest) * FUEL_SHARE > machine.fuel.steps


def _is_crowded(loop: Loop, scope: Scope) -> bool:
    """Whether many passes may have left the loop, and wait for its end."""
    return len(loop.breaks) >= CROWDED or len(scope.pending) >= CROWDED


def _rest_of_loop(
    machine: Interpreter, rest: list[Value], bind: Binder, body: Step, node: cst.For, loop: Loop, scope: Scope
) -> Control | None:
    """A loop that is too long to unroll goes on as one of unknown length."""

    def step() -> Control | None:
        bind(rest[0].item if isinstance(rest[0], Repeated) else any_of(rest))
        return body()

    return _unknown_loop(machine, step, node.body, loop, scope) if rest else None


def _iteration(machine: Interpreter, step: Step, loop: Loop, scope: Scope) -> Control | None:
    """One pass over the body. ``continue`` is over with it; a path that goes on wins over one that ended."""
    try:
        control = step()
    except Raised as raised:
        control = after_failure(machine, raised, loop, scope)
    return after_pass(machine, control, loop, scope)


def after_failure(machine: Interpreter, raised: Raised, loop: Loop, scope: Scope) -> Control | None:
    """A pass ended in an exception: one that left it early goes on instead, if there is one."""
    if not loop.continues and not loop.breaks:
        raise bare(raised)
    return machine.resume((loop.continues or loop.breaks).pop(), scope)


def after_pass(machine: Interpreter, control: Control | None, loop: Loop, scope: Scope) -> Control | None:
    """How a pass over the body ended, those that left it by ``continue`` joined."""
    return _joined(machine, control, "continue", loop.continues, scope)


def _joined(machine: Interpreter, control: Control | None, kind: str, exits: list[Exit], scope: Scope) -> Control | None:
    """Join the paths that wait at the end of what they left: one that goes on wins over one that ended otherwise."""
    if control is not None and control.kind == kind:
        control = None
    if control is not None and exits:
        machine.resume(exits.pop(), scope, control)
        control = None
    machine.settle(exits)
    return control


def _has_no_effect(machine: Interpreter, rest: list[Value], bind: Binder, body: Step, loop: Loop, scope: Scope) -> bool:
    """Whether an iteration with any of the remaining items would change nothing: tried with one that stands for all."""
    exits = len(loop.breaks), len(scope.pending)
    opened = machine.store.open()
    bind(any_of(rest))
    since, journal = serial(), machine.store.open()
    with machine.muted(), machine.record.forgotten() as trial:
        control = _iteration(machine, body, loop, scope)
        certain = trial.is_followed() and not trial.is_risky()
    settled = certain and control is None and exits == (len(loop.breaks), len(scope.pending)) and unchanged(machine, journal, since)
    del loop.breaks[exits[0] :], scope.pending[exits[1] :]
    machine.store.undo(opened)
    machine.store.close(opened)
    return settled


def while_(machine: Interpreter, node: cst.While, scope: Scope) -> Control | None:
    loop = Loop()
    scope.loops.append(loop)
    try:
        control = _while_passes(machine, node, loop, scope)
    finally:
        scope.loops.remove(loop)
    return after_loop(machine, node.orelse, control, loop, scope)


def _while_passes(machine: Interpreter, node: cst.While, loop: Loop, scope: Scope) -> Control | None:
    def step() -> Control | None:
        return machine.run_suite(node.body, scope)

    def whole_step() -> Control | None:
        control = step()
        if control is None:
            machine.evaluate(node.test, scope)
        return control

    for _ in range(MAX_ITERATIONS):
        machine.burn()
        try:
            if not machine.truth(machine.evaluate(node.test, scope)):
                return None
        except Undecided:
            with machine.guarded(node.test, scope):
                return _unknown_loop(machine, whole_step, node, loop, scope)
        if _is_endless(node):
            return _unknown_loop(machine, step, node, loop, scope)
        control = _iteration(machine, step, loop, scope)
        if control is not None:
            return control
        if _is_crowded(loop, scope):
            break
    return _unknown_loop(machine, whole_step, node, loop, scope)


def _is_endless(node: cst.While) -> bool:
    return isinstance(node.test, cst.Integer) or (isinstance(node.test, cst.Name) and node.test.value == "True")


def _unknown_loop(machine: Interpreter, step: Step, body_node: Any, outer: Loop, scope: Scope) -> Control | None:
    """The body once as it stands, then once more, unheard, from what that may have left.

    Where nobody listens, once is enough, from a state that any number of passes may have left: so nested loops
    cost a number of passes that grows with their depth, not with a power of it.
    Raises Raised if the body cannot but fail, without a word of the program's: then nobody means that it never runs.
    """
    failed: list[Raised] = []

    def body() -> Control | None:
        try:
            return _any_iteration(machine, step, outer, scope)
        except Raised as raised:
            failed.extend([bare(raised)] if raised.value is None else [])
            raise

    if machine.muting:
        _forget_assigned(machine, body_node, scope)
    machine.changes += 1  # a pass of the body may change arrays in place that the next one reads
    with machine.undecided():
        stable = _pass(machine, body, scope)
        if failed:
            raise bare(failed[0])
        if stable or machine.muting:
            return None
        with machine.muted():
            clock, since = machine.store.clock, serial()
            if not _pass(machine, body, scope):
                machine.forget_since(clock, since, "it changes in a loop")
                _forget_assigned(machine, body_node, scope)
    return None


def _any_iteration(machine: Interpreter, step: Step, outer: Loop, scope: Scope) -> Control | None:
    """One pass of a loop of unknown length; the paths that leave the loop there are joined with the one that goes on."""
    loop = Loop()
    scope.loops.append(loop)
    try:
        control = _iteration(machine, step, loop, scope)
    finally:
        scope.loops.pop()
    outer.broken |= bool(loop.breaks) or (control is not None and control.kind == "break")
    return _joined(machine, control, "break", loop.breaks, scope)


def _pass(machine: Interpreter, body: Step, scope: Scope) -> bool:
    """Run the body once or not at all; what it changed is widened. Whether nothing changed."""
    since, journal = serial(), machine.store.open()
    machine.fork([body, lambda: None], scope)
    stable = unchanged(machine, journal, since)
    changed = machine.store.changes(journal)
    machine.store.close(journal)
    if not stable:
        machine.widen({key: old for key, old in changed.items() if serial_of(key) <= since})
    return stable


def _forget_assigned(machine: Interpreter, body: Any, scope: Scope) -> None:
    """Every name that the body assigns is unknown: enough for chains of assignments that take many passes to show."""
    if id(body) not in machine.assigned:
        machine.assigned[id(body)] = sorted(assigned_names(body))
    for name in machine.assigned[id(body)]:
        value = machine.find_name(name, scope)
        if value is not MISSING:
            machine.set_name(name, join_values(value, Unknown("it changes in a loop")), scope)
