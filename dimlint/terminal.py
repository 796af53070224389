"""Lines in styled pieces, written plainly or, on a terminal, in colour."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress

    from dimlint.render.shown import Line

STYLES = {"path": "bold", "code": "bold red", "rule": "cyan", "frame": "dim", "mark": "red", "good": "green", "bad": "bold red", "": ""}


def wants_colour(stream: TextIO) -> bool:
    """Whether to colour: never with NO_COLOR, always with FORCE_COLOR, else on a capable terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def paint(lines: Iterable[Line], stream: TextIO, *, colour: bool) -> None:
    """Write the lines."""
    if not colour:
        stream.writelines("".join(text for text, _ in line) + "\n" for line in lines)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, force_terminal=True, color_system="standard", highlight=False, markup=False, emoji=False)
    for line in lines:
        console.print(Text.assemble(*((text, STYLES[style]) for text, style in line)), soft_wrap=True)


PATIENCE = 1.0
"""Seconds before a bar is shown."""


@contextmanager
def progress(total: int, stream: TextIO) -> Iterator[Callable[[], None]]:
    """What is to be called when each of so many things is done: a bar on a terminal, if they take long; it is gone at the end."""
    bar = _Bar(total, stream)
    try:
        yield bar.step if stream.isatty() and os.environ.get("TERM") != "dumb" else lambda: None
    finally:
        bar.stop()


class _Bar:
    """A bar that begins to show after a while."""

    def __init__(self, total: int, stream: TextIO) -> None:
        self._total = total
        self._stream = stream
        self._done = 0
        self._started = time.monotonic()
        self._shown: Progress | None = None

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        if self._shown is None and time.monotonic() - self._started > PATIENCE:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress

            columns = ("checked", BarColumn(), MofNCompleteColumn())
            console = Console(file=self._stream, no_color=not wants_colour(self._stream))
            options: dict[str, Any] = {"transient": True, "auto_refresh": False, "redirect_stdout": False, "redirect_stderr": False}
            self._shown = Progress(*columns, console=console, **options)  # refreshed here: threads and forks do not mix
            self._shown.add_task("checked", total=self._total)
            self._shown.start()
        if self._shown is not None:
            self._shown.update(self._shown.task_ids[0], completed=self._done, refresh=True)

    def stop(self) -> None:
        """Take the bar away."""
        if self._shown is not None:
            self._shown.stop()
