"""What the abstract classes of ``collections.abc`` make of the methods that a class of the program defines."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

from dimlint.core.value import Machine, Raised, Ref, Value
from dimlint.libraries.python.keys import key_of
from dimlint.libraries.python.mappings import entries
from dimlint.libraries.python.sequences import collected

MISSING: Value = object()


def _found(machine: Machine, self: Ref, key: Value) -> Value:
    """``self[key]``, or MISSING."""
    try:
        return machine.get_item(self, key)
    except Raised as raised:
        if raised.kind != "KeyError":
            raise
        return MISSING


class Mapping:
    def get(machine: Machine, self: Ref, key: Value, default: Value = None) -> Value:
        found = _found(machine, self, key)
        return default if found is MISSING else found

    def keys(machine: Machine, self: Ref) -> Value:
        return tuple(collected(machine, self))

    def values(machine: Machine, self: Ref) -> Value:
        return tuple(machine.get_item(self, key) for key in collected(machine, self))

    def items(machine: Machine, self: Ref) -> Value:
        return tuple((key, machine.get_item(self, key)) for key in collected(machine, self))

    def __contains__(machine: Machine, self: Ref, key: Value) -> bool:
        return _found(machine, self, key) is not MISSING


class Changes:
    """What ``MutableMapping`` adds."""

    def update(machine: Machine, self: Ref, /, *args: Value, **kwargs: Value) -> None:
        for key, value in entries(machine, args, kwargs).items():
            machine.call(machine.attribute(self, "__setitem__"), [key, value])

    def setdefault(machine: Machine, self: Ref, key: Value, default: Value = None) -> Value:
        found = _found(machine, self, key)
        if found is MISSING:
            machine.call(machine.attribute(self, "__setitem__"), [key, default])
        return default if found is MISSING else found

    def pop(machine: Machine, self: Ref, key: Value, default: Value = MISSING) -> Value:
        found = _found(machine, self, key)
        if found is not MISSING:
            machine.call(machine.attribute(self, "__delitem__"), [key])
            return found
        if default is MISSING:
            raise Raised("KeyError", str(key_of(machine, key))[:60])
        return default

    def clear(machine: Machine, self: Ref) -> None:
        for key in collected(machine, self):
            machine.call(machine.attribute(self, "__delitem__"), [key])


class Sequence:
    def __contains__(machine: Machine, self: Ref, value: Value) -> Value:
        return machine.compare("in", value, tuple(collected(machine, self)))

    def index(machine: Machine, self: Ref, value: Value, start: int = 0, stop: Value = None) -> int:
        for index, item in enumerate(collected(machine, self)[:stop]):
            if index >= start and machine.truth(machine.compare("==", item, value)):
                return index
        raise Raised("ValueError", "the value is not in the sequence")

    def count(machine: Machine, self: Ref, value: Value) -> int:
        return sum(machine.truth(machine.compare("==", item, value)) for item in collected(machine, self))

    def __reversed__(machine: Machine, self: Ref) -> Ref:
        return machine.iterator(tuple(collected(machine, self))[::-1])


MIXINS = {"Mapping": vars(Mapping), "MutableMapping": {**vars(Mapping), **vars(Changes)}, "Sequence": vars(Sequence)}
"""Abstract class -> its methods; those of the others are not known."""
