"""Laws that hold for every program: less knowledge never finds more, symbols agree with numbers, any text has a Report."""

from __future__ import annotations

import ast
import itertools
import random
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dimlint import analyze
from dimlint.core.dim import Dim, SymbolicDim, bounds, substitute, unknown_dim
from dimlint.core.report import Report
from dimlint.shapes.window import slide, smallest, spread
from tests.expectations import Fixture, fixtures

ALL = fixtures("torch", "keras", "demo", "vision")
TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
SPOTS = 15
"""How many expressions of each fixture are blurred, one at a time."""
SLOW = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))


def findings(source: str, path: str) -> set[tuple[int, str]]:
    report = analyze(source, path)
    assert report.failure is None
    return {(finding.span.line, finding.rule) for finding in report.findings}


def blurred(source: str) -> list[tuple[int, str]]:
    """For each number, argument, assigned value, operand and iterable: its line, and the text with an unknown in its place.

    Conditions are left alone, since both sides of an unknown one are looked at, and so are whole statements.
    """
    lines = source.encode().splitlines(keepends=True)
    texts: dict[tuple[int, int, int], str] = {}
    for node in itertools.chain.from_iterable(map(parts, ast.walk(ast.parse(source)))):
        head = b"".join(lines[: node.lineno - 1]) + lines[node.lineno - 1][: node.col_offset]
        tail = lines[node.end_lineno - 1][node.end_col_offset :] + b"".join(lines[node.end_lineno :])
        text = (head + b"__import__('json').loads(input())" + tail).decode()
        with suppress(SyntaxError):  # inside an f-string
            ast.parse(text)
            texts[node.lineno, len(head), len(tail)] = text
    return [(line, text) for (line, _, _), text in texts.items()]


def parts(node: ast.AST) -> list[Any]:
    """The expressions in a node that may be replaced by an unknown."""
    match node:
        case ast.Constant(value=int(), kind=None):
            return [node]
        case ast.Call():
            return [a.value if isinstance(a, ast.Starred) else a for a in node.args] + [k.value for k in node.keywords]
        case ast.Assign() | ast.AugAssign() | ast.Return() if node.value is not None:
            return [node.value]
        case ast.BinOp():
            return [node.left, node.right]
        case ast.Subscript() if not isinstance(node.slice, ast.Slice):
            return [node.value, node.slice] if isinstance(node.ctx, ast.Load) else [node.slice]
        case ast.For() | ast.comprehension():
            return [node.iter]
        case _:
            return []


@pytest.mark.parametrize("fixture", ALL, ids=lambda f: f.name)
def test_knowing_less_never_finds_more(fixture: Fixture) -> None:
    """Nothing new is found. (A mistake may show later once the place where it showed first is no longer certain.)"""
    known = findings(fixture.source, str(fixture.path))
    texts = blurred(fixture.source)
    for line, text in random.Random(fixture.name).sample(texts, min(SPOTS, len(texts))):
        found = findings(text, str(fixture.path))
        assert len(found) <= len(known), (found - known, text.splitlines()[line - 1])


@SLOW
@given(st.text(max_size=300))
def test_any_text_has_a_report(text: str) -> None:
    assert isinstance(analyze("import torch\n" + text, "any.py"), Report)


@SLOW
@given(st.sampled_from(ALL), st.randoms(use_true_random=False))
def test_mutated_programs_have_a_report(fixture: Fixture, rng: random.Random) -> None:
    tokens = TOKEN.findall(fixture.source)
    for _ in range(rng.randint(1, 4)):
        place, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
        kind = rng.choice(["drop", "copy", "swap"])
        if kind == "drop":
            del tokens[place]
        elif kind == "copy":
            tokens.insert(place, tokens[other])
        else:
            tokens[place], tokens[other] = tokens[other], tokens[place]
    report = analyze("".join(tokens), str(fixture.path))
    assert isinstance(report, Report)
    assert not report.internal, report.failure


sizes = st.integers(min_value=0, max_value=200)
small = st.integers(min_value=1, max_value=12)


@given(size=sizes, kernel=small, stride=small, dilation=small, padding=sizes)
def test_symbolic_windows_are_the_numeric_ones(size: int, kernel: int, stride: int, dilation: int, padding: int) -> None:
    window = (kernel, stride, dilation, padding)
    assert put_in(lambda n: slide(n, *window), size) == slide(size, *window)
    assert put_in(lambda n: spread(n, *window), size) == spread(size, *window)
    assert put_in(lambda n: smallest(n, dilation, padding), kernel) == smallest(kernel, dilation, padding)


@given(size=sizes, kernels=st.lists(st.tuples(small, small, small), min_size=1, max_size=5))
def test_chains_of_windows(size: int, kernels: list[tuple[int, int, int]]) -> None:
    def chain(n: Dim) -> Dim:
        for kernel, stride, dilation in kernels:
            n = slide(n, kernel, stride, dilation)
        return n

    assert put_in(chain, size) == chain(size)


@given(size=sizes, kernels=st.lists(st.tuples(small, small), min_size=1, max_size=5))
def test_bounds_hold_the_numeric_result(size: int, kernels: list[tuple[int, int]]) -> None:
    n: Dim = unknown_dim("n", low=0, high=200)
    number: Dim = size
    for kernel, stride in kernels:
        n, number = slide(n, kernel, stride), slide(number, kernel, stride)
    low, high = bounds(n)
    assert (low is None or low <= number) and (high is None or number <= high)


def put_in(function: Callable[[Dim], Dim], size: int) -> Dim:
    """``function`` of a symbol, with ``size`` put in for it afterwards."""
    symbol = unknown_dim("n")
    assert isinstance(symbol, SymbolicDim)
    result = function(symbol)
    return substitute(result, {next(iter(symbol.symbols)): size})
