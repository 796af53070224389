"""The calls of layers in a file with the shapes that came out of them, for editors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dimlint.core.layer import Layer
from dimlint.core.opening import OpenShape
from dimlint.core.problem import Problem, Undecided
from dimlint.core.report import AppliedLayer, ShapeData, Span
from dimlint.core.value import ClassObject, Instance, LibraryClass, Ref, Tensor
from dimlint.interpreter.frame import Site
from dimlint.interpreter.machine import Interpreter
from dimlint.interpreter.record import LayerCall, unknown_reason
from dimlint.outcome import output_data, shape_data
from dimlint.shapes.window import AXIS_WORDS, slide, slide_text
from dimlint.source import Source

MAX_LISTED = 5000
"""Different calls of one file that are listed."""


def applied_layers(machine: Interpreter, source: Source, calls: Sequence[LayerCall]) -> tuple[AppliedLayer, ...]:
    """The calls that stand in the file, or whose layers are built there, each once."""
    found: dict[AppliedLayer, None] = {}
    for call in calls:
        if len(found) == MAX_LISTED:
            break
        if call.site is None or call.site.unit.source is not source:
            continue
        if call.refusal is None and (call.failed or unknown_reason(call.output) is not None):
            continue
        if _is_definition(machine, call, call.site):
            continue
        found.setdefault(_applied(machine, source, call, call.site))
    return tuple(sorted(found, key=lambda item: item.span))


def _is_definition(machine: Interpreter, call: LayerCall, site: Site) -> bool:
    """Whether no call and no construction is written: the model was tried by itself, and its place is that of its class."""
    held = machine.store.get(call.ref.number)
    cls = machine.store.get(held.cls.number) if isinstance(held, Instance) and isinstance(held.cls, Ref) else None
    return isinstance(cls, ClassObject) and isinstance(cls.site, Site) and cls.site.node is site.node


def _applied(machine: Interpreter, source: Source, call: LayerCall, site: Site) -> AppliedLayer:
    held = machine.store.get(call.ref.number)
    cls, layer, name = None, None, ""
    built: Span | None = None
    if isinstance(held, Instance):
        cls, layer = held.cls, held.layer
        name = f"{cls.library}.{cls.name}" if isinstance(cls, LibraryClass) else machine.class_name(cls)
        if isinstance(held.site, Site) and held.site.unit.source is source:
            built = source.span(held.site.node)
    inputs = tuple(None if isinstance(item.shape, OpenShape) else shape_data(item) for item in call.inputs)
    weights, arithmetic = (_weights(layer, call), tuple(_arithmetic(layer, call))) if layer is not None else ((), ())
    output = None if call.refusal is not None else _frozen(output_data(call.output))
    return AppliedLayer(source.span(site.node), built, name, inputs, output, weights, arithmetic, call.assumed, call.refusal)


def _frozen(data: object) -> object:
    """Nested shapes that can be compared and hashed."""
    if isinstance(data, dict):
        return tuple(_frozen(item) for item in data.values())
    return tuple(map(_frozen, data)) if isinstance(data, list) else data


def _weights(layer: Layer, call: LayerCall) -> tuple[tuple[str, ShapeData], ...]:
    """The variables of a layer that was called on these inputs; none if they are not known."""
    if layer.torn:
        return ()
    try:
        shapes = layer.variables([item.shape for item in call.inputs])
    except (Problem, Undecided, TypeError, ValueError, LookupError):
        return ()
    return tuple((name, tuple(size if isinstance(size, int) else None for size in shape)) for name, shape in shapes.items())


def _arithmetic(layer: Layer, call: LayerCall) -> Iterator[str]:
    """How the sizes under a sliding window come about, where the usual formula gives just what came out."""
    given, output = call.inputs[0] if call.inputs else None, call.output
    if not (layer.windowed and layer.rank and given is not None and isinstance(output, Tensor)):
        return
    settings = [_each(getattr(layer, name, None), layer.rank) for name in ("kernel_size", "stride", "dilation", "padding")]
    kernels, strides, dilations, paddings = settings
    strides = strides or _each(getattr(layer, "strides", None), layer.rank) or kernels
    dilations = dilations or _each(getattr(layer, "dilation_rate", None), layer.rank) or (1,) * layer.rank
    kernels = kernels or _each(getattr(layer, "pool_size", None), layer.rank)
    if getattr(layer, "padding", None) == "valid":
        paddings = (0,) * layer.rank
    if not (kernels and strides and paddings) or isinstance(given.shape, OpenShape) or isinstance(output.shape, OpenShape):
        return
    first = -layer.rank if given.library == "torch" or getattr(layer, "data_format", None) == "channels_first" else 1
    before, after = list(shape_data(given)), list(shape_data(output))
    if len(before) != len(after) or len(before) <= layer.rank:
        return
    for axis, word in enumerate(AXIS_WORDS[layer.rank]):
        size, out = before[first + axis], after[first + axis]
        window = (kernels[axis], strides[axis], dilations[axis], 2 * paddings[axis])
        if size is not None and slide(size, *window) == out:
            yield f"{word}: {slide_text(size, *window)} = {out}"


def _each(value: object, rank: int) -> tuple[int, ...]:
    """One number for each spatial axis; none if they are not known."""
    numbers = value if isinstance(value, (tuple, list)) else (value,) * rank
    known = tuple(item for item in numbers if isinstance(item, int))
    return known if len(known) == len(numbers) == rank else ()
