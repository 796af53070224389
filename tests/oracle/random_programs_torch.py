"""Random PyTorch programs: chains of 3 to 10 layers in several idioms, about half of them wrong.

The generator keeps its own account of the shape, well enough to choose sizes that mostly fit; what torch says when the
program runs is the truth. Every text ends in ``output = model(...)``.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.oracle.program_text import Numbers, Program, Step, indented

IMPORTS = "from collections import OrderedDict\n\nimport torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n"
FAULTS = ("nonpositive", "channels", "features", "rank", "merge", "reshape", "argument")
ACTIVATIONS = ("nn.ReLU()", "nn.LeakyReLU(0.2)", "nn.GELU()", "nn.Dropout(0.1)", "nn.Identity()", "nn.ELU(inplace=True)")


def window(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Number of positions of a window."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


class Chain:
    """Grows a chain of steps. shape: of ``x`` without the batch axis, channels first (features last after ``tokens``)."""

    def __init__(self, rng: random.Random, *, functional: bool) -> None:
        self.rng = rng
        self.n = Numbers(rng)
        self.functional = functional
        self.rank = rng.choice([1, 1, 2, 2, 2, 2, 3])
        largest = {1: 40, 2: 24, 3: 10}[self.rank]
        self.shape: tuple[int, ...] = (rng.randint(1, 4), *(rng.randint(largest // 2, largest) for _ in range(self.rank)))
        self.start = self.shape
        self.tokens = functional and self.rank == 1 and rng.random() < 0.5
        self.steps: list[Step] = []

    def grow(self, length: int, fault_at: int | None, fault: str) -> None:
        for position in range(length):
            step = self.faulty(fault) if position == fault_at else self.sound()
            self.steps.append(step)

    def sound(self) -> Step:
        if len(self.shape) == 1:
            return self.flat()
        if self.tokens:
            return self.sequence()
        options: list[Callable[[], Step]] = [self.convolution] * 4 + [self.pooling] * 2 + [self.normalization, self.activation]
        options += [self.flatten, self.adaptive, self.enlarge]
        if self.functional:
            options += [self.merge] + ([self.to_tokens] * 2 if self.rank == 1 else [])
        return self.rng.choice(options)()

    def fit(self, most: int, *, careless: float = 0.05) -> tuple[int, ...]:
        """A kernel of at most ``most`` that fits the map, now and then carelessly chosen."""
        sizes = self.shape[1:]
        if self.rng.random() < 0.5:
            limit = most if self.rng.random() < careless else max(1, min(most, *sizes))
            return (self.rng.randint(1, limit),) * self.rank
        return tuple(self.rng.randint(1, max(1, min(most, size))) for size in sizes)

    def slid(self, kernel: tuple[int, ...], stride: int, padding: int = 0, dilation: int = 1) -> tuple[int, ...]:
        return tuple(max(1, window(s, k, stride, padding, dilation)) for s, k in zip(self.shape[1:], kernel))

    def convolution(self, kernel: tuple[int, ...] | None = None, channels: int | None = None, extra: str = "") -> Step:
        rng, n = self.rng, self.n
        kernel = kernel or self.fit(5)
        given = self.shape[0] if channels is None else channels
        width, stride, padding = rng.randint(1, 8), rng.choice([1, 1, 1, 2, 3]), rng.choice([0, 0, 1, 2])
        options = (f", stride={n(stride)}" if stride > 1 else "") + (f", padding={n(padding)}" if padding else "")
        dilation, groups = 1, 1
        if rng.random() < 0.15 and all(s + 2 * padding > 2 * (k - 1) for s, k in zip(self.shape[1:], kernel)):
            dilation, options = 2, options + ", dilation=2"
        if rng.random() < 0.15:
            groups, width, options = given, given * rng.randint(1, 2), options + f", groups={n(given)}"
        self.shape = (width, *self.slid(kernel, stride, padding, dilation))
        if self.functional and rng.random() < 0.3:
            weight = ", ".join(map(str, (width, given // groups, *kernel)))
            return Step(None, f"F.conv{self.rank}d(x, torch.randn({weight}){options}{extra})")
        bias = ", bias=False" if rng.random() < 0.2 else ""
        return Step(f"nn.Conv{self.rank}d({n(given)}, {n(width)}, {n.many(kernel)}{options}{bias}{extra})")

    def pooling(self, kernel: tuple[int, ...] | None = None, extra: str = "") -> Step:
        rng, n = self.rng, self.n
        kernel = kernel or self.fit(3)
        stride = rng.choice([0, 0, 1, 2, 3])
        options = f", {n(stride)}" if stride else ""
        padding = 1 if min(kernel) > 1 and rng.random() < 0.2 else 0
        options += ", padding=1" if padding else ""
        sizes = self.shape[1:]
        out = [window(s, k, stride or k, padding) for s, k in zip(sizes, kernel)]
        self.shape = (self.shape[0], *(max(1, size) for size in out))
        kind = rng.choice(["Max", "Avg"])
        if self.functional and rng.random() < 0.3:
            return Step(None, f"F.{kind.lower()}_pool{self.rank}d(x, {n.many(kernel)}{options}{extra})")
        return Step(f"nn.{kind}Pool{self.rank}d({n.many(kernel)}{options}{extra})")

    def normalization(self, channels: int | None = None) -> Step:
        width = self.n(self.shape[0] if channels is None else channels)
        roll = self.rng.random()
        if roll < 0.7 or channels is not None:
            return Step(f"nn.BatchNorm{self.rank}d({width})")
        if roll < 0.85:
            return Step(f"nn.GroupNorm(1, {width})")
        return Step(f"nn.LayerNorm([{', '.join(map(self.n, self.shape))}])")

    def activation(self) -> Step:
        if self.functional and self.rng.random() < 0.5:
            return Step(None, self.rng.choice(["F.relu(x)", "torch.tanh(x)", "x.sigmoid()", "F.dropout(x, 0.2)", "x * 0.5 + 1", "-x"]))
        return Step(self.rng.choice(ACTIVATIONS))

    def adaptive(self) -> Step:
        size = self.rng.randint(1, 4)
        self.shape = (self.shape[0], *(size,) * self.rank)
        return Step(f"nn.Adaptive{self.rng.choice(['Avg', 'Max'])}Pool{self.rank}d({self.n(size)})")

    def enlarge(self) -> Step:
        if max(self.shape[1:]) > {1: 60, 2: 20, 3: 6}[self.rank]:
            return self.activation()
        if self.rng.random() < 0.5:
            self.shape = (self.shape[0], *(2 * size for size in self.shape[1:]))
            return Step("nn.Upsample(scale_factor=2)")
        kernel, stride, width, given = self.rng.randint(2, 4), self.rng.randint(1, 2), self.rng.randint(1, 6), self.shape[0]
        self.shape = (width, *((size - 1) * stride + kernel for size in self.shape[1:]))
        return Step(f"nn.ConvTranspose{self.rank}d({self.n(given)}, {self.n(width)}, {self.n(kernel)}, stride={stride})")

    def flatten(self) -> Step:
        total = 1
        for size in self.shape:
            total *= size
        forms = ["torch.flatten(x, 1)", "x.flatten(1)", "x.reshape(x.shape[0], -1)"]
        if not self.tokens:  # a permuted tensor, like a recurrent layer's, has no view: a matter of layout, not of shape
            forms += ["x.view(x.size(0), -1)", f"x.view(-1, {self.n(total)})"]
        self.shape, self.tokens = (total,), False
        return Step(None, self.rng.choice(forms)) if self.functional else Step("nn.Flatten()")

    def flat(self, features: int | None = None) -> Step:
        rng, n = self.rng, self.n
        given = self.shape[0] if features is None else features
        roll = rng.random()
        if features is None and roll < 0.2:
            return self.activation()
        if features is None and roll < 0.35:
            return Step(f"nn.{rng.choice(['BatchNorm1d', 'LayerNorm'])}({n(given)})")
        if features is None and roll < 0.45 and given % 4 == 0:
            self.rank, self.shape = 2, (given // 4, 2, 2)
            form = Step(None, f"x.view(-1, {n(given // 4)}, 2, 2)") if self.functional else None
            return form or Step(f"nn.Unflatten(1, ({n(given // 4)}, 2, 2))")
        width = rng.randint(2, 16)
        self.shape = (width,)
        return Step(f"nn.Linear({n(given)}, {n(width)})")

    def to_tokens(self) -> Step:
        self.shape, self.tokens = (self.shape[1], self.shape[0]), True
        return Step(None, self.rng.choice(["x.permute(0, 2, 1)", "x.transpose(1, 2)", "x.mT"]))

    def sequence(self, features: int | None = None) -> Step:
        rng, n = self.rng, self.n
        steps, given = self.shape
        given = given if features is None else features
        roll = rng.random()
        width = rng.randint(2, 8)
        if roll < 0.4:
            self.shape = (steps, width)
            return Step(f"nn.{rng.choice(['LSTM', 'GRU', 'RNN'])}({n(given)}, {n(width)}, batch_first=True)", "{f}(x)[0]")
        if roll < 0.7 or features is not None:
            self.shape = (steps, width)
            return Step(f"nn.Linear({n(given)}, {n(width)})")
        if roll < 0.8:
            return Step(f"nn.LayerNorm({n(given)})")
        if roll < 0.9:
            self.shape, self.tokens = (self.shape[1],), False
            return Step(None, rng.choice(["x.mean(1)", "x[:, -1]", "x.mean(dim=1)", "x[:, 0, :]"]))
        return self.flatten()

    def merge(self, wrong: bool = False) -> Step:
        given = self.shape[0]
        kind = self.rng.choice(["add", "cat", "mul"])
        kernel = self.rng.choice([2, 3]) if wrong else 1
        width = given if kind != "cat" else self.rng.randint(1, 4)
        layer = f"nn.Conv{self.rank}d({self.n(given)}, {self.n(width)}, {kernel})"
        self.shape = (given + width, *self.shape[1:]) if kind == "cat" else self.shape
        return Step(layer, {"add": "x + {f}(x)", "cat": "torch.cat([x, {f}(x)], dim=1)", "mul": "{f}(x) * x"}[kind])

    def faulty(self, fault: str) -> Step:
        """A step with a mistake of the given kind where the shape allows it, otherwise of the nearest kind."""
        rng = self.rng
        if len(self.shape) == 1 or self.tokens:
            return self.faulty_features(fault)
        if fault == "channels":
            wrong = self.shape[0] + rng.choice([1, 2, 3])
            return self.convolution(channels=wrong) if rng.random() < 0.6 else self.normalization(channels=wrong)
        if fault == "features":
            total = self.flatten()
            self.steps.append(total)
            return self.flat(features=self.shape[0] + rng.choice([1, 8, -1]) or 2)
        if fault == "rank":
            other = self.rank % 3 + 1
            layers = [f"nn.Conv{other}d({self.shape[0]}, 2, 1)", f"nn.MaxPool{self.rank + 2 if self.rank == 1 else 1}d(1)"]
            return Step(rng.choice([*layers, f"nn.BatchNorm{other}d({self.shape[0]})"]))
        if fault == "merge" and self.functional:
            return self.merge(wrong=True)
        if fault == "reshape":
            return self.bad_reshape()
        return self.bad_argument() if fault == "argument" else self.too_large()

    def too_large(self) -> Step:
        beyond = tuple(size + self.rng.choice([1, 1, 2, 5]) for size in self.shape[1:])
        kernel = beyond if self.rng.random() < 0.5 else (max(beyond) + 4,) * self.rank
        return self.pooling(kernel) if self.rng.random() < 0.4 else self.convolution(kernel)

    def bad_reshape(self) -> Step:
        total = self.n(max(2, self.shape[0] + 1))
        if self.functional:
            return Step(None, self.rng.choice([f"x.view(-1, {total}, 37)", f"x.reshape(2, {total}, -1, 41)"]))
        return Step(f"nn.Unflatten(1, ({total}, 3))")

    def bad_argument(self) -> Step:
        d, c = self.rank, self.shape[0]
        return Step(
            self.rng.choice(
                [
                    f"nn.Conv{d}d({c}, {c + 1}, 1, groups={c + 2})",
                    f"nn.Conv{d}d({c}, 4, 3, stride=2, padding='same')",
                    f"nn.MaxPool{d}d(2, padding=2)",
                    f"nn.Conv{d}d({c}, 4, 1, padding_mode='mirror')",
                    f"nn.GroupNorm(3, {3 * c + 1})",
                    f"nn.Conv{d}d({c}, 4, 1, stride=0)",
                    f"nn.AvgPool{d}d(3, padding=2)",
                ]
            )
        )

    def faulty_features(self, fault: str) -> Step:
        wrong = self.shape[-1] + self.rng.choice([1, 2, 7])
        if self.tokens and fault != "rank":
            return self.sequence(features=wrong)
        if fault == "rank" and not self.tokens:
            return Step(self.rng.choice(["nn.Conv2d(3, 4, 1)", "nn.MaxPool2d(1)", f"nn.BatchNorm2d({self.shape[0]})"]))
        if fault == "reshape" and self.functional:
            return Step(None, f"x.view(-1, {self.shape[0] + 1}, 3)")
        return self.flat(features=wrong) if not self.tokens else Step("nn.MaxPool2d(9)")


def ending(chain: Chain) -> str:
    sizes = ", ".join(map(str, (2, *chain.start)))
    return f"output = model(torch.randn({sizes}))\n"


def sequential(chain: Chain) -> str:
    layers = [f"{step.layer}," for step in chain.steps]
    return f"model = nn.Sequential(\n{indented(layers, 1)})\n"


def ordered(chain: Chain) -> str:
    layers = [f'("part{i}", {step.layer}),' for i, step in enumerate(chain.steps)]
    return f"model = nn.Sequential(OrderedDict([\n{indented(layers, 1)}]))\n"


def appended(chain: Chain) -> str:
    rng = chain.rng
    lines = ["model = nn.Sequential()"]
    lines += [
        f"model.append({step.layer})" if rng.random() < 0.6 else f'model.add_module("m{i}", {step.layer})'
        for i, step in enumerate(chain.steps)
    ]
    return indented(lines, 0)


def listed(chain: Chain) -> str:
    lines = ["layers = []"]
    for step in chain.steps:
        lines.append(f"layers.append({step.layer})" if chain.rng.random() < 0.5 else f"layers += [{step.layer}]")
    return indented([*lines, "model = nn.Sequential(*layers)"], 0)


def attributes(chain: Chain) -> str:
    made = [f"self.layer{i} = {step.layer}" for i, step in enumerate(chain.steps) if step.layer]
    used = [f"x = {step.apply.format(f=f'self.layer{i}')}" for i, step in enumerate(chain.steps)]
    return module(made, used)


def module_list(chain: Chain) -> str:
    made = ["self.layers = nn.ModuleList([", *(f"    {step.layer}," for step in chain.steps), "])"]
    return module(made, ["for layer in self.layers:", "    x = layer(x)"])


def stages(chain: Chain) -> str:
    middle = len(chain.steps) // 2
    made = ["self.features = nn.Sequential(", *(f"    {step.layer}," for step in chain.steps[:middle]), ")"]
    made += ["self.head = nn.Sequential(", *(f"    {step.layer}," for step in chain.steps[middle:]), ")"]
    return module(made, ["x = self.features(x)", "x = self.head(x)"])


def module(made: list[str], used: list[str]) -> str:
    header = "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    forward = f"\n    def forward(self, x):\n{indented(used, 2)}        return x\n\n\nmodel = Net()\n"
    return header + indented(made, 2) + forward


def blocks(rng: random.Random) -> tuple[str, str]:
    """Helper functions that make blocks; whether the sizes work out is left to chance. Returns text and fault."""
    channels, side = rng.randint(1, 4), rng.randint(14, 30)
    forgetful = rng.random() < 0.15
    calls, start = [], channels
    for _ in range(rng.randint(2, 4)):
        width, kernel = rng.randint(2, 8), rng.choice([1, 2, 3, 3, 5])
        options = rng.choice(["", ", pool=True", ", stride=2", ", padding=1", ", stride=2, pool=True"])
        calls.append(f"block({channels}, {width}, {kernel}{options}),")
        channels = width if not forgetful else channels
    text = (
        "def block(cin, cout, kernel_size, pool=False, **kwargs):\n"
        "    layers = [\n"
        "        nn.Conv2d(cin, cout, kernel_size, **kwargs),\n"
        f"        nn.BatchNorm2d({rng.choice(['cout'] * 8 + ['cin'])}),\n"
        "        nn.ReLU(),\n"
        "    ]\n"
        "    if pool:\n"
        "        layers.append(nn.MaxPool2d(2))\n"
        "    return nn.Sequential(*layers)\n\n\n"
    )
    tail = ["nn.AdaptiveAvgPool2d(1),", "nn.Flatten(),", f"nn.Linear({channels}, 3),"] if rng.random() < 0.5 else []
    text += f"model = nn.Sequential(\n{indented(calls + tail, 1)})\noutput = model(torch.randn(2, {start}, {side}, {side - 1}))\n"
    return text, "by chance"


def configured(rng: random.Random) -> tuple[str, str]:
    """VGG-like lists of widths and letters."""
    side, channels = rng.choice([8, 12, 16, 20, 32]), rng.randint(1, 3)
    cfg: list[object] = []
    for _ in range(rng.randint(2, 5)):
        cfg.append(rng.randint(2, 8))
        cfg += rng.choice([[], ["M"], ["M"], ["A"], ["B"]])
    padding, kernel = rng.choice([(0, 3), (1, 3), (0, 5), (2, 5), (1, 4)])
    carry = "" if rng.random() < 0.15 else "            channels = item\n"
    text = (
        f"cfg = {cfg!r}\n\n\n"
        f"def make_layers(cfg, channels={channels}, kernel_size={kernel}):\n"
        "    layers = []\n"
        "    for item in cfg:\n"
        '        if item == "M":\n'
        "            layers.append(nn.MaxPool2d(kernel_size=2, stride=2))\n"
        '        elif item == "A":\n'
        "            layers += [nn.AvgPool2d(3, stride=2)]\n"
        '        elif item == "B":\n'
        "            layers.append(nn.BatchNorm2d(channels))\n"
        "        else:\n"
        f"            layers += [nn.Conv2d(channels, item, kernel_size, padding={padding}), nn.ReLU(inplace=True)]\n"
        f"{carry}"
        "    return nn.Sequential(*layers)\n\n\n"
        f"model = make_layers(cfg)\noutput = model(torch.randn(2, {channels}, {side}, {side}))\n"
    )
    return text, "by chance"


PLAIN = {f.__name__: f for f in (sequential, ordered, appended, listed, module_list, stages)}
FUNCTIONAL = {"attributes": attributes}
CHANCE = {f.__name__: f for f in (blocks, configured)}


def generate(seed: int) -> Program:
    """The program of a seed."""
    rng = random.Random(seed)
    idiom = rng.choice([*PLAIN, *FUNCTIONAL, *FUNCTIONAL, *FUNCTIONAL, *CHANCE])
    if idiom in CHANCE:
        text, fault = CHANCE[idiom](rng)
        return Program(IMPORTS + text, idiom, fault)
    chain = Chain(rng, functional=idiom in FUNCTIONAL)
    length = rng.randint(3, 9)
    wrong = rng.random() < 0.5
    fault = rng.choice(FAULTS) if wrong else "none"
    chain.grow(length, rng.randrange(length) if wrong else None, fault)
    body = (PLAIN | FUNCTIONAL)[idiom](chain)
    return Program(IMPORTS + chain.n.definitions() + "\n" + body + ending(chain), idiom, fault)
