"""Activation layers. Source: https://keras.io/api/layers/activation_layers."""

from __future__ import annotations

from typing import Any

from dimlint.core.dim import Dim, Shape, always_equal, never_equal
from dimlint.core.layer import REQUIRED, ignored, plain, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown
from dimlint.libraries.keras.base import FEATURE, RANK, activation_argument, may_fit, rank_problem, require_known, require_same
from dimlint.libraries.keras.core import Same
from dimlint.libraries.keras.layer import keras


@keras.layer("layers.Activation")
class Activation(Same):
    """An activation function by name."""

    activation: Any = activation_argument(REQUIRED)


@keras.layer("layers.ReLU")
class ReLU(Same):
    """max(x, 0), with an optional ceiling."""

    max_value: Any = ignored()
    negative_slope: Any = ignored(0.0)
    threshold: Any = ignored(0.0)


@keras.layer("layers.LeakyReLU")
class LeakyReLU(Same):
    """x where positive, a small multiple of it elsewhere; older versions call the slope ``alpha``."""

    negative_slope: Any = ignored(0.3)
    alpha: Any = ignored(keyword=True)


@keras.layer("layers.ELU")
class ELU(Same):
    """Exponential linear unit."""

    alpha: Any = ignored(1.0)


@keras.layer("layers.ThresholdedReLU")
class ThresholdedReLU(Same):
    """x above ``theta``, zero elsewhere (Keras 2)."""

    theta: Any = ignored(1.0)


@keras.layer("layers.Softmax")
class Softmax(Same):
    """Softmax along an axis."""

    axis: Any = ignored(-1)


def _broadcasts(now: Dim, before: Dim) -> bool:
    """Whether slopes of one size are spread over another one. Raises Undecided."""
    if always_equal(before, 1):
        return True
    if not may_fit(now, before) and not (never_equal(now, 1) and never_equal(before, 1)):
        raise Undecided("what slopes are spread over is not followed")
    return False


@keras.layer("layers.PReLU")
class PReLU(Same):
    """Leaky rectifier with a learned slope for each element, shared along ``shared_axes``."""

    alpha_initializer: Any = ignored("Zeros")
    alpha_regularizer: Any = ignored()
    alpha_constraint: Any = ignored()
    shared_axes: Any = plain(None)

    def slopes(self, x: Shape) -> Shape:
        """Shape of the learned slopes. Raises Undecided."""
        shared = self.shared_axes if isinstance(self.shared_axes, (tuple, list)) else (self.shared_axes,)
        dims = list(x[1:])
        for axis in shared:
            if axis is None:
                continue
            if isinstance(axis, Unknown) or not isinstance(axis, int):
                raise Undecided(f"shared_axes of {self.label} are not known")
            if not -len(dims) < axis <= len(dims):
                raise Problem(RANK, f"{self.label} shared_axes={show(self.shared_axes)} do not exist in the input {x}", blame="shared_axes")
            dims[axis - 1] = 1
        return Shape(*dims)

    def output(self, x: Shape, training: object = None, mask: object = None) -> Shape:
        for size in self.slopes(x):
            require_known(self, size, "size of each axis that is not shared", x, FEATURE)
        return x

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        x = inputs[0]
        if x.rank != built[0].rank:
            raise rank_problem(self, x, f"{built[0].rank} dimensions as in the first call", x.rank > built[0].rank)
        if self.shared_axes is None and not self.eager and any(map(never_equal, x[1:], built[0][1:])):
            raise Undecided(f"{self.label} was built for {built[0]}, not {x}, which Keras notices only when the model runs")
        for now, before in zip(self.slopes(x), self.slopes(built[0])):
            if self.shared_axes is None and self.keras_version >= 3 and _broadcasts(now, before):
                continue
            require_same(self, now, before, "values along an axis", x, FEATURE)

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"alpha": self.slopes(x)}
