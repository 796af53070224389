"""``attrs``: what is asked of classes and objects that it has made, and its converters."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass as plain_dataclass
from dataclasses import replace as with_changes

from dimlint.core.problem import Undecided
from dimlint.core.value import DictObject, Instance, ListObject, Machine, Native, Ref, SetObject, Unknown, Value
from dimlint.libraries.python.attrs import told_of_field, validated
from dimlint.libraries.python.attrs_fields import NOTHING, fields_of, known_fields
from dimlint.libraries.python.limits import MAX_DEPTH, check_count
from dimlint.libraries.python.seldom import ATTR, ATTRS


@ATTRS.function("fields")
def fields(machine: Machine, cls: Value) -> Value:
    made = {name: told_of_field(machine, name, item) for name, item in known_fields(machine, cls).items()}
    return machine.new(Instance(ATTRS.entries["Fields"], made))


@ATTRS.type("Fields")
class Fields:
    """A tuple of fields that have names."""

    def __getattr__(machine: Machine, self: Ref, name: str) -> Value:
        raise Undecided(f"{name} of the fields of a class is not followed")

    def __iter__(machine: Machine, self: Ref) -> Value:
        return machine.iterator(tuple(machine.attributes_of(self).values()))

    def __len__(machine: Machine, self: Ref) -> int:
        return len(machine.attributes_of(self))

    def __getitem__(machine: Machine, self: Ref, index: Value) -> Value:
        return machine.get_item(tuple(machine.attributes_of(self).values()), index)


@ATTRS.function("fields_dict")
def fields_dict(machine: Machine, cls: Value) -> Value:
    return machine.new(DictObject({name: told_of_field(machine, name, item) for name, item in known_fields(machine, cls).items()}))


@ATTRS.function("has")
def has(machine: Machine, cls: Value) -> bool:
    return fields_of(machine, cls) is not None


@ATTRS.function("evolve")
def evolve(machine: Machine, /, *args: Value, **changes: Value) -> Value:
    if len(args) != 1:
        raise Undecided("an object is copied with other fields in a way that is not followed")
    fields = known_fields(machine, args[0])
    kept = {item.argument(name): name for name, item in fields.items() if item.init and item.argument(name) not in changes}
    given = {argument: machine.attribute(args[0], name) for argument, name in kept.items()}
    return machine.call(machine.class_of(args[0]), (), {**given, **changes})


@ATTRS.function("validate")
def validate(machine: Machine, inst: Value) -> None:
    for name, item in known_fields(machine, inst).items():
        validated(machine, inst, name, item)


# -- converters


def _optional(machine: Machine, converter: Value) -> Native:
    def convert(machine: Machine, value: Value) -> Value:
        if isinstance(value, Unknown):
            raise Undecided(value.reason)
        return None if value is None else machine.call(converter, [value])

    return Native("optional", ATTRS.name, convert)


def _default_if_none(machine: Machine, default: Value = NOTHING, factory: Value = None) -> Native:
    if isinstance(default, Ref):
        raise Undecided("a default that a factory makes is not followed here")

    def convert(machine: Machine, value: Value) -> Value:
        if isinstance(value, Unknown):
            raise Undecided(value.reason)
        if value is not None:
            return value
        return machine.call(factory) if default is NOTHING else default

    return Native("default_if_none", ATTRS.name, convert)


def _pipe(machine: Machine, *converters: Value) -> Native:
    def convert(machine: Machine, value: Value) -> Value:
        for converter in converters:
            value = machine.call(converter, [value])
        return value

    return Native("pipe", ATTRS.name, convert)


for _name, _body in (("optional", _optional), ("default_if_none", _default_if_none), ("pipe", _pipe)):
    ATTRS.declare(Native(f"converters.{_name}", ATTRS.name, _body), f"converters.{_name}")


# -- objects as dictionaries and tuples


@plain_dataclass
class _Flattened:
    """One conversion of objects, nested in whatever way. retains: whether tuples and sets stay what they are."""

    machine: Machine
    make: Callable[[list[tuple[str, Value]]], Value]
    recurse: bool
    retains: bool
    parts: int = 0

    def object(self, value: Value, depth: int) -> Value:
        """An object of a class with fields."""
        self.parts += 1
        check_count(self.parts, "an object")
        if depth > MAX_DEPTH:
            raise Undecided("an object is nested too deeply")
        held = [(name, self.machine.attribute(value, name)) for name in known_fields(self.machine, value)]
        return self.make([(name, self.part(item, depth + 1) if self.recurse else item) for name, item in held])

    def part(self, value: Value, depth: int) -> Value:
        """What one of its fields holds."""
        contents = self.machine.contents(value) if isinstance(value, Ref) else None
        if isinstance(contents, Instance) and fields_of(self.machine, value) is not None:
            return self.object(value, depth)
        if isinstance(contents, ListObject):
            return self.machine.new(ListObject(tuple(self.part(item, depth) for item in contents.items)))
        if isinstance(contents, DictObject):
            if contents.kind != "dict":
                raise Undecided("a dictionary of another class is not followed here")
            return self.machine.new(with_changes(contents, items={key: self.part(item, depth) for key, item in contents.items.items()}))
        if type(value) is tuple:
            items = tuple(self.part(item, depth) for item in value)
            return items if self.retains else self.machine.new(ListObject(items))
        if isinstance(contents, SetObject):
            raise Undecided("a set among the fields of an object is not followed here")
        return value


def _conversion(name: str, make: Callable[[Machine, list[tuple[str, Value]]], Value], retains: bool) -> Callable[..., Value]:
    def convert(machine: Machine, inst: Value, recurse: Value = True, **options: Value) -> Value:
        retained = machine.truth(options.pop("retain_collection_types", retains))
        if any(value is not None for value in options.values()):
            raise Undecided(f"{name} with functions of its own is not modelled")
        return _Flattened(machine, lambda fields: make(machine, fields), machine.truth(recurse), retained).object(inst, 0)

    return convert


for _name, _make in (
    ("asdict", lambda machine, fields: machine.new(DictObject(dict(fields)))),
    ("astuple", lambda machine, fields: tuple(value for _, value in fields)),
):
    for _library, _retains in ((ATTRS, True), (ATTR, False)):
        _library.declare(Native(_name, _library.name, _conversion(_name, _make, _retains)), _name)
for _name, _entry in ATTRS.entries.items():
    if _name not in ATTR.declared:
        ATTR.declare(_entry, _name)
