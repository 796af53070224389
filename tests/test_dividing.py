"""Lists and dictionaries that paths have filled differently: what is done with them is done for each."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dimlint import analyze

START = "import torch\nfrom torch import nn\nflag, other = bool(input()), bool(input())\nx = torch.randn(2, 4)\n"


def found(body: str) -> Sequence[tuple[int, str]]:
    """Rules broken, with their lines in the body."""
    report = analyze(START + body)
    assert report.failure is None
    return [(finding.span.line - START.count("\n"), finding.rule) for finding in report.findings]


@pytest.mark.parametrize(
    "body",
    [
        "layers = [nn.Linear(4, 5)]\nif flag:\n    layers.append(nn.ReLU())\nnn.Sequential(*layers)(x).view(9)",
        "layers = [nn.Linear(4, 5)]\nif flag:\n    layers += [nn.ReLU()]\nfor layer in layers:\n    x = layer(x)\nx.view(9)",
        "n = [nn.Linear(4, 5)]\nif flag:\n    n.append(nn.ReLU())\nn = n + [nn.ReLU()]\nnn.Sequential(*n)(x).view(9)",
        "n = []\nif flag:\n    n.append(nn.ReLU())\nn = [nn.ReLU(), *n, nn.Linear(4, 5)]\nnn.Sequential(*n)(x).view(9)",
        "options = {}\nif flag:\n    options['bias'] = False\nnn.Linear(4, 5, **options)(x).view(9)",
        "sizes = [4]\nif flag:\n    sizes.append(4)\nn = sizes[0]\nnn.Linear(n, 5)(x).view(9)",
        "n = [nn.Linear(4, 5)]\nif flag:\n    n.append(nn.ReLU())\nif other:\n    n.append(nn.ReLU())\nnn.Sequential(*n)(x).view(9)",
    ],
)
def test_what_holds_for_each_is_known(body: str) -> None:
    assert found(body) == [(body.count("\n") + 1, "reshape-mismatch")]


@pytest.mark.parametrize(
    "body",
    [
        # one of the two works, and which it is is not known
        "layers = [nn.Linear(4, 5)]\nif flag:\n    layers.append(nn.Linear(5, 9))\nnn.Sequential(*layers)(x).view(18)",
        "layers = [nn.Linear(4, 5)]\nif flag:\n    layers.insert(0, nn.Linear(7, 4))\nnn.Sequential(*layers)(x)",
        "sizes = []\nif flag:\n    sizes.append(3)\nx.view(*sizes, 2, 4)",
        "sizes = [8]\nif flag:\n    sizes.append(1)\nx.view(8 if len(sizes) == 1 else 7)",
        "sizes = [8]\nif flag:\n    sizes.append(1)\nx.view(8 if len(sizes) == 2 else 7)",
        "options = {}\nif flag:\n    options['bias'] = False\nx.view(7 if 'bias' in options else 8)",
        "options = {}\nif flag:\n    options['bias'] = False\nx.view(8 if 'bias' in options else 7)",
        "layers = []\nfor _ in range(int(input())):\n    layers.append(nn.Linear(4, 4))\nx.view(8 if len(layers) == 5 else 7)",
        "layers = [1]\nif flag:\n    layers.append(2)\nlayers.pop()\nx.view(8 if layers else 7)",
        "layers = [1]\nif flag:\n    layers.clear()\nx.view(7 if layers else 8)",
        "layers = [1]\nif flag:\n    layers.clear()\nx.view(8 if layers else 7)",
    ],
)
def test_what_holds_for_some_is_no_finding(body: str) -> None:
    assert found(body) == []


def test_a_model_of_optional_layers_is_verified() -> None:
    source = """import torch
from torch import nn
class Net(nn.Module):
    def __init__(self, norm):
        super().__init__()
        layers = [nn.Conv2d(3, 8, 3)]
        if norm:
            layers.append(nn.BatchNorm2d(8))
        layers.append(nn.Conv2d(8, 8, 3))
        self.block = nn.Sequential(*layers)
        self.head = nn.Linear(8, 10)
    def forward(self, x):
        return self.head(self.block(x).mean((2, 3)))
net = Net(bool(input()))
net(torch.randn(2, 3, 9, 9))
"""
    assert [(model.name, model.status) for model in analyze(source).models] == [("net", "verified")]
    (finding,) = analyze(source.replace("nn.Linear(8, 10)", "nn.Linear(9, 10)")).findings
    assert finding.rule == "feature-mismatch"
