"""How long an editor waits after a change, as a multiple of libcst's parse: ``python -m tests.benchmarks.editor [FILE ...]``.

A real client opens each file (by default a program of about 1,000 lines) in a server without its delay, writes a blank line again and
again, now here, now there, and takes the time by the clock until the server has told of the changed text: the least of several.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter

from tests.benchmarks.growth import length
from tests.benchmarks.ratios import parsed
from tests.editor import Editor, editor

CHANGES = 8
LINES = 1000


def main(files: Sequence[str]) -> None:
    """Print all ratios."""
    texts = {file: Path(file).read_text(encoding="utf-8") for file in files}
    asyncio.run(_measured(texts or {"written.py": _program()}))


def _program() -> str:
    """A program of about LINES lines."""
    size = 1
    while length(size).count("\n") < LINES:
        size += 1
    return length(size)


async def _measured(texts: Mapping[str, str]) -> None:
    async with editor({"delay": 0}) as told:
        for path, text in texts.items():
            parse = min(_clocked(text) for _ in range(CHANGES))
            first, later = await _waits(told, Path(path).resolve(), text)
            lines = text.count("\n")
            print(f"{later / parse:6.2f}  times the parse after a change ({later:.3f} s, when opened {first:.3f} s): {path}, {lines} lines")


def _clocked(text: str) -> float:
    start = perf_counter()
    parsed(text)
    return perf_counter() - start


async def _waits(told: Editor, path: Path, text: str) -> tuple[float, float]:
    """Seconds until a file is told of that is opened, and the least after a change."""
    start = perf_counter()
    uri = told.open(path, text)
    await told.diagnostics(uri, 1)
    first, waits = perf_counter() - start, []
    for line in _lines(text):
        start = perf_counter()
        version = told.insert(uri, line, "\n")
        await told.diagnostics(uri, version)
        waits.append(perf_counter() - start)
    return first, min(waits)


def _lines(text: str) -> list[int]:
    """Where the text is changed: before statements of a module, spread over it, the last ones first."""
    starts = [number for number, line in enumerate(text.splitlines()) if line.startswith(("class ", "def ", "import ", "from "))]
    return starts[:: max(1, len(starts) // CHANGES)][::-1]


if __name__ == "__main__":
    main(sys.argv[1:])
