"""``collections``, its abstract classes, and ``numbers``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.value import (
    ClassMethod,
    ClassObject,
    DictObject,
    Instance,
    IteratorObject,
    ListObject,
    Machine,
    Native,
    Raised,
    Ref,
    Value,
)
from dimlint.libraries.python.inspection import ABSTRACT_METHODS, BUILTIN_PARENTS
from dimlint.libraries.python.library import BUILTINS, forgetting
from dimlint.libraries.python.sequences import collected, item, items_of, put

COLLECTIONS = Library("python.collections", ("collections",))
ABSTRACT = Library("python.collections.abc", ("collections.abc", "typing.abc"))
NUMBERS = Library("python.numbers", ("numbers",))
COLLECTIONS.value("OrderedDict", BUILTINS.entries["OrderedDict"])
COLLECTIONS.value("defaultdict", BUILTINS.entries["defaultdict"])
NUMERIC = ("Number", "Complex", "Real", "Rational", "Integral")

for _name in (*BUILTIN_PARENTS, *ABSTRACT_METHODS, "Hashable", "Reversible", "Awaitable"):
    _library = NUMBERS if _name in NUMERIC else ABSTRACT
    if _name not in _library.entries:
        _library.type(_name)(type(_name, (), {}))


@COLLECTIONS.function("deque")
def deque(machine: Machine, iterable: Value = (), maxlen: Value = None) -> Ref:
    """A list that also has the methods of a deque."""
    if maxlen is not None:
        raise Undecided("a deque of limited length is not modelled")
    return machine.new(ListObject(tuple(collected(machine, iterable))))


def _append_left(machine: Machine, self: Ref, value: Value) -> None:
    with forgetting(machine, self):
        put(machine, self, (value, *items_of(machine, self)))


def _extend_left(machine: Machine, self: Ref, values: Value) -> None:
    with forgetting(machine, self):
        put(machine, self, (*reversed(collected(machine, values)), *items_of(machine, self)))


def _pop_left(machine: Machine, self: Ref) -> Value:
    with forgetting(machine, self):
        items = items_of(machine, self)
        if not items:
            raise Raised("IndexError", "pop from an empty deque")
        put(machine, self, items[1:])
    return items[0]


for _name, _body in (("appendleft", _append_left), ("extendleft", _extend_left), ("popleft", _pop_left)):
    BUILTINS.entries["list"].methods[_name] = Native(f"deque.{_name}", COLLECTIONS.name, _body)


# -- named tuples


@COLLECTIONS.function("namedtuple")
def namedtuple(
    machine: Machine, typename: str, field_names: Value, *, defaults: Value = (), rename: Value = False, module: Value = None
) -> Ref:
    """A new class of tuples whose items have names."""
    given = field_names.replace(",", " ").split() if isinstance(field_names, str) else collected(machine, field_names)
    names = tuple(name for name in given if isinstance(name, str))
    if len(names) != len(given) or machine.truth(rename):
        raise Undecided("the fields of a named tuple are not known")
    last = collected(machine, defaults) if defaults is not None else []
    return named_tuple_class(machine, typename, names, dict(zip(names[len(names) - len(last) :], last)))


def named_tuple_class(machine: Machine, name: str, fields: tuple[str, ...], defaults: Mapping[str, Value]) -> Ref:
    """A class whose instances have the fields as attributes and behave as tuples."""
    cls = machine.new(ClassObject(name, (BUILTINS.entries["tuple"],), (), {}))

    def make(machine: Machine, cls: Value, /, *args: Value, **kwargs: Value) -> Ref:
        given = dict(zip(fields, args))
        if len(args) > len(fields) or any(field in given or field not in fields for field in kwargs):
            raise Raised("TypeError", f"{name}() got unexpected arguments")
        values = {**defaults, **given, **kwargs}
        missing = [field for field in fields if field not in values]
        if missing:
            raise Raised("TypeError", f"{name}() is missing the argument {missing[0]!r}")
        return machine.new(Instance(cls, {field: values[field] for field in fields}))

    def values_of(machine: Machine, self: Ref) -> tuple[Value, ...]:
        contents = machine.contents(self)
        if not isinstance(contents, Instance):
            raise Undecided("the value is not known to be a named tuple")
        return tuple(contents.attributes[field] for field in fields)

    attributes = {"_fields": fields, **_tuple_methods(name, fields, make, values_of)}
    contents = machine.contents(cls)
    assert isinstance(contents, ClassObject)
    machine.update(cls, replace(contents, mro=(cls, *BUILTINS.entries["tuple"].mro), attributes=attributes))
    return cls


def _tuple_methods(name: str, fields: tuple[str, ...], make: Value, values_of: Value) -> dict[str, Value]:
    """Methods of a class of named tuples."""

    def iterate(machine: Machine, self: Ref) -> Ref:
        return machine.new(IteratorObject(values_of(machine, self)))

    def length(machine: Machine, self: Ref) -> int:
        return len(fields)

    def get(machine: Machine, self: Ref, index: Value) -> Value:
        return item(values_of(machine, self), index)

    def equal(machine: Machine, self: Ref, other: Value) -> Value:
        both = isinstance(other, Ref) and machine.class_of(other) == machine.class_of(self)
        return machine.compare("==", values_of(machine, self), values_of(machine, other) if both else other, None)

    def as_dict(machine: Machine, self: Ref) -> Ref:
        return machine.new(DictObject(dict(zip(fields, values_of(machine, self)))))

    def replaced(machine: Machine, self: Ref, /, **kwargs: Value) -> Value:
        return make(machine, machine.class_of(self), **{**dict(zip(fields, values_of(machine, self))), **kwargs})

    def from_iterable(machine: Machine, cls: Value, iterable: Value) -> Value:
        return make(machine, cls, *collected(machine, iterable))

    bodies = {
        "__new__": make,
        "__iter__": iterate,
        "__len__": length,
        "__getitem__": get,
        "__eq__": equal,
        "_asdict": as_dict,
        "_replace": replaced,
        "_make": from_iterable,
    }
    methods: dict[str, Value] = {key: Native(f"{name}.{key}", COLLECTIONS.name, body) for key, body in bodies.items()}
    return {**methods, "_make": ClassMethod(methods["_make"])}
