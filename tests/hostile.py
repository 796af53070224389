# ruff: noqa: E501 -- programs stand on one line each
"""Programs that mean harm, or look as if they did: each is made of a short rule, stands between a model and a mistake, and must end."""

from __future__ import annotations

from collections.abc import Callable

HEAD = """\
import torch
from torch import nn
import keras

class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        return self.pool(self.conv(x))

net = Net()
before = net(torch.randn(1, 3, 16, 16))
"""
TAIL = "after = nn.Linear(7, 3)(torch.ones(1, 77))\n"
"""A mistake, reported unless the program before it uses up the fuel."""

SIZES = "x = torch.randn(1, 3, int(input()), int(input()))\nn, m = x.shape[2], x.shape[3]\n"


def lines(count: int, line: Callable[[int], str]) -> str:
    return "".join(line(i) + "\n" for i in range(count))


def nested(count: int, opening: Callable[[int], str], inside: str, closing: Callable[[int], str] | None = None) -> str:
    """Blocks inside each other; ``closing`` gives what follows each, from the inside out."""
    text = "".join(" " * i + opening(i) + "\n" for i in range(count)) + " " * count + inside + "\n"
    for i in reversed(range(count)) if closing is not None else ():
        text += "".join(" " * i + line + "\n" for line in closing(i).splitlines())
    return text


ODD = [
    "0",
    "-1",
    "1",
    "2",
    "3",
    "10**30",
    "-10**30",
    "None",
    "1.5",
    "1j",
    "'a'",
    "''",
    "b'x'",
    "'same'",
    "'ij,jk->ik'",
    "'channels_first'",
    "[]",
    "()",
    "{}",
    "(1,)",
    "[2,2]",
    "(1,2,3)",
    "(1,'a')",
    "[[1,2],[3]]",
    "int(input())",
    "(int(input()),2)",
    "input()",
    "True",
    "...",
    "object()",
    "torch",
    "range(3)",
    "slice(0,2)",
    "float('nan')",
    "torch.float32",
    "t",
    "t4",
    "k",
    "k4",
    "(t,)",
    "[t,t]",
    "(t4,t4)",
    "{'a':t}",
    "net",
    "(None,3)",
    "[None]",
    "nn.Linear(3,3)",
    "keras.layers.Dense(2)",
    "len",
]
"""Arguments that hardly any function wants."""

ODD_HEAD = (
    "import copy, functools, itertools, math, numpy, operator, os, sys, tensorflow\nt = torch.randn(2, 3)\nt4 = torch.randn(2, 3, 8, 8)\n"
)
ODD_HEAD += "k = keras.Input((3,))\nk4 = keras.Input((8, 8, 3))\n"

SYNTAX = {
    "parentheses": "x = " + "(" * 3000 + "1" + ")" * 3000,
    "unclosed": "x = " + "[" * 3000,
    "calls": "x = " + "f(" * 3000 + "1" + ")" * 3000,
    "calls that pass": "x = " + "net(" * 48 + "before" + ")" * 48,
    "dictionaries": "x = " + "{1:" * 3000 + "1" + "}" * 3000,
    "walrus in walrus": "x = " + "(a:=" * 3000 + "1" + ")" * 3000,
    "long attributes": "x = net" + ".b" * 20_000,
    "long subscripts": "x = before" + "[0]" * 20_000,
    "long calls": "x = net" + "()" * 20_000,
    "long powers": "x = " + "2**" * 20_000 + "2",
    "long conditionals": "x = " + "1 if u else " * 20_000 + "1",
    "long elif": "if u: x = 0\n" + "elif u: x = 1\n" * 20_000,
    "dotted import": "import a" + ".a" * 20_000,
    "deep blocks": nested(120, lambda i: "if u:", "x = 1"),
    "lambdas": "x = " + "lambda:" * 5000 + "1",
    "lambdas that pass": "x = (" + "lambda:" * 390 + "1)" + "()" * 100,
    "conjunction": "x = " + "a and " * 10_000 + "a",
    "conjunction that passes": "x = " + "before and " * 390 + "before",
    "negations": "x = " + "not " * 790 + "before",
    "signs": "x = " + "- " * 790 + "before",
    "sum": "x = " + "1+" * 20_000 + "1",
    "sum that passes": "x = " + "before+" * 390 + "before",
    "powers": "x = " + "2**" * 390 + "2",
    "conditionals": "x = " + "1 if u else " * 190 + "1",
    "attributes": "x = net" + ".b" * 390,
    "subscripts": "x = before" + "[0]" * 260,
    "elif": "u = int(input())\nif u == -1: x = 0\n" + lines(290, lambda i: f"elif u == {i}: x = {i}"),
    "patterns": "match x:\n    case " + "[" * 30 + "a" + "]" * 30 + ":\n        pass",
    "walrus": "x = " + "(a:=" * 45 + "1" + ")" * 45,
    "strings": "x = " + "'a' " * 6000,
    "escapes": 'x = "\\x4"\ny = b"\\xzz"\nz = f"\\x4{x}"\ndef f(a: "\\x4") -> "\\x4": "\\x4"\nclass A: __slots__ = ("\\x4",)\n"\\N{nothing}"',
    "dots": "from " + "." * 100_000 + "a import b",
    "targets": "a = " * 390 + "[]",
    "formats": 'x = f"' + "{a:" * 40 + "}" * 40 + '"',
    "decorators": "@print\n" * 2000 + "def f(): pass",
    "functions in functions": nested(85, lambda i: f"def f{i}():", "return 1") + "f0()",
    "classes in classes": nested(85, lambda i: f"class C{i}(nn.Module):", "pass"),
    "many tokens": "x = [" + "1," * 490_000 + "]",
    "python 2": "print 'x'",
    "tabs": "if 1:\n\tx = 1\n        y = 2",
    "unterminated": "x = '''abc",
    "nul": "x = \0",
    "outside of functions": "return\nyield 1\nawait x\nbreak\ncontinue\nglobal x",
    "newer python": "try: pass\nexcept A, B: pass\nx = f'{'a' + f'{'b'}'}'\ntype X[T] = X[X[T]]",
    "carriage returns": "x = 1\r\ny = 2\rz = 3\n\x0cq = 4",
}
"""Texts that a parser may not survive."""

NUMBERS = {
    "integers": "10**10**10\n1 << 10**10\n-1 << 10**12\n(1 << 64) ** (1 << 64)\n10 ** -10**10\n0 ** -1\npow(10, 10**10)\n"
    "7 % 0\ndivmod(1, 0)\nint('9' * 10**6)\nint(float('inf'))\n2.0 ** 10000\nfloat('1e999')\nstr(10**10**6)\nhex(16**50000)\n"
    "import math\nmath.factorial(10**9)\nmath.comb(10**9, 10**8)\nmath.exp(10**5)\nmath.log(0)\nmath.sqrt(-1)",
    "texts": "'a' * 10**12\n'%1000000000d' % 1\nf'{1:1000000000}'\n'a'.ljust(10**10)\n'a'.zfill(10**10)\n'ab'.replace('', 'x' * 10**6)\n"
    "'{:{}}'.format(1, 10**9)\n'%*d' % (10**9, 1)\n'{0[0][0]}'.format(1)\n'{'.format(1)\n'%' % 1\n'a'.expandtabs(10**10)\nchr(10**10)",
    "sequences": "[0] * 10**12\nlist(range(10**9))\n(0,) * 10**8\nbytes(10**10)\nsum(range(10**12))\n[i for i in range(10**12)]\n"
    "{i: i for i in range(10**12)}\nset(range(10**12))\nmax(range(10**12))\ndict.fromkeys(range(10**12))\nlen(range(10**100))\n"
    "for i in range(10**30): net(before)\nx = [1, 2, 3]\nx[::0]\nx[10**100:]\nx[-10**100]\nx[0:0] = x * 10**6\nx *= 10**9\n"
    "x[1:2] = range(10**12)\nrange(10**100)[10**99]\nrange(3)[10**99]\nx, *y = range(10**12)\nprint(*range(10**12))",
    "itertools": "import itertools\nlist(itertools.product(range(1000), repeat=10))\nlist(itertools.permutations(range(100)))\n"
    "list(itertools.repeat(1, 10**12))\nlist(itertools.cycle([1]))\nsum(itertools.count())\nany(x < 0 for x in itertools.count())\n"
    "list(itertools.islice(itertools.count(), 10**12))\nlist(itertools.accumulate(range(10**12)))",
    "literals": f"x = 0x{'f' * 5000}\nnn.Linear(x, 3)(torch.randn(1, x))\nstr(x)\nf'{{x}}'\nnn.Linear({'9' * 5000}, 3)\nnn.Linear(1e999, 3)\n"
    f"s = '{'a' * 100_000}'\nnn.Linear(3, s)\nnn.Conv2d(3, 3, 3, padding=s)(before)\ngetattr(nn, s)(3)",
    "squares": "a0 = 3\n" + lines(40, lambda i: f"a{i + 1} = a{i} * a{i}") + "nn.Linear(a40, a40)\nx = 3\n" + "x = x * x + 1\n" * 200,
    "doubling": "x = 'a'\ny = [1]\nz = (1,)\nw = []\n" + "x = x + x\ny = y + y\nz += z\nw.extend([w, 1])\nw.extend(w)\n" * 60,
    "layers": "n = 10**10**10\nk = 10**30\nnn.Linear(n, n)\nnn.Conv2d(3, 3, n)(before)\nnn.Conv2d(k, k, k)(torch.randn(1, k, k, k))\n"
    "nn.Sequential(*[nn.Linear(3, 3)] * 10**12)\nnn.ModuleList([net] * 10**12)\nnn.LSTM(3, 3, num_layers=10**12)(torch.randn(1, 1, 3))\n"
    "nn.Conv2d(3, 3, 3, stride=k, dilation=k, padding=k)(before)\nkeras.layers.Dense(k)(keras.Input((k,)))\n"
    "keras.layers.Conv2D(k, k)(keras.Input((k, k, 3)))\nkeras.layers.RepeatVector(k)(keras.Input((3,)))\n"
    "keras.layers.ZeroPadding2D(k)(keras.Input((3, 3, 3)))\nkeras.layers.Cropping2D(k)(keras.Input((3, 3, 3)))\n"
    "keras.Sequential([keras.layers.Dense(3)] * 10**9)",
    "tensors": "k = 10**30\nt = torch.zeros(10**12)\nbefore.view(k, k)\nbefore.reshape(-1, k)\nbefore.expand(k, -1, -1, -1)\n"
    "torch.arange(k)\nbefore[k]\nbefore[:k:k]\nbefore.flatten(-k)\nbefore.unsqueeze(k)\ntorch.split(t, 1)\nt.chunk(10**12)\nt.unbind()\n"
    "t.tensor_split(10**12)\nlist(t)\na, *b = t\nfor i in t: net(i)\ntorch.cat([before] * 10**12)\ntorch.zeros(*[1] * 10**9)\n"
    "torch.meshgrid(*[before] * 10**9)\ntorch.einsum('i' * 10**7, before)\nbefore.permute(*range(10**12))\ntorch.zeros([2] * 100).view(-1)",
    "sums of sizes": SIZES
    + "n, m = (n + m) // 2, (n - m + 1) // 3\n" * 60
    + "net(torch.randn(1, 3, n, m))\nnn.Linear(n, m)(torch.randn(m, n))",
    "products of sizes": SIZES + "n, m = n * m + n, n * n - m\n" * 60 + "before.view(n, m, -1)\nif n < m: pass",
    "extremes of sizes": SIZES + "n, m = max(n, m // 2), min(m % 7, n + 1) // 2\n" * 60 + "net(torch.randn(1, 3, n, m))",
    "many unknown sizes": "x = torch.randn(" + "int(input()), " * 60 + ")\ny = sum(x.shape)\nz = 1\nfor s in x.shape: z = z * s\n"
    "x.reshape(z)\nx.flatten().view(x.shape)\nfor i in range(200): y = y // 2 + y\nx.view(y, z)\nx.view(y % z)",
    "chain of windows": SIZES
    + lines(100, lambda i: f"x = nn.Conv2d(3, 3, {i % 5 + 2}, {i % 3 + 1})(nn.functional.interpolate(x, scale_factor=2))"),
}
"""Numbers, texts and sequences that no machine holds."""

RECURSION = {
    "functions": "def f(x): return f(x)\nf(before)\ndef g(x): return h(x)\ndef h(x): return g(x)\ng(before)\nw = lambda x: x(x)\nw(w)\n"
    "def c(x): return c(c(c(x)))\nc(before)\ndef deco(f): return deco(f)\n@deco\ndef d(x): pass\nd(1)",
    "fibonacci": "def fib(n): return fib(n - 1) + fib(n - 2)\nfib(10**6)\nfib(int(input()))",
    "ackermann": "def a(m, n): return n + 1 if m == 0 else a(m - 1, 1) if n == 0 else a(m - 1, a(m, n - 1))\na(5, 5)\na(int(input()), 3)",
    "models": "class R(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = R()\n        self.b = R()\n"
    "    def forward(self, x): return self.a(x) + self.b(x)\nR()(before)",
    "a model in itself": "class S(nn.Module):\n    def forward(self, x): return self.me(x)\ns = S()\ns.me = s\ns(before)\nlist(s.modules())\n"
    "m = nn.Sequential()\nm.append(m)\nm(before)\nk = keras.Sequential()\nk.add(k)\nk(keras.Input((3,)))\nnet.forward = net\nnet(before)",
    "attributes": "class A:\n    @property\n    def a(self): return self.b\n    @property\n    def b(self): return self.a\nA().a\n"
    "class G:\n    def __getattr__(self, n): return getattr(self, n)\nG().q\nclass J:\n    def __setattr__(self, n, v): self.x = v\nJ().x = 1\n"
    "class K(nn.Module):\n    def __init__(self): self.__init__()\n    def __call__(self, x): return self(x)\nK()(before)",
    "bases": "class A(B): pass\nclass B(A): pass\nclass A(B): pass\nA()\nclass N(nn.Module): pass\nclass N(N):\n"
    "    def forward(self, x): return super().forward(x)\nN()(before)\nclass X(object, nn.Module): pass\nX()(before)\nA.__bases__ = (A,)\nA()",
    "long line of classes": "class C0(nn.Module): pass\n" + lines(500, lambda i: f"class C{i + 1}(C{i}): pass") + "C500()(before)",
    "many bases": "class A0: pass\nclass B0: pass\n"
    + lines(25, lambda i: f"class A{i + 1}(A{i}, B{i}): pass\nclass B{i + 1}(A{i}, B{i}): pass"),
    "data": "l = []\nl.append(l)\nl == [l]\nstr(l)\nd = {}\nd['d'] = d\nd == {'d': d}\nimport copy\ncopy.deepcopy([l, d])\nl.extend(l)\n"
    "for q in l: l.append(q)\nsorted(l)\nnn.Sequential(*l)\ntorch.cat(l)\ntorch.tensor(l)\nkeras.Sequential(l)\nkeras.layers.Concatenate()(l)",
    "generators": "def gen():\n    while True: yield 1\nfor q in gen(): pass\nlist(gen())\n[*gen()]\na, *b = gen()\nnn.Sequential(*gen())\n"
    "5 in gen()\ndef gg(): yield from gg()\nlist(gg())",
    "imports": "import {self}\nfrom {self} import *\nimport {self} as me\nme.me.me.net(before)\nfrom .{self} import net as other\nother(before)\n"
    "import {other}\n{other}.net(before)",
    "chains of calls": "def f0(x): return net(x)\n" + lines(1000, lambda i: f"f{i + 1} = lambda x: f{i}(x)") + "f1000(before)",
    "hooks": "def hook(m, i, o): return m(o)\nnet.register_forward_hook(hook)\nnet(before)",
    **{
        f"special method {name}": f"class D:\n    def {name}(self, *a): return {body}\nd = D()\n{use}"
        for name, body, use in [
            ("__add__", "self + a[0]", "d + d"),
            ("__call__", "self()", "d()"),
            ("__len__", "len(self)", "len(d)\nif d: pass"),
            ("__iter__", "iter(self)", "for q in d: pass\nlist(d)"),
            ("__getitem__", "self[a]", "d[0]\nfor q in d: pass"),
            ("__eq__", "self == a", "d == d\nd in [d, 1]"),
            ("__hash__", "hash(self)", "{d: 1}"),
            ("__str__", "str(self)", "f'{d}'"),
            ("__lt__", "self < a", "sorted([d, d])"),
            ("__index__", "[1][self]", "[1][d]\nrange(d)"),
            ("__enter__", "self.__enter__()", "with d: pass"),
        ]
    },
}
"""Definitions and data that lead back to themselves."""

GROWTH = {
    "calls": "def f0(x): return net(x)\n" + lines(40, lambda i: f"def f{i + 1}(x): f{i}(x); return f{i}(x)") + "f40(before)",
    "models": "class M0(nn.Module):\n    def forward(self, x): return x\n"
    + lines(
        30,
        lambda i: (
            f"class M{i + 1}(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a, self.b = M{i}(), M{i}()\n"
            "    def forward(self, x): return self.b(self.a(x))"
        ),
    )
    + "M30()(before)",
    "tuples": "x0 = (1, 2)\n"
    + lines(60, lambda i: f"x{i + 1} = (x{i}, x{i})")
    + "x60 == x60\nstr(x60)\nhash(x60)\n{x60: 1}\nbefore.view(x60)",
    "lists": "x0 = [before]\n"
    + lines(60, lambda i: f"x{i + 1} = [x{i}, x{i}]")
    + "str(x60)\nimport copy\nx60 == copy.deepcopy(x60)\nnet(x60)",
    "dictionaries": "x0 = {'a': 1}\n"
    + lines(60, lambda i: f"x{i + 1} = {{'a': x{i}, 'b': x{i}}}")
    + "x60 == dict(x60)\nkeras.Model(x60, x60)",
    "tuples on two paths": "x = (1, 2)\ny = (2, 1)\n" + "if input(): x, y = (x, y), (y, x)\nelse: x, y = (y, x), (x, y)\n" * 60 + "x == y",
    "graphs": "i = keras.Input((8,))\nx = i\n" + "x = keras.layers.Add()([x, x])\n" * 60 + "keras.Model(i, x)(i)",
    "nesting": "x = 1\ny = []\nf = net\nfor i in range(10**5):\n    x = (x,)\n    y = [y]\nfor i in range(2000): f = nn.Sequential(f)\n"
    "str(x)\nx == x\nstr(y)\nbefore.view(x)\ntorch.cat(y)\nif input(): z = x\nelse: z = y\nf(before)",
    "models in models": "i = keras.Input((8,))\nm = keras.Model(i, keras.layers.Dense(8)(i))\n" + "m = keras.Model(i, m(m(i)))\n" * 20,
    "branches": lines(300, lambda i: f"if input(): x{i} = net\nelse: x{i} = torch.randn(1, {i + 1})"),
    "branches of one value": "x = before\n" + "if input(): x = nn.ReLU()(x)\nelse: x = x + x\n" * 300,
    "early returns": "def f(u, x):\n"
    + lines(300, lambda i: f"    if u[{i}]: return x\n    x = nn.functional.relu(x)")
    + "f(input(), before)",
    "nested branches": nested(40, lambda i: f"if input({i}):", "x = net(before)", lambda i: f"else:\n x = torch.randn({i + 1})"),
    "nested loops": nested(20, lambda i: f"for a{i} in range(int(input())):", "x = before")
    + nested(20, lambda i: f"for a{i} in input():", "before = nn.functional.relu(before)")
    + nested(8, lambda i: f"for a{i} in range(100):", "net(torch.randn(1, 3, 16, 16))"),
    "nested handlers": nested(
        40, lambda i: "try:", "x = net(input())", lambda i: f"except Exception:\n x = net(torch.ones(1, 3, {i + 9}, 9))\nfinally:\n net(x)"
    ),
    "endless loops": "x = 0\nwhile True:\n    x += 1\n    net(torch.randn(1, 3, 16, 16))\n    if input(): break\ndef f():\n    while True: pass\nf()",
    "mutual recursion": lines(
        100, lambda i: f"def g{i}(x, flag=None):\n    for j in x: x = j\n    while x: x = g{(i + 1) % 100}(x, flag)\n    return x"
    ),
    "long Sequential": "m = nn.Sequential(\n" + "    nn.Linear(8, 8),\n" * 5000 + ")\nm(torch.randn(1, 8))",
    "long loop": "x = torch.randn(1, 8)\nml = nn.ModuleList([nn.Linear(8, 8) for _ in range(5000)])\nfor m in ml: x = m(x)\n"
    "y = keras.Input((8,))\nfor i in range(5000): y = keras.layers.Dense(8)(y)\nk = keras.Sequential([keras.Input((8,))])\n"
    "for i in range(5000): k.add(keras.layers.Dense(8))",
    "model that grows": "k = keras.Sequential([keras.Input((8,))])\n" + "k.add(keras.layers.Dense(8))\n" * 1000,
    "many functions": lines(2000, lambda i: f"def f{i}(x=None): return nn.Linear({i + 1}, 3)(x)"),
    "many classes": lines(500, lambda i: f"class C{i}(nn.Module):\n    def forward(self, x): return C{(i * 13) % 500}()(x)"),
    "large literals": "d = {"
    + lines(5000, lambda i: f"'k{i}': {i},")
    + "}\nfor k in d: net(before)\nl = ["
    + "1, " * 20_000
    + "]\nsum(l)\nl == l",
    "comments": f"# dimlint: ignore[{'x,' * 9999}]\n# dimlint: input={'1x' * 9999}1\n# dimlint: input={'(' * 9999}\n# pylint: disable={'x,' * 9999}\n"
    "class Q(nn.Module):\n    def forward(self, x): return net(x)",
}
"""Small programs that do, or seem to do, exponentially much; and large ones."""
