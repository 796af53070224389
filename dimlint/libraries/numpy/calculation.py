"""Elementwise functions, reductions and arithmetic, on arrays and on plain numbers and sizes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, SymbolicDim, always_equal, maximum, minimum, product
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.libraries.numpy.library import UNKNOWN_NUMBER, axis_of, function
from dimlint.shapes.agree import broadcast
from dimlint.shapes.select import reduce

ELEMENTWISE: dict[str, Callable[[float], float] | None] = {
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
    "rint": round,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "tanh": math.tanh,
    "abs": abs,
    "absolute": abs,
    "square": None,
    "sign": None,
    "isnan": None,
    "isfinite": None,
    "logical_not": None,
}


def _declare_elementwise(name: str, on_number: Callable[[float], float] | None) -> None:
    def body(x: Value, dtype: object = None) -> Value:
        if isinstance(x, (Tensor, list, tuple)):
            return to_shape(x, "x")
        if isinstance(x, SymbolicDim) and name in ("floor", "ceil", "trunc", "rint"):
            return x
        try:
            return float(on_number(x)) if on_number is not None and isinstance(x, (int, float)) else UNKNOWN_NUMBER
        except (ValueError, OverflowError):
            return UNKNOWN_NUMBER

    body.__name__ = name
    function(name)(body)


for _name, _on_number in ELEMENTWISE.items():
    _declare_elementwise(_name, _on_number)


@function(
    *("clip", "flip", "roll", "sort", "cumsum", "around", "round"),
    *("Tensor.clip", "Tensor.astype", "Tensor.copy", "Tensor.round", "Tensor.cumsum"),
)
def same_shape(a: Value, *args: object, **kwargs: object) -> Value:
    return to_shape(a, "a") if isinstance(a, (Tensor, list, tuple)) else UNKNOWN_NUMBER


@function("int8", "int16", "int32", "int64", "uint8", "int_", "intp")
def integer_type(x: Value = 0) -> Value:
    if isinstance(x, Tensor):
        return x.shape
    return int(x) if isinstance(x, float) and math.isfinite(x) else x if is_size(x) else UNKNOWN_NUMBER


@function("float16", "float32", "float64")
def float_type(x: Value = 0.0) -> Value:
    return x.shape if isinstance(x, Tensor) else float(x) if isinstance(x, (int, float)) else UNKNOWN_NUMBER


# -- reductions


def _reduced(a: Shape, axis: Value, keepdims: bool) -> Value:
    if isinstance(axis, Unknown):
        raise Undecided(axis.reason)
    if axis is None:
        return reduce(a, None, True) if keepdims else UNKNOWN_NUMBER
    given = axis if isinstance(axis, (tuple, list)) else (axis,)
    if not all(isinstance(index, int) for index in given):
        raise Undecided("the axis of a reduction is not known")
    return reduce(a, [axis_of(index, a.rank) for index in given], keepdims)


def _declare_reduction(name: str, on_sizes: Callable[[Sequence[Dim]], Dim] | None) -> None:
    def body(a: Value, axis: Value = None, dtype: object = None, *, keepdims: bool = False) -> Value:
        plain = isinstance(a, (tuple, list)) and all(map(is_size, a))
        if plain and on_sizes is not None and (a or name in ("sum", "prod")) and axis in (None, 0, -1) and not keepdims:
            return on_sizes([int(size) if isinstance(size, int) else size for size in a])
        if is_size(a) and on_sizes is not None and axis is None:
            return a
        return _reduced(to_shape(a, "a"), axis, keepdims)

    def method(a: Shape, axis: Value = None, dtype: object = None, *, keepdims: bool = False) -> Value:
        return _reduced(a, axis, keepdims)

    body.__name__ = method.__name__ = name
    function(name)(body)
    function(f"Tensor.{name}")(method)


def _fold(pick: Callable[[Dim, Dim], Dim]) -> Callable[[Sequence[Dim]], Dim]:
    def folded(sizes: Sequence[Dim]) -> Dim:
        result = sizes[0]
        for size in sizes[1:]:
            result = pick(result, size)
        return result

    return folded


for _name, _on_sizes in (
    ("prod", product),
    ("sum", lambda sizes: sum(sizes, start=0)),
    ("max", _fold(maximum)),
    ("min", _fold(minimum)),
    ("mean", None),
    ("std", None),
    ("var", None),
    ("any", None),
    ("all", None),
    ("argmax", None),
    ("argmin", None),
):
    _declare_reduction(_name, _on_sizes)


# -- arithmetic

OPERATIONS = ("add", "subtract", "multiply", "divide", "true_divide", "power", "mod", "floor_divide")
OPERATORS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor")
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")


def _operands(a: Value, b: Value) -> list[Shape]:
    if any(isinstance(value, Tensor) and value.library != "numpy" for value in (a, b)):
        raise Undecided("arithmetic of an array and a framework's tensor is not modelled")
    return [to_shape(a, "an operand"), to_shape(b, "an operand")]


@function(*OPERATIONS, *(f"Tensor.__{name}__" for name in OPERATORS), *(f"Tensor.__r{name}__" for name in OPERATORS))
def arithmetic(a: Value, b: Value) -> Value:
    if not any(isinstance(value, (Tensor, list, tuple)) for value in (a, b)):
        return UNKNOWN_NUMBER
    return broadcast(_operands(a, b), "NumPy arithmetic")


@function(*(f"Tensor.__{name}__" for name in COMPARISONS))
def comparison(a: Value, b: Value) -> Shape:
    """Old versions of NumPy answer False for shapes that do not agree, so that is not refused."""
    try:
        return broadcast(_operands(a, b), "NumPy comparison")
    except Problem as problem:
        raise Undecided(problem.message) from None


@function("maximum", "minimum", "equal", "greater", "less", "logical_and", "logical_or")
def compared(a: Value, b: Value) -> Value:
    return arithmetic(a, b)


@function("Tensor.__neg__", "Tensor.__pos__", "Tensor.__invert__", "Tensor.__abs__")
def negated(a: Shape) -> Shape:
    return a


@function("where")
def where(condition: Shape, x: Shape, y: Shape) -> Shape:
    return broadcast([condition, x, y], "numpy.where")


@function("matmul", "dot", "Tensor.dot", "Tensor.__matmul__")
def matmul(a: Shape, b: Shape) -> Shape:
    if a.rank != 2 or b.rank != 2:
        raise Undecided("a product of arrays that are not matrices is not modelled")
    if not always_equal(a[1], b[0]):
        raise Undecided(f"whether {a} and {b} can be multiplied is not known")
    return Shape(a[0], b[1])
