"""The names that public programs use most are declared; those of functions on tensors are looked at beside their declarations."""

from __future__ import annotations

from pathlib import Path

import pytest

from dimlint.libraries import LIBRARIES

NAMES = (Path(__file__).parent / "usage_names.txt").read_text(encoding="utf-8").split()
"""Counted over 43 public repositories: the 150 most used names of Keras, and those of PyTorch around training and data."""


@pytest.mark.parametrize("name", NAMES)
def test_is_declared(name: str) -> None:
    assert any(library.find(name) for library in LIBRARIES)
