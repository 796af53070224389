"""A text that may be analysed: its libcst tree, the places of nodes, and what its comments say."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

import libcst as cst

from dimlint.comments import Comments
from dimlint.core.report import Span
from dimlint.core.rules import Rule
from dimlint.gate import Unreadable, refuse_nesting, refuse_size
from dimlint.notation import StatedShape
from dimlint.parsing import Parser
from dimlint.place import Places
from dimlint.scan import Scan, line_starts

_DEFINITION = re.compile(r"(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)")


class Source:
    """One file's text and tree. Nothing but the tree is computed before it is asked for."""

    def __init__(self, text: str, path: str, scan: Scan, former: Parser | None = None) -> None:
        self.text = text
        self.path = path
        self._scan = scan
        self.parser = Parser(text, scan, former)
        self.tree = self.parser.module()

    @property
    def parsed(self) -> int:
        """Characters of the text that are parsed by now: bodies of functions are when they are looked into."""
        return self.parser.parsed

    @classmethod
    def parse(cls, text: str, path: str = "<string>", former: Parser | None = None) -> Source:
        """Parse a text that the gate lets through. former: of an earlier state of it. Raises Unreadable, and nothing else."""
        text = text.removeprefix("\ufeff")
        refusal = refuse_size(text)
        if refusal is None and "\0" in text:
            raise Unreadable("cannot parse: the text holds a NUL character")
        scan = Scan(text if refusal is None else "")
        refusal = refusal or refuse_nesting(scan)
        if refusal is not None:
            raise Unreadable(f"not analysed: {refusal}", "skipped")
        return cls(text, path, scan, former)

    @cached_property
    def may_yield(self) -> bool:
        """Whether any function of the text may be a generator: without the word none is, and no body has to be parsed to see that."""
        return "yield" in self.text

    def span(self, node: cst.CSTNode) -> Span:
        """Where a node of the tree stands: without its decorators; of a definition just ``class Name`` or ``def name``."""
        return self._places.span(node)

    def line_span(self, line: int) -> Span:
        """A whole line, without the blanks around it."""
        return self._places.line_span(line)

    def is_suppressed(self, rule: Rule, span: Span, *, pylint: bool = True) -> bool:
        """Whether a comment switches the rule off there; ``pylint=False`` leaves pylint's own comments to pylint."""
        return self._comments.suppresses(rule, span, pylint=pylint)

    def statement(self, span: Span) -> tuple[int, int]:
        """First and last line of the statement, or of the compound statement's header, that holds the span."""
        return self._comments.statement(span.line)

    def expression(self) -> cst.BaseExpression:
        """The one expression that the text consists of. Raises Unreadable."""
        lines = self.tree.body
        if len(lines) == 1 and isinstance(lines[0], cst.SimpleStatementLine) and len(lines[0].body) == 1:
            statement = lines[0].body[0]
            if isinstance(statement, cst.Expr):
                return statement.value
        raise Unreadable("is not an expression")

    def definition(self, name: str) -> int | None:
        """The line of the last ``def`` or ``class`` with that name that stands outside of all others."""
        found = None
        for line in self._scan.lines:
            if line.indent == 0 and line.head in ("def", "class", "async"):
                stated = _DEFINITION.match(self.text, line.start)
                if stated is not None and stated[1] == name:
                    found = bisect_right(line_starts(self.text), line.start)
        return found

    def input_shapes_at(self, line: int) -> tuple[StatedShape, ...] | None:
        """The shapes of a ``# dimlint: input=...`` comment beside or directly above the statement of a line."""
        return self._comments.input_shapes(line) if self._comments.has_inputs else None

    def input_shapes(self, node: cst.CSTNode) -> tuple[StatedShape, ...] | None:
        """The shapes of a ``# dimlint: input=...`` comment beside or directly above the node's statement; None without one."""
        if not self._comments.has_inputs:
            return None
        return self._comments.input_shapes(self.span(node).line)

    @property
    def notices(self) -> list[tuple[int, str]]:
        """What is wrong with malformed comments, and, after a run, with those that were for nothing: (line, message)."""
        return self._comments.notices + self._comments.unused()

    @cached_property
    def _places(self) -> Places:
        return Places(self.text, self.path, self.parser.parts)

    @cached_property
    def _comments(self) -> Comments:
        return Comments(self._scan)
