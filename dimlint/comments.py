"""What comments tell dimlint: ``# dimlint: ignore[...]``, ``# dimlint: input=...`` and pylint's own pragmas."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from keyword import iskeyword
from typing import NamedTuple

from dimlint.core.library import ENTRIES
from dimlint.core.report import Span
from dimlint.core.rules import Rule, matching
from dimlint.notation import StatedShape, parse_shapes
from dimlint.scan import LogicalLine, Scan, line_starts

_OURS = re.compile(r"#\s*dimlint\s*:\s*([^#]*)")
_IGNORE = re.compile(r"ignore\s*(?:\[([^\[\]]*)\])?(?=\s|$)")
_INPUT = re.compile(r"input\s*=\s*(.*)")
_MISSPELT = re.compile(r"#\s*dimlint\s*(?:[:=,]\s*|\s)(?:inputs?\s*=|ignore\s*(?:\[|$))", re.IGNORECASE)
_FUNCTION = re.compile(r"(?:async[ \t\f]+)?def[ \t\f]+(\w+)")
_PLAIN_CALL = re.compile(r"(?:await[ \t\f]+)?([^\W\d]\w*)(?:\.\w+)*\(")
_PYLINT = re.compile(r"#.*?\bpylint\s*:\s*([^;#]+)")
_LOST = "dimlint comment: input=... belongs beside or directly above a class, its forward or call, a module's function, or a construction"
_PRAGMA = re.compile(r"(disable-next|disable|enable)\s*=\s*([\w\s,-]+)")


class _Pragma(NamedTuple):
    """pylint's state for some names from ``first`` to ``last``."""

    first: int
    last: int
    disable: bool
    names: frozenset[str]


class Comments:
    """The comments of one text that concern dimlint. ``notices`` holds (line, what is wrong) of malformed ones."""

    def __init__(self, scan: Scan) -> None:
        self.notices: list[tuple[int, str]] = []
        self._starts = line_starts(scan.text)
        self._lines = scan.lines
        self._begins = [self._line(line.start) for line in scan.lines]
        self._ignores: dict[int, frozenset[str]] = {}
        self._inputs: dict[int, tuple[StatedShape, ...]] = {}
        self._used: set[int] = set()
        self._calls: set[int | None] = set()
        self._pragmas: list[_Pragma] = []
        self._own: set[int] = set()
        for offset, comment in scan.comments:
            line = self._line(offset)
            own = not scan.text[self._starts[line - 1] : offset].strip()
            if own:
                self._own.add(line)
            if "dimlint" in comment.lower():
                self._read_ours(line, comment, own)
            if "pylint" in comment:
                self._read_pylint(line, offset - self._starts[line - 1], comment, own)
        self.notices += [(line, _LOST) for line in self._inputs.keys() - self._attached(scan.text)]

    @property
    def has_inputs(self) -> bool:
        """Whether any comment gives input shapes; without one there is no need to place nodes."""
        return bool(self._inputs)

    def statement(self, line: int) -> tuple[int, int]:
        """First and last line of the statement, or of the header of the compound statement, that holds ``line``."""
        index = bisect_right(self._begins, line) - 1
        if index < 0:
            return line, line
        last = self._line(self._lines[index].end)
        return (self._begins[index], last) if line <= last else (line, line)

    def lines_around(self, span: Span) -> list[int]:
        """The lines whose comments concern the span: its own first, then where it ends and its statement begins and ends."""
        return list(dict.fromkeys((span.line, span.end_line, *self.statement(span.line))))

    def suppresses(self, rule: Rule, span: Span, *, pylint: bool = True) -> bool:
        """Whether a comment switches the rule off on the first or last line of the span or of its statement."""
        lines = self.lines_around(span)
        names = {rule.code.lower(), rule.symbol}
        if any(names & self._ignores.get(line, frozenset()) for line in lines):
            return True
        return pylint and any(self._disabled(rule, line) for line in lines)

    def input_shapes(self, line: int) -> tuple[StatedShape, ...] | None:
        """The shapes that a comment gives for what starts at ``line``: beside it, or directly above it and its decorators."""
        found = self._concerning(line)
        if found is None:
            return None
        self._used.add(found)
        return self._inputs[found]

    def unused(self) -> list[tuple[int, str]]:
        """Notices of input shapes beside plain calls, of which a run has shown that they construct nothing."""
        return [(line, _LOST) for line in sorted(self._inputs.keys() & self._calls - self._used)]

    def _concerning(self, line: int) -> int | None:
        """The line of the comment that gives the shapes for what starts at ``line``."""
        first, last = self.statement(line)
        beside = self._within(first, last)
        return self._above(first) if beside is None else beside

    def _within(self, first: int, last: int) -> int | None:
        return next((at for at in range(first, last + 1) if at in self._inputs), None)

    def _above(self, line: int) -> int | None:
        while self._inputs and line > 1:
            line -= 1
            first, last = self.statement(line)
            if line not in self._own and not self._is_decorator(line):
                return None
            found = self._within(first, last)
            if found is not None:
                return found
            line = first
        return None

    def _attached(self, text: str) -> set[int | None]:
        """The lines of the comments with input shapes that stand at something that may have an input."""
        if not self._inputs:
            return set()
        pairs = zip(self._begins, self._lines, self._surroundings(), strict=True)
        found = set()
        for begin, line, around in pairs:
            if _takes_input(line, around, text):
                found.add(concerning := self._concerning(begin))
                if _is_plain_call(line, text):
                    self._calls.add(concerning)
        return found

    def _surroundings(self) -> Iterator[str]:
        """What each statement stands in, nearest first: ``class``, ``def``, ``async``, or nothing."""
        outer: list[tuple[int, str]] = []
        for line in self._lines:
            while outer and outer[-1][0] >= line.indent:
                outer.pop()
            around = outer[-1][1] if outer else ""
            yield around
            outer.append((line.indent, line.head if line.head in ("class", "def", "async") else around))

    def _is_decorator(self, line: int) -> bool:
        index = bisect_right(self._begins, line) - 1
        return index >= 0 and self._lines[index].head == "@" and line <= self._line(self._lines[index].end)

    def _line(self, offset: int) -> int:
        return bisect_right(self._starts, offset)

    def _read_ours(self, line: int, comment: str, own: bool) -> None:
        if _MISSPELT.match(comment) and not _OURS.search(comment):
            self.notices.append((line, f"dimlint comment: expected '# dimlint: ...', found {comment[:40]!a}"))
        for found in _OURS.finditer(comment):
            text = found[1].strip()
            ignore, given = _IGNORE.match(text), _INPUT.match(text)
            if ignore:
                self._read_ignore(line, ignore[1], own)
            elif given:
                try:
                    self._inputs[line] = parse_shapes(given[1])
                except ValueError as error:
                    self.notices.append((line, f"dimlint comment: {error}"))
            else:
                self.notices.append((line, "dimlint comment: expected ignore, ignore[rule, ...] or input=(1, 3, 32, 32)"))

    def _read_ignore(self, line: int, names: str | None, own: bool) -> None:
        if own and not self._inside_statement(line):
            self.notices.append((line, "dimlint comment: ignore belongs at the end of the line it is meant for"))
            return
        chosen = set(self._ignores.get(line, ()))
        for name in ["all"] if names is None else names.split(","):
            rules = matching(name)
            if not rules:
                self.notices.append((line, f"dimlint comment: there is no rule {name.strip()[:40]!a}"))
            chosen |= {text for rule in rules for text in (rule.code.lower(), rule.symbol)}
        self._ignores[line] = frozenset(chosen)

    def _inside_statement(self, line: int) -> bool:
        first, last = self.statement(line)
        return first < last

    def _read_pylint(self, line: int, column: int, comment: str, own: bool) -> None:
        found = _PYLINT.search(comment)
        if found is None:
            return
        if found[1].strip() == "skip-file":
            self._pragmas.append(_Pragma(1, len(self._starts), True, frozenset({"all"})))
        pragma = _PRAGMA.match(found[1].strip())
        if pragma is None:
            return
        names = frozenset(name.strip().lower() for name in pragma[2].split(","))
        first, last = (line + 1, line + 1) if pragma[1] == "disable-next" else (line, self._reach(line, column, own))
        self._pragmas.append(_Pragma(first, last, pragma[1] != "enable", names))

    def _reach(self, line: int, column: int, own: bool) -> int:
        """Last line that a pragma reaches: on a line of its own the rest of its block, beside ``class`` the class."""
        index = bisect_right(self._begins, line) - 1
        if own:
            return self._block_end(index + 1, lambda indent: indent >= column)
        header: LogicalLine | None = self._lines[index] if index >= 0 else None
        if header is not None and header.head == "class":
            inside = header.indent
            return self._block_end(index + 1, lambda indent: indent > inside)
        return line

    def _block_end(self, index: int, belongs: Callable[[int], bool]) -> int:
        while index < len(self._lines) and belongs(self._lines[index].indent):
            index += 1
        return self._begins[index] - 1 if index < len(self._lines) else len(self._starts)

    def _disabled(self, rule: Rule, line: int) -> bool:
        names = {"all", "dimlint", rule.symbol, rule.code.lower(), rule.code[0].lower()}
        state = False
        for pragma in self._pragmas:
            if pragma.first <= line <= pragma.last and names & pragma.names:
                state = pragma.disable
        return state


def _is_plain_call(line: LogicalLine, text: str) -> bool:
    """Whether a statement begins with a call; one that assigns what it constructs does not."""
    called = _PLAIN_CALL.match(text, line.start)
    return called is not None and not iskeyword(called[1])


def _takes_input(line: LogicalLine, around: str, text: str) -> bool:
    """Whether a statement is a class, its forward or call, a function of the module, or may build a model."""
    stated = _FUNCTION.match(text, line.start)
    if stated is not None:
        return not around or (around == "class" and stated[1] in ENTRIES)
    return line.head == "class" or (line.head not in ("@", "import", "from") and "(" in _OURS.sub("", text[line.start : line.end]))
