"""``dimlint check --fix`` and ``--diff``: the files that can be fixed, shown or written, and what is known of all files then."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TextIO

from dimlint.config import Config
from dimlint.core.report import Report
from dimlint.editing import BOM
from dimlint.fixing import Mended, fix_files, mend_all
from dimlint.gate import is_notebook
from dimlint.lines import FileLines
from dimlint.notebook import Notebook
from dimlint.render.shown import shown
from dimlint.render.text import counted


class FixMode:
    """One run; found: the reports on all files. What came from standard input is among ``lines``."""

    def __init__(self, found: Sequence[Report], lines: FileLines, config_for: Callable[[str], Config], *, unsafe: bool) -> None:
        self.found = found
        self.lines = lines
        self.refused: list[str] = []
        """Why files are not fixed that could be."""
        self.files = list(mend_all(found, self._read, config_for, self.refused.append, unsafe=unsafe))

    def _read(self, path: str) -> bytes:
        if path in self.lines.raw:
            return self.lines.raw[path]
        with open(path, "rb") as stream:
            return stream.read()

    def show(self, output: TextIO, errors: TextIO) -> bool:
        """Write diffs, and how much they mend; whether there are any."""
        for file in self.files:
            _write(file.diff(), output)
        self._explain(errors)
        fixed = counted(sum(file.fixed for file in self.files), "problem")
        errors.write(f"{fixed} in {counted(len(self.files), 'file')} would be fixed\n")
        return bool(self.files)

    def fix(self, again: Callable[[], list[Report]], output: TextIO, errors: TextIO) -> tuple[list[Report], int]:
        """Write the fixed files, what came from standard input to the output; what is found then, and how much was fixed.

        again: reports on the files that are no standard input.
        """
        streamed = {file.path: file for file in self.files if file.path in self.lines.raw}
        for path, raw in self.lines.raw.items():
            _write(streamed[path].new if path in streamed else raw + sys.stdin.buffer.read(), output)
        self._renew(streamed.values())
        written = [file for file in self.files if file.path not in streamed]
        others = [report for report in self.found if report.path not in self.lines.raw]
        self._explain(errors)
        reports, fixed = fix_files(written, others, again, lambda text: print(shown(text), file=errors))
        here = [report for report in self.found if report.path in self.lines.raw]
        kept = [streamed[report.path].report if report.path in streamed else report for report in here]
        return [*kept, *reports], fixed + sum(file.fixed for file in streamed.values())

    def _explain(self, errors: TextIO) -> None:
        for reason in self.refused:
            print(shown(reason), file=errors)

    def _renew(self, files: Iterable[Mended]) -> None:
        """The lines shown with a finding are those of the new text."""
        for file in files:
            if is_notebook(file.path):
                self.lines.notebooks[file.path] = Notebook(file.after)
            else:
                self.lines.texts[file.path] = file.after.removeprefix(BOM)


def _write(data: bytes, stream: TextIO) -> None:
    """Bytes as they are, to a stream of text."""
    stream.flush()
    stream.buffer.write(data)
    stream.buffer.flush()
