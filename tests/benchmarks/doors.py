"""What dimlint costs where it is used, as ratios: ``python -m tests.benchmarks.doors [DIRECTORY]`` (by default the fixtures).

A second run over what has not changed against the first; two processes against one, by the clock; a default run of pylint with the
plugin against one without it. Each number is the least of several runs in turn, since the times themselves drift on a busy machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from tests.benchmarks.ratios import ROOT, processor_time

RUNS = 3


def main(directory: str) -> None:
    """Print all ratios."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": os.path.join(folder, "compiled"), "PYTHONPATH": str(ROOT)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        check = ["-m", "dimlint", "check", directory, "--output-format", "concise"]
        cache = ["--cache-dir", os.path.join(folder, "cache")]
        first = least([*check, "--jobs", "1", "--no-cache"], environment)
        processor_time([*check, "--jobs", "1", *cache], environment)
        again = least([*check, "--jobs", "1", *cache], environment)
        print(f"{first / again:6.1f}  times as fast when nothing has changed ({first:.2f} s, {again:.2f} s)")
        one, two = (clock([*check, "--no-cache", "--jobs", str(jobs)], environment) for jobs in (1, 2))
        print(f"{one / two:6.2f}  times as fast with two processes, by the clock ({one:.2f} s, {two:.2f} s)")
        files = sorted(map(str, Path(directory).rglob("*.py")))
        lint = ["-m", "pylint", "--persistent=n", "--score=n", *files]
        bare, with_plugin = least(lint, environment), least([*lint, "--load-plugins=dimlint"], environment)
        print(f"{with_plugin / bare:6.2f}  times a default run of pylint with the plugin ({bare:.2f} s, {with_plugin:.2f} s)")


def least(arguments: Sequence[str], environment: dict[str, str]) -> float:
    """Processor seconds of a process of Python, the least of several."""
    return min(processor_time([*arguments], environment) for _ in range(RUNS))


def clock(arguments: Sequence[str], environment: dict[str, str]) -> float:
    """Seconds by the clock."""
    found = []
    for _ in range(RUNS):
        start = perf_counter()
        nowhere = subprocess.DEVNULL
        subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, stdout=nowhere, stderr=nowhere, check=False)
        found.append(perf_counter() - start)
    return min(found)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "fixtures" / "torch"))
