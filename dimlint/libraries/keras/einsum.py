"""Products with a kernel by an equation. Source: https://keras.io/api/layers/core_layers/einsum_dense."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Dim, Shape, always_equal, never_equal, product, unknown_dim
from dimlint.core.layer import ARGUMENT, Field, Layer, ignored, plain, refuse, show
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Unknown, Value, is_size
from dimlint.libraries.keras.base import FEATURE, KerasLayer, activation_argument, rank_problem, require_known, require_same, shows_none
from dimlint.libraries.keras.layer import keras

_EQUATION = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")


@dataclass(frozen=True)
class Terms:
    """The letters of input, kernel and output. left: whether an ellipsis stands for leading axes."""

    input: str
    kernel: str
    output: str
    left: bool


@dataclass(frozen=True)
class Projection:
    """What an equation makes of an input: the output, and the variables."""

    output: Shape
    kernel: Shape
    bias: Shape | None

    def weights(self, prefix: str = "") -> dict[str, Shape]:
        """Names and shapes of the variables."""
        bias = {} if self.bias is None else {f"{prefix}bias": self.bias}
        return {f"{prefix}kernel": self.kernel} | bias


def terms_of(layer: Layer, equation: Value) -> Terms:
    """The parts of an equation; as in Keras, what follows a complete one is not looked at. Raises Problem, Undecided."""
    if isinstance(equation, Unknown):
        raise Undecided(equation.reason)
    found = _EQUATION.match(equation) if isinstance(equation, str) else None
    if found is not None:
        before, given, after, kernel, begin, output, end = found.groups()
        plainly = not (before or after or begin)
        leading = before and begin and not after
        trailing = after and end and not (before or begin) and len(given) > 1
        if plainly or leading or trailing:
            return Terms(given, kernel, output, bool(leading))
    forms = "'ab,bc->ac', '...b,bc->...c' or 'ab...,bc->ac...', without spaces"
    raise Problem(ARGUMENT, f"{layer.label} equation {show(equation)} is not understood. Needs the form {forms}", blame="equation")


def project(layer: KerasLayer, terms: Terms, bias_axes: str | None, x: Shape, given: Sequence[Dim]) -> Projection:
    """What the equation makes of the input, ``given`` being the output's sizes behind the batch. Raises Problem.

    Sizes are found by position: an ellipsis on the left shifts them (and Keras tells the axes that it stands for, the batch apart, from
    last to first), whatever else is too many stands at the end.
    """
    extra = x.rank - len(terms.input)
    out = [*x[:1], *given]
    if extra > 0:
        out = [*out[:1], *reversed(x[1:extra]), *out[1:]] if terms.left else [*out, *x[-extra:]]
    shift = extra if terms.left else 0
    try:
        sizes = {letter: x[index + shift - (x.rank if terms.left else 0)] for index, letter in enumerate(terms.input)}
        places = {letter: index + shift for index, letter in enumerate(terms.output)}
        made = {letter: out[index] for letter, index in places.items() if index < len(out)}
        for letter in terms.input:
            if letter in terms.output:
                _agree(layer, letter, sizes[letter], made[letter], x)
        stray = next((letter for letter in terms.output if letter not in terms.input + terms.kernel), None)
        if stray is not None:
            raise KeyError(stray)
        kernel = Shape(*(made[letter] if letter in terms.output else sizes[letter] for letter in terms.kernel))
        bias = None if bias_axes is None else _bias(layer, terms, bias_axes, made, 0 if terms.left else extra)
    except IndexError:
        raise rank_problem(layer, x, f"{len(terms.input)} dimensions", x.rank > len(terms.input)) from None
    except KeyError as missing:
        message = f"{layer.label}: the size of axis {missing.args[0]!r} is neither given by the input {x} nor by output_shape"
        raise Problem(ARGUMENT, message, blame="equation") from None
    for size in (*kernel, *(bias or ())):
        require_known(layer, size, "sizes of the axes that the kernel spans", x, FEATURE)
    return Projection(Shape(*out), kernel, bias)


def _agree(layer: KerasLayer, letter: str, before: Dim, after: Dim, x: Shape) -> None:
    """Refuse an axis that input and output share with two sizes; an open size of the output fits any. Raises Problem."""
    if shows_none(after):
        return
    if layer.made and layer.eager and never_equal(before, after):
        raise Undecided(f"{layer.label} compares output_shape with its input at its first call only")
    if shows_none(before) or never_equal(before, after):
        message = f"{layer.label}: axis {letter!r} is {before} in the input {x}, but {after} in output_shape"
        raise Problem(FEATURE, message, blame="output_shape")
    if not always_equal(before, after):
        doubt(f"whether {before} equals {after} is not known")


def _bias(layer: Layer, terms: Terms, axes: str, made: dict[str, Dim], trailing: int) -> Shape:
    """Shape of the bias: from its first axis on, 1 where it is the same for all. Raises Problem, KeyError."""
    strange = next((letter for letter in axes if letter not in terms.output), None)
    if strange is not None or not axes:
        message = f"{layer.label} bias_axes={axes!r} must be among the output's axes {terms.output!r}"
        raise Problem(ARGUMENT, message, blame="bias_axes")
    for letter in terms.output:
        made[letter]
    first = min(terms.output.index(letter) for letter in axes)
    return Shape(*(made[letter] if letter in axes else 1 for letter in terms.output[first:]), *(1,) * max(trailing, 0))


def _output_sizes(value: Value, owner: type[Layer], name: str) -> object:
    """The sizes of the output behind the batch; ``None`` is open."""
    if isinstance(value, (Unknown, str)):
        return value
    if is_size(value):
        return (value,)
    if not isinstance(value, (tuple, list)):
        raise refuse(owner, name, "an integer or a tuple of integers", value)
    return tuple(unknown_dim("None", none=True) if size is None else size for size in value)


@keras.layer("layers.EinsumDense")
class EinsumDense(KerasLayer):
    """A product with a kernel by an equation such as ``abc,cd->abd``; an ellipsis stands for leading axes."""

    compared = False
    equation: Any = plain()
    output_shape: Any = Field(_output_sizes)
    activation: Any = activation_argument()
    bias_axes: Any = plain(None)
    kernel_initializer: Any = ignored("glorot_uniform")
    bias_initializer: Any = ignored("zeros")
    kernel_regularizer: Any = ignored()
    bias_regularizer: Any = ignored()
    kernel_constraint: Any = ignored()
    bias_constraint: Any = ignored()
    lora_rank: Any = plain(None)
    lora_alpha: Any = ignored()
    gptq_unpacked_column_size: Any = ignored()
    quantization_config: Any = plain(None)

    def output(self, x: Shape) -> Shape:
        return self.solve(x).output

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        now, before = inputs[0], built[0]
        if now.rank != before.rank:
            raise rank_problem(self, now, f"{before.rank} dimensions", now.rank > before.rank)
        old, new = self.solve(before).kernel, self.solve(now).kernel
        for actual, expected in zip(new, old):
            if self.eager and never_equal(actual, expected) and not never_equal(product(now) % expected, 0):
                raise Undecided(f"TensorFlow may reshape the input of {self.label} to fit its kernel")
            require_same(self, actual, expected, "as a size of the kernel", now, FEATURE)

    def weights(self, x: Shape) -> dict[str, Shape]:
        if self.lora_rank is not None or self.quantization_config is not None:
            raise Undecided(f"the variables of {self.label} with lora_rank or quantization_config are not modelled")
        return self.solve(x).weights()

    def solve(self, x: Shape) -> Projection:
        """What the equation makes of an input. Raises Problem, Undecided."""
        if isinstance(self.output_shape, Unknown) or isinstance(self.bias_axes, Unknown):
            raise Undecided(f"the arguments of {self.label} are not known")
        if not isinstance(self.output_shape, tuple) or not all(map(is_size, self.output_shape)):
            raise Undecided(f"output_shape of {self.label} is not known")
        if self.bias_axes is not None and not isinstance(self.bias_axes, str):
            raise Undecided(f"bias_axes of {self.label} is not a string")
        if x.rank < 1:
            raise Undecided(f"{self.label} of a scalar is not modelled")
        found = project(self, terms_of(self, self.equation), self.bias_axes, x, self.output_shape)
        if any(isinstance(size, int) and size < 0 for size in (*found.kernel, *found.output)):
            message = f"{self.label} output_shape must not be negative, got {show(self.output_shape)}"
            raise Problem(ARGUMENT, message, blame="output_shape")
        return found
