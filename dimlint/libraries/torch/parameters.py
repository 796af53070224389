"""Weights as attributes: ``conv.weight`` is a tensor, ``conv.bias`` one or None."""

from __future__ import annotations

from typing import ClassVar

from dimlint.core.dim import Shape
from dimlint.core.layer import Layer
from dimlint.core.problem import Undecided
from dimlint.core.value import Raised, Tensor, Unknown, Value

OPTIONAL = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
"""Names of variables that most layers either have or have not, whatever their arguments."""
AFFINE = frozenset(["weight", "bias"])


class Parametrized(Layer):
    """A layer with variables of its own.

    flags: fields that keep their meaning, though other layers have a variable of that name.
    registered: those of the optional variables that are None where the arguments leave them out. It has no others.
    hides_parts: whether it has modules inside that are not declared as its parts.
    """

    hides_parts: ClassVar[bool] = False
    unkept = frozenset(["device", "dtype"])
    flags: ClassVar[frozenset[str]] = frozenset()
    registered: ClassVar[frozenset[str]] = frozenset()

    def buffers(self, x: Shape) -> dict[str, Shape]:
        """Names and shapes of the variables that are no parameters."""
        return {}

    def attribute(self, name: str) -> Value:
        """A variable as a tensor, or None in its place. Raises Undecided if it is not known, Raised if the class has none of that name."""
        if name in self.flags or (name not in OPTIONAL and not name.startswith(("weight_", "bias_"))):
            return super().attribute(name)
        before: Value = Unknown(f"the {name} of {self.label} depends on its first input")
        variables = {**self.weights(before), **self.buffers(before)}
        if name in variables:
            return Tensor(variables[name], "torch")
        if name not in OPTIONAL:
            raise Undecided(f"attribute {name!r} of {self.label} is not modelled")
        if name not in self.registered:
            raise Raised("AttributeError", f"{self.label!r} object has no attribute {name!r}")
        return None
