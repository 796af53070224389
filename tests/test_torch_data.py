"""Data sets and loaders of PyTorch: what a batch looks like."""

from __future__ import annotations

import pytest

from dimlint.analyze import analyze

HEAD = """
import numpy as np
import torch
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Subset, TensorDataset, random_split

class Own(Dataset):
    def __init__(self, count):
        self.data = np.zeros((count, 3, 8, 8))
    def __len__(self):
        return len(self.data)
    def __getitem__(self, index):
        return self.data[index], index, {"name": 1.5}

pairs = TensorDataset(torch.zeros(100, 20), torch.zeros(100, 2))
"""


@pytest.mark.parametrize(
    ("batch", "shape"),
    [
        ("next(iter(DataLoader(pairs, batch_size=16)))[0]", [None, 20]),
        ("next(iter(DataLoader(pairs, batch_size=20)))[0]", [20, 20]),
        ("next(iter(DataLoader(pairs, batch_size=200)))[1]", [100, 2]),
        ("next(iter(DataLoader(pairs, 16, drop_last=True)))[1]", [16, 2]),
        ("next(iter(DataLoader(pairs)))[0]", [1, 20]),
        ("next(iter(DataLoader(pairs, batch_size=None)))[0]", [20]),
        ("next(iter(DataLoader(Subset(pairs, range(10)), batch_size=5)))[0]", [5, 20]),
        ("next(iter(DataLoader(random_split(pairs, [0.5, 0.5])[0], batch_size=5)))[0]", [None, 20]),
        ("next(iter(DataLoader(random_split(pairs, [60, 40])[1], batch_size=5)))[0]", [5, 20]),
        ("next(iter(DataLoader(ConcatDataset([pairs, pairs]), batch_size=40)))[0]", [40, 20]),
        ("next(iter(DataLoader(pairs + pairs, batch_size=40)))[0]", [40, 20]),
        ("next(iter(DataLoader(Own(10), batch_size=2)))[0]", [2, 3, 8, 8]),
        ("next(iter(DataLoader(Own(10), batch_size=2)))[1]", [2]),
        ("next(iter(DataLoader(Own(10), batch_size=3)))[2]['name']", [None]),
        ("next(iter(DataLoader(torch.zeros(6, 5), batch_size=3)))", [3, 5]),
        ("pairs[3][0]", [20]),
        ("torch.zeros(len(DataLoader(pairs, batch_size=16)), 2)", [7, 2]),
        ("torch.zeros(len(DataLoader(pairs, batch_size=16, drop_last=True)), 2)", [6, 2]),
    ],
)
def test_batch(batch: str, shape: list[int | None]) -> None:
    report = analyze(f"{HEAD}net = nn.Sequential(nn.Identity())\nnet({batch})\n")
    assert report.failure is None and not report.findings
    assert report.models[-1].output_shape == shape


@pytest.mark.parametrize(
    "loader",
    [
        "DataLoader(unknown, batch_size=4)",
        "DataLoader(pairs, batch_size=4, collate_fn=unknown)",
        "DataLoader(ConcatDataset([pairs, Own(10)]), batch_size=4)",
        "DataLoader([torch.zeros(3), torch.zeros(4)], batch_size=1)",
    ],
)
def test_what_is_not_sure_is_not_refused(loader: str) -> None:
    report = analyze(f"{HEAD}net = nn.Sequential(nn.Linear(7, 3))\nfor batch in {loader}:\n    net(batch[0])\n    net(batch)\n")
    assert report.failure is None and not report.findings


def test_a_loop_over_batches_of_unknown_number() -> None:
    program = """
net = nn.Sequential(nn.Linear(20, 3))
other = nn.Sequential(nn.Linear(21, 3))
for epoch in range(3):
    for step, (x, y) in enumerate(DataLoader(pairs, batch_size=16)):
        net(x)
        other(x)
net(torch.zeros(2, 20))
"""
    report = analyze(HEAD + program)
    assert [(finding.rule, finding.span.line) for finding in report.findings] == [("feature-mismatch", 18)]
    assert [model.status for model in report.models] == ["verified", "wrong"]
    assert not [gap for gap in report.gaps if "loop" in gap.reason]


def test_tensorboard_runs_the_model() -> None:
    program = "from torch.utils.tensorboard import SummaryWriter\nw = SummaryWriter('x')\nw.add_scalar('a', 1, 2)\n"
    report = analyze(f"{HEAD}{program}w.add_graph(nn.Sequential(nn.Linear(7, 3)), torch.zeros(2, 8))\nw.close()\n")
    assert [finding.rule for finding in report.findings] == ["feature-mismatch"]
