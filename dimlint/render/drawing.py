"""A network as it narrows, drawn in SVG: the taller a block the larger the image, the wider the more channels."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby
from math import log2, prod

from dimlint.core.dataclass import dataclass
from dimlint.core.report import Summary
from dimlint.render.shown import shown

HEIGHT, WIDTH = 150, 44
"""Of the largest image and of the most channels, in pixels."""
LEAST, GAP, SLOT = 8, 6, 52
MARGIN, TEXT = 8, 28
MAX_BLOCKS = 400


@dataclass(frozen=True)
class Block:
    """Neighbouring layers whose outputs have the same shape. sizes: of the image; none of a vector."""

    sizes: tuple[int | None, ...]
    channels: int | None
    layers: tuple[str, ...]
    failed: bool = False


def blocks(summary: Summary) -> list[Block]:
    """What is drawn, from the input to the output or to the layer that is refused."""
    found = []
    first = next((shape for shape in summary.input_shapes if shape is not None), ())
    given: list[tuple[object, str, bool]] = [(list(first), "input", False)]
    shown_parts = [part for part in summary.parts if part.is_step or part.failed]
    given += [(_first(part.output_shape), f"{part.name} ({part.layer})", part.failed) for part in shown_parts]
    known = [item for item in given if item[2] or isinstance(item[0], list)]
    for (shape, failed), group in groupby(known, key=lambda item: (item[0], item[2])):
        names = tuple(name for _, name, _ in group)
        last = any("1d" in name for name in names)
        found.append(Block(*_axes(shape if isinstance(shape, list) else [], summary.framework, channels_second=last), names, failed))
    return found[:MAX_BLOCKS]


def _first(shape: object) -> object:
    """The shape of the first of several outputs."""
    while isinstance(shape, (list, dict)) and shape:
        item = next(iter(shape.values())) if isinstance(shape, dict) else shape[0]
        if not isinstance(item, (list, dict)):
            break
        shape = item
    return shape if isinstance(shape, list) and shape else None


def _axes(shape: Sequence[int | None], framework: str, *, channels_second: bool) -> tuple[tuple[int | None, ...], int | None]:
    """The sizes of the image, and the channels. Of three axes the last is that of the channels but for layers over sequences in torch."""
    sizes = list(shape[1:])
    if not sizes:
        return (), None
    first = framework == "torch" and (len(sizes) > 2 or (len(sizes) == 2 and channels_second))
    return (tuple(sizes[1:]), sizes[0]) if first else (tuple(sizes[:-1]), sizes[-1])


def drawing(summary: Summary) -> str:
    """The SVG element; empty if there is nothing to draw."""
    found = blocks(summary)
    if not found:
        return ""
    tallest = max((_side(block) for block in found), default=1.0)
    widest = max((block.channels or 1 for block in found), default=1)
    parts, x, before = [], MARGIN, None
    for block in found:
        height = LEAST + (HEIGHT - LEAST) * _share(_side(block), tallest) if not block.failed else before or HEIGHT / 2
        width = LEAST + (WIDTH - LEAST) * _share(block.channels or 1, widest) if not block.failed else WIDTH / 2
        parts.append(_block(block, x + (SLOT - width) / 2, width, height))
        x, before = x + SLOT + GAP, height
    total, tall = x + MARGIN - GAP, HEIGHT + 2 * TEXT
    axis = f'<line class="axis" x1="{MARGIN}" y1="{tall / 2:g}" x2="{total - MARGIN}" y2="{tall / 2:g}"/>'
    title = f"The layers of {escape(shown(summary.name))}: height shows the size of the image, width the number of channels"
    return (
        f'<svg class="drawing" xmlns="http://www.w3.org/2000/svg" width="{total}" height="{tall}" viewBox="0 0 {total} {tall}" '
        f'role="img" aria-label="{title}">{axis}{"".join(parts)}</svg>'
    )


def _side(block: Block) -> float:
    """The side of a square of the size of the image."""
    known = [size for size in block.sizes if size is not None]
    return float(prod(known)) ** (1 / len(known)) if known else 1.0


def _share(value: float, largest: float) -> float:
    return log2(value) / log2(largest) if largest > 1 and value > 1 else 0.0


def _block(block: Block, x: float, width: float, height: float) -> str:
    middle, top = x + width / 2, TEXT + (HEIGHT - height) / 2
    sizes = "×".join("?" if size is None else str(size) for size in block.sizes)
    above = "refused" if block.failed else sizes
    below = "" if block.failed else "?" if block.channels is None else str(block.channels)
    told = "\n".join((*block.layers[:12], *(["..."] if len(block.layers) > 12 else [])))
    kind = "refused" if block.failed else "given" if block.layers[:1] == ("input",) else "block"
    return (
        f'<g class="{kind}"><title>{escape(_lines(told))}</title>'
        f'<rect x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="3"/>'
        f'<text x="{middle:.1f}" y="{top - 8:.1f}">{escape(above)}</text>'
        f'<text x="{middle:.1f}" y="{top + height + 17:.1f}">{escape(below)}</text></g>'
    )


def _lines(text: str) -> str:
    return "\n".join(map(shown, text.split("\n")))
