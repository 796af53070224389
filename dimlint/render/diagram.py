"""How tensors flow through a model, as a graph: for Mermaid, which GitHub draws, and for Graphviz."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from dimlint.core.dataclass import dataclass
from dimlint.core.report import Node, Part, Summary
from dimlint.render.places import CellOf, no_cells
from dimlint.render.rows import branches
from dimlint.render.shown import shown
from dimlint.render.summary import REFUSED, shape_text

MAX_EDGES, MAX_TEXT = 450, 45_000
"""Mermaid as GitHub runs it draws up to 500 edges and reads up to 50,000 characters."""


@dataclass(frozen=True)
class Box:
    """A node of the graph as it is drawn."""

    kind: str
    lines: tuple[str, ...]
    failed: bool


Graph = tuple[Sequence[Box], Sequence[tuple[int, int]]]


def summary_mermaid(summary: Summary, depth: int | None = None, cell_of: CellOf = no_cells) -> str:
    """A flowchart. Without a depth it is as deep as it can be drawn."""
    text = ""
    for limit in [depth] if depth is not None else [None, *range(max((part.depth for part in summary.parts), default=0), -1, -1)]:
        boxes, edges = graph(summary, limit, cell_of)
        text = _mermaid(boxes, edges)
        if len(edges) <= MAX_EDGES and len(text) <= MAX_TEXT:
            break
    return text


def _mermaid(boxes: Sequence[Box], edges: Sequence[tuple[int, int]]) -> str:
    shapes = {"input": ('(["', '"])'), "output": ('(["', '"])'), "operation": ('("', '")'), "layer": ('["', '"]')}
    lines = ["flowchart TD"]
    for number, box in enumerate(boxes):
        opening, closing = shapes[box.kind]
        lines.append(f"    n{number}{opening}{'<br/>'.join(map(_entities, box.lines))}{closing}")
    lines += [f"    n{source} --> n{target}" for source, target in edges]
    wrong = [f"n{number}" for number, box in enumerate(boxes) if box.failed]
    if wrong:
        lines += ["    classDef refused fill:#fdd,stroke:#c00,color:#600,stroke-width:2px", f"    class {','.join(wrong)} refused"]
    return "\n".join(lines) + "\n"


def _entities(text: str) -> str:
    """A text in which nothing has a meaning to Mermaid."""
    return re.sub(r"[^\w ,.()]|^\d+\.", lambda found: "".join(f"#{ord(char)};" for char in found[0]), shown(text))


def summary_dot(summary: Summary, depth: int | None = None, cell_of: CellOf = no_cells) -> str:
    """A directed graph in Graphviz' language."""
    boxes, edges = graph(summary, depth, cell_of)
    lines = [f"digraph {_quoted(summary.name)} {{", '    node [shape=box, fontname="Helvetica"];']
    styles = {"input": ", shape=oval", "output": ", shape=oval", "operation": ', style="rounded"', "layer": ""}
    for number, box in enumerate(boxes):
        mark = ', color="#cc0000", fontcolor="#cc0000", penwidth=2' if box.failed else ""
        lines.append(f"    n{number} [label={_quoted(*box.lines)}{styles[box.kind]}{mark}];")
    lines += [f"    n{source} -> n{target};" for source, target in edges]
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(*lines: str) -> str:
    return '"' + "\\n".join(shown(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines) + '"'


def graph(summary: Summary, depth: int | None = None, cell_of: CellOf = no_cells) -> Graph:
    """The flow; what is deeper than ``depth`` is drawn as the part that holds it."""
    around = _ancestors(summary.parts)
    group: dict[int, tuple[str, int]] = {}
    for number, node in enumerate(summary.flow):
        part = None if node.part is None or depth is None else _holder(around[node.part], node, depth)
        group[number] = ("node", number) if part is None else ("part", part)
    order = {key: index for index, key in enumerate(dict.fromkeys(group.values()))}
    last = {group[number]: node for number, node in enumerate(summary.flow)}
    boxes = [_node_box(summary, last[key]) if key[0] == "node" else _part_box(summary, key[1], last[key]) for key in order]
    failure = summary.failure
    if failure is not None and not any(box.failed for box in boxes):  # an operation, of which no result is known
        cell = cell_of(failure.path, failure.line)
        where = f"line {failure.line}" if cell is None else f"cell {cell[0]}, line {cell[1]}"
        boxes.append(Box("operation", (where, REFUSED), True))
    edges: dict[tuple[int, int], None] = {}
    for number, node in enumerate(summary.flow):
        for source in node.sources:
            if group[source] != group[number]:
                edges[order[group[source]], order[group[number]]] = None
    return boxes, list(edges)


def _holder(path: Sequence[int], node: Node, depth: int) -> int | None:
    """The part at that depth which holds a node, unless the node is a leaf at it."""
    if len(path) <= depth or (node.kind == "layer" and len(path) == depth + 1):
        return None
    return path[depth]


def _ancestors(parts: Sequence[Part]) -> dict[int, list[int]]:
    """The rows from the model to each row."""
    found: dict[int, list[int]] = {}
    if parts:
        root = branches(parts)
        found[root.index] = [root.index]
        for branch in root.tree():
            for child in branch.below:
                found[child.index] = [*found[branch.index], child.index]
    return found


def _part_box(summary: Summary, index: int, last: Node) -> Box:
    """A part for all that flows inside it. last: of its nodes; a container that is never applied itself gives what that one gives."""
    part = summary.parts[index]
    failed = part.failed or any(item.failed for item in _below(summary.parts, index))
    shape = part.output_shape if part.is_applied else last.shape
    return Box("layer", (part.name, part.layer, _shape(summary, shape, failed=failed)), failed)


def _node_box(summary: Summary, node: Node) -> Box:
    if node.kind != "layer" or node.part is None:
        return Box(node.kind, (node.label, _shape(summary, node.shape, failed=False)), False)
    part = summary.parts[node.part]
    box = Box("layer", (part.name, part.layer, _shape(summary, node.shape, failed=part.failed)), part.failed)
    return replace(box, lines=tuple(line for line in box.lines if line))


def _below(parts: Sequence[Part], index: int) -> Sequence[Part]:
    """The rows below one."""
    end = next((number for number in range(index + 1, len(parts)) if parts[number].depth <= parts[index].depth), len(parts))
    return parts[index + 1 : end]


def _shape(summary: Summary, shape: object, *, failed: bool) -> str:
    return REFUSED if failed else shape_text(shape, summary.framework)
