"""The same files give the same bytes, whatever the number of processes, the seed of hashes, and the order in which directories list."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.doors import ROOT, run

SHUFFLED = """\
import os, random, sys

rng, listdir, scandir = random.Random({seed}), os.listdir, os.scandir

def shuffled(items):
    items = list(items)
    rng.shuffle(items)
    return items

class Scan:
    def __init__(self, path="."):
        with scandir(path) as found:
            self.items = iter(shuffled(found))
    def __iter__(self):
        return self.items
    def __next__(self):
        return next(self.items)
    def __enter__(self):
        return self
    def __exit__(self, *error):
        self.close()
    def close(self):
        pass

os.listdir, os.scandir = lambda path=".": shuffled(listdir(path)), Scan
from dimlint.cli import main
main(sys.argv[1:], prog_name="dimlint")
"""
"""dimlint where directories list their files in an order of their own."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Programs that import one another, models of both frameworks, and many findings and gaps."""
    folder = tmp_path_factory.mktemp("several")
    for name in ("demo", "projects"):
        shutil.copytree(ROOT / "fixtures" / name, folder / name)
    for path in [*sorted((ROOT / "fixtures/torch").glob("*_wrong.py")), *sorted((ROOT / "fixtures/keras").glob("*.py"))[::6]]:
        shutil.copy(path, folder)
    return folder


def checked(folder: Path, form: str, jobs: int, seed: int) -> str:
    options = ("--no-cache", "--show-gaps", "--output-format", form, "--jobs", str(jobs))
    done = run("dimlint", "check", *options, cwd=folder, PYTHONHASHSEED=str(seed))
    assert done.returncode == 1, done.stderr
    return done.stdout


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_neither_processes_nor_hashes_count(project: Path, form: str) -> None:
    expected = checked(project, form, jobs=1, seed=0)
    assert expected.count("mismatch") > 5
    for jobs, seed in [(1, 1), (2, 12345), (2, 0)]:
        assert checked(project, form, jobs, seed) == expected


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_directories_does_not_count(project: Path, seed: int) -> None:
    expected = checked(project, "json", jobs=1, seed=0)
    command = [sys.executable, "-c", SHUFFLED.format(seed=seed), "check", "--no-cache", "--show-gaps", "--output-format", "json"]
    done = subprocess.run(command, cwd=project, capture_output=True, env={"PYTHONPATH": str(ROOT)}, check=False, timeout=900)
    assert done.stdout.decode() == expected, done.stderr.decode()[-500:]
