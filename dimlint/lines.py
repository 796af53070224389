"""The lines of checked files, and columns as other programs count them."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from dimlint.gate import Unreadable, is_notebook
from dimlint.project import read_notebook, read_text

if TYPE_CHECKING:
    from dimlint.notebook import Notebook

UNIT_SIZE = {"utf-8": 1, "utf-16-le": 2}


class FileLines:
    """The texts of files by line, each file read once; ``texts`` holds what did not come from a file, ``raw`` its bytes.

    The lines of a notebook are those of its cells.
    """

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.raw: dict[str, bytes] = {}
        self.notebooks: dict[str, Notebook | None] = {}
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

    def notebook(self, path: str) -> Notebook | None:
        """The notebook that a file is, if it is one."""
        if path not in self.notebooks:
            self.notebooks[path] = None
            if is_notebook(path):
                with suppress(Unreadable):
                    self.notebooks[path] = read_notebook(path)
        return self.notebooks[path]

    def cell(self, path: str, line: int) -> tuple[int, int] | None:
        """The cell of a notebook that a line stands in, and the line of that cell; None where there are no cells."""
        notebook = self.notebook(path)
        return None if notebook is None else notebook.cell(line)

    def column(self, path: str, line: int, column: int, encoding: str) -> int:
        """A column counted in units of an encoding (``utf-8``, ``utf-16-le``), from 1 as well."""
        before = (self(path, line) or "")[: column - 1]
        if before.isascii():
            return column
        return column - len(before) + len(before.encode(encoding, "surrogatepass")) // UNIT_SIZE[encoding]

    def _text(self, path: str) -> str:
        notebook = self.notebook(path)
        try:
            return self.texts[path] if path in self.texts else read_text(path) if notebook is None else notebook.written
        except Unreadable:
            return ""
