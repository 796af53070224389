"""Random Keras programs: chains of 3 to 10 layers in several idioms, about half of them wrong.

As for torch: the generator's own account of the shape only serves to choose sizes that mostly fit. All models are
symbolic, so no data flows and no device limits show. Every text defines ``output``, a shape or a symbolic tensor.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from tests.oracle.program_text import Numbers, Program, Step, indented

IMPORTS = ("import keras\nfrom keras import layers\n", "from tensorflow import keras\nfrom tensorflow.keras import layers\n")
FAULTS = ("nonpositive", "features", "rank", "merge", "reshape", "argument", "crop", "groups")
WORDS = ('"relu"', '"tanh"', '"sigmoid"', '"elu"')


def window(size: int, kernel: int, stride: int, padding: str, dilation: int = 1) -> int:
    """Number of positions of a window."""
    if padding == "same":
        return (size - 1) // stride + 1
    return (size - dilation * (kernel - 1) - 1) // stride + 1


class Chain:
    """Grows a chain of steps. shape: of ``x`` without the batch axis, channels last."""

    def __init__(self, rng: random.Random, *, functional: bool) -> None:
        self.rng = rng
        self.n = Numbers(rng)
        self.functional = functional
        rank = rng.choice([1, 1, 2, 2, 2, 3])
        largest = {1: 40, 2: 24, 3: 10}[rank]
        self.shape: tuple[int, ...] = (*(rng.randint(largest // 2, largest) for _ in range(rank)), rng.randint(1, 4))
        self.start = self.shape
        self.steps: list[Step] = []

    @property
    def rank(self) -> int:
        return len(self.shape) - 1

    def grow(self, length: int, fault_at: int | None, fault: str) -> None:
        for position in range(length):
            self.steps.append(self.faulty(fault) if position == fault_at else self.sound())

    def sound(self) -> Step:
        if self.rank == 0:
            return self.flat()
        options: list[Callable[[], Step]] = [self.convolution] * 4 + [self.pooling] * 2 + [self.normalization, self.activation]
        options += [self.flatten, self.collapse, self.enlarge, self.frame, self.frame, self.dense]
        options += [self.recurrent] * 3 if self.rank == 1 else [self.depthwise] * (self.rank == 2)
        options += [self.permute] + ([self.merge] if self.functional else [])
        return self.rng.choice(options)()

    def fit(self, most: int) -> tuple[int, ...]:
        sizes = self.shape[:-1]
        if self.rng.random() < 0.5:
            limit = most if self.rng.random() < 0.05 else max(1, min(most, *sizes))
            return (self.rng.randint(1, limit),) * self.rank
        return tuple(self.rng.randint(1, max(1, min(most, size))) for size in sizes)

    def moved(self, kernel: tuple[int, ...], stride: int, padding: str, channels: int, dilation: int = 1) -> None:
        sizes = (max(1, window(s, k, stride, padding, dilation)) for s, k in zip(self.shape[:-1], kernel))
        self.shape = (*sizes, channels)

    def options(self, stride: int, padding: str) -> str:
        text = f", strides={self.n(stride)}" if stride > 1 else ""
        return text + (f', padding="{padding}"' if padding != "valid" or self.rng.random() < 0.2 else "")

    def convolution(self, kernel: tuple[int, ...] | None = None) -> Step:
        rng, n, d = self.rng, self.n, self.rank
        padding = rng.choice(["valid", "valid", "same"]) if kernel is None else "valid"
        kernel = kernel or self.fit(5)
        width, stride, dilation = rng.randint(1, 8), rng.choice([1, 1, 1, 2, 3]), 1
        extra = rng.choice(["", "", f", activation={rng.choice(WORDS)}", ", use_bias=False"])
        if stride == 1 and rng.random() < 0.2 and all(s > 2 * (k - 1) for s, k in zip(self.shape, kernel)):
            dilation, extra = 2, extra + ", dilation_rate=2"
        if rng.random() < 0.1:
            width, extra = self.shape[-1] * 2, extra + f", groups={n(self.shape[-1])}"
        text = f"layers.Conv{d}D({n(width)}, {n.many(kernel)}{self.options(stride, padding)}{extra})"
        self.moved(kernel, stride, padding, width, dilation)
        return Step(text)

    def depthwise(self) -> Step:
        kernel, stride, padding = self.fit(4), self.rng.choice([1, 1, 2]), self.rng.choice(["valid", "same"])
        options = self.options(stride, padding)
        if self.rng.random() < 0.5:
            text, width = f"layers.DepthwiseConv2D({self.n.many(kernel)}{options})", self.shape[-1]
        else:
            width = self.rng.randint(1, 6)
            text = f"layers.SeparableConv2D({self.n(width)}, {self.n.many(kernel)}{options})"
        self.moved(kernel, stride, padding, width)
        return Step(text)

    def pooling(self, kernel: tuple[int, ...] | None = None) -> Step:
        rng, d = self.rng, self.rank
        padding = rng.choice(["valid", "valid", "same"]) if kernel is None else "valid"
        kernel = kernel or self.fit(3)
        stride = rng.choice([0, 0, 1, 2, 3])
        options = (f", strides={self.n(stride)}" if stride else "") + (f', padding="{padding}"' if padding == "same" else "")
        sizes = [window(s, k, stride or k, padding) for s, k in zip(self.shape[:-1], kernel)]
        self.shape = (*(max(1, size) for size in sizes), self.shape[-1])
        return Step(f"layers.{rng.choice(['MaxPooling', 'AveragePooling', 'MaxPool'])}{d}D({self.n.many(kernel)}{options})")

    def normalization(self) -> Step:
        kind = self.rng.choice(["BatchNormalization()", "LayerNormalization()", "GroupNormalization(groups=1)", "GroupNormalization(-1)"])
        return Step(f"layers.{kind}")

    def activation(self) -> Step:
        if self.functional and self.rng.random() < 0.3:
            return Step(None, self.rng.choice(["x * 0.5", "x + 1", "keras.ops.relu(x)", "-x"]))
        kinds = ["ReLU()", "LeakyReLU()", "Dropout(0.2)", f"Activation({self.rng.choice(WORDS)})", "Softmax()", "PReLU()"]
        return Step(f"layers.{self.rng.choice(kinds)}")

    def collapse(self) -> Step:
        if self.rng.random() < 0.3:
            self.shape = (*(1,) * self.rank, self.shape[-1])
            return Step(f"layers.GlobalMaxPooling{self.rank}D(keepdims=True)")
        kind, d = self.rng.choice(["Average", "Max"]), self.rank
        self.shape = self.shape[-1:]
        return Step(f"layers.Global{kind}Pooling{d}D()")

    def enlarge(self) -> Step:
        if max(self.shape[:-1]) > {1: 60, 2: 20, 3: 6}[self.rank]:
            return self.activation()
        d = self.rank
        if self.rng.random() < 0.5:
            self.shape = (*(2 * size for size in self.shape[:-1]), self.shape[-1])
            return Step(f"layers.UpSampling{d}D(2)")
        kernel, stride, width = self.rng.randint(1, 4), self.rng.randint(1, 3), self.rng.randint(1, 6)
        padding = self.rng.choice(["same", "valid"])
        beyond = max(kernel - stride, 0) if padding == "valid" else 0
        self.shape = (*(size * stride + beyond for size in self.shape[:-1]), width)
        return Step(f'layers.Conv{d}DTranspose({self.n(width)}, {self.n(kernel)}, strides={self.n(stride)}, padding="{padding}")')

    def frame(self) -> Step:
        amount, d = self.rng.randint(1, 2), self.rank
        if self.rng.random() < 0.5 or min(self.shape[:-1]) <= 2 * amount:
            self.shape = (*(size + 2 * amount for size in self.shape[:-1]), self.shape[-1])
            return Step(f"layers.ZeroPadding{d}D({self.n(amount)})")
        self.shape = (*(size - 2 * amount for size in self.shape[:-1]), self.shape[-1])
        return Step(f"layers.Cropping{d}D({self.n(amount)})")

    def dense(self) -> Step:
        width = self.rng.randint(1, 8)
        self.shape = (*self.shape[:-1], width)
        layer = f"layers.Dense({self.n(width)})"
        return Step(f"layers.TimeDistributed({layer})" if self.rng.random() < 0.2 and self.rank else layer)

    def recurrent(self) -> Step:
        rng, units = self.rng, self.rng.randint(1, 6)
        kept = rng.random() < 0.6
        layer = f"layers.{rng.choice(['LSTM', 'GRU', 'SimpleRNN'])}({self.n(units)}{', return_sequences=True' if kept else ''})"
        if rng.random() < 0.25:
            layer, units = f"layers.Bidirectional({layer})", 2 * units
        self.shape = (self.shape[0], units) if kept else (units,)
        return Step(layer)

    def flatten(self) -> Step:
        self.shape = (math.prod(self.shape),)
        return Step("layers.Flatten()")

    def permute(self) -> Step:
        order = list(range(1, len(self.shape) + 1))
        self.rng.shuffle(order)
        self.shape = tuple(self.shape[axis - 1] for axis in order)
        return Step(f"layers.Permute({tuple(order)})")

    def flat(self) -> Step:
        roll, total = self.rng.random(), self.shape[0]
        if roll < 0.2:
            return self.activation()
        if roll < 0.3:
            return Step(f"layers.{self.rng.choice(['BatchNormalization', 'LayerNormalization'])}()")
        if roll < 0.5 and total % 4 == 0:
            self.shape = self.rng.choice([(total // 4, 4), (2, 2, total // 4), (total // 2, 2)])
            shown = [self.n(size) for size in self.shape]
            if self.rng.random() < 0.3:
                shown[0] = "-1"
            return Step(f"layers.Reshape(({', '.join(shown)}))")
        if roll < 0.6:
            steps = self.rng.randint(1, 8)
            self.shape = (steps, total)
            return Step(f"layers.RepeatVector({self.n(steps)})")
        return self.dense()

    def merge(self, wrong: bool = False) -> Step:
        d, given = self.rank, self.shape[-1]
        kind = self.rng.choice(["Add", "Multiply", "Subtract", "Maximum", "Average", "Concatenate", "+"])
        width = given if kind != "Concatenate" else self.rng.randint(1, 4)
        kernel = self.rng.choice([2, 3]) if wrong else 1
        layer = f"layers.Conv{d}D({self.n(width)}, {kernel})"
        if kind == "Concatenate":
            self.shape = (*self.shape[:-1], given + width)
        if kind == "+":
            return Step(layer, "x + {f}(x)")
        return Step(layer, f"layers.{kind}()([x, {{f}}(x)])")

    def faulty(self, fault: str) -> Step:
        """A step with a mistake of the given kind where the shape allows it, otherwise of another kind."""
        rng = self.rng
        if fault == "reshape":
            return Step(f"layers.Reshape(({self.shape[0] + 1}, {rng.choice(['-1, 41', '37'])}))")
        if fault == "argument":
            return self.bad_argument()
        if self.rank == 0 or fault == "rank":
            return self.bad_rank()
        if fault == "merge" and self.functional:
            return self.merge(wrong=True)
        if fault == "crop":
            return Step(f"layers.Cropping{self.rank}D({self.n(max(self.shape[:-1]))})")
        if fault == "groups":
            return Step(f"layers.GroupNormalization(groups={self.shape[-1] + 1})")
        beyond = tuple(size + rng.choice([1, 1, 2, 5]) for size in self.shape[:-1])
        return self.pooling(beyond) if rng.random() < 0.4 else self.convolution(beyond)

    def bad_rank(self) -> Step:
        other = self.rank % 3 + 1
        kinds = [f"Conv{other}D(4, 1)", f"MaxPooling{other}D(1)", f"GlobalAveragePooling{other}D()", f"ZeroPadding{other}D(1)"]
        kinds += ["LSTM(4)"] * (self.rank != 1) + ["RepeatVector(3)"] * (self.rank > 0)
        return Step(f"layers.{self.rng.choice(kinds)}")

    def bad_argument(self) -> Step:
        d = max(1, self.rank)
        kinds = [f"Conv{d}D(0, 1)", f"Conv{d}D(4, 0)", f'Conv{d}D(4, 1, padding="full")', f"Conv{d}D(4, 3, strides=2, dilation_rate=2)"]
        kinds += [f"Conv{d}D(5, 1, groups=3)", f"Conv{d}D(4, (1, 1, 1, 1))", f"MaxPooling{d}D((2, 2, 2, 2))", "Permute((1, 3))"]
        return Step(f"layers.{self.rng.choice(kinds)}")


def sequential(chain: Chain) -> str:
    start = f"keras.Input({chain.start}),"
    layers = [start, *(f"{step.layer}," for step in chain.steps)]
    return f"model = keras.Sequential([\n{indented(layers, 1)}])\noutput = model.output_shape\n"


def added(chain: Chain) -> str:
    lines = ["model = keras.Sequential()", f"model.add(layers.Input(shape={chain.start}))"]
    lines += [f"model.add({step.layer})" for step in chain.steps]
    return indented([*lines, "output = model.output_shape"], 0)


def deferred(chain: Chain) -> str:
    layers = [f"{step.layer}," for step in chain.steps]
    built = f"model.build({(None, *chain.start)})\noutput = model.output_shape\n"
    return f"model = keras.Sequential([\n{indented(layers, 1)}])\n{built}"


def listed(chain: Chain) -> str:
    lines = [f"stack = [keras.Input({chain.start})]"]
    for step in chain.steps:
        lines.append(f"stack.append({step.layer})" if chain.rng.random() < 0.5 else f"stack += [{step.layer}]")
    return indented([*lines, "model = keras.Sequential(stack)", "output = model.output_shape"], 0)


def functional(chain: Chain) -> str:
    lines = [f"inputs = keras.Input(shape={chain.start})", "x = inputs"]
    lines += [f"x = {step.apply.format(f=step.layer)}" for step in chain.steps]
    return indented([*lines, "model = keras.Model(inputs, x)", "output = model.output_shape"], 0)


def held(chain: Chain) -> str:
    """Layers in variables, applied afterwards."""
    lines = [f"layer{i} = {step.layer}" for i, step in enumerate(chain.steps) if step.layer]
    lines += [f"inputs = keras.Input({chain.start})", "x = inputs"]
    lines += [f"x = {step.apply.format(f=f'layer{i}')}" for i, step in enumerate(chain.steps)]
    return indented([*lines, "model = keras.Model(inputs, x)", "output = model.output_shape"], 0)


def subclassed(chain: Chain) -> str:
    made = [f"self.layer{i} = {step.layer}" for i, step in enumerate(chain.steps) if step.layer]
    used = [f"x = {step.apply.format(f=f'self.layer{i}')}" for i, step in enumerate(chain.steps)]
    text = f"class Net(keras.Model):\n    def __init__(self):\n        super().__init__()\n{indented(made, 2)}"
    text += f"\n    def call(self, x):\n{indented(used, 2)}        return x\n\n\n"
    return text + f"model = Net()\noutput = model(keras.Input({chain.start}))\n"


def helpers(rng: random.Random) -> tuple[str, str]:
    """Functional blocks from helper functions; whether the sizes work out is left to chance."""
    side, channels = rng.randint(8, 24), rng.randint(1, 3)
    calls = [
        f"x = block(x, {rng.randint(2, 8)}, {rng.choice([1, 2, 3, 3, 5])}"
        + rng.choice(["", ", pool=True", ", strides=2", ', padding="same"', ', padding="same", pool=True'])
        + ")"
        for _ in range(rng.randint(2, 5))
    ]
    text = (
        "def block(x, filters, kernel_size, pool=False, **kwargs):\n"
        "    x = layers.Conv2D(filters, kernel_size, **kwargs)(x)\n"
        "    x = layers.BatchNormalization()(x)\n"
        f"    x = layers.{rng.choice(['ReLU()', 'Activation(keras.activations.relu)'])}(x)\n"
        "    if pool:\n"
        f"        x = layers.{rng.choice(['MaxPooling2D()', 'AveragePooling2D(3, 2)'])}(x)\n"
        "    return x\n\n\n"
        f"inputs = keras.Input(({side}, {side + 1}, {channels}))\nx = inputs\n"
    )
    text += indented([*calls, "x = layers.Flatten()(x)", "x = layers.Dense(3)(x)"], 0)
    return text + "model = keras.Model(inputs=inputs, outputs=x)\noutput = model.output_shape\n", "by chance"


def configured(rng: random.Random) -> tuple[str, str]:
    """A loop over a table of keyword arguments."""
    side = rng.randint(6, 30)
    rows = [
        {"filters": rng.randint(2, 8), "kernel_size": rng.choice([1, 3, 3, 5]), "padding": rng.choice(["valid", "same"])}
        for _ in range(rng.randint(2, 5))
    ]
    pools = [rng.choice([0, 2, 2, 3]) for _ in rows]
    text = "CONFIG = [\n" + indented([f"({row!r}, {pool})," for row, pool in zip(rows, pools)], 1) + "]\n\n"
    text += (
        "model = keras.Sequential()\n"
        f"model.add(keras.Input(shape=({side}, {side}, 3)))\n"
        "for options, pool in CONFIG:\n"
        "    model.add(layers.Conv2D(**options))\n"
        "    if pool:\n"
        "        model.add(layers.MaxPooling2D(pool))\n"
        f"model.add(layers.{rng.choice(['Flatten()', 'GlobalAveragePooling2D()', 'Conv2D(2, 2)'])})\n"
        "output = model.output_shape\n"
    )
    return text, "by chance"


PLAIN = {f.__name__: f for f in (sequential, added, deferred, listed)}
FUNCTIONAL = {f.__name__: f for f in (functional, held, subclassed)}
CHANCE = {f.__name__: f for f in (helpers, configured)}


def generate(seed: int) -> Program:
    """The program of a seed."""
    rng = random.Random(seed)
    idiom = rng.choice([*PLAIN, *FUNCTIONAL, *CHANCE])
    imports = IMPORTS[0]
    if idiom in CHANCE:
        text, fault = CHANCE[idiom](rng)
        return Program(imports + "\n" + text, idiom, fault)
    chain = Chain(rng, functional=idiom in FUNCTIONAL)
    length = rng.randint(3, 9)
    wrong = rng.random() < 0.5
    fault = rng.choice(FAULTS) if wrong else "none"
    chain.grow(length, rng.randrange(length) if wrong else None, fault)
    body = (PLAIN | FUNCTIONAL)[idiom](chain)
    return Program(imports + chain.n.definitions() + "\n" + body, idiom, fault)
