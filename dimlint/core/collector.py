"""Python's garbage collector, out of the way while many objects are made that stay: it would take up to half of that time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

BETWEEN_COLLECTIONS = 200_000
"""New objects after which garbage is looked for: more than is imported, and than a small file needs."""


def collect_rarely() -> None:
    """Look for garbage now and then only, in a process of our own: a run leaves next to none that is not freed at once."""
    gc.set_threshold(BETWEEN_COLLECTIONS)


@contextmanager
def collector_paused() -> Iterator[None]:
    """No collection inside the block."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
