"""Undecided conditions around running code: whether they may be there to keep the very failure from happening."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.dim import SymbolicDim
from dimlint.core.value import Tensor, Unknown, tensors_in
from dimlint.interpreter.frame import Guard, Scope
from dimlint.interpreter.record import NOT_GIVEN
from dimlint.nodes import children

if TYPE_CHECKING:
    from dimlint.interpreter.state import State

SIZE_WORDS = frozenset(
    ["shape", "size", "ndim", "dim", "rank", "numel", "height", "width", "h", "w", "kernel_size", "stride", "min", "max"],
)
"""Names in a condition that may ask for the size of something."""

KIND_WORDS = frozenset(["isinstance", "issubclass", "type", "callable"])
"""Functions that ask what kind of thing something is; ``is None`` and patterns of classes ask so, too."""
OTHER_WORDS = frozenset(["is_cuda", "device", "dtype", "requires_grad"])
"""Attributes of tensors that have nothing to do with sizes."""


def guard_of(machine: State, test: Any, scope: Scope, also: Sequence[Any] = ()) -> Guard:
    """The condition, with whether it may keep a failure away.

    It may if it asks for sizes, for the kind of a thing, or for what a caller gives, who knows what goes together: ``run(x, Discrete(3))``
    may be right though what stands behind ``if space.n > 2`` is wrong for ``x``.
    """
    names = [name for node in (test, *also) if node is not None for name in names_in(node)]
    given = _given(machine)
    known = not KIND_WORDS.isdisjoint(names) or any(_reason(machine.find_name(name, scope)) in given for name in names)
    return Guard(test, known or asks_for_sizes(machine, names, scope), about_version=_asks_version(machine, test))


def asks_for_sizes(machine: State, names: Iterable[str], scope: Scope) -> bool:
    """Whether a condition asks for sizes: by what it names, or by the tensors that its names hold."""
    return any(name in SIZE_WORDS or _holds_sizes(machine.find_name(name, scope)) for name in names)


def _given(machine: State) -> set[str]:
    """Why arguments that callers give are not known; the same is told of what is made of them."""
    found = {_reason(machine.store.get((scope.number, name))) for scope in machine.scopes for name in scope.given}
    return {reason for reason in found if reason is not None}


def _reason(value: Any) -> str | None:
    """Why a value is not known. Of a function that nobody calls each argument may be anything."""
    return value.reason if isinstance(value, Unknown) and not value.reason.endswith(NOT_GIVEN) else None


def _asks_version(machine: State, test: Any) -> bool:
    """Whether the version of a framework decides a part of the condition, which has just been evaluated."""
    pending = [test] if machine.versioned else []
    while pending:
        node = pending.pop()
        if id(node) in machine.versioned:
            return True
        pending += children(node)
    return False


def _holds_sizes(value: Any) -> bool:
    return isinstance(value, (Tensor, SymbolicDim)) or any(True for _ in tensors_in(value))


def names_in(test: Any) -> Iterator[str]:
    """The names in a condition, but those of which only something is asked that has nothing to do with sizes."""
    pending = [test]
    while pending:
        node = pending.pop()
        if type(node) is cst.Name:
            yield "isinstance" if node.value == "None" else node.value
        elif type(node) is cst.MatchClass:
            yield "isinstance"
        if not (type(node) is cst.Attribute and node.attr.value in OTHER_WORDS):
            pending += children(node)


def conditions(machine: State) -> list[Guard]:
    """All undecided conditions that the running code depends on: those around it, and those behind which it was not left."""
    return [*machine.guards, *(guard for scope in machine.scopes for guard in scope.conditions)]


def text_of(test: Any) -> str:
    """Source text of a condition, on one short ASCII line."""
    text = " ".join(cst.Module([]).code_for_node(test).split()).encode("ascii", "backslashreplace").decode()
    return text if len(text) <= 60 else text[:57] + "..."
