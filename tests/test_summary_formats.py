"""What ``dimlint summary`` writes: the tree as text, CSV, JSON, graphs and a page; laws that hold for all of them."""

from __future__ import annotations

import csv
import io
import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from dimlint.cli import main
from dimlint.config import Config
from dimlint.core.report import Node, Part, Span, Summary
from dimlint.render.diagram import MAX_EDGES, MAX_TEXT, graph, summary_dot, summary_mermaid
from dimlint.render.drawing import blocks
from dimlint.render.page import summary_page
from dimlint.render.rows import Shown, branches, shown_rows
from dimlint.render.summary import COLUMNS, FORMULA, summary_csv, summary_json, summary_lines
from dimlint.summary import summarize

COUNTED = str(Path(__file__).parent.parent / "fixtures" / "torch" / "counted.py")
NETS: dict[str, list[tuple[int, ...]]] = {
    "Recurrent": [(2, 12)],
    "Transposed": [(2, 8, 9, 9)],
    "Grouped": [(3, 8, 20, 20)],
    "Shared": [(2, 6)],
    "Frozen": [(1, 3, 16, 16)],
    "Listed": [(4, 5)],
    "Two": [(2, 5), (2, 7)],
}

REPEATED = """
from torch import nn


class Block(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.a = nn.Conv2d(n, n, 3, padding=1)
        self.b = nn.Conv2d(n, n, 3, padding=1)

    def forward(self, x):
        return x + self.b(self.a(x))


class Dense(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(nn.Conv2d(4 * (i + 1), 4, 1) for i in range(3))

    def forward(self, x):
        import torch
        seen = [x]
        for part in self.parts:
            seen.append(part(torch.cat(seen, 1)))
        return torch.cat(seen, 1)


net = nn.Sequential(*(Block(4) for _ in range(6)), Dense(), Block(16))
wrong = nn.Sequential(nn.Conv2d(3, 8, 3), nn.MaxPool2d(4), nn.Conv2d(8, 8, 9), nn.Flatten())


class Views(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.out = nn.Linear(7, 3)

    def forward(self, x):
        x = self.conv(x)
        x = x.view(-1, 7)
        return self.out(x)
"""

KERAS = """
import keras
from keras import layers

added = keras.Sequential()
added.add(keras.Input((12, 12, 1)))
added.add(layers.Conv2D(8, 5))
added.add(layers.MaxPooling2D(4))
added.add(layers.Conv2D(16, 3))
added.add(layers.Flatten())


def build():
    image = keras.Input((12, 12, 1))
    x = layers.add([layers.Conv2D(8, 5)(image), layers.Conv2D(8, 5)(image)])
    inside = keras.Model(image, layers.Conv2D(16, 9)(x))
    return inside


def fine():
    other = keras.Sequential([layers.Input((4, 3)), layers.LSTM(2), layers.Dense(2)])
    other.summary()


class Own(layers.Layer):
    def call(self, x):
        return x * 2


fine()
image = keras.Input((9, 9, 3))
inner = keras.Model(image, layers.Conv2D(4, 3)(image), name="inner")
a, b = keras.Input((9, 9, 3)), keras.Input((9, 9, 3))
twice = keras.Model([a, b], Own()(layers.Subtract()([inner(a), inner(b)])))
"""

HOSTILE = [
    "</script><script>alert(1)</script>",
    '"];\nend --> n0 %%{init: {}}%% `x`',
    "1. - list # & \\N \\\\ subgraph",
    "=cmd|' /C calc'!A0",
    "-1+1",
    "@SUM(1)",
    "\t=1",
    "<img src=x onerror=alert(1)>",
    "\u202e\x00\ud800",
]


@cache
def counted(name: str) -> Summary:
    return summarize(COUNTED, name, NETS[name], Config())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("summaries")
    (folder / "net.py").write_text(REPEATED, encoding="utf-8")
    (folder / "k.py").write_text(KERAS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def net(folder: Path) -> Summary:
    return summarize(str(folder / "net.py"), "net", [(1, 4, 8, 8)], Config())


@pytest.fixture(scope="module")
def added(folder: Path) -> Summary:
    return summarize(str(folder / "k.py"), "added", [], Config())


def text(summary: Summary, **options: Any) -> list[str]:
    return ["".join(piece for piece, _ in line) for line in summary_lines(summary, **options)]


# -- laws


@pytest.mark.parametrize("name", NETS)
def test_parents_hold_what_their_rows_have(name: str) -> None:
    found = counted(name)
    assert sum(part.parameters or 0 for part in found.parts) == found.parameters == found.parts[0].held_parameters
    assert sum(part.trainable_parameters or 0 for part in found.parts) == found.trainable_parameters
    before: set[str] = set()
    for branch in branches(found.parts).tree():
        names = {item.part.name for item in branch.tree()}
        if not names & before:  # else it was applied earlier, and its parameters stand there
            assert sum(item.part.parameters or 0 for item in branch.tree()) == branch.part.held_parameters
        before.add(branch.part.name)
        assert branch.part.multiply_adds == sum(item.part.multiply_adds or 0 for item in branch.tree() if item.part.is_leaf)


def values(row: Shown) -> tuple[Any, ...]:
    part = row.part
    return part.depth, part.layer, repr(part.output_shape), row.parameters, row.trainable_parameters, row.multiply_adds


def multiplied_out(rows: list[Shown]) -> list[tuple[Any, ...]]:
    """Each row as often as it stands for something, with the rows below it."""
    found: list[tuple[Any, ...]] = []
    while rows:
        end = next((index for index, row in enumerate(rows[1:], 1) if row.part.depth <= rows[0].part.depth), len(rows))
        found += [values(rows[0]), *multiplied_out(rows[1:end])] * len(rows[0].alike)
        rows = rows[end:]
    return found


@pytest.mark.parametrize("depth", [None, 0, 1, 2])
def test_a_rolled_up_table_says_the_same(net: Summary, depth: int | None) -> None:
    for found in (net, *map(counted, NETS)):
        assert multiplied_out(shown_rows(found.parts, depth)) == list(map(values, shown_rows(found.parts, depth, rolled=False)))


@pytest.mark.parametrize("depth", [None, 0, 1, 2])
def test_csv_adds_up(net: Summary, depth: int | None) -> None:
    for found in (net, *map(counted, NETS)):
        rows = list(csv.DictReader(io.StringIO(summary_csv(found, depth))))
        assert tuple(rows[0]) == COLUMNS
        for column, whole in (
            ("parameters", found.parameters),
            ("trainable_parameters", found.trainable_parameters),
            ("multiply_adds", found.multiply_adds),
            ("activation_bytes", found.activation_bytes),
        ):
            assert sum(int(row[column]) for row in rows) == whole
        if depth is None:
            assert [(row["name"], json.loads(row["output_shape"])) for row in rows] == [(p.name, p.output_shape) for p in found.parts]


def test_json_holds_all(net: Summary) -> None:
    document = json.loads(summary_json(net))
    assert [row["name"] for row in document["tree"]] == [part.name for part in net.parts]
    leaves = [row for row in document["tree"] if row["leaf"]]
    assert [{key: row[key] for key in step} for step, row in zip(document["steps"], leaves)] == document["steps"]
    assert document["failure"] is None
    for number, node in enumerate(document["flow"]):
        assert all(source < number for source in node["sources"])


# -- the tree


def test_equal_blocks_are_one(net: Summary) -> None:
    lines = text(net)
    assert lines[2].startswith("Sequential")
    assert lines[3].split("  ")[0] == "├─ 0-5 (Block) ×6"
    assert lines[5].startswith("├─ 6 (Dense)") and lines[6].startswith("│  └─ parts (ModuleList)")
    assert len([line for line in text(net, rolled=False) if "(Block)" in line]) == 7
    assert [line.split()[1] for line in text(net, depth=1) if "─" in line] == ["0-5", "6", "7"]
    assert text(net, plain=True)[3].startswith("|- 0-5 (Block) x6") and all(line.isascii() for line in text(net, plain=True))


def test_a_part_that_is_applied_again_shares_its_parameters() -> None:
    lines = [line for line in text(counted("Shared")) if "Linear" in line]
    assert ["shared" in line for line in lines] == [False, True, False]


def test_the_sums() -> None:
    lines = text(counted("Frozen"))
    assert lines[-5:-1] == ["Total params: 132", "Trainable params: 12", "Non-trainable params: 120", "Total mult-adds: 21,970"]
    assert lines[-1].startswith("Memory: input 0.00 MB, forward/backward pass ")


# -- models that do not work


def test_rows_end_with_the_layer_that_is_refused(folder: Path) -> None:
    found = summarize(str(folder / "net.py"), "wrong", [(1, 3, 32, 32)], Config())
    assert [(part.name, part.failed) for part in found.parts] == [("", False), ("0", False), ("1", False), ("2", True)]
    assert str(found.reason).endswith(". wrong needs an input of at least 38x38; 32x32 is given")
    lines = text(found)
    assert "refused" in lines[5] and lines[-1].startswith(f"wrong: {folder / 'net.py'}:29: Conv2d output height is -1")
    assert "class n3 refused" in summary_mermaid(found) and "color=" in summary_dot(found)
    assert blocks(found)[-1].failed
    assert found.parts[-1].multiply_adds is None and found.multiply_adds == found.parts[1].multiply_adds  # of what was applied


def test_an_operation_that_is_refused(folder: Path) -> None:
    found = summarize(str(folder / "net.py"), "Views", [(1, 3, 6, 6)], Config())
    assert [(part.layer, part.failed) for part in found.parts[:-1]] == [("Views", True), ("Conv2d", False)]
    assert (found.parts[-1].name, found.parts[-1].parameters, found.parts[0].parameters) == ("(not reached)", 24, 0)
    assert found.failure is not None and found.failure.line == 40
    assert '("line 40<br/>refused")' in summary_mermaid(found)


def test_a_stack_that_is_refused_while_it_grows(added: Summary) -> None:
    rows = [("conv2d", [None, 8, 8, 8]), ("max_pooling2d", [None, 2, 2, 8]), ("conv2d_1", None)]
    assert [(step.name, step.output_shape) for step in added.steps] == rows
    assert [part.failed for part in added.parts] == [False, False, False, True]
    assert (added.status, added.parts[-1].parameters, added.steps[0].parameters) == ("wrong", None, 208)
    assert str(added.reason).endswith("An input of at least 16x16 gets past here; 12x12 is given")


def test_names_of_variables_of_functions(folder: Path) -> None:
    found = summarize(str(folder / "k.py"), "other", [], Config())
    assert (found.status, [step.layer for step in found.steps]) == ("verified", ["LSTM", "Dense"])
    assert [step.multiply_adds for step in found.steps] == [4 * 48, 6]
    assert summarize(str(folder / "k.py"), "build", [], Config()).status == "wrong"


# -- graphs


def edges(summary: Summary, depth: int | None = None) -> set[tuple[str, str]]:
    boxes, pairs = graph(summary, depth)
    return {(boxes[a].lines[0], boxes[b].lines[0]) for a, b in pairs}


def test_branches_are_drawn(net: Summary) -> None:
    found = edges(net)
    assert {("input", "0.a"), ("0.a", "0.b"), ("0.b", "add"), ("input", "add"), ("add", "1.a"), ("add", "output")} <= found
    dense = [node for node in net.flow if node.label == "cat"]
    assert [len(node.sources) for node in dense] == [1, 2, 3, 4]  # lists that grow are looked at when they are used
    assert edges(net, 1) == {("input", "0"), ("7", "output"), *((str(n), str(n + 1)) for n in range(7))}


def test_a_model_that_is_used_twice(folder: Path) -> None:
    found = summarize(str(folder / "k.py"), "twice", [], Config())
    nodes = [(node.kind, node.label, node.sources) for node in found.flow]
    assert nodes == [
        *(("input", "input", ()), ("input", "input", ())),
        *(("layer", "conv2d_2", (0,)), ("layer", "conv2d_2", (1,))),
        *(("layer", "subtract", (2, 3)), ("layer", "own", (4,)), ("output", "output", (5,))),
    ]
    assert [part.name for part in found.parts if not part.is_step and part.is_leaf] == ["input_layer_3", "input_layer_4"]


def test_a_container_that_is_not_applied_gives_what_its_last_part_gives(tmp_path: Path) -> None:
    (tmp_path / "dense.py").write_text(REPEATED, encoding="utf-8")
    found = summarize(str(tmp_path / "dense.py"), "Dense", [(1, 4, 8, 8)], Config())
    boxes, _ = graph(found, 1)
    assert [box.lines for box in boxes if box.lines[1:2] == ("ModuleList",)] == [("parts", "ModuleList", "(1, 4, 8, 8)")]


def test_what_mermaid_can_draw(net: Summary) -> None:
    part = net.parts[1]
    many = tuple(Node("operation", "add", 0, [1], tuple({max(0, n - 1), n // 2} if n else ())) for n in range(600))
    several = Summary(**{**net.__dict__, "flow": (*many, Node("layer", part.name, 1, [1], (1,)))})
    found = summary_mermaid(several)
    assert found.count("-->") <= MAX_EDGES and len(found) <= MAX_TEXT


def hostile(name: str) -> Summary:
    span = Span("a.py", 1, 1, 1, 2)
    counts = (1, 1, 1, 1, 1, 1)
    parts = [
        Part("", "", name, span, 0, False, False, True, False, (), [1], *counts),
        Part(name, name, name, span, 1, True, True, True, True, ((1,),), [1], *counts),
    ]
    flow = (Node("input", "input", None, [1], ()), Node("layer", name, 1, {name: [1]}, (0,)), Node("operation", name, 0, [1], (1,)))
    return Summary(name, name, 1, "wrong", name, ((1,),), {name: [1]}, 1, 1, tuple(parts), flow, "keras", span, works_on=name)


class Reader(HTMLParser):
    """The elements of a page and what it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


LABEL = r'"(?:[\w ,.()]|#\d+;|<br/>)*"'
STRING = r'"(?:[^"\\\n]|\\.)*"'


@given(st.text(max_size=30) | st.sampled_from(HOSTILE))
def test_hostile_names(name: str) -> None:
    found = hostile(name)
    box = rf"n\d+(?:\(\[{LABEL}\]\)|\({LABEL}\)|\[{LABEL}\])"
    for line in summary_mermaid(found).splitlines()[1:]:
        assert re.fullmatch(rf"    (?:{box}|n\d+ --> n\d+|classDef [\w :#,-]+|class n\d+ refused)", line)
    for line in summary_dot(found).splitlines():
        assert re.fullmatch(rf'digraph {STRING} {{|    (?:node|n\d+) \[(?:\w+=(?:{STRING}|\w+)(?:, )?)+\];|    n\d+ -> n\d+;|}}', line)
    rows = list(csv.reader(io.StringIO(summary_csv(found))))
    assert not any(cell.lstrip().startswith(FORMULA) for row in rows for cell in row) and {len(row) for row in rows} == {len(COLUMNS)}
    assert json.loads(summary_json(found))["name"] == name
    reader = Reader()
    reader.feed(summary_page(found, lambda path: [name, "x"]))
    known = "html head meta title style body header h1 p span a section ul li b h2 div svg line g rect text main table thead tr th tbody td"
    assert reader.tags <= {*known.split(), "details", "summary", "pre", "i"}
    assert not {key for key, _ in reader.attributes if key.startswith("on") or key == "src"}
    assert all((value or "#").startswith("#") for key, value in reader.attributes if key == "href")


# -- the command line


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["summary", *arguments])


def test_options(folder: Path, tmp_path: Path) -> None:
    target, shape = f"{folder / 'net.py'}::net", "--input-shape=1x4x8x8"
    page = tmp_path / "page.html"
    assert command(target, shape, "--html", "--output-file", str(page)).exit_code == 0
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert command(target, shape, "--output-format", "mermaid", "--depth", "1").output.startswith("flowchart TD\n")
    assert command(target, shape, "--output-format", "dot").output.startswith('digraph "net" {\n')
    assert command(target, shape, "--output-format", "csv", "--depth", "0").output.count("\n") == 2
    assert len(command(target, shape, "--expand").output.splitlines()) > len(command(target, shape).output.splitlines())
    assert command(target, shape, "--output-file", str(tmp_path / "no" / "where")).exit_code == 2
    assert command(f"{folder / 'k.py'}::added", "--output-format", "html").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "places"),
    [
        ("", 10 * 9),
        ("return_sequences=True, padding='same'", 12 * 11),
        ("return_sequences=True, return_state=True, strides=2", 5 * 5),
    ],
)
def test_a_recurrence_of_convolutions_is_one_at_each_step(tmp_path: Path, arguments: str, places: int) -> None:
    layer = f"layers.ConvLSTM2D(4, 3, {arguments})"
    for number, text in enumerate((layer, f"layers.Bidirectional({layer.replace(', return_state=True', '')})"), 1):
        program = f"import keras\nfrom keras import layers\nx = keras.Input((5, 12, 11, 3))\nnet = keras.Model(x, {text}(x))\n"
        (tmp_path / "net.py").write_text(program, encoding="utf-8")
        found = summarize(str(tmp_path / "net.py"), "net", [], Config())
        assert found.parameters == number * (3 * 3 * 16 * (3 + 4) + 16)
        assert found.multiply_adds == found.parameters * 5 * places
