"""Weights as attributes: ``conv.weight`` is a tensor, ``conv.bias`` one or None."""

from __future__ import annotations

from typing import ClassVar

from dimlint.core.dim import Shape
from dimlint.core.layer import Layer
from dimlint.core.problem import Undecided
from dimlint.core.value import Tensor, Unknown, Value

OPTIONAL = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
"""Names that a layer which declares variables sets to None where its arguments leave them out."""


class Parametrized(Layer):
    """A layer with variables of its own.

    flags: fields that keep their meaning, though other layers have a variable of that name.
    """

    flags: ClassVar[frozenset[str]] = frozenset()

    def buffers(self, x: Shape) -> dict[str, Shape]:
        """Names and shapes of the variables that are no parameters."""
        return {}

    def attribute(self, name: str) -> Value:
        """A variable as a tensor. Raises Undecided if its shape, or whether there is one, is not known."""
        if name in self.flags or (name not in OPTIONAL and not name.startswith(("weight_", "bias_"))):
            return super().attribute(name)
        before: Value = Unknown(f"the {name} of {self.label} depends on its first input")
        variables = {**self.weights(before), **self.buffers(before)}
        if name in variables:
            return Tensor(variables[name], "torch")
        if name not in OPTIONAL:
            raise Undecided(f"attribute {name!r} of {self.label} is not modelled")
        return None
