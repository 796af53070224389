"""A class is a subclass of another as ``fixtures/relations.json`` has it from the real packages, or it is not known whether it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dimlint.core.library import Library
from dimlint.core.value import LibraryClass
from dimlint.libraries import LIBRARIES

TABLE: dict[str, dict[str, list[str]]] = json.loads((Path(__file__).parent.parent / "fixtures" / "relations.json").read_text("utf-8"))
LIBRARY = {library.name: library for library in LIBRARIES}

ONE_HERE = ("no_grad", "inference_mode", "set_grad_enabled", "enable_grad", "autocast", "autograd.", "cuda.", "amp.", "profiler.", "jit.")
"""Contexts, which are declared as one class, and of which nobody asks for the class."""
TYPES = ("Float", "Long", "Double", "Int", "Half", "Bool", "Byte", "Short", "Char", "BFloat16")
SHARED = {
    *("NLLLoss2d", "NumpyArrayIterator", "DirectoryIterator", "device_index", "Iterator", "CallbackList"),
    *(f"{kind}Tensor" for kind in TYPES),
}
"""Other classes that have one declaration for several."""


def is_below(library: Library, one: LibraryClass, other: LibraryClass) -> bool | None:
    """Whether dimlint takes a class for a subclass of another; None where it is undecided."""
    pairs = {(base.name, other.name) for base in one.mro}
    if other in one.mro or pairs & library.subclasses:
        return True
    return None if pairs & library.perhaps_subclasses or "__instancecheck__" in other.methods else False


@pytest.mark.parametrize("package", TABLE)
def test_relations(package: str) -> None:
    library = LIBRARY["torch" if package == "torch" else "keras"]
    table = TABLE[package]
    wrong = []
    for name, above in table.items():
        one = library.entries[name]
        if name.startswith(ONE_HERE) or name.rpartition(".")[2] in SHARED or not isinstance(one, LibraryClass):
            continue
        for other in table.keys() - {name}:
            there, parent = other in above, library.entries[other]
            if other.rpartition(".")[2] in SHARED:
                continue
            if isinstance(parent, LibraryClass) and is_below(library, one, parent) not in (there, None):
                wrong.append((name, other, there))
    assert not wrong, wrong[:20]
