"""Recurrent layers over (batch, steps, features). Source: https://keras.io/api/layers/recurrent_layers."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dimlint.core.dim import Dim, Shape, less
from dimlint.core.layer import ARGUMENT, axes, choice, dim, flag, ignored
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import ListObject, Machine, Ref, Tensor, Unknown, Value
from dimlint.libraries.keras.base import (
    CHANNEL,
    FEATURE,
    RANK,
    activation_argument,
    data_format,
    major,
    positive,
    rank_problem,
    require_known,
    require_same,
    shows_none,
    spans,
    tuple_of,
)
from dimlint.libraries.keras.cells import Gated, ResetGate, build_cell, output_size, require_cell, state_sizes, states_of, step_tensor
from dimlint.libraries.keras.layer import LayerType, attach, instance, is_a, keras, shape_value
from dimlint.libraries.keras.window import WindowLayer, brief


class Recurrent(Gated):
    """(N, T, F) -> (N, units), or (N, T, units) with ``return_sequences``; with ``return_state`` the states follow."""

    recurrent = True
    compared = False
    return_sequences: Any
    return_state: Any
    stateful: Any

    def output(self, x: Shape, initial_state: Value = None, mask: Value = None, training: Value = None) -> Any:
        if x.rank != 3:
            raise rank_problem(self, x, "3 dimensions (batch, steps, features)", x.rank > 3)
        require_known(self, x[2], "number of features", x, FEATURE)
        check_stateful(self.label, self.stateful, x)
        state = Shape(x[0], self.units)
        result = Shape(x[0], x[1], self.units) if self.return_sequences else state
        return (result, *(state,) * self.states) if self.return_state else result

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        x = inputs[0]
        if x.rank == 3:
            require_same(self, x[2], built[0][2], "features", x, FEATURE)


def check_stateful(label: str, stateful: Any, x: Shape) -> None:
    """Refuse ``stateful`` with an unknown batch size. Raises Problem."""
    if shows_none(x[0]) and stateful:
        raise Problem(ARGUMENT, f"{label} with stateful=True needs a fixed batch size, but the input is {x}", blame="stateful")


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
    zero_output_for_mask: Any = ignored(False, keyword=True)


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
    zero_output_for_mask: Any = ignored(False, keyword=True)


@keras.layer("layers.GRU", "layers.CuDNNGRU")
class GRU(ResetGate, Recurrent):
    """Gated recurrent unit."""

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
    zero_output_for_mask: Any = ignored(False, keyword=True)


class ConvLSTM(WindowLayer):
    """A recurrence of convolutions: (N, T, *spatial, C) -> (N, *out, filters), or with the steps kept."""

    recurrent = True
    compared = False
    filters: Dim = dim()
    kernel_size: Any = axes()
    strides: Any = spans(1)
    padding: Any = choice("valid", "same", default="valid", fold=True)
    data_format: Any = data_format()
    dilation_rate: Any = spans(1)
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
    unroll: Any = ignored(False, keyword=True)
    zero_output_for_mask: Any = ignored(False, keyword=True)

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
        check_stateful(self.label, self.stateful, x)
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


@keras.type("layers.RNN", bases=("layers.Layer",))
class RNN:
    """A cell, or several one after the other, repeated for each step: (N, T, *) -> (N, output_size), or with the steps kept.

    A symbolic call builds the cell and asks for its sizes, but does not run it; an eager one does.
    """

    def __init__(
        machine: Machine,
        self: Ref,
        cell: Value,
        return_sequences: Value = False,
        return_state: Value = False,
        go_backwards: Value = False,
        stateful: Value = False,
        unroll: Value = False,
        zero_output_for_mask: Value = False,
        **kwargs: Value,
    ) -> None:
        LayerType.__init__(machine, self, **kwargs)
        attach(machine, self, return_sequences=return_sequences, return_state=return_state, go_backwards=go_backwards)
        attach(machine, self, stateful=stateful, unroll=unroll)
        if isinstance(machine.plain(cell), (tuple, list)):
            cell = machine.call(keras.entries["layers.StackedRNNCells"], (cell,))
        attach(machine, self, cell=cell)
        if not isinstance(cell, Unknown):
            require_cell(machine, cell, "RNN")
            if major(machine.settings) >= 3 and not is_a(machine, cell, "layers.StackedRNNCells"):
                state_sizes(machine, cell)  # before, the cell may tell them as late as it is built

    def build(machine: Machine, self: Ref, sequences_shape: Value = None, initial_state_shape: Value = None) -> None:
        shape = machine.plain(sequences_shape)
        cell = instance(machine, self).attributes["cell"]
        if isinstance(shape, (tuple, list)) and len(shape) > 1 and is_a(machine, cell, "layers.Layer"):
            build_cell(machine, cell, (shape[0], *shape[2:]))
            attach(machine, self, built=True)

    def call(
        machine: Machine, self: Ref, sequences: Value, initial_state: Value = None, mask: Value = None, training: Value = None
    ) -> Value:
        given, attributes = sequences, instance(machine, self).attributes
        cell = attributes.get("cell", Unknown("the cell of an RNN is not known"))
        if not isinstance(given, Tensor) or isinstance(cell, Unknown):
            lost = next((item.reason for item in (given, cell) if isinstance(item, Unknown)), "the input of an RNN is not one tensor")
            raise Undecided(lost)
        x = given.shape
        if x.rank < 2:
            raise Problem(RANK, f"RNN expects an input of 3 dimensions (batch, steps, features), got {x}")
        if attributes.get("built") is not True:
            RNN.build(machine, self, shape_value(given))
            check_stateful("RNN", machine.truth(attributes["stateful"]), x)
        if not given.symbolic:
            return _run(machine, self, given, initial_state)
        sizes = state_sizes(machine, cell)
        result = replace(given, shape=_result(machine, attributes, x, output_size(machine, cell)), step=None)
        return (result, *states_of(machine, sizes, x[0], given)) if machine.truth(attributes["return_state"]) else result


def _result(machine: Machine, attributes: Mapping[str, Value], x: Shape, features: Dim) -> Shape:
    """The shape of what an RNN gives."""
    return Shape(x[0], x[1], features) if machine.truth(attributes["return_sequences"]) else Shape(x[0], features)


def _run(machine: Machine, self: Ref, given: Tensor, initial_state: Value) -> Value:
    """The cell, run on one step, as for eager tensors. Raises Undecided."""
    attributes = instance(machine, self).attributes
    cell, x = attributes["cell"], given.shape
    states = states_of(machine, state_sizes(machine, cell), x[0], given)
    if initial_state is not None:
        several = isinstance(machine.plain(initial_state), (tuple, list))
        states = machine.elements(initial_state) if several else [initial_state]
    made = machine.call(cell, (step_tensor(given), machine.new(ListObject(tuple(states)))))
    if isinstance(made, Unknown):
        return made
    out, new = machine.elements(made)
    if isinstance(out, Unknown):
        return out
    if not isinstance(out, Tensor) or out.shape.rank != 2:
        raise Undecided("what a cell gives is not known")
    result = replace(out, shape=_result(machine, attributes, x, out.shape[1]))
    if not machine.truth(attributes["return_state"]):
        return result
    return (result, *(machine.elements(new) if isinstance(machine.plain(new), (tuple, list)) else [new]))
