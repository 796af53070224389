"""Sizes that the caller may choose: what the layers of a path have asked of them so far."""

from __future__ import annotations

from dimlint.core.axis import Condition
from dimlint.core.dim import SymbolicDim
from dimlint.core.problem import Doubt, Problem
from dimlint.core.solving import parts, satisfiable
from dimlint.interpreter.joining import Assumed
from dimlint.interpreter.state import State

ASSUMED = (0, "assumed sizes")
"""The cell that holds what is assumed on the running path."""
MAX_CONDITIONS = 400


class Assuming(State):
    """Settles doubts about open sizes."""

    def assumed(self) -> tuple[Condition, ...]:
        """What is assumed of open sizes on this path."""
        held = self.store.get(ASSUMED)
        return held.conditions if isinstance(held, Assumed) else ()

    def settled(self, doubt: Doubt) -> bool:
        """Whether open sizes can meet the condition of a doubt: then they are assumed to. Raises Problem if no size meets it."""
        condition = doubt.condition
        if condition is None or not condition.size.is_open:
            return False
        known = self.assumed()
        if any(condition.size == other.size and condition.positive == other.positive for other in known):
            return True
        if len(known) >= MAX_CONDITIONS:
            return False
        verdict = satisfiable(_concerning(condition, known))
        if condition.unless and self._may_be_broadcast(condition, known):
            return verdict is True
        if verdict is False and doubt.problem is not None:
            raise _refused(doubt.problem, condition, known)
        if verdict is True:
            self.store.set(ASSUMED, Assumed((*known, condition)))
        return verdict is True

    def _may_be_broadcast(self, condition: Condition, known: tuple[Condition, ...]) -> bool:
        """Whether one of two sizes may be 1 instead of the other's."""
        ones = (Condition(size, False) for size in condition.unless)
        return any(satisfiable(_concerning(one, known)) is not False for one in ones)


def _concerning(condition: Condition, known: tuple[Condition, ...]) -> list[Condition]:
    """The condition with those that share symbols with it, directly or through others."""
    return next(part for part in parts([*known, condition]) if any(member is condition for member in part))


def _refused(problem: Problem, condition: Condition, known: tuple[Condition, ...]) -> Problem:
    """The problem with what excludes every size: the condition alone, or an earlier one."""
    earlier = next((other for other in known if satisfiable([other, condition]) is False), None)
    alone = satisfiable([condition]) is False
    why = "No size works"
    if earlier is not None and not alone:
        why = f"No size works both here and earlier, where it reads: {earlier.reason}"
    names = ", ".join(sorted({symbol.name for symbol in condition.size.symbols}))
    message = f"{problem.message}. {why} ({names} may be any size)"
    expected = None if isinstance(problem.expected, SymbolicDim) else problem.expected
    return Problem(problem.rule, message, blame=problem.blame, expected=expected)
