"""Automatic names of layers: as Keras counts them, and Unknown as soon as that is not sure."""

from __future__ import annotations

from typing import Any

import pytest

from dimlint.analyze import analyze
from dimlint.config import Config
from dimlint.core.value import Unknown
from dimlint.interpreter.entry import Inputs
from dimlint.interpreter.frame import Unit
from dimlint.interpreter.machine import Interpreter
from dimlint.libraries import LANGUAGE, LIBRARIES
from dimlint.project import ProjectLoader
from dimlint.run import _ModuleFinder, _settings
from dimlint.source import Source
from tests.keras_names import HEAD, PROGRAMS


def out(program: str) -> Any:
    """What the program's ``out`` holds at its end; None for what is not known."""
    config, text = Config(), HEAD + program
    source = Source.parse(text, "names.py")
    unit = Unit("names.py", "__main__", source, is_main=True)
    finder = _ModuleFinder(ProjectLoader.for_file("names.py", config))
    machine = Interpreter(LIBRARIES, LANGUAGE, finder, _settings(text, config), config.fuel)
    machine.modules["names.py"] = unit
    record = machine.run(unit, Inputs(source.input_shapes, config.input_shapes))
    assert not record.discoveries, [discovery.problem.message for discovery in record.discoveries]
    value = machine.plain(machine.find_name("out", unit.scope))
    return [None if isinstance(item, Unknown) else item for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", PROGRAMS)
def test_names(name: str) -> None:
    program, wanted = PROGRAMS[name]
    assert out(program) == wanted


UNSURE = [
    "if input():\n    layers.Dense(3)\n",
    "for x in input():\n    layers.Dense(3)\n",
    "while input():\n    layers.Dense(3)\n",
    "from my_blocks import block\nblock(3)\n",
    "made = [layers.Dense(3) for _ in input()]\n",
    "keras.applications.ResNet50()\n",
    "make = layers.Dense if input() else layers.Conv2D\nmake(3, 3)\n",
    "eval('layers.Dense(3)')\n",
    "layers.Dense(3, name=input())\n",
    "layers.Dense(*input())\n",
    "class L(layers.Layer):\n    def call(self, x):\n        return layers.Dense(3)(x)\nL()(keras.Input((3,)))\n",
    "import importlib\nimportlib.import_module('a').build()\n",
    "def f(n):\n    layers.Dense(3)\n    return f(n - 1) if n else 1\nf(len(input()))\n",
    "{'a': layers.Dense}[input()](3)\n",
]


@pytest.mark.parametrize("program", UNSURE)
def test_unsure(program: str) -> None:
    assert out(f"{program}out = [layers.Dense(3).name]\n") == [None]


SURE = [
    "import pandas as pd\nimport matplotlib.pyplot as plt\nd = pd.read_csv('x').drop('y')\nplt.plot(d.values.mean())\n",
    "import numpy as np\nnp.unheard_of(3).more()\nnp.zeros(3).unheard_of()\n",
    "import os, json, time\nos.environ['A'].lower()\njson.load(open('x')).get('a')\ntime.time()\n",
    "m = keras.Sequential([layers.Flatten()])\nh = m.fit(1, 2)\nh.history['loss'].append(1)\nprint(m.predict(3).argmax())\n",
    "if input():\n    layers.Conv2D(3, 3)\n",
    "'a b'.split().pop()\n(3).bit_length()\n",
    "(x, y), _ = keras.datasets.imdb.load_data()\nmax(len(s) for s in x)\n",
    "from sklearn.model_selection import train_test_split\na, b = train_test_split([1, 2])\na.reshape(3)\n",
]


@pytest.mark.parametrize("program", SURE)
def test_still_sure(program: str) -> None:
    assert out(f"{program}out = [layers.Dense(3).name]\n") == ["dense"]


def test_a_function_that_nobody_calls_knows_no_names() -> None:
    program = """
def build():
    i = keras.Input((8,))
    m = keras.Model(i, layers.Dense(4)(layers.Flatten()(i)))
    return layers.Dense(3)(layers.Reshape((2, 3))(m.get_layer("dense").output))
"""
    assert not analyze(HEAD + program).findings


@pytest.mark.parametrize(
    ("program", "line"),
    [
        ("d = layers.Dense(3)\nm = keras.Sequential([d, layers.ReLU(), d])\n", 5),
        ("m = keras.Sequential([layers.Dense(3, name='a'),\n    layers.Dense(3, name='a')])\n", 4),
        ("m = keras.Sequential()\nm.add(layers.Dense(3))\nm.add(layers.ReLU(name='dense'))\n", 6),
        ("i = keras.Input((3,))\nx = layers.Dense(3, name='a')(layers.Dense(3, name='a')(i))\nm = keras.Model(i, x)\n", 6),
    ],
)
def test_two_layers_of_one_name(program: str, line: int) -> None:
    report = analyze(HEAD + program)
    assert [(finding.rule, finding.span.line) for finding in report.findings] == [("invalid-layer-argument", line)]


def test_keras_2_counts_otherwise() -> None:
    program = "m = keras.Sequential([layers.Dense(3, input_shape=(4,))])\nm.get_layer('dense_1')\nlayers.Reshape((9,))(m.output)\n"
    assert not [finding for finding in analyze(HEAD + program, config=Config(keras_version=2.0)).findings if finding.span.line == 5]


@pytest.mark.parametrize("version", [2.0, 3.0])
def test_the_private_name_of_keras_2(version: float) -> None:
    program = """
class Chain(layers.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.parts = []

    def add(self, part):
        part._name = "{}/{}".format(self.name, part._name)
        self.parts.append(part)

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return x

chain = Chain(name="chain")
chain.add(layers.Dense(3, name="a"))
layers.Reshape((9,))(chain(keras.Input((4,))))
"""
    (finding,) = analyze(HEAD + program, config=Config(keras_version=version)).findings
    assert finding.rule == "reshape-mismatch"


@pytest.mark.parametrize("first", ["", "os.environ['KERAS_BACKEND'] = 'torch'\n"])
def test_the_backend_is_the_default_one(first: str) -> None:
    program = f"import os\n{first}import keras\nkeras.layers.Dense(0 if keras.backend.backend() == 'tensorflow' else 1)\n"
    messages = [finding.message for finding in analyze(program).findings]
    assert [message.endswith(" (with the defaults of the Keras backend)") for message in messages] == ([] if first else [True])


def test_the_shape_that_tensors_of_keras_2_carry() -> None:
    program = "x = layers.Conv2D(4, 3)(keras.Input((8, 8, 3)))\n"
    guard = "if not hasattr(x, '_keras_shape'):\n    x._keras_shape = (1,)\n"
    rest = "batch, height, width, channels = x._keras_shape\nlayers.Reshape((height, width * channels, 5))(x)\n"
    assert not analyze(HEAD + program + guard + rest).findings  # whether they carry it depends on the version
    (finding,) = analyze(HEAD + program + rest).findings
    assert "(None, 6, 6, 4)" in finding.message and "(6, 24, 5)" in finding.message


def test_a_sequential_of_keras_2_takes_another_axis() -> None:
    program = "m = keras.Sequential([layers.Dense(9, input_shape=(4,))])\nm(keras.Input((1, 4)))\n"
    assert [finding.rule for finding in analyze(HEAD + program).findings] == ["rank-mismatch"]
    assert not analyze(HEAD + program, config=Config(keras_version=2.0)).findings
