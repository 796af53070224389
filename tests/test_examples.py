"""Models that nobody builds, and of which open arguments leave something undecided: one example may show that they work."""

from __future__ import annotations

import pytest

from dimlint import analyze

HEAD = """import torch
from torch import nn
"""
MODELS = {
    "heads": """
class Net(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        assert dim % heads == 0
        self.heads, self.each = heads, dim // heads
        self.inner, self.outer = nn.Linear(dim, dim), nn.Linear(dim, dim)
    def forward(self, x):
        b, n, _ = x.shape
        q = self.inner(x).view(b, n, self.heads, self.each).transpose(1, 2)
        return self.outer((q @ q.transpose(-2, -1) @ q).transpose(1, 2).reshape(b, n, -1))
""",
    "depth": """
class Net(nn.Module):
    def __init__(self, dim, depth, drop):
        super().__init__()
        self.layers = nn.ModuleList([])
        for _ in range(depth):
            self.layers.append(nn.ModuleList([nn.Linear(dim, dim), nn.LayerNorm(dim), nn.Dropout(drop)]))
    def forward(self, x):
        for dense, norm, drop in self.layers:
            x = drop(norm(dense(x))) + x
        return x
""",
    "sizes": """
class Net(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.net = nn.Sequential(*(nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:])))
    def forward(self, x):
        return self.net(x)
""",
    "settings": """
class Net(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.width = int(config.dim * 0.5)
        self.dense, self.norm, self.drop = nn.Linear(config.dim, self.width), nn.LayerNorm(self.width), nn.Dropout(config.dropout)
        self.register_buffer("mask", torch.tril(torch.ones(config.size, config.size)))
    def forward(self, x):
        x = self.drop(self.norm(self.dense(x)))
        b, n, _ = x.shape
        return (x @ x.transpose(1, 2)).masked_fill(self.mask[:n, :n] == 0, 0.0)
""",
    "given": """
class Net(nn.Module):
    def __init__(self, dim, fn):
        super().__init__()
        self.norm, self.fn, self.heads = nn.LayerNorm([dim]), fn, dim // fn.num_heads
    def forward(self, x, **kwargs):
        b, n, _ = x.shape
        return x + self.fn(self.norm(x), **kwargs).view(b, n, -1, self.heads).flatten(2)
""",
    "factory": """
from typing import Callable, Optional
class Net(nn.Module):
    def __init__(self, dim: int, act, norm: Callable[..., nn.Module], last: Optional[nn.Module]):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(dim, dim // 2), norm(dim // 2), act(), last)
        self.parts = nn.ModuleList(norm(dim) for _ in range(dim))
    def forward(self, x):
        return self.net(x)
""",
}


@pytest.mark.parametrize("name", MODELS)
def test_an_example_shows_that_a_model_works(name: str) -> None:
    report = analyze(HEAD + MODELS[name])
    assert not report.findings
    assert [(model.name, model.status) for model in report.models] == [("Net", "verified")]


ENCODER = """
import copy
class Dense(nn.Module):
    def __init__(self, dim: int, hidden: int):
        super().__init__()
        self.inner, self.outer = nn.Linear(dim, hidden), nn.Linear(hidden, dim)
    def forward(self, x):
        return self.outer(self.inner(x))
class Block(nn.Module):
    def __init__(self, *, dim: int, dense: Dense, second: "Dense" = None, drop: float):
        super().__init__()
        self.dim, self.dense, self.second, self.drop, self.norm = dim, dense, second, nn.Dropout(drop), nn.LayerNorm([dim])
    def forward(self, *, x, y=None):
        x = x + self.drop(self.dense(self.norm(x)))
        return x if y is None else x + self.second(y)
class Net(nn.Module):
    def __init__(self, block: Block, depth: int):
        super().__init__()
        self.blocks = nn.ModuleList([copy.deepcopy(block) for _ in range(depth)])
        self.norm = nn.LayerNorm([block.dim])
    def forward(self, x, y):
        for block in self.blocks:
            x = block(x=x, y=y)
        return self.norm(x)
"""


def test_a_part_that_is_given_is_of_the_class_that_its_annotation_names() -> None:
    report = analyze(HEAD + ENCODER)
    assert not report.findings
    assert sorted((model.name, model.status) for model in report.models) == [(name, "verified") for name in ("Block", "Dense", "Net")]


def test_a_part_that_does_not_fit_shows_nothing() -> None:
    report = analyze(HEAD + ENCODER.replace("nn.Linear(hidden, dim)", "nn.Linear(hidden, 3)"))
    assert not report.findings
    assert {model.name: model.status for model in report.models} == {"Block": "partial", "Dense": "verified", "Net": "partial"}


def test_settings_in_a_list_are_of_the_class_that_is_annotated() -> None:
    program = """
from typing import List
class Setting:
    def __init__(self, dim: int, depth: int, kernel: int):
        self.dim, self.depth, self.kernel = dim, depth, kernel
class Net(nn.Module):
    def __init__(self, settings: List[Setting]):
        super().__init__()
        if not all(isinstance(setting, Setting) for setting in settings):
            raise TypeError("settings are needed")
        layers = [nn.Conv1d(setting.dim, setting.dim, setting.kernel, padding=1) for setting in settings for _ in range(setting.depth)]
        self.net = nn.Sequential(*layers)
    def forward(self, x):
        return x + self.net(x)
"""
    assert [model.status for model in analyze(HEAD + program).models] == ["verified"]
    wrong = analyze(HEAD + program.replace("padding=1", "padding=2"))
    assert not wrong.findings
    assert [model.status for model in wrong.models] == ["partial"]


def test_an_input_of_an_unlikely_rank_is_not_the_only_one_that_is_tried() -> None:
    program = """
class Net(nn.Module):
    def __init__(self, channels: int, stride: int):
        super().__init__()
        if not 1 <= stride <= 3:
            raise ValueError("illegal stride")
        self.net = nn.Sequential(nn.Conv2d(channels // 2, channels // 2, 3, stride, 1), nn.BatchNorm2d(channels // 2))
    def forward(self, x):
        left, right = x.chunk(2, dim=1)
        return torch.cat((left, self.net(right)), dim=1)
"""
    assert [model.status for model in analyze(HEAD + program).models] == ["verified"]


def test_sizes_in_a_list() -> None:
    program = """
class Net(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dense, self.norm = nn.Linear(4, dim), nn.LayerNorm([dim])
    def forward(self, x):
        return self.norm(self.dense(x))
"""
    assert [model.status for model in analyze(HEAD + program).models] == ["verified"]
    wrong = analyze(HEAD + program.replace("[dim]", "[dim + 1]"))
    assert [finding.rule for finding in wrong.findings] == ["feature-mismatch"]


def test_what_goes_wrong_with_an_example_is_not_wrong() -> None:
    program = """
class Net(nn.Module):
    def __init__(self, dim, half):
        super().__init__()
        self.net = nn.Sequential(*(nn.Linear(dim, 3 * half) for _ in range(dim)))
    def forward(self, x):
        return self.net(x)
"""
    report = analyze(HEAD + program)
    assert not report.findings
    assert [model.status for model in report.models] == ["partial"]


def test_what_is_wrong_for_all_arguments_stays_wrong() -> None:
    program = MODELS["depth"].replace("nn.LayerNorm(dim)", "nn.Linear(dim + 1, dim)").replace("range(depth)", "range(2)")
    assert [finding.rule for finding in analyze(HEAD + program).findings] == ["feature-mismatch"]


PLACED = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.place = nn.Parameter(torch.randn(1, 17, 8))
        self.dense = nn.Linear(4, 8)
    def forward(self, x):
        x = self.dense(x)
"""


def test_a_part_as_long_as_an_open_size() -> None:
    program = PLACED + "        return x + self.place[:, :x.shape[1]]\n"
    report = analyze(HEAD + program)
    assert not report.findings
    assert [model.status for model in report.models] == ["verified"]


def test_parts_that_an_example_does_not_use_are_not_built_for_it() -> None:
    program = """
class Windows(nn.Module):
    def __init__(self, room, window):
        super().__init__()
        self.net = nn.Conv2d(3, 3, (room, window + 9))
    def forward(self, x):
        return self.net(x.view(1, 3, 16, 16))
class Net(nn.Module):
    def __init__(self, dim, depth, window):
        super().__init__()
        self.net = nn.Sequential(*(nn.Linear(dim, dim) for _ in range(depth)))
        self.spare = Windows(dim, window)
    def forward(self, x):
        return self.net(x)
"""
    report = analyze(HEAD + program)
    assert not report.findings
    assert [(model.name, model.status) for model in report.models] == [("Windows", "verified"), ("Net", "verified")]


def test_an_example_that_applies_no_layer_shows_nothing() -> None:
    program = """
class Net(nn.Module):
    def __init__(self, inside, depth):
        super().__init__()
        self.inside = inside
        if inside == 2:
            self.net = nn.Sequential(*(nn.Linear(inside, 3) for _ in range(depth)))
    def forward(self, x):
        if self.inside == 2:
            return self.net(x)
"""
    assert [model.status for model in analyze(HEAD + program).models] == ["partial"]


def test_parts_of_open_channels() -> None:
    program = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv2d(1, 8, 3), nn.Conv2d(2, 8, 3)
    def forward(self, x):
        return self.one(x[:, 0:1]) + self.one(x[:, 1:2]) + self.two(x[:, 2:])
"""
    report = analyze(HEAD + program)
    assert not report.findings
    assert [model.status for model in report.models] == ["verified"]


def test_parts_that_no_number_of_channels_has() -> None:
    program = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
    def forward(self, x):
        return self.conv(x[:, 1:3])
"""
    assert len(analyze(HEAD + program).findings) == 1


def test_what_is_added_in_place() -> None:
    program = PLACED + "        x += self.place[:, :x.shape[1]]\n        return x\n"
    report = analyze(HEAD + program)
    assert not report.findings
    assert [model.status for model in report.models] == ["verified"]
    wrong = program.replace("[:, :x.shape[1]]", "") + "Net()(torch.zeros(2, 1, 4))\n"
    assert [finding.rule for finding in analyze(HEAD + wrong).findings] == ["merge-mismatch"]


SQUARE = """
import math
class Net(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dense, self.conv = nn.Linear(dim, 6), nn.Conv2d(6, 4, 3, padding=1)
    def forward(self, x):
        x = self.dense(x)
        b, n, c = x.shape
        side = int(math.sqrt(n))
        return self.conv(x.transpose(1, 2).reshape(b, c, side, side)).flatten(2)
"""


def test_inputs_of_an_example_show_that_a_model_works() -> None:
    report = analyze(HEAD + SQUARE)
    assert not report.findings
    assert [model.status for model in report.models] == ["verified"]


def test_the_sizes_of_an_example_are_no_sizes_of_the_model() -> None:
    report = analyze(HEAD + SQUARE.replace("self, dim", "self").replace("Linear(dim", "Linear(5"))
    assert [(model.status, model.input_shapes, model.output_shape) for model in report.models] == [
        ("verified", ((None, None, 5),), [None, 4, None])
    ]


@pytest.mark.parametrize("change", [("nn.Conv2d(6", "nn.Conv2d(7"), ("b, c, side, side", "b, c, side, side, side")])
def test_what_goes_wrong_with_inputs_of_an_example_is_not_verified(change: tuple[str, str]) -> None:
    report = analyze(HEAD + SQUARE.replace(*change))
    assert all(model.status != "verified" for model in report.models)


def test_what_is_wrong_with_some_inputs_only_is_not_wrong() -> None:
    program = SQUARE.replace("return", "assert side > 1000\n        return")
    report = analyze(HEAD + program)
    assert not report.findings
    assert [model.status for model in report.models] == ["partial"]


def test_sizes_of_an_example_meet_what_is_asked_of_them() -> None:
    program = SQUARE.replace("= self.dense(x)", "= self.dense(x) + self.place")
    program = program.replace("super().__init__()", "super().__init__(); self.place = nn.Parameter(torch.zeros(1, 49, 6))")
    report = analyze(HEAD + program)
    assert not report.findings
    assert [model.status for model in report.models] == ["verified"]


ATTENTION = """
class Net(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v = nn.Linear(dim, dim), nn.Linear(dim, dim), nn.Linear(dim, dim)
    def split(self, x):
        b, n, c = x.shape
        return x.reshape(b, n, self.heads, c // self.heads).transpose(1, 2)
    def forward(self, *, query, key, value, mask=None):
        q, k, v = self.split(self.q(query)), self.split(self.k(key)), self.split(self.v(value))
        return q @ k.transpose(-2, -1) @ v
"""


@pytest.mark.parametrize("change", [("", ""), ("q, k, v =", "assert mask is not None\n        q, k, v =")])
def test_several_inputs_of_one_rank(change: tuple[str, str]) -> None:
    report = analyze(HEAD + ATTENTION.replace(*change))
    assert not report.findings
    assert [model.status for model in report.models] == ["verified"]


def test_several_inputs_of_one_rank_that_do_not_fit() -> None:
    report = analyze(HEAD + ATTENTION.replace("@ v", "@ k"))
    assert not report.findings
    assert [model.status for model in report.models] == ["verified"]
    report = analyze(HEAD + ATTENTION.replace("@ v", "@ self.q(v.flatten(2)[..., :3])"))
    assert [model.status for model in report.models] != ["verified"]


def test_an_input_that_is_a_dictionary_of_tensors() -> None:
    program = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv2d(8, 4, 1), nn.Linear(3, 4)
    def forward(self, batch):
        return self.one(batch["image"]).mean((2, 3)) + self.two(batch["text"]["mean"])
"""
    report = analyze(HEAD + program)
    assert not report.findings
    assert [model.status for model in report.models] == ["verified"]
    wrong = analyze(HEAD + program.replace("Linear(3, 4)", "Linear(3, 5)"))
    assert [finding.rule for finding in wrong.findings] == ["merge-mismatch"]
