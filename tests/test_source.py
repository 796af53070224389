"""Places of nodes, comments that suppress, comments that state input shapes, and texts that cannot be parsed."""

from __future__ import annotations

import gc
from pathlib import Path

import libcst as cst
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libcst.metadata import MetadataWrapper, PositionProvider

from dimlint.core.report import Span
from dimlint.core.rules import BY_SYMBOL
from dimlint.gate import Unreadable
from dimlint.place import Places
from dimlint.scan import mentions_framework
from dimlint.source import Source

RULE = BY_SYMBOL["nonpositive-dimension"]
HERE = Path(__file__).parent.parent


class Collector(cst.CSTVisitor):
    """All nodes of one type, in source order."""

    def __init__(self, kind: type[cst.CSTNode]) -> None:
        super().__init__()
        self.kind = kind
        self.nodes: list[cst.CSTNode] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, self.kind):
            self.nodes.append(node)
        return True


def nodes(source: Source, kind: type[cst.CSTNode]) -> list[cst.CSTNode]:
    collector = Collector(kind)
    source.tree.visit(collector)
    return collector.nodes


def texts(text: str, kind: type[cst.CSTNode] = cst.Call) -> list[str]:
    """What stands at the places of all nodes of a type that lie on one line."""
    source = Source.parse(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    spans = [source.span(node) for node in nodes(source, kind)]
    return [lines[span.line - 1][span.column - 1 : span.end_column - 1] for span in spans if span.line == span.end_line]


def span_at(line: int, column: int = 1) -> Span:
    return Span("a.py", line, column, line, column + 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f(g(1), h(2))", ["f(g(1), h(2))", "g(1)", "h(2)"]),
        ("f()()", ["f()()", "f()"]),
        ("x = (f)(1)", ["(f)(1)"]),
        ("a().b().c", ["a().b()", "a()"]),
        ("é = '日本🎉'; f(é)", ["f(é)"]),
        ("x = 1\r\ny = f(2)\r\n", ["f(2)"]),
        ("x = 1\ry = f(2)\r", ["f(2)"]),
        ("\x0cf(1)\n", ["f(1)"]),
        ("x = f'{g(1)} {h(2):{k(3)}}'; m(4)", ["g(1)", "h(2)", "k(3)", "m(4)"]),
        ("x = f'''\n{g(1)}\n''', h(2)", ["g(1)", "h(2)"]),
        ("[f(a) for a in g(b) if h(a)]", ["f(a)", "g(b)", "h(a)"]),
        ("f(1) if g(2) else h(3)", ["f(1)", "g(2)", "h(3)"]),
        ("@d(1)\ndef f(a=g(2), *, b: h(3) = k(4)) -> m(5): n(6)", ["d(1)", "g(2)", "h(3)", "k(4)", "m(5)", "n(6)"]),
        ("def f(a=g(1), /, b=h(2), *c, d=k(3), **e): pass", ["g(1)", "h(2)", "k(3)"]),
        ("@d(1)\nclass A(b(2), metaclass=c(3)): e(4)", ["d(1)", "b(2)", "c(3)", "e(4)"]),
        ("try: f(1)\nexcept g(2) as e: h(3)\nelse: k(4)\nfinally: m(5)", ["f(1)", "g(2)", "h(3)", "k(4)", "m(5)"]),
        ("match f(1):\n  case A(b=1) if g(2): h(3)", ["f(1)", "g(2)", "h(3)"]),
        ("lambda a=f(1): g(2)", ["f(1)", "g(2)"]),
    ],
)
def test_calls_are_placed(text: str, expected: list[str]) -> None:
    assert sorted(texts(text)) == sorted(expected)


def test_syntax_newer_than_the_running_python_is_placed() -> None:
    assert texts("type X[T: f(1)] = g(2)\ntry: h(3)\nexcept A, B: k(4)\n")[-2:] == ["h(3)", "k(4)"]


def test_a_definition_is_placed_by_its_name_without_decorators() -> None:
    assert texts("@d\n@e(1)\nclass  Net(A):\n  x = 1\n", cst.ClassDef) == ["class  Net"]
    assert texts("@d\nasync  def f(\n  a,\n): pass\n", cst.FunctionDef) == ["async  def f"]
    assert texts("for a in b:\n  pass\n", cst.For) == ["for"]


def test_a_statement_and_an_operation_are_placed() -> None:
    assert texts("if a:\n  x = f(1) + 2  # note\n", cst.SimpleStatementLine) == ["x = f(1) + 2"]
    assert texts("y = a + b * c", cst.BinaryOperation) == ["a + b * c", "b * c"]
    assert texts("y = a[1][2]", cst.Subscript) == ["a[1][2]", "a[1]"]
    assert texts("y = (a, b)", cst.Tuple) == ["a, b"]


@pytest.mark.parametrize("path", sorted((HERE / "dimlint").glob("*.py")), ids=lambda path: path.name)
def test_places_agree_with_the_position_provider(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    source = Source.parse(text, str(path))
    whole = cst.parse_module(text)
    provided = MetadataWrapper(whole, unsafe_skip_copy=True).resolve(PositionProvider)
    collector = Collector(cst.Call)
    whole.visit(collector)
    calls = nodes(source, cst.Call)
    matched = {key: place for part in source.parser.parts for key, place in Places(text, str(path), [part])._match(part).items()}
    placed = [node for node in calls if id(node) in matched]  # the others stand in f-strings
    assert len(placed) > 0.7 * len(calls)
    for node, twin in zip(calls, collector.nodes, strict=True):
        assert node.deep_equals(twin)
        place = provided[twin]
        span = source.span(node)
        assert (span.line, span.column, span.end_line, span.end_column) == (
            place.start.line, place.start.column + 1, place.end.line, place.end.column + 1)


def test_a_whole_line_is_placed() -> None:
    source = Source.parse("x = 1\n  \n    # é\n", "a.py")
    assert source.line_span(3) == Span("a.py", 3, 5, 3, 8)
    assert source.line_span(9).line == 9


@pytest.mark.parametrize(
    ("line", "suppressed"),
    [
        ("f()  # dimlint: ignore", True),
        ("f()  # dimlint:ignore[E8701]", True),
        ("f()  # dimlint: ignore[rank-mismatch, nonpositive-dimension]", True),
        ("f()  # dimlint: ignore[E87]", True),
        ("f()  # type: ignore # dimlint: ignore", True),
        ("f()  # dimlint: ignore[rank-mismatch]", False),
        ("f('# dimlint: ignore')", False),
        ("f('''\n# dimlint: ignore\n''')", False),
        ("f()  # pylint: disable=nonpositive-dimension", True),
        ("f()  # pylint: disable=W0101, E8701  # why", True),
        ("f()  # pylint: disable=all", True),
        ("f()  # pylint: disable=dimlint", True),
        ("f()  # pylint: disable=rank-mismatch", False),
        ("f(\n  1,\n)  # dimlint: ignore", True),
        ("f(  # pylint: disable=E8701\n  1,\n)", True),
        ("f(\n  1,  # dimlint: ignore\n)", False),
    ],
)
def test_suppression_on_the_statement(line: str, suppressed: bool) -> None:
    assert Source.parse(f"x = 1\n{line}\ny = 2\n").is_suppressed(RULE, span_at(2)) is suppressed


def test_the_last_line_counts_for_what_stands_in_the_middle() -> None:
    source = Source.parse("net = g(\n  f(1),\n  f(2),\n)  # dimlint: ignore\n")
    assert source.is_suppressed(RULE, span_at(3, 3))
    assert source.statement(span_at(3)) == (1, 4)


def test_a_header_ends_where_its_body_begins() -> None:
    source = Source.parse("with g(\n  f(1),\n) as x:  # dimlint: ignore\n  h(2)\n")
    assert source.is_suppressed(RULE, span_at(2))
    assert not source.is_suppressed(RULE, span_at(4))


PRAGMAS = """\
a()
# pylint: disable-next=E8701
b()
c()
def f():
    d()
    # pylint: disable=E8701
    e()
    if x:
        g()
    # pylint: enable=E8701
    h()
i()
class A:  # pylint: disable=E8701
    j()
k()
def m():  # pylint: disable=E8701
    n()
"""


def test_pylint_pragmas_reach_as_far_as_in_pylint() -> None:
    source = Source.parse(PRAGMAS)
    lines = PRAGMAS.splitlines()
    off = {lines[line - 1].strip() for line in range(1, len(lines) + 1) if source.is_suppressed(RULE, span_at(line))}
    assert {text for text in off if text.endswith("()")} == {"b()", "e()", "g()", "j()"}
    assert not any(source.is_suppressed(RULE, span_at(line), pylint=False) for line in range(1, len(lines)))


def test_a_file_can_be_skipped() -> None:
    assert Source.parse("# pylint: skip-file\na()\n").is_suppressed(RULE, span_at(2))
    assert Source.parse("a()\n# pylint: disable=E8701\nb()\n").is_suppressed(RULE, span_at(3))


@pytest.mark.parametrize(
    ("comment", "shapes"),
    [
        ("input=(1, 3, 32, 32)", ((1, 3, 32, 32),)),
        ("input=(1,3,8,8),(1,10)", ((1, 3, 8, 8), (1, 10))),
        ("input = [None, ?, batch, 5]", ((None, None, "batch", 5),)),
        ("input=1x3x?x32", ((1, 3, None, 32),)),
        ("input=Nx3x32x32, 1x10", (("N", 3, 32, 32), (1, 10))),
        ("input=(10,)", ((10,),)),
        ("input=()", ((),)),
    ],
)
def test_input_shapes_in_a_comment(comment: str, shapes: tuple[tuple[int | None, ...], ...]) -> None:
    source = Source.parse(f"class A:  # dimlint: {comment}\n  pass\n")
    assert source.input_shapes(source.tree.body[0]) == shapes
    assert source.notices == []


@pytest.mark.parametrize(
    "comment",
    ["input=", "input=(1, 3", "input=(1, -3)", "input=(1 3)", "input=(1,3) and", f"input=(1,{'9' * 400})", "inputs=(1,)", "ignor"],
)
def test_a_malformed_comment_gives_one_notice(comment: str) -> None:
    source = Source.parse(f"x = 1\nclass A:  # dimlint: {comment}\n  pass\n")
    assert source.input_shapes(source.tree.body[1]) is None
    [(line, message)] = source.notices
    assert line == 2
    assert message.startswith("dimlint comment: ")
    assert message.isascii() and "\n" not in message and len(message) < 200


def test_wrong_names_and_places_of_ignore_give_notices() -> None:
    notices = Source.parse("# dimlint: ignore\nf()  # dimlint: ignore[no-such-rule]\n").notices
    assert [line for line, _ in notices] == [1, 2]


@pytest.mark.parametrize(
    "text",
    [
        "# dimlint: input=(1, 2)\nclass A:\n  pass\n",
        "# dimlint: input=(1, 2)\n@d\n# more\n@e(\n  1)\nclass A:\n  pass\n",
        "@d  # dimlint: input=(1, 2)\nclass A:\n  pass\n",
        "class A(\n  B,  # dimlint: input=(1, 2)\n):\n  pass\n",
        "# dimlint: input=(1, 2)\n# about it\nclass A:\n  pass\n",
    ],
)
def test_where_an_input_comment_may_stand(text: str) -> None:
    source = Source.parse(text)
    assert source.input_shapes(source.tree.body[0]) == ((1, 2),)


def test_an_input_comment_belongs_to_its_own_statement() -> None:
    source = Source.parse("x = f(1)  # dimlint: input=(1, 2)\nclass A:\n  pass\ny = f(2)\n")
    first, last = nodes(source, cst.Call)
    assert source.input_shapes(first) == ((1, 2),)
    assert source.input_shapes(source.tree.body[1]) is None
    assert source.input_shapes(last) is None


@pytest.mark.parametrize(
    "text", ["def f(:\n", "  x = 1\n y\n", "print 'a'\n", "x = '", "x = '''", "\0", "x = 1 # \0\n", "f(" * 40, "\t x\n  y"]
)
def test_what_is_not_python_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        Source.parse(text)
    assert caught.value.kind == "failed"
    assert caught.value.reason.isascii() and "\n" not in caught.value.reason


def test_the_collector_is_left_as_it_was() -> None:
    Source.parse("x = 1\n")
    assert gc.isenabled()
    with pytest.raises(Unreadable):
        Source.parse("x = (\n")
    assert gc.isenabled()


def test_a_byte_order_mark_does_not_move_anything() -> None:
    source = Source.parse("\ufefff(1)\n")
    assert source.span(nodes(source, cst.Call)[0]).column == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import torch", True),
        ("from tensorflow import keras", True),
        ("import torchvision", True),
        ("from tf_keras import layers", True),
        ("# uses pytorch", False),
        ("x = 1  # for torch\r# and keras", False),
        ("# for torch\rimport keras", True),
        ("name = '#'; import torch\nimport torch", True),
        ("import numpy", False),
    ],
)
def test_words_of_a_framework(text: str, expected: bool) -> None:
    assert mentions_framework(text) is expected


@given(st.text(st.sampled_from("ab =+(){}[]:,.'\"\\\n\r#f1@;\t"), max_size=60))
def test_any_text_is_parsed_or_unreadable(text: str) -> None:
    try:
        source = Source.parse(text)
    except Unreadable:
        return
    for node in nodes(source, cst.Call):
        span = source.span(node)
        assert source.is_suppressed(RULE, span) in (True, False)
        source.input_shapes(node)
