"""What ``x.name = y`` and ``del x.name`` change."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import replace

from dimlint.core.dim import always_equal
from dimlint.core.layer import Layer
from dimlint.core.problem import Problem, Undecided
from dimlint.core.results import DATA, LIVE, Own
from dimlint.core.value import (
    ClassObject,
    DictObject,
    Either,
    Function,
    Instance,
    ListObject,
    Method,
    Native,
    Property,
    Raised,
    Ref,
    Tensor,
    Unknown,
    Value,
    tensors_in,
)
from dimlint.interpreter.attributes import Attributes
from dimlint.interpreter.frame import MISSING, Unit
from dimlint.interpreter.kinds import DESCRIBING

READERS = frozenset(["__contains__", "__getitem__", "__iter__", "__len__", "copy", "count", "get", "index", "items", "keys", "values"])
"""Methods of lists, sets and dictionaries that change nothing."""


class Setting(Attributes):
    """Changes of attributes."""

    def touch(self, value: Value, name: str) -> None:
        """A method of one of several objects is used: it may change any of them."""
        for ref in value.refs if isinstance(value, Either) else ():
            held = self.store.get(ref.number)
            if isinstance(held, Instance):
                found = self.quietly(lambda cls=held.cls: self.class_attribute(self.mro(cls), name))  # type: ignore[misc]
                if isinstance(found, Function) and name not in ("forward", "call"):
                    self.forget(ref, value.reason)
                elif isinstance(found, Native):
                    self.may_gain(ref, held, value.reason)
            elif not isinstance(held, (ClassObject, Unknown)) and name not in READERS:
                self.forget(ref, value.reason)

    def may_gain(self, ref: Ref, held: Instance, reason: str) -> None:
        """An instance may have attributes that are not followed, and what it holds may have changed."""
        for name in (DATA, LIVE):
            if isinstance(held.attributes.get(name), Ref):
                self.forget(held.attributes[name], reason)
        self.update(ref, replace(held, attributes={**held.attributes, "*": Unknown(reason)}))

    def set_attribute(self, value: Value, name: str, new: Value) -> None:
        """``value.name = new``; what cannot be followed is forgotten by the object."""
        for ref in value.refs if isinstance(value, Either) else ():
            self.set_attribute(ref, name, Unknown(value.reason))
        value = value.function if isinstance(value, Method) else value
        if isinstance(value, Unit):
            self.set_name(name, new, value.scope)
        elif isinstance(value, Function):
            self.store.set((value.number, name), new)
        elif isinstance(value, Tensor):
            setter = self.libraries[value.library].setters.get(name)
            if setter is not None:
                setter(self, value, new)
            else:
                self.forget_tensor(value, "it was changed in place")
        elif isinstance(value, (Ref, Own)):
            self._set_on_object(value, value.ref if isinstance(value, Own) else value, name, new)

    def _set_on_object(self, value: Value, ref: Ref, name: str, new: Value) -> None:
        cls = self.quietly(lambda: self.class_of(ref))
        held = self.contents(ref)
        if isinstance(held, ClassObject) and held.metaclass is None:
            self.store_attribute(ref, name, new)
            return
        if isinstance(held, (Instance, ClassObject)):
            setter = self.quietly(lambda: self.class_attribute(self.mro(cls), name))
            if isinstance(setter, Property) and self.is_data_descriptor(setter):
                if setter.setter is None and not isinstance(setter.getter, Function):
                    return  # a library may set what it declares to be read
                if setter.setter is None:
                    raise Raised("AttributeError", f"property {name!r} of {self.class_name(cls)!r} object has no setter")
                self.call(setter.setter, (value, new))
                return
            custom = self.quietly(lambda: self.class_attribute(self.mro(cls), "__setattr__"))
            if isinstance(custom, (Function, Native)):
                self.call(custom, (value, name, new))
                return
        self.store_attribute(value, name, new)

    def store_attribute(self, value: Value, name: str, new: Value) -> None:
        """Put an attribute into the object itself, as ``object.__setattr__`` does."""
        ref = value.ref if isinstance(value, Own) else value
        if not isinstance(ref, Ref):
            raise Undecided("what an attribute is set on is not known")
        held = self.contents(ref)
        if isinstance(held, Instance):
            described = self.quietly(lambda: self.class_attribute(self.mro(held.cls), name)) if "__set__" in self.hooks else MISSING
            setter = self.descriptor(described, "__set__")
            if setter is not None:
                self.call(setter, (described, value, new))
                return
            if name == "__dict__":
                self._replace_attributes(ref, held, new)
                return
            if LIVE in held.attributes and not name.startswith("*"):
                self._store_live(held.attributes[LIVE], name, new)
                return
        if isinstance(held, Instance) and held.layer is not None:
            held = replace(held, layer=self._changed_layer(held.layer, name, new))
        if isinstance(held, (Instance, ClassObject)):
            self.update(ref, replace(held, attributes={**held.attributes, name: new}))
            if isinstance(held, ClassObject) and name in DESCRIBING:
                self.hooks.add(name)
            if isinstance(new, Ref):
                self.record.name(new, name)

    def _replace_attributes(self, ref: Ref, held: Instance, new: Value) -> None:
        """``x.__dict__ = d``: from here on the dictionary holds the attributes."""
        kept = {name: value for name, value in held.attributes.items() if name.startswith("*") and name != LIVE}
        lost = {} if isinstance(new, Ref) else {"*": Unknown("it was set through __dict__")}
        self.update(ref, replace(held, attributes={**kept, **lost, LIVE: new}))

    def _store_live(self, place: Value, name: str, new: Value) -> None:
        """An attribute of an object of which a dictionary holds the attributes."""
        held = self.contents(place) if isinstance(place, Ref) else None
        place = held.attributes.get(DATA) if isinstance(held, Instance) else place
        held = self.contents(place) if isinstance(place, Ref) else None
        if not isinstance(held, DictObject) or not isinstance(place, Ref):
            raise Undecided("the attributes of an object are not known")
        self.update(place, replace(held, items={**held.items, name: new}))

    def _changed_layer(self, layer: Layer, name: str, new: Value) -> Layer | None:
        """A layer after ``layer.stride = 1``; None where the effect is not known, as with new weights of any shape."""
        if name in ("weight", "kernel"):
            return layer if self._same_shape(self.quietly(lambda: layer.attribute(name)), new) else None
        if name not in layer.fields and not hasattr(layer, name):
            return layer
        changed = copy.copy(layer)
        try:
            kind = layer.fields.get(name)
            setattr(changed, name, self.plain(new) if kind is None else kind.convert(self.plain(new), type(layer), name))
        except (Problem, Undecided):
            return None
        return changed

    def _same_shape(self, old: Value, new: Value) -> bool:
        """Whether both are tensors, surely of one shape: tied or newly initialized weights."""
        if not isinstance(old, Tensor) or not isinstance(new, Tensor) or old.shape.rank != new.shape.rank:
            return False
        return all(map(always_equal, old.shape, new.shape))

    def delete_attribute(self, value: Value, name: str) -> None:
        """``del value.name``."""
        ref = value.ref if isinstance(value, Own) else value
        if isinstance(value, Function):
            self.store.put({(value.number, name): MISSING})
        held = self.quietly(lambda: self.contents(ref)) if isinstance(ref, Ref) else None
        if not isinstance(held, (Instance, ClassObject)):
            return
        if isinstance(held, Instance):
            found = self.quietly(lambda: self.class_attribute(self.mro(held.cls), name))
            custom = self.quietly(lambda: self.class_attribute(self.mro(held.cls), "__delattr__"))
            deleter = found.deleter if isinstance(found, Property) else self.descriptor(found, "__delete__")
            if deleter is not None:
                self.call(deleter, (value,) if isinstance(found, Property) else (found, value))
                return
            if isinstance(custom, (Function, Native)):
                self.call(custom, (value, name))
                return
        self.drop_attribute(ref, name)

    def drop_attribute(self, value: Value, name: str) -> None:
        """Take an attribute out of the object itself, as ``object.__delattr__`` does."""
        ref = value.ref if isinstance(value, Own) else value
        held = self.contents(ref) if isinstance(ref, Ref) else None
        if not isinstance(held, (Instance, ClassObject)):
            raise Undecided("what an attribute is deleted from is not known")
        place = held.attributes.get(LIVE) if isinstance(held, Instance) else None
        known = isinstance(held, Instance) and "*" not in held.attributes and held.layer is None
        if known and isinstance(held, Instance) and name not in {**self.own_attributes(held), **self._of_class(held, name)}:
            raise Raised("AttributeError", name)
        if place is not None:
            self.call(self.attribute(place, "pop"), (name,))
        else:
            self.update(ref, replace(held, attributes={key: item for key, item in held.attributes.items() if key != name}))

    def _of_class(self, held: Instance, name: str) -> dict[str, Value]:
        found = self.class_attribute(self.mro(held.cls), name)
        return {} if found is MISSING else {name: found}

    def forget_tensor(self, value: Tensor, reason: str) -> None:
        """A tensor changes its shape in place: every variable that holds it is unknown from here on."""
        for key, held in list(self.store.cells.items()):
            if held is value or (isinstance(held, tuple) and any(item is value for item in tensors_in(held))):
                self.store.set(key, Unknown(reason))
            elif isinstance(held, Instance) and any(item is value for item in held.attributes.values()):
                kept = {name: Unknown(reason) if item is value else item for name, item in held.attributes.items()}
                self.store.set(key, replace(held, attributes=kept))
            elif isinstance(held, (ListObject, DictObject)) and any(item is value for item in _held_values(held)):
                self.store.set(key, Unknown(reason))


def _held_values(held: ListObject | DictObject) -> Iterable[Value]:
    return held.items.values() if isinstance(held, DictObject) else held.items
