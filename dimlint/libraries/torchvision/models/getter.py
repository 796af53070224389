"""The parts of a model up to some of them, whose results are given by name. Source: torchvision's ``models/_utils.py``."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.problem import Undecided
from dimlint.core.value import DictObject, Machine, Raised, Ref, Value
from dimlint.libraries.torch.containers import ModuleDict
from dimlint.libraries.torch.module import torch
from dimlint.libraries.torchvision.building import recorded_type
from dimlint.libraries.torchvision.models.library import MODELS


def _names(machine: Machine, mapping: Value) -> dict[str, Value]:
    """What the parts that are asked for shall be called, by the names of the parts. Raises Undecided."""
    held = machine.contents(mapping) if isinstance(mapping, Ref) else None
    if not isinstance(held, DictObject) or not all(isinstance(name, str) for name in held.items):
        raise Undecided("which parts of a model are returned is not known")
    return {name: held.items[name] for name in held.items if isinstance(name, str)}


@recorded_type(MODELS, "IntermediateLayerGetter", torch.entries["nn.ModuleDict"])
class IntermediateLayerGetter:
    """The direct parts of a model, one after the other; the results of those that are named."""

    def __init__(machine: Machine, self: Ref, model: Value, return_layers: Value) -> None:
        wanted = dict(_names(machine, return_layers))
        pairs = machine.elements(machine.call(machine.attribute(model, "named_children")))
        parts = {machine.get_item(pair, 0): machine.get_item(pair, 1) for pair in pairs}
        if not set(wanted) <= set(parts):
            raise Raised("ValueError", "return_layers are not present in model")
        kept: dict[Value, Value] = {}
        for name, part in parts.items():
            if kept and not wanted:
                break
            kept[name] = part
            wanted.pop(str(name), None)
        ModuleDict.__init__(machine, self, machine.new(DictObject(kept, "OrderedDict")))
        machine.set_attribute(self, "return_layers", return_layers)

    def forward(machine: Machine, self: Ref, x: Value) -> Value:
        names = _names(machine, machine.attribute(self, "return_layers"))
        out: dict[Value, Value] = {}
        for name, part in machine.elements(machine.call(machine.attribute(self, "items"))):
            x = machine.call(part, (x,))
            if name in names:
                out[names[name]] = x
        return machine.new(DictObject(out, "OrderedDict"))
