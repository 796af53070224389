"""The tables of names. The packages are no longer developed; of their names a few are declared, the others are code not followed."""

from __future__ import annotations

from dimlint.core.library import Library
from dimlint.core.value import LibraryClass

_MODULES = frozenset(
    {"normalization", "instancenormalization", "groupnormalization", "normalizations", "wrappers", "spectral_normalization"}
)


def canonical(name: str) -> str:
    """The declared name of a dotted path: ``layers.normalization.instancenormalization.InstanceNormalization``."""
    head, *rest = name.split(".")
    if head != "layers" or not rest:
        return name
    return head if rest[-1] in _MODULES else f"{head}.{rest[-1]}" if set(rest[:-1]) <= _MODULES else name


CONTRIB = Library("keras_contrib", ("keras_contrib",), canonical, modules=(f"{__package__}.contrib",), in_part=True)
APPLICATIONS = Library("keras_applications", ("keras_applications",), modules=(f"{__package__}.applications",), in_part=True)
TENSORFLOW_ADDONS = Library(
    "tensorflow_addons", ("tensorflow_addons",), canonical, modules=(f"{__package__}.tensorflow_addons",), in_part=True
)


def declare(library: Library, base: LibraryClass, cls: type, name: str = "") -> None:
    """Declare a layer of Keras' kind: a declaration, or a class of methods like those of the base."""
    name = name or cls.__name__
    layer = cls if hasattr(cls, "fields") else None
    methods = library._methods(name, cls) if layer is None else {}
    library.value(f"layers.{name}", LibraryClass(name, base.library, (base,), layer, methods, cls.__doc__ or ""))
