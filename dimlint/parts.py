"""The parts of a model that were applied, as the rows of a tree: what went through each, and the parameters that it has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import field, replace

from dimlint.core.dataclass import dataclass
from dimlint.core.dim import Dim, product
from dimlint.core.opening import OpenShape
from dimlint.core.problem import Undecided
from dimlint.core.report import Part, ShapeData, Span, known_sum
from dimlint.core.value import Instance, LibraryClass, Ref, Tensor, Value, tensors_in
from dimlint.interpreter.frame import Site
from dimlint.interpreter.machine import Interpreter
from dimlint.interpreter.record import NOT_RETURNED, LayerCall
from dimlint.libraries.outline import Outline, Placeholder, Weight
from dimlint.outcome import output_data, shape_data, unknown_reason

ITEM_BYTES = 4
"""Of an element whose type is not known: float32, what both frameworks calculate in unless they are told otherwise."""
PARAMETER_LISTS = ("nn.ParameterList", "nn.ParameterDict")
"""Modules that are never applied: what they hold is used by the one that has them."""
UNREACHED = "(not reached)"
"""The last row of a model that is not run to its end: the parameters of the layers that it did not come to."""


@dataclass
class Row:
    """A row in the making. ``call``: None for a container and for the layer of an input."""

    path: tuple[str, ...]
    ref: Ref | None
    call: LayerCall | None
    placeholder: Placeholder | None = None
    below: list[Row] = field(default_factory=list)
    own: list[Weight] | None = None

    def tree(self) -> Iterator[Row]:
        """The row and all below it, in order."""
        pending = [self]
        while pending:
            row = pending.pop()
            yield row
            pending += reversed(row.below)


class Tree:
    """The rows of the calls that one application of a model made."""

    def __init__(self, machine: Interpreter, outline: Outline, model: Ref, calls: Sequence[LayerCall], fallback: Span) -> None:
        self.machine = machine
        self.outline = outline
        self.fallback = fallback
        self.failed = innermost_failure(calls)
        self.root = Row((), model, next((call for call in calls if call.ref == model), None))
        self.rows: dict[int, Row] = {id(self.root.call): self.root}
        self._held: dict[Ref, list[Weight] | None] = {}
        self._stack = [self.root]
        placeholders = list(outline.placeholders())
        for call in until(calls, self.failed):
            path = machine.quietly(lambda call=call: outline.path(refs(call)))  # type: ignore[misc]
            if not isinstance(path, tuple) or call is self.root.call:
                continue
            while placeholders and placeholders[0].before == call.ref:
                item = placeholders.pop(0)
                self.root.below.append(Row((item.name,), None, None, item))
            self._add(path, call)
        self._share_out()

    def _add(self, path: tuple[str, ...], call: LayerCall) -> None:
        """A row below those around it; containers that were not applied themselves come in between."""
        del self._stack[max(len(path), 1) :]
        while any(row.path != path[: len(row.path)] for row in self._stack):
            self._stack.pop()
        for depth in range(len(self._stack), len(path)):
            self._push(Row(path[:depth], self.outline.part(path[:depth]), None))
        row = Row(path, call.ref, call)
        self.rows[id(call)] = row
        self._push(row)

    def _push(self, row: Row) -> None:
        self._stack[-1].below.append(row)
        self._stack.append(row)

    def _share_out(self) -> None:
        """Give each parameter to one row: leaves first, then from the inside to the outside."""
        rows = list(self.root.tree())
        seen: set[object] = set()
        for row in sorted(rows, key=lambda row: -len(row.path) if row.below else -len(rows)):
            held = self.held(row)
            row.own = [item for item in held if item.key not in seen] if held is not None else [] if self._only_holds(row) else None
            seen.update(item.key for item in row.own or ())
        self.unreached = list(self._split_off())

    def _only_holds(self, row: Row) -> bool:
        """Whether a part is a model of Keras' own class, which takes no parameters but those of its layers."""
        cls = self.machine.contents(row.ref).cls if row.ref is not None and row.below and self.outline.builds_late else None
        return isinstance(cls, LibraryClass) and cls.name in self.machine.libraries[cls.library].models

    def _split_off(self) -> Iterator[Weight]:
        """Take away from what was not run to its end the parameters of the parts inside that have no rows."""
        pending = [self.root]
        while pending:
            row = pending.pop()
            if row.ref is None or (row.call is not None and not row.call.failed and row.call.output is not NOT_RETURNED):
                continue
            pending += reversed(row.below)
            if row.own and (row.below or not isinstance(self.machine.contents(row.ref).cls, LibraryClass)):
                mine = set(self._own_keys(row.ref, row.own))
                yield from (item for item in row.own if item.key not in mine)
                row.own = [item for item in row.own if item.key in mine]

    def _own_keys(self, part: Ref, weights: Sequence[Weight]) -> Iterator[object]:
        """Which of the parameters a part has itself: made for it, or its attributes, those in its lists of parameters included."""
        for item in weights:
            owner = item.key[0] if isinstance(item.key, tuple) else None
            if owner == part:
                yield item.key
        holder = self.machine.contents(part)
        inner = [self.machine.contents(value) for value in holder.attributes.values() if isinstance(value, Ref)]
        lists = [held for held in inner if isinstance(held, Instance) and getattr(held.cls, "name", None) in PARAMETER_LISTS]
        for held in (holder, *lists):
            yield from (tensor.variable for tensor in tensors_in(tuple(held.attributes.values())) if tensor.variable is not None)

    def held(self, row: Row) -> list[Weight] | None:
        """All the parameters that a part and those inside it have; None if not known, as where one is refused before it is built."""
        if row.ref is None:
            return []
        if row.ref not in self._held:
            try:
                self._held[row.ref] = self.outline.weights(row.ref)
            except Undecided:
                self._held[row.ref] = None
        found, failed = self._held[row.ref], self.failed
        unbuilt = failed is not None and self.outline.builds_late and any(item.call is failed for item in row.tree())
        return None if unbuilt and (row.below or not found) else found

    def owner(self, call: LayerCall | None) -> Row:
        """The innermost row around a call, or its own."""
        while call is not None and id(call) not in self.rows:
            call = call.parent
        return self.rows[id(call)] if call is not None else self.root

    def parts(self) -> list[Part]:
        """All rows as data."""
        found = [self._part(row) for row in self.root.tree()]
        return [*found, self._rest()] if self.unreached else found

    def _rest(self) -> Part:
        counts = (total(self.unreached), total(self.unreached, trained=True))
        return Part(UNREACHED, UNREACHED, "", self.fallback, 1, False, False, False, False, (), None, *counts, *counts, 0, 0)

    def _part(self, row: Row) -> Part:
        held, call = self.held(row), row.call
        inner = row.below or (row.ref is not None and not self.outline.is_leaf(row.ref))
        leaves = [item for item in row.tree() if not item.below and (item is row or item.call is None or item.call is not self.failed)]
        given: Sequence[Tensor] = call.inputs if call is not None else ()
        output: Value = row.placeholder.tensor if row.placeholder is not None else call.output if call is not None else None
        failed = call is not None and self.failed is not None and row is self.owner(self.failed)
        return Part(
            self.outline.separator.join(row.path) or self.outline.name,
            row.path[-1] if row.path else self.outline.name,
            self._class(row),
            self._span(row),
            len(row.path),
            not inner,
            not inner and row.placeholder is None,
            call is not None or row.placeholder is not None,
            failed,
            tuple(None if isinstance(item.shape, OpenShape) else shape_data(item) for item in given),
            None if failed else output_data(output),
            total(row.own),
            total(row.own, trained=True),
            total(held),
            total(held, trained=True),
            known_sum(self._multiply_adds(item) for item in leaves),
            known_sum(self._activations(item) for item in leaves),
        )

    def _class(self, row: Row) -> str:
        if row.placeholder is not None or row.ref is None:
            return row.placeholder.layer if row.placeholder is not None else ""
        cls = self.machine.contents(row.ref).cls
        if isinstance(cls, LibraryClass) and cls.name.startswith(f"{self.machine.libraries[cls.library].recorded_package}."):
            return f"{cls.library}.{cls.name}"  # the whole name of what is not read
        return self.machine.class_name(cls)

    def _multiply_adds(self, row: Row) -> int | None:
        if row.call is None or row.ref is None or not self.outline.is_leaf(row.ref) or not self.held(row):
            return 0 if row.ref is None or self.held(row) is not None else None
        output = _first(row.call.output)
        try:
            found = self.outline.multiply_adds(row.ref, row.call.inputs, output.shape) if output is not None else None
        except Undecided:
            return None
        return found if isinstance(found, int) else None

    def _activations(self, row: Row) -> int | None:
        """The result of a leaf that has parameters, and its gradient, as torchinfo counts them."""
        if row.call is None or row.ref is None or not self.outline.is_leaf(row.ref) or not self.held(row):
            return 0 if row.ref is None or self.held(row) is not None else None
        output = _first(row.call.output)
        size = tensor_bytes(output) if output is not None else None
        return None if size is None else 2 * size

    def _span(self, row: Row) -> Span:
        """Where the part, or else the innermost one around it that has a place, is built."""
        around = [] if row is self.root else [row.ref] if row.call is None else refs(row.call)[:0:-1]
        for ref in filter(None, around):
            site = self.machine.contents(ref).site
            if isinstance(site, Site):
                return place(site)
        return self.fallback


def place(site: Site) -> Span:
    """A place in a file, with the file's path."""
    span: Span = site.unit.source.span(site.node)
    return replace(span, path=site.unit.path)


def refs(call: LayerCall) -> list[Ref]:
    """The running calls, outermost first."""
    path: list[Ref] = []
    at: LayerCall | None = call
    while at is not None:
        path.append(at.ref)
        at = at.parent
    return path[::-1]


def innermost_failure(calls: Sequence[LayerCall]) -> LayerCall | None:
    """The innermost call during which the first refusal was met."""
    found: LayerCall | None = None
    for call in calls:
        if call.failed and (found is None or _is_inside(call, found)):
            found = call
    return found


def until(calls: Sequence[LayerCall], failed: LayerCall | None) -> Iterator[LayerCall]:
    """The calls up to the one that failed, and those that it made itself as long as they were given what is known."""
    reached = False
    for call in calls:
        if call is failed:
            reached = True
            yield call
        elif not reached or (failed is not None and _is_inside(call, failed) and unknown_reason(call.output) is None):
            yield call


def _is_inside(call: LayerCall, other: LayerCall) -> bool:
    at = call.parent
    while at is not None and at is not other:
        at = at.parent
    return at is other


def total(weights: Sequence[Weight] | None, *, trained: bool = False) -> int | None:
    """The number of elements; None if it is not known."""
    if weights is None or (trained and any(type(item.trainable) is not bool for item in weights)):
        return None
    found: Dim = 0
    for item in weights:
        found = found + item.elements if item.trainable or not trained else found
    return found if isinstance(found, int) else None


def weight_bytes(weights: Sequence[Weight] | None) -> int | None:
    """The memory that parameters take up."""
    return None if weights is None else known_sum(_times(item.elements, item_bytes(item.dtype)) for item in weights)


def tensor_bytes(tensor: Tensor) -> int | None:
    """The memory that a tensor takes up, for one sample where the batch is left open."""
    sizes: ShapeData = shape_data(tensor)
    known = sizes if tensor.library == "torch" or sizes[:1] != (None,) else (1, *sizes[1:])
    return None if None in known else _times(product(size for size in known if size is not None), item_bytes(tensor.dtype))


def item_bytes(dtype: str | None) -> int:
    """The memory of one element."""
    bits = re.search(r"(\d+)$", dtype or "")
    return 1 if dtype == "bool" else max(1, int(bits[1]) // 8) if bits else ITEM_BYTES


def _times(elements: Dim, size: int) -> int | None:
    return elements * size if isinstance(elements, int) else None


def _first(value: Value) -> Tensor | None:
    """The tensor by which torchinfo judges an output: the first of several, the last of a dictionary."""
    if isinstance(value, dict):
        value = next(reversed(value.values()), None)
    found = next(iter(tensors_in(value)), None)
    return found if found is not None and not isinstance(found.shape, OpenShape) else None
