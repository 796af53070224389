"""Layers of TensorFlow Addons. Source: https://github.com/tensorflow/addons, tensorflow_addons/layers."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from typing import Any

from dimlint.core.layer import plain
from dimlint.core.value import Machine, Ref, Unknown, Value
from dimlint.libraries.addons.library import TENSORFLOW_ADDONS, declare
from dimlint.libraries.addons.normalizing import Arguments, Grouping
from dimlint.libraries.keras import LIBRARY as KERAS
from dimlint.libraries.keras.layer import attach
from dimlint.libraries.keras.variables import ADDED
from dimlint.libraries.keras.wrappers import Wrapper


class InstanceNormalization(Arguments):
    """Normalization of each channel of each sample."""

    groups: Any = plain(-1)


class GroupNormalization(Arguments, Grouping):
    """Normalization of groups of channels; -1 is a group for each channel."""


class WeightNormalization:
    """The inner layer, its kernel split into a length and a direction."""

    def __init__(machine: Machine, self: Ref, layer: Value, data_init: Value = True, **kwargs: Value) -> None:
        _wrap(machine, self, layer, kwargs)


class SpectralNormalization:
    """The inner layer, its kernel divided by its largest singular value."""

    def __init__(machine: Machine, self: Ref, layer: Value, power_iterations: Value = 1, **kwargs: Value) -> None:
        _wrap(machine, self, layer, kwargs)


def _wrap(machine: Machine, self: Ref, layer: Value, kwargs: dict[str, Value]) -> None:
    Wrapper.__init__(machine, self, layer, **kwargs)
    attach(machine, self, **{ADDED: Unknown("the variables of a wrapper of TensorFlow Addons are not modelled")})


for _cls in (InstanceNormalization, GroupNormalization):
    declare(TENSORFLOW_ADDONS, KERAS.entries["layers.Layer"], _cls)
for _wrapper in (WeightNormalization, SpectralNormalization):
    declare(TENSORFLOW_ADDONS, KERAS.entries["layers.Wrapper"], _wrapper)
