"""The cells of a notebook as one program: in order, magics masked, and what is not Python left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from dimlint.gate import Unreadable, refuse_nesting
from dimlint.magics import forgetting, imported_names, masked
from dimlint.parsing import python_tree
from dimlint.scan import Scan, mentions_framework

EXPECTS_ERROR = "raises-exception"

_NEWLINE = re.compile(r"\r\n|\r|\n")


class Assembled(NamedTuple):
    """A program of as many lines as the cells have together. left_out: why, by the index of the cell."""

    text: str
    left_out: Mapping[int, str]


def assembled(cells: Sequence[tuple[str, str | None]]) -> Assembled:
    """Code cells, whose lines end with LF, as one program. Each has a reason to doubt it, or None."""
    texts = [text for text, _ in cells]
    if not mentions_framework("\n".join(texts)):
        return Assembled("\n".join(texts), {})
    plain_texts: list[str] = []
    left_out: dict[int, str] = {}
    modules: set[str] = set()
    for index, (text, known) in enumerate(cells):
        plain, doubt = masked(text)
        reason = known or doubt or _not_python(plain)
        if reason is None:
            modules |= imported_names(plain)
            plain_texts.append(plain)
        else:  # nothing but doubt about the names that it speaks of
            left_out[index] = reason
            plain_texts.append(forgetting(text, modules))
    return Assembled("\n".join(plain_texts), left_out)


def with_plain_ends(text: str) -> str:
    """The text with lines that end with LF."""
    return _NEWLINE.sub("\n", text)


def first_lines(texts: Sequence[str]) -> list[int]:
    """The line of the program that each cell begins with, and the one after the last."""
    return list(accumulate((text.count("\n") + 1 for text in texts), initial=1))


def doubt_of(metadata: Mapping[str, object]) -> str | None:
    """Why a cell with this metadata may not do what it says, or None."""
    tags = metadata.get("tags")
    return f"it is tagged {EXPECTS_ERROR}" if isinstance(tags, (list, tuple)) and EXPECTS_ERROR in tags else None


def _not_python(text: str) -> str | None:
    """Why a cell cannot be parsed, or None."""
    refusal = "it holds a NUL character" if "\0" in text else refuse_nesting(Scan(text))
    if refusal is not None:
        return refusal
    try:
        python_tree(text)
    except SyntaxError as error:
        return _not_newer_python(text, f"syntax error in line {error.lineno}")
    except (ValueError, RecursionError, MemoryError) as error:
        return f"it cannot be parsed: {type(error).__name__}"
    return None


def _not_newer_python(text: str, reason: str) -> str | None:
    """The reason, unless it is Python of a later version than this one, which libcst reads all the same."""
    from dimlint.source import Source

    try:
        Source.parse(text)
    except Unreadable:
        return reason
    return None
