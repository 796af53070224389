"""Command lines made from what stands in the code: ``tyro``, ``simple_parsing``, ``jsonargparse``, ``fire``, ``HfArgumentParser``."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

from dimlint.core.value import ClassObject, Machine, Ref, Unknown, Value
from dimlint.libraries.python.arguments import COMMAND_LINE
from dimlint.libraries.python.library import constant, note
from dimlint.libraries.python.sequences import collected
from dimlint.libraries.tools.library import COMMANDS, TRANSFORMERS

GIVEN = "what is given on the command line is not known"


def _with_defaults(machine: Machine, made: Value, args: Value = None) -> Value:
    """What a class or function gives if its defaults are not overridden."""
    if args is not None and not isinstance(args, Unknown) and collected(machine, args):
        return Unknown(GIVEN)
    return machine.call(made) if machine.assume(COMMAND_LINE) else Unknown(GIVEN)


@COMMANDS.function("cli", "extras.cli", "parse", "CLI", "auto_cli")
def cli(machine: Machine, f: Value, *more: Value, args: Value = None, default: Value = None, **options: Value) -> Value:
    if default is not None:
        return default if machine.assume(COMMAND_LINE) else Unknown(GIVEN)
    return _with_defaults(machine, f, args)


@COMMANDS.function("Fire")
def fire(machine: Machine, component: Value = None, *args: Value, **options: Value) -> Value:
    contents = machine.contents(component) if isinstance(component, Ref) else None
    if component is None or (contents is not None and not isinstance(contents, ClassObject)):
        return Unknown("which command is run is not known")
    return _with_defaults(machine, component)


constant(COMMANDS, None, "conf.arg", "conf.subcommand")


@TRANSFORMERS.type("HfArgumentParser", "hf_argparser.HfArgumentParser")
class HfArgumentParser:
    """Makes objects of dataclasses."""

    def __init__(machine: Machine, self: Ref, dataclass_types: Value, **options: Value) -> None:
        several = isinstance(dataclass_types, tuple) or (isinstance(dataclass_types, Ref) and not machine.is_class(dataclass_types))
        machine.store_attribute(self, "types", tuple(collected(machine, dataclass_types)) if several else (dataclass_types,))

    def parse_args_into_dataclasses(machine: Machine, self: Ref, args: Value = None, **options: Value) -> Value:
        return tuple(_with_defaults(machine, cls, args) for cls in note(machine, self, "types"))
