"""The process that analyses: it reads requests from standard input and answers on what was standard output, one after the other."""

from __future__ import annotations

import os
import pickle
import struct
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from dimlint.analyze import analyze
from dimlint.cells import Assembled, assembled
from dimlint.config import Config, ConfigError, load_config
from dimlint.core.collector import collect_rarely
from dimlint.core.report import Report
from dimlint.core.value import LibraryClass
from dimlint.files import Files
from dimlint.project import ProjectLoader

HEADER = struct.Struct(">Q")
"""Before each message, its length."""


@dataclass(frozen=True)
class Request:
    """A text to analyse.

    others: the texts of open documents by real path. select, ignore: what the editor's settings say on top. fixes: whether
    findings get their fixes, which takes several times as long. cells: if it is a notebook's, the cells, each with a reason to doubt it.
    """

    path: str
    text: str
    others: dict[str, str]
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fixes: bool = False
    cells: tuple[tuple[str, str | None], ...] | None = None


@dataclass(frozen=True)
class Documentation:
    """What a layer is: its arguments as Python writes them, and a sentence."""

    signature: str
    doc: str


@dataclass(frozen=True)
class Answer:
    """What is known of a text.

    read: the real paths of the files that were looked for. documentation: of the layers that are applied, by name.
    complaint: why the configuration was not used. left_out: the cells, by index, that are not understood.
    """

    report: Report
    read: frozenset[str] = frozenset()
    documentation: Mapping[str, Documentation] = field(default_factory=dict)
    complaint: str | None = None
    left_out: frozenset[int] = frozenset()


class OpenFiles(Files):
    """The files as the editor has them: with the texts of open documents in place of what was saved."""

    def __init__(self, others: Mapping[str, str]) -> None:
        super().__init__()
        self._others = others
        self.asked: set[str] = set()
        """The real paths of the files of which the text was asked for."""

    def text(self, path: str) -> str:
        real = os.path.realpath(path)
        self.asked.add(real)
        return self._others[real] if real in self._others else super().text(path)


def answer(request: Request) -> Answer:
    """Analyse one text. Never raises for what it analyses."""
    complaint = None
    try:
        config = load_config(os.path.dirname(os.path.abspath(request.path)))
    except ConfigError as error:
        config, complaint = Config(), str(error)
    config = config.narrowed(request.select, request.ignore)
    files = OpenFiles(request.others)
    loader = ProjectLoader.for_file(request.path, config, files)
    program = Assembled(request.text, {}) if request.cells is None else assembled(request.cells)
    report = analyze(program.text, request.path, config, loader, fixes=request.fixes, layers=True)
    documentation = _documentation({layer.name for layer in report.layers})
    return Answer(report, frozenset(files.asked), documentation, complaint, frozenset(program.left_out))


def _documentation(names: Iterable[str]) -> dict[str, Documentation]:
    """What the framework's layers among these names are."""
    from dimlint.libraries import LIBRARIES
    from dimlint.render.layers import arguments_of, first_sentence

    found: dict[str, Documentation] = {}
    for name in sorted(names):
        top, _, rest = name.partition(".")
        for library in LIBRARIES:
            entry = library.entries.get(rest) if library.name == top and rest else None
            if isinstance(entry, LibraryClass):
                arguments = arguments_of(entry, library)
                if arguments is not None:
                    found[name] = Documentation(arguments, first_sentence(entry))
    return found


def receive(stream: BinaryIO) -> bytes | None:
    """The next message; None at the end."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    (length,) = HEADER.unpack(header)
    body = stream.read(length)
    return body if len(body) == length else None


def framed(message: object) -> bytes:
    """A message as it is sent."""
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return HEADER.pack(len(body)) + body


def main() -> None:
    """Answer until standard input ends. What anything prints goes to standard error."""
    collect_rarely()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests = sys.stdin.buffer
    while (body := receive(requests)) is not None:
        answers.write(framed(answer(pickle.loads(body))))
        answers.flush()
