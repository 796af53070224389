"""Long lists of numbers: a table of sines costs no more than a few of its entries."""

from __future__ import annotations

import pytest

from dimlint import analyze
from dimlint.config import Config

TABLES = {
    "powers of numpy": "[[p / np.power(10000, 2 * (i // 2) / D) for i in range(D)] for p in range(N)]",
    "powers": "[[p / 10000 ** (2 * (i // 2) / D) for i in range(D)] for p in range(N)]",
    "a function": "[row(p) for p in range(N)]",
    "sines": "[[math.sin(p * math.exp(-i / D)) for i in range(D)] for p in range(N)]",
}
PROGRAM = """
import math
import numpy as np
import torch
from torch import nn

N, D = 300, 512

def row(p):
    return [p / np.power(10000, 2 * (i // 2) / D) for i in range(D)]

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        table = np.array({table})
        table[:, 0::2] = np.sin(table[:, 0::2])
        self.register_buffer("table", torch.FloatTensor(table).unsqueeze(0))

    def forward(self, x):
        return x + self.table[:, :x.size(1)]

net = Net()
y = net(torch.zeros(2, 30, {features}))
"""


@pytest.mark.parametrize("table", TABLES)
def test_a_table_of_numbers_is_made_in_few_steps(table: str) -> None:
    program = PROGRAM.replace("{table}", TABLES[table])
    few = Config(fuel=60_000)
    (model,) = analyze(program.replace("{features}", "512"), config=few).models
    assert (model.status, model.output_shape) == ("verified", [2, 30, 512])
    assert [finding.code for finding in analyze(program.replace("{features}", "511"), config=few).findings] == ["E8705"]


PARTS = [
    ("items = [i * 2 for i in range(300)]", "items[299]", 598),  # integers may be sizes
    ("row = [0.5, 0.5]\nitems = [row for i in range(300)]\nrow.append(1)", "len(items[250])", 3),  # one list, many times
    ("items = [[0.5, 0.5] for i in range(300)]\nitems[200].append(1)", "len(items[201])", 2),  # lists of their own
    ("items = [[0.5] * (i + 1) for i in range(300)]", "len(items[299])", 300),
    ("seen = []\ndef note(i):\n    seen.append(i)\n    return 0.5\nitems = [note(i) for i in range(300)]", "len(seen)", 300),
    ("items = [0.5 if i < 200 else 'end' for i in range(300)]", "len(items[299])", 3),
    ("items = [i / 7 for i in range(300)]", "len(items)", 300),
    ("items = [i / 7 for i in range(300) if i % 2]", "len(items)", 150),
    ("items = [i / 7 for i in range(300)]", "round(items[3] * 7)", 3),  # the first ones are known
]


@pytest.mark.parametrize(("program", "asked", "expected"), PARTS)
def test_what_matters_to_a_shape_stays_known(program: str, asked: str, expected: int) -> None:
    text = f"import torch\n{program}\ntorch.zeros({asked}) + torch.zeros(5, {{}})\n"
    assert not analyze(text.format(expected)).findings
    assert [finding.code for finding in analyze(text.format(expected + 1)).findings] == ["E8705"]


def test_an_exception_in_a_long_list_is_still_possible() -> None:
    program = """import torch
try:
    items = [1 / (i - 250) for i in range(300)]
    width = 4
except ZeroDivisionError:
    width = 5
torch.zeros(2, width) + torch.zeros(2, 5)
"""
    assert not analyze(program).findings


def test_parameters_are_counted_one_by_one() -> None:
    program = """import torch
from torch import nn
scales = nn.ParameterList([nn.Parameter(torch.ones([])) for i in range(300)])
torch.zeros(sum(p.numel() for p in scales.parameters())) + torch.zeros(5, {})
"""
    assert not analyze(program.format(300)).findings
    assert [finding.code for finding in analyze(program.format(299)).findings] == ["E8705"]
