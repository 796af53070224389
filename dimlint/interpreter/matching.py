"""The ``match`` statement: literal patterns are decided, everything else is taken both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from dimlint.core.problem import Undecided
from dimlint.core.value import DictObject, IteratorObject, Ref, SetObject, Unknown, Value
from dimlint.interpreter.frame import Control, Scope

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter


def match_(machine: Interpreter, node: cst.Match, scope: Scope) -> Control | None:
    return _cases(machine, machine.evaluate(node.subject, scope), list(node.cases), scope)


def _cases(machine: Interpreter, subject: Value, cases: list[cst.MatchCase], scope: Scope) -> Control | None:
    for index, case in enumerate(cases):
        machine.burn()
        try:
            chosen = matches(machine, subject, case.pattern, scope) and (
                case.guard is None or machine.truth(machine.evaluate(case.guard, scope))
            )
        except Undecided:
            _capture_unknown(machine, case.pattern, scope)
            return _both(machine, subject, case, cases[index + 1 :], scope)
        if chosen:
            return machine.run_suite(case.body, scope)
    return None


def _both(machine: Interpreter, subject: Value, case: cst.MatchCase, rest: list[cst.MatchCase], scope: Scope) -> Control | None:
    with machine.guarded(case.pattern, scope):
        return machine.fork([lambda: machine.run_suite(case.body, scope), lambda: _cases(machine, subject, rest, scope)], scope)


def matches(machine: Interpreter, subject: Value, pattern: cst.MatchPattern, scope: Scope) -> bool:
    """Whether the pattern fits, with its names bound. Raises Undecided."""
    if isinstance(pattern, cst.MatchAs):
        fits = pattern.pattern is None or matches(machine, subject, pattern.pattern, scope)
        if fits and pattern.name is not None:
            machine.set_name(pattern.name.value, subject, scope)
        return fits
    if isinstance(pattern, cst.MatchValue):
        return machine.truth(machine.compare("==", subject, machine.evaluate(pattern.value, scope), None))
    if isinstance(pattern, cst.MatchSingleton):
        return machine.truth(machine.compare("is", subject, machine.evaluate(pattern.value, scope), None))
    if isinstance(pattern, cst.MatchOr):
        return any(matches(machine, subject, element.pattern, scope) for element in pattern.patterns)
    if isinstance(pattern, (cst.MatchList, cst.MatchTuple)):
        return _sequence(machine, subject, pattern, scope)
    raise Undecided(f"the pattern {type(pattern).__name__} is not followed")


def _sequence(machine: Interpreter, subject: Value, pattern: cst.MatchList | cst.MatchTuple, scope: Scope) -> bool:
    held = machine.contents(subject) if isinstance(subject, Ref) else None
    if isinstance(subject, (str, bytes, int, float, type(None))) or isinstance(held, (DictObject, SetObject, IteratorObject)):
        return False
    items = machine.elements(subject)
    if any(isinstance(element, cst.MatchStar) for element in pattern.patterns):
        raise Undecided("a starred pattern is not followed")
    return len(items) == len(pattern.patterns) and all(
        matches(machine, item, element.value, scope)
        for item, element in zip(items, pattern.patterns)
        if isinstance(element, cst.MatchSequenceElement)
    )


def _capture_unknown(machine: Interpreter, pattern: cst.MatchPattern, scope: Scope) -> None:
    """Names that an undecided pattern may bind are unknown afterwards."""
    pending: list[cst.CSTNode] = [pattern]
    while pending:
        node = pending.pop()
        name = getattr(node, "name", None)
        name = node.rest if isinstance(node, cst.MatchMapping) else name
        if isinstance(node, (cst.MatchAs, cst.MatchStar, cst.MatchMapping)) and isinstance(name, cst.Name):
            machine.set_name(name.value, Unknown("a pattern that is not followed"), scope)
        pending += node.children
