"""Sizes that the caller may choose: what the layers of a path have asked of them so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dimlint.core.axis import Condition
from dimlint.core.dim import Dim, SymbolicDim, equal
from dimlint.core.problem import Doubt, Problem, Undecided
from dimlint.core.results import Compared, Fact, UndecidedComparison
from dimlint.core.solving import condition, excluded, satisfiable
from dimlint.core.value import Unknown, Value
from dimlint.core.versions import VERSIONED
from dimlint.interpreter.aligning import concerning, joining
from dimlint.interpreter.frame import Delta
from dimlint.interpreter.joining import Assumed, join_values
from dimlint.interpreter.state import State

ASSUMED = (0, "assumed sizes")
"""The cell that holds what is assumed on the running path."""
MAX_CONDITIONS = 400
BRANCH = "a condition of the program"
"""Reason of what is assumed because the program asks for it."""
Sides = list["Condition | bool"]
Join = Callable[[Value, Value], Value]


class Assuming(State):
    """Settles doubts about open sizes."""

    broadcasts = 0
    """How often two sizes were taken to fit of which one may be 1 instead: what is assumed tells nothing of them."""

    def assumed(self) -> tuple[Condition, ...]:
        """What is assumed of open sizes on this path."""
        held = self.store.get(ASSUMED)
        return held.conditions if isinstance(held, Assumed) else ()

    def joiner(self, paths: Sequence[Delta]) -> Join:
        """How the values that paths leave behind are joined: of two, by what is assumed on each."""
        if self.guards and self.guards[-1].about_version:
            return by_version
        if len(paths) != 2:
            return join_values
        held = [path.get(ASSUMED, self.store.get(ASSUMED)) for path in paths]
        first, second = (item.conditions if isinstance(item, Assumed) else () for item in held)
        return joining(first, second)

    def settled(self, doubt: Doubt) -> bool:
        """Whether open sizes can meet the condition of a doubt: then they are assumed to. Raises Problem if no size meets it."""
        asked = doubt.condition
        if asked is None or not asked.size.is_chosen:
            return False
        known = self.assumed()
        if any(asked.size == other.size and asked.positive == other.positive for other in known):
            return True
        if len(known) >= MAX_CONDITIONS:
            return False
        related = concerning(asked, known)
        self.burn(len(related))
        verdict = satisfiable(related)
        if asked.unless and self._may_be_broadcast(asked, known):
            self.broadcasts += 1
            return verdict is True
        if verdict is False and doubt.problem is not None:
            raise _refused(doubt.problem, asked, known)
        if verdict is True:
            self.store.set(ASSUMED, Assumed((*known, asked)))
        return verdict is True

    def compared(self, op: str, a: Dim, b: Dim, undecided: Undecided) -> bool:
        """A comparison of sizes, by what is assumed of them on this path. Raises Undecided, with what it tells on either side."""
        known = self.assumed()
        answers = [[self._possible(item, known) for item in side] for side in sides(op, a, b)]
        for holds, choice in zip((False, True), answers):
            if not any(choice):
                return holds
        told = [tuple(item for item in side if isinstance(item, Condition)) for side in sides(op, a, b)]
        single = [side if len(side) == 1 else () for side in told]
        raise UndecidedComparison(undecided.reason, single[0], single[1])

    def all_compared(self, op: str, a: Sequence[Dim], b: Sequence[Dim], undecided: Undecided) -> bool:
        """A comparison of equally many sizes, all of them at once. Raises Undecided, with what it tells on either side."""
        told: list[Compared] = []
        for x, y in zip(a, b):
            same = equal(x, y)
            try:
                if not (self.compared("==", x, y, undecided) if same is None else same):
                    return op == "!="
            except UndecidedComparison as found:
                told.append(found.value)
        if not told:
            return op == "=="
        alike = tuple(item for found in told for item in found.when_true)
        other = told[0].when_false if len(told) == 1 else ()
        raise UndecidedComparison(undecided.reason, *((alike, other) if op == "==" else (other, alike)))

    def _possible(self, item: Condition | bool, known: tuple[Condition, ...]) -> bool:
        """Whether it may hold, as far as that is known."""
        if isinstance(item, bool):
            return item
        related = concerning(item, known)
        self.burn(len(related))
        return len(related) < 2 or not excluded(related)

    def assume_side(self, test: Value, holds: bool) -> None:
        """A path is taken on which an undecided test holds, or does not."""
        if not isinstance(test, Compared):
            return
        known, told = self.assumed(), test.when_true if holds else test.when_false
        for fact in told:
            if isinstance(fact, Fact):
                fact.attribute.note(self, fact.value)  # type: ignore[arg-type]
        new = tuple(item for item in told if isinstance(item, Condition) and item not in known)
        if new and len(known) + len(new) <= MAX_CONDITIONS:
            self.store.set(ASSUMED, Assumed((*known, *new)))

    def _may_be_broadcast(self, condition: Condition, known: tuple[Condition, ...]) -> bool:
        """Whether one of two sizes may be 1 instead of the other's."""
        ones = (Condition(size, False) for size in condition.unless)
        return not all(excluded(concerning(one, known)) for one in ones)


def by_version(a: Value, b: Value) -> Value:
    """Two values, one for each side of a condition on a framework's version: what of plain data is not alike tells the version."""
    joined = join_values(a, b)
    plain = all(value is None or isinstance(value, (bool, int, float, str)) for value in (a, b))
    return Unknown(VERSIONED) if plain and isinstance(joined, Unknown) else joined


def _refused(problem: Problem, condition: Condition, known: tuple[Condition, ...]) -> Problem:
    """The problem with what excludes every size: the condition alone, or an earlier one."""
    earlier = next((other for other in known if excluded([other, condition])), None)
    alone = excluded([condition])
    why = "No size works"
    if earlier is not None and not alone:
        why = f"No size works both here and earlier, where it reads: {earlier.reason}"
    names = ", ".join(sorted({symbol.name for symbol in condition.size.symbols}))
    message = f"{problem.message}. {why} ({names} may be any size)"
    expected = None if isinstance(problem.expected, SymbolicDim) else problem.expected
    return Problem(problem.rule, message, blame=problem.blame, expected=expected)


def sides(op: str, a: Dim, b: Dim) -> tuple[Sides, Sides]:
    """What holds of two sizes if ``a op b`` does, and if it does not: each a choice of conditions, of which one holds."""
    if op in (">", ">="):
        return sides("<" if op == ">" else "<=", b, a)
    if op == "!=":
        return sides("==", a, b)[::-1]
    if op == "==":
        return _choice((a - b, False)), _choice((a - b, True), (b - a, True))
    bound = b - a if op == "<" else b - a + 1
    return _choice((bound, True)), _choice((1 - bound, True))


def _choice(*sizes: tuple[Dim, bool]) -> Sides:
    return [condition(size, positive=positive, reason=BRANCH) for size, positive in sizes]
