"""Fixed programs under their real framework: what was refused is accepted, and nothing else is refused in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from dimlint import analyze
from dimlint.config import Config
from dimlint.fixing import mended
from tests.expectations import fixtures
from tests.oracle.test_fixtures_run import JUDGES, in_child

pytestmark = pytest.mark.oracle

WRONG = [fixture for fixture in fixtures("torch", "keras", "demo") if fixture.findings and not fixture.config]
NETS = {
    "chain": """\
import torch
from torch import nn
nn.Sequential(nn.Conv2d(1, 6, 5), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(400, 4), nn.LayerNorm([3]))(torch.zeros(2, 1, 9, 9))
""",
    "kernel": "import torch\nfrom torch import nn\nnn.Sequential(nn.AvgPool2d((8, 3)))(torch.zeros(1, 2, 7, 9))\n",
    "batch": """\
import keras
keras.Sequential([keras.Input((None, 28, 28, 1)), keras.layers.Conv2D(8, 3), keras.layers.Flatten(), keras.layers.Dense(3)])
""",
    "padding": "import keras\nkeras.Sequential([keras.Input((3, 3, 1)), keras.layers.MaxPooling2D(), keras.layers.MaxPooling2D()])\n",
}


def fixed(text: str, path: Path) -> tuple[str, set[int]] | None:
    """The text with all fixes, and the lines on which dimlint still finds something."""
    found = mended(text.encode(), analyze(text, str(path)), Config(), unsafe=True)
    return None if found is None else (found.after, {item.span.line for item in found.report.findings})


@pytest.mark.parametrize("judge", JUDGES)
def test_the_framework_accepts_what_was_fixed(judge: str, tmp_path: Path) -> None:
    programs = {fixture.name.replace("/", "_"): (fixture.source, fixture.path) for fixture in WRONG if fixture.judge == judge}
    programs |= {name: (text, tmp_path) for name, text in NETS.items() if ("torch" if "torch" in text else "keras") == judge}
    left = {}
    for name, (text, place) in programs.items():
        result = fixed(text, place)
        if result is not None:
            path = tmp_path / f"{name}.py"
            path.write_text(result[0], encoding="utf-8")
            left[str(path)] = result[1]
    assert left or judge.startswith("keras1") or judge == "keras2"
    verdicts = in_child(list(left), **JUDGES[judge]) if left else {}
    wrong = {}
    for path, lines in left.items():
        refusals = {int(line): text for line, text in verdicts[path]["refusals"].items() if int(line) not in verdicts[path]["caught"]}
        refused = {line: text for line, text in refusals.items() if not text.startswith("AttributeError")}  # of another version's names
        if set(refused) != lines:
            wrong[path] = refused, lines
    assert not wrong
    if judge in ("torch", "keras"):
        assert not any(left[str(tmp_path / f"{name}.py")] for name, (_, place) in programs.items() if place == tmp_path)
