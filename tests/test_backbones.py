"""Models of ``keras.applications`` whose source is not read: the table against what Keras itself built, and programs that use them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dimlint import analyze
from dimlint.config import Config
from dimlint.core.dim import Shape
from dimlint.libraries.keras.backbones import BACKBONES
from dimlint.summary import summarize

ZOO = Path(__file__).parents[1] / "fixtures" / "zoo" / "keras.jsonl"
ROWS = [json.loads(line) for line in ZOO.read_text(encoding="utf-8").splitlines()]


def function_of(row: dict[str, Any]) -> str:
    return str(row["entry"].partition("(")[0])


@pytest.mark.parametrize("name", BACKBONES)
def test_the_feature_maps_are_those_of_keras(name: str) -> None:
    """In the order of the layers, the last image-like output that is no vector of 1 x 1 is that of the headless model."""
    fact = BACKBONES[name]
    row = next(row for row in ROWS if row["entry"] == f"{name}(weights=None)")
    size = fact.size or None
    assert row["input"] == [[None, size, size, 3]]
    shapes = [shape for _, _, shape in row["layers"] if len(shape) == 4 and shape[1] != 1]
    features = fact.features(Shape(8, fact.size or 224, fact.size or 224, 3), fact.channels)
    assert [None, *features[1:]] in shapes[-1:] if size else features[-1] in [shape[-1] for shape in shapes]


HEADLESS = [row for row in ROWS if "include_top=False" in row["entry"] and function_of(row) in BACKBONES]


@pytest.mark.parametrize("row", HEADLESS, ids=lambda row: row["entry"])
def test_a_headless_model(row: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(f"import keras\n\nmodel = keras.applications.{row['entry']}\n", encoding="utf-8")
    found = summarize(str(path), "model", [], Config())
    assert [list(shape) for shape in found.input_shapes if shape is not None] == row["input"]
    assert found.output_shape == row["output"]
    assert found.parameters is None


PROGRAM = """
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.applications.resnet50 import ResNet50, preprocess_input

base = ResNet50(weights="imagenet", include_top=False, input_shape=(224, 224, 3))
for layer in base.layers[:-4]:
    layer.trainable = False
inputs = keras.Input((224, 224, 3))
x = base(preprocess_input(inputs), training=False)
x = layers.Conv2D(3, SIZE)(x)
model = keras.Model(inputs, layers.Flatten()(x))
middle = base.get_layer("conv4_block6_out").output
"""


def test_a_program_with_a_backbone() -> None:
    [model] = [model for model in analyze(PROGRAM.replace("SIZE", "7")).models if model.name == "model"]
    assert (model.status, model.output_shape) == ("verified", [None, 3])
    [finding] = analyze(PROGRAM.replace("SIZE", "8")).findings
    assert finding.rule == "nonpositive-dimension" and "(None, 7, 7, 2048)" in finding.message
    assert not analyze(PROGRAM.replace("SIZE", "8").replace("ResNet50(", "ResNet50(input_tensor=unknown, ")).findings


@pytest.mark.parametrize(
    ("call", "channels"),
    [
        ("MobileNet(alpha=0.25", 256),
        ("MobileNet(alpha=0.35", 358),
        ("MobileNet(depth_multiplier=2", 1024),
        ("MobileNetV2(alpha=0.35", 1280),
        ("MobileNetV2(alpha=1.3", 1664),
        ("MobileNetV3Small(alpha=0.75", 432),
        ("MobileNetV3Large(alpha=1.25, minimalistic=True", 1200),
    ],
)
def test_channels_of_a_mobilenet_of_another_width(tmp_path: Path, call: str, channels: int) -> None:
    """What Keras 3.15 says."""
    path = tmp_path / "model.py"
    text = f"model = keras.applications.{call}, include_top=False, weights=None, input_shape=(96, 96, 3))"
    path.write_text(f"import keras\n\n{text}\n", encoding="utf-8")
    assert summarize(str(path), "model", [], Config()).output_shape == [None, 3, 3, channels]
