"""Shapes that annotations state: ``Float[Tensor, "b 3 h w"]`` (jaxtyping), ``TensorType["b", 3, "h", "w"]`` (torchtyping)."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from typing import Any, Union

import libcst as cst

from dimlint.nodes import string_value

Size = Union[int, str, None]

_ARRAYS = re.compile(r"(Tensor|Array|ndarray)$")
_NAME = re.compile(r"#?\??([A-Za-z]\w*)(=.*)?$")
_NUMBER = re.compile(r"#?(?:\w+=)?(\d{1,9})$")
MAX_SIZES = 64


def stated_shape(annotation: cst.Annotation | None) -> tuple[Size, ...] | None:
    """The sizes that an annotation states: numbers, names, None for what it leaves open; None if it states no rank."""
    node = annotation.annotation if annotation is not None else None
    if isinstance(node, cst.SimpleString):
        node = parsed(node)
    if not isinstance(node, cst.Subscript):
        return None
    items = [element.slice.value for element in node.slice if isinstance(element.slice, cst.Index)]
    if len(items) == 2 and _ARRAYS.search(_last_name(items[0])) and isinstance(items[1], cst.SimpleString):
        return _sizes(str(string_value(items[1].value)).split())
    if _last_name(node.value) == "TensorType" and items:
        return _torchtyped(items)
    return None


def parsed(node: cst.SimpleString) -> Any:
    """The expression that a text is; None if it is none."""
    text = string_value(node.value)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the program, not about dimlint
            return cst.parse_expression(text) if isinstance(text, str) and len(text) < 300 and ast.parse(text, mode="eval") else None
    except (cst.ParserSyntaxError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _last_name(node: Any) -> str:
    if isinstance(node, cst.Attribute):
        return str(node.attr.value)
    return str(node.value) if isinstance(node, cst.Name) else ""


def _sizes(words: Sequence[str]) -> tuple[Size, ...] | None:
    """Sizes of a jaxtyping string; None if it leaves the rank open (``...``, ``*batch``)."""
    if len(words) > MAX_SIZES or any(word == "..." or "*" in word[:2] for word in words):
        return None
    return tuple(_size(word) for word in words)


def _size(word: str) -> Size:
    number, name = _NUMBER.match(word), _NAME.match(word)
    if number is not None:
        return int(number[1])
    return name[1] if name is not None and not word.startswith("#") else None


def _torchtyped(items: Sequence[Any]) -> tuple[Size, ...] | None:
    """Sizes of a torchtyping annotation: integers, strings, -1; what follows (an element type) is left out."""
    found: list[Size] = []
    for item in items:
        if isinstance(item, cst.Integer):
            found.append(int(item.evaluated_value))
        elif isinstance(item, cst.SimpleString) and str(string_value(item.value)).isidentifier():
            found.append(str(string_value(item.value)))
        elif isinstance(item, cst.UnaryOperation):
            found.append(None)
        elif isinstance(item, cst.Ellipsis):
            return None
        else:
            break
    return tuple(found) or None
