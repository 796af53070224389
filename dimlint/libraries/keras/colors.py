"""Layers that vary the colors of images. Source: https://keras.io/api/layers/preprocessing_layers/image_augmentation."""

from __future__ import annotations

from typing import Any

from dimlint.core.dim import Shape, never_equal
from dimlint.core.layer import Field, ignored, plain
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Value
from dimlint.libraries.keras.augmentation import Augmentation, amount, none_or, share, value_range
from dimlint.libraries.keras.base import CHANNEL, data_format, rank_problem
from dimlint.libraries.keras.layer import keras


@keras.layer("layers.AutoContrast")
class AutoContrast(Augmentation):
    """Values stretched to the full range."""

    value_range: Any = value_range()
    data_format: Any = Field(data_format().convert, None, keyword=True)


@keras.layer("layers.ContrastLimitedAdaptiveHistogramEqualization")
class ContrastLimitedAdaptiveHistogramEqualization(Augmentation):
    """Histograms of tiles made even, within a limit."""

    value_range: Any = ignored((0, 255))
    clip_limit: Any = ignored(4.0)
    tile_grid_size: Any = ignored((8, 8))
    data_format: Any = data_format()


@keras.layer("layers.Equalization")
class Equalization(Augmentation):
    """The histogram made even."""

    value_range: Any = value_range()
    bins: Any = ignored(256)
    data_format: Any = data_format()


class Colors(Augmentation):
    """Colors varied at random, by a factor."""

    factor: Any = amount(-1, 1)
    value_range: Any = value_range()
    data_format: Any = data_format()
    seed: Any = ignored()


@keras.layer("layers.RandomColorDegeneration")
class RandomColorDegeneration(Colors):
    """Less colorful at random; the images must have three channels."""

    rank = 2

    def output(self, x: Shape, training: Value = None, mask: Value = None) -> Shape:
        if x.rank not in (3, 4):
            raise rank_problem(self, x, "3 or 4 dimensions (batch, height, width, channels)", x.rank > 4)
        channels = x[self.channel_axis(x)]
        if isinstance(channels, int) and channels != 3:
            raise Problem(CHANNEL, f"{self.label} needs images of 3 channels, got {x} with {channels}")
        if never_equal(channels, 3):
            raise Undecided(f"the channels of {x} are not known")
        return x


@keras.layer("layers.RandomSaturation")
class RandomSaturation(Colors):
    """Saturation varied at random."""


@keras.layer("layers.RandomHue")
class RandomHue(Colors):
    """Hue varied at random."""

    factor: Any = amount(0, 1, none=True)
    value_range: Any = ignored((0, 255))


@keras.layer("layers.RandomPosterization")
class RandomPosterization(Colors):
    """Fewer bits for each color."""

    factor: Any = amount(1, 8)


@keras.layer("layers.RandomSharpness")
class RandomSharpness(Colors):
    """Sharpness varied at random."""

    factor: Any = amount(0, 1)


@keras.layer("layers.RandomGrayscale")
class RandomGrayscale(Augmentation):
    """Gray at random; the channels stay."""

    factor: Any = Field(share, 0.5)
    data_format: Any = data_format()
    seed: Any = ignored()


@keras.layer("layers.RandomInvert")
class RandomInvert(Augmentation):
    """Values inverted at random."""

    factor: Any = amount(0, 1, 1.0)
    value_range: Any = ignored((0, 255))
    seed: Any = ignored()
    data_format: Any = data_format()


@keras.layer("layers.RandomContrast")
class RandomContrast(Augmentation):
    """Contrast varied at random."""

    factor: Any = amount(0, 1)
    value_range: Any = ignored((0, 255))
    seed: Any = ignored()
    data_format: Any = Field(data_format().convert, None, keyword=True)


@keras.layer("layers.RandomBrightness")
class RandomBrightness(Augmentation):
    """Brightness varied at random."""

    factor: Any = amount(-1, 1, none=True)
    value_range: Any = value_range()
    seed: Any = ignored()
    data_format: Any = Field(data_format().convert, None, keyword=True)


@keras.layer("layers.RandomColorJitter")
class RandomColorJitter(Augmentation):
    """Brightness, contrast, saturation and hue varied at random."""

    value_range: Any = plain((0, 255))
    brightness_factor: Any = none_or(amount(-1, 1, none=True))
    contrast_factor: Any = none_or(amount(0, 1))
    saturation_factor: Any = none_or(amount(-1, 1))
    hue_factor: Any = none_or(amount(0, 1, none=True))
    seed: Any = ignored()
    data_format: Any = data_format()


@keras.layer("layers.Solarization")
class Solarization(Augmentation):
    """Bright values inverted."""

    addition_factor: Any = amount(0, 1, 0.0, each=True)
    threshold_factor: Any = amount(0, 1, 0.0, each=True)
    value_range: Any = value_range()
    seed: Any = ignored()
    data_format: Any = Field(data_format().convert, None, keyword=True)
