"""What a condition of the program tells of sizes that nobody knows, on either side of it and after it."""

from __future__ import annotations

import textwrap

import pytest

from dimlint import analyze
from dimlint.core.dim import Shape, unknown_dim
from dimlint.core.value import Tensor, Unknown
from tests.test_interpreter import run

NAMES = ("n", "c", "h", "w")
CHECKS = {
    "raise": ("if c != 3:\n    raise ValueError\nresult = [c == 3, c < 4, c != 3, h == 3]", [True, True, False, None]),
    "bounds": ("if h < 8:\n    raise ValueError\nresult = [h >= 8, h > 7, h < 5, h == 7, h > 8]", [True, True, False, False, None]),
    "assert": ("assert w % 4 == 0\nresult = [w % 4 == 0, w % 2 == 0, w % 4 == 1, w % 3 == 0]", [True, True, False, None]),
    "or": ("if h < 8 or w < 8:\n    raise ValueError\nresult = [h > 7, w > 7, h > w]", [True, True, None]),
    "and": ("assert h == w and h > 2\nresult = [h == w, w > 2, h > w, w > 3]", [True, True, False, None]),
    "not": ("assert not h > 8\nresult = [h <= 8, h < 10, h > 7]", [True, True, None]),
    "chain": ("assert 2 < h < 9\nresult = [h == 1]", [None]),
    "or says nothing of its parts": ("assert h > 8 or w > 8\nresult = [h > 8, w > 8]", [None, None]),
    "sides": ("if h > 20:\n    b = h > 19\nelse:\n    b = h <= 20\nresult = [h > 20, b]", [None, True]),
    "loop": ("for i in range(3):\n    if h <= i:\n        raise ValueError\nresult = [h > 2, h > 3]", [True, None]),
}


def told(body: str) -> list[object]:
    """The list ``result`` behind statements on the sizes of an image; None for what is not known."""
    program = "import torch\nout = []\ndef f(x):\n    n, c, h, w = x.shape\n" + textwrap.indent(body, "    ") + "\n    out.append(result)\n"
    machine, unit = run(program)
    function = machine.store.get((unit.scope.number, "f"))
    shape = Shape(*(unknown_dim(name, low=1) for name in NAMES))
    machine.call_function(function, (Tensor(shape, "torch"),), {})
    found = machine.plain(machine.store.get((unit.scope.number, "out")))
    return [None if isinstance(value, Unknown) else value for value in found[0]]


@pytest.mark.parametrize("name", CHECKS)
def test_conditions_tell_sizes(name: str) -> None:
    body, expected = CHECKS[name]
    assert told(body) == expected


def test_what_one_side_tells_is_forgotten_behind_it() -> None:
    assert told("if h > 20:\n    pass\nresult = [h > 20, h > 2]") == [None, None]


GATE = """
import torch.nn.functional as F
from torch import nn
class Gate(nn.Module):
    def __init__(self):
        super().__init__()
        self.weigh = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 8, 1))
        self.conv = nn.Conv2d(4, 8, 3, padding=1)
    def forward(self, fine, coarse):
        large = F.interpolate(coarse, size=fine.shape[2:])
        gated = self.conv(fine) * self.weigh(coarse)
        return large[:, :, %s:] + gated
"""


def test_what_is_broadcast_from_open_sizes_has_one_of_them() -> None:
    assert [model.status for model in analyze(GATE % "0", "gate.py").models] == ["verified"]
    assert not analyze(GATE % "1", "gate.py").findings  # a height of 2 becomes 1
