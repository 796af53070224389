"""Random numbers: the functions of ``numpy.random``, and the methods of its generators."""

from __future__ import annotations

from typing import Any

from dimlint.core.dim import Dim, Shape, join, less, unknown_dim
from dimlint.core.layer import ARGUMENT
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import ModuleName, SomeNumber, Tensor, Unknown, Value, is_size
from dimlint.libraries.numpy.creation import made
from dimlint.libraries.numpy.library import (
    RANK,
    array,
    axis_of,
    count_of,
    function,
    is_array,
    lost,
    replaced,
    shape_of,
    sized,
    typed,
    with_parameters,
)
from dimlint.shapes.agree import broadcast
from dimlint.shapes.rearrange import expand

FAMILIES: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "random_sample ranf sample random standard_normal standard_cauchy standard_exponential": ((), {}),
    "exponential rayleigh": ((), {"scale": 1.0}),
    "poisson": ((), {"lam": 1.0}),
    "geometric logseries": (("p",), {}),
    "chisquare standard_t": (("df",), {}),
    "standard_gamma": (("shape",), {}),
    "zipf weibull power pareto": (("a",), {}),
    "normal laplace logistic gumbel": ((), {"loc": 0.0, "scale": 1.0}),
    "lognormal": ((), {"mean": 0.0, "sigma": 1.0}),
    "wald": (("mean", "scale"), {}),
    "uniform": ((), {"low": 0.0, "high": 1.0}),
    "beta": (("a", "b"), {}),
    "gamma": (("shape",), {"scale": 1.0}),
    "binomial negative_binomial": (("n", "p"), {}),
    "vonmises": (("mu", "kappa"), {}),
    "f": (("dfnum", "dfden"), {}),
    "noncentral_chisquare": (("df", "nonc"), {}),
    "triangular": (("left", "mode", "right"), {}),
    "hypergeometric": (("ngood", "nbad", "nsample"), {}),
    "noncentral_f": (("dfnum", "dfden", "nonc"), {}),
}
"""Distributions, and what they are called with before the size: what is required, and what has a default."""
TYPED = {
    "random": ("dtype", "out"), "standard_normal": ("dtype", "out"), "standard_gamma": ("dtype", "out"),
    "standard_exponential": ("dtype", "method", "out"),
}  # fmt: skip
"""What methods of generators take behind the size."""
WHOLE = ["poisson", "geometric", "logseries", "zipf", "binomial", "negative_binomial", "hypergeometric"]


def drawn(size: Value, label: str, *parameters: Value, dtype: str | None = "float64") -> Tensor:
    """Random numbers of a size, or as many as the parameters say. Raises Problem(merge-mismatch, invalid-layer-argument), Undecided."""
    for given in (size, *parameters):
        lost(given)
    shapes = [shape_of(given, label) for given in parameters if is_array(given)]
    if size is None:
        return array(broadcast(shapes, f"numpy.random.{label}") if shapes else Shape(), dtype)
    found = sized(size, f"random.{label}")
    for shape in shapes:
        expand(shape, found, f"numpy.random.{label}")
    return array(found, dtype)


def _distribution(name: str, place: str, required: tuple[str, ...], defaults: dict[str, Any], behind: tuple[str, ...]) -> None:
    order = (*defaults, "size", *behind)

    def body(*args: Value, **given: Value) -> Tensor:
        """Random numbers of one distribution."""
        given = {**dict(zip((*required, *order), args)), **given}
        size, dtype, out, _ = (given.pop(option, None) for option in ("size", "dtype", "out", "method"))
        if isinstance(out, Tensor) and size is None:
            return out
        return drawn(size, name, *given.values(), dtype="int64" if name in WHOLE else typed(dtype))

    body.__name__ = name
    with_parameters(body, required, *order, **defaults, method="zig")
    function(f"{place}.{name}")(body)


for _names, (_required, _defaults) in FAMILIES.items():
    for _name in _names.split():
        _distribution(_name, "random", _required, _defaults, ())
        _distribution(_name, "random.Generator", _required, _defaults, TYPED.get(_name, ()))


@function("random.rand", "random.randn")
def rand(*dims: Value) -> Tensor:
    """Random numbers of given sizes."""
    return array(sized(dims, "random.rand"), "float64")


@function("random.randint", "random.random_integers")
def randint(low: Value, high: Value = None, size: Value = None, dtype: Value = None) -> Value:
    """Random whole numbers below ``high``, or below ``low`` if it is the only bound."""
    if size is None and not is_array(low) and not is_array(high):
        first, last = (0, low) if high is None else (low, high)
        return _between(first, last)
    return drawn(size, "randint", low, high if high is not None else 0, dtype=typed(dtype, "int64"))


@function("random.Generator.integers")
def integers(low: Value, high: Value = None, size: Value = None, dtype: Value = None, endpoint: Value = False) -> Value:
    """Random whole numbers."""
    if size is None and not is_array(low) and not is_array(high):
        first, last = (0, low) if high is None else (low, high)
        return _between(first, last + 1 if endpoint is not False and is_size(last) else last)
    return drawn(size, "integers", low, high if high is not None else 0, dtype=typed(dtype, "int64"))


def _between(first: Value, last: Value) -> Dim:
    if isinstance(first, int) and isinstance(last, int) and first >= last:
        raise Problem(ARGUMENT, f"numpy.random.randint: there are no numbers from {first} up to but without {last}", blame="low")
    if isinstance(first, int) and isinstance(last, int):
        return unknown_dim(low=first, high=last - 1, reason="a random integer")
    return unknown_dim(low=None, reason="a random integer")


def _chosen(a: Value, size: Value, replace: Value, axis: Value, label: str) -> Value:
    """Elements drawn from a vector, or numbers below a size. Raises Problem(rank-mismatch, invalid-layer-argument), Undecided."""
    lost(a)
    a = count_of(a, label) if isinstance(a, SomeNumber) or (isinstance(a, Tensor) and not a.shape) else a
    if size is None and isinstance(a, (tuple, list)):
        return _one_of(a)
    data = array(Shape(a), "int64") if is_size(a) else made(a)
    shape = data.shape
    if label == "choice" and shape.rank != 1:
        raise Problem(RANK, f"numpy.random.choice draws from vectors, got the {shape.rank}-d array {shape}", blame="a")
    index = 0 if is_size(a) else axis_of(axis, shape.rank, label)
    places = Shape() if size is None else sized(size, label)
    count: Dim = 1
    for part in places:
        count = count * part
    if replace is False and less(shape[index], count):
        raise Problem(ARGUMENT, f"numpy.random.choice draws {count} of {shape[index]} elements without replacement", blame="size")
    found = replaced(shape, index, *places)
    if not found and is_size(a):
        return _between(0, a)
    return array(found, data.dtype)


def _one_of(items: tuple[Value, ...] | list[Value]) -> Value:
    if not items or not all(is_size(item) and not isinstance(item, bool) for item in items):
        return items[0] if len(items) == 1 else Unknown("a random choice is not known")
    found = items[0]
    for item in items[1:]:
        found = join(found, item)
    return found


@function("random.choice")
def choice(a: Value, size: Value = None, replace: Value = True, p: Value = None) -> Value:
    """Elements drawn from a vector, or numbers below a size."""
    return _chosen(a, size, replace, 0, "choice")


@function("random.Generator.choice")
def generator_choice(
    a: Value, size: Value = None, replace: Value = True, p: Value = None, axis: Value = 0, shuffle: Value = True
) -> Value:
    """Slices drawn along an axis, or numbers below a size."""
    return _chosen(a, size, replace, axis, "Generator.choice")


@function("random.permutation", "random.Generator.permutation")
def permutation(x: Value, axis: Value = 0) -> Tensor:
    """The numbers below a size, or the slices of an array, in random order."""
    lost(x)
    data = made(x)
    if not data.shape:
        return array(sized((x,), "permutation"), "int64")
    return array(data.shape, data.dtype)


@function("random.Generator.permuted")
def permuted(x: Value, axis: Value = None, out: Value = None) -> Tensor:
    """Elements in random order."""
    data = made(x)
    return array(data.shape, data.dtype)


@function("random.multinomial", "random.Generator.multinomial")
def multinomial(n: Value, pvals: Shape, size: Value = None) -> Tensor:
    """How often each outcome occurs."""
    if is_array(n) or pvals.rank != 1:
        raise Undecided("several multinomial distributions are not modelled")
    return array(Shape(*(sized(size, "multinomial") if size is not None else ()), *pvals), "int64")


@function("random.dirichlet", "random.Generator.dirichlet")
def dirichlet(alpha: Shape, size: Value = None) -> Tensor:
    """Random shares."""
    return array(Shape(*(sized(size, "dirichlet") if size is not None else ()), *alpha), "float64")


@function("random.multivariate_normal", "random.Generator.multivariate_normal")
def multivariate_normal(mean: Shape, cov: Shape, size: Value = None, *args: Value, **options: Value) -> Tensor:
    """Random vectors."""
    if mean.rank != 1:
        raise Problem(RANK, f"numpy.random.multivariate_normal needs a vector of means, got the {mean.rank}-d array {mean}", blame="mean")
    if cov.rank != 2:
        raise Problem(RANK, f"numpy.random.multivariate_normal needs a matrix, got the {cov.rank}-d array {cov}", blame="cov")
    return array(Shape(*(sized(size, "multivariate_normal") if size is not None else ()), mean[0]), "float64")


# -- generators: their methods are functions below the name of their module


@function("random.RandomState", "random.mtrand.RandomState")
def random_state(seed: Value = None) -> ModuleName:
    """A generator with the methods that ``numpy.random`` has as functions."""
    return ModuleName("numpy.random")


@function("random.Generator")
def generator(bit_generator: Value) -> ModuleName:
    """A generator of the new kind, from what gives it random bits."""
    return ModuleName("numpy.random.Generator")


@function("random.default_rng")
def default_rng(seed: Value = None) -> ModuleName:
    """A generator of the new kind."""
    return ModuleName("numpy.random.Generator")


@function(*(f"random.{name}" for name in ("PCG64", "MT19937", "Philox", "SFC64", "SeedSequence", "bytes", "get_state")))
def state(*args: Value, **options: Value) -> Value:
    """What has no influence on shapes."""
    return Unknown("the state of a random generator is not known")


@function("random.seed", "random.set_state")
def seed(*args: Value, **options: Value) -> None:
    """Begin a sequence of random numbers anew."""
    return
