"""The baseline: what it holds is not reported, and what it holds too much is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dimlint.cli import main
from dimlint.render.formats import FORMATS
from tests.doors import BAD, CHAIN, GOOD, run, write

POOL = CHAIN.splitlines(keepends=True)[-1]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write(tmp_path, bad=BAD, good=GOOD, chain=CHAIN)


def check(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", "--baseline", "known.json", *arguments], catch_exceptions=False)


def test_known_findings_are_hidden(folder: Path) -> None:
    first = check("--write-baseline")
    assert (first.exit_code, first.stderr) == (0, "known.json: 2 findings written\n")
    entries = json.loads((folder / "known.json").read_text(encoding="utf-8"))["findings"]
    assert [(entry["path"], entry["code"]) for entry in entries] == [("bad.py", "E8701"), ("chain.py", "E8701")]
    again = check()
    assert (again.exit_code, again.stderr) == (0, "")
    assert again.stdout == "0 problems in 3 files, 2 more in the baseline; 2 models: 1 verified, 1 wrong\n"
    write(folder, bad="# moved\n\n" + BAD, new=CHAIN)
    third = check()
    assert third.exit_code == 1
    assert third.stdout.startswith("new.py:7:5: E8701 ")
    assert third.stdout.splitlines()[-1].startswith("1 problem in 4 files, 2 more in the baseline; ")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format(folder: Path, name: str) -> None:
    check("--write-baseline")
    write(folder, new=CHAIN)
    done = check("--output-format", name)
    assert done.exit_code == 1 and "new.py" in done.stdout
    assert "chain.py:7" not in done.stdout and "Conv2D output" not in done.stdout
    assert done.stderr == ("" if name in ("text", "github") else "known.json: 2 known findings not shown\n")
    assert check("--output-format", name, "bad.py").exit_code == 0


def test_equal_findings_need_an_entry_each(folder: Path) -> None:
    check("--write-baseline")
    write(folder, chain=CHAIN + POOL)
    assert check().stdout.count("E8701") == 1
    check("--write-baseline")
    assert check().exit_code == 0
    write(folder, chain=CHAIN)
    done = check()
    assert (done.exit_code, done.stderr) == (0, "known.json: no longer found: E8701 in chain.py\n")


def test_what_is_gone_is_named_only_if_it_was_looked_for(folder: Path) -> None:
    check("--write-baseline")
    write(folder, bad=GOOD)
    gone = "known.json: no longer found: E8701 in bad.py\n"
    assert check().stderr == check("bad.py").stderr == gone
    assert check("good.py").stderr == check("--ignore", "E8701").stderr == ""
    write(folder, bad="import torch\nx = (\n")
    assert "no longer" not in check().stderr
    (folder / "bad.py").unlink()
    assert check("good.py").stderr == gone
    assert (check("--write-baseline").exit_code, check().stderr) == (0, "")


def test_many_that_are_gone(folder: Path) -> None:
    write(folder, many=CHAIN + POOL * 30)
    check("--write-baseline")
    write(folder, many=GOOD)
    lines = check().stderr.splitlines()
    assert len(lines) == 21
    assert lines[-1] == "known.json: and 11 more; --write-baseline takes them out"


def test_a_baseline_serves_from_everywhere(folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    check("--write-baseline")
    other = tmp_path_factory.mktemp("other") / "clone"
    shutil.copytree(folder, other)
    monkeypatch.chdir(other.parent)
    done = CliRunner().invoke(main, ["check", "--baseline", "clone/known.json", "clone"])
    assert (done.exit_code, done.stderr) == (0, "")


def test_standard_input(folder: Path) -> None:
    check("--write-baseline")
    arguments = ["check", "--baseline", "known.json", "-", "--stdin-filename", "bad.py"]
    assert CliRunner().invoke(main, arguments, input=("\n" + BAD).encode()).exit_code == 0
    assert CliRunner().invoke(main, arguments, input=CHAIN.encode()).exit_code == 1


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"version": 2, "findings": []}',
        b'{"version": 1, "findings": {}}',
        b'{"version": 1, "findings": [1]}',
        b'{"version": 1, "findings": [{"path": 1, "code": "E8701", "fingerprint": ""}]}',
        b'{"version": 1, "findings": [{"path": "\\u0000", "code": "E8701", "fingerprint": ""}]}',
        b'{"version": 1, "findings": [{"path": "\\ud800", "code": "E8701", "fingerprint": ""}]}',
    ],
)
def test_a_malformed_baseline(folder: Path, text: bytes) -> None:
    (folder / "known.json").write_bytes(text)
    done = check()
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("Error: known.json: is no baseline of dimlint")


def test_entries_of_others_are_no_harm(folder: Path) -> None:
    entry = {"path": "../\u202e\n::error::", "code": "\x1b[31m", "fingerprint": "x", "more": []}
    (folder / "known.json").write_text(json.dumps({"version": 1, "findings": [entry]}), encoding="utf-8")
    done = check()
    assert done.exit_code == 1
    assert done.stderr == "known.json: no longer found: \\x1b[31m in ../\\u202e\\n::error::\n"


def test_wrong_usage(folder: Path) -> None:
    missing = check()
    assert (missing.exit_code, missing.stderr) == (2, "Error: known.json: there is no such baseline; --write-baseline makes it\n")
    alone = CliRunner().invoke(main, ["check", "--write-baseline"])
    assert (alone.exit_code, alone.stderr) == (2, "Error: --write-baseline needs --baseline FILE\n")
    nowhere = CliRunner().invoke(main, ["check", "--baseline", "no/where.json", "--write-baseline"])
    assert (nowhere.exit_code, nowhere.stderr) == (2, "Error: no/where.json: cannot be written: No such file or directory\n")


def test_what_cannot_be_read_writes_no_baseline(folder: Path) -> None:
    check("--write-baseline")
    before = (folder / "known.json").read_bytes()
    assert check("--write-baseline", "none.py").exit_code == 2
    assert (folder / "known.json").read_bytes() == before


def test_odd_names(tmp_path: Path) -> None:
    for name in ("new\nline.py", "\udcff.py", "::error ::x.py"):
        (tmp_path / name).write_text(BAD, encoding="utf-8")
    command = ("dimlint", "check", "--baseline", "::known::\n.json")
    assert run(*command, "--write-baseline", cwd=tmp_path).stderr == "./::known::\\n.json: 3 findings written\n"
    done = run(*command, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
