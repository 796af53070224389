"""A Jupyter notebook as one program: its code cells in order, and which line of the program stands where in the notebook."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from dimlint.cells import assembled, doubt_of, first_lines, with_plain_ends
from dimlint.core.report import Edit, Span
from dimlint.editing import Editable
from dimlint.gate import Unreadable
from dimlint.scan import line_starts

_NEWLINE = re.compile(r"\r\n|\r|\n")
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},]', re.DOTALL)
_CHARACTER = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|[^\\]", re.DOTALL)
"""One character as JSON writes it."""

Key = tuple[Any, ...]


class NotEditable(Exception):
    """The cells are written in a way in which an edit is not one of the notebook's text."""


class Cell(NamedTuple):
    """A code cell. number: among all cells, from 1. key: the way to its source in the document. parts: the source as it is written."""

    number: int
    key: Key
    parts: tuple[str, ...]
    doubt: str | None = None

    @property
    def text(self) -> str:
        """The source with lines that end with LF."""
        return with_plain_ends("".join(self.parts))


class Notebook:
    """A notebook that was read. notices: line of the program and reason of each cell that is left out. Raises Unreadable."""

    def __init__(self, text: str) -> None:
        self.text = text.removeprefix("\ufeff")
        document = _document(self.text)
        _refuse_language(document)
        self._cells = list(_code_cells(document))
        cells = [(cell.text, cell.doubt) for cell in self._cells]
        self._begins = first_lines([text for text, _ in cells])
        self.written = "\n".join(text for text, _ in cells)
        """The cells as they are, line by line as in the program."""
        made = assembled(cells)
        self.program = made.text
        self.notices = [
            (self._begins[index], f"cell {self._cells[index].number} is left out: {reason}") for index, reason in made.left_out.items()
        ]

    def cell(self, line: int) -> tuple[int, int] | None:
        """The number of the cell, and the line of that cell, that a line of the program is."""
        if not self._cells:
            return None
        index = self._index(line)
        return self._cells[index].number, line - self._begins[index] + 1

    def in_file(self, line: int, column: int) -> tuple[int, int]:
        """Line and column of the notebook's own text where a place of the program stands, all from 1."""
        if not self._cells:
            return 1, 1
        index = self._index(line)
        offset = self._offset(self._cells[index], line - self._begins[index] + 1, column)
        found = bisect_right(self._starts, offset)
        return found, offset - self._starts[found - 1] + 1

    def edits_in_file(self, edits: Iterable[Edit]) -> list[Edit]:
        """Edits of the program as edits of the notebook's own text. Raises NotEditable."""
        file, found = Editable(self.text), []
        for edit in dict.fromkeys(edits):
            span = edit.span
            is_insertion = (span.line, span.column) == (span.end_line, span.end_column)
            end = self._end(span.end_line, span.end_column)
            start = end if is_insertion else file.offset(*self.in_file(span.line, span.column))
            new = json.dumps(edit.text, ensure_ascii=self.text.isascii())[1:-1]
            found.append(Edit(Span(span.path, *file.place(start), *file.place(max(start, end))), new))
        return found

    def edited(self, edits: Sequence[Edit]) -> Notebook:
        """The notebook after edits of the program; all else in its text stays as it is. Raises NotEditable."""
        try:
            new = Notebook(Editable(self.text).edited(self.edits_in_file(edits)))
        except Unreadable:
            raise NotEditable from None
        if new.program != Editable(self.program).edited(edits):
            raise NotEditable
        return new

    def _end(self, line: int, column: int) -> int:
        """Where in the notebook's text the character before a place ends."""
        if column == 1:
            raise NotEditable
        return self._behind(Editable(self.text).offset(*self.in_file(line, column - 1)), 1)

    def _index(self, line: int) -> int:
        return max(0, min(bisect_right(self._begins, line) - 1, len(self._cells) - 1))

    def _offset(self, cell: Cell, line: int, column: int) -> int:
        """Where in the notebook's text a place of a cell stands."""
        source = "".join(cell.parts)
        ends = [match.start() for match in _NEWLINE.finditer(source)] + [len(source)]
        starts = [0, *(match.end() for match in _NEWLINE.finditer(source))]
        line = max(1, min(line, len(starts)))
        place = min(starts[line - 1] + column - 1, ends[line - 1])
        for index, part in enumerate(cell.parts):
            if place < len(part) or index == len(cell.parts) - 1:
                key = cell.key if cell.key in self._strings else (*cell.key, index)
                return self._behind(self._strings[key], place)
            place -= len(part)
        return self._strings.get(cell.key, 0)

    def _behind(self, offset: int, characters: int) -> int:
        """Where that many characters of a string end."""
        for _ in range(characters):
            found = _CHARACTER.match(self.text, offset)
            assert found is not None
            offset = found.end()
        return offset

    @cached_property
    def _starts(self) -> list[int]:
        return line_starts(self.text)

    @cached_property
    def _strings(self) -> dict[Key, int]:
        """Where the strings begin that are sources, or lists of lines of them, by the way to them; of equal keys the last counts."""
        found: dict[Key, int] = {}
        path: list[Any] = []
        for token in _TOKEN.finditer(self.text):
            sign = self.text[token.start()]
            if sign == '"':
                if path and path[-1] is None:
                    path[-1] = json.loads(token[0])
                    if path[-1] in ("source", "input"):
                        found.pop((*path,), None)  # an earlier one of the same name
                elif "source" in path[-2:] or "input" in path[-2:]:
                    found[(*path,)] = token.start() + 1
            elif sign in "{[":
                path.append(None if sign == "{" else 0)
            elif sign in "}]":
                path.pop()
            elif path:
                path[-1] = path[-1] + 1 if isinstance(path[-1], int) else None
        return found


def _document(text: str) -> Mapping[str, Any]:
    """The notebook's JSON. Raises Unreadable."""
    if not text.strip():
        raise Unreadable("is no notebook: the file is empty")
    try:
        document = json.loads(text, parse_int=len, parse_float=len)  # no number matters, however long it is
    except (ValueError, RecursionError, MemoryError) as error:
        where = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(f"is no notebook: broken JSON{where}") from None
    if not isinstance(document, dict) or not (isinstance(document.get("cells"), list) or isinstance(document.get("worksheets"), list)):
        raise Unreadable("is no notebook: it has no list of cells")
    return document


def _refuse_language(document: Mapping[str, Any]) -> None:
    """Raises Unreadable for the notebook of another language."""
    metadata = _mapping(document.get("metadata"))
    stated = (_mapping(metadata.get("language_info")).get("name"), _mapping(metadata.get("kernelspec")).get("language"))
    languages = [language for language in stated if isinstance(language, str) and language.strip()]
    if languages and not any(map(_is_python, languages)):
        raise Unreadable(f"not analysed: the notebook's language is {languages[0][:40]!a}", "skipped")


def _is_python(language: object) -> bool:
    return not isinstance(language, str) or "python" in language.lower() or language.lower() in ("", "sage", "py")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _code_cells(document: Mapping[str, Any]) -> Iterator[Cell]:
    for number, (key, held) in enumerate(_all_cells(document), 1):
        metadata = _mapping(held.get("metadata"))
        other = not _is_python(_mapping(metadata.get("vscode")).get("languageId")) or not _is_python(held.get("language"))
        if held.get("cell_type") != "code" or other:
            continue
        name = "source" if "source" in held or "input" not in held else "input"
        source = held.get(name)
        doubt = doubt_of(metadata)
        if isinstance(source, str):
            yield Cell(number, (*key, name), (source,), doubt)
        elif isinstance(source, list) and source and all(isinstance(part, str) for part in source):
            yield Cell(number, (*key, name), tuple(source), doubt)
        elif source not in (None, []):
            yield Cell(number, (*key, name), (), "its source is no text")


def _all_cells(document: Mapping[str, Any]) -> Iterator[tuple[Key, Mapping[str, Any]]]:
    """All cells, of any kind, with the way to each; before version 4 they stand on sheets."""
    cells = document.get("cells")
    sheets: list[tuple[Key, object]] = [(("cells",), cells)]
    if not isinstance(cells, list):
        sheets = [(("worksheets", at, "cells"), _mapping(sheet).get("cells")) for at, sheet in enumerate(document["worksheets"])]
    for key, held in sheets:
        for index, cell in enumerate(held if isinstance(held, list) else ()):
            yield (*key, index), _mapping(cell)
