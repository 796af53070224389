"""Models of many equal blocks, run again: what a loop tries out in passing leaves no trace."""

from __future__ import annotations

from dimlint import analyze

NET = """import torch
from torch import nn
class Net(nn.Module):
    def __init__(self, n=8):
        super().__init__()
        self.blocks = nn.ModuleList([nn.Conv2d(8, 8, 3, padding=1) for _ in range(n)])
        self.pool = nn.MaxPool2d(4)
        self.last = nn.Conv2d(8, 8, 5)
    def forward(self, x):
        for b in self.blocks:
            x = b(x)
        return self.last(self.pool(x))
net = Net()
"""


def test_a_model_that_is_applied_again_is_verified() -> None:
    report = analyze(f"{NET}net(torch.randn(2, 8, 40, 40))\nnet(torch.randn(2, 8, 40, 40))\n")
    assert [(model.status, model.layers) for model in report.models] == [("verified", 10)] and not report.gaps


def test_the_smallest_input_is_told() -> None:
    (finding,) = analyze(f"{NET}net(torch.randn(2, 8, 16, 16))\n").findings
    assert finding.message.endswith("net needs an input of at least 20x20; 16x16 is given")


def test_parts_of_a_model_that_is_not_followed_are_no_models_of_their_own() -> None:
    source = """from torch import nn
from elsewhere import read
class Part(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.conv = nn.Conv2d(n, n, 3)
    def forward(self, x):
        return self.conv(x)
class Net(nn.Module):
    def __init__(self, settings):
        super().__init__()
        layers = []
        for setting in read(settings):
            layers.append(Part(setting.n))
            layers.append(nn.Sequential(nn.ReLU()))
        self.body = nn.Sequential(*layers)
    def forward(self, x):
        return self.body(x)
"""
    assert [(model.name, model.status) for model in analyze(source).models] == [("Net", "partial"), ("Part", "verified")]


def test_items_of_a_known_loop_are_looked_at_one_by_one() -> None:
    source = "import torch\nx = torch.randn(2, 4)\nks = [8] * 10 + [7] + [8] * 9\nfor i in range(20):\n    x.view(ks[i], -1)\n"
    assert [(finding.span.line, finding.rule) for finding in analyze(source).findings] == [(5, "reshape-mismatch")]
