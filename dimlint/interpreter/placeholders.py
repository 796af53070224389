"""Numbers that stand in a model until one of its methods sets them: nobody says that the model is used before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.library import ENTRIES
from dimlint.core.value import Instance, Method, Ref, Unknown, Value
from dimlint.nodes import every

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter

FRAMEWORK_RUNS = (*ENTRIES, "build")
"""Methods that run by themselves when the model is applied."""


def open_placeholders(machine: Interpreter, model: Ref) -> None:
    """Forget the sizes and counts of a model without which nothing can be computed and that a method sets which has not run."""
    held = machine.store.get(model.number)
    if not isinstance(held, Instance):
        return
    waiting = {name for name, value in held.attributes.items() if _is_placeholder(value)}
    if not waiting:
        return
    unset = {name for method in machine.methods_of(model) for name in _set_later(machine, method) if name in waiting}
    if unset:
        lost = {name: Unknown(f"{name!r} is set by a method that nobody calls") for name in unset}
        machine.store.set(model.number, replace(held, attributes={**held.attributes, **lost}))


def _is_placeholder(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value <= 0


def _set_later(machine: Interpreter, method: Method) -> Iterator[str]:
    """The attributes that a method sets which the program has not called, and which applying the model does not call."""
    node = method.function.node
    if id(node) in machine.called or not isinstance(node, cst.FunctionDef) or node.name.value in FRAMEWORK_RUNS:
        return
    parameters = (*node.params.posonly_params, *node.params.params)
    for target in _targets(node.body) if parameters else ():
        if isinstance(target, cst.Attribute) and isinstance(target.value, cst.Name) and target.value.value == parameters[0].name.value:
            yield target.attr.value


def _targets(body: Any) -> Iterator[Any]:
    """What is assigned to, parts of tuples included."""
    for node in every(body):
        if isinstance(node, (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.For)):
            target = node.target
            yield from (item.value for item in target.elements) if isinstance(target, (cst.Tuple, cst.List)) else (target,)
