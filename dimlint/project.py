"""Which files there are, what stands in them, and which file an import means. Nothing is ever imported."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from copy import copy
from typing import TYPE_CHECKING, Protocol

from dimlint.config import Config, ConfigError
from dimlint.files import Files, decode, read_bytes
from dimlint.gate import MAX_NOTEBOOK, Unreadable, is_notebook

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from dimlint.notebook import Notebook

_ENDINGS = (".py", ".ipynb")
"""Of the files that are looked for in directories."""
_SKIPPED = frozenset({".git", ".hg", ".svn", "__pycache__", "node_modules", ".tox", ".nox", ".venv", ".ipynb_checkpoints"})
MAX_DATA = 262_144
"""Bytes of a data file that is read."""


def find_files(paths: Iterable[str], config: Config, *, force_exclude: bool = False) -> Iterator[str]:
    """The Python files that ``paths`` name, each once: named files always, directories walked for ``*.py`` and,
    unless the configuration says otherwise, ``*.ipynb`` in sorted order.

    .gitignore files at every level and ``config.exclude`` are respected; virtual environments are left out. A path that does
    not exist is given as it is, for the reader to complain about. force_exclude: leave out named files, too, if they are ignored.
    Raises ConfigError for a malformed pattern.
    """
    seen: set[str] = set()
    endings = _ENDINGS if config.notebooks else _ENDINGS[:1]
    for path in paths:
        path = os.path.normpath(path)
        found = _walk(path, _Ignores.above(path, config), endings) if os.path.isdir(path) else iter((path,))
        forced = force_exclude and not os.path.isdir(path)
        for file in found:
            real = os.path.realpath(file)
            if real not in seen and not (forced and _Ignores.around(real, config).leaves_out(real)):
                seen.add(real)
                yield file


def read_text(path: str) -> str:
    """The text of a regular file of Python, by its coding cookie; of a notebook the program that it is. Raises Unreadable."""
    return read_notebook(path).program if is_notebook(path) else decode(read_bytes(path))


def read_notebook(path: str) -> Notebook:
    """A regular file as a notebook. Raises Unreadable."""
    return decode_notebook(read_bytes(path, MAX_NOTEBOOK))


def decode_notebook(raw: bytes) -> Notebook:
    """The notebook of a file's bytes, which are UTF-8. Raises Unreadable."""
    from dimlint.notebook import Notebook

    try:
        return Notebook(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise Unreadable("is no notebook: not UTF-8") from None


class Loader(Protocol):
    """Finds the source of modules that the analysed program imports."""

    def load(self, name: str, importer: str, level: int) -> tuple[str, str] | None:
        """Path and text of a module, or None if it is not to be followed.

        name: dotted, without leading dots. importer: path of the file with the import. level: its number of leading dots.
        A package's path ends with ``__init__.py``.
        """


class ProjectLoader:
    """Resolves imports the way Python would if the importing file were run where it stands."""

    def __init__(self, follow: str = "project", files: Files | None = None) -> None:
        self._follow = follow
        self.files = files or Files()
        self._roots: dict[str, tuple[str, ...]] = {}
        self._found: dict[str, tuple[str, str] | None] = {}

    @classmethod
    def for_file(cls, path: str, config: Config, files: Files | None = None) -> ProjectLoader:
        """The loader for a run that starts at ``path``."""
        return cls(config.follow_imports, files)

    def load(self, name: str, importer: str, level: int) -> tuple[str, str] | None:
        """See Loader."""
        parts = name.split(".") if name else []
        if self._follow == "none" or not all(map(str.isidentifier, parts)) or not (parts or level):
            return None
        directory = os.path.dirname(os.path.abspath(importer))
        if level:
            for _ in range(level - 1):
                directory = os.path.dirname(directory)
            return _as_written(self._module(directory, parts), importer)
        for root in self._search_path(directory, parts[0]):
            if self._follow != "installed" and _is_installation(root) and not _is_within(directory, os.path.join(root, parts[0])):
                continue  # what happens to be installed beside the importing package is not of its project
            found = self._module(root, parts)
            if found is not None:
                return _as_written(found, importer)
        return None

    def data(self, path: str, importer: str) -> str | None:
        """The text of a data file inside the project, or None: named from where the importing file or the project stands."""
        if self._follow == "none":
            return None
        directory = os.path.dirname(os.path.abspath(importer))
        root = os.path.realpath(self.files.project_root(directory) or directory)
        found = {os.path.realpath(os.path.join(start, path)) for start in (directory, root)}
        inside = [file for file in sorted(found) if file.startswith(root + os.sep) and self.files.exists(file)]
        if len(inside) != 1:
            return None
        with suppress(Unreadable, UnicodeDecodeError):
            return self.files.read(inside[0], MAX_DATA).decode("utf-8")
        return None

    def _search_path(self, directory: str, top: str) -> tuple[str, ...]:
        """Where an absolute import is looked for. A name of the standard library is shadowed only beside a script."""
        if top in sys.stdlib_module_names:
            return () if self.files.is_package(directory) else (directory,)
        if directory not in self._roots:
            self._roots[directory] = tuple(dict.fromkeys(self._candidates(directory)))
        return self._roots[directory]

    def _candidates(self, directory: str) -> Iterator[str]:
        if not self.files.is_package(directory):
            yield directory
        package_root = directory
        while self.files.is_package(package_root) and os.path.dirname(package_root) != package_root:
            package_root = os.path.dirname(package_root)
        yield package_root
        project = self.files.project_root(package_root)
        if project is not None:
            yield project
            yield os.path.join(project, "src")
        yield directory
        yield from _between(package_root, project or os.getcwd())  # where a script may be run, or what it puts on its path
        if self._follow == "installed":
            import sysconfig

            yield sysconfig.get_path("purelib")
            yield sysconfig.get_path("platlib")

    def _module(self, root: str, parts: list[str]) -> tuple[str, str] | None:
        base = os.path.join(root, *parts)
        candidates = [os.path.join(base, "__init__.py")] + ([base + ".py"] if parts else [])
        return next((found for path in candidates if (found := self._read(path)) is not None), None)

    def _read(self, path: str) -> tuple[str, str] | None:
        if path not in self._found:
            self._found[path] = None
            with suppress(Unreadable):
                self._found[path] = (path, self.files.text(path))
        return self._found[path]


def _as_written(found: tuple[str, str] | None, importer: str) -> tuple[str, str] | None:
    """The module with its path relative if the importing file's is, so that messages name files in one way."""
    if found is None or os.path.isabs(importer):
        return found
    return os.path.relpath(found[0]), found[1]


def _is_installation(directory: str) -> bool:
    return os.path.basename(directory) in ("site-packages", "dist-packages")


def _is_within(directory: str, ancestor: str) -> bool:
    return directory == ancestor or directory.startswith(ancestor + os.sep)


def _between(directory: str, top: str) -> Iterator[str]:
    """The directories above one, from the nearest to ``top``; none if it is not below that."""
    while _is_within(directory, top) and directory != top:
        directory = os.path.dirname(directory)
        yield directory


class _Ignores:
    """The ignore files that hold for one walked directory, the outermost first."""

    def __init__(self, config: Config) -> None:
        try:
            self._excluded = _patterns(config.exclude) if config.exclude else None
        except ValueError as error:
            raise ConfigError(f"{config.root}: [tool.dimlint] exclude: {error}") from None
        self._root = os.path.realpath(config.root or os.getcwd())
        self._specs: list[tuple[str, GitIgnoreSpec]] = []

    @classmethod
    def around(cls, path: str, config: Config) -> _Ignores:
        """What holds for a file."""
        return cls.above(path, config, named=False)

    @classmethod
    def above(cls, top: str, config: Config, *, named: bool = True) -> _Ignores:
        """What holds above ``top`` in its repository, unless that leaves out ``top`` itself, which the user has named."""
        ignores = cls(config)
        above = []
        directory = os.path.realpath(top)
        while not os.path.exists(os.path.join(directory, ".git")):
            parent = os.path.dirname(directory)
            if parent == directory:
                return ignores
            directory = parent
            above.append(directory)
        for parent in reversed(above):
            ignores._add(parent)
        if named and ignores._ignored(os.path.realpath(top) + "/"):
            ignores._specs.clear()
        return ignores

    def inside(self, directory: str) -> _Ignores:
        """These and the ignore file of ``directory``."""
        deeper = copy(self)
        deeper._specs = [*self._specs]
        deeper._add(directory)
        return deeper

    def leaves_out(self, path: str) -> bool:
        """Whether an absolute path is ignored; a directory's ends with a slash."""
        if self._excluded is not None and _opinion(self._excluded, self._root, path):
            return True
        return self._ignored(path)

    def _ignored(self, path: str) -> bool:
        verdict = False
        for root, spec in self._specs:
            opinion = _opinion(spec, root, path)
            verdict = verdict if opinion is None else opinion
        return verdict

    def _add(self, directory: str) -> None:
        with suppress(Unreadable):
            raw = read_bytes(os.path.join(directory, ".gitignore"))
            lines = raw.decode("utf-8", "replace").splitlines()
            with suppress(ValueError):
                self._specs.append((directory, _patterns(lines)))


def _patterns(lines: Iterable[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(lines)


def _opinion(spec: GitIgnoreSpec, root: str, path: str) -> bool | None:
    relative = os.path.relpath(path, root).replace(os.sep, "/") + "/" * path.endswith("/")
    return None if relative.startswith("../") else spec.check_file(relative).include


def _walk(directory: str, ignores: _Ignores, endings: tuple[str, ...], above: frozenset[str] = frozenset()) -> Iterator[str]:
    real = os.path.realpath(directory)
    if real in above:  # a link to a directory that holds it
        return
    ignores = ignores.inside(real)
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        yield directory  # reading it will say why
        return
    for name in names:
        path = name if directory == "." else os.path.join(directory, name)
        if os.path.isdir(path):
            environment = name in _SKIPPED or os.path.exists(os.path.join(path, "pyvenv.cfg"))
            if not environment and not ignores.leaves_out(os.path.join(real, name) + "/"):
                yield from _walk(path, ignores, endings, above | {real})
        elif name.endswith(endings) and not ignores.leaves_out(os.path.join(real, name)):
            yield path
