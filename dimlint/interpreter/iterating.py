"""Iterators: what the next item is, and who gives it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from dimlint.core.dataclass import replace
from dimlint.core.example import ITEMS, asks
from dimlint.core.members import in_turn
from dimlint.core.problem import Uncounted, Undecided
from dimlint.core.results import VIEWED, Numbers
from dimlint.core.value import (
    END,
    ClassObject,
    DictObject,
    Either,
    Instance,
    IteratorObject,
    ListObject,
    Machine,
    Raised,
    Ref,
    Repeated,
    SetObject,
    Stream,
    Tensor,
    Unknown,
    Value,
)
from dimlint.interpreter.frame import MISSING, serial
from dimlint.interpreter.joining import same
from dimlint.interpreter.setting import Setting

MAX_DRAINED = 10_000
"""Items that an iterator is asked for at once."""
ENDLESS = "an iterator without an end is not followed"


class Iterating(Setting):
    """Iteration."""

    def iterator(self, value: Value) -> Ref:
        """``iter(value)``. Raises Raised, Undecided."""
        if isinstance(value, Ref):
            held = self.store.get(value.number)
            if isinstance(held, IteratorObject):
                return value
            held = self.contents(value)
            if isinstance(held, ClassObject) or (isinstance(held, Instance) and VIEWED not in held.attributes):
                return self._iterator_of(value)
        return self.watching(tuple(self.elements(value)), (value,))

    def watching(self, rows: Sequence[Value], sources: Sequence[Value]) -> Ref:
        """An iterator over rows, of which each has one item of each source; it sees what becomes of those that are lists."""
        held = [(source, self.store.get(source.number)) for source in sources if isinstance(source, Ref)]
        return self.new(IteratorObject(tuple(rows), watched=tuple(pair for pair in held if isinstance(pair[1], ListObject))))

    def watched(self, ref: Ref) -> Value:
        """What an iterator holds now that its lists hold what they do; it is forgotten if they were changed otherwise than behind it."""
        held = self.store.get(ref.number)
        if not isinstance(held, IteratorObject) or all(self.store.get(source.number) is before for source, before in held.watched):
            return held
        watched = tuple((source, self.store.get(source.number)) for source, _ in held.watched)
        before = [then.items[held.taken :] for _, then in held.watched]
        after = [now.items[held.taken :] if isinstance(now, ListObject) else None for _, now in watched]
        if all(map(same, before, after)):
            self.update(ref, replace(held, watched=watched))
        elif after[0] is not None and held.items and same(held.items, before[0]):  # they are the items of one list
            self.update(ref, replace(held, items=after[0], watched=watched))
        else:
            self.forget(ref, "a list was changed while an iterator went through it")
        return self.store.get(ref.number)

    def _iterator_of(self, ref: Ref) -> Ref:
        """An iterator over an object, by its special methods."""
        order = self.mro(self.class_of(ref))
        method = self.class_attribute(order, "__iter__")
        if method is not MISSING:
            made = self.call(self.bind(method, ref, self.class_of(ref)))
            if isinstance(made, Unknown):
                raise Uncounted(made.reason, made.item) if isinstance(made, Repeated) else Undecided(made.reason)
            if not isinstance(made, Ref) or not isinstance(self.store.get(made.number), (IteratorObject, Instance)):
                raise Undecided("what __iter__ gives is not modelled")
            held = self.store.get(made.number)
            return made if isinstance(held, IteratorObject) else self.new(IteratorObject((), _ByNext(made)))
        if self.class_attribute(order, "__getitem__") is not MISSING:
            return self.new(IteratorObject((), _ByIndex(ref)))
        raise Undecided("iterating over this object is not modelled")

    def next_item(self, ref: Ref, sent: Value = None, *, whole: bool = False) -> Value:
        """The next item of an iterator, or END. Raises Raised, Undecided."""
        held = self.store.get(ref.number)
        if not isinstance(held, IteratorObject) or held.watched:
            held = self.contents(ref)
            if not isinstance(held, IteratorObject):
                raise Undecided("the object is not known to be an iterator")
        if held.items:
            self.update(ref, IteratorObject(held.items[1:], held.more, held.taken + bool(held.watched), held.watched))
            return held.items[0]
        if held.more is None:
            if held.watched:
                self.update(ref, IteratorObject())
            return END
        self.burn()
        more, taken, clock, since = held.more, held.taken, self.store.clock, serial()
        self.forget(ref, "a generator reads itself")
        try:
            items = more.pull(cast(Machine, self), taken, sent, whole)
        except Uncounted as uncounted:
            self.store.set(ref.number, Repeated(uncounted.reason, uncounted.item))
            raise
        except Undecided as undecided:
            self.forget(ref, undecided.reason)
            self.forget_since(clock, since, undecided.reason)  # such as the position of another iterator that it reads
            raise
        except Raised:
            self.update(ref, IteratorObject())
            raise
        return self._given(ref, items, more, taken)

    def _given(self, ref: Ref, items: Sequence[Value], more: Stream, taken: int) -> Value:
        self.update(ref, IteratorObject(tuple(items[1:]), more, taken + 1) if items or more.lasting else IteratorObject())
        return items[0] if items else END

    def returned(self, ref: Ref) -> Value:
        """What a generator has returned at its end."""
        held = self.store.get(ref.number)
        return held.more.returned(cast(Machine, self)) if isinstance(held, IteratorObject) and held.more is not None else None

    def is_waiting(self, ref: Ref) -> bool:
        """Whether this is an iterator, whose position all who hold it share, or an object with an ``__iter__`` of its own."""
        held = self.store.get(ref.number)
        if isinstance(held, Instance):
            return VIEWED not in held.attributes
        return isinstance(held, (ClassObject, IteratorObject))

    def one_by_one(self, value: Value) -> Iterator[Value]:
        """The items; an iterator is asked for each of them when its turn comes. Raises Raised, Undecided."""
        if not isinstance(value, Ref) or not self.is_waiting(value):
            yield from self.elements(value)
            return
        source = self.iterator(value)
        for _ in range(MAX_DRAINED):
            if (item := self.next_item(source)) is END:
                return
            yield item
        raise Undecided(f"more than {MAX_DRAINED} items are not modelled")

    def throw(self, ref: Ref, raised: Raised) -> Value:
        """Raise an exception where a generator waits; its next item, or END. Raises Raised, Undecided."""
        held = self.store.get(ref.number)
        if not isinstance(held, IteratorObject) or held.more is None or held.items:
            raise Undecided("an exception is raised in an iterator")
        self.forget(ref, "a generator reads itself")
        try:
            items = held.more.throw(cast(Machine, self), held.taken, raised)
        except Undecided as undecided:
            self.forget(ref, undecided.reason)
            raise
        except Raised:
            self.update(ref, IteratorObject())
            raise
        return self._given(ref, items, held.more, held.taken)

    def drained(self, ref: Ref) -> Value:
        """An iterator with all its items at hand, or what is known of it."""
        held = self.watched(ref)
        if not isinstance(held, IteratorObject) or held.more is None:
            return held
        items: list[Value] = []
        try:
            if held.more.endless:
                raise Undecided(ENDLESS)
            while (item := self.next_item(ref, whole=True)) is not END:
                items.append(item)
                if len(items) > MAX_DRAINED:
                    raise Undecided(f"more than {MAX_DRAINED} items are not modelled")
            self.update(ref, IteratorObject(tuple(items)))
        except Undecided as undecided:
            if not isinstance(undecided, Uncounted):
                self.forget(ref, undecided.reason)
        return self.store.get(ref.number)

    # -- all items

    def elements(self, value: Value, limit: int = 10_000) -> list[Value]:
        """The items that iterating over a value gives. Raises Undecided if unknown or too many."""
        if isinstance(value, Repeated):
            raise Uncounted(value.reason, value.item)
        if isinstance(value, Either) and value.complete:
            return self.elements_of_each(value, limit)
        if isinstance(value, Unknown):
            raise self.undecided_on(value)
        if isinstance(value, (tuple, range, str, bytes)):
            if value[limit:]:  # a range may be longer than len() can say
                raise Undecided(f"more than {limit} items are not modelled")
            return list(value)
        if isinstance(value, Ref):
            return self._object_elements(value, limit)
        if isinstance(value, Tensor):
            return self._tensor_elements(value, limit)
        asks(value, ITEMS)
        raise Undecided(f"iterating over {type(value).__name__} is not modelled")

    def _object_elements(self, ref: Ref, limit: int) -> list[Value]:
        held = self.contents(ref)
        if isinstance(held, IteratorObject):
            self.update(ref, IteratorObject())
        if isinstance(held, (ListObject, SetObject, DictObject, IteratorObject)):
            if len(held.items) > limit:
                raise Undecided(f"more than {limit} items are not modelled")
            return in_turn(held.items) if isinstance(held, SetObject) else list(held.items)
        if isinstance(held, Instance) and VIEWED in held.attributes:
            return self._viewed(held, limit)
        return self._object_elements(self._iterator_of(ref), limit)

    def _viewed(self, view: Instance, limit: int) -> list[Value]:
        """Keys, values or items of a dictionary."""
        held = self.contents(view.attributes[VIEWED])
        if not isinstance(held, DictObject) or len(held.items) > limit:
            raise Undecided("the items of a dictionary are not known")
        kind = view.cls.label
        return list(held.items if kind == "dict_keys" else held.items.values() if kind == "dict_values" else held.items.items())

    def _tensor_elements(self, value: Tensor, limit: int) -> list[Value]:
        values = self.numbers(value)
        if values is not None and not isinstance(values, Numbers):
            return list(values)
        length = value.shape[0] if value.shape else 0
        if not isinstance(length, int) or not 0 <= length <= limit:
            raise Undecided("the length of the tensor is not known")
        if values is not None:
            return [self.get_item(value, index, None) for index in range(length)]
        item = self.get_item(value, 0, None) if length else None
        return [item] * length

    def numbers(self, value: Tensor) -> tuple[Value, ...] | None:
        """The elements of a tensor, as far as they still hold."""
        held = value.values
        return None if isinstance(held, Numbers) and held.since != self.changes else held

    def get_item(self, value: Value, index: Value, site: Value = None) -> Value:
        """``value[index]``."""
        raise NotImplementedError

    def elements_of_each(self, value: Either, limit: int) -> list[Value]:
        """The items of one of several objects."""
        raise NotImplementedError


class _ByNext(Stream):
    """The items that an object's ``__next__`` gives."""

    def __init__(self, ref: Ref) -> None:
        self.ref = ref

    def pull(self, machine: Machine, taken: int, sent: Value, whole: bool) -> Sequence[Value]:
        """The next item."""
        try:
            item = machine.call(machine.attribute(self.ref, "__next__"))
        except Raised as raised:
            if raised.kind == "StopIteration":
                return ()
            raise
        if isinstance(item, Unknown):
            raise Undecided(f"whether anything is left is not known: {item.reason}")
        return (item,)


class _ByIndex(Stream):
    """The items that ``__getitem__`` gives for 0, 1, ..."""

    def __init__(self, ref: Ref) -> None:
        self.ref = ref

    def pull(self, machine: Machine, taken: int, sent: Value, whole: bool) -> Sequence[Value]:
        """The next item."""
        try:
            item = machine.get_item(self.ref, taken, None)
        except Raised as raised:
            if raised.kind in ("IndexError", "StopIteration"):
                return ()
            raise
        if isinstance(item, Unknown):
            raise Undecided(f"whether anything is left is not known: {item.reason}")
        return (item,)
