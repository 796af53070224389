# mypy: disable-error-code=misc
"""The adaptive softmax, whose rare classes are predicted by smaller layers.

Methods of declared types take the machine before the object itself, which mypy's rule for ``self`` does not foresee.
Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveLogSoftmaxWithLoss.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from dimlint.core.dim import Dim, Shape, is_finite, unknown_dim
from dimlint.core.layer import ARGUMENT, Field, Layer, flag, ignored, number, refuse, show, unify
from dimlint.core.problem import Problem, Undecided
from dimlint.core.results import Named
from dimlint.core.value import Machine, Native, Ref, Unknown, Value, is_size
from dimlint.libraries.torch.arguments import FEATURES, MERGE, count, refuse_rank
from dimlint.libraries.torch.module import instance, torch
from dimlint.libraries.torch.parameters import Parametrized


def cutoffs_argument() -> Any:
    """The last class of each cluster: a sequence of sizes."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if isinstance(value, (tuple, list)):
            plain = all(item is None or is_size(item) or isinstance(item, (float, str)) for item in value)
            return tuple(value) if plain else Unknown(f"{name} is not a known sequence of sizes")
        if value is None or isinstance(value, (int, float, str)):
            raise refuse(owner, name, "a sequence of integers", value)
        return value if isinstance(value, Unknown) else Unknown(f"{name} is not a known sequence")

    return Field(convert)


class SoftmaxMethods:
    """What else the layer computes, and its result as a pair."""

    def log_prob(machine: Machine, self: Ref, input: Value) -> Value:
        return machine.call(Native("log_prob", "torch", _layer(machine, self).log_prob), (input,))

    def predict(machine: Machine, self: Ref, input: Value) -> Value:
        return machine.call(Native("predict", "torch", _layer(machine, self).predict), (input,))


def _layer(machine: Machine, self: Ref) -> AdaptiveLogSoftmaxWithLoss:
    layer = instance(machine, self).layer
    if not isinstance(layer, AdaptiveLogSoftmaxWithLoss):
        raise Undecided("an adaptive softmax is not known")
    return layer


@torch.layer("nn.AdaptiveLogSoftmaxWithLoss", methods=SoftmaxMethods)
class AdaptiveLogSoftmaxWithLoss(Parametrized):
    """Inputs (N, in_features) and classes (N,), or a single pair -> log-probabilities like the classes, and the loss."""

    hides_parts = True
    in_features: Dim = count()
    n_classes: Dim = count()
    cutoffs: Value = cutoffs_argument()
    div_value: Value = number(4.0)
    head_bias: bool = flag(False)
    device: object = ignored()
    dtype: object = ignored()

    def attribute(self, name: str) -> Value:
        return Unknown("cutoffs are kept as a list, with n_classes at its end") if name == "cutoffs" else super().attribute(name)

    def check(self) -> None:
        if not isinstance(self.cutoffs, tuple):
            return
        if not self.cutoffs:
            raise Problem(ARGUMENT, f"{self.label} cutoffs must not be empty", blame="cutoffs")
        if not all(isinstance(item, (int, float)) for item in self.cutoffs):
            return
        increasing = all(a < b for a, b in zip((0, *self.cutoffs), self.cutoffs))
        fits = not isinstance(self.n_classes, int) or max(self.cutoffs) < self.n_classes
        if not increasing or not fits or any(isinstance(item, float) for item in self.cutoffs):
            wanted = f"increasing integers between 1 and n_classes - 1 = {self.n_classes - 1}"
            raise Problem(ARGUMENT, f"{self.label} cutoffs must be {wanted}, got {show(self.cutoffs)}", blame="cutoffs")
        if isinstance(self.div_value, (int, float)) and self.div_value == 0:
            raise refuse(type(self), "div_value", "other than zero", self.div_value)
        if any(isinstance(size, int) and size < 0 for size, _ in self.clusters()):
            raise refuse(type(self), "div_value", "greater than zero", self.div_value)

    def clusters(self) -> Iterator[tuple[Dim, Dim]]:
        """The hidden size and the number of classes of each cluster."""
        known = isinstance(self.cutoffs, tuple) and all(map(is_size, self.cutoffs))
        ends = (*self.cutoffs, self.n_classes) if known else ()
        for index, (start, end) in enumerate(pairwise(ends)):
            known = isinstance(self.in_features, int) and is_finite(self.div_value)
            hidden: Dim = int(self.in_features // self.div_value ** (index + 1)) if known else unknown_dim("hidden")
            yield hidden, end - start

    def output(self, input_: Shape, target_: Shape) -> Named:
        if target_.rank > 1:
            raise refuse_rank(self.label, "a target (N,), or () for a single input", target_)
        if input_.rank != target_.rank + 1:
            raise refuse_rank(self.label, "an input (N, in_features) for a target (N,), or (in_features,) for a single one", input_)
        if target_.rank:
            message = f"{self.label}: the input {input_} and the target {target_} have batches of {input_[0]} and {target_[0]}"
            unify(input_[0], target_[0], MERGE, message)
        self._require_features(input_)
        return Named(output=target_, loss=Shape())

    def _require_features(self, x: Shape) -> None:
        message = f"{self.label} has in_features={self.in_features}, but the last axis of the input {x} is {x[-1]}"
        unify(x[-1], self.in_features, FEATURES, message, blame="in_features")

    def log_prob(self, input: Shape) -> Shape:
        """Log-probabilities of all classes: (N, in_features) -> (N, n_classes)."""
        if input.rank != 2:
            raise refuse_rank(f"{self.label}.log_prob", "an input (N, in_features)", input)
        self._require_features(input)
        return Shape(input[0], self.n_classes)

    def predict(self, input: Shape) -> Shape:
        """The likeliest classes: (N, in_features) -> (N,)."""
        if input.rank < 2:
            raise refuse_rank(f"{self.label}.predict", "an input (N, in_features)", input)
        if input.rank > 2:
            raise Undecided(f"{self.label}.predict of {input} depends on what is predicted")
        self._require_features(input)
        return Shape(input[0])

    def weights(self, x: object = None) -> dict[str, Shape]:
        if not isinstance(self.cutoffs, tuple):
            raise Undecided(self.cutoffs.reason)
        clusters = list(self.clusters())
        if not all(map(is_size, self.cutoffs)):
            raise Undecided("the cutoffs are not known")
        size = self.cutoffs[0] + len(clusters)
        found = {"head.weight": Shape(size, self.in_features)} | ({"head.bias": Shape(size)} if self.head_bias else {})
        for index, (hidden, classes) in enumerate(clusters):
            found |= {f"tail.{index}.0.weight": Shape(hidden, self.in_features), f"tail.{index}.1.weight": Shape(classes, hidden)}
        return found
