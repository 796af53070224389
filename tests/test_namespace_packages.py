"""Directories of modules without an ``__init__.py``. Source: https://peps.python.org/pep-0420/."""

from __future__ import annotations

from pathlib import Path

import pytest

from dimlint import analyze

PART = """
from torch import nn
def make(kept):
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(kept))
"""
WAYS = {
    "from parts import nets": "nets.make",
    "from parts import nets as n": "n.make",
    "import parts.nets": "parts.nets.make",
    "import parts.nets as n": "n.make",
    "import parts.nets\nimport parts as p": "p.nets.make",
    "from parts.deep import below": "below.make",
    "from parts import deep\nimport parts.deep.below": "deep.below.make",
    "import parts.deep.below": "parts.deep.below.make",
    "from parts import user": "user.make",
}


def lay_out(root: Path) -> None:
    (root / "parts" / "deep").mkdir(parents=True)
    (root / "parts" / "nets.py").write_text(PART, encoding="utf-8")
    (root / "parts" / "deep" / "below.py").write_text(PART, encoding="utf-8")
    (root / "parts" / "user.py").write_text("from . import nets\nmake = nets.make\n", encoding="utf-8")


@pytest.mark.parametrize("statement", WAYS)
def test_their_modules_are_followed(statement: str, tmp_path: Path) -> None:
    lay_out(tmp_path)
    make, image = WAYS[statement], "torch.zeros(1, 3, 9, 9)"
    program = f"import torch\n{statement}\nright = {make}(8)\nright({image})\nwrong = {make}(9)\nwrong({image})\n"
    report = analyze(program, str(tmp_path / "main.py"))
    line = program.count("\n")
    assert [(finding.span.line, finding.rule) for finding in report.findings] == [(line, "channel-mismatch")]
    assert [model.status for model in report.models] == ["verified", "wrong"]


def test_what_is_no_module_of_theirs_stays_unknown(tmp_path: Path) -> None:
    lay_out(tmp_path)
    program = "import torch\nfrom parts import other\nimport parts\nother.make(9)(torch.zeros(1))\nparts.nets.make(9)(torch.zeros(1))\n"
    assert not analyze(program, str(tmp_path / "main.py")).findings
