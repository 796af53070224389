"""Layers as the Keras of the program's settings has them; ``layers1`` and ``layers2`` say what was otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from dimlint.core.layer import Field, Layer
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Value
from dimlint.libraries.keras.base import KerasLayer, major
from dimlint.libraries.keras.former.arguments1 import Arguments, readings
from dimlint.libraries.keras.layer import keras

AnyLayer = TypeVar("AnyLayer", bound=type)

_FORMER: dict[tuple[int, type], list[type]] = {}
_MADE: dict[tuple[int, type], type[KerasLayer]] = {}


def former(version: int, *layers: type) -> Callable[[AnyLayer], AnyLayer]:
    """Declare what a version does otherwise: a class whose members come before those of the layers, families included."""

    def declare(cls: AnyLayer) -> AnyLayer:
        for layer in layers:
            _FORMER.setdefault((version, layer), []).append(cls)
        return cls

    return declare


def at_version(layer: type[KerasLayer], version: int) -> type[KerasLayer]:
    """A declaration as a version has it; today's is the declaration itself."""
    if version >= 3:
        return layer
    if (version, layer) not in _MADE:
        others = dict.fromkeys(other for cls in layer.__mro__ for other in _FORMER.get((version, cls), ()))
        made: type[KerasLayer] = type(layer.__name__, (*others, layer), {"__doc__": layer.__doc__, "keras_version": version})
        made.label = layer.label
        made.fields = {name: made.fields[name] for name in (*layer.fields, *made.fields)}
        _MADE[version, layer] = made
    return _MADE[version, layer]


def bind(layer: type[Layer], args: Sequence[Value], kwargs: Mapping[str, Value], settings: Mapping[str, Value]) -> Layer:
    """Bind a layer's arguments as the program's Keras does. Raises Problem, Undecided."""
    if not issubclass(layer, KerasLayer):
        return layer.bind(args, kwargs)
    version = major(settings)
    declared = at_version(layer, version)
    return declared.bind(args, kwargs) if version > 1 else _first(declared, readings(declared, args, kwargs))


def _first(layer: type[KerasLayer], meanings: Iterable[Arguments]) -> Layer:
    """The first meaning of a call that binds. Raises Undecided if none does, for Keras 1 checks little."""
    failed: list[str] = []
    for args, kwargs in meanings:
        try:
            return layer.bind(args, kwargs)
        except Problem as problem:
            failed.append(f"Keras 1 may take these arguments: {problem.message}")
        except Undecided as undecided:
            failed.append(undecided.reason)
    raise Undecided(failed[0])


def whole(field: Field) -> Any:
    """A size whose fraction is cut off."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        cut = isinstance(value, float) and math.isfinite(value)
        return field.convert(int(value) if cut else value, owner, name)

    return Field(convert, field.default)


keras.bind = bind
