"""Text from outside (file names, source lines, messages) made safe to show on one line of a terminal."""

from __future__ import annotations

from unicodedata import category, east_asian_width

TAB = "    "

Line = tuple[tuple[str, str], ...]
"""A line in pieces of (text, style); styles are ``path``, ``code``, ``rule``, ``frame``, ``mark``, ``good``, ``bad`` or none."""


def shown(text: str) -> str:
    """The text with tabs as blanks, and with control characters and lone surrogates escaped."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char.isprintable() else TAB if char == "\t" else _escape(char) for char in text)


def width(text: str) -> int:
    """Columns that shown text takes up on a terminal."""
    if text.isascii():
        return len(text)
    return sum(0 if category(char) in ("Mn", "Me") else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def shown_path(path: str) -> str:
    """A path at the beginning of a line, where GitHub Actions would take two colons for a command."""
    text = shown(path)
    return f"./{text}" if text.lstrip().startswith("::") else text


def well_formed(text: str) -> str:
    """The text without lone surrogates, which JSON readers refuse."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
