"""Objects of classes, as ``type.__call__`` makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dimlint.core.results import Own
from dimlint.core.value import Function, LibraryClass, Native, Raised, Ref, StaticMethod, Unknown, Value
from dimlint.interpreter.choosing import Choosing
from dimlint.interpreter.frame import MISSING
from dimlint.interpreter.record import told


class Making(Choosing):
    """New objects."""

    def instantiate(self, cls: Value, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> Value:
        """An object of a class, as ``type.__call__`` makes it."""
        mro = self.mro(cls)
        if isinstance(cls, Ref):
            self.refuse_abstract(cls)
            if len(args) == 3 and self.builtin("type") in mro:
                return self.make_by(cls, args, kwargs)
        maker = self.quietly(lambda: self.class_attribute(mro, "__new__"))
        maker = maker.function if isinstance(maker, StaticMethod) else maker
        if not isinstance(maker, (Function, Native)) or maker is self.builtin("object").methods["__new__"]:
            made: Value = self.blank(cls)
        else:
            made = self.call(maker, (cls, *args), kwargs)
            if isinstance(maker, Native) and isinstance(cls, LibraryClass):
                return made  # a type of a library is complete
            if isinstance(made, Unknown) or not self._is_of(made, cls):
                return made
        init = self.class_attribute(mro, "__init__")
        if init is not MISSING:
            result = self._initialized(made, init, cls, args, kwargs)
            self.record.names.pop(made, None)  # `for m in self.modules()` in a constructor does not name the model
            if isinstance(result, Unknown) and isinstance(cls, LibraryClass):
                return result
        return made

    def _initialized(self, made: Value, init: Value, cls: Value, args: tuple[Value, ...], kwargs: Mapping[str, Value]) -> Value:
        """What the constructor of an object gives. Models that it makes are parts of the one that it is of."""
        record = self.record
        if not (isinstance(made, Ref) and record.built and record.built[-1] == made):
            return self.call(self.bind(init, made, cls), args, kwargs)
        record.constructing.append(made)
        try:
            return self.call(self.bind(init, made, cls), args, kwargs)
        except Raised as raised:
            record.abandon(made, told(raised))
            raise
        finally:
            record.constructing.pop()

    def _is_of(self, value: Value, cls: Value) -> bool:
        """Whether a value is an object of the class, or of one below it."""
        return isinstance(value, (Ref, Own)) and any(item is cls or item == cls for item in self.mro(self.class_of(value)))

    def is_model(self, mro: Sequence[Value]) -> bool:
        """Whether instances are models: of a user's class below a framework's model type, or of such a type itself."""
        if isinstance(mro[0], LibraryClass) and mro[0].layer is not None:
            return False
        return any(isinstance(cls, LibraryClass) and cls.name in self.libraries[cls.library].models for cls in mro)

    def blank(self, cls: Value) -> Ref:
        """A new instance of a class, not initialised."""
        raise NotImplementedError

    def make_by(self, metaclass: Ref, args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
        """A class made by a metaclass."""
        raise NotImplementedError

    def refuse_abstract(self, cls: Ref) -> None:
        """Python makes no instances of a class with abstract methods."""
        raise NotImplementedError
