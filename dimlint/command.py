"""The process of the command line: what makes it start and end fast."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading

BETWEEN_COLLECTIONS = 200_000
"""New objects after which garbage is looked for; what is imported and what a small file needs is less, and all of it is used."""


def main() -> None:
    """Run the command that the arguments of the process name, and end the process."""
    gc.set_threshold(BETWEEN_COLLECTIONS)
    from dimlint.cli import main as command

    try:
        command(prog_name="dimlint")
    except SystemExit as ended:
        if isinstance(ended.code, int) and threading.active_count() == 1:
            _end(ended.code)
        raise


def _end(status: int) -> None:
    """End the process without taking all its objects apart: that takes a fifth of the time of a small check."""
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return  # nobody reads any more; Python knows what to do
    os._exit(status)
