"""The table of einops' names, and what its declarations share. Source: https://einops.rocks."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dimlint.core.dim import Dim, unknown_dim
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.library import Library
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Tensor, Unknown, Value, is_size

_MOVED = re.compile(r"^(?:einops|packing)\.(?=\w+$)")


def canonical(name: str) -> str:
    """The declared name of a dotted name below ``einops``: ``packing.pack`` is ``pack``."""
    return _MOVED.sub("", name)


LIBRARY = Library("einops", ("einops",), canonical)
function = LIBRARY.function


def text_of(pattern: Value, what: str, name: str = "pattern") -> str:
    """A pattern that is known. Raises Problem for what is no text, Undecided."""
    if isinstance(pattern, str):
        return pattern
    if pattern is None or isinstance(pattern, (int, float, tuple, list, Tensor)):
        raise Problem(ARGUMENT, f"{what}: the {name} must be a string, got {show(pattern)}", blame=name)
    raise Undecided(pattern.reason if isinstance(pattern, Unknown) else f"the {name} given to {what} is not known")


def lengths_of(given: Mapping[str, Value]) -> dict[str, Dim]:
    """The lengths of axes among the keyword arguments. Raises Undecided for what is no integer: einops checks only integers."""
    return {name: length_of(name, value) for name, value in given.items()}


def length_of(name: str, value: Value) -> Dim:
    """One length; an unknown one is a symbol. Raises Undecided."""
    if isinstance(value, Unknown):
        return unknown_dim(name, reason=value.reason)
    if is_size(value) and not isinstance(value, bool):
        size: Dim = value
        return size
    if value is None:
        raise Problem(ARGUMENT, f"the length of the axis {name} must be an integer, got None", blame=name)
    raise Undecided(f"the length {name}={show(value)} is no integer")
