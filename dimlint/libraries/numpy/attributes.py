"""What arrays answer when they are asked, NumPy's constants and element types, and what has no influence on shapes."""

from __future__ import annotations

import math
import struct

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, product
from dimlint.core.problem import Undecided
from dimlint.core.results import Sizes
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.libraries.numpy.creation import made
from dimlint.libraries.numpy.library import (
    LIBRARY,
    UNKNOWN_NUMBER,
    Composed,
    axis_of,
    dtype_name,
    function,
    is_array,
    is_composed,
    lost,
    number,
)

MAX_LISTED = 256
"""Numbers in a list made from an array; longer ones are not followed."""


@function("Tensor.@shape", "shape")
def shape_of(a: Shape) -> Value:
    """The sizes as a tuple."""
    return Sizes(a)


@function("Tensor.@ndim", "ndim")
def ndim(a: Shape) -> int:
    """The number of axes."""
    return a.rank


@function("Tensor.@size")
def size(a: Shape) -> Dim:
    """The number of elements."""
    return product(a)


@function("size")
def size_of(a: Shape, axis: Value = None) -> Dim:
    """The number of elements, or the size of one axis."""
    return product(a) if axis is None else a[axis_of(axis, a.rank, "size")]


@function("Tensor.item")
def item(a: Tensor, *args: Value) -> Value:
    """One element as a number."""
    if a.values is not None and len(a.values) == 1:
        return a.values[0]
    return number(a.dtype)


@function("Tensor.tolist")
def tolist(a: Tensor) -> Value:
    """Nested lists of numbers."""
    if a.values is not None:
        return list(a.values)
    if not a.shape:
        return number(a.dtype)
    if all(isinstance(size, int) for size in a.shape) and product(a.shape) <= MAX_LISTED:
        return _nested(a.shape, a.dtype)
    raise Undecided("the elements of a large array are not followed")


def _nested(shape: Shape, dtype: str | None) -> Value:
    return [_nested(Shape(*shape[1:]), dtype) for _ in range(int(shape[0]))] if shape else number(dtype)


@function(*(f"Tensor.@{name}" for name in ("dtype", "nbytes", "itemsize", "strides", "flags", "data", "base")))
def contents(a: Value) -> Value:
    """What has no influence on shapes."""
    return UNKNOWN_NUMBER


@function("Tensor.tobytes")
def to_bytes(a: Value, order: Value = "C") -> Value:
    """The elements as bytes."""
    return UNKNOWN_NUMBER


@function("Tensor.view")
def view(a: Tensor, dtype: Value = None, type: Value = None) -> Tensor:
    """The same memory; as elements of another size, the last axis has another length."""
    if dtype is not None or type is not None:
        raise Undecided("elements of another type in the same memory are not modelled")
    return a


@function("Tensor.__bool__", "Tensor.__float__", "Tensor.__int__", "Tensor.__index__", "Tensor.__round__")
def as_number(a: Tensor, *args: Value) -> Value:
    """The one element of an array."""
    return UNKNOWN_NUMBER


CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan, "newaxis": None, "euler_gamma": 0.5772156649015329}
FORMER = {"Inf": math.inf, "Infinity": math.inf, "infty": math.inf, "PINF": math.inf, "NaN": math.nan, "NAN": math.nan}
for _name, _value in {**CONSTANTS, **FORMER}.items():
    LIBRARY.value(_name, _value)


# -- element types

WHOLE = "int8 int16 int32 int64 uint8 uint16 uint32 uint64 int_ intp intc uint uintp longlong ulonglong long short byte ubyte ushort int"
REAL = "float16 float32 float64 float_ double single half longdouble float128 float"
OTHER = "bool_ bool complex64 complex128 complex_ complex cdouble csingle str_ bytes_ object_ object str datetime64 timedelta64"
KINDS = "number integer floating inexact generic signedinteger unsignedinteger complexfloating character flexible"


def _whole(name: str) -> None:
    def body(x: Value = 0) -> Value:
        """A whole number, or an array of them."""
        lost(x)
        if is_array(x):
            return made(x, name)
        if isinstance(x, float) and math.isfinite(x):
            return _fitting(int(x), name)
        return (_fitting(x, name) if isinstance(x, int) else x) if is_size(x) else _unknown(x, name)

    body.__name__ = name
    function(name)(body)


def _fitting(x: int, name: str) -> Value:
    """A number that its type can hold; arithmetic with the small types overflows."""
    return int(x) if dtype_name(name) in ("int64", "int32", "uint64", "uint32") and 0 <= abs(x) < 2**31 else number(dtype_name(name))


def _unknown(x: Value, name: str) -> Value:
    if isinstance(x, str):
        return number(dtype_name(name))
    to_shape(x, "x")
    return number(dtype_name(name))


def _real(name: str) -> None:
    def body(x: Value = 0.0) -> Value:
        """A number, or an array of them."""
        lost(x)
        if is_array(x):
            return made(x, name)
        if isinstance(x, (int, float)):
            return _rounded(x, name)
        return _unknown(x, name)

    body.__name__ = name
    function(name)(body)


def _rounded(x: float, name: str) -> Value:
    """A number that its type holds exactly."""
    kind = dtype_name(name)
    try:
        exact = kind == "float64" or (kind == "float32" and struct.unpack("f", struct.pack("f", x))[0] == x)
        return float(x) if exact else number(kind)
    except OverflowError:
        return number(kind)


DEFAULTS: dict[str, Value] = {"str_": "", "bytes_": "", "object_": None, "datetime64": None}
"""What such a value is made of, if not of 0."""


def _other(name: str) -> None:
    default = DEFAULTS.get(name, 0)

    def body(x: Value = default, *args: Value, **options: Value) -> Value:
        """A value of another type, or an array of them."""
        if isinstance(x, (Tensor, list, tuple)):
            return made(x, name)
        return Unknown("a value of this type is not followed")

    body.__name__ = name
    function(name)(body)


@function("void")
def void(length_or_data: Value, /, dtype: Value = None) -> Value:
    """Bytes without a type."""
    return Unknown("a value of this type is not followed")


for _name in WHOLE.split():
    _whole(_name)
for _name in REAL.split():
    _real(_name)
for _name in (*OTHER.split(), *KINDS.split()):
    _other(_name)


# -- what has no influence on shapes


@function(
    *("set_printoptions", "seterr", "save", "savez", "savez_compressed", "savetxt", "testing.assert_equal", "testing.assert_allclose"),
    *("testing.assert_array_equal", "testing.assert_almost_equal", "testing.assert_array_almost_equal", "testing.assert_array_less"),
    *("testing.assert_", "setbufsize", "show_config", "Tensor.tofile", "Tensor.dump"),
)
def without_result(*args: Value, **options: Value) -> None:
    """A function without a result."""
    return


@function("load", "loadtxt", "genfromtxt", "fromregex", "memmap", "lib.format.open_memmap", "from_dlpack", "fromfunction")
def unknown_array(*args: Value, **options: Value) -> Value:
    """What is read from a file."""
    return Unknown("what is read from a file is not known")


@function("dtype")
def element_type(dtype: Value, *args: Value, **options: Value) -> Value:
    """An element type as an object."""
    if is_composed(dtype):
        return Composed("an element type of several parts is not followed")
    return UNKNOWN_NUMBER


@function(
    *("finfo", "iinfo", "result_type", "promote_types", "errstate", "printoptions", "vectorize", "frompyfunc", "isdtype"),
    "issubdtype",
)
def undescribed(*args: Value, **options: Value) -> Value:
    """Objects that hold no shapes."""
    return UNKNOWN_NUMBER
