"""Programs by chance, the same ones on every run; ``python -m tests.fuzz`` tries as many others as wanted."""

from __future__ import annotations

import os
from itertools import islice
from multiprocessing.connection import Connection

import pytest

from tests.fuzz import programs, trials
from tests.fuzz.judging import judge
from tests.fuzz.programs import KINDS
from tests.hostile import HEAD, ODD_HEAD

COUNT = 300


@pytest.mark.parametrize("kind", KINDS)
def test_every_program_is_borne(kind: str) -> None:
    if kind == "generated":
        pytest.importorskip("hypothesmith")
    with judge() as judging:
        for index, raw in enumerate(islice(KINDS[kind](seed=0), COUNT)):
            trouble = judging.trouble(raw)
            assert trouble is None, f"{kind} {index}: {trouble}"
        assert judging.parsed > {"generated": 200, "mutated": 200, "composed": 200, "noise": 10}[kind]  # or else only the parser is tried


LONG = "    x = net(x)\n" * 99 + "f(t)"
FOUND = {
    "a base that is not known": "class A(nn.Module, Z):\n    pass\na = A()\nclass Z(nn.Module): pass",
    "a base that is not followed": "class A(nn.Module, t):\n    pass\na = A()",
    "super with names": "class A(nn.Module):\n    def forward(self, x): return super(**{'x': t}).forward(x)\nA()(t)\n"
    "super(*[])\nsuper(1, 2, 3)",
    "annotations of its own": "class A(nn.Module):\n    __annotations__ = {'b': int}\n    a: int = 3\n    def forward(self, x): return x\n"
    "A()(t)\nA.__annotations__",
    "what only libcst refuses": "def f(x):\n    try: pass\n    except: pass\n    except ValueError: pass\n" + LONG,
    "what only libcst refuses, above": "try: pass\nexcept: pass\nexcept ValueError: pass\ndef f(x):\n" + LONG,
    "__new__ gives something else": "class A(nn.Module):\n    def __new__(cls):\n        yield 1\n    def __init__(self): self.a = net\n"
    "class B(nn.Module):\n    def __new__(cls): return [1]\n    def forward(self, x): return x",
}
"""What was found so far, as small as it gets."""


@pytest.mark.parametrize("name", FOUND)
def test_what_was_not_borne_is_now(name: str) -> None:
    with judge() as judging:
        assert judging.trouble((HEAD + ODD_HEAD + FOUND[name]).encode()) is None


@pytest.mark.parametrize("kind", ["mutated", "composed", "noise"])
def test_a_seed_gives_the_same_programs(kind: str) -> None:
    first, again, other = (list(islice(KINDS[kind](seed), 20)) for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("text", ["x = [1,\n\t'a' 'b']  # c\r\n\x0c\\\n", "'''a\n b''' \ud800 é", "f'{a}'  \n  if x:=1**2: pass"])
def test_tokens_make_up_the_text(text: str) -> None:
    assert "".join(programs.tokens(text)) == text


def test_a_process_that_dies_costs_one_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "_try", deadly)
    told = list(trials.trials("noise", 0, 4))
    assert [(index, what is None) for index, what, *_ in told] == [(0, True), (1, True), (2, False), (3, True)]
    assert [raw for *_, raw in told] == [b"0", b"1", b"2", b"3"]


def deadly(connection: Connection, kind: str, seed: int, start: int, count: int, fuel: int) -> None:
    """Stands in for the trials: the third program kills the process."""
    for index in range(start, count):
        connection.send(str(index).encode())
        if index == 2:
            os._exit(1)
        connection.send((index, None, ""))
