"""Normalizations. Source: https://keras.io/api/layers/normalization_layers."""

from __future__ import annotations

from typing import Any

from dimlint.core.dim import Dim, Shape, always_equal, never_equal, never_positive
from dimlint.core.layer import ARGUMENT, Field, Layer, dim, flag, ignored, refuse, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value
from dimlint.libraries.keras.base import CHANNEL, RANK, KerasLayer, rank_problem, require_known, require_same
from dimlint.libraries.keras.layer import keras


def axis(default: object = -1) -> Any:
    """An axis, or several: integers, negative ones from the end."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if isinstance(value, Unknown):
            return value
        given = tuple(value) if isinstance(value, (tuple, list)) else (value,)
        if any(isinstance(item, (str, type(None))) for item in given):
            raise refuse(owner, name, "an integer or integers", value)
        return given

    return Field(convert, default)


class Normalization(KerasLayer):
    """Normalization along axes whose sizes must be known; the shape stays."""

    axis: Any

    def sizes(self, x: Shape) -> Shape:
        """Sizes along the normalized axes. Raises Problem(rank-mismatch), Undecided."""
        if isinstance(self.axis, Unknown):
            raise Undecided(self.axis.reason)
        for index in self.axis:
            if not isinstance(index, int):
                raise Undecided(f"axis of {self.label} is not known")
            if not -x.rank <= index < x.rank:
                raise Problem(RANK, f"{self.label} axis={index} does not exist in the input {x} with {x.rank} dimensions", blame="axis")
        return Shape(*(x[index] for index in self.axis))

    def output(self, x: Shape, training: Value = None, mask: Value = None) -> Shape:
        for size in self.sizes(x):
            require_known(self, size, "size of the normalized axis", x, CHANNEL)
        return x

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        x = inputs[0]
        for now, before in zip(self.sizes(x), self.sizes(built[0])):
            require_same(self, now, before, "channels", x, CHANNEL)


@keras.layer("layers.BatchNormalization", "layers.SyncBatchNormalization")
class BatchNormalization(Normalization):
    """Normalization of each channel over the batch; has two trainable and two moving vectors."""

    axis: Any = axis()
    momentum: Any = ignored(0.99)
    epsilon: Any = ignored(0.001)
    center: Any = flag(True)
    scale: Any = flag(True)
    beta_initializer: Any = ignored("zeros")
    gamma_initializer: Any = ignored("ones")
    moving_mean_initializer: Any = ignored("zeros")
    moving_variance_initializer: Any = ignored("ones")
    beta_regularizer: Any = ignored()
    gamma_regularizer: Any = ignored()
    beta_constraint: Any = ignored()
    gamma_constraint: Any = ignored()
    renorm: Any = flag(False)
    renorm_clipping: Any = ignored()
    renorm_momentum: Any = ignored(0.99)
    synchronized: Any = ignored(False)

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        if inputs[0].rank != built[0].rank:
            raise rank_problem(self, inputs[0], f"{built[0].rank} dimensions as in the first call", inputs[0].rank > built[0].rank)
        super().accept(built, *inputs)

    def weights(self, x: Shape) -> dict[str, Shape]:
        names = ["gamma"] * self.scale + ["beta"] * self.center + ["moving_mean", "moving_variance"]
        names += ["moving_stddev", "renorm_mean", "renorm_stddev"] if self.renorm else []
        return dict.fromkeys(names, self.sizes(x))


@keras.layer("layers.LayerNormalization")
class LayerNormalization(Normalization):
    """Normalization of each sample along the given axes."""

    compared = False
    axis: Any = axis()
    epsilon: Any = ignored(0.001)
    center: Any = flag(True)
    scale: Any = flag(True)
    beta_initializer: Any = ignored("zeros")
    gamma_initializer: Any = ignored("ones")
    beta_regularizer: Any = ignored()
    gamma_regularizer: Any = ignored()
    beta_constraint: Any = ignored()
    gamma_constraint: Any = ignored()

    def output(self, x: Shape, training: Value = None, mask: Value = None) -> Shape:
        if not (self.scale or self.center):
            self.sizes(x)
            return x
        return super().output(x)

    def weights(self, x: Shape) -> dict[str, Shape]:
        return dict.fromkeys(["gamma"] * self.scale + ["beta"] * self.center, self.sizes(x))


@keras.layer("layers.RMSNormalization")
class RMSNormalization(Normalization):
    """Division by the root of the mean square along the given axes."""

    compared = False
    axis: Any = axis()
    epsilon: Any = ignored(1e-06)

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"scale": self.sizes(x)}


@keras.layer("layers.UnitNormalization")
class UnitNormalization(Normalization):
    """Vectors of length one along the given axes; has no weights."""

    axis: Any = axis()

    def output(self, x: Shape, training: Value = None, mask: Value = None) -> Shape:
        self.sizes(x)
        return x

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        self.sizes(inputs[0])


@keras.layer("layers.GroupNormalization")
class GroupNormalization(Normalization):
    """Normalization of groups of channels; -1 is a group for each channel."""

    groups: Dim = dim(32)
    axis: Any = axis()
    epsilon: Any = ignored(0.001)
    center: Any = flag(True)
    scale: Any = flag(True)
    beta_initializer: Any = ignored("zeros")
    gamma_initializer: Any = ignored("ones")
    beta_regularizer: Any = ignored()
    gamma_regularizer: Any = ignored()
    beta_constraint: Any = ignored()
    gamma_constraint: Any = ignored()

    def check(self) -> None:
        if isinstance(self.groups, int) and self.groups < 1 and self.groups != -1:
            raise Problem(ARGUMENT, f"{self.label} groups must be positive, or -1, got {show(self.groups)}", blame="groups")

    def output(self, x: Shape, training: Value = None, mask: Value = None) -> Shape:
        super().output(x)
        if len(self.axis) != 1:
            raise Problem(ARGUMENT, f"{self.label} axis must be an integer, got {show(self.axis)}", blame="axis")
        channels, groups = self.sizes(x)[0], self.groups
        if always_equal(groups, -1):
            return x
        if never_positive(channels - groups + 1):
            raise Problem(CHANNEL, f"{self.label} has {groups} groups, but the input {x} has only {channels} channels", blame="groups")
        if never_equal(channels % groups, 0):
            raise Problem(CHANNEL, f"{self.label} channels {channels} of {x} must be divisible by groups={groups}", blame="groups")
        return x

    def weights(self, x: Shape) -> dict[str, Shape]:
        return dict.fromkeys(["gamma"] * self.scale + ["beta"] * self.center, self.sizes(x))
