"""Classes and attributes: what ``x.name`` finds, and what ``x.name = y`` changes."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from dimlint.core.dim import SymbolicDim, always_equal
from dimlint.core.layer import Layer
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import (
    ClassMethod,
    ClassObject,
    DictObject,
    Either,
    Function,
    Instance,
    IteratorObject,
    LibraryClass,
    ListObject,
    Method,
    ModuleName,
    Native,
    Partial,
    Property,
    Raised,
    Ref,
    SetObject,
    StaticMethod,
    Tensor,
    TensorShape,
    Undeclared,
    Unknown,
    Value,
)
from dimlint.interpreter.attempts import Attempts
from dimlint.interpreter.frame import MISSING, Unit
from dimlint.interpreter.joining import same

CONTAINERS = {ListObject: "list", SetObject: "set", IteratorObject: "iterator"}
PLAIN_TYPES = (("NoneType", type(None)), ("bool", bool), ("int", int), ("float", float), ("complex", complex), ("str", str))
MORE_TYPES = (("bytes", bytes), ("range", range), ("slice", slice), ("int", SymbolicDim), ("tuple", tuple))


READERS = frozenset(["__contains__", "__getitem__", "__iter__", "__len__", "copy", "count", "get", "index", "items", "keys", "values"])
"""Methods of lists, sets and dictionaries that change nothing."""


class Super:
    """``super()``: the attributes of a receiver from behind one class of its method resolution order."""

    def __init__(self, after: Value, receiver: Value) -> None:
        self.after = after
        self.receiver = receiver


class Attributes(Attempts):
    """Looking names up on values, and setting them."""

    # -- classes

    def class_of(self, value: Value) -> Value:
        """The class of a value. Raises Undecided."""
        if isinstance(value, Unknown):
            raise Undecided(value.reason)
        if isinstance(value, Ref):
            held = self.contents(value)
            if isinstance(held, Instance):
                return held.cls
            if isinstance(held, ClassObject):
                return self.builtin("type")
            if isinstance(held, DictObject):
                return self.builtin(held.kind if held.kind in self.builtins else "dict")
            return self.builtin(CONTAINERS[type(held)])
        if isinstance(value, TensorShape):
            return self.lookup("tensorflow.TensorShape")
        for name, kind in (*PLAIN_TYPES, *MORE_TYPES):
            if isinstance(value, kind):
                return self.builtin(name)
        if isinstance(value, Tensor):
            return self.lookup({"torch": "torch.Tensor", "numpy": "numpy.ndarray"}.get(value.library, "tensorflow.Tensor"))
        if isinstance(value, LibraryClass):
            return self.builtin("type")
        raise Undecided(f"the type of {type(value).__name__} is not modelled")

    def mro(self, cls: Value) -> tuple[Value, ...]:
        """Method resolution order of a class value; an Unknown base stands in it for what it hides."""
        if isinstance(cls, Ref):
            held = self.contents(cls)
            if isinstance(held, ClassObject):
                return held.mro
        if isinstance(cls, LibraryClass):
            return cls.mro
        return (cls,)

    def class_name(self, cls: Value) -> str:
        """Name of a class value, without its module."""
        if isinstance(cls, LibraryClass):
            return cls.label
        if isinstance(cls, Ref):
            held = self.quietly(lambda: self.contents(cls))
            if isinstance(held, ClassObject):
                return held.name
        return "?"

    def class_attribute(self, mro: Sequence[Value], name: str) -> Value:
        """The first definition along the order, or MISSING. Raises Undecided where an unknown base might define it."""
        for cls in mro:
            if isinstance(cls, Ref):
                found = self.contents(cls).attributes.get(name, MISSING)
            elif isinstance(cls, LibraryClass):
                found = self.library_method(cls, name)
            else:
                raise Undecided(cls.reason if isinstance(cls, Unknown) else "a base class is not followed")
            if found is not MISSING:
                return found
        return MISSING

    def library_method(self, cls: LibraryClass, name: str) -> Value:
        """A declared method of a library class, or the two that every layer has."""
        if name in cls.methods:
            return cls.methods[name]
        if cls.layer is not None and name in ("__init__", self.libraries[cls.library].forward):
            return LayerMethod(cls, name)
        return MISSING

    # -- attributes

    def attribute(self, value: Value, name: str) -> Value:
        """``value.name``. Raises Raised('AttributeError') if it is surely missing, Undecided if that is not known."""
        if isinstance(value, (ModuleName, Undeclared)):
            return self.lookup(f"{value.name}.{name}")
        if isinstance(value, Unknown):
            self.touch(value, name)
            raise Undecided(value.reason)
        if isinstance(value, Unit):
            found = self.module_name(value, name)
            if found is None:
                raise Undecided(f"{name!r} is not found in {value.name}")
            return found.value
        if isinstance(value, Tensor):
            return self._tensor_attribute(value, name)
        if isinstance(value, Super):
            return self._super_attribute(value, name)
        if isinstance(value, Ref):
            return self._object_attribute(value, name)
        if isinstance(value, LibraryClass):
            return self._library_class_attribute(value, name)
        if isinstance(value, (Function, Native, Method, Partial)):
            return self._function_attribute(value, name)
        found = self.class_attribute(self.mro(self.class_of(value)), name)
        if found is MISSING:
            raise Undecided(f"the attribute {name!r} is not modelled")
        return self.bind(found, value, None)

    def _tensor_attribute(self, value: Tensor, name: str) -> Value:
        entries = self.libraries[value.library].entries
        if f"Tensor.@{name}" in entries:
            return self.call(entries[f"Tensor.@{name}"], (value,))
        if f"Tensor.{name}" in entries:
            return Method(entries[f"Tensor.{name}"], value)
        if name.endswith("_") and not name.startswith("_"):
            self.forget_tensor(value, f"{name} may have changed its shape")
        raise Undecided(f"the tensor attribute {name!r} is not modelled")

    def forget_tensor(self, value: Tensor, reason: str) -> None:
        """A tensor changes its shape in place: every variable that holds it is unknown from here on."""
        for key, held in list(self.store.cells.items()):
            if held is value:
                self.store.set(key, Unknown(reason))
            elif isinstance(held, Instance) and any(item is value for item in held.attributes.values()):
                kept = {name: Unknown(reason) if item is value else item for name, item in held.attributes.items()}
                self.store.set(key, replace(held, attributes=kept))
            elif isinstance(held, (ListObject, DictObject)) and any(item is value for item in _held_values(held)):
                self.store.set(key, Unknown(reason))

    def _super_attribute(self, value: Super, name: str) -> Value:
        cls = value.receiver if self._is_class(value.receiver) else self.class_of(value.receiver)
        order = list(self.mro(cls))
        index = next((i for i, item in enumerate(order) if same(item, value.after)), -1)
        found = self.class_attribute(order[index + 1 :], name)
        if found is MISSING:
            if name in ("__init__", "__init_subclass__", "__post_init__", "__setattr__"):
                return Native(f"object.{name}", "builtins", _nothing)
            raise Undecided(f"super().{name} is not modelled")
        return self.bind(found, value.receiver, cls)

    def _is_class(self, value: Value) -> bool:
        return isinstance(value, LibraryClass) or (isinstance(value, Ref) and isinstance(self.contents(value), ClassObject))

    def _object_attribute(self, ref: Ref, name: str) -> Value:
        held = self.contents(ref)
        if isinstance(held, Instance):
            return self._instance_attribute(ref, held, name)
        if isinstance(held, ClassObject):
            return self._class_attribute(ref, held, name)
        found = self.class_attribute(self.mro(self.class_of(ref)), name)
        if found is MISSING:
            raise Undecided(f"the attribute {name!r} is not modelled")
        return self.bind(found, ref, None)

    def _instance_attribute(self, ref: Ref, held: Instance, name: str) -> Value:
        mro = self.mro(held.cls)
        if name == "__class__":
            return held.cls
        if name == "__dict__":
            self.update(ref, replace(held, attributes={**held.attributes, "*": Unknown("it may be set through __dict__")}))
            raise Undecided("__dict__ is not followed")
        found = self.class_attribute(mro, name) if name not in held.attributes else MISSING
        if isinstance(found, Property):
            return self.call(found.getter, (ref,))
        if name in held.attributes:
            return held.attributes[name]
        if found is not MISSING:
            return self.bind(found, ref, held.cls)
        if held.layer is not None:
            return held.layer.member(name, held.built)
        getter = self.class_attribute(mro, "__getattr__")
        if getter is not MISSING:
            return self.call(self.bind(getter, ref, held.cls), (name,))
        if "*" in held.attributes:
            raise Undecided(f"whether {self.class_name(held.cls)} has an attribute {name!r} is not known")
        raise Raised("AttributeError", f"{self.class_name(held.cls)!r} object has no attribute {name!r}")

    def _class_attribute(self, ref: Ref, held: ClassObject, name: str) -> Value:
        if name in ("__name__", "__qualname__"):
            return held.name
        if name == "__mro__":
            return held.mro
        found = self.class_attribute(held.mro, name)
        if found is MISSING:
            raise Undecided(f"the class attribute {name!r} is not known")
        return self.bind(found, None, ref)

    def _library_class_attribute(self, cls: LibraryClass, name: str) -> Value:
        if name in ("__name__", "__qualname__"):
            return cls.label
        found = self.class_attribute(cls.mro, name)
        if found is MISSING:
            raise Undecided(f"{cls.label}.{name} is not modelled")
        return self.bind(found, None, cls)

    def _function_attribute(self, value: Value, name: str) -> Value:
        if isinstance(value, Method) and name == "__self__":
            return value.receiver
        if isinstance(value, Method) and name == "__func__":
            return value.function
        if isinstance(value, Partial) and name in ("func", "args"):
            return value.function if name == "func" else value.args
        if isinstance(value, (Function, Native)) and name in ("__name__", "__qualname__"):
            return value.name
        if isinstance(value, Native) and value.library in self.libraries:
            library = self.libraries[value.library]
            below = library.canonical(f"{value.name}.{name}")  # a module may have the name of a function that it holds
            if below in library.entries:
                return library.entries[below]
        raise Undecided(f"the function attribute {name!r} is not modelled")

    def bind(self, found: Value, receiver: Value, cls: Value) -> Value:
        """What an attribute found on a class gives: functions become methods. ``receiver`` is None for class access."""
        if isinstance(found, StaticMethod):
            return found.function
        if isinstance(found, ClassMethod):
            return Method(found.function, cls if cls is not None else self.class_of(receiver))
        if receiver is None:
            return found
        if isinstance(found, Property):
            return self.call(found.getter, (receiver,))
        return Method(found, receiver) if isinstance(found, (Function, Native, LayerMethod)) else found

    def touch(self, value: Value, name: str) -> None:
        """A method of one of several objects is used: it may change any of them."""
        for ref in value.refs if isinstance(value, Either) else ():
            held = self.store.get(ref.number)
            if isinstance(held, Instance):
                found = self.quietly(lambda cls=held.cls: self.class_attribute(self.mro(cls), name))  # type: ignore[misc]
                if isinstance(found, Function) and name not in ("forward", "call"):
                    self.forget(ref, value.reason)
                elif isinstance(found, Native):
                    self.update(ref, replace(held, attributes={**held.attributes, "*": Unknown(value.reason)}))
            elif not isinstance(held, (ClassObject, Unknown)) and name not in READERS:
                self.forget(ref, value.reason)

    def set_attribute(self, value: Value, name: str, new: Value) -> None:
        """``value.name = new``; what cannot be followed is forgotten by the object."""
        for ref in value.refs if isinstance(value, Either) else ():
            self.set_attribute(ref, name, Unknown(value.reason))
        if isinstance(value, Unit):
            self.set_name(name, new, value.scope)
            return
        if isinstance(value, Tensor):
            self.forget_tensor(value, "it was changed in place")
        if not isinstance(value, Ref):
            return
        held = self.contents(value)
        if isinstance(held, Instance):
            setter = self.quietly(lambda: self.class_attribute(self.mro(held.cls), name))
            if isinstance(setter, Property):
                if setter.setter is not None:
                    self.call(setter.setter, (value, new))
                return
            custom = self.quietly(lambda: self.class_attribute(self.mro(held.cls), "__setattr__"))
            if isinstance(custom, (Function, Native)) and custom.name != "__setattr__super":
                self._custom_setattr(custom, value, name, new)
                return
        self.store_attribute(value, name, new)

    def _custom_setattr(self, custom: Value, value: Ref, name: str, new: Value) -> None:
        self.call(custom, (value, name, new))

    def store_attribute(self, value: Ref, name: str, new: Value) -> None:
        """Put an attribute into the object itself, as ``object.__setattr__`` does."""
        held = self.contents(value)
        if isinstance(held, Instance) and held.layer is not None:
            held = replace(held, layer=self._changed_layer(held.layer, name, new))
        if isinstance(held, (Instance, ClassObject)):
            self.update(value, replace(held, attributes={**held.attributes, name: new}))
            if isinstance(new, Ref):
                self.record.name(new, name)

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
        if isinstance(value, Ref):
            held = self.quietly(lambda: self.contents(value))
            if isinstance(held, (Instance, ClassObject)):
                self.update(value, replace(held, attributes={key: item for key, item in held.attributes.items() if key != name}))

    def module_name(self, unit: Unit, name: str) -> Any:
        """A name of a module of the program."""
        raise NotImplementedError


class LayerMethod:
    """``__init__`` or ``forward`` of a library layer, as found on its class."""

    def __init__(self, cls: LibraryClass, name: str) -> None:
        self.cls = cls
        self.name = name


def _held_values(held: ListObject | DictObject) -> Iterable[Value]:
    return held.items.values() if isinstance(held, DictObject) else held.items


def _nothing(*args: Value, **kwargs: Value) -> None:
    """Methods of ``object`` that do nothing."""
    return
