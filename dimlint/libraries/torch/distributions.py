# mypy: disable-error-code=misc
"""``torch.distributions``: what all distributions share, and those with a parameter for each element.

A distribution has a batch shape, one for each of its independent draws, and an event shape, the axes of a single draw.
https://docs.pytorch.org/docs/stable/distributions.html
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Shape, always_equal, less, never_equal, never_positive
from dimlint.core.layer import ARGUMENT, REQUIRED, show
from dimlint.core.library import computed
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.results import TorchSize
from dimlint.core.value import LibraryClass, Machine, Native, Raised, Ref, Tensor, Unknown, Value, is_size
from dimlint.libraries.torch.arguments import MERGE
from dimlint.libraries.torch.module import instance, torch
from dimlint.shapes.agree import broadcast

BASE = "distributions.Distribution"
METHODS = ("rsample", "cdf", "icdf", "entropy", "mean", "mode", "variance", "stddev")
INNER = {
    "Independent": ("base_dist", METHODS),
    "TransformedDistribution": ("base_dist", ("rsample", "cdf", "icdf")),
    "MixtureSameFamily": ("component_distribution", ("cdf", "mean", "variance", "stddev")),
}
"""Distributions made of others: the attribute that holds the other one, and the methods that ask it."""
CATEGORICAL = ("Categorical", "OneHotCategorical", "OneHotCategoricalStraightThrough")
FULL = ("mean", "mode", "variance", "stddev")
"""Properties as large as a draw."""


@dataclass(frozen=True)
class Family:
    """What is known of a kind of distribution.

    parameters: names and defaults. missing: what torch does not implement. whole: whether draws are class numbers. lenient: whether
    ``log_prob`` takes plain numbers.
    """

    name: str
    parameters: Mapping[str, Value]
    missing: tuple[str, ...] = ()
    whole: bool = False
    lenient: bool = False


FAMILIES: dict[str, Family] = {}
"""By declared name, as in ``LibraryClass.name``."""


@dataclass(frozen=True)
class Form:
    """The shapes of one distribution. exact: how many last axes of a value must be those of the event, without broadcasting."""

    batch: Shape
    event: Shape
    exact: int = 0

    @property
    def full(self) -> Shape:
        """The shape of one draw for the whole batch."""
        return Shape(*self.batch, *self.event)


# -- objects


def set_form(machine: Machine, self: Ref, form: Form, sources: Sequence[Value], validate: Value) -> None:
    """Store the shapes on the object, and the tensors that they come from."""
    machine.set_attribute(self, "_batch_shape", TorchSize(form.batch))
    machine.set_attribute(self, "_event_shape", TorchSize(form.event))
    machine.set_attribute(self, "_exact", form.exact)
    machine.set_attribute(self, "_sources", tuple(item for item in sources if isinstance(item, Tensor)))
    machine.set_attribute(self, "_validate_args", True if validate is None else validate)


def form_of(machine: Machine, self: Value) -> Form:
    """The shapes of a distribution. Raises Undecided."""
    held = instance(machine, self).attributes
    batch, event = held.get("_batch_shape"), held.get("_event_shape")
    if isinstance(batch, tuple) and isinstance(event, tuple) and all(map(is_size, (*batch, *event))):
        return Form(Shape(*batch), Shape(*event), held.get("_exact", 0))
    raise Undecided("the shapes of a distribution are not known")


def family_of(machine: Machine, self: Value) -> Family:
    """What kind of distribution an object is. Raises Undecided."""
    for cls in machine.mro(instance(machine, self).cls):
        if isinstance(cls, LibraryClass) and cls.library == "torch" and cls.name in FAMILIES:
            return FAMILIES[cls.name]
    raise Undecided("a distribution of the program's own is not followed")


def sources_of(machine: Machine, self: Value) -> tuple[Value, ...]:
    """The tensors that a distribution was made from."""
    found = instance(machine, self).attributes.get("_sources", ())
    return found if isinstance(found, tuple) else ()


def _plain_result(sources: Value, sizes: Value) -> Shape:
    """A tensor of these sizes, which comes from the sources."""
    return Shape(*sizes)


def _whole_result(sources: Value, sizes: Value) -> Tensor:
    """A tensor of class numbers of these sizes, which comes from the sources."""
    return Tensor(Shape(*sizes), "torch", "int64")


_RESULTS: dict[tuple[str, bool], Native] = {}


def result(machine: Machine, label: str, sources: Sequence[Value], shape: Shape, *, whole: bool = False) -> Value:
    """A tensor that a distribution gives, as a link in the chain of shapes."""
    if (label, whole) not in _RESULTS:
        _RESULTS[label, whole] = Native(f"{BASE}.{label}", "torch", _whole_result if whole else _plain_result)
    return machine.call(_RESULTS[label, whole], (tuple(sources), tuple(shape)))


def require(machine: Machine, self: Value, method: str) -> Family:
    """The family, which must have the method. Raises what torch raises."""
    family = family_of(machine, self)
    if method in family.missing:
        raise Raised("NotImplementedError", f"{family.name} has no {method}")
    held, inner = INNER.get(family.name, ("", ()))
    if method in inner:
        require(machine, machine.attribute(self, held), method)
    return family


def parameter(machine: Machine, value: Value, label: str, name: str) -> Shape:
    """The shape of a parameter: a tensor's, or that of a single number."""
    given = machine.plain(value)
    if isinstance(given, Tensor):
        return given.shape
    if is_size(given) or isinstance(given, float):
        return Shape()
    if given is None or isinstance(given, (tuple, list, str, dict)):
        raise Problem(ARGUMENT, f"{label} {name} must be a number or a tensor, got {show(given)}", blame=name)
    raise Undecided(given.reason if isinstance(given, Unknown) else f"{name} of {label} is not known to be a tensor")


# -- methods


def drawn_shape(machine: Machine, given: Value, label: str) -> Shape:
    """``sample_shape``: a sequence of sizes."""
    sizes = machine.plain(given)
    if is_size(sizes):
        raise Problem(ARGUMENT, f"{label}: sample_shape must be a sequence of sizes, got {show(sizes)}. Needs ({show(sizes)},)")
    if not isinstance(sizes, (tuple, list)) or not all(map(is_size, sizes)):
        raise Undecided(sizes.reason if isinstance(sizes, Unknown) else "sample_shape is not known")
    if any(less(size, 0) for size in sizes):
        raise Problem(ARGUMENT, f"{label}: sample_shape must not be negative, got {show(tuple(sizes))}")
    return Shape(*sizes)


def draw(machine: Machine, self: Ref, method: str, sample_shape: Value) -> Value:
    """Draws: ``sample_shape``, the batch and the event one after the other."""
    family = require(machine, self, method)
    require_fitting(machine, self, family)
    label = f"{family.name}.{method}"
    drawn = drawn_shape(machine, sample_shape, label)
    if family.name in CATEGORICAL and any(map(never_positive, drawn)):
        raise Problem(ARGUMENT, f"{label}: sample_shape must be greater than zero, got {drawn}", blame="sample_shape")
    shape = Shape(*drawn, *form_of(machine, self).full)
    return result(machine, method, sources_of(machine, self), shape, whole=family.whole)


def require_fitting(machine: Machine, self: Ref, family: Family) -> None:
    """A matrix that does not fit its mean is refused only where the two meet."""
    held = instance(machine, self).attributes
    matrix = held.get("_matrix")
    if isinstance(matrix, tuple) and never_equal(matrix[-1], form_of(machine, self).event[-1]):
        event = form_of(machine, self).event
        raise Problem(MERGE, f"{family.name} has a loc of {event[-1]} values, but matrices of shape {Shape(*matrix)}")


def judged(machine: Machine, self: Ref, method: str, value: Value, *, validated: bool = True) -> Value:
    """``log_prob`` and its kin: one number for each event of a value that broadcasts with the batch."""
    family, form = require(machine, self, method), form_of(machine, self)
    label = f"{family.name}.{method}"
    validate = machine.attribute(self, "_validate_args")
    if isinstance(validate, Unknown):
        doubt(validate.reason)
    checked = validated and validate is True
    if is_size(value) or isinstance(value, float):
        if checked and method == "log_prob" and not family.lenient and family.name != "Independent":
            raise Problem(ARGUMENT, f"{label} needs a tensor, got {show(value)}", blame="value")
        if not family.lenient:
            raise Undecided(f"{label} of a plain number is not followed")
    shape = parameter(machine, value, label, "value")
    require_event(shape, form, label, checked=checked)
    require_fitting(machine, self, family)
    both = broadcast([shape, form.full], label)
    event = form.event.rank if method in ("log_prob", "prob") else 0
    return result(machine, method, (value, *sources_of(machine, self)), Shape(*both[: both.rank - event]))


def require_event(value: Shape, form: Form, label: str, *, checked: bool) -> None:
    """The last axes of a value are those of the event."""
    wanted = form.event[form.event.rank - form.exact :]
    if value.rank >= form.exact and all(map(always_equal, value[value.rank - form.exact :], wanted)):
        return
    if not checked:
        raise Undecided(f"{label} of a value that is not checked is not followed")
    if value.rank < form.exact or any(map(never_equal, value[value.rank - form.exact :], wanted)):
        raise Problem(MERGE, f"{label} needs a value whose last sizes are those of the event {Shape(*wanted)}, got {value}", blame="value")
    doubt(f"whether the value {value} has the event {Shape(*wanted)} is not known")


def _property(name: str) -> computed:
    def body(machine: Machine, self: Ref) -> Value:
        family = require(machine, self, name)
        if name in ("variance", "stddev"):
            require_fitting(machine, self, family)
        return result(machine, name, sources_of(machine, self), form_of(machine, self).full, whole=False)

    return computed(body)


def expanded(machine: Machine, self: Ref, given: Value) -> Value:
    """The same distribution for a larger batch."""
    family, form = family_of(machine, self), form_of(machine, self)
    sizes = drawn_shape(machine, given, f"{family.name}.expand")
    spread = broadcast([form.batch, sizes], f"{family.name}.expand")
    if spread.rank != sizes.rank or any(map(never_equal, spread, sizes)):
        raise Problem(MERGE, f"{family.name}.expand: the batch {form.batch} does not expand to {sizes}", blame="batch_shape")
    held = instance(machine, self)
    changed: dict[str, Value] = {"_batch_shape": TorchSize(sizes)}
    for name, item in held.attributes.items():
        if isinstance(item, Tensor):
            changed[name] = result(machine, "expand", (item,), Shape(*sizes, *item.shape[form.batch.rank :]))
        elif name == "base_dist" and isinstance(item, Ref):
            inner = form.event.rank - form_of(machine, item).event.rank
            changed[name] = expanded(machine, item, (*sizes, *form.event[:inner]))
    return machine.new(replace(held, attributes={**held.attributes, **changed}))


@torch.type(BASE)
class Distribution:
    """What all distributions can do."""

    mean, mode, variance, stddev = map(_property, FULL)

    @computed
    def batch_shape(machine: Machine, self: Ref) -> Value:
        return TorchSize(form_of(machine, self).batch)

    @computed
    def event_shape(machine: Machine, self: Ref) -> Value:
        return TorchSize(form_of(machine, self).event)

    @computed
    def has_rsample(machine: Machine, self: Ref) -> Value:
        family = family_of(machine, self)
        if family.name in ("Independent", "TransformedDistribution"):
            return machine.attribute(machine.attribute(self, "base_dist"), "has_rsample")
        return "rsample" not in family.missing

    @staticmethod
    def set_default_validate_args(machine: Machine, value: Value) -> None:
        if value is not True:
            machine.doubt("distributions that do not check their values are not followed")

    def sample(machine: Machine, self: Ref, sample_shape: Value = ()) -> Value:
        return draw(machine, self, "sample", sample_shape)

    def rsample(machine: Machine, self: Ref, sample_shape: Value = ()) -> Value:
        return draw(machine, self, "rsample", sample_shape)

    def sample_n(machine: Machine, self: Ref, n: Value) -> Value:
        return draw(machine, self, "sample", (n,))

    def log_prob(machine: Machine, self: Ref, value: Value) -> Value:
        return judged(machine, self, "log_prob", value)

    def cdf(machine: Machine, self: Ref, value: Value) -> Value:
        return judged(machine, self, "cdf", value)

    def icdf(machine: Machine, self: Ref, value: Value) -> Value:
        return judged(machine, self, "icdf", value, validated=False)

    def entropy(machine: Machine, self: Ref) -> Value:
        require(machine, self, "entropy")
        return result(machine, "entropy", sources_of(machine, self), form_of(machine, self).batch)

    def perplexity(machine: Machine, self: Ref) -> Value:
        require(machine, self, "entropy")
        return result(machine, "perplexity", sources_of(machine, self), form_of(machine, self).batch)

    def expand(machine: Machine, self: Ref, batch_shape: Value, _instance: Value = None) -> Value:
        return expanded(machine, self, batch_shape)

    def enumerate_support(machine: Machine, self: Ref, expand: Value = True) -> Value:
        require(machine, self, "enumerate_support")
        raise Undecided("the support of this distribution is not followed")


# -- families with parameters for each element


def declare(family: Family, construct: Callable[..., None], **methods: Any) -> None:
    """Declare a distribution by the function that sets its shapes from the named parameters."""
    name = f"distributions.{family.name}"

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        given = signature.bind(machine, self, *args, **kwargs)
        given.apply_defaults()
        values = dict(given.arguments)
        validate = values.pop("validate_args")
        construct(*values.values(), validate=validate)

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter("machine", kind, annotation="Machine"), inspect.Parameter("self", kind)]
    for parameter_name, default in {**family.parameters, "validate_args": None}.items():
        parameters.append(inspect.Parameter(parameter_name, kind, default=inspect.Parameter.empty if default is REQUIRED else default))
    signature = inspect.Signature(parameters)
    described: Any = __init__
    described.__signature__ = signature
    FAMILIES[name] = family
    torch.type(name, bases=(BASE,))(type(family.name, (), {"__doc__": f"The {family.name} distribution.", "__init__": __init__, **methods}))


def elementwise(name: str, missing: str = "", **parameters: Value) -> None:
    """Declare a distribution of single numbers, whose parameters broadcast."""
    family = Family(name, parameters, tuple(missing.split()), lenient=name in ("Gamma", "Chi2"))

    def construct(machine: Machine, self: Ref, *values: Value, validate: Value) -> None:
        shapes = [parameter(machine, value, name, key) for key, value in zip(parameters, values)]
        batch = broadcast(shapes, name)
        for key, value in zip(parameters, values):
            same = isinstance(value, Tensor) and value.shape == batch
            machine.set_attribute(self, key, value if same else result(machine, key, (value,), batch))
        set_form(machine, self, Form(batch, Shape()), values, validate)

    declare(family, construct)


_NO_SUPPORT = "enumerate_support"
elementwise("Normal", _NO_SUPPORT, loc=REQUIRED, scale=REQUIRED)
elementwise("LogNormal", _NO_SUPPORT, loc=REQUIRED, scale=REQUIRED)
elementwise("Laplace", _NO_SUPPORT, loc=REQUIRED, scale=REQUIRED)
elementwise("Cauchy", _NO_SUPPORT, loc=REQUIRED, scale=REQUIRED)
elementwise("Gumbel", _NO_SUPPORT, loc=REQUIRED, scale=REQUIRED)
elementwise("Uniform", _NO_SUPPORT, low=REQUIRED, high=REQUIRED)
elementwise("Gamma", f"{_NO_SUPPORT} icdf", concentration=REQUIRED, rate=REQUIRED)
elementwise("InverseGamma", f"{_NO_SUPPORT} icdf", concentration=REQUIRED, rate=REQUIRED)
elementwise("Beta", f"{_NO_SUPPORT} cdf icdf", concentration1=REQUIRED, concentration0=REQUIRED)
elementwise("Kumaraswamy", _NO_SUPPORT, concentration1=REQUIRED, concentration0=REQUIRED)
elementwise("Weibull", _NO_SUPPORT, scale=REQUIRED, concentration=REQUIRED)
elementwise("Pareto", _NO_SUPPORT, scale=REQUIRED, alpha=REQUIRED)
elementwise("FisherSnedecor", f"{_NO_SUPPORT} entropy cdf icdf", df1=REQUIRED, df2=REQUIRED)
elementwise("VonMises", f"{_NO_SUPPORT} rsample entropy cdf icdf", loc=REQUIRED, concentration=REQUIRED)
elementwise("StudentT", f"{_NO_SUPPORT} cdf icdf", df=REQUIRED, loc=0.0, scale=1.0)
elementwise("Exponential", _NO_SUPPORT, rate=REQUIRED)
elementwise("Poisson", f"{_NO_SUPPORT} rsample entropy cdf icdf", rate=REQUIRED)
elementwise("HalfNormal", _NO_SUPPORT, scale=REQUIRED)
elementwise("HalfCauchy", _NO_SUPPORT, scale=REQUIRED)
elementwise("Chi2", f"{_NO_SUPPORT} icdf", df=REQUIRED)
