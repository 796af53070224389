"""The libcst tree of a text, of which the bodies of functions are parsed only when something looks into them.

A parse is what a file costs most, and most functions of an imported file are never called. The logical lines of the scan tell
where bodies stand: each is cut out, the rest is parsed, and where the body was stands a ``Body``, a block like any other to
whoever reads it. What Python itself cannot parse is left to a parse of the whole, which tells what is wrong with it.
"""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any
from weakref import ref

import libcst as cst

from dimlint.core.collector import collector_paused
from dimlint.core.problem import Undecided
from dimlint.gate import Unreadable
from dimlint.scan import LogicalLine, Scan, line_starts

MIN_BODY = 160
"""Characters of a function's body below which cutting it out costs more than it saves."""
MIN_PIECE = 200
"""Characters of a stretch of a module that is parsed by itself."""
_GOING_ON = ("else", "elif", "except", "finally")
_DEFINITIONS = ("class", "def", "async", "@")
_DEFINES = re.compile(r"(?:async[ \t]+)?def\b")
_LINE_END = re.compile(r"\r\n|\r|\n|\Z")
_STUB = "...\n"
_WRAPPING = "if 1:\n"
"""What makes the block of a body a text by itself; it stands in a line of its own."""


class Piece:
    """What was parsed at once: ``text`` is what the parser was given, ``tree`` what it made of it. It may be a part of several texts.

    twins: what tells where its nodes stand in it, once somebody has found that.
    """

    def __init__(self, text: str, tree: cst.Module, *, whole: bool) -> None:
        self.text = text
        self.tree = tree
        self.is_whole = whole
        """Whether nothing of it is still to be parsed."""
        self.twins: Any = None


class Part:
    """A piece of a text. lines: where stretches of the text begin, as pairs of a line of the piece and one of the text."""

    def __init__(self, piece: Piece, lines: Sequence[tuple[int, int]]) -> None:
        self.piece = piece
        self._lines = lines

    def line(self, number: int) -> int:
        """The line of the text that a line of the piece is."""
        mine, whole = self._lines[bisect_right(self._lines, number, key=itemgetter(0)) - 1]
        return whole + number - mine


class Body(cst.IndentedBlock):
    """The block of a function that is parsed when its statements are first asked for.

    Raises Undecided then if the parser refuses it, though Python does not.
    """

    _stub: cst.BaseSuite
    _parser: Callable[[], Parser | None]
    """The parser holds the tree that this is a part of, so it is not held here."""
    _place: tuple[int, int]
    _found: Sequence[cst.BaseStatement] | None

    @classmethod
    def instead_of(cls, stub: cst.IndentedBlock, parser: Parser, place: tuple[int, int]) -> Body:
        """The block in whose place ``stub`` was parsed. place: the numbers of its first logical line and of the one behind it."""
        block = cls.__new__(cls)
        values = {"header": stub.header, "indent": stub.indent, "footer": stub.footer}
        for name, value in {**values, "_stub": stub, "_parser": ref(parser), "_place": place, "_found": None}.items():
            object.__setattr__(block, name, value)
        return block

    @property
    def body(self) -> Sequence[cst.BaseStatement]:  # type: ignore[override]
        if self._found is None:
            parser = self._parser()
            assert parser is not None
            object.__setattr__(self, "_found", parser.body(*self._place))
        return self._found or ()

    def _codegen_impl(self, state: Any) -> None:
        """As in the text that was parsed, since the places of what is around are read off that."""
        self._stub._codegen_impl(state)


class Parser:
    """Parses one text part by part; ``parts`` are those that are parsed by now.

    former: of an earlier state of the text, of which the pieces that are still the same are not parsed again.
    """

    def __init__(self, text: str, scan: Scan, former: Parser | None = None) -> None:
        self._text = text
        self._lines: Sequence[LogicalLine] = scan.lines
        self._starts = line_starts(text)
        self._known = {part.piece.text: part.piece for part in former.parts if part.piece.is_whole} if former is not None else {}
        self.parts: list[Part] = []
        self.parsed = 0
        """Characters that are parsed by now."""

    def module(self) -> cst.Module:
        """The tree of the text. Raises Unreadable."""
        stretches = [] if "\f" in self._text else list(self._stretches())
        functions = [list(self._functions(*stretch)) for stretch in stretches]
        worth = len(stretches) > 1 or any(self._is_long(*body) for found in functions for body in found)
        if not worth or not _is_python(self._text):
            return self._whole()
        starts = [0, *(self._lines[first].start for first, _ in stretches[1:]), len(self._text)]
        try:
            parts = [self._part(*place) for place in zip(starts, starts[1:], functions)]
        except (_Different, cst.ParserSyntaxError, SyntaxError):  # libcst checks a little more than Python's parser
            return self._whole()
        return parts[0].piece.tree if len(parts) == 1 else cst.Module([line for part in parts for line in part.piece.tree.body])

    def _stretches(self) -> Iterator[tuple[int, int]]:
        """Statements of the module that are parsed together, as numbers of logical lines: the first one and the one behind them.

        They end where a definition begins or ends, or at a blank line, so that a change of the text leaves the others what they are.
        """
        first, above = 0, None
        for index, line in enumerate(self._lines):
            if line.indent:
                continue
            long = line.start - self._lines[first].start >= MIN_PIECE
            if above is not None and long and above.head != "@" and line.head not in _GOING_ON:
                defines = above.head in _DEFINITIONS or line.head in _DEFINITIONS
                if defines or self._text.count("\n", self._lines[index - 1].end, line.start) > 1:
                    yield first, index
                    first = index
            above = line
        if self._lines:
            yield first, len(self._lines)

    def body(self, first: int, end: int) -> Sequence[cst.BaseStatement]:
        """The statements of the logical lines from ``first`` to before ``end``. Raises Undecided."""
        functions = list(self._functions(first, end))
        try:
            start, stop = self._line_end(self._lines[first - 1].end), self._line_end(self._lines[end - 1].end)
            try:
                tree = self._part(start, stop, functions, _WRAPPING).piece.tree
            except _Different:
                tree = self._part(start, stop, [], _WRAPPING).piece.tree
        except (cst.ParserSyntaxError, SyntaxError, RecursionError, MemoryError, ValueError) as error:
            raise Undecided(f"a function cannot be parsed: {type(error).__name__}") from None
        wrapping = tree.body[0]
        assert isinstance(wrapping, cst.If)
        return wrapping.body.body  # type: ignore[return-value]

    def _whole(self) -> cst.Module:
        """The tree of the whole text, with nothing left out. Raises Unreadable."""
        tree = parse_whole(self._text)
        self.parts = [Part(Piece(self._text, tree, whole=False), [(1, 1)])]
        self.parsed = len(self._text)
        return tree

    def _part(self, start: int, end: int, functions: Sequence[tuple[int, int]], wrapping: str = "") -> Part:
        """Parse a stretch of the text without the longer bodies of these functions."""
        text, lines, number, at = [wrapping], [(1, 0)] if wrapping else [], 1 + bool(wrapping), start
        for first, behind in functions:
            if self._is_long(first, behind):
                cut, on = self._line_end(self._lines[first - 1].end), self._line_end(self._lines[behind - 1].end)
                lines.append((number, self._line_of(at)))
                text += self._text[at:cut], self._indent(self._lines[first].start), _STUB
                number += self._line_of(cut) - self._line_of(at) + 1
                at = on
        lines.append((number, self._line_of(at)))
        text.append(self._text[at:end])
        whole = len(text) == 2
        part = Part(self._piece("".join(text), whole=whole), lines)
        if not whole:
            self._put_bodies(part.piece.tree, functions)
        self.parts.append(part)
        self.parsed += len(part.piece.text)
        return part

    def _piece(self, text: str, *, whole: bool) -> Piece:
        """A piece with its tree, which stands in one place of the text only."""
        known = self._known.pop(text, None) if whole else None
        if known is not None:
            return known
        with collector_paused():
            return Piece(text, cst.parse_module(text), whole=whole)

    def _put_bodies(self, tree: cst.Module, functions: Sequence[tuple[int, int]]) -> None:
        """Put the bodies that are still to be parsed into the definitions. Raises _Different if these are not those of the scan."""
        found = list(_definitions(tree)) if functions else []
        if len(found) < len(functions):
            raise _Different
        blocks = [node for node in found if isinstance(node.body, cst.IndentedBlock)]
        if len(blocks) != len(functions):
            raise _Different
        for node, place in zip(blocks, functions, strict=True):
            if self._is_long(*place):
                if f"def {node.name.value}" not in " ".join(self._header(place[0]).split()):
                    raise _Different
                object.__setattr__(node, "body", Body.instead_of(node.body, self, place))  # type: ignore[arg-type]

    def _header(self, first: int) -> str:
        """The logical line above a body."""
        header = self._lines[first - 1]
        return self._text[header.start : header.end]

    def _functions(self, first: int, end: int) -> Iterator[tuple[int, int]]:
        """The bodies of the outermost functions with a block, as numbers of logical lines: its first one and the one behind it."""
        lines, index = self._lines, first
        while index < end:
            line = lines[index]
            index += 1
            if line.head in ("def", "async") and _DEFINES.match(self._text, line.start):
                start = index
                while index < end and lines[index].indent > line.indent:
                    index += 1
                if index > start:
                    yield start, index

    def _is_long(self, first: int, end: int) -> bool:
        return self._lines[end - 1].end - self._lines[first].start >= MIN_BODY

    def _line_end(self, offset: int) -> int:
        """Behind the end of the line at whose end an offset stands."""
        found = _LINE_END.search(self._text, offset)
        assert found is not None
        return found.end()

    def _line_of(self, offset: int) -> int:
        return bisect_right(self._starts, offset)

    def _indent(self, offset: int) -> str:
        """What stands on a line before its first word."""
        return self._text[self._starts[self._line_of(offset) - 1] : offset]


class _Different(Exception):
    """The parser sees other functions than the scan."""


def _definitions(tree: cst.Module) -> Iterator[cst.FunctionDef]:
    """The outermost functions of a tree, in source order."""
    pending: list[object] = list(reversed(tree.body))
    while pending:
        node = pending.pop()
        if isinstance(node, cst.FunctionDef):
            yield node
        if isinstance(node, (cst.FunctionDef, cst.SimpleStatementLine, cst.SimpleStatementSuite)):
            continue
        for name in ("finalbody", "orelse", "handlers", "cases", "body"):
            below = getattr(node, name, None)
            if isinstance(below, (list, tuple)):
                pending += reversed(below)
            elif isinstance(below, cst.CSTNode) and not isinstance(below, cst.BaseExpression):
                pending.append(below)


def parse_whole(text: str) -> cst.Module:
    """The tree of a text, all of it. Raises Unreadable."""
    try:
        with collector_paused():
            return cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise Unreadable(f"cannot parse: syntax error in line {_wrong_line(text) or error.raw_line}") from None
    except (SyntaxError, UnicodeError, LookupError, ValueError) as error:
        raise Unreadable(f"cannot parse: {ascii(str(error).partition(chr(10))[0])[:100]}") from None
    except (RecursionError, MemoryError) as error:
        raise Unreadable(f"cannot parse: {type(error).__name__}") from None


def _is_python(text: str) -> bool:
    """Whether the running Python can parse the text."""
    try:
        python_tree(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _wrong_line(text: str) -> int | None:
    """Where Python itself sees the mistake: libcst's tokenizer says line 1 of all of its own."""
    try:
        python_tree(text)
    except SyntaxError as error:
        return error.lineno
    except (ValueError, RecursionError, MemoryError):
        return None
    return None


def python_tree(text: str) -> ast.Module:
    """What Python's own parser makes of a text. Raises SyntaxError, ValueError, RecursionError or MemoryError."""
    with warnings.catch_warnings(), collector_paused():
        warnings.simplefilter("ignore")
        return ast.parse(text)
