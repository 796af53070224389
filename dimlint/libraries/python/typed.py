"""``typing``, ``abc`` and ``types``: names with little influence on what is computed."""

from __future__ import annotations

from dimlint.core.library import Library
from dimlint.core.value import Function, Machine, Method, Raised, Ref, Unknown, Value
from dimlint.libraries.python import inspection, mappings, scalars, sequences, sets
from dimlint.libraries.python.containers import ABSTRACT, register
from dimlint.libraries.python.library import BUILTINS, constant, identity
from dimlint.libraries.python.strings import to_text

TYPING = Library("python.typing", ("typing", "typing_extensions"))
ABC = Library("python.abc", ("abc",))
TYPES = Library("python.types", ("types",))

DECLARING = (inspection, mappings, scalars, sequences, sets)
"""Modules that declare the builtin types which have names here, too."""

ANNOTATION = Unknown("a type annotation has no value")
ALIASES = {"List": "list", "Dict": "dict", "Tuple": "tuple", "Set": "set", "FrozenSet": "frozenset", "Type": "type", "Text": "str"}

for _name in (
    "Any", "Union", "Optional", "Literal", "Final", "ClassVar", "Annotated", "Concatenate", "TypeAlias", "Self", "Never", "NoReturn",
    "AnyStr", "TypeGuard", "Required", "NotRequired", "Unpack", "IO", "TextIO", "BinaryIO", "LiteralString",
    "Counter", "Deque", "OrderedDict", "DefaultDict", "Pattern", "Match", "AsyncIterator", "Coroutine",
):  # fmt: skip
    TYPING.value(_name, ANNOTATION)
for _name, _builtin in ALIASES.items():
    TYPING.value(_name, BUILTINS.entries[_builtin])
for _name, _entry in ABSTRACT.entries.items():
    TYPING.value("AbstractSet" if _name == "Set" else _name, _entry)
TYPING.value("TYPE_CHECKING", False)
constant(TYPING, ANNOTATION, "TypeVar", "ParamSpec", "TypeVarTuple", "get_type_hints", "get_origin", "get_args")
identity(TYPING, "overload", "final", "no_type_check", "runtime_checkable", "override")


@TYPING.function("cast")
def cast(machine: Machine, typ: Value, val: Value) -> Value:
    return val


@TYPING.function("assert_never", "assert_type", "reveal_type")
def unchanged(machine: Machine, val: Value, typ: Value = None) -> Value:
    return val


@TYPING.type("Generic")
class Generic:
    """A base class that only carries type parameters."""

    @staticmethod
    def __class_getitem__(machine: Machine, cls: Value, item: Value) -> Value:
        return cls


@TYPING.type("Protocol")
class Protocol:
    """A base class that only carries method signatures."""

    @staticmethod
    def __class_getitem__(machine: Machine, cls: Value, item: Value) -> Value:
        return cls


@TYPING.type("TypedDict")
class TypedDict:
    """A base class that makes dictionaries."""

    def __new__(machine: Machine, cls: Value, /, *args: Value, **kwargs: Value) -> Value:
        if cls is TYPING.entries["TypedDict"]:
            return BUILTINS.entries["dict"]  # ``TypedDict("Name", fields)`` is a type
        return machine.call(BUILTINS.entries["dict"], args, kwargs)


@TYPING.function("NewType")
def new_type(machine: Machine, name: Value, tp: Value) -> Value:
    return TYPING.entries["final"]


@ABC.type("ABC")
class AbstractBase:
    """A base class without methods, but for those of its metaclass."""

    register = register


@ABC.type("ABCMeta", bases=(BUILTINS.entries["type"],))
class AbstractMeta:
    """The metaclass of abstract classes."""




@ABC.function("abstractmethod")
def abstract_method(machine: Machine, function: Value) -> Value:
    if isinstance(function, Function):
        machine.set_attribute(function, "__isabstractmethod__", True)
    return function


ABC.value("abstractproperty", BUILTINS.entries["property"])


@TYPES.type("SimpleNamespace")
class SimpleNamespace:
    def __init__(machine: Machine, self: Ref, /, *args: Value, **kwargs: Value) -> None:
        if args:
            raise Raised("TypeError", "no positional arguments expected")
        for name, value in kwargs.items():
            machine.set_attribute(self, name, value)

    def __eq__(machine: Machine, self: Ref, other: Value) -> Value:  # type: ignore[misc, override]
        if not isinstance(other, Ref) or machine.class_of(other) != machine.class_of(self):
            return NotImplemented
        mine, theirs = machine.attributes_of(self), machine.attributes_of(other)
        return mine.keys() == theirs.keys() and machine.compare("==", tuple(mine.values()), tuple(theirs[name] for name in mine), None)

    def __repr__(machine: Machine, self: Ref) -> Value:  # type: ignore[override]
        parts = [(name, to_text(machine, value, "r")) for name, value in machine.attributes_of(self).items()]
        lost = next((text for _, text in parts if isinstance(text, Unknown)), None)
        return lost or f"namespace({', '.join(f'{name}={text}' for name, text in parts)})"


@TYPES.type("MethodType")
class MethodType:
    """A function with its first argument bound."""

    def __new__(machine: Machine, cls: Value, function: Value, instance: Value) -> Value:
        return Method(function, instance)


TYPES.value("FunctionType", BUILTINS.entries["function"])
TYPES.value("LambdaType", BUILTINS.entries["function"])
TYPES.value("BuiltinFunctionType", BUILTINS.entries["builtin_function_or_method"])
TYPES.value("ModuleType", BUILTINS.entries["module"])
TYPES.value("MappingProxyType", BUILTINS.entries["dict"])
TYPES.value("NoneType", BUILTINS.entries["NoneType"])
TYPES.value("GeneratorType", BUILTINS.entries["iterator"])
