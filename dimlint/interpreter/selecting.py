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
    found = _Found(store)
    for value in values:
        found.take(value)
        if found.full():
            break
    refs = found.all_refs()
    functions = found.all_functions(MAX_OBJECTS - len(refs))
    return Either(reason, refs, False, functions) if refs or functions else Unknown(reason)


class _Found:
    """What stands in values. Of a large collection that is lost each item may be any of it: each such answer is looked at once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.refs: set[Ref] = set()
        self.functions: dict[int, Value] = {}
        self._seen: set[int] = set()
        self._most_refs: frozenset[Ref] = frozenset()
        self._most_functions: tuple[Value, ...] = ()

    def full(self) -> bool:
        """Whether more objects are found than are remembered."""
        return len(self.refs) + len(self.functions) >= MAX_OBJECTS

    def all_refs(self) -> frozenset[Ref]:
        """The objects; as one that is there already where that holds them all, so that it is looked at once by the next answer."""
        if len(self._most_refs) == len(self.refs) <= MAX_OBJECTS:
            return self._most_refs
        return frozenset(self.refs if len(self.refs) <= MAX_OBJECTS else sorted(self.refs, key=lambda ref: ref.number)[:MAX_OBJECTS])

    def all_functions(self, most: int) -> tuple[Value, ...]:
        """The functions and tensors, at most so many of them."""
        if len(self._most_functions) == len(self.functions) <= most:
            return self._most_functions
        return tuple(self.functions.values())[:most]

    def take(self, value: Value) -> None:
        """The objects and functions that are items of a value; of one that is itself not known, it may be that."""
        value = value.meant if isinstance(value, OpenArgument) else value
        if isinstance(value, Either):
            self._either(value)
            for ref in value.refs:
                if self.full():
                    break
                self._contents(self.store.get(ref.number), MAX_LEVELS)
        elif isinstance(value, Ref):
            self._contents(self.store.get(value.number), MAX_LEVELS)
        elif type(value) is tuple:
            self._items(value, MAX_LEVELS)

    def _either(self, value: Either) -> None:
        if id(value.refs) not in self._seen:
            self._seen.add(id(value.refs))
            self._most_refs = max(self._most_refs, value.refs, key=len)
            self.refs |= value.refs
        if value.functions and id(value.functions) not in self._seen:
            self._seen.add(id(value.functions))
            self._most_functions = max(self._most_functions, value.functions, key=len)
            self.functions.update((id(function), function) for function in value.functions)

    def _contents(self, held: Value, levels: int) -> None:
        if isinstance(held, Either):  # what is left of a container that was lost
            self._either(held)
        elif isinstance(held, Instance):
            self._items(held.attributes.values(), 0)
            viewed = held.attributes.get(VIEWED) if isinstance(held.cls, LibraryClass) else None
            if isinstance(viewed, Ref) and levels:
                self._contents(self.store.get(viewed.number), levels - 1)
        else:
            self._items(items_in(held), levels)

    def _items(self, items: Iterable[Value], levels: int) -> None:
        for item in items:
            if isinstance(item, Either):
                self._either(item)
            elif isinstance(item, Ref):
                self.refs.add(item)
            elif isinstance(item, (Function, Partial, Method, Tensor)):
                self.functions[id(item)] = item
            elif type(item) is tuple and levels:
                self._items(item, levels - 1)


def objects_among(items: Iterable[Value], levels: int) -> Iterator[Value]:
    """The objects, functions and tensors that these values are or may be. levels: of tuples inside each other that are looked into."""
    for item in items:
        if isinstance(item, (Ref, Function, Partial, Method, Tensor)):
            yield item
        elif isinstance(item, Either):
            yield from (*item.refs, *item.functions)
        elif type(item) is tuple and levels:
            yield from objects_among(item, levels - 1)
