"""Cells: what recurrent layers repeat for each step. Source: https://keras.io/api/layers/recurrent_layers."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from dimlint.core.dim import Dim, Shape, always_equal
from dimlint.core.layer import ARGUMENT, dim, flag, ignored, show, unify
from dimlint.core.library import computed
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Function, Instance, LibraryClass, ListObject, Machine, Method, Raised, Ref, Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.base import (
    FEATURE,
    KerasLayer,
    activation_argument,
    positive,
    require_known,
    require_same,
    shows_none,
)
from dimlint.libraries.keras.layer import LayerType, attach, instance, keras, to_dims
from dimlint.shapes.agree import broadcast

MISSING: Any = object()


class Gated(KerasLayer):
    """What a cell and the layer that repeats it share. gates: vectors that a step computes. states: tensors that carry over."""

    gates: ClassVar[int] = 1
    states: ClassVar[int] = 1
    units: Dim
    use_bias: Any

    def check(self) -> None:
        positive(self, self.units, "units")

    def weights(self, x: Shape) -> dict[str, Shape]:
        width = self.gates * self.units
        return {"kernel": Shape(x[-1], width), "recurrent_kernel": Shape(self.units, width)} | self.bias(width)

    def bias(self, width: Dim) -> dict[str, Shape]:
        """The bias vectors."""
        return {"bias": Shape(width)} if self.use_bias else {}


class ResetGate(Gated):
    """Gated recurrent units; a reset gate behind the product needs a second bias."""

    gates = 3
    reset_after: Any

    def bias(self, width: Dim) -> dict[str, Shape]:
        if not self.use_bias:
            return {}
        return {"bias": Shape(2, width) if self.reset_after else Shape(width)}


class Cell(Gated):
    """One step: (N, F) and states (N, units) -> (N, units) and the new states."""

    def output(self, inputs: Shape, states: Value = None, training: Value = None) -> Any:
        if isinstance(states, Unknown):
            raise Undecided(states.reason)
        given = (states,) if isinstance(states, Tensor) else tuple(states) if isinstance(states, (tuple, list)) else ()
        if (isinstance(states, Tensor) and self.states > 1) or not all(isinstance(state, Tensor) for state in given):
            raise Undecided(f"the states of {self.label} are not known tensors")
        if len(given) < self.states:
            raise Problem(ARGUMENT, f"{self.label} must be called on its input and {self.states} states, got {len(given)}", blame="states")
        if inputs.rank < 1:
            raise Undecided(f"{self.label} of an input without a batch is not modelled")
        require_known(self, inputs[-1], "number of features", inputs, FEATURE)
        kept = [state.shape for state in given[: self.states]]
        if inputs.rank != 2 or any(state.rank != 2 for state in kept):
            raise Undecided(f"{self.label} of {inputs} and states such as {kept[0]} is not modelled for these ranks")
        unify(kept[0][1], self.units, FEATURE, f"{self.label} has {self.units} units, but its state is {kept[0]}", blame="units")
        result = Shape(inputs[0], self.units)
        for state in kept:
            result = Shape(*(_meet(a, b, f"{self.label} of {inputs} and a state {state}:") for a, b in zip(result, state)))
        return result, (result if isinstance(states, Tensor) else [result] * self.states)

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        require_same(self, inputs[0][-1], built[0][-1], "features", inputs[0], FEATURE)

    def attribute(self, name: str) -> Value:
        if name == "output_size":
            return self.units
        if name == "state_size":
            return self.units if self.states == 1 else (self.units,) * self.states
        return super().attribute(name)


def _meet(a: Dim, b: Dim, what: str) -> Dim:
    """One axis of two tensors that are added; an open size gives way to a known one above 1. Raises Problem."""
    if shows_none(a) or shows_none(b):
        first, other = (a, b) if shows_none(a) else (b, a)
        return first if always_equal(other, 1) or always_equal(other, 0) else other
    return broadcast([Shape(a), Shape(b)], what)[0]


@keras.layer("layers.SimpleRNNCell")
class SimpleRNNCell(Cell):
    """One step of a fully connected recurrence."""

    units: Dim = dim()
    activation: Any = activation_argument("tanh")
    use_bias: Any = flag(True)
    kernel_initializer: Any = ignored("glorot_uniform")
    recurrent_initializer: Any = ignored("orthogonal")
    bias_initializer: Any = ignored("zeros")
    kernel_regularizer: Any = ignored()
    recurrent_regularizer: Any = ignored()
    bias_regularizer: Any = ignored()
    kernel_constraint: Any = ignored()
    recurrent_constraint: Any = ignored()
    bias_constraint: Any = ignored()
    dropout: Any = ignored(0.0)
    recurrent_dropout: Any = ignored(0.0)
    seed: Any = ignored()


@keras.layer("layers.LSTMCell")
class LSTMCell(Cell):
    """One step of long short-term memory; the states are the hidden one and the cell's."""

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
    kernel_constraint: Any = ignored()
    recurrent_constraint: Any = ignored()
    bias_constraint: Any = ignored()
    dropout: Any = ignored(0.0)
    recurrent_dropout: Any = ignored(0.0)
    seed: Any = ignored()
    implementation: Any = ignored(2, keyword=True)


@keras.layer("layers.GRUCell")
class GRUCell(ResetGate, Cell):
    """One step of gated recurrent units."""

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
    kernel_constraint: Any = ignored()
    recurrent_constraint: Any = ignored()
    bias_constraint: Any = ignored()
    dropout: Any = ignored(0.0)
    recurrent_dropout: Any = ignored(0.0)
    reset_after: Any = flag(True)
    seed: Any = ignored()
    implementation: Any = ignored(2, keyword=True)


@keras.type("layers.StackedRNNCells", bases=("layers.Layer",))
class StackedRNNCells:
    """Cells one after the other within a step."""

    def __init__(machine: Machine, self: Ref, cells: Value, **kwargs: Value) -> None:
        LayerType.__init__(machine, self, **kwargs)
        held = tuple(machine.elements(cells))
        for cell in held:
            require_cell(machine, cell, "StackedRNNCells")
        attach(machine, self, cells=machine.new(ListObject(held)))

    def build(machine: Machine, self: Ref, input_shape: Value = None) -> None:
        given = machine.plain(input_shape)
        if not isinstance(given, (tuple, list)) or not given:
            raise Undecided("the input of StackedRNNCells is not a known shape")
        for cell in cells_of(machine, self):
            build_cell(machine, cell, given)
            given = (given[0], output_size(machine, cell))
        attach(machine, self, built=True)

    def call(machine: Machine, self: Ref, inputs: Value, states: Value = None, training: Value = None, **kwargs: Value) -> Value:
        made: list[Value] = []
        for cell, state in zip(cells_of(machine, self), machine.elements(states)):
            several = isinstance(machine.plain(state), (tuple, list))
            result = machine.call(cell, (inputs, state if several else machine.new(ListObject((state,)))))
            if isinstance(result, Unknown):
                return result
            inputs, new = machine.elements(result)
            items = machine.elements(new) if isinstance(machine.plain(new), (tuple, list)) else [new]
            made.append(items[0] if len(items) == 1 and not several else machine.new(ListObject(tuple(items))))
        return inputs, made[0] if len(made) == 1 else machine.new(ListObject(tuple(made)))

    @computed
    def state_size(machine: Machine, self: Ref) -> Value:
        return machine.new(ListObject(tuple(machine.attribute(cell, "state_size") for cell in cells_of(machine, self))))

    @computed
    def output_size(machine: Machine, self: Ref) -> Value:
        held = cells_of(machine, self)
        if not held:
            raise Problem(ARGUMENT, "StackedRNNCells needs at least one cell to have an output", blame="cells")
        return output_size(machine, held[-1])


def cells_of(machine: Machine, stack: Ref) -> list[Value]:
    """The cells of a stack. Raises Undecided."""
    return machine.elements(instance(machine, stack).attributes.get("cells", Unknown("the cells of a stack are not known")))


def optional(machine: Machine, value: Value, name: str) -> Value:
    """An attribute, or MISSING where there surely is none. Raises Undecided."""
    held = machine.contents(value) if isinstance(value, Ref) else None
    bound = held.layer if isinstance(held, Instance) and isinstance(held.cls, LibraryClass) else None
    if isinstance(bound, KerasLayer) and bound.recurrent:
        raise Undecided(f"{bound.label} is used as a cell")
    if bound is not None and not isinstance(bound, Cell):
        return MISSING  # a layer of the library that is no cell
    try:
        return machine.attribute(value, name)
    except Raised as raised:
        if raised.kind != "AttributeError":
            raise
        return MISSING


def require_cell(machine: Machine, cell: Value, label: str) -> None:
    """Refuse what has no ``state_size``. Raises Problem, Undecided."""
    if isinstance(cell, Unknown):
        raise Undecided(cell.reason)
    missing = None
    if not isinstance(cell, Ref):
        missing = "call"
    elif optional(machine, cell, "state_size") is MISSING:
        missing = "state_size"
    if missing is not None:
        given = show(cell) if not isinstance(cell, Ref) else "one without it"
        raise Problem(ARGUMENT, f"{label} needs cells with a {missing} attribute, got {given}", blame="cell")


def state_sizes(machine: Machine, cell: Value) -> tuple[Value, ...]:
    """Sizes of the states that carry over, nested for a stack of cells. Raises Problem, Undecided."""
    size = machine.plain(optional(machine, cell, "state_size"))
    if isinstance(size, Unknown):
        raise Undecided(size.reason)
    if is_size(size):
        return (size,)
    if size is None or isinstance(size, (str, float, Tensor, dict)):
        raise Problem(ARGUMENT, f"state_size of a cell must be an integer or a sequence of integers, got {show(size)}", blame="cell")
    if not isinstance(size, (tuple, list)) or not all(map(_is_state, size)):
        raise Undecided("the state_size of a cell is not known")
    return tuple(size)


def _is_state(size: Value) -> bool:
    return is_size(size) or (isinstance(size, (tuple, list)) and all(map(is_size, size)))


def output_size(machine: Machine, cell: Value) -> Dim:
    """Features that a cell gives. Raises Problem, Undecided."""
    size = optional(machine, cell, "output_size")
    if isinstance(size, Unknown):
        raise Undecided(size.reason)
    if size is MISSING or size is None:
        sizes = state_sizes(machine, cell)
        size = sizes[0] if sizes else None
    if not is_size(size):
        raise Problem(ARGUMENT, f"output_size of a cell must be an integer, got {show(size)}", blame="cell")
    return int(size) if isinstance(size, bool) else size


def build_cell(machine: Machine, cell: Ref, step: Value) -> None:
    """Make a cell's variables for the shape of one step's input, unless it has them. Raises Problem, Undecided."""
    held = instance(machine, cell)
    if held.attributes.get("built") is True or held.built is not None:
        return
    method = optional(machine, cell, "build")
    if isinstance(held.cls, LibraryClass) and isinstance(held.layer, Cell):
        x = to_shape(step)
        require_known(held.layer, x[-1], "number of features", x, FEATURE)
        machine.update(cell, replace(held, built=(x,)))
    elif isinstance(method, Method):
        if isinstance(method.function, Function):
            attach(machine, cell, _building=True)
        machine.call(method, (step,))
        attach(machine, cell, built=True, _building=False)


def to_shape(step: Value) -> Shape:
    """The sizes of one step's input, ``None`` being open. Raises Undecided."""
    return Shape(*to_dims(step, "the shape of a step"))


def step_tensor(sequences: Tensor) -> Tensor:
    """The input of one step."""
    return replace(sequences, shape=Shape(sequences.shape[0], *sequences.shape[2:]), step=None)


def states_of(machine: Machine, sizes: tuple[Value, ...], batch: Dim, like: Tensor) -> list[Value]:
    """Tensors for the states, nested as their sizes are."""
    made: list[Value] = []
    for size in sizes:
        if is_size(size):
            made.append(replace(like, shape=Shape(batch, size), step=None))
        else:
            made.append(machine.new(ListObject(tuple(states_of(machine, tuple(size), batch, like)))))
    return made
