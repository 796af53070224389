"""Comprehensions and generator expressions."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.dataclass import replace
from dimlint.core.opening import OpenShape
from dimlint.core.problem import Undecided
from dimlint.core.value import DictObject, IteratorObject, ListObject, Raised, Ref, SetObject, SomeNumber, Tensor, Value
from dimlint.interpreter.awaiting import source_of
from dimlint.interpreter.frame import MISSING, Scope, serial
from dimlint.interpreter.selecting import one_of
from dimlint.interpreter.settling import any_of, unchanged
from dimlint.interpreter.yielding import Comprehension
from dimlint.nodes import every

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter

LONG = 128
"""Numbers of a range beyond which the items of a list need not be known one by one, if they are no integers."""
ENOUGH = 4
"""Items that are evaluated before one is to stand for the rest."""


def generator(machine: Interpreter, node: cst.GeneratorExp, scope: Scope) -> Value:
    source = source_of(machine, node.for_in, scope)
    if isinstance(source, Ref) and isinstance(machine.store.get(source.number), ListObject):
        source = machine.iterator(source)  # it sees what becomes of the list
    return machine.new(IteratorObject((), Comprehension(lambda: _comprehend(machine, node, scope, source))))


def list_comprehension(machine: Interpreter, node: cst.ListComp, scope: Scope) -> Value:
    source = source_of(machine, node.for_in, scope)
    items = _over_range(machine, node, scope, source) if _is_long(node, source) else _comprehend(machine, node, scope, source)
    return machine.new(ListObject(tuple(items)))


def set_comprehension(machine: Interpreter, node: cst.SetComp, scope: Scope) -> Value:
    return machine.new(SetObject(tuple(machine.distinct(_comprehend(machine, node, scope)))))


def _comprehend(machine: Interpreter, node: Any, scope: Scope, source: Value = MISSING) -> Generator[Value, None, None]:
    for inner in _combinations(machine, node, (node.elt,), scope, source):
        yield machine.evaluate(node.elt, inner)


def _is_long(node: cst.ListComp, source: Value) -> bool:
    """Whether a list has an item for each number of a range that is long."""
    return isinstance(source, range) and bool(source[LONG:]) and not node.for_in.ifs and node.for_in.inner_for_in is None


def _over_range(machine: Interpreter, node: cst.ListComp, scope: Scope, source: range) -> Iterator[Value]:
    """The items for a long range. Tables of sines hold numbers of which nothing is known: one such stands for all that are left."""
    since, first = serial(), list[Value]()
    for inner in _combinations(machine, node, (node.elt,), scope, source):
        first.append(machine.evaluate(node.elt, inner))
        yield first[-1]
        if len(first) == ENOUGH and all(_numbers_of(machine, value, since) for value in first):
            rest = source[ENOUGH:]
            numbers, is_list = _standing_for(machine, node, rest, inner)
            if numbers:
                for _ in rest:  # objects of their own
                    items = tuple(replace(number) if isinstance(number, Tensor) else number for number in numbers)
                    yield machine.new(ListObject(items)) if is_list else items[0]
                return


def _numbers_of(machine: Interpreter, value: Value, since: int) -> tuple[Value, ...]:
    """A number, or those in a new list of numbers; none if it is anything else, or if one may be a size."""
    held = machine.store.get(value.number) if isinstance(value, Ref) and value.number > since else None
    items = held.items if isinstance(held, ListObject) else (value,)
    return items if all(map(_is_number, items)) else ()


def _is_number(value: Value) -> bool:
    """Whether this is a number, but none that may be a size."""
    if type(value) is Tensor:
        return value.values is None and value.variable is None and not isinstance(value.shape, OpenShape) and not value.shape
    return isinstance(value, float) or (isinstance(value, SomeNumber) and value.size is None)


def _standing_for(machine: Interpreter, node: cst.ListComp, rest: range, scope: Scope) -> tuple[tuple[Value, ...], bool]:
    """The number that the item is for any of a range, or the numbers in it, and whether it is a list.

    No number if it is anything else, or if finding it does more than that.
    """
    opened = machine.store.open()
    machine.assign(node.for_in.target, any_of(rest), scope)
    since, journal = serial(), machine.store.open()
    value: Value = None
    with machine.muted(), machine.record.forgotten() as trial:
        with suppress(Raised):
            value = machine.evaluate(node.elt, scope)
        numbers = _numbers_of(machine, value, since) if trial.is_followed() and unchanged(machine, journal, since) else ()
        risky = trial.is_risky()
    machine.store.undo(opened)
    machine.store.close(opened)
    machine.record.risks += risky
    return numbers, isinstance(value, Ref)


def dict_comprehension(machine: Interpreter, node: cst.DictComp, scope: Scope) -> Value:
    items: dict[Value, Value] = {}
    for inner in _combinations(machine, node, (node.key, node.value), scope):
        key = machine.evaluate(node.key, inner)
        items[machine.hashable(key)] = machine.evaluate(node.value, inner)
    return machine.new(DictObject(items))


def _combinations(
    machine: Interpreter, node: cst.BaseComp, parts: tuple[cst.BaseExpression, ...], scope: Scope, source: Value = MISSING
) -> Iterator[Scope]:
    """The scope of a comprehension, once for each combination of items. The first iterable is evaluated outside of it."""
    since, clock = serial(), machine.store.clock
    inner = Scope(scope.unit, scope, "comprehension", owner=scope.owner, receiver=scope.receiver, path=None)
    given = source_of(machine, node.for_in, scope) if source is MISSING else source
    try:
        yield from _bindings(machine, node.for_in, given, inner)
    except Undecided as undecided:
        with machine.muted(), machine.undecided():  # what the parts do may have been done, any number of times
            for name in _names_of(node.for_in):
                machine.set_name(name, one_of(machine.store, (given,), undecided.reason), inner)
            items = tuple(machine.evaluate(part, inner) for part in parts)
        machine.forget_since(clock, since)
        machine.among(undecided, items)
        raise


def _bindings(machine: Interpreter, clause: cst.CompFor, source: Value, scope: Scope) -> Iterator[Scope]:
    """Run the ``for … if …`` clauses; the scope is yielded once for each combination that passes."""
    for item in machine.one_by_one(source):
        machine.burn()
        machine.assign(clause.target, item, scope)
        if all(machine.truth(machine.evaluate(condition.test, scope)) for condition in clause.ifs):
            if clause.inner_for_in is None:
                yield scope
            else:
                yield from _bindings(machine, clause.inner_for_in, source_of(machine, clause.inner_for_in, scope), scope)


def _names_of(clause: cst.CompFor) -> Iterator[str]:
    """The names that the clauses of a comprehension bind."""
    yield from (node.value for node in every(clause.target) if isinstance(node, cst.Name))
    if clause.inner_for_in is not None:
        yield from _names_of(clause.inner_for_in)
