"""Pooling: sliding, global and adaptive. Source: https://keras.io/api/layers/pooling_layers."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from dimlint.core.dim import Shape, always_equal
from dimlint.core.layer import ARGUMENT, axes, flag, ignored, plain, show
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Unknown, Value
from dimlint.libraries.keras.base import KerasLayer, data_format, positive, rank_problem, spans, tuple_of
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.names import INSIDE
from dimlint.libraries.keras.window import WindowLayer


class Pooling(WindowLayer):
    """Largest or average value under each window: (N, *spatial, C) -> (N, *out, C). Strides default to the window."""

    window = "pool_size"
    silent = "3.15"
    older = frozenset({"stride"})
    pool_size: Any = spans(2)
    strides: Any = spans(None, optional=True)
    padding: Any = plain("valid")
    data_format: Any = data_format()
    name: Any = ignored()

    def check(self) -> None:
        if self.strides is None:
            self.strides = self.pool_size
        for name in ("pool_size", "strides"):
            tuple_of(self, getattr(self, name), name, self.rank)
            positive(self, getattr(self, name), name, zero=name == "strides")

    def with_settings(self, settings: Mapping[str, Value], *, made: bool = False, eager: bool = False) -> KerasLayer:
        """This layer at a call: only symbolic tensors, of which a layer's own ``call`` gets none, need the padding in small letters."""
        settled = super().with_settings(settings, made=made, eager=eager)
        folded = self.padding.lower() if isinstance(self.padding, str) else self.padding
        if folded == self.padding or not (eager or settings.get(INSIDE)):
            return settled
        changed = copy.copy(settled)
        changed.__dict__["padding"] = folded
        return changed

    def output(self, x: Shape) -> Shape:
        self.require_rank(x, self.rank + 2)
        if self.padding not in ("valid", "same"):
            raise Problem(ARGUMENT, f"{self.label} padding must be 'valid' or 'same', got {show(self.padding)}", blame="padding")
        if isinstance(self.strides, Unknown):
            raise Undecided(self.strides.reason)
        if any(always_equal(stride, 0) for stride in self.strides):
            raise Problem(ARGUMENT, f"{self.label} strides must be positive, got {show(self.strides)}", blame="strides")
        return Shape(*self.slide(x))


class AveragePooling(Pooling):
    """Pooling without a default window."""

    pool_size: Any = spans()


@keras.layer("layers.MaxPooling1D", "layers.MaxPool1D")
class MaxPooling1D(Pooling):
    """Largest value under windows of a sequence."""

    rank = 1


@keras.layer("layers.MaxPooling2D", "layers.MaxPool2D")
class MaxPooling2D(Pooling):
    """Largest value under windows of images."""

    rank = 2
    pool_size: Any = spans((2, 2))


@keras.layer("layers.MaxPooling3D", "layers.MaxPool3D")
class MaxPooling3D(Pooling):
    """Largest value under windows of volumes."""

    rank = 3
    pool_size: Any = spans((2, 2, 2))


@keras.layer("layers.AveragePooling1D", "layers.AvgPool1D")
class AveragePooling1D(AveragePooling):
    """Mean under windows of a sequence."""

    rank = 1


@keras.layer("layers.AveragePooling2D", "layers.AvgPool2D")
class AveragePooling2D(AveragePooling):
    """Mean under windows of images."""

    rank = 2


@keras.layer("layers.AveragePooling3D", "layers.AvgPool3D")
class AveragePooling3D(AveragePooling):
    """Mean under windows of volumes."""

    rank = 3


class GlobalPooling(KerasLayer):
    """One value for each channel: (N, *spatial, C) -> (N, C), or (N, 1.., C) with ``keepdims``."""

    data_format: Any = data_format()
    keepdims: Any = flag(False)

    def output(self, x: Shape, mask: object = None) -> Shape:
        self.require_rank(x, self.rank + 2)
        spatial = self.spatial_axes(x)
        if self.keepdims:
            return Shape(*(1 if axis in spatial else size for axis, size in enumerate(x)))
        return Shape(*(size for axis, size in enumerate(x) if axis not in spatial))


for _rank in (1, 2, 3):
    for _kind in ("Average", "Max"):
        _long, _short = f"Global{_kind}Pooling{_rank}D", f"Global{'Avg' if _kind == 'Average' else 'Max'}Pool{_rank}D"
        _doc = f"{_kind} of each channel over all positions of {_rank}-d maps."
        keras.layer(f"layers.{_long}", f"layers.{_short}")(type(_long, (GlobalPooling,), {"rank": _rank, "__doc__": _doc}))


class AdaptivePooling(KerasLayer):
    """Pooling to a given output size: (N, *spatial, C) -> (N, *output_size, C)."""

    output_size: Any = axes()
    data_format: Any = data_format()

    def check(self) -> None:
        tuple_of(self, self.output_size, "output_size", self.rank)

    def output(self, x: Shape) -> Shape:
        if x.rank < (2 if self.channels_first else 1):
            raise rank_problem(self, x, f"{self.rank + 2} dimensions {self.layout()}", False)
        if any(isinstance(size, int) and size < 0 for size in self.output_size):
            raise Problem(ARGUMENT, f"{self.label} output_size must not be negative, got {show(self.output_size)}", blame="output_size")
        if x.rank != self.rank + 2:
            doubt(f"{self.label} of an input {x}: Keras builds it, but may refuse to run it")
        channels = x[1] if self.channels_first else x[-1]
        return Shape(x[0], channels, *self.output_size) if self.channels_first else Shape(x[0], *self.output_size, channels)


for _rank in (1, 2, 3):
    for _kind in ("Average", "Max"):
        _long = f"Adaptive{_kind}Pooling{_rank}D"
        _doc = f"{_kind} pooling of {_rank}-d maps to a given size."
        keras.layer(f"layers.{_long}")(type(_long, (AdaptivePooling,), {"rank": _rank, "__doc__": _doc}))
