"""Laws that hold for every program: less knowledge never finds more, symbols agree with numbers, any text has a Report."""

from __future__ import annotations

import io
import random
import re
import tokenize
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dimlint import analyze
from dimlint.core.dim import Dim, SymbolicDim, bounds, substitute, unknown_dim
from dimlint.core.report import Report
from dimlint.shapes.window import slide, smallest, spread
from tests.expectations import Fixture, fixtures

ALL = fixtures("torch", "keras", "demo")
TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
SLOW = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))


def findings(source: str, path: str) -> set[tuple[int, str]]:
    report = analyze(source, path)
    assert report.failure is None
    return {(finding.span.line, finding.rule) for finding in report.findings}


def blurred(source: str) -> Iterator[tuple[int, str]]:
    """For each integer literal: its line, and the text with an unknown in its place."""
    lines = source.splitlines(keepends=True)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NUMBER and token.string.isdecimal():
            (row, start), end = token.start, token.end[1]
            changed = f"{lines[row - 1][:start]}int(input()){lines[row - 1][end:]}"
            yield row, "".join([*lines[: row - 1], changed, *lines[row:]])


@pytest.mark.parametrize("fixture", ALL, ids=lambda f: f.name)
def test_knowing_less_never_finds_more(fixture: Fixture) -> None:
    """Nothing new is found. (A mistake may show later once the place where it showed first is no longer certain.)"""
    known = findings(fixture.source, str(fixture.path))
    texts = list(blurred(fixture.source))
    for line, text in random.Random(fixture.name).sample(texts, min(3, len(texts))):
        assert len(findings(text, str(fixture.path))) <= len(known), text.splitlines()[line - 1]


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
