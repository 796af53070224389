"""What a finding says about the size that would be enough, if the framework refuses sizes below it and takes those from it on."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Any

import pytest

from dimlint import analyze

pytestmark = pytest.mark.oracle

TORCH = """
import torch
from torch import nn

def block(inside, out):
    return nn.Sequential(nn.Conv2d(inside, out, 3{padding}), nn.ReLU(), nn.MaxPool2d(2))

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(*[block(3 if i == 0 else 4, 4) for i in range({depth})])
        self.last = nn.Conv2d(4, 4, {kernel}, stride={stride})

    def forward(self, x):
        x = self.blocks(x)
        x = torch.cat([x, x], 1)[:, :4]
        return self.last(x).mean(dim=(2, 3))

Net()(torch.zeros(2, 3, {size}, {size}))
"""
KERAS = """
import keras
from keras import layers

def build(size):
    inputs = keras.Input((size, size, 3))
    x = inputs
    for _ in range({depth}):
        x = layers.Conv2D(4, 3, padding={padding!r})(x)
        y = layers.Conv2D(4, 1)(x)
        x = layers.Add()([x, y])
        x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(4, {kernel}, strides={stride})(x)
    return keras.Model(inputs, layers.GlobalAveragePooling2D()(x))

build({size})
"""
SEQUENTIAL = """
import keras
from keras import layers

model = keras.Sequential()
model.add(layers.Conv1D(4, {kernel}, strides={stride}, input_shape=({size}, 2)))
for _ in range({depth}):
    model.add(layers.Conv1D(4, 3, padding={padding!r}, activation="relu"))
    model.add(layers.AveragePooling1D(2))
model.add(layers.Flatten())
model.add(layers.Dense(1))
"""
CROPPED = """
import keras
from keras import layers

model = keras.Sequential([keras.Input(({size}, {size}, 2)), layers.Conv2D(2, {kernel}, padding={padding!r})])
model.add(layers.AveragePooling2D({depth}))
model.add(layers.Cropping2D((({stride}, {kernel}), 1)))
"""
CASES = [
    *((TORCH, 2, padding, depth, kernel, stride) for padding in ("", ", padding=1") for depth, kernel, stride in ((3, 3, 1), (2, 5, 2))),
    *((KERAS, 2, padding, depth, kernel, stride) for padding in ("valid", "same") for depth, kernel, stride in ((3, 3, 1), (2, 5, 2))),
    *((SEQUENTIAL, 1, padding, depth, kernel, stride) for padding in ("valid", "same") for depth, kernel, stride in ((3, 3, 1), (2, 5, 2))),
    *((CROPPED, 2, padding, depth, kernel, stride) for padding in ("valid", "same") for depth, kernel, stride in ((1, 3, 1), (2, 5, 2))),
]
NEEDED = re.compile(r"[Aa]n input of at least (\d+)")
LARGEST = 100


@pytest.mark.parametrize(("text", "axes", "padding", "depth", "kernel", "stride"), CASES)
def test_the_size_that_is_said_is_the_smallest(text: str, axes: int, padding: str, depth: int, kernel: int, stride: int) -> None:
    def program(size: int) -> str:
        return text.format(padding=padding, depth=depth, kernel=kernel, stride=stride, size=size)

    enough = bisect_left(range(1, LARGEST), True, key=lambda size: runs(program(size))) + 1
    assert 1 < enough < LARGEST
    (finding,) = analyze(program(enough - 1), "small.py").findings
    said = NEEDED.search(finding.message)
    assert said is not None, finding.message
    assert int(said[1]) == enough
    assert finding.message.endswith("x".join([str(enough - 1)] * axes) + " is given")


def runs(program: str) -> bool:
    names: dict[str, Any] = {}
    try:
        exec(compile(program, "<program>", "exec"), names)
    except (RuntimeError, ValueError):
        return False
    return True
