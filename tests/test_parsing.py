"""Bodies that are parsed on demand are what a parse of the whole text makes of them, and stand where they stand."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import libcst as cst
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libcst.metadata import MetadataWrapper, PositionProvider

from dimlint.gate import Unreadable
from dimlint.nodes import children
from dimlint.parsing import MIN_BODY, Body
from dimlint.run import _Latest
from dimlint.source import Source

LONG = "".join(f"    x = f(x, {number})  # so that it is worth cutting out\n" for number in range(8))
DEEP = LONG.replace("    x", "        x")
DEEPER = LONG.replace("    x", "            x")
TEXTS = {
    "function": f"a = f(0)\ndef g(x):\n{LONG}b = f(1)\n",
    "two": f"def g(x):\n{LONG}def h(x):\n{LONG}",
    "between": f"def g(x):\n{LONG}\n\n# comment\nb = f(1)\ndef h(x):\n{LONG}    return f(2)\n\n\nc = f(3)",
    "class": f"class A(B):\n    y = f(0)\n    def g(self, x=f(1)):\n        '''Says\nwhat it does.'''\n{DEEP}    z = f(2)\n",
    "decorated": f"@f(0)\n@f(\n  1,\n)\nasync  def g(\n  x=f(2),\n) -> f(3):  # why\n    # comment\n\n{LONG}f(4)\n",
    "nested": f"def g(x):\n{LONG}    def h(y):\n{DEEP}    class C:\n        def k(self):\n{DEEPER}"
    "    return h(f(1))\n",
    "one line": f"def a(): return f(0)\ndef b(x): f(1); f(2)\ndef g(x):\n{LONG}def c(): f(3)\n",
    "in blocks": f"if f(0):\n    def g(x):\n{DEEP}else:\n    def g(x):\n{DEEP}"
    f"try:\n    def h(x):\n{DEEP}except f(1):\n    def h(x):\n{DEEP}"
    f"finally:\n    f(2)\nwith f(3):\n    def k(x):\n{DEEP}",
    "tabs": f"class A:\n\tdef g(x):\n{LONG.replace('    ', chr(9) * 2)}\ty = f(1)\n",
    "odd indent": f"class A:\n  def g(x):\n{LONG.replace('    ', '   ')}  y = f(1)\n",
    "continued": f"def g(x):\n{LONG}    return f(1) + \\\n f(2)\ny = \\\n f(3)\n",
    "strings": f"def g(x):\n{LONG}    return f('''\ndef h():\n  1\n''', f'''\n{{x}}\n''')\ny = f(1)\n",
    "crlf": f"def g(x):\n{LONG}y = f(1)\n".replace("\n", "\r\n"),
    "form feed": f"def g(x):\n{LONG}\x0c\ny = f(1)\n",
    "no end": f"def g(x):\n{LONG}    return f(9)",
    "comment at the left": f"def g(x):\n{LONG}# left\n    y = f(1)\n# left\nz = f(2)\n",
    "unicode": f"def g(x):\n{LONG}    é = '日本🎉'; f(é)\ny = f('é'); f(2)\n",
    "defined": f"define = default = f(0)\nasyncio = f(1)\ndef default(x):\n{LONG}",
    "match": f"match f(0):\n    case 1:\n        def g(x):\n{DEEPER}    case _:\n        f(1)\n",
}


def outline(node: cst.CSTNode) -> Any:
    """A tree as nested tuples, whichever way it was parsed."""
    kind = cst.IndentedBlock if isinstance(node, Body) else type(node)
    value = getattr(node, "value", None)
    return (kind, value if isinstance(value, str) else None, tuple(outline(child) for child in children(node)))


def calls(node: cst.CSTNode) -> list[cst.Call]:
    found = [node] if isinstance(node, cst.Call) else []
    return found + [call for child in children(node) for call in calls(child)]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_is_parsed_on_demand_is_what_stands_there(text: str) -> None:
    source, whole = Source.parse(text), cst.parse_module(text)
    if "\f" not in text:
        assert source.parsed < len(text)
    assert outline(source.tree) == outline(whole)
    provided = MetadataWrapper(whole, unsafe_skip_copy=True).resolve(PositionProvider)
    for mine, twin in zip(calls(source.tree), calls(whole), strict=True):
        place, span = provided[twin], source.span(mine)
        found = (span.line, span.column - 1, span.end_line, span.end_column - 1)
        assert found == (place.start.line, place.start.column, place.end.line, place.end.column)


def test_a_place_does_not_parse_what_nobody_looked_into() -> None:
    source = Source.parse(TEXTS["between"])
    parsed = source.parsed
    [line] = [line for line in source.tree.body if isinstance(line, cst.SimpleStatementLine)][-1:]
    assert source.span(line).line == len(TEXTS["between"].splitlines())
    assert source.parsed == parsed < len(TEXTS["between"]) - MIN_BODY


def test_a_mistake_in_a_body_is_a_mistake_of_the_file() -> None:
    with pytest.raises(Unreadable, match="syntax error in line 5"):
        Source.parse(f"import torch\ndef g(x):\n    x = 1\n    y = 2\n    z = = 3\n{LONG}")


EDITS = ("", "\n", "# why\n", "x = f(7)\n", "class K:\n    pass\n\n\n", "def g(x):\n    return f(8)\n", "'''\n", "(", "if f(0):\n")
FILE = "\n\n".join([*TEXTS.values(), TEXTS["nested"], TEXTS["between"]]).replace("\x0c", "")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, FILE.count("\n")), st.integers(0, 4), st.sampled_from(EDITS)), min_size=1, max_size=4))
def test_of_a_changed_text_what_stays_is_not_parsed_again(edits: list[tuple[int, int, str]]) -> None:
    lines, former = FILE.splitlines(keepends=True), Source.parse(FILE)
    assert outline(former.tree)  # all bodies are parsed
    for at, gone, new in edits:
        lines[at : at + gone] = [new]
        text = "".join(lines)
        try:
            whole = cst.parse_module(text)
        except cst.ParserSyntaxError:
            with pytest.raises(Unreadable):
                Source.parse(text, former=former.parser)
            continue
        source = Source.parse(text, former=former.parser)
        assert outline(source.tree) == outline(whole)
        provided = MetadataWrapper(whole, unsafe_skip_copy=True).resolve(PositionProvider)
        for mine, twin in zip(calls(source.tree), calls(whole), strict=True):
            start = provided[twin].start
            assert (source.span(mine).line, source.span(mine).column) == (start.line, start.column + 1)
        former = source


def test_equal_pieces_are_nodes_of_their_own() -> None:
    text = f"class A:\n    def g(self):\n{DEEP}\n\n" * 3
    former = Source.parse(text)
    first = calls(former.tree)
    source = Source.parse(text, former=former.parser)
    later = calls(source.tree)
    assert len({id(call) for call in later}) == len(first)
    assert {id(call) for call in first} & {id(call) for call in later}


def test_one_change_costs_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f"class A{number}:\n    def g(self):\n        {number}\n{DEEP}\n\n" for number in range(20))
    former = Source.parse(text)
    assert calls(former.tree)
    asked: list[str] = []
    parse = cst.parse_module
    monkeypatch.setattr(cst, "parse_module", lambda text: asked.append(text) or parse(text))
    changed = Source.parse(text.replace("        7\n", "        7 + f(0)\n"), former=former.parser)
    assert len(calls(changed.tree)) == len(calls(former.tree)) + 1
    assert sum(map(len, asked)) < len(text) / 4


def test_while_a_text_is_no_python_what_it_was_before_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    latest, text = _Latest(), "".join(f"class A{number}:\n    def g(self):\n        {number}\n{DEEP}\n\n" for number in range(20))
    assert calls(latest.parse(text, "typed.py").tree)
    with pytest.raises(Unreadable):
        latest.parse(f"{text}f(", "typed.py")
    asked: list[str] = []
    parse = cst.parse_module
    monkeypatch.setattr(cst, "parse_module", lambda text: asked.append(text) or parse(text))
    assert calls(latest.parse(f"{text}f(0)\n", "typed.py").tree)
    assert sum(map(len, asked)) < len(text) / 4


def test_what_is_kept_of_files_has_a_limit_and_threads_do_not_disturb_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dimlint.run.MAX_LATEST", 2000)
    interval, latest = sys.getswitchinterval(), _Latest()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            sources = list(pool.map(lambda number: latest.parse("x = f(0)\n", f"{number % 700}.py"), range(4000)))
    finally:
        sys.setswitchinterval(interval)
    assert len(sources) == 4000
    assert len(latest._held) == 2000 // len("x = f(0)\n")
