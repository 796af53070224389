"""Fourier transforms, and the windows that go with them.

https://docs.pytorch.org/docs/stable/fft.html, https://docs.pytorch.org/docs/stable/generated/torch.stft.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dimlint.core.dim import Dim, Shape, always_equal, less, minimum, never_positive
from dimlint.core.layer import ARGUMENT, show, unify
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.libraries.torch.arguments import MERGE, RANK, axis_of, refuse_rank
from dimlint.libraries.torch.library import torch
from dimlint.libraries.torch.reduction import known_flag

NORMS = (None, "forward", "backward", "ortho")
WINDOWS = "bartlett blackman cosine exponential gaussian general_cosine general_hamming hamming hann kaiser nuttall"

Length = Callable[[Dim], Dim]
"""The size of the transformed axis for a signal of so many points."""


def _half(n: Dim) -> Dim:
    """A real signal has a spectrum with a mirror image, which is left out."""
    return n // 2 + 1


def _whole(n: Dim) -> Dim:
    return n


def _require_norm(norm: Value, label: str) -> None:
    if isinstance(norm, Unknown):
        return
    if norm not in NORMS:
        raise Problem(ARGUMENT, f"{label}: norm must be one of 'forward', 'backward', 'ortho', got {show(norm)}", blame="norm")


def _require_elements(x: Shape, label: str) -> None:
    """The transforms of MKL refuse an empty batch."""
    if any(map(never_positive, x)):
        raise Problem(ARGUMENT, f"{label} needs at least one element, got the input {x}")


def _points(n: Dim, label: str, x: Shape) -> Dim:
    """The number of points of a transform, at least one."""
    if never_positive(n):
        raise Problem(ARGUMENT, f"{label} needs at least one point, got {n} from the input {x}", blame="n")
    if less(n, 1) is not False:
        doubt(f"whether {label} gets at least one point is not known")
    return n


def _number(n: Value, label: str) -> Dim:
    if is_size(n):
        size: Dim = int(n) if isinstance(n, bool) else n
        return size
    raise Undecided(n.reason if isinstance(n, Unknown) else f"the number of points given to {label} is not known")


def _one(label: str, length: Length, *, inverse: bool) -> None:
    """A transform along one axis. inverse: from half a spectrum back to a real signal, of twice as many points unless told."""

    def body(input: Shape, n: Value = None, dim: Value = -1, norm: Value = None, *, out: Value = None) -> Shape:
        """The spectrum along one axis, cut or filled to ``n`` points."""
        if input.rank == 0:
            raise refuse_rank(label, "an input of at least 1 dimension", input)
        axis = axis_of(dim, input, label)
        count = _number(n, label) if n is not None else 2 * (input[axis] - 1) if inverse else input[axis]
        _require_norm(norm, label)
        _require_elements(Shape(*input[:axis], *input[axis + 1 :]), label)
        return Shape(*input[:axis], length(_points(count, label, input)), *input[axis + 1 :])

    torch.function(f"fft.{label}")(body)


for _name in ("fft", "ifft"):
    _one(_name, _whole, inverse=False)
for _name in ("rfft", "ihfft"):
    _one(_name, _half, inverse=False)
for _name in ("irfft", "hfft"):
    _one(_name, _whole, inverse=True)


def _sizes_and_axes(x: Shape, s: Value, dim: Value, label: str) -> tuple[list[Dim | None], list[int]]:
    """The points asked for (None: as many as there are) and the axes, the last of which is the halved one."""
    sizes = None if s is None else [_number(size, label) for size in (s if isinstance(s, (tuple, list)) else [s])]
    if dim is None:
        count = x.rank if sizes is None else len(sizes)
        if count > x.rank:
            raise Problem(RANK, f"{label}: {count} sizes are given for the {x.rank}-d input {x}", blame="s")
        axes = list(range(x.rank - count, x.rank))
    else:
        given = list(dim) if isinstance(dim, (tuple, list)) else [dim]
        axes = [axis_of(axis, x, label) for axis in given]
        if len(set(axes)) != len(axes):
            raise Problem(RANK, f"{label}: dim={tuple(axes)} names an axis twice, from input {x}", blame="dim")
        if sizes is not None and len(sizes) != len(axes):
            raise Problem(ARGUMENT, f"{label}: {len(sizes)} sizes are given for {len(axes)} axes", blame="s")
    return [None] * len(axes) if sizes is None else [None if always_equal(size, -1) else size for size in sizes], axes


def _several(label: str, length: Length, default: Sequence[int] | None, *, inverse: bool) -> None:
    """A transform along several axes, the last of which may be halved (``length``) or doubled (``inverse``)."""

    def body(input: Shape, s: Value = None, dim: Value = default, norm: Value = None, *, out: Value = None) -> Shape:
        """The spectrum along several axes, each cut or filled to its size in ``s``."""
        if input.rank == 0 and dim is not None:
            raise refuse_rank(label, "an input of at least 1 dimension", input)
        sizes, axes = _sizes_and_axes(input, s, dim, label)
        if not axes and (inverse or length is _half):
            raise Problem(RANK, f"{label} needs at least one axis, from input {input}")
        _require_norm(norm, label)
        dims = list(input)
        for place, (size, axis) in enumerate(zip(sizes, axes)):
            last = place == len(axes) - 1
            count = size if size is not None else 2 * (dims[axis] - 1) if last and inverse else dims[axis]
            dims[axis] = (length if last else _whole)(_points(count, label, input))
        if axes:
            _require_elements(Shape(*dims), label)
        return Shape(*dims)

    torch.function(f"fft.{label}")(body)


for _suffix, _default in (("2", (-2, -1)), ("n", None)):
    for _name in ("fft", "ifft"):
        _several(_name + _suffix, _whole, _default, inverse=False)
    for _name in ("rfft", "ihfft"):
        _several(_name + _suffix, _half, _default, inverse=False)
    for _name in ("irfft", "hfft"):
        _several(_name + _suffix, _whole, _default, inverse=True)


@torch.function("fft.fftshift", "fft.ifftshift")
def fftshift(input: Shape, dim: Value = None) -> Shape:
    """Frequencies in another order: the shape stays."""
    if input.rank == 0:
        raise refuse_rank("fftshift", "an input of at least 1 dimension", input)
    for axis in () if dim is None else dim if isinstance(dim, (tuple, list)) else (dim,):
        axis_of(axis, input, "fftshift")
    return input


@torch.function("fft.fftfreq")
def fftfreq(n: Dim, d: Value = 1.0, **options: Value) -> Shape:
    """The frequencies of a transform of ``n`` points."""
    if less(n, 0):
        raise Problem(ARGUMENT, f"fftfreq needs zero or more points, got {n}", blame="n")
    return Shape(n)


@torch.function("fft.rfftfreq")
def rfftfreq(n: Dim, d: Value = 1.0, **options: Value) -> Shape:
    """The frequencies of a transform of ``n`` real points."""
    if less(n, 0):
        raise Undecided(f"the frequencies of a transform of {n} points are not modelled")
    return Shape(_half(n))


def _window(label: str) -> Callable[..., Shape]:
    def body(window_length: Dim, *args: Value, **options: Value) -> Shape:
        """A window of the given length."""
        if less(window_length, 0):
            raise Problem(ARGUMENT, f"{label} needs a length of zero or more, got {window_length}", blame="window_length")
        return Shape(window_length)

    return body


for _name in ("bartlett", "blackman", "hamming", "hann", "kaiser"):
    torch.function(f"{_name}_window")(_window(f"{_name}_window"))
for _name in WINDOWS.split():
    torch.function(f"signal.windows.{_name}", window_length="M")(_window(_name))


# -- short-time transforms


def _frame(n_fft: Dim, hop_length: Value, win_length: Value, window: Value, label: str) -> tuple[Dim, Dim]:
    """The distance of the frames and the width of the window, which is checked."""
    hop: Dim = n_fft // 4 if hop_length is None else _number(hop_length, label)
    win: Dim = n_fft if win_length is None else _number(win_length, label)
    if never_positive(hop):
        raise Problem(ARGUMENT, f"{label}: hop_length must be greater than zero, got {hop}", blame="hop_length")
    if never_positive(win) or less(n_fft, win):
        raise Problem(ARGUMENT, f"{label}: win_length must be between 1 and n_fft={n_fft}, got {win}", blame="win_length")
    if isinstance(window, Tensor):
        text = f"{label} needs a 1-d window of win_length={win} points, got the shape {window.shape}"
        if window.shape.rank != 1:
            raise Problem(RANK, text, blame="window")
        unify(window.shape[0], win, MERGE, text, blame="window")
    elif window is not None:
        raise Undecided("the window is not known")
    return hop, win


@torch.function("stft", "Tensor.stft")
def stft(
    input: Shape,
    n_fft: Dim,
    hop_length: Value = None,
    win_length: Value = None,
    window: Value = None,
    center: Value = True,
    pad_mode: Value = "reflect",
    normalized: Value = False,
    onesided: Value = None,
    return_complex: Value = None,
    align_to_window: Value = None,
) -> Shape:
    """The spectra of overlapping frames: (*, T) -> (*, n_fft // 2 + 1, frames), with a last axis of 2 unless they are complex."""
    if input.rank not in (1, 2):
        raise refuse_rank("stft", "an input of 1 or 2 dimensions", input)
    centered, half = known_flag(center, "center"), known_flag(True if onesided is None else onesided, "onesided")
    if return_complex is None:
        raise Undecided("whether stft gives complex numbers depends on the element type")
    size = input[-1]
    if centered:
        if pad_mode == "reflect" and less(size, n_fft // 2 + 1):
            text = f"stft: reflection by n_fft // 2 = {n_fft // 2} points needs a longer signal than {size}, from input {input}"
            raise Problem("nonpositive-dimension", text, blame="n_fft")
        size = size + 2 * (n_fft // 2)
    if never_positive(n_fft) or less(size, n_fft):
        raise Problem("nonpositive-dimension", f"stft: n_fft={n_fft} does not fit into {size} points, from input {input}", blame="n_fft")
    hop, _ = _frame(n_fft, hop_length, win_length, window, "stft")
    out = Shape(*input[:-1], _half(n_fft) if half else n_fft, 1 + (size - n_fft) // hop)
    return out if known_flag(return_complex, "return_complex") else Shape(*out, 2)


@torch.function("istft", "Tensor.istft")
def istft(
    input: Shape,
    n_fft: Dim,
    hop_length: Value = None,
    win_length: Value = None,
    window: Value = None,
    center: Value = True,
    normalized: Value = False,
    onesided: Value = None,
    length: Value = None,
    return_complex: Value = False,
) -> Shape:
    """A signal from the spectra of its frames: (*, n_fft // 2 + 1, frames) -> (*, T)."""
    if input.rank not in (2, 3):
        raise refuse_rank("istft", "an input of 2 or 3 dimensions", input)
    if never_positive(input[0]):
        raise Problem(ARGUMENT, f"istft needs an input with elements, got {input}")
    centered = known_flag(center, "center")
    half = not always_equal(input[-2], n_fft) if onesided is None else known_flag(onesided, "onesided")
    wanted = _half(n_fft) if half else n_fft
    unify(input[-2], wanted, MERGE, f"istft: n_fft={n_fft} needs {wanted} frequencies, got {input[-2]} in the input {input}")
    hop, win = _frame(n_fft, hop_length, win_length, window, "istft")
    if never_positive(input[-1]):
        raise Problem(ARGUMENT, f"istft needs at least one frame, got the input {input}")
    whole, start = n_fft + hop * (input[-1] - 1), n_fft // 2 if centered else 0
    size = whole - 2 * start if length is None else _number(length, "istft")
    if length is None and never_positive(size):
        text = f"istft: {input[-1]} frames of {n_fft} points leave {size} of them without the padding, from input {input}"
        raise Problem("nonpositive-dimension", text)
    _require_covered(start, minimum(start + size, whole), n_fft, hop, win, input[-1])
    return Shape(*input[:-2], size)


def _require_covered(start: Dim, end: Dim, n_fft: Dim, hop: Dim, win: Dim, frames: Dim) -> None:
    """Torch divides each point by what the windows that lie in the middle of the frames weigh there: one of them has to reach it."""
    first = (n_fft - win) // 2
    last = first + win + hop * (frames - 1)
    if less(win, hop) or (less(start, end) and (less(start, first) or less(last, end))):
        text = f"istft: windows of {win} points at a distance of {hop} leave points between {start} and {end} without a value"
        raise Problem(ARGUMENT, text, blame="win_length")
