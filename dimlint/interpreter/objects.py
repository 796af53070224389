"""Truth, iteration and plain data: what values answer when they are asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dimlint.core.dim import SymbolicDim
from dimlint.core.problem import Undecided
from dimlint.core.value import (
    DictObject,
    Instance,
    IteratorObject,
    ListObject,
    Raised,
    Ref,
    SetObject,
    Tensor,
    Unknown,
    Value,
)
from dimlint.interpreter.attributes import Attributes
from dimlint.interpreter.frame import MISSING, Site

PLAIN_A_STEP = 16
"""Items of a list made plain that cost as much fuel as one statement."""


class Objects(Attributes):
    """Values as data."""

    # -- truth, iteration, plain data

    def truth(self, value: Value) -> bool:
        """``bool(value)``. Raises Undecided."""
        if isinstance(value, Unknown):
            raise Undecided(value.reason)
        if isinstance(value, Tensor):
            raise Undecided("the truth of a tensor is not known")
        if isinstance(value, Ref):
            held = self.contents(value)
            if isinstance(held, Instance):
                return self._instance_truth(value, held)
            if isinstance(held, (ListObject, SetObject, DictObject)):
                return bool(held.items)
            return True
        if value is None or isinstance(value, (bool, int, float, complex, str, bytes, tuple, range, SymbolicDim)):
            return bool(value)
        return True

    def _instance_truth(self, ref: Ref, held: Instance) -> bool:
        for name in ("__bool__", "__len__"):
            method = self.class_attribute(self.mro(held.cls), name)
            if method is not MISSING:
                return self.truth(self.call(self.bind(method, ref, held.cls)))
        return True

    def elements(self, value: Value, limit: int = 10_000) -> list[Value]:
        """The items that iterating over a value gives. Raises Undecided if unknown or too many."""
        if isinstance(value, Unknown):
            raise Undecided(value.reason)
        if isinstance(value, (tuple, range, str, bytes)):
            if len(value) > limit:
                raise Undecided(f"more than {limit} items")
            return list(value)
        if isinstance(value, Ref):
            return self._object_elements(value, limit)
        if isinstance(value, Tensor):
            return self._tensor_elements(value, limit)
        raise Undecided(f"iterating over {type(value).__name__} is not modelled")

    def _object_elements(self, ref: Ref, limit: int) -> list[Value]:
        held = self.contents(ref)
        if isinstance(held, IteratorObject):
            self.update(ref, IteratorObject())
        if isinstance(held, (ListObject, SetObject, DictObject, IteratorObject)):
            if len(held.items) > limit:
                raise Undecided(f"more than {limit} items")
            return list(held.items)
        if isinstance(held, Instance):
            method = self.class_attribute(self.mro(held.cls), "__iter__")
            if method is not MISSING:
                iterator = self.call(self.bind(method, ref, held.cls))
                if iterator != ref:
                    return self.elements(iterator, limit)
        raise Undecided("iterating over this object is not modelled")

    def _tensor_elements(self, value: Tensor, limit: int) -> list[Value]:
        length = value.shape[0] if value.shape else 0
        if not isinstance(length, int) or not 0 <= length <= limit:
            raise Undecided("the length of the tensor is not known")
        item = self.get_item(value, 0, None) if length else None
        return [item] * length

    def plain(self, value: Value) -> Value:
        """Heap lists, dictionaries and sets as Python's own, nested ones too; instances stay ``Ref``."""
        return self._plain(value, 0)

    def _plain(self, value: Value, depth: int) -> Value:
        if depth > 20:
            return Unknown("data is nested too deeply")
        if type(value) is tuple:
            return tuple(self._plain(item, depth + 1) for item in value)
        if not isinstance(value, Ref):
            return value
        held = self.store.get(value.number)
        if isinstance(held, Unknown):
            return held
        if isinstance(held, (ListObject, SetObject, IteratorObject, DictObject)):
            self.burn(len(held.items) // PLAIN_A_STEP)
        if isinstance(held, (ListObject, SetObject, IteratorObject)):
            return [self._plain(item, depth + 1) for item in held.items]
        if isinstance(held, DictObject):
            return {key: self._plain(item, depth + 1) for key, item in held.items.items()}
        return value

    def distinct(self, values: Iterable[Value]) -> list[Value]:
        """Items of a set."""
        return list(dict.fromkeys(map(self.hashable, values)))

    def hashable(self, value: Value) -> Value:
        """A dictionary key. Raises Undecided if it is not known."""
        if isinstance(value, Unknown):
            raise Undecided(value.reason)
        if isinstance(value, tuple):
            for item in value:
                self.hashable(item)
        elif isinstance(value, (SymbolicDim, Tensor, slice)):
            raise Undecided("a key is not known")
        elif isinstance(value, Ref) and isinstance(self.contents(value), (ListObject, SetObject, DictObject)):
            raise Raised("TypeError", "unhashable type")
        return value

    def mapping(self, value: Value) -> Mapping[Value, Value]:
        """The items of a dictionary. Raises Undecided."""
        held = self.contents(value) if isinstance(value, Ref) else value
        if isinstance(held, DictObject):
            return held.items
        if isinstance(held, Instance):
            items = self.call(self.attribute(value, "items"))
            return {self.hashable(pair[0]): pair[1] for pair in self.elements(items) if isinstance(pair, tuple)}
        raise Undecided(held.reason if isinstance(held, Unknown) else "a mapping is not known")

    def get_item(self, value: Value, index: Value, site: Site | None) -> Value:
        """``value[index]``."""
        raise NotImplementedError
