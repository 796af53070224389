"""Locally connected layers, which came to their end with Keras 2: each window has a kernel of its own.

Source: https://github.com/keras-team/tf-keras/tree/master/tf_keras/layers/locally_connected.
"""

from __future__ import annotations

from typing import Any

from dimlint.core.dim import Dim, Shape, product
from dimlint.core.layer import ARGUMENT, axes, choice, dim, flag, ignored, plain
from dimlint.core.problem import Problem, Undecided
from dimlint.libraries.keras.base import CHANNEL, activation_argument, data_format, positive, require_known, require_same, tuple_of
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.window import WindowLayer


class LocallyConnected(WindowLayer):
    """Windows with kernels of their own: (N, *spatial, C) -> (N, *out, filters). All sizes must be known."""

    filters: Dim = dim()
    kernel_size: Any = axes()
    strides: Any = axes(1)
    padding: Any = choice("valid", "same", default="valid", fold=True)
    data_format: Any = data_format()
    activation: Any = activation_argument()
    use_bias: Any = flag(True)
    kernel_initializer: Any = ignored("glorot_uniform")
    bias_initializer: Any = ignored("zeros")
    kernel_regularizer: Any = ignored()
    bias_regularizer: Any = ignored()
    activity_regularizer: Any = ignored()
    kernel_constraint: Any = ignored()
    bias_constraint: Any = ignored()
    implementation: Any = plain(1)

    def check(self) -> None:
        if self.keras_version > 2:
            raise Undecided(f"Keras {self.keras_version} has no {self.label}")
        for name in ("kernel_size", "strides"):
            tuple_of(self, getattr(self, name), name, self.rank)
            positive(self, getattr(self, name), name)
        positive(self, self.filters, "filters", zero=True)
        if self.padding == "same" and self.implementation == 1:
            raise Problem(ARGUMENT, f"{self.label} pads only with implementation=2 or 3", blame="padding")

    def output(self, x: Shape) -> Shape:
        self.require_rank(x, self.rank + 2)
        for size in x[1:]:
            require_known(self, size, "sizes of the input", x, CHANNEL)
        dims = self.slide(x)
        dims[self.channel_axis(x)] = self.filters
        return Shape(*dims)

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        axis = self.channel_axis(built[0])
        self.require_rank(inputs[0], self.rank + 2)
        require_same(self, inputs[0][axis], built[0][axis], "channels", inputs[0], CHANNEL)

    def windows_over(self, size: Dim, index: int) -> Dim:
        """How many elements of an axis all windows touch together, where they may reach over the ends."""
        kernel: Dim = self.kernel_size[index]
        stride: Dim = self.strides[index]
        if not (isinstance(size, int) and isinstance(kernel, int) and isinstance(stride, int)):
            return ((size - 1) // stride + 1) * kernel
        starts = range(-(kernel // 2), size - kernel // 2, stride)
        return sum(min(size, start + kernel) - max(0, start) for start in starts)

    def weights(self, x: Shape) -> dict[str, Shape]:
        out, spatial = self.output(x), self.spatial_axes(x)
        places, channels = product(out[axis] for axis in spatial), x[self.channel_axis(x)]
        if self.implementation == 2:
            kernel = Shape(product(x[1:]), product(out[1:]))
        elif self.padding == "same":
            kernel = Shape(product(self.windows_over(x[axis], index) for index, axis in enumerate(spatial)) * channels * self.filters)
        else:
            kernel = Shape(places, product(self.kernel_size) * channels, self.filters)
        return {"kernel": kernel} | ({"bias": Shape(places, self.filters)} if self.use_bias else {})


@keras.layer("layers.LocallyConnected1D")
class LocallyConnected1D(LocallyConnected):
    """Over a sequence."""

    rank = 1


@keras.layer("layers.LocallyConnected2D")
class LocallyConnected2D(LocallyConnected):
    """Over images."""

    rank = 2
    strides: Any = axes((1, 1))
