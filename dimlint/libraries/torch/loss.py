"""Losses: a scalar, or the losses one by one with ``reduction='none'``."""

from __future__ import annotations

from typing import Any

from dimlint.core.dim import Shape, always_equal, never_equal
from dimlint.core.layer import ARGUMENT, Layer, flag, ignored, number, plain, show
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Unknown, Value
from dimlint.libraries.torch.arguments import MERGE, twin
from dimlint.libraries.torch.module import torch
from dimlint.shapes.agree import broadcast


class Loss(Layer):
    """What all losses share: how the single losses become one number."""

    reduction: Value

    def reduced(self, each: Shape | None) -> Shape:
        """The result for single losses of that shape, if it is known."""
        for old in ("size_average", "reduce"):
            if getattr(self, old, None) is not None:
                raise Undecided(f"{old} of {self.label} is not followed")
        if isinstance(self.reduction, Unknown):
            raise Undecided(self.reduction.reason)
        if self.reduction in ("mean", "sum", "batchmean"):
            return Shape()
        if self.reduction != "none":
            raise Problem(
                ARGUMENT, f"{self.label} reduction must be 'none', 'mean' or 'sum', got {show(self.reduction)}", blame="reduction"
            )
        if each is None:
            raise Undecided(f"the single losses of {self.label} are not followed")
        return each


class BroadcastLoss(Loss):
    """A loss of each element; input and target broadcast."""

    size_average: Value = plain(None)
    reduce: Value = plain(None)
    reduction: Value = plain("mean")

    def output(self, input: Shape, target: Shape) -> Shape:
        return self.reduced(broadcast([input, target], self.label))


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


@torch.layer("nn.HuberLoss")
class HuberLoss(Loss):
    """Mean of differences that are squared when small."""

    reduction: Value = plain("mean")
    delta: Value = number(1.0)

    def output(self, input: Shape, target: Shape) -> Shape:
        return self.reduced(broadcast([input, target], self.label))


@torch.layer("nn.KLDivLoss")
class KLDivLoss(BroadcastLoss):
    """Kullback-Leibler divergence of log-probabilities from probabilities."""

    log_target: bool = flag(False)


class SameShapeLoss(Loss):
    """A loss of each element; input and target have the same shape."""

    def output(self, input: Shape, target: Shape) -> Shape:
        if input.rank != target.rank or any(map(never_equal, input, target)):
            raise Problem(MERGE, f"{self.label} needs a target as large as its input {input}, got {target}")
        if not all(map(always_equal, input, target)):
            doubt(f"whether the target {target} is as large as the input {input} is not known")
        return self.reduced(input)


@torch.layer("nn.BCELoss")
class BCELoss(SameShapeLoss):
    """Binary cross entropy of probabilities."""

    weight: Value = ignored()
    size_average: Value = plain(None)
    reduce: Value = plain(None)
    reduction: Value = plain("mean")


@torch.layer("nn.BCEWithLogitsLoss")
class BCEWithLogitsLoss(BCELoss):
    """Binary cross entropy of logits."""

    pos_weight: Value = ignored()


@torch.layer("nn.NLLLoss", "nn.NLLLoss2d")
class NLLLoss(Loss):
    """Negative log-likelihood: (N, C, *) and class numbers (N, *)."""

    weight: Value = ignored()
    size_average: Value = plain(None)
    ignore_index: Value = ignored(-100)
    reduce: Value = plain(None)
    reduction: Value = plain("mean")

    def output(self, input: Shape, target: Shape) -> Shape:
        self.require_classes(input, target)
        return self.reduced(target)

    def require_classes(self, input: Shape, target: Shape) -> None:
        """The target is the input without its class axis."""
        if input.rank == 0:
            raise Undecided(f"{self.label} of a scalar is not followed")
        wanted = Shape() if input.rank == 1 else Shape(input[0], *input[2:])
        if input.rank == 1 and target.rank == 1 and always_equal(target[0], 1):
            return
        if target.rank != wanted.rank or any(map(never_equal, target, wanted)):
            raise Problem(MERGE, f"{self.label} of the input {input} needs a target of class numbers {wanted}, got {target}")
        if not all(map(always_equal, target, wanted)):
            doubt(f"whether the target {target} fits the input {input} is not known")


@torch.layer("nn.CrossEntropyLoss")
class CrossEntropyLoss(NLLLoss):
    """Cross entropy: (N, C, *) and class numbers (N, *), or probabilities of the same shape."""

    label_smoothing: Value = number(0.0)

    def output(self, input: Shape, target: Shape) -> Shape:
        if target.rank == input.rank and not any(map(never_equal, input, target)):
            if not all(map(always_equal, input, target)):
                doubt(f"whether the target {target} fits the input {input} is not known")
            return self.reduced(Shape() if input.rank < 2 else Shape(input[0], *input[2:]))
        return super().output(input, target)


class ScalarLoss(Loss):
    """A loss whose inputs are not compared; only the reduced number is known."""

    def output(self, *inputs: Value) -> Shape:
        return self.reduced(None)


class OldScalarLoss(ScalarLoss):
    """A scalar loss with the old arguments for the reduction."""

    size_average: Value = plain(None)
    reduce: Value = plain(None)
    reduction: Value = plain("mean")


def _with_margin(default: float) -> type[Layer]:
    """A scalar loss whose first argument is a margin."""
    first = type("Margin", (Layer,), {"margin": number(default)})
    return type("MarginLoss", (OldScalarLoss, first), {})


def _declare(name: str, base: type[Layer], doc: str, **attributes: Any) -> None:
    torch.layer(f"nn.{name}")(type(name, (base,), {"__doc__": doc, **attributes}))


_declare("SoftMarginLoss", OldScalarLoss, "Logistic loss of two classes.")
_declare("MultiLabelMarginLoss", OldScalarLoss, "Hinge loss of several labels.")
_declare("MarginRankingLoss", _with_margin(0.0), "Hinge loss of a pair's order.")
_declare("HingeEmbeddingLoss", _with_margin(1.0), "Hinge loss of a distance.")
_declare("CosineEmbeddingLoss", _with_margin(0.0), "Loss of the cosine between two vectors.")

_PAIR = ("input", "target")
twin(("nn.functional.mse_loss",), MSELoss, inputs=_PAIR, extra=("weight",))
twin(("nn.functional.l1_loss",), L1Loss, inputs=_PAIR, extra=("weight",))
twin(("nn.functional.huber_loss",), HuberLoss, inputs=_PAIR, extra=("weight",))
twin(("nn.functional.smooth_l1_loss",), SmoothL1Loss, inputs=_PAIR)
twin(("nn.functional.kl_div",), KLDivLoss, inputs=_PAIR)
twin(("nn.functional.nll_loss",), NLLLoss, inputs=_PAIR)
twin(("nn.functional.cross_entropy",), CrossEntropyLoss, inputs=_PAIR)
twin(("nn.functional.binary_cross_entropy",), BCELoss, inputs=_PAIR)
twin(("nn.functional.binary_cross_entropy_with_logits",), BCEWithLogitsLoss, inputs=_PAIR)
