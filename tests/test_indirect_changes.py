"""What a program changes without an assignment that says so: through decorators, mocks, coroutines, proxies, callbacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from dimlint import analyze

BETWEEN = "\n# ---\n"
FOLDER = Path(__file__).parent / "programs" / "indirect"
FILES = {path.stem: path.read_text().split(BETWEEN) for path in sorted(FOLDER.glob("*.txt"))}
WORKING = {f"{name}-{index}": text for name, texts in FILES.items() for index, text in enumerate(texts)}
"""Programs that run as they are; several to a file."""


@pytest.mark.parametrize("name", WORKING)
def test_nothing_is_reported(name: str) -> None:
    assert not analyze(WORKING[name]).findings


HEAD = "import torch\nfrom torch import nn\n"
NET = """class Net(nn.Module):
    width: int = 4
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(self.width, 2)
    def forward(self, x):
        return self.layer(x)
"""
WRONG = {
    "a decorator that keeps a register": f"from registry import register\n{HEAD}@register('net')\n{NET}Net()(torch.zeros(1, 3))",
    "a class that attrs makes": "import attrs\n" + HEAD + "@attrs.define\nclass C:\n    n: int = 4\ntorch.zeros(3) + torch.zeros(C().n)",
    "what an object frees of its own": f"{HEAD}class H:\n    def __init__(self):\n        self.n, self.held = 4, [1]\n"
    "    def __del__(self):\n        self.held.clear()\n        self.n = 3\nh = H()\ntorch.zeros(3) + torch.zeros(h.n + len(h.held))",
    "what a coroutine does": "import asyncio\n" + HEAD + "async def main():\n    torch.zeros(3) + torch.zeros(4)\nasyncio.run(main())",
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_certain_is_still_reported(name: str) -> None:
    assert len(analyze(WRONG[name]).findings) == 1
