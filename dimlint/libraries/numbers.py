"""Arithmetic on small arrays of constants, element by element: rules for ``Library.numbers``."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Union

from dimlint.core.value import Tensor, Value

Number = Union[int, float]
Rule = Callable[[Sequence[Value], Mapping[str, Value]], "Sequence[Value] | None"]
Convert = Callable[[Number], Number]
"""What the library does to a number that it stores."""

MAX_BITS = 64
MAX_LENGTH = 4096
FAILURES = (ArithmeticError, ValueError, TypeError)

UNARY: dict[str, Callable[[Number], Number]] = {
    "abs": abs, "neg": lambda a: -a, "round": lambda a: float(round(a)) if isinstance(a, float) else a, "floor": math.floor,
    "ceil": math.ceil, "trunc": math.trunc, "exp": math.exp, "log": math.log, "log2": math.log2, "log10": math.log10, "sqrt": math.sqrt,
    "square": lambda a: a * a, "sin": math.sin, "cos": math.cos, "tan": math.tan, "reciprocal": lambda a: 1 / a,
}  # fmt: skip
KEEPING_FLOATS = ("floor", "ceil", "trunc")
"""Functions that Python answers with an integer, and arrays with floats."""
BINARY: dict[str, Callable[[Number, Number], Number]] = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "truediv": lambda a, b: a / b,
    "floordiv": lambda a, b: a // b, "mod": lambda a, b: a % b, "pow": lambda a, b: a**b, "maximum": max, "minimum": min,
}  # fmt: skip


def elements(value: Value) -> tuple[list[Number], bool] | None:
    """The numbers in a constant array, list or number, and whether it is a single one. None if they are not known."""
    single = _is_number(value) or (isinstance(value, Tensor) and not value.shape)
    items = value.values if isinstance(value, Tensor) else [value] if single else value
    if not isinstance(items, (tuple, list)) or not all(map(_is_number, items)):
        return None
    return list(items), single


def _is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _checked(numbers: Sequence[Number]) -> Sequence[Number] | None:
    ordinary = all(isinstance(item, float) or item.bit_length() < MAX_BITS for item in numbers)
    return numbers if ordinary else None


def mapped(function: Callable[..., Number], count: int, convert: Convert, *, reverse: bool = False) -> Rule:
    """A function of ``count`` arrays, element by element; single numbers go with each element. Options make it unknown."""

    def rule(args: Sequence[Value], kwargs: Mapping[str, Value]) -> Sequence[Value] | None:
        found = [elements(value) for value in (*args, *(kwargs.get(name) for name in ("other",) if name in kwargs))]
        if len(found) != count or set(kwargs) - {"other"} or any(item is None for item in found):
            return None
        columns = [item for item in found if item is not None]
        length = max((len(items) for items, single in columns if not single), default=1)
        if any(not single and len(items) != length for items, single in columns):
            return None
        rows = zip(*(items * length if single else items for items, single in columns))
        try:
            return _checked([convert(function(*(reversed(row) if reverse else row))) for row in rows])
        except FAILURES:
            return None

    return rule


def unary(name: str, convert: Convert) -> Rule:
    """The rule of a function of one array."""
    function = UNARY[name]
    if name in KEEPING_FLOATS:
        return mapped(lambda a: float(function(a)) if isinstance(a, float) else a, 1, convert)
    return mapped(function, 1, convert)


def combined(function: Callable[[list[Number]], Sequence[Number]], convert: Convert) -> Rule:
    """A function of all elements of one array."""

    def rule(args: Sequence[Value], kwargs: Mapping[str, Value]) -> Sequence[Value] | None:
        along = (*args[1:], *kwargs.values())  # the only axis there is
        found = elements(args[0]) if set(kwargs) <= {"dim", "axis"} and all(axis in (0, -1, (0,), [0]) for axis in along) else None
        try:
            return None if found is None or found[1] else _checked(list(map(convert, function(found[0]))))
        except FAILURES:
            return None

    return rule


REDUCTIONS: dict[str, Callable[[list[Number]], Sequence[Number]]] = {
    "sum": lambda items: [sum(items)],
    "max": lambda items: [max(items)],
    "min": lambda items: [min(items)],
    "cumsum": lambda items: list(accumulate(items)),
    "diff": lambda items: [b - a for a, b in pairwise(items)],
    "flip": lambda items: items[::-1],
    "sort": sorted,
}


def item(args: Sequence[Value], kwargs: Mapping[str, Value]) -> Sequence[Value] | None:
    """``x[index]``."""
    found = elements(args[0]) if len(args) == 2 else None
    if found is None or found[1]:
        return None
    cut = args[1]
    if isinstance(cut, int):
        return [found[0][cut]] if -len(found[0]) <= cut < len(found[0]) else None
    if not isinstance(cut, slice) or cut.step == 0 or not all(part is None or isinstance(part, int) for part in _bounds(cut)):
        return None
    return found[0][cut]


def _bounds(cut: slice) -> tuple[Value, Value, Value]:
    return cut.start, cut.stop, cut.step


def everything(args: Sequence[Value], kwargs: Mapping[str, Value]) -> Sequence[Value] | None:
    """The elements of a vector that is cut into pieces."""
    found = elements(args[0]) if args else None
    return None if found is None or found[1] else found[0]


def same(convert: Convert) -> Rule:
    """An array of the same numbers, which the library converts as it does. Options make it unknown."""

    def rule(args: Sequence[Value], kwargs: Mapping[str, Value]) -> Sequence[Value] | None:
        found = elements(args[0]) if len(args) == 1 and not kwargs else None
        try:
            return None if found is None else list(map(convert, found[0]))
        except FAILURES:
            return None

    return rule


def counted(convert: Convert) -> Rule:
    """``arange``."""

    def rule(args: Sequence[Value], kwargs: Mapping[str, Value]) -> Sequence[Value] | None:
        given = {name: value for name, value in kwargs.items() if name != "device"}
        if set(given) - {"start", "end", "stop", "step"} or not all(map(_is_number, (*args, *given.values()))):
            return None
        first = args[0] if len(args) > 1 else given.get("start", 0)
        last = args[1] if len(args) > 1 else args[0] if args else given.get("end", given.get("stop"))
        step = args[2] if len(args) > 2 else given.get("step", 1)
        if last is None or not step or not (math.ceil((last - first) / step) < MAX_LENGTH):
            return None
        numbers = [first + index * step for index in range(math.ceil((last - first) / step))]
        floats = any(isinstance(value, float) for value in (first, last, step))
        return [convert(float(number) if floats else number) for number in numbers]

    return rule


def spaced(names: Sequence[str], convert: Convert, default: int | None = None, *, from_both_ends: bool = False) -> Rule:
    """``linspace`` by the names of its three arguments; ``default`` is the number of elements."""

    def number(first: Number, last: Number, count: int, index: int) -> Number:
        step = convert(float(last - first) / max(count - 1, 1))
        if from_both_ends and index >= count / 2:
            return convert(convert(float(last)) - step * (count - 1 - index))
        return convert(float(last if 0 < index == count - 1 else convert(float(first)) + step * index))

    def rule(args: Sequence[Value], kwargs: Mapping[str, Value]) -> Sequence[Value] | None:
        given = {**dict(zip(names, args)), **kwargs}
        if len(args) > len(names) or set(given) - {*names, "device"}:
            return None
        first, last, count = (given.get(name, default) for name in names)
        if first is None or last is None:
            return None
        if not _is_number(first) or not _is_number(last) or not isinstance(count, int) or not 0 < count <= MAX_LENGTH:
            return None
        return [number(first, last, count, index) for index in range(count)]

    return rule
