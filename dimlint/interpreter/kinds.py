"""Which class a value has, and what classes hold: method resolution order, lookups along it."""

from __future__ import annotations

import builtins
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Sequence
from types import EllipsisType
from typing import NoReturn

from dimlint.core.dataclass import dataclass
from dimlint.core.dim import SymbolicDim
from dimlint.core.library import Library
from dimlint.core.opening import Outside
from dimlint.core.problem import Undecided
from dimlint.core.results import Own, PerhapsTorchSize, TensorShape, TorchSize
from dimlint.core.value import (
    NO_OBJECT,
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
    Tensor,
    Unknown,
    Value,
)
from dimlint.core.versions import VERSIONED
from dimlint.interpreter.attempts import Attempts
from dimlint.interpreter.frame import MISSING, Unit

CONTAINERS = {ListObject: "list", SetObject: "set", IteratorObject: "iterator"}
PLAIN_TYPES = (("NoneType", type(None)), ("bool", bool), ("int", int), ("float", float), ("complex", complex), ("str", str))
MORE_TYPES = (("bytes", bytes), ("range", range), ("slice", slice), ("int", SymbolicDim), ("tuple", tuple), ("ellipsis", EllipsisType))
CODE_TYPES = (
    ("property", Property),
    ("function", Function),
    ("builtin_function_or_method", Native),
    ("method", Method),
    ("module", (ModuleName, Unit)),
)
BUILTIN_TYPES = (*PLAIN_TYPES, *MORE_TYPES, *CODE_TYPES)
TENSORS = {"torch": "torch.Tensor", "numpy": "numpy.ndarray", "pillow": "PIL.Image.Image"}
"""Library of a tensor -> its class; those of Keras are TensorFlow's."""

PRESENT_ROOTS = frozenset(["keras", "tensorflow.keras", "tensorflow", "torch", "numpy"])
"""Roots of frameworks of which it is recorded what their latest version has."""

TENSOR_NAMES = frozenset(["shape", "dtype", "ndim"])
"""Attributes that Keras' tensors have, and those that TensorFlow computes with."""

EMPTY = frozenset(["object", "Generic", "Protocol", "ABC"])
"""Library classes of which every attribute is a special name."""

DESCRIBING = frozenset(["__get__", "__set__", "__delete__", "__getattribute__"])
"""Special methods that change what attributes mean: they are looked for only if some class of the program has them."""

BY_NAME = {"__setattr__": "__setattr__", "__delattr__": "__delattr__", "__getattr__": "__getattribute__"}
"""Methods that programs call by name and that declared classes have without a declaration: what does the same for any object."""


class Super:
    """``super()``: the attributes of a receiver from behind one class of its method resolution order."""

    def __init__(self, after: Value, receiver: Value) -> None:
        self.after = after
        self.receiver = receiver


class LayerMethod:
    """``__init__`` or ``forward`` of a library layer, as found on its class."""

    def __init__(self, cls: LibraryClass, name: str) -> None:
        self.cls = cls
        self.name = name


@dataclass(frozen=True, eq=False)
class Inherited(Either):
    """An attribute that an object may have from a base which is not followed: a method of it may run those of the program."""

    receiver: Ref = NO_OBJECT


class Kinds(Attempts):
    """Values and their classes."""

    patched: set[str]
    """Last parts of the names of libraries that the program has set."""

    def attribute_of_either(self, value: Either, name: str) -> Value:
        """An attribute of what is, or may be, one of several objects."""
        raise NotImplementedError

    def name_outside(self, module: Outside, name: str) -> Value:
        """A name of a module that is not followed."""
        raise NotImplementedError

    def class_of(self, value: Value) -> Value:
        """The class of a value. Raises Undecided."""
        if isinstance(value, Unknown):
            raise Undecided(value.reason)
        if isinstance(value, Ref):
            held = self.peek(value)
            if isinstance(held, Instance):
                return held.cls
            if isinstance(held, ClassObject):
                return self.builtin("type") if held.metaclass is None else held.metaclass
            if isinstance(held, DictObject):
                return self.builtin(held.kind if held.kind in self.builtins else "dict")
            if held is MISSING:
                raise Undecided("an object is of a run that was taken back")
            return self.builtin("frozenset" if isinstance(held, SetObject) and held.frozen else CONTAINERS[type(held)])
        if isinstance(value, TensorShape):
            return self.lookup("tensorflow.TensorShape")
        if isinstance(value, TorchSize):
            return self.lookup("torch.Size")
        if isinstance(value, PerhapsTorchSize):
            raise Undecided("whether sizes are a torch.Size or a tuple is not known")
        if isinstance(value, Own):
            return self.class_of(value.ref)
        for name, kind in BUILTIN_TYPES:
            if isinstance(value, kind):
                return self.builtin(name)
        if isinstance(value, Tensor):
            return self.lookup(TENSORS.get(value.library, "tensorflow.Tensor"))
        if isinstance(value, LibraryClass):
            return self.builtin("type")
        if isinstance(value, Partial):
            return self.lookup("functools.partial")
        raise Undecided(f"the type of {type(value).__name__} is not modelled")

    def is_foreign(self, held: Value) -> bool:
        """Whether an object is of a framework's class, which keeps attributes in places of its own."""
        order = self.mro(held.cls) if isinstance(held, Instance) else ()
        return any(isinstance(cls, LibraryClass) and not cls.library.startswith(("builtins", "python.")) for cls in order)

    def mro(self, cls: Value) -> tuple[Value, ...]:
        """Method resolution order of a class value; an Unknown base stands in it for what it hides."""
        if isinstance(cls, Ref):
            held = self.contents(cls)
            if isinstance(held, ClassObject):
                return held.mro
        if isinstance(cls, LibraryClass):
            return cls.mro
        return (cls,)

    def is_class(self, value: Value) -> bool:
        """Whether a value is a class."""
        return isinstance(value, LibraryClass) or (isinstance(value, Ref) and isinstance(self.contents(value), ClassObject))

    def counts_as(self, order: Sequence[Value], cls: LibraryClass) -> bool:
        """Whether one of the classes is a subclass of another in the framework, though not here. Raises Undecided if a version decides."""
        perhaps = False
        for base in order:
            if isinstance(base, LibraryClass) and base.library in self.libraries:
                library, pair = self.libraries[base.library], (base.name, cls.name)
                if pair in library.subclasses:
                    return True
                perhaps = perhaps or pair in library.perhaps_subclasses
        if perhaps:
            raise Undecided(VERSIONED)
        return False

    def class_name(self, cls: Value) -> str:
        """Name of a class value, without its module."""
        if isinstance(cls, LibraryClass):
            return cls.label
        if isinstance(cls, Ref):
            held = self.quietly(lambda: self.contents(cls))
            if isinstance(held, ClassObject):
                return held.name
        return "?"

    def lacking(self, held: Instance, name: str) -> NoReturn:
        """An attribute is nowhere that is known: raises Raised if there is none, else Undecided."""
        mro, special = self.mro(held.cls), name.startswith("__") and name.endswith("__")
        if "*" in held.attributes or special or has_name(mro, name) or self.is_undeclared(mro, name):
            raise Undecided(f"whether {self.class_name(held.cls)} has an attribute {name!r} is not known")
        raise Raised("AttributeError", f"{self.class_name(held.cls)!r} object has no attribute {name!r}")

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
        """A declared method of a library class, or the two that every layer has, or what the program has put in its place."""
        if name in self.patched:
            found = self.store.get((0, f"{cls.library}:{cls.name}.{name}"))
            if found is not MISSING:
                return found
        if name in cls.methods:
            return cls.methods[name]
        if cls.layer is not None and name in ("__init__", self.libraries[cls.library].forward):
            return LayerMethod(cls, name)
        return MISSING

    def offers(self, dotted: str) -> bool | None:
        """Whether the latest version of a framework has a module, class or function of that dotted name; None for what is no framework's.

        Raises Undecided where that is not recorded, or another version decides.
        """
        roots = [(root, library) for library in self.libraries.values() for root in library.roots]
        above = [item for item in roots if dotted.startswith(item[0] + ".")]
        root, library = max(above, default=("", None), key=lambda item: len(item[0]))
        if library is None or not library.versioned:
            return None
        name = dotted[len(root) + 1 :]
        if name not in library.former and any(f"{other}.".startswith(f"{dotted}.") for other, _ in roots):
            return None
        return self.is_present(library, name, root in PRESENT_ROOTS and (name in library.entries or name in library.holders))

    def offers_member(self, obj: Value, name: str) -> bool | None:
        """Whether a class, object or tensor has what a framework gives such; None where a framework does not decide. Raises Undecided."""
        if isinstance(obj, Tensor):
            if obj.library not in ("keras", "tensorflow") or name in TENSOR_NAMES or name.startswith("__"):
                return None
            return self.is_present(self.libraries["keras"], f"Tensor.{name}", known=False)
        contents = self.peek(obj) if isinstance(obj, Ref) else None
        if isinstance(contents, Instance) and name in contents.attributes:
            return None
        cls = contents.cls if isinstance(contents, Instance) else obj
        order = self.mro(cls) if self.is_class(cls) else ()
        for cls in order:
            if isinstance(cls, Ref) and name in self.contents(cls).attributes:
                return None
            library = self.libraries[cls.library] if isinstance(cls, LibraryClass) else None
            if library is not None and library.versioned and name in cls.methods:
                return self.is_present(library, f"{cls.name}.{name}", known=True) if f"{cls.name}.{name}" in _changed(library) else None
        return None

    def is_present(self, library: Library, name: str, known: bool) -> bool:
        """Whether the latest version of a framework has a declared name, if that is known otherwise. Raises Undecided."""
        parts = name.split(".")
        former = any(".".join(parts[:end]) in library.former for end in range(1, len(parts) + 1))
        other = library.name in ("keras", "tensorflow") and self.settings.get("keras_version") != self.settings.get("latest_keras")
        if other or name in library.wavering or not (known or former):
            raise Undecided(VERSIONED)
        return not former

    def annotation_of(self, word: str) -> Value:
        """An annotation at run time: a builtin class, or not known."""
        return self.builtins.get(word, Unknown("a type annotation has no value"))

    def subclasses(self, ref: Ref) -> list[Ref]:
        """The classes that build directly on this one, in the order of their definition."""
        found = ((cls, self.store.get(cls.number)) for cls in self.defined_classes)
        return [cls for cls, held in found if isinstance(held, ClassObject) and ref in held.bases]

    def is_undeclared(self, mro: Sequence[Value], name: str) -> bool:
        """Whether one of the classes is a framework's and may have an attribute of that name that is not declared.

        Of the types that most programs derive from all names are known.
        """
        if any(isinstance(cls, LibraryClass) and cls.library == "python.collections.abc" for cls in mro):
            return True  # what an abstract class makes of the methods that the program defines
        declared = [cls for cls in mro if isinstance(cls, LibraryClass) and _real(cls) is None and not cls.library.startswith("python.")]
        known = [self.libraries[cls.library].undeclared.get(cls.name) for cls in declared]
        if any(names is not None for names in known):
            return any(name in names for names in known if names is not None)
        return bool(declared)


def _changed(library: Library) -> frozenset[str]:
    """The names that not every version of a framework has."""
    return library.former | library.wavering


def has_name(mro: Sequence[Value], name: str) -> bool:
    """Whether one of the classes is Python's own, and has an attribute of that name, declared or not."""
    return any(isinstance(cls, LibraryClass) and hasattr(_real(cls), name) for cls in mro)


def lacks_name(mro: Sequence[Value], name: str) -> bool:
    """Whether classes without such an attribute surely have none of that name."""
    if name.startswith("__") and name.endswith("__"):
        return False
    known = all(isinstance(cls, Ref) or (isinstance(cls, LibraryClass) and _real(cls) is not None) for cls in mro)
    return known and not has_name(mro, name)


def _real(cls: LibraryClass) -> type | None:
    """Python's own class of that name, or None."""
    if cls.library != "builtins":
        return object if cls.name in EMPTY else None
    return getattr(builtins, cls.name, None) or MORE_REAL.get(cls.name)


MORE_REAL: dict[str, type] = {
    "NoneType": type(None),
    "function": type(lambda: 0),
    "ellipsis": EllipsisType,
    "OrderedDict": OrderedDict,
    "defaultdict": defaultdict,
    "Counter": Counter,
    "iterator": type(_ for _ in ()),
}
