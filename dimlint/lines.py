"""The lines of checked files, and columns as other programs count them."""

from __future__ import annotations

import re

from dimlint.gate import Unreadable
from dimlint.project import read_text

UNIT_SIZE = {"utf-8": 1, "utf-16-le": 2}


class FileLines:
    """The texts of files by line, each file read once; ``texts`` holds what did not come from a file, ``raw`` its bytes."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.raw: dict[str, bytes] = {}
        self._split: dict[str, list[str]] = {}

    def __call__(self, path: str, number: int) -> str | None:
        """A line without its end; None where there is none."""
        lines = self.of(path)
        return lines[number - 1] if 0 < number <= len(lines) else None

    def of(self, path: str) -> list[str]:
        """All lines of a file; one empty line if it cannot be read."""
        if path not in self._split:
            self._split[path] = re.split(r"\r\n|\r|\n", self._text(path))
        return self._split[path]

    def column(self, path: str, line: int, column: int, encoding: str) -> int:
        """A column counted in units of an encoding (``utf-8``, ``utf-16-le``), from 1 as well."""
        before = (self(path, line) or "")[: column - 1]
        if before.isascii():
            return column
        return column - len(before) + len(before.encode(encoding, "surrogatepass")) // UNIT_SIZE[encoding]

    def _text(self, path: str) -> str:
        try:
            return self.texts[path] if path in self.texts else read_text(path)
        except Unreadable:
            return ""
