"""Truth, iteration and plain data: what values answer when they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from dimlint.core.dim import SymbolicDim
from dimlint.core.example import OPTIONS, asks
from dimlint.core.problem import Undecided
from dimlint.core.results import VIEWED, Numbers, OwnTuple, held_data
from dimlint.core.value import (
    DictObject,
    HalfKnown,
    Instance,
    IteratorObject,
    ListObject,
    Raised,
    Ref,
    SetObject,
    Step,
    Tensor,
    Unknown,
    Value,
    tensors_in,
)
from dimlint.interpreter.frame import MISSING, Store, serial, serial_of
from dimlint.interpreter.iterating import Iterating

PLAIN_A_STEP = 16
"""Parts of data made plain that cost as much fuel as one statement."""
MAX_PLAIN = 500_000
"""Parts of data that are made plain at once: what shares or holds itself is larger than it looks."""
MAX_PLAIN_DEPTH = 20
MAX_KEY = 10_000
"""Parts of a tuple that may be a key."""


class Objects(Iterating):
    """Values as data."""

    # -- truth, iteration, plain data

    def truth(self, value: Value) -> bool:
        """``bool(value)``. Raises Undecided."""
        if isinstance(value, HalfKnown):
            return value.truth
        if isinstance(value, Unknown):
            raise Undecided(value.reason)
        if isinstance(value, Tensor):
            raise Undecided("the truth of a tensor is not known")
        if isinstance(value, Ref):
            held = self.contents(value)
            if isinstance(held, Instance):
                return self._instance_truth(value, held)
            if isinstance(held, (ListObject, SetObject, DictObject)):
                return bool(held.items)
            return True
        if value is None or isinstance(value, (bool, int, float, complex, str, bytes, tuple, range, SymbolicDim)):
            return bool(value)
        return True

    def _instance_truth(self, ref: Ref, held: Instance) -> bool:
        for name in ("__bool__", "__len__"):
            method = self.class_attribute(self.mro(held.cls), name)
            if method is not MISSING:
                return self.truth(self.call(self.bind(method, ref, held.cls)))
        return True

    def tensors_among(self, values: Iterable[Value]) -> list[Tensor]:
        """The tensors in values and in what these hold, in order."""
        return list(tensors_in(tuple(map(self.plain, values))))

    def inputs_of(self, step: Step) -> list[Tensor]:
        """The tensors that went into a step, those in lists included."""
        return self.tensors_among((*step.args, *step.kwargs.values()))

    def changing(self, question: Callable[[], Value]) -> tuple[Value, bool]:
        """The answer, and whether asking has changed what was there before."""
        since = serial()
        with self.store.watched() as written:
            found = question()
        return found, any(serial_of(key) <= since for key in written)

    def plain(self, value: Value) -> Value:
        """Heap lists, dictionaries and sets as Python's own, nested ones too; instances stay ``Ref``."""
        if not isinstance(value, (tuple, Ref, Tensor)) or (type(value) is Tensor and value.values is None):
            return value  # nothing in it is on the heap
        if isinstance(value, Ref):
            self.quietly(lambda: self.contents(value))  # runs a generator
        plain = _Plain(self.store, self.changes)
        result = plain.of(value, 0)
        self.burn(plain.parts // PLAIN_A_STEP)
        return result

    def distinct(self, values: Iterable[Value]) -> list[Value]:
        """Items of a set."""
        return list(dict.fromkeys(map(self.hashable, values)))

    def hashable(self, value: Value) -> Value:
        """A dictionary key. Raises Undecided if it is not known, or too large: shared tuples can be exponentially so."""
        if type(value) is str:
            return value
        pending = [value]
        walked = 0
        while pending:
            part = pending.pop()
            walked += 1
            if isinstance(part, Unknown):
                raise Undecided(f"a key is not known: {part.reason}")
            if isinstance(part, tuple):
                pending += part
            elif isinstance(part, (SymbolicDim, Tensor, slice)) or walked > MAX_KEY:
                raise Undecided("a key is not known")
            elif isinstance(part, Ref) and isinstance(self.contents(part), (ListObject, SetObject, DictObject)):
                raise Raised("TypeError", "unhashable type")
            elif isinstance(part, Ref) and self.compares(part):
                raise Undecided("an object that is compared in its own way is a key")
        return value

    def compares(self, ref: Ref) -> bool:
        """Whether the program says when such objects are equal."""
        held = self.contents(ref)
        return isinstance(held, Instance) and self.class_attribute(self.mro(held.cls), "__eq__") is not MISSING

    def mapping(self, value: Value) -> Mapping[Value, Value]:
        """The items of a dictionary. Raises Undecided."""
        held = self.contents(value) if isinstance(value, Ref) else value
        if isinstance(held, DictObject):
            return held.items
        if isinstance(held, Instance):
            items = self.call(self.attribute(value, "items"))
            return {self.hashable(pair[0]): pair[1] for pair in self.elements(items) if isinstance(pair, tuple)}
        asks(value, OPTIONS)
        raise self.undecided_on(held) if isinstance(held, Unknown) else Undecided("a mapping is not known")


class _Plain:
    """One conversion of heap data. It counts its parts: what shares its parts, or holds itself, is larger than it looks."""

    def __init__(self, store: Store, changes: int) -> None:
        self.store = store
        self.changes = changes
        self.parts = 0

    def of(self, value: Value, depth: int) -> Value:
        if type(value) is tuple or isinstance(value, OwnTuple):
            return tuple(self.all(value, depth))
        if isinstance(value, Tensor) and isinstance(value.values, Numbers) and value.values.since != self.changes:
            return replace(value, values=None)
        if not isinstance(value, Ref):
            return value
        held = self.store.get(value.number)
        if isinstance(held_data(held), Ref):
            return self.of(held_data(held), depth)
        if isinstance(held, Instance) and VIEWED in held.attributes:
            viewed = self.of(held.attributes[VIEWED], depth)
            return list(getattr(viewed, held.cls.label[len("dict_") :])()) if isinstance(viewed, dict) else viewed
        if isinstance(held, IteratorObject) and held.more is not None:
            return Unknown("a generator that has not run yet")
        if isinstance(held, (ListObject, SetObject, IteratorObject)):
            return self.all(held.items, depth)
        if isinstance(held, DictObject):
            return dict(zip(held.items, self.all(tuple(held.items.values()), depth)))
        return held if isinstance(held, Unknown) else value

    def all(self, items: Sequence[Value], depth: int) -> list[Value]:
        self.parts += len(items)
        if depth >= MAX_PLAIN_DEPTH or self.parts > MAX_PLAIN:
            return [Unknown("data is nested too deeply")] * len(items)
        return [self.of(item, depth + 1) for item in items]
