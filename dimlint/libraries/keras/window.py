"""What convolution and pooling share: windows along the spatial axes, and what is said when none fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from dimlint.core.axis import expect_positive
from dimlint.core.dim import Dim, Shape, always_equal, always_positive, never_positive
from dimlint.core.layer import show
from dimlint.core.problem import Problem
from dimlint.libraries.keras.base import NONPOSITIVE, KerasLayer, axis_words, shows_none
from dimlint.shapes.window import slide, slide_text, smallest

IMAGE = 8
"""Larger images have no fewer pixels along an axis."""


class WindowLayer(KerasLayer):
    """A window that slides along the spatial axes.

    window: name of the argument with its size. silent: until which version an output of exactly zero passes silently.
    words: what arguments are called, if not as the fields are. late: when it is refused, if not at once.
    """

    windowed = True
    window: ClassVar[str] = "kernel_size"
    silent: ClassVar[str] = "3.14"
    words: ClassVar[Mapping[str, str]] = {}
    late: ClassVar[str] = ""
    strides: Any
    padding: Any
    dilation_rate: Any = None

    def slide(self, x: Shape) -> list[Dim]:
        """The sizes of ``x`` with the windows counted along each spatial axis. Raises Problem(nonpositive-dimension)."""
        dims = list(x)
        sizes, strides, dilations = getattr(self, self.window), self.strides, self.dilation_rate or (1,) * self.rank
        for index, axis in enumerate(self.spatial_axes(x)):
            size, stride, dilation = x[axis], strides[index], dilations[index]
            if self.padding == "valid":
                dims[axis] = slide(size, sizes[index], stride, dilation)
                if never_positive(dims[axis]) and not shows_none(size):
                    raise self.too_small(x, index, dims[axis])
                if not (always_positive(dims[axis]) or shows_none(size)):
                    reason = f"whether {self.label} has room for its window is not known: its {axis_words(self.rank)[index]} is {size}"
                    expect_positive(dims[axis], reason, self.too_small(x, index, dims[axis]))
            else:
                dims[axis] = (size - 1) // stride + 1  # an empty input stays empty, as in Keras
        return dims

    def too_small(self, x: Shape, index: int, out: Dim) -> Problem:
        """The Problem of an axis on which no window fits, with the arithmetic and the way out."""
        word = axis_words(self.rank)[index]
        kernel, stride = getattr(self, self.window)[index], self.strides[index]
        dilation = self.dilation_rate[index] if self.dilation_rate else 1
        given = [f"{self.word(self.window)}={brief(getattr(self, self.window))}", f"{self.word('padding')}={self.padding!r}"]
        if not always_equal(stride, 1):
            given.append(f"{self.word('strides')}={brief(self.strides)}")
        if not always_equal(dilation, 1):
            given.append(f"{self.word('dilation_rate')}={brief(self.dilation_rate)}")
        size = x[self.spatial_axes(x)[index]]
        empty = always_equal(out, 0) and self.keras_version == 3
        silent = f" Keras before {self.silent} builds an empty tensor without a word." if empty else self.late
        text = (
            f"{self.label} output {word} is {out}: {slide_text(size, kernel, stride, dilation)}, from input {x}; {', '.join(given)}. "
            f"Needs a {word} of at least {smallest(kernel, dilation)}, or {self.word('padding')}='same'"
        )
        text += self.wrong_end(x)
        return Problem(NONPOSITIVE, f"{text}.{silent}" if silent else text, blame=self.window)

    def wrong_end(self, x: Shape) -> str:
        """What a message adds where the first of the spatial axes looks like the channels of an image."""
        if x.rank != 4 or self.spatial_axes(x)[0] != 1 or not all(isinstance(size, int) for size in x[1:]):
            return ""
        looks_so = x[1] in (1, 3) and x[2] == x[3] and x[3] > IMAGE
        return f". Channels seem to come first in it: {self.label} wants them last" if looks_so else ""

    def word(self, name: str) -> str:
        """What an argument is called."""
        return self.words.get(name, name)


def brief(value: Any) -> str:
    """Sizes for a message: one number if all axes agree."""
    if isinstance(value, tuple) and value and all(always_equal(item, value[0]) for item in value):
        return show(value[0])
    return show(value)
