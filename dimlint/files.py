"""What stands in files, and a view of them that remembers what it was asked: an analysis is as good as its answers are still true."""

from __future__ import annotations

import codecs
import hashlib
import io
import os
import stat
import tokenize
from contextlib import suppress
from typing import NamedTuple

from dimlint.gate import MAX_BYTES, MAX_NOTEBOOK, Unreadable

_ENCODINGS = ("utf-8", "utf-8-sig", "iso8859-1", "ascii")
"""Codecs by their own names: a file may call them by others, such as ``utf8``."""
_PROJECT_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", ".git")

UNREAD = ""
"""The digest of what cannot be read."""


class Seen(NamedTuple):
    """What was true of paths: the digest of contents, and whether something is there."""

    contents: dict[str, str]
    there: dict[str, bool]


def read_bytes(path: str, limit: int = MAX_BYTES) -> bytes:
    """A regular file's bytes, if they are not too many; pipes and devices are never waited for. Raises Unreadable."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Unreadable("cannot be read: not a regular file")
            raw = stream.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise Unreadable(f"cannot be read: {reason}") from None
    if len(raw) > limit:
        raise Unreadable(f"not analysed: the file is larger than {limit} bytes", "skipped")
    return raw


def decode(raw: bytes) -> str:
    """The text of a Python file's bytes: UTF-8 unless a coding cookie says Latin-1. Raises Unreadable."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        if codecs.lookup(encoding).name not in _ENCODINGS:
            raise Unreadable(f"cannot be read: the encoding {encoding[:40]!a} is not supported")
        return raw.decode(encoding)
    except (SyntaxError, UnicodeError, LookupError) as error:
        raise Unreadable(f"cannot be read: {str(error).splitlines()[0][:100]}") from None


def digest(raw: bytes) -> str:
    """What tells contents apart."""
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


class Files:
    """The files as one analysis sees them. ``seen`` holds each answer."""

    def __init__(self) -> None:
        self.seen = Seen({}, {})

    def read(self, path: str, limit: int = MAX_BYTES) -> bytes:
        """A regular file's bytes. Raises Unreadable."""
        try:
            raw = read_bytes(path, limit)
        except Unreadable:
            self.seen.contents[path] = UNREAD
            raise
        self.seen.contents[path] = digest(raw)
        return raw

    def text(self, path: str) -> str:
        """The text of a file of Python. Raises Unreadable."""
        return decode(self.read(path))

    def exists(self, path: str) -> bool:
        """Whether something is there."""
        self.seen.there[path] = os.path.exists(path)
        return self.seen.there[path]

    def is_package(self, directory: str) -> bool:
        """Whether a directory is a package of Python's with an ``__init__.py``."""
        return self.exists(os.path.join(directory, "__init__.py"))

    def project_root(self, directory: str) -> str | None:
        """The nearest directory, from ``directory`` upwards, that looks like the top of a project."""
        while True:
            if any(self.exists(os.path.join(directory, mark)) for mark in _PROJECT_MARKS):
                return directory
            parent = os.path.dirname(directory)
            if parent == directory:
                return None
            directory = parent

    def dotted_name(self, path: str) -> str:
        """The name by which a module is imported from outside of its packages."""
        directory, file = os.path.split(os.path.abspath(path))
        parts = [] if file == "__init__.py" else [file.removesuffix(".py")]
        while self.is_package(directory) and os.path.dirname(directory) != directory:
            directory, package = os.path.split(directory)
            parts.append(package)
        return ".".join(reversed(parts)) or os.path.basename(directory)


class Unchanged:
    """Whether earlier answers still hold; each path is looked at once."""

    def __init__(self) -> None:
        self._contents: dict[str, str] = {}
        self._there: dict[str, bool] = {}

    def holds(self, seen: Seen) -> bool:
        """Whether all of this is as it was."""
        there = all(self._exists(path) == state for path, state in seen.there.items())
        return there and all(self._digest(path) == state for path, state in seen.contents.items())

    def _exists(self, path: str) -> bool:
        if path not in self._there:
            self._there[path] = os.path.exists(path)
        return self._there[path]

    def _digest(self, path: str) -> str:
        if path not in self._contents:
            self._contents[path] = UNREAD
            with suppress(Unreadable):
                self._contents[path] = digest(read_bytes(path, MAX_NOTEBOOK))
        return self._contents[path]
