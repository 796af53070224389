"""``list`` and ``tuple``. A list is changed by replacing its contents; what is lost is forgotten as a whole."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import cmp_to_key

from dimlint.core.dim import SymbolicDim
from dimlint.core.members import regrouped
from dimlint.core.problem import Undecided
from dimlint.core.value import LibraryClass, ListObject, Machine, Raised, Ref, SetObject, Tensor, Unknown, Value
from dimlint.libraries.python.arithmetic import binary
from dimlint.libraries.python.comparison import compare
from dimlint.libraries.python.library import BUILTINS, attempt, forgetting, inside, of_class
from dimlint.libraries.python.limits import check_count


def items_of(machine: Machine, ref: Value) -> tuple[Value, ...]:
    """Items of a list object. Raises Undecided for anything else."""
    ref = inside(machine, ref)
    contents = machine.contents(ref) if isinstance(ref, Ref) else None
    if not isinstance(contents, ListObject):
        raise Undecided("the value is not known to be a list")
    return contents.items


def collected(machine: Machine, value: Value) -> list[Value]:
    """The items that iterating gives, at most ``MAX_ITEMS``. Raises Undecided."""
    if isinstance(value, (str, bytes, tuple, range)):
        check_count(_length(value))
    items = machine.elements(value)
    check_count(len(items))
    return items


def members(machine: Machine, value: Value) -> list[Value]:
    """The items, for those that their order does not matter to: the members of a set are known. Raises Undecided."""
    return unordered(machine, value)[0]


def unordered(machine: Machine, value: Value) -> tuple[list[Value], bool]:
    """The items, and whether their order is not known. Raises Undecided."""
    items = collected(machine, value)
    held = machine.peek(value) if isinstance(value, Ref) else None
    grouped = list(held.items) if isinstance(held, SetObject) else regrouped(items)
    return grouped, len(items) > 1 and isinstance(items[0], Unknown) and grouped is not items


def _length(value: Sequence[Value]) -> int:
    try:
        return len(value)
    except OverflowError:
        raise Undecided("a range has too many items") from None


def item(sequence: Value, index: Value) -> Value:
    """``sequence[index]`` of a tuple, string or range. Raises Raised('IndexError'), Undecided."""
    if isinstance(index, slice):
        parts = (index.start, index.stop, index.step)
        for part in parts:
            if isinstance(part, (Unknown, SymbolicDim)):
                raise Undecided(part.reason if isinstance(part, Unknown) else f"the bound {part} of a slice is not known")
            if part is not None and not isinstance(part, int):
                raise Undecided("the bounds of a slice are not known")
        result = attempt(operator.getitem, sequence, index)
        return tuple(result) if isinstance(result, tuple) else result
    if isinstance(index, (Unknown, SymbolicDim)):
        raise Undecided(index.reason if isinstance(index, Unknown) else f"the index {index} is not known")
    if isinstance(index, (Ref, Tensor)):
        raise Undecided("the index is not known")
    return attempt(operator.getitem, sequence, index)


def put(machine: Machine, ref: Ref, items: Sequence[Value]) -> None:
    """Give a list new items. Raises Undecided beyond the cap."""
    check_count(len(items), "a list")
    machine.update(inside(machine, ref), ListObject(tuple(items)))


def position(machine: Machine, items: Sequence[Value], wanted: Value, start: Value = None, stop: Value = None) -> int:
    """Index of the first item equal to ``wanted``. Raises Raised('ValueError'), Undecided."""
    if not all(bound is None or isinstance(bound, int) for bound in (start, stop)):
        raise Undecided("the bounds of a search are not known")
    first, last, _ = slice(start, stop).indices(len(items))
    for index in range(first, last):
        if compare("in", wanted, (items[index],), machine):
            return index
    raise Raised("ValueError", "the value is not in the sequence")


def ordered(machine: Machine, items: Sequence[Value], key: Value, reverse: Value) -> list[Value]:
    """``sorted``: stable, by ``<``. Raises Undecided if the order depends."""
    descending = machine.truth(reverse)
    keys = list(items) if key is None else [machine.call(key, [value]) for value in items]

    def rank(a: int, b: int) -> int:
        return -1 if compare("<", keys[a], keys[b], machine) else int(compare("<", keys[b], keys[a], machine))

    return [items[index] for index in sorted(range(len(items)), key=cmp_to_key(rank), reverse=descending)]


@BUILTINS.type("tuple", bases=("object",))
class Tuple:
    def __new__(machine: Machine, cls: Value, iterable: Value = (), /) -> Value:
        if isinstance(iterable, Unknown):
            return iterable
        return of_class(machine, cls, tuple(collected(machine, iterable)))

    def count(machine: Machine, self: tuple[Value, ...], value: Value) -> int:
        return sum(compare("in", value, (other,), machine) for other in self)

    def index(machine: Machine, self: tuple[Value, ...], value: Value, start: Value = None, stop: Value = None) -> int:
        return position(machine, self, value, start, stop)


@BUILTINS.type("list", bases=("object",))
class List:
    def __new__(machine: Machine, cls: Value, iterable: Value = (), /) -> Value:
        if not isinstance(cls, LibraryClass):  # an object of the program's own class is filled by its ``__init__``
            return of_class(machine, cls, machine.new(ListObject()))
        if isinstance(iterable, Unknown):
            return iterable
        return machine.new(ListObject(tuple(collected(machine, iterable))))

    def __init__(machine: Machine, self: Ref, iterable: Value = (), /) -> None:
        with forgetting(machine, self):
            put(machine, self, collected(machine, iterable))

    def append(machine: Machine, self: Ref, value: Value) -> None:
        with forgetting(machine, self):
            put(machine, self, (*items_of(machine, self), value))

    def extend(machine: Machine, self: Ref, values: Value) -> None:
        with forgetting(machine, self):
            put(machine, self, (*items_of(machine, self), *collected(machine, values)))

    def insert(machine: Machine, self: Ref, index: Value, value: Value) -> None:
        with forgetting(machine, self):
            items = list(items_of(machine, self))
            items.insert(_known_index(index), value)
            put(machine, self, items)

    def pop(machine: Machine, self: Ref, index: Value = -1) -> Value:
        with forgetting(machine, self):
            items = list(items_of(machine, self))
            value = attempt(items.pop, _known_index(index))
            put(machine, self, items)
        return value

    def remove(machine: Machine, self: Ref, value: Value) -> None:
        with forgetting(machine, self):
            items = list(items_of(machine, self))
            del items[position(machine, items, value)]
            put(machine, self, items)

    def clear(machine: Machine, self: Ref) -> None:
        put(machine, self, ())

    def reverse(machine: Machine, self: Ref) -> None:
        put(machine, self, items_of(machine, self)[::-1])

    def sort(machine: Machine, self: Ref, *, key: Value = None, reverse: Value = False) -> None:
        with forgetting(machine, self):
            put(machine, self, ordered(machine, items_of(machine, self), key, reverse))

    def copy(machine: Machine, self: Ref) -> Ref:
        return machine.new(ListObject(items_of(machine, self)))

    def count(machine: Machine, self: Ref, value: Value) -> int:
        return sum(compare("in", value, (other,), machine) for other in items_of(machine, self))

    def index(machine: Machine, self: Ref, value: Value, start: Value = None, stop: Value = None) -> int:
        return position(machine, items_of(machine, self), value, start, stop)

    def __len__(machine: Machine, self: Ref) -> int:
        return len(items_of(machine, self))

    def __iter__(machine: Machine, self: Ref) -> Ref:
        return machine.watching(items_of(machine, self), (inside(machine, self),))

    def __contains__(machine: Machine, self: Ref, value: Value) -> bool:
        return compare("in", value, self, machine)

    def __getitem__(machine: Machine, self: Ref, index: Value) -> Value:
        found = item(items_of(machine, self), index)
        return machine.new(ListObject(found)) if isinstance(index, slice) else found

    def __setitem__(machine: Machine, self: Ref, index: Value, value: Value) -> None:
        with forgetting(machine, self):
            items = list(items_of(machine, self))
            item(items, index)
            attempt(items.__setitem__, index, collected(machine, value) if isinstance(index, slice) else value)
            put(machine, self, items)

    def __delitem__(machine: Machine, self: Ref, index: Value) -> None:
        with forgetting(machine, self):
            items = list(items_of(machine, self))
            item(items, index)
            attempt(items.__delitem__, index)
            put(machine, self, items)

    def __add__(machine: Machine, self: Ref, other: Value) -> Ref:
        return machine.new(ListObject(tuple(binary("+", list(items_of(machine, self)), list(items_of(machine, other))))))

    def __iadd__(machine: Machine, self: Ref, other: Value) -> Ref:  # type: ignore[misc]
        with forgetting(machine, self):
            put(machine, self, (*items_of(machine, self), *collected(machine, other)))
        return self

    def __mul__(machine: Machine, self: Ref, times: Value) -> Value:
        repeated = binary("*", list(items_of(machine, self)), times)
        return machine.new(ListObject(tuple(repeated))) if isinstance(repeated, list) else repeated

    def __rmul__(machine: Machine, self: Ref, times: Value) -> Value:  # type: ignore[misc]
        repeated = binary("*", list(items_of(machine, self)), times)
        return machine.new(ListObject(tuple(repeated))) if isinstance(repeated, list) else repeated


def _known_index(index: Value) -> int:
    if isinstance(index, int):
        return index
    raise Undecided(index.reason if isinstance(index, Unknown) else "the index is not known")
