"""Modules, containers, modes and summaries of PyTorch, as programs use them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dimlint import analyze

HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nfrom collections import OrderedDict\n"

RIGHT = {
    "slice": "nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(9, 1))[:2](torch.rand(2, 3, 5, 5))",
    "edits": "s = nn.Sequential(nn.Linear(4, 5))\ns.append(nn.Linear(5, 6))\ns.insert(0, nn.Linear(3, 4))\ns[2] = nn.Linear(5, 7)\n"
    "assert len(s) == 3\ndel s[2]\ns.add_module('last', nn.Linear(5, 1))\ns(torch.rand(2, 3))",
    "sum": "(nn.Sequential(nn.Linear(3, 4)) + nn.Sequential(nn.Linear(4, 5)))(torch.rand(2, 3))",
    "list": "m = nn.ModuleList([nn.Linear(3, 3)])\nm.extend([nn.Linear(3, 4)])\nx = torch.rand(1, 3)\nfor f in m:\n    x = f(x)\n"
    "nn.Linear(4, 1)(x)",
    "dict": "d = nn.ModuleDict({'a': nn.Linear(3, 4)})\nd['b'] = nn.Linear(4, 5)\nx = torch.rand(1, 3)\n"
    "for k, f in d.items():\n    x = f(x)\n"
    "assert 'b' in d and len(d) == 2\nnn.Linear(5, 1)(x)",
    "parallel": "nn.DataParallel(nn.Linear(3, 4))(torch.rand(2, 3)).view(8)",
    "eval": "b = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).eval()\nb(torch.rand(1, 3))",
    "apply": "def init(m):\n    if isinstance(m, nn.Linear):\n        nn.init.zeros_(m.bias)\n"
    "nn.Sequential(nn.Linear(3, 4)).apply(init)(torch.rand(2, 3))",
    "children": "net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Linear(1, 1))\n"
    "body = nn.Sequential(*list(net.children())[:-1])\nbody(torch.rand(1, 3, 4, 4)).view(1, 32)",
    "decorated": "@torch.no_grad()\ndef run(x):\n    return nn.Linear(3, 4)(x)\nrun(torch.rand(2, 3)).view(8)",
    "lazy": "l = nn.LazyLinear(4)\nl(torch.rand(2, 5))\nl(torch.rand(3, 5))",
    "parameter": "class P(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.w = nn.Parameter(torch.zeros(4, 3))\n"
    "    def forward(self, x):\n        return F.linear(x, self.w)\nP()(torch.rand(2, 3)).view(8)",
    "size from a tensor": "n = torch.tensor(3)\nnn.Linear(n, 2)(torch.rand(1, 3))",
    "mask": "x = torch.rand(4, 5)\nx[x > 0.5] = 0\ny = x[..., x[0] > 0.5]",
    "tied": "e, d = nn.Embedding(7, 4), nn.Linear(4, 7)\nd.weight = e.weight\nd(e(torch.randint(7, (2, 3)))).view(42)",
    "weights": "c = nn.Conv2d(3, 8, 5, groups=1, bias=False)\nF.conv2d(torch.rand(1, 3, 8, 8), c.weight, c.bias).view(8 * 4 * 4)\n"
    "assert c.bias is None and nn.BatchNorm2d(3).running_mean.shape == (3,) and nn.LSTM(3, 4).weight_ih_l0.shape == (16, 3)",
    "positions": "p = torch.arange(4)\nr = (p[:, None] - p[None, :] + 3).view(-1)\n"
    "nn.Linear(5, 1)(torch.rand(7, 5)[r].view(4, 4, 5))\nnn.Linear(6, 1)(torch.rand(4, 9, 6)[p, p])\n"
    "nn.Linear(4, 1)(torch.rand(9, 4, 9)[p % 2, :, p].view(4, 4))",
    "masks": "x = torch.rand(4, 5, 6)\nnn.Linear(6, 1)(x[torch.rand(4, 5) > 0.5])\ni, j = torch.where(torch.rand(4, 5) > 0.5)\n"
    "nn.Linear(6, 1)(x[i, j])\nx[x > 0.5] = torch.zeros(1)\nx[..., 0].nonzero()[:, 1]",
    "named results": "x = torch.rand(4, 5)\nx.max(1).indices.view(4)\nx.sort(dim=0).values.view(20)",
    "gradients": "x = torch.rand(4, 5, requires_grad=True)\ng, = torch.autograd.grad(x.sum(), x)\ng.view(20)",
    "sparse": "torch.spmm(torch.eye(4), torch.rand(4, 3)).view(12)",
    "parallel function": "nn.parallel.data_parallel(nn.Linear(3, 4), torch.rand(2, 3), range(2)).view(8)",
    "attention": "q, k = torch.rand(2, 4, 5, 8), torch.rand(2, 4, 6, 8)\nF.scaled_dot_product_attention(q, k, k[..., :3]).view(2, 4, 15)",
    "multinomial": "torch.multinomial(torch.rand(3, 5), num_samples=2).view(6)",
    "own gradient": "class Double(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x, n):\n"
    "        ctx.save_for_backward(x)\n        ctx.n = n\n        return x.repeat(1, ctx.n)\n"
    "    @staticmethod\n    def backward(ctx, g):\n        return g[:, :ctx.saved_tensors[0].shape[1]], None\n"
    "Double.apply(torch.rand(2, 3), 2).view(12)",
    "gradient set up afterwards": "class Twins(torch.autograd.Function):\n    @staticmethod\n    def forward(x):\n        return x, x[:1]\n"
    "    @staticmethod\n    def setup_context(ctx, inputs, output):\n        ctx.size = inputs[0].shape\n"
    "a, b = Twins.apply(torch.rand(2, 3))\na.view(6)\nb.view(3)",
    "what is made of a lost number": "n = int(torch.randint(3, 4, (1,))) - 8\n"
    "nn.Linear(n + 10, 2)(nn.Linear(2, abs(n))(torch.zeros(1, 2)))",
    "sequences repeated": "n = int(torch.randint(2, 3, (1,)))\nnn.Conv2d(1, 1, (3,) * n)(torch.zeros(1, 1, 8, 8)).view(36)\n"
    "torch.zeros((3,) * n) @ torch.zeros(3, 4)\nnn.Linear(len('ab' * n), 2)(torch.zeros(1, 4))\nnn.Linear(2, 2)(torch.tensor([2.0] * n))\n"
    "torch.zeros(3, 2) * torch.tensor((1.0,) * n)",
    "type of a lost number": "f = float(torch.rand(1))\nfor k in (max(f, 3), round(f, None), int(f), f // 1 if f > 2 else 1):\n"
    "    nn.Linear(7 if isinstance(k, float) and k > 9 else 5, 2)(torch.rand(4, 5))",
    "reflected": "x = 2 / (1 - torch.rand(3, 1)) + torch.rand(4)\nx.view(12)",
}

WRONG = {
    "own gradient": (
        "class Half(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n        return x[:, ::2]\n"
        "nn.Linear(4, 2)(Half.apply(torch.rand(2, 6)))",
        "feature-mismatch",
    ),
    "slice": ("nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())[:1](torch.rand(2, 4, 5, 5))", "channel-mismatch"),
    "training": ("b = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).eval().train()\nb(torch.rand(1, 3))", "invalid-layer-argument"),
    "lazy": ("l = nn.LazyLinear(4)\nl(torch.rand(2, 5))\nl(torch.rand(3, 6))", "feature-mismatch"),
    "pair": ("nn.Sequential(nn.GRU(3, 4), nn.Linear(4, 1))(torch.rand(5, 2, 3))", "invalid-layer-argument"),
    "torchsummary": ("from torchsummary import summary\nsummary(nn.Conv2d(3, 8, 3), (1, 8, 8))", "channel-mismatch"),
    "torchinfo": ("import torchinfo\ntorchinfo.summary(nn.Conv2d(3, 8, 3), input_size=(1, 3, 2, 2))", "nonpositive-dimension"),
    "export": ("torch.onnx.export(nn.Linear(3, 4), torch.rand(1, 4), 'a.onnx')", "feature-mismatch"),
    "trace": ("torch.jit.trace(nn.Linear(3, 4), (torch.rand(1, 4),))", "feature-mismatch"),
    "in place": ("x = torch.zeros(3)\nx += torch.zeros(2, 3)", "merge-mismatch"),
    "float size": ("torch.rand(4, 6).view(-1, 12 / 2)", "invalid-layer-argument"),
    "split": ("torch.rand(4, 6).split([2, 3], dim=1)", "reshape-mismatch"),
    "matmul": ("torch.rand(4, 6) @ torch.rand(5, 6)", "merge-mismatch"),
    "attention": (
        "q = torch.rand(2, 5, 8)\nk = torch.rand(2, 6, 7)\nF.scaled_dot_product_attention(q, k, k)",
        "merge-mismatch",
    ),
    "tied": ("d = nn.Linear(4, 7)\nF.linear(torch.rand(2, 7), d.weight)", "feature-mismatch"),
    "mask": ("torch.rand(4, 5)[torch.rand(3) > 0.5]", "merge-mismatch"),
    "positions": ("nn.Linear(6, 1)(torch.rand(4, 5, 7)[torch.arange(4), torch.arange(4)])", "feature-mismatch"),
    "initialize": ("nn.init.xavier_uniform_(nn.Linear(3, 4).bias)", "rank-mismatch"),
    "multinomial": ("torch.multinomial(torch.rand(3, 5), 6)", "invalid-layer-argument"),
    "assigned": ("x = torch.zeros(4, 6)\nx[0] = torch.zeros(5)", "merge-mismatch"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right(name: str) -> None:
    report = analyze(HEAD + RIGHT[name] + "\n")
    assert report.failure is None
    assert [finding.message for finding in report.findings] == []


@pytest.mark.parametrize("name", WRONG)
def test_wrong(name: str) -> None:
    text, rule = WRONG[name]
    report = analyze(HEAD + text + "\n")
    assert [finding.rule for finding in report.findings] == [rule], report.gaps


VERIFIED = {
    "tied weights": "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.e = nn.Embedding(7, 4)\n"
    "        self.d = nn.Linear(4, 7, bias=False)\n        self.d.weight = self.e.weight\n"
    "    def forward(self, x):\n        return self.d(self.e(x))\nnet = Net()\nnet(torch.randint(7, (2, 3)))",
    "forward called directly": "class Net(nn.Module):\n    def __init__(self):\n"
    "        super().__init__()\n        self.d = nn.Linear(4, 7)\n"
    "        for m in self.modules():\n            pass\n"
    "    def forward(self, x):\n        return self.d(x)\nnet = Net()\nnet.forward(torch.rand(2, 4))",
}


@pytest.mark.parametrize("name", VERIFIED)
def test_verified(name: str) -> None:
    report = analyze(HEAD + VERIFIED[name] + "\n")
    assert [(model.name, model.status) for model in report.models] == [("net", "verified")], report.gaps


def test_prototype_that_is_copied() -> None:
    text = "import copy\nlayer = nn.Sequential(nn.Linear(3, 3), nn.ReLU())\n"
    text += "stack = nn.Sequential(*[copy.deepcopy(layer) for _ in range(2)])\n"
    report = analyze(HEAD + text + "stack(torch.rand(2, 3))\n")
    assert [(model.name, model.status) for model in report.models] == [("stack", "verified")]


def test_part_from_another_file(tmp_path: Path) -> None:
    parts = "import torch.nn as nn\nclass Part(nn.Module):\n    def __init__(self, n):\n        super().__init__()\n"
    parts += "        self.body = nn.Sequential(nn.Linear(n, n))\n    def forward(self, x):\n        return self.body(x)\n"
    parts += "def run(net, x):\n    return net(x)\n"
    (tmp_path / "parts.py").write_text(parts)
    text = HEAD + "from parts import Part, run\nnet = nn.Sequential(\n    Part(3),\n    Part(4),\n)\nrun(net, torch.rand(2, 3))\n"
    report = analyze(text, str(tmp_path / "main.py"))
    assert [(finding.span.line, finding.rule) for finding in report.findings] == [(8, "feature-mismatch")]


LOST = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x):
        x = self.c(x)
        s = NUMBER
        return self.c(EXPRESSION)

net = Net()
net(torch.rand(2, 3, 8, 8))
"""
USES = """s * x; x * (x.sum() > s); x - s if s > 2 else x + s; x.pow(s); torch.where(x > s, x, s); x.roll(s, -1)
torch.tensor([s]) * x; x / (1 - s); min(s, 3) * x; math.exp(-s) * x; x.mul_(s); torch.full_like(x, s); x.clamp(max=s)
x[:, :, s, None].repeat(1, 1, 3, 1); x[s]"""


NUMBERS = ["int(torch.randint(0, 2, (1,)))", "torch.randint(0, 2, (1,)).item()", "int(torch.empty(1).uniform_(0, 1).item())"]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("use", [item for line in USES.split("\n") for item in line.split("; ")])
def test_a_number_of_which_the_value_is_lost_is_a_number(number: str, use: str) -> None:
    report = analyze("import math\n" + HEAD + LOST.replace("NUMBER", number).replace("EXPRESSION", use))
    assert [(model.name, model.status) for model in report.models] == [("net", "verified")], report.gaps


@pytest.mark.parametrize(
    ("use", "status"), [("x[:, :, s:s + 4]", "verified"), ("F.pad(x[..., s:], (4, 4))", "verified"), ("x[:, s]", "wrong")]
)
def test_what_a_lost_number_selects(use: str, status: str) -> None:
    """A slice keeps the axis, of any size; a number takes it away."""
    text = LOST.replace("nn.Conv2d(3, 3, 3, padding=1)", "nn.Conv2d(3, 3, 3)").replace("NUMBER", NUMBERS[0])
    report = analyze(HEAD + text.replace("EXPRESSION", use))
    assert [model.status for model in report.models] == [status], report.gaps


def test_the_shape_of_an_input_may_be_told_under_a_condition() -> None:
    """Nothing is wrong for what is only told there."""
    text = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        if torch.rand(1) < 0.5:
            x = x.flip(-1)
        return self.c(x)
"""
    for body, status in (("x.flip(-1)", "verified"), ("self.c(self.c(x))", "partial")):
        report = analyze(HEAD + text.replace("x.flip(-1)", body))
        assert [model.status for model in report.models] == [status] and not report.findings
