"""Input shapes that comments and the configuration state: what they stand at, which models they reach, and what is said of useless ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from dimlint import analyze
from dimlint.cli import main
from dimlint.source import Source

NET = """import torch
from torch import nn
{above}
class Net(nn.Module):
    def __init__(self, kernel=3):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, kernel)
    {method}
        return self.conv(x)
{below}
"""
LOST = "dimlint comment: input=... belongs beside or directly above a class, its forward or call, a module's function, or a construction"


def net(*, above: str = "", method: str = "def forward(self, x):", below: str = "") -> str:
    return NET.format(above=above, method=method, below=below)


@pytest.mark.parametrize(
    "method",
    [
        "def forward(self, x):  # dimlint: input=(1, 4, 32, 32)",
        "# dimlint: input=(1, 4, 32, 32)\n    def forward(self, x):",
        "# dimlint: input=(1, 4, 32, 32)\n    @torch.no_grad()\n    def forward(self, x):",
        "@torch.no_grad()  # dimlint: input=(1, 4, 32, 32)\n    def forward(self, x):",
        "def forward(\n        self,\n        x,  # dimlint: input=(1, 4, 32, 32)\n    ):",
    ],
)
def test_a_comment_at_forward_states_the_input(method: str) -> None:
    report = analyze(net(method=method))
    assert [finding.rule for finding in report.findings] == ["channel-mismatch"]
    assert not report.gaps


def test_a_comment_at_call_states_the_input() -> None:
    text = """from keras import Model, layers
class Net(Model):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(8, 5)
    def call(self, x):  # dimlint: input=(None, 4, 4, 3)
        return self.conv(x)
"""
    assert [finding.rule for finding in analyze(text).findings] == ["nonpositive-dimension"]


def test_a_comment_at_the_class_goes_before_one_at_its_forward() -> None:
    text = net(above="# dimlint: input=(1, 3, 32, 32)", method="def forward(self, x):  # dimlint: input=(1, 4, 32, 32)")
    assert not analyze(text).findings


@pytest.mark.parametrize(
    "line",
    [
        "# dimlint: input=(1, 2)\n\nclass A: pass",
        "# dimlint: input=(1, 2)\nx = 1",
        "x = 1  # dimlint: input=(1, 2)",
        "import a  # dimlint: input=(1, 2)",
        "class A:\n  def helper(self, x):  # dimlint: input=(1, 2)\n    pass",
        "class A:\n  def forward(self, x):\n    # dimlint: input=(1, 2)\n    return x",
        "def f():\n  def g(x):  # dimlint: input=(1, 2)\n    pass",
        "class A:  # dimlint: input=(1, 2)\n  pass\n# dimlint: input=(1, 2)",
    ],
)
def test_an_input_that_stands_at_nothing_gets_one_notice(line: str) -> None:
    [(_, message)] = Source.parse(line + "\n").notices
    assert message == LOST


@pytest.mark.parametrize(
    "line",
    [
        "class A: pass  # dimlint: input=(1, 2)",
        "if a:\n  # dimlint: input=(1, 2)\n  def f(x):\n    pass",
        "async def f(x): pass  # dimlint: input=(1, 2)",
        "def f():\n  class A:\n    def call(self, x):  # dimlint: input=(1, 2)\n      pass",
        "net = build(3)  # dimlint: input=(1, 2)",
        "net = build(\n  3,  # dimlint: input=(1, 2)\n)",
    ],
)
def test_an_input_that_stands_at_a_model_gets_no_notice(line: str) -> None:
    assert Source.parse(line + "\n").notices == []


@pytest.mark.parametrize("comment", ["# dimlint input=(1, 2)", "# Dimlint: input=(1, 2)", "# dimlint= ignore[E8701]", "# DIMLINT ignore"])
def test_a_misspelt_comment_gets_a_notice(comment: str) -> None:
    [(line, message)] = Source.parse(f"x = 1\nclass A: pass  {comment}\n").notices
    assert (line, message) == (2, f"dimlint comment: expected '# dimlint: ...', found {comment!r}")


@pytest.mark.parametrize("comment", ["# dimlint ignores this", "# dimlint", "# see dimlint input=", "# the dimlint"])
def test_prose_about_dimlint_gets_no_notice(comment: str) -> None:
    assert not [message for _, message in Source.parse(f"x = 1  {comment}\n").notices if "found" in message]


def test_a_stated_input_reaches_every_instance_that_is_given_none() -> None:
    text = net(above="# dimlint: input=(1, 3, 32, 32)", below="nets = [Net(3), Net(5)]\nlarge = Net(40)")
    [finding] = analyze(text).findings
    assert "(32 - 40) // 1 + 1" in finding.message
    assert [model.status for model in analyze(text).models] == ["verified", "verified", "wrong"]


def test_a_stated_input_leaves_alone_what_the_program_gives_an_input_or_puts_into_another_model() -> None:
    comment = "# dimlint: input=(1, 3, 32, 32)"
    assert not analyze(net(above=comment, below="small = Net()\nlarge = Net(40)\nlarge(torch.randn(1, 3, 64, 64))")).findings
    assert not analyze(net(above=comment, below="small = Net()\nlarge = Net(40)  # dimlint: input=(1, 3, 64, 64)")).findings
    inside = "class Outer(nn.Module):\n  def __init__(self):\n    super().__init__()\n    self.net = Net(40)\nouter, small = Outer(), Net()"
    assert not analyze(net(above=comment, below=inside)).findings


def test_a_class_that_nobody_builds_is_tried_with_its_defaults() -> None:
    assert not analyze(net(above="# dimlint: input=(1, 3, 32, 32)")).findings
    assert analyze(net(above="# dimlint: input=(1, 4, 32, 32)")).findings


def test_configured_inputs_for_nothing_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = "Net = [1, 3, 32, 32]\nmake = [1, 3]\nmade = [1, 3]\n'N*' = [1, 3]\nNte = [1, 3]\n'*Encoder' = [1, 3]\n"
    (tmp_path / "pyproject.toml").write_text(f"[tool.dimlint.inputs]\n{names}", encoding="utf-8")
    (tmp_path / "net.py").write_text(net(below="def make(): pass\nmade: object = Net()"), encoding="utf-8")
    start = f"{tmp_path / 'pyproject.toml'}: [tool.dimlint] inputs: nothing in the checked files is named "
    done = CliRunner().invoke(main, ["check", "."])
    assert (done.exit_code, done.stderr.splitlines()) == (0, [f"{start}'Nte'", f"{start}'*Encoder'"])
    assert CliRunner().invoke(main, ["check", "net.py"]).stderr == ""
