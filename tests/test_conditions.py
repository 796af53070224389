"""What a condition of the program tells of sizes that nobody knows, on either side of it and after it."""

from __future__ import annotations

import itertools
import textwrap

import pytest

from dimlint import analyze
from dimlint.core.axis import Condition, value
from dimlint.core.dim import Shape, unknown_dim
from dimlint.core.value import Tensor, Unknown, is_size
from dimlint.interpreter.aligning import joining
from dimlint.interpreter.assuming import sides
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


MEETINGS = {
    "made equal": ("if h != w:\n    h = w\nresult = [h == w]", [True]),
    "one where it is not more": ("k = 1\nif n > 1:\n    k = n\nresult = [k == n]", [True]),
    "to a multiple": ("k = h\nif h % 4 != 0:\n    k = h // 4 * 4\nresult = [k % 4 == 0, k == h]", [True, None]),
    "shapes": ("s, t = (h, w), (c, n)\nif s != t:\n    s = t\nresult = [s == t, s == (h, w)]", [True, None]),
    "shapes of which one size may differ": ("s, t = (h, 3), (w, 3)\nif s != t:\n    s = t\nresult = [s == t]", [True]),
    "expression": ("k = h if h == w else w\nresult = [k == w, k == h]", [True, None]),
    "neither": ("k = h if h > w else w\nresult = [k == w, k == h]", [None, None]),
    "the other way round": ("k = w if h == w else h\nresult = [k == h, k == w]", [True, None]),
    "shapes of which either may differ": ("k = h\nif (h, w) != (c, n):\n    k = c\nresult = [k == c, k == h]", [True, None]),
    "not known to be equal": ("k = h\nif (h, w) != (c, n):\n    k = 5\nresult = [k == 5, k == c]", [None, None]),
}


@pytest.mark.parametrize("name", MEETINGS)
def test_what_both_sides_of_a_condition_have_in_common(name: str) -> None:
    body, expected = MEETINGS[name]
    assert told(body) == expected


def test_a_size_that_two_paths_share_is_right_on_both() -> None:
    """By trying all small sizes: of conditions on either side, and of what the paths leave behind."""
    h, w = (unknown_dim(name, low=1) for name in "hw")
    symbols = [next(iter(size.symbols)) for size in (h, w)]
    sizes = [h, w, h + 1, 2 * w, h // 2, 1]
    for op, a, b in itertools.product(("==", "<"), sizes, sizes):
        holding, failing = (
            tuple(item for item in side if isinstance(item, Condition)) if len(side) == 1 else () for side in sides(op, a, b)
        )
        for x, y in itertools.product(sizes, sizes):
            kept = joining(holding, failing)(x, y)
            for numbers in itertools.product(range(1, 7), repeat=2):
                values = dict(zip(symbols, numbers))
                left, right, found = value(x, values), value(y, values), kept
                lost = not is_size(found) or not set(getattr(found, "symbols", ())) <= set(symbols)
                for side, mine in ((holding, left), (failing, right)):
                    if not lost and all(item.holds(values) for item in side):
                        assert value(found, values) == mine, (op, a, b, x, y, found)
