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


class Writer:
    """Writes random functions over x, y, a list and a dictionary, with conditions ``u(0)`` … that nothing is known of."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def program(self) -> str:
        body = self.block(3, in_loop=False)
        return "def f(u, box, items):\n    x = 0\n    y = 1\n" + indent(body) + "    return x\nbox = {'k': 0}\nitems = []\nresult = f(u, box, items)\n"

    def block(self, depth: int, *, in_loop: bool) -> list[str]:
        return [line for _ in range(self.random.randint(1, 3)) for line in self.statement(depth, in_loop=in_loop)]

    def statement(self, depth: int, *, in_loop: bool) -> list[str]:
        simple = ["x = {n}", "y = x + {n}", "x = y * 2", "x += {n}", "box['k'] = x", "box['k'] = {n}", "items.append({n})", "x = len(items)", "x = {n} if u({c}) else y"]
        early = ["return {n}", "raise ValueError"] + (["break", "continue"] if in_loop else [])
        kinds = ["simple"] * 5 + (["if", "if", "for", "try", "unknown for"] if depth else []) + ["early"]
        kind = self.random.choice(kinds)
        if kind == "simple":
            return [self.fill(self.random.choice(simple))]
        if kind == "early":
            return [self.fill("if u({c}):"), "    " + self.fill(self.random.choice(early))]
        inner = self.block(depth - 1, in_loop=in_loop or "for" in kind)
        if kind == "if":
            return [self.fill("if u({c}):"), *shifted(inner), "else:", *shifted(self.block(depth - 1, in_loop=in_loop))]
        if kind == "for":
            return [f"for i in range({self.random.randint(0, 3)}):", *shifted(inner), *self.maybe_else(depth, in_loop)]
        if kind == "unknown for":
            return ["for i in range(2 * u(0)):", *shifted(inner)]
        return ["try:", *shifted(inner), "except ValueError:", *shifted(self.block(depth - 1, in_loop=in_loop))]

    def maybe_else(self, depth: int, in_loop: bool) -> list[str]:
        return ["else:", *shifted(self.block(depth - 1, in_loop=in_loop))] if self.random.random() < 0.3 else []

    def fill(self, text: str) -> str:
        return text.format(n=self.random.randint(0, 5), c=self.random.randrange(CONDITIONS))


def shifted(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


def indent(lines: list[str]) -> str:
    return "".join(f"    {line}\n" for line in lines)


def concrete(program: str) -> list[tuple[object, object]]:
    """Results for every outcome of the conditions; outcomes that raise have none."""
    found = []
    for bits in itertools.product((0, 1), repeat=CONDITIONS):
        scope: dict[str, object] = {"u": lambda i, bits=bits: bits[i]}
        try:
            exec(program, scope)
        except ValueError:
            continue
        found.append((scope["result"], scope["box"]["k"]))  # type: ignore[index]
    return found


def abstract(program: str) -> tuple[object, object]:
    source = Source.parse(program, "program.py")
    unit = Unit("program.py", "__main__", source, is_main=True)
    machine = Interpreter(LIBRARIES, LANGUAGE, lambda name, importer, level: None, {}, 500_000)
    run_module(machine, unit)
    box = machine.store.get((unit.scope.number, "box"))
    held = machine.store.get(box.number)
    kept = held.items["k"] if not isinstance(held, Unknown) else held
    return machine.store.get((unit.scope.number, "result")), kept


def allows(value: object, actual: object) -> bool:
    """Whether an abstract value stands for a concrete one."""
    if isinstance(value, Unknown) or value is MISSING:
        return True
    if isinstance(value, SymbolicDim):
        low, high = bounds(value)
        return isinstance(actual, int) and (low is None or low <= actual) and (high is None or actual <= high)
    return value == actual and type(value) is type(actual)


@pytest.mark.parametrize("seed", range(400))
def test_every_concrete_outcome_is_allowed(seed: int) -> None:
    program = Writer(seed).program()
    result, kept = abstract(program)
    for actual, box in concrete(program):
        assert allows(result, actual), (program, result, actual)
        if result is not MISSING:
            assert allows(kept, box), (program, kept, box)


def test_programs_are_not_all_given_up() -> None:
    answers = [abstract(Writer(seed).program())[0] for seed in range(100)]
    assert sum(not isinstance(answer, Unknown) and answer is not MISSING for answer in answers) > 40
