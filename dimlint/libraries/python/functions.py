"""Builtin functions on values and iterables: ``len``, ``max``, ``zip``, ``sorted`` and the like. All are eager."""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.dim import SymbolicDim, maximum, minimum, unknown_dim
from dimlint.core.example import ITEMS, asks
from dimlint.core.opening import OpenArgument
from dimlint.core.problem import Uncounted, Undecided, bare
from dimlint.core.value import (
    END,
    DictObject,
    IteratorObject,
    ListObject,
    Machine,
    Native,
    Raised,
    Ref,
    Repeated,
    SetObject,
    SomeNumber,
    Tensor,
    Unknown,
    Value,
    is_size,
)
from dimlint.libraries.python.arithmetic import binary
from dimlint.libraries.python.comparison import compare
from dimlint.libraries.python.library import BUILTINS, attempt, constant, find_method, lost
from dimlint.libraries.python.limits import check_bits, check_count, first_unknown
from dimlint.libraries.python.scalars import lost_integer
from dimlint.libraries.python.sequences import collected, members, ordered, unordered
from dimlint.libraries.python.streams import gathered, is_waiting, one_by_one, row_of, stream

function = BUILTINS.function
MISSING: Value = object()


def iterator(machine: Machine, items: Sequence[Value]) -> Ref:
    """A new iterator over items that are known already. Raises Undecided beyond the cap."""
    check_count(len(items), "an iterator")
    return machine.new(IteratorObject(tuple(items)))


@function("len")
def length(machine: Machine, obj: Value, /) -> Value:
    if isinstance(obj, Unknown):
        return unknown_dim("len", reason=obj.reason)
    if isinstance(obj, (str, bytes, tuple, range)):
        return attempt(len, obj)
    if isinstance(obj, Tensor):
        if not obj.shape or obj.symbolic:
            raise Undecided("the length of a tensor without a known first size is not modelled")
        return obj.shape[0]
    contents = machine.contents(obj) if isinstance(obj, Ref) else None
    if isinstance(contents, (ListObject, SetObject, DictObject)):
        return len(contents.items)
    method = find_method(machine, obj, "__len__")
    if method is not None:
        return machine.call(method)
    if obj is None or is_size(obj) or isinstance(obj, (float, Ref)):
        asks(obj, ITEMS)
        raise Raised("TypeError", "the object has no len()")
    raise Undecided("the length of the object is not known")


@function("max")
def largest(machine: Machine, /, *args: Value, key: Value = None, default: Value = MISSING) -> Value:
    return _extreme(machine, ">", args, key, default)


@function("min")
def smallest(machine: Machine, /, *args: Value, key: Value = None, default: Value = MISSING) -> Value:
    return _extreme(machine, "<", args, key, default)


def _extreme(machine: Machine, op: str, args: tuple[Value, ...], key: Value, default: Value) -> Value:
    """The first item that no other one beats. Sizes without a known order give a bounded symbol."""
    if len(args) == 1 and isinstance(args[0], Unknown):
        return args[0]
    gather = members if key is None else collected  # of equal ones, the first
    items = gather(machine, args[0]) if len(args) == 1 else list(args)
    if not items:
        if default is MISSING:
            raise Raised("ValueError", "max() or min() of an empty sequence")
        return default
    opened = next((item for item in items if isinstance(item, OpenArgument)), None) if key is None else None
    if opened is not None:
        sizes = tuple(item.size if isinstance(item, OpenArgument) else item for item in items)
        known = all(map(is_size, sizes))
        return opened.number_of(_extreme(machine, op, sizes, None, MISSING)) if known else Unknown(opened.reason)
    keys = items if key is None else [machine.call(key, [value]) for value in items]
    unknown = first_unknown(*keys)
    if unknown is not None:
        numbers = key is None and all(isinstance(item, (SomeNumber, float)) or is_size(item) for item in items)
        return unknown if numbers else Unknown(unknown.reason)
    if key is None and all(map(is_size, items)) and any(isinstance(value, SymbolicDim) for value in items):
        best = items[0]
        for value in items[1:]:
            best = maximum(best, value) if op == ">" else minimum(best, value)
        return best
    index = 0
    for other in range(1, len(items)):
        if compare(op, keys[other], keys[index], machine):
            index = other
    return items[index]


@function("sum")
def total(machine: Machine, iterable: Value, /, start: Value = 0) -> Value:
    if isinstance(iterable, Unknown):
        return iterable
    result = start
    for value in members(machine, iterable):
        result = machine.binary("+", result, value, None)
    return result


@function("abs")
def absolute(machine: Machine, x: Value, /) -> Value:
    if isinstance(x, SymbolicDim):
        return maximum(x, -x)
    if isinstance(x, (int, float, complex)):
        return abs(x)
    method = find_method(machine, x, "__abs__")
    if method is not None:
        return machine.call(method)
    if isinstance(x, Tensor):
        return machine.call(machine.attribute(x, "__abs__"))
    if isinstance(x, Unknown):
        return x
    raise Undecided("the absolute value of this object is not modelled")


@function("round")
def rounded(machine: Machine, number: Value, ndigits: Value = None) -> Value:
    unknown = first_unknown(number, ndigits)
    if unknown is not None:
        return lost_integer(unknown.reason) if ndigits is None and isinstance(unknown, SomeNumber) else unknown
    method = find_method(machine, number, "__round__")
    if method is not None:
        return machine.call(method, [] if ndigits is None else [ndigits])
    if isinstance(number, SymbolicDim) and ndigits is None:
        return number
    if isinstance(number, (int, float)) and (ndigits is None or (isinstance(ndigits, int) and abs(ndigits) < 400)):
        return attempt(round, number, ndigits)
    raise Undecided("a rounded value is not known")


@function("pow")
def power(machine: Machine, base: Value, exp: Value, mod: Value = None) -> Value:
    if mod is None:
        return machine.binary("**", base, exp, None)
    if isinstance(base, int) and isinstance(exp, int) and isinstance(mod, int):
        for part in (base, exp, mod):
            check_bits(part.bit_length())
        return attempt(pow, base, exp, mod)
    raise Undecided("a power is not known")


@function("divmod")
def quotient(machine: Machine, a: Value, b: Value, /) -> Value:
    return machine.binary("//", a, b, None), machine.binary("%", a, b, None)


@function("any")
def any_true(machine: Machine, iterable: Value, /) -> bool:
    return _some(machine, iterable, True)


@function("all")
def all_true(machine: Machine, iterable: Value, /) -> bool:
    return not _some(machine, iterable, False)


def _some(machine: Machine, iterable: Value, wanted: bool) -> bool:
    """Whether one item's truth is ``wanted``; one that is known to be decides even if others are not known."""
    undecided: Undecided | None = None
    source = machine.iterator(iterable) if is_waiting(machine, iterable) else None
    for value in members(machine, iterable) if source is None else one_by_one(machine, source):
        try:
            if machine.truth(value) is wanted:
                if undecided is not None and source is not None:
                    machine.forget(source, undecided.reason)
                return True
        except Undecided as reason:
            undecided = bare(reason)
    if undecided is not None:
        raise bare(undecided)
    return False


@function("zip")
def zipped(machine: Machine, /, *iterables: Value, strict: Value = False) -> Ref:
    shared = {value for value in iterables if isinstance(value, Ref) and isinstance(machine.peek(value), IteratorObject)}
    if len(iterables) > 1 and len(shared) == 1 and all(isinstance(value, Ref) and value in shared for value in iterables):
        items, width = gathered(machine, iterables[0]), len(iterables)  # zip(*[iter(items)] * width)
        return iterator(machine, [tuple(items[start : start + width]) for start in range(0, len(items) - width + 1, width)])
    if any(is_waiting(machine, value) for value in iterables) and not machine.truth(strict):
        sources = [machine.iterator(value) for value in iterables]
        return stream(machine, lambda machine, taken: row_of(machine, sources))
    columns = [gathered(machine, value) for value in iterables]
    if machine.truth(strict) and len({len(column) for column in columns}) > 1:
        raise Raised("ValueError", "zip() arguments have different lengths")
    rows = list(zip(*columns))
    check_count(len(rows), "an iterator")
    return machine.watching(rows, iterables)


@function("enumerate")
def enumerated(machine: Machine, iterable: Value, start: Value = 0) -> Value:
    try:
        if is_waiting(machine, iterable):
            source = machine.iterator(iterable)
            return stream(machine, lambda machine, taken: _numbered(machine, source, binary("+", start, taken)))
        items = collected(machine, iterable)
    except Uncounted as uncounted:
        return Repeated(uncounted.reason, (unknown_dim("i", low=0), uncounted.item))
    return machine.watching([(binary("+", start, index), value) for index, value in enumerate(items)], (iterable,))


def _numbered(machine: Machine, source: Ref, index: Value) -> Value:
    item = machine.next_item(source)
    return END if item is END else (index, item)


@function("reversed")
def backwards(machine: Machine, sequence: Value, /) -> Value:
    method = find_method(machine, sequence, "__reversed__")
    if method is not None:
        return machine.call(method)
    if isinstance(sequence, Ref) and isinstance(machine.contents(sequence), (IteratorObject, SetObject)):
        raise Raised("TypeError", "the object is not reversible")
    return iterator(machine, collected(machine, sequence)[::-1])


@function("sorted")
def in_order(machine: Machine, iterable: Value, /, *, key: Value = None, reverse: Value = False) -> Ref:
    items, scrambled = unordered(machine, iterable)
    found = ordered(machine, items, key, reverse)
    if scrambled and key is not None and found != ordered(machine, items[::-1], key, reverse):
        raise Undecided("in which order a set gives members that are equal by a key is not known")
    return machine.new(ListObject(tuple(found)))


@function("map")
def mapped(machine: Machine, function: Value, /, *iterables: Value) -> Ref:
    sources = [machine.iterator(value) for value in iterables]

    def step(machine: Machine, taken: int) -> Value:
        row = row_of(machine, sources)
        return END if row is END else machine.call(function, row)

    return stream(machine, step)


@function("filter")
def filtered(machine: Machine, function: Value, iterable: Value, /) -> Ref:
    source = machine.iterator(iterable)

    def step(machine: Machine, taken: int) -> Value:
        while (item := machine.next_item(source)) is not END:
            if machine.truth(item if function is None else machine.call(function, [item])):
                return item
        return END

    return stream(machine, step)


@function("iter")
def iterate(machine: Machine, obj: Value, sentinel: Value = MISSING, /) -> Value:
    if sentinel is not MISSING:
        return stream(machine, lambda machine, taken: _until(machine, obj, sentinel))
    if isinstance(obj, Unknown):
        return obj
    if isinstance(obj, Ref) and isinstance(machine.peek(obj), IteratorObject):
        return obj
    method = find_method(machine, obj, "__iter__")
    return machine.call(method) if method is not None else machine.iterator(obj)


def _until(machine: Machine, function: Value, sentinel: Value) -> Value:
    item = machine.call(function)
    return END if machine.truth(machine.compare("==", item, sentinel)) else item


@function("next")
def next_item(machine: Machine, obj: Value, default: Value = MISSING, /) -> Value:
    if isinstance(obj, Repeated):
        return obj.item if default is MISSING else Unknown("whether anything is left is not known")
    if isinstance(obj, Unknown):
        machine.touch(obj, "__next__")
        return Unknown(obj.reason)
    method = find_method(machine, obj, "__next__")
    if method is not None:
        try:
            return machine.call(method)
        except Raised as raised:
            if raised.kind != "StopIteration" or default is MISSING:
                raise
            return default
    if not isinstance(obj, Ref):
        raise Raised("TypeError", "the object is not an iterator")
    try:
        item = machine.next_item(obj)
    except Uncounted as uncounted:
        return uncounted.item if default is MISSING else Unknown("whether anything is left is not known")
    if item is END and default is MISSING:
        raise stop_iteration(machine, obj)
    return default if item is END else item


def stop_iteration(machine: Machine, iterator: Ref) -> Raised:
    """The end of an iterator; that of a generator tells what it returned."""
    error = machine.call(BUILTINS.entries["StopIteration"], [machine.returned(iterator)])
    return Raised("StopIteration", "", error)


@function("ord")
def code_point(machine: Machine, c: Value, /) -> Value:
    return c if isinstance(c, Unknown) else attempt(ord, c)


@function("chr")
def character(machine: Machine, i: Value, /) -> Value:
    return Unknown("a character is not known") if isinstance(i, (Unknown, SymbolicDim)) else attempt(chr, i)


def _declare_notation(name: str, notation: object) -> None:
    def body(machine: Machine, number: Value, /) -> Value:
        if isinstance(number, int):
            check_bits(number.bit_length())
            return attempt(notation, number)  # type: ignore[arg-type]
        return Unknown("the digits of a number are not known")

    BUILTINS.value(name, Native(name, BUILTINS.name, body))


for _name, _notation in (("hex", hex), ("oct", oct), ("bin", bin)):
    _declare_notation(_name, _notation)

constant(BUILTINS, None, "breakpoint", "help")
lost(BUILTINS, "what a program reads is not known", ("input",))
constant(BUILTINS, Unknown("the names of a scope are not known"), "globals")


@function("locals")
def local_names(machine: Machine) -> Ref:
    return machine.new(DictObject(dict(machine.local_names())))



@function("eval")
def evaluated(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """What text says, run as code."""
    machine.change_setting("unseen_code", True)
    return Unknown("what a program makes of text is not known")


BUILTINS.declare(BUILTINS.entries["eval"], "compile", "__import__")


@function("exec")
def executed(machine: Machine, *args: Value, **kwargs: Value) -> None:
    machine.change_setting("unseen_code", True)


lost(BUILTINS, "the identity of an object is not known", ("id", "hash", "memoryview", "bytearray"))
