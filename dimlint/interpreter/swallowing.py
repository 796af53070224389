"""Which context managers may end an exception of the block that they hold: a failure there need not be one of the program."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.opening import OpenArgument
from dimlint.core.value import Function, IteratorObject, LibraryClass, Native, Ref, Unknown, Value
from dimlint.interpreter.attempts import ELSEWHERE
from dimlint.interpreter.frame import Scope
from dimlint.nodes import children, inside

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter

EXPECTING = frozenset(
    ["raises", "suppress", "assertRaises", "assertRaisesRegex", "assertRaisesRegexp", "assert_raises", "assert_raises_regex"],
)
"""Names of context managers for code that is expected to fail."""
FAMILY = "python.contextlib"


def may_swallow(machine: Interpreter, manager: Value, written: Any = None, suite: Any = None) -> bool:
    """Whether a manager may end an exception that a framework raises. written: its expression. suite: the block that it holds."""
    if isinstance(manager, Unknown) and _name_of(manager) in EXPECTING:
        return True
    method = machine.quietly(lambda: machine.class_attribute(machine.mro(machine.class_of(manager)), "__exit__"))
    if isinstance(method, Function):
        return _tells_something(method.node)
    if isinstance(method, Native) and method.library == FAMILY and isinstance(manager, Ref):
        return _RULES.get(method.name, _never)(machine, manager, suite)
    return expects_failure(written)


def _name_of(lost: Unknown) -> str:
    """The last part of the name of what gave a value that is not followed: ``raises`` for ``pytest.raises(ValueError)``."""
    if isinstance(lost, OpenArgument):
        return lost.short_name.partition("(")[0]
    return lost.reason.partition(" ")[0].rpartition(".")[2]


def leaves_early(suite: cst.CSTNode) -> bool:
    """Whether a block holds a ``return``, or a ``break`` or ``continue`` that is not of a loop inside of it."""
    pending = [(suite, False)]
    while pending:
        node, looping = pending.pop()
        if isinstance(node, cst.Return) or (isinstance(node, (cst.Break, cst.Continue)) and not looping):
            return True
        if not isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.BaseExpression)):
            own = node.body if isinstance(node, (cst.For, cst.While)) else None
            pending += [(child, looping or child is own) for child in children(node)]
    return False


def expects_failure(node: Any) -> bool:
    """Whether an expression gives, by its name, a context manager for code that fails: ``pytest.raises(...)``."""
    name = node.func if isinstance(node, cst.Call) else node
    text = name.attr.value if isinstance(name, cst.Attribute) else name.value if isinstance(name, cst.Name) else ""
    return text in EXPECTING


def _tells_something(function: Any) -> bool:
    """Whether an ``__exit__`` may give anything that ends an exception."""
    if isinstance(function, cst.Lambda):
        return True
    return any(_may_be_true(node.value) for node in inside(function.body) if isinstance(node, cst.Return) and node.value is not None)


def _may_be_true(answer: cst.BaseExpression) -> bool:
    """Whether what an ``__exit__`` gives may end an exception. One that asks another manager is taken for one that does not."""
    if isinstance(answer, cst.Call) and isinstance(answer.func, cst.Attribute) and answer.func.attr.value == "__exit__":
        return isinstance(answer.func.value, cst.Call)  # super().__exit__
    if isinstance(answer, cst.Comparison) and len(answer.comparisons) == 1:
        told = answer.comparisons[0]
        return not (isinstance(told.operator, cst.Is) and isinstance(told.comparator, cst.Name) and told.comparator.value == "None")
    return not (isinstance(answer, cst.Name) and answer.value in ("None", "False"))


def _never(machine: Interpreter, manager: Ref, suite: Any) -> bool:
    return False


def _suppressing(machine: Interpreter, manager: Ref, suite: Any) -> bool:
    """Whether ``suppress`` names anything that a framework may raise."""
    named = machine.attributes_of(manager).get("exceptions")
    return not isinstance(named, tuple) or not all(isinstance(cls, LibraryClass) and cls.name in ELSEWHERE for cls in named)


def _generating(machine: Interpreter, manager: Ref, suite: Any) -> bool:
    """Whether the ``yield`` of a generator stands where an exception may be caught."""
    generator = machine.attributes_of(manager).get("gen")
    held = machine.store.get(generator.number) if isinstance(generator, Ref) else None
    body: Any = held.more if isinstance(held, IteratorObject) else None
    function = getattr(body, "function", None)
    if not isinstance(function, Function):
        return True
    around = [node for node in inside(function.node.body) if isinstance(node, (cst.Try, cst.TryStar, cst.With))]
    return any(_ends_failures(machine, node, body.scope) for node in around if machine.holds_yield(node.body))


def _ends_failures(machine: Interpreter, node: cst.Try | cst.TryStar | cst.With, scope: Scope) -> bool:
    """Whether a ``try`` or ``with`` ends exceptions of its block, as far as it is written."""
    if isinstance(node, cst.With):
        return any(expects_failure(item.item) for item in node.items)
    caught = any(machine.goes_on(handler, scope) for handler in node.handlers)
    return caught or (node.finalbody is not None and leaves_early(node.finalbody.body))


def _stacking(machine: Interpreter, manager: Ref, suite: Any) -> bool:
    """Whether the block hands an ``ExitStack`` something that may end an exception."""
    calls = [node for node in inside(suite) if isinstance(node, cst.Call)] if suite is not None else []
    names = {node.func.attr.value for node in calls if isinstance(node.func, cst.Attribute)}
    return "push" in names or ("enter_context" in names and any(map(expects_failure, calls)))


_RULES: dict[str, Callable[[Interpreter, Ref, Any], bool]] = {
    "suppress.__exit__": _suppressing,
    "GeneratorManager.__exit__": _generating,
    "ExitStack.__exit__": _stacking,
}
