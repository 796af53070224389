"""Losses of single elements, and what all losses share: a scalar, or the losses one by one with ``reduction='none'``.

https://docs.pytorch.org/docs/stable/nn.html#loss-functions
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from dimlint.core.axis import expect_equal
from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, always_equal, never_equal
from dimlint.core.layer import ARGUMENT, REQUIRED, Field, Layer, flag, number, plain, refuse, show
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Tensor, Unknown, Value
from dimlint.libraries.torch.arguments import MERGE, refuse_rank, twin
from dimlint.libraries.torch.elementwise import require_same
from dimlint.libraries.torch.module import torch
from dimlint.libraries.torch.parameters import Parametrized
from dimlint.shapes.agree import broadcast

TARGET = "target-mismatch"
PAIR = ("input", "target")
WORDS = ("none", "mean", "sum")
BACKEND_WORDS = (*WORDS, "elementwise_mean")
"""What losses take that are computed in C++; the others know only the plain words."""


def weights_argument(*, keyword: bool = False) -> Any:
    """A tensor or None: weights, which a module keeps as a buffer."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if value is None or isinstance(value, (Tensor, Unknown)):
            return value
        if isinstance(value, (int, float, str, tuple, list, dict)):
            raise refuse(owner, name, "a tensor", value)
        return Unknown(f"{name} is not known to be a tensor")

    return Field(convert, None, keyword)


class Loss(Parametrized):
    """What all losses share: how the single losses become one number.

    words: what ``reduction`` may be. numbered: whether it is a number instead, as in the functions of ``torch`` itself.
    """

    words: ClassVar[tuple[str, ...]] = BACKEND_WORDS
    numbered: ClassVar[bool] = False
    unkept = frozenset(["size_average", "reduce"])
    reduction: Value
    weight: Value = None

    def attribute(self, name: str) -> Value:
        """``reduction`` is another one where the arguments say so that came before it."""
        old = [getattr(self, word, None) for word in ("size_average", "reduce")]
        if name == "reduction" and any(isinstance(value, Unknown) or value is not None for value in old):
            return Unknown("the reduction of a loss is not known")
        if name == "weight" and "weight" in self.fields and self.weight is None:
            return None
        return super().attribute(name)

    def reduced(self, each: Shape) -> Shape:
        """The result for single losses of that shape."""
        old = [getattr(self, name, None) for name in ("size_average", "reduce")]
        if any(isinstance(value, Unknown) or value is not None for value in old):
            return Shape() if old[1] is None or self._is_true(old[1]) else each
        if isinstance(self.reduction, Unknown):
            raise Undecided(self.reduction.reason)
        if self.numbered:
            return self._reduced_by_number(each)
        self.require_word(self.words)
        return each if self.reduction == "none" else Shape()

    def require_word(self, words: Sequence[str]) -> None:
        """Refuse a reduction that is none of the words."""
        if self.reduction not in words:
            wanted = ", ".join(map(repr, words[:-1])) + f" or {words[-1]!r}"
            raise Problem(ARGUMENT, f"{self.label} reduction must be {wanted}, got {show(self.reduction)}", blame="reduction")

    def _reduced_by_number(self, each: Shape) -> Shape:
        if not isinstance(self.reduction, int):
            raise Problem(
                ARGUMENT, f"{self.label} reduction must be 0 (none), 1 (mean) or 2 (sum), got {show(self.reduction)}", blame="reduction"
            )
        return Shape() if self.reduction in (1, 2) else each

    @staticmethod
    def _is_true(value: Value) -> bool:
        if isinstance(value, (bool, int, float, str)):
            return bool(value)
        raise Undecided(value.reason if isinstance(value, Unknown) else "reduce is not a known truth value")

    def given(self, name: str) -> Shape | None:
        """The shape of a tensor among the arguments, if there is one."""
        value = getattr(self, name, None)
        if isinstance(value, Unknown):
            doubt(value.reason)
        return value.shape if isinstance(value, Tensor) else None

    def buffers(self, x: Shape) -> dict[str, Shape]:
        found: dict[str, Shape] = {}
        for name in ("weight", "pos_weight"):
            value = getattr(self, name, None)
            if isinstance(value, Unknown):
                raise Undecided(value.reason)
            found |= {name: value.shape} if isinstance(value, Tensor) else {}
        return found


def numbered(name: str, layer: type[Layer], *, order: Sequence[str], inputs: Sequence[str] = PAIR, **defaults: Value) -> None:
    """Declare the function of ``torch`` itself, whose ``reduction`` is a number: none, unless the call says it."""
    attributes = {"numbered": True, "reduction": plain(0), "__doc__": layer.__doc__}
    twin((name,), type(name, (layer,), attributes), order=order, inputs=inputs, **defaults)


def require_shape(actual: Shape, wanted: Shape, message: str, rule: str = MERGE) -> None:
    """Refuse a shape that is never the wanted one; a doubt if that depends."""
    if actual.rank != wanted.rank or any(map(never_equal, actual, wanted)):
        raise Problem(rule, message)
    for a, b in zip(actual, wanted):
        if not always_equal(a, b):
            expect_equal(a, b, f"whether {actual} is {wanted} is not known", Problem(rule, message))


def paired(input: Shape, target: Shape, label: str, *others: Shape) -> Shape:
    """Input and target broadcast. Raises Problem(target-mismatch)."""
    try:
        return broadcast([input, target, *others], label)
    except Problem as problem:
        raise Problem(TARGET, problem.message) from None


class BroadcastLoss(Loss):
    """A loss of each element; input and target broadcast."""

    size_average: Value = plain(None)
    reduce: Value = plain(None)
    reduction: Value = plain("mean")

    def output(self, input: Shape, target: Shape) -> Shape:
        return self.reduced(paired(input, target, self.label))


@torch.layer("nn.MSELoss")
class MSELoss(BroadcastLoss):
    """Mean of squared differences."""


@torch.layer("nn.L1Loss")
class L1Loss(BroadcastLoss):
    """Mean of absolute differences."""


@torch.layer("nn.SmoothL1Loss")
class SmoothL1Loss(BroadcastLoss):
    """Mean of differences that are squared when small."""

    beta: Value = number(1.0)

    def output(self, input: Shape, target: Shape) -> Shape:
        if isinstance(self.beta, (int, float)) and self.beta < 0:
            raise Problem(ARGUMENT, f"{self.label} beta must not be negative, got {self.beta}", blame="beta")
        return super().output(input, target)


@torch.layer("nn.HuberLoss")
class HuberLoss(Loss):
    """Mean of differences that are squared when small."""

    reduction: Value = plain("mean")
    delta: Value = number(1.0)

    def output(self, input: Shape, target: Shape) -> Shape:
        if isinstance(self.delta, (int, float)) and self.delta <= 0:
            raise Problem(ARGUMENT, f"{self.label} delta must be greater than zero, got {self.delta}", blame="delta")
        return self.reduced(paired(input, target, self.label))


class ElementWeights(Loss):
    """What only the functions take: one weight for each element of the input."""

    weight: Value = weights_argument()

    def output(self, input: Shape, target: Shape) -> Shape:
        found: Shape = super().output(input, target)
        weight = self.given("weight")
        if weight is not None:
            require_shape(weight, input, f"{self.label} needs a weight as large as its input {input}, got {weight}")
            if found.rank == 0 and getattr(self, "reduce", None) is getattr(self, "size_average", None) is None:
                self.require_word(WORDS)
        return found


@torch.layer("nn.KLDivLoss")
class KLDivLoss(BroadcastLoss):
    """Kullback-Leibler divergence of log-probabilities from probabilities."""

    words = (*BACKEND_WORDS, "batchmean")
    log_target: bool = flag(False)


@torch.layer("nn.PoissonNLLLoss")
class PoissonNLLLoss(Loss):
    """Negative log-likelihood of counts under a Poisson distribution; input and target broadcast."""

    words = WORDS
    log_input: bool = flag(True)
    full: bool = flag(False)
    size_average: Value = plain(None)
    eps: Value = number(1e-8)
    reduce: Value = plain(None)
    reduction: Value = plain("mean")

    def output(self, input: Shape, target: Shape) -> Shape:
        return self.reduced(paired(input, target, self.label))


@torch.layer("nn.HingeEmbeddingLoss")
class HingeEmbeddingLoss(Loss):
    """Hinge loss of distances; input and target broadcast."""

    margin: Value = number(1.0)
    size_average: Value = plain(None)
    reduce: Value = plain(None)
    reduction: Value = plain("mean")

    def output(self, input: Shape, target: Shape) -> Shape:
        return self.reduced(paired(input, target, self.label))


@torch.layer("nn.SoftMarginLoss")
class SoftMarginLoss(BroadcastLoss):
    """Logistic loss of two classes; the target broadcasts to the input."""

    def output(self, input: Shape, target: Shape) -> Shape:
        return self.reduced(require_same(input, paired(input, target, self.label), self.label))


@torch.layer("nn.GaussianNLLLoss")
class GaussianNLLLoss(Loss):
    """Negative log-likelihood under normal distributions, whose variances are given for each element or for all of an axis."""

    words = WORDS
    full: bool = flag(False, keyword=True)
    eps: Value = number(1e-6, keyword=True)
    reduction: Value = plain("mean", keyword=True)

    def output(self, input: Shape, target: Shape, var: Value) -> Shape:
        if isinstance(var, float):
            if var < 0:
                raise Problem(ARGUMENT, f"{self.label} var must not be negative, got {var}", blame="var")
            return self.reduced(paired(input, target, self.label))
        if isinstance(var, int):
            raise Problem(ARGUMENT, f"{self.label} var must be a tensor or a float, got the integer {var}", blame="var")
        spread = self.fitted(to_shape(var, "var"), input)
        return self.reduced(paired(input, target, self.label, spread))

    def fitted(self, var: Shape, input: Shape) -> Shape:
        """The variances as they broadcast to the input: as many, without the last axis, or with one axis of size 1."""
        if var.rank == input.rank and all(map(always_equal, var, input)):
            return var
        if var.rank == input.rank - 1 and all(map(always_equal, var, input[:-1])):
            return Shape(*var, 1)
        sizes: tuple[Dim, ...] = (*input, *var)
        if not all(isinstance(size, int) for size in sizes):
            raise Undecided(f"whether {var} fits the input {input} is not known")
        if var.rank == input.rank and sum(int(v) for v, size in zip(var, input) if v != size) == 1:
            return var
        message = f"{self.label} needs a var of shape {input}, the same without its last axis, or the same with one axis of 1, got {var}"
        raise Problem(MERGE, message)


class SameShapeLoss(Loss):
    """A loss of each element; input and target have the same shape, to which weights broadcast."""

    weight: Value = weights_argument()
    size_average: Value = plain(None)
    reduce: Value = plain(None)
    reduction: Value = plain("mean")

    def output(self, input: Shape, target: Shape) -> Shape:
        if not self.numbered:
            require_shape(target, input, f"{self.label} needs a target as large as its input {input}, got {target}", TARGET)
        each = require_same(target, paired(input, target, self.label), self.label)
        for name in ("weight", "pos_weight"):
            weight = self.given(name)
            if weight is not None:
                require_same(target, broadcast([target, weight], f"{self.label} {name}"), f"{self.label} {name}")
        pos_weight = self.given("pos_weight")
        if pos_weight is not None:
            require_same(input, broadcast([pos_weight, target], self.label), self.label)
        return self.reduced(each)


@torch.layer("nn.BCELoss")
class BCELoss(SameShapeLoss):
    """Binary cross entropy of probabilities."""


@torch.layer("nn.BCEWithLogitsLoss")
class BCEWithLogitsLoss(SameShapeLoss):
    """Binary cross entropy of logits."""

    pos_weight: Value = weights_argument()


@torch.layer("nn.MultiLabelSoftMarginLoss")
class MultiLabelSoftMarginLoss(Loss):
    """Binary cross entropy of several labels, averaged over the last axis: (N, C) -> (N,)."""

    words = WORDS
    weight: Value = weights_argument()
    size_average: Value = plain(None)
    reduce: Value = plain(None)
    reduction: Value = plain("mean")

    def output(self, input: Shape, target: Shape) -> Shape:
        if input.rank == 0:
            raise refuse_rank(self.label, "an input of at least 1 dimension", input)
        weight = self.given("weight")
        each = broadcast([input, target, *([] if weight is None else [weight])], self.label)
        gone = input.rank - 1
        return self.reduced(Shape(*each[:gone], *each[gone + 1 :]))


def _weighted(layer: type[Loss]) -> type[Loss]:
    return type(layer.__name__, (ElementWeights, layer), {"__doc__": layer.__doc__})


for _name, _layer in (("mse_loss", MSELoss), ("l1_loss", L1Loss), ("huber_loss", HuberLoss)):
    twin((f"nn.functional.{_name}",), _weighted(_layer), inputs=PAIR)
twin(("nn.functional.smooth_l1_loss",), SmoothL1Loss, inputs=PAIR)
twin(("nn.functional.kl_div",), KLDivLoss, inputs=PAIR)
twin(("nn.functional.poisson_nll_loss",), PoissonNLLLoss, inputs=PAIR)
twin(("nn.functional.hinge_embedding_loss",), HingeEmbeddingLoss, inputs=PAIR)
twin(("nn.functional.soft_margin_loss",), SoftMarginLoss, inputs=PAIR)
twin(("nn.functional.gaussian_nll_loss",), GaussianNLLLoss, inputs=(*PAIR, "var"))
twin(("nn.functional.binary_cross_entropy",), BCELoss, inputs=PAIR)
twin(("nn.functional.binary_cross_entropy_with_logits",), BCEWithLogitsLoss, inputs=PAIR)
twin(("nn.functional.multilabel_soft_margin_loss",), MultiLabelSoftMarginLoss, inputs=PAIR)
POISSON = ("log_input", "full", "eps", "reduction")
numbered("kl_div", KLDivLoss, order=("reduction", "log_target"))
numbered("poisson_nll_loss", PoissonNLLLoss, order=POISSON, **dict.fromkeys(POISSON, REQUIRED))
numbered("hinge_embedding_loss", HingeEmbeddingLoss, order=("margin", "reduction"))
numbered("binary_cross_entropy_with_logits", BCEWithLogitsLoss, order=("weight", "pos_weight", "reduction"))
