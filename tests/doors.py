"""Programs and helpers for the tests of the doors: each door runs as a process of its own, as users run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

BAD = """\
from tensorflow.keras import layers, models

model = models.Sequential([
    layers.Input((8, 8, 1)),
    layers.Conv2D(4, 5),
    layers.Conv2D(
        8,
        5,
    ),
])
"""
"""Refused at line 6, column 5: the second convolution finds 4x4."""

GOOD = BAD.replace("(8, 8, 1)", "(28, 28, 1)")

CHAIN = """\
import torch
from torch import nn

conv = nn.Conv2d(3, 8, 3)
x = conv(torch.randn(1, 3, 4, 4))
y = nn.functional.relu(x)
z = nn.functional.max_pool2d(y, 3)
"""
"""Refused at line 7, after two steps."""


def run(*command: str, cwd: Path, stdin: bytes | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the current environment; its output as text."""
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR", "PYTHONIOENCODING")}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=cwd,
        input=stdin if stdin is not None else b"",
        capture_output=True,
        timeout=900,
        check=False,
        env=kept | {"PYTHONPATH": str(ROOT), "COLUMNS": "100"} | environment,
    )
    output, errors = done.stdout.decode("utf-8", "surrogateescape"), done.stderr.decode("utf-8", "surrogateescape")
    return subprocess.CompletedProcess(done.args, done.returncode, output, errors)


def write(folder: Path, **texts: str) -> Path:
    """Write ``name.py`` files; returns the folder."""
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder
