"""Functions of single elements and of pairs, and operators, on arrays and on plain numbers and sizes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from dimlint.core.binding import to_shape
from dimlint.core.dim import Shape, SymbolicDim, always_equal, maximum, minimum, never_equal
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Tensor, Value, is_size
from dimlint.libraries.numpy.known import attempted, compute, elements_of, elementwise, is_number, kind_of, unified
from dimlint.libraries.numpy.library import CHANGING, LIBRARY, MERGE, array, is_array, lost, number, shape_of
from dimlint.shapes.agree import broadcast

function = LIBRARY.function

ROUNDING: dict[str, Callable[[Any], int]] = {"floor": math.floor, "ceil": math.ceil, "trunc": math.trunc, "fix": math.trunc, "rint": round}
ON_NUMBERS: dict[str, Callable[[Any], Any]] = {
    "sqrt": math.sqrt, "exp": math.exp, "log": math.log, "log2": math.log2, "log10": math.log10, "sin": math.sin, "cos": math.cos,
    "tan": math.tan, "tanh": math.tanh, "fabs": math.fabs, "radians": math.radians, "deg2rad": math.radians,
    "abs": abs, "absolute": abs, "negative": lambda x: -x, "square": lambda x: x * x, "positive": lambda x: x,
}
MORE = """cbrt reciprocal expm1 exp2 log1p arcsin arccos arctan asin acos atan sinh cosh arcsinh arccosh arctanh asinh acosh atanh rad2deg
degrees sinc i0 spacing invert bitwise_not bitwise_invert bitwise_count conj conjugate angle real imag nan_to_num sign real_if_close"""
FIRST = {"angle": "z", "real": "val", "imag": "val", "real_if_close": "a"}
"""What the array is called, if not ``x``."""
TRUTHS = "isnan isinf isfinite isneginf isposinf isreal iscomplex logical_not signbit"


def _foreign(*operands: Value) -> str:
    """Whose array an elementwise function gives: PyTorch's, if one of its tensors is among the operands."""
    return next((x.library for x in operands if isinstance(x, Tensor) and x.library == "torch"), "numpy")


def _result(shape: Shape, dtype: str | None, values: tuple[Value, ...] | None, *operands: Value) -> Tensor:
    """An array of these elements, of which the type follows."""
    kind = dtype or (kind_of(values) if values is not None else None)
    return Tensor(shape, _foreign(*operands), kind, values=values if shape.rank == 1 and _foreign(*operands) == "numpy" else None)


def _unary(name: str) -> None:
    on_number = ON_NUMBERS.get(name)
    truth = name in TRUTHS.split()

    def of_number(x: Value) -> Value:
        if name in ROUNDING:
            return x if is_size(x) else attempted(lambda y: float(ROUNDING[name](y)), x)
        if isinstance(x, SymbolicDim):
            return x if name == "positive" else -x if name == "negative" else number()
        return attempted(on_number, x) if on_number is not None else number("bool" if truth else None)

    def body(x: Value, *args: Value, out: Value = None, where: Value = True, dtype: Value = None, **options: Value) -> Value:
        lost(x)
        if not is_array(x):
            to_shape(x, "x")
            return of_number(x) if is_number(x) and dtype is None else number("bool" if truth else None)
        shape = to_shape(x, "x")
        values = elementwise(of_number, shape[0], x) if shape.rank == 1 and not truth and dtype is None else None
        return _result(shape, "bool" if truth else None, values, x)

    body.__name__ = name
    function(name, x=FIRST.get(name, "x"))(body)


for _name in (*ROUNDING, *ON_NUMBERS, *MORE.split(), *TRUTHS.split()):
    _unary(_name)


@function("round", "around", "Tensor.round")
def rounded(a: Value, decimals: Value = 0, out: Value = None) -> Value:
    """Numbers rounded to the nearest even value."""
    lost(a)
    if not is_array(a):
        to_shape(a, "a")
        return a if is_size(a) else attempted(lambda x: float(round(x)), a) if decimals == 0 else number()
    shape = shape_of(a, "round")
    known = decimals == 0 and shape.rank == 1
    values = elementwise(lambda x: x if is_size(x) else attempted(lambda y: float(round(y)), x), shape[0], a) if known else None
    return _result(shape, None, values, a)


# -- two operands

SIGNS = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
}
"""Operators by the names of their special methods."""
ARITHMETIC = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "true_divide": "/", "floor_divide": "//", "mod": "%", "remainder": "%",
    "power": "**", "pow": "**",
}
COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
COMPARED = {
    "equal": "==", "not_equal": "!=", "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "logical_and": "",
    "logical_or": "", "logical_xor": "",
}
PAIRS = """arctan2 atan2 hypot fmod copysign heaviside logaddexp logaddexp2 nextafter ldexp float_power gcd lcm left_shift right_shift
bitwise_left_shift bitwise_right_shift bitwise_and bitwise_or bitwise_xor"""
COUNTED = ("+", "-", "*", "//", "%", "**", "/")
"""Operators whose results are followed where the elements are known."""


def _pair(sign: str, a: Value, b: Value, label: str, dtype: str | None = None) -> Value:
    """An elementwise function of two operands. Raises Problem(merge-mismatch), Undecided."""
    lost(a)
    lost(b)
    shapes = [to_shape(a, "an operand"), to_shape(b, "an operand")]
    if sign == "*" and label == sign and () in shapes and any(isinstance(x, (list, tuple)) for x in (a, b)):
        raise Undecided("whether a number of NumPy's repeats a sequence or multiplies its elements is not known")
    counted = sign in COUNTED and dtype is None and _is_kept(a) and _is_kept(b)
    if not is_array(a) and not is_array(b):
        return compute(sign, a, b) if counted else number(dtype)
    shape = broadcast(shapes, f"numpy {label}")
    values = elementwise(lambda x, y: compute(sign, x, y), shape[0], a, b) if counted and shape.rank == 1 else None
    return _result(shape, dtype or _kind(a, b, sign), values, a, b)


def _is_kept(x: Value) -> bool:
    return is_number(x) or elements_of(x) is not None


def _kind(a: Value, b: Value, sign: str) -> str | None:
    """The element type of arithmetic: that of both, as far as it is plain."""
    kinds = [x.dtype if isinstance(x, Tensor) else "int64" if isinstance(x, int) and not isinstance(x, bool) else None for x in (a, b)]
    if sign in ("&", "|", "^") and kinds[0] == kinds[1] == "bool":
        return "bool"
    return "int64" if kinds[0] == kinds[1] == "int64" and sign in ("+", "-", "*", "//", "%") else None


def _operator(name: str, sign: str) -> None:
    def straight(a: Value, b: Value, /, *mod: None) -> Value:
        """Two operands element by element; Python gives a power None as the third one."""
        return _pair(sign, a, b, sign)

    def reflected(a: Value, b: Value, /, *mod: None) -> Value:
        """Two operands element by element, the array on the right."""
        return _pair(sign, b, a, sign)

    def in_place(a: Value, b: Value) -> Value:
        """An array changed in place: the result must have its shape."""
        found = _pair(sign, a, b, f"{sign}=")
        if isinstance(a, Tensor) and isinstance(found, Tensor):
            _require_fit(found.shape, a.shape, f"numpy {sign}=")
            kept = found.values if a.dtype == found.dtype else None
            return found if found.library != "numpy" else array(a.shape, a.dtype, kept)
        return found

    function(f"Tensor.__{name}__")(straight)
    function(f"Tensor.__r{name}__")(reflected)
    function(f"Tensor.__i{name}__")(in_place)
    CHANGING.add(f"Tensor.__i{name}__")


def _require_fit(found: Shape, target: Shape, label: str) -> None:
    """Refuse a result that does not fit into the array that it is written to."""
    if not target:
        return  # a number is replaced by the result
    if found.rank != target.rank or any(map(never_equal, found, target)):
        raise Problem(MERGE, f"{label} cannot write a result of shape {found} into an array of shape {target}")
    if not all(map(always_equal, found, target)):
        doubt(f"whether a result of shape {found} fits into {target} is not known")


for _name, _sign in SIGNS.items():
    _operator(_name, _sign)


def _binary(name: str, sign: str, dtype: str | None) -> None:
    def body(x1: Value, x2: Value, *args: Value, out: Value = None, where: Value = True, dtype: Value = None, **options: Value) -> Value:
        """Two operands element by element."""
        return _pair(sign if dtype is None else "", x1, x2, name, kind)

    kind = dtype
    body.__name__ = name
    function(name)(body)


for _name, _sign in ARITHMETIC.items():
    _binary(_name, _sign, None)
for _name in COMPARED:
    _binary(_name, "", "bool")
for _name in PAIRS.split():
    _binary(_name, "", None)


def _comparison(name: str, sign: str) -> None:
    def body(a: Value, b: Value) -> Value:
        """Truth values. Former versions say False to ``==`` where shapes do not agree, so that is not refused."""
        try:
            return _pair("", a, b, sign, "bool")
        except Problem as problem:
            if name in ("eq", "ne"):
                raise Undecided(problem.message) from None
            raise

    function(f"Tensor.__{name}__")(body)


for _name, _sign in COMPARISONS.items():
    _comparison(_name, _sign)


def _extremum(name: str, of_sizes: Callable[[Any, Any], Any], of_numbers: Callable[[Any, Any], Any]) -> None:
    def pick(a: Value, b: Value) -> Value:
        return of_sizes(a, b) if is_size(a) and is_size(b) else of_numbers(a, b) if not _symbolic(a, b) else number()

    def body(x1: Value, x2: Value, *args: Value, out: Value = None, where: Value = True, **options: Value) -> Value:
        """The larger or the smaller of each pair."""
        found = _pair("", x1, x2, name)
        if not is_array(x1) and not is_array(x2):
            return pick(*(unified((x1, x2)) or (x1, x2))) if is_number(x1) and is_number(x2) else number()
        values = elementwise(pick, found.shape[0], x1, x2) if found.shape.rank == 1 else None
        return _result(found.shape, None, None if values is None else unified(values), x1, x2)

    body.__name__ = name
    function(name)(body)


def _symbolic(*numbers: Value) -> bool:
    return any(isinstance(x, SymbolicDim) for x in numbers)


for _name in ("maximum", "fmax"):
    _extremum(_name, maximum, max)
for _name in ("minimum", "fmin"):
    _extremum(_name, minimum, min)


@function("isclose")
def isclose(a: Value, b: Value, rtol: Value = 1e-05, atol: Value = 1e-08, equal_nan: Value = False) -> Value:
    """Whether elements are nearly equal."""
    return _pair("", a, b, "isclose", "bool")


@function("Tensor.clip")
def clip_method(a: Tensor, min: Value = None, max: Value = None, out: Value = None, **options: Value) -> Value:
    """Elements kept between two bounds."""
    return clip(a, min, max)


@function("clip")
def clip(
    a: Value, a_min: Value = None, a_max: Value = None, out: Value = None, *, min: Value = None, max: Value = None, **options: Value
) -> Value:
    """Elements kept between two bounds."""
    lost(a)
    if (a_min is not None or a_max is not None) and (min is not None or max is not None):
        raise Undecided("clip is given its bounds twice")
    bounds = [bound for bound in (a_min, a_max, min, max) if bound is not None]
    for bound in bounds:
        lost(bound)
    if not is_array(a) and not any(map(is_array, bounds)):
        return number()
    shapes = [shape_of(a, "clip"), *(to_shape(bound, "a bound") for bound in bounds)]
    return array(broadcast(shapes, "numpy.clip"), a.dtype if isinstance(a, Tensor) else None)


@function("divmod", "Tensor.__divmod__")
def divided(x1: Value, x2: Value, *out: Value, **options: Value) -> tuple[Value, Value]:
    """Quotients and remainders."""
    return _pair("//", x1, x2, "divmod"), _pair("%", x1, x2, "divmod")


@function("modf", "frexp")
def two_parts(x: Value, *out: Value, **options: Value) -> tuple[Value, Value]:
    """Two numbers for each element."""
    found = shape_of(x, "modf")
    return (found, found)


@function("Tensor.__neg__", "Tensor.__pos__", "Tensor.__abs__")
def signed(a: Tensor) -> Shape:
    """Elements with another sign."""
    return a.shape


@function("Tensor.__invert__", "Tensor.conj", "Tensor.conjugate", "Tensor.@real", "Tensor.@imag")
def kept(a: Tensor) -> Shape:
    """One number for each element, of the same type."""
    return a.shape


LIBRARY.keeping |= {"Tensor.__invert__", "Tensor.__neg__", "Tensor.__pos__", "Tensor.__abs__", "Tensor.conj", "Tensor.conjugate"}
