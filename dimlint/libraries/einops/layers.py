"""What the pattern layers of all frameworks share. Source: https://einops.rocks/api/rearrange (Layers), layers/*.py of einops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dimlint.core.dim import Dim, Shape
from dimlint.core.layer import ARGUMENT, Layer, plain, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value
from dimlint.libraries.einops.library import length_of, text_of
from dimlint.libraries.einops.mixing import Mix, mixture
from dimlint.shapes.pattern import DOTS, RANK, REDUCTIONS, check, plan_for, transform

MOST_DOTS = 7
"""Axes that ``...`` of a layer may stand for."""


class PatternLayer(Layer):
    """Base of the layers made of a pattern: the keyword arguments that are not its own are lengths of axes."""

    pattern: Any = plain()
    lengths: Mapping[str, Dim]

    @classmethod
    def bind(cls, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Layer:
        """Bind the layer's own arguments, and take the others as lengths. Raises Problem, Undecided."""
        layer = super().bind(args, {name: value for name, value in kwargs.items() if name in cls.fields})
        assert isinstance(layer, PatternLayer)
        layer.lengths = {name: length_of(name, value) for name, value in kwargs.items() if name not in cls.fields}
        layer.prepare()
        return layer

    def prepare(self) -> None:
        """What the constructor refuses. Raises Problem, Undecided."""

    @property
    def what(self) -> str:
        """The layer as messages show it."""
        return f"{self.label} {show(self.pattern)}"


class Transformation(PatternLayer):
    """Base of the layers without weights."""

    @property
    def operation(self) -> str:
        """``rearrange``, ``repeat`` or a reduction."""
        return "rearrange"

    def prepare(self) -> None:
        check(text_of(self.pattern, self.what), self.operation, self.lengths, self.what)

    def output(self, x: Shape) -> Shape:
        left = check(self.pattern, self.operation, self.lengths, self.what)[0]
        if left.dotted and x.rank > len(left.groups) - 1 + MOST_DOTS:
            raise Problem(RANK, f"{self.what}: '{DOTS}' stands for at most {MOST_DOTS} dimensions, but the input is {x}")
        return transform(self.pattern, self.operation, x, self.lengths, self.what)


class Reduction(Transformation):
    """One value along the axes that the right side leaves out."""

    reduction: Any = plain()
    by_function = True
    """Whether a function or ``any`` and ``all`` may reduce."""

    @property
    def operation(self) -> str:
        if isinstance(self.reduction, Unknown):
            raise Undecided(self.reduction.reason)
        return self.reduction if isinstance(self.reduction, str) else "a function"

    def prepare(self) -> None:
        known = isinstance(self.reduction, str) and self.reduction not in (*REDUCTIONS, "rearrange", "repeat")
        if known or self.reduction is None or isinstance(self.reduction, (int, float, tuple, list)):
            text = f"{self.what}: the reduction must be one of {', '.join(map(show, REDUCTIONS))}, got {show(self.reduction)}"
            raise Problem(ARGUMENT, text, blame="reduction")
        super().prepare()

    def output(self, x: Shape) -> Shape:
        left, right = check(self.pattern, self.operation, self.lengths, self.what)
        if self.operation in ("any", "all", "a function") and plan_for(left, right, x, self.what).reduced:
            if not self.by_function:
                text = f"{self.what}: the layer of PyTorch cannot reduce by {show(self.reduction)}. Needs einops.reduce"
                raise Problem(ARGUMENT, text, blame="reduction")
            if self.operation == "a function":
                raise Undecided("what a reduction by a function gives is not known")
        return super().output(x)


class Mixture(PatternLayer):
    """Base of ``EinMix``: a product with a weight over named axes, and a bias."""

    weight_shape: Any = plain()
    bias_shape: Any = plain(None)
    in_place = True
    mix: Mix

    def prepare(self) -> None:
        bias = None if self.bias_shape is None else text_of(self.bias_shape, self.what, "bias_shape")
        weight = text_of(self.weight_shape, self.what, "weight_shape")
        self.mix = mixture(text_of(self.pattern, self.what), weight, bias, self.lengths, self.what)

    def output(self, x: Shape) -> Shape:
        return self.mix.output(x, self.what, in_place=self.in_place)

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": self.mix.weight} | ({} if self.mix.bias is None else {"bias": self.mix.bias})
