"""``dimlint summary`` of what is known in part: layers that are not reached, models whose source is not read, inputs nobody states."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from dimlint.config import Config
from dimlint.core.report import Summary
from dimlint.summary import NoSummary, summarize
from tests.test_summary import KERAS, command, summary

# -- what a model does not come to


HALF = """
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, given):
        super().__init__()
        self.a = nn.Conv2d(4, 4, 3, padding=1)
        self.b = nn.Conv2d(given, 4, 3, padding=1)
        self.c = nn.Conv2d(4, 4, 1)
        self.scale = nn.Parameter(torch.ones(5))

    def forward(self, x):
        return self.c(self.b(self.a(x))) * self.scale.sum()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block(4), Block(GIVEN), Block(4)])
        self.scales = nn.ParameterList([nn.Parameter(torch.ones(3)) for _ in range(2)])
        self.head = nn.Linear(4, 4)
        for p in self.head.parameters():
            p.requires_grad = False

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(x)


class Lost(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 4)

    def forward(self, x):
        raise NotImplementedError


class Unused(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)
        self.aside = nn.Linear(4, 4)

    def forward(self, x):
        return self.conv(x)


class Attending(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2)
        self.head = nn.Linear(8, 8)

    def forward(self, x):
        return self.head(self.attention(x, x, x)[0])
"""
A, B, C, SCALE, HEAD = 148, 148, 20, 5, 20


@pytest.fixture
def half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "half.py").write_text(HALF.replace("GIVEN", "5"), encoding="utf-8")
    return tmp_path


def own(found: Summary) -> dict[str, int | None]:
    """The parameters of the rows, each by its name."""
    return {part.name: part.parameters for part in found.parts}


@pytest.mark.usefixtures("half")
def test_layers_that_are_not_reached_have_a_row() -> None:
    found = summary("half.py::Net", (1, 4, 8, 8))
    assert (found.status, found.parts[-1].name) == ("wrong", "(not reached)")
    rows = own(found)
    assert (rows[""], rows["blocks"], rows["blocks.0"], rows["blocks.1"]) == (6, 0, SCALE, SCALE)
    assert rows["blocks.1.b"] == B + 36  # the layer that is refused has its own
    assert rows["(not reached)"] == C + (A + B + C + SCALE) + HEAD
    assert sum(filter(None, rows.values())) == found.parameters
    trained = [part.trainable_parameters for part in found.parts]
    assert sum(filter(None, trained)) == found.trainable_parameters
    assert trained[-1] == C + (A + B + C + SCALE)
    assert [step.name for step in found.steps] == ["blocks.0.a", "blocks.0.b", "blocks.0.c", "blocks.1.a", "blocks.1.b"]


@pytest.mark.usefixtures("half")
def test_what_is_not_reached_in_each_format() -> None:
    target = ("summary", "half.py::Net", "--input-shape", "1x4x8x8")
    for depth in ("2", "1"):
        lines = command(*target, "--depth", depth).output.splitlines()
        assert [line.split() for line in lines if "└─ (not" in line] == [["└─", "(not", "reached)", "361", "341"]]
        assert lines[2].split() == ["Net", "?", "6", "6"]
    assert [line for line in command(*target).output.splitlines() if "Total" in line] == ["Total params: 1,025 (361 of them not reached)"]
    assert command(*target, "--depth", "0").output.splitlines()[2].split() == ["Net", "?", "1,025", "1,005", "29,696"]
    rows = list(csv.DictReader(io.StringIO(command(*target, "--output-format", "csv").output)))
    assert sum(int(row["parameters"]) for row in rows) == 1025
    assert [(row["name"], row["parameters"], row["multiply_adds"]) for row in rows[-1:]] == [("(not reached)", "361", "0")]
    page = command(*target, "--html").output
    assert ">(not reached)</a></td><td></td>" in page and "1,025 (361 of them not reached)" in page
    tree = json.loads(command(*target, "--output-format", "json").output)["tree"]
    assert [row["name"] for row in tree if not row["applied"]] == ["blocks", "(not reached)"]


@pytest.mark.usefixtures("half")
def test_what_has_no_such_row(half: Path) -> None:
    assert own(summary("half.py::Unused", (1, 4, 8, 8))) == {"": HEAD, "conv": C}  # as torchinfo counts what is not applied
    assert own(summary("half.py::Attending", (1, 3, 7))) == {"": 0, "attention": 288, "(not reached)": 72}
    assert own(summary("half.py::Lost", (1, 4))) == {"": 0, "(not reached)": HEAD}
    (half / "half.py").write_text(HALF.replace("GIVEN", "4").replace("4, 4)\n        for", "8, 4)\n        for"), encoding="utf-8")
    assert "(not reached)" not in own(summary("half.py::Net", (1, 4, 8, 8)))


# -- models of keras.applications


VGG = """
import keras
from keras import layers
from keras.applications import VGG16

whole = keras.applications.VGG16(weights=None)
base = VGG16(include_top=False, input_shape=(224, 224, 3))
model = keras.Model(base.input, layers.Dense(10)(layers.Flatten()(base.output)), name="transfer")
stack = keras.Sequential([VGG16(include_top=False, input_shape=(64, 64, 3), name="mine"), layers.Flatten()], name="stack")
"""


def test_what_is_inside_an_application_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("vgg.py").write_text(VGG, encoding="utf-8")
    found = {name: summary(f"vgg.py::{name}") for name in ("whole", "model", "stack")}
    rows = {name: [(part.name, part.layer, part.output_shape) for part in made.parts] for name, made in found.items()}
    inside = "keras.applications.VGG16"
    assert rows["whole"][0] == ("vgg16", "Model", [None, 1000]) and rows["whole"][-1] == ("vgg16", inside, [None, 1000])
    assert rows["model"][0] == ("transfer", "Model", [None, 10]) and rows["model"][2] == ("vgg16", inside, [None, 7, 7, 512])
    assert rows["stack"][1:3] == [("mine", "Model", [None, 2, 2, 512]), ("mine/mine", inside, [None, 2, 2, 512])]
    assert [part.parameters for part in found["model"].parts] == [0, 0, None, 0, 250_890]
    assert (found["model"].status, found["model"].parameters, found["model"].multiply_adds) == ("verified", None, None)


def test_a_sentence_says_how_to_know_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("vgg.py").write_text(VGG, encoding="utf-8")
    sentence = (
        "not known: the layers inside keras.applications.VGG16, whose source is not read. Install keras beside dimlint (pip install keras) "
        'and set follow-imports = "installed" below [tool.dimlint] in pyproject.toml'
    )
    for name in ("whole", "model", "stack"):
        assert command("summary", f"vgg.py::{name}").output.splitlines()[-1] == sentence
    assert "keras.applications.VGG16, whose source is not read" in command("summary", "vgg.py::model", "--html").output
    Path("fine.py").write_text(KERAS, encoding="utf-8")
    assert "not known" not in command("summary", "fine.py::model").output


NAMES = {
    "VGG19()": "vgg19",
    "ResNet101V2(include_top=False)": "resnet101v2",
    "DenseNet121(pooling='avg')": "densenet121",
    "EfficientNetB0()": "efficientnetb0",
    "EfficientNetV2B0()": "efficientnetv2-b0",
    "EfficientNetV2S()": "efficientnetv2-s",
    "ConvNeXtXLarge()": "convnext_xlarge",
    "InceptionV3()": "inception_v3",
    "InceptionResNetV2()": "inception_resnet_v2",
    "Xception()": "xception",
    "NASNetMobile()": "nasnet_mobile",
    "MobileNetV3Small()": "MobileNetV3Small",
    "MobileNet()": "mobilenet_1.00_224",
    "MobileNet(include_top=False, weights=None)": "mobilenet_1.00_None",
    "MobileNet(include_top=False)": "mobilenet_1.00_224",
    "MobileNetV2((160, 160, 3), 0.5, False)": "mobilenetv2_0.50_160",
    "MobileNetV2((96, 128, 3), include_top=False, weights=None)": "mobilenetv2_1.00_96",
    "MobileNetV2((96, 128, 3), include_top=False)": "mobilenetv2_1.00_224",
    "MobileNet(input_tensor=keras.Input((64, 64, 3)), include_top=False, weights=None)": "model_?",  # not followed
    "VGG16(name='mine')": "mine",
}
"""What Keras 3.15 calls them."""


@pytest.mark.parametrize("call", NAMES)
def test_names_of_applications(call: str, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(f"import keras\n\nmodel = keras.applications.{call}\n", encoding="utf-8")
    assert summarize(str(path), "model", [], Config()).parts[0].name == NAMES[call]


def test_names_of_applications_in_former_versions(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    for name, version, wanted in (("VGG16", 2, "vgg16"), ("NASNetMobile", 2, "model_?"), ("NASNetMobile", 3.03, "model_?")):
        path.write_text(f"import keras\n\nmodel = keras.applications.{name}()\n", encoding="utf-8")
        assert summarize(str(path), "model", [], Config(keras_version=version)).parts[0].name == wanted


# -- examples of input shapes


UNSTATED = """
import keras
import torch
from keras import layers
from torch import nn


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(1000, 16)
        self.lstm = nn.LSTM(16, 32, batch_first=True)

    def forward(self, ids):
        return self.lstm(self.embedding(ids))[0]


class Digits(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3)
        self.head = nn.Linear(8 * 13 * 13, 10)

    def forward(self, x):
        return self.head(torch.flatten(torch.max_pool2d(self.conv(x), 2), 1))


class Odd(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3)
        self.head = nn.Linear(8 * 14 * 12, 10)

    forward = Digits.forward


class Strict(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, x):
        x = self.conv(x)
        if x.shape[-1] > 100:
            raise ValueError("too large")
        return x


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(7, 3)
        self.embedding = nn.Embedding(10, 3)

    def forward(self, x, ids):
        return self.dense(x) + self.embedding(ids).mean(1)


class Words(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(1000, 16)
        self.lstm = layers.LSTM(8)

    def call(self, ids):
        return self.lstm(self.embedding(ids))


class Image(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(8, 3)

    def call(self, x):
        return self.conv(x)
"""


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("Tokens", "1x20"),
        ("Digits", "1x1x28x28"),
        ("Odd", "1x3x224x224"),  # none of the usual sizes fits
        ("Strict", "1x3x32x32"),
        ("Pair", "1x7 --input-shape 1x20"),
        ("Words", "1x16"),
        ("Image", "1x224x224x3"),
    ],
)
def test_an_example_fits_the_model(name: str, example: str, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(UNSTATED, encoding="utf-8")
    done = command("summary", f"{path}::{name}")
    assert done.output.strip() == f"{path}: the input shape of {name!r} is not stated; give it with --input-shape {example}"
    if name != "Odd":
        shapes = [text.strip() for text in example.split("--input-shape")]
        assert command("summary", f"{path}::{name}", *(f"--input-shape={shape}" for shape in shapes)).exit_code == 0


def test_a_model_whose_parts_are_not_known_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "import torch\nfrom torch import nn\nclass Net(nn.Module):\n    def __init__(self, deep):\n        super().__init__()\n"
        "        self.sizes = [1]\n        if deep:\n            self.sizes.append(2)\n        self.fc = nn.Linear(4, 4)\n"
        "    def forward(self, x):\n        return self.fc(x)\nnet = Net(bool(input()))\nnet(torch.randn(2, 4))\n"
    )
    with pytest.raises(NoSummary, match=r"net\.py: the parts of 'net' are not known: it differs between the branches"):
        summarize(str(tmp_path / "net.py"), "net", [], Config())


# -- which input it is

TWO = """
import torch
from torch import nn

class Head(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.dense = nn.Linear(features, 2)
    def forward(self, x):
        return self.dense(torch.flatten(x, 1))

a, b, c, d = Head(12), Head(24), Head(48), Head(12)
a(torch.zeros(2, 3, 4))
b(torch.zeros(4, 3, 8))
"""


@pytest.mark.parametrize(
    ("name", "shape", "status"),
    [("a", (2, 3, 4), "verified"), ("b", (4, 3, 8), "verified"), ("c", (2, 3, 4), "partial"), ("d", (2, 3, 4), "verified")],
)
def test_a_model_is_shown_on_its_own_input_before_that_of_another(tmp_path: Path, name: str, shape: tuple[int, ...], status: str) -> None:
    """What does not take the input of another model of its class need not be wrong."""
    path = tmp_path / "two.py"
    path.write_text(TWO, encoding="utf-8")
    found = summarize(str(path), name, (), Config())
    assert (found.status, found.input_shapes) == (status, (shape,))
