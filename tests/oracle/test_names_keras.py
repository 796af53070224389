"""The names that Keras gives are those that the table says."""

from __future__ import annotations

import pytest

from tests.keras_names import HEAD, PROGRAMS

pytestmark = pytest.mark.oracle
pytest.importorskip("keras")


@pytest.mark.parametrize("name", PROGRAMS)
def test_names(name: str) -> None:
    program, wanted = PROGRAMS[name]
    namespace: dict[str, object] = {}
    exec(HEAD + program, namespace)
    assert namespace["out"] == wanted


def test_class_names() -> None:
    """Every declared layer has the name of Keras' class, from which names of objects are made."""
    import keras

    from dimlint.core.value import LibraryClass
    from dimlint.libraries.keras import LIBRARY
    from dimlint.libraries.keras.names import CLASSES

    entries = {name.removeprefix("layers."): entry for name, entry in LIBRARY.entries.items() if isinstance(entry, LibraryClass)}
    found = {name: (CLASSES.get(entry.label, entry.label), getattr(keras.layers, name, None)) for name, entry in entries.items()}
    wrong = {name: label for name, (label, cls) in found.items() if isinstance(cls, type) and cls.__name__ != label}
    assert wrong == {}
