"""Decides before any parse whether a text may be parsed.

libcst's native parser recurses on the C stack and backtracks, so that some texts kill the whole process and others take hours. The
limits stay well below what crashes it with the smallest usual stack, and above what people write: of 22,000 files of the
standard library and of popular packages they turn away six.
"""

from __future__ import annotations

from typing import Literal

from dimlint.scan import Scan

MAX_BYTES = 1_000_000
MAX_NOTEBOOK = 50_000_000
"""Bytes: outputs make notebooks large; what a program may be is checked where it is parsed."""
MAX_TOKENS = 500_000
"""A parse takes about 12 microseconds for each."""
MAX_DEPTH = 50
MAX_RUN = 800
MAX_INDENTS = 90
MAX_ELIFS = 300
MAX_PATTERNS = 200_000


class Unreadable(Exception):
    """The text cannot be analysed. ``kind`` is ``failed``, or ``skipped`` if it was turned away on purpose."""

    def __init__(self, reason: str, kind: Literal["skipped", "failed"] = "failed") -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind


def is_notebook(path: str) -> bool:
    """Whether a file is a notebook by its name: its text is JSON, of which Python would make a dictionary without any model."""
    return path.lower().endswith(".ipynb")


def refuse_size(text: str) -> str | None:
    """Why the text is too large to be looked at, or None."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return f"the file is larger than {MAX_BYTES} bytes"
    return None


def refuse_nesting(scan: Scan) -> str | None:
    """Why the scanned text is too deep or too long-winded to be parsed, or None."""
    limits = (
        (scan.tokens, MAX_TOKENS, "the file has more than {} words and signs"),
        (scan.depth, MAX_DEPTH, "brackets are nested deeper than {} levels"),
        (scan.run, MAX_RUN, "one expression has more than {} operators and operands in a row"),
        (scan.indents, MAX_INDENTS, "blocks are nested deeper than {} levels"),
        (scan.elifs, MAX_ELIFS, "one 'if' has more than {} 'elif' branches"),
        (scan.patterns, MAX_PATTERNS, "the patterns of 'case' are nested too deeply"),
    )
    return next((reason.format(limit) for measured, limit, reason in limits if measured > limit), None)
