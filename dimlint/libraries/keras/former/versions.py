"""Layers as the Keras of the program's settings has them; ``keras1`` and ``keras2`` say what was otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from dimlint.core.layer import Field, Layer
from dimlint.core.value import Value
from dimlint.libraries.keras.base import KerasLayer, major
from dimlint.libraries.keras.layer import keras

AnyLayer = TypeVar("AnyLayer", bound=type)

_FORMER: dict[tuple[int, type], type] = {}
_MADE: dict[tuple[int, type], type[KerasLayer]] = {}


def former(version: int, *layers: type) -> Callable[[AnyLayer], AnyLayer]:
    """Declare what a version does otherwise: a class whose members come before those of the layers, families included."""

    def declare(cls: AnyLayer) -> AnyLayer:
        _FORMER.update(dict.fromkeys(((version, layer) for layer in layers), cls))
        return cls

    return declare


def at_version(layer: type[KerasLayer], version: int) -> type[KerasLayer]:
    """A declaration as a version has it; today's is the declaration itself."""
    if version >= 3:
        return layer
    if (version, layer) not in _MADE:
        others = [_FORMER[version, cls] for cls in layer.__mro__ if (version, cls) in _FORMER]
        made: type[KerasLayer] = type(layer.__name__, (*others, layer), {"__doc__": layer.__doc__, "keras_version": version})
        made.label = layer.label
        made.fields = {name: made.fields[name] for name in (*layer.fields, *made.fields)}
        _MADE[version, layer] = made
    return _MADE[version, layer]


def bind(layer: type[Layer], args: Sequence[Value], kwargs: Mapping[str, Value], settings: Mapping[str, Value]) -> Layer:
    """Bind a layer's arguments as the program's Keras does. Raises Problem, Undecided."""
    if not issubclass(layer, KerasLayer):
        return layer.bind(args, kwargs)
    return at_version(layer, major(settings)).bind(args, kwargs)


def whole(field: Field) -> Any:
    """A size whose fraction is cut off."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        cut = isinstance(value, float) and math.isfinite(value)
        return field.convert(int(value) if cut else value, owner, name)

    return Field(convert, field.default)


keras.bind = bind
