"""pylint's reporter of dimlint: all messages as SARIF, dimlint's own with the chain of shapes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.doors import CHAIN, run, write
from tests.test_formats import sarif

REPORTER = ("--load-plugins=dimlint", "--output-format=dimlint-sarif")


def log(folder: Path, *arguments: str, stdin: bytes | None = None) -> dict[str, Any]:
    done = run("pylint", *REPORTER, *arguments, cwd=folder, stdin=stdin)
    assert done.stderr == ""
    [found] = sarif(done.stdout)["runs"]
    assert found["tool"]["driver"]["name"] == "pylint"
    run_: dict[str, Any] = found
    return run_


@pytest.mark.parametrize("jobs", ["-j1", "-j2"])
def test_messages_of_all_checkers(tmp_path: Path, jobs: str) -> None:
    found = log(write(tmp_path, chain=CHAIN, other="import os\n\n\ndef f():\n    return g()\n"), jobs, "chain.py", "other.py")
    rules = [rule["name"] for rule in found["tool"]["driver"]["rules"]]
    results = {rules[result["ruleIndex"]]: result for result in found["results"]}
    assert {"nonpositive-dimension", "undefined-variable", "unused-import", "missing-function-docstring"} <= set(results)
    levels = [results[name]["level"] for name in ("undefined-variable", "unused-import", "missing-function-docstring")]
    assert levels == ["error", "warning", "note"]
    undefined = results["undefined-variable"]["locations"][0]["physicalLocation"]
    assert undefined["artifactLocation"]["uri"] == "other.py"
    assert undefined["region"] == {"startLine": 5, "startColumn": 12, "endLine": 5, "endColumn": 13}
    own = results["nonpositive-dimension"]
    assert [item["message"]["text"].split(":")[0] for item in own["relatedLocations"]] == ["randn", "Conv2d", "relu"]
    assert len(own["codeFlows"][0]["threadFlows"][0]["locations"]) == 4


FIXABLE = """import torch
from torch import nn

net = nn.Sequential(nn.Conv2d(3, 6, 5), nn.Flatten(), nn.Linear(400, 10))
net(torch.randn(1, 3, 32, 32))
"""


@pytest.mark.parametrize("options", [["-j1"], ["-j2"], ["--output-format=text:log.txt"]])
def test_fixes(tmp_path: Path, options: list[str]) -> None:
    found = log(write(tmp_path, net=FIXABLE, other=FIXABLE), *options, "net.py", "other.py", "--disable=all", "--enable=dimlint")
    assert len(found["results"]) == 2
    for result in found["results"]:
        [fix] = result["fixes"]
        [change] = fix["artifactChanges"]
        assert change["artifactLocation"] == result["locations"][0]["physicalLocation"]["artifactLocation"]
        [edit] = change["replacements"]
        assert edit["deletedRegion"]["startLine"] == 4 and edit["insertedContent"]["text"] == "4704"


def test_other_reporters_need_no_fixes(tmp_path: Path) -> None:
    done = run("pylint", "--load-plugins=dimlint", "--output-format=json2", "net.py", cwd=write(tmp_path, net=FIXABLE))
    assert "in_features=400" in done.stdout and done.stderr == ""


def test_nothing_found(tmp_path: Path) -> None:
    found = log(write(tmp_path, good="'''Nothing.'''\n"), "good.py")
    assert found["results"] == found["tool"]["driver"]["rules"] == []


def test_a_file_that_is_no_python(tmp_path: Path) -> None:
    [result] = log(write(tmp_path, bad="x = (\n"), "bad.py")["results"]
    assert (result["ruleId"], result["level"]) == ("E0001", "error")


def test_standard_input(tmp_path: Path) -> None:
    found = log(tmp_path, "--from-stdin", "sub dir/é.py", "--disable=all", "--enable=dimlint", stdin=CHAIN.encode())
    places = [item["locations"][0]["physicalLocation"]["artifactLocation"] for item in found["results"] if item["level"] == "error"]
    assert places == [{"uri": "sub%20dir/%C3%A9.py", "uriBaseId": "%SRCROOT%"}]
