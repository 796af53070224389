"""``math`` and ``random`` on known numbers. Rounding lets a size through; other functions of a size are Unknown."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from dimlint.core.dim import SymbolicDim, join, product, unknown_dim
from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Native, Raised, Ref, SomeNumber, Tensor, Unknown, Value, is_size
from dimlint.libraries.python.arithmetic import binary
from dimlint.libraries.python.library import attempt, constant, find_method, lost
from dimlint.libraries.python.limits import MAX_BITS, check_bits, first_unknown
from dimlint.libraries.python.scalars import lost_integer
from dimlint.libraries.python.sequences import collected

MATH = Library("math", ("math",), inert=True)
RANDOM = Library("python.random", ("random",), inert=True)

ON_FLOATS = (
    "sqrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh",
    "cosh", "tanh", "asinh", "acosh", "atanh", "fabs", "fmod", "remainder", "hypot", "degrees", "radians", "copysign", "erf", "erfc",
    "gamma", "lgamma", "cbrt",
)  # fmt: skip
OF_FLOATS = ("isnan", "isinf", "isfinite", "modf", "frexp", "isclose")
"""Functions of numbers that give something else."""
ROUNDING: dict[str, Callable[[Any], int]] = {"floor": math.floor, "ceil": math.ceil, "trunc": math.trunc}


def number_or_unknown(machine: Machine, value: Value) -> Value:
    """A known number, or Unknown for what may be one. Raises Raised('TypeError') for what surely is none."""
    if isinstance(value, (int, float, Unknown)):
        return value
    if isinstance(value, SymbolicDim):
        return Unknown(f"a function of the size {value} is not known")
    if isinstance(value, Tensor):
        return Unknown("the value of a tensor is not known")
    if value is None or isinstance(value, (str, tuple)):
        raise Raised("TypeError", "must be real number")
    raise Undecided("the value is not known to be a number")


def _declare_on_floats(name: str, function: Callable[..., Any], gives: type[Unknown]) -> None:
    def body(machine: Machine, /, *args: Value, **kwargs: Value) -> Value:
        numbers = [number_or_unknown(machine, value) for value in (*args, *kwargs.values())]
        unknown = first_unknown(*numbers)
        return gives(unknown.reason) if unknown is not None else attempt(function, *args, **kwargs)

    MATH.value(name, Native(name, MATH.name, body))


def _declare_rounding(name: str, function: Callable[[Any], int]) -> None:
    def body(machine: Machine, x: Value, /) -> Value:
        if isinstance(x, SymbolicDim):
            return x
        method = find_method(machine, x, f"__{name}__")
        if method is not None:
            return machine.call(method)
        number = number_or_unknown(machine, x)
        if isinstance(number, Unknown):
            return lost_integer(number.reason)
        result = attempt(function, number)
        check_bits(result.bit_length())
        return result

    MATH.value(name, Native(name, MATH.name, body))


for _name in (*ON_FLOATS, *OF_FLOATS):
    if hasattr(math, _name):
        _declare_on_floats(_name, getattr(math, _name), SomeNumber if _name in ON_FLOATS else Unknown)
for _name, _function in ROUNDING.items():
    _declare_rounding(_name, _function)
for _name in ("pi", "e", "tau", "inf", "nan"):
    MATH.value(_name, getattr(math, _name))


@MATH.function("prod")
def prod(machine: Machine, iterable: Value, /, *, start: Value = 1) -> Value:
    if isinstance(iterable, Unknown):
        return iterable
    items = collected(machine, iterable)
    if all(map(is_size, (start, *items))) and any(isinstance(value, SymbolicDim) for value in items) and len(items) < 9:
        return product((start, *items))
    result = start
    for value in items:
        result = machine.binary("*", result, value, None)
    return result


@MATH.function("fsum")
def fsum(machine: Machine, seq: Value, /) -> Value:
    total: Value = 0.0
    for value in collected(machine, seq):
        total = binary("+", total, value)
    return total


@MATH.function("gcd")
def gcd(machine: Machine, *integers: Value) -> Value:
    return _on_integers(math.gcd, integers)


@MATH.function("lcm")
def lcm(machine: Machine, *integers: Value) -> Value:
    return _on_integers(math.lcm, integers)


@MATH.function("isqrt")
def isqrt(machine: Machine, n: Value, /) -> Value:
    return _on_integers(math.isqrt, (n,))


@MATH.function("factorial")
def factorial(machine: Machine, n: Value, /) -> Value:
    if isinstance(n, int):
        check_bits(n if n > 57 else 0)
    return _on_integers(math.factorial, (n,))


@MATH.function("comb")
def comb(machine: Machine, n: Value, k: Value, /) -> Value:
    _check_choices(n, k)
    return _on_integers(math.comb, (n, k))


@MATH.function("perm")
def perm(machine: Machine, n: Value, k: Value = None, /) -> Value:
    _check_choices(n, n if k is None else k)
    return _on_integers(math.perm, (n,) if k is None else (n, k))


def _check_choices(n: Value, k: Value) -> None:
    """Refuse what may exceed the bits of an integer: each of at most ``k`` factors has the bits of ``n``."""
    if isinstance(n, int) and isinstance(k, int):
        check_bits(n.bit_length() * max(min(k, n), 0))


def _on_integers(function: Callable[..., int], args: tuple[Value, ...]) -> Value:
    unknown = first_unknown(*args)
    if unknown is not None:
        return unknown
    for value in args:
        if isinstance(value, SymbolicDim):
            return Unknown(f"a function of the size {value} is not known")
        if isinstance(value, Ref):
            raise Undecided("the value is not known to be an integer")
        if isinstance(value, int):
            check_bits(value.bit_length())
    result = attempt(function, *args)
    if result.bit_length() > MAX_BITS:
        raise Undecided("an integer is too large")
    return result


# -- random


@RANDOM.function("randint")
def randint(machine: Machine, a: Value, b: Value) -> Value:
    return _between(a, b)


@RANDOM.function("randrange")
def randrange(machine: Machine, start: Value, stop: Value = None, step: Value = 1) -> Value:
    first, last = (0, start) if stop is None else (start, stop)
    known = isinstance(last, int) and isinstance(step, int) and step > 0
    return _between(first, last - 1) if known else Unknown("a random number is not known")


def _between(a: Value, b: Value) -> Value:
    if isinstance(a, int) and isinstance(b, int):
        if a > b:
            raise Raised("ValueError", "empty range for a random integer")
        return unknown_dim("random", low=a, high=b, reason="a random integer is not known")
    return unknown_dim("random", low=None, reason="a random integer is not known")


@RANDOM.function("choice")
def choice(machine: Machine, seq: Value) -> Value:
    items = collected(machine, seq)
    if items and all(is_size(value) and not isinstance(value, bool) for value in items):
        chosen = items[0]
        for value in items[1:]:
            chosen = join(chosen, value)
        return chosen
    return items[0] if len(items) == 1 else Unknown("a random choice is not known")


@RANDOM.function("shuffle")
def shuffle(machine: Machine, x: Value) -> None:
    if isinstance(x, Ref):
        machine.forget(x, "a shuffled list is not known")


constant(RANDOM, None, "seed", "setstate")
lost(
    RANDOM,
    "a random number is not known",
    ("random", "uniform", "gauss", "normalvariate", "betavariate", "expovariate", "triangular", "lognormvariate", "sample", "choices",
     "getrandbits", "getstate", "Random", "SystemRandom"),
)  # fmt: skip
