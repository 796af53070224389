"""Convolutions, transposed convolutions, their lazy variants, and the functions of the same meaning."""

from __future__ import annotations

from collections.abc import Sequence

from dimlint.core.axis import expect_positive, is_open
from dimlint.core.dim import Dim, Shape, always_positive, less, never_equal, never_positive
from dimlint.core.layer import ARGUMENT, Layer, axes, choice, dim, flag, ignored, show, unify
from dimlint.core.opening import SPATIAL, open_shape
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Unknown, Value
from dimlint.libraries.torch.arguments import CHANNELS, NONPOSITIVE, arguments_text, count, each_axis, mended, refuse_rank, require_positive
from dimlint.libraries.torch.module import torch
from dimlint.libraries.torch.parameters import AFFINE, Parametrized
from dimlint.shapes.window import AXIS_WORDS, effective_kernel, needed_padding, require_windows, slide, slide_text, smallest, spread

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
SLACK = {"reflect": 1, "circular": 0}


class Channels(Layer):
    """What only the variants have that know their input channels at construction."""

    read_from_weights = frozenset({"in_channels", "out_channels"})
    in_channels: Dim = count()


class Windowed(Parametrized):
    """What all convolutions share: the input's form, channels and groups."""

    registered = AFFINE
    windowed = True
    out_channels: Dim
    groups: Dim
    kernel_size: tuple[Dim, ...]
    bias: bool
    padding_mode: str

    def check(self) -> None:
        if never_positive(self.groups):
            raise Problem(ARGUMENT, f"{self.label} groups must be greater than zero, got {self.groups}", blame="groups")
        if any(isinstance(size, int) and size < 0 for size in self.kernel_size):
            raise Problem(ARGUMENT, f"{self.label} kernel_size must not be negative, got {show(self.kernel_size)}", blame="kernel_size")
        if not self.lazy:
            self.divide("in_channels", self.known_channels)
            self.divide("out_channels", self.out_channels)

    def divide(self, name: str, channels: Dim) -> None:
        """Channels must be a multiple of ``groups``."""
        if isinstance(self.groups, int) and never_equal(channels % self.groups, 0):
            raise Problem(ARGUMENT, f"{self.label} {name}={channels} is not divisible by groups={self.groups}", blame="groups")

    @property
    def lazy(self) -> bool:
        return not isinstance(self, Channels)

    @property
    def known_channels(self) -> Dim:
        channels: Dim = vars(self)["in_channels"]
        return channels

    def assume(self) -> list[Shape]:
        sizes = ("C" if self.lazy else self.known_channels, *SPATIAL[self.rank])
        return [open_shape("N", *sizes), open_shape(*sizes)]

    def channels_of(self, x: Shape) -> Dim:
        """The channels of the weights; a lazy layer takes them from its first input."""
        return x[-self.rank - 1] if self.lazy else self.known_channels

    def require_input(self, x: Shape) -> None:
        """Rank and channels of the input."""
        n = self.rank
        if x.rank not in (n + 1, n + 2):
            raise refuse_rank(self.label, f"a {n + 2}-d input (N, C, {', '.join(SPATIAL[n])}) or a {n + 1}-d one without the batch", x)
        hint = f": a {n + 1}-d input is read as one sample without the batch axis" if x.rank == n + 1 else ""
        message = f"{self.label} has in_channels={self.channels_of(x)}, but the input {x} has {x[-n - 1]} channels{hint}"
        message += mended(x, self.channels_of(x), n, "in_channels", x[-n - 1])
        unify(x[-n - 1], self.channels_of(x), CHANNELS, message, blame="in_channels")
        if self.lazy:
            self.divide("in_channels", x[-n - 1])
            self.divide("out_channels", self.out_channels)

    def require_sizes(self, x: Shape, kernel: Sequence[Dim], stride: Sequence[Dim], dilation: Sequence[Dim]) -> None:
        """Kernels, strides and dilations start at 1; torch does not look at dilations when the batch is empty."""
        require_positive(self, "kernel_size", kernel)
        require_positive(self, "stride", stride)
        if not self.is_empty(x):
            require_positive(self, "dilation", dilation)

    def is_empty(self, x: Shape) -> bool:
        """Whether the batch surely has no samples."""
        return x.rank == self.rank + 2 and never_positive(x[0])

    def require_elements(self, x: Shape, size: Dim, out: Dim) -> None:
        """An axis without elements is refused, unless there are no samples or channels either: then torch may build what surrounds it."""
        if never_positive(size) and any(map(never_positive, x[: -self.rank])) and not never_positive(out):
            raise Undecided(f"{self.label} of {x}, which has no elements, is not modelled")

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        if self.lazy and built and inputs:
            n = self.rank
            expected, actual = built[0][-n - 1], inputs[0][-n - 1]
            message = f"{self.label} had {expected} input channels on its first call, but now the input {inputs[0]} has {actual}"
            unify(actual, expected, CHANNELS, message)

    def result(self, x: Shape, spatial: Sequence[Dim]) -> Shape:
        """Without input channels torch gives no output channels either, whatever ``out_channels`` says."""
        channels = x[-self.rank - 1]
        return Shape(*x[: -self.rank - 1], 0 if never_positive(channels) else self.out_channels, *spatial)


class Convolution(Windowed):
    """Cross-correlation with learned kernels: (N, C, *spatial) -> (N, out_channels, *positions)."""

    out_channels: Dim = count()
    kernel_size: tuple[Dim, ...] = axes()
    stride: tuple[Dim, ...] = axes(1)
    padding: Value = axes(0, words=("valid", "same"))
    dilation: tuple[Dim, ...] = axes(1)
    groups: Dim = dim(1)
    bias: bool = flag(True)
    padding_mode: str = choice(*PADDING_MODES, default="zeros")
    device: object = ignored()
    dtype: object = ignored()

    def check(self) -> None:
        super().check()
        if self.padding == "same" and any(never_equal(step, 1) for step in self.stride):
            message = f"{self.label} padding='same' needs stride=1, got stride={show(self.stride)}"
            raise Problem(ARGUMENT, message, blame="stride", expected=1)

    def output(self, x: Shape) -> Shape:
        kernel = each_axis(self, "kernel_size", broadcast=False)
        self.require_input(x)
        stride, dilation = each_axis(self, "stride"), each_axis(self, "dilation")
        self.require_sizes(x, kernel, stride, dilation)
        if never_positive(self.out_channels):
            raise Problem(ARGUMENT, f"{self.label} out_channels must be greater than zero, got {self.out_channels}", blame="out_channels")
        pads = self.pads(kernel, dilation)
        words = AXIS_WORDS[self.rank]
        spatial = []
        for axis, size in enumerate(x[-self.rank :]):
            self.require_padding(words[axis], size, pads[axis], x)
            k, s, d, total = kernel[axis], stride[axis], dilation[axis], pads[axis][0] + pads[axis][1]
            out = slide(size, k, s, d, total)
            text = slide_text(size, k, s, d, total)
            remedy = self.remedy(words[axis], size, k, d, total)
            settings = arguments_text(self, "kernel_size", "stride", "padding", "dilation")
            self.require_elements(x, size, out)
            require_windows(out, size, label=self.label, word=words[axis], text=text, source=x, settings=settings, remedy=remedy)
            spatial.append(out)
        return self.result(x, spatial)

    def pads(self, kernel: Sequence[Dim], dilation: Sequence[Dim]) -> list[tuple[Dim, Dim]]:
        """Padding of each axis, before and after."""
        if isinstance(self.padding, Unknown):
            bool(self.padding)
        if self.padding == "valid":
            return [(0, 0)] * self.rank
        if self.padding == "same":
            totals = [effective_kernel(k, d) - 1 for k, d in zip(kernel, dilation)]
            return [(total // 2, total - total // 2) for total in totals]
        return [(pad, pad) for pad in each_axis(self, "padding", broadcast=self.padding_mode == "zeros")]

    def require_padding(self, word: str, size: Dim, pads: tuple[Dim, Dim], x: Shape) -> None:
        """What a padding mode can do with an axis of this size."""
        if self.padding_mode == "zeros" and any(isinstance(pad, int) and pad < 0 for pad in pads):
            raise Problem(ARGUMENT, f"{self.label} padding must not be negative, got {show(self.padding)}", blame="padding")
        for pad in pads if self.padding_mode in SLACK else ():
            room = size - SLACK[self.padding_mode] + 1 - pad
            if always_positive(room):
                continue
            message = f"{self.label} pads the {word} by {pad} in mode {self.padding_mode!r}, which must be at most {room + pad - 1} for {x}"
            if never_positive(room):
                raise Problem(ARGUMENT, message, blame="padding")
            if isinstance(size, int) or is_open(size):
                expect_positive(room, f"whether the padding of {self.label} fits is not known", Problem(ARGUMENT, message, blame="padding"))

    def remedy(self, word: str, size: Dim, kernel: Dim, dilation: Dim, total: Dim) -> str:
        least = smallest(kernel, dilation, total)
        padding = needed_padding(size, kernel, dilation)
        return f"Needs a {word} of at least {least}" + (f", or padding={padding}" if padding is not None else "")

    def weights(self, x: Shape) -> dict[str, Shape]:
        shape = Shape(self.out_channels, self.channels_of(x) // self.groups, *self.kernel_size)
        return {"weight": shape} | ({"bias": Shape(self.out_channels)} if self.bias else {})


class Transposed(Windowed):
    """The gradient of a convolution as a layer, which enlarges: (N, C, *spatial) -> (N, out_channels, *larger)."""

    out_channels: Dim = count()
    kernel_size: tuple[Dim, ...] = axes()
    stride: tuple[Dim, ...] = axes(1)
    padding: tuple[Dim, ...] = axes(0)
    output_padding: tuple[Dim, ...] = axes(0)
    groups: Dim = dim(1)
    bias: bool = flag(True)
    dilation: tuple[Dim, ...] = axes(1)
    padding_mode: str = choice("zeros", default="zeros")
    device: object = ignored()
    dtype: object = ignored()

    def output(self, x: Shape, output_size: Value = None) -> Shape:
        kernel = each_axis(self, "kernel_size", broadcast=False)
        self.require_input(x)
        if never_positive(x[-self.rank - 1]):
            raise Problem(NONPOSITIVE, f"{self.label} input {x} has no channels")
        if never_positive(self.out_channels):
            raise Problem(ARGUMENT, f"{self.label} out_channels must be greater than zero, got {self.out_channels}", blame="out_channels")
        stride, padding, dilation = (each_axis(self, name) for name in ("stride", "padding", "dilation"))
        self.require_sizes(x, kernel, stride, dilation)
        if any(isinstance(pad, int) and pad < 0 for pad in padding):
            raise Problem(ARGUMENT, f"{self.label} padding must not be negative, got {show(self.padding)}", blame="padding")
        words = AXIS_WORDS[self.rank]
        sizes = x[-self.rank :]
        least = [spread(size, k, s, d, 2 * p) for size, k, s, d, p in zip(sizes, kernel, stride, dilation, padding)]
        extra = self.extra(x, least, stride, dilation, output_size)
        for axis, (size, base, more) in enumerate(zip(sizes, least, extra)):
            k, s, d, p = kernel[axis], stride[axis], dilation[axis], padding[axis]
            text = f"({size} - 1)*{s} - 2*{p} + {d}*({k} - 1) + 1 + {more}"
            settings = arguments_text(self, "kernel_size", "stride", "padding", "output_padding", "dilation")
            remedy = f"Needs a larger {words[axis]} or a smaller padding"
            self.require_elements(x, size, base + more)
            told = {"label": self.label, "word": words[axis], "text": text, "settings": settings, "remedy": remedy, "blame": "padding"}
            require_windows(base + more, size, source=x, **told)
        return self.result(x, [base + more for base, more in zip(least, extra)])

    def extra(self, x: Shape, least: Sequence[Dim], stride: Sequence[Dim], dilation: Sequence[Dim], wanted: Value) -> Sequence[Dim]:
        """The output padding: the argument, or what reaches the output size that the call asks for."""
        if wanted is not None:
            return self.reach(least, stride, wanted)
        given = each_axis(self, "output_padding")
        for more, step, width in zip(given, stride, dilation):
            if isinstance(more, int) and more < 0:
                raise Problem(ARGUMENT, f"{self.label} output_padding must not be negative, got {more}", blame="output_padding")
            if not self.is_empty(x) and less(more, step) is False and less(more, width) is False:
                message = f"{self.label} output_padding={more} must be smaller than stride={step} or dilation={width}"
                raise Problem(ARGUMENT, message, blame="output_padding")
        return given

    def reach(self, least: Sequence[Dim], stride: Sequence[Dim], wanted: Value) -> Sequence[Dim]:
        if isinstance(wanted, Unknown) or not isinstance(wanted, (tuple, list)):
            bool(wanted)
            raise Undecided("output_size is not a known sequence")
        sizes = list(wanted)[-self.rank :]
        if len(wanted) not in (self.rank, self.rank + 2, self.rank + 1) or any(isinstance(size, Unknown) for size in sizes):
            raise Undecided("output_size has an unexpected form")
        for size, base, step in zip(sizes, least, stride):
            if less(size, base) is True or less(base + step - 1, size) is True:
                message = f"{self.label} cannot reach output_size {show(tuple(sizes))}: {size} is not between {base} and {base + step - 1}"
                raise Problem(NONPOSITIVE if never_positive(size) else ARGUMENT, message, blame="output_size")
            if less(size, base) is None or less(base + step - 1, size) is None:
                doubt(f"whether {self.label} can reach the output size {size} is not known")
        return [size - base for size, base in zip(sizes, least)]

    def weights(self, x: Shape) -> dict[str, Shape]:
        shape = Shape(self.channels_of(x), self.out_channels // self.groups, *self.kernel_size)
        return {"weight": shape} | ({"bias": Shape(self.out_channels)} if self.bias else {})


@torch.layer("nn.Conv1d")
class Conv1d(Convolution, Channels):
    """Convolution over sequences: (N, C, L) -> (N, out_channels, positions)."""

    rank = 1


@torch.layer("nn.Conv2d")
class Conv2d(Convolution, Channels):
    """Convolution over images: (N, C, H, W) -> (N, out_channels, rows, columns)."""

    rank = 2


@torch.layer("nn.Conv3d")
class Conv3d(Convolution, Channels):
    """Convolution over volumes: (N, C, D, H, W) -> (N, out_channels, planes, rows, columns)."""

    rank = 3


@torch.layer("nn.ConvTranspose1d")
class ConvTranspose1d(Transposed, Channels):
    """Transposed convolution over sequences: (N, C, L) -> (N, out_channels, longer)."""

    rank = 1


@torch.layer("nn.ConvTranspose2d")
class ConvTranspose2d(Transposed, Channels):
    """Transposed convolution over images: (N, C, H, W) -> (N, out_channels, higher, wider)."""

    rank = 2


@torch.layer("nn.ConvTranspose3d")
class ConvTranspose3d(Transposed, Channels):
    """Transposed convolution over volumes: (N, C, D, H, W) -> (N, out_channels, deeper, higher, wider)."""

    rank = 3


@torch.layer("nn.LazyConv1d")
class LazyConv1d(Convolution):
    """``Conv1d`` that takes ``in_channels`` from its first input."""

    rank = 1


@torch.layer("nn.LazyConv2d")
class LazyConv2d(Convolution):
    """``Conv2d`` that takes ``in_channels`` from its first input."""

    rank = 2


@torch.layer("nn.LazyConv3d")
class LazyConv3d(Convolution):
    """``Conv3d`` that takes ``in_channels`` from its first input."""

    rank = 3


@torch.layer("nn.LazyConvTranspose1d")
class LazyConvTranspose1d(Transposed):
    """``ConvTranspose1d`` that takes ``in_channels`` from its first input."""

    rank = 1


@torch.layer("nn.LazyConvTranspose2d")
class LazyConvTranspose2d(Transposed):
    """``ConvTranspose2d`` that takes ``in_channels`` from its first input."""

    rank = 2


@torch.layer("nn.LazyConvTranspose3d")
class LazyConvTranspose3d(Transposed):
    """``ConvTranspose3d`` that takes ``in_channels`` from its first input."""

    rank = 3


def _functional(layer: type[Layer], x: Shape, in_channels: Dim, out_channels: Dim, kernel: Sequence[Dim], **arguments: Value) -> Shape:
    """A layer applied once, with its sizes read off the weight tensor, which is what a Problem then speaks of."""
    given = {"in_channels": in_channels, "out_channels": out_channels, "kernel_size": tuple(kernel), **arguments}
    try:
        shape: Shape = layer.bind((), given).output(x)
    except Problem as problem:
        blame = problem.blame if problem.blame in arguments else None
        raise Problem(problem.rule, problem.message, blame=blame) from None
    return shape


def _declare_functions(rank: int, forward: type[Layer], backward: type[Layer]) -> None:
    direct = type(f"conv{rank}d", (forward,), {})
    transposed = type(f"conv_transpose{rank}d", (backward,), {})

    def convolve(
        input: Shape, weight: Shape, bias: Value = None, stride: Value = 1, padding: Value = 0, dilation: Value = 1, groups: Dim = 1
    ) -> Shape:
        """Convolution by a weight of shape (out_channels, in_channels // groups, *kernel_size)."""
        _require_weight(direct.__name__, weight, rank)
        sizes = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        return _functional(direct, input, weight[1] * groups, weight[0], weight[2:], **sizes)

    def transpose(
        input: Shape,
        weight: Shape,
        bias: Value = None,
        stride: Value = 1,
        padding: Value = 0,
        output_padding: Value = 0,
        groups: Dim = 1,
        dilation: Value = 1,
    ) -> Shape:
        """Transposed convolution by a weight of shape (in_channels, out_channels // groups, *kernel_size)."""
        _require_weight(transposed.__name__, weight, rank)
        sizes = {"stride": stride, "padding": padding, "output_padding": output_padding, "groups": groups, "dilation": dilation}
        return _functional(transposed, input, weight[0], weight[1] * groups, weight[2:], **sizes)

    torch.function(f"nn.functional.conv{rank}d", f"conv{rank}d")(convolve)
    torch.function(f"nn.functional.conv_transpose{rank}d", f"conv_transpose{rank}d")(transpose)


def _require_weight(label: str, weight: Shape, rank: int) -> None:
    if weight.rank != rank + 2:
        raise refuse_rank(label, f"a {rank + 2}-d weight", weight)


_declare_functions(1, Conv1d, ConvTranspose1d)
_declare_functions(2, Conv2d, ConvTranspose2d)
_declare_functions(3, Conv3d, ConvTranspose3d)
