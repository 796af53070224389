"""How the cost of an analysis grows with the program: ``python -m tests.benchmarks.growth [--plot FILE.svg]``.

One program after another is made twice as large in one respect, and the processor time told as a multiple of that of the smallest.
Where the cost is linear, a row ends with about the factor by which the program grew; the last column is the exponent that fits best.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from time import process_time

from dimlint.analyze import analyze
from dimlint.batch import check_files
from dimlint.config import Config
from dimlint.run import prepare

FACTORS = (1, 2, 4, 8, 16)
RUNS = 3
HEAD = "import torch\nfrom torch import nn\n"
WIDTH, HEIGHT, MARGIN = 640, 400, 50
COLOURS = ("#1b6ca8", "#c0392b", "#1e8449", "#7d3c98", "#b9770e", "#117a65", "#5d6d7e", "#a04000")


def length(n: int) -> str:
    """A file with n classes."""
    return HEAD + "".join(
        f"class Net{i}(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Conv2d(3, {i + 1}, 3)\n"
        f"        self.b = nn.Linear({i + 1}, 5)\n    def forward(self, x):\n        return self.b(self.a(x).mean((2, 3)))\n"
        for i in range(10 * n)
    )


def layers(n: int) -> str:
    """A model with n layers, written out."""
    inside = "    nn.Conv2d(8, 8, 3, padding=1),\n    nn.ReLU(),\n" * (20 * n)
    return HEAD + f"net = nn.Sequential(\n{inside})\nnet(torch.zeros(1, 8, 9, 9))\n"


def loops(n: int) -> str:
    """A loop of 15 n rounds that builds a model."""
    return HEAD + f"net = nn.Sequential()\nfor i in range({15 * n}):\n    net.append(nn.Linear(4, 4))\nnet(torch.zeros(1, 4))\n"


def calls(n: int) -> str:
    """Functions that call one another n deep, again and again."""
    functions = "def f0(x):\n    return nn.Linear(4, 4)(x)\n"
    functions += "".join(f"def f{i}(x):\n    return f{i - 1}(x)\n" for i in range(1, 2 * n + 1))
    return HEAD + functions + f"x = torch.zeros(1, 4)\nfor _ in range(10):\n    x = f{2 * n}(x)\n"


def branches(n: int) -> str:
    """n conditions that nothing is known of, one after the other."""
    return HEAD + "import os\nx = torch.zeros(1, 4)\n" + "".join(
        f"if os.getenv('A{i}') == 'b':\n    x = nn.ReLU()(x)\nelse:\n    x = nn.Linear(4, 4)(x)\n" for i in range(8 * n)
    )


def nested(n: int) -> str:
    """Functions with a condition that nothing is known of, n of which call the next one on either side."""
    functions = "def f0(x):\n    return nn.Linear(4, 4)(x)\n" + "".join(
        f"def f{i}(x, flag=None):\n    if flag:\n        return f{i - 1}(x)\n    return f{i - 1}(nn.ReLU()(x))\n" for i in range(1, n + 1)
    )
    return HEAD + functions + f"f{n}(torch.zeros(1, 4))\n"


PROGRAMS: Mapping[str, Callable[[int], str]] = {
    "length of the file": length,
    "layers of a model": layers,
    "rounds of a loop": loops,
    "depth of calls": calls,
    "undecided conditions in a row": branches,
    "undecided conditions in calls": nested,
}


def main() -> None:
    """Print the table; draw the curves if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plot", metavar="FILE", help="write the curves as an SVG drawing")
    plot = parser.parse_args().plot
    prepare()
    rows = {name: [cost(program(factor)) for factor in FACTORS] for name, program in PROGRAMS.items()}
    rows["number of files"] = [cost_of_files(factor) for factor in FACTORS]
    print(f"{'times as large':32}" + "".join(f"{factor:8}" for factor in FACTORS) + "   exponent")
    for name, seconds in rows.items():
        print(f"{name:32}" + "".join(f"{value / seconds[0]:8.2f}" for value in seconds) + f"{exponent(seconds):11.2f}")
    if plot:
        curves = {name: [value / seconds[0] for value in seconds] for name, seconds in rows.items()}
        Path(plot).write_text(drawing(curves), encoding="utf-8")


def cost(text: str) -> float:
    """Seconds of processor time of one analysis, the least of several."""
    found = []
    for _ in range(RUNS):
        start = process_time()
        report = analyze(text, "program.py")
        found.append(process_time() - start)
        assert report.failure is None and not report.findings
    return min(found)


def cost_of_files(n: int) -> float:
    """Seconds for a directory of so many files that import a common one."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "common.py").write_text(length(1), encoding="utf-8")
        paths = [os.path.join(folder, f"file{i}.py") for i in range(2 * n)]
        for path in paths:
            Path(path).write_text("from common import Net0\n" + layers(1), encoding="utf-8")
        start = process_time()
        check_files([(path, Config()) for path in paths], 1)
        return process_time() - start


def exponent(seconds: list[float]) -> float:
    """The slope of the line that fits the logarithms best."""
    xs, ys = [math.log(factor) for factor in FACTORS], [math.log(value) for value in seconds]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def drawing(rows: Mapping[str, list[float]]) -> str:
    """The curves on logarithmic axes; the dashed line is what is linear."""
    top = max(max(values) for values in rows.values()) * 1.2
    across = (WIDTH - 2 * MARGIN) / math.log(FACTORS[-1])
    up = (HEIGHT - 2 * MARGIN) / math.log(top)

    def line(values: list[float], style: str) -> str:
        points = " ".join(
            f"{MARGIN + math.log(factor) * across:.1f},{HEIGHT - MARGIN - math.log(max(value, 1)) * up:.1f}"
            for factor, value in zip(FACTORS, values, strict=True)
        )
        return f'<polyline points="{points}" fill="none" {style}/>'

    parts = [line([float(factor) for factor in FACTORS], 'stroke="#888" stroke-dasharray="5 4"')]
    for number, (name, values) in enumerate(rows.items()):
        colour = COLOURS[number % len(COLOURS)]
        parts.append(line(values, f'stroke="{colour}" stroke-width="2"'))
        parts.append(f'<text x="{MARGIN + 8}" y="{MARGIN + 16 * number}" fill="{colour}">{name}</text>')
    for factor in FACTORS:
        parts.append(f'<text x="{MARGIN + math.log(factor) * across:.1f}" y="{HEIGHT - MARGIN + 18}" text-anchor="middle">{factor}×</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>', *parts, "</svg>\n"])


if __name__ == "__main__":
    main()
