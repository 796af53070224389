"""Keras 2's own answers to the golden rows: with ``keras-version = 2`` dimlint gives them, or does not decide.

The rows of ``MEASURED`` say in ``variants`` what Keras 2 (tf_keras, symbolic) answers where it differs from Keras 3. Rows on which dimlint
does not answer as Keras 2 stand in ``keras2_otherwise.json``, under the reason why.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from dimlint.analyze import analyze
from dimlint.config import Config
from dimlint.core.report import Report
from dimlint.libraries.keras import LIBRARY
from tests.golden_driver import GOLDEN, Row, check_row, nested, plain, rows
from tests.test_golden_keras import MACHINE_TYPES

MEASURED = ("conv", "dense_merge", "norm", "pad_resize", "pool", "reshape", "rnn_attn")
ANSWER = ("output_shape", "output_shapes", "error", "stage", "params", "variants")
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


@pytest.mark.parametrize("name", sorted({row["layer"] for row in ROWS} - {*MACHINE_TYPES}))
def test_every_row(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.golden_driver.silent_zero", lambda row, declared: False)
    agree([(row, check_row(row, LIBRARY)) for row in ROWS if row["layer"] == name])


def test_changed_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Golden rows with other sizes and arguments, recorded from Keras 2."""
    monkeypatch.setattr("tests.golden_driver.silent_zero", lambda row, declared: False)
    for row in rows("keras2_*.jsonl"):
        assert check_row(row, LIBRARY) is None, row


@pytest.mark.parametrize("name", ["Bidirectional", "TimeDistributed", "Input", "InputLayer"])
def test_every_program(name: str) -> None:
    agree([(row, judged(row, run(program(row)))) for row in ROWS if row["layer"] == name])


def agree(answers: list[tuple[Row, str | None]]) -> None:
    """Each wrong answer has its reason, and each reason is needed."""
    for row, answer in answers:
        reason = OTHERWISE.get(json.dumps(question(row)))
        assert (answer is None) is (reason is None), f"{row}\ndimlint {answer}, listed as {reason}"
        accepted = answer is not None and answer.startswith("reports")
        assert not accepted or (reason or "").startswith(POLICY), f"{row}\ndimlint {answer}"


def program(row: Row) -> str:
    """A program that makes the row's call."""
    args, kwargs = plain(row["args"]), {name: plain(value) for name, value in row["kwargs"].items()}
    if row["layer"] == "Input":
        return f"x = keras.Input(*{args!r}, **{kwargs!r})\nm = keras.Model(x, x)\n"
    if row["layer"] == "InputLayer":
        return f"x = layers.InputLayer(*{args!r}, **{kwargs!r}).output\nm = keras.Model(x, x)\n"
    inner, given, named = row["wrapped"]
    layer = f"layers.{inner}(*{plain(given)!r}, **{ {name: plain(value) for name, value in named.items()}!r})"
    start = f"x = keras.Input(batch_shape={plain(row['input_shape'])!r})\n"
    return f"{start}m = keras.Model(x, layers.{row['layer']}({layer}, *{args!r}, **{kwargs!r})(x))\n"


def run(text: str) -> Report:
    return analyze(f"import keras\nfrom keras import layers\n{text}", config=Config(keras_version=2.0))


def judged(row: Row, report: Report) -> str | None:
    """What dimlint gets wrong about a row's program, or None."""
    if report.findings:
        return None if "error" in row else f"reports {report.findings[0].message}"
    reasons = [gap.reason for gap in report.gaps] + [model.reason for model in report.models if model.reason]
    if not report.models or (reasons and "error" in row):
        return f"is undecided: {reasons}"
    if "error" in row:
        return f"accepts what is refused: {row['error']}"
    wanted = nested(row["output_shapes"]) if "output_shapes" in row else [row["output_shape"]]
    given = report.models[-1].output_shape
    return None if (given if len(wanted) > 1 else [given]) == wanted else f"gives {given}, not {wanted}"
