"""``[tool.dimlint]`` of the nearest pyproject.toml as a frozen ``Config``; the same for every door."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from dimlint.core.rules import matching
from dimlint.notation import StatedShape, parse_shapes

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LATEST_KERAS = 3.15
DEFAULT_FUEL = 400_000


class ConfigError(Exception):
    """The configuration cannot be used; the message is one line."""


@dataclass(frozen=True)
class Config:
    """What a user may choose.

    select, ignore: rules by code, beginning of a code, or symbol; nothing selected means every rule.
    notebooks: whether directories are searched for notebooks, too; those that are named are always read.
    exclude, per_file_ignores: patterns of paths, relative to ``root``.
    inputs: input shapes of models by name or pattern.
    keras_version: major + minor / 100, so that 3.9 (3.09) comes before 3.15; every 1.x is 1, every 2.x is 2.
    pylint_comments: whether ``# pylint: disable`` is obeyed here (inside pylint that is pylint's own business).
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    notebooks: bool = True
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inputs: Mapping[str, tuple[StatedShape, ...]] = field(default_factory=dict)
    keras_version: float = LATEST_KERAS
    torch_mode: str = "train"
    data_format: str = "channels_last"
    follow_imports: str = "project"
    fuel: int = DEFAULT_FUEL
    root: str = ""
    pylint_comments: bool = True

    def narrowed(self, select: tuple[str, ...], ignore: tuple[str, ...]) -> Config:
        """With what a user says on top: ``select`` takes the place of both lists, ``ignore`` is added."""
        chosen = replace(self, select=select, ignore=()) if select else self
        return replace(chosen, ignore=chosen.ignore + ignore)

    def selects(self, code: str, symbol: str, path: str) -> bool:
        """Whether findings of a rule are wanted in a file."""
        ignored = [*self.ignore]
        for pattern, names in self.per_file_ignores.items():
            if _covers(pattern, path, self.root):
                ignored += names
        return (not self.select or _names(self.select, code, symbol)) and not _names(ignored, code, symbol)

    def input_shapes(self, name: str) -> tuple[StatedShape, ...] | None:
        """The configured input shapes of a model: by its name first, then by the first pattern that fits."""
        if name in self.inputs:
            return self.inputs[name]
        return next((shapes for pattern, shapes in self.inputs.items() if fnmatchcase(name, pattern)), None)


def load_config(start: str) -> Config:
    """The configuration for a file or directory. Raises ConfigError.

    It comes from the nearest pyproject.toml with a ``[tool.dimlint]`` table above ``start``, else above the working directory.
    """
    for origin in (start, os.getcwd()):
        directory = os.path.abspath(origin or ".")
        while True:
            config = _read_pyproject(os.path.join(directory, "pyproject.toml"))
            if config is not None:
                return config
            parent = os.path.dirname(directory)
            if parent == directory:
                break
            directory = parent
    return Config()


def read_config(path: str) -> Config:
    """The configuration in a named TOML file: its ``[tool.dimlint]`` table. Raises ConfigError."""
    if not os.path.isfile(path):
        raise ConfigError(f"{path}: there is no such file")
    config = _read_pyproject(path)
    if config is None:
        raise ConfigError(f"{path}: has no [tool.dimlint] table")
    return config


def check_selectors(names: tuple[str, ...], where: str) -> tuple[str, ...]:
    """The names, each of which must select a rule. Raises ConfigError."""
    for name in names:
        if not matching(name):
            raise ConfigError(f"{where}: there is no rule {name[:60]!a}")
    return names


def _read_pyproject(path: str) -> Config | None:
    if not os.path.isfile(path):
        return None
    try:
        with open(path, "rb") as stream:
            # Versions are kept as text: 3.10 is not 3.1.
            document = tomllib.load(stream, parse_float=_Text)
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: cannot be read: {str(error).splitlines()[0] if str(error) else type(error).__name__}") from None
    tool = document.get("tool")
    table = tool.get("dimlint") if isinstance(tool, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: tool.dimlint must be a table")
    return _from_table(table, path)


def _from_table(table: Mapping[str, Any], path: str) -> Config:
    known: dict[str, Any] = {"root": os.path.dirname(os.path.abspath(path))}
    for key, value in table.items():
        where = f"{path}: [tool.dimlint] {key[:60]}"
        if key not in _READERS:
            raise ConfigError(f"{where}: unknown option; known are {', '.join(sorted(_READERS))}")
        known[key.replace("-", "_")] = _READERS[key](value, where)
    return Config(**known)


class _Text(str):
    """A TOML float as it is written."""


def _strings(value: Any, where: str) -> tuple[str, ...]:
    if isinstance(value, list) and all(type(item) is str for item in value):
        return tuple(value)
    raise ConfigError(f"{where}: must be a list of strings")


def _rules(value: Any, where: str) -> tuple[str, ...]:
    return check_selectors(_strings(value, where), where)


def _table(value: Any, where: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise ConfigError(f"{where}: must be a table")


def _per_file(value: Any, where: str) -> dict[str, tuple[str, ...]]:
    return {pattern: _rules(names, f"{where}.{pattern[:60]}") for pattern, names in _table(value, where).items()}


def _inputs(value: Any, where: str) -> dict[str, tuple[StatedShape, ...]]:
    return {name: _shapes(shapes, f"{where}.{name[:60]}") for name, shapes in _table(value, where).items()}


def _shapes(value: Any, where: str) -> tuple[StatedShape, ...]:
    """One shape, or a list of several: ``"1x3x32x32"``, ``[1, 3, 32, 32]``, ``["1x3x8x8", "1x10"]``, ``[[1, 3], [1, 10]]``."""
    if isinstance(value, list) and value and all(isinstance(item, list) or (type(item) is str and "x" in item) for item in value):
        return tuple(shape for item in value for shape in _shapes(item, where))
    text = str(value) if type(value) is str else ""
    if isinstance(value, list) and all(type(item) in (int, str) for item in value):
        text = f"[{', '.join(map(str, value))}]"
    try:
        return parse_shapes(text)
    except ValueError as error:
        raise ConfigError(f"{where}: {error if text else 'must be a shape such as [1, 3, 32, 32] or 1x3x32x32'}") from None


def _version(value: Any, where: str) -> float:
    major, _, minor = str(value).partition(".")
    minor = minor.partition(".")[0]
    if type(value) in (int, str, _Text) and major in ("1", "2", "3") and (not minor or (minor.isdecimal() and len(minor) <= 2)):
        return float(major) if major != "3" else 3 + int(minor) / 100 if minor else LATEST_KERAS
    raise ConfigError(f"{where}: must be a version such as 1, 2, 3 or 3.13")


def _one_of(*words: str) -> Callable[[Any, str], str]:
    def read(value: Any, where: str) -> str:
        if type(value) is str and value in words:
            return value
        raise ConfigError(f"{where}: must be one of {', '.join(words)}")

    return read


def _positive(value: Any, where: str) -> int:
    if type(value) is int and value > 0:
        return value
    raise ConfigError(f"{where}: must be a positive whole number")


def _switch(value: Any, where: str) -> bool:
    if type(value) is bool:
        return value
    raise ConfigError(f"{where}: must be true or false")


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "select": _rules,
    "ignore": _rules,
    "exclude": _strings,
    "per-file-ignores": _per_file,
    "inputs": _inputs,
    "keras-version": _version,
    "torch-mode": _one_of("train", "eval"),
    "data-format": _one_of("channels_last", "channels_first"),
    "follow-imports": _one_of("project", "installed", "none"),
    "fuel": _positive,
    "notebooks": _switch,
}


def _names(selectors: tuple[str, ...] | list[str], code: str, symbol: str) -> bool:
    return any(rule.code == code or rule.symbol == symbol for text in selectors for rule in matching(text))


def _covers(pattern: str, path: str, root: str) -> bool:
    """Whether a pattern fits the path, relative to the configuration, or the file's name."""
    full = os.path.abspath(path)
    relative = os.path.relpath(full, root) if root and os.path.splitdrive(full)[0] == os.path.splitdrive(root)[0] else path
    relative = relative.replace(os.sep, "/")
    return any(fnmatchcase(text, pattern) for text in (relative, os.path.basename(path)))
