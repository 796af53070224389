"""Functions and classes of Keras programs that build models for an input that nobody gives: an example shows that they work."""

from __future__ import annotations

import pytest

from dimlint import analyze
from dimlint.core.report import Report

HEAD = "import keras\nfrom keras import layers\n"
HOLDER = """
class Classifier:
    def __init__(self, shape, classes{rest}):
        self.shape, self.classes = shape, classes
        self.model = self.build()

    def build(self):
        x = keras.Input(self.shape)
        return keras.Model(x, layers.Dense(self.classes)(layers.Flatten()(layers.Conv1D(8, 3)(x))))
"""


def report_of(program: str) -> Report:
    report = analyze(HEAD + program)
    assert report.failure is None
    return report


def statuses(program: str) -> list[str]:
    report = report_of(program)
    assert not report.findings
    return [model.status for model in report.models]


@pytest.mark.parametrize(
    ("parameters", "lines"),
    [
        ("x, n", ["net = keras.Model(x, layers.Conv2D(8, 3)(x))", "return keras.Model(x, layers.Dense(n)(net.output))"]),
        ("*, inputs", ["return keras.Model(inputs, layers.Conv2D(8, 3)(inputs))"]),
        ("shape", ["x = keras.Input(shape)", "return keras.Model(x, layers.Conv3D(8, 3)(x))"]),
        ("shape", ["x = keras.Input(shape)", "return keras.Model(x, layers.LSTM(8)(layers.Embedding(9, 4)(x)))"]),
        ("shape", ["x = keras.Input(batch_shape=shape)", "return keras.Model(x, layers.Conv1D(8, 3)(x))"]),
        ("shape, n", ["x = keras.Input(shape)", "return keras.Model(x, layers.Reshape((28 * 28,))(x))"]),
        ("a, b", ["return keras.Model([a, b], layers.Concatenate()([layers.Dense(2)(a), layers.Dense(3)(b)]))"]),
        ("shape", ["return keras.Sequential([keras.Input(shape), layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(2)])"]),
        ("shape=None", ["return keras.Sequential([keras.Input(shape), layers.Conv2D(8, 3)])"]),
    ],
)
def test_a_builder_is_shown_to_work(parameters: str, lines: list[str]) -> None:
    found = statuses(f"def build({parameters}):\n    " + "\n    ".join(lines) + "\n")
    assert found
    assert set(found) == {"verified"}


def test_a_layer_states_the_shape() -> None:
    lines = ["net = Sequential()", "net.add(Conv2D(8, 3, input_shape=shape))", "net.add(Flatten())", "net.add(Dense(2))", "return net"]
    head = "from keras import Sequential\nfrom keras.layers import Conv2D, Dense, Flatten\n"
    assert statuses(head + "def build(shape):\n    " + "\n    ".join(lines) + "\n") == ["verified"]


@pytest.mark.parametrize("rest", ["", ", verbose=False"])
def test_a_plain_class_is_shown_to_work(rest: str) -> None:
    assert statuses(HOLDER.format(rest=rest)) == ["verified"]


def test_a_class_that_the_program_uses_is_not_tried_by_example() -> None:
    models = report_of(HOLDER.format(rest="") + "Classifier((50, 2), 3)\n").models
    assert [model.input_shapes for model in models] == [((None, 50, 2),)]


@pytest.mark.parametrize(
    "body",
    [
        "x = keras.Input(shape)\n    return keras.Model(x, layers.Reshape((7, 5))(x))",
        "x = keras.Input(shape)\n    return keras.Model(x, layers.Conv2D(8, 999)(x))",
        "x = keras.Input(shape)\n    assert shape[0] == 17\n    return keras.Model(x, layers.Conv2D(8, 3)(x))",
        "x = keras.Input(shape)\n    net = keras.Model(x, layers.Dense(8)(x))\n    load(net, shape)\n    raise ValueError('no weights')",
    ],
)
def test_what_no_example_fits_is_neither_wrong_nor_verified(body: str) -> None:
    report = report_of(f"def build(shape):\n    {body}\n")
    assert not report.findings
    assert [model.status for model in report.models] in ([], ["partial"])
    assert any("is not given" in gap.reason for gap in report.gaps)


def test_a_plain_class_that_no_example_fits_tells_nothing() -> None:
    report = report_of(HOLDER.format(rest="").replace("Conv1D(8, 3)", "Conv1D(8, 999)"))
    assert not report.findings
    assert not report.models


def test_what_an_example_changes_is_as_before() -> None:
    lines = ["x = keras.Input(shape)", "built.append(x)", "return keras.Model(x, layers.Conv2D(8, 3)(x))"]
    program = "built = []\ndef build(shape):\n    " + "\n    ".join(lines) + "\n"
    check = "def check(x):\n    return layers.Dense(2)(keras.Input((len(built) + 1,)))\n"
    assert statuses(program + check) == ["verified"]
