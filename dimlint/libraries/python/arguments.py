"""``argparse``: parsing a command line gives the defaults. What has none, or must be given, is Unknown."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from dimlint.core.dataclass import dataclass
from dimlint.core.problem import Undecided
from dimlint.core.value import Instance, LibraryClass, ListObject, Machine, Raised, Ref, Unknown, Value
from dimlint.libraries.python.library import constant, instance_object
from dimlint.libraries.python.seldom import ARGPARSE
from dimlint.libraries.python.sequences import collected

ABSENT: Value = object()
SUPPRESS = Unknown("an argument without a default is left out")
STATE = "*parser"
"""Attribute of a parser: its ``Options``; None where they are not known."""
COMMAND_LINE = "the command line"


@dataclass(frozen=True, eq=False)
class Option:
    """One argument of a command line. ``flags``: its names, or that of a positional one."""

    dest: str
    flags: tuple[str, ...]
    action: Value = "store"
    nargs: Value = None
    const: Value = None
    default: Value = ABSENT
    type: Value = None
    required: Value = False

    @property
    def is_positional(self) -> bool:
        return not self.flags or not self.flags[0].startswith("-")


@dataclass(frozen=True, eq=False)
class Options:
    """What a parser knows: its arguments by destination, in order, what ``set_defaults`` says, and the parsers of sub-commands."""

    options: tuple[Option, ...] = ()
    defaults: Mapping[str, Value] = field(default_factory=dict)
    commands: Ref | None = None
    default: Value = None
    """What an argument without a default gets."""


ACTION_DEFAULTS: dict[str, Value] = {"store_true": False, "store_false": True}
CONSTANTS: dict[str, Value] = {"store_true": True, "store_false": False}
WITHOUT_ATTRIBUTE = ("help", "version")
READ = ("store", "store_const", "store_true", "store_false", "append")
"""Actions that are followed where the program states a command line itself."""


@ARGPARSE.type("Namespace")
class Namespace:
    def __init__(machine: Machine, self: Ref, /, **kwargs: Value) -> None:
        for name, value in kwargs.items():
            machine.store_attribute(self, name, value)

    def __contains__(machine: Machine, self: Ref, name: Value) -> bool:
        if not isinstance(name, str):
            raise Undecided("whether the option exists is not known")
        return name in machine.attributes_of(self)

    def __eq__(machine: Machine, self: Ref, other: Value) -> Value:
        if not isinstance(other, Ref) or machine.class_of(other) != machine.class_of(self):
            return NotImplemented
        mine, theirs = machine.attributes_of(self), machine.attributes_of(other)
        return mine.keys() == theirs.keys() and machine.compare("==", tuple(mine.values()), tuple(theirs[name] for name in mine))


@ARGPARSE.type("ArgumentParser")
class ArgumentParser:
    def __init__(
        machine: Machine, self: Ref, /, *args: Value, parents: Value = (), argument_default: Value = None, **kwargs: Value
    ) -> None:
        options = Options(default=argument_default)
        for parent in collected(machine, parents):
            known = _options(machine, parent)
            if known is None:
                raise Undecided("the arguments of a parent parser are not known")
            options = replace(options, options=(*options.options, *known.options), defaults={**options.defaults, **known.defaults})
        _store(machine, self, options)

    def add_argument(machine: Machine, self: Ref, /, *names: Value, **options: Value) -> Value:
        known = _options(machine, self)
        if known is not None:
            _store(machine, self, _with_argument(known, names, options))
        return Unknown("an argument of a command line is not known")

    def add_argument_group(machine: Machine, self: Ref, /, *args: Value, **kwargs: Value) -> Ref:
        return self

    def add_mutually_exclusive_group(machine: Machine, self: Ref, /, **kwargs: Value) -> Ref:
        return self

    def add_subparsers(machine: Machine, self: Ref, /, *, dest: Value = None, **kwargs: Value) -> Ref:
        commands = machine.new(Instance(ARGPARSE.entries["Commands"], {"dest": dest, "parsers": ()}))
        known = _options(machine, self)
        if known is not None:
            _store(machine, self, replace(known, commands=commands))
        return commands

    def set_defaults(machine: Machine, self: Ref, /, **kwargs: Value) -> None:
        known = _options(machine, self)
        if known is not None:
            changed = [replace(item, default=kwargs[item.dest]) if item.dest in kwargs else item for item in known.options]
            _store(machine, self, replace(known, options=tuple(changed), defaults={**known.defaults, **kwargs}))

    def get_default(machine: Machine, self: Ref, dest: str) -> Value:
        known = _options(machine, self)
        for option in known.options if known is not None else ():
            if option.dest == dest:
                return None if option.default is ABSENT else option.default
        if known is None:
            return Unknown("the default of an argument is not known")
        return known.defaults.get(dest)

    def parse_args(machine: Machine, self: Ref, args: Value = None, namespace: Value = None) -> Value:
        return _parsed(machine, self, args, namespace)[0]

    def parse_known_args(machine: Machine, self: Ref, args: Value = None, namespace: Value = None) -> Value:
        return _parsed(machine, self, args, namespace)

    def parse_intermixed_args(machine: Machine, self: Ref, args: Value = None, namespace: Value = None) -> Value:
        return _parsed(machine, self, args, namespace)[0]

    def error(machine: Machine, self: Ref, message: Value = "") -> None:
        raise Raised("SystemExit")

    def exit(machine: Machine, self: Ref, status: Value = 0, message: Value = None) -> None:
        raise Raised("SystemExit")

    def print_help(machine: Machine, self: Ref, /, *args: Value) -> None:
        """Printing is not followed."""

    def print_usage(machine: Machine, self: Ref, /, *args: Value) -> None:
        """Printing is not followed."""

    def format_help(machine: Machine, self: Ref, /) -> Value:
        return Unknown("the help text is not known")


@ARGPARSE.type("Commands")
class Commands:
    """What ``add_subparsers`` gives."""

    def add_parser(machine: Machine, self: Ref, name: Value, /, **kwargs: Value) -> Value:
        kept = {key: value for key, value in kwargs.items() if key in ("parents", "argument_default")}
        made = machine.call(ARGPARSE.entries["ArgumentParser"], [], kept)
        machine.store_attribute(self, "parsers", (*machine.attributes_of(self)["parsers"], (name, made)))
        return made


def _store(machine: Machine, parser: Ref, options: Options | None) -> None:
    held = instance_object(machine, parser)
    machine.update(parser, replace(held, attributes={**held.attributes, STATE: options}))


def _options(machine: Machine, parser: Value) -> Options | None:
    contents = machine.contents(parser) if isinstance(parser, Ref) else None
    held = contents.attributes.get(STATE) if isinstance(contents, Instance) else None
    return held if isinstance(held, Options) else None


def _with_argument(known: Options, names: tuple[Value, ...], given: Mapping[str, Value]) -> Options | None:
    """The options with one more; None if it is not known."""
    if not all(isinstance(name, str) for name in names):
        return None
    dest, action = given.get("dest"), given.get("action", "store")
    dest = _destination(names) if dest is None else dest
    if not isinstance(dest, str) or isinstance(action, Unknown):
        return None
    if isinstance(action, str) and action in WITHOUT_ATTRIBUTE:
        return known
    default = known.defaults.get(dest, ABSENT) if dest in known.defaults else ABSENT
    option = Option(
        dest,
        names or (dest,),
        action,
        given.get("nargs"),
        given.get("const"),
        given.get("default", default if default is not ABSENT else known.default if known.default is not None else ABSENT),
        given.get("type"),
        given.get("required", False),
    )
    return replace(known, options=(*known.options, option))


def _destination(names: tuple[str, ...]) -> str | None:
    """The first long option, else the first name, as an attribute."""
    if not names:
        return None
    if not names[0].startswith("-"):
        return names[0]
    long = [name for name in names if name.startswith("--")]
    return (long or list(names))[0].lstrip("-").replace("-", "_")


def _default(machine: Machine, option: Option) -> Value:
    """What an argument gives that is not on the command line; SUPPRESS if it leaves out the attribute."""
    default, shown = option.default, option.flags[-1]
    if default is SUPPRESS:
        return SUPPRESS
    optional = not option.is_positional or option.nargs in ("?", "*")
    if option.required is not False or not optional:
        reason = f"argument {shown} has no default"
        number = isinstance(option.type, LibraryClass) and option.type.name == "int" and option.nargs is None
        return machine.open_number(option.dest, reason) if number else Unknown(reason)
    if option.is_positional and option.nargs == "*" and default in (ABSENT, None):
        return machine.new(ListObject())
    if default is ABSENT:
        return ACTION_DEFAULTS.get(option.action) if isinstance(option.action, str) else None
    if isinstance(default, str) and option.type is not None and option.action != "store_const":
        return machine.call(option.type, [default])
    return default


def _parsed(machine: Machine, parser: Ref, args: Value, namespace: Value) -> tuple[Value, Value]:
    """The namespace, and what is left over. Arguments that are not known (``sys.argv[1:]``) are assumed to be none."""
    known = _options(machine, parser)
    stated = args is not None and not isinstance(args, Unknown)
    words = collected(machine, args) if stated else []
    if known is None or not all(isinstance(word, str) for word in words):
        lost = Unknown("the arguments of the command line are not known")
        return lost, lost
    if not stated and not machine.assume(COMMAND_LINE):
        return _open(machine, known, namespace), Unknown("which other arguments are given is not known")
    values = _values(machine, known)
    rest = _read(machine, known, words, values) if words else []
    return _namespace(machine, values, namespace), machine.new(ListObject(tuple(rest)))


def _values(machine: Machine, known: Options) -> dict[str, Value]:
    """The attributes of a namespace, before anything is read."""
    values: dict[str, Value] = {}
    for option in known.options:
        value = _default(machine, option)
        if value is not SUPPRESS and option.dest not in values:
            values[option.dest] = value
    values |= {name: value for name, value in known.defaults.items() if name not in values}
    if known.commands is not None:
        held = machine.attributes_of(known.commands)
        values |= {name: value for name, value in _of_commands(machine, held["parsers"]).items() if name not in values}
        if isinstance(held["dest"], str):
            values[held["dest"]] = Unknown("which sub-command is run is not known")
    return values


def _of_commands(machine: Machine, parsers: Sequence[tuple[Value, Value]]) -> dict[str, Value]:
    """What sub-commands add. The program asks for it only where the command is run that has it."""
    found: dict[str, Value] = {}
    for _, parser in parsers:
        known = _options(machine, parser)
        if known is None:
            raise Undecided("the arguments of a sub-command are not known")
        for name, value in _values(machine, known).items():
            alike = name not in found or found[name] is value or (isinstance(value, (int, str)) and found[name] == value)
            found[name] = value if alike else Unknown("which sub-command is run is not known")
    return found


def _read(machine: Machine, known: Options, words: list[str], values: dict[str, Value]) -> list[str]:
    """Take up a command line that the program states itself. Raises Undecided for what is rare."""
    flags = {flag: option for option in known.options if not option.is_positional for flag in option.flags}
    pending = list(words)
    while pending:
        word, equals, text = pending.pop(0).partition("=")
        option = flags.get(word)
        if option is None or option.action not in READ or option.nargs is not None:
            raise Undecided("the arguments of the command line are not followed")
        if option.action in CONSTANTS or option.action == "store_const":
            values[option.dest] = CONSTANTS.get(str(option.action), option.const)
            continue
        if not equals and not pending:
            raise Raised("SystemExit")
        text = text if equals else pending.pop(0)
        value = text if option.type is None else machine.call(option.type, [text])
        if option.action == "append":
            before = values[option.dest]
            value = machine.new(ListObject((*(collected(machine, before) if before is not None else ()), value)))
        values[option.dest] = value
    return []


def _open(machine: Machine, known: Options, namespace: Value) -> Value:
    """The namespace if anything may be given."""
    lost = Unknown("what is given on the command line is not known")
    return _namespace(machine, dict.fromkeys(_values(machine, known), lost), namespace)


def _namespace(machine: Machine, values: Mapping[str, Value], given: Value) -> Value:
    if given is None:
        cls = ARGPARSE.entries["Namespace"]
        assert isinstance(cls, LibraryClass)
        return machine.new(Instance(cls, dict(values)))
    if not isinstance(given, Ref):
        return Unknown("the arguments of the command line are not known")
    own = machine.attributes_of(given)
    for name, value in values.items():
        if name not in own:
            machine.store_attribute(given, name, value)
    return given


constant(ARGPARSE, Unknown("an argument of a command line is not known"), "FileType", "Action", "BooleanOptionalAction")
constant(ARGPARSE, None, "ArgumentDefaultsHelpFormatter", "RawTextHelpFormatter", "HelpFormatter", "RawDescriptionHelpFormatter")
ARGPARSE.value("SUPPRESS", SUPPRESS)
ARGPARSE.value("REMAINDER", "...")
