"""``importlib``: modules that a program imports by name."""

from __future__ import annotations

from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Raised, Value

IMPORTLIB = Library("python.importlib", ("importlib",), in_part=True)


@IMPORTLIB.function("import_module")
def import_module(machine: Machine, name: Value, package: Value = None) -> Value:
    """The module; one that is not followed is Unknown. Raises Undecided where the name is not known.

    Source: https://docs.python.org/3/library/importlib.html#importlib.import_module.
    """
    if not isinstance(name, str):
        raise Undecided("which module is imported is not known")
    return machine.imported(_absolute(name, package))


def _absolute(name: str, package: Value) -> str:
    """A relative name as seen from a package."""
    level = len(name) - len(name.lstrip("."))
    if not level:
        return name
    if not isinstance(package, str):
        raise Undecided("from which package a module is imported is not known")
    parts = package.split(".")
    if level > len(parts):
        raise Raised("ImportError", "attempted relative import beyond top-level package")
    return ".".join([*parts[: len(parts) - level + 1], *filter(None, [name[level:]])])
