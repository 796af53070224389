"""``set`` and ``frozenset``, in order of insertion. A set with a member that is not known is forgotten as a whole."""

from __future__ import annotations

from collections.abc import Iterable

from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Raised, Ref, SetObject, Unknown, Value
from dimlint.libraries.python.keys import SCALARS, key_of
from dimlint.libraries.python.library import BUILTINS, forgetting, inside, require_own
from dimlint.libraries.python.limits import check_count
from dimlint.libraries.python.sequences import members


def held(machine: Machine, ref: Value) -> tuple[Value, ...]:
    """Members of a set object. Raises Undecided for anything else."""
    ref = inside(machine, ref)
    contents = machine.contents(ref) if isinstance(ref, Ref) else None
    if not isinstance(contents, SetObject):
        raise Undecided("the value is not known to be a set")
    return contents.items


def distinct(machine: Machine, values: Iterable[Value]) -> dict[Value, None]:
    """The values without repetitions. Raises Undecided if one is not known, Raised if one cannot be hashed."""
    return dict.fromkeys(value if type(value) in SCALARS else key_of(machine, value) for value in values)


def like(machine: Machine, self: Value, items: Iterable[Value]) -> Ref:
    """A new set of the kind of another."""
    contents = machine.contents(inside(machine, self))
    return machine.new(SetObject(tuple(items), isinstance(contents, SetObject) and contents.frozen))


def put(machine: Machine, ref: Ref, items: Iterable[Value]) -> None:
    """Give a set new members. Raises Undecided beyond the cap."""
    kept = tuple(items)
    check_count(len(kept), "a set")
    machine.update(inside(machine, ref), SetObject(kept))


def combine(machine: Machine, op: str, first: Iterable[Value], second: Iterable[Value]) -> tuple[Value, ...]:
    """Members of ``first op second`` for ``|``, ``&``, ``-`` and ``^``."""
    a, b = distinct(machine, first), distinct(machine, second)
    if op == "|":
        return tuple({**a, **b})
    if op == "&":
        return tuple(item for item in a if item in b)
    outside = tuple(item for item in a if item not in b)
    return outside if op == "-" else (*outside, *(item for item in b if item not in a))


def _combined(machine: Machine, op: str, self: Ref, others: tuple[Value, ...]) -> tuple[Value, ...]:
    found = held(machine, self)
    for other in others:
        found = combine(machine, op, found, members(machine, other))
    return found


def _operator(machine: Machine, op: str, self: Value, other: Value) -> Ref:
    return like(machine, self, combine(machine, op, held(machine, self), held(machine, other)))


class Members:
    """What ``set`` and ``frozenset`` share; their declarations copy it, since only functions of a class itself count."""

    def __new__(machine: Machine, cls: Value, iterable: Value = (), /) -> Value:
        require_own(cls, "set")
        if isinstance(iterable, Unknown):
            return iterable
        found = tuple(distinct(machine, members(machine, iterable)))
        return machine.new(SetObject(found, cls.label == "frozenset"))

    def copy(machine: Machine, self: Ref) -> Ref:
        return like(machine, self, held(machine, self))

    def union(machine: Machine, self: Ref, *others: Value) -> Ref:
        return like(machine, self, _combined(machine, "|", self, others))

    def intersection(machine: Machine, self: Ref, *others: Value) -> Ref:
        return like(machine, self, _combined(machine, "&", self, others))

    def difference(machine: Machine, self: Ref, *others: Value) -> Ref:
        return like(machine, self, _combined(machine, "-", self, others))

    def symmetric_difference(machine: Machine, self: Ref, other: Value) -> Ref:
        return like(machine, self, _combined(machine, "^", self, (other,)))

    def issubset(machine: Machine, self: Ref, other: Value) -> bool:
        return not combine(machine, "-", held(machine, self), members(machine, other))

    def issuperset(machine: Machine, self: Ref, other: Value) -> bool:
        return not combine(machine, "-", members(machine, other), held(machine, self))

    def isdisjoint(machine: Machine, self: Ref, other: Value) -> bool:
        return not combine(machine, "&", held(machine, self), members(machine, other))

    def __len__(machine: Machine, self: Ref) -> int:
        return len(held(machine, self))

    def __iter__(machine: Machine, self: Ref) -> Ref:
        return machine.iterator(inside(machine, self))

    def __contains__(machine: Machine, self: Ref, value: Value) -> bool:
        return key_of(machine, value) in held(machine, self)

    def __or__(machine: Machine, self: Ref, other: Value) -> Ref:
        return _operator(machine, "|", self, other)

    def __and__(machine: Machine, self: Ref, other: Value) -> Ref:
        return _operator(machine, "&", self, other)

    def __sub__(machine: Machine, self: Ref, other: Value) -> Ref:
        return _operator(machine, "-", self, other)

    def __xor__(machine: Machine, self: Ref, other: Value) -> Ref:
        return _operator(machine, "^", self, other)


class Changes:
    """What only ``set`` has."""

    def add(machine: Machine, self: Ref, value: Value) -> None:
        with forgetting(machine, self):
            key, before = key_of(machine, value), held(machine, self)
            if key not in before:  # members are keys
                put(machine, self, (*before, key))

    def discard(machine: Machine, self: Ref, value: Value) -> None:
        with forgetting(machine, self):
            put(machine, self, combine(machine, "-", held(machine, self), (value,)))

    def remove(machine: Machine, self: Ref, value: Value) -> None:
        with forgetting(machine, self):
            before = held(machine, self)
            left = combine(machine, "-", before, (value,))
            if len(left) == len(before):
                raise Raised("KeyError", "the value is not in the set")
            put(machine, self, left)

    def pop(machine: Machine, self: Ref) -> Value:
        with forgetting(machine, self):
            before = held(machine, self)
            if not before:
                raise Raised("KeyError", "pop from an empty set")
            if len(before) > 1:
                raise Undecided("which member a set gives up is not known")
            put(machine, self, ())
        return before[0]

    def clear(machine: Machine, self: Ref) -> None:
        put(machine, self, ())

    def update(machine: Machine, self: Ref, *others: Value) -> None:
        with forgetting(machine, self):
            put(machine, self, _combined(machine, "|", self, others))

    def intersection_update(machine: Machine, self: Ref, *others: Value) -> None:
        with forgetting(machine, self):
            put(machine, self, _combined(machine, "&", self, others))

    def difference_update(machine: Machine, self: Ref, *others: Value) -> None:
        with forgetting(machine, self):
            put(machine, self, _combined(machine, "-", self, others))


BUILTINS.type("set", bases=("object",))(type("Set", (), {**vars(Members), **vars(Changes)}))
BUILTINS.type("frozenset", bases=("object",))(type("FrozenSet", (), dict(vars(Members))))
