"""Every fixture says what dimlint must find in it; through the engine, the command line and pylint alike."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from dimlint import analyze
from dimlint.config import Config, read_config
from dimlint.core.report import Report
from tests.expectations import Finding, Fixture, fixtures, matches

ALL = fixtures("torch", "keras", "demo")
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
    report = report_of(fixture.name)
    for line, shape in fixture.shapes.items():
        models = {model.span.line: model.output_shape for model in report.models}
        outputs = [model.output_shape for model in report.models if model.span.line == line]
        assert any(matches(output, shape) for output in outputs), (line, shape, models, report.gaps)


@pytest.mark.parametrize("fixture", [f for f in ALL if not f.findings], ids=lambda f: f.name)
def test_verified(fixture: Fixture) -> None:
    """A correct fixture is understood, not merely passed over."""
    unverified = {model.name: model.reason for model in report_of(fixture.name).models if model.status != "verified"}
    assert not unverified


def expected(path: str) -> frozenset[Finding]:
    return next(f.findings for f in DEFAULT if f.path == Path(path).resolve())


def grouped(findings: list[tuple[str, int, str]]) -> dict[str, set[Finding]]:
    """Findings by path, every default fixture included."""
    by_path: dict[str, set[Finding]] = {str(f.path): set() for f in DEFAULT}
    for path, line, rule in findings:
        by_path[str(Path(path).resolve())].add((line, rule))
    return by_path


def test_command_line_agrees() -> None:
    command = [sys.executable, "-m", "dimlint", "check", "--output-format", "json", *(str(f.path) for f in DEFAULT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    assert document["files"]["failed"] == 0
    found = grouped([(f["path"], f["line"], f["rule"]) for f in document["findings"]])
    assert found == {str(f.path): set(f.findings) for f in DEFAULT}


def test_pylint_agrees() -> None:
    options = ["--load-plugins=dimlint", "--disable=all", "--enable=dimlint", "-f", "json2"]
    command = [sys.executable, "-m", "pylint", *options, *(str(f.path) for f in DEFAULT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    messages = json.loads(done.stdout)["messages"]
    found = grouped([(m["absolutePath"], m["line"], m["symbol"]) for m in messages])
    assert found == {str(f.path): set(f.findings) for f in DEFAULT}, done.stderr
