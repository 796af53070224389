"""``functools``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.value import (
    CachedProperty,
    ClassObject,
    DictObject,
    Function,
    Instance,
    Machine,
    Native,
    Partial,
    Property,
    Raised,
    Ref,
    Unknown,
    Value,
)
from dimlint.libraries.python.keys import key_of
from dimlint.libraries.python.library import BUILTINS
from dimlint.libraries.python.mappings import held, put
from dimlint.libraries.python.sequences import collected

FUNCTOOLS = Library("python.functools", ("functools",))
MISSING: Value = object()


@FUNCTOOLS.type("partial")
class PartialType:
    """A function with arguments already given."""

    def __new__(machine: Machine, cls: Value, function: Value, /, *args: Value, **kwargs: Value) -> Value:
        return function if isinstance(function, Unknown) else Partial(function, args, kwargs)


@FUNCTOOLS.function("reduce")
def reduce(machine: Machine, function: Value, iterable: Value, initial: Value = MISSING, /) -> Value:
    items = collected(machine, iterable)
    if initial is not MISSING:
        items.insert(0, initial)
    if not items:
        raise Raised("TypeError", "reduce() of empty iterable with no initial value")
    result = items[0]
    for value in items[1:]:
        result = machine.call(function, [result, value])
    return result


NAMES = ("__module__", "__name__", "__qualname__", "__doc__")
"""Attributes that a wrapper takes over."""


@FUNCTOOLS.function("wraps")
def wraps(machine: Machine, wrapped: Value, *args: Value, **kwargs: Value) -> Native:
    def decorator(machine: Machine, function: Value) -> Value:
        return update_wrapper(machine, function, wrapped)

    return Native("wraps", FUNCTOOLS.name, decorator)


@FUNCTOOLS.function("update_wrapper")
def update_wrapper(machine: Machine, wrapper: Value, wrapped: Value, *args: Value, **kwargs: Value) -> Value:
    if isinstance(wrapper, Function):
        for name in NAMES:
            try:
                value = machine.attribute(wrapped, name)
            except Raised:
                continue
            except Undecided as undecided:
                value = Unknown(undecided.reason)
            machine.set_attribute(wrapper, name, value)
        machine.set_attribute(wrapper, "__wrapped__", wrapped)
    return wrapper


def _unchanged(machine: Machine, function: Value) -> Value:
    return function


@FUNCTOOLS.function("lru_cache")
def lru_cache(machine: Machine, maxsize: Value = 128, typed: Value = False) -> Value:
    """A decorator, with or without a call of its own."""

    def decorator(machine: Machine, function: Value) -> Value:
        return _cached(machine, function, maxsize)

    if maxsize is None or isinstance(maxsize, int):
        return Native("lru_cache", FUNCTOOLS.name, decorator)
    if isinstance(maxsize, Unknown):
        return Native("lru_cache", FUNCTOOLS.name, _unchanged)
    return _cached(machine, maxsize, 128)


@FUNCTOOLS.function("cache")
def cache(machine: Machine, function: Value) -> Value:
    """The function with a memory: calls with known arguments are run once."""
    return _cached(machine, function, None)


def _cached(machine: Machine, function: Value, maxsize: int | None) -> Value:
    """The function with a memory of its latest calls."""
    if not isinstance(function, Function):
        return function
    memory = machine.new(DictObject())

    def remembered(machine: Machine, /, *args: Value, **kwargs: Value) -> Value:
        try:
            key = key_of(machine, (args, tuple(kwargs.items())))
            known = held(machine, memory).items
        except Undecided:
            return machine.call(function, args, kwargs)
        if key not in known:
            value = machine.call(function, args, kwargs)
            _remember(machine, memory, {**held(machine, memory).items, key: value}, maxsize)
            return value
        if maxsize is not None and next(reversed(known)) != key:
            _remember(machine, memory, {**{other: value for other, value in known.items() if other != key}, key: known[key]}, maxsize)
        return known[key]

    def clear(machine: Machine) -> None:
        put(machine, memory, {})

    attributes = {"cache_clear": Native("cache_clear", FUNCTOOLS.name, clear), "__wrapped__": function}
    return Native(function.name, FUNCTOOLS.name, remembered, attributes)


def _remember(machine: Machine, memory: Ref, calls: Mapping[Value, Value], maxsize: int | None) -> None:
    """Keep the latest calls."""
    latest = list(calls.items())[-maxsize:] if maxsize is not None and maxsize > 0 else [] if maxsize is not None else calls.items()
    put(machine, memory, dict(latest))


@FUNCTOOLS.function("cached_property")
def cached_property(machine: Machine, function: Value) -> Property:
    return CachedProperty(function)


@FUNCTOOLS.function("total_ordering")
def total_ordering(machine: Machine, cls: Value) -> Value:
    """The missing comparisons, made from the one that is defined."""
    contents = machine.contents(cls) if isinstance(cls, Ref) else None
    if not isinstance(contents, ClassObject):
        return cls
    root = next((name for name in ORDERINGS if name in contents.attributes), None)
    if root is None:
        raise Undecided("the order of the objects of a class is not known")
    made = {name: Native(f"{contents.name}.{name}", FUNCTOOLS.name, _ordering(root, name)) for name in ORDERINGS if name != root}
    machine.update(cls, replace(contents, attributes={**made, **contents.attributes}))
    return cls


ORDERINGS = ("__lt__", "__gt__", "__le__", "__ge__")
FROM_ROOT = {
    "__lt__": {"__gt__": (False, "and !="), "__le__": (True, "or =="), "__ge__": (False, "")},
    "__le__": {"__ge__": (False, "or =="), "__lt__": (True, "and !="), "__gt__": (False, "")},
    "__gt__": {"__lt__": (False, "and !="), "__ge__": (True, "or =="), "__le__": (False, "")},
    "__ge__": {"__le__": (False, "or =="), "__gt__": (True, "and !="), "__lt__": (False, "")},
}
"""By the comparison that a class defines, how the others follow: whether its answer or the opposite, and how ``==`` comes in."""


def _ordering(root: str, wanted: str) -> Callable[..., Value]:
    """A comparison by another one and ``==``."""
    as_answered, correction = FROM_ROOT[root][wanted]

    def compare(machine: Machine, self: Value, other: Value) -> Value:
        result = machine.call(machine.attribute(self, root), [other])
        if result is NotImplemented:
            return result
        holds = machine.truth(result) is as_answered
        if not correction or holds is correction.startswith("or"):
            return holds
        return machine.truth(machine.compare(correction[-2:], self, other))

    return compare


@FUNCTOOLS.function("cmp_to_key")
def cmp_to_key(machine: Machine, mycmp: Value) -> Native:
    def key(machine: Machine, obj: Value) -> Ref:
        return machine.new(Instance(FUNCTOOLS.entries["Key"], {"obj": obj, "compare": mycmp}))

    return Native("cmp_to_key", FUNCTOOLS.name, key)


@FUNCTOOLS.type("Key")
class Key:
    """What sorts by a function of two arguments."""

    def __lt__(machine: Machine, self: Ref, other: Ref) -> Value:  # type: ignore[misc]
        mine, theirs = machine.attributes_of(self), machine.attributes_of(other)
        return machine.compare("<", machine.call(mine["compare"], [mine["obj"], theirs["obj"]]), 0)


@FUNCTOOLS.type("partialmethod")
class PartialMethod:
    """A method with arguments already given."""

    def __new__(machine: Machine, cls: Value, function: Value, /, *args: Value, **kwargs: Value) -> Value:
        def body(machine: Machine, self: Value, /, *more: Value, **options: Value) -> Value:
            return machine.call(function, [self, *args, *more], {**kwargs, **options})

        return Native("partialmethod", FUNCTOOLS.name, body)


@FUNCTOOLS.type("singledispatch")
class SingleDispatch:
    """A function that chooses its body by the class of its first argument."""

    def __init__(machine: Machine, self: Ref, function: Value) -> None:
        machine.store_attribute(self, "bodies", ((BUILTINS.entries["object"], function),))
        machine.store_attribute(self, "__wrapped__", function)

    def __call__(machine: Machine, self: Ref, first: Value, /, *args: Value, **kwargs: Value) -> Value:
        if isinstance(first, Unknown):
            raise Undecided(first.reason)
        return machine.call(_body_for(machine, self, machine.class_of(first)), [first, *args], kwargs)

    def register(machine: Machine, self: Ref, cls: Value, function: Value = None) -> Value:
        if function is not None:
            _add_body(machine, self, cls, function)
            return function
        if isinstance(cls, Function):
            _add_body(machine, self, machine.attribute(cls, "*annotation"), cls)
            return cls

        def decorator(machine: Machine, function: Value) -> Value:
            _add_body(machine, self, cls, function)
            return function

        return Native("register", FUNCTOOLS.name, decorator)

    def dispatch(machine: Machine, self: Ref, cls: Value) -> Value:
        return _body_for(machine, self, cls)


def _add_body(machine: Machine, self: Ref, cls: Value, function: Value) -> None:
    machine.store_attribute(self, "bodies", (*machine.attributes_of(self)["bodies"], (cls, function)))


def _check_abstract(machine: Machine, cls: Value, classes: list[Value]) -> None:
    """Raises Undecided where a class may count as a subclass of one that it does not derive from."""
    for known in classes:
        if known is not BUILTINS.entries["object"] and machine.truth(machine.call(BUILTINS.entries["issubclass"], [cls, known])):
            raise Undecided("which body of a function is meant for an abstract class is not known")


def _body_for(machine: Machine, self: Ref, cls: Value) -> Value:
    bodies = machine.attributes_of(self)["bodies"]
    lost = next((known for known, _ in bodies if isinstance(known, Unknown)), None)
    if lost is not None:
        raise Undecided(lost.reason)
    order = (*machine.mro(cls), BUILTINS.entries["object"])
    for base in order:
        if base is order[-1]:
            _check_abstract(machine, cls, [known for known, _ in bodies])
        for known, function in reversed(bodies):
            if base is known or base == known:
                return function
    raise Undecided("which body of a function is meant is not known")


@FUNCTOOLS.type("singledispatchmethod")
class SingleDispatchMethod:
    """A method that chooses its body by the class of its argument."""

    def __init__(machine: Machine, self: Ref, function: Value) -> None:
        machine.store_attribute(self, "bodies", ((BUILTINS.entries["object"], function),))

    def register(machine: Machine, self: Ref, cls: Value, function: Value = None) -> Value:
        return machine.call(SINGLE.methods["register"], [self, cls] if function is None else [self, cls, function])

    def __get__(machine: Machine, self: Ref, instance: Value, owner: Value = None) -> Native:
        def body(machine: Machine, first: Value, /, *args: Value, **kwargs: Value) -> Value:
            if isinstance(first, Unknown):
                raise Undecided(first.reason)
            return machine.call(_body_for(machine, self, machine.class_of(first)), [instance, first, *args], kwargs)

        return Native("singledispatchmethod", FUNCTOOLS.name, body)


SINGLE = FUNCTOOLS.entries["singledispatch"]
