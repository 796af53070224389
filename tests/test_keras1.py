"""Keras 1: how its programs are told, and how their calls are read; its own answers (1.2.2, on TensorFlow) row by row."""

from __future__ import annotations

from typing import Any

import pytest

from dimlint.analyze import analyze
from dimlint.config import Config
from dimlint.core.report import Report
from dimlint.libraries.keras import LIBRARY
from dimlint.libraries.keras.dialect import keras1, keras2
from tests.golden_driver import check_row, difference
from tests.golden_rows import rows

ROWS = list(rows("keras1_*.jsonl"))


@pytest.mark.parametrize("name", sorted({row["layer"] for row in ROWS}))
def test_every_row(name: str) -> None:
    for row in ROWS:
        if row["layer"] == name:
            assert check_row(row, LIBRARY) is None, f"{row}\ndimlint {difference(row, LIBRARY)}"


@pytest.mark.parametrize(
    ("text", "old"),
    [
        ("Convolution2D(64, 3, 3, border_mode='same')", True),
        ("Convolution2D(\n    64, f(3, [1]), 3,\n    subsample=(2, 2))", True),
        ("merge([a, b], mode='sum')", True),
        ("Merge([a, b], mode='sum')", True),
        ("Dense(output_dim=3)", True),
        ("Dense(64, init='uniform')", True),
        ("Dropout(p=0.5)", True),
        ("BatchNormalization(mode=2)", True),
        ("Model(input=[a, b], output=c)", True),
        ("model.fit(x, y, nb_epoch=3)", True),
        ("kwargs = dict(border_mode='same')", True),
        ("K.set_image_dim_ordering('th')", True),
        ("from keras.layers.core import (\n    Dense,\n    MaxoutDense)", True),
        ("from keras.layers import Dense, \\\n    Highway", True),
        ("Embedding(output_dim=3, input_dim=2)", False),
        ("Conv2D(64, 3, padding='same')", False),
        ("start(init=3)", False),
        ("conv_block(x, nb_filter=32, border_mode='same')", False),
        ("def conv(x, nb_filter, subsample=(1, 1)): pass", False),
        ("Dense(64, bias_initializer=init)\ninit = 3", False),
        ("Bidirectional(LSTM(3), merge_mode='sum')", False),
        ("Model(inputs=a, outputs=b)", False),
        ("from keras.layers import Dense\nclass Highway: pass", False),
        ("from keras.layers import (\n    Dense)\nMerge = 3", False),
    ],
)
def test_dialect(text: str, old: bool) -> None:
    assert keras1(f"import keras\n{text}") is old


def test_dialect_is_of_keras() -> None:
    assert not keras1("Linear(3, init='uniform')\nDense(3, init='x')")


HEAD = "import keras\nfrom keras.layers import *\nfrom keras.models import Model, Sequential\nfrom keras import backend as K\n"
OLD = "d = Dense(3, init='uniform')\n"


def run(program: str, **config: Any) -> Report:
    report = analyze(HEAD + program, config=Config(**config))
    assert report.failure is None
    return report


def shapes(report: Report) -> list[Any]:
    assert not report.findings, report.findings
    return [model.output_shape for model in report.models]


@pytest.mark.parametrize(
    ("program", "shape"),
    [
        ("m = Sequential([Convolution2D(64, 3, 3, input_shape=(9, 9, 2))])", [None, 7, 7, 64]),
        ("m = Sequential([Convolution2D(64, 3, 2, subsample=(2, 1), input_shape=(9, 9, 2))])", [None, 4, 8, 64]),
        ("m = Sequential([Convolution2D(64, 3, 3, border_mode='full', input_shape=(9, 9, 2))])", [None, 11, 11, 64]),
        ("m = Sequential([Convolution2D(64, 3, 3, dim_ordering='th', input_shape=(2, 9, 9))])", [None, 64, 7, 7]),
        ("K.set_image_dim_ordering('th')\nm = Sequential([Convolution2D(64, 3, 3, input_shape=(2, 9, 9))])", [None, 64, 7, 7]),
        ("m = Sequential([Conv2D(64, (3, 3), strides=2, input_shape=(9, 9, 2))])", [None, 4, 4, 64]),
        ("m = Sequential([Conv2D(64, (3, 3), border_mode='same', input_shape=(9, 9, 2)), MaxPooling2D(2)])", [None, 4, 4, 64]),
        ("m = Sequential([Convolution1D(4, 3, input_dim=6), LSTM(5)])", [None, 5]),
        ("m = Sequential([Embedding(10, 4), LSTM(5)])", [None, 5]),
        ("m = Sequential([Convolution2D(*(64, 3, 3), input_shape=(9, 9, 2))])", [None, 7, 7, 64]),
        ("x = Input((4,))\nm = Model(input=x, output=merge([x, Dense(4)(x)], mode='concat'))", [None, 8]),
        ("x = Input((4,))\nm = Model(x, merge([x, x], mode=lambda p: p[0] * p[1], output_shape=(4,)))", [None, 4]),
        ("x = Input((4,))\nm = Model(x, merge([x, x], mode=lambda p: p[0], output_shape=lambda s: (s[0][0], s[1][1] + 3)))", [None, 7]),
    ],
)
def test_read_as_keras_1(program: str, shape: list[int | None]) -> None:
    assert shapes(run(OLD + program)) == [shape]


def test_configured() -> None:
    program = "m = Sequential([Convolution2D(64, 3, 3, input_shape=(9, 9, 2))])"
    assert shapes(run(program)) == [[None, 3, 3, 64]]
    assert shapes(run(program, keras_version=1.0)) == [[None, 7, 7, 64]]
    assert shapes(run(program, keras_version=2.0)) == [[None, 3, 3, 64]]


def test_too_small_names_keras_1() -> None:
    [finding] = run("m = Sequential([Convolution2D(64, 3, 3, border_mode='valid', input_shape=(2, 9, 1))])").findings
    assert finding.rule == "nonpositive-dimension"
    assert "border_mode='valid'" in finding.message and "Keras 1 refuses this" in finding.message


@pytest.mark.parametrize(
    "program",
    [
        "m = Sequential([Dense(20, 64)])",
        "m = Sequential([Convolution2D(32, 3, 3, 3, input_shape=(9, 9, 2))])",
        "m = Sequential([Convolution2D(64, 3, 3, input_shape=(3, 224, 224)), Convolution2D(64, 3, 3)])",
        "m = Sequential([Dropout(2, input_shape=(3,))])",
    ],
)
def test_in_doubt_nothing_is_reported(program: str) -> None:
    report = run(OLD + program)
    assert not report.findings and not any(model.status == "verified" for model in report.models)


def test_bare_sizes_are_read_as_fits() -> None:
    """Without a word of Keras 1: as today, unless that is refused and Keras 1 takes it."""
    first = "Convolution2D(8, 3, 3, input_shape=({0}, {0}, 2))"
    assert shapes(run(f"m = Sequential([{first.format(9)}, Convolution2D(8, 3, 3)])")) == [[None, 1, 1, 8]]
    assert shapes(run(f"m = Sequential([{first.format(7)}, Convolution2D(8, 3, 3)])")) == [[None, 3, 3, 8]]
    for conv, side in (("Conv2D", 7), ("Convolution2D", 4)):
        [finding] = run(f"m = Sequential([{first.format(side)}, {conv}(8, 3, 3)])".replace("Convolution2D", conv)).findings
        assert finding.rule == "nonpositive-dimension"


def test_sizes_divided_in_python_2() -> None:
    report = run(OLD + "m = Sequential([Reshape((8 / 2, 2), input_shape=(8,)), Dense(3)])")
    assert not report.findings and report.models[0].status == "partial"


def test_layers_that_are_gone() -> None:
    assert not run("x = MaxoutDense(3)(Input((4,)))", keras_version=1.0).gaps
    for version in (2.0, 3.15):
        assert any(
            "has no MaxoutDense" in gap.reason for gap in run("x = keras.layers.MaxoutDense(3)(Input((4,)))", keras_version=version).gaps
        )


def test_an_imported_module_tells_the_dialect(tmp_path: Any) -> None:
    (tmp_path / "blocks.py").write_text("from keras.layers import Convolution2D\nold = Convolution2D(4, 1, 1, border_mode='same')\n")
    main = tmp_path / "main.py"
    text = "from blocks import old\nfrom keras.layers import Convolution2D\nfrom keras.models import Sequential\n"
    main.write_text(text + "m = Sequential([Convolution2D(64, 3, 3, input_shape=(9, 9, 2))])\n")
    assert shapes(analyze(main.read_text(), str(main))) == [[None, 7, 7, 64]]


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("import tf_keras", True),
        ("import tf_keras as keras", True),
        ("from tf_keras.layers import Dense", True),
        ("try:\n    from tf_keras import layers\nexcept ImportError:\n    from keras import layers", True),
        ("os.environ['TF_USE_LEGACY_KERAS'] = '1'", True),
        ('os.environ.setdefault("TF_USE_LEGACY_KERAS", "True")', True),
        ("os.environ.update({'TF_USE_LEGACY_KERAS': '1'})", True),
        ("%env TF_USE_LEGACY_KERAS=1", True),
        ("os.environ['TF_USE_LEGACY_KERAS'] = str(flag)", True),
        ("if os.environ['TF_USE_LEGACY_KERAS'] == '1': pass", False),
        ("os.environ.get('TF_USE_LEGACY_KERAS')", False),
        ("os.environ['TF_USE_LEGACY_KERAS'] = ''", False),
        ("# os.environ['TF_USE_LEGACY_KERAS'] = '1'", False),
        ("os.environ['TF_USE_LEGACY_KERAS'] = '0'", False),
        ("from tensorflow import keras  # not tf_keras", False),
        ("import my_tf_keras", False),
    ],
)
def test_programs_for_keras_2(text: str, second: bool) -> None:
    assert keras2(text) is second


def test_a_program_with_both_is_read_as_the_one_that_finds_less() -> None:
    head = "import keras\nimport tf_keras\nframes = keras.Input((4, 9, 9, 3))\n"
    assert not analyze(head + "tf_keras.layers.Conv2D(4, 3)(tf_keras.Input((4, 9, 9, 3)))\n").findings
    assert analyze(head + "tf_keras.layers.Conv2D(4, 13)(tf_keras.Input((4, 9, 9, 3)))\n").findings
