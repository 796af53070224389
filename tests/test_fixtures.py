"""Every fixture says what dimlint must find in it; through the engine, the command line and pylint alike."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from dimlint import analyze
from dimlint.config import Config, read_config
from dimlint.core.report import Report
from tests.doors import ROOT, run
from tests.expectations import Finding, Fixture, fixtures, matches

ALL = fixtures("torch", "keras", "demo", "open", "vision")
DEFAULT = [fixture for fixture in ALL if not fixture.config]
"""The fixtures that need no configuration; the doors see them all at once."""


@cache
def report_of(name: str) -> Report:
    fixture = next(f for f in ALL if f.name == name)
    return analyze(fixture.source, str(fixture.path), configuration(fixture.config))


def configuration(lines: str) -> Config | None:
    """The Config that the first line of a fixture asks for."""
    if not lines:
        return None
    with TemporaryDirectory() as folder:
        path = Path(folder, "pyproject.toml")
        path.write_text("[tool.dimlint]\n" + lines, encoding="utf-8")
        return read_config(str(path))


@pytest.mark.parametrize("fixture", ALL, ids=lambda f: f.name)
def test_findings(fixture: Fixture) -> None:
    report = report_of(fixture.name)
    assert report.failure is None
    found = {(finding.span.line, finding.rule): finding.message for finding in report.findings}
    assert set(found) == fixture.findings, (found, report.gaps)


@pytest.mark.parametrize("fixture", [f for f in ALL if f.shapes], ids=lambda f: f.name)
def test_shapes(fixture: Fixture) -> None:
    """The models with a marker are understood throughout, and their output is what the marker says."""
    report = report_of(fixture.name)
    for line, shape in fixture.shapes.items():
        models = [model for model in report.models if model.span.line == line]
        right = [model.status for model in models if matches(model.output_shape, shape)]
        assert right == ["verified"] * max(1, len(right)), (line, shape, report.models, report.gaps)


def grouped(findings: list[tuple[str, int, str]]) -> dict[str, set[Finding]]:
    """Findings by path, every default fixture included."""
    by_path: dict[str, set[Finding]] = {str(f.path): set() for f in DEFAULT}
    for path, line, rule in findings:
        by_path[str(Path(path).resolve())].add((line, rule))
    return by_path


def test_command_line_agrees() -> None:
    done = run("dimlint", "check", "--output-format", "json", *(str(f.path) for f in DEFAULT), cwd=ROOT)
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    assert document["files"]["failed"] == 0
    found = grouped([(f["path"], f["line"], f["rule"]) for f in document["findings"]])
    assert found == {str(f.path): set(f.findings) for f in DEFAULT}


def test_pylint_agrees() -> None:
    options = ["--load-plugins=dimlint", "--disable=all", "--enable=dimlint", "--disable=unverified-model", "-f", "json2"]
    done = run("pylint", *options, *(str(f.path) for f in DEFAULT), cwd=ROOT)
    messages = json.loads(done.stdout)["messages"]
    found = grouped([(m["absolutePath"], m["line"], m["symbol"]) for m in messages])
    assert found == {str(f.path): set(f.findings) for f in DEFAULT}, done.stderr
