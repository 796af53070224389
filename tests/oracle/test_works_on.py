"""Where only certain sizes of an input work, the summary tells which: as many as the framework runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dimlint.config import Config
from dimlint.summary import summarize

pytestmark = pytest.mark.oracle

HEAD = "import torch\nfrom torch import nn\n"
FEATURES = "nn.Conv2d(3, 4, 5), nn.MaxPool2d(2), nn.Conv2d(4, 4, 5), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(100, 2)"
PATCHES = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        x = self.conv(x)
        n, c, h, w = x.shape
        return x.view(n, c, h // {0}, {0}, w // {0}, {0})
net = Net()
"""
CASES = {
    f"{HEAD}net = nn.Sequential({FEATURES})\n": (32, "H = 32…35 (H = W)"),
    HEAD + PATCHES.format(32): (64, "H % 32 == 0 (H = W)"),
    HEAD + PATCHES.format(7): (14, "H % 7 == 0 (H = W)"),
    f"{HEAD}net = nn.Sequential(nn.Conv1d(2, 3, 4, stride=4), nn.Flatten(), nn.Linear(15, 1))\n": (20, "L = 20…23"),
}


@pytest.mark.parametrize(("text", "given", "said"), [(text, *rest) for text, rest in CASES.items()])
def test_the_condition_is_that_of_the_framework(text: str, given: int, said: str, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(text, encoding="utf-8")
    shape = (2, 2, given) if "Conv1d" in text else (2, 3, given, given)
    found = summarize(str(path), "net", [shape], Config())
    assert (found.works_on, found.smallest_input) == (said, None)
    condition = said.partition(" (")[0]
    works = {size for size in range(1, 101) if runs(text, (*shape[:2], *(size,) * (len(shape) - 2)))}
    assert works == {size for size in range(1, 101) if holds(condition, size)}


def holds(condition: str, size: int) -> bool:
    """Whether a size meets ``H % 32 == 0`` or ``H = 32…35``."""
    _, sign, rest = condition.split(" ", 2)
    if sign == "%":
        step, _, left = rest.split(" ")
        return size % int(step) == int(left)
    low, _, high = rest.partition("…")
    return int(low) <= size <= int(high or low)


def runs(program: str, shape: tuple[int, ...]) -> bool:
    import torch

    names: dict[str, Any] = {}
    exec(compile(program, "<program>", "exec"), names)
    try:
        names["net"].eval()(torch.zeros(*shape))
    except RuntimeError:
        return False
    return True
