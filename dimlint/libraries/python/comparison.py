"""Comparison, membership, identity and truth. What depends on an unknown is Undecided."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from dimlint.core.dim import Dim, SymbolicDim, bounds, equal, less, negate
from dimlint.core.example import CHOICE, ITEMS, asks
from dimlint.core.problem import Undecided
from dimlint.core.results import Own, TensorShape, held_data
from dimlint.core.value import (
    ClassObject,
    DictObject,
    Function,
    Instance,
    IteratorObject,
    LibraryClass,
    ListObject,
    Machine,
    ModuleName,
    Native,
    Raised,
    Ref,
    SetObject,
    Tensor,
    Unknown,
    Value,
    is_size,
)
from dimlint.libraries.python.keys import key_of
from dimlint.libraries.python.library import attempt, find_method
from dimlint.libraries.python.limits import MAX_DEPTH, MAX_ITEMS

ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
METHODS = {"<": ("__lt__", "__gt__"), "<=": ("__le__", "__ge__"), ">": ("__gt__", "__lt__"), ">=": ("__ge__", "__le__")}
NEGATIVE = {"!=": "==", "is not": "is", "not in": "in"}
SCALARS = (type(None), type(...), int, float, complex, str, bytes, range)
NAMED = (Function, LibraryClass, ModuleName)
SMALL_INTEGERS = range(-5, 257)
"""Integers that CPython keeps one object for."""


def compare(op: str, a: Value, b: Value, machine: Machine | None = None) -> bool:
    """``a op b`` for comparisons, ``in`` and ``is``. Objects are compared by their contents if the machine is given.

    Raises Raised where Python raises, Undecided where the answer depends.
    """
    if op in NEGATIVE:
        return not compare(NEGATIVE[op], a, b, machine)
    for value in (a, b):
        if isinstance(value, Unknown):
            raise Undecided(value.reason)
    if isinstance(b, str):
        asks(a, CHOICE, b, softly=True)
    comparer = _Comparer(machine)
    if op == "is":
        return _settled(same_object(a, b))
    if op == "in":
        return comparer.contains(b, a)
    return _settled(comparer.equal(a, b)) if op == "==" else comparer.ordered(op, a, b)


def truth(value: Value) -> bool:
    """``bool(value)`` for a value that needs no heap. Raises Undecided."""
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    if value is None or isinstance(value, (int, float, complex, str, bytes, tuple, list, dict, range, SymbolicDim)):
        return bool(value)
    if value is ... or isinstance(value, (*NAMED, Native, slice)):
        return True
    raise Undecided("whether the value is true is not known")


def same_object(a: Value, b: Value) -> bool | None:
    """Three-valued ``is``. Equal numbers and strings may or may not be one object; so may tensors."""
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return None
    singletons = (type(None), bool, type(...))
    if isinstance(a, singletons) or isinstance(b, singletons):
        return a is b
    if isinstance(a, Own) and isinstance(b, Own):
        return a.ref == b.ref
    if isinstance(a, Own) or isinstance(b, Own):
        return None if isinstance(a, SymbolicDim) or isinstance(b, SymbolicDim) else False
    if isinstance(a, Ref) and isinstance(b, Ref):
        return a.number == b.number
    if isinstance(a, NAMED) and isinstance(b, NAMED):
        return a is b or (isinstance(a, ModuleName) and a == b)
    if is_size(a) and is_size(b):
        answer = equal(a, b)
        return (True if a in SMALL_INTEGERS else None) if answer and isinstance(a, int) else False if answer is False else None
    kinds = [_kind(value) for value in (a, b)]
    if None in kinds:
        return None
    return False if kinds[0] != kinds[1] or (kinds[0] in ("str", "bytes") and a != b) else None


def _kind(value: Value) -> str | None:
    """Name of the class of a value that is never the same object as one of another kind."""
    if is_size(value):
        return "int"
    if isinstance(value, (float, complex, str, bytes, range, tuple, *NAMED, Ref, Tensor)):
        return "tuple" if isinstance(value, tuple) else type(value).__name__
    return None


def _settled(answer: bool | None) -> bool:
    if answer is None:
        raise Undecided("whether two values are equal is not known")
    return answer


class _Comparer:
    """One comparison. It counts its steps, since shared tuples can be exponentially large."""

    def __init__(self, machine: Machine | None) -> None:
        self.machine = machine
        self.steps = MAX_ITEMS

    def burn(self, depth: int) -> None:
        self.steps -= 1
        if self.steps < 0 or depth > MAX_DEPTH:
            raise Undecided("a comparison is too long")

    def equal(self, a: Value, b: Value, depth: int = 0) -> bool | None:
        """Three-valued ``==``. Raises Undecided only beyond the caps."""
        self.burn(depth)
        if isinstance(a, (Unknown, Tensor)) or isinstance(b, (Unknown, Tensor)):
            return None
        if isinstance(a, (Ref, Own)) or isinstance(b, (Ref, Own)):
            return self.equal_objects(a, b, depth)
        if isinstance(a, SymbolicDim) or isinstance(b, SymbolicDim):
            return _equal_sizes(a, b)
        for kind in (tuple, list):
            if isinstance(a, kind) and isinstance(b, kind):
                return self.equal_items(a, b, depth)
        if isinstance(a, dict) and isinstance(b, dict):
            return self.equal_mappings(DictObject(a), DictObject(b), depth)
        plain = (*SCALARS, tuple, list, dict)
        if isinstance(a, plain) and isinstance(b, plain):
            return isinstance(a, SCALARS) and isinstance(b, SCALARS) and bool(a == b)
        if isinstance(a, plain) or isinstance(b, plain):
            return False if isinstance(b if isinstance(a, plain) else a, (*NAMED, Native)) else None
        return same_object(a, b)

    def equal_items(self, a: Sequence[Value], b: Sequence[Value], depth: int) -> bool | None:
        if len(a) != len(b):
            return False
        answer: bool | None = True
        for x, y in zip(a, b):
            part = self.matches(x, y, depth + 1)
            if part is False:
                return False
            answer = None if part is None else answer
        return answer

    def matches(self, a: Value, b: Value, depth: int) -> bool | None:
        """Identity or equality, which is what containers ask."""
        return True if a is b and not isinstance(a, (Unknown, Tensor)) else self.equal(a, b, depth)

    def equal_objects(self, a: Value, b: Value, depth: int) -> bool | None:
        try:
            x, y = self.opened(a), self.opened(b)
        except Undecided:
            return None
        for this, other, value in ((x, a, b), (y, b, a)):
            if isinstance(this, Own):
                answer = self.ask(other, "__eq__", value) if self.machine is not None else NotImplemented
                if answer is not NotImplemented:
                    return answer  # type: ignore[no-any-return]
            if isinstance(this, Instance):
                answer = self.ask(other, "__eq__", value)
                if answer is not NotImplemented:
                    return answer  # type: ignore[no-any-return]
        if isinstance(x, Instance) or isinstance(y, Instance):
            return same_object(a, b)
        if isinstance(x, (ClassObject, IteratorObject)) or isinstance(y, (ClassObject, IteratorObject)):
            return same_object(a, b) is True
        if isinstance(x, list) and isinstance(y, list):
            return self.equal_items(x, y, depth)
        if isinstance(x, SetObject) and isinstance(y, SetObject):
            return self.equal_sets(x.items, y.items, depth)
        if isinstance(x, DictObject) and isinstance(y, DictObject):
            return self.equal_mappings(x, y, depth)
        if isinstance(x, SCALARS) and isinstance(y, SCALARS):
            return bool(x == y)
        if isinstance(x, tuple) and isinstance(y, tuple):
            return self.equal_items(x, y, depth)
        if isinstance(x, (tuple, list)) and isinstance(y, (tuple, list)):
            return self.equal_shapes(x, y, depth)
        return False

    def equal_shapes(self, a: Sequence[Value], b: Sequence[Value], depth: int) -> bool | None:
        """A list and a tuple, which are never equal; but TensorFlow compares its shapes with lists, too."""
        shape = a if isinstance(a, TensorShape) else b
        if not isinstance(shape, TensorShape) or shape.plain is True:
            return False
        answer = self.equal_items(a, b, depth)
        return answer if shape.plain is False or answer is False else None

    def equal_sets(self, a: tuple[Value, ...], b: tuple[Value, ...], depth: int) -> bool | None:
        if len(a) != len(b):
            return False
        answers = [self.found(item, b, depth) for item in a]
        return False if False in answers else None if None in answers else True

    def equal_mappings(self, a: DictObject, b: DictObject, depth: int) -> bool | None:
        if a.items.keys() != b.items.keys():
            return False
        if a.kind == b.kind == "OrderedDict" and list(a.items) != list(b.items):
            return False
        return self.equal_items(tuple(a.items.values()), tuple(b.items[key] for key in a.items), depth)

    def opened(self, value: Value) -> Value:
        """Contents of an object, those of a list as Python's own; any other value is itself."""
        if not isinstance(value, Ref):
            return value
        if self.machine is None:
            raise Undecided("whether two objects are equal is not known")
        contents = self.machine.contents(value)
        inner = held_data(contents)
        if isinstance(inner, Ref) and find_method(self.machine, value, "__eq__") is None:
            contents = self.machine.contents(inner)
        return list(contents.items) if isinstance(contents, ListObject) else contents

    def ask(self, receiver: Value, method: str, other: Value) -> Any:
        """Answer of a special method as a truth value, or NotImplemented if there is none."""
        assert self.machine is not None
        try:
            function = find_method(self.machine, receiver, method)
            if function is None:
                return NotImplemented
            result = self.machine.call(function, [other])
            return NotImplemented if result is NotImplemented else self.machine.truth(result)
        except Undecided:
            return None

    def found(self, item: Value, items: Iterable[Value], depth: int = 0) -> bool | None:
        """Three-valued membership."""
        answer: bool | None = False
        for other in items:
            part = self.matches(item, other, depth + 1)
            if part:
                return True
            answer = None if part is None else answer
        return answer

    def contains(self, container: Value, item: Value) -> bool:
        contents = self.opened(container)
        if isinstance(contents, str) and not isinstance(item, str):
            raise Raised("TypeError", "'in <string>' requires string as left operand")
        if isinstance(contents, (str, bytes)) and isinstance(item, (int, str, bytes)):
            return attempt(operator.contains, contents, item) is True
        if isinstance(contents, range):
            return _in_range(contents, item)
        if isinstance(contents, (tuple, list, SetObject)):
            return _settled(self.found(item, contents.items if isinstance(contents, SetObject) else contents))
        if isinstance(contents, (dict, DictObject)):
            return key_of(self.machine, item) in (contents.items if isinstance(contents, DictObject) else contents)
        if isinstance(contents, Instance):
            answer = self.ask(container, "__contains__", item)
            if answer is not NotImplemented:
                return _settled(answer)
        if contents is None or is_size(contents) or isinstance(contents, float):
            asks(contents, ITEMS)
            raise Raised("TypeError", f"argument of type {type(contents).__name__!r} is not iterable")
        raise Undecided("whether the object contains the value is not known")

    def ordered(self, op: str, a: Value, b: Value) -> bool:
        x, y = self.opened(a), self.opened(b)
        if isinstance(x, Instance) or isinstance(y, Instance):
            return self.ordered_objects(op, a, b)
        if isinstance(x, SetObject) and isinstance(y, SetObject):
            return self.ordered_sets(op, x.items, y.items)
        if isinstance(x, (tuple, list)) and isinstance(y, (tuple, list)) and isinstance(x, list) is isinstance(y, list):
            return self.ordered_items(op, x, y)
        if isinstance(x, SymbolicDim) or isinstance(y, SymbolicDim):
            return _order_sizes(op, x, y)
        plain = (*SCALARS, tuple, list)
        if not (isinstance(x, plain) and isinstance(y, plain)):
            raise Undecided(f"operator {op} on these values is not modelled")
        try:
            return ORDERINGS[op](x, y)
        except TypeError as error:
            raise Raised("TypeError", str(error)) from None

    def ordered_objects(self, op: str, a: Value, b: Value) -> bool:
        for receiver, other, method in ((a, b, METHODS[op][0]), (b, a, METHODS[op][1])):
            answer = self.ask(receiver, method, other) if isinstance(receiver, Ref) else NotImplemented
            if answer is not NotImplemented:
                return _settled(answer)
        raise Undecided(f"operator {op} on these objects is not modelled")

    def ordered_items(self, op: str, a: Sequence[Value], b: Sequence[Value]) -> bool:
        """The first items that differ decide."""
        for x, y in zip(a, b):
            if not _settled(self.matches(x, y, 1)):
                self.burn(0)
                return self.ordered(op, x, y)
        return ORDERINGS[op](len(a), len(b))

    def ordered_sets(self, op: str, a: tuple[Value, ...], b: tuple[Value, ...]) -> bool:
        """Subset and superset."""
        if op in (">", ">="):
            a, b = b, a
        return all(_settled(self.found(item, b)) for item in a) and (op in ("<=", ">=") or len(a) < len(b))


def _equal_sizes(a: Value, b: Value) -> bool | None:
    if isinstance(b, SymbolicDim) and not isinstance(a, SymbolicDim):
        a, b = b, a
    if isinstance(b, (float, complex)):
        number = complex(b)
        whole = number.imag == 0 and math.isfinite(number.real) and number.real == int(number.real)
        return equal(a, int(number.real)) if whole else False
    return equal(a, b) if is_size(b) else False


def _order_sizes(op: str, a: Value, b: Value) -> bool:
    if op in (">", ">="):
        return _order_sizes("<" if op == ">" else "<=", b, a)
    left, right = _whole(a, up=op == "<="), _whole(b, up=op == "<")
    answer = less(left, right) if op == "<" else negate(less(right, left))
    if answer is None:
        raise Undecided(f"whether {a} {op} {b} is not known")
    return answer


def _whole(value: Value, *, up: bool) -> Dim:
    """The integer that orders against a size as the float does: ``n < 2.5`` is ``n < 3``, ``2.5 < n`` is ``2 < n``."""
    if isinstance(value, (int, SymbolicDim)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Undecided("a size is compared with infinity")
        return math.ceil(value) if up else math.floor(value)
    if isinstance(value, (*SCALARS, tuple, list)):
        raise Raised("TypeError", f"a number cannot be ordered against {type(value).__name__!r}")
    raise Undecided("a size is compared with an object")


def _in_range(container: range, item: Value) -> bool:
    """Membership without iterating, which is what Python does for anything but integers."""
    if isinstance(item, (float, complex)):
        number = complex(item)
        return number.imag == 0 and math.isfinite(number.real) and number.real == int(number.real) and int(number.real) in container
    if not isinstance(item, SymbolicDim):
        if isinstance(item, (*SCALARS, tuple, list)):
            return isinstance(item, int) and item in container
        raise Undecided("whether the range contains the value is not known")
    if not container:
        return False
    low, high = bounds(item)
    first, last = sorted((container[0], container[-1]))
    if (high is not None and high < first) or (low is not None and low > last):
        return False
    if abs(container.step) == 1 and low is not None and high is not None and low >= first and high <= last:
        return True
    raise Undecided("whether the range contains the size is not known")
