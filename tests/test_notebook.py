"""Notebooks: cells as one program, magics, places, and whatever else stands in such files."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from dimlint.batch import check_notebook
from dimlint.cli import main
from dimlint.config import Config
from dimlint.core.report import Edit, Report, Span
from dimlint.gate import Unreadable
from dimlint.magics import forgetting, masked
from dimlint.notebook import Notebook, NotEditable

IMPORTS = "import torch\nfrom torch import nn"
WRONG = "y = nn.Linear(3, 4)(torch.randn(2, 5))"


def document(*cells: Any, **more: Any) -> dict[str, Any]:
    """A notebook of code cells; one that is no text or list is a cell as it is."""
    code = {"cell_type": "code", "metadata": {}, "outputs": []}
    kept = [code | {"source": cell} if isinstance(cell, (str, list)) else cell for cell in cells]
    return {"cells": kept, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | more


def report(*cells: Any, **more: Any) -> Report:
    return check_notebook(Notebook(json.dumps(document(*cells, **more))), "nb.ipynb", Config())


def rules(*cells: Any) -> list[str]:
    found = report(*cells)
    assert found.failure is None
    return [finding.rule for finding in found.findings]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def save(folder: Path, *cells: Any, name: str = "nb.ipynb", indent: int | None = 1, **more: Any) -> None:
    (folder / name).write_text(json.dumps(document(*cells, **more), indent=indent), encoding="utf-8")


def dimlint(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["check", *arguments], input=stdin)


@pytest.mark.parametrize(
    ("line", "python"),
    [
        ("%matplotlib inline", "pass"),
        ("if x:\n    %matplotlib inline", "if x:\n    pass"),
        ("!pip install torch", "pass"),
        ("!!ls", "pass"),
        ("!ls \\\n  -l\nx = 1", "pass\n\nx = 1"),
        ("?print", "pass"),
        ("print?", "pass"),
        ("torch.nn.Conv2d??", "pass"),
        ("%time?", "pass"),
        ("files = !ls", "files = get_ipython()"),
        ("a, b = !ls", "a, b = get_ipython()"),
        ("x = %timeit -o f()", "x = get_ipython()"),
        ("%time net(x)", "pass; net(x)"),
        ("%time y = net(x)", "pass; y = net(x)"),
        ("%timeit net(x)", "pass;   net(x)"),
        ("%timeit -n 10 -r3 net(x)", "pass;             net(x)"),
        ("%timeit y = net(x)", "pass"),
        ("%time for x in y: f(x)", "exec(get_ipython())"),
        ("%time", "pass"),
        ("%run other.py", "exec(get_ipython())"),
        ("%pylab inline", "exec(get_ipython())"),
        ("/f 1", "exec(get_ipython())"),
        ("pip install torch", "pass"),
        ("cd ..", "pass"),
        ("x = y % z", None),
        ("x = (y\n% z)", None),
        ("x = '''\n%time\n!ls\n'''", None),
        ("x = [  # it's\n'!', \"\"\"\n%a\"\"\"\n]", None),
        ("x = y \\\n% z", None),
        ("x %= 3", None),
        ("x != 3", None),
        ("cd = 1", None),
        ("x = 1  # why?", None),
        ("x = '?'", None),
        ("plt.show();", None),
        ("await f()", None),
        ("%%time\nx = 1", "\nx = 1"),
        ("# first\n\n%%capture out\n!ls\nx = 1", "# first\n\n\npass\nx = 1"),
        ("%%bash\nls it's", "\n"),
        ("%%writefile x.py\nimport x", "\n"),
        ("%%timeit\nx = 1", "\n"),
        ("%%time", ""),
        ("# %%time\n\t\n%%time", "# %%time\n\t\n"),
        ("% matplotlib inline", "pass"),
    ],
)
def test_magics_are_masked(line: str, python: str | None) -> None:
    found = masked(line)
    assert found == (line if python is None else python, None)
    ast.parse(found.text)
    assert found.text.count("\n") == line.count("\n")


LINES = st.sampled_from(
    [
        *("%%time", "%%bash", "\n", " ", "# c", "!ls", "%time ", "x", "=", "?", "'''", "(", ")", "\\", "%", "a, b", "%run y", "pass"),
        *(":", "if x", '"', "/f", ";", "cd x", "'", "["),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=12).map("".join))
def test_python_stays_as_it_is_and_lines_stay_where_they_are(cell: str) -> None:
    found = masked(cell)
    forgotten = forgetting(cell, set())
    ast.parse(forgotten)
    assert found.text.count("\n") == forgotten.count("\n") == cell.count("\n")
    try:
        ast.parse(cell)
    except SyntaxError:
        return
    assert found == (cell, None)


def test_a_magic_whose_effect_is_not_known_is_doubt() -> None:
    assert masked("%%custom\nx = 1").doubt == "what %%custom does is not known"
    assert masked("%%bash --out x\nls").doubt is not None
    found = report(IMPORTS, "n = 5", "%%custom\nn = 3", "nn.Linear(n, 4)(torch.randn(2, 3))", WRONG)
    assert [(gap.span.line, gap.reason) for gap in found.gaps if "left out" in gap.reason] == [
        (4, "cell 3 is left out: what %%custom does is not known")
    ]
    assert [finding.span.line for finding in found.findings] == [7]


def test_cells_are_one_program() -> None:
    assert rules(IMPORTS, {"cell_type": "markdown", "source": "# text"}, WRONG) == ["feature-mismatch"]
    assert rules(IMPORTS.splitlines(keepends=True), "", [], WRONG.splitlines(keepends=True)) == ["feature-mismatch"]
    assert rules(IMPORTS + "\nn = 5", "!ls it's\nx = !ls\nnn?\nawait f();", "nn.Linear(n, 4)(torch.randn(2, 5));") == []


def test_a_cell_that_does_not_parse_costs_only_itself() -> None:
    found = report(IMPORTS, "n = 3\nprint 'n'", WRONG, "nn.Linear(n, 4)(torch.randn(2, 5))", "x = (", "\0")
    assert [finding.span.line for finding in found.findings] == [5]
    assert [gap.reason for gap in found.gaps if "left out" in gap.reason] == [
        "cell 2 is left out: syntax error in line 2",
        "cell 5 is left out: syntax error in line 1",
        "cell 6 is left out: it holds a NUL character",
    ]


@pytest.mark.parametrize("between", ["n = 3\nprint 'n'", "%run other.py", "n = !ls", "%store -r n", "for n in !ls:\n  pass"])
def test_what_a_cell_may_have_changed_is_not_known(between: str) -> None:
    assert rules(f"{IMPORTS}\nn = 5", between, "nn.Linear(n, 4)(torch.randn(2, 3))") == []
    assert rules(f"{IMPORTS}\nn = 5", "!ls", "nn.Linear(n, 4)(torch.randn(2, 3))") == ["feature-mismatch"]


def test_a_cell_that_expects_an_error() -> None:
    cell = {"cell_type": "code", "metadata": {"tags": ["raises-exception"]}, "source": WRONG}
    assert rules(IMPORTS, cell) == []
    assert rules(IMPORTS, cell, WRONG) == ["feature-mismatch"]


def test_comments_in_cells() -> None:
    assert rules(IMPORTS, f"{WRONG}  # dimlint: ignore[feature-mismatch]") == []
    net = "class Net(nn.Module):  # dimlint: input=(1, 4)\n    def __init__(self):\n        super().__init__()\n"
    net += "        self.l = nn.Linear(3, 2)\n    def forward(self, x):\n        return self.l(x)"
    assert rules(IMPORTS, net) == ["feature-mismatch"]


def test_the_place_is_named_by_cell(folder: Path) -> None:
    save(folder, IMPORTS, {"cell_type": "markdown", "source": "# text"}, f"\n{WRONG}", "  bad", f"# dimlint: inputs=1\n{WRONG}")
    concise = dimlint("--output-format", "concise", "--show-gaps")
    places = [line.split(": ")[0] for line in concise.stdout.splitlines()]
    assert (places, concise.exit_code) == (["nb.ipynb:cell 3:2:5", "nb.ipynb:cell 5:2:5", "nb.ipynb:cell 4:1:1", "nb.ipynb:cell 5:1:1"], 1)
    assert concise.stderr.startswith("nb.ipynb:cell 5:1: dimlint comment")
    text = dimlint().stdout
    assert "nb.ipynb:cell 3:2:5: E8704" in text and f"  2 | {WRONG}\n    |     ~~~~~~~~~~^~~~~" in text and "    line 2 " in text
    found = json.loads(dimlint("--output-format", "json").stdout)["findings"]
    assert [(item["cell"], item["line"], item["column"], item["end_line"], item["related"][0]["cell"]) for item in found] == [
        (3, 2, 5, 2, 3),
        (5, 2, 5, 2, 5),
    ]


@pytest.mark.parametrize("indent", [None, 1])
def test_review_bots_are_told_the_line_of_the_file(folder: Path, indent: int | None) -> None:
    save(folder, IMPORTS, ['s = "ä\U0001f600\\n"\n', f'"\U0001f600"; {WRONG}\n', "z = 1"], indent=indent)
    lines = (folder / "nb.ipynb").read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "nn.Linear" in text)
    column = lines[line - 1].index("nn.Linear") + 1
    github = dimlint("--output-format", "github").stdout
    assert f"file=nb.ipynb,line={line},endLine={line},col={column},endColumn={column + 15}," in github and "[cell 2, line 2]" in github
    [checkstyle] = re.findall(r'<error line="(\d+)" column="(\d+)"', dimlint("--output-format", "checkstyle").stdout)
    assert checkstyle == (str(line), str(column))
    [result] = json.loads(dimlint("--output-format", "sarif").stdout)["runs"][0]["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"], region["endColumn"]) == (line, column, column + 15)
    [issue] = json.loads(dimlint("--output-format", "gitlab").stdout)
    assert issue["location"]["lines"]["begin"] == line
    [diagnostic] = json.loads(dimlint("--output-format", "rdjson").stdout)["diagnostics"]
    assert diagnostic["location"]["range"]["start"] == {"line": line, "column": column}
    assert f"nb.ipynb:{line}:{column}:" in dimlint("--output-format", "junit").stdout


def test_the_older_format() -> None:
    code = [{"cell_type": "code", "language": "python", "input": text} for text in (IMPORTS, WRONG)]
    cells = [{"cell_type": "heading", "source": "text"}, *code]
    text = json.dumps({"nbformat": 3, "worksheets": [{"cells": cells[:2]}, {"cells": cells[2:]}]}, indent=1)
    notebook = Notebook(text)
    [finding] = check_notebook(notebook, "nb.ipynb", Config()).findings
    assert notebook.cell(finding.span.line) == (3, 1)
    line, column = notebook.in_file(finding.span.line, finding.span.column)
    assert text.splitlines()[line - 1][column - 1 :].startswith("nn.Linear")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        ("{", "broken JSON in line 1"),
        ('{"cells": [1\n', "broken JSON in line 2"),
        ("[" * 200_000, "broken JSON"),
        ("[]", "it has no list of cells"),
        ("null", "it has no list of cells"),
        ("{}", "it has no list of cells"),
        ('{"cells": 3}', "it has no list of cells"),
        ('{"cells": null, "worksheets": {}}', "it has no list of cells"),
    ],
)
def test_what_is_no_notebook(text: str, reason: str) -> None:
    with pytest.raises(Unreadable) as error:
        Notebook(text)
    assert (error.value.reason, error.value.kind) == (f"is no notebook: {reason}", "failed")


def test_notebooks_of_other_languages(folder: Path) -> None:
    for metadata in ({"kernelspec": {"name": "ir", "language": "R"}}, {"language_info": {"name": "julia"}}):
        with pytest.raises(Unreadable, match=r"^not analysed: the notebook's language is '(R|julia)'$") as error:
            Notebook(json.dumps(document(IMPORTS, metadata=metadata)))
        assert error.value.kind == "skipped"
    for metadata in (None, [], {"kernelspec": 3}, {"kernelspec": {"language": 3}}, {"kernelspec": {"language": "python"}}):
        assert Notebook(json.dumps(document(IMPORTS, metadata=metadata))).program == IMPORTS
    other = {"cell_type": "code", "metadata": {"vscode": {"languageId": "bash"}}, "source": "ls it's"}
    assert not report(IMPORTS, other, WRONG).gaps
    save(folder, "x <- 1", metadata={"kernelspec": {"language": "R"}})
    done = dimlint(".")
    assert (done.exit_code, done.stderr) == (2, "nb.ipynb: not analysed: the notebook's language is 'R'\n")


def test_odd_cells() -> None:
    cells: list[Any] = [{}, 3, None, {"cell_type": 3}, {"cell_type": "code"}, {"cell_type": "code", "source": None}]
    sources: list[Any] = [[3], {"a": 1}, 7, ["x = 1", None]]
    found = report(*cells, *({"cell_type": "code", "source": source, "metadata": 3} for source in sources), IMPORTS, WRONG)
    assert [item.rule for item in found.findings] == ["feature-mismatch"]
    assert [gap.reason for gap in found.gaps] == [f"cell {number} is left out: its source is no text" for number in (7, 8, 9, 10)]


def test_of_equal_keys_the_last_counts() -> None:
    source = f'"source": ["x = 1"], "source": {json.dumps(IMPORTS)}, "source": [{json.dumps(WRONG)}]'
    text = f'{{"cells": [3],\n"cells": [{{"cell_type": "code", "source": {json.dumps(IMPORTS)}}}, {{"cell_type": "code",\n{source}}}]}}'
    notebook = Notebook(text)
    assert notebook.program == f"{IMPORTS}\n{WRONG}"
    line, column = notebook.in_file(3, 5)
    assert text.splitlines()[line - 1][column - 1 :].startswith("nn.Linear")


def test_huge_outputs(folder: Path) -> None:
    output = {"data": {"image/png": "A" * 3_000_000, "n": [0] * 100_000}}
    save(folder, {"cell_type": "code", "metadata": {}, "source": IMPORTS, "outputs": [output]}, WRONG, indent=None)
    assert dimlint("--output-format", "github").stdout.startswith("::error file=nb.ipynb,line=1,")


def test_imports_see_the_files_beside(folder: Path) -> None:
    (folder / "sizes.py").write_text("N = 3\n", encoding="utf-8")
    save(folder, IMPORTS, "from sizes import N", "nn.Linear(N, 4)(torch.randn(2, 5))")
    assert "nb.ipynb:cell 3:1:1: E8704" in dimlint().stdout


def test_which_notebooks_are_checked(folder: Path) -> None:
    save(folder, IMPORTS, WRONG)
    for hidden in (".ipynb_checkpoints", ".venv"):
        (folder / hidden).mkdir()
        save(folder / hidden, IMPORTS, WRONG)
    assert "1 problem in 1 file, 1 fixable" in dimlint().stdout
    (folder / "pyproject.toml").write_text("[tool.dimlint]\nnotebooks = false\n", encoding="utf-8")
    assert dimlint().exit_code == 2
    assert dimlint("nb.ipynb").exit_code == 1
    (folder / "pyproject.toml").write_text("[tool.dimlint]\nnotebooks = 1\n", encoding="utf-8")
    assert "notebooks: must be true or false" in dimlint().stderr


def test_standard_input(folder: Path) -> None:
    text = json.dumps(document(IMPORTS, WRONG)).encode()
    done = dimlint("-", "--stdin-filename", "x.ipynb", stdin=text)
    assert done.exit_code == 1 and "x.ipynb:cell 2:1:5: E8704" in done.stdout and f"  1 | {WRONG}" in done.stdout
    assert dimlint("-", "--stdin-filename", "x.ipynb", stdin=b"{").stderr == "x.ipynb: is no notebook: broken JSON in line 1\n"
    assert "line=1,endLine=1" in dimlint("-", "--stdin-filename", "x.ipynb", "--output-format", "github", stdin=text).stdout


NET = "é = '🎉'; model = nn.Sequential(nn.Conv2d(3, 6, 5), nn.Flatten(), nn.Linear(400, 10))"
CALL = "%time y = 1\nmodel(torch.randn(1, 3, 32, 32))"


@pytest.mark.parametrize("ascii", [True, False])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_notebooks_are_fixed_and_all_else_stays(folder: Path, ascii: bool, indent: int | None, mark: str, end: str) -> None:
    cells = [IMPORTS.splitlines(keepends=True), {"cell_type": "markdown", "source": "# 400\t"}, NET, CALL]
    before = mark + json.dumps(document(*cells, metadata={"x": "400"}), indent=indent, ensure_ascii=ascii) + "\n"
    raw = before.replace("\n", end).encode()
    (folder / "nb.ipynb").write_bytes(raw)
    expected = before.replace("Linear(400,", "Linear(4704,").replace("\n", end).encode()
    shown = dimlint("--diff", "--unsafe-fixes", "nb.ipynb")
    assert shown.exit_code == 1 and shown.stderr == "1 problem in 1 file would be fixed\n" and shown.stdout.count("4704") == 1
    streamed = dimlint("--fix", "--unsafe-fixes", "-", "--stdin-filename", "x.ipynb", stdin=raw)
    assert streamed.stdout_bytes == expected and "0 problems in 1 file, 1 fixed" in streamed.stderr
    assert (folder / "nb.ipynb").read_bytes() == raw
    done = dimlint("--fix", "--unsafe-fixes", "nb.ipynb")
    assert done.exit_code == 0 and "0 problems in 1 file, 1 fixed" in done.stdout and (folder / "nb.ipynb").read_bytes() == expected


def test_a_number_that_is_written_in_two_strings(folder: Path) -> None:
    save(folder, IMPORTS, [NET[: NET.index("00, 10")], NET[NET.index("00, 10") :]], CALL)
    assert dimlint("--fix", "--unsafe-fixes", "nb.ipynb").exit_code == 0
    fixed = json.loads((folder / "nb.ipynb").read_text(encoding="utf-8"))
    assert fixed["cells"][1]["source"] == [NET.replace("400", "4704")]


def test_a_notebook_that_cannot_be_edited_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(folder, IMPORTS, NET, CALL)
    before = (folder / "nb.ipynb").read_bytes()
    notebook = Notebook(before.decode())
    with pytest.raises(NotEditable):
        notebook.edited([Edit(Span("nb.ipynb", 3, 1, 3, 1), "x")])
    monkeypatch.setattr(Notebook, "_end", lambda *place: 0)
    reason = "nb.ipynb: not fixed: its cells cannot be edited where they stand\n"
    assert dimlint("--diff", "--unsafe-fixes", "nb.ipynb").stderr == reason + "0 problems in 0 files would be fixed\n"
    done = dimlint("--fix", "--unsafe-fixes", "nb.ipynb")
    assert done.exit_code == 1 and done.stderr == reason and (folder / "nb.ipynb").read_bytes() == before


def test_fixes_of_notebooks_in_other_formats(folder: Path) -> None:
    keras = "import keras\nx = keras.Input((4, 4, 3))\ny = keras.layers.Conv2D(8, 5)(x)"
    save(folder, keras)
    (finding,) = json.loads(dimlint("--output-format", "json", "nb.ipynb").stdout)["findings"]
    (edit,) = finding["fix"]["edits"]
    assert (edit["cell"], edit["line"], edit["end_line"]) == (1, 3, 3) and edit["text"] == ', padding="same"'
    (result,) = json.loads(dimlint("--output-format", "sarif", "nb.ipynb").stdout)["runs"][0]["results"]
    (change,) = result["fixes"][0]["artifactChanges"][0]["replacements"]
    text = (folder / "nb.ipynb").read_text(encoding="utf-8")
    line = text.split("\n")[change["deletedRegion"]["startLine"] - 1]
    column = change["deletedRegion"]["startColumn"] - 1
    assert line[:column].endswith("Conv2D(8, 5") and change["insertedContent"]["text"] == ', padding=\\"same\\"'
    assert dimlint("--fix", "--unsafe-fixes", "nb.ipynb").exit_code == 0
    fixed = json.loads((folder / "nb.ipynb").read_text(encoding="utf-8"))
    assert "".join(fixed["cells"][0]["source"]) == keras.replace("(8, 5)", '(8, 5, padding="same")')


def test_a_baseline_holds_findings_of_notebooks(folder: Path) -> None:
    save(folder, IMPORTS, WRONG)
    assert dimlint("--baseline", "b.json", "--write-baseline").exit_code == 0
    save(folder, "x = 1", IMPORTS, WRONG)
    assert dimlint("--baseline", "b.json").exit_code == 0
    save(folder, IMPORTS, WRONG, "nn.Linear(7, 4)(torch.randn(2, 5))")
    assert "nb.ipynb:cell 3:1:1: E8704" in dimlint("--baseline", "b.json").stdout


def summary(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["summary", *arguments])


def test_a_summary_of_a_notebook(folder: Path) -> None:
    save(folder, IMPORTS, {"cell_type": "markdown", "source": "# text"}, f"%time y = 1\n{NET}", CALL)
    done = summary("nb.ipynb")
    assert done.exit_code == 1 and "nb.ipynb:cell 3:2: model: (1, 3, 32, 32) -> ?" in done.stdout
    assert "wrong: nb.ipynb:cell 3:2: Linear has in_features=400" in done.stdout
    found = json.loads(summary("nb.ipynb::model", "--output-format", "json").stdout)
    assert (found["cell"], found["line"], found["failure"]["cell"]) == (3, 2, 3) and {step["cell"] for step in found["steps"]} == {3}
    assert "nb.ipynb:cell 3,2,0" in summary("nb.ipynb", "--output-format", "csv").stdout
    page = summary("nb.ipynb", "--html").stdout
    assert "%time y = 1" in page
    assert "nb.ipynb:cell 3:2</a>" in page and page.count('<span class="cell">') == 3 and '<a href="#L4">' in page
    save(folder, IMPORTS, "%time " + WRONG)
    assert f"  1 | %time {WRONG}\n    |           ~~~~~~~~~~^~~~~ in_features" in dimlint().stdout
    save(folder, IMPORTS, NET.replace("400", "4704"), CALL)
    done = summary("nb.ipynb::nn.Sequential(model[0])", "--input-shape", "1x3x8x8")
    assert done.exit_code == 0 and "Total params: 456" in done.stdout and summary("nb.ipynb").exit_code == 0


def test_a_summary_of_what_is_wrong_without_a_layer(folder: Path) -> None:
    net = "class Net(nn.Module):\n    def forward(self, x):\n        return self.a(x).reshape(7)\n"
    net += "    def __init__(self):\n        super().__init__()\n        self.a = nn.ReLU()\nnet = Net()"
    save(folder, IMPORTS, net)
    found = summary("nb.ipynb::net", "--input-shape", "1x3x8x8", "--output-format", "mermaid")
    assert found.exit_code == 1 and "cell 2, line 3" in found.stdout, found.stdout
    assert summary("nb.ipynb::nothing").exit_code == 2
    (folder / "nb.ipynb").write_text("{", encoding="utf-8")
    assert summary("nb.ipynb").stderr == "nb.ipynb: is no notebook: broken JSON in line 1\n"


PIECES = st.sampled_from(
    [
        *("import torch", "%time x = 1", "%%time", "!ls 'a", "x?", "%%bash", "'''", "(", ")", "\\", "\n", "\r\n", "\r"),
        *("\n\n", "x = !ls", "  ", "x = 1", "nn.Linear(3, 4)(torch.randn(2, 5))", "from torch import nn", "print 'x'"),
        *("%run y", "\x0c", "\u2028"),
        *('"', "\t", "\0", "# torch", ";", "\ud800", "é", "\U0001f600"),
    ]
)
SOURCES = st.lists(PIECES, max_size=8).map("".join)
KEYS = st.sampled_from(["cells", "source", "cell_type", "metadata", "tags", "input"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | SOURCES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
CELLS = st.fixed_dictionaries(
    {"cell_type": st.just("code"), "source": SOURCES | st.lists(SOURCES, max_size=5)}, optional={"outputs": JSON, "metadata": JSON}
)


@settings(max_examples=150, deadline=None)
@given(st.lists(CELLS | JSON, max_size=4), JSON, st.sampled_from([None, 1]), st.booleans())
def test_any_notebook_gives_a_report_and_its_lines_are_known(cells: list[Any], metadata: Any, indent: int | None, ascii: bool) -> None:
    text = json.dumps({"cells": cells, "metadata": metadata}, indent=indent, ensure_ascii=ascii)
    try:
        notebook = Notebook(text)
    except Unreadable as error:
        assert error.kind == "skipped"
        return
    found = check_notebook(notebook, "nb.ipynb", Config(fuel=5000))
    assert not found.internal
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]
    sources = {number: source(cell) for number, cell in enumerate(cells, 1) if is_code(cell)}
    line = 0
    for number, source_text in sources.items():
        for index, expected in enumerate(re.split(r"\r\n|\r|\n", source_text), 1):
            line += 1
            assert notebook.cell(line) == (number, index)
            for column, character in enumerate(expected, 1):
                row, place = notebook.in_file(line, column)
                rest = text[starts[row - 1] + place - 1 :]
                assert json.loads(f'"{re.match(r"(?s)" + CHARACTER, rest)[0]}"') == character  # type: ignore[index]
    assert notebook.program.count("\n") + 1 == max(1, line)


CHARACTER = r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|[^\\]"


def source(cell: Any) -> str:
    held = cell.get("source", cell.get("input"))
    return held if isinstance(held, str) else "".join(held) if all(isinstance(part, str) for part in held) else ""


def is_code(cell: Any) -> bool:
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return False
    return cell.get("source", cell.get("input")) not in (None, [])
