"""einops' own answers on torch tensors, row by row, and what rows do not say: sizes by name, other libraries, unknown sizes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from dimlint.core.dim import Dim, Shape, unknown_dim
from dimlint.core.library import Library
from dimlint.core.problem import Problem, Undecided, doubts
from dimlint.core.value import DictObject, Ref, Tensor, Unknown
from dimlint.libraries.einops import LIBRARIES, LIBRARY
from tests.golden_driver import call, check_row, entry
from tests.golden_rows import rows
from tests.test_interpreter import run, value_of

ROWS = list(rows("einops*.jsonl"))
HEAD = "import torch\nfrom einops import *\nx = torch.randn(2, 3, 8, 4)\n"


def home(row: dict[str, Any]) -> Library:
    """The table that a row's name belongs to."""
    return next((library for library in LIBRARIES if library.find(row["layer"])), LIBRARY)


@pytest.mark.parametrize("name", list(Counter(row["layer"] for row in ROWS)))
def test_every_row(name: str) -> None:
    answers = [(row, check_row(row, home(row))) for row in ROWS if row["layer"] == name]
    wrong = [(row["args"], row["kwargs"], row.get("input_shape", row.get("input_shapes")), answer) for row, answer in answers if answer]
    assert not wrong, f"{len(wrong)} of {len(answers)} rows, first: {wrong[:3]}"


def test_every_row_is_declared() -> None:
    assert {row["layer"] for row in ROWS if entry(row, home(row)) is None} == set()


@pytest.mark.parametrize("name", ["rearrange", "reduce", "repeat", "einsum"])
def test_knowing_less_reports_less(name: str) -> None:
    """With any size of the input unknown, a row that einops accepts gives no Problem, and a result of the same rank."""
    for row in ROWS:
        if row["layer"] != f"einops.{name}" or "error" in row or "input_shape" not in row:
            continue
        for axis in range(len(row["input_shape"])):
            x = Shape(*(unknown_dim("?") if index == axis else size for index, size in enumerate(row["input_shape"])))
            with doubts():
                try:
                    found = call(LIBRARY.entries[name].body, (Tensor(x, "torch"), *row["args"]), row["kwargs"])
                except Undecided:
                    continue
            assert len(found.shape) == len(row["output_shape"]), row


def made(function: str, *args: Any, **kwargs: Any) -> tuple[Shape, list[str]]:
    """The shape that a function gives, and what is in doubt."""
    with doubts() as noted:
        result = call(LIBRARY.entries[function].body, args, kwargs)
    return result.shape, noted


def tensor(*sizes: Dim, library: str = "torch") -> Tensor:
    return Tensor(Shape(*sizes), library)


def test_symbolic_sizes_stay_exact() -> None:
    n, h = unknown_dim("N", low=1), unknown_dim("H", low=1)
    assert made("rearrange", tensor(n, 16, 8), "b (h d) c -> (b h) d c", h=4) == ((n * 4, 4, 8), [])
    assert made("rearrange", tensor(n, h * 4, 8), "b (h p) c -> b h p c", p=4) == ((n, h, 4, 8), [])
    assert made("rearrange", tensor(n, h * 4, 8), "b (h p) c -> b h p c", h=h) == ((n, h, 4, 8), [])
    shape, noted = made("rearrange", tensor(n, h, 8), "b (h p) c -> b h p c", p=4)
    assert shape == (n, h // 4, 4, 8) and len(noted) == 1
    with pytest.raises(Problem) as never:
        made("rearrange", tensor(n, h * 4 + 2, 8), "b (h p) c -> b h p c", p=4)
    assert never.value.rule == "reshape-mismatch"
    with pytest.raises(Problem):
        made("rearrange", tensor(n, 10, 8), "b (h p) c -> b h p c", p=4)


@pytest.mark.parametrize("library", ["torch", "keras", "numpy"])
def test_the_result_is_of_the_same_library(library: str) -> None:
    with doubts():
        found = call(LIBRARY.entries["rearrange"].body, (tensor(2, 6, library=library), "a b -> b a"), {})
    assert (found.library, found.shape) == (library, (6, 2))


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("parse_shape(x, 'b _ h w')", {"b": 2, "h": 8, "w": 4}),
        ("parse_shape(x, 'b ... w')", {"b": 2, "w": 4}),
        ("parse_shape(x, 'b 3 (h) _')", {"b": 2, "h": 8}),
        ("rearrange(x, 'b c h w -> b (h w) c').shape", (2, 32, 3)),
        ("rearrange(x, 'b (c g) h w -> b g c h w', **dict(g=3)).shape", (2, 3, 1, 8, 4)),
        ("reduce(x, 'b c h w -> b c', torch.logsumexp).shape", (2, 3)),
        ("rearrange([x, x], 'l b c h w -> b (l c) h w').shape", (2, 6, 8, 4)),
        ("[part.shape for part in unpack(*pack([x, x[..., 0]], 'b c *'), 'b c *')]", [(2, 3, 8, 4), (2, 3, 8)]),
        ("pack([x, x[..., 0]], 'b c *')[1]", [(8, 4), (8,)]),
        ("asnumpy(x).reshape(6, -1).shape", (6, 32)),
    ],
)
def test_programs(program: str, expected: object) -> None:
    found = value_of(f"{HEAD}result = {program}")
    assert found == expected


def test_not_known() -> None:
    for program in ("rearrange(x, input())", "rearrange(input(), 'a -> a')", "reduce(x, 'b ... -> b', lambda t, axes: t.sum(axes))"):
        machine, unit = run(f"{HEAD}result = {program}")
        found = machine.store.get((unit.scope.number, "result"))
        assert isinstance(found, (Unknown, Tensor)), program
        assert not machine.record.discoveries


def test_sizes_by_name_are_a_dictionary() -> None:
    machine, unit = run(f"{HEAD}result = parse_shape(x, 'b c h w')")
    found = machine.store.get((unit.scope.number, "result"))
    assert isinstance(found, Ref) and isinstance(machine.contents(found), DictObject)


def test_messages_say_what_does_not_fit() -> None:
    with pytest.raises(Problem) as wrong:
        made("rearrange", tensor(2, 3, 30, 30), "b c (h p) (w q) -> b (h w) (p q c)", p=4, q=4)
    assert wrong.value.rule == "reshape-mismatch"
    assert "the size 30 of the input (2, 3, 30, 30) is not a multiple of p=4" in wrong.value.message
    with pytest.raises(Problem) as rank:
        made("rearrange", tensor(2, 3, 30), "b c h w -> b (h w) c")
    assert rank.value.rule == "rank-mismatch" and "names 4 dimensions, but the input (2, 3, 30) has 3" in rank.value.message
