"""Lists that are empty as far as is known: what fills them may not have been followed, so nothing is wrong for that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import ListObject, Ref, Tensor, Value

if TYPE_CHECKING:
    from dimlint.interpreter.recovery import Recovery


def on_lists(machine: Recovery, values: Sequence[Value], run: Callable[[], Value]) -> Value:
    """What a call gives; undecided where a list that may have been filled unseen makes it wrong, or leaves it no elements.

    Raises Problem, Undecided.
    """
    if not _seems_empty(machine, values):
        return run()
    with suppress(Problem):
        result = run()
        if not (isinstance(result, Tensor) and any(size == 0 for size in result.shape)):
            return result
    raise Undecided("whether a list is still empty here is not known for certain")


def _seems_empty(machine: Recovery, values: Sequence[Value]) -> bool:
    """Whether a list or tuple among the arguments of a call holds nothing, and does not stand there as ``[]`` or ``()``."""
    empty = sum(_holds_nothing(machine, value) for value in values)
    if not empty:
        return False
    site = machine.nearest_site()
    arguments: Any = site.node.args if site is not None and isinstance(site.node, cst.Call) else ()
    return empty > sum(isinstance(arg.value, (cst.List, cst.Tuple)) and not arg.value.elements for arg in arguments)


def _holds_nothing(machine: Recovery, value: Value) -> bool:
    held = machine.store.get(value.number) if isinstance(value, Ref) else None
    return (isinstance(held, ListObject) and not held.items) or (type(value) is tuple and not value)
