"""Regions of feature maps, pooled to one size. Source: https://docs.pytorch.org/vision/stable/ops.html#roi-operators."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.axis import require_equal
from dimlint.core.binding import Dims, Shapes, to_shape
from dimlint.core.dim import Dim, Shape, always_equal, never_equal
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Machine, Native, Ref, Tensor, Value, is_size
from dimlint.libraries.torch.arguments import CHANNELS, MERGE, RANK, refuse_rank
from dimlint.libraries.torchvision.building import known, start
from dimlint.libraries.torchvision.ops.library import OPS, function, module_type, use


def _count(boxes: Shape, columns: int, label: str) -> Dim:
    """How many regions a tensor of so many columns tells."""
    told = "the number of an image and 4 coordinates" if columns == 5 else "4 coordinates"
    if boxes.rank < 2:
        raise Problem(RANK, f"{label} needs boxes (regions, {columns}), got {boxes}")
    if boxes.rank > 2:
        raise Undecided(f"{label} of boxes with more than 2 dimensions is not modelled")
    problem = Problem(MERGE, f"{label} needs {told} for each region, got boxes {boxes}")
    require_equal(boxes[1], columns, f"whether the boxes {boxes} of {label} have {columns} columns is not known", problem)
    return boxes[0]


def _regions(boxes: Value, label: str) -> Dim:
    """How many regions there are: in one tensor (regions, 5), or a tensor (regions, 4) for each image."""
    if not isinstance(known(boxes), (tuple, list)):
        return _count(to_shape(boxes, "boxes"), 5, label)
    if not boxes:
        raise Undecided("no boxes are given")
    return sum((_count(to_shape(each, "boxes"), 4, label) for each in boxes), start=0)


def _size(output_size: Dims) -> tuple[Dim, Dim]:
    """Height and width of what comes out."""
    return (output_size[0],) * 2 if len(output_size) == 1 else (output_size[0], output_size[1])


def _require_maps(x: Shape, label: str) -> None:
    if x.rank < 4:
        raise refuse_rank(label, "a 4-d input (N, C, H, W)", x)
    if x.rank > 4:
        raise Undecided(f"{label} of an input with more than 4 dimensions is not modelled")


def _pooled(input: Tensor, boxes: Value, output_size: Dims, label: str, *, shared: bool = False) -> Tensor:
    """One map for each region. shared: the channels are shared among the places of the output. Raises Problem."""
    count = _regions(boxes, label)
    _require_maps(input.shape, label)
    height, width = _size(output_size)
    channels, places = input.shape[1], height * width
    if shared:
        if not isinstance(places, int) or places <= 0:
            raise Undecided(f"the output size of {label} is not known")
        message = f"{label} of {height} by {width} places needs a multiple of {places} channels, got the input {input.shape}"
        problem = Problem(CHANNELS, message, blame="output_size")
        require_equal(channels % places, 0, f"whether {channels} is a multiple of {places} is not known", problem)
        channels = channels // places
    return Tensor(Shape(count, channels, height, width), "torch", input.dtype)


@function("roi_align")
def roi_align(
    input: Tensor, boxes: Value, output_size: Dims, spatial_scale: Value = 1.0, sampling_ratio: Value = -1, aligned: Value = False
) -> Tensor:
    """Regions by interpolation."""
    return _pooled(input, boxes, output_size, "roi_align")


@function("roi_pool")
def roi_pool(input: Tensor, boxes: Value, output_size: Dims, spatial_scale: Value = 1.0) -> Tensor:
    """The largest values of each part of a region."""
    return _pooled(input, boxes, output_size, "roi_pool")


@function("ps_roi_align")
def ps_roi_align(input: Tensor, boxes: Value, output_size: Dims, spatial_scale: Value = 1.0, sampling_ratio: Value = -1) -> Tensor:
    """Regions by interpolation, with channels of its own for each place."""
    return _pooled(input, boxes, output_size, "ps_roi_align", shared=True)


@function("ps_roi_pool")
def ps_roi_pool(input: Tensor, boxes: Value, output_size: Dims, spatial_scale: Value = 1.0) -> Tensor:
    """Means of each part of a region, with channels of its own for each place."""
    return _pooled(input, boxes, output_size, "ps_roi_pool", shared=True)


def _applied(machine: Machine, self: Ref, input: Value, rois: Value, name: str, held: str) -> Value:
    """A function with the arguments that an object holds."""
    return use(machine, name, input, rois, *(machine.attribute(self, item) for item in held.split()))


@module_type("RoIAlign")
class RoIAlign:
    """Regions by interpolation."""

    def __init__(
        machine: Machine, self: Ref, output_size: Value, spatial_scale: Value, sampling_ratio: Value, aligned: Value = False
    ) -> None:
        start(machine, self, output_size=output_size, spatial_scale=spatial_scale, sampling_ratio=sampling_ratio, aligned=aligned)

    def forward(machine: Machine, self: Ref, input: Value, rois: Value) -> Value:
        return _applied(machine, self, input, rois, "roi_align", "output_size spatial_scale sampling_ratio aligned")


@module_type("PSRoIAlign")
class PSRoIAlign:
    """Regions by interpolation, with channels of its own for each place."""

    def __init__(machine: Machine, self: Ref, output_size: Value, spatial_scale: Value, sampling_ratio: Value) -> None:
        start(machine, self, output_size=output_size, spatial_scale=spatial_scale, sampling_ratio=sampling_ratio)

    def forward(machine: Machine, self: Ref, input: Value, rois: Value) -> Value:
        return _applied(machine, self, input, rois, "ps_roi_align", "output_size spatial_scale sampling_ratio")


@module_type("RoIPool")
class RoIPool:
    """The largest values of each part of a region."""

    def __init__(machine: Machine, self: Ref, output_size: Value, spatial_scale: Value) -> None:
        start(machine, self, output_size=output_size, spatial_scale=spatial_scale)

    def forward(machine: Machine, self: Ref, input: Value, rois: Value) -> Value:
        return _applied(machine, self, input, rois, "roi_pool", "output_size spatial_scale")


@module_type("PSRoIPool")
class PSRoIPool:
    """Means of each part of a region, with channels of its own for each place."""

    def __init__(machine: Machine, self: Ref, output_size: Value, spatial_scale: Value) -> None:
        start(machine, self, output_size=output_size, spatial_scale=spatial_scale)

    def forward(machine: Machine, self: Ref, input: Value, rois: Value) -> Value:
        return _applied(machine, self, input, rois, "ps_roi_pool", "output_size spatial_scale")


def _from_several(x_filtered: Shapes, boxes: Value, output_size: Dims) -> Tensor:
    """Regions of several maps, each region of the one that fits its size."""
    label = "MultiScaleRoIAlign"
    if not isinstance(known(boxes), (tuple, list)):
        raise Undecided(f"the boxes of {label} are not known to be a list")
    count = _regions(boxes, label)
    for x in x_filtered:
        _require_maps(x, label)
    first = x_filtered[0]
    for x in x_filtered[1:]:
        if never_equal(x[1], first[1]) and never_equal(x[1], 1):
            raise Problem(CHANNELS, f"{label} needs maps of the same number of channels, got {first} and {x}")
        if not always_equal(x[1], first[1]):
            doubt(f"whether the maps of {label} have the same number of channels is not known")
    return Tensor(Shape(count, first[1], *_size(output_size)), "torch")


FROM_SEVERAL = Native("MultiScaleRoIAlign", OPS.name, _from_several)


@module_type("MultiScaleRoIAlign")
class MultiScaleRoIAlign:
    """Regions of the maps of a feature pyramid."""

    def __init__(
        machine: Machine,
        self: Ref,
        featmap_names: Value,
        output_size: Value,
        sampling_ratio: Value,
        *,
        canonical_scale: Value = 224,
        canonical_level: Value = 4,
    ) -> None:
        size = (output_size,) * 2 if is_size(known(output_size)) else tuple(machine.elements(output_size))
        start(machine, self, featmap_names=featmap_names, sampling_ratio=sampling_ratio, output_size=size, scales=None, map_levels=None)
        start(machine, self, canonical_scale=canonical_scale, canonical_level=canonical_level)

    def forward(machine: Machine, self: Ref, x: Value, boxes: Value, image_shapes: Value) -> Value:
        names = machine.plain(machine.attribute(self, "featmap_names"))
        if not isinstance(names, (tuple, list)) or not all(isinstance(name, (str, int)) for name in names):
            raise Undecided("the names of the maps that are pooled are not known")
        pairs = [machine.elements(pair) for pair in machine.elements(machine.call(machine.attribute(x, "items")))]
        chosen = tuple(value for key, value in pairs if known(key) in names)
        if not chosen:
            raise Undecided("none of the maps is known to be pooled")
        return machine.call(FROM_SEVERAL, (chosen, boxes, machine.attribute(self, "output_size")))
