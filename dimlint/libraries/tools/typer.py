"""``typer``: options are the defaults of a function's parameters. Source: https://typer.tiangolo.com."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

from dimlint.core.value import Machine, Native, Raised, Ref, Unknown, Value
from dimlint.libraries.python.arguments import COMMAND_LINE
from dimlint.libraries.python.library import constant
from dimlint.libraries.tools.library import TYPER


@TYPER.type("Typer")
class Typer:
    """An application: with one command, calling it runs that."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        machine.store_attribute(self, "commands", ())

    def command(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Native:
        def decorator(machine: Machine, function: Value) -> Value:
            machine.store_attribute(self, "commands", (*machine.attributes_of(self)["commands"], function))
            return function

        return Native("command", TYPER.name, decorator)

    def callback(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        return TYPER.entries["unchanged"]

    def add_typer(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        machine.store_attribute(self, "commands", (*machine.attributes_of(self)["commands"], None))

    def __call__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        commands = machine.attributes_of(self)["commands"]
        if len(commands) != 1 or commands[0] is None:
            return Unknown("which command is run is not known")
        return machine.call(commands[0])


@TYPER.function("unchanged")
def unchanged(machine: Machine, function: Value) -> Value:
    return function


@TYPER.function("run")
def run(machine: Machine, function: Value) -> Value:
    return machine.call(function)


@TYPER.function("Option", "Argument")
def option(machine: Machine, default: Value = ..., *names: Value, **options: Value) -> Value:
    if default is ...:
        return Unknown("an option has no default")
    return default if machine.assume(COMMAND_LINE) else Unknown("what is given on the command line is not known")


@TYPER.function("Exit", "Abort")
def leave(machine: Machine, *args: Value, **kwargs: Value) -> None:
    raise Raised("SystemExit")


constant(TYPER, None, "echo", "secho")
