"""TensorFlow's own answers, row by row."""

from __future__ import annotations

from collections import defaultdict

import pytest

from dimlint.libraries.tensorflow import LIBRARY
from tests.golden_driver import check_row, entry
from tests.golden_rows import Row, rows

ROWS: dict[str, list[Row]] = defaultdict(list)
for _row in rows("tensorflow_*.jsonl"):
    ROWS[_row["layer"]].append(_row)


@pytest.mark.parametrize("name", list(ROWS))
def test_every_row(name: str) -> None:
    wrong = [(row, answer) for row in ROWS[name] if (answer := check_row(row, LIBRARY)) is not None]
    assert not wrong, f"{len(wrong)} rows, first: {wrong[:3]}"


def test_every_row_has_a_declaration() -> None:
    assert [name for name, found in ROWS.items() if entry(found[0], LIBRARY) is None] == []
