"""README keeps in step with the code."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from dimlint import __version__
from dimlint.cli import main
from dimlint.config import read_config
from dimlint.core.rules import RULES, Rule
from dimlint.notation import parse_shapes
from dimlint.render.formats import FORMATS
from dimlint.render.rule_text import address

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
SVG = "{http://www.w3.org/2000/svg}"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_table_of_rules() -> None:
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in README.splitlines() if re.match(r"\| [A-Z]\d{4} ", line)]
    assert rows == [(rule.code, rule.symbol, rule.summary) for rule in RULES]


def test_each_rule_has_its_section() -> None:
    from tests.rule_sections import written

    assert written(README) == README, "python -m tests.rule_sections writes them anew"
    for rule in RULES:
        anchor = address(rule.code, rule.symbol).partition("#")[2]
        assert any(line.removeprefix("### ").lower().replace(" ", "-") == anchor for line in README.splitlines() if line.startswith("### "))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.symbol)
def test_rules_are_well_formed(rule: Rule) -> None:
    assert re.fullmatch(r"[EIW]87\d\d", rule.code)
    assert re.fullmatch(r"[a-z][a-z-]+", rule.symbol)
    assert not rule.summary.endswith(".") and rule.why.endswith(".")
    assert all(text.isascii() for text in (rule.summary, rule.why, rule.bad, rule.good))


def test_the_configuration_shown_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    examples = blocks("toml")
    for example in examples:
        tomllib.loads(example)
    path.write_text(next(example for example in examples if "[tool.dimlint]" in example), encoding="utf-8")
    assert read_config(str(path)).input_shapes("Net") == ((1, 3, 32, 32),)


def test_the_comment_shown_is_valid() -> None:
    [comment] = re.findall(r"# dimlint: input=(.*)", README)
    assert parse_shapes(comment) == ((1, 3, 32, 32),)


def test_the_output_shown_is_the_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parent.parent)
    shown = re.findall(r"<!-- output of: dimlint (.*?) -->\n```\n(.*?)```", README, re.DOTALL)
    assert [command.split()[0] for command, _ in shown] == ["summary"]
    for command, output in shown:
        assert CliRunner().invoke(main, command.split()).stdout == output


def test_the_pictures_are_there() -> None:
    found = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", README)
    assert len(found) == 3 and all((ROOT / path).is_file() and len(text) > 20 for text, path in found)


@pytest.mark.parametrize("name", ["terminal", "editor"])
def test_the_pictures_show_what_is_shown_now(name: str) -> None:
    pytest.importorskip("pygls", reason="needs the extra 'lsp'")
    from tests import screenshots

    def words(svg: str) -> str:
        return "".join("".join(item.itertext()) for item in ElementTree.fromstring(svg).iter(f"{SVG}text")).replace("\xa0", "")

    kept = (screenshots.PICTURES / f"{name}.svg").read_text(encoding="utf-8")
    assert words(kept) == words(getattr(screenshots, name)()), "python -m tests.screenshots makes the pictures anew"
    assert "url(http" not in kept and "@import" not in kept


def test_the_layer_shown_works() -> None:
    from dimlint.core.dim import Shape
    from dimlint.core.library import Library
    from dimlint.core.problem import Problem

    [example] = [block for block in blocks("python") if ".layer(" in block]
    library = Library("torch", ("torch",))
    names = {"torch": library}
    exec(example.replace("from dimlint.libraries.torch.module import torch\n", ""), names)
    layer = names["Linear"].bind((3, 4), {})  # type: ignore[attr-defined]
    assert (layer.output(Shape(2, 3)), layer.weights(Shape(2, 3))) == ((2, 4), {"weight": (4, 3), "bias": (4,)})
    with pytest.raises(Problem, match="does not fit"):
        layer.output(Shape(2, 5))
    assert library.declared["nn.Linear"].layer is names["Linear"]  # type: ignore[union-attr]


def test_annotations_that_are_no_text_are_refused() -> None:
    from dimlint.core.binding import Binder
    from dimlint.core.dim import Shape

    def output(x: Shape) -> Shape:
        return x

    output.__annotations__["x"] = Shape
    with pytest.raises(TypeError, match="from __future__ import annotations"):
        Binder(output)


def test_the_table_of_formats() -> None:
    assert tuple(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE)) == FORMATS


def test_the_commands_shown_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"dimlint check (-[^|#`\n]*)", README)
    assert sum("--baseline" in command for command in commands) == 2 and len(commands) >= 6
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").write_text("import torch\n", encoding="utf-8")
    for command in commands:
        assert CliRunner().invoke(main, ["check", *command.split()]).exit_code == 0


def test_the_version_of_the_hook() -> None:
    [revision] = re.findall(r"^  rev: (\S+)", README, re.MULTILINE)
    assert revision == f"v{__version__}"


def test_the_number_of_layers() -> None:
    from dimlint.libraries import LIBRARIES
    from dimlint.render.layers import layer_lines

    [stated] = re.findall(r"dimlint knows (\d+) layers .*: (\d+) of PyTorch, (\d+) of Keras, (\d+) of einops", README)
    names = [line[0][0] for line in layer_lines(LIBRARIES, None) if line[0][1] == "path"]
    counts = [sum(name.startswith(f"{library}.") for name in names) for library in ("torch", "keras", "einops")]
    assert list(map(int, stated)) == [len(names), *counts]
    assert sum(len(library.entries) for library in LIBRARIES) > 4500
