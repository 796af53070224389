"""``compute_output_shape``: what it gives is what a symbolic call gives, as a tuple or a list, just as Keras 3 has it."""

from __future__ import annotations

from typing import Any

import pytest

from dimlint.core.value import Unknown
from tests.golden_rows import rows
from tests.test_keras_models import rules
from tests.test_keras_names import out

LONG, SQUARE, FLAT = (None, 8, 2), (None, 8, 8, 3), (None, 8)
ANSWERS: list[tuple[str, Any, Any]] = [
    ("Conv1D(4, 3)", LONG, (None, 6, 4)),
    ("Conv1D(4, 3, padding='causal')", (None, None, 2), (None, None, 4)),
    ("Conv1D(4, 3)", [None, 8, 2], (None, 6, 4)),
    ("Conv2DTranspose(4, 3)", SQUARE, [None, 10, 10, 4]),
    ("SeparableConv2D(3, 3)", SQUARE, (None, 6, 6, 3)),
    ("MaxPooling2D(2)", [None, 8, 8, 3], (None, 4, 4, 3)),
    ("GlobalMaxPooling2D()", SQUARE, (None, 3)),
    ("UpSampling1D(2)", LONG, [None, 16, 2]),
    ("UpSampling2D(2)", SQUARE, (None, 16, 16, 3)),
    ("ZeroPadding2D(1)", SQUARE, (None, 10, 10, 3)),
    ("BatchNormalization()", SQUARE, SQUARE),
    ("LayerNormalization()", [None, 8, 2], [None, 8, 2]),
    ("Activation('relu')", [None, 8], [None, 8]),
    ("SpatialDropout1D(0.1)", LONG, LONG),
    ("Flatten()", LONG, (None, 16)),
    ("Reshape((2, -1))", LONG, (None, 2, 8)),
    ("Dense(4)", (None, None), (None, 4)),
    ("Embedding(9, 4)", FLAT, (None, 8, 4)),
    ("ReversibleEmbedding(9, 4)", FLAT, [None, 8, 4]),
    ("LSTM(3, return_sequences=True, return_state=True)", LONG, ((None, 8, 3), (None, 3), (None, 3))),
    ("ConvLSTM2D(3, 2)", (None, 3, 8, 8, 2), (None, 7, 7, 3)),
    ("Add()", [FLAT, FLAT], FLAT),
    ("Concatenate()", [FLAT, FLAT], (None, 16)),
    ("TimeDistributed(layers.Dense(4))", LONG, (None, 8, 4)),
    ("Bidirectional(layers.LSTM(3))", LONG, (None, 6)),
    ("Bidirectional(layers.LSTM(3, return_sequences=True), merge_mode=None)", LONG, ((None, 8, 3), (None, 8, 3))),
    ("Bidirectional(layers.GRU(3, return_state=True))", LONG, ((None, 6), (None, 3), (None, 3))),
    ("SpectralNormalization(layers.Dense(3))", FLAT, (None, 3)),
    ("Lambda(lambda x: x[:, 0])", LONG, (None, 2)),
    ("Lambda(lambda x: [x, x])", FLAT, [FLAT, FLAT]),
]
"""Layer, the shape it is asked for, what Keras 3.15 gives."""
SHAPE = "from keras import layers, Model, Sequential, Input\n"
MODELS: list[tuple[str, Any]] = [
    ("x = Input((8,))\nout = Model(x, layers.Dense(3)(x)).compute_output_shape((None, 8))", (None, 3)),
    ("x = Input((8,))\nout = Model(x, [layers.Dense(3)(x), x]).compute_output_shape((None, 8))", [(None, 3), (None, 8)]),
    ("out = Sequential([layers.Conv1DTranspose(3, 1)]).compute_output_shape((None, 8, 2))", [None, 8, 3]),
    ("out = Sequential([Input((8,)), layers.Dense(3)]).compute_output_shape((None, 8))", (None, 3)),
]


def of_layer(layer: str, shape: Any) -> str:
    return f"{SHAPE}out = layers.{layer}.compute_output_shape({shape!r})"


@pytest.mark.parametrize(("layer", "shape", "answer"), ANSWERS)
def test_layers(layer: str, shape: Any, answer: Any) -> None:
    found = out(of_layer(layer, shape))
    assert found == answer
    assert isinstance(found, list) is isinstance(answer, list)


@pytest.mark.parametrize(("program", "answer"), MODELS)
def test_models(program: str, answer: Any) -> None:
    assert out(SHAPE + program) == answer


def test_golden_rows() -> None:
    """What a symbolic call gives is what compute_output_shape gives, or nothing is said."""
    known = 0
    for row in [row for name in ("conv", "pool", "reshape", "pad_resize", "norm") for row in rows(f"keras_{name}.jsonl")]:
        if "output_shape" not in row or row.get("input_shape") is None or row.get("call_kwargs"):
            continue
        arguments = [repr(_tuples(item)) for item in row["args"]] + [f"{name}={_tuples(item)!r}" for name, item in row["kwargs"].items()]
        found = out(of_layer(f"{row['layer']}({', '.join(arguments)})", tuple(row["input_shape"])))
        if not isinstance(found, Unknown):
            assert list(found) == row["output_shape"], row  # type: ignore[call-overload]
            known += 1
    assert known > 1000


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ("c = layers.Conv1D(4, 9)\ns = c.compute_output_shape((None, 8, 2))\nc(keras.Input((8, 2)))", ["nonpositive-dimension"]),
        ("layers.Dense(4).compute_output_shape((8,))", []),  # no rank is looked at
        ("m = Sequential([layers.Input((8,)), layers.Dense(3)])\nm.compute_output_shape((None, 9))", []),  # ValueError: not followed
        ("s = layers.Flatten().compute_output_shape((None, 8, 2))\nSequential([keras.Input(s[1:]), layers.Reshape((3, 5))])",
         ["reshape-mismatch"]),
    ],
)  # fmt: skip
def test_findings(program: str, found: list[str]) -> None:
    assert rules(program) == found


@pytest.mark.parametrize("method", ["", "def compute_output_shape(self, shape):\n        return super().compute_output_shape(shape)"])
def test_a_layer_of_the_program_has_none_of_its_own(method: str) -> None:
    """Keras raises NotImplementedError; programs for former versions get what ``call`` gives: nothing is said."""
    own = f"class Own(layers.Layer):\n    {method or 'pass'}\n    def call(self, x):\n        return x\n"
    assert isinstance(out(f"{SHAPE}{own}out = Own().compute_output_shape((None, 8))"), Unknown)


@pytest.mark.oracle
def test_keras_agrees() -> None:
    for program, answer in [*((of_layer(layer, shape), answer) for layer, shape, answer in ANSWERS), *((SHAPE + p, a) for p, a in MODELS)]:
        scope: dict[str, Any] = {}
        exec(program, scope)  # the program is ours
        found = scope["out"]
        assert _tuples(_plain(found)) == _tuples(answer), program
        if not any(isinstance(item, tuple) for item in answer):
            assert isinstance(found, list) is isinstance(answer, list), program


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
