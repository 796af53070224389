"""The smallest input that a summary tells: what runs in the framework, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from dimlint.config import Config
from dimlint.summary import summarize

HEAD = """
import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3)
        self.norm = nn.InstanceNorm2d(4)
        self.fractional = nn.FractionalMaxPool2d(3, output_size=4)
        self.smaller = nn.Upsample(scale_factor=0.25)
        self.patches = nn.Conv2d(4, 8, 4, 4)
        self.embedding = nn.Parameter(torch.zeros(1, 25, 8))
        self.image = nn.Parameter(torch.zeros(1, 4, 10, 10))

    def forward(self, x):
        return {result}
"""
CASES = [
    ("self.conv(x)", 3, None),
    ("F.interpolate(self.conv(x), scale_factor=0.25)", 6, None),
    ("F.interpolate(x, scale_factor=2)", 1, None),
    ("F.interpolate(x, size=(x.shape[2] // 2, x.shape[3] // 2))", 2, None),
    ("self.smaller(x)", 4, None),
    ("x.unfold(2, 5, 3)", 5, None),
    ("x.view(x.shape[0], 4, -1, 5)", None, "H % 5 == 0 (H = W)"),
    # Sizes that a rule refuses only where they are known.
    ("self.fractional(x)", None, None),
    ("self.norm(F.interpolate(self.conv(x), scale_factor=0.5))", None, None),
    ("x[:, :, 3:, 3:].amax((2, 3))", None, None),
    ("F.interpolate(x, scale_factor=(0.3, 0.5))", None, None),
    # Sizes of which some fit by broadcasting only.
    ("self.patches(x).flatten(2).transpose(1, 2) + self.embedding", None, None),
    ("x + torch.arange(20) + torch.linspace(0, 1, x.shape[2])[:, None]", None, None),
    ("x * F.interpolate(self.image, x.shape[-2:]) + self.image.repeat(1, 1, x.shape[2] // 10, x.shape[3] // 10)", None, None),
]


@pytest.mark.parametrize(("result", "smallest", "works_on"), CASES)
def test_the_smallest_input_is_told_where_it_is_known(tmp_path: Path, result: str, smallest: int | None, works_on: str | None) -> None:
    program = tmp_path / "net.py"
    program.write_text(HEAD.format(result=result))
    found = summarize(str(program), "Net", [(2, 4, 20, 20)], Config())
    told = None if smallest is None else (2, 4, smallest, smallest)
    assert (found.status, found.smallest_input, found.works_on) == ("verified", told, works_on)
