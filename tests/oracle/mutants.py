"""Correct programs with one number changed.

A number is an integer that is written as an argument of a call, as an assigned value or as a default, however deep in tuples and
arithmetic. Subscripts, comparisons and the arguments of ``PASSED_OVER`` are left as they are: they hold no sizes of layers or inputs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

PASSED_OVER = ("print", "exit", "manual_seed", "seed", "set_random_seed", "set_seed", "epochs", "batch_size", "verbose", "lr")
"""Calls and keywords whose numbers say how a program is run, not what it builds."""
SMALL, LARGE = 9, 37
"""Up to which number a number may be a kernel, and a kernel that is larger than most maps."""
NO_SIZES = (ast.Subscript, ast.Compare, ast.JoinedStr, ast.Lambda)


@dataclass(frozen=True)
class Base:
    """A correct program. config: lines of TOML for ``[tool.dimlint]``."""

    name: str
    text: str
    config: str = ""


@dataclass(frozen=True)
class Number:
    """An integer in a program. start, end: where it stands in the text in bytes. role: the call or name that it belongs to."""

    line: int
    start: int
    end: int
    value: int
    role: str


@dataclass(frozen=True)
class Mutant:
    """A base with ``number`` changed to ``now``."""

    base: Base
    number: Number
    now: int

    @property
    def text(self) -> str:
        """The program."""
        given = self.base.text.encode()
        return (given[: self.number.start] + str(self.now).encode() + given[self.number.end :]).decode()

    @property
    def name(self) -> str:
        """``torch/lenet:12 Conv2d 3 -> 37``."""
        return f"{self.base.name}:{self.number.line} {self.number.role} {self.number.value} -> {self.now}"


def numbers(text: str) -> list[Number]:
    """All numbers of a program that may be changed."""
    lines = text.encode().splitlines(keepends=True)
    starts = [sum(map(len, lines[:index])) for index in range(len(lines))]
    found = []
    for role, value in roots(ast.parse(text)):
        for node in literals(value):
            start = starts[node.lineno - 1]
            assert isinstance(node.value, int) and node.end_col_offset is not None
            found.append(Number(node.lineno, start + node.col_offset, start + node.end_col_offset, node.value, role))
    return sorted(set(found), key=lambda number: number.start)


def roots(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """The expressions whose numbers count, each with its role."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name not in PASSED_OVER:
                yield from ((name, argument) for argument in node.args)
                yield from ((f"{name} {k.arg}", k.value) for k in node.keywords if k.arg not in PASSED_OVER)
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.Return)) and node.value is not None:
            yield type(node).__name__, node.value
        elif isinstance(node, ast.arguments):
            yield from (("default", value) for value in (*node.defaults, *node.kw_defaults) if value is not None)


def literals(node: ast.AST) -> Iterator[ast.Constant]:
    """The integers of an expression, not counting those of the calls inside of it."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield node
    elif not isinstance(node, (*NO_SIZES, ast.Call)):
        for child in ast.iter_child_nodes(node):
            yield from literals(child)


def changes(value: int) -> list[int]:
    """What a number may become."""
    large = [LARGE] if 0 < value <= SMALL else []
    return sorted({value + 1, value - 1, value * 2, value // 2, value + 3, 0, *large} - {value})
