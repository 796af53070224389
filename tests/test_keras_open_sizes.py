"""``None`` sizes that meet again: Keras looks at them only when a model runs; it is verified if sizes of its inputs make them agree."""

from __future__ import annotations

from typing import Any

import pytest

from tests.test_keras_models import run

START = "x = keras.Input((None, None, 3))\nw = keras.Input((None, None, 3))\nfixed = keras.Input((7, 7, 3))\n"
AGREEING: list[tuple[str, str, list[tuple[int, ...]]]] = [
    ("x", "layers.Concatenate()([layers.UpSampling2D(2)(layers.Conv2D(4, 3, strides=2, padding='same')(x)), x])", [(1, 8, 8, 3)]),
    ("x", "layers.Add()([layers.UpSampling2D(4)(layers.AveragePooling2D(4)(x)), x])", [(1, 8, 8, 3)]),
    ("x", "layers.Conv2DTranspose(4, 2, strides=2)(layers.MaxPooling2D(2)(x)) + layers.Conv2D(4, 1)(x)", [(1, 8, 8, 3)]),
    ("[x, w]", "layers.Concatenate()([x, w])", [(1, 8, 8, 3), (1, 8, 8, 3)]),
    ("[x, fixed]", "layers.Concatenate()([layers.MaxPooling2D(2)(x), fixed])", [(1, 14, 14, 3), (1, 7, 7, 3)]),
]
NEVER = [
    ("x", "layers.Concatenate()([layers.Conv2D(4, 3)(x), x])"),
    ("x", "layers.Add()([layers.UpSampling2D(2)(x), x])"),
    ("x", "layers.Concatenate()([layers.MaxPooling2D(2)(x), x])"),
    ("x", "layers.Concatenate()([x[:, 1:], x])"),
]


def status(inputs: str, output: str) -> str:
    report = run(f"{START}m = Model({inputs}, {output})")
    assert not report.findings  # Keras builds them all
    (model,) = report.models
    return model.status


@pytest.mark.parametrize(("inputs", "output"), [row[:2] for row in AGREEING])
def test_sizes_that_can_agree(inputs: str, output: str) -> None:
    assert status(inputs, output) == "verified"


@pytest.mark.parametrize(("inputs", "output"), NEVER)
def test_sizes_that_never_agree(inputs: str, output: str) -> None:
    assert status(inputs, output) == "partial"


def test_one_model_asks_for_sizes_that_another_part_excludes() -> None:
    """Even sizes in one place, odd ones in another."""
    even = "layers.Concatenate()([layers.UpSampling2D(2)(layers.MaxPooling2D(2)(x)), x])"
    odd = "layers.Concatenate()([layers.Conv2DTranspose(2, 3, strides=2)(layers.Conv2D(2, 3, strides=2)(x)), x])"
    assert (status("x", even), status("x", odd)) == ("verified", "verified")
    assert status("x", f"[{even}, {odd}]") == "partial"


def test_a_declared_shape_chooses_nothing() -> None:
    """What a layer of the program states as None may be any size, but not one that the caller chooses."""
    own = "class Own(layers.Layer):\n    def call(self, x):\n        return x\n    def compute_output_shape(self, s):\n"
    report = run(f"{own}        return (s[0], None, None, 3)\n{START}m = Model(x, layers.Concatenate()([x, Own()(fixed)]))")
    assert [model.status for model in report.models] == ["partial"]


@pytest.mark.oracle
def test_keras_runs_them() -> None:
    import keras
    import numpy

    for inputs, output, sizes in AGREEING:
        scope: dict[str, Any] = {"keras": keras, "layers": keras.layers, "Model": keras.Model}
        exec(f"{START}m = Model({inputs}, {output})", scope)  # the program is ours
        given = [numpy.zeros(size) for size in sizes]
        scope["m"](given if len(given) > 1 else given[0])
