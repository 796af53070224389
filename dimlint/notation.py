"""Shapes as people write them in comments, options and configuration: ``(1, 3, 32, 32)`` or ``1x3x32x32``."""

from __future__ import annotations

import re
from typing import Union

StatedShape = tuple[Union[int, str, None], ...]
"""Sizes that are numbers, names, or not known."""

_SIZE = r"(?:\d+|\?|None|[A-Za-z_]\w*)"
_LETTER = r"(?:\d+|\?|None|[A-Z])"
_SHAPE = re.compile(rf"\(\s*(?P<round>[^()\[\]]*)\)|\[\s*(?P<square>[^()\[\]]*)\]|(?P<crosses>{_LETTER}(?:x{_LETTER})*)(?!\w)")
_SIZES = re.compile(rf"{_SIZE}(?:\s*,\s*{_SIZE})*\s*,?\s*")
_MAX_DIGITS = 12
_MAX_SIZES = 64
"""Axes of a shape: as many as a framework allows."""


def parse_shapes(text: str) -> tuple[StatedShape, ...]:
    """The shapes in ``text``, separated by commas; an unknown size (``None``, ``?``) is None, a name stands for the same size everywhere.

    Raises ValueError with a message of one line.
    """
    shapes = []
    position = 0
    while True:
        found = _SHAPE.match(text, position)
        if found is None:
            raise ValueError(f"{_cut(text)} is not a shape such as (1, 3, 32, 32) or 1x3x32x32")
        shapes.append(_sizes(found))
        separator = re.compile(r"\s*,\s*").match(text, found.end())
        if separator is None:
            if text[found.end() :].strip():
                raise ValueError(f"{_cut(text[found.end() :].strip())} after a shape is not understood")
            return tuple(shapes)
        position = separator.end()


def _sizes(found: re.Match[str]) -> StatedShape:
    crosses = found["crosses"]
    inner = found["round"] if found["round"] is not None else found["square"]
    if crosses is None and inner.strip() and not _SIZES.fullmatch(inner):
        raise ValueError(f"{_cut(found[0])} is not a shape: sizes are whole numbers, None, ? or names")
    words = re.findall(_SIZE, inner) if crosses is None else re.findall(_LETTER, crosses)
    if len(words) > _MAX_SIZES:
        raise ValueError(f"{_cut(found[0])} has more than {_MAX_SIZES} sizes")
    return tuple(map(_size, words))


def _size(word: str) -> int | str | None:
    if word in ("None", "?"):
        return None
    if not word.isdecimal():
        return word
    if len(word) > _MAX_DIGITS:
        raise ValueError(f"the size {_cut(word)} is too large")
    return int(word)


def _cut(text: str) -> str:
    shown = ascii(text)
    return shown if len(shown) <= 60 else shown[:57] + "..."
