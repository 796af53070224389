"""Generators: a body that waits at each ``yield`` until it is asked for the next item.

Statements that hold a ``yield`` are run here, by Python generators; all others by their ordinary handlers. What depends on a condition
that is not known cannot wait between its branches: from there on, the body runs to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.problem import Uncounted, Undecided, bare
from dimlint.core.value import END, Function, Machine, Raised, Repeated, Stream, Unknown, Value
from dimlint.interpreter import loops
from dimlint.interpreter.attempts import SWALLOWED, Final, only_tells
from dimlint.interpreter.awaiting import source_of
from dimlint.interpreter.frame import MISSING, YIELDED, Control, Loop, Scope, serial
from dimlint.interpreter.swallowing import expects_failure, may_swallow
from dimlint.interpreter.yielding import SEVERAL_PATHS, add_yielded

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter

DRAIN: Value = object()
"""Given to the driver in place of an item: the rest cannot wait."""

Waiting = Generator[Value, Value, "Control | None"]


class Body(Stream):
    """A generator of the program."""

    lasting = True

    def __init__(self, function: Function, scope: Scope) -> None:
        self.function = function
        self.scope = scope
        self.taken = 0
        self.steps: Waiting | None = None

    def pull(self, machine: Machine, taken: int, sent: Value, whole: bool) -> Sequence[Value]:
        """The next item, or all that are left where the body cannot wait."""
        return self._resume(machine, taken, whole, lambda steps: steps.send(sent if taken else None))  # type: ignore[arg-type]

    def throw(self, machine: Machine, taken: int, raised: Raised) -> Sequence[Value]:
        """Raise an exception at the ``yield`` where the body waits."""
        if not taken:
            raise bare(raised)
        return self._resume(machine, taken, False, lambda steps: steps.throw(raised))  # type: ignore[arg-type]

    def returned(self, machine: Machine) -> Value:
        """What the body returned."""
        value = machine.store.get((self.scope.number, RETURNED))  # type: ignore[attr-defined]
        return Unknown("what a generator returns is not known") if value is MISSING else value

    def _resume(self, machine: Interpreter, taken: int, whole: bool, go_on: Callable[[Waiting], Value]) -> Sequence[Value]:
        if taken != self.taken:
            raise Undecided(SEVERAL_PATHS)
        self.taken += 1
        steps = self.steps = self.steps or _body(machine, self.function, self.scope, self)
        clock, since = machine.store.clock, serial()
        with machine.running(self.function.node, self.scope):
            item = _ended(lambda: go_on(steps))
            if item is not DRAIN:
                return () if item is END else (item,)
            items = self._rest(machine, steps)
        if not whole:  # its reader does something in between, or does not ask for all
            machine.forget_since(clock, since, "a generator and its reader share it")
        return items

    def _rest(self, machine: Interpreter, steps: Waiting) -> Sequence[Value]:
        """All items that are left. Raises Undecided."""
        machine.store.set((self.scope.number, YIELDED), ())
        try:
            while (item := _ended(lambda: steps.send(None))) is not END:
                if item is not DRAIN:
                    add_yielded(machine, self.scope, (item,))
        except Raised as raised:
            raise Undecided(f"{raised.kind} is raised in a generator") from None
        items = machine.yielded(self.scope)
        if isinstance(items, Repeated) and items.item is not END:
            raise Uncounted(items.reason, items.item)
        if isinstance(items, Unknown):
            raise Undecided(items.reason)
        return tuple(items)


def _ended(go_on: Callable[[], Value]) -> Value:
    try:
        return go_on()
    except StopIteration:
        return END


def _body(machine: Interpreter, function: Function, scope: Scope, body: Body) -> Waiting:
    """The whole body; what it returns is the value of ``yield from``. Raises Undecided."""
    if not isinstance(function.node, cst.FunctionDef):
        raise Undecided("a lambda that yields is not followed")
    try:
        control = yield from block(machine, function.node.body.body, scope)
    except Raised:
        if not scope.pending:
            raise
        control = machine.resume(scope.pending.pop(), scope)
    returned = control.value if control is not None and control.kind == "return" else None
    machine.store.set((scope.number, RETURNED), machine.settle_returns(scope, returned))
    return None


RETURNED = "return"
"""Name of the cell in which a generator's scope holds what it has returned."""


def block(machine: Interpreter, statements: Sequence[Any], scope: Scope) -> Waiting:
    """Run statements in order until one ends the block."""
    for statement in statements:
        machine.burn()
        handler = HANDLERS.get(type(statement), _simple) if machine.holds_yield(statement) else None
        if handler is None:
            control = machine.run_statements((statement,), scope)
        elif isinstance(statement, cst.SimpleStatementLine):
            control = yield from block(machine, statement.body, scope)
        else:
            clock, since = machine.store.clock, serial()
            try:
                control = yield from handler(machine, statement, scope)
            except Undecided as undecided:
                yield DRAIN
                machine.forget_since(clock, since, undecided.reason)
                add_yielded(machine, scope, Unknown(undecided.reason))
                control = None
        if control is not None:
            return control
    return None


def _simple(machine: Interpreter, statement: Any, scope: Scope) -> Waiting:
    """A statement on one line: what ``yield`` gives may be assigned or returned, but not be a part of something else."""
    value = statement.value if isinstance(statement, (cst.Expr, cst.Assign, cst.AnnAssign, cst.Return)) else None
    if not isinstance(value, cst.Yield):
        return (yield from _as_a_whole(machine, statement, scope))
    result = yield from _yielded(machine, value, scope)
    if isinstance(statement, cst.Return):
        return Control("return", result)
    targets = [target.target for target in statement.targets] if isinstance(statement, cst.Assign) else []
    for target in [statement.target] if isinstance(statement, cst.AnnAssign) else targets:
        machine.assign(target, result, scope)
    return None


def _yielded(machine: Interpreter, node: cst.Yield, scope: Scope) -> Generator[Value, Value, Value]:
    """One ``yield``: the value is what is sent, or what a generator that it delegates to returns."""
    if not isinstance(node.value, cst.From):
        return (yield machine.evaluate(node.value, scope) if node.value is not None else None)
    try:
        source = machine.iterator(machine.evaluate(node.value.item, scope))
        sent: Value = None
        while (item := machine.next_item(source, sent)) is not END:
            sent = yield item
    except Uncounted as uncounted:
        yield DRAIN
        add_yielded(machine, scope, Repeated(uncounted.reason, uncounted.item))
        return Unknown(uncounted.reason)
    return machine.returned(source)


def _as_a_whole(
    machine: Interpreter, statement: Any, scope: Scope, run: Callable[[], Control | None] | None = None, none: Value = ()
) -> Waiting:
    """A statement that cannot wait inside: its items come afterwards. none: what is yielded before it runs."""
    outer = machine.yielded(scope)
    machine.store.set((scope.number, YIELDED), none)
    control = machine.run_statements((statement,), scope) if run is None else run()
    items = machine.yielded(scope)
    machine.store.set((scope.number, YIELDED), outer)
    if isinstance(items, Unknown):
        yield DRAIN
        add_yielded(machine, scope, items)
    else:
        yield from items
    return control


def _without_waiting(machine: Interpreter, statement: Any, scope: Scope, none: Value = ()) -> Waiting:
    """From here on, the body runs to its end."""
    yield DRAIN
    return (yield from _as_a_whole(machine, statement, scope, none=none))


def _if(machine: Interpreter, node: cst.If, scope: Scope) -> Waiting:
    current: Any = node
    while isinstance(current, cst.If):
        try:
            chosen = machine.truth(machine.evaluate(current.test, scope))
        except Undecided:
            return (yield from _without_waiting(machine, current, scope))
        if chosen:
            return (yield from block(machine, current.body.body, scope))
        current = current.orelse
    return (yield from block(machine, current.body.body, scope)) if current is not None else None


def _for(machine: Interpreter, node: cst.For, scope: Scope) -> Waiting:
    try:
        items = loops.Items(machine, source_of(machine, node, scope))
    except Uncounted as uncounted:
        return (yield from _without_waiting(machine, node, scope, Repeated(uncounted.reason, END)))
    except Undecided:
        return (yield from _without_waiting(machine, node, scope))

    def advance() -> bool:
        if not items.rest:
            return False
        if items.lost:
            raise Undecided("what is left of an iterable is not known")
        machine.assign(node.target, items.take(), scope)
        return True

    return (yield from _loop(machine, node, scope, advance, items.follow))


def _while(machine: Interpreter, node: cst.While, scope: Scope) -> Waiting:
    passes = 0

    def advance() -> bool:
        nonlocal passes
        passes += 1
        if passes > loops.MAX_ITERATIONS:
            raise Undecided("a loop is too long")
        if passes > ENOUGH and isinstance(machine.yielded(scope), Repeated):
            return False  # more of what is yielded without an end
        return machine.truth(machine.evaluate(node.test, scope))

    return (yield from _loop(machine, node, scope, advance, lambda: None))


def _loop(machine: Interpreter, node: Any, scope: Scope, advance: Callable[[], bool], follow: Callable[[], None]) -> Waiting:
    loop = Loop()
    scope.loops.append(loop)
    control: Control | None = None
    try:
        while control is None and advance():
            machine.burn()
            try:
                control = yield from block(machine, node.body.body, scope)
            except Raised as raised:
                control = loops.after_failure(machine, raised, loop, scope)
            control = loops.after_pass(machine, control, loop, scope)
            follow()
    except Undecided:
        scope.loops.remove(loop)
        if isinstance(node, cst.While):
            return (yield from _without_waiting(machine, node, scope))
        raise
    except BaseException:
        scope.loops.remove(loop)
        raise
    scope.loops.remove(loop)
    return loops.after_loop(machine, node.orelse, control, loop, scope)


def _with(machine: Interpreter, node: cst.With, scope: Scope) -> Waiting:
    if any(expects_failure(item.item) for item in node.items):
        return (yield from _without_waiting(machine, node, scope))
    leaving: list[Final | None] = []
    waits = node.asynchronous is not None
    for item in node.items:
        manager = machine.evaluate(item.item, scope)
        if not leaving and may_swallow(machine, manager, item.item, node.body, waits):
            return (yield from _without_waiting(machine, node, scope))
        entered = machine.enter_context(manager, waits)
        if item.asname is not None:
            machine.assign(item.asname.name, entered, scope)
        leaving.append(machine.leave_context(manager, waits))

    def leave(raised: Raised | None) -> Control | None:
        ended: Control | None = None
        for final in reversed(leaving):
            answer = final(None if ended is SWALLOWED else raised) if final is not None else None
            ended = answer or ended
        return ended

    return (yield from _finally(machine, block(machine, node.body.body, scope), leave))


def _finally(machine: Interpreter, steps: Waiting, final: Callable[[Raised | None], Control | None]) -> Waiting:
    try:
        control = yield from steps
    except Raised as raised:
        ended = final(raised)
        if ended is None:
            raise
        return None if ended is SWALLOWED else ended
    ended = final(None)
    return control if ended is None or ended is SWALLOWED else ended


def _try(machine: Interpreter, node: cst.Try, scope: Scope) -> Waiting:
    steps = _attempt(machine, node, scope)
    if node.finalbody is None:
        return (yield from steps)
    final = node.finalbody.body
    if machine.holds_yield(final):
        return (yield from _without_waiting(machine, node, scope))
    return (yield from _finally(machine, steps, lambda raised: machine.run_suite(final, scope)))


def _attempt(machine: Interpreter, node: cst.Try, scope: Scope) -> Waiting:
    """The body of a ``try``, then the handlers or ``else``."""
    silent = any(machine.goes_on(handler, scope) for handler in node.handlers)
    clock, since, risks = machine.store.clock, serial(), 0
    died: Raised | None = None
    control: Control | None = None

    @contextmanager
    def step() -> Iterator[None]:
        nonlocal risks
        before = machine.record.risks
        with machine.muted(silent):
            yield
        risks += machine.record.risks - before

    try:
        control = yield from _each(block(machine, node.body.body, scope), step)
    except Raised as raised:
        died = bare(raised)
    followed = not risks
    if died is not None and followed:
        return (yield from _as_a_whole(machine, node, scope, lambda: machine.handle_surely(node.handlers, died, scope)))
    if not followed or not all(map(only_tells, node.handlers)):
        yield DRAIN
        return (yield from _as_a_whole(machine, node, scope, lambda: _either_way(machine, node, scope, (control, died), (clock, since))))
    if died is not None:
        raise bare(died)
    if control is None and node.orelse is not None:
        return (yield from block(machine, node.orelse.body.body, scope))
    return control


def _either_way(
    machine: Interpreter, node: cst.Try, scope: Scope, ended: tuple[Control | None, Raised | None], start: tuple[int, int]
) -> Control | None:
    """The body may have ended as it did, or anywhere before, with one of the handlers."""
    control, died = ended

    def go_on() -> Control | None:
        if died is not None:
            raise bare(died)
        return machine.run_suite(node.orelse.body, scope) if control is None and node.orelse is not None else control

    def handle(handler: Any) -> Callable[[], Control | None]:
        def path() -> Control | None:
            machine.forget_since(*start, "it may have been changed before an exception")
            with machine.muted():
                return machine.handle(handler, scope, None)

        return path

    return machine.fork([go_on, *map(handle, node.handlers)], scope)


def _each(steps: Waiting, around: Callable[[], AbstractContextManager[None]]) -> Waiting:
    """The steps, each of them inside a context that is left while they wait."""
    go_on: Callable[[], Value] = lambda: next(steps)  # noqa: E731 -- replaced below
    while True:
        try:
            with around():
                item = go_on()
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]
        try:
            sent = yield item
            go_on = lambda sent=sent: steps.send(sent)  # type: ignore[misc] # noqa: E731
        except Raised as raised:
            go_on = lambda raised=raised: steps.throw(raised)  # type: ignore[misc] # noqa: E731


ENOUGH = 2
"""Passes of a ``while`` loop that show what it yields, of which it is not known how much that is."""

HANDLERS: dict[type, Callable[[Any, Any, Scope], Waiting]] = {
    cst.If: _if,
    cst.For: _for,
    cst.While: _while,
    cst.With: _with,
    cst.Try: _try,
}
