"""One handler for each libcst statement type. It returns None, or the Control that ends the block early."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.problem import Undecided
from dimlint.core.results import Compared
from dimlint.core.value import DictObject, ListObject, Raised, Ref, SetObject, Unknown, Value
from dimlint.interpreter import imports, loops, matching
from dimlint.interpreter.expressions import index_of, mangled
from dimlint.interpreter.frame import BREAK, CONTINUE, MISSING, Control, Scope, Site, serial
from dimlint.interpreter.operators import AUGMENTED
from dimlint.interpreter.swallowing import leaves_early, may_swallow

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter

Handler = Callable[["Interpreter", Any, Scope], "Control | None"]


def run_block(machine: Interpreter, statements: Any, scope: Scope) -> Control | None:
    """Run statements in order until one ends the block."""
    for statement in statements:
        machine.burn()
        if machine.freeing:
            machine.repeat()
        handler = HANDLERS.get(type(statement))
        if handler is None:
            machine.forget_names(statement, scope, f"the statement {type(statement).__name__} is not followed")
            continue
        clock, since = machine.store.clock, serial()
        try:
            control = handler(machine, statement, scope)
        except Undecided as undecided:
            machine.forget_since(clock, since, undecided.reason)
            machine.forget_names(statement, scope, undecided.reason)
            continue
        if control is not None:
            return control
    return None


def run_suite(machine: Interpreter, suite: Any, scope: Scope) -> Control | None:
    """Run an indented block or the statements behind a colon."""
    return run_block(machine, suite.body, scope)


def simple_line(machine: Interpreter, node: cst.SimpleStatementLine, scope: Scope) -> Control | None:
    return run_block(machine, node.body, scope)


def expression(machine: Interpreter, node: cst.Expr, scope: Scope) -> Control | None:
    if not isinstance(node.value, cst.SimpleString):  # a docstring
        machine.discarded = node.value
        machine.evaluate(node.value, scope)
    return None


def assign(machine: Interpreter, node: cst.Assign, scope: Scope) -> Control | None:
    value = machine.evaluate(node.value, scope)
    for target in node.targets:
        machine.assign(target.target, value, scope)
    return None


def annotated_assign(machine: Interpreter, node: cst.AnnAssign, scope: Scope) -> Control | None:
    if scope.kind == "class" and isinstance(node.target, cst.Name) and not _is_class_variable(node.annotation.annotation):
        machine.annotate(scope, node.target.value, node.annotation.annotation)
    if node.value is not None:
        machine.assign(node.target, machine.evaluate(node.value, scope), scope)
    return None


def _is_class_variable(annotation: Any) -> bool:
    """Whether an annotation is ``ClassVar`` or ``typing.ClassVar[...]``."""
    annotation = annotation.value if isinstance(annotation, cst.Subscript) else annotation
    annotation = annotation.attr if isinstance(annotation, cst.Attribute) else annotation
    return isinstance(annotation, cst.Name) and annotation.value == "ClassVar"


def augmented_assign(machine: Interpreter, node: cst.AugAssign, scope: Scope) -> Control | None:
    old, assign_back = _place(machine, node.target, scope)
    value = machine.evaluate(node.value, scope)
    sign = AUGMENTED[type(node.operator)]
    held = machine.store.get(old.number) if isinstance(old, Ref) else None
    machine.touch(old, "__iadd__")
    if sign == "+" and isinstance(held, ListObject):
        machine.call(machine.attribute(old, "extend"), (value,))
        return None
    new = machine.quietly(lambda: machine.binary(sign, old, value, Site(scope.unit, node), in_place=True))
    if not isinstance(held, (ListObject, SetObject, DictObject)):
        assign_back(new)
        return None
    made = machine.store.get(new.number) if isinstance(new, Ref) else new
    if type(made) is type(held):
        machine.update(old, made)
    else:
        machine.forget(old)
    return None


def _place(machine: Interpreter, target: Any, scope: Scope) -> tuple[Value, Callable[[Value], None]]:
    """What stands at a target, and how to replace it: the parts of the target are evaluated once."""
    if isinstance(target, cst.Attribute):
        owner, name = machine.evaluate(target.value, scope), mangled(machine, target.attr.value, scope)

        def set_attribute(new: Value) -> None:
            machine.quietly(lambda: machine.set_attribute(owner, name, new))

        return machine.quietly(lambda: machine.attribute(owner, name)), set_attribute
    if isinstance(target, cst.Subscript):
        holder, index, site = machine.evaluate(target.value, scope), index_of(machine, target, scope), Site(scope.unit, target)
        return machine.quietly(lambda: machine.item_of(holder, index, site)), lambda new: machine.set_item(holder, index, new, site)
    return machine.evaluate(target, scope), lambda new: machine.assign(target, new, scope)


def delete(machine: Interpreter, node: cst.Del, scope: Scope) -> Control | None:
    targets = [element.value for element in node.target.elements] if isinstance(node.target, (cst.Tuple, cst.List)) else [node.target]
    for target in targets:
        if isinstance(target, cst.Name):
            machine.set_name(target.value, MISSING, scope)
        elif isinstance(target, cst.Subscript):
            machine.delete_item(machine.evaluate(target.value, scope), index_of(machine, target, scope))
        elif isinstance(target, cst.Attribute):
            machine.delete_attribute(machine.evaluate(target.value, scope), mangled(machine, target.attr.value, scope))
    return None


def assertion(machine: Interpreter, node: cst.Assert, scope: Scope) -> Control | None:
    test = machine.evaluate(node.test, scope)
    try:
        holds = machine.truth(test)
    except Undecided:
        machine.assume_side(test, True)
        return None
    if not holds:
        told = (machine.evaluate(node.msg, scope),) if node.msg is not None else ()
        raise Raised("AssertionError", "", machine.call(machine.builtins["AssertionError"], told))
    return None


def raise_(machine: Interpreter, node: cst.Raise, scope: Scope) -> Control | None:
    if node.exc is None:
        raise (machine.handling and machine.handling[-1]) or Raised("Exception", "", Unknown("the exception that is handled"))
    value = machine.evaluate(node.exc, scope)
    if machine.is_class(value):
        value = machine.call(value)
    cause = machine.evaluate(node.cause.item, scope) if node.cause is not None else None
    if cause is not None and isinstance(value, Ref):
        machine.store_attribute(value, "__cause__", cause)
    raise Raised(machine.exception_name(value, node.exc), "", value)


def return_(machine: Interpreter, node: cst.Return, scope: Scope) -> Control | None:
    return Control("return", machine.evaluate(node.value, scope) if node.value is not None else None)


def global_(machine: Interpreter, node: cst.Global, scope: Scope) -> Control | None:
    for item in node.names:
        scope.redirects[item.name.value] = scope.unit.scope
    return None


def nonlocal_(machine: Interpreter, node: cst.Nonlocal, scope: Scope) -> Control | None:
    for item in node.names:
        name = item.name.value
        enclosing = (outer for outer in scope.named(name) if outer is not scope and outer.kind == "function")
        scope.redirects[name] = next((s for s in enclosing if machine.store.get((s.number, name)) is not MISSING), scope)
    return None


def if_(machine: Interpreter, node: cst.If, scope: Scope) -> Control | None:
    """Chains of ``elif`` are followed by a loop as long as their conditions are known."""
    current: Any = node
    while type(current) is cst.If:
        test = machine.evaluate(current.test, scope)
        try:
            chosen = machine.truth(test)
        except Undecided:
            return _undecided_if(machine, current, test, scope)
        if chosen:
            return run_suite(machine, current.body, scope)
        current = current.orelse
    return run_suite(machine, current.body, scope) if current is not None else None


def _undecided_if(machine: Interpreter, node: cst.If, test: Value, scope: Scope) -> Control | None:
    ended: list[bool] = []

    def side(holds: bool, run: Callable[[], Control | None]) -> Control | None:
        machine.assume_side(test, holds)
        try:
            return run()
        except Raised:
            ended.append(holds)
            raise

    def otherwise() -> Control | None:
        if isinstance(node.orelse, cst.If):
            return if_(machine, node.orelse, scope)
        return run_suite(machine, node.orelse.body, scope) if node.orelse is not None else None

    def answered() -> bool:
        """Whether only one side goes on, and all that is asked there is known to hold."""
        told = test.whole and (test.when_false if ended == [True] else test.when_true) if isinstance(test, Compared) else ()
        return bool(told) and len(ended) == 1

    sides = (lambda: side(True, lambda: run_suite(machine, node.body, scope)), lambda: side(False, otherwise))
    with machine.guarded(node.test, scope, answered):
        ordered, join = machine.latest_first(sides, node.test, scope)
        return machine.fork(ordered, scope, join=join)


def function(machine: Interpreter, node: cst.FunctionDef, scope: Scope) -> Control | None:
    made: Value = machine.make_function(node.name.value, node, node.params, scope)
    machine.set_name(mangled(machine, node.name.value, scope), machine.decorate(made, node.decorators, scope), scope)
    return None


def class_(machine: Interpreter, node: cst.ClassDef, scope: Scope) -> Control | None:
    made = machine.make_class(node, scope)
    machine.set_name(node.name.value, machine.decorate(made, node.decorators, scope), scope)
    return None


def with_(machine: Interpreter, node: cst.With, scope: Scope) -> Control | None:
    return _with_managers(machine, list(node.items), node, scope)


def _with_managers(machine: Interpreter, items: list[cst.WithItem], node: cst.With, scope: Scope) -> Control | None:
    suite, waits = node.body, node.asynchronous is not None
    if not items:
        return run_suite(machine, suite, scope)
    item, *rest = items
    manager = machine.evaluate(item.item, scope)
    since = serial()
    with machine.store.watched() as written:
        entered = machine.enter_context(manager, waits)
    if machine.is_generator(manager):  # the part behind its ``yield`` has run, too
        machine.blur(written, since)
    if item.asname is not None:
        machine.assign(item.asname.name, entered, scope)

    def body() -> Control | None:
        return _with_managers(machine, rest, node, scope)

    leave = machine.leave_context(manager, waits)
    if may_swallow(machine, manager, item.item, suite, waits):
        with machine.muted():
            return machine.expected_failure(body, scope) if leave is None else machine.afterwards(body, leave, scope, may_end=True)
    if machine.is_generator(manager):
        return machine.afterwards(body, lambda raised: machine.blur(written, since), scope, may_end=False)
    return body() if leave is None else machine.afterwards(body, leave, scope, may_end=True)


def try_(machine: Interpreter, node: cst.Try | cst.TryStar, scope: Scope) -> Control | None:
    """The body as it is, or a handler from any state in between; then ``else`` and ``finally``."""
    if node.finalbody is None:
        return machine.attempt(node, scope)
    final, leaves = node.finalbody.body, leaves_early(node.finalbody.body)

    def body() -> Control | None:
        with machine.muted(leaves):
            return machine.attempt(node, scope)

    return machine.afterwards(body, lambda raised: run_suite(machine, final, scope), scope, may_end=leaves)


HANDLERS: dict[type, Handler] = {
    cst.SimpleStatementLine: simple_line,
    cst.Expr: expression,
    cst.Assign: assign,
    cst.AnnAssign: annotated_assign,
    cst.AugAssign: augmented_assign,
    cst.Del: delete,
    cst.Assert: assertion,
    cst.Raise: raise_,
    cst.Return: return_,
    cst.Pass: lambda machine, node, scope: None,
    cst.Break: lambda machine, node, scope: BREAK,
    cst.Continue: lambda machine, node, scope: CONTINUE,
    cst.Global: global_,
    cst.Nonlocal: nonlocal_,
    cst.Import: imports.import_,
    cst.ImportFrom: imports.import_from,
    cst.If: if_,
    cst.For: loops.for_,
    cst.While: loops.while_,
    cst.With: with_,
    cst.Try: try_,
    cst.TryStar: try_,
    cst.Match: matching.match_,
    cst.FunctionDef: function,
    cst.ClassDef: class_,
}
