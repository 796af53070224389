"""Import statements: names of libraries, and modules of the project through the loader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.opening import Outside
from dimlint.core.value import Unknown, Value
from dimlint.interpreter.frame import Awaited, Control, Scope, Unit

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter


def dotted(node: Any) -> str:
    """``a.b.c`` of nested attributes."""
    parts = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    parts.append(node.value)
    return ".".join(reversed(parts))


def import_(machine: Interpreter, node: cst.Import, scope: Scope) -> Control | None:
    """``import a.b`` binds ``a``; ``import a.b as c`` binds ``a.b``."""
    for alias in node.names:
        name = dotted(alias.name)
        value = machine.import_module(name, scope.unit, 0)
        if alias.asname is None:
            first = name.partition(".")[0]
            value = machine.import_module(first, scope.unit, 0) if first != name else value
            machine.set_name(first, value, scope)
        else:
            machine.assign(alias.asname.name, value, scope)
    return None


def import_from(machine: Interpreter, node: cst.ImportFrom, scope: Scope) -> Control | None:
    name = dotted(node.module) if node.module is not None else ""
    level = len(node.relative)
    module = machine.import_module(name, scope.unit, level) if name or level else Unknown("nothing is imported")
    if isinstance(node.names, cst.ImportStar):
        for exported, value in machine.exports(module).items():
            machine.set_name(exported, value, scope)
        return None
    for alias in node.names:
        imported = dotted(alias.name)
        value = imported_name(machine, module, name, imported, level, scope.unit)
        if alias.asname is not None:
            machine.assign(alias.asname.name, value, scope)
        else:
            machine.set_name(imported, value, scope)
    return None


def imported_name(machine: Interpreter, module: Value, package: str, name: str, level: int, unit: Unit) -> Value:
    """A name of a module, or else the submodule of that name."""
    if isinstance(module, Unit):
        value = machine.module_name(module, name)
        if value is not None:
            return value.value
        submodule = machine.import_module(f"{package}.{name}" if package else name, unit, level)
        return submodule if isinstance(submodule, Unit) else Awaited(f"{name!r} is not found in {module.name}", name, module)
    if isinstance(module, Outside):
        below = machine.module_below(package, name, unit, level)
        if below is not None:
            return below
    return machine.quietly(lambda: machine.attribute(module, name))
