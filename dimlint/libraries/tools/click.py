"""``click``: a command that is called without arguments runs with the defaults of its options. Source: https://click.palletsprojects.com."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dimlint.core.value import Function, Instance, Machine, Native, Ref, Unknown, Value
from dimlint.libraries.python.arguments import COMMAND_LINE
from dimlint.libraries.python.library import constant, identity, note
from dimlint.libraries.tools.library import CLICK

OPTIONS = "*options"
MISSING: Any = object()


@CLICK.type("Command")
class Command:
    """A function that is given its options."""

    def __call__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        return machine.call(note(machine, self, "callback"), (), _defaults(machine, note(machine, self, OPTIONS)))

    def main(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        return machine.call(self)


@CLICK.type("Group", bases=("Command",))
class Group:
    """A command with commands below it: which of them is run is not known."""

    def command(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        return _decorator("Command")

    def group(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        return _decorator("Group")

    def add_command(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        """Which command is run is not known."""


def _defaults(machine: Machine, options: Mapping[str, Mapping[str, Value]]) -> dict[str, Value]:
    assumed = machine.assume(COMMAND_LINE)
    return {name: _default(machine, given) if assumed else Unknown("what is given is not known") for name, given in options.items()}


def _default(machine: Machine, given: Mapping[str, Value]) -> Value:
    default = given.get("default", MISSING)
    if given.get("required") or (default is MISSING and given["positional"]):
        return Unknown(f"option {given['shown']} has no default")
    if default is MISSING:
        if given.get("is_flag"):
            return False
        return () if given.get("multiple") else 0 if given.get("count") else None
    if isinstance(default, str) and given.get("type") is not None:
        return machine.call(given["type"], [default])
    return default


def _declared(names: tuple[Value, ...], options: Mapping[str, Value], positional: bool) -> tuple[str, dict[str, Value]] | None:
    texts = [name for name in names if isinstance(name, str)]
    if len(texts) != len(names) or not texts:
        return None
    plain = [text for text in texts if not text.startswith("-")]
    long = max((text.partition("/")[0] for text in texts), key=lambda text: len(text) - len(text.lstrip("-")))
    flag = any("/" in text for text in texts)
    name = (plain[0] if plain else long.lstrip("-")).replace("-", "_").lower()
    given = dict(options)
    if flag:
        given.setdefault("is_flag", True)
    return name, {**given, "positional": positional, "shown": texts[0]}


def _option(names: tuple[Value, ...], options: Mapping[str, Value], positional: bool) -> Native:
    declared = _declared(names, options, positional)

    def decorator(machine: Machine, function: Value) -> Value:
        if isinstance(function, Function) and declared is not None:
            earlier = _of_function(machine, function)
            machine.set_attribute(function, OPTIONS, {**earlier, declared[0]: declared[1]})
        elif isinstance(function, Function):
            machine.set_attribute(function, OPTIONS, Unknown("the options of a command are not known"))
        elif isinstance(function, Ref) and declared is not None:
            earlier = note(machine, function, OPTIONS)
            machine.store_attribute(function, OPTIONS, {**earlier, declared[0]: declared[1]})
        return function

    return Native("option", CLICK.name, decorator)


def _of_function(machine: Machine, function: Function) -> Mapping[str, Value]:
    try:
        found = machine.attribute(function, OPTIONS)
    except Exception:  # it has none so far
        return {}
    return found if isinstance(found, dict) else {}


def _decorator(kind: str) -> Native:
    def decorator(machine: Machine, function: Value) -> Value:
        if not isinstance(function, Function):
            return function
        return machine.new(Instance(CLICK.entries[kind], {"callback": function, OPTIONS: _of_function(machine, function)}))

    return Native("command", CLICK.name, decorator)


@CLICK.function("command")
def command(machine: Machine, name: Value = None, *args: Value, **kwargs: Value) -> Value:
    return machine.call(_decorator("Command"), [name]) if isinstance(name, Function) else _decorator("Command")


@CLICK.function("group")
def group(machine: Machine, name: Value = None, *args: Value, **kwargs: Value) -> Value:
    return machine.call(_decorator("Group"), [name]) if isinstance(name, Function) else _decorator("Group")


@CLICK.function("option")
def option(machine: Machine, *names: Value, **options: Value) -> Value:
    return _option(names, options, False)


@CLICK.function("argument")
def argument(machine: Machine, *names: Value, **options: Value) -> Value:
    return _option(names, options, True)


constant(CLICK, None, "echo", "secho", "version_option", "help_option")
constant(CLICK, None, "Choice", "Path", "IntRange", "FloatRange", "File", "DateTime", "Tuple")
identity(CLICK, "pass_context", "pass_obj")
