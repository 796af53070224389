"""``collections``, its abstract classes, and ``numbers``."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.results import DATA
from dimlint.core.value import DictObject, LibraryClass, ListObject, Machine, Native, Raised, Ref, Value
from dimlint.libraries.python.functions import iterator
from dimlint.libraries.python.inspection import ABSTRACT_METHODS, BUILTIN_PARENTS, REGISTERED
from dimlint.libraries.python.keys import key_of
from dimlint.libraries.python.library import BUILTINS, forgetting, inside, instance_object, of_class
from dimlint.libraries.python.mappings import filled, held, redefined
from dimlint.libraries.python.mappings import put as replace_items
from dimlint.libraries.python.mixins import MIXINS
from dimlint.libraries.python.sequences import collected, items_of, ordered, put

COLLECTIONS = Library("python.collections", ("collections",))
ABSTRACT = Library("python.collections.abc", ("collections.abc", "typing.abc"))
NUMBERS = Library("python.numbers", ("numbers",))
COLLECTIONS.value("OrderedDict", BUILTINS.entries["OrderedDict"])
COLLECTIONS.value("defaultdict", BUILTINS.entries["defaultdict"])
NUMERIC = ("Number", "Complex", "Real", "Rational", "Integral")



def register(machine: Machine, subclass: Value, /) -> Value:
    """Make a class count as a subclass of an abstract one."""
    machine.change_setting(REGISTERED, True)
    return subclass


for _name in (*BUILTIN_PARENTS, *ABSTRACT_METHODS, "Hashable", "Reversible", "Awaitable"):
    _library = NUMBERS if _name in NUMERIC else ABSTRACT
    if _name not in _library.entries:
        _library.type(_name)(type(_name, (), {**MIXINS.get(_name, {}), "register": register}))


@COLLECTIONS.type("deque")
class Deque:
    """A list with two ends, and with a limit if it is given one."""

    def __new__(machine: Machine, cls: Value, iterable: Value = (), maxlen: Value = None) -> Ref:
        if not (maxlen is None or isinstance(maxlen, int)):
            raise Undecided("the limit of a deque is not known")
        made = machine.blank(cls)
        inner = machine.new(ListObject())
        machine.update(made, replace(instance_object(machine, made), attributes={DATA: inner, "maxlen": maxlen}))
        put(machine, made, collected(machine, iterable))
        _trim(machine, made)
        return made

    def append(machine: Machine, self: Ref, value: Value) -> None:
        _changed(machine, self, lambda items: [*items, value])

    def appendleft(machine: Machine, self: Ref, value: Value) -> None:
        _changed(machine, self, lambda items: [value, *items], left=True)

    def extend(machine: Machine, self: Ref, values: Value) -> None:
        _changed(machine, self, lambda items: [*items, *collected(machine, values)])

    def extendleft(machine: Machine, self: Ref, values: Value) -> None:
        _changed(machine, self, lambda items: [*reversed(collected(machine, values)), *items], left=True)

    def popleft(machine: Machine, self: Ref) -> Value:
        with forgetting(machine, self):
            items = items_of(machine, self)
            if not items:
                raise Raised("IndexError", "pop from an empty deque")
            put(machine, self, items[1:])
        return items[0]

    def rotate(machine: Machine, self: Ref, n: Value = 1) -> None:
        def turned(items: Sequence[Value]) -> list[Value]:
            if not isinstance(n, int):
                raise Undecided("how far a deque is turned is not known")
            by = n % len(items) if items else 0
            return [*items[len(items) - by :], *items[: len(items) - by]]

        _changed(machine, self, turned)

    def copy(machine: Machine, self: Ref) -> Value:
        return machine.call(machine.class_of(self), [self, machine.attribute(self, "maxlen")])


SHARED = ("pop", "remove", "clear", "reverse", "count", "index", "insert", "__len__", "__iter__", "__contains__", "__getitem__")
LIST = BUILTINS.entries["list"]
for _name in (*SHARED, "__setitem__", "__delitem__"):
    COLLECTIONS.entries["deque"].methods[_name] = LIST.methods[_name]


def _changed(machine: Machine, self: Ref, change: Callable[[Sequence[Value]], list[Value]], *, left: bool = False) -> None:
    with forgetting(machine, self):
        put(machine, self, change(items_of(machine, self)))
        _trim(machine, self, left=left)


def _trim(machine: Machine, self: Ref, *, left: bool = False) -> None:
    """Keep the limit: what is beyond it falls out at the other end."""
    limit = instance_object(machine, self).attributes.get("maxlen")
    items = items_of(machine, self)
    if limit is not None and len(items) > limit:
        put(machine, self, items[:limit] if left else items[len(items) - limit :])


@BUILTINS.type("Counter", bases=("dict",))
class Counter:
    """A dictionary that counts."""

    def __new__(machine: Machine, cls: Value, /, *args: Value, **kwargs: Value) -> Value:
        made = of_class(machine, cls, machine.new(DictObject({}, "Counter")))
        if isinstance(cls, LibraryClass):
            _count(machine, made, args, kwargs, 1)
        return made

    def __init__(machine: Machine, self: Ref, /, *args: Value, **kwargs: Value) -> None:
        _count(machine, self, args, kwargs, 1)

    def update(machine: Machine, self: Ref, /, *args: Value, **kwargs: Value) -> None:
        _count(machine, self, args, kwargs, 1)

    def subtract(machine: Machine, self: Ref, /, *args: Value, **kwargs: Value) -> None:
        _count(machine, self, args, kwargs, -1)

    def __missing__(machine: Machine, self: Ref, key: Value) -> int:
        return 0

    def most_common(machine: Machine, self: Ref, n: Value = None) -> Ref:
        pairs = ordered(machine, list(held(machine, self).items.items()), _SECOND, True)
        if not (n is None or isinstance(n, int)):
            raise Undecided("how many counts are asked for is not known")
        return machine.new(ListObject(tuple(pairs[:n])))

    def elements(machine: Machine, self: Ref) -> Value:
        return iterator(machine, [key for key, times in _known(machine, self).items() for _ in range(max(times, 0))])

    def total(machine: Machine, self: Ref) -> Value:
        return machine.call(BUILTINS.entries["sum"], [tuple(held(machine, self).items.values())])

    def __add__(machine: Machine, self: Ref, other: Value) -> Ref:
        return _merged(machine, self, other, lambda a, b: a + b)

    def __sub__(machine: Machine, self: Ref, other: Value) -> Ref:
        return _merged(machine, self, other, lambda a, b: a - b)

    def __or__(machine: Machine, self: Ref, other: Value) -> Ref:
        return _merged(machine, self, other, max)

    def __and__(machine: Machine, self: Ref, other: Value) -> Ref:
        return _merged(machine, self, other, min)


def _second(machine: Machine, pair: Value) -> Value:
    return pair[1]


_SECOND = Native("second", COLLECTIONS.name, _second)


def _known(machine: Machine, ref: Value) -> dict[Value, int]:
    counts = dict(held(machine, ref).items)
    if not all(isinstance(value, int) for value in counts.values()):
        raise Undecided("a count is not known")
    return counts


def _merged(machine: Machine, a: Ref, b: Value, combine: Callable[[int, int], int]) -> Ref:
    x, y = _known(machine, a), _known(machine, b)
    counts = {key: combine(x.get(key, 0), y.get(key, 0)) for key in {**x, **y}}
    return machine.new(DictObject({key: value for key, value in counts.items() if value > 0}, "Counter"))


def _count(machine: Machine, self: Ref, args: tuple[Value, ...], kwargs: Mapping[str, Value], sign: int) -> None:
    with forgetting(machine, self):
        counts: dict[Value, Value] = dict(held(machine, self).items)
        for source in args:
            inner = inside(machine, source)
            contents = machine.contents(inner) if isinstance(inner, Ref) else None
            if isinstance(contents, DictObject):
                added = list(contents.items.items())
            else:
                added = [(key_of(machine, key), 1) for key in (collected(machine, source) if source is not None else ())]
            for key, times in (*added, *kwargs.items()):
                counts[key] = machine.binary("+", counts.get(key, 0), machine.binary("*", sign, times))
        if not args:
            counts |= {key: machine.binary("+", counts.get(key, 0), machine.binary("*", sign, n)) for key, n in kwargs.items()}
        replace_items(machine, self, counts)


COLLECTIONS.value("Counter", BUILTINS.entries["Counter"])


@COLLECTIONS.type("UserDict", bases=(BUILTINS.entries["dict"],))
class UserDict:
    """A dictionary that keeps its items in ``data``."""

    def __new__(machine: Machine, cls: Value, /, *args: Value, **kwargs: Value) -> Ref:
        made = machine.blank(cls)
        inner = machine.new(DictObject())
        machine.update(made, replace(instance_object(machine, made), attributes={DATA: inner, "data": inner}))
        if isinstance(cls, LibraryClass):
            machine.call(BUILTINS.entries["dict"].methods["__init__"], [made, *args], kwargs)
        return made

    __init__, update = filled, filled


def _declare_mixin(name: str) -> None:
    """A method of ``UserDict`` that rests on those that a subclass may define: where one does, the answer is not known."""

    def body(machine: Machine, self: Ref, /, *args: Value, **kwargs: Value) -> Value:
        if redefined(machine, self, ("__getitem__", "__setitem__", "__delitem__", "__iter__", "__len__", "__contains__", "__missing__")):
            machine.forget(inside(machine, self), "a subclass of UserDict has items of its own")
            raise Undecided("a subclass of UserDict has items of its own")
        return machine.call(BUILTINS.entries["dict"].methods[name], [self, *args], kwargs)

    COLLECTIONS.entries["UserDict"].methods[name] = Native(f"UserDict.{name}", COLLECTIONS.name, body)


for _name in ("get", "pop", "popitem", "setdefault", "keys", "values", "items", "clear", "copy", "__eq__", "__or__", "__ior__"):
    if _name in BUILTINS.entries["dict"].methods:
        _declare_mixin(_name)


@COLLECTIONS.type("UserList", bases=(BUILTINS.entries["list"],))
class UserList:
    """A list that keeps its items in ``data``."""

    def __new__(machine: Machine, cls: Value, /, *args: Value) -> Ref:
        made = machine.blank(cls)
        inner = machine.new(ListObject())
        machine.update(made, replace(instance_object(machine, made), attributes={DATA: inner, "data": inner}))
        if isinstance(cls, LibraryClass):
            machine.call(BUILTINS.entries["list"].methods["__init__"], [made, *args])
        return made


@COLLECTIONS.type("ChainMap")
class ChainMap:
    """Several dictionaries, of which the first that has a key answers."""

    def __init__(machine: Machine, self: Ref, /, *maps: Value) -> None:
        machine.store_attribute(self, "maps", machine.new(ListObject(maps or (machine.new(DictObject()),))))

    def __getitem__(machine: Machine, self: Ref, key: Value) -> Value:
        for part in _maps(machine, self):
            if machine.truth(machine.compare("in", key, part)):
                return machine.get_item(part, key)
        raise Raised("KeyError", str(key)[:60])

    def get(machine: Machine, self: Ref, key: Value, default: Value = None) -> Value:
        holding = (part for part in _maps(machine, self) if machine.truth(machine.compare("in", key, part)))
        part = next(holding, None)
        return default if part is None else machine.get_item(part, key)

    def __contains__(machine: Machine, self: Ref, key: Value) -> bool:
        return any(machine.truth(machine.compare("in", key, part)) for part in _maps(machine, self))

    def __setitem__(machine: Machine, self: Ref, key: Value, value: Value) -> None:
        machine.call(machine.attribute(_maps(machine, self)[0], "__setitem__"), [key, value])

    def keys(machine: Machine, self: Ref) -> Value:
        parts = reversed(_maps(machine, self))
        return tuple(dict.fromkeys(key_of(machine, key) for part in parts for key in collected(machine, part)))

    def items(machine: Machine, self: Ref) -> Value:
        return tuple((key, machine.get_item(self, key)) for key in machine.call(machine.attribute(self, "keys")))

    def __iter__(machine: Machine, self: Ref) -> Ref:
        return iterator(machine, machine.call(machine.attribute(self, "keys")))

    def __len__(machine: Machine, self: Ref) -> int:
        return len(machine.call(machine.attribute(self, "keys")))

    def new_child(machine: Machine, self: Ref, m: Value = None) -> Value:
        return machine.call(machine.class_of(self), [machine.new(DictObject()) if m is None else m, *_maps(machine, self)])


def _maps(machine: Machine, self: Ref) -> list[Value]:
    return collected(machine, machine.attribute(self, "maps"))
