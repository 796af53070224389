"""What is taken out of a collection though nobody knows which of its parts: what is done to it may be done to any of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dimlint.core.opening import OpenArgument
from dimlint.core.results import VIEWED, items_in
from dimlint.core.value import (
    Either,
    Function,
    Instance,
    LibraryClass,
    Method,
    Partial,
    Ref,
    Tensor,
    Unknown,
    Value,
)
from dimlint.interpreter.frame import Store

MAX_OBJECTS = 400
"""Objects of which it is remembered that one of them is meant."""
MAX_LEVELS = 3
"""Tuples inside each other that are looked into."""


def one_of(store: Store, values: Iterable[Value], reason: str) -> Unknown:
    """One of the objects, functions and tensors that these values hold, or something else."""
    refs: dict[Ref, None] = {}
    functions: dict[int, Value] = {}
    for value in values:
        for part in _parts(store, value):
            if isinstance(part, Ref):
                refs[part] = None
            else:
                functions[id(part)] = part
            if len(refs) + len(functions) >= MAX_OBJECTS:
                break
    return Either(reason, frozenset(refs), False, tuple(functions.values())) if refs or functions else Unknown(reason)


def _parts(store: Store, value: Value) -> Iterator[Value]:
    """The objects and functions that are items of a value; of one that is itself not known, it may be that."""
    value = value.meant if isinstance(value, OpenArgument) else value
    if isinstance(value, Either):
        yield from (*value.refs, *value.functions)
        for ref in value.refs:
            yield from _items(store, store.get(ref.number), MAX_LEVELS)
    elif isinstance(value, Ref):
        yield from _items(store, store.get(value.number), MAX_LEVELS)
    elif type(value) is tuple:
        yield from objects_among(value, MAX_LEVELS)


def _items(store: Store, held: Value, levels: int) -> Iterator[Value]:
    if isinstance(held, Either):  # what is left of a container that was lost
        yield from (*held.refs, *held.functions)
    elif isinstance(held, Instance):
        yield from objects_among(held.attributes.values(), 0)
        viewed = held.attributes.get(VIEWED) if isinstance(held.cls, LibraryClass) else None
        if isinstance(viewed, Ref) and levels:
            yield from _items(store, store.get(viewed.number), levels - 1)
    else:
        yield from objects_among(items_in(held), levels)


def objects_among(items: Iterable[Value], levels: int) -> Iterator[Value]:
    """The objects, functions and tensors that these values are or may be. levels: of tuples inside each other that are looked into."""
    for item in items:
        if isinstance(item, (Ref, Function, Partial, Method, Tensor)):
            yield item
        elif isinstance(item, Either):
            yield from (*item.refs, *item.functions)
        elif type(item) is tuple and levels:
            yield from objects_among(item, levels - 1)
