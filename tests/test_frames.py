"""Code frames of findings: what is refused, and the argument to blame, underlined where it is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from dimlint import analyze
from dimlint.core.report import Finding, Related, Report, Span
from dimlint.lines import FileLines
from dimlint.render.frame import frames
from dimlint.render.json_format import render_json
from dimlint.render.places import no_cells
from dimlint.render.text import render_text

TORCH = "import torch\nfrom functools import partial\nfrom torch import nn\nimport torch.nn.functional as F\nx = torch.randn(2, 3, 8, 8)\n"
KERAS = "import keras\nfrom keras import layers\nx = keras.Input((8, 8, 3))\n"


def framed(text: str) -> Sequence[str]:
    """The lines of the frames of the only finding."""
    (finding,) = analyze(text, "net.py").findings
    lines = text.splitlines()
    drawn = ["".join(piece for piece, _ in line) for line in frames(finding, lambda path, line: lines[line - 1], no_cells)]
    return [line.split("| ", 1)[1] for line in drawn]


@pytest.mark.parametrize(
    ("start", "code", "marks"),
    [
        (TORCH, "nn.Conv2d(4, 8, 3)(x)", "~~~~~~~~~~^~~~~~~~ in_channels"),
        (TORCH, "nn.Conv2d(out_channels=8, kernel_size=3, in_channels=4)(x)", 53 * "~" + "^~ in_channels"),
        (TORCH, "nn.Conv2d(3, 8, *[9])(x)", 21 * "^"),
        (TORCH, "nn.Conv2d(3, 8, 9, **{})(x)", "~~~~~~~~~~~~~~~~^~~~~~~~ kernel_size"),
        (TORCH, "nn.Conv2d(3, 8, 3, groups=2)", 26 * "~" + "^~ groups"),
        (TORCH, "torch.nn.Conv2d(3, 5 + 4, 2 * 6)(x)", 26 * "~" + "^^^^^~ kernel_size"),
        (TORCH, "F.batch_norm(x, torch.ones(4), torch.ones(3))", "~~~~~~~~~~~~~~~~^^^^^^^^^^^^^~~~~~~~~~~~~~~~~ running_mean"),
        (TORCH, "x + torch.ones(4)", 17 * "^"),
        (KERAS, "layers.Conv2D(8, 9)(x)", "~~~~~~~~~~~~~~~~~^~ kernel_size"),
        (KERAS, "layers.MaxPooling2D((1, 9))(x)", "~~~~~~~~~~~~~~~~~~~~^^^^^^~ pool_size"),
        (KERAS, "layers.Reshape((5, -1))(x)", "~~~~~~~~~~~~~~~^^^^^^^~ target_shape"),
    ],
)
def test_the_argument_to_blame_is_underlined_in_the_call(start: str, code: str, marks: str) -> None:
    assert framed(start + code) == [code, marks]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("fc = nn.Linear(7, 10)\nfc(x)", ["fc(x)", "^^^^^", "fc = nn.Linear(7, 10)", "               ^ in_features"]),
        (
            "def conv(i, o):\n    return nn.Conv2d(i, o, 3)\nc = conv(4, 4)\nc(x)",
            ["c(x)", "^^^^", "c = conv(4, 4)", "         ^ in_channels"],
        ),
        (  # what a function makes of its arguments is not looked through
            "def conv(i, o):\n    i = i // 2\n    return nn.Conv2d(i, o, 3)\nc = conv(8, 4)\nc(x)",
            ["c(x)", "^^^^", "    return nn.Conv2d(i, o, 3)", "                     ^ in_channels"],
        ),
        (
            "class Own(nn.Module):\n    def __init__(self, i=4):\n        super().__init__()\n"
            "        self.c = nn.Conv2d(i, 4, 3)\nOwn().c(x)",
            ["Own().c(x)", "^^^^^^^^^^", "    def __init__(self, i=4):", "                         ^ in_channels"],
        ),
        ("nn.Conv2d(\n    4, 8, 3\n)(x)", ["nn.Conv2d(", "^^^^^^^^^^", "    4, 8, 3", "    ^ in_channels"]),
        ("class Own(nn.Conv2d):\n    pass\nc = Own(4, 3, 3)\nc(x)", ["c(x)", "^^^^", "c = Own(4, 3, 3)", "        ^ in_channels"]),
        ("Conv = nn.Conv2d\nc = Conv(4, 3, 3)\nc(x)", ["c(x)", "^^^^", "c = Conv(4, 3, 3)", "         ^ in_channels"]),
        # the positions of a partial are not those of the layer
        ("Conv2d = partial(nn.Conv2d, 4)\nc = Conv2d(20, 3)\nc(x)", ["c(x)", "^^^^"]),
        ("c = list(map(partial(nn.Conv2d, 4), [20], [3]))[0]\nc(x)", ["c(x)", "^^^^"]),
        ("conv = partial(nn.Conv2d, 4)\nc = conv(3, 3)\nc(x)", ["c(x)", "^^^^"]),
        (
            "conv = partial(nn.Conv2d, 3)\nc = conv(8, kernel_size=9)\nc(x)",
            ["c(x)", "^^^^", "c = conv(8, kernel_size=9)", "                        ^ kernel_size"],
        ),
        # the number is in no call
        ("c = nn.Linear(*[7, 10])\nc(x)", ["c(x)", "^^^^"]),
        ("class Own(nn.Conv2d):\n    def __init__(self, n):\n        super().__init__(n, n, 3)\nc = Own(4)\nc(x)", ["c(x)", "^^^^"]),
    ],
)
def test_an_argument_that_is_written_elsewhere_has_its_own_frame(code: str, shown: Sequence[str]) -> None:
    assert framed(TORCH + code) == shown


def test_the_frame_of_another_file_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text("from torch import nn\nhead = nn.Linear(7, 10)\n")
    (tmp_path / "net.py").write_text(TORCH + "from parts import head\nhead(x)\n")
    path = str(tmp_path / "net.py")
    (finding,) = analyze((tmp_path / "net.py").read_text(), path).findings
    drawn = ["".join(piece for piece, _ in line) for line in frames(finding, FileLines(), no_cells)]
    other = str(tmp_path / "parts.py")
    assert drawn == [
        "  7 | head(x)",
        "    | ^^^^^^^",
        f"    : {other}:2",
        "  2 | head = nn.Linear(7, 10)",
        "    |                  ^ in_features",
    ]
    blamed = json.loads(render_json([Report(path, (finding,))]))["findings"][0]["blamed"]
    assert blamed == {"path": other, "line": 2, "column": 18, "end_line": 2, "end_column": 19, "argument": "in_features"}


def test_numbers_of_lines_are_aligned() -> None:
    lines = ["a = f(1)", *[""] * 10, "a(x)"]
    finding = Finding(Span("n.py", 12, 1, 12, 5), "E", "r", "m", blamed=Related(Span("n.py", 1, 7, 1, 8), "k"))
    drawn = ["".join(piece for piece, _ in line) for line in frames(finding, lambda path, line: lines[line - 1], no_cells)]
    assert drawn == ["  12 | a(x)", "     | ^^^^", "   1 | a = f(1)", "     |       ^ k"]


def test_both_operands_of_a_merge_are_followed_and_equal_steps_are_counted() -> None:
    (finding,) = analyze(f"{TORCH}a = nn.Conv2d(3, 8, 3)(x)\nb = nn.Conv2d(3, 8, 5)(x)\na + b", "net.py").findings
    assert [item.message for item in finding.related] == [
        "randn: (2, 3, 8, 8)",
        "Conv2d: (2, 3, 8, 8) -> (2, 8, 6, 6)",
        "Conv2d: (2, 3, 8, 8) -> (2, 8, 4, 4)",
    ]
    blocks = "x = x + nn.Conv2d(3, 3, 3, padding=1)(x)\n" * 9
    report = analyze(f"{TORCH}{blocks}nn.Conv2d(4, 4, 3)(x)", "net.py")
    drawn = render_text([report], FileLines(), gaps=False, statistics=False)
    assert "    ... 18 steps that leave (2, 3, 8, 8)" in ["".join(piece for piece, _ in line) for line in drawn]
