"""Classes and attributes: what ``x.name`` finds."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from dimlint.core.dim import Shape, SymbolicDim
from dimlint.core.example import asks_for
from dimlint.core.opening import OpenArgument, Outside
from dimlint.core.problem import Undecided
from dimlint.core.results import LIVE, Constructed, FromNumPy, Named, Own, TensorShape, held_data
from dimlint.core.value import (
    CachedProperty,
    ClassMethod,
    ClassObject,
    DictObject,
    Either,
    Function,
    Instance,
    LibraryClass,
    ListObject,
    Machine,
    Method,
    ModuleName,
    Native,
    Partial,
    Property,
    Raised,
    Ref,
    SomeNumber,
    StaticMethod,
    Tensor,
    Undeclared,
    Unknown,
    Value,
)
from dimlint.interpreter.frame import MISSING, Site, Unit
from dimlint.interpreter.joining import DIFFERS, same
from dimlint.interpreter.kinds import BY_NAME, Kinds, LayerMethod, Super, lacks_name
from dimlint.nodes import docstring


class Attributes(Kinds):
    """Looking names up on values, and setting them."""

    # -- attributes

    def attribute(self, value: Value, name: str) -> Value:
        """``value.name``. Raises Raised('AttributeError') if it is surely missing, Undecided if that is not known."""
        if isinstance(value, Ref):
            return self._object_attribute(value, name)
        if isinstance(value, (ModuleName, Undeclared)):
            return self._below(f"{value.name}.{name}")
        if isinstance(value, SomeNumber):
            return self._tensor_attribute(Tensor(Shape(), "numpy", value.dtype), name)
        if isinstance(value, Unknown):
            if isinstance(value, Either):
                return self.attribute_of_either(value, name)
            self.touch(value, name)
            if isinstance(value, OpenArgument) and not name.startswith("__"):
                return value.attribute(name)
            if isinstance(value, Outside) and not name.startswith("__"):
                return self.name_outside(value, name)
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
        if isinstance(value, LibraryClass):
            return self._library_class_attribute(value, name)
        if isinstance(value, (Function, Native, Method, Partial)):
            return self._function_attribute(value, name)
        if isinstance(value, Own):
            return self._instance_attribute(value, value.ref, self.contents(value.ref), name)
        if isinstance(value, Named) and name in value.fields:
            return value[value.fields.index(name)]
        return self._plain_attribute(value, name)

    def _plain_attribute(self, value: Value, name: str) -> Value:
        """An attribute of data whose class is Python's own."""
        cls = self.class_of(value)
        if name == "__class__":
            return cls
        found = self.class_attribute(self.mro(cls), name)
        if found is not MISSING:
            return self.bind(found, value, cls)
        asks_for(value, name)
        if not isinstance(value, (SymbolicDim, Named, TensorShape, FromNumPy)) and lacks_name(self.mro(cls), name):
            raise Raised("AttributeError", f"{self.class_name(cls)!r} object has no attribute {name!r}")
        reason = f"the attribute {name!r} of plain data is not modelled"
        self.inert_reasons.add(reason)
        raise Undecided(reason)

    def _below(self, name: str) -> Value:
        """What a dotted name means to a library; or its source, if it belongs to no library though others around it do."""
        found = self.lookup(name)
        if type(found) is not Unknown or not self.scopes:
            return found
        unit = self.import_module(name, self.scopes[-1].unit, 0)
        return unit if isinstance(unit, Unit) else found

    def import_module(self, name: str, importer: Unit, level: int) -> Value:
        """The module of that name."""
        raise NotImplementedError

    def _tensor_attribute(self, value: Tensor, name: str) -> Value:
        entries = self.libraries[value.library].entries
        if f"Tensor.@{name}" in entries:
            return self.call(entries[f"Tensor.@{name}"], (value,))
        if f"Tensor.{name}" in entries:
            return Method(entries[f"Tensor.{name}"], value)
        if name.endswith("_") and not name.startswith("_"):
            self.forget_tensor(value, f"{name} may have changed its shape")
        reason = f"the tensor attribute {name!r} is not modelled"
        self.inert_reasons.add(reason)
        raise Undecided(reason)

    def _super_attribute(self, value: Super, name: str) -> Value:
        receiver = value.receiver
        cls = receiver if self.is_class(receiver) else self.class_of(receiver)
        order = list(self.mro(cls))
        index = next((i for i, item in enumerate(order) if same(item, value.after)), -1)
        if index < 0 and cls is receiver:  # a method of a metaclass
            cls = self.class_of(receiver)
            order = list(self.mro(cls))
            index = next((i for i, item in enumerate(order) if same(item, value.after)), -1)
        found = self.class_attribute(order[index + 1 :], name)
        if found is MISSING:
            found = self.builtin("object").methods.get(name, MISSING)
        if found is MISSING and name == "__post_init__":
            found = self.builtin("object").methods["__init__"]
        if found is MISSING and name == "__call__" and self.builtin("type") in order:
            return self._maker(receiver)
        if found is MISSING:
            if lacks_name(order[index + 1 :], name):
                raise Raised("AttributeError", f"'super' object has no attribute {name!r}")
            raise Undecided(f"super().{name} is not modelled")
        return found if name == "__new__" else self.bind(found, receiver, cls)

    def _maker(self, cls: Value) -> Native:
        """``super().__call__`` in a metaclass."""

        def make(machine: Machine, /, *args: Value, **kwargs: Value) -> Value:
            return self.instantiate(cls, args, kwargs)

        return Native("type.__call__", "builtins", make)

    def instantiate(self, cls: Value, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> Value:
        """An object of a class, as ``type.__call__`` makes it."""
        raise NotImplementedError

    def _object_attribute(self, ref: Ref, name: str) -> Value:
        held = self.peek(ref)
        if isinstance(held, Instance):
            return self._instance_attribute(ref, ref, held, name)
        if isinstance(held, ClassObject):
            return self._class_attribute(ref, held, name)
        return self._plain_attribute(ref, name)

    def _instance_attribute(self, receiver: Value, ref: Ref, held: Instance, name: str) -> Value:
        """An attribute of an instance, which the class may find in its own way."""
        custom = MISSING
        if "__getattribute__" in self.hooks:
            custom = self.quietly(lambda: self.class_attribute(self.mro(held.cls), "__getattribute__"))
        if not isinstance(custom, Function):
            return self.own_attribute(receiver, name)
        try:
            return self.call(custom, (receiver, name))
        except Raised as raised:
            getter = self.class_attribute(self.mro(held.cls), "__getattr__")
            if raised.kind != "AttributeError" or getter is MISSING:
                raise
            return self.call(self.bind(getter, receiver, held.cls), (name,))

    def own_attribute(self, value: Value, name: str) -> Value:
        """An attribute without the program's ``__getattribute__``."""
        ref = value.ref if isinstance(value, Own) else value
        held = self.contents(ref) if isinstance(ref, Ref) else None
        if not isinstance(held, Instance):
            return self.attribute(value, name)
        if name == "__class__":
            return held.cls
        if name == "__module__" and isinstance(held.cls, Ref):
            return self.attribute(held.cls, name)
        if name == "__dict__":
            return self._live(ref, held)
        mro, own = self.mro(held.cls), self.own_attributes(held)
        found = MISSING
        if name not in own or self.hooks or LIVE in held.attributes:
            found = self.class_attribute(mro, name) if name not in own else self.quietly(lambda: self.class_attribute(mro, name))
        if found is not MISSING and (name not in own or self.is_data_descriptor(found)):
            return self._computed(found, value, held.cls, name)
        if name in own:
            return own[name]
        if held.layer is not None:
            if held.layer.torn and name not in held.layer.fields:
                raise Undecided(DIFFERS)
            with suppress(Raised):  # its class has none of that name; one of the program's own may
                member = held.layer.member(name, held.built)
                return replace(member, variable=(ref, name)) if isinstance(member, Tensor) else member
        if (getter := self.class_attribute(mro, "__getattr__")) is not MISSING:
            return self.call(self.bind(getter, value, held.cls), (name,))
        if name in BY_NAME and (name != "__getattr__" or any(isinstance(cls, LibraryClass) and cls.library == "torch" for cls in mro)):
            return Method(self.builtin("object").methods[BY_NAME[name]], value)
        return self.lacking(held, name)

    def _computed(self, found: Value, value: Value, cls: Value, name: str) -> Value:
        """What a class holds under a name; ``__getattr__`` is asked for a property that finds that it has no such attribute."""
        try:
            return self.bind(found, value, cls)
        except Raised as raised:
            getter = self.class_attribute(self.mro(cls), "__getattr__")
            if raised.kind != "AttributeError" or getter is MISSING:
                raise
            return self.call(self.bind(getter, value, cls), (name,))

    def own_attributes(self, held: Instance) -> Mapping[str, Value]:
        """The attributes in the object itself, wherever they are held. Raises Undecided."""
        live = held.attributes.get(LIVE)
        if live is None:
            return held.attributes
        data = held_data(self.contents(live)) if isinstance(live, Ref) else None
        return self.mapping(live if data is None else data)

    def attributes_of(self, ref: Ref) -> Mapping[str, Value]:
        """The attributes that an instance has of its own, without notes of dimlint's. Raises Undecided."""
        held = self.contents(ref) if isinstance(ref, Ref) else None
        if not isinstance(held, Instance) or "*" in held.attributes:
            raise Undecided("the attributes of an object are not known")
        own = self.own_attributes(held).items()
        return Constructed({name: value for name, value in own if isinstance(name, str) and not name.startswith("*")})

    def _live(self, ref: Ref, held: Instance) -> Ref:
        """The dictionary of an object's attributes: from here on it holds them."""
        if LIVE in held.attributes and isinstance(held.attributes[LIVE], Ref):
            return held.attributes[LIVE]  # type: ignore[no-any-return]
        if self.is_foreign(held) or "*" in held.attributes or LIVE in held.attributes:
            lost = Unknown("it may be set through __dict__")  # what is put there is found before what a module has registered
            kept = {name: value if name.startswith("*") else lost for name, value in held.attributes.items()}
            self.update(ref, replace(held, layer=None, attributes={**kept, "*": lost}))
            raise Undecided("__dict__ is not followed")
        notes = {name: value for name, value in held.attributes.items() if name.startswith("*")}
        made = self.new(DictObject({name: value for name, value in held.attributes.items() if name not in notes}))
        self.update(ref, replace(held, attributes={**notes, LIVE: made}))
        return made

    def is_data_descriptor(self, found: Value) -> bool:
        """Whether what a class holds under a name comes before what the instance holds."""
        if isinstance(found, Property):
            return not isinstance(found, CachedProperty)
        return self.descriptor(found, "__set__") is not None

    def descriptor(self, found: Value, name: str) -> Value:
        """The method of a descriptor that the program defines, or None."""
        held = self.store.get(found.number) if name in self.hooks and isinstance(found, Ref) else None
        method = self.class_attribute(self.mro(held.cls), name) if isinstance(held, Instance) else MISSING
        return None if method is MISSING else method

    def _class_attribute(self, ref: Ref, held: ClassObject, name: str) -> Value:
        special = self._special_attribute(ref, held, name)
        if special is not MISSING:
            return special
        order = self.mro(self.class_of(ref))
        above = self.quietly(lambda: self.class_attribute(order, name))
        if self.is_data_descriptor(above):
            return self.bind(above, ref, held.metaclass)
        found = self.class_attribute(held.mro, name)
        found = self.builtin("object").methods.get(name, MISSING) if found is MISSING else found
        if found is not MISSING:
            return self.bind(found, None, ref)
        if above is not MISSING and not isinstance(above, Unknown):
            return self.bind(above, ref, held.metaclass)
        getter = self.class_attribute(order, "__getattr__") if held.metaclass is not None else MISSING
        if isinstance(getter, Function):
            return self.call(getter, (ref, name))
        if above is MISSING and lacks_name(held.mro, name) and lacks_name(order, name):
            raise Raised("AttributeError", f"type object {held.name!r} has no attribute {name!r}")
        raise Undecided(f"the class attribute {name!r} is not known")

    def _special_attribute(self, ref: Ref, held: ClassObject, name: str) -> Value:
        """What Python itself tells of a class, or MISSING."""
        if name in held.attributes and name not in ("__annotations__", "__dict__"):
            return MISSING
        base = held.bases[0] if held.bases else MISSING
        told: dict[str, Any] = {"__name__": held.name, "__qualname__": held.qualified_name, "__bases__": held.bases, "__base__": base}
        if name in told:
            return told[name] or (Unknown("the qualified name of a class is not known") if name == "__qualname__" else told[name])
        if name == "__mro__":
            whole = self.builtin("object")
            return held.mro if held.mro[-1] is whole else (*held.mro, whole)
        if name == "__dict__":
            shown = {key: value for key, value in held.attributes.items() if not key.startswith("*") and key != "__annotations__"}
            return self.new(DictObject(shown))
        if name == "__annotations__":
            return self.new(DictObject({key: self.annotation_of(word) for key, word in held.attributes.get(name, ())}))
        if name == "__subclasses__":
            return Native("type.__subclasses__", "builtins", lambda *_: self.new(ListObject(tuple(self.subclasses(ref)))))
        if name in ("__doc__", "__module__") and isinstance(held.site, Site):
            return docstring(held.site.node) if name == "__doc__" else held.site.unit.name
        return None if name == "__doc__" else MISSING

    def _library_class_attribute(self, cls: LibraryClass, name: str) -> Value:
        if name in ("__name__", "__qualname__"):
            return cls.label
        if name == "__mro__":
            return cls.mro
        if name == "__class__":
            return self.class_of(cls)
        found = self.class_attribute(cls.mro, name)
        of_types = self.mro(self.class_of(cls)) if found is MISSING and cls.library == "builtins" else ()
        if (above := self.class_attribute(of_types, name)) is not MISSING:
            return self.bind(above, cls, None)
        if found is MISSING and name != "__getattr__" and name in BY_NAME:
            found = self.builtin("object").methods[name]
        if found is MISSING:
            raise Undecided(f"{cls.label}.{name} is not modelled")
        return self.bind(found, None, cls)

    def _function_attribute(self, value: Value, name: str) -> Value:
        if isinstance(value, Method) and name in ("__self__", "__func__"):
            return value.receiver if name == "__self__" else value.function
        if isinstance(value, Method):
            return self._function_attribute(value.function, name)
        if isinstance(value, Partial) and name in ("func", "args", "keywords"):
            held = {"func": value.function, "args": value.args}
            return held[name] if name in held else self.new(DictObject(dict(value.kwargs)))
        if isinstance(value, Function):
            found = self.store.get((value.number, name))
            if (found := self.told_of(value, name) if found is MISSING else found) is not MISSING:
                return found
            if name == "__wrapped__" or not (name.startswith("__") and name.endswith("__")):
                raise Raised("AttributeError", f"'function' object has no attribute {name!r}")
        if isinstance(value, Native) and name in value.attributes:
            return value.attributes[name]
        if isinstance(value, Native) and name in ("__name__", "__qualname__"):
            return value.name
        if isinstance(value, Native) and value.library in self.libraries:
            library = self.libraries[value.library]
            below = library.canonical(f"{value.name}.{name}")  # a module may have the name of a function that it holds
            if below in library.entries:
                return library.entries[below]
        raise Undecided(f"the function attribute {name!r} is not modelled")

    def touch(self, value: Value, name: str) -> None:
        """A method of one of several objects is used."""
        raise NotImplementedError

    def forget_tensor(self, value: Tensor, reason: str) -> None:
        """A tensor changes its shape in place."""
        raise NotImplementedError

    def bind(self, found: Value, receiver: Value, cls: Value) -> Value:
        """What an attribute found on a class gives: functions become methods. ``receiver`` is None for class access."""
        if isinstance(found, StaticMethod):
            return found.function
        if isinstance(found, ClassMethod):
            return self._bound_to_class(found.function, cls if cls is not None else self.class_of(receiver))
        getter = self.descriptor(found, "__get__")
        if getter is not None:
            return self.call(getter, (found, receiver, cls))
        if receiver is None:
            return found
        if isinstance(found, Property):
            value = self.call(found.getter, (receiver,))
            if isinstance(found, CachedProperty) and isinstance(found.getter, Function) and isinstance(receiver, Ref):
                self.store_attribute(receiver, found.getter.name, value)
            return value
        return Method(found, receiver) if isinstance(found, (Function, Native, LayerMethod)) else found

    def _bound_to_class(self, function: Value, cls: Value) -> Value:
        return self.call(function.getter, (cls,)) if isinstance(function, Property) else Method(function, cls)

    def told_of(self, function: Function, name: str) -> Value:
        """What Python itself tells of a function, or MISSING."""
        raise NotImplementedError

    def mapping(self, value: Value) -> Mapping[Any, Value]:
        """The items of a dictionary."""
        raise NotImplementedError

    def store_attribute(self, value: Value, name: str, new: Value) -> None:
        """Put an attribute into the object itself."""
        raise NotImplementedError

    def module_name(self, unit: Unit, name: str) -> Any:
        """A name of a module of the program."""
        raise NotImplementedError
