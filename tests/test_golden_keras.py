"""Keras' own answers, row by row: dimlint refuses what Keras 3.15 refuses and gives its shapes and parameter counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from dimlint.core.dim import Shape
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Instance
from dimlint.libraries.keras import LIBRARY
from dimlint.libraries.keras.inputs import input_shape, stated_shape
from tests import golden_driver
from tests.golden_driver import Row, check_row, compare, plain, rows

ROWS = list(rows("keras_*.jsonl"))
MACHINE_TYPES = ("Bidirectional", "TimeDistributed", "SpectralNormalization", "Input", "InputLayer")
"""Declared as types with methods, not as plain layers; ``test_inputs`` and ``test_keras_models`` look at them."""


def names() -> list[str]:
    """Layers that have rows, most of them first."""
    return list(Counter(row["layer"] for row in ROWS if row["layer"] not in MACHINE_TYPES))


def by_policy(row: Row) -> bool:
    """Whether dimlint answers otherwise on purpose.

    A transposed convolution that shrinks to nothing is always refused, though a symbolic Keras call lets it pass; an
    argument that Keras 2 knew is undecided, since the version is not known; what builds but cannot run is in doubt.
    """
    if row["layer"] == "Dot" and 0 in row["args"]:
        return True
    if row["layer"].startswith("Adaptive") and len(row["input_shape"]) != int(row["layer"][-2]) + 2:
        return True
    if "Unrecognized keyword arguments" in row.get("error", "") and "groups" in row["kwargs"]:
        return True
    return row["layer"].endswith("Transpose") and "output_shape" in row and 0 in row["output_shape"] and 0 not in row["input_shape"]


@pytest.mark.parametrize("name", names())
def test_every_row(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden_driver, "silent_zero", lambda row, declared: False)
    wrong = [(row["args"], row["kwargs"], row.get("input_shape", row.get("input_shapes")), answer) for row, answer in answers(name)]
    assert not wrong, f"{len(wrong)} rows, first: {wrong[:3]}"


def answers(name: str) -> Iterator[tuple[Row, str]]:
    """The rows of a layer on which dimlint is wrong, and how."""
    for row in ROWS:
        if row["layer"] == name and not by_policy(row) and (answer := check_row(row, LIBRARY)) is not None:
            yield row, answer


def test_declared_layers_have_rows() -> None:
    """Every row belongs to a declared layer, so that no row is skipped in silence."""
    declared = {name.rpartition(".")[2] for name in LIBRARY.entries}
    assert {row["layer"] for row in ROWS} <= declared


@pytest.mark.parametrize("row", [row for row in ROWS if row["layer"] in ("Input", "InputLayer")], ids=str)
def test_inputs(row: Row) -> None:
    given: dict[str, Any] = {name: plain(value) for name, value in row["kwargs"].items()}
    shape = plain(row["args"][0]) if row["args"] else given.get("shape", given.get("input_shape"))
    try:
        sizes = input_shape("Input", shape, given.get("batch_size"), given.get("batch_shape"))
    except Problem:
        assert "error" in row
        return
    assert compare(row, [sizes], None) is None


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
