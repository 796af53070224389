"""The layers that the libraries declare, as a list with signatures."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from fnmatch import fnmatchcase

from dimlint.core.layer import REQUIRED, Layer, show
from dimlint.core.library import Library
from dimlint.core.value import LibraryClass, Native
from dimlint.render.shown import Line


def layer_lines(libraries: Iterable[Library], pattern: str | None) -> list[Line]:
    """Two lines for each layer whose name contains the pattern or fits it as a glob: its signature, and what it does."""
    lines: list[Line] = []
    for library in libraries:
        shown: set[int] = set()
        for _, entry in sorted(library.entries.items()):
            if not isinstance(entry, LibraryClass) or id(entry.layer or entry) in shown:
                continue
            arguments = arguments_of(entry, library)
            if arguments is None or not _fits(f"{library.name}.{entry.name}", pattern):
                continue
            shown.add(id(entry.layer or entry))
            lines.append(((f"{library.name}.{entry.name}", "path"), (f"({arguments})", "")))
            summary = first_sentence(entry)
            if summary:
                lines.append(((f"    {summary}", "frame"),))
    return lines


def arguments_of(entry: LibraryClass, library: Library) -> str | None:
    """The arguments of a layer as Python writes them; None for what is no layer."""
    return signature(entry.layer) if entry.layer is not None else constructor(entry, library)


def first_sentence(entry: LibraryClass) -> str:
    """The first line of what is said of a layer."""
    return ((entry.layer.__doc__ if entry.layer is not None else entry.doc) or "").strip().partition("\n")[0]


def constructor(entry: LibraryClass, library: Library) -> str | None:
    """The arguments of a layer that is declared by its methods, as Python writes them; None for what is no layer of its own."""
    own = [cls for cls in entry.mro if cls.name != library.base]
    native = next((cls.methods["__init__"] for cls in own if "__init__" in cls.methods), None)
    if not isinstance(native, Native) or library.base is None or library.base.rpartition(".")[0] != entry.name.rpartition(".")[0]:
        return None
    if entry.name == library.base or all(cls.name != library.base for cls in entry.mro):
        return None
    stated = inspect.signature(native.body)
    parameters = [item.replace(annotation=item.empty) for item in list(stated.parameters.values())[2:]]
    return str(stated.replace(parameters=parameters, return_annotation=stated.empty))[1:-1]




def signature(layer: type[Layer]) -> str:
    """The constructor's arguments as Python writes them."""
    parts: list[str] = []
    for name, item in layer.fields.items():
        if item.default is not REQUIRED and type(item.default) is object:
            continue  # refused whatever it is
        if item.keyword and "*" not in parts:
            parts.append("*")
        parts.append(name if item.default is REQUIRED else f"{name}={show(item.default)}")
    return ", ".join(parts)


def _fits(name: str, pattern: str | None) -> bool:
    if pattern is None:
        return True
    wanted = pattern.lower()
    return wanted in name.lower() or fnmatchcase(name.lower(), wanted)
