"""Attention in Keras 2, which builds the scale of additive attention for the value."""

from __future__ import annotations

from dimlint.core.dim import Shape, never_equal
from dimlint.core.problem import Problem
from dimlint.libraries.keras import attention
from dimlint.libraries.keras.base import FEATURE, may_fit
from dimlint.libraries.keras.former.versions import former


@former(2, attention.AdditiveAttention)
class AdditiveAttention(attention.AdditiveAttention):
    """The scale is as long as the value's last axis."""

    def run(self, query: Shape, value: Shape, key: Shape) -> None:
        super().run(query, value, key)
        if self.use_scale and not may_fit(query[-1], value[-1]) and never_equal(query[-1], value[-1]):
            message = f"{self.label} with use_scale=True needs queries and values of one last size, got {query} and {value}"
            raise Problem(FEATURE, message, blame="use_scale")

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        return {"scale": Shape(inputs[1][-1])} if self.use_scale else {}
