"""What arrays answer when they are asked: shape, items, contents. And NumPy's constants."""

from __future__ import annotations

import math

from dimlint.core.dim import Dim, Shape, product
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Tensor, Value
from dimlint.libraries.numpy.library import LIBRARY, UNKNOWN_NUMBER, axis_of, function
from dimlint.shapes.select import subscript


@function("Tensor.@shape")
def shape_of(a: Shape) -> Value:
    return tuple(a)


@function("shape")
def shape_function(a: Shape) -> Value:
    return tuple(a)


@function("Tensor.@ndim", "ndim")
def ndim(a: Shape) -> int:
    return a.rank


@function("Tensor.@size", "size")
def size_of(a: Shape, axis: int | None = None) -> Dim:
    return product(a) if axis is None else a[axis_of(axis, a.rank)]


@function("Tensor.__len__")
def length(a: Shape) -> Dim:
    if not a:
        raise Undecided("the length of an array without axes")
    return a[0]


@function("Tensor.@dtype", "Tensor.tobytes")
def contents(a: object) -> Value:
    return UNKNOWN_NUMBER


@function("random.seed", "set_printoptions", "seterr", "random.shuffle", "save", "savez", "savetxt")
def without_result(*args: object, **kwargs: object) -> None:
    return None


@function("load", "loadtxt", "genfromtxt", "random.choice", "random.default_rng", "random.RandomState")
def unknown_array(*args: object, **kwargs: object) -> Value:
    return UNKNOWN_NUMBER


for _name, _value in (("pi", math.pi), ("e", math.e), ("inf", math.inf), ("nan", math.nan), ("newaxis", None)):
    LIBRARY.value(_name, _value)


@function("Tensor.__getitem__")
def getitem(a: Tensor, index: Value) -> Value:
    if a.values is not None and type(index) is int and -len(a.values) <= index < len(a.values):
        return a.values[index]
    items = index if isinstance(index, tuple) else (index,)
    try:
        return subscript(a.shape, tuple(map(_forwards, items)), "NumPy subscript")
    except Problem as problem:
        raise Undecided(problem.message) from None


def _forwards(item: Value) -> Value:
    """A slice that only reverses takes as much as one that does not."""
    if isinstance(item, slice) and isinstance(item.step, int) and item.step < 0:
        if item.step == -1 and item.start is None and item.stop is None:
            return slice(None)
        raise Undecided("a slice that goes backwards is not modelled")
    return item


@function("Tensor.__setitem__")
def setitem(a: object, index: object, value: object) -> None:
    return None
