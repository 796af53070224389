"""Small vectors of constants that programs calculate with, as ``np.linspace(0, rate, depth)``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dimlint.core.value import LibraryClass, Tensor, Value
from dimlint.libraries.numbers import BINARY, REDUCTIONS, UNARY, combined, counted, elements, item, mapped, same, spaced, unary
from dimlint.libraries.numpy.library import LIBRARY, UNKNOWN_NUMBER, function

NAMES = {"truediv": "divide true_divide", "sub": "subtract", "mul": "multiply", "pow": "power", "floordiv": "floor_divide"}
"""Operator -> names of its functions, where that is not the operator's own."""
CHANGING = ("__setitem__", "__delitem__", "sort", "fill", "shuffle", "put", "resize", "itemset", "copyto", "place", "putmask", "setfield")


def _same(number: float) -> float:
    return number


def _changing(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last.startswith("__i") or (last in CHANGING and name != "sort")


def _converted(args: Sequence[Value], kwargs: Mapping[str, Value]) -> Sequence[Value] | None:
    """``astype(int)`` and ``astype(float)``."""
    found = elements(args[0]) if len(args) == 2 and not kwargs else None
    wanted = args[1].name if found is not None and isinstance(args[1], LibraryClass) and args[1].library == "builtins" else ""
    if found is None or wanted not in ("int", "float"):
        return None
    try:
        return [int(number) if wanted == "int" else float(number) for number in found[0]]
    except (OverflowError, ValueError):
        return None


for _name in UNARY:
    LIBRARY.numbers |= dict.fromkeys((_name, f"Tensor.{_name}"), unary(_name, _same))
LIBRARY.numbers |= {"negative": unary("neg", _same), "absolute": unary("abs", _same), "around": unary("round", _same)}
LIBRARY.numbers |= {"rint": unary("round", _same), "Tensor.__neg__": unary("neg", _same), "Tensor.__abs__": unary("abs", _same)}
for _name, _function in BINARY.items():
    for _spelled in NAMES.get(_name, _name).split():
        LIBRARY.numbers[_spelled] = mapped(_function, 2, _same)
    LIBRARY.numbers[f"Tensor.__{_name}__"] = mapped(_function, 2, _same)
    LIBRARY.numbers[f"Tensor.__r{_name}__"] = mapped(_function, 2, _same, reverse=True)
for _name, _reduction in REDUCTIONS.items():
    LIBRARY.numbers[_name] = combined(_reduction, _same)
for _name in ("sum", "max", "min", "cumsum"):
    LIBRARY.numbers[f"Tensor.{_name}"] = combined(REDUCTIONS[_name], _same)
for _name in ("array", "asarray", "asanyarray", "Tensor.copy", "copy"):
    LIBRARY.numbers[_name] = same(_same)
LIBRARY.numbers["Tensor.astype"] = _converted
LIBRARY.numbers["arange"] = counted(_same)
LIBRARY.numbers["linspace"] = spaced(("start", "stop", "num"), _same, 50)
LIBRARY.numbers["Tensor.__getitem__"] = item
LIBRARY.changing = _changing


@function("Tensor.item")
def number_of(self: Tensor) -> Value:
    """The one element."""
    return self.values[0] if self.values is not None and len(self.values) == 1 else UNKNOWN_NUMBER


@function("Tensor.tolist")
def listed(self: Tensor) -> Value:
    """The elements as a list, or the one element."""
    if self.values is None:
        return UNKNOWN_NUMBER
    return list(self.values) if self.shape else self.values[0]
