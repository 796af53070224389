"""What the normalizations of both packages share: the shape stays, and there are a scale and an offset for each channel."""

from __future__ import annotations

from typing import Any

from dimlint.core.dim import Dim, Shape, always_equal
from dimlint.core.layer import flag, ignored, plain
from dimlint.core.problem import Undecided
from dimlint.core.value import Value
from dimlint.libraries.keras.base import KerasLayer, shows_none


class Normalizing(KerasLayer):
    """Base of the normalizations. What they refuse is not reported: versions differ in it."""

    axis: Any
    center: Any
    scale: Any

    def channels(self, x: Shape) -> Dim:
        """The size along the axis. Raises Undecided."""
        if not isinstance(self.axis, int) or not -x.rank <= self.axis < x.rank or self.axis % x.rank == 0:
            raise Undecided(f"whether {self.label} takes this axis of {x} is not known")
        if shows_none(x[self.axis]):
            raise Undecided(f"whether {self.label} takes channels of an open number is not known")
        return x[self.axis]

    def output(self, x: Shape, training: Value = None, mask: Value = None) -> Shape:
        self.channels(x)
        return x

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        x = inputs[0]
        if x.rank != built[0].rank or not always_equal(self.channels(x), self.channels(built[0])):
            raise Undecided(f"whether {self.label} takes another shape than at first is not known")

    def weights(self, x: Shape) -> dict[str, Shape]:
        return dict.fromkeys(["gamma"] * self.scale + ["beta"] * self.center, Shape(self.channels(x)))


class Grouping(Normalizing):
    """Base of the normalizations of groups of channels."""

    groups: Any = plain(32)

    def channels(self, x: Shape) -> Dim:
        found = super().channels(x)
        if not isinstance(self.groups, int) or self.groups == 0 or not always_equal(found % self.groups, 0):
            raise Undecided(f"whether {self.label} can make groups of {found} channels is not known")
        return found


class Arguments(Normalizing):
    """The arguments that all have, behind the number of groups."""

    axis: Any = plain(-1)
    epsilon: Any = ignored(1e-3)
    center: Any = flag(True)
    scale: Any = flag(True)
    beta_initializer: Any = ignored("zeros")
    gamma_initializer: Any = ignored("ones")
    beta_regularizer: Any = ignored()
    gamma_regularizer: Any = ignored()
    beta_constraint: Any = ignored()
    gamma_constraint: Any = ignored()
