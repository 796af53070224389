"""Patterns as layers of Keras, which are those of TensorFlow, too."""

from __future__ import annotations

from dimlint.libraries.einops.layers import Mixture, Reduction, Transformation
from dimlint.libraries.einops.library import KERAS_LAYERS, declare_layers
from dimlint.libraries.keras import LIBRARY as KERAS
from dimlint.libraries.keras.base import KerasLayer


class KerasRearrange(Transformation, KerasLayer):
    """The same elements in another order and form, as a Keras layer."""


class KerasReduce(Reduction, KerasLayer):
    """One value along the axes that the right side leaves out, as a Keras layer."""


class KerasEinMix(Mixture, KerasLayer):
    """A linear map between named axes, as a Keras layer."""

    in_place = False


declare_layers(KERAS_LAYERS, KERAS.entries["layers.Layer"], Rearrange=KerasRearrange, Reduce=KerasReduce, EinMix=KerasEinMix)
