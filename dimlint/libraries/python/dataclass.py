"""``dataclasses``: a class gets an ``__init__`` made from its annotations.

The interpreter keeps a class's annotations in its attribute ``__annotations__``: a tuple of names in order, or a
dictionary of them; class variables (``ClassVar``) are not among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass as frozen_dataclass
from dataclasses import replace as with_changes
from typing import Any

from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.value import ClassObject, DictObject, Instance, Machine, Native, Raised, Ref, Unknown, Value
from dimlint.libraries.python.library import constant, find_method

DATACLASSES = Library("python.dataclasses", ("dataclasses",))
FIELDS = "__dataclass_fields__"
MISSING: Any = object()


@frozen_dataclass(frozen=True, eq=False)
class FieldDefault:
    """What ``field(...)`` says about a field."""

    default: Value = MISSING
    factory: Value = MISSING
    init: bool = True
    keyword: bool = False


DATACLASSES.value("MISSING", MISSING)
DATACLASSES.value("KW_ONLY", Unknown("fields that are only given by keyword"))
constant(DATACLASSES, Unknown("the fields of a dataclass are not known"), "fields", "make_dataclass")


@DATACLASSES.function("field")
def field(
    machine: Machine,
    *,
    default: Value = MISSING,
    default_factory: Value = MISSING,
    init: Value = True,
    repr: Value = True,
    hash: Value = None,
    compare: Value = True,
    metadata: Value = None,
    kw_only: Value = False,
) -> FieldDefault:
    return FieldDefault(default, default_factory, machine.truth(init), machine.truth(kw_only))


@DATACLASSES.function("dataclass")
def dataclass(machine: Machine, cls: Value = None, /, **options: Value) -> Value:
    if cls is not None:
        return _decorate(machine, cls, options)

    def decorator(machine: Machine, cls: Value, /) -> Value:
        return _decorate(machine, cls, options)

    return Native("dataclass", DATACLASSES.name, decorator)


def _decorate(machine: Machine, cls: Value, options: Mapping[str, Value]) -> Value:
    contents = machine.contents(cls) if isinstance(cls, Ref) else None
    if not isinstance(contents, ClassObject):
        raise Undecided("a dataclass is made of something that is not known to be a class")
    own = _own_fields(machine, contents, machine.truth(options.get("kw_only", False)))
    fields = {**_inherited_fields(machine, contents), **own}
    attributes = {name: value for name, value in contents.attributes.items() if not isinstance(value, FieldDefault)}
    attributes |= {name: item.default for name, item in own.items() if item.default is not MISSING}
    attributes[FIELDS] = tuple(fields.items())
    if machine.truth(options.get("init", True)) and "__init__" not in attributes:
        attributes["__init__"] = Native(f"{contents.name}.__init__", DATACLASSES.name, _initialiser(contents.name, fields))
    if machine.truth(options.get("eq", True)) and "__eq__" not in attributes:
        attributes["__eq__"] = Native(f"{contents.name}.__eq__", DATACLASSES.name, _equality(tuple(fields)))
    assert isinstance(cls, Ref)
    machine.update(cls, with_changes(contents, attributes=attributes))
    return cls


def _own_fields(machine: Machine, contents: ClassObject, keyword: bool) -> dict[str, FieldDefault]:
    annotations = contents.attributes.get("__annotations__", ())
    held = machine.contents(annotations) if isinstance(annotations, Ref) else annotations
    names = tuple(held.items) if isinstance(held, DictObject) else held
    if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names) or "_" in names:
        raise Undecided("the fields of a dataclass are not known")
    fields: dict[str, FieldDefault] = {}
    for name in names:
        value = contents.attributes.get(name, MISSING)
        item = value if isinstance(value, FieldDefault) else FieldDefault(value)
        fields[name] = with_changes(item, keyword=item.keyword or keyword)
    return fields


def _inherited_fields(machine: Machine, contents: ClassObject) -> dict[str, FieldDefault]:
    fields: dict[str, FieldDefault] = {}
    for base in reversed(contents.mro[1:]):
        held = machine.contents(base) if isinstance(base, Ref) else None
        if isinstance(base, Unknown):
            raise Undecided(base.reason)
        if isinstance(held, ClassObject):
            fields |= dict(held.attributes.get(FIELDS, ()))
    return fields


def _initialiser(name: str, fields: Mapping[str, FieldDefault]) -> Any:
    """The body of ``__init__``: binds arguments to fields, then calls ``__post_init__``."""

    def initialise(machine: Machine, self: Ref, /, *args: Value, **kwargs: Value) -> None:
        positional = [field for field, item in fields.items() if item.init and not item.keyword]
        given = dict(zip(positional, args))
        if len(args) > len(positional):
            raise Raised("TypeError", f"{name}() takes {len(positional)} arguments but {len(args)} were given")
        for key, value in kwargs.items():
            if key in given or key not in fields or not fields[key].init:
                raise Raised("TypeError", f"{name}() got an unexpected argument {key!r}")
            given[key] = value
        for key, item in fields.items():
            if key in given or item.default is not MISSING:
                machine.set_attribute(self, key, given.get(key, item.default))
            elif item.factory is not MISSING:
                machine.set_attribute(self, key, machine.call(item.factory))
            elif item.init:
                raise Raised("TypeError", f"{name}() is missing the argument {key!r}")
        method = find_method(machine, self, "__post_init__")
        if method is not None:
            machine.call(method)

    return initialise


def _equality(fields: tuple[str, ...]) -> Any:
    """The body of ``__eq__``: objects of one class are compared as tuples of their fields."""

    def equal(machine: Machine, self: Ref, other: Value) -> Value:
        if not isinstance(other, Ref) or machine.class_of(self) != machine.class_of(other):
            return self == other
        return machine.compare("==", _values(machine, self, fields), _values(machine, other, fields), None)

    return equal


def _values(machine: Machine, ref: Ref, fields: tuple[str, ...]) -> tuple[Value, ...]:
    return tuple(machine.attribute(ref, name) for name in fields)


def _fields_of(machine: Machine, obj: Value) -> tuple[str, ...] | None:
    """Names of the fields of a dataclass or an instance of one; None if it is neither."""
    contents = machine.contents(obj) if isinstance(obj, Ref) else None
    cls = contents.cls if isinstance(contents, Instance) else obj if isinstance(contents, ClassObject) else None
    for base in machine.mro(cls) if cls is not None else ():
        held = machine.contents(base) if isinstance(base, Ref) else None
        if isinstance(held, ClassObject) and FIELDS in held.attributes:
            return tuple(name for name, _ in held.attributes[FIELDS])
    return None


@DATACLASSES.function("is_dataclass")
def is_dataclass(machine: Machine, obj: Value) -> bool:
    if isinstance(obj, Unknown):
        raise Undecided(obj.reason)
    return _fields_of(machine, obj) is not None


@DATACLASSES.function("asdict")
def asdict(machine: Machine, obj: Value) -> Ref:
    return machine.new(DictObject({name: _flat(machine, value) for name, value in _opened(machine, obj)}))


@DATACLASSES.function("astuple")
def astuple(machine: Machine, obj: Value) -> Value:
    return tuple(_flat(machine, value) for _, value in _opened(machine, obj))


def _flat(machine: Machine, value: Value) -> Value:
    nested = isinstance(value, Ref) and _fields_of(machine, value) is not None
    return Unknown("a nested dataclass is not turned into data") if nested else value


@DATACLASSES.function("replace")
def replace(machine: Machine, obj: Value, /, **changes: Value) -> Value:
    return machine.call(machine.class_of(obj), (), {**dict(_opened(machine, obj)), **changes})


def _opened(machine: Machine, obj: Value) -> list[tuple[str, Value]]:
    """Fields and values of an instance of a dataclass. Raises Undecided for anything else."""
    names = _fields_of(machine, obj)
    if names is None or not isinstance(obj, Ref):
        raise Undecided("the object is not known to be a dataclass")
    return [(name, machine.attribute(obj, name)) for name in names]
