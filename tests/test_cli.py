"""The command line: options, formats, exit status, and what it does with files that are not well."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from dimlint import __version__, batch
from dimlint.cli import main
from dimlint.config import Config
from dimlint.core.report import Edit, Finding, Fix, Gap, Model, Related, Report, Span
from dimlint.core.rules import RULES
from dimlint.render.formats import FORMATS
from dimlint.render.json_format import render_json
from dimlint.render.shown import Line
from dimlint.render.text import render_text
from tests.doors import BAD, CHAIN, GOOD, ROOT, run, write

SHAPE = {"type": ["array", "null"], "items": {"type": ["integer", "null"]}}
PLACE = {"path": {"type": "string"}, "line": {"type": "integer", "minimum": 1}, "column": {"type": "integer", "minimum": 1}}
END = {"end_line": {"type": "integer"}, "end_column": {"type": "integer"}}


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def each(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
PATH_AND_LINE = {key: PLACE[key] for key in ("path", "line")}
EDIT = closed(line=COUNT, column=COUNT, **END, text=TEXT)
FIX = {"anyOf": [{"type": "null"}, closed(message=TEXT, edits=each(EDIT), safe={"type": "boolean"})]}
MODEL = closed(
    **PATH_AND_LINE,
    name=TEXT,
    status={"enum": ["verified", "partial", "wrong"]},
    reason={"type": ["string", "null"]},
    input_shapes=each(SHAPE),
    output_shape={},
    layers=COUNT,
)
BLAMED = {"anyOf": [{"type": "null"}, closed(**PLACE, **END, argument=TEXT)]}
RELATED = each(closed(**PLACE, message=TEXT))
SCHEMA = closed(
    version={"const": 1},
    tool=closed(name={"const": "dimlint"}, version={"const": __version__}),
    findings=each(closed(**PLACE, **END, code=TEXT, rule=TEXT, message=TEXT, related=RELATED, blamed=BLAMED, fix=FIX)),
    models=each(MODEL),
    gaps=each(closed(**PATH_AND_LINE, reason=TEXT)),
    files=closed(checked=COUNT, skipped=COUNT, failed=COUNT),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def dimlint(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin, catch_exceptions=False)


def as_json(*arguments: str, stdin: bytes | None = None) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(dimlint("check", "--output-format", "json", *arguments, stdin=stdin).stdout)
    jsonschema.validate(document, SCHEMA)
    return document


def test_a_finding_is_shown_with_its_code(tmp_path: Path) -> None:
    done = run("dimlint", "check", "bad.py", cwd=write(tmp_path, bad=BAD))
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert done.stderr == ""
    assert re.match(r"bad\.py:6:5: E8701 nonpositive-dimension Conv2D output height is 0: ", lines[0])
    assert lines[1] == "  6 |     layers.Conv2D("
    assert lines[2] == "    |     ^^^^^^^^^^^^^^"
    assert lines[-1].startswith("1 problem in 1 file, 1 fixable with --unsafe-fixes; 1 model: 1 wrong")


def test_a_finding_is_shown_with_its_chain(tmp_path: Path) -> None:
    done = run("dimlint", "check", ".", cwd=write(tmp_path, chain=CHAIN))
    assert done.stdout.splitlines()[3:6] == [
        "    line 5  randn   (1, 3, 4, 4)",
        "    line 5  Conv2d  (1, 3, 4, 4) -> (1, 8, 2, 2)",
        "    line 6  relu    (1, 8, 2, 2) -> (1, 8, 2, 2)",
    ]


def test_json_through_a_process(tmp_path: Path) -> None:
    done = run("dimlint", "check", "--output-format", "json", cwd=write(tmp_path, bad=BAD, good=GOOD))
    document = json.loads(done.stdout)
    jsonschema.validate(document, SCHEMA)
    assert done.returncode == 1
    [finding] = document["findings"]
    place = {key: finding[key] for key in (*PLACE, *END)}
    assert place == {"path": "bad.py", "line": 6, "column": 5, "end_line": 9, "end_column": 6}
    assert (finding["code"], finding["rule"]) == ("E8701", "nonpositive-dimension")
    [wrong, right] = document["models"]
    assert (wrong["path"], wrong["status"]) == ("bad.py", "wrong")
    assert right == {
        "path": "good.py",
        "line": 3,
        "name": "model",
        "status": "verified",
        "reason": None,
        "input_shapes": [[None, 28, 28, 1]],
        "output_shape": [None, 20, 20, 8],
        "layers": 2,
    }
    assert document["files"] == {"checked": 2, "skipped": 0, "failed": 0}


def test_exit_status(folder: Path) -> None:
    write(folder, bad=BAD, good=GOOD, broken="import torch\nx = (", deep="import torch\nx = " + "(" * 99)
    (folder / "empty").mkdir()
    assert dimlint("check", "good.py").exit_code == 0
    assert dimlint("check", "bad.py", "good.py").exit_code == 1
    assert dimlint("check", "--exit-zero", "bad.py").exit_code == 0
    assert dimlint("check", "good.py", "broken.py", "none.py").exit_code == 0
    empty = dimlint("check", "empty")
    assert (empty.exit_code, empty.stderr) == (2, "No Python files found.\n")
    for arguments in (["broken.py"], ["deep.py"], ["none.py"], ["--select", "E9"], ["--output-format", "x"], ["--jobs", "-1"], ["--no"]):
        assert dimlint("check", *arguments).exit_code == 2
    assert dimlint("check", "good.py", "--output-file", "none/x").exit_code == 2


def test_each_file_that_is_not_analysed_is_named(folder: Path) -> None:
    write(folder, broken="import torch\nx = (", deep="import torch\nx = " + "(" * 99, good=GOOD)
    (folder / "latin.py").write_bytes(b"# torch \xe9")
    done = dimlint("check", ".", "none.py")
    assert done.exit_code == 0
    assert done.stderr.splitlines() == [
        "broken.py: cannot parse: syntax error in line 2",
        "deep.py: not analysed: brackets are nested deeper than 50 levels",
        "latin.py: cannot be read: invalid or missing encoding declaration",
        "none.py: cannot be read: No such file or directory",
    ]
    assert "1 file, 4 files not analysed" in done.stdout
    assert as_json(".", "none.py")["files"] == {"checked": 1, "skipped": 1, "failed": 3}


def test_a_missing_path_does_not_stop_the_run_over_the_others(folder: Path) -> None:
    write(folder, bad=BAD)
    done = dimlint("check", "none", "none.py", "bad.py")
    assert done.exit_code == 1 and "bad.py:" in done.stdout
    assert done.stderr.splitlines() == [f"{name}: cannot be read: No such file or directory" for name in ("none", "none.py")]


def test_a_malformed_comment_is_named(folder: Path) -> None:
    write(folder, a="import torch  # dimlint: input=(1\n")
    assert dimlint("check").stderr.startswith("a.py:1: dimlint comment: '(1' is not a shape")


def test_standard_input(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.dimlint.per-file-ignores]\n"quiet.py" = ["E87"]\n', encoding="utf-8")
    document = as_json("-", "--stdin-filename", "sub/é.py", stdin=BAD.encode())
    assert [finding["path"] for finding in document["findings"]] == ["sub/é.py"]
    assert as_json("-", "--stdin-filename", "quiet.py", stdin=BAD.encode())["findings"] == []
    done = dimlint("check", "-", stdin=BAD.encode())
    assert done.exit_code == 1
    assert done.stdout.startswith("<stdin>:6:5: E8701 ")
    assert "  6 |     layers.Conv2D(" in done.stdout
    assert dimlint("check", "-", stdin=b"\xff").exit_code == 2


def test_standard_input_stands_for_the_file_of_its_name(folder: Path) -> None:
    write(folder, bad=BAD, other=BAD)
    document = as_json("-", ".", "--stdin-filename", "bad.py", stdin=GOOD.encode())
    assert [finding["path"] for finding in document["findings"]] == ["other.py"]
    assert document["files"]["checked"] == 2


def test_the_place_of_a_syntax_error_is_told(folder: Path) -> None:
    write(folder, a="import torch\n\nx = 'abc\n", b="import torch\nif x:\n\ty = 1\n        z = 2\n")
    assert [line.rpartition(" ")[2] for line in dimlint("check").stderr.splitlines()] == ["3", "4"]


def test_the_commands_are_described_in_one_line_each(folder: Path) -> None:
    assert "..." not in dimlint("--help").stdout.partition("Commands:")[2]


def test_selection(folder: Path) -> None:
    write(folder, bad=BAD)
    assert dimlint("check", "--ignore", "E8702,nonpositive-dimension").exit_code == 0
    assert dimlint("check", "--select", "rank-mismatch", "--select", "E8705").exit_code == 0
    (folder / "pyproject.toml").write_text('[tool.dimlint]\nignore = ["E8701"]\n', encoding="utf-8")
    assert dimlint("check").exit_code == 0
    assert dimlint("check", "--select", "E87").exit_code == 1


def test_configuration_is_that_of_each_file(folder: Path) -> None:
    write(folder, bad=BAD)
    (folder / "sub").mkdir()
    write(folder / "sub", bad=BAD)
    (folder / "sub/pyproject.toml").write_text('[tool.dimlint]\nselect = ["E8702"]\n', encoding="utf-8")
    assert [finding["path"] for finding in as_json()["findings"]] == ["bad.py"]
    (folder / "sub/pyproject.toml").write_text("[tool.dimlint]\nselec = 1\n", encoding="utf-8")
    done = dimlint("check")
    assert done.exit_code == 2
    assert re.fullmatch(r"Error: .*pyproject\.toml: \[tool\.dimlint\] selec: unknown option.*\n", done.stderr)


def test_a_malformed_pattern_is_told(folder: Path) -> None:
    write(folder, good=GOOD)
    (folder / "pyproject.toml").write_text('[tool.dimlint]\nexclude = ["!"]\n', encoding="utf-8")
    done = dimlint("check")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "[tool.dimlint] exclude: " in done.stderr


def test_comments_suppress(folder: Path) -> None:
    for comment in ("dimlint: ignore", "dimlint: ignore[E8701]", "pylint: disable=nonpositive-dimension"):
        write(folder, a=BAD.replace("    ),", f"    ),  # {comment}"))
        assert dimlint("check").exit_code == 0


def test_other_formats_and_files(folder: Path) -> None:
    write(folder, bad=BAD)
    done = dimlint("check", "--output-format", "concise", "--output-file", "out.txt")
    assert (done.exit_code, done.stdout) == (1, "")
    [line] = (folder / "out.txt").read_text(encoding="utf-8").splitlines()
    assert line.startswith("bad.py:6:5: E8701 nonpositive-dimension Conv2D ")
    done = dimlint("check", "--output-format", "concise", "--statistics", "--show-gaps")
    assert "    1  E8701 nonpositive-dimension" in done.stdout.splitlines()


def test_many_processes_give_the_same_answer(folder: Path) -> None:
    write(folder, **{f"m{index}": BAD if index % 2 else GOOD for index in range(6)})
    assert as_json("--jobs", "3") == as_json("--jobs", "1")


def dies(path: str, config: Config) -> Report:
    if path.startswith("bad"):
        os._exit(3)
    return Report(path)


def test_a_process_that_dies_costs_only_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "check_file", dies)
    paths = [f"{'bad' if index in (3, 9) else 'good'}{index}" for index in range(12)]
    reports = batch.check_files([(path, Config()) for path in paths], 2)
    assert [report.path for report in reports] == paths
    assert [report.path for report in reports if report.failure] == ["bad3", "bad9"]


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "0"}, False), ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False)],
)
def test_colour_on_request(tmp_path: Path, environment: dict[str, str], coloured: bool) -> None:
    done = run("dimlint", "check", cwd=write(tmp_path, bad=BAD), **environment)
    assert ("\x1b[" in done.stdout) is coloured
    plain = re.sub(r"\x1b\[[\d;]*m", "", done.stdout)
    assert plain.startswith("bad.py:6:5: E8701 nonpositive-dimension Conv2D ")


@pytest.mark.parametrize("name", [b"new\nline.py", b"\x1b[31m.py", b"\xff\xfe.py", b"-rf.py", "日本.py".encode(), b"::error ::x.py"])
def test_odd_file_names(tmp_path: Path, name: bytes) -> None:
    with open(os.path.join(os.fsencode(tmp_path), name), "wb") as stream:
        stream.write(BAD.encode())
    done = run("dimlint", "check", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert len([line for line in done.stdout.splitlines() if "E8701" in line]) == 1
    assert "\x1b" not in done.stdout and done.stdout.isascii()
    document = run("dimlint", "check", "--output-format", "json", cwd=tmp_path)
    assert len(json.loads(document.stdout)["findings"]) == 1


def test_hostile_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "zero.py").symlink_to("/dev/zero")
    (tmp_path / "loop.py").symlink_to("loop.py")
    (tmp_path / "folder.py").mkdir()
    done = run("dimlint", "check", cwd=write(tmp_path, good=GOOD))
    assert done.returncode == 0
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["loop.py", "pipe.py", "zero.py"]


def test_rules_are_explained(folder: Path) -> None:
    assert run("dimlint", "rule", "E8701", cwd=folder).stdout.startswith("E8701 nonpositive-dimension: an output dimension")
    assert dimlint("rule", "rank-mismatch").stdout == dimlint("rule", "e8702").stdout
    everything = dimlint("rule", "--all").stdout
    assert all(f"{rule.code} {rule.symbol}: " in everything and rule.bad.splitlines()[-1] in everything for rule in RULES if rule.bad)
    assert [line.split()[:2] for line in dimlint("rule").stdout.splitlines()] == [[rule.code, rule.symbol] for rule in RULES]
    done = dimlint("rule", "E0001")
    assert (done.exit_code, done.stderr) == (2, "Error: there is no rule 'E0001'; 'dimlint rule' lists them\n")


def test_layers_are_listed(folder: Path) -> None:
    listed = dimlint("layers", "conv2d").stdout
    assert "torch.nn.Conv2d(in_channels, out_channels, kernel_size, stride=1, padding=0," in listed
    assert "keras.layers.Conv2D(filters, kernel_size, strides=(1, 1), padding='valid'," in listed
    assert "Linear" not in listed
    assert "torch.nn.Linear(in_features, out_features, bias=True" in dimlint("layers").stdout
    assert dimlint("layers", "no such layer").exit_code == 2


def test_the_version(tmp_path: Path) -> None:
    assert run("dimlint", "--version", cwd=tmp_path).stdout == f"dimlint {__version__}\n"


def plain(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def test_a_frame_is_aligned_under_tabs_and_wide_characters() -> None:
    finding = Finding(Span("a.py", 1, 7, 1, 11), "E8701", "nonpositive-dimension", "bad")
    lines = plain(list(render_text([Report("a.py", (finding,))], lambda path, line: "\té = '日'.f()\x1b", gaps=False, statistics=False)))
    assert lines[1] == "  1 |     é = '日'.f()\\x1b"
    assert lines[2] == "    |          ^^^^^"


def test_a_long_chain_is_shortened_in_the_middle() -> None:
    related = tuple(Related(Span("b.py" if index else "a.py", index + 1, 1, index + 1, 2), f"Layer{index}: x -> y") for index in range(40))
    finding = Finding(Span("a.py", 1, 1, 1, 2), "E8701", "nonpositive-dimension", "bad", related)
    lines = plain(list(render_text([Report("a.py", (finding,))], lambda path, line: None, gaps=False, statistics=False)))
    assert lines[1:3] == ["    line 1   Layer0   x -> y", "    b.py:2   Layer1   x -> y"]
    assert lines[9] == "    ... 16 more steps"
    assert len(lines) == 28


def test_a_whole_report_as_json() -> None:
    span = Span("a.py", 2, 3, 2, 9)
    finding = Finding(span, "E8702", "rank-mismatch", "m", (Related(span, "r"),), Fix("f", (Edit(span, "3"),)))
    model = Model(span, "net", "partial", "why", ((1, None), None), {"a": [(1, 2), None]}, 3)
    report = Report("a.py", (finding,), (model,), (Gap(span, "g"),))
    document = json.loads(render_json([report, Report("b.py", failure="x"), Report("c.py", failure="y", skipped=True)]))
    jsonschema.validate(document, SCHEMA)
    assert document["findings"][0]["fix"]["edits"] == [{"line": 2, "column": 3, "end_line": 2, "end_column": 9, "text": "3"}]
    assert document["models"][0]["input_shapes"] == [[1, None], None]
    assert document["models"][0]["output_shape"] == {"a": [[1, 2], None]}
    assert document["files"] == {"checked": 1, "skipped": 1, "failed": 1}


def test_all_files_excluded_is_no_mistake(folder: Path) -> None:
    write(folder, bad=BAD)
    (folder / "pyproject.toml").write_text('[tool.dimlint]\nexclude = ["bad.py"]\n', encoding="utf-8")
    assert dimlint("check", "bad.py").exit_code == 1
    done = dimlint("check", "--force-exclude", "bad.py")
    assert (done.exit_code, done.stderr) == (0, "")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("gaps", [(), ("--show-gaps",)])
def test_statistics_in_every_format(folder: Path, form: str, gaps: tuple[str, ...]) -> None:
    write(folder, bad=BAD, other=BAD, open="import torch\nmodel = torch.nn.Conv2d(3, 4, 5)\n")
    plain = dimlint("check", "--output-format", form, *gaps)
    counted = dimlint("check", "--output-format", form, *gaps, "--statistics")
    line = "    2  E8701 nonpositive-dimension\n"
    assert plain.exit_code == counted.exit_code == 1
    if form in ("text", "concise"):
        assert counted.stdout.replace(line, "") == plain.stdout and counted.stdout.count(line) == 1 and counted.stderr == ""
    else:
        assert (counted.stdout, counted.stderr) == (plain.stdout, line)


def test_statistics_count_what_is_new(folder: Path) -> None:
    write(folder, bad=BAD)
    assert dimlint("check", "--baseline", "b.json", "--write-baseline").exit_code == 0
    write(folder, other=BAD)
    assert "    1  E8701" in dimlint("check", "--baseline", "b.json", "--statistics").stdout
    assert dimlint("check", "--diff", "--statistics").exit_code == 2


def test_a_file_that_may_not_be_read_does_not_stop_the_run_over_the_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader says so in its one line; click must not end the run before that."""
    refused = folder / "refused.py"
    refused.write_text("import torch\n", encoding="utf-8")
    monkeypatch.setattr("os.access", lambda *args, **kwargs: False)
    done = CliRunner().invoke(main, ["check", str(refused), "--no-cache"])
    assert "1 file" in done.output
    assert done.exit_code == 0


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("import atexit; atexit.register(print, 'the end')", "the end"),
        ("import threading as t; t.Thread(target=lambda: (t.main_thread().join(), print('the end'))).start()", "the end"),
        ("", "1 wrong"),
    ],
)
def test_the_process_ends_as_others_do(folder: Path, before: str, told: str) -> None:
    program = f"{before}\nimport sys; sys.argv = ['dimlint', 'check', 'bad.py']\nfrom dimlint.command import main\nmain()"
    done = run("started", cwd=write(folder, bad=BAD, started=program))
    assert done.returncode == 1
    assert "E8701" in done.stdout
    assert done.stdout.rstrip().endswith(told)
    assert not done.stderr


@pytest.mark.parametrize(
    ("starting", "told"),
    [
        (("cProfile", "-m", "dimlint"), "function calls"),
        (("trace", "--count", "--summary", "--coverdir", "covered", "--module", "dimlint"), "module"),
    ],
)
def test_what_runs_the_command_has_the_last_word(folder: Path, starting: tuple[str, ...], told: str) -> None:
    done = run(*starting, "check", "bad.py", "--no-cache", cwd=write(folder, bad=BAD))
    assert "E8701" in done.stdout
    assert told in done.stdout.partition("1 wrong")[2]


def test_a_caller_goes_on_and_a_prompt_follows(folder: Path) -> None:
    program = """
    import runpy, sys
    sys.argv = ["dimlint", "check", "bad.py", "--no-cache"]
    try:
        runpy.run_module("dimlint", run_name="__main__")
    except SystemExit as ended:
        print("ended with", ended.code)
    """
    done = run("started", cwd=write(folder, bad=BAD, started=textwrap.dedent(program)))
    assert done.stdout.endswith("ended with 1\n")
    prompt = run("dimlint", "check", "bad.py", "--no-cache", cwd=folder, PYTHONINSPECT="1")
    assert prompt.stderr.endswith("SystemExit: 1\n")  # told by the prompt


def in_shell(arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = f"{sys.executable} -m dimlint {arguments}"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, shell=True, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.skipif(os.name == "nt", reason="streams are closed by a shell")
@pytest.mark.parametrize("closing", [">&-", "2>&-", ">&- 2>&-"])
def test_a_stream_may_be_closed(folder: Path, closing: str) -> None:
    done = in_shell(f"check --no-cache good.py {closing}", write(folder, good=GOOD))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no disk that is always full")
def test_a_full_disk_is_told(folder: Path) -> None:
    done = in_shell("check --no-cache bad.py > /dev/full", write(folder, bad=BAD))
    assert (done.returncode, done.stderr) == (2, "Error: the output: cannot be written: No space left on device\n")
