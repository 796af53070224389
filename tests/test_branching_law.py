# ruff: noqa: E501 -- programs stand on one line each
"""A law of fork and join: whatever a program computes for some outcome of its unknown conditions, the analysis allows."""

from __future__ import annotations

import itertools
import random

import pytest

from dimlint.core.dim import SymbolicDim, bounds
from dimlint.core.value import Unknown
from dimlint.interpreter.entry import run_module
from dimlint.interpreter.frame import MISSING, Unit
from dimlint.interpreter.machine import Interpreter
from dimlint.libraries import LANGUAGE, LIBRARIES
from dimlint.source import Source

CONDITIONS = 4

START = """
class Thing: pass
class Manager:
    def __init__(self, o, n):
        self.o, self.n = o, n
    def __enter__(self):
        self.o.v = self.n
        return self.n
    def __exit__(self, kind, value, trace):
        self.o.v += 1
        return self.n > 3 and kind is not None
box, items, o = {'k': 0}, [], Thing()
o.v = 0
def f(u, box, items, o):
    x = 0
    y = 1
    alias = items
"""
NAMES = ("result", "box", "o", "items")
SIMPLE = [
    "o.v = {n}", "o.v += x", "x = o.v", "box['k'] += 1", "alias.append(x)", "alias = list(items)", "items += [y]", "alias = items",
    "box.pop('j', None)", "box['j'] = {n}", "x = box.get('j', y)", "y = sum(items)", "x, y = y, x", "items[:1] = [{n}]", "o.w = alias",
    "x = len([y for y in items if y > {n}])", "x = sum(o.v for i in range({n}))", "x = u({c}) and o.v", "y = sum([items.append(i) or i for i in range(u({c}))])",
]  # fmt: skip
"""Statements that change what is shared."""


class Writer:
    """Writes random functions over x, y, an object, a list and a dictionary, with conditions ``u(0)`` … that nothing is known of."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def program(self) -> str:
        body = self.block(3, in_loop=False)
        return START + indent(body) + "    return x\nresult = f(u, box, items, o)\n"

    def block(self, depth: int, *, in_loop: bool) -> list[str]:
        return [line for _ in range(self.random.randint(1, 3)) for line in self.statement(depth, in_loop=in_loop)]

    def statement(self, depth: int, *, in_loop: bool) -> list[str]:
        simple = [
            *SIMPLE,
            "x = {n}",
            "y = x + {n}",
            "x = y * 2",
            "x += {n}",
            "box['k'] = x",
            "box['k'] = {n}",
            "items.append({n})",
            "x = len(items)",
            "x = {n} if u({c}) else y",
        ]
        early = ["return {n}", "raise ValueError"] + (["break", "continue"] if in_loop else [])
        kinds = ["simple"] * 5 + (["if", "if", "for", "try", "unknown for", "while", "finally", "def", "with"] if depth else []) + ["early"]
        kind = self.random.choice(kinds)
        if kind == "simple":
            return [self.fill(self.random.choice(simple))]
        if kind == "early":
            return [self.fill("if u({c}):"), "    " + self.fill(self.random.choice(early))]
        if kind == "def":
            return self.nested(depth)
        inner = self.block(depth - 1, in_loop=in_loop or "for" in kind or kind == "while")
        if kind == "if":
            return [self.fill("if u({c}):"), *shifted(inner), "else:", *shifted(self.block(depth - 1, in_loop=in_loop))]
        if kind == "for":
            return [f"for i in range({self.random.randint(0, 3)}):", *shifted(inner), *self.maybe_else(depth, in_loop)]
        if kind == "unknown for":
            return ["for i in range(2 * u(0)):", *shifted(inner)]
        if kind == "while":
            return [
                f"w{depth} = 0",
                self.fill(f"while w{depth} < {{n}} * u({{c}}):"),
                f"    w{depth} += 1",
                *shifted(inner),
                *self.maybe_else(depth, in_loop),
            ]
        if kind == "with":
            return [self.fill("with Manager(o, {n}) as m:"), *shifted(inner)]
        final = self.block(depth - 1, in_loop=in_loop)
        if kind == "finally":
            return ["try:", *shifted(inner), "finally:", *shifted(final)]
        return ["try:", *shifted(inner), "except ValueError:", *shifted(final), *self.maybe_else(depth, in_loop)]

    def nested(self, depth: int) -> list[str]:
        """A function or generator over the variables around it, and its use."""
        body = ["nonlocal x, y", *self.block(depth - 1, in_loop=False)]
        if self.random.random() < 0.5:
            return ["def g():", *shifted(body), "    return y", "x = g()"]
        return [
            "def g():",
            *shifted(body),
            "    yield x",
            *shifted(self.block(depth - 1, in_loop=False)),
            "    yield y",
            "x, *y = g()",
            "y = y[-1]",
        ]

    def maybe_else(self, depth: int, in_loop: bool) -> list[str]:
        return ["else:", *shifted(self.block(depth - 1, in_loop=in_loop))] if self.random.random() < 0.3 else []

    def fill(self, text: str) -> str:
        return text.format(n=self.random.randint(0, 5), c=self.random.randrange(CONDITIONS))


def shifted(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


def indent(lines: list[str]) -> str:
    return "".join(f"    {line}\n" for line in lines)


def concrete(program: str) -> list[tuple[object, ...]]:
    """Results for every outcome of the conditions; outcomes that raise have none."""
    found = []
    for bits in itertools.product((0, 1), repeat=CONDITIONS):
        scope: dict[str, object] = {"u": lambda i, bits=bits: bits[i]}
        try:
            exec(program, scope)
        except Exception:  # whatever it raises, this outcome has no result
            continue
        result, box, o, items = (scope[name] for name in NAMES)
        found.append((result, box["k"], o.v, tuple(items)))  # type: ignore[index, attr-defined, arg-type]
    return found


def abstract(program: str) -> tuple[object, ...]:
    """The same of the analysis; Unknown for contents that are not known."""
    source = Source.parse(program, "program.py")
    unit = Unit("program.py", "__main__", source, is_main=True)
    machine = Interpreter(LIBRARIES, LANGUAGE, lambda name, importer, level: None, {}, 500_000)
    run_module(machine, unit)
    result, *refs = (machine.store.get((unit.scope.number, name)) for name in NAMES)
    box, o, items = (ref if isinstance(ref, Unknown) else machine.store.get(ref.number) for ref in refs)
    kept = [
        held if isinstance(held, Unknown) else part(held)
        for held, part in ((box, lambda d: d.items["k"]), (o, lambda d: d.attributes["v"]), (items, lambda d: d.items))
    ]
    return result, *kept


def allows(value: object, actual: object) -> bool:
    """Whether an abstract value stands for a concrete one."""
    if isinstance(value, Unknown) or value is MISSING:
        return True
    if isinstance(value, SymbolicDim):
        low, high = bounds(value)
        return isinstance(actual, int) and (low is None or low <= actual) and (high is None or actual <= high)
    if isinstance(value, tuple) and isinstance(actual, tuple):
        return len(value) == len(actual) and all(map(allows, value, actual))
    return value == actual and type(value) is type(actual)


@pytest.mark.parametrize("seed", range(400))
def test_every_concrete_outcome_is_allowed(seed: int) -> None:
    program = Writer(seed).program()
    claimed = abstract(program)
    for actual in concrete(program):
        assert claimed[0] is MISSING or allows(claimed, actual), (program, claimed, actual)


def test_programs_are_not_all_given_up() -> None:
    answers = [abstract(Writer(seed).program())[0] for seed in range(100)]
    assert sum(not isinstance(answer, Unknown) and answer is not MISSING for answer in answers) > 40
