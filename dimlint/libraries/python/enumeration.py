"""``enum``: the attributes of a class become its members."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dimlint.core.library import Library, computed
from dimlint.core.problem import Undecided
from dimlint.core.results import Own, owned
from dimlint.core.value import (
    CachedProperty,
    ClassMethod,
    ClassObject,
    DictObject,
    Function,
    LibraryClass,
    Machine,
    Property,
    Raised,
    Ref,
    StaticMethod,
    Unknown,
    Value,
)
from dimlint.libraries.python.library import BUILTINS, attempt, class_object, identity, instance_object
from dimlint.libraries.python.mappings import held
from dimlint.libraries.python.sequences import collected
from dimlint.libraries.python.strings import to_text

ENUM = Library("python.enum", ("enum",))
MEMBERS = "*members"
"""Attribute of a class: its members and aliases by name."""
NAMED = "*named"
"""Attribute of a class: its members, each once, in order."""
DESCRIPTORS = (Function, StaticMethod, ClassMethod, Property, CachedProperty)
BUILTIN_DATA = ("int", "str", "float", "tuple")


class Auto:
    """``auto()``: the next value."""


def members_of(machine: Machine, cls: Value) -> tuple[Ref, ...]:
    """The members of an enumeration, in order. Raises Undecided."""
    return tuple(_table(machine, cls, NAMED).values())


def _table(machine: Machine, cls: Value, which: str) -> dict[str, Value]:
    contents = machine.contents(cls) if isinstance(cls, Ref) else None
    if not isinstance(contents, ClassObject):
        raise Undecided("the members of an enumeration are not known")
    return dict(contents.attributes.get(which, ()))


@ENUM.type("EnumMeta", "EnumType", bases=(BUILTINS.entries["type"],))
class EnumMeta:
    """The class of enumerations."""

    def __call__(machine: Machine, cls: Ref, value: Value, names: Value = None, /, **options: Value) -> Value:
        if names is not None:
            return _functional(machine, cls, value, names)
        return by_value(machine, cls, value)

    def __iter__(machine: Machine, cls: Ref) -> Value:
        return machine.call(BUILTINS.entries["iter"], [_listed(machine, cls)])

    def __len__(machine: Machine, cls: Ref) -> int:
        return len(_listed(machine, cls))

    def __bool__(machine: Machine, cls: Ref) -> bool:
        return True

    def __contains__(machine: Machine, cls: Ref, item: Value) -> bool:
        if isinstance(item, Unknown):
            raise Undecided(item.reason)
        if isinstance(item, (Ref, Own)) and machine.class_of(item) == cls:
            return True
        raise Undecided("whether a value is one of an enumeration depends on the version of Python")

    def __getitem__(machine: Machine, cls: Ref, name: Value) -> Value:
        if not isinstance(name, str):
            raise Undecided("which member of an enumeration is meant is not known")
        table = _table(machine, cls, MEMBERS)
        if name not in table:
            raise Raised("KeyError", name)
        return table[name]

    @computed
    def __members__(machine: Machine, cls: Ref) -> Ref:
        return machine.new(DictObject(_table(machine, cls, MEMBERS)))


def by_value(machine: Machine, cls: Ref, value: Value) -> Value:
    """``Color(2)``. Raises Raised, Undecided."""
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    if isinstance(value, (Ref, Own)) and machine.class_of(value) == cls:
        return value
    for member in members_of(machine, cls):
        if machine.truth(machine.compare("==", value_of(machine, member), value, None)):
            return member
    for base in machine.mro(cls):
        contents = machine.contents(base) if isinstance(base, Ref) else None
        missing = contents.attributes.get("_missing_") if isinstance(contents, ClassObject) else None
        if missing is not None:
            found = machine.call(machine.attribute(cls, "_missing_"), [value])
            if found is not None:
                return found
    if any(isinstance(base, LibraryClass) and base.name == "Flag" for base in machine.mro(cls)) and isinstance(value, int):
        return _flag(machine, cls, value)
    raise Raised("ValueError", f"{value!r} is not a valid value of an enumeration")


def value_of(machine: Machine, member: Value) -> Value:
    """The value of a member."""
    return machine.attributes_of(member.ref if isinstance(member, Own) else member)["_value_"]


def _listed(machine: Machine, cls: Ref) -> Any:
    """The members that iterating gives. Since Python 3.11 those of a flag that are no single bit are left out."""
    members = members_of(machine, cls)
    if any(isinstance(base, LibraryClass) and base.name == "Flag" for base in machine.mro(cls)):
        values = [value_of(machine, member) for member in members]
        if any(not isinstance(value, int) or value <= 0 or value & (value - 1) for value in values):
            raise Undecided("which flags are listed depends on the version of Python")
    return members


@ENUM.type("Enum")
class Enum:
    """What members can do."""

    def __new__(machine: Machine, cls: Value, value: Value, names: Value = None, /, **options: Value) -> Value:
        if names is None:
            raise Undecided("an enumeration without members is not modelled")
        return _functional(machine, cls, value, names)

    @staticmethod
    def __init_subclass__(machine: Machine, cls: Ref, **keywords: Value) -> None:
        _make_members(machine, cls)

    @computed
    def name(machine: Machine, self: Value) -> Value:
        return _own(machine, self, "_name_")

    @computed
    def value(machine: Machine, self: Value) -> Value:
        return _own(machine, self, "_value_")

    def __str__(machine: Machine, self: Value) -> Value:
        if isinstance(self, Own):
            raise Undecided("the text of a member depends on the version of Python")
        return f"{class_object(machine, machine.class_of(self)).name}.{_own(machine, self, '_name_')}"

    def __repr__(machine: Machine, self: Value) -> Value:
        cls = class_object(machine, machine.class_of(self))
        text = to_text(machine, _own(machine, self, "_value_"), "r")
        return text if isinstance(text, Unknown) else f"<{cls.name}.{_own(machine, self, '_name_')}: {text}>"

    def __format__(machine: Machine, self: Value, spec: Value) -> Value:
        if isinstance(self, Own):
            raise Undecided("the text of a member depends on the version of Python")
        return machine.call(BUILTINS.entries["format"], [machine.call(BUILTINS.entries["str"], [self]), spec])

    def __copy__(machine: Machine, self: Value) -> Value:
        return self

    def __deepcopy__(machine: Machine, self: Value, memo: Value) -> Value:
        return self


ENUM.entries["Enum"].methods["*metaclass"] = ENUM.entries["EnumMeta"]


@ENUM.type("IntEnum", bases=(BUILTINS.entries["int"], "Enum"))
class IntEnum:
    """Members are integers."""


@ENUM.type("StrEnum", bases=(BUILTINS.entries["str"], "Enum"))
class StrEnum:
    """Members are strings."""

    def __str__(machine: Machine, self: Value) -> Value:
        return attempt(str.__str__, self)

    def __format__(machine: Machine, self: Value, spec: Value) -> Value:
        return machine.call(BUILTINS.entries["format"], [attempt(str.__str__, self), spec])


@ENUM.type("Flag", bases=("Enum",))
class Flag:
    """Members are sets of bits."""

    def __or__(machine: Machine, self: Value, other: Value) -> Value:
        return _combined(machine, self, other, lambda a, b: a | b)

    def __and__(machine: Machine, self: Value, other: Value) -> Value:
        return _combined(machine, self, other, lambda a, b: a & b)

    def __xor__(machine: Machine, self: Value, other: Value) -> Value:
        return _combined(machine, self, other, lambda a, b: a ^ b)

    def __contains__(machine: Machine, self: Value, other: Value) -> Value:
        return value_of(machine, other) & value_of(machine, self) == value_of(machine, other)

    def __bool__(machine: Machine, self: Value) -> Value:
        return bool(value_of(machine, self))


@ENUM.type("IntFlag", bases=(BUILTINS.entries["int"], "Flag"))
class IntFlag:
    """Members are integers whose bits are flags."""


def _combined(machine: Machine, a: Value, b: Value, combine: Any) -> Value:
    cls = machine.class_of(a)
    if not isinstance(b, (Ref, Own)) or machine.class_of(b) != cls:
        raise Undecided("a flag is combined with something else")
    return by_value(machine, cls, combine(value_of(machine, a), value_of(machine, b)))


def _flag(machine: Machine, cls: Ref, value: int) -> Value:
    """A combination of flags that has no name: one object for each value."""
    contents = class_object(machine, cls)
    made = dict(contents.attributes.get("*combined", ()))
    if value not in made:
        made[value] = _member(machine, cls, None, value, _data_type(machine, cls))
        machine.update(cls, replace(contents, attributes={**contents.attributes, "*combined": made}))
    return made[value]


def _own(machine: Machine, member: Value, name: str) -> Value:
    return machine.attributes_of(member.ref if isinstance(member, Own) else member)[name]


def _data_type(machine: Machine, cls: Ref) -> str | None:
    """The builtin type that members are values of, too."""
    names = [base.name for base in machine.mro(cls) if isinstance(base, LibraryClass) and base.library == "builtins"]
    return next((name for name in BUILTIN_DATA if name in names), None)


def _make_members(machine: Machine, cls: Ref) -> None:
    contents = class_object(machine, cls)
    ignored = contents.attributes.get("_ignore_", ())
    ignored = ignored.split() if isinstance(ignored, str) else machine.plain(ignored)
    kind = _data_type(machine, cls)
    named: dict[str, Value] = {}
    table: dict[str, Value] = {}
    for name, value in contents.attributes.items():
        if name.startswith(("_", "*")) or isinstance(value, DESCRIPTORS) or name in ignored:
            continue
        value = _next_value(machine, cls, name, named, kind) if isinstance(value, Auto) else value
        if isinstance(value, Unknown):
            raise Undecided(value.reason)
        same = (item for item in named.values() if machine.truth(machine.compare("==", value_of(machine, item), value, None)))
        table[name] = next(same, None)
        if table[name] is None:
            table[name] = named[name] = _member(machine, cls, name, value, kind)
    contents = class_object(machine, cls)
    machine.update(cls, replace(contents, attributes={**contents.attributes, **table, MEMBERS: table, NAMED: named}))


def _next_value(machine: Machine, cls: Ref, name: str, named: Mapping[str, Value], kind: str | None) -> Value:
    for base in machine.mro(cls):
        if isinstance(base, Ref) and "_generate_next_value_" in class_object(machine, base).attributes:
            given = class_object(machine, base).attributes["_generate_next_value_"]
            values = [value_of(machine, member) for member in named.values()]
            given = given.function if isinstance(given, StaticMethod) else given
            return machine.call(given, [name, 1, len(values), machine.call(BUILTINS.entries["list"], [tuple(values)])])
    names = {base.name for base in machine.mro(cls) if isinstance(base, LibraryClass)}
    if "StrEnum" in names:
        return name.lower()
    numbers = [value_of(machine, member) for member in named.values()]
    if not all(isinstance(number, int) for number in numbers):
        raise Undecided("the next value of an enumeration is not known")
    if "Flag" in names:
        return 1 << max((number.bit_length() for number in numbers), default=0)
    return max(numbers, default=0) + 1


def _member(machine: Machine, cls: Ref, name: str | None, value: Value, kind: str | None) -> Value:
    args = list(value) if isinstance(value, tuple) and kind != "tuple" else [value]
    maker = _defined(machine, cls, "__new__")
    if maker is not None:
        made = machine.call(maker.function if isinstance(maker, StaticMethod) else maker, [cls, *args])
        ref = made.ref if isinstance(made, Own) else made
    else:
        ref = machine.blank(cls)
        data = value if kind is None else machine.call(BUILTINS.entries[kind], args if kind != "tuple" else [value])
        made = ref if kind is None else owned(data, ref)
        value = value if kind is None or _defined(machine, cls, "__init__") is not None else data
    if not isinstance(ref, Ref):
        raise Undecided("a member of an enumeration is not known")
    held_now = instance_object(machine, ref)
    told = {"_name_": name, "_value_": held_now.attributes.get("_value_", value)}
    machine.update(ref, replace(held_now, attributes={**held_now.attributes, **told}))
    initialise = _defined(machine, cls, "__init__")
    if initialise is not None:
        machine.call(initialise, [made, *args])
    return made


def _defined(machine: Machine, cls: Ref, name: str) -> Value:
    """A method that the program itself defines for an enumeration, or None."""
    for base in machine.mro(cls):
        contents = machine.contents(base) if isinstance(base, Ref) else None
        if isinstance(contents, ClassObject) and name in contents.attributes:
            return contents.attributes[name]
    return None


def _functional(machine: Machine, cls: Value, name: Value, names: Value) -> Ref:
    """``Enum("Color", "RED GREEN")``."""
    if not isinstance(name, str):
        raise Undecided("the name of an enumeration is not known")
    contents = machine.contents(names) if isinstance(names, Ref) else None
    if isinstance(contents, DictObject):
        given = dict(held(machine, names).items)
    else:
        entries = names.replace(",", " ").split() if isinstance(names, str) else collected(machine, names)
        flags = isinstance(cls, LibraryClass) and "Flag" in {base.name for base in cls.mro}
        pairs = [(entry, 1 << index if flags else index + 1) if isinstance(entry, str) else entry for index, entry in enumerate(entries)]
        given = dict(pairs)
    if not all(isinstance(key, str) for key in given):
        raise Undecided("the members of an enumeration are not known")
    return machine.define(None, name, (cls,), given, {})


@ENUM.function("auto")
def auto(machine: Machine) -> Auto:
    return Auto()


identity(ENUM, "unique", "member", "global_enum")


@ENUM.function("verify")
def verify(machine: Machine, *checks: Value) -> Value:
    return ENUM.entries["unique"]



