"""``typing``, ``abc``, ``types`` and ``enum``: names without influence on what is computed."""

from __future__ import annotations

from dimlint.core.library import Library
from dimlint.core.value import Machine, Raised, Ref, Unknown, Value
from dimlint.libraries.python.containers import ABSTRACT
from dimlint.libraries.python.library import BUILTINS, constant, identity

TYPING = Library("python.typing", ("typing", "typing_extensions"))
ABC = Library("python.abc", ("abc",))
TYPES = Library("python.types", ("types",))

ANNOTATION = Unknown("a type annotation has no value")
ALIASES = {"List": "list", "Dict": "dict", "Tuple": "tuple", "Set": "set", "FrozenSet": "frozenset", "Type": "type", "Text": "str"}

for _name in (
    "Any", "Union", "Optional", "Literal", "Final", "ClassVar", "Annotated", "Concatenate", "TypeAlias", "Self", "Never", "NoReturn",
    "AnyStr", "TypeGuard", "Required", "NotRequired", "Unpack", "IO", "TextIO", "BinaryIO", "NamedTuple", "TypedDict", "LiteralString",
    "Counter", "Deque", "OrderedDict", "DefaultDict", "Pattern", "Match", "AsyncIterator", "Coroutine",
):  # fmt: skip
    TYPING.value(_name, ANNOTATION)
for _name, _builtin in ALIASES.items():
    TYPING.value(_name, BUILTINS.entries[_builtin])
for _name, _entry in ABSTRACT.entries.items():
    TYPING.value("AbstractSet" if _name == "Set" else _name, _entry)
TYPING.value("TYPE_CHECKING", False)
constant(TYPING, ANNOTATION, "TypeVar", "ParamSpec", "TypeVarTuple", "NewType", "get_type_hints", "get_origin", "get_args")
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
    def __class_getitem__(machine: Machine, item: Value) -> Value:
        return TYPING.entries["Generic"]


@TYPING.type("Protocol")
class Protocol:
    """A base class that only carries method signatures."""

    @staticmethod
    def __class_getitem__(machine: Machine, item: Value) -> Value:
        return TYPING.entries["Protocol"]


@ABC.type("ABC")
class AbstractBase:
    """A base class without methods."""


@ABC.type("ABCMeta", bases=(BUILTINS.entries["type"],))
class AbstractMeta:
    """The metaclass of abstract classes."""


identity(ABC, "abstractmethod")
ABC.value("abstractproperty", BUILTINS.entries["property"])


@TYPES.type("SimpleNamespace")
class SimpleNamespace:
    def __init__(machine: Machine, self: Ref, /, *args: Value, **kwargs: Value) -> None:
        if args:
            raise Raised("TypeError", "no positional arguments expected")
        for name, value in kwargs.items():
            machine.set_attribute(self, name, value)


TYPES.value("NoneType", BUILTINS.entries["NoneType"])
TYPES.value("GeneratorType", BUILTINS.entries["iterator"])
