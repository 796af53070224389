"""``argparse``: parsing a command line gives the defaults. What has none, or must be given, is Unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dimlint.core.dataclass import dataclass
from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.value import Instance, LibraryClass, Machine, Ref, Unknown, Value
from dimlint.libraries.python.library import constant
from dimlint.libraries.python.sequences import collected

ARGPARSE = Library("python.argparse", ("argparse",), inert=True)
ABSENT: Value = object()
SUPPRESS = Unknown("an argument without a default is left out")
DEFAULTS = "*defaults"
"""Attribute of a parser: its ``Default`` by name, in order; None where the arguments are not known."""

Defaults = Mapping[str, "Default"]


@dataclass(frozen=True, eq=False)
class Default:
    """What parsing gives for a name. ``declared``: by an argument, not by ``set_defaults``."""

    value: Value
    declared: bool


ACTION_DEFAULTS: dict[str, Value] = {"store_true": False, "store_false": True}
WITHOUT_ATTRIBUTE = ("help", "version")


@ARGPARSE.type("Namespace")
class Namespace:
    def __init__(machine: Machine, self: Ref, /, **kwargs: Value) -> None:
        for name, value in kwargs.items():
            machine.set_attribute(self, name, value)

    def __contains__(machine: Machine, self: Ref, name: Value) -> bool:
        contents = machine.contents(self)
        if not isinstance(contents, Instance) or not isinstance(name, str):
            raise Undecided("whether the option exists is not known")
        return name in contents.attributes


@ARGPARSE.type("ArgumentParser")
class ArgumentParser:
    def __init__(machine: Machine, self: Ref, /, *args: Value, **kwargs: Value) -> None:
        _store(machine, self, None if "parents" in kwargs or "argument_default" in kwargs else {})

    def add_argument(machine: Machine, self: Ref, /, *names: Value, **options: Value) -> Value:
        defaults = _defaults(machine, self)
        if defaults is not None:
            _store(machine, self, _with_argument(machine, defaults, names, options))
        return Unknown("an argument of a command line")

    def add_argument_group(machine: Machine, self: Ref, /, *args: Value, **kwargs: Value) -> Ref:
        return self

    def add_mutually_exclusive_group(machine: Machine, self: Ref, /, **kwargs: Value) -> Ref:
        return self

    def add_subparsers(machine: Machine, self: Ref, /, **kwargs: Value) -> Value:
        _store(machine, self, None)
        return Unknown("which sub-command is run is not known")

    def set_defaults(machine: Machine, self: Ref, /, **kwargs: Value) -> None:
        defaults = _defaults(machine, self)
        if defaults is not None:
            _store(machine, self, {**defaults, **{name: _overridden(defaults.get(name), value) for name, value in kwargs.items()}})

    def get_default(machine: Machine, self: Ref, dest: str) -> Value:
        found = (_defaults(machine, self) or {}).get(dest)
        return found.value if found is not None else Unknown("the default of an argument is not known")

    def parse_args(machine: Machine, self: Ref, args: Value = None, namespace: Value = None) -> Value:
        return _parsed(machine, self, args, namespace)

    def parse_known_args(machine: Machine, self: Ref, args: Value = None, namespace: Value = None) -> Value:
        return _parsed(machine, self, args, namespace), Unknown("which other arguments are given is not known")

    def parse_intermixed_args(machine: Machine, self: Ref, args: Value = None, namespace: Value = None) -> Value:
        return _parsed(machine, self, args, namespace)

    def print_help(machine: Machine, self: Ref, /, *args: Value) -> None:
        """Printing is not followed."""

    def format_help(machine: Machine, self: Ref, /) -> Value:
        return Unknown("the help text is not known")


def _store(machine: Machine, parser: Ref, defaults: Value) -> None:
    contents = machine.contents(parser)
    if not isinstance(contents, Instance):
        raise Undecided("the value is not known to be a parser")
    machine.update(parser, replace(contents, attributes={**contents.attributes, DEFAULTS: defaults}))


def _defaults(machine: Machine, parser: Ref) -> Defaults | None:
    contents = machine.contents(parser)
    held = contents.attributes.get(DEFAULTS) if isinstance(contents, Instance) else None
    return held if isinstance(held, dict) else None


def _overridden(argument: Default | None, value: Value) -> Default:
    """What ``set_defaults`` makes of a name; the argument's type converts a string."""
    converted = argument is not None and argument.declared and isinstance(value, str)
    return Default(Unknown("a default given to a parser is not known") if converted else value, False)


def _with_argument(machine: Machine, defaults: Defaults, names: tuple[Value, ...], options: Mapping[str, Value]) -> Defaults | None:
    """The defaults with one more argument; None if the argument is not known. The first argument of a name counts."""
    if not all(isinstance(name, str) for name in names):
        return None
    dest, action = options.get("dest", ABSENT), options.get("action", "store")
    if dest is ABSENT:
        dest = _destination(names)
    if not isinstance(dest, str) or isinstance(action, Unknown):
        return None
    if action in WITHOUT_ATTRIBUTE or options.get("default") is SUPPRESS:
        return defaults
    earlier = defaults.get(dest)
    if earlier is not None and (earlier.declared or "default" not in options):
        return defaults
    return {**defaults, dest: Default(_default(machine, names, action, options), True)}


def _destination(names: tuple[str, ...]) -> str | None:
    """The first long option, else the first name, as an attribute."""
    if not names:
        return None
    long = [name for name in names if name.startswith("--")]
    return (long or list(names))[0].lstrip("-").replace("-", "_")


def _default(machine: Machine, names: tuple[str, ...], action: Value, options: Mapping[str, Value]) -> Value:
    shown = names[-1] if names else "an argument"
    positional = not names or not names[0].startswith("-")
    optional = not positional or options.get("nargs") in ("?", "*")
    default = options.get("default", ABSENT)
    required = options.get("required", False)
    if required is not False or not optional or (positional and default is ABSENT):
        return Unknown(f"argument {shown} has no default")
    if default is ABSENT:
        return ACTION_DEFAULTS.get(action) if isinstance(action, str) else None
    if isinstance(default, str) and "type" in options and action == "store":
        return machine.call(options["type"], [default])
    return default


def _parsed(machine: Machine, parser: Ref, args: Value, namespace: Value) -> Value:
    """The namespace of defaults. Arguments that are not known (``sys.argv[1:]``) are taken to be none."""
    defaults = _defaults(machine, parser)
    given = args is not None and not isinstance(args, Unknown) and len(collected(machine, args)) > 0
    if defaults is None or given or namespace is not None:
        return Unknown("the arguments of the command line are not known")
    cls = ARGPARSE.entries["Namespace"]
    assert isinstance(cls, LibraryClass)
    return machine.new(Instance(cls, {name: default.value for name, default in defaults.items()}))


constant(ARGPARSE, Unknown("an argument of a command line"), "FileType", "Action", "BooleanOptionalAction")
constant(ARGPARSE, None, "ArgumentDefaultsHelpFormatter", "RawTextHelpFormatter", "HelpFormatter", "RawDescriptionHelpFormatter")
ARGPARSE.value("SUPPRESS", SUPPRESS)
