"""Layers that programs for Keras 2 derive from ``_Merge``."""

from __future__ import annotations

import pytest

from dimlint import analyze
from dimlint.core.report import Report

HEAD = """\
from keras.layers.merge import _Merge
import keras
from keras import backend as K
from keras.layers import Input
from keras.models import Model


class Average(_Merge):
    def _merge_function(self, inputs):
        alpha = K.random_uniform((32, 1, 1, 1))
        return alpha * inputs[0] + (1 - alpha) * inputs[1]


class Product(_Merge):
    def _merge_function(self, inputs):
        return K.sum(inputs[0] * inputs[1], axis=-1)


a, b, c, d = Input((28, 28, 1)), Input((28, 28, 1)), Input((28, 28, 3)), Input((28, 28, 2))
flat = Input((4,))
"""


def run(program: str) -> Report:
    report = analyze(HEAD + program)
    assert report.failure is None
    return report


@pytest.mark.parametrize(
    ("layer", "inputs", "last"),
    [("Average()", "[a, b]", [28, 28, 1]), ("Average()", "[a, c]", [28, 28, 3]), ("Product()", "[a, b]", [28, 28])],
)
def test_the_own_function_is_run(layer: str, inputs: str, last: list[int]) -> None:
    report = run(f"m = Model({inputs}, {layer}({inputs}))")
    assert not report.findings
    assert [(model.status, model.output_shape[1:]) for model in report.models] == [("verified", last)]


def test_inputs_have_to_broadcast() -> None:
    assert [finding.rule for finding in run("Average()([c, d])").findings] == ["merge-mismatch"]


@pytest.mark.parametrize("inputs", ["[a]", "a", "[a, flat]"])
def test_what_is_rare_is_not_followed(inputs: str) -> None:
    assert not run(f"Average()({inputs})").findings


def test_what_comes_after_it() -> None:
    assert [finding.rule for finding in run("keras.layers.Conv2D(4, 30)(Average()([a, b]))").findings] == ["nonpositive-dimension"]
