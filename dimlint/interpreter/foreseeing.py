"""Attempts whose end is certain: ``try: return layer(inplace=True)``, where the declaration tells whether the layer takes the argument.

Likewise ``try: x = self.conv(x)`` that has run: what a convolution refuses are shapes, and these are known. And
``try: return shape.as_list()``, which a shape of Keras 3 has not; and ``try: from torch import _assert`` where torch is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.layer import Layer, UnknownArgument
from dimlint.core.problem import Problem, Undecided
from dimlint.core.results import TensorShape
from dimlint.core.value import DictObject, Instance, LibraryClass, ModuleName, Partial, Raised, Ref, Unknown, Value
from dimlint.interpreter.expressions import CONSTANTS
from dimlint.interpreter.frame import MISSING, Scope
from dimlint.interpreter.imports import dotted

if TYPE_CHECKING:
    from dimlint.interpreter.state import State


def foreseen(machine: State, suite: Any, scope: Scope) -> Raised | bool:
    """How a block ends for certain that does nothing but to construct a declared layer, to ask a shape for ``as_list``, or to import.

    The exception, or whether it goes well.
    """
    if _imports_what_is_there(machine, suite):
        return True
    call = _only_call(suite)
    if call is not None and _asks_tuple(machine, call.func, scope):
        return Raised("AttributeError", "'tuple' object has no such attribute")
    function = _named(machine, call.func, scope) if call is not None else MISSING
    given = _arguments(machine, call, scope) if call is not None else None
    while isinstance(function, Partial) and not function.args and given is not None:
        function, given = function.function, {**function.kwargs, **given}
    if given is None or not isinstance(function, LibraryClass) or function.layer is None:
        return False
    return _construction(machine, function, function.layer, given)


def _imports_what_is_there(machine: State, suite: Any) -> bool:
    """Whether a block imports from PyTorch only what its present version has, in a program that imports PyTorch in any case."""
    parts = _statements(suite)
    if not parts or not any(name == "torch" or name.startswith("torch.") for name in machine.found):
        return False
    return all(isinstance(part, cst.ImportFrom) and _is_there(machine, part) for part in parts)


def _statements(suite: Any) -> list[Any]:
    """The statements of a block, those that share a line apart."""
    return [part for line in suite.body for part in (line.body if isinstance(line, cst.SimpleStatementLine) else [line])]


def _is_there(machine: State, node: cst.ImportFrom) -> bool:
    module = dotted(node.module) if node.module is not None and not node.relative else ""
    library = machine.libraries["torch"]
    if not f"{module}.".startswith("torch.") or isinstance(node.names, cst.ImportStar):
        return False
    found = [library.find(f"{module}.{dotted(alias.name)}") for alias in node.names]
    return all(item is not None and item[0] not in library.former | library.wavering for item in found)


def _asks_tuple(machine: State, node: Any, scope: Scope) -> bool:
    """Whether a method of TensorFlow's shapes is asked of one that is a tuple, as those of Keras 3 are."""
    if not isinstance(node, cst.Attribute) or hasattr((), node.attr.value):
        return False
    value = _held(machine, node.value, scope)
    return isinstance(value, TensorShape) and value.plain is True


def applies_layers(machine: State, suite: Any, scope: Scope) -> bool:
    """Whether a block that has run did nothing but to apply convolutions and poolings and to keep what they give under names."""
    parts = _statements(suite)
    return bool(parts) and all(_applies(machine, part, scope) for part in parts)


def asks_base(suite: Any) -> bool:
    """Whether a block does nothing but to ask ``super().__getattr__``: whether there is such a part is known if it was followed."""
    call = _only_call(suite)
    asked = call.func if call is not None else None
    owner = asked.value if isinstance(asked, cst.Attribute) and asked.attr.value == "__getattr__" else None
    return isinstance(owner, cst.Call) and isinstance(owner.func, cst.Name) and owner.func.value == "super"


def _applies(machine: State, part: Any, scope: Scope) -> bool:
    if not isinstance(part, cst.Assign) or not all(isinstance(target.target, cst.Name) for target in part.targets):
        return False
    return isinstance(part.value, cst.Call) and _is_application(machine, part.value, scope)


def _is_application(machine: State, node: Any, scope: Scope) -> bool:
    """Whether an expression applies such a layer to names, constants and what others give."""
    if not isinstance(node, cst.Call):
        return isinstance(node, (cst.Name, cst.Integer, cst.Float, cst.SimpleString))
    callee = _held(machine, node.func, scope)
    held = machine.store.get(callee.number) if isinstance(callee, Ref) else None
    layer = held.layer if isinstance(held, Instance) and isinstance(held.cls, LibraryClass) else None
    if layer is None or not layer.windowed:  # others may refuse values: an embedding, a loss
        return False
    return all(not argument.star and _is_application(machine, argument.value, scope) for argument in node.args)


def _held(machine: State, node: Any, scope: Scope) -> Value:
    """What a name, or an attribute that an object has of its own, stands for; MISSING for anything else."""
    if isinstance(node, cst.Name):
        return machine.find_name(node.value, scope)
    holder = _held(machine, node.value, scope) if isinstance(node, cst.Attribute) else MISSING
    held = machine.store.get(holder.number) if isinstance(holder, Ref) else None
    return held.attributes.get(node.attr.value, MISSING) if isinstance(held, Instance) else MISSING


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
