"""``pathlib`` and ``os.path``: paths as text. What lies at them is not known, except what a project's own data files say."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

import os.path
import posixpath
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from dimlint.core.library import Library, computed
from dimlint.core.problem import Undecided
from dimlint.core.value import Instance, Machine, Native, Ref, Unknown, Value
from dimlint.libraries.python.files import open_file
from dimlint.libraries.python.library import attempt, lost
from dimlint.libraries.python.limits import check_text, first_unknown
from dimlint.libraries.python.system import OS, WORLD

PATHLIB = Library("python.pathlib", ("pathlib",), inert=True)
TEXT = "*path"


def text_of(machine: Machine, value: Value) -> str:
    """The text of a path, or of a string. Raises Undecided."""
    if isinstance(value, str):
        return str(value)
    held = machine.contents(value) if isinstance(value, Ref) else None
    text = held.attributes.get(TEXT) if isinstance(held, Instance) else None
    if not isinstance(text, str):
        raise Undecided(value.reason if isinstance(value, Unknown) else "a path is not known")
    return text


def _made(machine: Machine, path: object) -> Ref:
    check_text(len(str(path)))
    return machine.new(Instance(PATHLIB.entries["Path"], {TEXT: str(path)}))


def _path(machine: Machine, self: Value) -> PurePosixPath:
    return PurePosixPath(text_of(machine, self))


@PATHLIB.type("Path", "PurePath", "PosixPath", "PurePosixPath")
class Path:
    def __new__(machine: Machine, cls: Value, /, *parts: Value) -> Value:
        unknown = first_unknown(*parts)
        return unknown or _made(machine, PurePosixPath(*(text_of(machine, part) for part in parts)))

    def __truediv__(machine: Machine, self: Ref, other: Value) -> Value:
        return other if isinstance(other, Unknown) else _made(machine, _path(machine, self) / text_of(machine, other))

    def __rtruediv__(machine: Machine, self: Ref, other: Value) -> Value:
        return other if isinstance(other, Unknown) else _made(machine, text_of(machine, other) / _path(machine, self))

    def joinpath(machine: Machine, self: Ref, /, *parts: Value) -> Ref:
        return _made(machine, _path(machine, self).joinpath(*(text_of(machine, part) for part in parts)))

    def __str__(machine: Machine, self: Ref) -> Value:
        return str(_path(machine, self))

    def __fspath__(machine: Machine, self: Ref) -> Value:
        return str(_path(machine, self))

    def as_posix(machine: Machine, self: Ref) -> Value:
        return str(_path(machine, self))

    def __eq__(machine: Machine, self: Ref, other: Value) -> Value:
        held = machine.contents(other) if isinstance(other, Ref) else None
        known = isinstance(held, Instance) and TEXT in held.attributes
        return _path(machine, self) == _path(machine, other) if known else NotImplemented

    def with_suffix(machine: Machine, self: Ref, suffix: str) -> Ref:
        return _made(machine, attempt(_path(machine, self).with_suffix, suffix))

    def with_name(machine: Machine, self: Ref, name: str) -> Ref:
        return _made(machine, attempt(_path(machine, self).with_name, name))

    def with_stem(machine: Machine, self: Ref, stem: str) -> Ref:
        return _made(machine, attempt(_path(machine, self).with_stem, stem))

    def relative_to(machine: Machine, self: Ref, other: Value) -> Ref:
        return _made(machine, attempt(_path(machine, self).relative_to, text_of(machine, other)))

    def is_absolute(machine: Machine, self: Ref) -> bool:
        return _path(machine, self).is_absolute()

    def resolve(machine: Machine, self: Ref, strict: Value = False) -> Ref:
        return _made(machine, os.path.abspath(text_of(machine, self)))

    def absolute(machine: Machine, self: Ref) -> Ref:
        return _made(machine, os.path.abspath(text_of(machine, self)))

    def expanduser(machine: Machine, self: Ref) -> Value:
        return self if not text_of(machine, self).startswith("~") else Unknown(WORLD)

    def open(machine: Machine, self: Ref, mode: Value = "r", *args: Value, **kwargs: Value) -> Value:
        return open_file(machine, text_of(machine, self), mode)

    def read_text(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        return machine.call(machine.attribute(open_file(machine, text_of(machine, self), "r"), "read"))

    def mkdir(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        """Nothing is made."""

    def touch(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        """Nothing is made."""

    def unlink(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        """Nothing is taken away."""

    def write_text(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        return Unknown(WORLD)

    @staticmethod
    def home(machine: Machine) -> Value:
        return Unknown(WORLD)

    @staticmethod
    def cwd(machine: Machine) -> Value:
        return Unknown(WORLD)

    @computed
    def parent(machine: Machine, self: Ref) -> Ref:
        return _made(machine, _path(machine, self).parent)

    @computed
    def parents(machine: Machine, self: Ref) -> Value:
        return tuple(_made(machine, parent) for parent in _path(machine, self).parents)

    @computed
    def parts(machine: Machine, self: Ref) -> Value:
        return _path(machine, self).parts

    @computed
    def suffixes(machine: Machine, self: Ref) -> Value:
        return machine.call(machine.lookup("builtins.list"), [tuple(_path(machine, self).suffixes)])


def _silent(machine: Machine, self: Value, /, *args: Value, **kwargs: Value) -> Value:
    return Unknown(WORLD)


def _declare_part(name: str) -> None:
    def part(machine: Machine, self: Ref) -> Value:
        return getattr(_path(machine, self), name)

    PATHLIB.entries["Path"].methods[name] = computed_property(f"Path.{name}", part)


def computed_property(name: str, body: Callable[..., Any]) -> Value:
    """A property of a declared type."""
    from dimlint.core.value import Property

    return Property(Native(name, PATHLIB.name, body))


for _name in ("name", "stem", "suffix", "root", "anchor", "drive"):
    _declare_part(_name)
for _name in ("exists", "is_file", "is_dir", "glob", "rglob", "iterdir", "stat", "read_bytes", "samefile", "owner"):
    PATHLIB.entries["Path"].methods[_name] = Native(f"Path.{_name}", PATHLIB.name, _silent)


def _declare_path(name: str, function: Callable[..., Any]) -> None:
    def body(machine: Machine, /, *args: Value) -> Value:
        unknown = first_unknown(*args)
        if unknown is not None:
            return unknown
        texts = [text_of(machine, value) for value in args]
        check_text(sum(len(text) + 1 for text in texts))
        return attempt(function, *texts)

    OS.value(f"path.{name}", Native(f"path.{name}", OS.name, body))


for _name in ("join", "basename", "dirname", "split", "splitext", "normpath", "isabs"):
    _declare_path(_name, getattr(posixpath, _name))
for _name in ("abspath", "realpath"):
    _declare_path(_name, os.path.abspath)
_declare_path("normcase", posixpath.normcase)
lost(OS, WORLD, [f"path.{name}" for name in ("exists", "isfile", "isdir", "expanduser", "getsize", "getmtime", "relpath", "islink")])


@OS.function("fspath")
def fspath(machine: Machine, path: Value) -> Value:
    return path if isinstance(path, Unknown) else text_of(machine, path)


@OS.function("path.commonprefix")
def common_prefix(machine: Machine, paths: Value) -> Value:
    return posixpath.commonprefix([text_of(machine, path) for path in machine.elements(paths)])
