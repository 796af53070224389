"""A failure behind a condition that nobody can decide is reported only if the condition is not about sizes."""

from __future__ import annotations

import pytest

from dimlint import analyze
from dimlint.config import Config

HEAD = """
import torch
from torch import nn
from elsewhere import too_small, flag


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(9)

    def forward(self, x):
{body}


Net()(torch.randn(2, 3, 8, 8))
"""


def lines(body: str) -> list[int]:
    text = HEAD.format(body="\n".join("        " + line for line in body.splitlines()))
    return [finding.span.line for finding in analyze(text).findings]


@pytest.mark.parametrize(
    "body",
    [
        "if too_small(x):\n    return x\nreturn self.pool(x)",
        "if not too_small(x):\n    x = self.pool(x)\nreturn x",
        "if flag(x.shape):\n    raise ValueError\nreturn self.pool(x)",
        "return x if too_small(x) else self.pool(x)",
        "for i in range(3):\n    if too_small(x):\n        break\n    x = self.pool(x)\nreturn x",
        "h = too_small(x)\nif h:\n    return x\nreturn self.pool(x)",
        "if flag and 1 > 2:\n    x = self.pool(x)\nreturn x",
        "return too_small(x) or self.pool(x)",
        "while not too_small(x):\n    x = self.pool(x)\nreturn x",
        "match too_small(x):\n    case False:\n        x = self.pool(x)\nreturn x",
    ],
)
def test_a_condition_on_sizes_may_keep_the_failure_away(body: str) -> None:
    assert lines(body) == []


@pytest.mark.parametrize(
    "body",
    [
        "match flag:\n    case nn.Module():\n        x = self.pool(x)\nreturn x",
        "if flag is not None:\n    x = self.pool(x)\nreturn x",
        "if flag != None:\n    return x\nreturn self.pool(x)",
        "if isinstance(flag, nn.Module):\n    x = self.pool(x)\nreturn x",
        "while isinstance(flag, nn.Module):\n    x = self.pool(x)\nreturn x",
    ],
)
def test_a_condition_on_the_kind_of_a_thing_may_keep_the_failure_away(body: str) -> None:
    assert lines(body) == []


@pytest.mark.parametrize(
    "body",
    [
        "return self.pool(x)",
        "if flag:\n    x = self.pool(x)\nreturn x",
        "if flag:\n    return x\nreturn self.pool(x)",
        "if flag:\n    raise ValueError\nreturn self.pool(x)",
        "if x.is_cuda and flag:\n    return x\nreturn self.pool(x)",
        "if too_small(x) or True:\n    x = self.pool(x)\nreturn x",
        "return flag and self.pool(x)",
        "while flag:\n    x = self.pool(x)\nreturn x",
        "match flag:\n    case 3:\n        x = self.pool(x)\nreturn x",
    ],
)
def test_other_conditions_do_not(body: str) -> None:
    assert len(lines(body)) == 1


def test_the_message_names_the_condition() -> None:
    text = HEAD.format(body="        if flag:\n            x = self.pool(x)\n        return x")
    [finding] = analyze(text).findings
    assert "on one side of the condition 'flag'" in finding.message


def test_a_helper_that_checks_guards_its_callers() -> None:
    body = "self.require(x)\nreturn self.pool(x)\n\ndef require(self, x):\n    if too_small(x):\n        raise ValueError"
    text = HEAD.format(body="\n".join("        " + line for line in body.splitlines())).replace("        def require", "    def require")
    text = text.replace("            if too_small", "        if too_small").replace("                raise", "            raise")
    assert analyze(text).findings == ()


@pytest.mark.parametrize(
    ("test", "reported"),
    [
        ("torch.__version__ < '1.0'", False),
        ("int(torch.__version__.split('.')[0]) >= 2", False),
        ("LooseVersion(torch.__version__) >= LooseVersion('1.0')", False),
        ("'1.0' <= version", False),
        ("old", False),
        ("not old and flag", False),
        ("hasattr(torch, 'no_such_name')", False),
        ("getattr(torch, 'no_such_name', None) is not None", False),
        ("joined == 'old'", False),
        ("is_old()", False),
        ("hasattr(torch, 'compile')", True),
        ("flag", True),
    ],
)
def test_what_is_for_another_version_is_not_reported(test: str, reported: bool) -> None:
    source = "import os\nimport torch\nfrom distutils.version import LooseVersion\nfrom torch import nn\n"
    source += "flag = os.path.exists('x')\nversion = torch.__version__\nold = LooseVersion(version) < LooseVersion('1.0')\n"
    source += "if old:\n    joined = 'old'\nelse:\n    joined = 'new'\n"
    source += "def is_old():\n    if version < '1.0':\n        return True\n    return False\n"
    source += f"if {test}:\n    nn.Linear(3, 4)(torch.zeros(1, 9))\n"
    assert bool(analyze(source).findings) is reported


@pytest.mark.parametrize(
    "guard",
    [
        "if torch.__version__ < '1.7':\n    raise RuntimeError('too old')\n",
        "if not hasattr(nn.functional, 'no_such_name'):\n    exit(1)\n",
        "def check():\n    if torch.__version__ < '1.7':\n        raise RuntimeError('too old')\ncheck()\n",
        "assert torch.__version__ >= '1.7'\n",
    ],
)
def test_what_lives_on_behind_a_refused_version_is_reported(guard: str) -> None:
    source = f"import torch\nfrom torch import nn\n{guard}nn.Linear(3, 4)(torch.zeros(1, 9))\n"
    assert [finding.rule for finding in analyze(source).findings] == ["feature-mismatch"]


def test_tensors_that_change_places_again_and_again_cost_no_more_each_time() -> None:
    source = "import random\nimport torch\nfrom torch import nn\nx = torch.relu(torch.zeros(3, 4))\ny = torch.tanh(x)\n"
    source += "for step in range(200):\n    if random.random() < 0.5:\n        x, y = y, x\nnn.Linear(5, 6)(x + y)\n"
    assert [finding.rule for finding in analyze(source).findings] == ["feature-mismatch"]


@pytest.mark.parametrize(
    ("function", "reported"),
    [
        ("def run(x, space):\n    if isinstance(space, Box):\n        return x[0, 0]\n    return x", False),
        ("def run(x, space):\n    if space.kind == 'box':\n        return x[0, 0]\n    return x", False),
        ("def run(x, *, space):\n    found = space.kind\n    if found:\n        return x[0, 0]\n    return x", False),
        ("def run(x, space):\n    return [item for item in range(2) if space and x[0, 0]]", False),
        ("def run(x, space):\n    return inner(x, space)\ndef inner(x, kind):\n    return x[0, 0] if kind else x", False),
        ("def run(x, space):\n    if isinstance(made, Box):\n        return x[0, 0]\n    return x", False),
        ("def run(x, space):\n    flat = space.n > 2\n    if flat:\n        return x[0, 0]\n    return x", False),
        ("def run(x, **spaces):\n    if spaces['space']:\n        return x[0, 0]\n    return x", False),
        ("def run(x, space):\n    return inner(x, [space])\ndef inner(x, *kinds):\n    return x[0, 0] if kinds[0][0] else x", False),
        ("def run(x, space):\n    while space.nested:\n        x = x[0, 0]\n    return x", False),
        ("def run(x, space):\n    return Kept(space)(x)\nclass Kept:\n    def __init__(self, space):\n        self.space = space\n"
             "    def __call__(self, x):\n        return x[0, 0] if self.space.kind == 'box' else x", False),
        ("def run(x, space):\n    if made:\n        return x[0, 0]\n    return x", True),
        ("def run(x, space):\n    return x[0, 0]", True),
    ],
)
def test_a_caller_knows_what_goes_together(function: str, reported: bool) -> None:
    source = f"import os\nimport torch\nfrom elsewhere import Box, Discrete\nmade = os.path.exists('x')\n{function}\n"
    source += "run(torch.zeros(3), space=Discrete(3))\n"
    assert bool(analyze(source).findings) is reported


def test_what_nobody_gives_may_be_anything() -> None:
    source = "import torch\ndef run(flag):\n    x = torch.zeros(3)\n    if flag:\n        return x[0, 0]\n    return x\n"
    assert len(analyze(source).findings) == 1


def test_functions_that_are_composed_do_not_recur() -> None:
    source = "import os\nfrom functools import reduce\nimport torch\nfrom torch import nn\n"
    source += "def compose(*parts):\n    return reduce(lambda f, g: lambda x: g(f(x)), parts)\n"
    source += "net = compose(*[nn.ReLU() for _ in range(8)])\ny = net(torch.zeros(2, 8) if os.path.exists('x') else torch.ones(2, 8))\n"
    source += "if os.path.exists('x'):\n    y = net(y)\nnn.Linear(9, 4)(y)\n"
    assert [finding.span.line for finding in analyze(source).findings] == [11]


def test_functions_made_on_the_way_do() -> None:
    source = "import os\nimport torch\nfrom torch import nn\ndef tree(depth):\n    def node(x):\n        for side in range(2):\n"
    source += "            if os.path.exists(str(side)):\n                x = tree(depth - 1)(x)\n        return x\n    return node\n"
    source += "tree(int(os.environ['DEPTH']))(torch.zeros(2, 4))\nnn.Linear(3, 4)(torch.zeros(2, 5))\n"
    assert [finding.span.line for finding in analyze(source, config=Config(fuel=20_000)).findings] == [12]
