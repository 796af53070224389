"""The table of einops' names, and what its declarations share. Source: https://einops.rocks."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dimlint.core.dim import Dim, unknown_dim
from dimlint.core.layer import ARGUMENT, Layer, show
from dimlint.core.library import Library
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import LibraryClass, Tensor, Unknown, Value, is_size

_MOVED = re.compile(r"^(?:einops|packing)\.(?=\w+$)")


def canonical(name: str) -> str:
    """The declared name of a dotted name below ``einops``: ``packing.pack`` is ``pack``."""
    return _MOVED.sub("", name)


LIBRARY = Library("einops", ("einops",), canonical, modules=(f"{__package__}.functions", f"{__package__}.packing"))
TORCH_LAYERS = Library("einops.layers.torch", ("einops.layers.torch",), modules=(f"{__package__}.torch_layers",))
KERAS_LAYERS = Library(
    "einops.layers.keras", ("einops.layers.keras", "einops.layers.tensorflow"), modules=(f"{__package__}.keras_layers",)
)
"""Tables of their own, so that a program of one framework loads nothing of the other."""

function = LIBRARY.function


def declare_layers(library: Library, base: LibraryClass, **layers: type[Layer]) -> None:
    """Declare layers that belong to the framework of a base class."""
    for name, layer in layers.items():
        layer.label = name
        library.value(name, LibraryClass(name, base.library, (base,), layer))


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
