"""Keys of dictionaries: what can be hashed, and is known well enough to be found again."""

from __future__ import annotations

from dimlint.core.dim import SymbolicDim
from dimlint.core.problem import Undecided
from dimlint.core.results import Own
from dimlint.core.value import (
    DictObject,
    Function,
    LibraryClass,
    ListObject,
    Machine,
    ModuleName,
    Native,
    Raised,
    Ref,
    SetObject,
    Unknown,
    Value,
)
from dimlint.libraries.python.library import find_method
from dimlint.libraries.python.limits import MAX_DEPTH, check_count

PLAIN = (type(None), type(...), int, float, complex, str, bytes, range)
SCALARS = frozenset({type(None), int, bool, float, str, bytes})
"""The types, as they are, of most keys."""
BY_IDENTITY = (Function, LibraryClass, ModuleName, Native)


def key_of(machine: Machine | None, value: Value) -> Value:
    """``value`` as a key of ``DictObject.items``: immutable known data, or an object by identity.

    Raises Raised('TypeError') for what Python cannot hash, Undecided for what is not known.
    """
    if type(value) in SCALARS:
        return value
    pending = [(value, 0)]
    walked = 0
    while pending:
        part, depth = pending.pop()
        walked += 1
        check_count(walked, "a key")
        if isinstance(part, tuple):
            if depth > MAX_DEPTH:
                raise Undecided("a key is nested too deeply")
            check_count(len(part), "a key")
            pending += [(item, depth + 1) for item in part]
        elif isinstance(part, (list, dict)):
            raise Raised("TypeError", f"unhashable type: {type(part).__name__!r}")
        elif isinstance(part, Ref):
            _check_object(machine, part)
        elif not isinstance(part, (*PLAIN, *BY_IDENTITY)):
            raise Undecided(_reason(part))
    return tuple(value) if isinstance(value, tuple) and not isinstance(value, Own) else value


def _check_object(machine: Machine | None, ref: Ref) -> None:
    if machine is None:
        raise Undecided("an object as a key is not known")
    contents = machine.contents(ref)
    if isinstance(contents, (ListObject, DictObject)):
        raise Raised("TypeError", f"unhashable type: '{'list' if isinstance(contents, ListObject) else 'dict'}'")
    if isinstance(contents, SetObject):
        raise Undecided("a set as a key is not modelled")
    if find_method(machine, ref, "__eq__") is not None:
        raise Undecided("an object that is compared in its own way is a key")


def _reason(part: Value) -> str:
    if isinstance(part, Unknown):
        return part.reason
    return f"the key {part} is not known" if isinstance(part, SymbolicDim) else "the key is not known"
