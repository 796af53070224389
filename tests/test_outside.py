"""What is not known because it comes from outside of the program: third-party code, the command line, whoever builds a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from dimlint import analyze

HEAD = "import gymnasium as gym\nimport numpy as np\nimport torch\nimport torch.nn as nn\nenv = gym.make('A')\n"
BLOCK = """class Net(nn.Module):
    def __init__(self, {0}):
        super().__init__()
{1}
    def forward(self, x):
        return {2}
"""


def net(parameters: str, body: str, result: str) -> str:
    lines = "\n".join(f"        {line}" for line in body.split("; "))
    return HEAD + BLOCK.format(parameters, lines, result)


ACTOR = "self.a = nn.Linear(np.array(env.space.shape).prod(), 64); self.b = nn.Linear(np.array(env.space.shape).prod(), 32)"
VERIFIED = {
    "layers on one unknown number": net("env", ACTOR, "self.a(x), self.b(x)") + "Net(env)(torch.Tensor(env.reset()))",
    "an unknown number is kept": HEAD + "n = env.n\n"
    "m = nn.Sequential(nn.Linear(4, n), nn.BatchNorm1d(n), nn.Linear(n, n * 2))\nm(torch.rand(3, 4))",
    "unpacked": HEAD + "h, w, c = env.shape\nm = nn.Sequential(nn.Conv2d(c, 8, 1), nn.Conv2d(8, c, 1))\nm(torch.rand(3, c, h, w))",
    "nothing is known of the input": HEAD + "m = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())\nm(env.image())",
    "nobody applies it": "import torch.nn as nn\nm = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())",
    "a function makes it": "import torch.nn as nn\ndef make():\n    m = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())\n    return m",
    "argument without a default": "import argparse, torch, torch.nn as nn\np = argparse.ArgumentParser()\n"
    "p.add_argument('--r', type=int, required=True)\n"
    "r = p.parse_args().r\nm = nn.Sequential(nn.Conv2d(1, r ** 2, 3), nn.PixelShuffle(r))\nm(torch.rand(1, 1, 8, 8))",
    "padding of half a kernel": net("c, k", "self.p = nn.ReflectionPad2d(k // 2); self.c = nn.Conv2d(c, c, k)", "x + self.c(self.p(x))"),
}


@pytest.mark.parametrize("name", VERIFIED)
def test_verified(name: str) -> None:
    report = analyze(VERIFIED[name] + "\n")
    assert not report.findings
    assert {model.status for model in report.models} == {"verified"}, report.models


RIGHT_WITH_SOME = {
    "a surplus of nothing": net("c, extra", "self.c = nn.Conv2d(c, c + extra, 1); self.n = nn.BatchNorm2d(c)", "self.n(self.c(x))"),
    "level zero": net("c, level", "self.c = nn.Conv2d(c, c * (level + 1), 1); self.n = nn.BatchNorm2d(c)", "self.n(self.c(x))"),
    "no padding": net("c, p", "self.p = nn.ZeroPad2d((p, p, p, p)); self.n = nn.Conv2d(c, c, 1)", "x + self.n(self.p(x))"),
    "from the beginning": net(
        "c, start", "self.start = start; self.c = nn.Conv2d(c, c, 1); self.n = nn.BatchNorm2d(c)", "self.n(self.c(x)[:, self.start:])",
    ),
    "data as a tensor": HEAD + "m = nn.Sequential(nn.Conv2d(3, 8, 1))\nx = torch.Tensor(env.reset())\nm(x)\nm(torch.zeros(env.shape))",
    "along an axis": HEAD + "a, b = np.prod(env.n), np.prod(env.n, axis=0)\nm = nn.Sequential(nn.Linear(4, a), nn.Linear(b + 1, 3))\n"
    "m(torch.rand(3, 4))",
    "by a method along an axis": HEAD + "x = np.array(env.n)\na, b = x.sum(), x.sum(axis=0)\n"
    "m = nn.Sequential(nn.Linear(4, a), nn.Linear(b + 1, 3))\nm(torch.rand(3, 4))",
    "a number that may have changed": HEAD + "n = env.n\nenv.grow()\n"
    "m = nn.Sequential(nn.Linear(4, n), nn.BatchNorm1d(env.n))\nm(torch.rand(3, 4))",
}


@pytest.mark.parametrize("name", RIGHT_WITH_SOME)
def test_right_with_some_numbers(name: str) -> None:
    assert not analyze(RIGHT_WITH_SOME[name] + "\n").findings


WRONG_WITH_ALL = {
    "twice the channels": net("c", "self.c = nn.Conv2d(c, c * 2, 1); self.n = nn.BatchNorm2d(c)", "self.n(self.c(x))"),
    "one more": net("c", "self.c = nn.Conv2d(c, c + 1, 1); self.n = nn.BatchNorm2d(c)", "self.n(self.c(x))"),
    "of third-party code": HEAD + "n = env.n\nm = nn.Sequential(nn.Linear(4, n * 2), nn.BatchNorm1d(n), nn.Linear(n, 3))\n"
    "m(torch.rand(3, 4))",
}


@pytest.mark.parametrize("name", WRONG_WITH_ALL)
def test_wrong_with_all_numbers(name: str) -> None:
    assert [finding.rule for finding in analyze(WRONG_WITH_ALL[name] + "\n").findings] == ["channel-mismatch"]


def test_models_that_only_hold_others_are_not_listed() -> None:
    text = net("", "self.a = nn.Linear(3, 4)", "self.a(x)").replace("forward", "act") + "net = Net()\nnet.act(torch.rand(2, 3))\n"
    assert [model.name for model in analyze(text).models] == []


def test_script_beside_the_package_it_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "sizes.py").write_text("WIDTH = 7\n")
    (tmp_path / "scripts").mkdir()
    script = tmp_path / "scripts" / "train.py"
    text = "import torch, torch.nn as nn\nfrom lib.sizes import WIDTH\nnn.Linear(WIDTH, 3)(torch.rand(2, 8))\n"
    script.write_text(text)
    monkeypatch.chdir(tmp_path)
    assert [finding.rule for finding in analyze(text, str(script)).findings] == ["feature-mismatch"]


RISKY = {
    "an item": "t[k]", "an attribute": "k.a", "a sum": "k + 1", "a sign": "-k", "a call": "k()", "a loop": "[x for x in k]",
    "a comparison": "k < 1", "a text": "s = f'{k:d}'", "a function": "len(k)", "a part": "t['a'] and k[0]", "unpacked": "(lambda: [*k])()",
}  # fmt: skip


@pytest.mark.parametrize("name", RISKY)
def test_code_that_may_raise_is_not_taken_to_go_well(name: str) -> None:
    text = f"{HEAD}t = {{'a': 1}}\nk = input()\ntry:\n    {RISKY[name]}\n    n = 3\n"
    text += "except (TypeError, KeyError, AttributeError, IndexError):\n    n = 4\n"
    assert not analyze(text + "nn.Linear(4, 2)(torch.rand(2, n))\n").findings
