"""``dataclasses``: a class gets an ``__init__`` made from its annotations.

The interpreter keeps a class's annotations in its attribute ``__annotations__``: names in order, each with the first word of its
annotation; class variables (``ClassVar``) are not among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass as plain_dataclass
from dataclasses import replace as with_changes
from typing import Any

from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.value import (
    ClassObject,
    DictObject,
    Instance,
    LibraryClass,
    ListObject,
    Machine,
    Native,
    Property,
    Raised,
    Ref,
    Unknown,
    Value,
)
from dimlint.libraries.python.copying import deep
from dimlint.libraries.python.library import BUILTINS, class_object, find_method
from dimlint.libraries.python.limits import MAX_DEPTH, check_count
from dimlint.libraries.python.mappings import held
from dimlint.libraries.python.sequences import collected
from dimlint.libraries.python.strings import to_text

DATACLASSES = Library("python.dataclasses", ("dataclasses",))
FIELDS = "*fields"
ORDERINGS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
MISSING: Any = LibraryClass("MISSING", "python.dataclasses")


@plain_dataclass(frozen=True, eq=False)
class FieldDefault:
    """What ``field(...)`` says about a field."""

    default: Value = MISSING
    factory: Value = MISSING
    init: bool = True
    keyword: bool = False
    compared: bool = True
    shown: bool = True
    passed: bool = False
    """Whether it is an ``InitVar``: an argument that only ``__post_init__`` is given."""
    annotation: str = ""


DATACLASSES.value("MISSING", MISSING)
DATACLASSES.value("KW_ONLY", Unknown("fields that are only given by keyword"))


@DATACLASSES.type("FrozenInstanceError", bases=(BUILTINS.entries["AttributeError"],))
class FrozenInstanceError:
    """Raised where an attribute of a frozen dataclass is set."""


@DATACLASSES.type("InitVar")
class InitVar:
    """A field that is only an argument."""


@DATACLASSES.type("Field")
class Field:
    """What ``fields`` tells of a field."""


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
    flags = machine.truth(init), machine.truth(kw_only), machine.truth(compare), machine.truth(repr)
    return FieldDefault(default, default_factory, *flags)


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
    own = _own_fields(contents, machine.truth(options.get("kw_only", False)))
    fields = {**_inherited_fields(machine, contents), **own}
    attributes = {name: value for name, value in contents.attributes.items() if not isinstance(value, FieldDefault)}
    attributes |= {name: item.default for name, item in own.items() if item.default is not MISSING}
    attributes[FIELDS] = tuple(fields.items())
    attributes["__dataclass_fields__"] = machine.new(DictObject({name: field_object(machine, name, item) for name, item in fields.items()}))
    attributes["__match_args__"] = tuple(name for name, item in fields.items() if item.init and not item.keyword)
    kept = tuple(name for name, item in fields.items() if not item.passed)
    compared = tuple(name for name in kept if fields[name].compared)
    bodies: dict[str, Any] = {}
    if machine.truth(options.get("init", True)):
        bodies["__init__"] = _initialiser(contents.name, fields)
    if machine.truth(options.get("eq", True)):
        bodies["__eq__"] = comparison("==", compared)
    if machine.truth(options.get("repr", True)):
        bodies["__repr__"] = representation(contents, tuple(name for name in kept if fields[name].shown))
    if machine.truth(options.get("order", False)):
        bodies |= {f"__{name}__": comparison(op, compared) for name, op in ORDERINGS.items()}
    if machine.truth(options.get("frozen", False)):
        bodies["__setattr__"] = bodies["__delattr__"] = refusal
        if "__eq__" in bodies:
            bodies["__hash__"] = hashing(compared)
    made = {name: Native(f"{contents.name}.{name}", DATACLASSES.name, body) for name, body in bodies.items()}
    assert isinstance(cls, Ref)
    machine.update(cls, with_changes(contents, attributes={**made, **attributes}))
    return cls


def _own_fields(contents: ClassObject, keyword: bool) -> dict[str, FieldDefault]:
    fields: dict[str, FieldDefault] = {}
    for name, annotation in contents.attributes.get("__annotations__", ()):
        value = contents.attributes.get(name, MISSING)
        item = value if isinstance(value, FieldDefault) else FieldDefault(value)
        keyword = keyword or annotation == "KW_ONLY"
        if annotation != "KW_ONLY":
            passed = annotation == "InitVar"
            fields[name] = with_changes(item, keyword=item.keyword or keyword, passed=passed, annotation=annotation)
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
        passed: list[Value] = []
        kept: dict[str, Value] = {}
        for key, item in fields.items():
            if key in given or item.default is not MISSING:
                value = given.get(key, item.default)
            elif item.factory is not MISSING:
                value = machine.call(item.factory)
            elif item.init:
                raise Raised("TypeError", f"{name}() is missing the argument {key!r}")
            else:
                continue
            if item.passed:
                passed.append(value)
            else:
                kept[key] = value
        if _is_plain(machine, self, kept):
            machine.store_attributes(self, kept)
        else:
            for key, value in kept.items():
                machine.set_attribute(self, key, value)
        method = find_method(machine, self, "__post_init__")
        if method is not None:
            machine.call(method, passed)

    return initialise


def _is_plain(machine: Machine, self: Ref, names: Iterable[str]) -> bool:
    """Whether these attributes are just kept: no class has a property of the name or a ``__setattr__`` but that of frozen ones."""
    for cls in machine.mro(machine.class_of(self)):
        contents = machine.contents(cls) if isinstance(cls, Ref) else None
        attributes = contents.attributes if isinstance(contents, ClassObject) else {}
        setter = attributes.get("__setattr__")
        if setter is not None:
            return isinstance(setter, Native) and setter.body is refusal
        if any(isinstance(attributes.get(name), Property) for name in names):
            return False
    return True


def comparison(op: str, fields: tuple[str, ...]) -> Any:
    """The body of a comparison: objects of one class are compared as tuples of their fields."""

    def compare(machine: Machine, self: Ref, other: Value) -> Value:
        if not isinstance(other, Ref) or machine.class_of(self) != machine.class_of(other):
            return NotImplemented
        return machine.compare(op, _values(machine, self, fields), _values(machine, other, fields), None)

    return compare


def hashing(fields: tuple[str, ...]) -> Any:
    def hashed(machine: Machine, self: Ref) -> Value:
        return machine.call(BUILTINS.entries["hash"], [_values(machine, self, fields)])

    return hashed


def representation(contents: ClassObject, fields: tuple[str, ...], *, whole: bool = True) -> Any:
    """The body of ``__repr__``. whole: whether the name of a class says in which function it was defined."""

    def show(machine: Machine, self: Ref) -> Value:
        cls = class_object(machine, machine.class_of(self))
        if not cls.qualified_name:
            return Unknown("the qualified name of a class is not known")
        parts = [(name, to_text(machine, machine.attribute(self, name), "r")) for name in fields]
        lost = next((text for _, text in parts if isinstance(text, Unknown)), None)
        name = cls.qualified_name if whole else cls.qualified_name.rpartition(">.")[2]
        return lost or f"{name}({', '.join(f'{field}={text}' for field, text in parts)})"

    return show


def refusal(machine: Machine, self: Ref, name: str, value: Value = None) -> None:
    error = machine.call(DATACLASSES.entries["FrozenInstanceError"], [f"cannot assign to field {name!r}"])
    raise Raised("FrozenInstanceError", name, error)


def _values(machine: Machine, ref: Ref, fields: tuple[str, ...]) -> tuple[Value, ...]:
    return tuple(machine.attribute(ref, name) for name in fields)


def _declared(machine: Machine, obj: Value) -> tuple[tuple[str, FieldDefault], ...] | None:
    """The fields of a dataclass or an instance of one; None if it is neither."""
    contents = machine.contents(obj) if isinstance(obj, Ref) else None
    cls = contents.cls if isinstance(contents, Instance) else obj if isinstance(contents, ClassObject) else None
    for base in machine.mro(cls) if cls is not None else ():
        held = machine.contents(base) if isinstance(base, Ref) else None
        if isinstance(held, ClassObject) and FIELDS in held.attributes:
            return tuple(held.attributes[FIELDS])
    return None


def _fields_of(machine: Machine, obj: Value) -> tuple[str, ...] | None:
    """Names of the fields that the objects have; None if it is no dataclass."""
    declared = _declared(machine, obj)
    return None if declared is None else tuple(name for name, item in declared if not item.passed)


@DATACLASSES.function("fields")
def fields(machine: Machine, class_or_instance: Value) -> Value:
    if isinstance(class_or_instance, Unknown):
        return class_or_instance
    declared = _declared(machine, class_or_instance)
    if declared is None:
        raise Raised("TypeError", "must be called with a dataclass type or instance")
    return tuple(field_object(machine, name, item) for name, item in declared if not item.passed)


def field_object(machine: Machine, name: str, item: FieldDefault) -> Ref:
    """What ``fields`` tells of a field."""
    kind = BUILTINS.entries.get(item.annotation, Unknown("a type annotation has no value"))
    told = {"name": name, "default": item.default, "default_factory": item.factory, "init": item.init, "type": kind, "repr": item.shown}
    return machine.new(Instance(DATACLASSES.entries["Field"], told))


@DATACLASSES.function("make_dataclass")
def make_dataclass(
    machine: Machine, cls_name: str, fields: Value, *, bases: Value = (), namespace: Value = None, **options: Value
) -> Value:
    made = [entry if isinstance(entry, str) else tuple(collected(machine, entry)) for entry in collected(machine, fields)]
    given = {entry[0]: entry[2] for entry in made if isinstance(entry, tuple) and len(entry) > 2}
    names = [entry if isinstance(entry, str) else next(iter(entry), None) for entry in made]
    if not all(isinstance(name, str) for name in names):
        raise Undecided("the fields of a dataclass are not known")
    if namespace is not None:
        given |= held(machine, namespace).items
    cls = machine.define(None, cls_name, collected(machine, bases), given, {})
    contents = class_object(machine, cls)
    annotated = tuple((name, "") for name in names)
    machine.update(cls, with_changes(contents, attributes={**contents.attributes, "__annotations__": annotated}))
    return _decorate(machine, cls, options)


@DATACLASSES.function("is_dataclass")
def is_dataclass(machine: Machine, obj: Value) -> bool:
    if isinstance(obj, Unknown):
        raise Undecided(obj.reason)
    return _fields_of(machine, obj) is not None


@DATACLASSES.function("asdict")
def asdict(machine: Machine, obj: Value, *, dict_factory: Value = None) -> Value:
    if dict_factory is not None:
        raise Undecided("a dictionary made by a function of its own is not modelled")
    _opened(machine, obj)
    return _Flattened(machine, lambda fields: machine.new(DictObject(dict(fields)))).of(obj, 0)


@DATACLASSES.function("astuple")
def astuple(machine: Machine, obj: Value) -> Value:
    _opened(machine, obj)
    return _Flattened(machine, lambda fields: tuple(value for _, value in fields)).of(obj, 0)


@plain_dataclass
class _Flattened:
    """One conversion of dataclasses, nested in whatever way, to dictionaries or tuples."""

    machine: Machine
    make: Callable[[list[tuple[str, Value]]], Value]
    parts: int = 0

    def of(self, value: Value, depth: int) -> Value:
        self.parts += 1
        check_count(self.parts, "a dataclass")
        if depth > MAX_DEPTH:
            raise Undecided("a dataclass is nested too deeply")
        contents = self.machine.contents(value) if isinstance(value, Ref) else None
        if isinstance(contents, Instance) and _declared(self.machine, value) is not None:
            return self.make([(name, self.of(item, depth + 1)) for name, item in _opened(self.machine, value)])
        if isinstance(contents, ListObject):
            return self.machine.new(ListObject(tuple(self.of(item, depth + 1) for item in contents.items)))
        if isinstance(contents, DictObject):
            return self.machine.new(with_changes(contents, items={key: self.of(item, depth + 1) for key, item in contents.items.items()}))
        if type(value) is tuple:
            return tuple(self.of(item, depth + 1) for item in value)
        return deep(self.machine, value)


@DATACLASSES.function("replace")
def replace(machine: Machine, obj: Value, /, **changes: Value) -> Value:
    given = {name for name, item in _declared(machine, obj) or () if item.init}
    return machine.call(machine.class_of(obj), (), {**{name: value for name, value in _opened(machine, obj) if name in given}, **changes})


def _opened(machine: Machine, obj: Value) -> list[tuple[str, Value]]:
    """Fields and values of an instance of a dataclass. Raises Undecided for anything else."""
    names = _fields_of(machine, obj)
    if names is None or not isinstance(obj, Ref):
        raise Undecided("the object is not known to be a dataclass")
    return [(name, machine.attribute(obj, name)) for name in names]
