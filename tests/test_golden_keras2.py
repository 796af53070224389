"""Keras 2's own answers to the golden rows: with ``keras-version = 2`` dimlint gives them, or does not decide.

The rows of ``MEASURED`` say in ``variants`` what Keras 2 (tf_keras, symbolic) answers where it differs from Keras 3. Rows on which dimlint
does not answer as Keras 2 stand in ``keras2_otherwise.json``, under the reason why.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from dimlint.libraries.keras import LIBRARY
from tests.golden_driver import difference
from tests.golden_rows import GOLDEN, Row, rows

MEASURED = ("conv", "dense_merge", "norm", "pad_resize", "pool", "reshape", "rnn_attn")
ANSWER = ("output_shape", "output_shapes", "error", "stage", "params", "variants", "exception")
OTHERWISE = {
    json.dumps(question): reason
    for reason, questions in json.loads((GOLDEN / "keras2_otherwise.json").read_text(encoding="utf-8")).items()
    for question in questions
}
POLICY = "policy: "
"""How a reason begins that lets dimlint refuse what Keras 2 accepts."""


def question(row: Row) -> dict[str, Any]:
    """The row without its answer."""
    return {name: value for name, value in row.items() if name not in (*ANSWER, "framework")}


def as_keras2(row: Row) -> Row:
    """The row with the answer of Keras 2."""
    other = row.get("variants", {}).get("tfk2")
    if other is None:
        return {**row, "framework": "keras2"}
    params = {"params": row["params"]} if "params" in row and "error" not in other else {}
    return {**question(row), "framework": "keras2", **params, **other}


ROWS = [as_keras2(row) for name in MEASURED for row in rows(f"keras_{name}.jsonl")]


@pytest.mark.parametrize("name", sorted({row["layer"] for row in ROWS}))
def test_every_row(name: str) -> None:
    agree([(row, difference(row, LIBRARY)) for row in ROWS if row["layer"] == name])


def test_changed_rows() -> None:
    """Golden rows with other sizes and arguments, recorded from Keras 2."""
    for row in rows("keras2_l*.jsonl"):
        assert difference(row, LIBRARY) is None, row


def agree(answers: list[tuple[Row, str | None]]) -> None:
    """Each wrong answer has its reason, and each reason is needed."""
    for row, answer in answers:
        reason = OTHERWISE.get(json.dumps(question(row)))
        assert (answer is None) is (reason is None), f"{row}\ndimlint {answer}, listed as {reason}"
        accepted = answer is not None and answer.startswith("reports")
        assert not accepted or (reason or "").startswith(POLICY), f"{row}\ndimlint {answer}"
