"""Helpers of ``timm.layers`` where the package cannot be read; what they give was recorded of timm 1.0.31."""

from __future__ import annotations

from pathlib import Path

import pytest

from dimlint import analyze

HEAD = """import torch
from timm.layers import make_divisible, to_1tuple, to_2tuple, to_3tuple
from timm.models.layers import DropPath, drop_path, trunc_normal_
from timm.models.layers.drop import DropPath as Again
from torch import nn
linear = nn.Linear(4, 4)
"""


@pytest.mark.parametrize(
    ("expression", "shape"),
    [
        ("torch.zeros(to_2tuple(3))", [3, 3]),
        ("torch.zeros(to_3tuple(2))", [2, 2, 2]),
        ("torch.zeros(to_1tuple([2, 5]))", [2, 5]),
        ("torch.zeros(to_2tuple((6, 7, 8)))", [6, 7, 8]),
        ("torch.zeros([make_divisible(n) for n in (3, 12, 20, 35, 70.4)])", [8, 16, 24, 32, 72]),
        ("torch.zeros([make_divisible(10, 4), make_divisible(18, 8, 32), make_divisible(22, 16, None, 0.5)])", [12, 32, 16]),
        ("DropPath(0.2)(torch.zeros(2, 5))", [2, 5]),
        ("Again()(drop_path(torch.zeros(2, 5), 0.1))", [2, 5]),
        ("trunc_normal_(linear.weight, std=.02)", [4, 4]),
    ],
)
def test_helpers(expression: str, shape: list[int]) -> None:
    report = analyze(f"{HEAD}net = nn.Sequential(nn.Identity())\nnet({expression})\n")
    assert not report.findings
    assert report.models[-1].output_shape == shape


def test_what_does_not_fit_behind_them() -> None:
    report = analyze(f"{HEAD}nn.Sequential(linear, DropPath(0.1), nn.Linear(5, 2))(torch.zeros(1, 4))\n")
    assert [finding.rule for finding in report.findings] == ["feature-mismatch"]


def test_the_package_itself_comes_first(tmp_path: Path) -> None:
    (tmp_path / "timm").mkdir()
    (tmp_path / "timm" / "__init__.py").write_text("")
    (tmp_path / "timm" / "layers.py").write_text("def to_2tuple(x):\n    return x, x + 1\n")
    program = "import torch\nfrom timm.layers import to_2tuple\nnet = torch.nn.Sequential(torch.nn.Identity())\n"
    program += "net(torch.zeros(to_2tuple(3)))\n"
    assert analyze(program, str(tmp_path / "main.py")).models[-1].output_shape == [3, 4]
