"""What programs do to modules behind their backs. All of this works under PyTorch, so that nothing may be reported.

EXACT are those of which the result is known, too: with ``WRONG`` behind them they are refused.
"""

from __future__ import annotations

import pytest

from dimlint import analyze

HEAD = "import copy, operator, os, sys\nimport torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"
NET = (
    "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(3, 4)\n"
    "    def forward(self, x):\n        return self.fc(x)\nm = Net()\n"
)
APPLY = "y = m(torch.zeros(1, 9))\n"
"""What only a changed ``m`` takes."""
WRONG = "m(torch.zeros(1, 77))"

EXACT = {
    "_modules, an item set": NET + "m._modules['fc'] = nn.Linear(9, 2)\n" + APPLY,
    "_modules, of a Sequential": "m = nn.Sequential(nn.Linear(3, 4))\nm._modules['0'] = nn.Linear(9, 4)\n" + APPLY,
    "_modules, while it is iterated over": NET + "def convert(model):\n    for name, part in model._modules.items():\n"
    "        if isinstance(part, nn.Linear):\n            model._modules[name] = nn.Linear(9, part.out_features)\n    return model\n"
    "m = convert(m)\n" + APPLY,
    "_modules, popped": NET + "assert m._modules.pop('fc').in_features == 3\nm.add_module('fc', nn.Linear(9, 4))\n" + APPLY,
    "_modules, updated": NET + "m._modules.update({'fc': nn.Linear(9, 4)})\n" + APPLY,
    "_modules, a copy": NET + "m._modules['fc'] = nn.Linear(9, 2)\nc = copy.copy(m._modules)\nc['fc'] = nn.Linear(2, 2)\n" + APPLY,
    "set_submodule": "m = nn.Sequential(nn.Linear(3, 4))\nm.set_submodule('0', nn.Linear(9, 4))\n" + APPLY,
    "set_submodule, nested": "m = nn.Sequential(nn.Sequential(nn.Linear(3, 4)))\nm.set_submodule('0.0', nn.Linear(9, 4))\n" + APPLY,
    "__setattr__": NET + "m.__setattr__('fc', nn.Linear(9, 4))\n" + APPLY,
    "__setattr__ of the class": NET + "nn.Module.__setattr__(m, 'fc', nn.Linear(9, 4))\n" + APPLY,
    "out=": "b = torch.empty(0)\nr = torch.cat([torch.zeros(2, 9)], 0, out=b)\nm = nn.Linear(9, 4)\nm(b) + m(r)\n",
    "out=, an attribute": NET + "m.b = torch.empty(0)\ntorch.add(torch.zeros(2, 3), 1, out=m.b)\nm(m.b)\n",
    "reset_parameters, other weights": "class Homogeneous(nn.Linear):\n    def reset_parameters(self):\n"
    "        self.weight = nn.Parameter(torch.zeros(self.out_features, self.in_features + 1))\n        self.bias = None\n"
    "Homogeneous(3, 4)(torch.zeros(1, 4))\nm = nn.Linear(9, 4)\n" + APPLY,
    "initialize_parameters, of another layer": "class Init(nn.Linear):\n    def __init__(self, *sizes):\n        super().__init__(*sizes)\n"
    "        self.initialize_parameters()\n    def initialize_parameters(self):\n        nn.init.xavier_uniform_(self.weight)\n"
    "m = Init(9, 4)\n" + APPLY,
    "reset_parameters, the same weights": "class Scaled(nn.Linear):\n    def reset_parameters(self):\n        super().reset_parameters()\n"
    "        nn.init.uniform_(self.weight, -1 / self.weight.size(1) ** 0.5, 1.0)\n"
    "        if self.bias is not None:\n            nn.init.zeros_(self.bias)\nm = Scaled(9, 4)\n" + APPLY,
    "_modules, from the program's __setattr__": "class Own(nn.Module):\n    def __setattr__(self, name, value):\n"
    "        if isinstance(value, nn.Module):\n            self._modules[name] = value\n        else:\n"
    "            super().__setattr__(name, value)\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(9, 4)\n"
    "    def forward(self, x):\n        return self.fc(x)\nm = Own()\n" + APPLY,
    "a shallow copy that stays": "a = nn.Sequential(nn.Linear(9, 4), nn.ReLU())\nm = copy.copy(a)\nm.eval()\nm.name = 'm'\n" + APPLY,
    "__delattr__": "m = nn.Sequential(nn.Linear(9, 4), nn.Linear(4, 5))\nm.__delattr__('1')\nnn.Linear(4, 2)(m(torch.zeros(1, 9)))\n",
}

RIGHT = {
    "an unsafe parametrization": "class Twice(nn.Module):\n    def forward(self, w):\n        return w.repeat(2, 1)\n"
    "m = nn.Linear(3, 2, bias=False)\nnn.utils.parametrize.register_parametrization(m, 'weight', Twice(), unsafe=True)\n"
    "m(torch.zeros(1, 3)) + torch.zeros(1, 4)\n",
    "a shallow copy": "m = nn.Sequential(nn.Linear(3, 4))\nc = copy.copy(m)\nc.append(nn.Linear(4, 5))\n"
    "nn.Linear(5, 1)(m(torch.zeros(1, 3)))\n",
    "a shallow copy, an item set": "m = nn.Sequential(nn.Linear(3, 4))\nc = copy.copy(m)\nm[0] = nn.Linear(3, 5)\n"
    "nn.Linear(5, 1)(c(torch.zeros(1, 3)))\n",
    "two shallow copies": "m = nn.Sequential(nn.Linear(3, 4))\nc, d = copy.copy(m), copy.copy(m)\nc.insert(1, nn.Linear(4, 5))\n"
    "nn.Linear(5, 1)(m(torch.zeros(1, 3)))\nnn.Linear(5, 1)(d(torch.zeros(1, 3)))\n",
    "loading": "class Bank(nn.Module):\n    def __init__(self, size=2):\n        super().__init__()\n"
    "        self.register_buffer('memory', torch.zeros(size, 3))\n"
    "    def _load_from_state_dict(self, state_dict, prefix, *args):\n"
    "        self.memory = torch.zeros_like(state_dict[prefix + 'memory'])\n"
    "        super()._load_from_state_dict(state_dict, prefix, *args)\n    def forward(self, x):\n        return x @ self.memory.t()\n"
    "m = nn.Sequential(Bank())\nm.load_state_dict(nn.Sequential(Bank(5)).state_dict())\nnn.Linear(5, 1)(m(torch.zeros(1, 3)))\n",
    "loading, a hook": "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(3, 2)\n"
    "        self.loaded = False\n        self.register_load_state_dict_post_hook(self.done)\n    def done(self, module, keys):\n"
    "        self.loaded = True\n    def forward(self, x):\n        return x if self.loaded else self.fc(x)\n"
    "m = Net()\nm.load_state_dict(m.state_dict())\nm(torch.zeros(1, 9))\n",
    "loading, extra state": "class Net(nn.Module):\n    def __init__(self, width=3):\n        super().__init__()\n"
    "        self.width = width\n        self.fc = nn.Linear(3, 3)\n    def get_extra_state(self):\n        return self.width\n"
    "    def set_extra_state(self, state):\n        self.width = state\n    def forward(self, x):\n"
    "        return self.fc(x)[:, : self.width]\nm = Net()\nm.load_state_dict(Net(2).state_dict())\n"
    "nn.Linear(2, 1)(m(torch.zeros(1, 3)))\n",
    "in-place operators": "sizes = [4]\noperator.iadd(sizes, [3])\nnn.Linear(3, 2)(torch.zeros(1, sizes[-1]))\n"
    "n = operator.itruediv(6, 2)\nkept = {1}\noperator.ior(kept, {2})\nnn.Linear(2, 1)(torch.zeros(1, len(kept)))\n",
    "an f-string as a statement": "log = []\nf'{log.append(1)}'\nnn.Linear(1, 2)(torch.zeros(1, len(log)))\n",
    "a lambda that yields": "f = lambda: (yield 3)\nfor n in f():\n    nn.Linear(n, 2)(torch.zeros(1, 3))\n",
    **{
        f"the end: {way}": f"{way}\nnn.Linear(3, 4)(torch.zeros(1, 9))\n"
        for way in ("exit()", "quit(0)", "sys.exit(0)", "if True:\n    exit()")
    },
    "an inner method replaced": "class Any(nn.BatchNorm2d):\n    def _check_input_dim(self, input):\n        pass\n"
    "Any(3)(torch.zeros(2, 3))\n",
    "an inner method replaced, of a convolution": "class Causal(nn.Conv1d):\n    def _conv_forward(self, input, weight, bias):\n"
    "        return super()._conv_forward(F.pad(input, (2, 0)), weight, bias)\nx = torch.zeros(1, 3, 5)\nCausal(3, 3, 3)(x) + x\n",
    "an inner method replaced, of an object": "m = nn.BatchNorm2d(3)\nm._check_input_dim = lambda x: None\nm(torch.zeros(2, 3))\n",
    "mock": "from unittest import mock\nwith mock.patch.object(nn.Linear, 'forward', lambda self, x: x):\n"
    "    nn.Linear(3, 4)(torch.zeros(1, 9))\n",
    "mock, by name": "from unittest import mock\nwith mock.patch('torch.nn.Linear.forward', lambda self, x: x):\n"
    "    nn.Linear(3, 4)(torch.zeros(1, 9))\n",
    "mock of a function": "from unittest import mock\nwith mock.patch('torch.nn.functional.relu', lambda x: x[:, :2]):\n"
    "    nn.Linear(2, 4)(F.relu(torch.zeros(1, 9)))\n",
    "hooks of all modules": "def shorten(module, args):\n    return (args[0][..., : module.in_features],)\n"
    "handle = nn.modules.module.register_module_forward_pre_hook(shorten)\nnn.Linear(3, 5)(torch.zeros(1, 9))\nhandle.remove()\n",
    "an open list, an item set": "class Detect(nn.Module):\n    def __init__(self, ch=(8, 16)):\n        super().__init__()\n"
    "        self.m = nn.ModuleList(nn.Conv2d(c, 6, 1) for c in ch)\n    def forward(self, x):\n        for i in range(len(self.m)):\n"
    "            x[i] = self.m[i](x[i])\n            n, _, h, w = x[i].shape\n"
    "            x[i] = x[i].view(n, 2, 3, h, w).permute(0, 1, 3, 4, 2).contiguous()\n        return x\n",
    "an open list, changed": "class Grow(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.c = nn.Conv2d(3, 4, 1)\n"
    "        self.d = nn.Conv2d(4, 4, 1)\n    def forward(self, x):\n        x.insert(0, self.c(x[0]))\n"
    "        return self.d(x[0]) + self.c(x[1])\n",
    "column_stack": "i = torch.arange(6)\nnn.Linear(5, 2)(torch.column_stack((i, torch.rand(6, 4))))\n"
    "torch.column_stack((i, i)).view(6, 2)\ntorch.column_stack((torch.tensor(1), torch.tensor(2))).view(1, 2)\n",
    "out=, in a container": "d = {'a': torch.empty(0)}\ntorch.cat([torch.zeros(2, 3)], out=d['a'])\nnn.Linear(3, 2)(d['a'])\n",
    "out=, of what is not followed": "b = torch.empty(0)\ntorch.special.zeta(torch.ones(3), torch.ones(3), out=b)\nb.view(3)\n",
    "out=, of several results": "v, i = torch.empty(0), torch.empty(0, dtype=torch.long)\ntorch.max(torch.rand(4, 5), 1, out=(v, i))\n"
    "v + torch.zeros(4)\ntorch.zeros(4, 5).gather(1, i.view(4, 1))\n",
    "a lambda as forward": "m = type('Dyn', (nn.Module,), {'forward': lambda self, x: x})()\n" + APPLY,
    "a lambda as forward, in a class": "class Net(nn.Module):\n    forward = lambda self, x: x * 2\nm = Net()\n" + APPLY,
    "_modules, a name that is not known": NET + "for name in sorted(os.environ)[:0] + ['fc']:\n    m._modules[name] = nn.Linear(9, 4)\n"
    "m._modules['fc'] = nn.Linear(9, 4)\n" + APPLY,
    "_modules, replaced": "m = nn.Sequential(nn.Linear(3, 4))\nm._modules = {'a': nn.Linear(9, 4)}\n" + APPLY,
    "_modules, shared": "m, n = nn.Sequential(nn.Linear(3, 4)), nn.Sequential(nn.Linear(3, 4))\nm._modules = n._modules\n"
    "n[0] = nn.Linear(9, 4)\n" + APPLY,
    "_parameters, an item set": "m = nn.Linear(3, 4)\nm._parameters['weight'] = nn.Parameter(torch.zeros(4, 9))\n" + APPLY,
    "_parameters, deleted": "m = nn.Linear(3, 4)\ndel m._parameters['weight']\nm.weight = torch.zeros(4, 9)\n" + APPLY,
    "sizes of pools, as given": "m = nn.MaxPool2d(2)\nassert m.kernel_size == m.stride == 2 and m.padding == 0\n"
    "nn.Linear(m.stride, 1)(torch.zeros(1, 2))\nm.kernel_size = 3\nm(torch.zeros(1, 1, 9, 9)) + torch.zeros(1, 1, 4, 4)\n",
    "sizes of other layers": "assert nn.Unfold(2).padding == 0 and nn.Embedding(4, 2, padding_idx=-1).padding_idx == 3\n"
    "nn.Linear(2 if nn.LPPool2d(2, 2).stride is None and nn.AvgPool1d(2).stride == (2,) else 1, 1)(torch.zeros(1, 2))\n",
    "_buffers, an item set": "m = nn.BatchNorm1d(3, affine=False)\n"
    "m._buffers['running_mean'], m._buffers['running_var'] = torch.zeros(4), torch.ones(4)\nm(torch.zeros(2, 4))\n",
    "__dict__, an item set": "m = nn.Conv2d(3, 4, 3)\nm.__dict__['stride'] = (2, 2)\n"
    "m(torch.zeros(1, 3, 9, 9)) + torch.zeros(1, 4, 4, 4)\n",
    "registries, empty or not": "def width(m): return 5 if m._parameters else 4\n"
    "nn.Linear(width(nn.ReLU()), 3)(torch.zeros(1, 4))\nnn.Linear(5 if nn.ReLU()._buffers else 4, 3)(torch.zeros(1, 4))\n",
    "hooks, cleared": "m = nn.Linear(3, 4)\nm.register_forward_hook(lambda m, a, y: y[:, :2])\nm._forward_hooks.clear()\n"
    "y = m(torch.zeros(1, 3)) + torch.zeros(1, 4)\n",
}


@pytest.mark.parametrize("name", [*EXACT, *RIGHT])
def test_right(name: str) -> None:
    report = analyze(HEAD + {**EXACT, **RIGHT}[name])
    assert report.failure is None
    assert [finding.message for finding in report.findings] == []


@pytest.mark.parametrize("name", EXACT)
def test_exact(name: str) -> None:
    report = analyze(HEAD + EXACT[name] + WRONG)
    assert [finding.rule for finding in report.findings] == ["feature-mismatch"], report.gaps
