"""Layers that resize and crop images. Source: https://keras.io/api/layers/preprocessing_layers/image_preprocessing."""

from __future__ import annotations

from typing import Any

from dimlint.core.dim import Dim, Shape
from dimlint.core.layer import ARGUMENT, dim, ignored
from dimlint.core.problem import Problem
from dimlint.libraries.keras.base import KerasLayer, data_format, rank_problem
from dimlint.libraries.keras.layer import keras


class Sized(KerasLayer):
    """Images of a given size: (N, H, W, C) or (H, W, C) -> (..., height, width, C)."""

    rank = 2
    height: Dim = dim()
    width: Dim = dim()

    def output(self, x: Shape, training: object = None) -> Shape:
        if x.rank < 2 or (x.rank == 2 and self.channels_first):
            raise rank_problem(self, x, "3 or 4 dimensions (batch, height, width, channels)", False)
        for name, size in (("height", self.height), ("width", self.width)):
            if isinstance(size, int) and size < 0:
                raise Problem(ARGUMENT, f"{self.label} {name} must not be negative, got {size}", blame=name)
        first = (1 if x.rank == 4 else 0) + (1 if self.channels_first else 0)
        dims = list(x)
        dims[first : first + 2] = [self.height, self.width]
        return Shape(*dims)


@keras.layer("layers.Resizing")
class Resizing(Sized):
    """Images scaled to a size."""

    interpolation: Any = ignored("bilinear")
    crop_to_aspect_ratio: Any = ignored(False)
    pad_to_aspect_ratio: Any = ignored(False)
    fill_mode: Any = ignored("constant")
    fill_value: Any = ignored(0.0)
    antialias: Any = ignored(False)
    data_format: Any = data_format()


@keras.layer("layers.CenterCrop")
class CenterCrop(Sized):
    """The middle of images; smaller images are scaled up."""

    data_format: Any = data_format()

    def output(self, x: Shape, training: object = None) -> Shape:
        if x.rank not in (3, 4):
            raise rank_problem(self, x, "3 or 4 dimensions (batch, height, width, channels)", x.rank > 4)
        return super().output(x)
