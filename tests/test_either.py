"""``tf.cond`` and ``keras.ops.cond``: what two functions of the program have in common."""

from __future__ import annotations

from textwrap import indent

import pytest

from dimlint.core.report import Report
from tests.test_keras_models import run

LAYER = """
class Own(layers.Layer):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(8)
    def call(self, x):
BODY
i = keras.Input((8,))
m = Model(i, layers.Dense(3)(Own()(i)))
"""


def report_of(body: str) -> Report:
    return run(LAYER.replace("BODY", indent(body, " " * 8)))


@pytest.mark.parametrize(
    "body",
    [
        "return tf.cond(tf.random.uniform(()) < 0.5, lambda: self.dense(x), lambda: x * 2)",
        "return keras.ops.cond(keras.random.uniform(()) < 0.5, lambda: [x, x + 1], lambda: [x * 2, x])[1]",
        "a, b = tf.cond(tf.constant(True), true_fn=lambda: (x, None), false_fn=lambda: (x + 1, None))\nreturn a",
        "return tf.cond(True, lambda: x, lambda: x[:, :2])",
    ],
)
def test_alike(body: str) -> None:
    report = report_of(body)
    assert not report.findings
    assert [(model.status, model.output_shape) for model in report.models] == [("verified", [None, 3])]


@pytest.mark.parametrize(
    "body",
    [
        "return tf.cond(tf.random.uniform(()) < 0.5, lambda: x[:, :2], lambda: x)",
        "return tf.cond(tf.random.uniform(()) < 0.5, lambda: tf.reshape(x, (-1, 3, 3)), lambda: x)",
        "return keras.ops.cond(keras.random.uniform(()) < 0.5, lambda: [x], lambda: [x, x])[0]",
    ],
)
def test_not_alike(body: str) -> None:
    """Nothing is wrong with them: TensorFlow joins what it can."""
    report = report_of(body)
    assert not report.findings
    assert [model.status for model in report.models] == ["partial"]


def test_what_is_wrong_behind_it() -> None:
    eager = "y = tf.cond(tf.constant(True), lambda: tf.zeros((2, 3)), lambda: tf.ones((2, 3)))\nlayers.Dense(3)(y) + tf.zeros((2, 4))"
    assert [finding.rule for finding in run(eager).findings] == ["merge-mismatch"]
