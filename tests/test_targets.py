"""Which targets Keras takes for which output, by loss and metric: every row of ``fixtures/targets.jsonl`` is what Keras 3.15 did.

The batch has 6 samples; shapes are written without it. Keras may refuse what is not known to be wrong here, never the other way round
for metrics; for losses the two agree in every row.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dimlint.core.dim import Shape, unknown_dim
from dimlint.libraries.keras.names import snake_case
from dimlint.libraries.keras.targets import ALIASES, LOSSES, METRICS, verdict

BATCH = 6
PATH = Path(__file__).parent.parent / "fixtures" / "targets.jsonl"
ROWS = [json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines()]


def refused(row: dict[str, Any], targets: list[int], batch: Any = BATCH) -> bool:
    """Whether dimlint refuses the targets."""
    kind = "loss" if "loss" in row else "metric"
    given = ALIASES.get(row[kind], row[kind])
    name = snake_case(given) if given[0].isupper() and not given.isupper() else given.lower()
    rule = (LOSSES if kind == "loss" else METRICS).get(name)
    return rule is not None and verdict((name, rule), Shape(batch, *targets), Shape(batch, *row["output"])) is not None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.get('loss') or row.get('metric')}-{row['output']}")
def test_targets(row: dict[str, Any]) -> None:
    assert not [y for y in row["accepted"] if refused(row, y)]
    assert not [y for y in row["accepted"] if refused(row, y, unknown_dim("batch", low=1))]
    if "loss" in row:
        assert not [y for y in row["refused"] if not refused(row, y)]
