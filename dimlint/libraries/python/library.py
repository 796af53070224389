"""The table of builtin names, and what the declarations of Python's own types share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from dimlint.core.layer import Library
from dimlint.core.problem import Undecided
from dimlint.core.value import LibraryClass, Machine, Native, Raised, Ref, Unknown, Value

BUILTINS = Library("builtins", ("builtins",))


def require_own(cls: Value, name: str) -> None:
    """Refuse to make an object of a program's subclass of a builtin class. Raises Undecided."""
    if not isinstance(cls, LibraryClass):
        raise Undecided(f"a subclass of {name} is not modelled")


def attempt(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a Python function on known plain data; its exception becomes ``Raised``."""
    try:
        return function(*args, **kwargs)
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise Raised(type(error).__name__, str(error)) from None


def find_method(machine: Machine, value: Value, name: str) -> Value:
    """A special method of an object, or None if it surely has none. Raises Undecided."""
    if not isinstance(value, Ref):
        return None
    try:
        return machine.attribute(value, name)
    except Raised as raised:
        if raised.kind != "AttributeError":
            raise
        return None


def constant(library: Library, value: Value, *names: str) -> None:
    """Declare functions that ignore their arguments and return ``value``."""

    def body(machine: Machine, *args: Value, **kwargs: Value) -> Value:
        return value

    for name in names:
        library.value(name, Native(name, library.name, body))


def lost(library: Library, reason: str, names: Iterable[str]) -> None:
    """Declare functions whose result is not known, without making a call to them a gap."""
    constant(library, Unknown(reason), *names)


def identity(library: Library, *names: str) -> None:
    """Declare decorators that give back what they are given."""

    def body(machine: Machine, function: Value) -> Value:
        return function

    for name in names:
        library.value(name, Native(name, library.name, body))
