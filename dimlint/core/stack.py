"""Room for the frames of deep calls.

Since Python 3.11 frames live in chunks of 16 KB, of which the last one goes back to the system as soon as its first call returns. A call
that is made again and again where a chunk ends costs a trip to the system each time: up to half of a run, or nothing, as depth has it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
_SLOTS = 1 << 17
"""A frame so large gets a chunk of 2 MB, of which one half is left for what it calls. Memory that nothing touches costs nothing."""


def roomy(function: Function) -> Function:
    """What the function calls finds its frames in one piece."""
    if sys.version_info >= (3, 11):
        function.__code__ = function.__code__.replace(co_stacksize=_SLOTS)
    return function
