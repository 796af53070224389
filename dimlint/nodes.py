"""The parts of libcst nodes. A node's own ``children`` make a copy of it on the way, and half of them are white space."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from functools import lru_cache
from typing import Any

import libcst as cst

_SILENT = re.compile(
    r".*whitespace.*|leading_lines|lines_after.*|header|footer|[lr]par|[lr]brac.*|.*comma|semicolon|equal|colon|operator|dot|indent"
)
"""Fields that hold no expression."""

_FIELDS: dict[type[cst.CSTNode], tuple[str, ...]] = {}


class _Kinds(dict[type, bool]):
    """Whether a type is one of nodes: libcst's are abstract classes, of which Python is slow to tell what is an instance."""

    def __missing__(self, kind: type) -> bool:
        self[kind] = issubclass(kind, cst.CSTNode)
        return self[kind]


_IS_NODE = _Kinds()


def children(node: cst.CSTNode, order: Mapping[type[cst.CSTNode], tuple[str, ...]] = _FIELDS) -> list[cst.CSTNode]:
    """The nodes directly below a node, without signs and white space. order: names of fields, where they are not a node's own."""
    kind = type(node)
    names = order.get(kind)
    if names is None:
        names = _FIELDS.get(kind)
    if names is None:
        names = _FIELDS[kind] = tuple(item.name for item in fields(node) if not _SILENT.fullmatch(item.name))
    found: list[cst.CSTNode] = []
    for name in names:
        value = getattr(node, name)
        if type(value) in (list, tuple):
            found += [item for item in value if _IS_NODE[type(item)]]
        elif _IS_NODE[type(value)]:
            found.append(value)
    return found


def every(block: Any) -> Iterator[Any]:
    """A node and all nodes below it."""
    pending = [block]
    while pending:
        node = pending.pop()
        pending += children(node)
        yield node


def inside(block: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes of a block, those of the functions and classes that it defines left out."""
    pending = [block]
    while pending:
        node = pending.pop()
        yield node
        if type(node) not in (cst.FunctionDef, cst.ClassDef, cst.Lambda):
            pending += children(node)


@lru_cache(maxsize=10_000)
def string_value(text: str) -> str | bytes:
    """What a literal string means; libcst evaluates it anew each time.

    What Python thinks of its escapes is the business of those who run the program, and is not said here. One that Python refuses
    stands for itself: no such program runs.
    """
    if "\\" not in text:
        return _literal(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _literal(text)


def _literal(text: str) -> str | bytes:
    with suppress(SyntaxError, ValueError):
        value: str | bytes = ast.literal_eval(text)
        return value
    return text


def assigned_names(body: Any) -> set[str]:
    """Names that statements bind, those of nested loops and blocks included."""
    names: set[str] = set()
    pending: list[cst.CSTNode] = [body]
    while pending:
        node = pending.pop()
        if isinstance(node, (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.For, cst.NamedExpr)):
            names |= _names_in(node.target)
        elif isinstance(node, cst.AsName):
            names |= _names_in(node.name)
        elif isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            names.add(node.name.value)
            continue
        if not isinstance(node, (cst.Name, cst.BaseNumber, cst.BaseString, cst.BaseParenthesizableWhitespace)):
            pending += children(node)
    return names


def targets(target: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """What an assignment binds one by one: names, attributes and subscripts, out of tuples and lists."""
    if isinstance(target, (cst.Tuple, cst.List)):
        for element in target.elements:
            yield from targets(element.value)
    else:
        yield target


def _names_in(target: cst.CSTNode) -> set[str]:
    return {item.value for item in targets(target) if isinstance(item, cst.Name)}


def docstring(node: object) -> str | None:
    """The text that describes a function or class; None if there is none, or Python refuses it."""
    with suppress(ValueError, SyntaxError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return node.get_docstring(clean=False) if isinstance(node, (cst.FunctionDef, cst.ClassDef)) else None
    return None
