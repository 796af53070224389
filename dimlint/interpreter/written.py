"""A call's arguments as they are written: literals, whose text can be replaced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import libcst as cst

from dimlint.core.value import Value

Node = cst.CSTNode


class Literal(NamedTuple):
    """A literal and its value."""

    node: Node
    value: Value


def argument(call: Node, position: int | None, *names: str) -> Node | None:
    """The expression of an argument that the call itself gives, by one of its names or by a position that no ``*`` shifts."""
    given = call.args if isinstance(call, cst.Call) else ()
    named = next((item for item in given if item.keyword is not None and item.keyword.value in names), None)
    if named is not None:
        return named.value
    before = given[: position + 1] if position is not None else ()
    placed = position is not None and len(before) > position and not any(item.star or item.keyword for item in before)
    return before[-1].value if placed else None


def starred(call: Node) -> bool:
    """Whether a call has arguments that are not written out, or is none."""
    return not isinstance(call, cst.Call) or any(item.star for item in call.args)


def last_argument(call: Node) -> Node | None:
    """The last argument of a call, its keyword included."""
    return call.args[-1] if isinstance(call, cst.Call) and call.args else None


def numbers(node: Node | None) -> Sequence[Literal]:
    """The literal numbers that an expression consists of: one, or those of a tuple or list; none if it is anything else."""
    if isinstance(node, (cst.Tuple, cst.List)):
        found = [number(item.value) if isinstance(item, cst.Element) else None for item in node.elements]
        known = [item for item in found if item is not None]
        return known if len(known) == len(found) else ()
    single = number(node)
    return () if single is None else (single,)


def number(node: Node | None) -> Literal | None:
    """A literal number, or a product or sum of some: ``16 * 5 * 5``."""
    value = _number(node)
    return None if node is None or value is None else Literal(node, value)


def _number(node: Node | None) -> int | None:
    if isinstance(node, cst.Integer):
        return node.evaluated_value
    if not isinstance(node, cst.BinaryOperation):
        return None
    left, right = _number(node.left), _number(node.right)
    if left is None or right is None:
        return None
    if isinstance(node.operator, cst.Multiply):
        return left * right
    return left + right if isinstance(node.operator, cst.Add) else None


def word(node: Node | None) -> str | None:
    """The value of a literal string without prefix."""
    if not isinstance(node, cst.SimpleString) or node.prefix:
        return None
    value = node.raw_value
    return value if value.isidentifier() else None


def leading(node: Node | None) -> tuple[Node, Node, bool] | None:
    """The first two elements of a shape's literal whose first is a number or None, and whether there are just these two."""
    if not isinstance(node, (cst.Tuple, cst.List)) or len(node.elements) < 2:
        return None
    first, second = node.elements[:2]
    if not all(isinstance(item, cst.Element) for item in node.elements):
        return None
    size, *others = (item.value.value for item in node.elements if isinstance(item.value, (cst.Integer, cst.Name)))
    if not isinstance(first.value, (cst.Integer, cst.Name)) or (size in others and size != "None"):
        return None  # an image as high as it is wide
    if isinstance(first.value, cst.Name) and size != "None":
        return None
    lone = len(node.elements) == 2 and not isinstance(second.comma, cst.Comma) and isinstance(node, cst.Tuple)
    return first.value, second.value, lone
