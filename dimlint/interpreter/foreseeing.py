"""Attempts whose end is certain: ``try: return layer(inplace=True)``, where the declaration tells whether the layer takes the argument."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.layer import Layer, UnknownArgument
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import DictObject, LibraryClass, ModuleName, Partial, Raised, Ref, Unknown, Value
from dimlint.interpreter.expressions import CONSTANTS
from dimlint.interpreter.frame import MISSING, Scope

if TYPE_CHECKING:
    from dimlint.interpreter.state import State


def foreseen(machine: State, suite: Any, scope: Scope) -> Raised | bool:
    """How a block ends for certain that does nothing but to construct a declared layer: the exception, or whether it goes well."""
    call = _only_call(suite)
    function = _named(machine, call.func, scope) if call is not None else MISSING
    given = _arguments(machine, call, scope) if call is not None else None
    while isinstance(function, Partial) and not function.args and given is not None:
        function, given = function.function, {**function.kwargs, **given}
    if given is None or not isinstance(function, LibraryClass) or function.layer is None:
        return False
    return _construction(machine, function, function.layer, given)


def _construction(machine: State, cls: LibraryClass, layer: type[Layer], given: Mapping[str, Value]) -> Raised | bool:
    library = machine.libraries[cls.library]
    try:
        library.bind(layer, (), given, machine.settings)
    except UnknownArgument as unknown:
        return Raised("TypeError", unknown.reason) if library.refuses_surplus else False
    except (Problem, Undecided):
        return False
    return all(value is None or isinstance(value, bool) for value in given.values())


def _only_call(suite: Any) -> cst.Call | None:
    """The call of a block that does nothing else with what it gives than to return it or to keep it under a name."""
    lines = suite.body
    line = lines[0] if len(lines) == 1 else None
    part = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    if isinstance(part, cst.Assign) and not all(isinstance(target.target, cst.Name) for target in part.targets):
        return None
    value = part.value if isinstance(part, (cst.Return, cst.Assign, cst.Expr)) else None
    return value if isinstance(value, cst.Call) else None


def _arguments(machine: State, call: cst.Call, scope: Scope) -> dict[str, Value] | None:
    """The arguments of a call that gives all by keyword, as names, constants and a dictionary; None if it gives others."""
    given: dict[str, Value] = {}
    for argument in call.args:
        value = _named(machine, argument.value, scope)
        if argument.star == "**" and isinstance(value, Ref):
            held = machine.store.get(value.number)
            items = dict(held.items) if isinstance(held, DictObject) else {}
            if not isinstance(held, DictObject) or not all(isinstance(key, str) for key in items):
                return None
        elif argument.keyword is not None and value is not MISSING:
            items = {argument.keyword.value: value}
        else:
            return None
        if items.keys() & given.keys():
            return None
        given |= items
    return given


def _named(machine: State, node: Any, scope: Scope) -> Value:
    """The value of a constant, a name or an attribute of a module; MISSING for anything else."""
    if isinstance(node, cst.Name):
        value = CONSTANTS.get(node.value, MISSING)
        return machine.find_name(node.value, scope) if value is MISSING else value
    if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
        holder = machine.find_name(node.value.value, scope)
        found = machine.quietly(lambda: machine.attribute(holder, node.attr.value)) if isinstance(holder, ModuleName) else MISSING
        return MISSING if isinstance(found, Unknown) else found
    return MISSING
