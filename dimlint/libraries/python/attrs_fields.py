"""``attrs``: what a class says about its fields.

Source: https://www.attrs.org/en/stable/api.html. Validators of ``attrs.validators`` only refuse values.
"""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

from dataclasses import dataclass as plain_dataclass
from dataclasses import replace as with_changes
from itertools import count
from typing import Any

from dimlint.core.problem import Undecided
from dimlint.core.value import ClassObject, Instance, LibraryClass, ListObject, Machine, Native, Ref, Unknown, Value
from dimlint.libraries.python.dataclass import DATACLASSES
from dimlint.libraries.python.library import lost
from dimlint.libraries.python.seldom import ATTRS

NOTHING: Any = LibraryClass("NOTHING", ATTRS.name)
FIELDS = "*attrs"
SPEC = "*field"
VALIDATORS = """instance_of in_ optional deep_iterable deep_mapping ge gt le lt min_len max_len matches_re is_callable not_ or_ and_
subclass_of disabled set_disabled get_disabled"""

_numbers = count()


@plain_dataclass(frozen=True, eq=False)
class Spec:
    """What is said about a field. number: fields stand in the order in which they were made."""

    default: Value = NOTHING
    factory: Value = NOTHING
    takes_self: bool = False
    init: bool = True
    keyword: bool = False
    compared: bool = True
    ordered: bool = True
    shown: bool = True
    converters: tuple[Value, ...] = ()
    validators: tuple[Value, ...] = ()
    alias: str | None = None
    number: int = 0
    inherited: bool = False

    def argument(self, name: str) -> str:
        """What the field is called where an object is made."""
        return name.lstrip("_") if self.alias is None else self.alias


ATTRS.value("NOTHING", NOTHING)
ATTRS.declare(DATACLASSES.entries["FrozenInstanceError"], "exceptions.FrozenInstanceError", "exceptions.FrozenError")


lost(ATTRS, "what a validator checks is not known", [f"validators.{name}" for name in VALIDATORS.split()])


@ATTRS.type("Factory")
class Factory:
    """A default that a function makes for each object."""

    def __init__(machine: Machine, self: Ref, factory: Value, takes_self: Value = False) -> None:
        machine.store_attributes(self, {"factory": factory, "takes_self": takes_self})


@ATTRS.type("Attribute")
class Attribute:
    """What ``fields`` tells of a field."""

    def __getattr__(machine: Machine, self: Ref, name: str) -> Value:
        raise Undecided(f"{name} of a field is not followed")


@ATTRS.type("Declared")
class Declared:
    """What ``field`` gives, in the body of a class."""

    def default(machine: Machine, self: Ref, method: Value) -> Value:
        _change(machine, self, factory=method, takes_self=True)
        return method

    def validator(machine: Machine, self: Ref, method: Value) -> Value:
        stated = spec_of(machine, self)
        _change(machine, self, validators=(*(stated.validators if stated is not None else ()), method))
        return method


def spec_of(machine: Machine, value: Value) -> Spec | None:
    """What is said about a field, if that is what the value holds."""
    held = machine.contents(value) if isinstance(value, Ref) else None
    found = held.attributes.get(SPEC) if isinstance(held, Instance) else None
    return found if isinstance(found, Spec) else None


def _change(machine: Machine, field: Ref, **changes: Any) -> None:
    stated = spec_of(machine, field)
    machine.store_attribute(field, SPEC, None if stated is None else with_changes(stated, **changes))


def made_field(
    machine: Machine,
    default: Value = NOTHING,
    validator: Value = None,
    repr: Value = True,
    cmp: Value = None,
    hash: Value = None,
    init: Value = True,
    metadata: Value = None,
    type: Value = None,
    converter: Value = None,
    factory: Value = None,
    kw_only: Value = None,
    eq: Value = None,
    order: Value = None,
    on_setattr: Value = None,
    alias: Value = None,
) -> Ref:
    if cmp is not None or on_setattr is not None or not (eq is None or isinstance(eq, bool)) or isinstance(default, Unknown):
        raise Undecided("a field of a class is made in a way that is not followed")
    held = machine.contents(default) if isinstance(default, Ref) else None
    takes_self: Value = False
    if isinstance(held, Instance) and held.cls is ATTRS.entries["Factory"]:
        factory, takes_self, default = held.attributes["factory"], held.attributes["takes_self"], NOTHING
    spec = Spec(
        default,
        NOTHING if factory is None else factory,
        machine.truth(takes_self),
        machine.truth(init),
        kw_only is not None and machine.truth(kw_only),
        eq is not False,
        machine.truth(order) if order is not None else eq is not False,
        machine.truth(repr),
        _several(machine, converter),
        _several(machine, validator),
        alias,
        next(_numbers),
    )
    return machine.new(Instance(ATTRS.entries["Declared"], {SPEC: spec}))


def _several(machine: Machine, value: Value) -> tuple[Value, ...]:
    """One function, or those of a list."""
    if value is None:
        return ()
    several = type(value) is tuple or (isinstance(value, Ref) and isinstance(machine.contents(value), ListObject))
    return tuple(machine.elements(value)) if several else (value,)


def stated_by(machine: Machine, default: Value) -> Spec:
    """What is said about a field of which only the default is given."""
    found = spec_of(machine, made_field(machine, default))
    return Spec() if found is None else found


@ATTRS.function("field")
def field(machine: Machine, **options: Value) -> Ref:
    return made_field(machine, **options)


for _name in ("ib", "attrib", "attr"):
    ATTRS.declare(Native(_name, ATTRS.name, made_field), _name)


def fields_of(machine: Machine, obj: Value) -> dict[str, Spec] | None:
    """The fields of a class, or of the class of an object; None if it has none. Raises Undecided."""
    if isinstance(obj, Unknown):
        raise Undecided(obj.reason)
    contents = machine.contents(obj) if isinstance(obj, Ref) else None
    cls = contents.cls if isinstance(contents, Instance) else obj if isinstance(contents, ClassObject) else None
    for base in machine.mro(cls) if cls is not None else ():
        held = machine.contents(base) if isinstance(base, Ref) else None
        if isinstance(base, Unknown):
            raise Undecided(base.reason)
        if isinstance(held, ClassObject) and FIELDS in held.attributes:
            return dict(held.attributes[FIELDS])
    return None


def known_fields(machine: Machine, obj: Value) -> dict[str, Spec]:
    found = fields_of(machine, obj)
    if found is None:
        raise Undecided("the object is not known to be of a class of attrs")
    return found
