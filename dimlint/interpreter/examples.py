"""Arguments of an example, for a model that nobody builds: of the kind that its ``__init__`` makes use of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst

from dimlint.core.opening import OpenArgument, likely
from dimlint.core.value import Function, Value
from dimlint.nodes import children

SEVERAL = 4
"""Items of a sequence, unless it is unpacked into another number."""
SEQUENCES = ("list", "List", "tuple", "Tuple", "Sequence", "Iterable")
READERS = ("len", "zip", "enumerate", "list", "tuple", "sum", "reversed", "sorted")
"""Functions that take a sequence."""


def example_of(number: int, name: str, function: Function) -> Value:
    """An argument: the number, some of them, something with attributes that are numbers, or what its annotation names."""
    named = annotation_of(name, function)
    if named in ("float", "bool", "int"):
        return {"float": 0.5, "bool": False}.get(named, number)
    uses = list(_uses(function.node.body, name))
    if "attribute" in uses:
        return OpenArgument.example(name, number)
    counts = [use for use in uses if isinstance(use, int)]
    return (likely(name, number),) * (counts[0] if counts else SEVERAL) if uses or named in SEQUENCES else likely(name, number)


def annotation_of(name: str, function: Function) -> str | None:
    """The name that a parameter is annotated with; of ``List[int]`` it is ``List``."""
    parameters = function.node.params
    every = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
    annotation = next((p.annotation.annotation for p in every if p.name.value == name and p.annotation is not None), None)
    node = annotation.value if isinstance(annotation, cst.Subscript) else annotation
    return node.value if isinstance(node, cst.Name) else None


def _uses(body: Any, name: str) -> Iterator[str | int]:
    """What code does with a name: the number of items into which it is unpacked, ``attribute``, ``sequence``."""
    pending: list[Any] = [body]
    while pending:
        node = pending.pop()
        pending += children(node)
        kind = type(node)
        if kind is cst.Attribute and _is(node.value, name):
            yield "attribute"
        elif kind is cst.Assign and _is(node.value, name) and type(node.targets[0].target) in (cst.Tuple, cst.List):
            yield len(node.targets[0].target.elements)
        elif kind in _READING and _reads_items(node, name):
            yield "sequence"


_READING = (cst.Subscript, cst.For, cst.CompFor, cst.Call, cst.StarredElement)


def _reads_items(node: Any, name: str) -> bool:
    if isinstance(node, (cst.Subscript, cst.StarredElement)):
        return _is(node.value, name)
    if isinstance(node, (cst.For, cst.CompFor)):
        return _is(node.iter, name)
    reader = type(node.func) is cst.Name and node.func.value in READERS
    return any(_is(arg.value, name) and (reader or arg.star == "*") for arg in node.args)


def _is(node: Any, name: str) -> bool:
    return type(node) is cst.Name and node.value == name
