"""The rules: one registry for pylint's messages, ``dimlint rule``, configuration and README's table."""

from __future__ import annotations

from dimlint.core.dataclass import dataclass


@dataclass(frozen=True)
class Rule:
    """One kind of message.

    code: pylint message id. symbol: its name in comments and options. summary: one line, no full stop.
    why: what the framework does. bad, good: a program the framework refuses and its repaired twin (empty if there is none); for
    what is only informational, one that is told of and one that is not.
    """

    code: str
    symbol: str
    summary: str
    why: str
    bad: str = ""
    good: str = ""


NONPOSITIVE = Rule(
    "E8701",
    "nonpositive-dimension",
    "an output dimension falls to zero or below",
    "A window (kernel, pool, crop) that is larger than what is left of its input has no position to stand on. Keras raises when "
    "the model is built, PyTorch when the layer is called. Usual ways out: padding, a smaller kernel or stride, fewer "
    "downsampling layers, or a larger input.",
    """\
import keras
from keras import layers

model = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(16, 5),
    layers.MaxPooling2D(2),
    layers.Conv2D(32, 5),
])
""",
    """\
import keras
from keras import layers

model = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(16, 5, padding="same"),
    layers.MaxPooling2D(2),
    layers.Conv2D(32, 5, padding="same"),
])
""",
)

RANK = Rule(
    "E8702",
    "rank-mismatch",
    "the input has the wrong number of dimensions",
    "Every layer wants a fixed number of axes. The usual cause in Keras is the batch size written inside input_shape, which leaves it "
    "out; in PyTorch it is a missing batch or channel axis, or a missing flatten.",
    """\
import keras
from keras import layers

model = keras.Sequential([
    keras.Input((32, 28, 28, 1)),
    layers.Conv2D(16, 3),
])
""",
    """\
import keras
from keras import layers

model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(16, 3),
])
""",
)

CHANNEL = Rule(
    "E8703",
    "channel-mismatch",
    "the input's channels are not what the layer was built for",
    "A convolution's or normalization's weights are made for one number of channels. PyTorch takes it from in_channels or num_features; "
    "Keras from the first input the layer sees.",
    """\
import torch
from torch import nn

net = nn.Sequential(nn.Conv2d(3, 16, 3), nn.Conv2d(32, 64, 3))
net(torch.randn(1, 3, 32, 32))
""",
    """\
import torch
from torch import nn

net = nn.Sequential(nn.Conv2d(3, 16, 3), nn.Conv2d(16, 64, 3))
net(torch.randn(1, 3, 32, 32))
""",
)

FEATURE = Rule(
    "E8704",
    "feature-mismatch",
    "the last axis is not what the layer was built for (in_features, normalized_shape, input_size)",
    "A dense, recurrent, attention or normalization layer is built for one size of the last axis: in PyTorch for the one that it is "
    "told, in Keras for the one that it meets first, which must be fixed. Other sizes that weights are made for count here too, as those "
    "of what set_weights is given. The usual cause is in_features computed by hand after a flatten, for another input size or another "
    "number of poolings.",
    """\
import torch
from torch import nn

net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(8 * 28 * 28, 10))
net(torch.randn(1, 1, 28, 28))
""",
    """\
import torch
from torch import nn

net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(8 * 26 * 26, 10))
net(torch.randn(1, 1, 28, 28))
""",
)

MERGE = Rule(
    "E8705",
    "merge-mismatch",
    "concatenated, added, stacked or multiplied shapes do not agree",
    "Adding and multiplying need equal sizes or ones, concatenating needs equal sizes on every other axis, a matrix product needs "
    "equal inner sizes. A skip connection around a layer that changes the size is the usual cause.",
    """\
import torch
from torch import nn

x = torch.randn(1, 8, 32, 32)
y = nn.Conv2d(8, 8, 3)(x)
z = x + y
""",
    """\
import torch
from torch import nn

x = torch.randn(1, 8, 32, 32)
y = nn.Conv2d(8, 8, 3, padding=1)(x)
z = x + y
""",
)

RESHAPE = Rule(
    "E8706",
    "reshape-mismatch",
    "a reshape changes the number of elements",
    "view, reshape, unflatten and Reshape keep every element, so the product of the sizes must stay the same; "
    "one size may be left open with -1.",
    """\
import torch

x = torch.randn(4, 16, 5, 5)
y = x.view(4, 16 * 4 * 4)
""",
    """\
import torch

x = torch.randn(4, 16, 5, 5)
y = x.view(4, 16 * 5 * 5)
""",
)

ARGUMENT = Rule(
    "E8707",
    "invalid-layer-argument",
    "the arguments themselves are refused",
    "Some arguments of layers and functions are refused whatever the input is: groups must divide the channels, strides must be positive, "
    "padding and data_format have a few words, required arguments must be there and no others. Some do not go with the input that they "
    "meet: an index out of its range, a state of an LSTM that is no pair.",
    """\
from torch import nn

layer = nn.Conv2d(3, 16, kernel_size=3, groups=2)
""",
    """\
from torch import nn

layer = nn.Conv2d(4, 16, kernel_size=3, groups=2)
""",
)

DATA = Rule(
    "E8708",
    "data-mismatch",
    "what a model is given does not fit its input",
    "fit, predict, evaluate and calls pass data to the layers, which are built for one number of axes and for fixed sizes. Usual causes: "
    "the batch axis is missing when one sample is predicted, images were not flattened or lack their channel axis, the sizes are those of "
    "another data set, or the channels are in another place.",
    """\
import keras
import numpy as np
from keras import layers

x_train, y_train = np.zeros((64, 28, 28)), np.zeros(64)
model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_train, y_train)
""",
    """\
import keras
import numpy as np
from keras import layers

x_train, y_train = np.zeros((64, 28, 28)), np.zeros(64)
model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_train.reshape(-1, 784), y_train)
""",
)

TARGET = Rule(
    "E8709",
    "target-mismatch",
    "the targets do not fit the output under the loss",
    "A loss compares targets with the output. categorical_crossentropy and binary_crossentropy need targets of the output's shape, "
    "sparse_categorical_crossentropy and CrossEntropyLoss need class numbers without the axis of the classes. The usual cause is class "
    "numbers where one-hot rows are needed, or the other way round.",
    """\
import keras
import numpy as np
from keras import layers

x_train, y_train = np.zeros((64, 28, 28)), np.zeros(64)
model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(10, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(x_train, y_train)
""",
    """\
import keras
import numpy as np
from keras import layers

x_train, y_train = np.zeros((64, 28, 28)), np.zeros(64)
model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_train, y_train)
""",
)

UNVERIFIED = Rule(
    "I8720",
    "unverified-model",
    "what kept a model from being verified",
    "Informational. dimlint reports only what is certain; what it could not follow leaves a model partly verified, and this "
    "says why. Naming the input shape, or a literal in place of a computed value, often closes the gap.",
    """\
import random

import torch
from torch import nn

width = random.randint(8, 8)
net = nn.Sequential(nn.Conv2d(3, width, 3), nn.Conv2d(8, 8, 3))
net(torch.randn(1, 3, 32, 32))
""",
    """\
import torch
from torch import nn

width = 8
net = nn.Sequential(nn.Conv2d(3, width, 3), nn.Conv2d(8, 8, 3))
net(torch.randn(1, 3, 32, 32))
""",
)

ANALYSIS = Rule(
    "W8730",
    "analysis-error",
    "dimlint could not analyse this file",
    "The file was turned away before the parse (too large, too deeply nested), its configuration or a dimlint comment is malformed, or "
    "dimlint itself failed. The last is a bug to report; the run goes on in any case.",
)

RULES: tuple[Rule, ...] = (NONPOSITIVE, RANK, CHANNEL, FEATURE, MERGE, RESHAPE, ARGUMENT, DATA, TARGET, UNVERIFIED, ANALYSIS)
BY_SYMBOL: dict[str, Rule] = {rule.symbol: rule for rule in RULES}


def find(text: str) -> Rule | None:
    """The rule with this code or symbol, in any case; None if there is none."""
    wanted = text.strip().lower()
    return next((rule for rule in RULES if wanted in (rule.code.lower(), rule.symbol)), None)


def matching(text: str) -> tuple[Rule, ...]:
    """The rules that a selector names: a code or its beginning (``E87``), a symbol, or ``all``."""
    wanted = text.strip().lower()
    if wanted == "all":
        return RULES
    return tuple(rule for rule in RULES if wanted and (rule.code.lower().startswith(wanted) or rule.symbol == wanted))
