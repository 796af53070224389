"""Keras layers and models called again: what the first call settles, and what Keras does not look at before running."""

from __future__ import annotations

import pytest

from dimlint.analyze import analyze
from dimlint.core.report import Report

HEAD = "import keras\nimport tensorflow as tf\nfrom keras import layers\n"


def run(program: str) -> Report:
    report = analyze(HEAD + program)
    assert report.failure is None
    return report


def twice(layer: str, first: str, second: str) -> str:
    return f"layer = {layer}\nlayer(keras.Input({first}))\nx = keras.Input({second})\nmodel = keras.Model(x, layer(x))\n"


@pytest.mark.parametrize(
    ("layer", "first", "second", "output"),
    [
        ("layers.Dense(3)", "(5, 4)", "(5, None)", [None, 5, 3]),
        ("layers.Conv2D(3, 3)", "(8, 8, 3)", "(8, 8, None)", [None, 6, 6, 3]),
        ("layers.LSTM(3)", "(8, 3)", "(8, None)", [None, 3]),
        ("layers.ConvLSTM2D(3, 3)", "(4, 8, 8, 3)", "(4, None, None, 3)", [None, None, None, 3]),
        ("layers.BatchNormalization()", "(8, 3)", "(8, None)", [None, 8, None]),
        ("layers.PReLU()", "(8, 3)", "(None, 3)", [None, None, 3]),
        ("layers.TimeDistributed(layers.Dense(3))", "(8, 3)", "(8, None)", [None, 8, 3]),
        ("keras.Sequential([layers.Flatten(), layers.Dense(3)])", "(8, 8, 3)", "(None, None, 3)", [None, 3]),
    ],
)
def test_only_the_first_call_needs_known_sizes(layer: str, first: str, second: str, output: list[int | None]) -> None:
    report = run(twice(layer, first, second))
    assert not report.findings
    assert report.models[-1].output_shape == output


UNCOMPARED = [
    ("layers.LSTM(3)", "8, 3", "8, 4"),
    ("layers.Bidirectional(layers.GRU(3))", "8, 3", "8, 4"),
    ("layers.ConvLSTM2D(3, 3)", "4, 8, 8, 3", "4, 8, 8, 4"),
    ("layers.LayerNormalization()", "8, 3", "8, 4"),
    ("layers.PReLU()", "8, 3", "7, 3"),
    ("layers.TimeDistributed(layers.Dense(3))", "8, 3", "8, 4"),
]


@pytest.mark.parametrize(("layer", "first", "second"), UNCOMPARED)
def test_other_sizes_are_noticed_only_by_eager_calls(layer: str, first: str, second: str) -> None:
    assert not run(twice(layer, f"({first})", f"({second})")).findings
    eager = f"layer = {layer}\nlayer(tf.ones((2, {first})))\n"
    if "TimeDistributed" not in layer:
        assert run(eager + f"layer(tf.ones((2, {second})))\n").findings


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [("(5,)", "(1,)", False), ("(1,)", "(5,)", False), ("(8,)", "(8, 1)", False), ("(5,)", "(4,)", True), ("(5,)", "(4, 5)", True)],
)
def test_a_model_does_not_compare_a_last_axis_of_one(first: str, second: str, refused: bool) -> None:
    assert bool(run(twice("keras.Sequential([layers.Dense(3), layers.Dense(2)])", first, second)).findings) is refused


def test_training_is_kept_from_a_call_that_does_not_take_it() -> None:
    program = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(3)
    def call(self, x):
        return self.dense(x)
net = Net()
net(tf.ones((2, 4)), training=True)
net(tf.ones((2, 5)), training=True)
"""
    report = run(program)
    assert [finding.rule for finding in report.findings] == ["feature-mismatch"]


def test_an_input_layer_has_an_output_but_no_input() -> None:
    base = "x = keras.Input((4,))\nbase = keras.Model(x, layers.Dense(3)(x))\n"
    good = run(base + "m = keras.Model(base.layers[0].output, base.layers[1].output)\n")
    assert not good.findings
    bad = run(base + "m = keras.Model(base.layers[0].input, base.layers[1].output)\n")
    assert [(finding.rule, finding.span.line) for finding in bad.findings] == [("invalid-layer-argument", 6)]


def test_a_model_without_a_call_method_says_so() -> None:
    report = run("class GAN(keras.Model):\n    pass\ngan = GAN()\n")
    assert [model.reason for model in report.models] == ["GAN defines no call method"]


HOLDER = """
class Inner(keras.Model):
    def __init__(self, size):
        super().__init__()
        self.conv = layers.Conv2D(3, size)
    def call(self, x):
        return self.conv(x)
class GAN(keras.Model):
    def __init__(self):
        super().__init__()
        self.net = Inner(3)
    def train_step(self, data):
        return {"loss": self.net(data)}
gan = GAN()
"""


def test_a_model_that_only_trains_others_is_none_itself() -> None:
    """Keras has nothing to call: the models that it holds are what there is to look at."""
    report = run(HOLDER + "gan.compile()\ngan.fit(tf.zeros((4, 8, 8, 3)))\n")
    assert [(model.name, model.status) for model in report.models] == [("net", "verified")]
    called = run(HOLDER + "gan(tf.zeros((4, 8, 8, 3)))\n")  # NotImplementedError, unless a base is not what it seems
    assert "GAN defines no call method" in [model.reason for model in called.models]
    functional = run(
        HOLDER.replace("super().__init__()\n        self.net", "x = keras.Input((8,))\n        super().__init__(x, x)\n        self.net")
    )
    assert ("gan", "verified") in [(model.name, model.status) for model in functional.models]


def test_what_such_a_model_holds_may_be_wrong() -> None:
    wrong = HOLDER.replace("Inner(3)", "keras.Sequential([keras.Input((2, 2, 3)), layers.Conv2D(3, 3)])")
    assert [finding.rule for finding in run(wrong).findings] == ["nonpositive-dimension"]


@pytest.mark.parametrize(
    ("program", "line"),
    [
        ("wrap = layers.TimeDistributed(\n    layers.Conv2D(3, 9))\nx = keras.Input((3, 8, 8, 1))\ny = wrap(x)\n", 7),
        ("wrap = layers.Bidirectional(\n    layers.LSTM(3))\nm = keras.Sequential([\n    keras.Input((4,)),\n    wrap])\n", 4),
        ("def f(x):\n    y = layers.Bidirectional(layers.LSTM(3))(x)\n    return y\nf(keras.Input((4,)))\n", 5),
        (
            "net = keras.Sequential([layers.Dense(3, input_shape=(4,)), layers.Dense(2)])\nx = keras.Input((7, 5))\n"
            "y = layers.TimeDistributed(net)(x)\n",
            6,
        ),
    ],
)
def test_what_a_wrapper_holds_is_shown_where_the_wrapper_is(program: str, line: int) -> None:
    assert [finding.span.line for finding in run(program).findings] == [line]


@pytest.mark.parametrize(
    ("shape", "expression", "output"),
    [
        ("(4, 6)", "keras.ops.split(x, 2, axis=-1)[1]", [None, 4, 3]),
        ("(4, 6)", "keras.ops.split(x, [1, 3], axis=1)[2]", [None, 1, 6]),
        ("(4, 6)", "tf.split(x, num_or_size_splits=3, axis=2)[0]", [None, 4, 2]),
        ("(4, 6)", "tf.split(x, [1, 5], -1)[1]", [None, 4, 5]),
        ("(4, 6)", "tf.matmul(x, x, transpose_b=True)", [None, 4, 4]),
        ("(4, 6)", "x + tf.reshape(tf.cast(tf.range(6), tf.float32), (1, 6))", [None, 4, 6]),
        ("(4, 6)", "keras.activations.get('relu')(x)", [None, 4, 6]),
        ("(8, 8, 12)", "tf.nn.depth_to_space(x, 2)", [None, 16, 16, 3]),
        ("(8, 8, 3)", "tf.nn.space_to_depth(x, block_size=4)", [None, 2, 2, 48]),
        ("(None, None, 3)", "tf.nn.space_to_depth(x, block_size=2)", [None, None, None, 12]),
    ],
)
def test_functions_in_a_lambda_layer(shape: str, expression: str, output: list[int | None]) -> None:
    report = run(f"x = keras.Input({shape})\nmodel = keras.Model(x, layers.Lambda(lambda x: {expression})(x))\n")
    assert not report.findings
    assert report.models[-1].output_shape == output


def test_positions_are_added_to_tokens() -> None:
    program = """
class Positions(layers.Layer):
    def __init__(self, length, dim):
        super().__init__()
        self.tokens = layers.Embedding(100, dim)
        self.places = layers.Embedding(length, dim)
    def call(self, x):
        return self.tokens(x) + self.places(keras.ops.arange(start=0, stop=keras.ops.shape(x)[-1], step=1))
x = keras.Input((20,))
model = keras.Model(x, Positions(20, 8)(x))
"""
    assert run(program).models[-1].output_shape == [None, 20, 8]


@pytest.mark.parametrize(("second", "refused"), [("(8, 8, 1)", False), ("(8, 7, 1)", True)])
def test_the_other_axes_are_compared_even_so(second: str, refused: bool) -> None:
    net = "keras.Sequential([layers.Conv2D(3, 3), layers.GlobalMaxPooling2D()])"
    assert bool(run(twice(net, "(8, 8, 3)", second)).findings) is refused


def test_a_weight_needs_fixed_sizes() -> None:
    program = """
class Scale(layers.Layer):
    def build(self, input_shape):
        self.gain = self.add_weight(shape=(input_shape[1],), name="gain")
    def call(self, x):
        return x * self.gain
Scale()(keras.Input((None, 3)))
"""
    assert [(finding.rule, finding.span.line) for finding in run(program).findings] == [("feature-mismatch", 7)]


@pytest.mark.parametrize(
    "program",
    [
        "sizes = (3, 4)\ny = keras.Input((12,))\ny = layers.Reshape((sizes[0], sizes[5]))(y)\nz = layers.Conv1D(3, 1)(y)\n",
        "sizes = (3, 4)\nm = keras.Sequential([keras.Input((12,))])\nm.add(layers.Reshape((sizes[5], 3)))\nm.add(layers.Conv1D(3, 1))\n",
    ],
)
def test_a_statement_that_ends_early_leaves_nothing_of_before(program: str) -> None:
    assert not run(program).findings


def test_a_model_that_is_wrong_is_not_blamed_again() -> None:
    net = "net = keras.Sequential([layers.Conv2D(3, 9, input_shape=(8, 8, 3)), layers.Flatten()])\n"
    report = run(net + "net(keras.Input((9, 9, 3)))\n")
    assert [finding.span.line for finding in report.findings] == [4]
