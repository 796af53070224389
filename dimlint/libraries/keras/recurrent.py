"""Recurrent layers over (batch, steps, features). Source: https://keras.io/api/layers/recurrent_layers."""

from __future__ import annotations

from typing import Any, ClassVar

from dimlint.core.dim import Dim, Shape, less
from dimlint.core.layer import ARGUMENT, axes, choice, dim, flag, ignored
from dimlint.core.problem import Problem
from dimlint.core.value import Value
from dimlint.libraries.keras.base import (
    CHANNEL,
    FEATURE,
    KerasLayer,
    activation_argument,
    data_format,
    positive,
    rank_problem,
    require_known,
    require_same,
    shows_none,
    tuple_of,
)
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.window import WindowLayer, brief


class Recurrent(KerasLayer):
    """(N, T, F) -> (N, units), or (N, T, units) with ``return_sequences``; with ``return_state`` the states follow.

    gates: vectors that a step computes. states: how many tensors carry over.
    """

    recurrent = True
    compared = False
    gates: ClassVar[int] = 1
    states: ClassVar[int] = 1
    units: Dim
    use_bias: Any
    return_sequences: Any
    return_state: Any
    stateful: Any

    def check(self) -> None:
        positive(self, self.units, "units")

    def output(self, x: Shape, initial_state: Value = None, mask: Value = None, training: Value = None) -> Any:
        if x.rank != 3:
            raise rank_problem(self, x, "3 dimensions (batch, steps, features)", x.rank > 3)
        require_known(self, x[2], "number of features", x, FEATURE)
        check_stateful(self, self.stateful, x)
        state = Shape(x[0], self.units)
        result = Shape(x[0], x[1], self.units) if self.return_sequences else state
        return (result, *(state,) * self.states) if self.return_state else result

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        x = inputs[0]
        if x.rank == 3:
            require_same(self, x[2], built[0][2], "features", x, FEATURE)

    def weights(self, x: Shape) -> dict[str, Shape]:
        width = self.gates * self.units
        return {"kernel": Shape(x[2], width), "recurrent_kernel": Shape(self.units, width)} | self.bias(width)

    def bias(self, width: Dim) -> dict[str, Shape]:
        """The bias vectors."""
        return {"bias": Shape(width)} if self.use_bias else {}


def check_stateful(layer: KerasLayer, stateful: Any, x: Shape) -> None:
    """Refuse ``stateful`` with an unknown batch size. Raises Problem."""
    if shows_none(x[0]) and stateful:
        raise Problem(ARGUMENT, f"{layer.label} with stateful=True needs a fixed batch size, but the input is {x}", blame="stateful")


@keras.layer("layers.SimpleRNN")
class SimpleRNN(Recurrent):
    """Fully connected recurrence."""

    units: Dim = dim()
    activation: Any = activation_argument("tanh")
    use_bias: Any = flag(True)
    kernel_initializer: Any = ignored("glorot_uniform")
    recurrent_initializer: Any = ignored("orthogonal")
    bias_initializer: Any = ignored("zeros")
    kernel_regularizer: Any = ignored()
    recurrent_regularizer: Any = ignored()
    bias_regularizer: Any = ignored()
    activity_regularizer: Any = ignored()
    kernel_constraint: Any = ignored()
    recurrent_constraint: Any = ignored()
    bias_constraint: Any = ignored()
    dropout: Any = ignored(0.0)
    recurrent_dropout: Any = ignored(0.0)
    return_sequences: Any = flag(False)
    return_state: Any = flag(False)
    go_backwards: Any = flag(False)
    stateful: Any = flag(False)
    unroll: Any = ignored(False)
    seed: Any = ignored()


@keras.layer("layers.LSTM", "layers.CuDNNLSTM")
class LSTM(Recurrent):
    """Long short-term memory; the states are the hidden one and the cell's."""

    gates = 4
    states = 2
    units: Dim = dim()
    activation: Any = activation_argument("tanh")
    recurrent_activation: Any = activation_argument("sigmoid")
    use_bias: Any = flag(True)
    kernel_initializer: Any = ignored("glorot_uniform")
    recurrent_initializer: Any = ignored("orthogonal")
    bias_initializer: Any = ignored("zeros")
    unit_forget_bias: Any = ignored(True)
    kernel_regularizer: Any = ignored()
    recurrent_regularizer: Any = ignored()
    bias_regularizer: Any = ignored()
    activity_regularizer: Any = ignored()
    kernel_constraint: Any = ignored()
    recurrent_constraint: Any = ignored()
    bias_constraint: Any = ignored()
    dropout: Any = ignored(0.0)
    recurrent_dropout: Any = ignored(0.0)
    seed: Any = ignored()
    return_sequences: Any = flag(False)
    return_state: Any = flag(False)
    go_backwards: Any = flag(False)
    stateful: Any = flag(False)
    unroll: Any = ignored(False)
    use_cudnn: Any = ignored("auto")


@keras.layer("layers.GRU", "layers.CuDNNGRU")
class GRU(Recurrent):
    """Gated recurrent unit."""

    gates = 3
    units: Dim = dim()
    activation: Any = activation_argument("tanh")
    recurrent_activation: Any = activation_argument("sigmoid")
    use_bias: Any = flag(True)
    kernel_initializer: Any = ignored("glorot_uniform")
    recurrent_initializer: Any = ignored("orthogonal")
    bias_initializer: Any = ignored("zeros")
    kernel_regularizer: Any = ignored()
    recurrent_regularizer: Any = ignored()
    bias_regularizer: Any = ignored()
    activity_regularizer: Any = ignored()
    kernel_constraint: Any = ignored()
    recurrent_constraint: Any = ignored()
    bias_constraint: Any = ignored()
    dropout: Any = ignored(0.0)
    recurrent_dropout: Any = ignored(0.0)
    seed: Any = ignored()
    return_sequences: Any = flag(False)
    return_state: Any = flag(False)
    go_backwards: Any = flag(False)
    stateful: Any = flag(False)
    unroll: Any = ignored(False)
    reset_after: Any = flag(True)
    use_cudnn: Any = ignored("auto")

    def bias(self, width: Dim) -> dict[str, Shape]:
        if not self.use_bias:
            return {}
        return {"bias": Shape(2, width) if self.reset_after else Shape(width)}


class ConvLSTM(WindowLayer):
    """A recurrence of convolutions: (N, T, *spatial, C) -> (N, *out, filters), or with the steps kept."""

    recurrent = True
    compared = False
    filters: Dim = dim()
    kernel_size: Any = axes()
    strides: Any = axes(1)
    padding: Any = choice("valid", "same", default="valid", fold=True)
    data_format: Any = data_format()
    dilation_rate: Any = axes(1)
    activation: Any = activation_argument("tanh")
    recurrent_activation: Any = activation_argument("sigmoid")
    use_bias: Any = flag(True)
    kernel_initializer: Any = ignored("glorot_uniform")
    recurrent_initializer: Any = ignored("orthogonal")
    bias_initializer: Any = ignored("zeros")
    unit_forget_bias: Any = ignored(True)
    kernel_regularizer: Any = ignored()
    recurrent_regularizer: Any = ignored()
    bias_regularizer: Any = ignored()
    activity_regularizer: Any = ignored()
    kernel_constraint: Any = ignored()
    recurrent_constraint: Any = ignored()
    bias_constraint: Any = ignored()
    dropout: Any = ignored(0.0)
    recurrent_dropout: Any = ignored(0.0)
    seed: Any = ignored()
    return_sequences: Any = flag(False)
    return_state: Any = flag(False)
    go_backwards: Any = flag(False)
    stateful: Any = flag(False)

    def check(self) -> None:
        for name in ("kernel_size", "strides", "dilation_rate"):
            tuple_of(self, getattr(self, name), name, self.rank)
            positive(self, getattr(self, name), name)
        positive(self, self.filters, "filters")
        if any(less(1, stride) for stride in self.strides) and any(less(1, rate) for rate in self.dilation_rate):
            given = f"strides={brief(self.strides)} and dilation_rate={brief(self.dilation_rate)}"
            raise Problem(ARGUMENT, f"{self.label} cannot combine strides > 1 with dilation_rate > 1, got {given}", blame="strides")

    def step(self, x: Shape) -> Shape:
        """The input of one step. Raises Problem(rank-mismatch)."""
        self.require_rank(x, self.rank + 3)
        return Shape(x[0], *x[2:])

    def fixed_axes(self, step: Shape) -> list[int]:
        """Axes of one step whose sizes must be known."""
        return [*self.spatial_axes(step), self.channel_axis(step)]

    def layout(self) -> str:
        return super().layout().replace("batch, ", "batch, steps, ")

    def output(self, x: Shape, initial_state: Value = None, mask: Value = None, training: Value = None) -> Any:
        step = self.step(x)
        for axis in self.fixed_axes(step):
            require_known(self, step[axis], "sizes of the frames and the channels", x, CHANNEL)
        check_stateful(self, self.stateful, x)
        dims = self.slide(step)
        dims[self.channel_axis(step)] = self.filters
        state = Shape(*dims)
        result = Shape(dims[0], x[1], *dims[1:]) if self.return_sequences else state
        return (result, state, state) if self.return_state else result

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        now, before = self.step(inputs[0]), self.step(built[0])
        axis = self.channel_axis(now)
        require_same(self, now[axis], before[axis], "channels", inputs[0], CHANNEL)

    def weights(self, x: Shape) -> dict[str, Shape]:
        step = self.step(x)
        kernel = Shape(*self.kernel_size, step[self.channel_axis(step)], 4 * self.filters)
        recurrent = Shape(*self.kernel_size, self.filters, 4 * self.filters)
        bias = {"bias": Shape(4 * self.filters)} if self.use_bias else {}
        return {"kernel": kernel, "recurrent_kernel": recurrent} | bias


for _rank in (1, 2, 3):
    _doc = f"Recurrence of convolutions over {_rank}-d frames."
    keras.layer(f"layers.ConvLSTM{_rank}D")(type(f"ConvLSTM{_rank}D", (ConvLSTM,), {"rank": _rank, "__doc__": _doc}))
