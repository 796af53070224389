"""Layers of keras_contrib. Source: https://github.com/keras-team/keras-contrib, keras_contrib/layers/normalization."""

from __future__ import annotations

from typing import Any

from dimlint.core.dim import Dim, Shape
from dimlint.core.layer import ignored, plain
from dimlint.core.problem import Undecided
from dimlint.libraries.addons.library import CONTRIB, declare
from dimlint.libraries.addons.normalizing import Arguments, Grouping
from dimlint.libraries.keras import LIBRARY as KERAS


class InstanceNormalization(Arguments):
    """Normalization of each sample: of each of its channels, or of all its values at once without ``axis``."""

    axis: Any = plain(None)

    def channels(self, x: Shape) -> Dim:
        if self.axis is None:
            return 1
        if x.rank == 2:
            raise Undecided(f"whether {self.label} takes an axis of {x} is not known")
        return super().channels(x)


class GroupNormalization(Arguments, Grouping):
    """Normalization of groups of channels."""

    epsilon: Any = ignored(1e-5)


for _cls in (InstanceNormalization, GroupNormalization):
    declare(CONTRIB, KERAS.entries["layers.Layer"], _cls)
