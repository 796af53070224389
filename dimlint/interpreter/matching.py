"""The ``match`` statement: patterns are decided where their subject is known, else taken both ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.problem import Undecided
from dimlint.core.value import DictObject, Instance, LibraryClass, ListObject, Raised, Ref, Tensor, Unknown, Value
from dimlint.interpreter.frame import Control, Scope
from dimlint.nodes import every

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter

BY_VALUE = frozenset(["bool", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"])
"""Builtin classes whose pattern takes one positional part: the object itself."""


def match_(machine: Interpreter, node: cst.Match, scope: Scope) -> Control | None:
    return _cases(machine, node, machine.evaluate(node.subject, scope), list(node.cases), scope)


def _cases(machine: Interpreter, node: cst.Match, subject: Value, cases: list[cst.MatchCase], scope: Scope) -> Control | None:
    for index, case in enumerate(cases):
        machine.burn()
        try:
            chosen = matches(machine, subject, case.pattern, scope) and (
                case.guard is None or machine.truth(machine.evaluate(case.guard, scope))
            )
        except Undecided:
            _capture_unknown(machine, case.pattern, scope)
            return _both(machine, node, subject, cases[index:], scope)
        if chosen:
            return machine.run_suite(case.body, scope)
    return None


def _both(machine: Interpreter, node: cst.Match, subject: Value, cases: list[cst.MatchCase], scope: Scope) -> Control | None:
    case, *rest = cases
    with machine.guarded(node.subject, scope, also=(case.pattern, case.guard)):
        return machine.fork([lambda: machine.run_suite(case.body, scope), lambda: _cases(machine, node, subject, rest, scope)], scope)


def matches(machine: Interpreter, subject: Value, pattern: Any, scope: Scope) -> bool:
    """Whether the pattern fits, with its names bound. Raises Undecided."""
    return PATTERNS[type(pattern)](machine, subject, pattern, scope)


def _as(machine: Interpreter, subject: Value, pattern: cst.MatchAs, scope: Scope) -> bool:
    fits = pattern.pattern is None or matches(machine, subject, pattern.pattern, scope)
    if fits and pattern.name is not None:
        machine.set_name(pattern.name.value, subject, scope)
    return fits


def _value(machine: Interpreter, subject: Value, pattern: cst.MatchValue, scope: Scope) -> bool:
    return machine.truth(machine.compare("==", subject, machine.evaluate(pattern.value, scope)))


def _singleton(machine: Interpreter, subject: Value, pattern: cst.MatchSingleton, scope: Scope) -> bool:
    return machine.truth(machine.compare("is", subject, machine.evaluate(pattern.value, scope)))


def _or(machine: Interpreter, subject: Value, pattern: cst.MatchOr, scope: Scope) -> bool:
    return any(matches(machine, subject, element.pattern, scope) for element in pattern.patterns)


def _sequence(machine: Interpreter, subject: Value, pattern: cst.MatchList | cst.MatchTuple, scope: Scope) -> bool:
    if isinstance(subject, Unknown):
        raise Undecided(subject.reason)
    held = machine.contents(subject) if isinstance(subject, Ref) else None
    if isinstance(subject, Tensor) or isinstance(held, Instance):
        raise Undecided("whether an object is a sequence is not known")
    if not isinstance(subject, (tuple, range)) and not isinstance(held, ListObject):
        return False
    items = machine.elements(subject)
    star = next((index for index, part in enumerate(pattern.patterns) if isinstance(part, cst.MatchStar)), None)
    if star is None:
        return len(items) == len(pattern.patterns) and _each(machine, items, pattern.patterns, scope)
    behind = len(pattern.patterns) - star - 1
    if len(items) < star + behind:
        return False
    middle, last = items[star : len(items) - behind], items[len(items) - behind :]
    if not _each(machine, items[:star], pattern.patterns[:star], scope) or not _each(machine, last, pattern.patterns[star + 1 :], scope):
        return False
    starred = pattern.patterns[star]
    if isinstance(starred, cst.MatchStar) and starred.name is not None:
        machine.set_name(starred.name.value, machine.new(ListObject(tuple(middle))), scope)
    return True


def _each(machine: Interpreter, items: Sequence[Value], elements: Sequence[Any], scope: Scope) -> bool:
    return all(matches(machine, item, element.value, scope) for item, element in zip(items, elements))


def _mapping(machine: Interpreter, subject: Value, pattern: cst.MatchMapping, scope: Scope) -> bool:
    if isinstance(subject, Unknown):
        raise Undecided(subject.reason)
    held = machine.contents(subject) if isinstance(subject, Ref) else None
    if isinstance(held, Instance):
        raise Undecided("whether an object is a mapping is not known")
    if not isinstance(held, DictObject):
        return False
    rest = dict(held.items)
    for element in pattern.elements:
        key = machine.hashable(machine.evaluate(element.key, scope))
        if key not in rest or not matches(machine, rest.pop(key), element.pattern, scope):
            return False
    if pattern.rest is not None:
        machine.set_name(pattern.rest.value, machine.new(DictObject(rest)), scope)
    return True


def _class(machine: Interpreter, subject: Value, pattern: cst.MatchClass, scope: Scope) -> bool:
    cls = machine.evaluate(pattern.cls, scope)
    if not machine.truth(machine.call(machine.builtins["isinstance"], (subject, cls))):
        return False
    if pattern.patterns and isinstance(cls, LibraryClass) and cls.library == "builtins" and cls.name in BY_VALUE:
        return matches(machine, subject, pattern.patterns[0].value, scope)
    names: tuple[Value, ...] = machine.attribute(cls, "__match_args__") if pattern.patterns else ()
    if len(names) < len(pattern.patterns):
        raise Raised("TypeError", "more positional patterns than __match_args__")
    parts = [(name, element.value) for name, element in zip(names, pattern.patterns)]
    parts += [(element.key.value, element.pattern) for element in pattern.kwds]
    return all(_attribute(machine, subject, name, part, scope) for name, part in parts)


def _attribute(machine: Interpreter, subject: Value, name: str, pattern: Any, scope: Scope) -> bool:
    try:
        found = machine.attribute(subject, name)
    except Raised as raised:
        if raised.kind == "AttributeError":
            return False
        raise
    return matches(machine, found, pattern, scope)


PATTERNS: dict[type, Callable[[Any, Value, Any, Scope], bool]] = {
    cst.MatchAs: _as,
    cst.MatchValue: _value,
    cst.MatchSingleton: _singleton,
    cst.MatchOr: _or,
    cst.MatchList: _sequence,
    cst.MatchTuple: _sequence,
    cst.MatchMapping: _mapping,
    cst.MatchClass: _class,
}


def _capture_unknown(machine: Interpreter, pattern: cst.MatchPattern, scope: Scope) -> None:
    """Names that an undecided pattern may bind are unknown afterwards."""
    for node in every(pattern):
        name = getattr(node, "name", None)
        name = node.rest if isinstance(node, cst.MatchMapping) else name
        if isinstance(node, (cst.MatchAs, cst.MatchStar, cst.MatchMapping)) and isinstance(name, cst.Name):
            machine.set_name(name.value, Unknown("a pattern that is not followed"), scope)
