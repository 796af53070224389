"""The layers that the libraries declare, as a list with signatures."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from dimlint.core.layer import REQUIRED, Layer, show
from dimlint.core.library import Library
from dimlint.core.value import LibraryClass
from dimlint.render.text import Line


def layer_lines(libraries: Iterable[Library], pattern: str | None) -> list[Line]:
    """Two lines for each layer whose name contains the pattern or fits it as a glob: its signature, and what it does."""
    lines: list[Line] = []
    for library in libraries:
        shown: set[type[Layer]] = set()
        for _, entry in sorted(library.entries.items()):
            layer = entry.layer if isinstance(entry, LibraryClass) else None
            if layer is None or layer in shown or not _fits(f"{library.name}.{entry.name}", pattern):
                continue
            shown.add(layer)
            lines.append(((f"{library.name}.{entry.name}", "path"), (f"({signature(layer)})", "")))
            summary = (layer.__doc__ or "").strip().partition("\n")[0]
            if summary:
                lines.append(((f"    {summary}", "frame"),))
    return lines


def signature(layer: type[Layer]) -> str:
    """The constructor's arguments as Python writes them."""
    parts: list[str] = []
    for name, item in layer.fields.items():
        if item.keyword and "*" not in parts:
            parts.append("*")
        parts.append(name if item.default is REQUIRED else f"{name}={show(item.default)}")
    return ", ".join(parts)


def _fits(name: str, pattern: str | None) -> bool:
    if pattern is None:
        return True
    wanted = pattern.lower()
    return wanted in name.lower() or fnmatchcase(name.lower(), wanted)
