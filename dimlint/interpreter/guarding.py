"""Undecided conditions around running code: whether they may be there to keep the very failure from happening."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.dim import SymbolicDim
from dimlint.core.results import Compared
from dimlint.core.value import DictObject, Instance, ListObject, Ref, Tensor, Unknown, tensors_in
from dimlint.interpreter.frame import Guard, Scope
from dimlint.interpreter.record import NOT_GIVEN
from dimlint.nodes import children, every

if TYPE_CHECKING:
    from dimlint.interpreter.state import State

SIZE_WORDS = frozenset(
    ["shape", "size", "ndim", "dim", "rank", "numel", "height", "width", "h", "w", "kernel_size", "stride", "min", "max"],
)
"""Names in a condition that may ask for the size of something."""

KIND_WORDS = frozenset(["isinstance", "issubclass", "type", "callable", "None"])
"""What asks for the kind of a thing."""
MAX_DEPTH = 2
"""How deep what callers give is looked into."""
MAX_HELD = 64
"""Items of one collection, and attributes of one object, that are looked at."""
OTHER_WORDS = frozenset(["is_cuda", "device", "dtype", "requires_grad"])
"""Attributes of tensors that have nothing to do with sizes."""


def guard_of(machine: State, test: Any, scope: Scope, also: Sequence[Any] = ()) -> Guard:
    """The condition, with whether it may keep a failure away.

    It may if it asks for sizes, for the kind of a thing, or for what a caller gives, who knows what goes together: ``run(x, Discrete(3))``
    may be right though what stands behind ``if space.n > 2`` is wrong for ``x``.
    """
    asked = [node for node in (test, *also) if node is not None]
    protects = any(_asks_kind(node) or _asks_for_sizes(machine, node, scope) for node in asked) or _asks_caller(machine, asked, scope)
    return Guard(test, protects, about_version=_asks_version(machine, test))


def _asks_for_sizes(machine: State, test: Any, scope: Scope) -> bool:
    """Whether a condition asks for sizes: by what it names, or by the tensors and comparisons of sizes that its names hold."""
    return any(name in SIZE_WORDS or _holds_sizes(machine.find_name(name, scope)) for name in _names(test))


def _asks_kind(test: Any) -> bool:
    """Whether a condition asks what kind of thing something is: ``isinstance(x, Box)``, ``x is None``, ``case Box():``."""
    return any(type(node) is cst.MatchClass or (type(node) is cst.Name and node.value in KIND_WORDS) for node in every(test))


def _asks_caller(machine: State, tests: Sequence[Any], scope: Scope) -> bool:
    """Whether something is unknown in a condition that callers have given, or that is unknown for the same reason."""
    asked = {reason for test in tests for reason in _reasons(_chains(machine, test, scope), machine)}
    given = [machine.store.get((known.number, name)) for known in scope.named("") for name in known.given] if asked else []
    return not asked.isdisjoint(_reasons(given, machine))


def _reasons(values: Iterable[Any], machine: State, depth: int = MAX_DEPTH) -> Iterator[str]:
    """Why values, or what they hold, are not known. Of a function that nobody calls each argument may be anything."""
    for value in values:
        held = machine.store.get(value.number) if isinstance(value, Ref) else value
        if isinstance(held, Unknown):
            yield from () if held.reason.endswith(NOT_GIVEN) else (held.reason,)
        elif depth:
            yield from _reasons(_held_by(held), machine, depth - 1)


def _held_by(held: Any) -> Iterable[Any]:
    """The items of a collection, and the attributes of an object."""
    if isinstance(held, (tuple, ListObject)):
        return (held if isinstance(held, tuple) else held.items)[:MAX_HELD]
    found = held.items if isinstance(held, DictObject) else held.attributes if isinstance(held, Instance) else {}
    return islice(found.values(), MAX_HELD)


def _chains(machine: State, test: Any, scope: Scope) -> Iterator[Any]:
    """The values of the names in a condition; of ``config.space.kind`` that of the attribute, as far as objects hold it plainly."""
    pending = [test]
    while pending:
        node = pending.pop()
        parts: list[str] = []
        while type(node) is cst.Attribute:
            parts.append(node.attr.value)
            node = node.value
        if type(node) is not cst.Name:
            pending += children(node)
            continue
        value: Any = machine.find_name(node.value, scope)
        for part in reversed(parts):
            held = machine.store.get(value.number) if isinstance(value, Ref) else None
            value = held.attributes.get(part, value) if isinstance(held, Instance) else value
        yield value


def _asks_version(machine: State, test: Any) -> bool:
    """Whether the version of a framework decides a part of the condition, which has just been evaluated."""
    return bool(machine.versioned) and any(id(node) in machine.versioned for node in every(test))


def _holds_sizes(value: Any) -> bool:
    return isinstance(value, (Tensor, SymbolicDim, Compared)) or any(True for _ in tensors_in(value))


def _names(test: Any) -> Iterator[str]:
    """The names in a condition, but those of which only something is asked that has nothing to do with sizes."""
    pending = [test]
    while pending:
        node = pending.pop()
        if type(node) is cst.Name:
            yield node.value
        if not (type(node) is cst.Attribute and node.attr.value in OTHER_WORDS):
            pending += children(node)


def conditions(machine: State) -> list[Guard]:
    """All undecided conditions that the running code depends on: those around it, and those behind which it was not left."""
    return [*machine.guards, *(guard for scope in machine.scopes for guard in scope.conditions)]


def text_of(test: Any) -> str:
    """Source text of a condition, on one short ASCII line."""
    text = " ".join(cst.Module([]).code_for_node(test).split()).encode("ascii", "backslashreplace").decode()
    return text if len(text) <= 60 else text[:57] + "..."
