"""Layers of keras_contrib and TensorFlow Addons: a few names of packages that are otherwise code that is not followed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dimlint.analyze import analyze
from dimlint.config import Config
from dimlint.core.report import Report
from dimlint.summary import summarize
from tests.test_keras_models import outputs, rules, run

HEAD = """\
from keras_contrib.layers import GroupNormalization
from keras_contrib.layers.normalization.instancenormalization import InstanceNormalization
import tensorflow_addons as tfa
x = keras.Input((8, 8, 32))
"""


@pytest.mark.parametrize(
    "layer",
    [
        "InstanceNormalization()",
        "InstanceNormalization(axis=-1, center=False)",
        "GroupNormalization(8, axis=3)",
        "tfa.layers.InstanceNormalization(axis=3)",
        "tfa.layers.GroupNormalization(groups=-1)",
        "tfa.layers.WeightNormalization(layers.Conv2D(32, 1), data_init=False)",
        "tfa.layers.SpectralNormalization(layers.Conv2D(32, 1))",
    ],
)
def test_shapes(layer: str) -> None:
    report = run(f"{HEAD}m = Model(x, layers.Flatten()({layer}(x)))")
    assert outputs(report) == [[None, 2048]]
    assert [model.status for model in report.models] == ["verified"]


@pytest.mark.parametrize(("layer", "parameters"), [("InstanceNormalization()", 2), ("GroupNormalization(8, scale=False)", 32)])
def test_weights(tmp_path: Path, layer: str, parameters: int) -> None:
    path = tmp_path / "net.py"
    path.write_text(f"import keras\nfrom keras import Model\n{HEAD}m = Model(x, {layer}(x))\n")
    assert summarize(str(path), "m", (), Config()).parameters == parameters


@pytest.mark.parametrize("layer", ["GroupNormalization(7)", "InstanceNormalization(axis=0)", "tfa.layers.GroupNormalization(axis=4)"])
def test_what_they_may_refuse_is_not_reported(layer: str) -> None:
    report = run(f"{HEAD}m = Model(x, {layer}(x))")
    assert not report.findings
    assert [model.status for model in report.models] == ["partial"]


def test_what_comes_after_them_is() -> None:
    assert rules(f"{HEAD}layers.Conv2D(4, 9)(InstanceNormalization()(x))") == ["nonpositive-dimension"]
    assert rules(f"{HEAD}tfa.layers.WeightNormalization(layers.Conv2D(4, 9))(x)") == ["nonpositive-dimension"]


def test_other_names_are_code_that_is_not_followed() -> None:
    report = run(f"{HEAD}m = Model(x, InstanceNormalization()(x))\nm.compile(optimizer=tfa.optimizers.AdamW(1e-3))\ntfa.image.rotate(x, 1)")
    assert [model.status for model in report.models] == ["verified"]
    assert not report.findings
    lost = run(f"{HEAD}m = Model(x, tfa.layers.Maxout(4)(x))")
    assert [model.status for model in lost.models] == ["partial"]


def test_what_programs_borrow_from_keras_applications() -> None:
    head = "from keras_applications import get_submodules_from_kwargs\nfrom keras_applications.imagenet_utils import _obtain_input_shape\n"
    program = f"""{head}
def net(**kwargs):
    backend, layers, models, utils = get_submodules_from_kwargs(kwargs)
    shape = _obtain_input_shape(None, default_size=32, min_size=8, data_format='channels_last', require_flatten=True)
    x = layers.Input(shape)
    return models.Model(x, layers.Dense(3)(layers.Flatten()(layers.Conv2D(2, SIZE)(x))))
net(backend=keras.backend, layers=keras.layers, models=keras.models, utils=keras.utils)
"""
    assert outputs(run(program.replace("SIZE", "3"))) == [[None, 3]]
    assert rules(program.replace("SIZE", "40")) == ["nonpositive-dimension"]


def test_a_module_of_the_project_goes_first(tmp_path: Path) -> None:
    package = tmp_path / "keras_contrib"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "layers.py").write_text("from keras.layers import Flatten as GroupNormalization\n")
    program = "import keras\nfrom keras_contrib.layers import GroupNormalization\nx = keras.Input((2, 3))\n"
    (tmp_path / "net.py").write_text(text := f"{program}m = keras.Model(x, GroupNormalization()(x))\n")
    report: Report = analyze(text, str(tmp_path / "net.py"))
    shapes: list[Any] = [model.output_shape for model in report.models]
    assert shapes == [[None, 6]]
