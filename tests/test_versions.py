"""Conditions on the version of a framework: what is defined for the latest one is followed, and no side is reported."""

from __future__ import annotations

import pytest

from dimlint import analyze

HEAD = """import re
import torch
from packaging import version
from distutils.version import LooseVersion
from pkg_resources import parse_version
from torch import nn
from torch.torch_version import TorchVersion
"""
LATEST = [
    "not torch.__version__.startswith('0')",
    "torch.__version__ >= '1.6.0'",
    "torch.__version__ >= '2.2'",
    "'2.9' < torch.__version__",
    "torch.version.__version__ > '2.2'",
    "int(torch.__version__.split('.')[0]) >= 1",
    "tuple(map(int, torch.__version__.split('.')[:2])) >= (1, 7)",
    "re.match(r'2.\\d*.\\d*', torch.__version__)",
    "version.parse(torch.__version__) >= version.parse('1.8')",
    "version.Version(torch.__version__).major == 2",
    "version.parse(version.parse(torch.__version__).base_version) > version.parse('2.1.0')",
    "LooseVersion(torch.__version__) >= LooseVersion('1.10')",
    "LooseVersion(torch.__version__) > '1.10'",
    "parse_version(torch.__version__) >= parse_version('2.0.0')",
    "TorchVersion(torch.__version__) >= TorchVersion('2.0')",
]
MODEL = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(3, 8, 3), Norm(8))
    def forward(self, x):
        return self.net(x)
model = Net()
model(torch.zeros(2, 3, 8, 8))
"""
SIDES = {
    "statement": "if {0}:\n    Norm = nn.BatchNorm2d\nelse:\n    from old import Norm\n",
    "the other way": "if not ({0}):\n    from old import Norm\nelse:\n    Norm = nn.BatchNorm2d\n",
    "value": "import old\nNorm = nn.BatchNorm2d if {0} else old.Norm\n",
    "flag": "NEW = {0}\nif NEW:\n    Norm = nn.BatchNorm2d\nelse:\n    from old import Norm\n",
}


@pytest.mark.parametrize("test", LATEST)
@pytest.mark.parametrize("side", ["statement", "the other way", "value"])
def test_what_the_latest_version_has_is_followed(side: str, test: str) -> None:
    report = analyze(HEAD + SIDES[side].format(test) + MODEL)
    assert not report.findings
    assert [(model.name, model.status) for model in report.models] == [("model", "verified")]


@pytest.mark.parametrize("side", SIDES)
def test_what_another_version_has_is_not_known(side: str) -> None:
    report = analyze(HEAD + SIDES[side].format("torch.__version__ < '1.6.0'") + MODEL)
    assert not report.findings
    assert [(model.name, model.status) for model in report.models] == [("model", "partial")]


@pytest.mark.parametrize("test", LATEST)
def test_no_side_is_reported_and_numbers_stay_open(test: str) -> None:
    program = f"""
if {test}:
    nn.Linear(3, 4)(torch.zeros(2, 5))
    width = 5
else:
    nn.Linear(3, 4)(torch.zeros(2, 6))
    width = 3
nn.Linear(3, 4)(torch.zeros(2, width))
"""
    assert not analyze(HEAD + program).findings


def test_keras_is_of_the_configured_version() -> None:
    program = """
import keras
if keras.__version__.startswith("3."):
    Wide = keras.layers.Dense
else:
    from old import Wide
model = keras.Sequential([keras.Input((4,)), Wide(3), keras.layers.Reshape((3, 1))])
"""
    assert [(model.name, model.status) for model in analyze(program).models] == [("model", "verified")]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("'1.10' > '1.9'", True),
        ("'1.0' == '1'", True),
        ("'1.0' != '1.0.0'", False),
        ("'2.1.1+cu118' >= '2.1'", True),
        ("'1.9' <= '1.10.1'", True),
        ("'0.4' < '0.3'", False),
    ],
)
def test_versions_are_compared_by_their_numbers(text: str, holds: bool) -> None:
    """As ``packaging`` does."""
    first, op, second = text.split()
    compared = f"version.parse({first}) {op} version.parse({second})"
    program = f"ok = {compared}\nnn.Linear(3 if ok else 5, 4)(torch.zeros(2, {3 if holds else 5}))\n"
    wrong = program.replace("torch.zeros(2, 3", "torch.zeros(2, 7").replace("torch.zeros(2, 5", "torch.zeros(2, 7")
    assert not analyze(HEAD + program).findings
    assert f"in_features={3 if holds else 5}" in analyze(HEAD + wrong).findings[0].message
    compare = pytest.importorskip("packaging.version").parse
    real = {">": "__gt__", "==": "__eq__", "!=": "__ne__", ">=": "__ge__", "<=": "__le__", "<": "__lt__"}[op]
    if "+" not in text:
        assert getattr(compare(first.strip("'")), real)(compare(second.strip("'"))) is holds


@pytest.mark.parametrize("text", ["1.0rc1", "nightly", "2.0.dev1", ""])
def test_what_is_no_release_is_not_compared(text: str) -> None:
    program = f"ok = version.parse({text!r}) > version.parse('1.0')\nnn.Linear(3 if ok else 5, 4)(torch.zeros(2, 5))\n"
    assert not analyze(HEAD + program).findings


def test_a_condition_is_asked_once() -> None:
    program = """
asked = []
def is_new():
    asked.append(1)
    return torch.__version__ >= "1.6"
if is_new():
    Norm = nn.BatchNorm2d
else:
    from old import Norm
nn.Linear(len(asked), 4)(torch.zeros(2, 1))
nn.Linear(len(asked), 4)(torch.zeros(2, 2))
"""
    assert [finding.span.line for finding in analyze(HEAD + program).findings] == [HEAD.count("\n") + 11]


@pytest.mark.parametrize(
    "test",
    ["torch.__version__ == '2.13.0'", "torch.__version__ != '2.13.0'", "'cu' in torch.__version__", "torch.__version__.endswith('cpu')"],
)
@pytest.mark.parametrize("right", [("3", "5"), ("5", "3")])
def test_what_stands_behind_the_plus_of_torchs_version_is_not_known(test: str, right: tuple[str, str]) -> None:
    program = f"def new():\n    return nn.Linear({right[0]}, 2)\ndef old():\n    return nn.Linear({right[1]}, 2)\n"
    assert not analyze(HEAD + program + f"made = new if {test} else old\nmade()(torch.zeros(2, 3))\n").findings


@pytest.mark.parametrize("compared", ["parse('2.1.0+cu118') > version.parse('2.1.0')", "parse('1.0') != '1.0'", "parse('1.0') == '1.0'"])
@pytest.mark.parametrize("sizes", ["3 if ok else 5", "5 if ok else 3"])
def test_what_is_compared_in_other_ways_is_not_known(compared: str, sizes: str) -> None:
    assert not analyze(HEAD + f"ok = version.{compared}\nnn.Linear({sizes}, 4)(torch.zeros(2, 3))\n").findings


@pytest.mark.parametrize(
    "inner",
    [
        "    try:\n        import nowhere\n        def f(x): return x.T\n    except ImportError:\n        def f(x): return x\n",
        "    sizes = [3]\n    def f(x): return x\n",
    ],
)
def test_only_what_the_side_itself_defines_is_of_the_latest(inner: str) -> None:
    program = f"sizes = [4]\nif torch.__version__ >= '1.5':\n{inner}else:\n    sizes = [5]\n    def f(x): return x\n"
    assert not analyze(HEAD + program + "nn.Linear(3, 2)(f(torch.zeros(2, 3)))\nnn.Linear(sizes[0], 2)(torch.zeros(2, 5))\n").findings


def test_conditions_that_ask_each_other_are_followed() -> None:
    body = "        return torch.__version__ > '9'\n    return torch.__version__ >= '1'\n"
    steps = "".join(f"def f{i}():\n    if f{i - 1}():\n{body}" for i in range(1, 20))
    program = f"def f0():\n    return torch.__version__ >= '1'\n{steps}if f19():\n    pass\nnn.Linear(3, 4)(torch.zeros(2, 5))\n"
    assert len(analyze(HEAD + program).findings) == 1
