"""Undecided conditions around running code: whether they may be there to keep the very failure from happening."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.dim import SymbolicDim
from dimlint.core.value import Tensor, tensors_in
from dimlint.interpreter.frame import Guard, Scope
from dimlint.nodes import children

if TYPE_CHECKING:
    from dimlint.interpreter.state import State

SIZE_WORDS = frozenset(
    ["shape", "size", "ndim", "dim", "rank", "numel", "height", "width", "h", "w", "kernel_size", "stride", "min", "max"],
)
"""Names in a condition that may ask for the size of something."""

OTHER_WORDS = frozenset(["is_cuda", "device", "dtype", "requires_grad"])
"""Attributes of tensors that have nothing to do with sizes."""


def guard_of(machine: State, test: Any, scope: Scope) -> Guard:
    """The condition, with whether it asks for sizes: by what it names, or by the tensors that its names hold."""
    names = list(_names(test))
    about_sizes = any(name in SIZE_WORDS or _holds_sizes(machine.find_name(name, scope)) for name in names)
    return Guard(test, about_sizes, about_version=_asks_version(machine, test))


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


def _names(test: Any) -> Iterator[str]:
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
