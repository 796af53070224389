"""Named tuples: ``collections.namedtuple`` and ``typing.NamedTuple``."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

from collections import namedtuple as python_namedtuple
from collections.abc import Mapping
from dataclasses import replace

from dimlint.core.problem import Undecided
from dimlint.core.results import owned
from dimlint.core.value import ClassMethod, DictObject, Machine, Native, Property, Raised, Ref, Unknown, Value
from dimlint.libraries.python.containers import COLLECTIONS
from dimlint.libraries.python.library import BUILTINS, attempt, class_object
from dimlint.libraries.python.sequences import collected
from dimlint.libraries.python.strings import to_text
from dimlint.libraries.python.typed import TYPING

TUPLE = BUILTINS.entries["tuple"]


@COLLECTIONS.function("namedtuple")
def namedtuple(
    machine: Machine, typename: str, field_names: Value, *, defaults: Value = (), rename: Value = False, module: Value = None
) -> Ref:
    """A new class of tuples whose items have names."""
    given = field_names.replace(",", " ").split() if isinstance(field_names, str) else collected(machine, field_names)
    names = tuple(name for name in given if isinstance(name, str))
    if len(names) != len(given):
        raise Undecided("the fields of a named tuple are not known")
    made = attempt(python_namedtuple, "Record", names, rename=machine.truth(rename))  # noqa: PYI024 -- it says what names are allowed
    last = collected(machine, defaults) if defaults is not None else []
    cls = machine.define(None, typename, (TUPLE,), {}, {})
    names = made._fields
    return give_fields(machine, cls, names, dict(zip(names[len(names) - len(last) :], last)))


def give_fields(machine: Machine, cls: Ref, fields: tuple[str, ...], defaults: Mapping[str, Value]) -> Ref:
    """Make a class one of tuples with named fields."""
    contents = class_object(machine, cls)
    name = contents.name
    own = {key: value for key, value in contents.attributes.items() if key not in fields}
    getters = {field: Property(Native(f"{name}.{field}", COLLECTIONS.name, _getter(index))) for index, field in enumerate(fields)}
    told = {"_fields": fields, "_field_defaults": machine.new(DictObject(dict(defaults))), "__match_args__": fields}
    bodies = _methods(name, fields, defaults)
    methods: dict[str, Value] = {key: Native(f"{name}.{key}", COLLECTIONS.name, body) for key, body in bodies.items()}
    methods["_make"] = ClassMethod(methods["_make"])
    mro = (cls, *(base for base in contents.mro[1:] if base not in (TYPING.entries["NamedTuple"], *TUPLE.mro)), *TUPLE.mro)
    machine.update(cls, replace(contents, mro=mro, attributes={**told, **methods, **getters, **own}))
    return cls


def _getter(index: int) -> Value:
    def get(machine: Machine, self: Value) -> Value:
        return self[index]

    return get


def _methods(name: str, fields: tuple[str, ...], defaults: Mapping[str, Value]) -> dict[str, Value]:
    """Methods of a class of named tuples."""

    def make(machine: Machine, cls: Value, /, *args: Value, **kwargs: Value) -> Value:
        given = dict(zip(fields, args))
        if len(args) > len(fields) or any(field in given or field not in fields for field in kwargs):
            raise Raised("TypeError", f"{name}() got unexpected arguments")
        values = {**defaults, **given, **kwargs}
        missing = [field for field in fields if field not in values]
        if missing:
            raise Raised("TypeError", f"{name}() is missing the argument {missing[0]!r}")
        return owned(tuple(values[field] for field in fields), machine.blank(cls))

    def as_dict(machine: Machine, self: Value) -> Ref:
        return machine.new(DictObject(dict(zip(fields, self))))

    def replaced(machine: Machine, self: Value, /, **kwargs: Value) -> Value:
        return make(machine, machine.class_of(self), **{**dict(zip(fields, self)), **kwargs})

    def from_iterable(machine: Machine, cls: Value, iterable: Value) -> Value:
        return make(machine, cls, *collected(machine, iterable))

    def show(machine: Machine, self: Value) -> Value:
        texts = [to_text(machine, value, "r") for value in self]
        lost = next((text for text in texts if isinstance(text, Unknown)), None)
        cls = class_object(machine, machine.class_of(self)).name
        return lost or f"{cls}({', '.join(map('='.join, zip(fields, texts)))})"

    return {"__new__": make, "_asdict": as_dict, "_replace": replaced, "_make": from_iterable, "__repr__": show}


@TYPING.type("NamedTuple")
class NamedTuple:
    """A base class whose annotations are the fields."""

    def __new__(machine: Machine, cls: Value, typename: str, fields: Value = (), /, **kwargs: Value) -> Ref:
        pairs = [collected(machine, pair) for pair in collected(machine, fields)]
        names = [pair[0] if pair else None for pair in pairs]
        return namedtuple(machine, typename, (*names, *kwargs))

    @staticmethod
    def __init_subclass__(machine: Machine, cls: Ref, **keywords: Value) -> None:
        contents = class_object(machine, cls)
        if TYPING.entries["NamedTuple"] not in contents.bases:
            return
        fields = tuple(name for name, _ in contents.attributes.get("__annotations__", ()))
        give_fields(machine, cls, fields, {name: contents.attributes[name] for name in fields if name in contents.attributes})


