"""Declared fields against the signatures of the installed Keras."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from dimlint.core.layer import REQUIRED, Layer
from dimlint.core.value import LibraryClass, Unknown
from dimlint.libraries.keras import LIBRARY

pytestmark = pytest.mark.oracle
keras = pytest.importorskip("keras")

_FORMAT = ("AutoContrast", "MaxNumBoundingBoxes", "RandomContrast", "RandomBrightness", "Solarization")
_LORA = {"lora_rank", "lora_alpha", "quantization_config"}
OURS_ONLY = {"LeakyReLU": {"alpha"}, "ReversibleEmbedding": _LORA, **{name: {"data_format"} for name in _FORMAT}}
"""Keyword arguments of former versions, and those that Keras hands on by ``**kwargs``."""
THEIRS_ONLY = {"Embedding": {"weights"}}
"""Arguments that are among those of every layer here."""


def declared() -> list[tuple[str, type[Layer]]]:
    """Layers that the installed Keras has too."""
    entries = [(name.removeprefix("layers."), entry) for name, entry in sorted(LIBRARY.entries.items()) if isinstance(entry, LibraryClass)]
    return [(name, entry.layer) for name, entry in entries if entry.layer is not None and hasattr(keras.layers, name)]


@pytest.mark.parametrize(("name", "layer"), declared(), ids=lambda value: value if isinstance(value, str) else "")
def test_fields_are_the_signature(name: str, layer: type[Layer]) -> None:
    real = inspect.signature(getattr(keras.layers, name).__init__).parameters
    theirs = [p.name for p in real.values() if p.kind is p.POSITIONAL_OR_KEYWORD and p.name != "self"]
    theirs = [item for item in theirs if item not in THEIRS_ONLY.get(layer.__name__, ())]
    ours = [item for item in layer.fields if item not in OURS_ONLY.get(layer.__name__, ())]
    assert ours == theirs
    for item in ours:
        assert default_of(layer, item) == converted(layer, item, real[item].default), item


def default_of(layer: type[Layer], name: str) -> Any:
    """A declared default, converted as a given value would be."""
    return converted(layer, name, layer.fields[name].default)


def converted(layer: type[Layer], name: str, value: Any) -> Any:
    """What the field makes of a value; the required ones all look alike."""
    if value is REQUIRED or value is inspect.Parameter.empty:
        return "required"
    result = layer.fields[name].convert(value, layer, name)
    return repr(result) if isinstance(result, Unknown) else result


def test_most_layers_are_compared() -> None:
    assert len(declared()) > 80
