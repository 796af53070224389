"""torchvision itself is what dimlint knows of ``torchvision.ops``: its own verdict on the fixture, and its sources read by dimlint."""

from __future__ import annotations

from pathlib import Path

import pytest

from dimlint import analyze
from dimlint.config import Config
from dimlint.summary import summarize
from tests.expectations import Fixture, fixtures
from tests.oracle.test_fixtures_run import in_child, require_agreement

pytestmark = pytest.mark.zoo
HEAD = """
from collections import OrderedDict
from functools import partial

import torch
from torch import nn
from torchvision.ops import (
    MLP, Conv2dNormActivation, Conv3dNormActivation, DropBlock2d, DropBlock3d, FeaturePyramidNetwork, FrozenBatchNorm2d, Permute,
    SqueezeExcitation, StochasticDepth,
)
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool, LastLevelP6P7
from torchvision.ops.misc import ConvNormActivation


class Net(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x)


"""
BLOCKS = [
    ("Conv2dNormActivation(3, 8)", (2, 3, 16, 16)),
    ("Conv2dNormActivation(3, 8, 5, 2, groups=1, norm_layer=None, dilation=2)", (2, 3, 16, 16)),
    ("Conv2dNormActivation(4, 8, [1, 7], (1, 2), groups=2, norm_layer=partial(nn.GroupNorm, 2), activation_layer=nn.SiLU)", (2, 4, 16, 16)),
    ("Conv2dNormActivation(3, 8, 3, dilation=(1, 2), inplace=None, activation_layer=nn.Sigmoid)", (2, 3, 16, 16)),
    ("Conv2dNormActivation(3, 8, 4, activation_layer=None, bias=True)", (2, 3, 16, 16)),
    ("Conv2dNormActivation(3, 8, 3, padding='same')", (2, 3, 16, 16)),
    ("Conv3dNormActivation(3, 8, (1, 3, 3), padding=1)", (2, 3, 4, 16, 16)),
    ("ConvNormActivation(3, 8, 3, norm_layer=nn.BatchNorm1d, conv_layer=nn.Conv1d)", (2, 3, 16)),
    ("nn.Sequential(Conv2dNormActivation(3, 8), Conv2dNormActivation(8, 4)[0], nn.Conv2d(4, 2, 1))", (2, 3, 16, 16)),
    ("SqueezeExcitation(8, 2)", (2, 8, 16, 16)),
    ("SqueezeExcitation(8, 2, nn.SiLU, nn.Hardsigmoid)", (2, 8, 1, 1)),
    ("MLP(6, [4, 2])", (3, 6)),
    ("MLP(6, [8, 8, 2], nn.BatchNorm1d, nn.GELU, dropout=0.5, bias=False)", (3, 6)),
    ("MLP(6, (4,), inplace=True)", (2, 5, 6)),
    ("Permute([0, 2, 3, 1])", (2, 3, 4, 5)),
    ("FrozenBatchNorm2d(3)", (2, 3, 4, 5)),
    ("StochasticDepth(0.5, 'row')", (2, 3)),
    ("nn.Sequential(DropBlock2d(0.5, 3), DropBlock2d(0.5, 7))", (2, 3, 9, 9)),
    ("DropBlock3d(0.5, 3)", (2, 3, 9, 9, 9)),
]
"""Modules, and what they are given."""
PROGRAMS = [
    ("FeaturePyramidNetwork([4, 6], 5)", "OrderedDict(a=torch.zeros(1, 4, 9, 9), b=torch.zeros(1, 6, 5, 5))"),
    ("FeaturePyramidNetwork([4, 6], 5, LastLevelMaxPool())", "OrderedDict(a=torch.zeros(1, 4, 9, 9), b=torch.zeros(1, 6, 5, 5))"),
    ("FeaturePyramidNetwork([4, 6], 5, LastLevelP6P7(6, 5))", "OrderedDict(a=torch.zeros(1, 4, 9, 9), b=torch.zeros(1, 6, 5, 5))"),
    ("FeaturePyramidNetwork([4], 5, norm_layer=nn.BatchNorm2d)", "{'a': torch.zeros(1, 5, 9, 9), 'b': torch.zeros(1, 4, 5, 5)}"),
    ("FeaturePyramidNetwork([4, 6], 5)", "OrderedDict(a=torch.zeros(1, 6, 9, 9), b=torch.zeros(1, 6, 5, 5))"),
    ("FeaturePyramidNetwork([4, 6], 5)", "{'a': torch.zeros(1, 4, 9, 9)}"),
    ("Conv2dNormActivation(3, 8, groups=2)", "torch.zeros(1, 3, 9, 9)"),
    ("Conv2dNormActivation(3, 8, 7, padding=1)", "torch.zeros(1, 3, 4, 4)"),
    ("SqueezeExcitation(8, 2)", "torch.zeros(2, 4, 9, 9)"),
    ("MLP(6, [4, 2])", "torch.zeros(2, 5)"),
    ("FrozenBatchNorm2d(3)", "torch.zeros(2, 5, 4, 4)"),
    ("FrozenBatchNorm2d(3)", "torch.zeros(2, 1, 4, 4)"),
]
"""Modules and their inputs; some are refused."""


@pytest.mark.parametrize("fixture", fixtures("vision"), ids=lambda fixture: fixture.name)
def test_torchvision_agrees(fixture: Fixture) -> None:
    path = str(fixture.path)
    require_agreement(fixture, in_child([path])[path])


@pytest.mark.parametrize(("block", "given"), BLOCKS)
def test_a_block_is_that_of_the_source(block: str, given: tuple[int, ...], tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(f"{HEAD}net = {block}\n", encoding="utf-8")
    known, read = (summarize(str(path), "net", [given], Config(follow_imports=follow)) for follow in ("project", "installed"))
    assert (known.status, known.reason) == (read.status, read.reason) == ("verified", None)
    assert [(step.name, step.layer, step.output_shape) for step in known.steps] == [
        (step.name, step.layer, step.output_shape) for step in read.steps
    ]
    assert (known.parameters, known.output_shape) == (read.parameters, read.output_shape)


@pytest.mark.parametrize(("module", "given"), PROGRAMS)
def test_a_program_does_what_the_source_does(module: str, given: str, tmp_path: Path) -> None:
    text = f"{HEAD}Net({module})({given})\n"
    path = str(tmp_path / "program.py")
    known, read = (analyze(text, path, Config(follow_imports=follow)) for follow in ("project", "installed"))
    assert known.failure is None and [found.rule for found in known.findings] == [found.rule for found in read.findings]
    (model,), (other,) = known.models, read.models
    assert model.status == other.status
    assert model.output_shape == other.output_shape or known.findings
