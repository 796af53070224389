"""What ``x.name = y`` and ``del x.name`` change."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

from dimlint.core.dataclass import replace
from dimlint.core.dim import always_equal
from dimlint.core.layer import Layer
from dimlint.core.library import ENTRIES
from dimlint.core.opening import CHANGED, OpenArgument, OpenList
from dimlint.core.problem import Problem, Undecided
from dimlint.core.results import DATA, LIVE, NONE, SHARED, Own, Sharer
from dimlint.core.value import (
    ClassObject,
    DictObject,
    Either,
    Function,
    Instance,
    LibraryClass,
    Method,
    Native,
    Property,
    Raised,
    Ref,
    Tensor,
    Unknown,
    Value,
)
from dimlint.interpreter.asking import Asking
from dimlint.interpreter.effects import forget_reached
from dimlint.interpreter.exchanging import alternatives, content_after, exchanging
from dimlint.interpreter.frame import DEFAULTS, KEYWORD_DEFAULTS, MISSING, Unit
from dimlint.interpreter.joining import same
from dimlint.interpreter.kinds import DESCRIBING, LayerMethod
from dimlint.interpreter.methods import INNER, MUTATORS, READERS, REGISTERING

FROM_END = "from the end"
"""What is noted of a list of which an item was set: those that are counted from its end may have changed."""

WALKED_A_STEP = 20
"""Values of the program that are looked at for one step of fuel."""

MAX_INPUTS = 4
"""Inputs of a layer whose weights are asked for before its first call."""


class Setting(Asking):
    """Changes of attributes."""

    def touch(self, value: Value, name: str) -> None:
        """A method of one of several objects is used: it may change any of them."""
        if isinstance(value, OpenList) and name not in READERS and name != "__setitem__":
            self.list_changed(value, None, None)
        if isinstance(value, Either) and name.endswith("_") and not name.endswith("__"):
            self._exchange(alternatives(value.functions), Unknown(value.reason))
        for ref in _meant(value):
            held = self.store.get(ref.number)
            if isinstance(held, Instance):
                found = self.quietly(lambda cls=held.cls: self.class_attribute(self.mro(cls), name))  # type: ignore[misc]
                if name in ENTRIES:
                    continue
                changing = isinstance(found, (Native, LayerMethod)) and (name in MUTATORS or name.startswith(REGISTERING))
                if isinstance(found, Function) and isinstance(value, OpenArgument):
                    self._may_run(ref, held, value.reason)
                elif isinstance(found, Function) or changing or name in INNER:
                    self.forget(ref, value.reason)
                elif isinstance(found, Native):
                    self.may_gain(ref, held, value.reason)
            elif not isinstance(held, (ClassObject, Unknown)) and name not in READERS:
                self.forget(ref, value.reason)

    def _may_run(self, ref: Ref, held: Instance, reason: str) -> None:
        """A method of an object may run: what any of those of its class sets is not known."""
        for cls in self.mro(held.cls):
            body = self.store.get(cls.number) if isinstance(cls, Ref) else None
            for function in body.attributes.values() if isinstance(body, ClassObject) else ():
                if isinstance(function, Function) and function.name != "__init__":
                    forget_reached(self, (ref,), function.node, reason)

    def list_changed(self, value: OpenList, index: Value, new: Value) -> None:
        """An item of an input that is a list is another one from here on; without a known index, any of them may be."""
        if isinstance(index, int) and index >= 0:
            self.store.set((value.number, index), new)
            self.store.set((value.number, FROM_END), True)
        else:
            self.store.set((value.number, CHANGED), True)

    def listed(self, value: OpenList, index: int | str) -> Value:
        """An item of an input that is a list, or a dictionary. Raises Undecided."""
        from_end = isinstance(index, int) and index < 0
        if any(self.store.get((value.number, name)) is not MISSING for name in (CHANGED, FROM_END)[: 2 if from_end else 1]):
            raise Undecided("the input may have changed")
        found = self.store.get((value.number, repr(index) if isinstance(index, str) else index))
        return value.item(index) if found is MISSING else found

    def may_gain(self, ref: Ref, held: Instance, reason: str) -> None:
        """An instance may have attributes that are not followed, and what it holds may have changed."""
        for name in (DATA, LIVE):
            if isinstance(held.attributes.get(name), Ref):
                self.forget(held.attributes[name], reason)
        self.update(ref, replace(held, attributes={**held.attributes, "*": Unknown(reason)}))

    def set_attribute(self, value: Value, name: str, new: Value) -> None:
        """``value.name = new``; what cannot be followed is forgotten by the object."""
        for ref in _meant(value):
            held = self.store.get(ref.number)
            if name == "data" and isinstance(held, Instance) and held.layer is not None:
                self.forget(ref, value.reason)  # a parameter of it
            elif isinstance(held, (Instance, ClassObject)):
                self.set_attribute(ref, name, Unknown(value.reason))
        for tensor in value.functions if isinstance(value, Either) else ():
            if isinstance(tensor, Tensor):
                self.set_attribute(tensor, name, Unknown(value.reason))
        value = value.function if isinstance(value, Method) else value
        if isinstance(value, OpenArgument):
            value.set(name, new)
        elif isinstance(value, Unit):
            self.set_name(name, new, value.scope)
        elif isinstance(value, Function):
            self.store.set((value.number, name), new)
        elif isinstance(value, Tensor):
            setter = self.libraries[value.library].setters.get(name)
            if setter is not None:
                setter(self, value, new)
            elif f"Tensor.@{name}" in self.libraries[value.library].entries:
                self.forget_tensor(value, "it was changed in place")
        elif isinstance(value, Unknown):
            self._tell_change(value, name, new)
        elif isinstance(value, (Ref, Own)):
            self._set_on_object(value, value.ref if isinstance(value, Own) else value, name, new)

    def _tell_change(self, value: Instance | Unknown, name: str, new: Value) -> None:
        """Tell the libraries that something is changed of which models may be made."""
        for library in self.libraries.values():
            if library.attribute_set is not None:
                library.attribute_set(self, value, name, new)

    def _set_on_object(self, value: Value, ref: Ref, name: str, new: Value) -> None:
        cls = self.quietly(lambda: self.class_of(ref))
        held = self.contents(ref)
        if name == "__class__":
            self._change_class(ref, held, new)
            return
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
            registering = self._registering(cls, new)
            if registering is not None:
                self.call(registering, (value, name, new))
                return
        self.store_attribute(value, name, new)

    def _registering(self, cls: Value, new: Value) -> Function | None:
        """The program's own method by which objects of a class take a parameter as an attribute."""
        if not isinstance(new, Tensor) or new.variable is None:
            return None
        names = {self.libraries[base.library].registering for base in self.mro(cls) if isinstance(base, LibraryClass)} - {""}
        found = self.quietly(lambda: self.class_attribute(self.mro(cls), names.pop())) if names else None
        return found if isinstance(found, Function) else None

    def _change_class(self, ref: Ref, held: Value, new: Value) -> None:
        """``x.__class__ = new``: the object keeps what it holds."""
        if isinstance(held, Instance) and isinstance(new, Ref) and self.is_class(new):
            self.update(ref, replace(held, cls=new))
        else:
            self.forget(ref, "its class was changed")

    def store_attribute(self, value: Value, name: str, new: Value) -> None:
        """Put an attribute into the object itself, as ``object.__setattr__`` does."""
        ref = value.ref if isinstance(value, Own) else value
        if not isinstance(ref, Ref):
            raise Undecided("what an attribute is set on is not known")
        held = self.contents(ref)
        self.part_changed(ref, held, name, new)
        if isinstance(held, Instance):
            if "output" in held.attributes:
                self._tell_change(held, name, new)
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
            held = self._with_layer(held, self._changed_layer(held, held.layer, name, new))
        if isinstance(held, (Instance, ClassObject)):
            self.update(ref, replace(held, attributes=self._with_attribute(held, name, new)))
            if isinstance(held, ClassObject):
                self.hooks |= DESCRIBING & {name}
                self.has_getters = self.has_getters or name == "__getattr__"
            if isinstance(new, Ref):
                self.record.name(new, name)

    def _with_attribute(self, held: Instance | ClassObject, name: str, new: Value) -> Mapping[str, Value]:
        """The attributes of an object of which one is set."""
        if name in held.attributes and isinstance(held, Instance) and (new is None or isinstance(new, (Ref, Tensor))):
            for cls in self.mro(held.cls):
                replacing = self.libraries[cls.library].replacing if isinstance(cls, LibraryClass) else None
                if replacing is not None:
                    return replacing(self, held, name, new)
        return {**held.attributes, name: new}

    def part_changed(self, ref: Ref, held: Value, name: str, new: Value) -> None:
        """A part of an object is set or taken away that others share: nothing is known of all of them. Raises Undecided."""
        if not isinstance(held, Instance) or SHARED not in held.attributes:
            return
        if any(isinstance(value, (Ref, Tensor, Unknown)) for value in (new, held.attributes.get(name))):
            reason = "a part was changed that a copy shares"
            while isinstance(held, Instance):  # each knows the next one
                following = held.attributes.get(SHARED)
                self.forget(ref, reason)
                ref = following.ref if isinstance(following, Sharer) else ref
                held = self.store.get(ref.number)
            raise Undecided(reason)

    def store_attributes(self, ref: Ref, values: Mapping[str, Value]) -> None:
        """Put several attributes into an object: at once where nothing looks at each."""
        held = self.contents(ref)
        plain = isinstance(held, Instance) and held.layer is None and not held.attributes.keys() & {LIVE, SHARED}
        if not plain or "__set__" in self.hooks or "__dict__" in values:
            for name, value in values.items():
                self.store_attribute(ref, name, value)
            return
        self.update(ref, replace(held, attributes={**held.attributes, **values}))
        for name, value in values.items():
            if isinstance(value, Ref):
                self.record.name(value, name)

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

    def _with_layer(self, held: Instance, layer: Layer | None) -> Instance:
        """The object with another layer; what a lost one has as attributes is not known."""
        lost = {"*": Unknown("a layer was changed in a way that is not followed")} if layer is None else {}
        return replace(held, layer=layer, attributes={**held.attributes, **lost})

    def _changed_layer(self, held: Instance, layer: Layer, name: str, new: Value) -> Layer | None:
        """A layer after ``layer.stride = 1``; None where the effect is not known, as with new weights of any shape."""
        old = self._weights(held, layer)
        try:
            declared = self.quietly(lambda: layer.attribute(name))
        except Raised:
            return layer  # what the framework's class has none of is the program's own
        weighted = name in (("weight",) if self.class_library(held.cls) == "torch" else ("weight", "kernel"))
        if (weighted and type(layer).weights is not Layer.weights) or name in old or isinstance(declared, Tensor):  # which may be a buffer
            known = held.attributes.get(name, declared)
            return layer if name == "bias" or self._same_shape(known, new) else None
        if name not in layer.fields and (not hasattr(layer, name) or callable(getattr(layer, name))):
            return layer  # a method of the declaration has nothing to do with an attribute of the program's
        changed = copy.copy(layer)
        try:
            kind = layer.fields.get(name)
            setattr(changed, name, self.plain(new) if kind is None else kind.convert(self.plain(new), type(layer), name))
        except (Problem, Undecided):
            return None
        if name in layer.read_from_weights:
            return layer
        if name == "bias" or not old or same_shapes(old, self._weights(held, changed)):
            return changed
        return None

    def _weights(self, held: Instance, layer: Layer) -> Mapping[str, Value]:
        """The weights that the layer has by now, as far as they are known."""
        inputs: Value = held.built if held.built is not None else (Unknown("the layer was not called yet"),) * MAX_INPUTS
        if held.built is None and self.class_library(held.cls) != "torch":
            return {}  # the first call makes them
        found = self.quietly(lambda: layer.variables(inputs))
        return {} if isinstance(found, Unknown) else found

    def class_library(self, cls: Value) -> str:
        """The library that a class comes from, or one of its bases."""
        return next((item.library for item in self.mro(cls) if isinstance(item, LibraryClass)), "builtins")

    def _same_shape(self, old: Value, new: Value) -> bool:
        """Whether both are tensors, surely of one shape: tied or newly initialized weights."""
        if not isinstance(old, Tensor) or not isinstance(new, Tensor) or old.shape.rank != new.shape.rank:
            return False
        return all(map(always_equal, old.shape, new.shape))

    def delete_attribute(self, value: Value, name: str) -> None:
        """``del value.name``."""
        ref = value.ref if isinstance(value, Own) else value
        if isinstance(value, Function):
            self.store.put({(value.number, name): None if name in (DEFAULTS, KEYWORD_DEFAULTS) else MISSING})
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
        self.part_changed(ref, held, name, None)
        place = held.attributes.get(LIVE) if isinstance(held, Instance) else None
        known = isinstance(held, Instance) and "*" not in held.attributes and held.layer is None
        if known and isinstance(held, Instance) and name not in {**self.own_attributes(held), **self._of_class(held, name)}:
            raise Raised("AttributeError", name)
        if place is not None:
            self.call(self.attribute(place, "pop"), (name,))
        else:
            gone = (name, NONE + name)
            self.update(ref, replace(held, attributes={key: item for key, item in held.attributes.items() if key not in gone}))

    def _of_class(self, held: Instance, name: str) -> dict[str, Value]:
        found = self.class_attribute(self.mro(held.cls), name)
        return {} if found is MISSING else {name: found}

    def forget_tensor(self, value: Tensor, reason: str) -> None:
        """A tensor changes its shape in place: every variable that holds it is unknown from here on."""
        self.change_tensor(value, Unknown(reason))

    def rebind(self, ref: Ref, now: Value) -> None:
        for key, held in list(self.store.cells.items()):
            if isinstance(held, Ref) and held == ref:
                self.store.set(key, now)

    def change_tensor(self, value: Tensor, now: Value) -> None:
        """A tensor is another one from here on in every variable that holds it; containers of it are not known."""
        if isinstance(now, Tensor) and self._same_shape(value, now):
            return
        self._exchange([value], now)
        self._exchange(alternatives([value])[1:], Unknown("it may have been changed in place"))

    def _exchange(self, values: Sequence[Tensor], now: Value) -> None:
        """Put something else in the place of each of these tensors, in one walk over all that the program holds."""
        reason = now.reason if isinstance(now, Unknown) else "a tensor in it has changed its shape"
        if not values:
            return
        for value in values:
            owner = value.variable[0] if value.variable is not None else None
            owning = self.store.get(owner.number) if isinstance(owner, Ref) else None
            if isinstance(owner, Ref) and isinstance(owning, Instance):
                self.update(owner, self._with_layer(owning, None))
        exchanged = exchanging(values, now)
        self.burn(len(self.store.cells) // WALKED_A_STEP)
        for key, held in list(self.store.cells.items()):
            after = content_after(held, exchanged, reason)
            if after is not held:
                self.store.set(key, self._with_layer(after, None) if isinstance(after, Instance) and after.layer is not None else after)


def _meant(value: Value) -> frozenset[Ref]:
    """The objects of the program that a value may be."""
    meant = value.meant if isinstance(value, OpenArgument) else value
    return meant.refs if isinstance(meant, Either) else frozenset()


def same_shapes(a: Mapping[str, Value], b: Mapping[str, Value]) -> bool:
    """Whether two sets of weights are surely alike."""
    return list(a) == list(b) and all(same(tuple(a[name]), tuple(b[name])) for name in a)
