"""The names that public programs use most are declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from dimlint.core.library import Library
from dimlint.core.value import LibraryClass
from dimlint.libraries import LIBRARIES

NAMES = (Path(__file__).parent / "usage_names.txt").read_text(encoding="utf-8").split()
"""Counted over 43 public repositories: the 150 most used names of Keras, those of PyTorch around training and data, and the 60 most used
ones of TensorFlow in files that use Keras."""


def is_method(library: Library, name: str) -> bool:
    """Whether the last part names a method of a declared class."""
    owner, _, method = name.rpartition(".")
    found = library.find(owner)
    return found is not None and isinstance(found[1], LibraryClass) and method in found[1].methods


@pytest.mark.parametrize("name", NAMES)
def test_is_declared(name: str) -> None:
    assert any(library.find(name) or is_method(library, name) for library in LIBRARIES)
