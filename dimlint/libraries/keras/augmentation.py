"""Layers that vary images at random. Source: https://keras.io/api/layers/preprocessing_layers/image_augmentation."""

from __future__ import annotations

from typing import Any

from dimlint.core.dim import Dim, Shape, SymbolicDim, never_positive, unknown_dim
from dimlint.core.layer import ARGUMENT, REQUIRED, Field, Layer, choice, dim, ignored, refuse
from dimlint.core.problem import Problem
from dimlint.core.value import Value
from dimlint.libraries.keras.base import data_format, rank_problem
from dimlint.libraries.keras.core import Same
from dimlint.libraries.keras.layer import keras

FILL_MODES = ("reflect", "wrap", "constant", "nearest")
INTERPOLATIONS = ("nearest", "bilinear")


def is_plain(value: Value) -> bool:
    """Whether the value is data that is known throughout, symbols aside."""
    if isinstance(value, (tuple, list)):
        return all(map(is_plain, value))
    return value is None or isinstance(value, (int, float, str, bytes))


def amount(low: float, high: float, default: object = REQUIRED, *, each: bool = False, above: bool = False, none: bool = False) -> Any:
    """How strong a change may be: a number from ``low`` to ``high``, or a pair of them.

    each: both numbers of a pair must lie within; else the pair must only overlap the range. above: ``low`` itself is refused.
    none: None, and what else is no truth, counts as zero.
    """

    def outside(value: Any) -> bool:
        return bool(value > high or value < low or (above and value == low))

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if not is_plain(value) or (none and not value):
            return value
        problem = refuse(owner, name, f"a number from {low} to {high}, or two of them", value)
        numbers = value if isinstance(value, (tuple, list)) else (value,)
        if any(not isinstance(number, (int, float)) for number in numbers):
            raise problem
        if isinstance(value, (tuple, list)):
            wrong = len(value) != 2 or (any(map(outside, value)) if each else value[0] > high or value[1] < low)
        else:
            wrong = outside(value)
        if wrong:
            raise problem
        return value

    return Field(convert, default)


def value_range() -> Any:
    """The smallest and the largest value of an image: a pair."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if is_plain(value) and not (isinstance(value, (tuple, list)) and len(value) == 2):
            raise refuse(owner, name, "two numbers", value)
        return value

    return Field(convert, (0, 255))


class Augmentation(Same):
    """Images changed at random; their shape stays. Keras looks at the number of dimensions only when the model runs."""


@keras.layer("layers.AugMix")
class AugMix(Augmentation):
    """Several chains of changes mixed."""

    value_range: Any = value_range()
    num_chains: Any = ignored(3)
    chain_depth: Any = ignored(3)
    factor: Any = amount(0, 1, 0.3)
    alpha: Any = ignored(1.0)
    all_ops: Any = ignored(True)
    interpolation: Any = choice(*INTERPOLATIONS, default="bilinear")
    seed: Any = ignored()
    data_format: Any = data_format()


@keras.layer("layers.RandAugment")
class RandAugment(Augmentation):
    """A few changes chosen at random."""

    value_range: Any = value_range()
    num_ops: Any = ignored(2)
    factor: Any = amount(0, 1, 0.5)
    interpolation: Any = choice(*INTERPOLATIONS, default="bilinear")
    seed: Any = ignored()
    data_format: Any = data_format()


@keras.layer("layers.CutMix")
class CutMix(Augmentation):
    """A patch of each image replaced by that of another one."""

    factor: Any = amount(0, 1, 1.0)
    seed: Any = ignored()
    data_format: Any = data_format()


@keras.layer("layers.MixUp")
class MixUp(Augmentation):
    """Each image blended with another one."""

    alpha: Any = ignored(0.2)
    data_format: Any = data_format()
    seed: Any = ignored()


def _whole(value: Value, owner: type[Layer], name: str) -> object:
    """What ``int()`` makes of a number or a text."""
    if is_plain(value):
        try:
            return int(value)
        except (TypeError, ValueError, OverflowError):
            raise refuse(owner, name, "an integer", value) from None
    return value


@keras.layer("layers.MaxNumBoundingBoxes")
class MaxNumBoundingBoxes(Augmentation):
    """Boxes cut or padded to a number; the images stay."""

    max_number: Any = Field(_whole)
    fill_value: Any = Field(_whole, -1)
    data_format: Any = Field(data_format().convert, None, keyword=True)


@keras.layer("layers.RandomFlip")
class RandomFlip(Augmentation):
    """Mirrored at random."""

    mode: Any = ignored("horizontal_and_vertical")
    seed: Any = ignored()
    data_format: Any = data_format()


@keras.layer("layers.RandomRotation")
class RandomRotation(Augmentation):
    """Rotated at random."""

    factor: Any = amount(-1, 1, none=True)
    fill_mode: Any = choice(*FILL_MODES, default="reflect")
    interpolation: Any = choice(*INTERPOLATIONS, default="bilinear")
    seed: Any = ignored()
    fill_value: Any = ignored(0.0)
    data_format: Any = data_format()


def none_or(field: Any) -> Any:
    """The same kind of argument, or None."""
    return Field(lambda value, owner, name: None if value is None else field.convert(value, owner, name), None)


@keras.layer("layers.RandomZoom")
class RandomZoom(Augmentation):
    """Zoomed at random."""

    height_factor: Any = amount(-1, 1, each=True, above=True)
    width_factor: Any = none_or(amount(-1, 1, each=True, above=True))
    fill_mode: Any = choice(*FILL_MODES, default="reflect")
    interpolation: Any = choice(*INTERPOLATIONS, default="bilinear")
    seed: Any = ignored()
    fill_value: Any = ignored(0.0)
    data_format: Any = data_format()


@keras.layer("layers.RandomTranslation")
class RandomTranslation(Augmentation):
    """Moved at random."""

    height_factor: Any = amount(-1, 1, each=True)
    width_factor: Any = amount(-1, 1, each=True)
    fill_mode: Any = choice(*FILL_MODES, default="reflect")
    interpolation: Any = choice(*INTERPOLATIONS, default="bilinear")
    seed: Any = ignored()
    fill_value: Any = ignored(0.0)
    data_format: Any = data_format()


@keras.layer("layers.RandomShear")
class RandomShear(Augmentation):
    """Slanted at random."""

    x_factor: Any = amount(0, 1, 0.0, each=True)
    y_factor: Any = amount(0, 1, 0.0, each=True)
    interpolation: Any = choice(*INTERPOLATIONS, default="bilinear")
    fill_mode: Any = choice(*FILL_MODES, default="reflect")
    fill_value: Any = ignored(0.0)
    data_format: Any = data_format()
    seed: Any = ignored()


def share(value: Value, owner: type[Layer], name: str) -> object:
    """A single number from 0 to 1."""
    if is_plain(value) and (not isinstance(value, (int, float)) or not 0 <= value <= 1):
        raise refuse(owner, name, "a number from 0 to 1", value)
    return value


@keras.layer("layers.RandomPerspective")
class RandomPerspective(Augmentation):
    """Seen from another side, at random."""

    factor: Any = amount(0, 1, 1.0)
    scale: Any = Field(share, 1.0)
    interpolation: Any = choice(*INTERPOLATIONS, default="bilinear")
    fill_value: Any = ignored(0.0)
    seed: Any = ignored()
    data_format: Any = data_format()


@keras.layer("layers.RandomElasticTransform")
class RandomElasticTransform(Augmentation):
    """Bent at random."""

    factor: Any = amount(0, 1, 1.0)
    scale: Any = amount(0, 1, 1.0)
    interpolation: Any = choice(*INTERPOLATIONS, default="bilinear")
    fill_mode: Any = choice("constant", "nearest", "wrap", "mirror", "reflect", default="reflect")
    fill_value: Any = ignored(0.0)
    value_range: Any = ignored((0, 255))
    seed: Any = ignored()
    data_format: Any = data_format()


@keras.layer("layers.RandomErasing")
class RandomErasing(Augmentation):
    """Parts wiped out at random."""

    factor: Any = amount(0, 1, 1.0)
    scale: Any = amount(0, 1, (0.02, 0.33))
    fill_value: Any = ignored()
    value_range: Any = ignored((0, 255))
    seed: Any = ignored()
    data_format: Any = data_format()


def _odd(value: Value, owner: type[Layer], name: str) -> object:
    if not is_plain(value):
        return value
    sizes = value if isinstance(value, (tuple, list)) else (value, value)
    if len(sizes) != 2 or any(not isinstance(size, (int, float)) or size % 2 == 0 for size in sizes):
        raise refuse(owner, name, "an odd number or two odd numbers", value)
    return value


@keras.layer("layers.RandomGaussianBlur")
class RandomGaussianBlur(Augmentation):
    """Blurred at random."""

    factor: Any = amount(0, 1, 1.0)
    kernel_size: Any = Field(_odd, 3)
    sigma: Any = amount(0, 1, 1.0)
    value_range: Any = ignored((0, 255))
    data_format: Any = data_format()
    seed: Any = ignored()


@keras.layer("layers.RandomCrop")
class RandomCrop(Augmentation):
    """A part of the given size; smaller images are scaled up: (N, H, W, C) or (H, W, C) -> (..., height, width, C)."""

    rank = 2
    height: Dim = dim(optional=True)
    width: Dim = dim(optional=True)
    seed: Any = ignored()
    data_format: Any = data_format()
    name: Any = ignored()

    def output(self, x: Shape, training: Value = None, mask: Value = None) -> Shape:
        first = x.rank - (2 if self.channels_first else 3)
        if first < 0:
            raise rank_problem(self, x, f"3 or 4 dimensions {self.layout()}", False)
        sizes = [self._size(size, name) for size, name in ((self.height, "height"), (self.width, "width"))]
        return Shape(*x[:first], *sizes, *x[first + 2 :])

    def _size(self, size: Any, name: str) -> Dim:
        if size is None:
            return unknown_dim("None", none=True)
        if isinstance(size, (int, SymbolicDim)) and never_positive(size + 1):
            raise Problem(ARGUMENT, f"{self.label} {name} must not be negative, got {size}", blame=name)
        return size  # type: ignore[no-any-return]
