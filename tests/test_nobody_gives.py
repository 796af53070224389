"""Arguments that are None by default, of functions and models that nobody calls: None may stand for what every caller gives."""

from __future__ import annotations

import pytest

from dimlint import analyze
from dimlint.core.report import Report

HEAD = "import keras\nfrom keras import layers\n"
TOP = """
def head(x, num_classes=None, name=None):
    x = layers.GlobalAveragePooling2D()(x)
    return layers.Dense(num_classes, name=name)(x)


class Net(keras.Model):
    def __init__(self, include_top, input_tensor=None, num_classes=None, **kwargs):
        if include_top and not num_classes:
            raise ValueError("the number of classes is needed")
        inputs = keras.Input((32, 32, 3)) if input_tensor is None else input_tensor
        x = layers.Conv2D(4, 3)(inputs)
        if include_top:
            x = head(x, num_classes)
        else:
            x = layers.GlobalAveragePooling2D()(x)
        super().__init__(inputs=inputs, outputs=x, **kwargs)
"""


def report_of(program: str) -> Report:
    report = analyze(HEAD + program)
    assert report.failure is None
    return report


@pytest.mark.parametrize("star", ["", "*, "])
def test_what_only_none_makes_wrong_is_not(star: str) -> None:
    """``def small(include_top, num_classes=None)``: whoever wants the top gives the number."""
    small = f"\ndef small({star}include_top, num_classes=None, **kwargs):\n    return Net(include_top, num_classes=num_classes, **kwargs)\n"
    assert not report_of(TOP + small).findings


def test_a_model_is_built_without_what_it_asks_for_and_with_what_it_does_not() -> None:
    """``input_tensor is None`` is asked: there need be none. ``num_classes`` goes into a layer: it is a number."""
    report = report_of(TOP)
    assert [model.status for model in report.models] == ["verified"]
    assert not report.findings


@pytest.mark.parametrize(
    "arguments",
    ["n=3", "n=3, classes=None", "*, n=3, classes=None", "first, n=3, classes=None", "first, *, n=3, classes=None"],
)
def test_what_other_defaults_make_wrong_is(arguments: str) -> None:
    program = f"def build({arguments}):\n    return keras.Sequential([keras.Input((2, 2, 3)), layers.Conv2D(4, n)])\n"
    assert [finding.rule for finding in report_of(program).findings] == ["nonpositive-dimension"]


@pytest.mark.parametrize(("name", "rules"), [("units", []), ("axis", ["merge-mismatch"])])
def test_minus_one_may_stand_for_what_callers_give(name: str, rules: list[str]) -> None:
    """``in_size=-1``: no layer takes it. ``axis=-1`` is the last axis."""
    layer = "Dense(units)(keras.Input((3,)))" if name == "units" else "Concatenate(axis)([keras.Input((3, 4)), keras.Input((5, 4))])"
    assert [finding.rule for finding in report_of(f"def build({name}=-1):\n    return layers.{layer}\n").findings] == rules


BLUR = "    return conv2d(torch.zeros(1, 4, 5, 5), torch.ones(1, 1, 3, 3).repeat({name}, 1, 1, 1), groups=4)\n"
PAD = "    return conv2d(pad(torch.zeros(1, 1, 2, 2), ({name},) * 4), torch.ones(1, 1, 3, 3))\n"


@pytest.mark.parametrize(
    ("name", "body", "rules"), [("channels", BLUR, []), ("in_planes", BLUR, []), ("padding", PAD, ["nonpositive-dimension"])]
)
def test_a_size_of_nothing_may_stand_for_what_callers_give(name: str, body: str, rules: list[str]) -> None:
    """``channels=0``: no weight has none. ``padding=0`` is no padding."""
    head = "import torch\nfrom torch.nn.functional import conv2d, pad\n"
    assert [finding.rule for finding in report_of(head + f"def blur({name}=0):\n{body.format(name=name)}").findings] == rules


def test_a_default_that_works_is_taken() -> None:
    program = "def build(x=None):\n    x = keras.Input((8, 8, 3)) if x is None else x\n    return keras.Model(x, layers.Conv2D(4, 3)(x))\n"
    assert [model.output_shape for model in report_of(program).models] == [[None, 6, 6, 4]]


@pytest.mark.parametrize(("default", "reported"), [("[]", False), ("()", False), ("None", False), ("[4]", True)])
def test_what_only_an_empty_default_makes_wrong_is_not(default: str, reported: bool) -> None:
    """``def targets(size, labels=[])``: nobody calls it without labels."""
    source = f"import torch\ndef targets(labels={default}):\n    return torch.zeros(len(labels), 8).view(len(labels), -1, 3)\n"
    assert bool(analyze(source).findings) is reported


def test_an_input_of_another_rank_than_the_first_one_is_no_single_sample() -> None:
    """Boxes are (N, T, F) beside images (N, C, H, W): that more axes are refused is not wrong."""
    source = "import torch\nfrom torch import nn\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    source += "        self.conv = nn.Conv2d(3, 2, 3)\n        self.loss = nn.BCEWithLogitsLoss(reduction='none')\n"
    source += "    def forward(self, x, target):\n        y = self.conv(x).permute(0, 2, 3, 1).reshape(x.size(0), -1, 2)\n"
    source += "        return self.loss(y, target[:, :, 2:]).sum(2) * target[:, :, -1]\n"
    assert analyze(source).findings == ()


def test_an_exception_that_has_nothing_to_do_with_the_rank_is_no_mistake_in_the_shape() -> None:
    """With two axes the program takes another number of results than it gets; that it takes no input of one axis is not wrong."""
    source = "import torch\nfrom torch import nn\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    source += "        self.table = nn.Embedding(9, 4)\n    def parts(self, ids):\n        n = ids.size(1)\n        x = self.table(ids)\n"
    source += "        return x, x, n\n    def forward(self, ids):\n        x, n = self.parts(ids)\n        return x * n\n"
    assert analyze(source).findings == ()


def test_only_what_is_wrong_with_every_rank_is_wrong() -> None:
    source = "import torch\nfrom torch import nn\nclass Net(nn.Module):\n"
    source += "    def forward(self, x):\n        h, w = x.data.size(2), x.data.size(3)\n"
    source += "        return nn.Linear(3, 4)(torch.zeros(2, 5)) + h * w\n"
    assert [finding.span.line for finding in analyze(source).findings] == [6]


def test_a_number_that_nobody_gives_is_a_size_of_a_new_shape() -> None:
    """``Reshape((height * width, classes))``: the same number as the filters before it."""
    net = """
def net(classes, height=16, width=12):
    x = keras.Input((height, width, 3))
    return keras.Model(x, layers.Reshape((height * width, classes))(layers.Conv2D(classes, 1)(x)))


def rest(classes):
    x = keras.Input((5, 5, 3))
    return keras.Model(x, layers.Reshape((5, classes))(x))
"""
    report = report_of(net)
    assert not report.findings
    assert [model.status for model in report.models] == ["verified", "verified"]
    wrong = "\ndef wrong(classes):\n    x = keras.Input((5, 5, 3))\n    return layers.Reshape((4, classes))(x)\n"
    assert [finding.rule for finding in report_of(wrong).findings] == ["reshape-mismatch"]
