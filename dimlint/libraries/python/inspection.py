"""Builtin functions that ask values about themselves: classes, attributes, text."""

from __future__ import annotations

from collections.abc import Callable

from dimlint.core.dim import SymbolicDim
from dimlint.core.example import ITEMS, KEYS, asks
from dimlint.core.opening import OpenArgument
from dimlint.core.problem import Undecided, bare
from dimlint.core.results import FromNumPy, Own, TensorShape
from dimlint.core.value import (
    END,
    ClassObject,
    DictObject,
    Function,
    Instance,
    IteratorObject,
    LibraryClass,
    ListObject,
    Machine,
    Method,
    ModuleName,
    Native,
    Partial,
    Raised,
    Ref,
    SetObject,
    SomeNumber,
    Tensor,
    Undeclared,
    Unknown,
    Value,
    is_size,
)
from dimlint.libraries.python.checks import own_answer
from dimlint.libraries.python.functions import stop_iteration
from dimlint.libraries.python.library import BUILTINS, class_object, find_method
from dimlint.libraries.python.newer import NEWER
from dimlint.libraries.python.scalars import Number, is_lazy
from dimlint.libraries.python.strings import show, to_text

function = BUILTINS.function
CALLABLES = (Function, Method, Native, LibraryClass, Partial)
MISSING: Value = object()

BUILTIN_PARENTS: dict[str, tuple[str, ...]] = {
    "Iterable": ("str", "bytes", "tuple", "list", "dict", "set", "frozenset", "range", "iterator"),
    "Container": ("str", "bytes", "tuple", "list", "dict", "set", "frozenset", "range"),
    "Sized": ("str", "bytes", "tuple", "list", "dict", "set", "frozenset", "range"),
    "Collection": ("str", "bytes", "tuple", "list", "dict", "set", "frozenset", "range"),
    "Sequence": ("str", "bytes", "tuple", "list", "range"),
    "MutableSequence": ("list",),
    "Mapping": ("dict",),
    "MutableMapping": ("dict",),
    "Set": ("set", "frozenset"),
    "MutableSet": ("set",),
    "Iterator": ("iterator",),
    "Generator": ("iterator",),
    "Number": ("int", "float", "complex"),
    "Complex": ("int", "float", "complex"),
    "Real": ("int", "float"),
    "Rational": ("int",),
    "Integral": ("int",),
}
"""Abstract classes, and the builtin classes that count as their subclasses."""

REGISTERED = "registered classes"
"""Setting: whether the program may have made a class of its own count as a subclass of an abstract one."""

NUMBERS = frozenset(["int", "float"])
NUMPYS = frozenset(["shape", "dtype", "ndim", "size", "itemsize", "nbytes", "T", "any", "all", "max", "min", "sum", "mean", "reshape"])
"""Some of the attributes that NumPy's numbers have, and Python's have not."""
ONE_OF_NUMPYS = "whether a number is one of NumPy's is not known"

ABSTRACT_METHODS = {
    "Iterable": "__iter__",
    "Sized": "__len__",
    "Container": "__contains__",
    "Callable": "__call__",
    "Iterator": "__next__",
}
"""Abstract classes that ask for one method."""


ROLES = {**dict.fromkeys(("list", "tuple", "Sequence", "Iterable"), ITEMS), **dict.fromkeys(("dict", "Mapping"), KEYS)}
"""What an argument is of which a program asks whether it is an instance of one of these classes."""


@function("isinstance")
def is_instance(machine: Machine, obj: Value, classinfo: Value, /) -> bool:
    if isinstance(obj, OpenArgument) and obj.integer:
        obj = obj.size
    is_float = isinstance(obj, SomeNumber) and obj.dtype == "float64"
    if is_float and _any_class(machine, classinfo, lambda cls: _instance_of(machine, 0.0, cls)):
        return True  # those of NumPy are Python's, too
    if isinstance(obj, Unknown):
        raise Undecided(obj.reason)
    return _any_class(machine, classinfo, lambda cls: _instance_of(machine, obj, cls))


@function("issubclass")
def is_subclass(machine: Machine, cls: Value, classinfo: Value, /) -> bool:
    if isinstance(cls, Unknown):
        raise Undecided(cls.reason)
    return _any_class(machine, classinfo, lambda parent: _is_below(machine, cls, parent))


def _any_class(machine: Machine, classinfo: Value, holds: Callable[[Value], bool]) -> bool:
    """Whether it holds for one of the classes; one that does decides even if others are not known."""
    undecided: Undecided | None = None
    for cls in classinfo if isinstance(classinfo, tuple) else (classinfo,):
        try:
            if _any_class(machine, cls, holds) if isinstance(cls, tuple) else holds(cls):
                return True
        except Undecided as reason:
            undecided = bare(reason)
    if undecided is not None:
        raise bare(undecided)
    return False


def _instance_of(machine: Machine, obj: Value, cls: Value) -> bool:
    if isinstance(cls, LibraryClass) and cls.name in ROLES:
        asks(obj, ROLES[cls.name], softly=True)
    if isinstance(obj, FromNumPy) and isinstance(cls, LibraryClass) and cls.name in NUMBERS:
        raise Undecided(ONE_OF_NUMPYS)  # float64 is a float, float32 and int64 are no numbers of Python's
    if isinstance(cls, LibraryClass) and cls.name == "Callable":
        return is_callable(machine, obj)
    if isinstance(obj, TensorShape) and _derives(machine, machine.mro(machine.class_of(obj)), cls):
        return _is_shape(machine, obj, cls)
    if isinstance(cls, LibraryClass) and "__instancecheck__" in cls.methods:
        answer = machine.call(cls.methods["__instancecheck__"], [cls, obj])
        if isinstance(answer, Unknown):
            raise Undecided(answer.reason)
        return answer is True
    other = machine.class_of(obj)
    own = own_answer(machine, cls, "__instancecheck__", obj, other) if isinstance(cls, Ref) and cls != other else None
    if own is not None:
        return own
    found = _derives(machine, machine.mro(other), cls)
    if is_lazy(other) and isinstance(cls, LibraryClass) and (other is cls or (not found and cls.label == other.label[4:])):
        raise Undecided("whether a lazy layer was called is not known")
    return found


def _is_below(machine: Machine, cls: Value, parent: Value) -> bool:
    own = own_answer(machine, parent, "__subclasscheck__", cls, cls)
    return _derives(machine, machine.mro(cls), parent) if own is None else own


def _is_shape(machine: Machine, shape: TensorShape, cls: Value) -> bool:
    """Whether a shape is of a class that tuples or TensorFlow's shapes are of. Raises Undecided."""
    if isinstance(cls, LibraryClass) and cls.name == "object":
        return True
    if shape.plain is None:
        raise Undecided("whether a shape is a tuple or TensorFlow's is not known")
    return _derives(machine, machine.mro(machine.class_of(())), cls) is shape.plain


def _derives(machine: Machine, order: tuple[Value, ...], cls: Value) -> bool:
    if isinstance(cls, Unknown):
        raise Undecided(cls.reason)
    if cls is None:
        cls = BUILTINS.entries["NoneType"]
    if not (isinstance(cls, LibraryClass) or (isinstance(cls, Ref) and isinstance(machine.contents(cls), ClassObject))):
        raise Undecided("what is asked for is not known to be a class")
    if cls in order or (isinstance(cls, LibraryClass) and cls.name == "object"):
        return True
    bases = class_object(machine, cls).bases if isinstance(cls, Ref) else ()
    if any(isinstance(base, LibraryClass) and base.name == "Protocol" for base in bases):
        raise Undecided("whether an object has what a protocol asks for is not known")
    lost = next((base for base in order if isinstance(base, Unknown)), None)
    if lost is not None:
        raise Undecided(lost.reason)
    if isinstance(cls, Ref) and machine.settings.get(REGISTERED):
        raise Undecided("whether a class was registered as a subclass is not known")
    if not isinstance(cls, LibraryClass):
        return False
    return machine.counts_as(order, cls) or (_is_abstract(cls) and _registered(machine, order, cls))


def _is_abstract(cls: LibraryClass) -> bool:
    return cls.library in ("python.collections.abc", "python.numbers")


def _is_own(order: tuple[Value, ...]) -> bool:
    """Whether a class and all its bases are the program's own, ``object`` aside."""
    return all(isinstance(base, Ref) or (isinstance(base, LibraryClass) and base.name == "object") for base in order)


def _registered(machine: Machine, order: tuple[Value, ...], cls: LibraryClass) -> bool:
    """Whether the classes count as subclasses of an abstract class."""
    names = [base.name for base in order if isinstance(base, LibraryClass) and base.library == BUILTINS.name and base.name != "object"]
    if any(name in BUILTIN_PARENTS.get(cls.name, ()) for name in names):
        return True
    method = ABSTRACT_METHODS.get(cls.name)
    if method is not None:
        for base in order:
            contents = machine.contents(base) if isinstance(base, Ref) else None
            methods = contents.attributes if isinstance(contents, ClassObject) else base.methods if isinstance(base, LibraryClass) else {}
            if method in methods:
                return True
    if cls.name in BUILTIN_PARENTS and (names or (_is_own(order) and not machine.settings.get(REGISTERED))):
        return False
    raise Undecided(f"whether the object is a {cls.name} is not known")


@function("callable")
def is_callable(machine: Machine, obj: Value, /) -> bool:
    if isinstance(obj, Unknown):
        raise Undecided(obj.reason)
    if isinstance(obj, CALLABLES):
        return True
    contents = machine.contents(obj) if isinstance(obj, Ref) else None
    if isinstance(contents, ClassObject):
        return True
    if isinstance(obj, Own):
        return find_method(machine, obj, "__call__") is not None
    if isinstance(contents, Instance):
        return contents.layer is not None or find_method(machine, obj, "__call__") is not None
    if isinstance(contents, (ListObject, DictObject, SetObject, IteratorObject)) or obj is None or is_size(obj):
        return False
    if isinstance(obj, (float, complex, str, bytes, tuple, range, slice, Tensor)):
        return False
    raise Undecided("whether the object can be called is not known")


@function("hasattr")
def has_attribute(machine: Machine, obj: Value, name: Value, /) -> bool:
    if not isinstance(name, str):
        raise Undecided("the name of an attribute is not known")
    contents = machine.contents(obj) if isinstance(obj, Ref) else None
    if isinstance(contents, Instance) and name in contents.attributes and not isinstance(contents.attributes[name], Unknown):
        return True
    if isinstance(obj, (int, float, SymbolicDim)) and (name in vars(Number) or (name in NUMPYS and not isinstance(obj, (int, float)))):
        raise Undecided(ONE_OF_NUMPYS)
    offered = _offered(machine, obj, name)
    if offered is False:
        return False
    try:
        found = machine.attribute(obj, name)
    except Raised as raised:
        if raised.kind != "AttributeError":
            raise
        return False
    if isinstance(found, Unknown):
        raise Undecided(found.reason)
    return True


def _shape_offers(shape: TensorShape, name: str) -> bool | None:
    """Whether a shape has that attribute: those of Keras 3 are tuples, those of TensorFlow have others. Raises Undecided."""
    if shape.plain is None:
        raise Undecided("whether a shape is a tuple or TensorFlow's is not known")
    return None if hasattr(tuple, name) is shape.plain else False


def _offered(machine: Machine, obj: Value, name: str) -> bool | None:
    """Whether a framework gives that attribute; None where no framework decides. Raises Undecided where its version decides."""
    if isinstance(obj, TensorShape) and not name.startswith("__"):
        return _shape_offers(obj, name)
    if isinstance(obj, ModuleName) and name in NEWER.get(obj.name, ()):
        raise Undecided("which version of Python runs the program is not known")
    if isinstance(obj, (ModuleName, Undeclared)):
        return machine.offers(f"{obj.name}.{name}")
    return machine.offers_member(obj, name) if isinstance(obj, (Ref, LibraryClass, Tensor)) else None


@function("getattr")
def get_attribute(machine: Machine, obj: Value, name: Value, default: Value = MISSING, /) -> Value:
    if not isinstance(name, str):
        raise Undecided("the name of an attribute is not known")
    if default is not MISSING and _offered(machine, obj, name) is False:
        return default
    try:
        return machine.attribute(obj, name)
    except Raised as raised:
        if raised.kind != "AttributeError" or default is MISSING:
            raise
        return default


@function("setattr")
def set_attribute(machine: Machine, obj: Value, name: Value, value: Value, /) -> None:
    if not isinstance(name, str):
        if isinstance(obj, Ref):
            machine.forget(obj, "an attribute whose name is not known was set")
        raise Undecided("the name of an attribute is not known")
    machine.set_attribute(obj, name, value)


@function("delattr")
def delete_attribute(machine: Machine, obj: Value, name: Value, /) -> None:
    if not isinstance(name, str):
        raise Undecided("which attribute is deleted is not known")
    machine.delete_attribute(obj, name)


@function("vars")
def variables(machine: Machine, obj: Value, /) -> Value:
    return machine.attribute(obj, "__dict__")


@function("repr")
def representation(machine: Machine, obj: Value, /) -> Value:
    return to_text(machine, obj, "r")


@function("ascii")
def ascii_representation(machine: Machine, obj: Value, /) -> Value:
    return show(machine, obj, "a", "")


@function("format")
def formatted(machine: Machine, value: Value, spec: Value = "", /) -> Value:
    return show(machine, value, None, spec) if isinstance(spec, str) else Unknown("a format is not known")


@function("dir")
def names(machine: Machine, obj: Value = None, /) -> Value:
    made = machine.blank(BUILTINS.entries["names"])
    machine.store_attribute(made, "owner", obj)
    return made


BUILTINS.value("NotImplemented", NotImplemented)
BUILTINS.value("Ellipsis", ...)
BUILTINS.value("__debug__", True)


@BUILTINS.type("NoneType", bases=("object",))
class NoneType:
    """The class of ``None``."""


for _name in ("function", "builtin_function_or_method", "method", "module", "ellipsis"):
    BUILTINS.type(_name, bases=("object",))(type(_name, (), {}))


@BUILTINS.type("names", bases=("object",))
class Names:
    """What ``dir`` gives: a list of which only single names are known."""

    def __contains__(machine: Machine, self: Ref, name: Value) -> Value:
        owner = machine.attributes_of(self)["owner"]
        known = owner is not None and not isinstance(owner, Unknown) and has_attribute(machine, owner, name)
        return True if known else Unknown("the names of attributes are not known")

    def __iter__(machine: Machine, self: Ref) -> Value:
        raise Undecided("the names of attributes are not known")

    __len__ = __getitem__ = __iter__


@BUILTINS.type("iterator", bases=("object",))
class Iterator:
    """The class of iterators and generators."""

    def __iter__(machine: Machine, self: Value) -> Value:
        return self

    def __next__(machine: Machine, self: Value) -> Value:
        return machine.call(BUILTINS.entries["next"], [self])

    def send(machine: Machine, self: Ref, value: Value) -> Value:
        item = machine.next_item(self, value)
        if item is END:
            raise stop_iteration(machine, self)
        return item

    def throw(machine: Machine, self: Ref, error: Value, *more: Value) -> Value:
        item = machine.throw(self, as_raised(machine, error))
        if item is END:
            raise stop_iteration(machine, self)
        return item

    def close(machine: Machine, self: Ref) -> None:
        contents = machine.peek(self)
        if isinstance(contents, IteratorObject) and contents.taken and contents.more is not None:
            try:
                machine.throw(self, Raised("GeneratorExit", "", BUILTINS.entries["GeneratorExit"]))
            except Raised as raised:
                if raised.kind not in ("GeneratorExit", "StopIteration"):
                    raise
        machine.update(self, IteratorObject())


def as_raised(machine: Machine, error: Value) -> Raised:
    """An exception, or its class, as raised."""
    if isinstance(error, Unknown):
        raise Undecided(error.reason)
    contents = machine.contents(error) if isinstance(error, Ref) else None
    cls = contents.cls if isinstance(contents, Instance) else error
    held = machine.contents(cls) if isinstance(cls, Ref) else None
    name = held.name if isinstance(held, ClassObject) else cls.label if isinstance(cls, LibraryClass) else "Exception"
    return Raised(name, "", error)
