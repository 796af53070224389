"""One linear scan of a text, without a parse: its comments, its logical lines, and how deeply it nests.

Each pattern is tried once at a position and cannot backtrack far, so the time is linear whatever the text is. Where
a text is not Python at all, the scan counts too much rather than too little.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

_FRAMEWORK = re.compile(r"(?<![A-Za-z0-9])(?:torch|keras|tensorflow|einops)")
_OUTSIDE_OF_COMMENTS = re.compile(rf"#[^\r\n]*|(?P<name>{_FRAMEWORK.pattern})")
_NEWLINE = re.compile(r"\r\n|\r|\n")
_TOKEN = re.compile(
    r"[ \t\f]*(?:"
    r"(?P<fstring>(?:[fFtT][rR]?|[rR][fFtT])(?:'''|\"\"\"|'|\"))"
    r"|(?P<string>(?:[rR][bB]?|[bB][rR]?|[uU])?(?:'''|\"\"\"|'|\"))"
    r"|(?P<word>[^\W\d]\w*)"
    r"|(?P<comment>\#[^\r\n]*)"
    r"|(?P<continuation>\\(?:\r\n|\r|\n))"
    r"|(?P<newline>\r\n|\r|\n)"
    r"|(?P<open>[(\[{])"
    r"|(?P<close>[)\]}])"
    r"|(?P<comma>,)"
    r"|(?P<colon>:)"
    r"|(?P<semicolon>;)"
    r"|(?P<other>\d[\w.]*|[-+*/%@&|^=<>!]+|[\s\S])"
    r")"
)
_CASE = re.compile(r"case\b[ \t\f]*(?![=.:,)\s])")
_ESCAPE = r"\\(?:\r\n|[\s\S])"
_BODY = {
    "'": re.compile(rf"[^'\\\r\n]*(?:{_ESCAPE}[^'\\\r\n]*)*"),
    '"': re.compile(rf'[^"\\\r\n]*(?:{_ESCAPE}[^"\\\r\n]*)*'),
    "'''": re.compile(rf"[^'\\]*(?:(?:{_ESCAPE}|'(?!''))[^'\\]*)*"),
    '"""': re.compile(rf'[^"\\]*(?:(?:{_ESCAPE}|"(?!""))[^"\\]*)*'),
}
"""What stands between the quotes of a string; the closing quote follows, or the string never ends."""


@cache
def _middle(quote: str, *, raw: bool) -> re.Pattern[str]:
    """What stands between two replacement fields of an f-string."""
    plain = rf"[^{quote[0]}\\{{}}]" if len(quote) == 3 else rf"[^{quote}\\{{}}\r\n]"
    escape = r"\\(?:\r\n|[^{}]|(?=[{}]))" if raw else r"\\(?:\r\n|N\{[^{}\r\n]*\}|[^{}]|(?=[{}]))"
    lone = rf"|{quote[0]}(?!{quote[:2]})" if len(quote) == 3 else ""
    return re.compile(rf"{plain}*(?:(?:{escape}|\{{\{{{lone}){plain}*)*")


class LogicalLine(NamedTuple):
    """A statement, or the header of one, by offsets into the text. ``head`` is its first token."""

    start: int
    end: int
    indent: int
    head: str


class _Frame:
    """An open bracket, or an f-string's replacement field if ``quote`` is set."""

    __slots__ = ("quote", "raw", "run", "spec", "weight")

    def __init__(self, quote: str = "", raw: bool = False) -> None:
        self.run = 0
        self.weight = 1
        self.quote = quote
        self.raw = raw
        self.spec = False


def mentions_framework(text: str) -> bool:
    """Whether a word that starts with a framework's name occurs before any ``#`` of its line; other texts need no parse."""
    return _FRAMEWORK.search(text) is not None and any(found["name"] for found in _OUTSIDE_OF_COMMENTS.finditer(text))


def line_starts(text: str) -> list[int]:
    """Offsets at which the lines begin. Only CR LF, CR and LF end a line, as in Python."""
    return [0, *(match.end() for match in _NEWLINE.finditer(text))]


class Scan:
    """The result of a scan.

    comments: (offset, text with the ``#``). lines: the logical lines in order.
    tokens: their number, ends of lines included. depth: most brackets open at once. run: most tokens between two commas
    of one bracket or statement.
    indents: most indentation levels. elifs: most ``elif`` of one ``if``. patterns: what parsing the ``case`` patterns
    costs; a backtracking parser's work doubles with each bracket around a pattern and quadruples with each brace.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.comments: list[tuple[int, str]] = []
        self.lines: list[LogicalLine] = []
        self.tokens = self.depth = self.run = self.indents = self.elifs = self.patterns = 0
        self._frames = [_Frame()]
        self._start: tuple[int, int, str] | None = None
        self._levels: list[list[int]] = [[0, 0]]
        self._in_pattern = False
        self._read()

    def _read(self) -> None:
        text, end, position, match = self.text, len(self.text), 0, _TOKEN.match
        while position < end:
            self.tokens += 1
            token = match(text, position)
            assert token is not None
            kind = token.lastgroup
            begin, position = token.start(kind or 0), token.end()
            if kind == "newline":
                self._end_of_line(begin)
            elif kind == "comment":
                self.comments.append((begin, token[kind]))
            elif kind != "continuation":
                if self._start is None:
                    self._begin_line(token.start(), begin, token[kind or 0])
                position = self._token(kind or "", begin, position)
        self._frames = self._frames[:1]
        self._end_of_line(end)

    def _token(self, kind: str, begin: int, position: int) -> int:
        """Take one token into account; where to go on."""
        frame = self._frames[-1]
        frame.run += 1
        if frame.run > self.run:
            self.run = frame.run
        if kind == "string":
            return self._string(begin, position)
        if kind == "fstring":
            prefix = self.text[begin:position]
            return self._fstring(position, prefix.lstrip("fFtTrR"), "r" in prefix.lower())
        if kind == "open":
            self._open(_Frame(), 4 if self.text[begin] == "{" else 2)
        elif kind == "close":
            return self._close(begin, position)
        elif kind == "comma" or (kind == "semicolon" and len(self._frames) == 1):
            frame.run = 0
        elif kind == "colon" and frame.quote:
            frame.spec = True
            return self._fstring(position, frame.quote, frame.raw)
        return position

    def _open(self, frame: _Frame, factor: int = 1) -> None:
        if self._in_pattern:
            frame.weight = min(self._frames[-1].weight * factor, 1 << 40)
            self.patterns += frame.weight
        self._frames.append(frame)
        self.depth = max(self.depth, len(self._frames) - 1)

    def _close(self, begin: int, position: int) -> int:
        if len(self._frames) == 1:
            return position
        frame = self._frames[-1]
        if frame.quote and self.text[begin] != "}":
            return position
        self._frames.pop()
        self._frames[-1].run += not frame.quote
        return self._fstring(position, frame.quote, frame.raw) if frame.quote else position

    def _string(self, begin: int, position: int) -> int:
        quote = self.text[begin:position].lstrip("rRbBuU")
        body = _BODY[quote].match(self.text, position)
        assert body is not None
        return self._closing(body.end(), quote)

    def _closing(self, position: int, quote: str) -> int:
        """Behind the closing quote; if the string never ends, behind all that it swallows."""
        if self.text.startswith(quote, position):
            return position + len(quote)
        return len(self.text) if len(quote) == 3 else position

    def _fstring(self, position: int, quote: str, raw: bool) -> int:
        """Go on in the text part of an f-string, or in a field's format: up to the next field or the end."""
        text, pattern = self.text, _middle(quote, raw=raw)
        while True:
            middle = pattern.match(text, position)
            assert middle is not None
            position = middle.end()
            if text.startswith("{", position):
                self._open(_Frame(quote, raw))
                return position + 1
            if not text.startswith("}", position):
                if self._frames[-1].spec and self._frames[-1].quote == quote:
                    self._frames.pop()
                return self._closing(position, quote)
            position += 1
            if self._frames[-1].spec:
                self._frames.pop()

    def _begin_line(self, line_start: int, begin: int, head: str) -> None:
        blank = self.text[line_start:begin].rpartition("\f")[2]
        indent = len(blank.expandtabs(8))
        self._start = (begin, indent, head)
        self._in_pattern = head == "case" and _CASE.match(self.text, begin) is not None
        while len(self._levels) > 1 and self._levels[-1][0] > indent:
            self._levels.pop()
        if self._levels[-1][0] < indent:
            self._levels.append([indent, 0])
            self.indents = max(self.indents, len(self._levels) - 1)
        level = self._levels[-1]
        level[1] = level[1] + 1 if head == "elif" else 0
        self.elifs = max(self.elifs, level[1])

    def _end_of_line(self, offset: int) -> None:
        if len(self._frames) > 1 or self._start is None:
            return
        begin, indent, head = self._start
        self.lines.append(LogicalLine(begin, offset, indent, head))
        self._start = None
        self._frames[0].run = 0
