"""The names that public programs use most are declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from dimlint.libraries import LIBRARIES

NAMES = (Path(__file__).parent / "usage_names.txt").read_text(encoding="utf-8").split()
"""Counted over 43 public repositories: the 150 most used names of Keras, those of PyTorch around training and data, and the 60 most used
ones of TensorFlow in files that use Keras."""


@pytest.mark.parametrize("name", NAMES)
def test_is_declared(name: str) -> None:
    assert any(library.find(name) for library in LIBRARIES)
