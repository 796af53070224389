# mypy: disable-error-code="misc, override"
"""``dict`` and its kinds. A dictionary whose keys are no longer known is forgotten as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dimlint.core.problem import Undecided
from dimlint.core.results import VIEWED
from dimlint.core.value import (
    DictObject,
    Instance,
    IteratorObject,
    LibraryClass,
    Machine,
    Raised,
    Ref,
    SetObject,
    Unknown,
    Value,
)
from dimlint.libraries.python.checks import own_method
from dimlint.libraries.python.keys import key_of
from dimlint.libraries.python.library import BUILTINS, find_method, forgetting, inside, of_class
from dimlint.libraries.python.limits import check_count
from dimlint.libraries.python.sequences import collected, members
from dimlint.libraries.python.sets import combine

ABSENT: Any = object()


def held(machine: Machine, ref: Value) -> DictObject:
    """Contents of a dictionary. Raises Undecided for anything else."""
    ref = inside(machine, ref)
    contents = machine.contents(ref) if isinstance(ref, Ref) else None
    if not isinstance(contents, DictObject):
        raise Undecided("the value is not known to be a dictionary")
    return contents


def put(machine: Machine, ref: Ref, items: Mapping[Value, Value]) -> None:
    """Give a dictionary new items. Raises Undecided beyond the cap."""
    check_count(len(items), "a dictionary")
    machine.update(inside(machine, ref), replace(held(machine, ref), items=items))


def entries(machine: Machine, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> dict[Value, Value]:
    """Items that ``dict(*args, **kwargs)`` gives. Raises Raised, Undecided."""
    if len(args) > 1:
        raise Raised("TypeError", f"dict expected at most 1 argument, got {len(args)}")
    items: dict[Value, Value] = {}
    for source in args:
        if isinstance(source, Unknown):
            raise Undecided(source.reason)
        inner = inside(machine, source)
        contents = machine.contents(inner) if isinstance(inner, Ref) else inner
        if isinstance(contents, DictObject):
            items |= contents.items
        else:
            items |= _pairs(machine, source)
    return {**items, **kwargs}


def _pairs(machine: Machine, source: Value) -> dict[Value, Value]:
    keys = find_method(machine, source, "keys")
    if keys is not None:
        return {key_of(machine, key): machine.get_item(source, key) for key in collected(machine, machine.call(keys))}
    items: dict[Value, Value] = {}
    for pair in collected(machine, source):
        parts = collected(machine, pair)
        if len(parts) != 2:
            raise Raised("ValueError", "dictionary update sequence element has the wrong length; 2 is required")
        items[key_of(machine, parts[0])] = parts[1]
    return items


@BUILTINS.type("dict", bases=("object",))
class Dict:
    def __new__(machine: Machine, cls: Value, /, *args: Value, **kwargs: Value) -> Value:
        own = not isinstance(cls, LibraryClass)  # an object of the program's own class is filled by its ``__init__``
        return of_class(machine, cls, machine.new(DictObject({} if own else entries(machine, args, kwargs))))

    def __init__(machine: Machine, self: Ref, /, *args: Value, **kwargs: Value) -> None:
        with forgetting(machine, self):
            put(machine, self, {**held(machine, self).items, **entries(machine, args, kwargs)})

    @staticmethod
    def fromkeys(machine: Machine, keys: Value, value: Value = None) -> Ref:
        return machine.new(DictObject({key_of(machine, key): value for key in collected(machine, keys)}))

    def get(machine: Machine, self: Ref, key: Value, default: Value = None) -> Value:
        return held(machine, self).items.get(key_of(machine, key), default)

    def keys(machine: Machine, self: Ref) -> Ref:
        return _view(machine, "dict_keys", self)

    def values(machine: Machine, self: Ref) -> Ref:
        return _view(machine, "dict_values", self)

    def items(machine: Machine, self: Ref) -> Ref:
        return _view(machine, "dict_items", self)

    def pop(machine: Machine, self: Ref, key: Value, default: Value = ABSENT) -> Value:
        with forgetting(machine, self):
            items = dict(held(machine, self).items)
            value = items.pop(key_of(machine, key), default)
            put(machine, self, items)
        if value is ABSENT:
            raise Raised("KeyError", "the key is not in the dictionary")
        return value

    def popitem(machine: Machine, self: Ref, last: Value = True) -> Value:
        with forgetting(machine, self):
            items = dict(held(machine, self).items)
            if not items:
                raise Raised("KeyError", "popitem(): dictionary is empty")
            key = list(items)[-1 if machine.truth(last) else 0]
            value = items.pop(key)
            put(machine, self, items)
        return key, value

    def setdefault(machine: Machine, self: Ref, key: Value, default: Value = None) -> Value:
        with forgetting(machine, self):
            items = dict(held(machine, self).items)
            value = items.setdefault(key_of(machine, key), default)
            put(machine, self, items)
        return value

    def update(machine: Machine, self: Ref, /, *args: Value, **kwargs: Value) -> None:
        with forgetting(machine, self):
            put(machine, self, {**held(machine, self).items, **entries(machine, args, kwargs)})

    def copy(machine: Machine, self: Ref) -> Ref:
        return machine.new(held(machine, self))

    def clear(machine: Machine, self: Ref) -> None:
        put(machine, self, {})

    def __len__(machine: Machine, self: Ref) -> int:
        return len(held(machine, self).items)

    def __iter__(machine: Machine, self: Ref) -> Ref:
        return machine.new(IteratorObject(tuple(held(machine, self).items)))

    def __contains__(machine: Machine, self: Ref, key: Value) -> bool:
        return key_of(machine, key) in held(machine, self).items

    def __getitem__(machine: Machine, self: Ref, key: Value) -> Value:
        contents = held(machine, self)
        key = key_of(machine, key)
        if key in contents.items:
            return contents.items[key]
        missing = find_method(machine, self, "__missing__")
        if missing is not None:
            return machine.call(missing, [key])
        if contents.default_factory is None:
            raise Raised("KeyError", "the key is not in the dictionary")
        value = machine.call(contents.default_factory)
        put(machine, self, {**held(machine, self).items, key: value})
        return value

    def __setitem__(machine: Machine, self: Ref, key: Value, value: Value) -> None:
        with forgetting(machine, self):
            put(machine, self, {**held(machine, self).items, key_of(machine, key): value})

    def __delitem__(machine: Machine, self: Ref, key: Value) -> None:
        with forgetting(machine, self):
            items = dict(held(machine, self).items)
            if items.pop(key_of(machine, key), ABSENT) is ABSENT:
                raise Raised("KeyError", "the key is not in the dictionary")
            put(machine, self, items)

    def __or__(machine: Machine, self: Ref, other: Value) -> Ref:
        contents = held(machine, self)
        return machine.new(replace(contents, items={**contents.items, **held(machine, other).items}))

    def __ior__(machine: Machine, self: Ref, other: Value) -> Ref:
        with forgetting(machine, self):
            put(machine, self, {**held(machine, self).items, **entries(machine, (other,), {})})
        return self


def _view(machine: Machine, kind: str, ref: Ref) -> Ref:
    held(machine, ref)
    return machine.new(Instance(BUILTINS.entries[kind], {VIEWED: inside(machine, ref)}))


class View:
    """What the views of a dictionary share; the interpreter knows their items."""

    def __len__(machine: Machine, self: Ref) -> int:
        return len(machine.elements(self))

    def __iter__(machine: Machine, self: Ref) -> Ref:
        return machine.iterator(self)

    def __eq__(machine: Machine, self: Ref, other: Value) -> Value:
        if not isinstance(other, Ref):
            return NotImplemented
        return not combine(machine, "^", machine.elements(self), members(machine, other))

    def __le__(machine: Machine, self: Ref, other: Value) -> bool:
        return not combine(machine, "-", machine.elements(self), members(machine, other))

    def __ge__(machine: Machine, self: Ref, other: Value) -> bool:
        return not combine(machine, "-", members(machine, other), machine.elements(self))

    def __and__(machine: Machine, self: Ref, other: Value) -> Ref:
        return machine.new(SetObject(combine(machine, "&", machine.elements(self), members(machine, other))))

    def __or__(machine: Machine, self: Ref, other: Value) -> Ref:
        return machine.new(SetObject(combine(machine, "|", machine.elements(self), members(machine, other))))

    def __sub__(machine: Machine, self: Ref, other: Value) -> Ref:
        return machine.new(SetObject(combine(machine, "-", machine.elements(self), members(machine, other))))

    def __xor__(machine: Machine, self: Ref, other: Value) -> Ref:
        return machine.new(SetObject(combine(machine, "^", machine.elements(self), members(machine, other))))

    def isdisjoint(machine: Machine, self: Ref, other: Value) -> bool:
        return not combine(machine, "&", machine.elements(self), members(machine, other))


BUILTINS.type("dict_keys", bases=("object",))(type("Keys", (), dict(vars(View))))
BUILTINS.type("dict_items", bases=("object",))(type("Items", (), dict(vars(View))))
BUILTINS.type("dict_values", bases=("object",))(type("Values", (), {name: vars(View)[name] for name in ("__len__", "__iter__")}))


# The class of a dictionary is found by its kind among the builtins; ``collections`` exports these two.


def redefined(machine: Machine, self: Value, names: Sequence[str]) -> bool:
    """Whether a class of the program defines one of these methods anew."""
    order = machine.mro(machine.class_of(self))
    return any(own_method(machine, order, name) is not None for name in names)


def filled(machine: Machine, self: Ref, /, *args: Value, **kwargs: Value) -> None:
    """``__init__`` and ``update`` of those that set each item by the method that a subclass may have for it."""
    if not redefined(machine, self, ("__setitem__",)):
        machine.call(BUILTINS.entries["dict"].methods["update"], [self, *args], kwargs)
        return
    with forgetting(machine, self):
        for key, value in entries(machine, args, kwargs).items():
            machine.call(machine.attribute(self, "__setitem__"), [key, value])


@BUILTINS.type("OrderedDict", bases=("dict",))
class OrderedDict:
    __init__, update = filled, filled

    def __new__(machine: Machine, cls: Value, /, *args: Value, **kwargs: Value) -> Value:
        own = not isinstance(cls, LibraryClass)
        return of_class(machine, cls, machine.new(DictObject({} if own else entries(machine, args, kwargs), "OrderedDict")))

    def move_to_end(machine: Machine, self: Ref, key: Value, last: Value = True) -> None:
        with forgetting(machine, self):
            items = dict(held(machine, self).items)
            key = key_of(machine, key)
            if key not in items:
                raise Raised("KeyError", "the key is not in the dictionary")
            value = items.pop(key)
            put(machine, self, {**items, key: value} if machine.truth(last) else {key: value, **items})


@BUILTINS.type("defaultdict", bases=("dict",))
class DefaultDict:
    def __new__(machine: Machine, cls: Value, factory: Value = None, /, *args: Value, **kwargs: Value) -> Value:
        own = not isinstance(cls, LibraryClass)
        made = DictObject({} if own else entries(machine, args, kwargs), "defaultdict", None if own else factory)
        return of_class(machine, cls, machine.new(made))

    def __init__(machine: Machine, self: Ref, factory: Value = None, /, *args: Value, **kwargs: Value) -> None:
        with forgetting(machine, self):
            items = {**held(machine, self).items, **entries(machine, args, kwargs)}
            machine.update(inside(machine, self), DictObject(items, "defaultdict", factory))
