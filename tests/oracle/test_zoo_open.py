"""The models of torchvision as a program builds them that never says how large an image is: no finding, and a trace of nearly all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dimlint import analyze
from dimlint.config import Config
from dimlint.libraries import LIBRARIES
from tests.oracle.test_zoo import ZOO

ROWS = [json.loads(line) for line in (ZOO / "torchvision.jsonl").read_text(encoding="utf-8").splitlines()]
LAYERS = next(library.entries for library in LIBRARIES if library.name == "torch")
TRACED = 70 / 80
"""The share of the models that has to be followed to the end."""


@pytest.mark.zoo
def test_models_without_an_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left = []
    for row in ROWS:
        module = row["file"].removesuffix(".py").replace("/", ".")
        path = tmp_path / f"build_{row['entry']}.py"
        path.write_text(f"from {module} import {row['entry']}\nnet = {row['entry']}()\n", encoding="utf-8")
        report = analyze(path.read_text(encoding="utf-8"), str(path), Config(follow_imports="installed"))
        assert (report.findings, report.failure) == ((), None), row["entry"]
        (model,) = report.models
        count = sum(f"nn.{layer}" in LAYERS for _, layer, _ in row["layers"])  # torchvision's own leaves are functions of the program
        if model.status != "verified" or model.layers < count:
            left.append(f"{row['entry']}: {model.status}, {model.layers} of {count} layers: {model.reason}")
    with capsys.disabled():
        print("\n".join(["", f"{len(ROWS) - len(left)} of {len(ROWS)} traced on open sizes", *left]))
    assert len(ROWS) - len(left) >= TRACED * len(ROWS)
