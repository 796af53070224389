"""Where the nodes of a libcst tree stand in the text, computed when it is first asked.

libcst's own position provider costs twice a parse. But the k-th call in a libcst tree, in source order, is the k-th
call in Python's own ``ast`` sorted by start and descending end; the same holds for every other kind of node that both
trees share. So one ``ast.parse``, a tenth of a libcst parse, places nearly every node. Counts and names are
compared, and where they disagree the position provider has the word.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from dimlint.core.report import Span
from dimlint.nodes import children
from dimlint.parsing import Body, Part, Piece, python_tree
from dimlint.scan import line_starts

Range = tuple[int, int, int, int]
"""Line, column, end line, end column: lines from 1, columns in code points from 0."""

_TWINS: dict[type[cst.CSTNode], tuple[type[ast.AST], ...]] = {
    cst.Call: (ast.Call,),
    cst.ClassDef: (ast.ClassDef,),
    cst.FunctionDef: (ast.FunctionDef, ast.AsyncFunctionDef),
    cst.BinaryOperation: (ast.BinOp,),
    cst.UnaryOperation: (ast.UnaryOp,),
    cst.Comparison: (ast.Compare,),
    cst.Subscript: (ast.Subscript,),
    cst.Attribute: (ast.Attribute,),
    cst.Lambda: (ast.Lambda,),
    cst.IfExp: (ast.IfExp,),
    cst.Assign: (ast.Assign,),
    cst.AugAssign: (ast.AugAssign,),
    cst.AnnAssign: (ast.AnnAssign,),
    cst.Return: (ast.Return,),
    cst.Raise: (ast.Raise,),
    cst.Assert: (ast.Assert,),
    cst.Import: (ast.Import,),
    cst.ImportFrom: (ast.ImportFrom,),
    cst.Expr: (ast.Expr,),
    cst.Del: (ast.Delete,),
    cst.If: (ast.If,),
    cst.For: (ast.For, ast.AsyncFor),
    cst.While: (ast.While,),
    cst.With: (ast.With, ast.AsyncWith),
    cst.Match: (ast.Match,),
}
_TEXTS = (ast.JoinedStr, getattr(ast, "TemplateStr", ast.JoinedStr))
"""Of which the places inside are not those of the text."""
_HEADERS = (cst.ClassDef, cst.FunctionDef, cst.If, cst.For, cst.While, cst.With, cst.Match)
_HEADER = re.compile(r"(?:async[ \t\f]+)?(?:(?:def|class)[ \t\f]+)?\w+")
_OPERATORS = {
    "Add": "Add",
    "Sub": "Subtract",
    "Mult": "Multiply",
    "Div": "Divide",
    "Mod": "Modulo",
    "Pow": "Power",
    "FloorDiv": "FloorDivide",
    "MatMult": "MatrixMultiply",
    "LShift": "LeftShift",
    "RShift": "RightShift",
}
_ORDER: dict[type[cst.CSTNode], tuple[str, ...]] = {
    cst.FunctionDef: ("decorators", "type_parameters", "params", "returns", "body"),
    cst.ClassDef: ("decorators", "type_parameters", "bases", "keywords", "body"),
    cst.Parameters: ("posonly_params", "params", "star_arg", "kwonly_params", "star_kwarg"),
    cst.IfExp: ("body", "test", "orelse"),
    cst.MatchCase: ("pattern", "guard", "body"),
    cst.ExceptHandler: ("type", "body"),
    cst.ExceptStarHandler: ("type", "body"),
    cst.TypeAlias: ("type_parameters", "value"),
    # What imports hold are names, which ast keeps as text. The places inside an f-string are wrong before Python 3.12.
    cst.Import: (),
    cst.ImportFrom: (),
    cst.FormattedString: (),
    cst.TemplatedString: (),
    cst.SimpleString: (),
    cst.Name: (),
    Body: (),  # a part by itself
}
"""Fields in source order, where a node's own order is another, or where no node inside is looked for."""


class Places:
    """The places of all nodes of one text. parts: what of it is parsed by now; more may be added to them."""

    def __init__(self, text: str, path: str, parts: Sequence[Part]) -> None:
        self._text = text
        self._path = path
        self._parts = parts
        self._starts = line_starts(text)
        self._matched = 0
        self._index: dict[int, tuple[ast.AST, Part]] = {}
        """By node id, the node of Python's tree that tells the place, and the part that it was found in."""
        self._calls: list[tuple[Any, Any, Part]] = []
        self._provided: list[Mapping[cst.CSTNode, CodeRange]] = []

    def span(self, node: cst.CSTNode) -> Span:
        """Where the node stands: without decorators, and of a definition or compound statement only how it starts."""
        if isinstance(node, cst.SimpleStatementLine):
            node = node.body[0]
        twin = self._index.get(id(node))
        while twin is None and self._matched < len(self._parts):
            self._index |= self._match(self._parts[self._matched])
            self._matched += 1
            twin = self._index.get(id(node))
        if twin is None and self._calls:
            self._index = self._arguments() | self._index
            twin = self._index.get(id(node))
        place = self._range(*twin) if twin is not None else self._from_providers(node)
        if isinstance(node, _HEADERS):
            place = self._head(*place[:2])
        line, column, end_line, end_column = place
        return Span(self._path, line, column + 1, end_line, end_column + 1)

    def line_span(self, line: int) -> Span:
        """The text of a whole line, without the blanks around it."""
        text = self._line(line) if 1 <= line <= len(self._starts) else ""
        end = len(text.rstrip())
        start = min(end, len(text) - len(text.lstrip()))
        return Span(self._path, line, start + 1, line, end + 1)

    def _line(self, number: int) -> str:
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self._text)
        return self._text[start:end]

    def _head(self, line: int, column: int) -> Range:
        found = _HEADER.match(self._line(line), column)
        return line, column, line, found.end() if found else column + 1

    def _match(self, part: Part) -> dict[int, tuple[ast.AST, Part]]:
        """The twins by node id."""
        if part.piece.twins is None:
            part.piece.twins = _matched(part.piece)
        self._calls += [(mine, its, part) for mine, its in part.piece.twins.calls]
        return {number: (twin, part) for number, twin in part.piece.twins.nodes.items()}

    def _arguments(self) -> dict[int, tuple[ast.AST, Part]]:
        """The twins of the arguments of the calls that were matched; they have the brackets of tuples."""
        index: dict[int, tuple[ast.AST, Part]] = {}
        for call, twin, part in self._calls:
            given: list[ast.expr | ast.keyword] = [*twin.args, *twin.keywords]
            _sort(given)
            if len(given) == len(call.args):
                index |= {id(mine.value): (_value(its), part) for mine, its in zip(call.args, given, strict=True)}
        self._calls.clear()
        return index

    def _range(self, node: Any, part: Part) -> Range:
        line, end_line = part.line(node.lineno), part.line(node.end_lineno)
        return line, self._code_points(line, node.col_offset), end_line, self._code_points(end_line, node.end_col_offset)

    def _code_points(self, line: int, offset: int) -> int:
        """A column in code points from one in UTF-8 bytes."""
        text = self._line(line)
        return offset if text.isascii() else len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace"))

    def _from_providers(self, node: cst.CSTNode) -> Range:
        for number, part in enumerate(self._parts):
            if number == len(self._provided):
                self._provided.append(_provided(part.piece.tree))
            found = self._provided[number].get(node)
            if found is not None:
                return part.line(found.start.line), found.start.column, part.line(found.end.line), found.end.column
        return 1, 0, 1, 0


def _value(given: ast.expr | ast.keyword) -> ast.expr:
    """The expression that an argument of a call gives."""
    return given.value if isinstance(given, (ast.keyword, ast.Starred)) else given


def _provided(tree: cst.Module) -> Mapping[cst.CSTNode, CodeRange]:
    """What libcst itself says on the places of a tree's nodes."""
    try:
        return MetadataWrapper(tree, unsafe_skip_copy=True).resolve(PositionProvider)
    except RecursionError:
        return {}


class _Twins(NamedTuple):
    """By node id, the nodes of Python's tree, and the calls of both."""

    nodes: Mapping[int, ast.AST]
    calls: Sequence[tuple[Any, Any]]


def _matched(piece: Piece) -> _Twins:
    """The twins of the nodes of those kinds on which both trees agree."""
    nodes: dict[type[cst.CSTNode], list[cst.CSTNode]] = {kind: [] for kind in _TWINS}
    for node in _walk(piece.tree):
        nodes[type(node)].append(node)
    twins = _twins(piece.text)
    index: dict[int, ast.AST] = {}
    calls: Sequence[tuple[Any, Any]] = ()
    for kind, mine in nodes.items():
        theirs = twins.get(kind, [])
        if len(mine) == len(theirs) and all(_label(a) == _twin_label(b) for a, b in zip(mine, theirs, strict=True)):
            index.update((id(a), b) for a, b in zip(mine, theirs, strict=True))
            calls = list(zip(mine, theirs, strict=True)) if kind is cst.Call else calls
    return _Twins(index, calls)


def _twins(text: str) -> dict[type[cst.CSTNode], list[ast.AST]]:
    """The nodes of Python's own tree in source order, by the kind of libcst's."""
    try:
        tree = python_tree(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}  # newer syntax than this Python's, which libcst reads all the same
    kinds = {twin: kind for kind, twins in _TWINS.items() for twin in twins}
    found: dict[type[cst.CSTNode], list[ast.AST]] = {kind: [] for kind in _TWINS}
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if type(node) in kinds:
            found[kinds[type(node)]].append(node)
        if type(node) not in _TEXTS:
            stack += _below(node)
    for nodes in found.values():
        _sort(nodes)
    return found


def _below(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes directly below one, but for those that have no place, as ``ast.iter_child_nodes`` gives them in twice the time."""
    for name in node._fields:
        value = getattr(node, name, None)
        if type(value) is list:
            yield from (item for item in value if isinstance(item, ast.AST))
        elif isinstance(value, ast.AST) and name not in ("ctx", "op"):
            yield value


def _sort(nodes: list[Any]) -> None:
    """Put nodes in order of where they start; of those that start together, those around others come first."""
    nodes.sort(key=attrgetter("end_lineno", "end_col_offset"), reverse=True)
    nodes.sort(key=attrgetter("lineno", "col_offset"))


def _walk(tree: cst.Module) -> Iterator[cst.CSTNode]:
    """The nodes of the kinds in ``_TWINS`` in source order, parents first."""
    stack: list[cst.CSTNode] = [tree]
    while stack:
        node = stack.pop()
        if type(node) in _TWINS:
            yield node
        stack += reversed(children(node, _ORDER))


def _label(node: cst.CSTNode) -> str:
    if isinstance(node, cst.Call):
        node = node.func
    if isinstance(node, cst.Attribute):
        return node.attr.value
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, (cst.ClassDef, cst.FunctionDef)):
        return node.name.value
    return type(node.operator).__name__ if isinstance(node, cst.BinaryOperation) else ""


def _twin_label(node: ast.AST) -> str:
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return node.name
    if isinstance(node, ast.BinOp):
        name = type(node.op).__name__
        return _OPERATORS.get(name, name)
    return ""
