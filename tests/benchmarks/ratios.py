"""Prints what dimlint costs as ratios to libcst, measured side by side: ``python -m tests.benchmarks.ratios [FILE|DIRECTORY ...]``.

Start-up is compared with ``python -c "import libcst"``, analysis with ``libcst.parse_module`` of the same files (by default the
fixtures). All numbers are processor time, the least of several runs in turn, since the times themselves drift on a busy machine.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import process_time
from typing import Any
from unittest.mock import patch

import libcst

from dimlint import source
from dimlint.analyze import analyze
from dimlint.config import Config
from dimlint.core.collector import collector_paused
from dimlint.gate import Unreadable
from dimlint.project import find_files, read_text
from dimlint.run import prepare
from dimlint.scan import Scan, mentions_framework

ROOT = Path(__file__).parent.parent.parent
RUNS = 15
PROGRAMS = {
    "a text without a framework": "import numpy\nprint(numpy.zeros(3))\n",
    "one layer of PyTorch": "import torch.nn as nn\nnn.Linear(1, 2)\n",
    "one layer of Keras": "import keras\nkeras.layers.Dense(1)\n",
    "one function of TensorFlow": "import tensorflow as tf\ntf.zeros(3)\n",
}


def main(paths: Sequence[str]) -> None:
    """Print all ratios."""
    startup()
    analysis(list(find_files(paths or [str(ROOT / "fixtures" / kind) for kind in ("torch", "keras")], Config())))


def startup() -> None:
    """Whole processes, with the compiled modules of an installed package."""
    with tempfile.TemporaryDirectory() as folder:
        commands = {"python": ["-c", "pass"], "import libcst": ["-c", "import libcst"], "dimlint --version": ["-m", "dimlint", "--version"]}
        for name, text in PROGRAMS.items():
            path = Path(folder, f"{len(commands)}.py")
            path.write_text(text, encoding="utf-8")
            commands[f"check: {name}"] = ["-m", "dimlint", "check", "--no-cache", str(path)]
        commands["check: fixtures/demo"] = ["-m", "dimlint", "check", "--no-cache", "fixtures/demo"]
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder, "PYTHONPATH": str(ROOT)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        seconds = {name: [processor_time(command, environment) for _ in range(2)][1] for name, command in commands.items()}
        for _ in range(RUNS):
            seconds = {name: min(seconds[name], processor_time(command, environment)) for name, command in commands.items()}
    print("start-up, processor time of the whole process / that of 'import libcst'")
    for name, value in seconds.items():
        print(f"  {value / seconds['import libcst']:6.2f}  {name} ({value:.3f} s)")


def processor_time(arguments: list[str], environment: dict[str, str]) -> float:
    """Processor seconds of one Python process."""
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment, stdout=nowhere, stderr=nowhere)
    usage = os.wait4(process.pid, 0)[2]
    process.returncode = 0  # it is waited for already
    return usage.ru_utime + usage.ru_stime


def analysis(paths: Sequence[str]) -> None:
    """The steps of a check in this process."""
    texts = dict(readable(paths))
    prepare()
    lines = sum(text.count("\n") for text in texts.values())
    parse = sum(timed(parsed, text) for text in texts.values())
    print(f"in one process, processor time / that of libcst.parse_module with the collector paused: {len(texts)} files, {lines} lines")
    steps: dict[str, Callable[[str], Any]] = {"words of a framework": mentions_framework, "scan": Scan, "ast.parse": ast.parse}
    for name, step in steps.items():
        print(f"  {sum(timed(step, text) for text in texts.values()) / parse:6.3f}  {name}")
    with counted() as inside:
        costs = {path: once(lambda: analyze(text, path)) for path, text in texts.items()}  # noqa: B023
    whole = sum(costs.values())
    print(f"  {inside['parse'] / parse:6.3f}  parse inside of the check, imported modules of the project included")
    print(f"  {(whole - inside['parse']) / parse:6.3f}  analysis: all but the parse")
    print(f"  {whole / parse:6.3f}  the whole check ({whole:.2f} s, {whole / lines * 1e6:.0f} us a line)")
    for path in sorted(costs, key=costs.__getitem__)[: -6 : -1]:
        print(f"          {costs[path] / whole:6.1%}  {path}")


def readable(paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The files that speak of a framework and can be parsed, with their texts."""
    for path in paths:
        try:
            text = read_text(path)
            if mentions_framework(text):
                source.Source.parse(text, path)
                yield path, text
        except Unreadable:
            continue


def parsed(text: str) -> None:
    """The bare parse."""
    with collector_paused():
        libcst.parse_module(text)


def timed(action: Callable[[str], Any], text: str) -> float:
    return min(once(lambda: action(text)) for _ in range(2))


def once(action: Callable[[], Any]) -> float:
    start = process_time()
    action()
    return process_time() - start


@contextmanager
def counted() -> Iterator[dict[str, float]]:
    """Adds up what the parses inside of the block take."""
    spent = {"parse": 0.0}
    inner = libcst.parse_module

    def parse(text: str) -> libcst.Module:
        start = process_time()
        try:
            return inner(text)
        finally:
            spent["parse"] += process_time() - start

    with patch.object(libcst, "parse_module", parse):
        yield spent


if __name__ == "__main__":
    main(sys.argv[1:])
