"""One handler for each libcst expression type. A handler that cannot tell raises Undecided; ``evaluate`` makes it Unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from dimlint.core.problem import Undecided, bare
from dimlint.core.results import Compared, UndecidedComparison
from dimlint.core.value import (
    ClassObject,
    DictObject,
    Either,
    HalfKnown,
    ListObject,
    SetObject,
    Undeclared,
    Unknown,
    Value,
)
from dimlint.core.versions import VERSIONED, is_versioned
from dimlint.interpreter.comprehending import dict_comprehension, generator, list_comprehension, set_comprehension
from dimlint.interpreter.frame import MISSING, Awaited, Scope, Site, Unit
from dimlint.interpreter.operators import BINARY, COMPARISONS, UNARY
from dimlint.interpreter.selecting import one_of
from dimlint.interpreter.yielding import add_yielded
from dimlint.nodes import string_value

if TYPE_CHECKING:
    from dimlint.interpreter.machine import Interpreter

Handler = Callable[["Interpreter", Any, Scope], Value]
CONSTANTS = {"None": None, "True": True, "False": False}
MAX_LITERAL = 80
"""Digits of an integer literal beyond which its value cannot matter to a shape."""


def integer(machine: Interpreter, node: cst.Integer, scope: Scope) -> Value:
    if len(node.value) > MAX_LITERAL:
        raise Undecided("an integer literal is too long")
    return int(node.value.replace("_", ""), 0) if not node.value.isdigit() else int(node.value)


def float_(machine: Interpreter, node: cst.Float, scope: Scope) -> Value:
    return float(node.value)


def imaginary(machine: Interpreter, node: cst.Imaginary, scope: Scope) -> Value:
    return complex(node.value)


def simple_string(machine: Interpreter, node: cst.SimpleString, scope: Scope) -> Value:
    return string_value(node.value)


def concatenated_string(machine: Interpreter, node: cst.ConcatenatedString, scope: Scope) -> Value:
    return machine.binary("+", machine.evaluate(node.left, scope), machine.evaluate(node.right, scope), None)


def formatted_string(machine: Interpreter, node: cst.FormattedString, scope: Scope) -> Value:
    return _formatted(machine, node.parts, scope)


def _formatted(machine: Interpreter, parts: Any, scope: Scope) -> str:
    text = ""
    for part in parts:
        if type(part) is cst.FormattedStringText:
            text += part.value.replace("{{", "{").replace("}}", "}")
            continue
        value = machine.evaluate(part.expression, scope)
        spec = _formatted(machine, part.format_spec, scope) if part.format_spec else ""
        conversion = part.conversion
        if part.equal is not None:
            text += cst.Module([]).code_for_node(part.expression) + part.whitespace_before_expression.value + "="
            conversion = conversion or (None if spec else "r")
        piece = machine.language.show(machine, value, conversion, spec)
        if isinstance(piece, Unknown):
            raise Undecided(piece.reason)
        text += piece
    return text


def ellipsis(machine: Interpreter, node: cst.Ellipsis, scope: Scope) -> Value:
    return ...


def name(machine: Interpreter, node: cst.Name, scope: Scope) -> Value:
    if node.value in CONSTANTS:
        return CONSTANTS[node.value]
    key = node.value
    value = machine.find_name(mangled(machine, key, scope) if key[:2] == "__" else key, scope)
    if value is MISSING:
        raise Undecided(f"the name {key!r} is not known")
    return machine.resolved(value) if isinstance(value, (Awaited, Undeclared)) else value


def attribute(machine: Interpreter, node: cst.Attribute, scope: Scope) -> Value:
    owner, key = machine.evaluate(node.value, scope), node.attr.value
    key = mangled(machine, key, scope) if key[:2] == "__" else key
    value = machine.read_from(owner, key) if isinstance(owner, Unit) else machine.attribute(owner, key)
    return machine.resolved(value) if isinstance(value, (Awaited, Undeclared)) else value


def mangled(machine: Interpreter, name: str, scope: Scope) -> str:
    """A name as Python keeps it: ``__private`` in a class has the name of the class in front."""
    if not name.startswith("__") or name.endswith("__"):
        return name
    inner: Scope | None = scope
    while inner is not None and inner.kind != "class":
        inner = inner.parent
    held = machine.store.get(inner.owner.number) if inner is not None and inner.owner is not None else None
    cls = held.name.lstrip("_") if isinstance(held, ClassObject) else ""
    return f"_{cls}{name}" if cls else name


def tuple_(machine: Interpreter, node: cst.Tuple, scope: Scope) -> Value:
    return tuple(_elements(machine, node.elements, scope))


def list_(machine: Interpreter, node: cst.List, scope: Scope) -> Value:
    return machine.new(ListObject(tuple(_elements(machine, node.elements, scope))))


def set_(machine: Interpreter, node: cst.Set, scope: Scope) -> Value:
    return machine.new(SetObject(tuple(machine.distinct(_elements(machine, node.elements, scope)))))


def _elements(machine: Interpreter, elements: Any, scope: Scope) -> list[Value]:
    """The items of a display. Raises Undecided, with what is known to be among them."""
    items: list[Value] = []
    lost: Undecided | None = None
    for element in elements:
        value = machine.evaluate(element.value, scope)
        if type(element) is not cst.StarredElement:
            items.append(value)
            continue
        try:
            items += machine.elements(value)
        except Undecided as undecided:
            lost = bare(undecided)
            items.append(one_of(machine.store, (value,), undecided.reason))
    if lost is not None:
        raise bare(machine.among(lost, tuple(items)))
    return items


def dict_(machine: Interpreter, node: cst.Dict, scope: Scope) -> Value:
    items: dict[Value, Value] = {}
    among: list[Value] = []
    lost: Undecided | None = None
    for element in node.elements:
        key = machine.evaluate(element.key, scope) if isinstance(element, cst.DictElement) else MISSING
        value = machine.evaluate(element.value, scope)
        try:
            items |= machine.mapping(value) if key is MISSING else {machine.hashable(key): value}
        except Undecided as undecided:
            lost = bare(undecided)
            among.append(one_of(machine.store, (value,), undecided.reason) if key is MISSING else value)
    if lost is not None:
        raise bare(machine.among(lost, (*among, *items.values())))
    return machine.new(DictObject(items))


def subscript(machine: Interpreter, node: cst.Subscript, scope: Scope) -> Value:
    return machine.item_of(machine.evaluate(node.value, scope), index_of(machine, node, scope), Site(scope.unit, node))


def index_of(machine: Interpreter, node: cst.Subscript, scope: Scope) -> Value:
    """The value between the brackets: one index, or a tuple of them."""
    indices: list[Value] = []
    starred = False
    for element in node.slice:
        index = _index(machine, element.slice, scope)
        several = isinstance(element.slice, cst.Index) and bool(element.slice.star)
        indices += machine.elements(index) if several else [index]
        starred |= several
    single = len(node.slice) == 1 and not starred and type(node.slice[0].comma) is not cst.Comma
    return indices[0] if single else tuple(indices)


def _index(machine: Interpreter, node: cst.BaseSlice, scope: Scope) -> Value:
    if isinstance(node, cst.Index):
        return machine.evaluate(node.value, scope)
    assert isinstance(node, cst.Slice)
    parts = (machine.evaluate(part, scope) if part else None for part in (node.lower, node.upper, node.step))
    return slice(*parts)


def unary_operation(machine: Interpreter, node: cst.UnaryOperation, scope: Scope) -> Value:
    value = machine.evaluate(node.expression, scope)
    if type(node.operator) is cst.Not:
        if isinstance(value, Compared):
            return Compared(value.reason, value.when_false, value.when_true, value.whole)
        return not machine.truth(value)
    return machine.unary(UNARY[type(node.operator)], value, Site(scope.unit, node))


def binary_operation(machine: Interpreter, node: cst.BinaryOperation, scope: Scope) -> Value:
    """Evaluated along the left spine by a loop: long sums are deep trees."""
    spine = [node]
    while type(spine[-1].left) is cst.BinaryOperation:
        spine.append(spine[-1].left)
    value = machine.evaluate(spine[-1].left, scope)
    for part in reversed(spine):
        machine.burn()
        right = machine.evaluate(part.right, scope)
        try:
            value = machine.binary(BINARY[type(part.operator)], value, right, Site(scope.unit, part))
        except Undecided as undecided:
            value = one_of(machine.store, (value, right), undecided.reason)
    return value


def boolean_operation(machine: Interpreter, node: cst.BooleanOperation, scope: Scope) -> Value:
    left = machine.evaluate(node.left, scope)
    stops_at = isinstance(node.operator, cst.Or)
    followed: list[Value] = []

    def follow() -> Value:
        followed.append(machine.evaluate(node.right, scope))
        return followed[-1]

    try:
        return left if machine.truth(left) is stops_at else machine.evaluate(node.right, scope)
    except Undecided:
        with machine.guarded(node.left, scope):
            value = machine.fork_values([lambda: left, follow])
    lost = isinstance(value, Unknown) and not isinstance(value, Either)
    if followed and lost and machine.quietly(lambda: machine.truth(followed[0])) is stops_at:
        return HalfKnown(value.reason, stops_at)  # whichever side it is
    if lost and (isinstance(left, Compared) or (followed and isinstance(followed[0], Compared))):
        return _both_compared(left, followed[0] if followed else None, stops_at)
    return value


def _both_compared(left: Value, right: Value, is_or: bool) -> Compared:
    """``a or b`` is false where both are, ``a and b`` is true where both are."""
    parts = [value for value in (left, right) if isinstance(value, Compared)]
    told = [part.when_false if is_or else part.when_true for part in parts]
    whole = len(parts) == 2 and all(told) and all(part.whole for part in parts)
    both = tuple(item for side in told for item in side)
    return Compared(parts[0].reason, () if is_or else both, both if is_or else (), whole)


def comparison(machine: Interpreter, node: cst.Comparison, scope: Scope) -> Value:
    left = machine.evaluate(node.left, scope)
    result: Value = True
    for target in node.comparisons:
        right = machine.evaluate(target.comparator, scope)
        if is_versioned(left) or is_versioned(right):
            raise Undecided(VERSIONED)
        try:
            result = machine.compare(COMPARISONS[type(target.operator)], left, right, Site(scope.unit, node))
        except UndecidedComparison as undecided:
            if len(node.comparisons) == 1:
                raise
            raise Undecided(undecided.reason) from None
        if len(node.comparisons) > 1 and not machine.truth(result):
            return result
        left = right
    return result


def if_expression(machine: Interpreter, node: cst.IfExp, scope: Scope) -> Value:
    test = machine.evaluate(node.test, scope)
    try:
        chosen = machine.truth(test)
    except Undecided:

        def side(holds: bool) -> Value:
            machine.assume_side(test, holds)
            return machine.evaluate(node.body if holds else node.orelse, scope)

        with machine.guarded(node.test, scope):
            ordered, join = machine.latest_first([lambda: side(True), lambda: side(False)], node.test, scope)
            return machine.fork_values(ordered, join)
    return machine.evaluate(node.body if chosen else node.orelse, scope)


def named_expression(machine: Interpreter, node: cst.NamedExpr, scope: Scope) -> Value:
    value = machine.evaluate(node.value, scope)
    target = scope
    while target.kind == "comprehension" and target.parent is not None:
        target = target.parent
    machine.assign(node.target, value, target)
    return value


def lambda_(machine: Interpreter, node: cst.Lambda, scope: Scope) -> Value:
    return machine.make_function("<lambda>", node, node.params, scope)


def call(machine: Interpreter, node: cst.Call, scope: Scope) -> Value:
    return machine.evaluate_call(node, scope)


def yield_(machine: Interpreter, node: cst.Yield, scope: Scope) -> Value:
    function = scope
    while function.kind == "comprehension" and function.parent is not None:
        function = function.parent
    if isinstance(node.value, cst.From):
        source = machine.evaluate(node.value.item, scope)
        items = machine.quietly(lambda: tuple(machine.elements(source)))
    else:
        items = (machine.evaluate(node.value, scope) if node.value else None,)
    add_yielded(machine, function, items)
    return Unknown("what is sent to a generator is not known")


def await_(machine: Interpreter, node: cst.Await, scope: Scope) -> Value:
    return machine.awaited(machine.evaluate(node.expression, scope))


HANDLERS: dict[type, Handler] = {
    cst.Integer: integer,
    cst.Float: float_,
    cst.Imaginary: imaginary,
    cst.SimpleString: simple_string,
    cst.ConcatenatedString: concatenated_string,
    cst.FormattedString: formatted_string,
    cst.Ellipsis: ellipsis,
    cst.Name: name,
    cst.Attribute: attribute,
    cst.Tuple: tuple_,
    cst.List: list_,
    cst.Set: set_,
    cst.Dict: dict_,
    cst.Subscript: subscript,
    cst.UnaryOperation: unary_operation,
    cst.BinaryOperation: binary_operation,
    cst.BooleanOperation: boolean_operation,
    cst.Comparison: comparison,
    cst.IfExp: if_expression,
    cst.NamedExpr: named_expression,
    cst.Lambda: lambda_,
    cst.Call: call,
    cst.GeneratorExp: generator,
    cst.ListComp: list_comprehension,
    cst.SetComp: set_comprehension,
    cst.DictComp: dict_comprehension,
    cst.Yield: yield_,
    cst.Await: await_,
}
