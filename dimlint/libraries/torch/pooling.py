"""Max, average, power-average and fractional pooling, and the functions of the same meaning."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

from dimlint.core.dim import Dim, Shape, is_finite, less, maximum, never_positive
from dimlint.core.layer import ARGUMENT, AS_GIVEN, Layer, axes, dim, flag, ignored, number, plain, show
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Unknown, Value, is_size
from dimlint.libraries.torch.arguments import NONPOSITIVE, arguments_text, each_axis, refuse_rank, require_positive, twin
from dimlint.libraries.torch.module import torch
from dimlint.shapes.window import AXIS_WORDS, effective_kernel, require_windows, slide, slide_ceil, slide_text

Pooled = Shape | tuple[Shape, Shape]


class Pool(Layer):
    """What all pools share: windows over the last ``rank`` axes, channels kept, the batch optional."""

    windowed = True
    as_given = frozenset({"kernel_size", "stride", "padding", "dilation"})
    kernel_size: tuple[Dim, ...]
    ceil_mode: bool
    keeps_stride = True
    """Whether its object has the kernel's size for a stride that was not given."""

    def attribute(self, name: str) -> Value:
        given = super().attribute(name)
        return super().attribute("kernel_size") if given is None and name == "stride" and self.keeps_stride else given

    def require_input(self, x: Shape) -> None:
        """Rank of the input, and that it has channels."""
        n = self.rank
        if x.rank not in (n + 1, n + 2):
            raise refuse_rank(self.label, f"a {n + 2}-d input, or a {n + 1}-d one without the batch", x)
        if never_positive(x[-n - 1]) and (x.rank == n + 2 or self.needs_channels):
            raise Problem(NONPOSITIVE, f"{self.label} input {x} has no channels")

    needs_channels = True
    """Whether an input without a batch needs channels."""

    def windows(self, x: Shape, padding: Sequence[Dim], dilation: Sequence[Dim]) -> Shape:
        """The shape of the output, every axis checked."""
        self.require_input(x)
        kernel = self.kernel()
        stride = self.default_stride(kernel) if self.strides_default() else each_axis(self, "stride")
        for name, values in (("kernel_size", kernel), ("stride", stride), ("dilation", dilation)):
            require_positive(self, name, values)
        spatial = []
        for axis, size in enumerate(x[-self.rank :]):
            self.require_padding(padding[axis], kernel[axis])
            spatial.append(self.windows_along(axis, size, kernel[axis], stride[axis], padding[axis], dilation[axis], x))
        return Shape(*x[: -self.rank], *spatial)

    def kernel(self) -> tuple[Dim, ...]:
        return each_axis(self, "kernel_size")

    def strides_default(self) -> bool:
        stride: Value = getattr(self, "stride", None)
        if isinstance(stride, Unknown):
            raise Undecided(stride.reason)
        return stride is None or stride == ()

    def default_stride(self, kernel: tuple[Dim, ...]) -> tuple[Dim, ...]:
        """The size of the kernel; of one that the program has changed since, most layers keep the first."""
        first: Value = getattr(self, AS_GIVEN + "kernel_size", None) if self.keeps_stride else None
        if isinstance(first, tuple) and len(first) == self.rank:
            return first
        return tuple([first] * self.rank) if is_size(first) else kernel

    def require_padding(self, pad: Dim, kernel: Dim) -> None:
        """A pool never sees a window that lies in the padding only."""
        if isinstance(pad, int) and pad < 0:
            raise Problem(ARGUMENT, f"{self.label} padding must not be negative, got {pad}", blame="padding")
        fits = less(kernel // 2, pad)
        if fits:
            message = f"{self.label} padding={pad} is more than half of kernel_size={kernel}: at most {kernel // 2} is allowed"
            raise Problem(ARGUMENT, message, blame="padding")
        if fits is None:
            doubt(f"whether the padding of {self.label} fits its kernel_size is not known")

    def windows_along(self, axis: int, size: Dim, kernel: Dim, stride: Dim, pad: Dim, dilation: Dim, x: Shape) -> Dim:
        ceil = bool(self.ceil_mode)
        out = slide_ceil(size, kernel, stride, dilation, pad) if ceil else slide(size, kernel, stride, dilation, 2 * pad)
        text = slide_text(size, kernel, stride, dilation, 2 * pad)
        least = effective_kernel(kernel, dilation) - 2 * pad
        if ceil:
            text = text.replace(f") // {stride}", f" + {stride} - 1) // {stride}")
            least = least - stride + 1
        word = AXIS_WORDS[self.rank][axis]
        settings = arguments_text(self, *(n for n in ("kernel_size", "stride", "padding", "dilation", "ceil_mode") if n in self.fields))
        remedy = f"Needs a {word} of at least {maximum(least, 1)}, or a smaller kernel_size"
        require_windows(out, size, label=self.label, word=word, text=text, source=x, settings=settings, remedy=remedy)
        return out


class MaxPool(Pool):
    """Largest value of each window: (N, C, *spatial) -> (N, C, *positions); a pair with ``return_indices``."""

    kernel_size: tuple[Dim, ...] = axes()
    stride: Value = axes(None, optional=True)
    padding: tuple[Dim, ...] = axes(0)
    dilation: tuple[Dim, ...] = axes(1)
    return_indices: bool = flag(False)
    ceil_mode: bool = flag(False)

    def output(self, x: Shape) -> Pooled:
        out = self.windows(x, each_axis(self, "padding"), each_axis(self, "dilation"))
        return (out, out) if self.return_indices else out


class AveragePool(Pool):
    """Mean of each window: (N, C, *spatial) -> (N, C, *positions)."""

    kernel_size: tuple[Dim, ...] = axes()
    stride: Value = axes(None, optional=True)
    padding: tuple[Dim, ...] = axes(0)
    ceil_mode: bool = flag(False)
    count_include_pad: object = ignored(True)

    def output(self, x: Shape) -> Shape:
        return self.windows(x, each_axis(self, "padding"), (1,) * self.rank)


class DividedAveragePool(AveragePool):
    """Average pool whose divisor can be given."""

    divisor_override: Value = number(None)

    def output(self, x: Shape) -> Shape:
        if isinstance(self.divisor_override, int) and self.divisor_override == 0:
            raise Problem(ARGUMENT, f"{self.label} divisor_override must not be zero", blame="divisor_override")
        return super().output(x)


@torch.layer("nn.MaxPool1d")
class MaxPool1d(MaxPool):
    """Max pooling over sequences: (N, C, L) -> (N, C, positions)."""

    rank = 1


@torch.layer("nn.MaxPool2d")
class MaxPool2d(MaxPool):
    """Max pooling over images: (N, C, H, W) -> (N, C, rows, columns)."""

    rank = 2


@torch.layer("nn.MaxPool3d")
class MaxPool3d(MaxPool):
    """Max pooling over volumes: (N, C, D, H, W) -> (N, C, planes, rows, columns)."""

    rank = 3


@torch.layer("nn.AvgPool1d")
class AvgPool1d(AveragePool):
    """Average pooling over sequences: (N, C, L) -> (N, C, positions)."""

    rank = 1
    as_given = frozenset()


@torch.layer("nn.AvgPool2d")
class AvgPool2d(DividedAveragePool):
    """Average pooling over images: (N, C, H, W) -> (N, C, rows, columns)."""

    rank = 2


class UnpaddedPool(Pool):
    """Torch's 3-d average pools ask that each axis holds a window before any padding."""

    def windows_along(self, axis: int, size: Dim, kernel: Dim, stride: Dim, pad: Dim, dilation: Dim, x: Shape) -> Dim:
        out = super().windows_along(axis, size, kernel, stride, pad, dilation, x)
        if less(size, kernel):
            word = AXIS_WORDS[self.rank][axis]
            message = f"{self.label} input {word} {size} is smaller than its kernel {kernel}, from input {x}; padding does not count"
            raise Problem(NONPOSITIVE, f"{message}. Needs a {word} of at least {kernel}", blame="kernel_size")
        return out


@torch.layer("nn.AvgPool3d")
class AvgPool3d(DividedAveragePool, UnpaddedPool):
    """Average pooling over volumes: (N, C, D, H, W) -> (N, C, planes, rows, columns)."""

    rank = 3


class PowerPool(Pool):
    """Power average of each window, without padding."""

    keeps_stride = False
    norm_type: Value = number()
    kernel_size: tuple[Dim, ...] = axes()
    stride: Value = axes(None, optional=True)
    ceil_mode: bool = flag(False)

    def output(self, x: Shape) -> Shape:
        if isinstance(self.norm_type, (int, float)) and self.norm_type == 0:
            raise Problem(ARGUMENT, f"{self.label} norm_type must not be zero", blame="norm_type")
        return self.power(x)

    def power(self, x: Shape) -> Shape:
        each_axis(self, "kernel_size", broadcast=False)
        return self.windows(x, (0,) * self.rank, (1,) * self.rank)


@torch.layer("nn.LPPool1d")
class LPPool1d(PowerPool):
    """Power-average pooling over sequences; unlike other pools it takes its kernel as a plain integer only."""

    rank = 1
    kernel_size: Dim = dim()  # type: ignore[assignment]

    def power(self, x: Shape) -> Shape:
        return self.windows(x, (0,), (1,))

    def kernel(self) -> tuple[Dim, ...]:
        return (self.kernel_size,)


@torch.layer("nn.LPPool2d")
class LPPool2d(PowerPool):
    """Power-average pooling over images: (N, C, H, W) -> (N, C, rows, columns)."""

    rank = 2


@torch.layer("nn.LPPool3d")
class LPPool3d(PowerPool, UnpaddedPool):
    """Power-average pooling over volumes: (N, C, D, H, W) -> (N, C, planes, rows, columns)."""

    rank = 3


class Fractional(Pool):
    """Max pooling over random windows to a given size, or a given fraction of the size."""

    as_given = frozenset()
    kernel_size: tuple[Dim, ...] = axes()
    output_size: Value = axes(None, optional=True)
    output_ratio: Value = plain(None)
    return_indices: bool = flag(False)
    _random_samples: object = ignored(None)
    margin = 0
    needs_channels = False

    def attribute(self, name: str) -> Value:
        found = super().attribute(name)
        return (found,) * self.rank if name == "output_ratio" and isinstance(found, (int, float)) else found

    def check(self) -> None:
        size, ratio = self.output_size, self.output_ratio
        if isinstance(size, Unknown) or isinstance(ratio, Unknown):
            return
        if (size is None) == (ratio is None):
            raise Problem(ARGUMENT, f"{self.label} needs one of output_size and output_ratio, got {'none' if size is None else 'both'}")
        if isinstance(ratio, (tuple, list)) and len(ratio) < self.rank:
            raise self.refuse_ratio()
        for share in ratio if isinstance(ratio, (tuple, list)) else (ratio,):
            if isinstance(share, (int, float)) and not 0 < share < 1:
                raise Problem(ARGUMENT, f"{self.label} output_ratio must be between 0 and 1, got {show(share)}", blame="output_ratio")

    def refuse_ratio(self) -> Problem:
        """The Problem for a ratio that has not one share for each axis."""
        text = f"{self.label} output_ratio must be a number or {self.rank} numbers, got {show(self.output_ratio)}"
        return Problem(ARGUMENT, text, blame="output_ratio")

    def output(self, x: Shape) -> Pooled:
        n = self.rank
        self.require_input(x)
        if self.output_size is None and isinstance(self.output_ratio, (tuple, list)):
            shares = len(self.output_ratio)
            if shares < n or shares > n == 2:  # for volumes only the first three are looked at
                raise self.refuse_ratio()
        kernel = each_axis(self, "kernel_size")
        sizes = x[-n:]
        wanted = (
            [share_of(size, self.output_ratio, axis) for axis, size in enumerate(sizes)]
            if self.output_size is None
            else each_axis(self, "output_size")
        )
        for axis, (size, width, out) in enumerate(zip(sizes, kernel, wanted)):
            word = AXIS_WORDS[n][axis]
            text = f"of {size} by {self.output_ratio}" if self.output_size is None else "as given"
            remedy = f"Needs a larger {word}"
            settings = arguments_text(self, "kernel_size", "output_size", "output_ratio")
            require_windows(out, size, label=self.label, word=word, text=text, source=x, settings=settings, remedy=remedy)
            least = out + width - 1 + self.margin
            if less(size, least):
                message = f"{self.label} cannot place {out} windows of {width} in a {word} of {size}, from input {x}; needs {least}"
                raise Problem(NONPOSITIVE, message, blame="output_size")
        out_shape = Shape(*x[:-n], *wanted)
        return (out_shape, out_shape) if self.return_indices else out_shape


def share_of(size: Dim, ratio: Value, axis: int) -> Dim:
    """``int(size * ratio)`` along one axis."""
    part = ratio[axis] if isinstance(ratio, (tuple, list)) else ratio
    if isinstance(size, int) and is_finite(part):
        return floor(size * part)
    raise Undecided("a share of an open size is not known")


@torch.layer("nn.FractionalMaxPool2d")
class FractionalMaxPool2d(Fractional):
    """Fractional max pooling over images: (N, C, H, W) -> (N, C, *output_size)."""

    rank = 2


@torch.layer("nn.FractionalMaxPool3d")
class FractionalMaxPool3d(Fractional):
    """Fractional max pooling over volumes: (N, C, D, H, W) -> (N, C, *output_size)."""

    rank = 3
    margin = 1

    def check(self) -> None:
        super().check()
        if any(map(never_positive, self.kernel_size)):
            raise Problem(ARGUMENT, f"{self.label} kernel_size must be greater than 0, got {show(self.kernel_size)}", blame="kernel_size")


_MAX_ORDER = ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")


def _declare_functions(kind: str, *layers: type[Layer], order: Sequence[str] | None = None, short: Sequence[int] = ()) -> None:
    for layer in layers:
        name = f"{kind}_pool{layer.rank}d"
        twin((f"nn.functional.{name}", *([name] if layer.rank in short else [])), layer, order=order)


_declare_functions("max", MaxPool1d, MaxPool2d, MaxPool3d, order=_MAX_ORDER, short=(1, 2, 3))
_declare_functions("avg", AvgPool1d, AvgPool2d, AvgPool3d, short=(1,))
_declare_functions("lp", LPPool1d, LPPool2d, LPPool3d)


class FractionalFunction(Fractional):
    """The function: the size goes before the ratio, which is not checked; for images it must be a pair."""

    def check(self) -> None:
        size, ratio = self.output_size, self.output_ratio
        if isinstance(size, Unknown) or isinstance(ratio, Unknown) or size is not None:
            return
        if ratio is None:
            raise Problem(ARGUMENT, f"{self.label} needs one of output_size and output_ratio, got none")
        if self.rank == 2 and isinstance(ratio, (int, float)):
            raise Problem(ARGUMENT, f"{self.label} output_ratio must be a pair, got {show(ratio)}", blame="output_ratio")


class WithIndices(Layer):
    """A pool that gives a pair, whatever ``return_indices`` says."""

    def output(self, x: Shape) -> Pooled:
        found = super().output(x)
        return found if isinstance(found, tuple) and not isinstance(found, Shape) else (found, found)


def declare_pairs(names: Sequence[str], layer: type[Layer], *, order: Sequence[str] | None = None) -> None:
    """Declare the functions that always give the indices too."""
    twin(names, type(layer.__name__, (WithIndices, layer), {"__doc__": layer.__doc__}), order=order)


for _layer in (MaxPool1d, MaxPool2d, MaxPool3d):
    _name = f"max_pool{_layer.rank}d_with_indices"
    declare_pairs((f"nn.functional.{_name}", *([_name] if _layer.rank == 1 else [])), _layer, order=_MAX_ORDER)
for _fractional in (FractionalMaxPool2d, FractionalMaxPool3d):
    _name = f"nn.functional.fractional_max_pool{_fractional.rank}d"
    _function = type(_fractional.__name__, (FractionalFunction, _fractional), {"__doc__": _fractional.__doc__})
    twin((_name,), _function)
    declare_pairs((f"{_name}_with_indices",), _function)
