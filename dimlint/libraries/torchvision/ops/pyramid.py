"""Feature pyramids. Source: https://docs.pytorch.org/vision/stable/generated/torchvision.ops.FeaturePyramidNetwork.html."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.problem import Undecided
from dimlint.core.value import DictObject, ListObject, Machine, Raised, Ref, Value
from dimlint.libraries.torch.module import members
from dimlint.libraries.torchvision.building import apply, nn, start, through
from dimlint.libraries.torchvision.ops.library import module_type, use


@module_type("ExtraFPNBlock")
class ExtraBlock:
    """What makes further maps of those of a pyramid."""

    def forward(machine: Machine, self: Ref, results: Value, x: Value, names: Value) -> None:
        """Does nothing: for subclasses."""


@module_type("LastLevelMaxPool", base="ExtraFPNBlock")
class LastLevelMaxPool:
    """Every other position of the coarsest map as one more map."""

    def forward(machine: Machine, self: Ref, x: Value, y: Value, names: Value) -> Value:
        machine.call(machine.attribute(names, "append"), ("pool",))
        pooled = apply(machine, "nn.functional.max_pool2d", machine.get_item(x, -1), kernel_size=1, stride=2, padding=0)
        machine.call(machine.attribute(x, "append"), (pooled,))
        return x, names


@module_type("LastLevelP6P7", base="ExtraFPNBlock")
class LastLevelP6P7:
    """Two more maps by convolutions."""

    def __init__(machine: Machine, self: Ref, in_channels: Value, out_channels: Value) -> None:
        p6, p7 = (nn(machine, "Conv2d", channels, out_channels, 3, 2, 1) for channels in (in_channels, out_channels))
        start(machine, self, p6=p6, p7=p7, use_P5=machine.compare("==", in_channels, out_channels))

    def forward(machine: Machine, self: Ref, p: Value, c: Value, names: Value) -> Value:
        last = machine.get_item(p if machine.truth(machine.attribute(self, "use_P5")) else c, -1)
        p6 = through(machine, self, last, "p6")
        p7 = through(machine, self, apply(machine, "relu", p6), "p7")
        machine.call(machine.attribute(p, "extend"), ((p6, p7),))
        machine.call(machine.attribute(names, "extend"), (("p6", "p7"),))
        return p, names


@module_type("FeaturePyramidNetwork")
class FeaturePyramidNetwork:
    """Maps of several sizes, to each of which the coarser ones are added."""

    def __init__(
        machine: Machine, self: Ref, in_channels_list: Value, out_channels: Value, extra_blocks: Value = None, norm_layer: Value = None
    ) -> None:
        start(machine, self, inner_blocks=nn(machine, "ModuleList"), layer_blocks=nn(machine, "ModuleList"))
        options = {"norm_layer": norm_layer, "activation_layer": None}
        for channels in machine.elements(in_channels_list):
            if isinstance(channels, int) and channels == 0:
                raise Raised("ValueError", "in_channels=0 is currently not supported")
            inner = use(machine, "Conv2dNormActivation", channels, out_channels, kernel_size=1, padding=0, **options)
            layer = use(machine, "Conv2dNormActivation", out_channels, out_channels, kernel_size=3, **options)
            for name, block in (("inner_blocks", inner), ("layer_blocks", layer)):
                machine.call(machine.attribute(machine.attribute(self, name), "append"), (block,))
        machine.set_attribute(self, "extra_blocks", extra_blocks)

    def get_result_from_inner_blocks(machine: Machine, self: Ref, x: Value, idx: int) -> Value:
        return _result(machine, self, "inner_blocks", x, idx)

    def get_result_from_layer_blocks(machine: Machine, self: Ref, x: Value, idx: int) -> Value:
        return _result(machine, self, "layer_blocks", x, idx)

    def forward(machine: Machine, self: Ref, x: Value) -> Value:
        names, maps = (machine.elements(machine.call(machine.attribute(x, view))) for view in ("keys", "values"))
        if not maps:
            raise Raised("IndexError", "list index out of range")
        merged = _result(machine, self, "inner_blocks", maps[-1], -1)
        results = [_result(machine, self, "layer_blocks", merged, -1)]
        for index in range(len(maps) - 2, -1, -1):
            lateral = _result(machine, self, "inner_blocks", maps[index], index)
            size = machine.get_item(machine.attribute(lateral, "shape"), slice(-2, None))
            merged = machine.binary("+", lateral, apply(machine, "nn.functional.interpolate", merged, size=size, mode="nearest"))
            results.insert(0, _result(machine, self, "layer_blocks", merged, index))
        extra = machine.attribute(self, "extra_blocks")
        if extra is not None:
            given = tuple(machine.new(ListObject(tuple(items))) for items in (results, maps, names))
            results, names = (machine.elements(part) for part in machine.elements(machine.call(extra, given)))
        if not all(isinstance(name, (str, int)) for name in names):
            raise Undecided("the names of the maps of a pyramid are not known")
        return machine.new(DictObject(dict(zip(names, results)), "OrderedDict"))


def _result(machine: Machine, self: Ref, held: str, x: Value, index: int) -> Value:
    """What one of the blocks makes of a map; a map that has none stays as it is."""
    blocks = list(members(machine, machine.attribute(self, held)).values())
    index += len(blocks) if index < 0 else 0
    return machine.call(blocks[index], (x,)) if 0 <= index < len(blocks) else x
