"""``dimlint summary``: targets, the layers that run, their names and sizes, and what is said when there is nothing to show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dimlint.cli import main
from dimlint.config import Config
from dimlint.core.report import Summary
from dimlint.summary import NoSummary, summarize

TORCH = """
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.conv = nn.Conv2d(n, n, 3, padding=1)
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(self.conv(self.act(x)))


class Net(nn.Module):
    def __init__(self, classes=10, *, lost=None):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3)
        self.block = Block(8)
        self.shift = nn.Parameter(torch.zeros(1, 8, 1, 1))
        self.head = nn.Linear(8, classes)
        self.again = self.head
        self.aside = nn.Linear(8, 4)
        for p in self.stem.parameters():
            p.requires_grad = False

    def forward(self, x):
        x = self.block(self.block(self.stem(x))) + self.shift
        x = x.mean((2, 3))
        if self.training:  # a summary shows the model in evaluation mode
            self.aside(x)
        return self.head(x), {"again": self.again(x)}


def build(classes, *, extra):
    return Net(classes)


def test():
    Net()(torch.randn(2, 3, 32, 32))


number = 3
if __name__ == "__main__":
    model = Net(4)
"""

KERAS = """
from tensorflow import keras
from tensorflow.keras import layers, models

image = keras.Input((28, 28, 1))
x = layers.Conv2D(8, 3)(image)
a = layers.Conv2D(8, 3)(x)
b = layers.Conv2D(8, 3, name="side")(x)
x = layers.Add()([b, a])
x = layers.BatchNormalization()(x)
encoder = keras.Model(image, x, name="encoder")
model = models.Sequential([encoder, layers.Flatten(), layers.Dense(3)])


class Shared(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Dense(4)
        self.second = layers.Dense(2)

    def call(self, x):
        return self.second(self.first(self.first(x)))


def wide(units=7):
    return models.Sequential([layers.Input((5,)), layers.Dense(units)])
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(TORCH, encoding="utf-8")
    (tmp_path / "k.py").write_text(KERAS, encoding="utf-8")
    (tmp_path / "only.py").write_text(KERAS.partition("class Shared")[0], encoding="utf-8")
    return tmp_path


def summary(target: str, *shapes: tuple[int | None, ...]) -> Summary:
    path, _, name = target.partition("::")
    return summarize(path, name or None, shapes, Config())


def steps(found: Summary) -> list[tuple[Any, ...]]:
    return [(step.name, step.layer, step.output_shape, step.parameters) for step in found.steps]


@pytest.mark.usefixtures("folder")
def test_a_module() -> None:
    found = summary("net.py::Net", (1, 3, 8, 8))
    assert (found.name, found.path, found.line, found.status, found.reason) == ("Net", "net.py", 16, "verified", None)
    assert (found.input_shapes, found.output_shape) == (((1, 3, 8, 8),), [[1, 10], {"again": [1, 10]}])
    assert (found.parameters, found.trainable_parameters) == (224 + 584 + 8 + 90 + 36, 584 + 8 + 90 + 36)
    block = [("block.act", "ReLU"), ("block.conv", "Conv2d"), ("block.act", "ReLU")]
    assert [row[:2] for row in steps(found)] == [("stem", "Conv2d"), *block, *block, ("head", "Linear"), ("head", "Linear")]
    assert [row[3] for row in steps(found)] == [224, 0, 584, 0, 0, 0, 0, 90, 0]
    assert {tuple(row[2]) for row in steps(found)[:7]} == {(1, 8, 6, 6)}
    assert (found.steps[1].span.path, found.steps[1].span.line) == ("net.py", 10)


@pytest.mark.usefixtures("folder")
def test_where_input_shapes_come_from(folder: Path) -> None:
    assert summary("net.py::Net").input_shapes == ((2, 3, 32, 32),)
    assert summary("net.py::model").output_shape == [[2, 4], {"again": [2, 4]}]
    (folder / "net.py").write_text(TORCH.replace("    Net()(torch", "    (torch"), encoding="utf-8")
    with pytest.raises(NoSummary, match="the input shape of 'Net' is not stated; give it with --input-shape"):
        summary("net.py::Net")
    configured = Config(inputs={"N*": ((None, 3, 9, 9),)})
    assert summarize("net.py", "Net", [], configured).input_shapes == ((None, 3, 9, 9),)
    text = (folder / "net.py").read_text(encoding="utf-8").replace("class Net", "# dimlint: input=(4, 3, 9, 9)\nclass Net")
    (folder / "net.py").write_text(text, encoding="utf-8")
    assert summary("net.py::Net").input_shapes == ((4, 3, 9, 9),)


@pytest.mark.usefixtures("folder")
def test_a_model_with_a_model_in_it() -> None:
    found = summary("only.py")
    assert (found.name, found.line, found.status) == ("model", 12, "verified")
    assert (found.input_shapes, found.output_shape) == (((None, 28, 28, 1),), [None, 3])
    assert steps(found) == [
        ("encoder/conv2d", "Conv2D", [None, 26, 26, 8], 80),
        ("encoder/side", "Conv2D", [None, 24, 24, 8], 584),  # in the order of Keras' own ``layers``
        ("encoder/conv2d_1", "Conv2D", [None, 24, 24, 8], 584),
        ("encoder/add", "Add", [None, 24, 24, 8], 0),
        ("encoder/batch_normalization", "BatchNormalization", [None, 24, 24, 8], 32),
        ("flatten", "Flatten", [None, 4608], 0),
        ("dense", "Dense", [None, 3], 13827),
    ]
    assert (found.parameters, found.trainable_parameters) == (15107, 15091)


@pytest.mark.usefixtures("folder")
def test_models_of_other_kinds() -> None:
    assert [row[0] for row in steps(summary("k.py::encoder"))] == ["conv2d", "side", "conv2d_1", "add", "batch_normalization"]
    assert steps(summary("k.py::wide")) == [("dense_1", "Dense", [None, 7], 42)]
    assert summary("k.py::wide(units=2)").output_shape == [None, 2]
    assert summary("k.py::layers.Dense(2)", (3, 4)).parameters == 10
    assert steps(summary("net.py::nn.Linear(3, 2)", (1, 3))) == [("", "Linear", [1, 2], 8)]
    assert steps(summary("k.py::Shared", (8, 4))) == [
        ("dense_1", "Dense", [None, 4], 20),
        ("dense_1", "Dense", [None, 4], 0),
        ("dense_2", "Dense", [None, 2], 10),
    ]


SEVERAL = """
import keras
from keras import layers

first, second = keras.Input((8,)), keras.Input((4,))
model = keras.Model([first, second], layers.Dense(1)(layers.Concatenate()([layers.Dense(3)(first), second])))


class Pair(keras.Model):
    def __init__(self):
        super().__init__()
        self.out = layers.Dense(2)

    def call(self, a, b, training=None):
        return self.out(a + b)


class Listed(keras.Model):
    def __init__(self):
        super().__init__()
        self.out = layers.Dense(2)

    def call(self, inputs, training=None):
        a, b = inputs
        return self.out(a * b)
"""


def test_models_of_several_inputs(folder: Path) -> None:
    (folder / "several.py").write_text(SEVERAL, encoding="utf-8")
    assert [row[2] for row in steps(summary("several.py::model"))] == [[None, 3], [None, 7], [None, 1]]
    for name in ("Pair", "Listed"):
        found = summary(f"several.py::{name}", (1, 6), (1, 6))
        assert (found.status, found.output_shape, found.parameters) == ("verified", [None, 2], 14)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("nix.py", "nix.py: cannot be read: No such file or directory"),
        ("net.py:Net", "net.py:Net: cannot be read: No such file or directory. Did you mean net.py::Net?"),
        ("net.py", "net.py: several models are found (model, Net); say which: net.py::NAME"),
        ("k.py", "k.py: several models are found (model, Sequential, Shared); say which: k.py::NAME"),
        ("net.py::Nets", "net.py: there is no 'Nets'"),
        ("net.py::Net(", "'Net(' is not a Python expression"),
        ("net.py::Net();1", "'Net();1' is not a Python expression"),
        ("net.py::Net(lots)", "'Net(lots)' cannot be evaluated: NameError is raised: the name 'lots' is not defined"),
        ("net.py::Net().nothing", "'Net().nothing' cannot be evaluated: AttributeError is raised: 'Net' object has no attribute 'nothing'"),
        ("net.py::build", "'build' needs 'classes', 'extra'; write 'build(classes=..., extra=...)'"),
        ("net.py::Block", "'Block' needs 'n'; write 'Block(n=...)'"),
        ("net.py::number", "'number' gives no model but an object of 'int'"),
        ("net.py::test", "'test' gives no model but None"),
    ],
)
def test_what_cannot_be_shown(folder: Path, target: str, message: str) -> None:
    done = command("summary", target)
    assert (done.exit_code, done.output.strip()) == (2, message)


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.mark.usefixtures("folder")
def test_the_command_line() -> None:
    done = command("summary", "net.py::Net", "--input-shape", "1x3x8x8", "--output-format", "json")
    document = json.loads(done.output)
    assert done.exit_code == 0
    assert list(document) == [
        "version", "name", "path", "line", "status", "reason", "input_shapes", "output_shape", "parameters", "trainable_parameters",
        "smallest_input", "works_on", "steps", "framework", "multiply_adds", "input_bytes", "activation_bytes", "parameter_bytes",
        "failure", "tree", "flow",
    ]  # fmt: skip
    assert document["steps"][2] == {
        "name": "block.conv",
        "layer": "Conv2d",
        "path": "net.py",
        "line": 9,
        "input_shapes": [[1, 8, 6, 6]],
        "output_shape": [1, 8, 6, 6],
        "parameters": 584,
    }
    assert (document["version"], document["smallest_input"]) == (1, [1, 3, 3, 3])
    shown = command("summary", "net.py::Net", "--input-shape", "1x3x8x8").output.splitlines()
    assert shown[0] == "net.py:16: Net: (1, 3, 8, 8) -> ((1, 10), {again: (1, 10)})"
    assert shown[3].split() == ["├─", "stem", "(Conv2d)", "(1,", "8,", "6,", "6)", "224", "0", "8,064"]
    assert "Total params: 942" in shown and "Non-trainable params: 224" in shown
    assert command("summary", "net.py::Net", "--input-shape", "wide").exit_code == 2


@pytest.mark.usefixtures("folder")
def test_a_model_that_does_not_work(folder: Path) -> None:
    done = command("summary", "net.py::Net", "--input-shape", "1x3x2x2", "--output-format", "json")
    document = json.loads(done.output)
    assert (done.exit_code, document["status"], document["steps"][0]["output_shape"]) == (1, "wrong", None)
    assert document["reason"].startswith("Conv2d output height is 0")
    (folder / "bad.py").write_text(KERAS.replace("layers.Flatten()", "layers.Conv2D(1, 99)"), encoding="utf-8")
    assert command("summary", "bad.py::model").exit_code == 1
