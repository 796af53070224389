"""Layers that pad, crop or repeat the spatial axes. Source: https://keras.io/api/layers/reshaping_layers."""

from __future__ import annotations

from typing import Any, ClassVar

from dimlint.core.axis import expect_positive
from dimlint.core.dim import Dim, Shape, always_positive, never_positive
from dimlint.core.layer import Field, Layer, axes, ignored, refuse, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value, is_size
from dimlint.libraries.keras.base import NONPOSITIVE, KerasLayer, axis_words, data_format, items_of, positive, shows_none, tuple_of
from dimlint.libraries.keras.layer import keras

Pairs = tuple[tuple[Dim, Dim], ...]


def pairs(default: object) -> Any:
    """Two sizes, before and after, for each spatial axis: an integer, one integer an axis, or one pair an axis."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        value = items_of(value)
        if isinstance(value, Unknown):
            return value
        if is_size(value):
            return ((value, value),) * owner.rank
        if not isinstance(value, (tuple, list)):
            raise refuse(owner, name, f"an integer or {owner.rank} integers or pairs", value)
        if owner.rank == 1:
            return (_pair(value, owner, name),)
        if len(value) != owner.rank:
            raise refuse(owner, name, f"an integer or {owner.rank} integers or pairs", value)
        return tuple(_pair(item, owner, name) for item in value)

    return Field(convert, default)


def _pair(value: Value, owner: type[Layer], name: str) -> tuple[Value, Value]:
    """One entry: an integer for both sides, or two integers; negative ones are refused."""
    value = items_of(value)
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    pair = (value, value) if is_size(value) else value
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise refuse(owner, name, "made of integers or pairs of integers", value)
    for item in pair:
        if isinstance(item, Unknown):
            raise Undecided(item.reason)
        if not is_size(item) or never_positive(item + 1):
            raise refuse(owner, name, "made of integers that are not negative", value)
    return pair[0], pair[1]


class Edges(KerasLayer):
    """Sizes added to, or taken from, both ends of each spatial axis."""

    argument: ClassVar[str]
    sign: ClassVar[int]

    def pairs(self) -> Pairs:
        """The sizes before and after each axis. Raises Undecided."""
        value = getattr(self, self.argument)
        if isinstance(value, Unknown):
            raise Undecided(value.reason)
        return tuple(value)

    def output(self, x: Shape) -> Shape:
        self.require_rank(x, self.rank + 2)
        dims = list(x)
        for index, (axis, (before, after)) in enumerate(zip(self.spatial_axes(x), self.pairs())):
            dims[axis] = x[axis] + self.sign * (before + after)
            self.check_size(x, axis, index, dims[axis])
        return Shape(*dims)

    def check_size(self, x: Shape, axis: int, index: int, out: Dim) -> None:
        """Refuse an impossible size. Raises Problem."""


class ZeroPadding(Edges):
    """Zeros around the spatial axes: (N, L, C) -> (N, before + L + after, C)."""

    argument = "padding"
    sign = 1

    def check_size(self, x: Shape, axis: int, index: int, out: Dim) -> None:
        if never_positive(out + 1) and not shows_none(x[axis]):
            word = axis_words(self.rank)[index]
            text = f"{self.label} output {word} is {out}, from input {x}; padding={show(self.pairs())}"
            raise Problem(NONPOSITIVE, text, blame="padding")


@keras.layer("layers.ZeroPadding1D")
class ZeroPadding1D(ZeroPadding):
    """Zeros before and after a sequence."""

    rank = 1
    padding: Any = pairs(1)
    data_format: Any = data_format()

    def check(self) -> None:
        if not isinstance(self.padding, Unknown):
            positive(self, self.padding[0], "padding", zero=True)


@keras.layer("layers.ZeroPadding2D")
class ZeroPadding2D(ZeroPadding):
    """Zeros around images."""

    rank = 2
    padding: Any = pairs((1, 1))
    data_format: Any = data_format()


@keras.layer("layers.ZeroPadding3D")
class ZeroPadding3D(ZeroPadding):
    """Zeros around volumes."""

    rank = 3
    padding: Any = pairs(((1, 1), (1, 1), (1, 1)))
    data_format: Any = data_format()


class Cropping(Edges):
    """Sizes cut off both ends of the spatial axes; something must be left."""

    argument = "cropping"
    sign = -1

    def check(self) -> None:
        if not isinstance(getattr(self, self.argument), Unknown):
            for pair in self.pairs():
                positive(self, pair, "cropping", zero=True)

    def check_size(self, x: Shape, axis: int, index: int, out: Dim) -> None:
        if shows_none(x[axis]) or always_positive(out):
            return
        word, (before, after) = axis_words(self.rank)[index], self.pairs()[index]
        text = f"{self.label} output {word} is {out}: {x[axis]} - {before} - {after}, from input {x}"
        problem = Problem(NONPOSITIVE, f"{text}. Needs a {word} of at least {before + after + 1}", blame="cropping")
        if never_positive(out):
            raise problem
        expect_positive(out, f"whether the output {word} of {self.label} is positive is not known", problem)


@keras.layer("layers.Cropping1D")
class Cropping1D(Cropping):
    """Cut both ends of a sequence."""

    rank = 1
    cropping: Any = pairs((1, 1))


@keras.layer("layers.Cropping2D")
class Cropping2D(Cropping):
    """Cut the borders of images."""

    rank = 2
    cropping: Any = pairs(((0, 0), (0, 0)))
    data_format: Any = data_format()


@keras.layer("layers.Cropping3D")
class Cropping3D(Cropping):
    """Cut the borders of volumes."""

    rank = 3
    cropping: Any = pairs(((1, 1), (1, 1), (1, 1)))
    data_format: Any = data_format()


class UpSampling(KerasLayer):
    """Repeat along the spatial axes: sizes are multiplied."""

    size: Any

    def check(self) -> None:
        tuple_of(self, self.size, "size", self.rank)
        positive(self, self.size, "size")

    def output(self, x: Shape) -> Shape:
        self.require_rank(x, self.rank + 2)
        dims = list(x)
        for axis, factor in zip(self.spatial_axes(x), self.size):
            dims[axis] = x[axis] * factor
        return Shape(*dims)


def _single(value: Value, owner: type[Layer], name: str) -> object:
    """``UpSampling1D`` takes an integer only."""
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    if isinstance(value, bool) or not is_size(value):
        raise refuse(owner, name, "an integer", value)
    return (value,)


@keras.layer("layers.UpSampling1D")
class UpSampling1D(UpSampling):
    """Repeat each step of a sequence."""

    rank = 1
    size: Any = Field(_single, 2)


@keras.layer("layers.UpSampling2D")
class UpSampling2D(UpSampling):
    """Enlarge images by integer factors."""

    rank = 2
    size: Any = axes((2, 2))
    data_format: Any = data_format()
    interpolation: Any = ignored("nearest")


@keras.layer("layers.UpSampling3D")
class UpSampling3D(UpSampling):
    """Enlarge volumes by integer factors."""

    rank = 3
    size: Any = axes((2, 2, 2))
    data_format: Any = data_format()
