"""Builtin types without contents on the heap: numbers, ``range``, ``slice``, ``object``, ``type``, descriptors."""

from __future__ import annotations

from collections.abc import Callable

from dimlint.core.dim import SymbolicDim, unknown_dim
from dimlint.core.library import computed
from dimlint.core.opening import OpenArgument
from dimlint.core.problem import Undecided
from dimlint.core.results import FromNumPy, Sizes, of_python
from dimlint.core.value import (
    ClassMethod,
    DictObject,
    LibraryClass,
    Machine,
    Property,
    Raised,
    Ref,
    SomeNumber,
    StaticMethod,
    Tensor,
    Unknown,
    Value,
    is_size,
    lost_size,
)
from dimlint.libraries.python.comparison import compare
from dimlint.libraries.python.library import BUILTINS, attempt, find_method, of_class, require_own
from dimlint.libraries.python.limits import check_bits
from dimlint.libraries.python.mappings import held
from dimlint.libraries.python.sequences import collected

MAX_DIGITS = 100


class Number:
    """What NumPy's numbers can do besides: a known one is a plain number here."""

    def item(machine: Machine, self: Value) -> Value:
        return of_python(self)

    def tolist(machine: Machine, self: Value) -> Value:
        return of_python(self)

    def astype(machine: Machine, self: Value, dtype: Value, *args: Value, **options: Value) -> Value:
        return machine.call(machine.lookup(f"numpy.{dtype}") if isinstance(dtype, str) else dtype, (self,))

    def round(machine: Machine, self: Value, decimals: Value = 0) -> Value:
        return machine.call(machine.lookup("numpy.round"), (self, decimals))


@BUILTINS.type("int", bases=("object",))
class Int(Number):
    def __new__(machine: Machine, cls: Value, x: Value = 0, /, base: Value = None) -> Value:
        if base is None:
            return of_class(machine, cls, to_integer(machine, x))
        if isinstance(x, str) and isinstance(base, int):
            return of_class(machine, cls, attempt(int, _short(x), base))
        return Unknown("the digits or the base of an integer are not known")

    def bit_length(machine: Machine, self: Value) -> Value:
        return int(self).bit_length() if isinstance(self, int) else Unknown("the bits of a size that is not known")

    def __index__(machine: Machine, self: Value) -> Value:
        return self

    def conjugate(machine: Machine, self: Value) -> Value:
        return self

    @computed
    def real(machine: Machine, self: Value) -> Value:
        return self

    @computed
    def numerator(machine: Machine, self: Value) -> Value:
        return self

    @computed
    def denominator(machine: Machine, self: Value) -> Value:
        return 1

    @computed
    def imag(machine: Machine, self: Value) -> Value:
        return 0


def to_integer(machine: Machine, x: Value) -> Value:
    """``int(x)``. A size stays a size; the value of a tensor is Unknown."""
    if isinstance(x, (SymbolicDim, OpenArgument)) or lost_size(x) is not None:
        return x
    if isinstance(x, Unknown):
        return lost_integer(x.reason)
    if isinstance(x, int):
        return int(x)
    if isinstance(x, (float, str)):
        result = attempt(int, _short(x) if isinstance(x, str) else x)
        check_bits(result.bit_length())
        return result
    return _by_method(machine, x, "int", "__int__", "__index__", "__trunc__")


def lost_integer(reason: str) -> SomeNumber:
    """An integer of which the value is lost."""
    return SomeNumber(reason, "int64", unknown_dim("n", low=None, reason=reason))


def _by_method(machine: Machine, x: Value, kind: str, *methods: str) -> Value:
    """Convert an object by the first special method that it has."""
    if isinstance(x, Tensor):
        return _number_in(machine, x, int if kind == "int" else float)
    for name in methods:
        method = find_method(machine, x, name)
        if method is not None:
            return machine.call(method)
    if x is None or isinstance(x, (tuple, Ref)):
        raise Raised("TypeError", f"{kind}() argument must be a string or a real number")
    raise Undecided(f"{kind}() of this value is not modelled")


def _number_in(machine: Machine, x: Tensor, convert: Callable[[float], float]) -> Value:
    """The only element of a tensor as a Python number."""
    found = machine.call(machine.attribute(x, "item")) if x.values is not None else None
    if isinstance(found, (int, float)):
        return attempt(convert, found)
    reason = "the value of a tensor is not known"
    return lost_integer(reason) if convert is int else SomeNumber(reason, "float64")


def _short(text: str) -> str:
    if len(text) > MAX_DIGITS:
        raise Undecided("a number has too many digits")
    return text


@BUILTINS.type("bool", bases=("int",))
class Bool:
    def __new__(machine: Machine, cls: Value, x: Value = False, /) -> Value:
        return x if isinstance(x, Unknown) else machine.truth(x)


def to_float(machine: Machine, x: Value) -> Value:
    """``float(x)``; a size as a float is a number that is not known."""
    if isinstance(x, SomeNumber):
        return SomeNumber(x.reason, "float64")
    if isinstance(x, Unknown):
        return x
    if isinstance(x, SymbolicDim):
        return SomeNumber(f"the size {x} as a float is not known", "float64")
    if isinstance(x, (int, float, str)):
        return attempt(float, _short(x) if isinstance(x, str) else x)
    return _by_method(machine, x, "float", "__float__", "__index__")


@BUILTINS.type("float", bases=("object",))
class Float(Number):
    def __new__(machine: Machine, cls: Value, x: Value = 0.0, /) -> Value:
        return of_class(machine, cls, to_float(machine, x))

    def is_integer(machine: Machine, self: float) -> bool:
        return float(self).is_integer()

    def conjugate(machine: Machine, self: Value) -> Value:
        return self

    @computed
    def real(machine: Machine, self: Value) -> Value:
        return self

    @computed
    def imag(machine: Machine, self: Value) -> Value:
        return 0.0


@BUILTINS.type("complex", bases=("object",))
class Complex:
    def __new__(machine: Machine, cls: Value, real: Value = 0, imag: Value = 0) -> Value:
        require_own(cls, "complex")
        if isinstance(real, (int, float, complex)) and isinstance(imag, (int, float, complex)):
            return attempt(complex, real, imag)
        return Unknown("a complex number is not known")

    @computed
    def real(machine: Machine, self: complex) -> Value:
        return self.real

    @computed
    def imag(machine: Machine, self: complex) -> Value:
        return self.imag


@BUILTINS.type("range", bases=("object",))
class Range:
    def __new__(machine: Machine, cls: Value, *args: Value) -> Value:
        require_own(cls, "range")
        bounds = [_index(machine, value) for value in args]
        for value in bounds:
            if isinstance(value, Unknown):
                return value
            if isinstance(value, SymbolicDim):
                return Unknown(f"the range up to {value} is not known")
        return attempt(range, *bounds)

    def index(machine: Machine, self: range, value: Value) -> int:
        if not compare("in", value, self):
            raise Raised("ValueError", "the value is not in range")
        return self.index(int(value))

    def count(machine: Machine, self: range, value: Value) -> int:
        return int(compare("in", value, self))

    @computed
    def start(machine: Machine, self: range) -> int:
        return self.start

    @computed
    def stop(machine: Machine, self: range) -> int:
        return self.stop

    @computed
    def step(machine: Machine, self: range) -> int:
        return self.step


def _index(machine: Machine, value: Value) -> Value:
    """``operator.index``: integers and objects that say so, but no floats."""
    if is_size(value) or isinstance(value, Unknown):
        return value
    if isinstance(value, Tensor):
        return SomeNumber("the value of a tensor is not known", "int64")
    method = find_method(machine, value, "__index__")
    if method is None:
        raise Raised("TypeError", f"{type(value).__name__!r} object cannot be interpreted as an integer")
    return machine.call(method)


@BUILTINS.type("slice", bases=("object",))
class Slice:
    def __new__(machine: Machine, cls: Value, *args: Value) -> Value:
        require_own(cls, "slice")
        return attempt(slice, *args)

    def indices(machine: Machine, self: slice, length: int) -> Value:
        if not all(part is None or isinstance(part, int) for part in (self.start, self.stop, self.step)):
            raise Undecided("the bounds of a slice are not known")
        return attempt(self.indices, length)

    @computed
    def start(machine: Machine, self: slice) -> Value:
        return self.start

    @computed
    def stop(machine: Machine, self: slice) -> Value:
        return self.stop

    @computed
    def step(machine: Machine, self: slice) -> Value:
        return self.step


@BUILTINS.type("type", bases=("object",))
class Type:
    def __new__(machine: Machine, cls: Value, *args: Value, **kwargs: Value) -> Value:
        if len(args) == 1 and not kwargs and isinstance(cls, LibraryClass):
            return args[0] if isinstance(args[0], Unknown) else _type_of(machine, args[0])
        if len(args) != 3 or not isinstance(args[0], str):
            raise Undecided("a class made by type() is not known")
        namespace = {name: value for name, value in held(machine, args[2]).items.items() if isinstance(name, str)}
        return machine.define(cls, args[0], collected(machine, args[1]), namespace, kwargs)

    def __init__(machine: Machine, self: Value, *args: Value, **kwargs: Value) -> None:
        """``type.__init__``: a class is complete when it is made."""

    @staticmethod
    def __prepare__(machine: Machine, *args: Value, **kwargs: Value) -> Ref:
        return machine.new(DictObject())

    def mro(machine: Machine, self: Value) -> Value:
        return machine.mro(self)


def is_lazy(cls: Value) -> bool:
    """Whether a class is one of PyTorch's whose objects change it for another at the first call."""
    return isinstance(cls, LibraryClass) and cls.library == "torch" and cls.label.startswith("Lazy")


def _type_of(machine: Machine, value: Value) -> Value:
    """``type(value)``. Raises Undecided for what is of a class that is not told from another here."""
    if isinstance(value, FromNumPy) or type(value) is Sizes or (isinstance(value, Tensor) and value.variable is not None):
        raise Undecided("the types of NumPy's numbers, of shapes and of parameters are not told apart")
    cls = machine.class_of(value)
    if not isinstance(cls, LibraryClass) or not is_lazy(cls):
        return cls
    if getattr(machine.contents(value), "built", None) is None:
        raise Undecided("whether a lazy layer was called is not known")
    return machine.lookup(f"torch.{cls.name.replace('Lazy', '')}")


@BUILTINS.type("property", bases=("object",))
class PropertyType:
    def __new__(machine: Machine, cls: Value, fget: Value = None, fset: Value = None, fdel: Value = None, doc: Value = None) -> Value:
        return Property(fget, fset, fdel)

    def getter(machine: Machine, self: Property, fget: Value) -> Property:
        return Property(fget, self.setter, self.deleter)

    def setter(machine: Machine, self: Property, fset: Value) -> Property:
        return Property(self.getter, fset, self.deleter)

    def deleter(machine: Machine, self: Property, fdel: Value) -> Value:
        return Property(self.getter, self.setter, fdel)


@BUILTINS.type("staticmethod", bases=("object",))
class StaticMethodType:
    def __new__(machine: Machine, cls: Value, function: Value) -> Value:
        return StaticMethod(function)


@BUILTINS.type("classmethod", bases=("object",))
class ClassMethodType:
    def __new__(machine: Machine, cls: Value, function: Value) -> Value:
        return ClassMethod(function)
