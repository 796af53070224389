"""Models that another file builds and that nobody applies: they are run on open inputs, and shown where the main file asks for them."""

from __future__ import annotations

from pathlib import Path

from dimlint import analyze

LIBRARY = """
import torch.nn as nn
class Net(nn.Module):
    def __init__(self, inside=3, kept=9):
        super().__init__()
        self.conv = nn.Conv2d(inside, 8, 3)
        self.norm = nn.BatchNorm2d(kept)
    def forward(self, x):
        return self.norm(self.conv(x))
def make(kept):
    model = Net(3, kept)
    return model
"""
MAIN = """import torch
from parts import Net, make
wrong = make(9)
right = make(8)
also = Net(4, 8)
"""


def test_they_are_run_on_open_inputs(tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text(LIBRARY, encoding="utf-8")
    report = analyze(MAIN, str(tmp_path / "main.py"))
    assert [(finding.span.line, finding.rule) for finding in report.findings] == [(3, "channel-mismatch")]
    assert [(model.name, model.span.line, model.status, model.layers) for model in report.models] == [
        ("wrong", 3, "wrong", 1),
        ("right", 4, "verified", 2),
        ("also", 5, "verified", 2),
    ]
