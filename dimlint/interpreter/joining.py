"""What two paths agree on: values and heap contents joined into one."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from dimlint.core.axis import Condition
from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Shape, SymbolicDim, always_equal, join
from dimlint.core.layer import AS_GIVEN, Layer
from dimlint.core.results import Own, PerhapsTorchSize, Sizes, TorchSize, items_in
from dimlint.core.value import (
    END,
    ClassObject,
    DictObject,
    Either,
    EitherStep,
    Instance,
    IteratorObject,
    ListObject,
    Method,
    ModuleName,
    Ref,
    Repeated,
    SetObject,
    SomeNumber,
    Step,
    Tensor,
    Unknown,
    Value,
    is_size,
)
from dimlint.interpreter.selecting import objects_among

CONTAINERS = (ListObject, SetObject, DictObject, IteratorObject)
DIFFERS = "it differs between the branches of an undecided condition"


@dataclass(frozen=True)
class Assumed:
    """What the layers of a path ask of sizes that the caller may choose, oldest first; some sizes meet all conditions."""

    conditions: tuple[Condition, ...] = ()


Pair = tuple[int, int]
"""Identities of two tuples: those that share their parts would be exponentially large if each part were looked at anew."""
SIZES = {tuple, Sizes, TorchSize, PerhapsTorchSize}
MAX_LEVELS = 2
"""Tuples inside each other in which objects are looked for."""
MAX_PAIRS = 256
"""Nested tuples that are compared or joined in one go; of more nothing is known."""


def same(a: Value, b: Value, seen: set[Pair] | None = None) -> bool:
    """Whether the same is known of two values; tensors by shape and element type. ``seen``: tuples that are being compared already."""
    if a is b:
        return True
    if isinstance(a, Unknown) and isinstance(b, Unknown):
        return isinstance(a, SomeNumber) == isinstance(b, SomeNumber) and getattr(a, "dtype", None) == getattr(b, "dtype", None)
    if type(a) is not type(b):
        return False
    if isinstance(a, Own) and a.ref != b.ref:
        return False
    if isinstance(a, Tensor):
        alike = (a.library, a.dtype, a.symbolic) == (b.library, b.dtype, b.symbolic) and same(a.strides, b.strides)
        return alike and same(a.values, b.values) and same(tuple(a.shape), tuple(b.shape))
    if isinstance(a, tuple):
        seen, pair = set() if seen is None else seen, (id(a), id(b))
        if pair in seen:
            return True  # the first difference ends the comparison
        seen.add(pair)
        return len(a) == len(b) and len(seen) <= MAX_PAIRS and all(same(x, y, seen) for x, y in zip(a, b))
    if isinstance(a, (ListObject, SetObject, IteratorObject)):
        return same(a.items, b.items) and _same_start(a, b) and getattr(a, "frozen", False) == getattr(b, "frozen", False)
    if isinstance(a, DictObject):
        return _same_mapping(a.items, b.items) and a.kind == b.kind
    if isinstance(a, Instance):
        return same(a.cls, b.cls) and a.layer is b.layer and same(a.built, b.built) and _same_mapping(a.attributes, b.attributes)
    if isinstance(a, ClassObject):
        return same(a.mro, b.mro) and _same_mapping(a.attributes, b.attributes)
    if isinstance(a, Method):
        return a.function is b.function and same(a.receiver, b.receiver)
    if isinstance(a, SymbolicDim):
        return always_equal(a, b)
    if isinstance(a, float):
        return a == b or (a != a and b != b)
    return isinstance(a, (bool, int, complex, str, bytes, range, slice, Ref, ModuleName)) and bool(a == b)


def _same_start(a: object, b: object) -> bool:
    return getattr(a, "more", None) is getattr(b, "more", None) and getattr(a, "taken", 0) == getattr(b, "taken", 0)


def _same_mapping(a: object, b: object) -> bool:
    return a is b or (isinstance(a, dict) and isinstance(b, dict) and list(a) == list(b) and all(same(a[k], b[k]) for k in a))


def join_values(a: Value, b: Value, joined: dict[Pair, Value] | None = None) -> Value:
    """A value that stands for either. ``joined``: tuples that are joined already."""
    if isinstance(a, Assumed) and isinstance(b, Assumed):
        return Assumed(tuple(condition for condition in a.conditions if condition in b.conditions))
    if a is b:
        return a
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return SomeNumber(DIFFERS) if _is_number(a) and _is_number(b) else _either(a, b)
    if same(a, b):
        return _traced(a, b, {} if joined is None else joined)
    if isinstance(a, Own) or isinstance(b, Own):
        return Unknown(DIFFERS)
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return _join_tensors(a, b)
    if is_size(a) and is_size(b) and not isinstance(a, bool) and not isinstance(b, bool):
        return join(a, b)
    if isinstance(a, Shape) and isinstance(b, Shape) and len(a) == len(b):
        return Shape(*map(join, a, b))
    if isinstance(a, tuple) and isinstance(b, tuple) and _alike(a, b) and len(a) == len(b):
        joined, pair = {} if joined is None else joined, (id(a), id(b))
        if len(joined) > MAX_PAIRS:
            return Unknown(DIFFERS)
        if pair not in joined:
            joined[pair] = Unknown(DIFFERS)
            joined[pair] = _kind(a, b)(join_values(x, y, joined) for x, y in zip(a, b))
        return joined[pair]
    if isinstance(a, (ListObject, SetObject, IteratorObject)) and type(a) is type(b) and len(a.items) == len(b.items) and _same_start(a, b):
        return replace(a, items=tuple(map(join_values, a.items, b.items)))
    if isinstance(a, DictObject) and isinstance(b, DictObject) and list(a.items) == list(b.items):
        return replace(a, items={key: join_values(a.items[key], b.items[key]) for key in a.items})
    if isinstance(a, Instance) and isinstance(b, Instance) and same(a.cls, b.cls) and type(a.layer) is type(b.layer):
        return _join_instances(a, b)
    if isinstance(a, ClassObject) and isinstance(b, ClassObject) and same(a.mro, b.mro):
        return replace(a, attributes=_join_attributes(dict(a.attributes), dict(b.attributes)))
    if isinstance(a, CONTAINERS) and isinstance(b, CONTAINERS):
        return _either(items_in(a), items_in(b))
    return _either(a, b)


def _either(a: Value, b: Value) -> Unknown:
    """A value that is lost, and the objects that it may be. What one of two unknown values tells does not hold for the other."""
    if isinstance(a, Repeated) and isinstance(b, Repeated):
        return Repeated(a.reason, a.item if b.item is END else b.item if a.item is END else join_values(a.item, b.item))
    lost = a if isinstance(a, Unknown) else b if isinstance(b, Unknown) else Unknown(DIFFERS)
    lost = lost if type(lost) in (Unknown, Either) else Unknown(lost.reason)
    (refs, functions), (others, more) = _candidates(a), _candidates(b)
    refs, functions = _union(refs, others), _all_of(functions, more)
    complete = all(isinstance(value, Ref) or (isinstance(value, Either) and value.complete) for value in (a, b))
    if not refs and not functions:
        return lost
    if isinstance(lost, Either) and lost.complete == complete and len(lost.functions) == len(functions) and lost.refs == refs:
        return lost
    return Either(lost.reason, refs, complete, functions)


def _candidates(value: Value) -> tuple[frozenset[Ref], tuple[Value, ...]]:
    """The objects that a value is or may be, and the functions and tensors."""
    if isinstance(value, Either):
        return value.refs, value.functions
    parts = list(objects_among((value,), MAX_LEVELS))
    return frozenset(part for part in parts if isinstance(part, Ref)), tuple(part for part in parts if not isinstance(part, Ref))


def _all_of(a: tuple[Value, ...], b: tuple[Value, ...]) -> tuple[Value, ...]:
    """Functions and tensors, each once; the tuple that is there already where that holds them all."""
    if a is b or not b:
        return a
    parts = {id(part): part for part in (*a, *b)}
    return a if len(parts) == len(a) else b if len(parts) == len(b) else tuple(parts.values())


def _union(a: frozenset[Ref], b: frozenset[Ref]) -> frozenset[Ref]:
    """Both, as one that is there already where that holds them all: what is lost is joined over and over."""
    return a if b <= a else b if a <= b else a | b


def _is_number(value: Value) -> bool:
    return isinstance(value, (SomeNumber, int, float, SymbolicDim))


def _alike(a: Value, b: Value) -> bool:
    """Whether two tuples are of one kind; the sizes of a tensor are a tuple like others."""
    return type(a) is type(b) or {type(a), type(b)} <= SIZES


def _kind(a: Value, b: Value) -> type:
    """What two such tuples have in common."""
    kinds = {type(a), type(b)}
    return tuple if kinds <= {tuple, Sizes} or not kinds <= SIZES else TorchSize if kinds == {TorchSize} else PerhapsTorchSize


def _join_tensors(a: Tensor, b: Tensor) -> Value:
    if a.shape.rank != b.shape.rank or a.library != b.library:
        return Unknown(DIFFERS)
    dtype = a.dtype if a.dtype == b.dtype else None
    return Tensor(Shape(*map(join, a.shape, b.shape)), a.library, dtype, a.symbolic or b.symbolic, _either_step(a, b))


def _either_step(a: Tensor, b: Tensor) -> Step | None:
    """How a tensor came about that is one of two."""
    if a.step is b.step and a.origin == b.origin:
        return a.step
    alike = a.step is not None and b.step is not None and a.step.label == b.step.label
    return EitherStep(a.step.label if alike and a.step is not None else "one of two", Unknown(DIFFERS), (a, b), {}, None)


def _traced(a: Value, b: Value, traced: dict[Pair, Value]) -> Value:
    """One of two values of which the same is known, with both ways in which the tensors in it may have come about."""
    if a is b:
        return a
    if isinstance(a, Tensor):
        step = _either_step(a, b)
        return a if step is a.step else replace(a, step=step, variable=a.variable if a.variable == b.variable else None, origin=None)
    if type(a) is tuple:
        pair = (id(a), id(b))
        if pair not in traced and len(traced) <= MAX_PAIRS:
            traced[pair] = Unknown(DIFFERS)
            parts = tuple(_traced(x, y, traced) for x, y in zip(a, b))
            traced[pair] = a if all(x is y for x, y in zip(parts, a)) else parts
        return traced.get(pair, a)
    if isinstance(a, (ListObject, SetObject, IteratorObject)):
        items = _traced(a.items, b.items, traced)
        return a if items is a.items else replace(a, items=items)
    if isinstance(a, DictObject):
        return replace(a, items=found) if (found := _traced_items(a.items, b.items, traced)) else a
    if isinstance(a, Instance):
        return replace(a, attributes=found) if (found := _traced_items(a.attributes, b.attributes, traced)) else a
    return a


def _traced_items(a: Any, b: Any, traced: dict[Pair, Value]) -> dict[Any, Value] | None:
    """A mapping with such values in it; None if none of them differs."""
    found = {key: _traced(value, b[key], traced) for key, value in a.items()}
    return None if all(found[key] is value for key, value in a.items()) else found


def _join_instances(a: Instance, b: Instance) -> Instance:
    built = a.built if same(a.built, b.built) else None
    attributes = _join_attributes(dict(a.attributes), dict(b.attributes))
    return replace(a, built=built, layer=_join_layers(a.layer, b.layer), attributes=attributes)


def _join_layers(a: Layer | None, b: Layer | None) -> Layer | None:
    """One layer, or what is left of two states of it: the arguments that they share."""
    if a is b or a is None or b is None or _same_mapping(vars(a), vars(b)):  # both paths may have put it into training mode
        return a
    names = (*a.fields, *(AS_GIVEN + name for name in a.as_given))
    shared = {name: join_values(getattr(a, name, None), getattr(b, name, None)) for name in names}
    for layer in (a, b):
        if layer.torn and all(same(getattr(layer, name, None), value) for name, value in shared.items()):
            return layer
    torn = copy.copy(a)
    vars(torn).update(shared, torn=True)
    return torn


def widen_value(before: Value, now: Value) -> Value:
    """What is left of a value that a loop changes: of an object, what it does not change."""
    lost = Unknown("it changes in a loop")
    if not (isinstance(before, Instance) and isinstance(now, Instance) and same(before.cls, now.cls) and before.layer is now.layer):
        return join_values(now, lost)
    old = before.attributes
    kept = {name: item if name in old and same(old[name], item) else join_values(item, lost) for name, item in now.attributes.items()}
    return replace(now, built=now.built if same(before.built, now.built) else None, attributes=kept)


def _join_attributes(a: dict[str, Value], b: dict[str, Value]) -> dict[str, Value]:
    one_sided = Unknown("it is set on one path only")
    return {name: join_values(a.get(name, one_sided), b.get(name, one_sided)) for name in {**a, **b}}
