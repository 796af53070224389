"""NumPy's own answers, row by row, and what rows do not say: that knowing less reports less."""

from __future__ import annotations

from collections import Counter

import pytest

from dimlint.core.dim import Shape, unknown_dim
from dimlint.core.problem import Undecided, doubts
from dimlint.core.value import Native, Tensor
from dimlint.libraries.numpy import LIBRARY
from tests.golden_driver import call, check_row, entry, plain, subscript
from tests.golden_rows import Row, input_shapes, rows

ROWS = list(rows("numpy*.jsonl"))
NAMES = list(Counter(row["layer"] for row in ROWS))
JOINING = ("concatenate", "stack", "vstack", "hstack", "dstack", "column_stack")


@pytest.mark.parametrize("name", NAMES)
def test_every_row(name: str) -> None:
    answers = [(row, check_row(row, LIBRARY)) for row in ROWS if row["layer"] == name]
    wrong = [(row["args"], row["kwargs"], input_shapes(row), answer) for row, answer in answers if answer]
    assert not wrong, f"{len(wrong)} of {len(answers)} rows, first: {wrong[:3]}"


def test_every_row_is_declared() -> None:
    assert {row["layer"] for row in ROWS if entry(row, LIBRARY) is None} == set()


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("np.random")])
def test_knowing_less_reports_less(name: str) -> None:
    """With any size of the inputs unknown, a row that NumPy accepts gives no Problem, and results of the same ranks."""
    for row in ROWS:
        if row["layer"] == name and "error" not in row and name != "np.einsum":
            for place, shape in enumerate(input_shapes(row)):
                for axis in range(len(shape)):
                    blurred(row, place, axis)


def blurred(row: Row, place: int, axis: int) -> None:
    """Ask again with one size unknown. Raises Problem if that is refused."""
    shapes = [Shape(*shape) for shape in input_shapes(row)]
    shapes[place] = Shape(*(unknown_dim("?") if index == axis else size for index, size in enumerate(shapes[place])))
    types = row.get("dtypes", [row.get("dtype")] * len(shapes))
    inputs = [Tensor(shape, "numpy", dtype) for shape, dtype in zip(shapes, types)]
    declared = entry(row, LIBRARY)
    assert isinstance(declared, Native)
    given = [inputs] if declared.label in JOINING else inputs
    args = (subscript(row["args"][0], "numpy"),) if declared.label == "__getitem__" else plain(row["args"], "numpy")
    with doubts():
        try:
            found = call(declared.body, (*given, *args), {name: plain(value, "numpy") for name, value in row["kwargs"].items()})
        except Undecided:
            return
    if isinstance(found, Tensor) and "output_shape" in row:
        assert len(found.shape) == len(row["output_shape"]), row
