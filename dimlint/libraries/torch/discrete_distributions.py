# mypy: disable-error-code=misc
"""Distributions with probabilities or logits, with vectors as draws, and those made of others; their divergence.

https://docs.pytorch.org/docs/stable/distributions.html
"""

from __future__ import annotations

from dimlint.core.dim import Dim, Shape, always_equal, never_equal
from dimlint.core.layer import ARGUMENT, REQUIRED, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import LibraryClass, Machine, Raised, Ref, Tensor, Unknown, Value
from dimlint.libraries.torch.arguments import MERGE, refuse_rank
from dimlint.libraries.torch.distributions import (
    Family,
    Form,
    declare,
    family_of,
    form_of,
    parameter,
    require,
    result,
    set_form,
    sources_of,
)
from dimlint.libraries.torch.module import instance, torch
from dimlint.shapes.agree import broadcast

CHOICE = {"probs": None, "logits": None}


def chosen(machine: Machine, label: str, probs: Value, logits: Value) -> tuple[Value, Shape]:
    """The one of the two that is given, and its shape."""
    if isinstance(probs, Unknown) or isinstance(logits, Unknown):
        raise Undecided("the probabilities of a distribution are not known")
    if (probs is None) == (logits is None):
        raise Problem(ARGUMENT, f"{label} needs either probs or logits, got {'none' if probs is None else 'both'}")
    name, value = ("probs", probs) if probs is not None else ("logits", logits)
    return value, parameter(machine, value, label, name)


def set_both(machine: Machine, self: Ref, value: Value, shape: Shape) -> None:
    """Probabilities and logits, of which one follows from the other."""
    for name in CHOICE:
        machine.set_attribute(self, name, result(machine, name, (value,), shape))


def _enumerate(machine: Machine, self: Ref, expand: Value = True) -> Value:
    """All values that there are, along a new first axis."""
    family, form = require(machine, self, "enumerate_support"), form_of(machine, self)
    if not isinstance(expand, bool):
        raise Undecided("whether the support is expanded is not known")
    batch = form.batch if expand else (1,) * form.batch.rank
    weights = instance(machine, self).attributes.get("probs")
    if family.name == "Bernoulli":
        count: Dim = 2
    elif isinstance(weights, Tensor):
        count = weights.shape[-1]
    else:
        raise Undecided("the number of classes is not known")
    return result(machine, "enumerate_support", sources_of(machine, self), Shape(count, *batch, *form.event), whole=family.whole)


def binary(name: str, missing: str) -> None:
    """Declare a distribution with one probability for each number."""
    family = Family(name, CHOICE, tuple(missing.split()))

    def construct(machine: Machine, self: Ref, probs: Value, logits: Value, *, validate: Value) -> None:
        value, shape = chosen(machine, name, probs, logits)
        set_both(machine, self, value, shape)
        set_form(machine, self, Form(shape, Shape()), (value,), validate)

    methods = {} if "enumerate_support" in missing else {"enumerate_support": _enumerate}
    declare(family, construct, **methods)


def counted(name: str, missing: str, total_count: Value) -> None:
    """Declare a distribution of counts, with a total and one probability for each number."""
    family = Family(name, {"total_count": total_count, **CHOICE}, tuple(missing.split()))

    def construct(machine: Machine, self: Ref, total: Value, probs: Value, logits: Value, *, validate: Value) -> None:
        value, shape = chosen(machine, name, probs, logits)
        batch = broadcast([parameter(machine, total, name, "total_count"), shape], name)
        set_both(machine, self, value, batch)
        machine.set_attribute(self, "total_count", result(machine, "total_count", (total,), batch))
        set_form(machine, self, Form(batch, Shape()), (total, value), validate)

    declare(family, construct)


def categorical(name: str, missing: str, *, event: bool, total: bool = False) -> None:
    """Declare a distribution over classes, whose probabilities are the last axis; draws are numbers or, with ``event``, vectors."""
    family = Family(name, {**({"total_count": 1} if total else {}), **CHOICE}, tuple(missing.split()), whole=not event)

    def construct(machine: Machine, self: Ref, *given: Value, validate: Value) -> None:
        for value in given[-2:]:
            parameter(machine, value, name, "probs") if value is not None and not isinstance(value, Tensor) else None
        value, shape = chosen(machine, name, *given[-2:])
        if shape.rank == 0:
            raise refuse_rank(name, "probabilities of at least 1 dimension", shape)
        set_both(machine, self, value, shape)
        if total:
            machine.set_attribute(self, "total_count", given[0])
        form = Form(Shape(*shape[:-1]), Shape(shape[-1]), 1) if event else Form(Shape(*shape[:-1]), Shape())
        set_form(machine, self, form, (value,), validate)

    declare(family, construct, **({} if "enumerate_support" in missing else {"enumerate_support": _enumerate}))


binary("Bernoulli", "rsample cdf icdf")
binary("Geometric", "rsample enumerate_support cdf icdf")
counted("Binomial", "rsample cdf icdf", 1)
counted("NegativeBinomial", "rsample entropy enumerate_support cdf icdf", REQUIRED)
categorical("Categorical", "rsample cdf icdf", event=False)
categorical("OneHotCategorical", "rsample cdf icdf", event=True)
categorical("OneHotCategoricalStraightThrough", "cdf icdf", event=True)
categorical("Multinomial", "mode rsample enumerate_support cdf icdf", event=True, total=True)


# -- vectors


def _dirichlet(machine: Machine, self: Ref, concentration: Value, *, validate: Value) -> None:
    shape = parameter(machine, concentration, "Dirichlet", "concentration")
    if shape.rank == 0:
        raise refuse_rank("Dirichlet", "a concentration of at least 1 dimension", shape)
    machine.set_attribute(self, "concentration", concentration)
    set_form(machine, self, Form(Shape(*shape[:-1]), Shape(shape[-1]), 1), (concentration,), validate)


declare(Family("Dirichlet", {"concentration": REQUIRED}, ("enumerate_support", "cdf", "icdf")), _dirichlet)

MATRICES = ("covariance_matrix", "precision_matrix", "scale_tril")


def _multivariate_normal(machine: Machine, self: Ref, loc: Value, *matrices: Value, validate: Value) -> None:
    mean = parameter(machine, loc, "MultivariateNormal", "loc")
    if mean.rank == 0:
        raise refuse_rank("MultivariateNormal", "a loc of at least 1 dimension", mean)
    for given in matrices:
        if isinstance(given, Unknown):
            raise Undecided(given.reason)
    named = {name: given for name, given in zip(MATRICES, matrices) if given is not None}
    if len(named) != 1:
        raise Problem(ARGUMENT, f"MultivariateNormal needs exactly one of {', '.join(MATRICES)}, got {', '.join(named) or 'none'}")
    name, matrix = next(iter(named.items()))
    shape = parameter(machine, matrix, "MultivariateNormal", name)
    if shape.rank < 2:
        raise refuse_rank("MultivariateNormal", f"a {name} of at least 2 dimensions", shape)
    if never_equal(shape[-1], shape[-2]):
        raise Problem(MERGE, f"MultivariateNormal needs a square {name}, got {shape}", blame=name)
    batch = broadcast([Shape(*shape[:-2]), Shape(*mean[:-1])], "MultivariateNormal")
    form = Form(batch, Shape(mean[-1]), 1)
    machine.set_attribute(self, "loc", result(machine, "loc", (loc,), form.full))
    for other in MATRICES:
        machine.set_attribute(self, other, result(machine, other, (matrix,), Shape(*batch, *shape[-2:])))
    machine.set_attribute(self, "_matrix", tuple(shape))
    set_form(machine, self, form, (loc, matrix), validate)


declare(
    Family("MultivariateNormal", {"loc": REQUIRED, **dict.fromkeys(MATRICES)}, ("enumerate_support", "cdf", "icdf")),
    _multivariate_normal,
)


# -- distributions made of others


def _independent(machine: Machine, self: Ref, base: Value, count: Value, *, validate: Value) -> None:
    inner = form_of(machine, base)
    if not isinstance(count, int):
        raise Undecided(count.reason if isinstance(count, Unknown) else "reinterpreted_batch_ndims is not known")
    if count > inner.batch.rank:
        message = f"Independent reinterpreted_batch_ndims={show(count)} is more than the batch {inner.batch} of the distribution has axes"
        raise Problem("rank-mismatch", message, blame="reinterpreted_batch_ndims")
    if count < 0:
        raise Undecided("a negative number of axes is not followed")
    cut = inner.batch.rank - int(count)
    form = Form(Shape(*inner.batch[:cut]), Shape(*inner.batch[cut:], *inner.event), inner.exact)
    machine.set_attribute(self, "base_dist", base)
    machine.set_attribute(self, "reinterpreted_batch_ndims", count)
    set_form(machine, self, form, sources_of(machine, base), machine.attribute(base, "_validate_args"))


declare(
    Family("Independent", {"base_distribution": REQUIRED, "reinterpreted_batch_ndims": REQUIRED}, ("enumerate_support", "cdf", "icdf")),
    _independent,
)


def _mixture(machine: Machine, self: Ref, mixture: Value, component: Value, *, validate: Value) -> None:
    parts, weights = form_of(machine, component), instance(machine, mixture).attributes.get("probs")
    if family_of(machine, mixture).name != "Categorical":
        raise Problem(ARGUMENT, "MixtureSameFamily needs a Categorical as its mixture_distribution", blame="mixture_distribution")
    if not isinstance(weights, Tensor) or parts.batch.rank == 0:
        raise Undecided("the components of a mixture are not known")
    message = f"MixtureSameFamily has {weights.shape[-1]} weights, but {parts.batch[-1]} components in the batch {parts.batch}"
    if never_equal(weights.shape[-1], parts.batch[-1]):
        raise Problem(MERGE, message)
    batch = Shape(*parts.batch[:-1])
    both = broadcast([Shape(*weights.shape[:-1]), batch], "MixtureSameFamily")
    if both.rank != batch.rank or not all(map(always_equal, both, batch)) or not always_equal(weights.shape[-1], parts.batch[-1]):
        raise Undecided("a mixture whose weights have a larger batch is not followed")
    machine.set_attribute(self, "mixture_distribution", mixture)
    machine.set_attribute(self, "component_distribution", component)
    sources = (*sources_of(machine, mixture), *sources_of(machine, component))
    set_form(machine, self, Form(batch, parts.event, parts.event.rank), sources, validate)


declare(
    Family(
        "MixtureSameFamily",
        {"mixture_distribution": REQUIRED, "component_distribution": REQUIRED},
        ("mode", "rsample", "entropy", "enumerate_support", "icdf"),
    ),
    _mixture,
)

TRANSFORMS = "TanhTransform SigmoidTransform ExpTransform AbsTransform SoftplusTransform"
"""Transforms of single elements: the shapes stay."""


@torch.type("distributions.Transform")
class Transform:
    """A map of single elements."""

    def __init__(machine: Machine, self: Ref, cache_size: Value = 0) -> None:
        """Nothing that matters for shapes."""

    def __call__(machine: Machine, self: Ref, x: Value) -> Value:
        return result(machine, "transform", (x,), parameter(machine, x, "transform", "x"))


for _name in TRANSFORMS.split():
    torch.type(f"distributions.{_name}", bases=("distributions.Transform",))(type(_name, (), {"__doc__": "A map of single elements."}))


def _transformed(machine: Machine, self: Ref, base: Value, transforms: Value, *, validate: Value) -> None:
    given = machine.plain(transforms)
    for transform in given if isinstance(given, (tuple, list)) else (given,):
        classes = machine.mro(instance(machine, transform).cls)
        if not any(isinstance(cls, LibraryClass) and cls.name == "distributions.Transform" for cls in classes):
            raise Undecided("a transform of a distribution is not followed")
    form = form_of(machine, base)
    machine.set_attribute(self, "base_dist", base)
    machine.set_attribute(self, "transforms", transforms)
    set_form(machine, self, Form(form.batch, form.event, form.event.rank), sources_of(machine, base), validate)


declare(
    Family(
        "TransformedDistribution",
        {"base_distribution": REQUIRED, "transforms": REQUIRED},
        ("mean", "mode", "variance", "stddev", "entropy", "enumerate_support"),
    ),
    _transformed,
)


# -- divergence

ELEMENTWISE = """Chi2 Bernoulli Beta Binomial Exponential Gamma Geometric Gumbel HalfNormal Laplace Normal Pareto Poisson Uniform Cauchy
LogNormal"""
BY_CLASSES = ("Categorical", "OneHotCategorical")


@torch.function("distributions.kl_divergence")
def kl_divergence(machine: Machine, p: Value, q: Value) -> Value:
    """The Kullback-Leibler divergence of one distribution from another of its kind, for each of the batch."""
    shape = divergence(machine, p, q)
    return result(machine, "kl_divergence", (*sources_of(machine, p), *sources_of(machine, q)), shape)


def divergence(machine: Machine, p: Value, q: Value) -> Shape:
    """The shape of the divergence. Raises Problem, Undecided."""
    first, second = form_of(machine, p), form_of(machine, q)
    name = family_of(machine, p).name
    if name != family_of(machine, q).name:
        raise Undecided("the divergence of different kinds of distributions is not followed")
    if name in ELEMENTWISE.split():
        return broadcast([first.batch, second.batch], "kl_divergence")
    if name in BY_CLASSES:
        weights = [instance(machine, each).attributes.get("probs") for each in (p, q)]
        both = broadcast([item.shape for item in weights if isinstance(item, Tensor)], "kl_divergence")
        return Shape(*both[:-1])
    if name == "Dirichlet":
        return Shape(*broadcast([first.full, second.full], "kl_divergence")[:-1])
    if name == "MultivariateNormal":
        if never_equal(first.event[0], second.event[0]):
            raise Problem(MERGE, f"kl_divergence of normal distributions with the different events {first.event} and {second.event}")
        return broadcast([first.batch, second.batch], "kl_divergence")
    if name == "Independent":
        counts = [int(instance(machine, each).attributes["reinterpreted_batch_ndims"]) for each in (p, q)]
        if counts[0] != counts[1]:
            raise Raised("NotImplementedError", "the divergence of distributions with different events")
        inner = divergence(machine, machine.attribute(p, "base_dist"), machine.attribute(q, "base_dist"))
        return Shape(*inner[: inner.rank - counts[0]])
    raise Undecided(f"the divergence of {name} is not followed")
