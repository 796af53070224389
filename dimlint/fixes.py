"""Changes that may mend a finding, taken from what is to blame for it; whether they do is for ``proving`` to find out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from dimlint.core.dim import Shape, always_equal
from dimlint.core.layer import PARAMETRIZED, Layer
from dimlint.core.problem import Problem, Undecided
from dimlint.core.report import Edit, Fix, Span
from dimlint.core.rules import CHANNEL, FEATURE, NONPOSITIVE, RANK
from dimlint.core.value import Instance, LibraryClass, Ref, Tensor, Value
from dimlint.editing import Editable
from dimlint.interpreter.frame import Site
from dimlint.interpreter.machine import Interpreter
from dimlint.interpreter.record import Discovery
from dimlint.interpreter.written import Literal, Node, argument, last_argument, leading, numbers, starred, word
from dimlint.source import Source

INPUT_SIZES = ("in_features", "in_channels", "num_features", "num_channels", "normalized_shape", "input_size")
"""Arguments that say what the input of a layer is like, and nothing else."""

MAX_STEPS = 400
"""Links of a chain of shapes that are looked at."""


class Proposals:
    """Makes proposals for the discoveries of one run."""

    def __init__(self, machine: Interpreter, source: Source) -> None:
        self.machine = machine
        self.source = source
        self.text = Editable(source.text)

    def all(self) -> Mapping[tuple[Span, str], Sequence[Fix]]:
        """By place and rule: what may mend the finding, the best first. Nothing where several discoveries do not agree."""
        found: dict[tuple[Span, str], list[Fix]] = {}
        for discovery in self.machine.record.discoveries:
            site: Site = discovery.site
            key = (site.unit.source.span(site.node), discovery.problem.rule)
            proposed = list(self._for(discovery))
            found[key] = proposed if found.get(key, proposed) == proposed else []
        return found

    def _for(self, discovery: Discovery) -> Iterator[Fix]:
        if discovery.condition is not None or discovery.failed is None:
            return
        ref, args = discovery.failed
        held = self.machine.contents(ref) if isinstance(ref, Ref) else None
        x = next(iter(self.machine.tensors_among(args)), None)
        if not isinstance(held, Instance) or held.layer is None or held.layer.torn or PARAMETRIZED in held.attributes or x is None:
            return
        site = held.site
        if not isinstance(held.cls, LibraryClass) or not self._builds_one(site):
            return
        problem, case = discovery.problem, Case(self, held.layer, site.node, x)
        if problem.blame in INPUT_SIZES and problem.rule in (CHANNEL.symbol, FEATURE.symbol):
            before = list(self._layers(x))
            decided = self._decided(discovery, x, before)
            other_uses = not decided and ref in self.machine.record.unclear  # what was not known there may be of the size that is written
            if not other_uses and not case.is_misread([layer.windowed for layer, _ in before], problem.rule):
                yield from case.input_size(problem, certain=decided and not self._forgotten(ref))
        elif held.cls.library == "keras" and self.machine.settings["keras_version"] < 2:
            return  # its arguments have other names
        elif problem.rule == NONPOSITIVE.symbol and held.layer.windowed and case.is_image():
            yield from case.same_padding() if held.cls.library == "keras" else case.smaller_kernel()
        elif problem.rule == RANK.symbol and held.cls.library == "keras":
            yield from self._without_batch(site, x)

    def _builds_one(self, site: object) -> bool:
        """Whether a call of the file that is analysed built just one object."""
        return isinstance(site, Site) and site.unit.source is self.source and self._built[id(site.node)] == 1

    @cached_property
    def _built(self) -> Counter[int]:
        cells = self.machine.store.cells.values()
        return Counter(id(held.site.node) for held in cells if isinstance(held, Instance) and isinstance(held.site, Site))

    def _decided(self, discovery: Discovery, x: Tensor, before: Sequence[tuple[Layer, Sequence[Shape]]]) -> bool:
        """Whether layers with weights made the input what it is, and left the batch alone: then the size is the program's own choice."""
        given = discovery.model.inputs[0] if discovery.model is not None and discovery.model.inputs else None
        if given is None or not given.shape or not always_equal(given.shape[0], x.shape[0]):
            return False
        with suppress(Undecided, Problem):
            return any(layer.variables(built) for layer, built in before)
        return False

    def _forgotten(self, ref: Value) -> bool:
        """Whether an object that holds the layer has another one, built before it, that was not applied: a call may be missing."""
        for held in self.machine.store.cells.values():
            values = held.attributes.values() if isinstance(held, Instance) else ()
            parts = [value for value in values if isinstance(value, Ref)]
            if ref in parts and any(self._is_idle(part) and part.number < ref.number for part in parts):
                return True
        return False

    def _is_idle(self, ref: Ref) -> bool:
        held = self.machine.store.get(ref.number)
        return isinstance(held, Instance) and held.layer is not None and held.built is None

    def _layers(self, x: Tensor) -> Iterator[tuple[Layer, Sequence[Shape]]]:
        """The layers that lead to a tensor, and the shapes that they were built for."""
        pending, seen = [x], set[int]()
        while pending and len(seen) < MAX_STEPS:
            step = pending.pop().step
            if step is None or id(step) in seen:
                continue
            seen.add(id(step))
            held = self.machine.store.get(step.callee.number) if isinstance(step.callee, Ref) else None
            if isinstance(held, Instance) and held.layer is not None and held.built is not None:
                yield held.layer, held.built
            pending += step.inputs

    def _without_batch(self, site: Site, x: Tensor) -> Iterator[Fix]:
        """The batch size taken out of the shape of one sample."""
        origin = next((tensor.origin for tensor in self._roots(x) if tensor.origin is not None), None)
        held = self.machine.store.get(origin.number) if origin is not None else None
        stated = [_written(site.node, None, "input_shape")]
        if isinstance(held, Instance) and self._builds_one(held.site):
            stated.append(_written(held.site.node, 0, "shape", "input_shape"))
        for node in stated:
            found = leading(node)
            if found is not None:
                first, second, lone = found
                start, end = self.source.span(first), self.source.span(second)
                edits = [Edit(Span(start.path, start.line, start.column, end.line, end.column), "")]
                if lone:
                    edits.append(Edit(Span(end.path, end.end_line, end.end_column, end.end_line, end.end_column), ","))
                if self.is_simple(edits[0].span):
                    yield Fix("Leave the batch size out of the shape of one sample", tuple(edits))

    def _roots(self, x: Tensor) -> Iterator[Tensor]:
        """The tensor that the first chain of shapes starts from."""
        tensor: Tensor | None = x
        for _ in range(MAX_STEPS):
            if tensor is None or tensor.step is None:
                break
            tensor = next(iter(tensor.step.inputs), None)
        if tensor is not None:
            yield tensor

    def is_simple(self, span: Span) -> bool:
        """Whether no comment and no end of a line is lost with the text."""
        text = self.text.of(span)
        return span.line == span.end_line and "#" not in text and "\\" not in text

    def replaced(self, literal: Literal, new: str) -> Edit | None:
        """The edit that puts a new text in place of a literal."""
        span = self.source.span(literal.node)
        return Edit(span, new) if self.is_simple(span) and self.text.of(span)[:1].isdigit() else None


class Case:
    """A layer that refused its input: how it was built, and what it was given."""

    def __init__(self, proposals: Proposals, layer: Layer, call: Node, x: Tensor) -> None:
        self.proposals = proposals
        self.layer = layer
        self.call = call
        self.shape: Shape = x.shape

    def _literals(self, name: str) -> Sequence[Literal]:
        """The numbers written for an argument, if these are what the layer has."""
        positional = [key for key, item in self.layer.fields.items() if not item.keyword]
        node = _written(self.call, positional.index(name) if name in positional else None, name)
        found, held = numbers(node), getattr(self.layer, name, None)
        values = tuple(item.value for item in found)
        wanted = held if isinstance(held, tuple) else (held,)
        return found if found and (values == wanted or values * len(wanted) == wanted) else ()

    def input_size(self, problem: Problem, *, certain: bool) -> Iterator[Fix]:
        """The size that the input has, in place of the one that is written."""
        name = problem.blame or ""
        sizes = problem.expected if isinstance(problem.expected, tuple) else (problem.expected,)
        literals = self._literals(name)
        if not all(isinstance(size, int) and size > 0 for size in sizes) or len(literals) != len(sizes) or self._is_known(literals):
            return
        edits = [self.proposals.replaced(old, str(new)) for old, new in zip(literals, sizes) if old.value != new]
        if edits and all(edits):
            shown = sizes[0] if len(sizes) == 1 else sizes
            yield Fix(f"Set {name}={shown}", tuple(filter(None, edits)), safe=certain)

    def is_misread(self, windowed: Sequence[bool], rule: str) -> bool:
        """Whether it may be the input that is wrong: without the batch, not flattened, its axes in another order.

        windowed: of each layer before this one, whether it is a convolution or a pooling; these have their channels first.
        """
        x, rank = self.shape, self.layer.rank
        if x.rank < 2 or (rank and x.rank != rank + 2):
            return True
        if x.rank == 2:
            return False
        if rule == CHANNEL.symbol:
            return x.rank == 3 and bool(windowed) and not any(windowed)
        sizes = getattr(self.layer, "normalized_shape", None)
        return any(windowed) and not (isinstance(sizes, tuple) and len(sizes) > 1)

    def _is_known(self, literals: Sequence[Literal]) -> bool:
        """Whether what is written is a size of the input all the same: of another axis, or of several that were not flattened."""
        x = self.shape
        products = [size for size in x if isinstance(size, int)]
        for start in range(1, x.rank - 1):
            product: Any = 1
            for size in x[start:]:
                product = product * size if isinstance(size, int) else 0
            products.append(product)
        return len(literals) == 1 and literals[0].value in products

    def is_image(self) -> bool:
        """Whether the axes are in the order that the layer takes them in, as far as the sizes tell."""
        sizes = [size for size in self.shape[1:] if isinstance(size, int)]
        unequal = len(set(sizes)) == len(sizes) - 1 and self.layer.rank == 2
        return self.shape.rank == self.layer.rank + 2 and not (unequal and self._square_with_channels(sizes))

    def _square_with_channels(self, sizes: Sequence[int]) -> bool:
        """Whether it is the channels that are as many as the image is high or wide."""
        last = getattr(self.layer, "data_format", None) != "channels_first" and "in_channels" not in self.layer.fields
        return len(sizes) == 3 and (sizes[0] != sizes[1] if last else sizes[1] != sizes[2])

    def same_padding(self) -> Iterator[Fix]:
        """The input padded so that the output is as large as it."""
        positional = [key for key, item in self.layer.fields.items() if not item.keyword]
        if getattr(self.layer, "padding", None) != "valid" or starred(self.call):
            return
        message = "Set padding='same'"
        node = argument(self.call, positional.index("padding") if "padding" in positional else None, "padding")
        if node is not None:
            span = self.proposals.source.span(node)
            if word(node) == "valid" and self.proposals.is_simple(span):
                quote = self.proposals.text.of(span)[:1]
                yield Fix(message, (Edit(span, f"{quote}same{quote}"),))
            return
        last = last_argument(self.call)
        whole = self.proposals.source.span(self.call if last is None else last)
        column = whole.end_column - (last is None)
        place = Span(whole.path, whole.end_line, column, whole.end_line, column)
        yield Fix(message, (Edit(place, 'padding="same"' if last is None else ', padding="same"'),))

    def smaller_kernel(self) -> Iterator[Fix]:
        """A kernel as large as what is left of the input."""
        name = "kernel_size"
        literals, kernel = self._literals(name), getattr(self.layer, name, None)
        pads = getattr(self.layer, "padding", 0)
        if not literals or not isinstance(kernel, tuple) or not isinstance(pads, tuple) or len(pads) != len(kernel):
            return
        room = [size + 2 * pad if isinstance(size, int) and isinstance(pad, int) else 0 for size, pad in zip(self.shape[2:], pads)]
        cut = [min(old, new) for old, new in zip(kernel, room)] if len(literals) > 1 else [min(room)]
        if min(cut, default=0) < 1:
            return
        edits = [self.proposals.replaced(old, str(new)) for old, new in zip(literals, cut) if old.value != new]
        if edits and all(edits):
            yield Fix(f"Set {name}={cut[0] if len(cut) == 1 else tuple(cut)}", tuple(filter(None, edits)))


def _written(call: Node, position: int | None, *names: str) -> Node | None:
    """An argument of a call all of whose arguments are written out: others may replace it."""
    return None if starred(call) else argument(call, position, *names)


def proposer(machine: Interpreter, source: Source) -> Callable[[], Mapping[tuple[Span, str], Sequence[Fix]]]:
    """Makes the proposals as soon as they are asked for: few files need any."""
    return lambda: Proposals(machine, source).all()
