"""Layers that combine several tensors, and their functional forms. Source: https://keras.io/api/layers/merging_layers."""

from __future__ import annotations

from typing import Any

from dimlint.core.axis import expect_equal
from dimlint.core.dim import Dim, Shape, always_equal, never_equal
from dimlint.core.layer import ARGUMENT, Field, Layer, dim, flag, refuse, show
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Machine, Unknown, Value
from dimlint.libraries.keras.base import RANK, KerasLayer, shows_none
from dimlint.libraries.keras.layer import keras
from dimlint.shapes.agree import MERGE, broadcast, concatenate

Shapes = list[Shape]


class Merge(KerasLayer):
    """Element by element: all sizes broadcast, the batch sizes must agree."""

    many = True
    least = 1
    most = 1_000_000

    def output(self, inputs: Shapes) -> Shape:
        self.check_count(inputs)
        if any(shape.rank < 1 for shape in inputs):
            raise Problem(RANK, f"{self.label} of {' and '.join(map(str, inputs))}: a scalar has no batch axis")
        batch = inputs[0][0]
        for shape in inputs[1:]:
            if not (shows_none(batch) or shows_none(shape[0])) and never_equal(batch, shape[0]):
                if self.made and self.keras_version >= 3:
                    raise Undecided(f"{self.label} compares batch sizes at its first call only")
                listed = " and ".join(map(str, inputs))
                raise Problem(MERGE, f"{self.label} of {listed}: batch sizes {batch} and {shape[0]} differ")
            batch = shape[0] if shows_none(batch) else batch
        return Shape(batch, *broadcast([Shape(*shape[1:]) for shape in inputs], self.label, whole=inputs, lenient=shows_none))

    def check_count(self, inputs: Shapes) -> None:
        """Refuse a wrong number of inputs. Raises Problem."""
        if not self.least <= len(inputs) <= self.most:
            wanted = f"exactly {self.least}" if self.least == self.most else f"at least {self.least}"
            raise Problem(ARGUMENT, f"{self.label} needs a list of {wanted} inputs, got {len(inputs)}")


@keras.layer("layers.Add")
class Add(Merge):
    """Sum of the inputs."""


@keras.layer("layers.Subtract")
class Subtract(Merge):
    """Difference of two inputs."""

    least = most = 2


@keras.layer("layers.Multiply")
class Multiply(Merge):
    """Product of the inputs."""


@keras.layer("layers.Average")
class Average(Merge):
    """Mean of the inputs."""


@keras.layer("layers.Maximum")
class Maximum(Merge):
    """Largest of the inputs."""


@keras.layer("layers.Minimum")
class Minimum(Merge):
    """Smallest of the inputs."""


@keras.layer("layers.Concatenate")
class Concatenate(Merge):
    """Inputs one after the other along ``axis``; the other sizes must agree."""

    axis: Dim = dim(-1)

    def output(self, inputs: Shapes) -> Shape:
        self.check_count(inputs)
        first = inputs[0]
        if not isinstance(self.axis, int):
            raise Undecided(f"axis of {self.label} is not known")
        if len(inputs) == 1 and first.rank and self.axis >= -first.rank and (self.axis < first.rank or self.keras_version == 3):
            return first  # nothing is joined: Keras 3 does not look whether there is such an axis
        if any(shape.rank != first.rank for shape in inputs):
            ranks = ", ".join(str(shape) for shape in inputs)
            raise Problem(MERGE, f"{self.label} of inputs with different numbers of dimensions: {ranks}")
        if not -first.rank <= self.axis < first.rank:
            raise Problem(RANK, f"{self.label} axis={self.axis} does not exist in inputs such as {first}", blame="axis")
        return concatenate(inputs, self.axis % first.rank, self.label, lenient=shows_none)


def _axes(value: Value, owner: type[Layer], name: str) -> object:
    if isinstance(value, Unknown):
        return value
    if isinstance(value, int):
        return (value, value)
    if isinstance(value, (tuple, list)) and any(isinstance(item, Unknown) for item in value):
        return Unknown(f"{name} is not known")
    if not isinstance(value, (tuple, list)) or len(value) != 2 or not all(isinstance(item, int) for item in value):
        raise refuse(owner, name, "an integer or two integers", value)
    return tuple(value)


@keras.layer("layers.Dot")
class Dot(Merge):
    """Products summed over one axis of each of two inputs; the batch axis is shared."""

    axes: Any = Field(_axes)
    normalize: Any = flag(False)
    least = most = 2

    def output(self, inputs: Shapes) -> Shape:
        self.check_count(inputs)
        if isinstance(self.axes, Unknown):
            raise Undecided(self.axes.reason)
        (a, b), (i, j) = inputs, self.axes
        if not (-a.rank <= i < a.rank and -b.rank <= j < b.rank):
            raise Problem(RANK, f"{self.label} axes={show(self.axes)} do not exist in inputs {a} and {b}", blame="axes")
        if b.rank < 2:
            raise Problem(RANK, f"{self.label} needs a second input with a batch and a further axis, got {b}")
        i, j = i % a.rank, j % b.rank
        if i == 0 or j == 0:
            doubt(f"{self.label} over the batch axis: Keras builds it, but refuses to run it")
        problem = Problem(MERGE, f"{self.label} of {a} and {b}: size {a[i]} at axis {i} is not size {b[j]} at axis {j}", blame="axes")
        half_open = (shows_none(a[i]) and isinstance(b[j], int)) or (shows_none(b[j]) and isinstance(a[i], int))
        if half_open or (never_equal(a[i], b[j]) and not (shows_none(a[i]) or shows_none(b[j]))):
            raise problem
        if not always_equal(a[i], b[j]):
            expect_equal(a[i], b[j], f"whether {a[i]} equals {b[j]} in {self.label} is not known", problem)
        left, right = list(a), list(b)
        del left[i], right[j], right[:1]
        return Shape(*left, *right) if len(left) + len(right) != 1 else Shape(*left, *right, 1)


def _functional(label: str, *names: str) -> None:
    """Declare ``layers.add(inputs)`` beside ``layers.Add()(inputs)``: it makes such a layer and calls it."""

    def merge(machine: Machine, inputs: Value, *args: Value, **kwargs: Value) -> Value:
        made = machine.call(keras.entries[f"layers.{label}"], (), {**dict(zip(names, args)), **kwargs})
        return made if isinstance(made, Unknown) else machine.call(made, (inputs,))

    merge.__name__ = label.lower()
    keras.function(f"layers.{merge.__name__}")(merge)


for _layer in (Add, Subtract, Multiply, Average, Maximum, Minimum):
    _functional(_layer.label)
_functional("Concatenate", "axis")


@keras.function("layers.dot")
def dot(machine: Machine, inputs: Value, axes: Value = -1, normalize: Value = False, **kwargs: Value) -> Value:
    """``Dot`` as a function: it makes such a layer and calls it."""
    made = machine.call(keras.entries["layers.Dot"], (axes,), {"normalize": normalize, **kwargs})
    return made if isinstance(made, Unknown) else machine.call(made, (inputs,))
