"""Where data comes from: scikit-learn, OpenCV, ``tf.data``, images in directories. What a sample or batch looks like."""

from __future__ import annotations

import pytest

from dimlint.analyze import analyze
from dimlint.core.report import Report

HEAD = """
import cv2
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn import datasets
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder, StandardScaler

x, y = np.zeros((150, 4)), np.zeros((150,))
slices = tf.data.Dataset.from_tensor_slices
"""


def run(program: str) -> Report:
    report = analyze(HEAD + program)
    assert report.failure is None
    return report


def shape(expression: str) -> object:
    """The shape of an expression, as the input of a model of any shape."""
    report = run(f"model = keras.Sequential([layers.Identity()])\nmodel({expression})\n")
    assert not report.findings, report.findings
    return report.models[-1].output_shape


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("train_test_split(x, y)[0]", [112, 4]),
        ("train_test_split(x, y)[3]", [38]),
        ("train_test_split(x, test_size=0.33)[1]", [50, 4]),
        ("train_test_split(x, train_size=100, test_size=20)[1]", [20, 4]),
        ("StandardScaler().fit_transform(x)", [150, 4]),
        ("StandardScaler().fit(x).transform(x[:7])", [7, 4]),
        ("PCA(n_components=2).fit_transform(x)", [150, 2]),
        ("LabelEncoder().fit_transform(y)", [150]),
        ("datasets.load_digits().data", [1797, 64]),
        ("datasets.load_breast_cancer()['target']", [569]),
        ("datasets.load_wine(return_X_y=True)[0]", [178, 13]),
        ("datasets.make_classification(n_samples=30)[0]", [30, 20]),
        ("datasets.make_moons(50, noise=0.1)[0]", [50, 2]),
        ("cv2.imread('a.png')", [None, None, 3]),
        ("cv2.imread('a.png', cv2.IMREAD_GRAYSCALE)", [None, None]),
        ("cv2.resize(cv2.imread('a.png'), (10, 12))", [12, 10, 3]),
        ("cv2.cvtColor(cv2.resize(cv2.imread('a.png'), (10, 12)), cv2.COLOR_BGR2GRAY)", [12, 10]),
        ("cv2.resize(np.zeros((5, 6, 1)), (10, 12))", [12, 10]),
        ("next(iter(slices(x)))", [4]),
        ("next(iter(slices(x).batch(8)))", [None, 4]),
        ("next(iter(slices(x).batch(8, drop_remainder=True)))", [8, 4]),
        ("next(iter(slices((x, y)).shuffle(9).batch(8).prefetch(1)))[1]", [None]),
        ("next(iter(slices({'a': x}).batch(8, True)))['a']", [8, 4]),
        ("next(iter(slices(x).map(lambda v: tf.reshape(v, (2, 2))).repeat(2).batch(5, True)))", [5, 2, 2]),
        ("next(iter(tf.data.Dataset.zip((slices(x), slices(y))).batch(3, True)))[0]", [3, 4]),
        ("next(iter(slices(x).batch(3).unbatch()))", [4]),
        ("next(iter(tf.data.Dataset.from_generator(f, output_signature=tf.TensorSpec(shape=(3, 5)))))", [3, 5]),
        ("next(iter(slices(x).take(3).as_numpy_iterator()))", [4]),
        ("next(iter(keras.utils.image_dataset_from_directory('d', image_size=(20, 30))))[0]", [None, 20, 30, 3]),
        ("next(iter(keras.utils.image_dataset_from_directory('d', label_mode=None, color_mode='grayscale')))", [None, 256, 256, 1]),
    ],
)
def test_shape(expression: str, expected: object) -> None:
    assert shape(f"{expression}") == expected


MODEL = """
model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
"""


@pytest.mark.parametrize(
    ("call", "rules"),
    [
        ("model.fit(x, np.zeros((150, 3)))", []),
        ("model.fit(x, y)", ["target-mismatch"]),
        ("model.fit(x[0], y)", ["target-mismatch"]),
        ("model.predict(x[0])", ["data-mismatch"]),
        ("model.fit(slices((x, np.zeros((150, 3)))).batch(4))", []),
        ("model.fit(slices((x, np.zeros((150, 3)))))", ["data-mismatch"]),
        ("model.fit(slices((x, y)).batch(4))", ["target-mismatch"]),
        ("model.fit(keras.utils.image_dataset_from_directory('d'))", ["data-mismatch"]),
        ("model.fit(unknown, y)", []),
        ("model.fit(x, unknown)", []),
        ("model.fit(x.reshape(75, 8), np.zeros((75, 3)))", ["data-mismatch"]),
        ("if unknown:\n    x = np.zeros((150, 5))\nmodel.fit(x, np.zeros((150, 3)))", []),
        ("model.compile('adam', unknown)\nmodel.fit(x, y)", []),
        ("model.compile('adam', 'mse')\nmodel.fit(x, np.zeros((150, 2)))", ["target-mismatch"]),
        ("model.compile('adam', 'mse')\nmodel.fit(x, np.zeros((150, 1)))", []),
        ("model.fit(*train_test_split(x, y)[::2])", ["target-mismatch"]),
        ("for size in (4, 5):\n    model.predict(np.zeros((2, size)))", ["data-mismatch"]),
    ],
)
def test_rules(call: str, rules: list[str]) -> None:
    assert [finding.rule for finding in run(MODEL + call + "\n").findings] == rules


def test_a_model_with_a_training_step_of_its_own_takes_what_it_likes() -> None:
    program = """
class Own(keras.Model):
    def train_step(self, data):
        return {}

inputs = keras.Input((4,))
model = Own(inputs, layers.Dense(3)(inputs))
model.compile("adam", "mse")
model.fit(np.zeros((8, 9)))
"""
    assert not run(program).findings


def test_the_place_and_what_explains_it() -> None:
    report = run("inputs = keras.Input((7,))\nmodel = keras.Model(inputs, layers.Dense(3)(inputs))\nmodel.predict(\n    x,\n)\n")
    (finding,) = report.findings
    start = HEAD.count("\n")
    assert (finding.span.line, finding.span.column, finding.span.end_column) == (start + 4, 5, 6)
    assert any(related.span.line == start + 1 for related in finding.related)


def test_a_list_of_one_output_is_one_output() -> None:
    program = "i = keras.Input((4,))\nmodel = keras.Model([i], [layers.Dense(3)(i)])\nmodel.compile('adam', 'categorical_crossentropy')\n"
    assert not run(f"{program}model.fit(x, np.zeros((150, 3)))\n").findings
    assert [finding.rule for finding in run(f"{program}model.fit(x, y)\n").findings] == ["target-mismatch"]
