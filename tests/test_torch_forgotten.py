"""What code of torch's changes at a time of its own is forgotten: a finding stands on the last line of each program only."""

from __future__ import annotations

import pytest

from dimlint import analyze

STREAM = """
from torch import nn, zeros
from torch.utils.data import DataLoader, IterableDataset


class Stream(IterableDataset):
    width = 4

    def __init__(self):
        super().__init__()
        self.seen = 0

    def __iter__(self):
        self.width = 3
        for _ in range(3):
            self.seen += 1
            yield zeros(self.width)


stream = Stream()
loader = DataLoader(stream, None)
list(loader)
zeros(3) + zeros(stream.width)
zeros(3) + zeros(stream.seen)
try:
    for batch in DataLoader(Stream(), 2):
        nn.Linear(3, 4)(batch)
except (TypeError, AttributeError):
    zeros(3) + zeros(4)
zeros(3) + zeros(Stream.width)
"""
GRADIENT = """
import torch


class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, box):
        ctx.box = box
        return x * 2

    @staticmethod
    def backward(ctx, g):
        ctx.box.append(g)
        return g * 2, None


leaf = torch.zeros(2, requires_grad=True)
box = []
torch.autograd.grad(Double.apply(leaf, box).sum(), leaf)
torch.zeros(3) + torch.zeros(len(box) + 2)
torch.zeros(3) + torch.zeros(2)
"""


@pytest.mark.parametrize("program", [STREAM, GRADIENT], ids=["stream", "gradient"])
def test_only_the_last_line_is_wrong(program: str) -> None:
    found = [finding.span.line for finding in analyze(program, "program.py").findings]
    assert found == [len(program.splitlines())]
