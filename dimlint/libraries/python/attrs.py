"""``attrs``: a class gets an ``__init__`` made from its fields, much as by ``dataclasses``. The program's own validators run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass as plain_dataclass
from dataclasses import replace as with_changes
from typing import Any

from dimlint.core.problem import Undecided
from dimlint.core.value import ClassMethod, ClassObject, Function, Instance, Machine, Method, Native, Partial, Ref, Unknown, Value
from dimlint.libraries.python.attrs_fields import FIELDS, NOTHING, Spec, spec_of, stated_by
from dimlint.libraries.python.dataclass import ORDERINGS, comparison, hashing, refusal, representation
from dimlint.libraries.python.library import class_object, find_method
from dimlint.libraries.python.seldom import ATTRS

SLOT = Unknown("a slot of a class has no value")
UNFOLLOWED = ("these", "field_transformer", "on_setattr", "cmp")
"""Arguments that change a class in ways that are not modelled."""
CALLABLE = (Function, Method, Partial, Native)


@plain_dataclass(frozen=True)
class Style:
    """What the two generations of decorators do if they are not told otherwise."""

    slots: bool
    detects: bool
    ordered: bool
    annotated: bool | None
    """Whether annotated names are the fields; None if that is so unless there is a field without an annotation."""
    watched: bool
    """Whether converters and validators also see what an attribute is set to later."""
    by_mro: bool
    """Whether fields of several bases are collected in the order in which Python looks attributes up."""
    frozen: bool = False


MODERN = Style(slots=True, detects=True, ordered=False, annotated=None, watched=True, by_mro=True)
FROZEN = with_changes(MODERN, frozen=True, watched=False)
CLASSIC = Style(slots=False, detects=False, ordered=True, annotated=False, watched=False, by_mro=False)
ANNOTATED = with_changes(CLASSIC, annotated=True)


def _decorator(style: Style) -> Callable[..., Value]:
    def decorator(machine: Machine, maybe_cls: Value = None, **options: Value) -> Value:
        if maybe_cls is not None:
            return _decorate(machine, maybe_cls, options, style)

        def decorate(machine: Machine, cls: Value, /) -> Value:
            return _decorate(machine, cls, options, style)

        return Native("define", ATTRS.name, decorate)

    return decorator


for _style, _names in ((MODERN, "define mutable"), (FROZEN, "frozen"), (CLASSIC, "s attributes attrs"), (ANNOTATED, "dataclass")):
    for _name in _names.split():
        ATTRS.declare(Native(_name, ATTRS.name, _decorator(_style)), _name)


# -- making a class


def _decorate(machine: Machine, cls: Value, options: Mapping[str, Value], style: Style) -> Value:
    try:
        return _remade(machine, cls, options, style)
    except Undecided as undecided:
        _give_up(machine, cls, undecided.reason)
        raise


def _give_up(machine: Machine, cls: Value, reason: str) -> None:
    """How the objects of a class are made is not known; nor is what it holds by the names of its fields."""
    contents, lost = class_object(machine, cls), Unknown(reason)
    held = contents.attributes.items()
    kept = {name: lost if not isinstance(value, Unknown) and isinstance(spec_of(machine, value), Spec) else value for name, value in held}
    order = (contents.mro[0], lost, *contents.mro[1:])
    machine.update(cls, with_changes(contents, mro=order, attributes=kept))


def _remade(machine: Machine, cls: Value, options: Mapping[str, Value], style: Style) -> Value:
    contents = class_object(machine, cls)
    if any(options.get(name) is not None for name in UNFOLLOWED):
        raise Undecided("a class is made by attrs in a way that is not followed")

    def flag(name: str, default: bool) -> bool:
        value = options.get(name)
        return default if value is None else machine.truth(value)

    own = _own_fields(machine, contents, options.get("auto_attribs", style.annotated))
    if flag("kw_only", False):
        own = {name: with_changes(item, keyword=True) for name, item in own.items()}
    fields = {**_inherited_fields(machine, contents, own, by_mro=flag("collect_by_mro", style.by_mro)), **own}
    frozen = flag("frozen", style.frozen)
    made = _methods(contents, fields, flag("eq", True), flag("order", style.ordered and flag("eq", True)), frozen)
    if frozen:
        made["__setattr__"] = made["__delattr__"] = refusal
    elif style.watched and any(item.converters or item.validators for item in fields.values()):
        made["__setattr__"] = _assignment(fields)
    body = {name: value for name, value in contents.attributes.items() if name not in own}
    starts = flag("init", not (flag("auto_detect", style.detects) and "__init__" in body))
    made["__init__" if starts else "__attrs_init__"] = _initialiser(fields)
    natives = {name: Native(f"{contents.name}.{name}", ATTRS.name, function) for name, function in made.items()}
    slots = dict.fromkeys(fields, SLOT) if flag("slots", style.slots) else {}
    own_first = flag("auto_detect", style.detects)
    attributes = {**slots, **natives, **body} if own_first else {**slots, **body, **natives}
    attributes[FIELDS] = tuple(fields.items())
    attributes["__attrs_attrs__"] = _told(machine, fields)
    attributes["__match_args__"] = tuple(name for name, item in fields.items() if item.init and not item.keyword)
    assert isinstance(cls, Ref)
    machine.update(cls, with_changes(contents, attributes=attributes))
    if slots:
        _announce_again(machine, cls, contents)
    return cls


def _announce_again(machine: Machine, cls: Ref, contents: ClassObject) -> None:
    """A class with slots is a second class: its bases are told of it, too."""
    for base in contents.mro[1:]:
        held = machine.contents(base) if isinstance(base, Ref) else None
        hook = held.attributes.get("__init_subclass__") if isinstance(held, ClassObject) else None
        if isinstance(hook, ClassMethod):
            machine.call(hook.function, [cls])
            return


def _own_fields(machine: Machine, contents: ClassObject, annotated: Value) -> dict[str, Spec]:
    stated = {name: spec_of(machine, value) for name, value in contents.attributes.items() if not isinstance(value, Unknown)}
    declared = {name: spec for name, spec in stated.items() if isinstance(spec, Spec)}
    names = [name for name, _ in contents.attributes.get("__annotations__", ())]
    if annotated is None:
        annotated = declared.keys() <= set(names)
    if not machine.truth(annotated):
        if any(isinstance(value, Unknown) for value in contents.attributes.values()):
            raise Undecided("whether a class has one more field is not known")
        return dict(sorted(declared.items(), key=lambda item: item[1].number))
    found: dict[str, Spec] = {}
    for name in names:
        value = contents.attributes.get(name, NOTHING)
        if isinstance(value, Unknown):
            raise Undecided(value.reason)
        found[name] = declared[name] if name in declared else stated_by(machine, value)
    return found


def _inherited_fields(machine: Machine, contents: ClassObject, own: Mapping[str, Spec], *, by_mro: bool) -> dict[str, Spec]:
    """Those of the bases: each where it was defined last, or else by the first base that has it (``collect_by_mro`` of attrs)."""
    fields: dict[str, Spec] = {}
    for base in contents.mro[:0:-1] if by_mro else contents.mro[1:]:
        if isinstance(base, Unknown):
            raise Undecided(base.reason)
        held = machine.contents(base) if isinstance(base, Ref) else None
        stated = held.attributes.get(FIELDS, ()) if isinstance(held, ClassObject) else ()
        for name, item in stated:
            if name in own or (by_mro and item.inherited) or (name in fields and not by_mro):
                continue
            fields.pop(name, None)
            fields[name] = with_changes(item, inherited=True)
    return fields


def _methods(contents: ClassObject, fields: Mapping[str, Spec], equal: bool, ordered: bool, frozen: bool) -> dict[str, Any]:
    compared = tuple(name for name, item in fields.items() if item.compared)
    found: dict[str, Any] = {"__repr__": representation(contents, tuple(name for name, item in fields.items() if item.shown), whole=False)}
    if equal:
        found["__eq__"] = comparison("==", compared)
    if equal and frozen:
        found["__hash__"] = hashing(compared)
    if ordered:
        names = tuple(name for name, item in fields.items() if item.ordered)
        found |= {f"__{name}__": comparison(op, names) for name, op in ORDERINGS.items()}
    return found


def _initialiser(fields: Mapping[str, Spec]) -> Any:
    """The body of ``__init__``. Of wrong arguments nothing is said."""
    positional = [item.argument(name) for name, item in fields.items() if item.init and not item.keyword]
    accepted = {item.argument(name) for name, item in fields.items() if item.init}

    def initialise(machine: Machine, self: Ref, /, *args: Value, **kwargs: Value) -> None:
        given = {**dict(zip(positional, args)), **kwargs}
        if len(args) > len(positional) or len(given) < min(len(args), len(positional)) + len(kwargs) or not given.keys() <= accepted:
            raise Undecided("the arguments of a class are not those of its fields")
        _before(machine, self, args, kwargs)
        for name, item in fields.items():
            value = given[item.argument(name)] if item.init and item.argument(name) in given else _default(machine, self, item)
            if value is not NOTHING:
                _put(machine, self, name, _converted(machine, item, value))
        for name, item in fields.items():
            validated(machine, self, name, item)
        after = find_method(machine, self, "__attrs_post_init__")
        if after is not None:
            machine.call(after)

    return initialise


def _before(machine: Machine, self: Ref, args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    """``__attrs_pre_init__``, which is given the arguments if it takes any."""
    method = find_method(machine, self, "__attrs_pre_init__")
    if method is not None and len(machine.attribute(method, "*parameters")) > 1:
        machine.call(method, args, kwargs)
    elif method is not None:
        machine.call(method)


def _default(machine: Machine, self: Ref, item: Spec) -> Value:
    if item.factory is not NOTHING:
        return machine.call(item.factory, [self] if item.takes_self else [])
    if item.default is NOTHING and item.init:
        raise Undecided("a field of a class is not given")
    return item.default


def _put(machine: Machine, self: Ref, name: str, value: Value) -> None:
    """The program's own ``__setattr__`` is asked, that of frozen and converting classes is not."""
    setter = find_method(machine, self, "__setattr__")
    own = isinstance(setter, Method) and isinstance(setter.function, Function)
    (machine.set_attribute if own else machine.store_attribute)(self, name, value)


def _converted(machine: Machine, item: Spec, value: Value) -> Value:
    for converter in item.converters:
        value = machine.call(converter, [value])
    return value


def validated(machine: Machine, self: Ref, name: str, item: Spec) -> None:
    for validator in item.validators:
        if isinstance(validator, (*CALLABLE, Ref)):
            machine.call(validator, [self, told_of_field(machine, name, item), machine.attribute(self, name)])


def _assignment(fields: Mapping[str, Spec]) -> Any:
    def assign(machine: Machine, self: Ref, name: str, value: Value) -> None:
        if name in fields:
            value = _converted(machine, fields[name], value)
        machine.store_attribute(self, name, value)
        if name in fields:
            validated(machine, self, name, fields[name])

    return assign


def told_of_field(machine: Machine, name: str, item: Spec) -> Ref:
    told = {"name": name, "default": item.default, "init": item.init, "kw_only": item.keyword, "repr": item.shown, "eq": item.compared}
    return machine.new(Instance(ATTRS.entries["Attribute"], {**told, "alias": item.argument(name)}))


def _told(machine: Machine, fields: Mapping[str, Spec]) -> Value:
    return tuple(told_of_field(machine, name, item) for name, item in fields.items())
