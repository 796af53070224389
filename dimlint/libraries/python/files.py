"""``open``, ``json``, ``yaml``, ``toml`` and others: what the data files of a project say, and text that is known."""

# mypy: disable-error-code="misc, override"
# ruff: noqa: PYI036 -- what is passed on is abstract, too

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

from dimlint.core.library import Library
from dimlint.core.problem import Undecided
from dimlint.core.value import (
    DictObject,
    Function,
    Instance,
    IteratorObject,
    ListObject,
    Machine,
    Method,
    Native,
    Partial,
    Raised,
    Ref,
    Tensor,
    Unknown,
    Value,
)
from dimlint.libraries.python.library import BUILTINS, attempt, constant, lost
from dimlint.libraries.python.limits import MAX_DEPTH, MAX_TEXT, check_count, is_known
from dimlint.libraries.python.system import WORLD

FILES = Library(
    "python.files", ("pickle", "csv", "glob", "shutil", "tempfile", "io", "subprocess", "platform", "h5py", "joblib"), inert=True
)
JSON = Library("python.json", ("json", "simplejson", "ujson"), inert=True)
YAML = Library("python.yaml", ("yaml",), inert=True)
TOML = Library("python.toml", ("tomllib", "tomli", "toml"), inert=True)
PATH = "*path"
Hooks = Callable[[Machine, Mapping[str, Value]], dict[str, Any]]

lost(FILES, WORLD, ("load", "loads", "dumps", "reader", "writer", "glob", "iglob", "which", "system", "File", "Popen", "check_output"))
lost(FILES, WORLD, ("mkdtemp", "TemporaryDirectory", "NamedTemporaryFile", "StringIO", "BytesIO", "run", "Pickler", "Unpickler"))
lost(FILES, WORLD, ("DictReader", "DictWriter"))
constant(FILES, None, "dump", "copy", "copyfile", "rmtree", "move", "copytree")


def heap(machine: Machine, data: Any) -> Value:
    """Python data as values of the program. Raises Undecided beyond the caps."""
    return _Heap(machine).of(data, 0)


class _Heap:
    """One conversion, which counts its parts."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.parts = 0

    def of(self, data: Any, depth: int) -> Value:
        self.parts += 1
        check_count(self.parts, "data")
        if depth > MAX_DEPTH:
            raise Undecided("data is nested too deeply")
        if isinstance(data, dict):
            return self.machine.new(DictObject({key: self.of(item, depth + 1) for key, item in data.items()}))
        if isinstance(data, list):
            return self.machine.new(ListObject(tuple(self.of(item, depth + 1) for item in data)))
        if type(data) is tuple:
            return tuple(self.of(item, depth + 1) for item in data)
        if data is None or isinstance(data, (bool, int, float, str, Ref, Tensor, Unknown)) or _is_called(data):
            return data  # the latter are what the program's own functions give
        return Unknown("data of this kind is not modelled")


# -- files


def open_file(machine: Machine, path: Value, mode: Value = "r") -> Value:
    """An open file. Its text is known if it belongs to the project and is read."""
    reading = isinstance(mode, str) and not set(mode) & set("wax+")
    return machine.new(Instance(BUILTINS.entries["file"], {PATH: path if reading and isinstance(path, str) else None}))


@BUILTINS.function("open")
def opened(machine: Machine, file: Value, mode: Value = "r", *args: Value, **kwargs: Value) -> Value:
    held = machine.contents(file) if isinstance(file, Ref) else None
    file = held.attributes.get(PATH) if isinstance(held, Instance) else file
    return open_file(machine, file, mode)


def text_in(machine: Machine, source: Value) -> str:
    """The text of an open file, or a string. Raises Undecided."""
    if isinstance(source, (str, bytes)):
        return source.decode() if isinstance(source, bytes) else str(source)
    held = machine.contents(source) if isinstance(source, Ref) else None
    path = held.attributes.get(PATH) if isinstance(held, Instance) else None
    text = machine.data_file(path) if isinstance(path, str) else None
    if text is None:
        raise Undecided(source.reason if isinstance(source, Unknown) else WORLD)
    if not machine.assume(f"the file {path}"):
        raise Undecided("what the file says may change")
    return text


@BUILTINS.type("file", bases=("object",))
class File:
    """An open file."""

    def __enter__(machine: Machine, self: Ref) -> Ref:
        return self

    def __exit__(machine: Machine, self: Ref, *excinfo: object) -> None:
        """It is closed."""

    def read(machine: Machine, self: Ref, *size: Value) -> Value:
        text = text_in(machine, self)
        return text if not size and len(text) <= MAX_TEXT else Unknown(WORLD)

    def readlines(machine: Machine, self: Ref) -> Ref:
        lines = text_in(machine, self).splitlines(keepends=True)
        check_count(len(lines), "a file")
        return machine.new(ListObject(tuple(lines)))

    def readline(machine: Machine, self: Ref) -> Value:
        return Unknown(WORLD)

    def __iter__(machine: Machine, self: Ref) -> Ref:
        lines = text_in(machine, self).splitlines(keepends=True)
        check_count(len(lines), "a file")
        return machine.new(IteratorObject(tuple(lines)))

    def write(machine: Machine, self: Ref, text: Value) -> Value:
        return Unknown(WORLD)

    def close(machine: Machine, self: Ref) -> None:
        """It is closed."""

    def flush(machine: Machine, self: Ref) -> None:
        """Nothing is waiting."""

    def writelines(machine: Machine, self: Ref, lines: Value) -> None:
        """What is written is not followed."""

    def seek(machine: Machine, self: Ref, *args: Value) -> Value:
        return Unknown(WORLD)


# -- formats


def _declare_reader(library: Library, names: tuple[str, ...], parse: Callable[[str], Any], hooks: Hooks | None = None) -> None:
    def body(machine: Machine, source: Value, /, *args: Value, **kwargs: Value) -> Value:
        stated = {name: value for name, value in kwargs.items() if value is not None and name != "Loader"}
        if hooks is None and any(map(_is_called, stated.values())):
            raise Undecided("what a parser is told is not followed")
        made = hooks(machine, stated) if hooks is not None else {}
        return heap(machine, _parsed(lambda text: parse(text, **made), text_in(machine, source)))

    for name in names:
        library.value(name, Native(name, library.name, body))


def _is_called(value: Value) -> bool:
    return isinstance(value, (Function, Native, Method, Partial))


def _json_hooks(machine: Machine, stated: Mapping[str, Value]) -> dict[str, Any]:
    """What ``json`` calls for parts of a text. Raises Undecided."""

    def called(function: Value) -> Callable[[Any], Value]:
        return lambda data: machine.call(function, [heap(machine, data)])

    made: dict[str, Any] = {}
    for name, value in stated.items():
        if name not in JSON_HOOKS or isinstance(value, Unknown):
            raise Undecided("what a parser is told is not followed")
        made[name] = called(value)
    return made


JSON_HOOKS = frozenset(["object_hook", "object_pairs_hook", "parse_int", "parse_float", "parse_constant"])


def _parsed(parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except Undecided:
        raise
    except (ValueError, RecursionError) as error:
        raise Raised("ValueError", str(error)[:60]) from None
    except Exception as error:  # each parser has errors of its own
        if type(error).__module__.startswith("dimlint."):  # of a function of the program that the parser calls
            raise
        raise Undecided("the text of a file cannot be parsed") from None


def _yaml(text: str) -> Any:
    with suppress(ImportError):
        return import_module("yaml").safe_load(text)
    raise Undecided("PyYAML is not installed")


def _toml(text: str) -> Any:
    return import_module("tomllib" if sys.version_info >= (3, 11) else "tomli").loads(text)


_declare_reader(JSON, ("load", "loads"), json.loads, _json_hooks)
_declare_reader(YAML, ("load", "safe_load", "full_load", "unsafe_load"), _yaml)
_declare_reader(TOML, ("load", "loads"), _toml)


@JSON.function("dumps")
def dumps(machine: Machine, obj: Value, *, indent: Value = None, sort_keys: Value = False, **options: Value) -> Value:
    plain = machine.plain(obj)
    if options or not is_known(plain) or not (indent is None or isinstance(indent, int)):
        return Unknown("the text of data is not known")
    text = attempt(json.dumps, plain, indent=indent, sort_keys=machine.truth(sort_keys))
    return text if len(text) <= MAX_TEXT else Unknown("the text of data is too long")


lost(JSON, WORLD, ("dump",))
lost(YAML, WORLD, ("add_constructor", "add_representer", "add_implicit_resolver", "safe_dump"))
lost(YAML, WORLD, ("SafeLoader", "FullLoader", "Loader", "CLoader", "UnsafeLoader", "dump"))
lost(TOML, WORLD, ("dumps",))
