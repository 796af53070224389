"""``__getattr__`` of a program's own, which Python asks for what is neither in an object nor in its class.

The parts of a module of PyTorch are in neither: ``nn.Module`` has a ``__getattr__`` that finds them in its registries, and one of the
program's own comes before that. Source: https://docs.python.org/3/reference/datamodel.html#object.__getattr__.
"""

from __future__ import annotations

from contextlib import suppress

from dimlint.core.problem import Undecided
from dimlint.core.results import Own
from dimlint.core.value import Function, Instance, LibraryClass, Machine, Method, Native, Raised, Ref, Tensor, Value
from dimlint.interpreter.attributes import Attributes
from dimlint.interpreter.frame import MISSING
from dimlint.interpreter.joining import same
from dimlint.interpreter.kinds import Super

GETTER = "__getattr__"


class Asking(Attributes):
    """Attributes of objects whose classes have a ``__getattr__``."""

    def own_attribute(self, value: Value, name: str) -> Value:
        getter = self._getter(value, name) if self.has_getters and not name.startswith("__") else None
        if getter is None:
            return super().own_attribute(value, name)
        part = self._part(value, name)
        if part is MISSING:
            return super().own_attribute(value, name)
        given = self.call(self.bind(getter, value, self.class_of(value)), (name,))
        if isinstance(part, Tensor) and part.variable is None and not same(given, part):
            raise Undecided("whether a tensor is a buffer of its module is not known")
        return given

    def _getter(self, value: Value, name: str) -> Function | None:
        """The program's own method that is asked for the parts of an object, unless the class has something by that name."""
        ref = value.ref if isinstance(value, Own) else value
        held = self.store.get(ref.number) if isinstance(ref, Ref) else None
        if not isinstance(held, Instance) or not self.is_foreign(held):
            return None
        with suppress(Undecided):
            mro = self.mro(held.cls)
            getter = self.class_attribute(mro, GETTER) if any(map(_keeps_parts, mro)) else MISSING
            if isinstance(getter, Function) and self.class_attribute(mro, name) is MISSING:
                return getter
        return None

    def _part(self, value: Value, name: str) -> Value:
        """What an object of a framework's class keeps under a name in the framework's own place, or MISSING."""
        ref = value.ref if isinstance(value, Own) else value
        held = self.contents(ref)
        if held.layer is not None and name not in held.attributes and not held.layer.torn:
            with suppress(Raised):
                member = held.layer.member(name, held.built)
                return super().own_attribute(value, name) if isinstance(member, Tensor) else MISSING
            return MISSING
        found = self.own_attributes(held).get(name, MISSING)
        is_part = isinstance(found, Tensor) or (isinstance(found, Ref) and self.is_foreign(self.store.get(found.number)))
        return found if is_part else MISSING

    def _super_attribute(self, value: Super, name: str) -> Value:
        if name == GETTER and isinstance(value.receiver, Ref):
            order = list(self.mro(self.class_of(value.receiver)))
            index = next((i for i, item in enumerate(order) if same(item, value.after)), len(order))
            behind = order[index + 1 :]
            with suppress(Undecided):
                if self.class_attribute(behind, name) is MISSING and any(_keeps_parts(cls) for cls in behind):
                    return Method(_REGISTERED, value.receiver)
        return super()._super_attribute(value, name)

    def _library_class_attribute(self, cls: LibraryClass, name: str) -> Value:
        if name == GETTER and any(map(_keeps_parts, cls.mro)) and self.class_attribute(cls.mro, name) is MISSING:
            return _REGISTERED
        return super()._library_class_attribute(cls, name)

    def registered(self, ref: Ref, name: str) -> Value:
        """What ``nn.Module.__getattr__`` gives. Raises Raised, Undecided."""
        part = self._part(ref, name)
        if part is not MISSING:
            return part
        held = self.contents(ref)
        if name in self.own_attributes(held):
            raise Undecided(f"whether {name!r} is a part of its module is not known")
        return self.lacking(held, name)


def _keeps_parts(cls: Value) -> bool:
    """Whether a class keeps parts where Python itself does not look; Keras keeps them in the object like any other attribute."""
    return isinstance(cls, LibraryClass) and cls.library == "torch" and cls.name == "nn.Module"


def _registered(machine: Machine, self: Ref, name: Value) -> Value:
    if not isinstance(name, str):
        raise Undecided("which part of a module is asked for is not known")
    return machine.registered(self, name)


_REGISTERED = Native(GETTER, "torch", _registered)
