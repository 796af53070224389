"""Paths as they are the same on every machine: relative to the repository, with forward slashes."""

from __future__ import annotations

import os
from pathlib import PurePath


def repository(start: str = ".") -> str:
    """The directory of the repository around a directory; the directory itself if there is none."""
    start = directory = os.path.abspath(start)
    while not os.path.exists(os.path.join(directory, ".git")):
        parent = os.path.dirname(directory)
        if parent == directory:
            return start
        directory = parent
    return directory


def below(path: str, root: str) -> str | None:
    """The path of a file relative to a directory that it is in; None if it is elsewhere."""
    for resolve in (os.path.abspath, os.path.realpath):
        found = _between(resolve(path), resolve(root))
        if found is not None and found.split("/", 1)[0] != "..":
            return found
    return None


def portable(path: str, root: str) -> str:
    """The path of a file relative to a directory, also where that leads upwards."""
    return below(path, root) or _between(os.path.abspath(path), os.path.abspath(root)) or PurePath(os.path.abspath(path)).as_posix()


def _between(path: str, root: str) -> str | None:
    try:
        return PurePath(os.path.relpath(path, root)).as_posix()
    except ValueError:  # on another drive of Windows
        return None
