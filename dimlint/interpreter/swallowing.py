"""Which context managers may end an exception of the block that they hold: a failure there need not be one of the program."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.opening import OpenArgument
from dimlint.core.value import ClassObject, Either, Function, Instance, IteratorObject, LibraryClass, Method, Native, Ref, Unknown, Value
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
HARMLESS = frozenset(["nullcontext", "closing", "redirect_stdout", "redirect_stderr", "chdir", "AbstractContextManager"])
"""Managers of that library that end no exception."""


def may_swallow(machine: Interpreter, manager: Value, written: Any = None, suite: Any = None, waits: bool = False) -> bool:
    """Whether a manager may end an exception that a framework raises.

    written: its expression. suite: the block that it holds. waits: whether that is ``async with``.
    """
    name = "__aexit__" if waits else "__exit__"
    if isinstance(manager, Either):
        return any(may_swallow(machine, ref, written, suite, waits) for ref in manager.refs)
    if isinstance(manager, Unknown) and (_name_of(manager) in EXPECTING or _is_own(machine, written)):
        return True
    method = machine.quietly(lambda: machine.class_attribute(machine.mro(machine.class_of(manager)), name))
    held = machine.store.get(manager.number) if isinstance(manager, Ref) else None
    if isinstance(method, Function):
        return _tells_something(machine, method.node, held)
    if isinstance(method, Native) and method.name == "partialmethod":
        return True
    if isinstance(method, Native) and method.library == FAMILY and isinstance(manager, Ref):
        return _RULES.get(method.name, _never)(machine, manager, suite)
    own = isinstance(held, Instance) and isinstance(held.cls, Ref)
    return expects_failure(written) or (own and not isinstance(method, Native))


def _is_own(machine: Interpreter, written: Any) -> bool:
    """Whether a call makes an object of a class of the program, whose bases are not known, that ends exceptions by itself."""
    named = written.func if isinstance(written, cst.Call) and isinstance(written.func, cst.Name) and machine.scopes else None
    cls = machine.find_name(named.value, machine.scopes[-1]) if named is not None else None
    held = machine.store.get(cls.number) if isinstance(cls, Ref) else None
    found = held.attributes.get("__exit__") if isinstance(held, ClassObject) else None
    return isinstance(found, Function) and _tells_something(machine, found.node, None)


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


def _tells_something(machine: Interpreter, function: Any, held: Value) -> bool:
    """Whether an ``__exit__`` may give anything that ends an exception, or raise another one. held: the manager."""
    if isinstance(function, cst.Lambda):
        return True
    body = list(inside(function.body))
    answers = [node.value for node in body if isinstance(node, cst.Return) and node.value is not None]
    raises = _raises(function.body) > 0 and not _asks_for_success(function)
    return raises or any(_may_be_true(machine, answer, held) for answer in answers)


def _asks_for_success(function: cst.FunctionDef) -> bool:
    """Whether all that an ``__exit__`` raises stands behind a test of whether the block went well: ``if kind is None``."""
    parameters = [*function.params.params, *function.params.posonly_params]
    kind = parameters[1].name.value if len(parameters) > 1 else None
    asking = [node.body for node in inside(function.body) if isinstance(node, cst.If) and _is_none(node.test, kind)]
    return _raises(function.body) == sum(map(_raises, asking))


def _raises(block: cst.CSTNode) -> int:
    """How often a block raises another exception."""
    return sum(isinstance(node, cst.Raise) and node.exc is not None for node in inside(block))


def _is_none(test: cst.BaseExpression, name: str | None) -> bool:
    if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.And):
        return _is_none(test.left, name) or _is_none(test.right, name)
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return isinstance(test.expression, cst.Name) and test.expression.value == name
    if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1 or not isinstance(test.comparisons[0].operator, cst.Is):
        return False
    left, right = test.left, test.comparisons[0].comparator
    return isinstance(left, cst.Name) and left.value == name and isinstance(right, cst.Name) and right.value == "None"


def _may_be_true(machine: Interpreter, answer: cst.BaseExpression, held: Value) -> bool:
    """Whether what an ``__exit__`` gives may end an exception: where it asks another manager, whether that one may."""
    if isinstance(answer, cst.Call) and isinstance(answer.func, cst.Attribute) and answer.func.attr.value == "__exit__":
        asked = answer.func.value
        name = asked.attr.value if isinstance(asked, cst.Attribute) else ""
        other = held.attributes.get(name) if isinstance(held, Instance) else None
        return isinstance(asked, cst.Call) or (isinstance(other, (Ref, Either)) and may_swallow(machine, other))  # super().__exit__
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
    return _ends_at_yield(machine, function, body.scope)


def _ends_at_yield(machine: Interpreter, function: Function, scope: Scope) -> bool:
    around = [node for node in inside(function.node.body) if isinstance(node, (cst.Try, cst.TryStar, cst.With))]
    return any(_ends_failures(machine, node, scope) for node in around if machine.holds_yield(node.body))


def _ends_failures(machine: Interpreter, node: cst.Try | cst.TryStar | cst.With, scope: Scope) -> bool:
    """Whether a ``try`` or ``with`` ends exceptions of its block, as far as it is written."""
    if isinstance(node, cst.With):
        return any(expects_failure(item.item) or _gives_swallower(machine, item.item, scope) for item in node.items)
    caught = any(machine.goes_on(handler, scope) for handler in node.handlers)
    return caught or (node.finalbody is not None and leaves_early(node.finalbody.body))


def _stacking(machine: Interpreter, manager: Ref, suite: Any) -> bool:
    """Whether the block hands an ``ExitStack`` something that may end an exception."""
    calls = [node for node in inside(suite) if isinstance(node, cst.Call)] if suite is not None else []
    names = {node.func.attr.value for node in calls if isinstance(node.func, cst.Attribute)}
    entered = [node.args[0].value for node in calls if _is_entering(node)]
    expected = "enter_context" in names and any(map(expects_failure, calls))
    return "push" in names or expected or any(_gives_swallower(machine, node, machine.scopes[-1]) for node in entered if machine.scopes)


def _is_entering(node: cst.Call) -> bool:
    return isinstance(node.func, cst.Attribute) and node.func.attr.value == "enter_context" and len(node.args) == 1


def _gives_swallower(machine: Interpreter, node: Any, scope: Scope) -> bool:
    """Whether an expression may give a manager that ends exceptions; a call is not made, but what is called is asked for."""
    named = node.func if isinstance(node, cst.Call) else node
    path = named
    while isinstance(path, cst.Attribute):
        path = path.value
    value = machine.evaluate(named, scope) if isinstance(path, cst.Name) else None
    if not isinstance(node, cst.Call):
        return isinstance(value, Unknown) or (isinstance(value, Ref) and may_swallow(machine, value))
    value = value.function if isinstance(value, Method) else value
    generator = getattr(value.body, "generator", None) if isinstance(value, Native) else None
    if isinstance(generator, Function):
        return _ends_at_yield(machine, generator, generator.scope)
    if isinstance(value, Ref) and isinstance(machine.store.get(value.number), ClassObject):
        method = machine.quietly(lambda: machine.class_attribute(machine.mro(value), "__exit__"))
        return _tells_something(machine, method.node, None) if isinstance(method, Function) else not isinstance(method, Native)
    if isinstance(value, (Native, LibraryClass)):
        return value.library == FAMILY and value.name not in HARMLESS
    return not isinstance(value, Unknown)


_RULES: dict[str, Callable[[Interpreter, Ref, Any], bool]] = {
    "suppress.__exit__": _suppressing,
    "GeneratorManager.__exit__": _generating,
    "GeneratorManager.__aexit__": _generating,
    "ExitStack.__exit__": _stacking,
    "AsyncExitStack.__aexit__": lambda machine, manager, suite: True,
}
