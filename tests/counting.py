"""What an action costs, counted and not clocked: calls of functions, Python's and built-in ones, and memory at its height."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from typing import Any, NamedTuple


class Cost(NamedTuple):
    """calls: of functions. memory: bytes in use at one time that were not in use before."""

    calls: int
    memory: int


def cost_of(action: Callable[[], object]) -> Cost:
    """Run the action and count."""
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    tracemalloc.start()
    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(before)
        memory = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return Cost(calls, memory)
