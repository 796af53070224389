"""Reports of earlier runs, kept on disk for files of which nothing has changed since: neither they nor what they import.

An entry is a file of its own, put into place in one step, so that runs side by side and runs that are killed leave whole entries
or none. What cannot be read or written costs the cache, never the result. An entry is plain data: reading it makes nothing but
the parts of a report, whoever wrote it.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.machinery
import io
import os
import pickle
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from typing import Any

from dimlint.config import Config
from dimlint.core import report as parts
from dimlint.core.report import Report
from dimlint.files import Seen, Unchanged, digest, read_bytes
from dimlint.gate import Unreadable

DIRECTORY = ".dimlint_cache"
MAX_ENTRY = 4_000_000
"""Bytes of the largest entry that is kept."""
MAX_AGE = 14 * 86_400
"""Seconds after which what has not been written again is thrown away."""
SWEEP = 86_400
"""Seconds between two looks for what is to be thrown away."""
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# This directory holds a cache of dimlint. It may be deleted.\n"
_ENTRY = ".entry"
_DAMAGED = (
    *(pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, ImportError, IndexError, KeyError),
    *(MemoryError, OverflowError, RecursionError),
)
"""What pickles raise that are no whole ones."""
_MARK = 32
"""Bytes at the beginning of an entry that tell whether it is what was written."""


class Cache:
    """The entries of this version of dimlint below a directory, which is made when there is something to keep."""

    def __init__(self, directory: str) -> None:
        self._top = os.path.abspath(directory)
        self._directory = os.path.join(self._top, _fingerprint())
        self._unchanged = Unchanged()
        self._is_made = False

    def __reduce__(self) -> tuple[type[Cache], tuple[str]]:
        """For other processes: what this one has looked at so far is not handed on."""
        return Cache, (self._top,)

    def find(self, path: str, config: Config) -> Report | None:
        """The report on a file if it still holds."""
        entry = self._entry(path, config)
        return entry[1] if entry is not None and self._unchanged.holds(entry[0]) else None

    def rests_on(self, path: str, config: Config) -> frozenset[str]:
        """The paths of which the kept report on a file says that it rests on them; none if there is no such report."""
        entry = self._entry(path, config)
        return frozenset(entry[0].contents) | frozenset(entry[0].there) if entry is not None else frozenset()

    def _entry(self, path: str, config: Config) -> tuple[Seen, Report] | None:
        """What is kept of a file."""
        try:
            raw = read_bytes(self._place(path, config), MAX_ENTRY + _MARK)
            if raw[:_MARK] != _mark(raw[_MARK:]):
                return None
            seen, report = _Plain(io.BytesIO(raw[_MARK:])).load()
            return (Seen(*seen), report) if isinstance(report, Report) and report.path == path else None
        except (Unreadable, *_DAMAGED):
            return None

    def keep(self, path: str, config: Config, report: Report, seen: Seen) -> None:
        """Keep a report with what it rests on."""
        place = self._place(path, config)
        with suppress(OSError, RecursionError):
            raw = pickle.dumps((tuple(seen), report), protocol=4)
            if len(raw) > MAX_ENTRY:
                return
            self._make()
            descriptor, made = tempfile.mkstemp(dir=self._directory)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(_mark(raw) + raw)
                os.replace(made, place)
            except BaseException:
                with suppress(OSError):
                    os.unlink(made)
                raise

    def _place(self, path: str, config: Config) -> str:
        key = repr((os.getcwd(), path, config)).encode("utf-8", "surrogatepass")
        return os.path.join(self._directory, digest(key) + _ENTRY)

    def _make(self) -> None:
        """The directory, with a note to version control and backups that nothing in it matters."""
        if self._is_made:
            return
        self._is_made = True
        tag = os.path.join(self._top, "CACHEDIR.TAG")
        if not os.path.isdir(self._directory) or _age(tag) > SWEEP:
            os.makedirs(self._directory, exist_ok=True)
            for path, text in ((os.path.join(self._top, ".gitignore"), "*\n"), (tag, _TAG)):
                with suppress(OSError), open(path, "x", encoding="utf-8") as stream:
                    stream.write(text)
            with suppress(OSError):
                os.utime(tag)
            _sweep(self._top, self._directory)


def _mark(raw: bytes) -> bytes:
    return digest(raw).encode()


class _Plain(pickle.Unpickler):
    """Reads nothing but the parts of a report."""

    def find_class(self, module: str, name: str) -> Any:
        """The class of a part. Raises UnpicklingError for anything else."""
        found = getattr(parts, name, None) if module == parts.__name__ else None
        if not isinstance(found, type) or found.__module__ != parts.__name__:
            raise pickle.UnpicklingError("no part of a report")
        return found


def _age(path: str) -> float:
    """Seconds since a file or directory was written; endless if there is none."""
    try:
        return time.time() - os.stat(path, follow_symlinks=False).st_mtime
    except OSError:
        return float("inf")


def _sweep(top: str, mine: str) -> None:
    """Throw away what nobody has written for a while: what other versions have left there, and entries of files that may be gone."""
    with suppress(OSError):
        for entry in os.scandir(top):
            if entry.is_dir(follow_symlinks=False) and entry.path != mine and _age(entry.path) > MAX_AGE:
                shutil.rmtree(entry.path, ignore_errors=True)
    with suppress(OSError):
        for entry in os.scandir(mine):
            if entry.is_file(follow_symlinks=False) and _age(entry.path) > MAX_AGE:
                with suppress(OSError):  # another run may sweep, too
                    os.unlink(entry.path)


@functools.cache
def _fingerprint() -> str:
    """What tells apart the programs that may have written an entry: dimlint's own files, the parser and Python."""
    house = os.path.dirname(os.path.abspath(__file__))
    parser = importlib.machinery.PathFinder.find_spec("libcst")
    installed = os.stat(parser.origin).st_mtime_ns if parser is not None and parser.origin is not None else None
    state = hashlib.blake2b(repr((sys.version, sys.prefix, installed)).encode(), digest_size=8)
    for directory, below, names in os.walk(house):
        below.sort()
        for name in sorted(name for name in names if name.endswith(".py")):
            info = os.stat(os.path.join(directory, name))
            state.update(repr((directory, name, info.st_size, info.st_mtime_ns)).encode())
    return state.hexdigest()
