"""``collections``, its abstract classes, and ``numbers``."""

from __future__ import annotations

from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.value import (
    ListObject,
    Machine,
    Native,
    Raised,
    Ref,
    Value,
)
from dimlint.libraries.python.inspection import ABSTRACT_METHODS, BUILTIN_PARENTS
from dimlint.libraries.python.library import BUILTINS, forgetting
from dimlint.libraries.python.sequences import collected, items_of, put

COLLECTIONS = Library("python.collections", ("collections",))
ABSTRACT = Library("python.collections.abc", ("collections.abc", "typing.abc"))
NUMBERS = Library("python.numbers", ("numbers",))
COLLECTIONS.value("OrderedDict", BUILTINS.entries["OrderedDict"])
COLLECTIONS.value("defaultdict", BUILTINS.entries["defaultdict"])
NUMERIC = ("Number", "Complex", "Real", "Rational", "Integral")

for _name in (*BUILTIN_PARENTS, *ABSTRACT_METHODS, "Hashable", "Reversible", "Awaitable"):
    _library = NUMBERS if _name in NUMERIC else ABSTRACT
    if _name not in _library.entries:
        _library.type(_name)(type(_name, (), {}))


@COLLECTIONS.function("deque")
def deque(machine: Machine, iterable: Value = (), maxlen: Value = None) -> Ref:
    """A list that also has the methods of a deque."""
    if maxlen is not None:
        raise Undecided("a deque of limited length is not modelled")
    return machine.new(ListObject(tuple(collected(machine, iterable))))


def _append_left(machine: Machine, self: Ref, value: Value) -> None:
    with forgetting(machine, self):
        put(machine, self, (value, *items_of(machine, self)))


def _extend_left(machine: Machine, self: Ref, values: Value) -> None:
    with forgetting(machine, self):
        put(machine, self, (*reversed(collected(machine, values)), *items_of(machine, self)))


def _pop_left(machine: Machine, self: Ref) -> Value:
    with forgetting(machine, self):
        items = items_of(machine, self)
        if not items:
            raise Raised("IndexError", "pop from an empty deque")
        put(machine, self, items[1:])
    return items[0]


for _name, _body in (("appendleft", _append_left), ("extendleft", _extend_left), ("popleft", _pop_left)):
    BUILTINS.entries["list"].methods[_name] = Native(f"deque.{_name}", COLLECTIONS.name, _body)
