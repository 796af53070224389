"""``absl.flags``: flags have their defaults. Source: https://abseil.io/docs/python/guides/flags."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

from dimlint.core.problem import Undecided
from dimlint.core.value import Instance, ListObject, Machine, Native, Raised, Ref, Shared, Unknown, Value
from dimlint.libraries.python.arguments import COMMAND_LINE
from dimlint.libraries.python.library import constant
from dimlint.libraries.tools.library import ABSL

KINDS = (
    *("integer", "float", "string", "bool", "boolean", "enum", "list", "enum_class", "multi_integer", "multi_float", "multi_string"),
    "spaceseplist",
)


@ABSL.type("FlagValues")
class FlagValues:
    """The class of ``FLAGS``."""

    def __call__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        return Unknown("which other arguments are given is not known")

    def __getattr__(machine: Machine, self: Ref, name: str) -> Value:
        raise Undecided(f"the flag {name} is not known")

    def flag_values_dict(machine: Machine, self: Ref) -> Value:
        return machine.attribute(self, "__dict__")


@ABSL.type("FlagHolder")
class FlagHolder:
    """What defining a flag gives."""


ABSL.value("flags.FLAGS", Shared("FlagValues"))


def _declare(name: str) -> None:
    def define(machine: Machine, flag: Value, default: Value, *args: Value, **kwargs: Value) -> Value:
        if not isinstance(flag, str):
            raise Undecided("the name of a flag is not known")
        if name in ("list", "spaceseplist") and isinstance(default, str):
            default = machine.new(ListObject(tuple(default.split("," if name == "list" else None))))
        value = default if machine.assume(COMMAND_LINE) else Unknown("what is given on the command line is not known")
        machine.store_attribute(machine.lookup("absl.flags.FLAGS"), flag, value)
        return machine.new(Instance(ABSL.entries["FlagHolder"], {"value": value, "name": flag, "default": default}))

    ABSL.value(f"flags.DEFINE_{name}", Native(f"DEFINE_{name}", ABSL.name, define))


for _name in KINDS:
    _declare(_name)


@ABSL.function("app.run")
def run(machine: Machine, main: Value, argv: Value = None, **kwargs: Value) -> Value:
    machine.call(main, [machine.new(ListObject((Unknown("the name of the program is not known"),)))])
    raise Raised("SystemExit")


constant(ABSL, None, *(f"flags.{name}" for name in ("mark_flag_as_required", "mark_flags_as_required", "register_validator")))
constant(ABSL, None, "flags.adopt_module_key_flags")
constant(ABSL, None, *(f"logging.{name}" for name in ("info", "warning", "error", "debug", "set_verbosity", "fatal", "use_absl_handler")))
for _name in ("INFO", "WARNING", "ERROR", "DEBUG"):
    ABSL.value(f"logging.{_name}", _name)
