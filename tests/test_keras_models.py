"""Keras models as programs build them: Sequential, functional, subclassed, nested, wrapped."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from dimlint.analyze import analyze
from dimlint.config import Config
from dimlint.core.report import Report

HEAD = """\
import keras
import tensorflow as tf
from keras import layers
from keras.models import Model, Sequential
"""

CHANNELS_FIRST = "keras.backend.set_image_data_format('channels_first')"


def run(program: str) -> Report:
    report = analyze(HEAD + dedent(program))
    assert report.failure is None
    return report


def outputs(report: Report) -> list[Any]:
    assert not report.findings, report.findings
    return [model.output_shape for model in report.models]


def rules(program: str) -> list[str]:
    return [finding.rule for finding in run(program).findings]


def shape(*dims: int | None) -> list[int | None]:
    return list(dims)


@pytest.mark.parametrize(
    ("program", "output"),
    [
        ("m = Sequential([layers.Dense(4, input_shape=(7,)), layers.Dense(2)])", (None, 2)),
        ("m = Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, 3), layers.Flatten()])", (None, 144)),
        ("m = Sequential([layers.InputLayer((6,)), layers.Dense(2)])", (None, 2)),
        ("m = Sequential()\nm.add(layers.Dense(4, input_dim=7))\nm.add(layers.Dense(5))", (None, 5)),
        ("m = Sequential()\nm.add(layers.Dense(4, input_dim=7))\nm.add(layers.Dense(5))\nm.pop()", (None, 4)),
        ("m = Sequential([layers.Embedding(50, 8, input_length=12), layers.LSTM(3)])", (None, 3)),
        ("n = len(open('words').read())\nm = Sequential([layers.Embedding(50, 8, input_length=n), layers.LSTM(3)])", (None, 3)),
        ("n = len(open('words').read())\nm = Sequential()\nm.add(layers.Dense(4, input_dim=n))", (None, 4)),
        ("m = Sequential([layers.LSTM(3, batch_input_shape=(2, 5, 4))])", (2, 3)),
        ("m = Sequential([layers.Dense(3)])\nm.build((None, 4))", (None, 3)),
        ("m = Sequential([layers.Dense(3)])\nm(tf.ones((2, 4)))", (2, 3)),
        ("x = keras.Input((4,))\nm = Model(inputs=x, outputs=layers.Dense(3)(x))", (None, 3)),
        ("x = keras.Input((4,))\nm = Model(x, layers.Lambda(lambda t: t[:, :2])(x))", (None, 2)),
        ("x = keras.Input((None, 4))\nm = Model(x, layers.Bidirectional(layers.GRU(3))(x))", (None, 6)),
        ("x = keras.Input((5, 8, 8, 1))\nm = Model(x, layers.TimeDistributed(layers.Conv2D(2, 3))(x))", (None, 5, 6, 6, 2)),
        ("x = keras.Input((4, 3))\nm = Model(x, keras.ops.mean(x, axis=1) * 2)", (None, 3)),
        (f"{CHANNELS_FIRST}\nm = Sequential([layers.Conv2D(4, 3, input_shape=(3, 8, 8))])", (None, 4, 6, 6)),
    ],
)
def test_output_shape(program: str, output: tuple[int | None, ...]) -> None:
    assert outputs(run(program)) == [shape(*output)]


@pytest.mark.parametrize(
    ("program", "rule"),
    [
        ("m = Sequential([layers.Conv2D(4, 7, input_shape=(5, 5, 1))])", "nonpositive-dimension"),
        ("m = Sequential([layers.Conv1D(4, 3, input_shape=(10, 5, 1))])", "rank-mismatch"),
        ("m = Sequential([layers.Dense(4, input_shape=(7))])", "invalid-layer-argument"),
        ("m = Sequential([layers.Dense(3)])\nm.build((None, 4))\nm(tf.ones((2, 5)))", "data-mismatch"),
        ("x = keras.Input((4,))\nm = Model(x, layers.Dense(3)(x))\nm(keras.Input((5,)))", "feature-mismatch"),
        ("x = keras.Input((None, None, 3))\nlayers.Dense(3)(layers.Flatten()(x))", "feature-mismatch"),
        ("c = layers.Conv2D(4, 3)\nc(tf.ones((1, 8, 8, 3)))\nc(tf.ones((1, 8, 8, 4)))", "channel-mismatch"),
        ("layers.Add()([keras.Input((3,)), keras.Input((4,))])", "merge-mismatch"),
        ("layers.Reshape((2, 5))(keras.Input((8,)))", "reshape-mismatch"),
        ("layers.Dense(3, activation='rleu')", "invalid-layer-argument"),
        ("layers.Conv2D(3, 3, strides=2, dilation_rate=2)", "invalid-layer-argument"),
    ],
)
def test_refused(program: str, rule: str) -> None:
    assert rules(program) == [rule]


@pytest.mark.parametrize(
    "program",
    [
        "layers.Conv2D(64, 3, 3, border_mode='same', input_shape=(1, 1, 1))",
        "x = keras.Input((3, 3, 1))\ny = layers.Convolution2D(64, 3, 3)(x)\nz = layers.Dense(output_dim=3)(y)",
        "keras.utils.get_custom_objects()['mine'] = abs\nlayers.Dense(3, activation='mine')",
        "layers.MaxPooling2D()(keras.Input((None, None, 3)))",
        "x = keras.Input((None, None, 3))\nlayers.concatenate([x, layers.UpSampling2D()(layers.MaxPooling2D()(x))])",
        "layers.Conv2D(3, 3, unheard_of=1)",
        "m = Sequential([layers.Dense(3)])\nm.compile('adam', 'mse')\nm.fit(1, 2)\nm.predict(3)\nm.summary()\nm.save('m.keras')",
    ],
)
def test_not_refused(program: str) -> None:
    assert rules(program) == []


def test_own_layer_is_built_once_with_its_input_shape() -> None:
    program = """
        class Scale(layers.Layer):
            def build(self, input_shape):
                self.gain = self.add_weight(shape=(input_shape[-1],))
            def call(self, inputs):
                return inputs * self.gain

        x = keras.Input((4, 3))
        s = Scale()
        m = Model(x, s(s(x)))
        s(keras.Input((4, 5)))
    """
    report = run(program)
    assert [finding.rule for finding in report.findings] == ["merge-mismatch"]
    assert report.findings[0].span.line >= 8


def test_a_model_is_a_layer() -> None:
    program = """
        inner = Sequential([layers.Conv2D(4, 3, input_shape=(28, 28, 1)), layers.Flatten()])
        a, b = keras.Input((28, 28, 1)), keras.Input((28, 28, 1))
        both = Model([a, b], layers.concatenate([inner(a), inner(b)]))
        again = Sequential([inner, layers.Dense(10)])
        c = keras.Input((28, 28, 1))
        pair = Model(c, both([c, c]))
    """
    assert outputs(run(program))[1:] == [shape(None, 5408), shape(None, 10), shape(None, 5408)]




def test_keras_2_reads_extra_axes_as_batch() -> None:
    lines = [f"m{size} = Sequential([layers.Conv1D(4, {size}, input_shape=(10, 5, 1))])\n" for size in (7, 3)]
    report = analyze(HEAD + "".join(lines), config=Config(keras_version=2.0))
    assert [(finding.span.line, finding.rule) for finding in report.findings] == [(5, "nonpositive-dimension")]


def test_embedding_built_without_a_shape() -> None:
    report = run("""
    layer = layers.Embedding(10, 4)
    layer.build()
    print(layer.count_params())
    layer(tf.zeros((2, 3))) + tf.zeros((2, 3, 5))
    """)
    assert [(finding.span.line, finding.rule) for finding in report.findings] == [(9, "merge-mismatch")]
    assert not any("failed" in gap.reason for gap in report.gaps)
