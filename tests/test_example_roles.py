"""Arguments of an example that are no numbers: the program tells by what it asks of them."""

from __future__ import annotations

import pytest

from dimlint import analyze

HEAD = """import torch
from dataclasses import dataclass, field
from typing import Literal
from torch import nn
class Base(nn.Module):
    def forward(self, x):
        return self.net(x)
"""
MODELS = {
    "len of what is kept": """
class Net(Base):
    def __init__(self, widths):
        super().__init__()
        self.widths = widths
        self.net = nn.Sequential(*(nn.Linear(self.widths[i - 1], self.widths[i]) for i in range(1, len(self.widths))))
""",
    "handed on to what takes a list": """
class Stack(Base):
    def __init__(self, first, widths):
        super().__init__()
        layers = []
        for width in widths:
            layers.append(nn.Linear(first, width))
            first = width
        self.net = nn.Sequential(*layers)
class Net(Base):
    def __init__(self, first, wide):
        super().__init__()
        self.net = Stack(first, wide)
""",
    "items of several items": """
class Net(Base):
    def __init__(self, settings):
        super().__init__()
        self.settings, layers, width = settings, [], 3
        for kernel, out in self.settings:
            layers.append(nn.Conv2d(width, out, kernel, padding="same"))
            width = out
        self.net = nn.Sequential(*layers)
""",
    "a list by its methods": """
class Net(Base):
    def __init__(self, widths):
        super().__init__()
        widths.reverse()
        self.net = nn.Sequential(*(nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])))
""",
    "attributes of what is kept": """
class Net(Base):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self._build()
    def _build(self):
        self.net = nn.Linear(self.config.width, self.config.out)
""",
    "attributes with attributes": """
class Net(Base):
    def __init__(self, config):
        super().__init__()
        self.net = nn.Sequential(*(nn.Linear(config.model.width, config.model.width) for _ in config.model.stages))
""",
    "settings by name": """
class Net(Base):
    def __init__(self, cfg):
        super().__init__()
        assert cfg["width"] % cfg["n_heads"] == 0
        self.net = nn.Linear(cfg["width"], cfg["width"] // cfg["n_heads"])
""",
    "settings by name beside a class": """
class Other(Base):
    expansion = 2
class Net(Base):
    def __init__(self, cfg):
        super().__init__()
        self.net = nn.Linear(cfg["width"], cfg["out"])
""",
    "settings that are added to": """
class Net(Base):
    def __init__(self, args):
        super().__init__()
        if args.small:
            args.width = 32
        else:
            args.width = 64
        if "bias" not in args:
            args.bias = False
        self.net = nn.Sequential(nn.Linear(args.width, 4, bias=args.bias), nn.Linear(4, args.width))
""",
    "a key": """
SIZES = {"tiny": (8, 16), "large": (64, 128)}
class Net(Base):
    def __init__(self, variant):
        super().__init__()
        self.net = nn.Linear(*SIZES[variant])
""",
    "one of several texts": """
class Net(Base):
    def __init__(self, width, norm):
        super().__init__()
        if norm == "layer":
            self.net = nn.LayerNorm(width)
        elif norm in ("batch", "group"):
            self.net = nn.BatchNorm1d(width)
        else:
            raise ValueError(norm)
""",
    "a part of a text": """
class Net(Base):
    def __init__(self, width, path):
        super().__init__()
        self.file = path + "/model.pt"
        self.net = nn.Linear(width, 3)
""",
    "a list by an assertion": """
class Net(Base):
    def __init__(self, widths, out):
        super().__init__()
        assert isinstance(widths, list)
        self.net = nn.Linear(sum(widths), out)
""",
    "a dictionary": """
class Net(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        self.classes = classes
        self.heads = nn.ModuleDict({name: nn.Linear(width, count) for name, count in self.classes.items()})
    def forward(self, x):
        return {name: head(x) for name, head in self.heads.items()}
""",
    "options": """
class Net(Base):
    def __init__(self, width, options):
        super().__init__()
        self.net = nn.Linear(width, 3, **options)
""",
    "a shape": """
class Net(Base):
    def __init__(self, obs_shape, actions):
        super().__init__()
        channels, (high, wide) = obs_shape[0], obs_shape[1:]
        self.net = nn.Sequential(nn.Conv2d(channels, 4, 3), nn.Flatten(), nn.Linear(4 * (high - 2) * (wide - 2), actions))
""",
    "lists of one length": """
class Net(Base):
    def __init__(self, widths, kernel_size, patch_size):
        super().__init__()
        layers, width = [], 3
        for i in range(len(widths)):
            layers.append(nn.Conv2d(width, widths[i], kernel_size[i], padding="same"))
            width = widths[i]
        self.net = nn.Sequential(*layers, nn.Conv2d(width, 4, patch_size[0], stride=patch_size[1]))
""",
    "a data class that is annotated": """
@dataclass
class Settings:
    width: int = 24
    stages: list = field(default_factory=lambda: [2, 2])
class Net(Base):
    def __init__(self, settings: Settings):
        super().__init__()
        self.net = nn.Sequential(*(nn.Linear(settings.width, settings.width) for n in settings.stages for _ in range(n)))
""",
    "a class by its attributes": """
class Other(Base):
    pass
class Basic(Base):
    expansion = 2
    def __init__(self, first, planes, stride=1, shortcut=None):
        super().__init__()
        self.net = nn.Conv2d(first, planes * self.expansion, 3, stride, 1)
        self.shortcut = shortcut
    def forward(self, x):
        return self.net(x) + (x if self.shortcut is None else self.shortcut(x))
class Net(Base):
    def __init__(self, block, layers, classes):
        super().__init__()
        self.first = 4
        self.net = nn.Sequential(nn.Conv2d(3, 4, 7, 2, 3), self._layer(block, 4, layers[0]), self._layer(block, 8, layers[1], 2),
                                 nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8 * block.expansion, classes))
    def _layer(self, block, planes, count, stride=1):
        shortcut = None
        if stride != 1 or self.first != planes * block.expansion:
            shortcut = nn.Conv2d(self.first, planes * block.expansion, 1, stride)
        parts = [block(self.first, planes, stride, shortcut)]
        self.first = planes * block.expansion
        parts += [block(self.first, planes) for _ in range(1, count)]
        return nn.Sequential(*parts)
""",
    "settings of any kind": """
class Settings(dict):
    def __getattr__(self, name):
        if name not in self:
            raise AttributeError(name)
        return self[name]
class Net(Base):
    def __init__(self, settings: Settings):
        super().__init__()
        self.net = nn.Linear(settings.width, settings.out)
""",
    "settings that are completed later": """
@dataclass
class Settings:
    width: int = 24
    vocab_size: int = -1
class Net(nn.Module):
    def __init__(self, settings: Settings):
        super().__init__()
        self.net = nn.Embedding(settings.vocab_size, settings.width)
        self.last = nn.Linear(settings.width, settings.vocab_size)
    def forward(self, x):
        return self.last(self.net(x))
""",
    "a value that is annotated": """
class Net(Base):
    def __init__(self, width, mode: Literal["reflect", "circular"]):
        super().__init__()
        self.net = nn.Conv2d(width, 3, 3, padding=1, padding_mode=mode)
""",
    "groups": """
class Net(Base):
    def __init__(self, heads, groups, width):
        super().__init__()
        assert heads % groups == 0 and width % heads == 0
        self.net = nn.Linear(width, width // heads * groups)
""",
}


@pytest.mark.parametrize("name", MODELS)
def test_an_argument_is_what_the_program_asks_for(name: str) -> None:
    report = analyze(HEAD + MODELS[name])
    assert not report.findings
    assert {model.name: model.status for model in report.models}["Net"] == "verified"


@pytest.mark.parametrize("name", MODELS)
def test_a_layer_that_does_not_fit_is_not_verified(name: str) -> None:
    broken = "nn.Sequential(nn.LazyLinear(6), nn.Linear(5, 2))"
    program = (HEAD + MODELS[name]).replace("self.net = nn", f"self.end = {broken}\n        self.net = nn", 1)
    program = program.replace("self.net = Stack", f"self.end = {broken}\n        self.net = Stack")
    program = program.replace("self.heads = nn", f"self.end = {broken}\n        self.heads = nn")
    program = program.replace("return self.net(x)", "return self.end(self.net(x))").replace("head(x)", "self.end(head(x))")
    program = program.replace("return self.last(self.net(x))", "return self.end(self.last(self.net(x)))")
    assert program.count("self.end") >= 2
    assert all(model.status != "verified" for model in analyze(program).models if model.name == "Net")


def test_what_goes_wrong_with_what_an_argument_turned_out_to_be_is_not_wrong() -> None:
    program = """
class Net(Base):
    def __init__(self, widths):
        super().__init__()
        self.widths = list(reversed(widths))
        second = 6 if len(self.widths) == 4 else 7
        self.net = nn.Sequential(nn.Linear(self.widths[0], 7), nn.Linear(second, 3))
"""
    report = analyze(HEAD + program)
    assert not report.findings
    assert [model.status for model in report.models if model.name == "Net"] == ["partial"]
