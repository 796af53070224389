"""``functools.cached_property`` without its lock.

Before Python 3.12 all objects of a class share one lock for each such property. Sums hold products and these hold sums: two threads
that ask for the properties of both would wait for each other forever.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class once(Generic[Result]):
    """Marks a method as a property that is computed when it is first asked for; two threads may compute the same twice."""

    def __init__(self, compute: Callable[[Any], Result]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Result:
        found = instance.__dict__[self._name] = self._compute(instance)
        return found
