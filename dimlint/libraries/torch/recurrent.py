# mypy: disable-error-code=misc
"""Recurrent layers and their cells.

Methods of declared types take the machine before the object itself, which mypy's rule for ``self`` does not foresee.
"""

from __future__ import annotations

from collections.abc import Sequence as Items
from dataclasses import replace
from typing import Any

from dimlint.core.dim import Dim, Shape, less, never_positive
from dimlint.core.layer import ARGUMENT, Field, Layer, choice, dim, flag, ignored, refuse, unify
from dimlint.core.opening import OpenShape, open_shape
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Machine, Ref, Tensor, Unknown, Value
from dimlint.libraries.torch.arguments import FEATURES, MERGE, NONPOSITIVE, needs, probability, refuse_rank
from dimlint.libraries.torch.module import instance, torch
from dimlint.libraries.torch.packed import batch_of, is_even, make, packed_parts
from dimlint.libraries.torch.parameters import Parametrized
from dimlint.shapes.select import require_few

_ABSENT: Any = object()


def refused() -> Any:
    """An argument that the signature lets through and the constructor refuses."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if value is _ABSENT:
            return 0
        raise refuse(owner, name, "left out, as only LSTM has it", value)

    return Field(convert, _ABSENT, True)


@torch.type("nn.RNNBase", bases=("nn.Module",))
class RNNBase:
    """Base of the recurrent layers."""


@torch.type("nn.RNNCellBase", bases=("nn.Module",))
class RNNCellBase:
    """Base of the recurrent cells."""


class RecurrentMethods:
    """A recurrent layer as it is called: on a tensor, or on a packed sequence."""

    def forward(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        given = args[0] if args else kwargs.get("input")
        fields = packed_parts(machine, given)
        if fields is None or not isinstance(given, Ref):
            return machine.apply(self, args, kwargs)
        return on_packed(machine, self, given, fields, args[1] if len(args) > 1 else kwargs.get("hx"))

    def flatten_parameters(machine: Machine, self: Ref) -> None:
        return None


def on_packed(machine: Machine, self: Ref, packed: Ref, fields: Items[Value], state: Value) -> Value:
    """A packed sequence and states -> a packed sequence and states, as for the padded one."""
    layer, (data, sizes) = instance(machine, self).layer, fields[:2]
    if not isinstance(layer, Sequence) or not isinstance(data, Tensor) or not isinstance(sizes, Tensor) or sizes.shape.rank != 1:
        raise Undecided("what a packed sequence holds is not known")
    if data.shape.rank != 2:
        problem = refuse_rank(layer.label, "the packed data (steps, input_size) of a 3-d input", data.shape)
        raise Undecided(problem.message) if isinstance(layer, LSTM) else problem
    batch = batch_of(machine, packed)
    frame = (batch, sizes.shape[0]) if layer.batch_first else (sizes.shape[0], batch)
    padded = replace(data, shape=Shape(*frame, data.shape[1]))
    even = is_even(machine, packed)
    _require_features(layer, padded.shape, even)
    state = _taken(layer, padded, machine.plain(state), batch, in_order=fields[2] is None)
    output, after = machine.apply(self, (padded, state), {})
    return make(machine, (replace(output, shape=Shape(data.shape[0], output.shape[-1])), *fields[1:]), batch, even=even), after


def _require_features(layer: Sequence, padded: Shape, even: bool) -> None:
    """The checks of the padded sequence; the kernel for sequences of one length does not look at the features. Raises Undecided."""
    try:
        layer.sequence(padded)
    except Problem as problem:
        if even and isinstance(layer, LSTM):
            raise Undecided(f"sequences of one length are not checked: {problem.message}") from None
        raise


def _taken(layer: Sequence, padded: Tensor, state: Value, batch: Dim, *, in_order: bool) -> Value:
    """The states as the kernels take them: those of sequences that are sorted are picked out first. Raises Undecided."""
    if isinstance(state, Tensor) and state.shape.rank == 3 and not in_order and less(state.shape[1], batch) is False:
        state = replace(state, shape=Shape(state.shape[0], batch, state.shape[2]))
    if isinstance(layer, LSTM) and not isinstance(state, Unknown):
        try:
            layer.output(padded.shape, state)
        except Problem as problem:  # a packed LSTM leaves it to its kernel whether states fit
            raise Undecided(problem.message) from None
    return state


def require_input_size(x: Shape, input_size: Dim, label: str) -> None:
    """The last axis of the input must be ``input_size`` long."""
    message = f"{label} has input_size={input_size}, but the last axis of the input {x} is {x[-1]}{needs('input_size', x[-1])}"
    unify(x[-1], input_size, FEATURES, message, blame="input_size")


class Sequence(Parametrized):
    """What the recurrent layers share: (L, N, input_size), or (N, L, input_size) with ``batch_first``.

    gates: how many maps each step needs.
    """

    gates = 1
    flags = frozenset({"bias"})
    input_size: Dim
    hidden_size: Dim
    num_layers: Dim
    bias: bool
    batch_first: bool
    bidirectional: bool
    proj_size: Dim

    def check(self) -> None:
        for name in ("input_size", "hidden_size", "num_layers"):
            if never_positive(getattr(self, name)):
                raise Problem(ARGUMENT, f"{self.label} {name} must be greater than zero, got {getattr(self, name)}", blame=name)
        if isinstance(self.proj_size, int) and self.proj_size < 0:
            raise Problem(ARGUMENT, f"{self.label} proj_size must not be negative, got {self.proj_size}", blame="proj_size")
        if less(self.proj_size, self.hidden_size) is False:
            message = f"{self.label} proj_size={self.proj_size} must be smaller than hidden_size={self.hidden_size}"
            raise Problem(ARGUMENT, message, blame="proj_size")

    @property
    def directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def width(self) -> Dim:
        """Features of the hidden state that goes out."""
        projected = isinstance(self.proj_size, int) and self.proj_size > 0
        return self.proj_size if projected else self.hidden_size

    def sequence(self, x: Shape) -> tuple[Shape, Shape]:
        """Shapes of the output and of a state of ``width`` features, the input checked."""
        if x.rank not in (2, 3):
            raise refuse_rank(self.label, "a 3-d input (L, N, input_size), or a 2-d one without the batch", x)
        require_input_size(x, self.input_size, self.label)
        batched = x.rank == 3
        steps = x[1] if batched and self.batch_first else x[0]
        if never_positive(steps):
            raise Problem(NONPOSITIVE, f"{self.label} needs a sequence of at least 1 step, got the input {x}")
        batch = () if not batched else (x[0],) if self.batch_first else (x[1],)
        return Shape(*x[:-1], self.width * self.directions), Shape(self.num_layers * self.directions, *batch, self.width)

    def assume(self) -> list[Shape]:
        leading = ("N", "T") if self.batch_first is True else ("T", "N")
        return [open_shape(*leading, self.input_size), open_shape("T", self.input_size)]

    def require_state(self, given: Value, wanted: Shape, name: str, width: str) -> None:
        """A state that is given has exactly the wanted shape. ``width``: the argument that its last axis comes from."""
        if not isinstance(given, Tensor):
            return
        layers = "2 * num_layers" if self.bidirectional else "num_layers"
        needed = f"{name} of shape ({layers}, {'N, ' if wanted.rank == 3 else ''}{width}) = {wanted}"
        if given.shape.rank != wanted.rank:
            raise refuse_rank(self.label, needed, given.shape)
        for actual, size in zip(given.shape, wanted):
            unify(actual, size, MERGE, f"{self.label} needs {needed}, got {given.shape}")

    def weights(self, x: Shape) -> dict[str, Shape]:
        rows, width = self.hidden_size * self.gates, self.width
        found: dict[str, Shape] = {}
        if not isinstance(self.num_layers, int):
            return found
        require_few(self.num_layers)
        for layer in range(self.num_layers):
            features = self.input_size if layer == 0 else width * self.directions
            for suffix in ("", "_reverse")[: self.directions]:
                end = f"l{layer}{suffix}"
                found |= {f"weight_ih_{end}": Shape(rows, features), f"weight_hh_{end}": Shape(rows, width)}
                if self.bias:
                    found |= {f"bias_ih_{end}": Shape(rows), f"bias_hh_{end}": Shape(rows)}
                if self.proj_size != 0:
                    found[f"weight_hr_{end}"] = Shape(width, self.hidden_size)
        return found


class OneState(Sequence):
    """A recurrent layer with one state."""

    def output(self, x: Shape, hx: Value = None) -> tuple[Shape, Shape]:
        out, state = self.sequence(x)
        self.require_state(hx, state, "a hidden state", "hidden_size")
        return out, state


@torch.layer("nn.RNN", base="nn.RNNBase", methods=RecurrentMethods)
class RNN(OneState):
    """Elman network: (L, N, input_size) -> (L, N, D * hidden_size) and the last state (D * num_layers, N, hidden_size)."""

    input_size: Dim = dim()
    hidden_size: Dim = dim()
    num_layers: Dim = dim(1)
    nonlinearity: Value = choice("tanh", "relu", default="tanh")
    bias: bool = flag(True)
    batch_first: bool = flag(False)
    dropout: Value = probability(0.0)
    bidirectional: bool = flag(False)
    device: object = ignored()
    dtype: object = ignored()
    proj_size: Dim = refused()


@torch.layer("nn.GRU", base="nn.RNNBase", methods=RecurrentMethods)
class GRU(OneState):
    """Gated recurrent units: (L, N, input_size) -> (L, N, D * hidden_size) and the last state (D * num_layers, N, hidden_size)."""

    gates = 3
    input_size: Dim = dim()
    hidden_size: Dim = dim()
    num_layers: Dim = dim(1)
    bias: bool = flag(True)
    batch_first: bool = flag(False)
    dropout: Value = probability(0.0)
    bidirectional: bool = flag(False)
    device: object = ignored()
    dtype: object = ignored()
    proj_size: Dim = refused()


@torch.layer("nn.LSTM", base="nn.RNNBase", methods=RecurrentMethods)
class LSTM(Sequence):
    """Long short-term memory: (L, N, input_size) -> (L, N, D * hidden_size) and the last states (h, c)."""

    gates = 4
    input_size: Dim = dim()
    hidden_size: Dim = dim()
    num_layers: Dim = dim(1)
    bias: bool = flag(True)
    batch_first: bool = flag(False)
    dropout: Value = probability(0.0)
    bidirectional: bool = flag(False)
    proj_size: Dim = dim(0)
    device: object = ignored()
    dtype: object = ignored()

    def output(self, x: Shape, hx: Value = None) -> tuple[Shape, tuple[Shape, Shape]]:
        out, state = self.sequence(x)
        cell = Shape(*state[:-1], self.hidden_size)
        if isinstance(hx, (tuple, list)) and len(hx) == 2:
            self.require_state(hx[0], state, "a hidden state", "hidden_size" if self.width is self.hidden_size else "proj_size")
            self.require_state(hx[1], cell, "a cell state", "hidden_size")
        elif (isinstance(hx, Tensor) and not isinstance(hx.shape, OpenShape)) or (isinstance(hx, (tuple, list)) and len(hx) != 2):
            given = f"one tensor {hx.shape}" if isinstance(hx, Tensor) else f"{len(hx)} items"
            raise Problem(ARGUMENT, f"{self.label} needs its state as a pair (h, c) of shapes {state} and {cell}, got {given}", blame="hx")
        return out, (state, cell)


class Cell(Parametrized):
    """What the cells share: one step, (N, input_size) -> (N, hidden_size)."""

    gates = 1
    flags = frozenset({"bias"})
    input_size: Dim
    hidden_size: Dim
    bias: bool

    def check(self) -> None:
        for name in ("input_size", "hidden_size"):
            size = getattr(self, name)
            if isinstance(size, int) and size < 0:
                raise Problem(ARGUMENT, f"{self.label} {name} must not be negative, got {size}", blame=name)

    def step(self, x: Shape, *states: Value) -> Shape:
        """The shape of the new state, input and given states checked."""
        if x.rank not in (1, 2):
            raise refuse_rank(self.label, "a 2-d input (N, input_size), or a 1-d one without the batch", x)
        require_input_size(x, self.input_size, self.label)
        state = Shape(*x[:-1], self.hidden_size)
        for given in states:
            if isinstance(given, Tensor):
                if given.shape.rank != x.rank:
                    raise refuse_rank(self.label, f"a state of shape {state}", given.shape)
                for actual, size in zip(given.shape, state):
                    unify(actual, size, MERGE, f"{self.label} needs a state of shape {state}, got {given.shape}")
        return state

    def weights(self, x: Shape) -> dict[str, Shape]:
        rows = self.hidden_size * self.gates
        biases = {"bias_ih": Shape(rows), "bias_hh": Shape(rows)} if self.bias else {}
        return {"weight_ih": Shape(rows, self.input_size), "weight_hh": Shape(rows, self.hidden_size)} | biases


class OneStateCell(Cell):
    """A cell with one state."""

    def output(self, input: Shape, hx: Value = None) -> Shape:
        return self.step(input, hx)


@torch.layer("nn.RNNCell", base="nn.RNNCellBase")
class RNNCell(OneStateCell):
    """One step of an Elman network: (N, input_size) -> (N, hidden_size)."""

    input_size: Dim = dim()
    hidden_size: Dim = dim()
    bias: bool = flag(True)
    nonlinearity: Value = choice("tanh", "relu", default="tanh")
    device: object = ignored()
    dtype: object = ignored()


@torch.layer("nn.GRUCell", base="nn.RNNCellBase")
class GRUCell(OneStateCell):
    """One step of gated recurrent units: (N, input_size) -> (N, hidden_size)."""

    gates = 3
    input_size: Dim = dim()
    hidden_size: Dim = dim()
    bias: bool = flag(True)
    device: object = ignored()
    dtype: object = ignored()


@torch.layer("nn.LSTMCell", base="nn.RNNCellBase")
class LSTMCell(Cell):
    """One step of long short-term memory: (N, input_size) -> (h, c), both (N, hidden_size)."""

    gates = 4
    input_size: Dim = dim()
    hidden_size: Dim = dim()
    bias: bool = flag(True)
    device: object = ignored()
    dtype: object = ignored()

    def output(self, input: Shape, hx: Value = None) -> tuple[Shape, Shape]:
        states = tuple(hx) if isinstance(hx, (tuple, list)) else ()
        state = self.step(input, *states)
        return state, state
