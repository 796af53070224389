"""The formats for review bots: each output is what its schema says, whatever stands in file names and messages."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

import pytest
import xmlschema
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.validators import validator_for

from dimlint.cli import main
from dimlint.core.report import Edit, Finding, Fix, Gap, Model, Related, Report, Span
from dimlint.core.rules import RULES
from dimlint.lines import FileLines
from dimlint.render.checked import Checked
from dimlint.render.formats import FOR_PROGRAMS, FORMATS, written
from tests.doors import BAD, CHAIN, ROOT, run, write

SCHEMAS = ROOT / "fixtures" / "schemas"
PROJECT = ROOT / "fixtures" / "projects" / "review"
PUBLISHED = os.environ.get("DIMLINT_SCHEMAS")
FINDINGS = [
    ("nets/classifier.py", 11, "nonpositive-dimension"),
    ("nets/classifier.py", 24, "feature-mismatch"),
    ("nets/classifier.py", 29, "merge-mismatch"),
    ("nets/classifier.py", 30, "channel-mismatch"),
    ("train.py", 8, "target-mismatch"),
    ("train.py", 10, "rank-mismatch"),
    ("train.py", 11, "rank-mismatch"),
]
ODD = [
    "new\nline\r.py",
    "\x1b[31m\x00\x07.py",
    "\udcff\udcfe.py",
    "\ud83d.py",
    "::error file=x::y.py",
    "##[add-mask]a,b:c%0Ad.py",
    "<b a='\"'>&]]>.py",
    "\u202egnp.py",
    "\ufffe\uffff\x85\u2028.py",
    "[x](http://example.com){0}.py",
    "日本 🎉.py",
    "../../up.py",
    "/root.py",
]


@cache
def schema(path: Path) -> Any:
    """A validator for JSON documents."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return validator_for(document)(document)


@cache
def xml_schema(name: str) -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(SCHEMAS / name))


def valid_json(name: str, published: str) -> Callable[[str], Any]:
    def check(text: str) -> Any:
        assert text.isascii()
        document = json.loads(text)
        schema(SCHEMAS / name).validate(document)
        if PUBLISHED and published:
            schema(Path(PUBLISHED) / published).validate(document)
        return document

    return check


def valid_xml(name: str) -> Callable[[str], Any]:
    def check(text: str) -> Any:
        assert text.isascii()
        root = ElementTree.fromstring(text)
        xml_schema(name).validate(root)
        return root

    return check


sarif = valid_json("sarif.json", "sarif-schema-2.1.0.json")
rdjson = valid_json("rdjson.json", "DiagnosticResult.json")
gitlab = valid_json("gitlab.json", "")
checkstyle = valid_xml("checkstyle.xsd")
junit = valid_xml("junit-10.xsd")

COMMAND = re.compile(
    r"::(error|warning|notice) file=([^,:\n]+),line=(\d+),endLine=\d+(?:,col=(\d+),endColumn=\d+)?,title=([EWI]\d{4} [a-z-]+)::([^\r\n]+)"
)


def rdjsonl(text: str) -> list[Any]:
    diagnostics = [json.loads(line) for line in text.splitlines()]
    return list(rdjson(json.dumps({"source": {"name": "dimlint"}, "diagnostics": diagnostics}))["diagnostics"])


def github(text: str) -> list[re.Match[str]]:
    *commands, closing = text.splitlines()
    assert re.match(r"\d+ problems? in \d+ files?", closing)
    matches = [COMMAND.fullmatch(command) for command in commands]
    assert None not in matches
    return [match for match in matches if match]


VALID: dict[str, Callable[[str], Any]] = {
    "json": json.loads,
    "sarif": sarif,
    "github": github,
    "gitlab": gitlab,
    "rdjson": rdjson,
    "rdjsonl": rdjsonl,
    "junit": junit,
    "checkstyle": checkstyle,
}


def found(name: str, document: Any) -> list[tuple[str, int, str]]:
    """Path, line and rule of everything that a document tells."""
    if name == "json":
        return [(item["path"], item["line"], item["rule"]) for item in document["findings"]]
    if name == "sarif":
        rules = document["runs"][0]["tool"]["driver"]["rules"]
        results = document["runs"][0]["results"]
        places = [(result["locations"][0]["physicalLocation"], rules[result["ruleIndex"]]["name"]) for result in results]
        return [(place["artifactLocation"]["uri"], place["region"]["startLine"], rule) for place, rule in places]
    if name == "github":
        return [(match[2], int(match[3]), match[5].split()[1]) for match in document]
    if name == "gitlab":
        return [(item["location"]["path"], item["location"]["lines"]["begin"], item["check_name"]) for item in document]
    if name in ("rdjson", "rdjsonl"):
        items = document if name == "rdjsonl" else document["diagnostics"]
        return [(item["location"]["path"], item["location"]["range"]["start"]["line"], item["code"]["value"].split()[1]) for item in items]
    if name == "junit":
        failures = [(case, failure.text) for case in document.iter("testcase") for failure in case.iter("failure")]
        lines = [re.search(r":(\d+):\d+: E\d+ ", text)[1] for _, text in failures]  # type: ignore[index]
        return [(case.get("classname"), int(line), case.get("name").split()[0]) for (case, _), line in zip(failures, lines)]
    return [
        (file.get("name"), int(error.get("line")), error.get("source").removeprefix("dimlint."))
        for file in document
        for error in file
    ]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(PROJECT, tmp_path / "review")
    monkeypatch.chdir(tmp_path / "review")
    return tmp_path / "review"


def output(name: str, *arguments: str, status: int = 1) -> Any:
    done = CliRunner().invoke(main, ["check", "--output-format", name, *arguments], catch_exceptions=False)
    assert done.exit_code == status
    return VALID[name](done.stdout)


def test_every_format_is_tested() -> None:
    assert set(VALID) == set(FOR_PROGRAMS)
    help_text = CliRunner().invoke(main, ["check", "--help"]).stdout
    assert all(name in help_text for name in FORMATS)


@pytest.mark.parametrize("name", VALID)
def test_a_project(project: Path, name: str) -> None:
    assert found(name, output(name)) == FINDINGS
    assert found(name, output(name, str(project))) == FINDINGS or name == "json"
    path = project / "report.out"
    done = CliRunner().invoke(main, ["check", "--output-format", name, "--output-file", str(path)])
    assert (done.exit_code, done.stdout) == (1, "")
    assert found(name, VALID[name](path.read_text(encoding="utf-8"))) == FINDINGS


@pytest.mark.parametrize("name", VALID)
def test_nothing_found(project: Path, name: str) -> None:
    assert found(name, output(name, "clean.py", status=0)) == []
    shutil.rmtree(project / "nets")
    for path in project.glob("*.py"):
        path.unlink()
    assert found(name, output(name, status=2)) == []


@pytest.mark.parametrize("name", sorted(set(VALID) - {"json", "sarif", "junit"}))
def test_what_cannot_be_analysed_is_a_warning(project: Path, name: str) -> None:
    (project / "broken.py").write_text("import torch\nnet = torch.nn.(\n", encoding="utf-8")
    (project / "remark.py").write_text("import torch\n\nx = 1  # dimlint: input=(1\n", encoding="utf-8")
    expected = [("broken.py", 1, "analysis-error"), *FINDINGS[:4], ("remark.py", 3, "analysis-error"), *FINDINGS[4:]]
    assert found(name, output(name)) == expected


def test_sarif_notes_what_cannot_be_analysed(project: Path) -> None:
    (project / "broken.py").write_text("import torch\nnet = torch.nn.(\n", encoding="utf-8")
    [invocation] = output("sarif")["runs"][0]["invocations"]
    [note] = invocation["toolExecutionNotifications"]
    assert (note["level"], note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]) == ("warning", "broken.py")
    assert invocation["executionSuccessful"]
    assert not output("sarif", "broken.py", status=2)["runs"][0]["invocations"][0]["executionSuccessful"]


def test_junit_counts(project: Path) -> None:
    (project / "broken.py").write_text("import torch\nnet = torch.nn.(\n", encoding="utf-8")
    root = output("junit", ".", "notebook.ipynb")
    assert {key: root.get(key) for key in ("tests", "failures", "errors")} == {"tests": "12", "failures": "7", "errors": "2"}
    [suite] = [suite for suite in root if suite.get("name") == "train.py"]
    assert [case.get("name") for case in suite] == ["target-mismatch", "rank-mismatch", "rank-mismatch 2"]


def test_gaps_are_notes_if_wanted(project: Path) -> None:
    assert ("clean.py", 5, "unverified-model") not in found("sarif", output("sarif"))
    for name in sorted(set(VALID) - {"json", "junit"}):
        rules = [rule for _, _, rule in found(name, output(name, "--show-gaps"))]
        assert rules.count("unverified-model") >= 1
        assert len([rule for rule in rules if rule != "unverified-model"]) == len(FINDINGS)


def test_the_chain_in_sarif(project: Path) -> None:
    [result] = [item for item in output("sarif")["runs"][0]["results"] if item["ruleId"] == "E8704"]
    [[flow]] = [flow["threadFlows"] for flow in result["codeFlows"]]
    steps = [step["location"] for step in flow["locations"]]
    places = [(step["physicalLocation"]["artifactLocation"]["uri"], step["physicalLocation"]["region"]["startLine"]) for step in steps]
    assert places[:2] == [("nets/classifier.py", 28), ("nets/blocks.py", 12)]
    assert steps[1]["message"]["text"] == "Conv2d: (8, 3, 32, 32) -> (8, 16, 30, 30)"
    assert steps[-1]["message"] == result["message"] and steps[-1]["physicalLocation"] == result["locations"][0]["physicalLocation"]
    assert [item["message"] for item in result["relatedLocations"]] == [step["message"] for step in steps[:-1]]
    rules = output("sarif")["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.code for rule in RULES]
    assert all(rule.bad in found["help"]["text"] and rule.why in found["help"]["markdown"] for rule, found in zip(RULES, rules))


@pytest.mark.parametrize("name", ["sarif", "gitlab"])
def test_fingerprints_stay_when_lines_move(project: Path, name: str) -> None:
    def known() -> list[Any]:
        document = output(name)
        items = document if name == "gitlab" else document["runs"][0]["results"]
        return [item["fingerprint" if name == "gitlab" else "partialFingerprints"] for item in items]

    before = known()
    assert len({json.dumps(item) for item in before}) == len(FINDINGS)
    for path in ("train.py", "nets/classifier.py"):
        text = (project / path).read_text(encoding="utf-8")
        (project / path).write_text("# one more line\n\n" + text, encoding="utf-8")
    assert known() == before
    os.chdir("nets")
    assert known() != before or name == "gitlab"


def test_equal_findings_have_fingerprints_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(tmp_path, twice=CHAIN + CHAIN.split("\n", 2)[2]))
    assert len({item["fingerprint"] for item in output("gitlab")}) == 2
    assert len({item["partialFingerprints"]["dimlint/v1"] for item in output("sarif")["runs"][0]["results"]}) == 2


def test_paths_are_relative_to_the_repository_or_to_where_the_program_runs(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / ".git").mkdir()
    monkeypatch.chdir(project / "nets")
    for name in ("sarif", "gitlab", "github"):
        assert {path for path, _, _ in found(name, output(name, "."))} == {"nets/classifier.py"}
    for name in ("rdjson", "rdjsonl", "checkstyle", "junit"):
        assert {path for path, _, _ in found(name, output(name, ".", "../train.py"))} == {"classifier.py", "../train.py"}


def test_columns(project: Path) -> None:
    head = "import torch\nfrom torch import nn\n"
    (project / "wide.py").write_text(head + "é = '日🎉'; nn.Conv2d(3, 8, 3)(torch.randn(1, 4, 9, 9))\n", encoding="utf-8")
    [diagnostic] = output("rdjson", "wide.py")["diagnostics"]
    assert diagnostic["location"]["range"] == {"start": {"line": 3, "column": 17}, "end": {"line": 3, "column": 35}}
    [result] = output("sarif", "wide.py")["runs"][0]["results"]
    region = {"startLine": 3, "startColumn": 12, "endLine": 3, "endColumn": 30}
    assert result["locations"][0]["physicalLocation"]["region"] == region
    [annotation] = output("github", "wide.py")
    assert annotation[4] == "11"


def odd_reports(odd: str) -> list[Report]:
    """A finding, its chain, a fix, a gap and a failure under an odd name, which stands in the texts as well."""
    span = Span(odd, 3, 2, 4, 1)
    fix = Fix(odd, (Edit(Span(odd, 3, 2, 3, 2), odd),))
    finding = Finding(span, "E8701", "nonpositive-dimension", odd, (Related(Span(odd, 1, 1, 1, 1), odd),), fix)
    model = Model(span, odd, "partial", odd, (), None, 1)
    good = Report(odd, (finding, finding), (model,), (Gap(span, odd),))
    return [good, Report(f"{odd}i", failure=odd), Report(f"{odd}s", failure=odd, skipped=True)]


def check_odd(name: str, reports: list[Report]) -> None:
    text = written(Checked(reports, FileLines(), gaps=True, root=str(ROOT)), name)
    assert not set(text) & set("\x1b\x00\x07\r\x85\u2028\u202e\ufffe\uffff")
    assert not re.search("[\ud800-\udfff]", text)
    if name == "gitlab":  # its paths may not leave the repository
        text = text.replace('"path": "../', '"path": "').replace('"path": "/', '"path": "')
    document = VALID[name](text)
    if name != "json":  # each finding is there
        assert [rule for _, _, rule in found(name, document)].count("nonpositive-dimension") == 2 * len(reports) // 3


@pytest.mark.parametrize("name", VALID)
def test_odd_names_and_messages(name: str) -> None:
    check_odd(name, [report for odd in ODD for report in odd_reports(odd)])


@pytest.mark.parametrize("name", VALID)
@settings(max_examples=60, deadline=None)
@given(odd=st.text(st.characters(codec=None), min_size=1, max_size=12).filter(lambda text: "\0" not in text))
def test_any_name_and_message(name: str, odd: str) -> None:
    check_odd(name, odd_reports(odd))


@pytest.mark.parametrize("name", ["sarif", "rdjson"])
def test_fixes(name: str) -> None:
    edit = Edit(Span("a.py", 1, 9, 1, 10), "")
    finding = Finding(Span("a.py", 1, 1, 1, 12), "E8701", "nonpositive-dimension", "m", fix=Fix("smaller", (edit,)))
    lines = FileLines()
    lines.texts["a.py"] = "é = f(x, 5)\n"
    document = VALID[name](written(Checked([Report("a.py", (finding,))], lines), name))
    if name == "rdjson":
        [suggestion] = document["diagnostics"][0]["suggestions"]
        assert suggestion == {"range": {"start": {"line": 1, "column": 10}, "end": {"line": 1, "column": 11}}, "text": ""}
        two = replace(finding, fix=Fix("smaller", (edit, edit)))
        assert "suggestions" not in written(Checked([Report("a.py", (two,))], lines), name)
        return
    [[change]] = [fix["artifactChanges"] for fix in document["runs"][0]["results"][0]["fixes"]]
    [replacement] = change["replacements"]
    assert replacement["deletedRegion"] == {"startLine": 1, "startColumn": 9, "endLine": 1, "endColumn": 10}
    assert replacement["insertedContent"] == {"text": ""}


def test_no_link_and_no_placeholder_in_sarif() -> None:
    finding = Finding(Span("a.py", 1, 1, 1, 2), "E8701", "nonpositive-dimension", "[a](b) {0} {x}")
    document = sarif(written(Checked([Report("a.py", (finding,))], FileLines()), "sarif"))
    assert document["runs"][0]["results"][0]["message"]["text"] == "[a] (b) {{0}} {x}"


@pytest.mark.parametrize("name", [*VALID, "text", "concise"])
def test_odd_files(tmp_path: Path, name: str) -> None:
    names = [b"new\nline.py", b"\x1b[31m.py", b"\xff\xfe.py", b"::error ::x.py", b" ::warning::y.py", b"a,b:c%d.py", b"<&>.py"]
    names.append("日本\u202e.py".encode())
    for file in map(os.fsdecode, names):
        (tmp_path / file).write_text(BAD, encoding="utf-8")
        (tmp_path / f"{file[:-3]}no.py").write_text("import torch\nx = (\n", encoding="utf-8")
    done = run("dimlint", "check", "--output-format", name, cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 1 and "Traceback" not in done.stderr and "\x1b" not in done.stdout + done.stderr
    assert not [line for line in done.stderr.splitlines() if line.lstrip().startswith("::")]
    if name in VALID:
        document = VALID[name](done.stdout)
        assert len([item for item in found(name, document) if item[2] == "nonpositive-dimension"]) == len(names)
    else:
        assert not [line for line in done.stdout.splitlines() if line.lstrip().startswith("::")]
    if name == "sarif":
        uris = {unquote_to_bytes(path) for path, _, _ in found(name, document)}
        assert uris == set(names)


@pytest.mark.oracle
def test_another_reader_of_sarif(project: Path) -> None:
    from sarif import loader

    (project / "report.sarif").write_text(json.dumps(output("sarif")), encoding="utf-8")
    log = loader.load_sarif_file(str(project / "report.sarif"))
    records = [(record["Location"], record["Line"], record["Code"]) for record in log.get_records()]
    assert log.get_distinct_tool_names() == ["dimlint"]
    assert sorted((path, line) for path, line, _ in records) == sorted((path, line) for path, line, _ in FINDINGS)
    assert log.get_result_count() == len(FINDINGS)
