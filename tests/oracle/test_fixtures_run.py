"""Every fixture under its real framework: each expectation is the framework's own verdict.

Each framework runs its fixtures in one process of its own, so that an abort inside the framework is a failed test and
not the end of the test run. A program must be refused on exactly the lines that expect a finding (see ``judge`` for what
counts as the line), and every ``# shape:`` must be what a model on that line returned.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from tests.expectations import Fixture, fixtures, matches

pytestmark = pytest.mark.oracle

ALL = fixtures("torch", "keras", "demo")
JUDGES: dict[str, dict[str, str]] = {
    "torch": {},
    "keras": {},
    **({"keras2": {"TF_USE_LEGACY_KERAS": "1"}} if importlib.util.find_spec("tf_keras") else {}),
    **({"keras1": {"JUDGE": "keras1"}} if os.environ.get("KERAS1") else {}),
}
"""The frameworks that are there, and the variables of the environment by which they judge. Keras 2 is tf_keras; Keras 1 see ``keras1``."""
COMMENT = re.compile(r"# dimlint: input=(\(.*\))")
CLASS = re.compile(r"class (\w+)")
ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}


def called_by_comment(source: str) -> str:
    """Statements that do what the ``# dimlint: input=...`` comments of a file say: construct the class and call it."""
    lines = source.splitlines()
    calls = []
    for number, line in enumerate(lines):
        comment = COMMENT.search(line)
        name = comment and CLASS.search(" ".join(lines[number : number + 2]))
        if comment and name:
            calls.append(f"import torch; {name[1]}()(torch.zeros{comment[1]})")
    return "\n".join(calls)


def run(path: str) -> dict[str, Any]:
    """Execute one fixture in this process; the verdict as plain data."""
    from tests.oracle.judge import Judge, keras_of, watching_keras, watching_torch
    from tests.oracle.standins import keras_datasets
    from tests.oracle.vision import torchvision_without_operators

    source = Path(path).read_text(encoding="utf-8")
    if "torchvision" in source:
        torchvision_without_operators()
    judge = Judge(path)
    watching = watching_torch if "import torch" in source or "from torch" in source else watching_keras
    with watching(judge), keras_datasets(keras_of()) if watching is watching_keras else nullcontext():
        verdict = judge.run(source + called_by_comment(source) + "\n", trace=True, go_on=True)
    outputs = [(sorted(lines), shape) for lines, shape in verdict.outputs]
    return {"refusals": verdict.refusals, "caught": sorted(verdict.caught), "outputs": outputs}


def in_child(paths: list[str], **variables: str) -> dict[str, Any]:
    """Execute fixtures in one child process; one JSON line each."""
    environment = os.environ | ENVIRONMENT | variables
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-m", "tests.oracle.test_fixtures_run"]
    text = "\n".join(paths)
    done = subprocess.run(command, input=text, capture_output=True, text=True, cwd=root, env=environment, check=False)
    verdicts = dict(json.loads(line) for line in done.stdout.splitlines() if line.startswith("["))
    missing = [path for path in paths if path not in verdicts]
    assert not missing, f"the child ended with {done.returncode} at {missing[0]}:\n{done.stderr[-2000:]}"
    return verdicts


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for judge, variables in JUDGES.items():
        found |= in_child([str(f.path) for f in ALL if f.judge == judge], **variables)
    return found


@pytest.mark.parametrize("fixture", [f for f in ALL if f.judge in JUDGES], ids=lambda f: f.name)
def test_framework_agrees(fixture: Fixture, verdicts: dict[str, Any]) -> None:
    require_agreement(fixture, verdicts[str(fixture.path)])


def require_agreement(fixture: Fixture, verdict: dict[str, Any]) -> None:
    """Each expectation of a fixture is what the framework did."""
    refused = {int(line): text for line, text in verdict["refusals"].items()}
    expected = {line for line, _ in fixture.findings}
    missing = {line: text for line, text in refused.items() if line not in expected and line not in verdict["caught"]}
    assert not missing, f"refused without a marker: {missing}"
    assert not expected - set(refused), f"markers without a refusal: {sorted(expected - set(refused))}"
    for line, shape in fixture.shapes.items():
        outputs = [output for lines, output in verdict["outputs"] if line in lines]
        assert any(matches(output, shape) for output in outputs), f"line {line}: {shape} expected, got {outputs}"


def child() -> None:
    """Read paths from standard input, write ``[path, verdict]`` lines."""
    from tests.oracle.judge import keras_of

    keras = keras_of()
    unfiltered = importlib.import_module("tensorflow").debugging if keras.__name__ == "tf_keras" else getattr(keras, "config", None)
    for path in sys.stdin.read().splitlines():
        keras.backend.clear_session()
        if unfiltered is not None:
            unfiltered.disable_traceback_filtering()
        own = {cls: dict(vars(cls)) for cls in vars(importlib.import_module("torch.nn")).values() if isinstance(cls, type)}
        print(json.dumps([path, run(path)]), flush=True)
        for cls, members in own.items():  # what a fixture puts in their place is its own business
            for name, member in members.items():
                if vars(cls).get(name) is not member:
                    setattr(cls, name, member)


if __name__ == "__main__":
    child()
