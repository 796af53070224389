"""Models that nobody builds: sizes made of arguments that are not given."""

from __future__ import annotations

import pytest

from dimlint import analyze

RESIDUAL = """
from torch import nn


class Alpha(nn.Module):
    # the sum is only made where both sizes are the same

    def __init__(self, cin, cout, stride):
        super().__init__()
        self.same = cin == cout and stride == 1
        self.conv = nn.Conv2d(cin, cout, 3, stride, 1)

    def forward(self, x):
        if self.same:
            return self.conv(x) + x
        return self.conv(x)


class Net(nn.Module):
    def __init__(self, alpha):
        super().__init__()
        self.a = nn.Conv2d(3, 96 * alpha, 3, padding=1)
        self.b = Alpha(96 * alpha, 80 * alpha, 1)

    def forward(self, x):
        return self.b(self.a(x))
"""


def test_sizes_of_open_arguments_are_compared_as_sizes() -> None:
    report = analyze(RESIDUAL)
    assert not report.findings
    assert {model.status for model in report.models} == {"verified"}


def test_an_input_of_which_nothing_is_known_may_be_a_pair_of_states() -> None:
    program = """
from torch import nn
class Net(nn.Module):
    def __init__(self, words, size):
        super().__init__()
        self.embedding, self.lstm = nn.Embedding(words, size), nn.LSTM(size, size)
        self.cell = nn.LSTMCell(size, size)
    def forward(self, x, state, inner):
        out, state = self.lstm(self.embedding(x), state)
        return out, state, self.cell(out[0], inner)
"""
    report = analyze(program)
    assert not report.findings
    assert "wrong" not in {model.status for model in report.models}


ITEMS = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 5)
        self.second = nn.Linear(6, 5)

    def forward(self, inputs):
        BODY
"""


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("return self.first(inputs[0]), self.second(inputs[-1])", "verified"),
        ("a, b = inputs; return self.first(a) + self.second(b)", "verified"),
        ("a, (b, c) = inputs; return self.first(a), self.second(b), self.second(c)", "verified"),
        ("return self.first(inputs[1]).view(inputs[0].size(0), 5)", "verified"),
        ("return self.second(self.first(inputs[0]))", "wrong"),
        ("return self.first(inputs[:, 0]), self.second(inputs[:, 1])", "wrong"),
        ("a, b = inputs; return self.second(self.first(a))", "wrong"),
    ],
)
def test_an_input_whose_items_are_taken_may_be_a_list(body: str, status: str) -> None:
    """Its items have shapes of their own; what no list works with is wrong."""
    (model,) = analyze(ITEMS.replace("BODY", body)).models
    assert model.status == status
