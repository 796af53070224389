"""torch's own answers about distributions: expressions with the shape of their result, or the error that torch raises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dimlint import analyze

ROWS = [json.loads(line) for line in (Path(__file__).parent.parent / "fixtures" / "distributions.jsonl").read_text("utf-8").splitlines()]
HEAD = "import torch\nimport torch.distributions as D\n\n"


def verdict(expression: str) -> list[int] | str:
    """The shape that an expression has for certain, the message of what is wrong with it, or that it is not known."""
    program = f"class Model(torch.nn.Module):\n    def forward(self, x):\n        return {expression}\n\nModel()(torch.zeros(1))\n"
    report = analyze(HEAD + program)
    if report.findings:
        return f"refused: {report.findings[0].message}"
    shapes: list[Any] = [model.output_shape for model in report.models if model.status == "verified"]
    return list(shapes[0]) if shapes and shapes[0] is not None else f"unknown: {[gap.reason for gap in report.gaps]}"


@pytest.mark.parametrize("kind", sorted({row["kind"] for row in ROWS}))
def test_every_row(kind: str) -> None:
    wrong = []
    for row in ROWS:
        if row["kind"] != kind:
            continue
        found = verdict(row["expression"])
        agrees = found == row["shape"] if "shape" in row else isinstance(found, str) and found.startswith(row["verdict"])
        if not agrees:
            wrong.append((row, found))
    assert not wrong, f"{len(wrong)} rows, first: {wrong[:3]}"
