"""What a run is given from outside: Python's operators, and the modules of the project."""

from __future__ import annotations

from typing import Any, Protocol

from dimlint.core.value import Value
from dimlint.interpreter.frame import Unit


class Language(Protocol):
    """Python's operators on plain data and sizes; a library provides them."""

    def binary(self, op: str, a: Value, b: Value) -> Value: ...
    def unary(self, op: str, a: Value) -> Value: ...
    def compare(self, op: str, a: Value, b: Value, machine: Any) -> Value: ...
    def show(self, machine: Any, value: Value, conversion: str | None, spec: str) -> Any: ...
    def percent(self, machine: Any, template: str, args: Value) -> Any: ...


class ModuleFinder(Protocol):
    """Finds modules of the project: ``(dotted name, importing file, relative level) -> a Unit not yet run, or None``."""

    def __call__(self, name: str, importer: str, level: int) -> Unit | None: ...
