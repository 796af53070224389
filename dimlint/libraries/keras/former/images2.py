"""Padding, cropping and resizing as Keras 2 has them; see ``layers2``."""

from __future__ import annotations

from typing import Any

from dimlint.core.dim import Dim, Shape, always_equal
from dimlint.core.layer import choice
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Value
from dimlint.libraries.keras import augmentation, colors, core, images, padding
from dimlint.libraries.keras.base import positive, rank_problem, shows_none
from dimlint.libraries.keras.former.versions import former

_SAMPLING = ("area", "bicubic", "bilinear", "gaussian", "lanczos3", "lanczos5", "mitchellcubic", "nearest")


@former(2, padding.ZeroPadding)
class ZeroPadding(padding.ZeroPadding):
    """Negative sizes are refused."""

    def output(self, x: Shape) -> Shape:
        result = super().output(x)
        for pair in self.pairs():
            positive(self, pair, self.argument, zero=True)
        return result


@former(2, padding.Cropping2D)
class Cropping2D(padding.Cropping2D):
    """The sizes are not checked at construction."""

    def check(self) -> None:
        """Nothing is refused."""

    def output(self, x: Shape) -> Shape:
        _require_plain(self)
        return super().output(x)


@former(2, padding.Cropping3D)
class Cropping3D(padding.Cropping3D):
    """Nothing is checked: what is cropped away is an empty axis."""

    def check(self) -> None:
        """Nothing is refused."""

    def output(self, x: Shape) -> Shape:
        _require_plain(self)
        dims = list(super().output(x))
        for axis in self.spatial_axes(x):
            size = dims[axis]
            dims[axis] = max(size, 0) if isinstance(size, int) else size
        return Shape(*dims)

    def check_size(self, x: Shape, axis: int, index: int, out: Dim) -> None:
        """Nothing is refused."""


def _require_plain(layer: padding.Cropping) -> None:
    """Leave negative sizes, which Keras 2 takes as Python's slices do, undecided. Raises Undecided."""
    for pair in layer.pairs():
        try:
            positive(layer, pair, layer.argument, zero=True)
        except Problem as problem:
            raise Undecided(f"Keras 2 does not refuse: {problem.message}") from None


@former(2, padding.UpSampling2D)
class UpSampling2D(padding.UpSampling2D):
    """One open size leaves both open."""

    interpolation: Any = choice(*_SAMPLING, default="nearest", fold=True)

    def output(self, x: Shape) -> Shape:
        dims = list(super().output(x))
        spatial = self.spatial_axes(x)
        for open_ in [dims[axis] for axis in spatial if shows_none(dims[axis])][:1]:
            for axis in spatial:
                dims[axis] = dims[axis] if shows_none(dims[axis]) else open_
        return Shape(*dims)


@former(2, padding.UpSampling3D)
class UpSampling3D(padding.UpSampling3D):
    """Three axes from the first spatial one on are repeated, however many there are."""

    def output(self, x: Shape) -> Shape:
        first = 2 if self.channels_first else 1
        if x.rank < first + 3 or any(always_equal(size, 0) for size in x):
            raise Undecided(f"{self.label} of {x} is not modelled for Keras 2")
        dims: list[Dim] = list(x)
        for axis, factor in enumerate(self.size, first):
            dims[axis] = x[axis] * factor
        return Shape(*dims)


@former(2, images.Resizing)
class Resizing(images.Resizing):
    """Takes one image or a batch of them."""

    def check(self) -> None:
        _require_no_format(self)

    def output(self, x: Shape, training: object = None) -> Shape:
        if x.rank not in (3, 4):
            raise rank_problem(self, x, "3 or 4 dimensions (batch, height, width, channels)", x.rank > 4)
        if -1 in (self.height, self.width):
            raise Undecided(f"{self.label} to a size of -1, which Keras 2 takes for an open one, is not modelled")
        return super().output(x)


@former(2, augmentation.RandomRotation, augmentation.RandomZoom, augmentation.RandomTranslation, colors.RandomBrightness)
class Random(core.Same):
    """Takes one image or a batch of them."""

    def output(self, x: Shape, training: Value = None, mask: Value = None) -> Shape:
        if x.rank not in (3, 4):
            raise Undecided(f"{self.label} of {x} is not modelled for Keras 2")
        return super().output(x)


@former(2, images.CenterCrop)
class CenterCrop(images.CenterCrop):
    """Open and empty sizes are not modelled."""

    def check(self) -> None:
        _require_no_format(self)

    def output(self, x: Shape, training: object = None) -> Shape:
        result = super().output(x)
        if any(shows_none(size) or always_equal(size, 0) for size in x[-3:]):
            raise Undecided(f"{self.label} of {x} is not modelled for Keras 2")
        return result


def _require_no_format(layer: images.Sized) -> None:
    """Keras 2 did not know the argument. Raises Undecided."""
    if layer.data_format is not None:
        raise Undecided(f"{layer.label} has no data_format in Keras 2")
