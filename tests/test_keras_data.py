"""Data for Keras models: the arrays of data sets, padded sequences, images from files, batches, losses."""

from __future__ import annotations

import pytest

from dimlint.analyze import analyze
from dimlint.core.report import Report

HEAD = "import numpy as np\nimport keras\nfrom keras import layers\n"

FACTS = {
    "mnist": [(60000, 28, 28), (60000,), (10000, 28, 28), (10000,)],
    "fashion_mnist": [(60000, 28, 28), (60000,), (10000, 28, 28), (10000,)],
    "cifar10": [(50000, 32, 32, 3), (50000, 1), (10000, 32, 32, 3), (10000, 1)],
    "cifar100": [(50000, 32, 32, 3), (50000, 1), (10000, 32, 32, 3), (10000, 1)],
    "imdb": [(25000,), (25000,), (25000,), (25000,)],
    "reuters": [(8982,), (8982,), (2246,), (2246,)],
    "boston_housing": [(404, 13), (404,), (102, 13), (102,)],
    "california_housing": [(16512, 8), (16512,), (4128, 8), (4128,)],
}
"""What ``load_data()`` gives, by the documentation of each data set at https://keras.io/api/datasets."""


def run(program: str) -> Report:
    report = analyze(HEAD + program)
    assert report.failure is None
    return report


def shapes(setup: str, *expressions: str) -> list[object]:
    """The shapes that expressions have, as the input of a model of any shape."""
    lines = [f"m{index} = keras.Sequential([layers.Identity()])\nm{index}({text})\n" for index, text in enumerate(expressions)]
    report = run(setup + "".join(lines))
    assert not report.findings, report.findings
    return [tuple(model.output_shape) if model.output_shape is not None else None for model in report.models]


@pytest.mark.parametrize("name", FACTS)
def test_arrays_of_a_data_set(name: str) -> None:
    wanted = FACTS[name]
    setup = f"(a, b), (c, d) = keras.datasets.{name}.load_data()\n"
    assert shapes(setup, *(f"np.zeros({item}.shape)" for item in "abcd")) == wanted


def test_a_data_set_in_part() -> None:
    setup = "(a, b), (c, d) = keras.datasets.reuters.load_data(maxlen=100)\n"
    assert shapes(setup, "b", "d") == [(None,), (None,)]
    setup = "(a, b), (c, d) = keras.datasets.california_housing.load_data(version='small', test_split=0.5)\n"
    assert shapes(setup, "a", "d") == [(300, 8), (300,)]


def test_channels_first() -> None:
    setup = "keras.config.set_image_data_format('channels_first')\n(a, b), (c, d) = keras.datasets.cifar10.load_data()\n"
    assert shapes(setup, "a") == [(50000, 3, 32, 32)]


@pytest.mark.parametrize(
    ("expression", "shape"),
    [
        ("keras.utils.pad_sequences([[1, 2], [3]], maxlen=7)", (2, 7)),
        ("keras.utils.pad_sequences([[1, 2], [3]])", (2, None)),
        ("keras.preprocessing.sequence.pad_sequences(keras.datasets.imdb.load_data()[0][0], 400)", (25000, 400)),
        ("keras.preprocessing.sequence.pad_sequences(keras.datasets.imdb.load_data()[0][0][:100], 400)", (100, 400)),
        ("keras.utils.to_categorical([0, 2, 1], 3)", (3, 3)),
        ("keras.utils.np_utils.to_categorical(keras.datasets.cifar10.load_data()[0][1], 10)", (50000, 10)),
        ("keras.utils.img_to_array(keras.utils.load_img('a.png', target_size=(10, 12)))", (10, 12, 3)),
        ("keras.utils.img_to_array(keras.utils.load_img('a.png', color_mode='grayscale'))", (None, None, 1)),
        ("keras.initializers.GlorotUniform()(shape=(3, 4))", (3, 4)),
        ("keras.initializers.get('zeros')((2, 5))", (2, 5)),
        ("keras.losses.mean_squared_error(np.zeros((4, 5)), np.zeros((4, 5)))", (4,)),
        ("keras.losses.MeanSquaredError()(np.zeros((4, 5)), np.zeros((4, 5)))", ()),
        ("keras.losses.get('mse')(np.zeros((2, 4, 5)), np.zeros((2, 4, 5)))", (2, 4)),
        ("keras.losses.sparse_categorical_crossentropy(np.zeros((4,)), np.zeros((4, 5)))", (4,)),
        ("keras.applications.imagenet_utils.preprocess_input(np.zeros((1, 8, 8, 3)))", (1, 8, 8, 3)),
    ],
)
def test_shape_of_data(expression: str, shape: tuple[int | None, ...]) -> None:
    assert shapes("", expression) == [shape]


TEXTS = "t = keras.preprocessing.text.Tokenizer(num_words=50)\nt.fit_on_texts(['a b', 'c'])\n"


def test_words_by_number() -> None:
    padded = "keras.utils.pad_sequences(t.texts_to_sequences(['a b', 'c']), maxlen=6)"
    assert shapes(TEXTS, padded, "t.texts_to_matrix(['a'])") == [(2, 6), (1, 50)]


FLOW = "g = keras.preprocessing.image.ImageDataGenerator(rescale=0.1)\n"


@pytest.mark.parametrize(
    ("flow", "shape"),
    [
        ("g.flow_from_directory('x', target_size=(64, 48))", (None, 64, 48, 3)),
        ("g.flow_from_directory('x', (64, 48), 'grayscale', class_mode='binary')", (None, 64, 48, 1)),
        ("g.flow(np.zeros((50, 8, 8, 1)), np.zeros((50,)), batch_size=10)", (None, 8, 8, 1)),
    ],
)
def test_batches_of_images(flow: str, shape: tuple[int | None, ...]) -> None:
    assert shapes(f"{FLOW}x, y = next({flow})\n", "x") == [shape]
    loop = f"{FLOW}net = keras.Sequential([keras.Input({shape[1:]}), layers.Conv2D(2, 9)])\nfor x, y in {flow}:\n    net(x)\n    break\n"
    assert bool(run(loop).findings) is (shape[1] == 8)


@pytest.mark.parametrize(
    "program",
    [
        "m = keras.models.load_model('f')\nm.summary()\nx = m.predict(3)\ny = layers.Dense(3)(m.output)\n",
        "m = keras.models.clone_model(keras.Sequential([layers.Dense(3)]))\nm(np.zeros((3, 4)))\n",
        "class Stop(keras.callbacks.Callback):\n    def on_epoch_end(self, epoch):\n        self.model.stop_training = True\nStop()\n",
        "x = keras.utils.pad_sequences(unknown, maxlen=5)\nkeras.Sequential([layers.Dense(3)])(x)\n",
        "(a, b), _ = keras.datasets.imdb.load_data()\nn = max(len(s) for s in a)\nkeras.Sequential([layers.Dense(3)])(np.asarray(a))\n",
        "ds = keras.utils.image_dataset_from_directory('x', image_size=(9, 9))\nfor x, y in ds.take(1):\n    layers.Conv2D(3, 9)(x)\n",
        "s = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)\no = keras.optimizers.SGD(s)\no.learning_rate.assign(0.1)\n",
        "@keras.saving.register_keras_serializable('m')\nclass L(layers.Layer):\n    def call(self, x):\n        return x\n"
        "L()(np.zeros(3))\n",
    ],
)
def test_not_refused(program: str) -> None:
    assert not run(program).findings


def test_the_default_input_shape_of_an_application() -> None:
    helper = "from keras.applications.imagenet_utils import obtain_input_shape\n"
    call = "s = obtain_input_shape({}, 224, 32, 'channels_last', require_flatten={}, weights={})\n"
    model = "m = keras.Sequential([keras.Input(s), layers.Conv2D(4, 3)])\n"
    cases = [("None", "True", "None"), ("(64, 64, 1)", "False", "None"), ("None", "False", "'imagenet'")]
    found = [run(helper + call.format(*case) + model).models[0].output_shape for case in cases]
    assert found == [[None, 222, 222, 4], [None, 62, 62, 4], [None, None, None, 4]]


def test_the_sources_of_a_tensor() -> None:
    program = """
from keras.utils import get_source_inputs
a, b = keras.Input((3,)), keras.Input((4,))
y = layers.Dense(2)(layers.concatenate([a, layers.Dense(5)(b)]))
m = keras.Model(get_source_inputs(y), y)
"""
    assert run(program).models[0].input_shapes == ((None, 3), (None, 4))


UNFED = {
    "no input": "model = keras.Model([], [])",
    "no layers": "model = keras.Sequential([])",
    "no batch axis": "a = keras.Input(batch_shape=())\nmodel = keras.Model(a, layers.Activation('relu')(a))",
    "one of two without": "a, b = keras.Input((4,)), keras.Input(batch_shape=())\nmodel = keras.Model([a, b], [layers.Dense(2)(a), b])",
    "no result": "model = keras.Sequential([keras.Input((4,)), layers.Lambda(lambda x: [])])",
}
"""Models to which data cannot be given as usual."""
ODD = ["", "None", "[]", "()", "{}", "x", "[x, x]", "{'a': x}", "np.zeros(())", "np.zeros((0, 4))", "x, []", "x, x[0, 0]", "*[x, x, x]"]


@pytest.mark.parametrize("model", UNFED)
@pytest.mark.parametrize("method", ["fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch"])
def test_odd_data_is_a_gap(model: str, method: str) -> None:
    for given in ODD:
        report = run(f"{UNFED[model]}\nx = np.zeros((8, 4))\nmodel.compile('sgd', 'mse')\nmodel.{method}({given})\n")
        assert not [gap.reason for gap in report.gaps if gap.is_warning], given
