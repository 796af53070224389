"""Operators and subscripts: through special methods, tensor tables, or plain data."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from types import NoneType
from typing import Any

import libcst as cst

from dimlint.core.dataclass import replace
from dimlint.core.dim import SymbolicDim
from dimlint.core.example import ATTRIBUTES, CHOICE, ITEMS, asks
from dimlint.core.opening import OpenArgument, OpenList, OpenShape
from dimlint.core.problem import Uncounted, Undecided
from dimlint.core.results import ByRank, Fact, Own, Sizes, TensorShape, UndecidedComparison, UnknownAttribute
from dimlint.core.value import (
    END,
    ClassMethod,
    ClassObject,
    DictObject,
    Either,
    Instance,
    LibraryClass,
    ListObject,
    Raised,
    Ref,
    Refused,
    SetObject,
    SomeNumber,
    StaticMethod,
    Tensor,
    Unknown,
    Value,
    is_size,
)
from dimlint.interpreter.assuming import Assuming
from dimlint.interpreter.dispatching import Dispatching, is_of_lost_sizes
from dimlint.interpreter.expressions import mangled
from dimlint.interpreter.frame import Scope, Site
from dimlint.interpreter.operators import METHODS, REFLECTED, UNARY_METHODS
from dimlint.interpreter.selecting import one_of


class Operations(Dispatching, Assuming):
    """What ``+``, ``==``, ``x[i]`` and assignment do."""

    # -- operators

    def unary(self, op: str, value: Value, site: Site | None) -> Value:
        if isinstance(value, SomeNumber):
            return SomeNumber(value.reason, value.dtype)
        method = self.special(value, UNARY_METHODS[op])
        if method is not None:
            return self.call(method, (value,), site=site)
        return self.language.unary(op, value)

    def binary(self, op: str, a: Value, b: Value, site: Site | None = None, *, in_place: bool = False) -> Value:
        """``a op b``. Raises Undecided."""
        name = METHODS[op]
        self.changes += in_place and isinstance(a, Tensor)
        if op == "%" and isinstance(a, str):
            return self.language.percent(self, a, b)
        answer = NotImplemented if is_of_lost_sizes(a, b) else self.answered(op, name, f"r{name}", a, b, site, in_place)
        if answer is not NotImplemented:
            return answer
        left, right = self._operand(a), self._operand(b)
        result = self.language.binary(op, left, right)
        if type(result) is Unknown:
            return one_of(self.store, (a, b), result.reason)  # the sum of two lists holds what they hold
        return self.new(ListObject(tuple(result))) if isinstance(result, list) else result

    def _operand(self, value: Value) -> Value:
        """Heap lists and sets as Python's own, one level deep: their items keep their identity."""
        if isinstance(value, Ref):
            held = self.contents(value)
            if isinstance(held, ListObject):
                return list(held.items)
            if isinstance(held, SetObject):
                return self.plain(value)
        return value

    def compare(self, op: str, a: Value, b: Value, site: Site | None = None) -> Value:
        """The value of a comparison; a tensor for tensors. Raises Undecided."""
        if op in ("is", "is not"):
            return self._identical(a, b) is (op == "is")
        if op in ("in", "not in"):
            return self._contains(b, a) is (op == "in")
        answer = self.answered(op, METHODS[op], REFLECTED[op], a, b, site)
        if answer is not NotImplemented:
            return answer
        if isinstance(a, Ref) and isinstance(b, Ref) and a == b and op in ("==", "!="):
            return op == "=="
        if isinstance(a, OpenArgument) or isinstance(b, OpenArgument):
            return self._compare_open(op, a, b)
        lost, other = (b, a) if isinstance(b, UnknownAttribute) else (a, b)
        if isinstance(lost, UnknownAttribute) and op in ("==", "!="):
            fact = (Fact(lost, other),) if not isinstance(other, Unknown) else ()
            raise UndecidedComparison(lost.reason, fact if op == "==" else (), () if op == "==" else fact)
        try:
            return self.language.compare(op, a, b, self)
        except Undecided as undecided:
            if op in ("==", "!=") and _are_sizes(a) and _are_sizes(b):
                return self.all_compared(op, a, b, undecided)
            if not (is_size(a) and is_size(b)) or isinstance(a, bool) or isinstance(b, bool):
                raise
            return self.compared(op, a, b, undecided)

    def _compare_open(self, op: str, a: Value, b: Value) -> Value:
        """A comparison of arguments that nobody gives: of two by their sizes; of one with a number it stays open, as it may be any."""
        left, right = (value.size if isinstance(value, OpenArgument) else value for value in (a, b))
        lost = a if isinstance(a, OpenArgument) else b
        if not (is_size(left) and is_size(right)) or isinstance(left, bool) or isinstance(right, bool):
            raise Undecided(lost.reason)
        try:
            answer = self.language.compare(op, left, right, self)
        except Undecided as undecided:
            return self.compared(op, left, right, undecided)
        if isinstance(left, int) or isinstance(right, int):
            raise Undecided(lost.reason)
        return answer

    def _identical(self, a: Value, b: Value) -> bool:
        for value, other in ((a, b), (b, a)):
            if isinstance(value, Either) and value.complete and isinstance(other, (NoneType, bool, Ref)) and other not in value.refs:
                return False
            if isinstance(value, OpenArgument) and value.optional and other is None:
                return True
            if isinstance(value, Unknown):
                raise Undecided(value.reason)
            if isinstance(value, Own) and not isinstance(other, SymbolicDim):
                return isinstance(other, Own) and other.ref == value.ref
            if value is None or isinstance(value, bool):
                return other is value
        if isinstance(a, (Ref, LibraryClass)) or isinstance(b, (Ref, LibraryClass)):
            return bool(a == b)
        return bool(self.language.compare("is", a, b, self))

    def _contains(self, container: Value, item: Value) -> bool:
        if isinstance(container, Ref):
            held = self.contents(container)
            if isinstance(held, DictObject):
                return self.hashable(item) in held.items
            if isinstance(held, SetObject):
                container = held.items
            if isinstance(held, (Instance, ClassObject)):
                method = self.special(container, "contains")
                if method is not None:
                    return self.truth(self.call(method, (container, item)))
        if isinstance(container, str) and isinstance(item, str):
            return item in container
        if isinstance(container, OpenArgument) and container.given is not None:
            return item in container.parts
        if container is None or isinstance(container, (str, int, float)):
            return self.language.compare("in", item, container, self) is True
        if isinstance(container, Ref) and self.is_waiting(container):
            return self._comes_up(self.iterator(container), item)
        doubt: str | None = None
        for candidate in self.elements(container) if not isinstance(container, Tensor) else self.fail("membership is not known"):
            try:
                if self._identical_or_equal(candidate, item):
                    return True
            except Undecided as undecided:
                doubt = undecided.reason
        if doubt is not None:
            raise Undecided(doubt)  # it may be any of them
        return False

    def _comes_up(self, source: Ref, item: Value) -> bool:
        """Whether an iterator gives the item; it is asked no further then."""
        try:
            while (candidate := self.next_item(source)) is not END:
                if self._identical_or_equal(candidate, item):
                    return True
        except Undecided as undecided:
            self.forget(source, undecided.reason)
            raise
        return False

    def _identical_or_equal(self, a: Value, b: Value) -> bool:
        same = self.quietly(lambda: self._identical(a, b))
        return same is True or self.truth(self.compare("==", a, b))

    # -- subscripts

    def get_item(self, value: Value, index: Value, site: Site | None = None) -> Value:
        """``value[index]``. Raises Undecided; Raised where Python does."""
        if isinstance(value, OpenArgument) and isinstance(index, (int, str)):
            return value.item(index)
        if isinstance(value, Tensor) and isinstance(value.shape, OpenShape) and isinstance(index, str):
            self.open_list(value)  # no tensor has names
        if isinstance(value, OpenList) and isinstance(index, (int, str)):
            return self.listed(value, index)
        if isinstance(value, Unknown):
            raise Undecided(value.reason)
        if isinstance(value, Ref) and isinstance(self.contents(value), (ListObject, DictObject)):
            return self._object_item(value, index)
        method = self.special(value, "getitem")
        if method is not None:
            return self.call(method, (value, index), site=site)
        if isinstance(value, (tuple, str, bytes, range)):
            return self._sequence_item(value, index)
        if isinstance(value, LibraryClass) or (isinstance(value, Ref) and isinstance(self.contents(value), ClassObject)):
            return self._class_item(value, index)
        asks(value, ATTRIBUTES if isinstance(index, str) else ITEMS)
        raise Undecided("a subscript is not modelled")

    def _class_item(self, cls: Value, index: Value) -> Value:
        """``Class[index]``: a type of the standard library with its parameters stands for itself."""
        found = self.class_attribute(self.mro(cls), "__class_getitem__")
        if isinstance(found, (ClassMethod, StaticMethod)):
            return self.call(found.function, (cls, index))
        if isinstance(cls, LibraryClass) and cls.library.startswith(("builtins", "python.")):
            return cls
        raise Undecided("a subscript of a class is not modelled")

    def _sequence_item(self, items: Any, index: Value) -> Value:
        if isinstance(index, slice):
            parts = (index.start, index.stop, index.step)
            if not all(part is None or isinstance(part, int) for part in parts):
                raise Undecided("a slice is not known")
            if index.step == 0:
                raise Raised("ValueError", "slice step cannot be zero")
            return items.part(index) if isinstance(items, (Sizes, TensorShape)) else items[index]
        if isinstance(index, Unknown):
            raise Undecided(f"an index is not known: {index.reason}")
        method = self.special(index, "index") if isinstance(index, Ref) else None
        index = self.call(method, (index,)) if method is not None else index
        if not isinstance(index, int):
            raise Undecided("an index is not known")
        try:
            return items[index]
        except IndexError:
            raise (ByRank if _are_sizes(items) else Raised)("IndexError", f"{index} is an index out of range") from None

    def _object_item(self, ref: Ref, index: Value) -> Value:
        held = self.contents(ref)
        if isinstance(held, ListObject):
            found = self._sequence_item(held.items, index)
            return self.new(ListObject(tuple(found))) if isinstance(index, slice) else found
        if isinstance(held, DictObject):
            key = self.hashable(index)
            if key in held.items:
                return held.items[key]
            if held.default_factory is not None:
                made = self.call(held.default_factory)
                self.update(ref, replace(held, items={**held.items, key: made}))
                return made
            if held.kind == "Counter":
                return 0
            asks(key, CHOICE, next(iter(held.items), key))
            raise Raised("KeyError", str(key)[:60])
        raise Undecided("a subscript is not modelled")

    def set_item(self, value: Value, index: Value, new: Value, site: Site | None) -> None:
        """``value[index] = new``; an object for which that is not known is forgotten."""
        if isinstance(value, Unknown):
            self.touch(value, "__setitem__")
            if isinstance(value, OpenArgument):
                value.change()
            elif isinstance(value, OpenList):
                self.list_changed(value, index, new)
            return
        held = self.quietly(lambda: self.contents(value)) if isinstance(value, Ref) else None
        plain = isinstance(held, (ListObject, DictObject, Unknown))
        method = None if plain else self.quietly(lambda: self.special(value, "setitem"))
        if method is not None and not isinstance(method, Unknown):
            self.call(method, (value, index, new), site=site)
        elif isinstance(value, Ref):
            try:
                self._store_item(value, held, index, new)
            except Undecided as undecided:
                self.forget(value, undecided.reason)

    def _store_item(self, ref: Ref, held: Value, index: Value, new: Value) -> None:
        if isinstance(held, DictObject):
            self.update(ref, replace(held, items={**held.items, self.hashable(index): new}))
        elif isinstance(held, ListObject):
            items = list(held.items)
            if isinstance(index, slice):
                self._sequence_item(items, index)
                items[index] = self.elements(new)
            else:
                self._sequence_item(items, index)
                items[index] = new
            self.update(ref, ListObject(tuple(items)))

    def delete_item(self, value: Value, index: Value) -> None:
        """``del value[index]``."""
        self.touch(value, "__delitem__")
        if not isinstance(value, Ref):
            return
        held = self.quietly(lambda: self.contents(value))
        plain = isinstance(held, (ListObject, DictObject, Unknown))
        method = None if plain else self.quietly(lambda: self.special(value, "delitem"))
        if method is not None and not isinstance(method, Unknown):
            self.call(method, (value, index))
            return
        try:
            if isinstance(held, DictObject):
                key = self.hashable(index)
                self.update(value, replace(held, items={k: item for k, item in held.items.items() if k != key}))
            elif isinstance(held, ListObject):
                items = list(held.items)
                self._sequence_item(items, index)
                del items[index]
                self.update(value, ListObject(tuple(items)))
        except Undecided as undecided:
            self.forget(value, undecided.reason)

    # -- assignment

    def assign(self, target: Any, value: Value, scope: Scope) -> None:
        """Bind a value to a name, attribute, subscript or pattern of these."""
        kind = type(target)
        if kind is cst.Name:
            self.set_name(mangled(self, target.value, scope), value, scope)  # type: ignore[arg-type]
            if isinstance(value, Ref):
                self.record.name(value, target.value, in_main=scope.unit.is_main)
        elif kind in (cst.Tuple, cst.List):
            self._unpack(target, value, scope)
        elif kind is cst.Attribute:
            owner = self.evaluate(target.value, scope)
            with suppress(Undecided):
                self.set_attribute(owner, mangled(self, target.attr.value, scope), value)  # type: ignore[arg-type]
        elif kind is cst.Subscript:
            from_node = self.index_value(target, scope)
            self.set_item(self.evaluate(target.value, scope), from_node, value, Site(scope.unit, target))
        elif kind is cst.StarredElement:
            self.assign(target.value, value, scope)

    def open_list(self, value: Value) -> None:
        """An input of which nothing is known is a list of tensors. Raises Opened."""
        raise NotImplementedError

    def _unpack(self, pattern: cst.Tuple | cst.List, value: Value, scope: Scope) -> None:
        targets: list[Any] = list(pattern.elements)
        starred = next((i for i, target in enumerate(targets) if type(target) is cst.StarredElement), None)
        try:
            items = self.elements(value)
        except Undecided as undecided:
            asks(value, ITEMS, len(targets))
            opened = starred is None and isinstance(value, (OpenArgument, OpenList))
            self.open_list(value if starred is None else None)
            lost: Value = one_of(self.store, (value,), undecided.reason)
            if isinstance(undecided, Uncounted) and starred is None:
                lost = undecided.item
            items = [self.quietly(partial(self.get_item, value, at)) if opened else lost for at in range(len(targets))]
        else:
            if starred is None and len(items) != len(targets):
                kind: type[Raised] = ByRank if isinstance(value, Tensor) or _are_sizes(tuple(items)) else Raised
                kind = Refused if self.miscounted(len(targets), value, Site(scope.unit, pattern)) else kind
                few = f"not enough values to unpack (expected {len(targets)}, got {len(items)})"
                many = f"too many values to unpack (expected {len(targets)})"
                raise kind("ValueError", few if len(items) < len(targets) else many)
            if starred is not None:
                behind = len(targets) - starred - 1
                if len(items) < len(targets) - 1:
                    raise Raised("ValueError", "not enough values to unpack")
                middle = self.new(ListObject(tuple(items[starred : len(items) - behind])))
                items = [*items[:starred], middle, *items[len(items) - behind :]]
        for target, item in zip(targets, items):
            self.assign(target.value, item, scope)

    def miscounted(self, wanted: int, value: Value, site: Site) -> bool:
        """Whether it is reported that a program takes another number of sizes from a shape than it has, or of parts from a tensor."""
        raise NotImplementedError

    def index_value(self, node: cst.Subscript, scope: Scope) -> Value:
        """The value between the brackets."""
        raise NotImplementedError


def _are_sizes(value: Value) -> bool:
    return isinstance(value, tuple) and all(is_size(item) and not isinstance(item, bool) for item in value)
