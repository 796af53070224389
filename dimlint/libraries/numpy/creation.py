"""Arrays made from sizes, numbers, other arrays, and chance."""

from __future__ import annotations

import math

from dimlint.core.binding import Dims, to_shape
from dimlint.core.dim import Dim, Shape, is_finite, maximum, unknown_dim
from dimlint.core.problem import Undecided
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.libraries.numpy.library import UNKNOWN_NUMBER, function, sized


@function("zeros", "ones", "empty")
def filled(shape: Dims, dtype: object = None, order: object = None) -> Shape:
    return sized(shape)


@function("full")
def full(shape: Dims, fill_value: object, dtype: object = None, order: object = None) -> Shape:
    return sized(shape)


@function("eye", "identity")
def eye(N: Dim, M: Dim | None = None, k: object = 0, dtype: object = None) -> Shape:
    return sized((N, N if M is None else M))


@function("array", "asarray", "asanyarray", "ascontiguousarray", "zeros_like", "ones_like", "empty_like", "copy", "nan_to_num")
def array(a: Shape, dtype: object = None, copy: object = None, order: object = None) -> Shape:
    return a


@function("full_like")
def full_like(a: Shape, fill_value: object, dtype: object = None) -> Shape:
    return a


@function("arange")
def arange(start: Value, stop: Value = None, step: Value = 1, dtype: object = None) -> Shape:
    first, last = (0, start) if stop is None else (start, stop)
    numbers = (first, last, step)
    if all(map(is_finite, numbers)) and step != 0:
        return Shape(max(math.ceil((last - first) / step), 0))
    if is_size(first) and is_size(last) and step == 1:
        return Shape(maximum(last - first, 0))
    raise Undecided("the length of a range of numbers is not known")


@function("linspace", "logspace", "geomspace")
def linspace(start: object, stop: object, num: Dim = 50, endpoint: object = True) -> Shape:
    return sized((num,))


@function("random.rand", "random.randn")
def rand(*dims: Dim) -> Value:
    return sized(dims) if dims else UNKNOWN_NUMBER


def _drawn(size: Value) -> Value:
    """A random array of a size, or a number if there is none."""
    if isinstance(size, Unknown):
        raise Undecided(size.reason)
    if size is None:
        return UNKNOWN_NUMBER
    dims = size if isinstance(size, (tuple, list)) else (size,)
    if not all(map(is_size, dims)):
        raise Undecided("the size of a random array is not known")
    return sized(dims)


@function("random.random", "random.random_sample", "random.standard_normal", "random.ranf", "random.sample")
def random(size: Value = None) -> Value:
    return _drawn(size)


@function("random.normal", "random.uniform", "random.laplace", "random.lognormal", "random.beta")
def normal(loc: Value = 0.0, scale: Value = 1.0, size: Value = None) -> Value:
    if any(isinstance(value, Tensor) for value in (loc, scale)):
        raise Undecided("random numbers with an array of parameters are not modelled")
    return _drawn(size)


@function("random.randint")
def randint(low: Value, high: Value = None, size: Value = None, dtype: object = None) -> Value:
    if size is not None:
        return _drawn(size)
    first, last = (0, low) if high is None else (low, high)
    if isinstance(first, int) and isinstance(last, int):
        return unknown_dim(low=first, high=last - 1, reason="a random integer")
    return UNKNOWN_NUMBER


@function("random.permutation")
def permutation(x: Value) -> Shape:
    return Shape(x) if is_size(x) else to_shape(x, "x")
