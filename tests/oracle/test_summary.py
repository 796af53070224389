"""``dimlint summary`` beside what the frameworks' users look at: torchinfo's table and ``model.summary()``.

Row by row: classes, depths, shapes, parameters and multiply-adds. The sources of torchvision and Keras are read where they are installed.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from dimlint.config import Config
from dimlint.core.report import Part, Summary
from dimlint.summary import summarize
from tests.oracle.test_zoo import source
from tests.oracle.vision import torchvision_without_operators
from tests.test_summary_formats import NETS as OWN

NETS = Path(__file__).parents[2] / "fixtures" / "torch" / "counted.py"
TORCHVISION = {
    "resnet50": "resnet",
    "vgg11": "vgg",
    "densenet121": "densenet",
    "mobilenet_v2": "mobilenetv2",
    "vit_b_16": "vision_transformer",
    "googlenet": "googlenet",
    "shufflenet_v2_x1_0": "shufflenetv2",
}
KERAS = {"vgg16": "VGG16", "mobilenet": "MobileNet", "densenet": "DenseNet121"}

MEGA = 1e6


def counted(found: Summary) -> list[tuple[Any, ...]]:
    """The rows of a summary as torchinfo has them."""
    rows = []
    for part in found.parts:
        shape = part.output_shape
        shape = list(shape.values())[-1] if isinstance(shape, dict) else shape  # of several outputs torchinfo looks at one
        while isinstance(shape, list) and shape and isinstance(shape[0], list):
            shape = shape[0]
        adds = part.multiply_adds if part.is_leaf else None
        rows.append((part.depth, part.layer, shape or [], part.held_parameters, part.held_trainable_parameters, adds))
    return rows


def told(result: Any) -> list[tuple[Any, ...]]:
    """The rows of torchinfo; it has multiplications of inner parts, too, but neither shows nor adds them."""
    return [
        (row.depth, row.class_name, list(row.output_size), row.num_params, row.trainable_params, row.macs if row.is_leaf_layer else None)
        for row in result.summary_list
    ]


def compare(found: Summary, result: Any) -> None:
    assert (found.status, found.reason) == ("verified", None)
    for index, (mine, theirs) in enumerate(zip(counted(found), told(result))):
        assert mine == theirs, f"row {index}: {found.parts[index].name}"
    assert len(found.parts) == len(result.summary_list)
    assert (found.parameters, found.trainable_parameters) == (result.total_params, result.trainable_params)
    assert found.multiply_adds == result.total_mult_adds
    assert found.activation_bytes == result.total_output_bytes
    assert found.input_bytes == pytest.approx(result.total_input, abs=200)  # torchinfo adds what Python needs for the objects
    assert found.parameter_bytes is not None and found.parameter_bytes >= result.total_param_bytes  # there without those of inner parts


@pytest.fixture(scope="module")
def torchvision() -> Any:
    pytest.importorskip("torch")
    torchvision_without_operators()
    return pytest.importorskip("torchvision")


@pytest.mark.oracle
@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvision(name: str, torchvision: Any) -> None:
    torchinfo = pytest.importorskip("torchinfo")
    options = {"init_weights": False} if name == "googlenet" else {}
    size = (1, 3, 224, 224)
    result = torchinfo.summary(getattr(torchvision.models, name)(**options), input_size=size, depth=99, verbose=0)
    compare(summarize(source(f"torchvision/models/{TORCHVISION[name]}.py"), name, [size], Config()), result)


@pytest.mark.oracle
@pytest.mark.parametrize("name", OWN)
def test_own_networks(name: str) -> None:
    torch, torchinfo = pytest.importorskip("torch"), pytest.importorskip("torchinfo")
    scope: dict[str, Any] = {"__name__": "counted"}
    exec(compile(NETS.read_text(encoding="utf-8"), str(NETS), "exec"), scope)
    dtypes = [torch.long if name == "Recurrent" else torch.float] * len(OWN[name])
    result = torchinfo.summary(scope[name](), input_size=OWN[name], dtypes=dtypes, depth=99, verbose=0)
    found = summarize(str(NETS), name, OWN[name], Config())
    compare(found, result)


def rows_of(found: Summary) -> list[Part]:
    return [part for part in found.parts if part.depth == 1]


KERAS_NETS = {
    "text": """
model = keras.Sequential([layers.Input((20,)), layers.Embedding(50, 8), layers.Bidirectional(layers.LSTM(6, return_sequences=True)),
                          layers.GRU(5), layers.Dense(3)])
""",
    "several": """
first, second = keras.Input((8,)), keras.Input((4, 4, 2), name="image")
x = layers.SeparableConv2D(3, 2)(second)
x = layers.BatchNormalization()(x)
x = layers.Concatenate()([layers.Dense(3)(first), layers.Flatten()(x)])
model = keras.Model([first, second], layers.Dense(1)(x))
""",
    "nested": """
image = keras.Input((9, 9, 3))
inner = keras.Model(image, layers.Conv2DTranspose(4, 3)(layers.DepthwiseConv2D(3)(image)), name="inner")
other = keras.Sequential([layers.Conv2D(2, 3), layers.GlobalAveragePooling2D()], name="other")
other.trainable = False
start = keras.Input((9, 9, 3))
model = keras.Model(start, other(inner(start)))
""",
}


@pytest.mark.oracle
@pytest.mark.parametrize("name", KERAS_NETS)
def test_own_keras_models(name: str, tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    keras.backend.clear_session()
    text = f"import keras\nfrom keras import layers\n{KERAS_NETS[name]}"
    (tmp_path / "net.py").write_text(text, encoding="utf-8")
    scope: dict[str, Any] = {}
    exec(text, scope)
    compare_keras(summarize(str(tmp_path / "net.py"), "model", [], Config()), scope["model"])


@pytest.mark.oracle
@pytest.mark.parametrize("module", KERAS)
def test_keras(module: str) -> None:
    keras = pytest.importorskip("keras")
    keras.backend.clear_session()
    model = getattr(keras.applications, KERAS[module])(weights=None)
    found = summarize(source(f"keras/src/applications/{module}.py"), KERAS[module], [], Config())
    compare_keras(found, model)


def compare_keras(found: Summary, model: Any) -> None:
    """The rows of ``model.summary()``, and the sums."""
    layers = [(layer.name, type(layer).__name__, list(layer.output.shape), layer.count_params()) for layer in model.layers]
    names = {"Functional": "Model"}  # what the program calls it
    wanted = [(name, names.get(kind, kind), shape, count) for name, kind, shape, count in layers]
    assert [(part.name, part.layer, part.output_shape, part.held_parameters) for part in rows_of(found)] == wanted
    trained = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    assert (found.parameters, found.trainable_parameters) == (model.count_params(), trained)
