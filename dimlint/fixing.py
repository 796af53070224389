"""Fixes put into files: as diffs, or written in place so that a file is either the old one or the new one."""

from __future__ import annotations

import difflib
import io
import os
import re
import shutil
import tempfile
import tokenize
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from dimlint.analyze import analyze
from dimlint.batch import check_notebook
from dimlint.config import Config
from dimlint.core.report import Edit, Finding, Report
from dimlint.editing import BOM, Editable, compatible
from dimlint.files import decode
from dimlint.gate import Unreadable, is_notebook
from dimlint.notebook import Notebook, NotEditable
from dimlint.project import decode_notebook

MAX_ROUNDS = 20
"""How often a text is fixed and analysed again; one fix may make the next one possible."""


@dataclass(frozen=True)
class Mended:
    """A file that was fixed in memory. fixed: how many findings are gone. report: what is known of the new text."""

    path: str
    encoding: str
    before: str
    after: str
    fixed: int
    report: Report

    @property
    def old(self) -> bytes:
        """The file as it was, byte for byte."""
        return self.before.encode(self.encoding)

    @property
    def new(self) -> bytes:
        """The file as it would be: encoding, byte order mark and ends of lines are those of the old one."""
        return self.after.encode(self.encoding)

    def diff(self) -> bytes:
        """A unified diff in the encoding of the file, which ``patch`` applies."""
        lines = difflib.unified_diff(_lines(self.before), _lines(self.after), self.path, self.path)
        parts = [line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n" for line in lines]
        return "".join(parts).encode(self.encoding, "backslashreplace")


def _lines(text: str) -> list[str]:
    return [line for line in re.split(r"(?<=\n)|(?<=\r)(?!\n)", text) if line]


def fixable(findings: Iterable[Finding], *, unsafe: bool) -> list[Finding]:
    """The findings with a fix that may be made."""
    return [item for item in findings if item.fix is not None and (item.fix.safe or unsafe)]


class Script:
    """A file of Python, as fixes see it: the program that they are about is its text."""

    def __init__(self, text: str, path: str, config: Config) -> None:
        self.text = text
        self.path = path
        self.config = config

    @property
    def program(self) -> str:
        """What findings and their fixes are about."""
        return self.text

    def report(self) -> Report:
        """What is known of it."""
        return analyze(self.text, self.path, self.config)

    def edited(self, edits: Sequence[Edit]) -> Script:
        """The file after edits of the program. Raises NotEditable."""
        return Script(Editable(self.text).edited(edits), self.path, self.config)


class Book(Script):
    """A notebook, as fixes see it: its text is JSON, in which its cells stand."""

    def __init__(self, text: str, path: str, config: Config) -> None:
        super().__init__(text, path, config)
        self.notebook = Notebook(text)

    @property
    def program(self) -> str:
        return self.notebook.program

    def report(self) -> Report:
        return check_notebook(self.notebook, self.path, self.config)

    def edited(self, edits: Sequence[Edit]) -> Book:
        mark = BOM if self.text.startswith(BOM) else ""
        return Book(mark + self.notebook.edited(edits).text, self.path, self.config)


def mended(raw: bytes, report: Report, config: Config, *, unsafe: bool) -> Mended | None:
    """A file with all the fixes that can be made; None if there are none. report: what was known of it a moment ago.

    Raises Unreadable, NotEditable.
    """
    if not fixable(report.findings, unsafe=unsafe):
        return None
    encoding = _encoding(raw, report.path)
    before = raw.decode(encoding)
    if before.encode(encoding) != raw:
        return None
    file = (Book if is_notebook(report.path) else Script)(before, report.path, config)
    report = file.report()
    fixed = 0
    for _ in range(MAX_ROUNDS):
        step = _step(file, report, unsafe=unsafe)
        if step is None:
            break
        file, report, cured = step
        fixed += cured
    return Mended(report.path, encoding, before, file.text, fixed, report) if fixed else None


def _encoding(raw: bytes, path: str) -> str:
    """How a file is encoded, which may have changed meanwhile; a byte order mark stays a part of the text. Raises Unreadable."""
    if is_notebook(path):
        decode_notebook(raw)
        return "utf-8"
    decode(raw)
    encoding = tokenize.detect_encoding(io.BytesIO(raw).readline)[0]
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _step(file: Script, report: Report, *, unsafe: bool) -> tuple[Script, Report, int] | None:
    """The file with as many fixes as go together, else with the first that works; what is known of it, how many findings are gone.

    Raises NotEditable.
    """
    from dimlint.proving import mends

    candidates = fixable(report.findings, unsafe=unsafe)
    together = compatible([item.fix for item in candidates if item.fix is not None])
    groups = [[item for item in candidates if item.fix in together], *([item] for item in candidates)]
    for cured in groups if len(together) > 1 else groups[1:]:
        edits: Sequence[Edit] = list(dict.fromkeys(edit for item in cured if item.fix is not None for edit in item.fix.edits))
        new = file.edited(edits)
        after = new.report()
        if mends(cured, edits, report, after, file.program):
            return new, after, len(cured)
    return None


class NotWritten(Exception):
    """A file could not be replaced; the message says why."""


def replace_file(path: str, expected: bytes, new: bytes) -> None:
    """Put new contents in place of the expected ones in one step, with the same permissions. Raises NotWritten."""
    target = os.path.realpath(path)  # what a link leads to, not the link
    temporary = None
    try:
        if not os.access(target, os.W_OK):
            raise NotWritten("cannot be written: Permission denied")
        descriptor, temporary = tempfile.mkstemp(prefix=".dimlint-", dir=os.path.dirname(target))
        with open(descriptor, "wb") as stream:
            stream.write(new)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copymode(target, temporary)
        with open(target, "rb") as stream:
            if stream.read() != expected:
                raise NotWritten("not fixed: the file has changed meanwhile")
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        raise NotWritten(f"cannot be written: {error.strerror}") from None
    finally:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)


class Writer:
    """Writes fixed files, and takes all back if that turns out to break something."""

    def __init__(self) -> None:
        self.written: list[Mended] = []
        self.refused: list[tuple[str, str]] = []
        """Paths that could not be written, and why."""

    def write(self, files: Iterable[Mended]) -> None:
        for file in files:
            try:
                replace_file(file.path, file.old, file.new)
                self.written.append(file)
            except NotWritten as error:
                self.refused.append((file.path, str(error)))

    def take_back(self) -> None:
        """Restore what was there."""
        for file in self.written:
            try:
                replace_file(file.path, file.new, file.old)
            except NotWritten as error:
                self.refused.append((file.path, str(error)))
        self.written = []

    def broken(self, before: Iterable[Report], after: Iterable[Report]) -> Finding | None:
        """A finding that is there since the files were written: a model may be used from other files as well."""
        known = {report.path: report for report in before} | {file.path: file.report for file in self.written}
        for report in after:
            expected = {(item.span, item.code) for item in known[report.path].findings} if report.path in known else set()
            for finding in report.findings:
                if (finding.span, finding.code) not in expected:
                    return finding
        return None


def fix_files(
    files: Sequence[Mended], before: list[Report], again: Callable[[], list[Report]], tell: Callable[[str], None]
) -> tuple[list[Report], int]:
    """Write files that are fixed in memory; what is known of all files then, and how many findings are gone.

    before, again: the reports on all files, those that were not fixed too. All is taken back if something new is found.
    """
    writer = Writer()
    writer.write(files)
    after = again() if writer.written else before
    broken = writer.broken(before, after)
    fixed = sum(file.fixed for file in writer.written)
    if broken is not None:
        tell(f"{broken.span.path}:{broken.span.line}: nothing is fixed, it would lead to: {broken.message}")
        writer.take_back()
        after, fixed = again(), 0
    for path, reason in writer.refused:
        tell(f"{path}: {reason}")
    return after, fixed


def mend_all(
    reports: Iterable[Report],
    read: Callable[[str], bytes],
    config_for: Callable[[str], Config],
    tell: Callable[[str], None],
    *,
    unsafe: bool,
) -> Iterator[Mended]:
    """The reported files that can be fixed, fixed in memory. tell: takes why one cannot be."""
    for report in reports:
        try:
            found = mended(read(report.path), report, config_for(report.path), unsafe=unsafe) if report.findings else None
        except (OSError, Unreadable):
            continue
        except NotEditable:
            tell(f"{report.path}: not fixed: its cells cannot be edited where they stand")
            continue
        if found is not None:
            yield found
