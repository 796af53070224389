"""``weakref``: what is done through a weak reference is done to its object, as long as that lives.

Source: https://docs.python.org/3/library/weakref.html.
"""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

from dimlint.core.problem import Undecided
from dimlint.core.value import DictObject, Either, Function, Instance, Machine, Method, Partial, Ref, Repeated, Unknown, Value
from dimlint.libraries.python.library import note
from dimlint.libraries.python.seldom import WEAKREF

MAY_BE_GONE = "whether the object of a weak reference still lives is not known"
BEHIND = "an object is used through a weak reference"
HELD = "*held"


def _told(machine: Machine, callback: Value) -> None:
    """A function runs when an object goes, whenever that is."""
    if callback is not None:
        machine.call(Unknown(MAY_BE_GONE), [callback])


@WEAKREF.function("proxy")
def proxy(machine: Machine, object: Value, callback: Value = None, /) -> Value:
    _told(machine, callback)
    if isinstance(object, Ref):
        return Either(BEHIND, frozenset([object]), complete=True)
    return object if isinstance(object, Unknown) else Unknown(BEHIND)


@WEAKREF.type("ref", "ReferenceType", "WeakMethod")
class WeakReference:
    """A weak reference; calling it gives the object, or None."""

    def __init__(machine: Machine, self: Ref, object: Value, callback: Value = None, /) -> None:
        _told(machine, callback)
        machine.store_attribute(self, HELD, (object,))

    def __getattr__(machine: Machine, self: Ref, name: str) -> Value:
        raise Undecided(f"{name} of a weak reference is not followed")

    def __call__(machine: Machine, self: Ref) -> Value:
        return _one_of(note(machine, self, HELD))


@WEAKREF.type("finalize")
class Finalize:
    """A call to come, when an object goes, when the program ends or when somebody makes it: nothing happens to the object itself."""

    def __init__(machine: Machine, self: Ref, object: Value, func: Value, /, *args: Value, **kwargs: Value) -> None:
        machine.store_attribute(self, HELD, (func, *args, *kwargs.values()))
        Finalize.__call__(machine, self)

    def __getattr__(machine: Machine, self: Ref, name: str) -> Value:
        raise Undecided(f"{name} of a finalizer is not followed")

    def __call__(machine: Machine, self: Ref) -> Value:
        return machine.call(Unknown(MAY_BE_GONE), note(machine, self, HELD))


def _one_of(held: tuple[Value, ...]) -> Value:
    """One of these objects, or something else."""
    refs = {value for value in held if isinstance(value, Ref)}
    refs |= {ref for value in held if isinstance(value, Either) for ref in value.refs}
    functions = tuple(value for value in held if isinstance(value, (Function, Method, Partial)))
    return Either(MAY_BE_GONE, frozenset(refs), False, functions) if refs or functions else Unknown(MAY_BE_GONE)


@WEAKREF.type("WeakValueDictionary", "WeakKeyDictionary", "WeakSet")
class WeakCollection:
    """A collection of which members go at any time: what it gives is one of those that it was ever given."""

    def __init__(machine: Machine, self: Ref, given: Value = (), /, **more: Value) -> None:
        machine.store_attribute(self, HELD, ())
        WeakCollection.update(machine, self, given, **more)

    def update(machine: Machine, self: Ref, given: Value = (), /, **more: Value) -> None:
        held = machine.peek(given) if isinstance(given, Ref) else None
        weak = isinstance(held, Instance)
        keys = note(machine, given, HELD) if weak else machine.elements(given)
        values = [machine.get_item(given, key) for key in keys] if isinstance(held, DictObject) else ()
        _keep(machine, self, *keys, *values, *more.values())

    def __getattr__(machine: Machine, self: Ref, name: str) -> Value:
        raise Undecided(f"{name} of a weak collection is not followed")

    def add(machine: Machine, self: Ref, item: Value) -> None:
        _keep(machine, self, item)

    def __setitem__(machine: Machine, self: Ref, key: Value, value: Value) -> None:
        _keep(machine, self, key, value)

    def setdefault(machine: Machine, self: Ref, key: Value, default: Value = None) -> Value:
        _keep(machine, self, key, default)
        return _one_of(note(machine, self, HELD))

    def __getitem__(machine: Machine, self: Ref, key: Value) -> Value:
        return _one_of(note(machine, self, HELD))

    def get(machine: Machine, self: Ref, key: Value, default: Value = None) -> Value:
        return _one_of((*note(machine, self, HELD), default))

    def pop(machine: Machine, self: Ref, *args: Value) -> Value:
        return _one_of((*note(machine, self, HELD), *args))

    def __iter__(machine: Machine, self: Ref) -> Value:
        return Repeated(MAY_BE_GONE, _one_of(note(machine, self, HELD)))

    keys = values = valuerefs = keyrefs = __iter__

    def items(machine: Machine, self: Ref) -> Value:
        item = _one_of(note(machine, self, HELD))
        return Repeated(MAY_BE_GONE, (item, item))

    def popitem(machine: Machine, self: Ref) -> Value:
        item = _one_of(note(machine, self, HELD))
        return (item, item)

    def discard(machine: Machine, self: Ref, item: Value) -> None:
        """It may be there all the same."""

    remove = __delitem__ = discard

    def clear(machine: Machine, self: Ref) -> None:
        """What it held may come back by ``update``."""

    def __len__(machine: Machine, self: Ref) -> Value:
        raise Undecided(MAY_BE_GONE)

    def __contains__(machine: Machine, self: Ref, item: Value) -> Value:
        raise Undecided(MAY_BE_GONE)

    def __bool__(machine: Machine, self: Ref) -> Value:
        raise Undecided(MAY_BE_GONE)


def _keep(machine: Machine, collection: Ref, *values: Value) -> None:
    machine.store_attribute(collection, HELD, (*note(machine, collection, HELD), *values))
