"""Coroutines: each runs when it is awaited, from its first statement to its last. What a loop runs beside that may run at any ``await``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import libcst as cst

from dimlint.core.dataclass import replace
from dimlint.core.problem import Undecided
from dimlint.core.value import END, Function, Instance, IteratorObject, LibraryClass, Machine, Method, Raised, Ref, Stream, Unknown, Value
from dimlint.interpreter.frame import MISSING, Scope

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter

COROUTINE = "coroutine"
FUNCTION, SCOPE, ENDED = "*function", "*scope", "*ended"


def coroutine(machine: Interpreter, function: Function, scope: Scope, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Ref:
    """What a call of an ``async`` function gives; its parameters are bound already."""
    given = {f"*{index}": value for index, value in enumerate(args)} | {f"*{name}=": value for name, value in kwargs.items()}
    return machine.new(Instance(machine.builtin(COROUTINE), {FUNCTION: function, SCOPE: scope, **given}))


def body_of(held: Value) -> Value:
    """The function of a coroutine with its positional arguments, to be run by somebody else; None for anything else."""
    if not isinstance(held, Instance) or not isinstance(held.cls, LibraryClass) or held.cls.name != COROUTINE or ENDED in held.attributes:
        return None
    body: Value = held.attributes.get(FUNCTION)
    index = 0
    while (name := f"*{index}") in held.attributes:
        body, index = Method(body, held.attributes[name]), index + 1
    return body


def unbound(function: Value) -> tuple[Value, tuple[Value, ...]]:
    """What a method calls, and its first arguments."""
    given: tuple[Value, ...] = ()
    while isinstance(function, Method):
        given, function = (function.receiver, *given), function.function
    return function, given


def awaited(machine: Interpreter, value: Value) -> Value:
    """``await value``. Other tasks may run meanwhile. Raises Raised, Undecided."""
    if machine.kept:
        machine.run_kept()
    held = machine.store.get(value.number) if isinstance(value, Ref) else None
    if isinstance(value, Unknown) or isinstance(held, (IteratorObject, Unknown)):
        raise Undecided(value.reason if isinstance(value, Unknown) else "what is awaited is not known")
    own = isinstance(held, Instance) and isinstance(held.cls, Ref)
    if not isinstance(value, Ref) or not isinstance(held, Instance) or not (own or held.cls.name == COROUTINE):
        return value  # declared functions give their result at once
    result = _by_method(machine, value, held) if own else _run(machine, value, held)
    if machine.kept:
        machine.run_kept()
    return result


def _run(machine: Interpreter, ref: Ref, held: Instance) -> Value:
    if ENDED in held.attributes or "*" in held.attributes or not isinstance(held.attributes.get(SCOPE), Scope):
        raise Undecided("a coroutine may have been awaited before")
    machine.update(ref, replace(held, attributes={**held.attributes, ENDED: True}))
    return machine.run_body(held.attributes[FUNCTION], held.attributes[SCOPE])


def _by_method(machine: Interpreter, ref: Ref, held: Instance) -> Value:
    method = machine.class_attribute(machine.mro(held.cls), "__await__")
    if not isinstance(method, Function):
        raise Undecided("what is awaited is not known")
    made = machine.call(method, (ref,))
    inner = machine.store.get(made.number) if isinstance(made, Ref) else None
    if not isinstance(made, Ref) or not isinstance(inner, IteratorObject):
        return awaited(machine, made)
    while machine.next_item(made) is not END:
        machine.burn()
    return machine.returned(made)


def source_of(machine: Interpreter, node: cst.For | cst.CompFor, scope: Scope) -> Value:
    """What a loop goes through. Raises Undecided."""
    source = machine.evaluate(node.iter, scope)
    return source if node.asynchronous is None else asynchronous(machine, source)


def asynchronous(machine: Interpreter, source: Value) -> Value:
    """What ``async for`` goes through, as an iterable. Raises Raised, Undecided."""
    if machine.kept:
        machine.run_kept()
    held = machine.store.get(source.number) if isinstance(source, Ref) else None
    if isinstance(source, Unknown) or isinstance(held, IteratorObject):
        return source
    method = machine.class_attribute(machine.mro(held.cls), "__aiter__") if isinstance(held, Instance) else MISSING
    if not isinstance(method, Function):
        raise Undecided("what is iterated over is not known")
    made = machine.call(method, (source,))
    held = machine.store.get(made.number) if isinstance(made, Ref) else None
    return machine.new(IteratorObject((), _ByNext(made))) if isinstance(made, Ref) and isinstance(held, Instance) else made


class _ByNext(Stream):
    """The items that ``__anext__`` of an object gives."""

    def __init__(self, ref: Ref) -> None:
        self.ref = ref

    def pull(self, machine: Machine, taken: int, sent: Value, whole: bool) -> Sequence[Value]:
        """The next item."""
        try:
            return (machine.awaited(machine.call(machine.attribute(self.ref, "__anext__"))),)
        except Raised as raised:
            if raised.kind != "StopAsyncIteration":
                raise
            return ()
