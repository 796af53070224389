"""The abnormal outcomes of asking for a shape: proven wrong, not known, or out of fuel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, TypeVar

from dimlint.core.dataclass import dataclass

_NOUNS = {
    **{f"{noun}s": noun for noun in ("argument", "channel", "column", "coordinate", "count", "dimension", "element", "feature", "filter")},
    **{f"{noun}s": noun for noun in ("group", "head", "input", "integer", "item", "length", "level", "number", "output", "pair", "part")},
    **{f"{noun}s": noun for noun in ("place", "position", "row", "sample", "sequence", "size", "stride", "subscript", "tensor", "token")},
    **{f"{noun}s": noun for noun in ("unit", "value", "weight")},
    "axes": "axis",
    "batches": "batch",
    "classes": "class",
    "indices": "index",
}
"""What messages count, and one of it."""


@cache
def _one() -> re.Pattern[str]:
    """What counts one of something; compiled for the first message."""
    return re.compile(rf"(?<![^\s(])(?<!\bor )(?<!\bto )(?<!\baxis )(?<!\bdimension )1 ({'|'.join(_NOUNS)})\b( are\b)?")


def in_number(text: str) -> str:
    """The text with ``1 channel`` where it counts ``1 channels``: what a message counts is known only when it is worded."""
    if "1 " not in text:
        return text
    return _one().sub(lambda found: f"1 {_NOUNS[found[1]]}{' is' if found[2] else ''}", text)


Same = TypeVar("Same", bound=Exception)


def bare(error: Same) -> Same:
    """The same exception without the frames that it came through: they and what keeps it would keep each other, and all that they saw."""
    made = type(error).__new__(type(error), *error.args)
    made.__dict__.update(error.__dict__)
    return made


class Problem(Exception):
    """The framework itself would refuse this call; raised anywhere, reported in one place.

    rule: symbol of a rule in ``core.rules``.
    blame: name of the argument a person would change, if one is to blame.
    expected: the value that argument should have, if exactly one is right.
    shown: position and name of the call's own argument that is shown in place of the whole call.
    related: places that explain it, each with a text. about: the tensor whose chain of shapes is shown.
    """

    def __init__(
        self,
        rule: str,
        message: str,
        *,
        blame: str | None = None,
        expected: object = None,
        shown: Any = None,
        related: Any = (),
        about: Any = None,
    ) -> None:
        message = in_number(message)
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.blame = blame
        self.expected = expected
        self.shown = shown
        self.related = related
        self.about = about


class Undecided(Exception):
    """The answer depends on something that is not known; ``reason`` says on what."""

    def __init__(self, reason: str) -> None:
        reason = in_number(reason)
        super().__init__(reason)
        self.reason = reason
        self.parts: object = None
        """What stands for the answer, where something is known of it."""


class Uncounted(Undecided):
    """An iteration is undecided only in its length; ``item`` is what each of its items is like."""

    def __init__(self, reason: str, item: object) -> None:
        super().__init__(reason)
        self.item = item


class OutOfFuel(Exception):
    """The program is too large, too deep or endless: the current entry point is given up."""

    def __init__(self, reason: str = "the program needs more steps than dimlint allows") -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Doubt:
    """A check that could neither pass nor fail.

    condition: the ``core.axis.Condition`` under which it passes, if there is one. problem: what the framework refuses otherwise.
    """

    reason: str
    condition: Any = None
    problem: Problem | None = None


_doubts: ContextVar[list[Doubt] | None] = ContextVar("dimlint_doubts", default=None)


def doubt(reason: str, condition: Any = None, problem: Problem | None = None) -> None:
    """Note that a check could neither pass nor fail: the model is not verified, unless an open size can meet the condition."""
    collected = _doubts.get()
    if collected is not None:
        collected.append(Doubt(in_number(reason), condition, problem))


@contextmanager
def doubts() -> Iterator[list[Doubt]]:
    """Collect what ``doubt`` notes inside the block."""
    collected: list[Doubt] = []
    token = _doubts.set(collected)
    try:
        yield collected
    finally:
        _doubts.reset(token)
