# ruff: noqa: E501 -- programs stand on one line each
"""Python's semantics: small programs give the interpreter the values that they give Python."""

from __future__ import annotations

import textwrap

import pytest

from dimlint.core.dim import SymbolicDim
from dimlint.core.value import Ref, Unknown
from dimlint.interpreter.entry import run_module
from dimlint.interpreter.frame import MISSING, Unit
from dimlint.interpreter.machine import Interpreter
from dimlint.libraries import LANGUAGE, LIBRARIES
from dimlint.source import Source

PROGRAMS = [
    "result = [i * j for i in range(4) for j in range(i) if j % 2 == 0]",
    "def f(n):\n    return 1 if n < 2 else n * f(n - 1)\nresult = f(6)",
    "def f(a, b=2, *c, d=4, **e):\n    return (a, b, c, d, sorted(e.items()))\nresult = [f(1), f(1, 3, 4, 5), f(1, d=7, z=8), f(*[1, 2], **{'d': 3})]",
    "x = 1\ndef f():\n    global x\n    x = x + 1\n    return x\nresult = (f(), f(), x)",
    "def counter():\n    n = 0\n    def step():\n        nonlocal n\n        n += 1\n        return n\n    return step\nc = counter()\nresult = (c(), c(), c())",
    "result = []\nfor i in range(10):\n    if i == 3:\n        continue\n    if i == 6:\n        break\n    result.append(i)\nelse:\n    result.append('end')",
    "result = []\nfor i in range(3):\n    result.append(i)\nelse:\n    result.append('end')",
    "i = 0\nwhile i < 5:\n    i += 2\nelse:\n    i = -i\nresult = i",
    "def g():\n    for i in range(3):\n        yield i\n    yield from [7, 8]\nresult = list(g())",
    "class A:\n    k = 3\n    def __init__(self, n):\n        self.n = n\n    @property\n    def twice(self):\n        return self.n * 2\n    @staticmethod\n"
    "    def s(x):\n        return x + 1\n    @classmethod\n    def make(cls, n):\n        return cls(n + cls.k)\nresult = (A(2).twice, A.s(1), A.make(4).n)",
    "class A:\n    def f(self):\n        return ['A']\nclass B(A):\n    def f(self):\n        return ['B'] + super().f()\nclass C(A):\n    def f(self):\n"
    "        return ['C'] + super().f()\nclass D(B, C):\n    def f(self):\n        return ['D'] + super().f()\nresult = D().f()",
    "a, *b, c = range(6)\nresult = (a, b, c)",
    "(a, b), c = (1, 2), 3\nresult = [a, b, c]",
    "d = {'a': 1}\nd['b'] = 2\nd.update(c=3)\nresult = [(k, v) for k, v in d.items()]",
    "l = [1, 2, 3, 4]\nl[1:3] = [9]\ndel l[0]\nl += [5]\nresult = (l, l[-1], l[::-1])",
    "result = f'{3 + 4:>4}|{\"x\"!r}|{2.5:.2f}'",
    "try:\n    raise ValueError('x')\nexcept (KeyError, ValueError) as e:\n    result = 'caught'\nfinally:\n    other = 1",
    "def f():\n    try:\n        return 1\n    finally:\n        g.append(2)\ng = []\nresult = (f(), g)",
    "y = (z := [0, 1, 2])\nresult = [x if x > 1 else -x for x in z] + y",
    "result = (lambda a, b=2: a * b)(4)",
    "import math\nresult = (math.floor(7 / 2), math.sqrt(16), 7 // -2, -7 % 3, 2 ** 10)",
    "from functools import partial, reduce\nresult = partial(max, 3)(1, 2), reduce(lambda a, b: a * b, [1, 2, 3, 4])",
    "match (1, 'a'):\n    case (1, 'b'):\n        result = 0\n    case (1, x):\n        result = x\n    case _:\n        result = 2",
    "result = sorted([3, 1, 2], key=lambda x: -x), list(zip('ab', [1, 2])), list(enumerate('ab', 1)), list(map(str, [1, 2]))",
    "x = None\nresult = (x is None, x is not None, 3 in [1, 3], 'a' not in 'cab', 1 < 2 < 3, not x, x or 5, 0 and 1)",
    "def deco(f):\n    def inner(*a, **k):\n        return f(*a, **k) + 1\n    return inner\n@deco\ndef f(x):\n    return x\nresult = f(4)",
    "total = 0\nfor i in range(1000):\n    pass\nresult = i",
    "def f(x):\n    if x > 2:\n        return 'big'\n    return 'small'\nresult = [f(i) for i in range(5)]",
    "class A:\n    def __init__(self):\n        self.items = []\n    def __len__(self):\n        return len(self.items)\n    def __getitem__(self, i):\n"
    "        return self.items[i]\n    def __call__(self, x):\n        self.items.append(x)\n        return self\na = A()(1)(2)\nresult = (len(a), a[1], bool(a))",
    "x = [1, 2]\ny = x\ny.append(3)\nresult = x",
    "import itertools, collections\nresult = list(itertools.chain([1], [2, 3])), list(collections.OrderedDict([('a', 1)]).items())",
    "result = {**{'a': 1}, 'b': 2}['b'] + len({1, 2, 2}) + sum(x for x in (1, 2))",
]


def run(program: str) -> tuple[Interpreter, Unit]:
    """Run a program text; the machine and its main module."""
    source = Source.parse(program, "program.py")
    unit = Unit("program.py", "__main__", source, is_main=True)
    machine = Interpreter(LIBRARIES, LANGUAGE, lambda name, importer, level: None, {}, 100_000)
    run_module(machine, unit)
    return machine, unit


def value_of(program: str, name: str = "result") -> object:
    machine, unit = run(textwrap.dedent(program))
    value = machine.store.get((unit.scope.number, name))
    assert value is not MISSING
    return machine.plain(value)


@pytest.mark.parametrize("program", PROGRAMS)
def test_gives_what_python_gives(program: str) -> None:
    scope: dict[str, object] = {}
    exec(program, scope)  # the program is ours
    found = value_of(program)
    assert not isinstance(found, (Unknown, Ref)), found
    assert found == scope["result"]


@pytest.mark.parametrize(
    "program",
    [
        "c = int(input())\nx = 1\nif c:\n    x = 2\nresult = x",
        "def f(c):\n    if c:\n        return 1\n    return 2\nresult = f(int(input()))",
        "def f(c):\n    for i in range(5):\n        if c > i:\n            return i\n    return 9\nresult = f(int(input()))",
        "x = 0\nfor i in open('x'):\n    x = x + 1\nresult = x",
        "x = 0\nwhile input():\n    x = 5\nresult = x",
        "x = 1\nfor i in range(3):\n    if input():\n        x = 2\n        break\nelse:\n    x = 3\nresult = x",
        "x = 1\ntry:\n    x = int(input())\nexcept ValueError:\n    x = 3\nresult = x",
        "a = [1]\nif input():\n    a.append(2)\nresult = len(a)",
        "class A: pass\na = A()\na.x = 1\nif input():\n    a.x = 2\nresult = a.x",
        "def f(c):\n    a = []\n    for i in range(4):\n        if c:\n            continue\n        a.append(i)\n    return len(a)\nresult = f(input())",
    ],
)
def test_does_not_claim_what_depends_on_an_unknown(program: str) -> None:
    assert isinstance(value_of(program), (Unknown, SymbolicDim))


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("c = input()\nif c:\n    x = 2\nelse:\n    x = 2\nresult = x", 2),
        ("def f(c):\n    if c:\n        raise ValueError\n    return 2\nresult = f(input())", 2),
        ("def f(c):\n    x = 1\n    if c:\n        return 7\n    x = 2\n    return 7\nresult = f(input())", 7),
        ("x = 3\nfor i in open('x'):\n    y = i\nresult = x", 3),
        ("def f(c):\n    while True:\n        if c:\n            break\n    return 4\nresult = f(input())", 4),
        ("x = 1\ntry:\n    y = unknown_function()\nexcept ImportError:\n    raise\nresult = x", 1),
        (
            "def f(c, d):\n    for i in range(3):\n        if c:\n            return 5\n        if d:\n            break\n    return 5\nresult = f(input(), input())",
            5,
        ),
        ("def f(c, d):\n    if c:\n        if d:\n            return 5\n        y = 1\n    return 5\nresult = f(input(), input())", 5),
    ],
)
def test_keeps_what_all_paths_agree_on(program: str, expected: object) -> None:
    assert value_of(program) == expected


def test_a_join_of_nested_early_returns_restores_every_path() -> None:
    program = """
        def f(c, d, box):
            if c:
                box['k'] = 1
                if d:
                    return 1
                box['k'] = 2
            else:
                box['k'] = 2
            return 2
        box = {}
        f(input(), input(), box)
        result = box['k']
    """
    assert isinstance(value_of(program), SymbolicDim)
