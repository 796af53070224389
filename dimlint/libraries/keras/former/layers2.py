"""What Keras 2 does otherwise, judged by tf_keras 2.21 on symbolic inputs. Source: https://github.com/keras-team/tf-keras.

Each class holds the members of a declaration, or of a family, that differ; ``versions.at_version`` puts them in front.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from dimlint.core.dim import Dim, Shape, always_equal, never_equal, unknown_dim
from dimlint.core.layer import ARGUMENT, Field, number, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value
from dimlint.libraries.keras import activation, core, merging, multihead, normalization, pooling, recurrent, reshaping
from dimlint.libraries.keras.base import RANK, KerasLayer, positive, shows_none
from dimlint.libraries.keras.former.versions import former, whole
from dimlint.libraries.keras.merging import Shapes
from dimlint.shapes.agree import MERGE, broadcast


@former(2, pooling.AdaptivePooling, normalization.RMSNormalization, multihead.GroupQueryAttention)
class Missing(KerasLayer):
    """Came with Keras 3."""

    def check(self) -> None:
        raise Undecided(f"Keras 2 has no {self.label}")


@former(2, core.Dense)
class Dense(core.Dense):
    """``units=0`` makes an empty output."""

    units: Dim = whole(core.Dense.fields["units"])

    def check(self) -> None:
        positive(self, self.units, "units", zero=True)


@former(2, core.Dropout)
class Dropout(core.Dropout):
    """``rate=None`` passes."""

    rate: Any = Field(lambda value, owner, name: value if value is None else core.Dropout.fields["rate"].convert(value, owner, name))


@former(2, *(getattr(merging, name) for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")))
class Merge(merging.Merge):
    """Open sizes are as large as the others say, as TensorFlow broadcasts."""

    def output(self, inputs: Shapes) -> Shape:
        result = super().output(inputs)
        if any(shows_none(size) for shape in inputs for size in shape):
            aligned = [Shape(shape[0], *(1,) * (result.rank - shape.rank), *shape[1:]) for shape in inputs]
            return Shape(*(reduce(self.joined, sizes) for sizes in zip(*aligned)))
        return result

    def joined(self, a: Dim, b: Dim) -> Dim:
        """One size of two. Raises Problem(merge-mismatch)."""
        if shows_none(a) or shows_none(b):
            a, b = (b, a) if shows_none(a) else (a, b)
            return a if isinstance(a, int) and a > 1 else b
        return broadcast([Shape(a), Shape(b)], self.label)[0]


@former(2, merging.Concatenate)
class Concatenate(merging.Concatenate):
    """Open sizes beside the axis are what the other inputs say."""

    def output(self, inputs: Shapes) -> Shape:
        dims = list(super().output(inputs))
        for index, size in enumerate(dims):
            if shows_none(size) and index != self.axis % len(dims):
                dims[index] = next((shape[index] for shape in inputs if not shows_none(shape[index])), size)
        return Shape(*dims)


@former(2, merging.Dot)
class Dot(merging.Dot):
    """The batch axis is refused, and so are batches of different sizes."""

    def output(self, inputs: Shapes) -> Shape:
        result = super().output(inputs)
        a, b = inputs[0], inputs[1]
        if not (shows_none(a[0]) or shows_none(b[0])) and never_equal(a[0], b[0]):
            raise Problem(MERGE, f"{self.label} of {a} and {b}: batch sizes {a[0]} and {b[0]} differ")
        if any(always_equal(axis % shape.rank, 0) for axis, shape in zip(self.axes, inputs)):
            raise Problem(ARGUMENT, f"{self.label} over the batch axis: axes={show(self.axes)} of {a} and {b}", blame="axes")
        return result


@former(2, reshaping.Flatten)
class Flatten(reshaping.Flatten):
    """An open size leaves the product open, also beside a zero."""

    def output(self, x: Shape) -> Shape:
        if x.rank < 1:
            raise Undecided(f"{self.label} of {x} is not modelled for Keras 2")
        open_ = any(map(shows_none, x[1:])) and any(always_equal(size, 0) for size in x[1:])
        return Shape(x[0], unknown_dim("None", none=True)) if open_ else super().output(x)


@former(2, reshaping.Reshape)
class Reshape(reshaping.Reshape):
    """``None`` is no size of a new shape; negative ones are not checked."""

    def check(self) -> None:
        """Nothing is refused."""

    def output(self, x: Shape) -> Shape:
        if not isinstance(self.target_shape, Unknown):
            if any(map(shows_none, self.target_shape)):
                text = f"{self.label} target_shape must hold integers in Keras 2, got {show(self.target_shape)}. Needs -1 for an open size"
                raise Problem(ARGUMENT, text, blame="target_shape")
            try:
                super().check()
            except Problem as problem:
                raise Undecided(f"Keras 2 may not refuse: {problem.message}") from None
        return super().output(x)


@former(2, reshaping.RepeatVector)
class RepeatVector(reshaping.RepeatVector):
    """Any number passes; below zero it gives an open size."""

    def check(self) -> None:
        """Nothing is refused."""

    def output(self, x: Shape) -> Shape:
        result = super().output(x)
        if not always_equal(self.n, 0):
            try:
                positive(self, self.n, "n")
            except Problem as problem:
                raise Undecided(f"Keras 2 does not refuse: {problem.message}") from None
        return result


@former(1, recurrent.Recurrent)
@former(2, recurrent.Recurrent)
class Recurrent(recurrent.Recurrent):
    """``unroll`` needs a fixed number of steps."""

    def output(self, x: Shape, initial_state: Value = None, mask: Value = None, training: Value = None) -> Any:
        result = super().output(x, initial_state)
        if getattr(self, "unroll", False) is True and shows_none(x[1]):
            text = f"{self.label} with unroll=True needs a fixed number of steps in Keras {self.keras_version}, but the input is {x}"
            raise Problem(ARGUMENT, text, blame="unroll")
        if always_equal(x[1], 0):
            raise Undecided(f"{self.label} of no steps is not modelled for former versions")
        return result


@former(2, activation.Softmax)
class Softmax(activation.Softmax):
    """The axis must exist."""

    axis: Any = number(-1)

    def output(self, x: Shape, training: object = None, mask: object = None) -> Shape:
        if isinstance(self.axis, int) and not -x.rank <= self.axis < x.rank:
            raise Problem(RANK, f"{self.label} axis={self.axis} does not exist in the input {x} with {x.rank} dimensions", blame="axis")
        return x


@former(2, normalization.LayerNormalization, normalization.UnitNormalization)
class DistinctAxes(normalization.Normalization):
    """No axis twice."""

    def output(self, x: Shape, training: Any = None, mask: Any = None) -> Shape:
        result = super().output(x)
        axes_ = {axis % x.rank for axis in self.axis}
        if len(axes_) < len(self.axis):
            raise Problem(ARGUMENT, f"{self.label} names an axis twice: axis={show(self.axis)} of {x}", blame="axis")
        if 0 in axes_ and len(axes_) > 1:
            raise Undecided(f"{self.label} over the batch axis is not modelled for Keras 2")
        return result
