"""Keras' own answers, row by row: dimlint refuses what Keras 3.15 refuses and gives its shapes and parameter counts."""

from __future__ import annotations

from collections import Counter

import pytest

from dimlint.core.dim import Shape
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Instance
from dimlint.libraries.keras import LIBRARY
from dimlint.libraries.keras.inputs import stated_shape
from tests.golden_driver import check_row, entry
from tests.golden_rows import input_shapes, rows

ROWS = list(rows("keras_*.jsonl"))


@pytest.mark.parametrize("name", list(Counter(row["layer"] for row in ROWS)))
def test_every_row(name: str) -> None:
    answers = [(row, check_row(row, LIBRARY)) for row in ROWS if row["layer"] == name]
    wrong = [(row["args"], row["kwargs"], input_shapes(row), answer) for row, answer in answers if answer is not None]
    assert not wrong, f"{len(wrong)} of {len(answers)} rows, first: {wrong[:3]}"


def test_every_row_is_declared() -> None:
    """Every row belongs to a declared layer, so that no row is skipped in silence."""
    assert {row["layer"] for row in ROWS if entry(row, LIBRARY) is None} == set()


@pytest.mark.parametrize("name", ["layers.Dense", "layers.Conv2D"])
def test_common_arguments_are_set_aside(name: str) -> None:
    declared = LIBRARY.entries[name]
    layer = declared.layer.bind((8, 3) if name.endswith("2D") else (8,), {"input_shape": (4, 4, 1), "name": "first", "dtype": "float32"})
    assert layer.common["input_shape"] == (4, 4, 1) and layer.attribute("name") == "first"


def test_unknown_keyword_is_undecided() -> None:
    with pytest.raises(Undecided):
        LIBRARY.entries["layers.Dense"].layer.bind((8,), {"colour": "red"})
    with pytest.raises(Problem, match="Did you mean 'kernel_size'"):
        LIBRARY.entries["layers.Conv2D"].layer.bind((8,), {"kernal_size": 3})


def test_stated_shapes() -> None:
    held = Instance(None)
    assert str(stated_shape({"input_shape": (28, 28, 1)}, held)) == "(None, 28, 28, 1)"
    assert stated_shape({"batch_input_shape": (2, 5)}, held) == Shape(2, 5)
    assert str(stated_shape({"input_dim": 7}, held)) == "(None, 7)"
    assert stated_shape({"name": "x"}, held) is None
