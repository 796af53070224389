"""What iterating over a set gives: the order is that of CPython's table where it can be told, otherwise it is not known."""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.dataclass import dataclass
from dimlint.core.value import Either, Ref, Unknown, Value

UNORDERED = "in which order a set gives its members is not known"


@dataclass(frozen=True, eq=False)
class Member(Unknown):
    """The next member of a set, whichever that is. group: all of them. index: how many came before."""

    group: tuple[Value, ...] = ()
    index: int = 0


def regrouped(items: list[Value]) -> list[Value]:
    """The members of a set, where the items are all of them in some order; otherwise the items."""
    first = items[0] if items else None
    if type(first) is not Member or len(items) != len(first.group):
        return items
    alike = all(type(item) is Member and item.group is first.group for item in items)
    return list(first.group) if alike and len({item.index for item in items}) == len(items) else items


def in_turn(items: Sequence[Value]) -> list[Value]:
    """The members of a set one after the other: they themselves only where their order is known."""
    count = len(items)
    if count < 2:
        return list(items)
    if all(type(item) is int for item in items) and min(items) >= 0 and max(items) < _least_table(count):
        return sorted(items)  # each is its own place in the table
    refs = frozenset(item for item in items if isinstance(item, Ref))
    if refs:
        return [Either(UNORDERED, refs, len(refs) == count)] * count
    group = tuple(items)
    return [Member(UNORDERED, group, index) for index in range(count)]


def _least_table(count: int) -> int:
    """Places that CPython's table has at least for so many members of a set."""
    places = 8
    while count * 5 >= (places - 1) * 3:
        places *= 2
    return places
