"""Layers that turn categories and words into numbers, and scale numbers. Source: https://keras.io/api/layers/preprocessing_layers.

What they learn by ``adapt`` is not known here: a size that depends on it is a symbol afterwards, and ``None`` before, as Keras shows it.
"""

from __future__ import annotations

from typing import Any

from dimlint.core.dim import Dim, Shape, always_equal, never_equal, unknown_dim
from dimlint.core.layer import ARGUMENT, REQUIRED, Field, Layer, choice, ignored, plain, refuse, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value, is_size
from dimlint.libraries.keras.augmentation import is_plain
from dimlint.libraries.keras.base import FEATURE, RANK, KerasLayer, shows_none
from dimlint.libraries.keras.core import Same
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.learning import Learning, Learns

Shapes = list[Shape]
BAGS = ("multi_hot", "count")
"""Output modes that put all values of a sample into one vector."""


def known(layer: KerasLayer, name: str) -> Any:
    """An argument that the shape depends on. Raises Undecided."""
    value = getattr(layer, name)
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    return value


def one_hot(x: Shape, depth: Dim) -> Shape:
    """A vector in place of each value, or of a last axis of 1. Raises Undecided."""
    if x.rank < 2 or shows_none(x[-1]) or never_equal(x[-1], 1):
        return Shape(*x, depth)
    if not always_equal(x[-1], 1):
        raise Undecided(f"whether the last axis of {x} is 1 is not known")
    return Shape(*x[:-1], depth)


def refuse_sparse(layer: Any) -> None:
    """Sparse results are for encoded values only. Raises Problem."""
    if layer.sparse is True and layer.output_mode == "int":
        raise Problem(ARGUMENT, f"{layer.label} sparse=True needs another output_mode than 'int'", blame="sparse")


def count(low: int, *, none: bool = False, default: object = REQUIRED, whole: bool = True) -> Any:
    """A number of at least ``low``; ``none``: or None. whole: fractions cannot be the size of an axis."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if not is_plain(value) or (none and value is None):
            return value
        if not isinstance(value, (int, float)) or value < low or (whole and isinstance(value, float)):
            raise refuse(owner, name, f"an integer of at least {low}", value)
        return value

    return Field(convert, default)


@keras.layer("layers.CategoryEncoding")
class CategoryEncoding(KerasLayer):
    """Numbers of classes as vectors: (*, L) -> (*, num_tokens), or (*, L, num_tokens) for ``one_hot``."""

    num_tokens: Any = count(1, none=True, default=None)
    output_mode: Any = choice("count", "one_hot", "multi_hot", "binary", default="multi_hot")
    sparse: Any = ignored(False)

    def check(self) -> None:
        if self.num_tokens is None:
            raise Problem(ARGUMENT, f"{self.label} needs num_tokens", blame="num_tokens")

    def output(self, x: Shape, count_weights: object = None) -> Shape:
        mode, depth = known(self, "output_mode"), known(self, "num_tokens")
        if x.rank == 0:
            return Shape(depth)
        if mode == "one_hot":
            return one_hot(x, depth)
        return Shape(*x[:-1], depth)


@keras.layer("layers.Discretization", methods=Learns)
class Discretization(Learning):
    """Numbers as the bins that they fall into, by ``bin_boundaries`` or by ``num_bins`` that ``adapt`` learns."""

    bin_boundaries: Any = plain(None)
    num_bins: Any = count(0, none=True, default=None, whole=False)
    epsilon: Any = ignored(0.01)
    output_mode: Any = choice("int", "one_hot", *BAGS, default="int")
    sparse: Any = ignored(False)
    dtype: Any = ignored()
    name: Any = ignored()

    def check(self) -> None:
        refuse_sparse(self)
        if isinstance(self.bin_boundaries, Unknown) or isinstance(self.num_bins, Unknown):
            return
        if (self.bin_boundaries is None) == (self.num_bins is None):
            raise Problem(ARGUMENT, f"{self.label} needs either bin_boundaries or num_bins", blame="num_bins")

    def output(self, x: Shape) -> Shape:
        mode = known(self, "output_mode")
        if mode == "int":
            return x
        boundaries, bins = known(self, "bin_boundaries"), known(self, "num_bins")
        if boundaries is None and self.adapted:
            depth: Dim = unknown_dim("bins", low=1)
        elif isinstance(boundaries, (tuple, list)) or is_size(bins):
            depth = bins if boundaries is None else len(boundaries) + 1
        else:
            raise Undecided(f"the number of bins of {self.label} is not known")
        if mode == "one_hot":
            return one_hot(x, depth)
        return Shape(x[0], *x[2:], depth) if x.rank >= 2 else Shape(depth)


def _salt(value: Value, owner: type[Layer], name: str) -> object:
    """An integer, or two of them."""
    if is_plain(value) and value is not None and not isinstance(value, int) and not (isinstance(value, (tuple, list)) and len(value) == 2):
        raise refuse(owner, name, "an integer or two integers", value)
    return value


@keras.layer("layers.Hashing")
class Hashing(KerasLayer):
    """Values as the numbers of bins: the same shape, or (*, num_bins) encoded."""

    num_bins: Any = count(1, whole=False)
    mask_value: Any = ignored()
    salt: Any = Field(_salt, None)
    output_mode: Any = choice("int", "one_hot", *BAGS, default="int")
    sparse: Any = ignored(False)

    def check(self) -> None:
        refuse_sparse(self)
        if isinstance(self.num_bins, float) and 0 < self.num_bins < 1:
            raise refuse(type(self), "num_bins", "positive", self.num_bins)

    def output(self, x: Shape) -> Shape:
        if known(self, "output_mode") == "int":
            return x
        depth = known(self, "num_bins")
        if not is_size(depth):
            raise Problem(ARGUMENT, f"{self.label} num_bins must be an integer, got {show(depth)}", blame="num_bins")
        return Shape(*x[:-1], depth)


@keras.layer("layers.HashedCrossing")
class HashedCrossing(KerasLayer):
    """Two values as the number of a bin: (N, 1) and (N, 1) -> (N, 1), or (N, num_bins) encoded."""

    many = True
    num_bins: Any = plain()
    output_mode: Any = choice("int", "one_hot", default="int")
    sparse: Any = ignored(False)
    name: Any = ignored()
    dtype: Any = ignored()

    def output(self, inputs: Shapes) -> Shape:
        mode = known(self, "output_mode")
        if len(inputs) != 2:
            raise Problem(ARGUMENT, f"{self.label} needs a list of exactly two inputs, got {len(inputs)}")
        first, second = inputs
        if first.rank == 0 or second.rank == 0:
            raise Problem(RANK, f"{self.label} needs inputs of at least one dimension, got {first} and {second}")
        if shows_none(first[-1]) and shows_none(second[-1]):
            same = True
        elif shows_none(first[-1]) or shows_none(second[-1]):
            same = False
        elif isinstance(first[-1], int) and isinstance(second[-1], int):
            same = first[-1] == second[-1]
        else:
            raise Undecided(f"whether {first} and {second} are alike is not known")
        if not same:
            raise Problem("merge-mismatch", f"{self.label} needs two inputs of one shape, got {first} and {second}")
        if mode == "int":
            return first
        depth = known(self, "num_bins")
        if not is_size(depth) or (isinstance(depth, int) and depth < 0):
            raise Problem(ARGUMENT, f"{self.label} num_bins must be an integer, got {show(depth)}", blame="num_bins")
        return Shape(*first[:-1], depth) if always_equal(first[-1], 1) else Shape(*first, depth)  # known to be 1 or not


def _axes(value: Value, owner: type[Layer], name: str) -> object:
    """Axes as a tuple: None stands for none of them."""
    if isinstance(value, Unknown):
        return value
    if value is None:
        return ()
    if isinstance(value, int):
        return (value,)
    if isinstance(value, (tuple, list)):
        return tuple(value)
    if isinstance(value, str):
        raise refuse(owner, name, "integers", value)
    if isinstance(value, float):
        raise refuse(owner, name, "an integer or several", value)
    return Unknown(f"{name} is not known")


def numbers_shape(value: Value) -> tuple[int, ...] | None:
    """The shape of nested sequences of numbers; None if it is not known."""
    if isinstance(value, (int, float)):
        return ()
    if not isinstance(value, (tuple, list)):
        return None
    shapes = {numbers_shape(item) for item in value}
    if len(shapes) > 1 or None in shapes:
        return None
    inner = next(iter(shapes), ())
    return None if inner is None else (len(value), *inner)


@keras.layer("layers.Normalization", methods=Learns)
class Normalization(Learning, Same):
    """Values shifted and scaled along the kept axes, by given or learned numbers."""

    frozen = ("mean", "variance", "count")
    axis: Any = Field(_axes, -1)
    mean: Any = plain(None)
    variance: Any = plain(None)
    invert: Any = ignored(False)

    def check(self) -> None:
        if isinstance(self.mean, Unknown) or isinstance(self.variance, Unknown):
            return
        if (self.mean is None) != (self.variance is None):
            raise Problem(ARGUMENT, f"{self.label} needs both mean and variance, or none of them", blame="mean")
        mean, variance = numbers_shape(self.mean), numbers_shape(self.variance)
        if mean is None or variance is None:
            return
        if mean != variance:
            raise Problem(ARGUMENT, f"{self.label} mean and variance differ in shape: {show(mean)} and {show(variance)}", blame="variance")
        if not isinstance(self.axis, Unknown) and len(mean) > len(self.axis):
            text = f"{self.label} mean of shape {show(mean)} has more axes than axis={show(self.axis)} keeps"
            raise Problem(ARGUMENT, text, blame="mean")

    def kept(self, x: Shape) -> tuple[int, ...]:
        """The kept axes, counted from the front, in order. Raises Problem(rank-mismatch, feature-mismatch), Undecided."""
        axes = known(self, "axis")
        if not all(isinstance(axis, int) for axis in axes):
            raise Undecided(f"axis of {self.label} is not known")
        if any(not -x.rank <= axis < x.rank for axis in axes):
            raise Problem(RANK, f"{self.label} axis={show(axes)} does not exist in the input {x}", blame="axis")
        found = tuple(sorted(axis % x.rank for axis in axes))
        for axis in found:
            if shows_none(x[axis]) and not (self.made or self.adapted):
                text = f"{self.label} needs to know the size of axis {axis}, but the input is {x}. Needs a fixed size there"
                raise Problem(FEATURE, text)
        return found

    def output(self, x: Shape, training: Value = None, mask: Value = None) -> Shape:
        if self.made or self.adapted:
            return x
        axes = self.kept(x)
        given = numbers_shape(self.mean) if self.mean is not None else None
        if self.mean is not None and given is None:
            raise Undecided(f"the mean of {self.label} is not known")
        if self.mean is None and len(set(axes)) < len(axes) and not all(x[axis] in (0, 1) for axis in axes):
            raise Problem(ARGUMENT, f"{self.label} axis={show(self.axis)} names an axis of {x} twice", blame="axis")
        self.fit(given, axes, x)
        return x

    def fit(self, given: tuple[int, ...] | None, axes: tuple[int, ...], x: Shape) -> None:
        """Refuse given numbers that do not broadcast to the kept axes. Raises Problem(feature-mismatch), Undecided."""
        for size, axis in zip(reversed(given or ()), reversed(axes)):
            if size == 1 or always_equal(x[axis], size):
                continue
            if not isinstance(x[axis], int):
                raise Undecided(f"whether the mean of {self.label} fits {x} is not known")
            raise Problem(FEATURE, f"{self.label} mean holds {size} numbers, but axis {axis} of the input {x} has {x[axis]}", blame="mean")

    def weights(self, x: Shape) -> dict[str, Shape]:
        if self.mean is not None:
            return {}
        sizes = Shape(*(x[axis] for axis in self.kept(x)))
        return {"mean": sizes, "variance": sizes, "count": Shape()}
