"""The process of the command line: what makes it start and end fast."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from types import FrameType

from dimlint.core.collector import collect_rarely


def main() -> None:
    """Run the command that the arguments of the process name, and end the process."""
    collect_rarely()
    _open_streams()
    from dimlint.cli import main as command

    try:
        command(prog_name="dimlint")
    except SystemExit as ended:
        if isinstance(ended.code, int) and threading.active_count() == 1 and _is_last(sys._getframe(1)):
            _end(ended.code)
        raise


def _open_streams() -> None:
    """What is written to a stream that was closed before the start is lost, as Python itself has it for ``print``."""
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _is_last(frame: FrameType | None) -> bool:
    """Whether Python ends when this frame does: no prompt follows, and no profiler or debugger has something to tell then."""
    modules = []
    while frame is not None:
        modules.append(frame.f_globals.get("__name__"))
        frame = frame.f_back
    return not sys.flags.inspect and modules[:1] == ["__main__"] and set(modules[1:]) <= {"runpy"}


def _end(status: int) -> None:
    """End the process without taking all its objects apart: that takes a fifth of the time of a small check."""
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return  # nobody reads any more; Python knows what to do
    os._exit(status)
