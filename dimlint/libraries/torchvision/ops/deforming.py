"""Convolutions that look beside their places. Source: https://docs.pytorch.org/vision/stable/generated/torchvision.ops.deform_conv2d.html."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.axis import require_equal
from dimlint.core.binding import Dims, to_shape
from dimlint.core.dim import Dim, Shape, always_equal, always_positive, less, never_equal
from dimlint.core.layer import ARGUMENT
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Machine, Ref, Tensor, Value
from dimlint.libraries.torch.arguments import CHANNELS, MERGE, NONPOSITIVE, refuse_rank
from dimlint.libraries.torchvision.building import apply, known, nn, start
from dimlint.libraries.torchvision.ops.library import function, module_type, use
from dimlint.shapes.window import effective_kernel, slide, slide_text

LABEL = "deform_conv2d"


def _pair(value: Dims) -> tuple[Dim, Dim]:
    """The sizes of both axes; one value stands for both."""
    return (value[0], value[0]) if len(value) == 1 else (value[0], value[1])


def _positions(input: Shape, weight: Shape, stride: Dims, padding: Dims, dilation: Dims) -> Shape:
    """Height and width of the output. Raises Problem(nonpositive-dimension), Undecided."""
    found = []
    for word, size, kernel, step, pad, width in zip(
        ("height", "width"), input[2:], weight[2:], _pair(stride), _pair(padding), _pair(dilation)
    ):
        if not all(map(always_positive, (kernel, step, width))):
            raise Undecided(f"the windows of {LABEL} are not known to be positive")
        out, room = slide(size, kernel, step, width, 2 * pad), size + 2 * pad - effective_kernel(kernel, width)
        if less(room + step, 1):  # torchvision rounds towards zero: with less room missing, it counts a window
            text = slide_text(size, kernel, step, width, 2 * pad)
            raise Problem(NONPOSITIVE, f"{LABEL} output {word} is {out}: {text}, from input {input}")
        if less(room, 0):
            raise Undecided(f"{LABEL} of an input that is smaller than the kernel is not modelled")
        if less(room, 0) is None:
            doubt(f"whether the output {word} of {LABEL} is positive is not known")
        found.append(out)
    return Shape(*found)


def _require_channels(input: Shape, weight: Shape) -> None:
    """The input has the channels of the weight's groups."""
    channels, each = input[1], weight[1]
    if not (isinstance(channels, int) and isinstance(each, int) and isinstance(weight[0], int) and each > 0):
        if never_equal(channels, each):
            raise Undecided(f"the number of groups of {LABEL} is not known")
        if not always_equal(channels, each):
            doubt(f"whether {LABEL} fits {channels} channels is not known")
        return
    groups = channels // each
    if not groups or groups * each != channels or weight[0] % groups:
        raise Problem(CHANNELS, f"{LABEL} has a weight {weight}, which does not fit the {channels} channels of the input {input}")


def _require_shifts(shifts: Shape, name: str, each: Dim, input: Shape, out: Shape) -> None:
    """As many numbers as the windows need for each place of the output, or a multiple of that."""
    if shifts.rank != 4:
        raise refuse_rank(LABEL, f"a 4-d {name} (N, numbers, rows, columns)", shifts)
    message = f"{LABEL} of {input} gives an output of {' by '.join(map(str, out))}, which the {name} {shifts} does not fit"
    for given, wanted in zip((shifts[0], *shifts[2:]), (input[0], *out)):
        require_equal(given, wanted, f"whether the {name} of {LABEL} fits is not known", Problem(MERGE, message))
    if not isinstance(each, int) or not isinstance(shifts[1], int):
        if not always_equal(shifts[1], each):
            doubt(f"whether the {name} of {LABEL} has as many channels as its kernel needs is not known")
    elif shifts[1] < each or shifts[1] % each:
        raise Problem(CHANNELS, f"{LABEL} needs a multiple of {each} channels of the {name}, got {shifts}")


@function("deform_conv2d")
def deform_conv2d(
    input: Tensor,
    offset: Shape,
    weight: Shape,
    bias: Value = None,
    stride: Dims = (1, 1),
    padding: Dims = (0, 0),
    dilation: Dims = (1, 1),
    mask: Value = None,
) -> Tensor:
    """A convolution whose windows are moved by ``offset`` and weighted by ``mask``."""
    x = input.shape
    for shape, name in ((x, "input"), (weight, "weight")):
        if shape.rank != 4:
            raise refuse_rank(LABEL, f"a 4-d {name}", shape)
    _require_channels(x, weight)
    out, places = _positions(x, weight, stride, padding, dilation), weight[2] * weight[3]
    _require_shifts(offset, "offset", 2 * places, x, out)
    if known(mask) is not None:
        weights = to_shape(mask, "mask")
        _require_shifts(weights, "mask", places, x, out)
        if never_equal(2 * weights[1], offset[1]):
            raise Problem(CHANNELS, f"{LABEL} needs a mask of half the channels of the offset {offset}, got {weights}")
    if known(bias) is not None:
        terms = to_shape(bias, "bias")
        if terms.rank != 1 or never_equal(terms[0], weight[0]):
            raise Problem(MERGE, f"{LABEL} needs a bias ({weight[0]},), got {terms}")
    return Tensor(Shape(x[0], weight[0], *out), "torch", input.dtype)


@module_type("DeformConv2d")
class DeformConv2d:
    """A convolution whose windows are moved by what it is given beside its input."""

    def __init__(
        machine: Machine,
        self: Ref,
        in_channels: Value,
        out_channels: Value,
        kernel_size: Value,
        stride: Value = 1,
        padding: Value = 0,
        dilation: Value = 1,
        groups: Value = 1,
        bias: Value = True,
    ) -> None:
        for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if isinstance(channels, int) and isinstance(groups, int) and groups and channels % groups:
                raise Problem(ARGUMENT, f"DeformConv2d {name}={channels} is not divisible by groups={groups}", blame="groups")
        given = (kernel_size, stride, padding, dilation)
        pairs = (machine.elements(value) if isinstance(value, (tuple, Ref)) else [value] * 2 for value in map(known, given))
        sizes = dict(zip(("kernel_size", "stride", "padding", "dilation"), map(tuple, pairs)))
        start(machine, self, in_channels=in_channels, out_channels=out_channels, **sizes, groups=groups)
        shape = (out_channels, machine.binary("//", in_channels, groups), *sizes["kernel_size"][:2])
        weight = nn(machine, "Parameter", apply(machine, "empty", shape))
        terms = nn(machine, "Parameter", apply(machine, "empty", out_channels)) if machine.truth(bias) else None
        start(machine, self, weight=weight, bias=terms)

    def forward(machine: Machine, self: Ref, input: Value, offset: Value, mask: Value = None) -> Value:
        weight, *rest = (machine.attribute(self, name) for name in ("weight", "bias", "stride", "padding", "dilation"))
        return use(machine, LABEL, input, offset, weight, *rest, mask)
