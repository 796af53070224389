"""Fourier transforms and windows of signals. Source: https://keras.io/api/ops/fft."""

from __future__ import annotations

from dimlint.core.dim import Dim, Shape, never_equal
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Value
from dimlint.libraries.keras.base import shows_none
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.ops.arguments import MERGE, Shapes, replaced, require_rank


def _pair(x: Shapes, what: str, rank: int) -> Shape:
    """The common shape of real and imaginary part. Raises Problem(rank-mismatch, merge-mismatch), Undecided."""
    if len(x) != 2:
        raise Undecided(f"{what} takes a real and an imaginary part")
    real, imaginary = x
    if real.rank != imaginary.rank or any(map(never_equal, real, imaginary)):
        raise Problem(MERGE, f"{what}: the real part {real} and the imaginary part {imaginary} must have one shape")
    require_rank(real, what, rank, 99)
    return real


@keras.function("ops.fft")
def fft(x: Shapes) -> tuple[Shape, Shape]:
    """Fourier transform along the last axis, of a real and an imaginary part. Raises Problem(rank-mismatch, merge-mismatch), Undecided."""
    found = _pair(x, "fft", 1)
    if shows_none(found[-1]):
        raise Undecided(f"fft needs a fixed size of the last axis, got {found}")
    return found, found


@keras.function("ops.fft2", "ops.ifft2")
def fft2(x: Shapes) -> tuple[Shape, Shape]:
    """Fourier transform along the last two axes. Raises Problem(rank-mismatch, merge-mismatch), Undecided."""
    found = _pair(x, "fft2", 2)
    if any(map(shows_none, found[-2:])):
        raise Undecided(f"fft2 needs fixed sizes of the last axes, got {found}")
    return found, found


@keras.function("ops.rfft")
def rfft(x: Shape, fft_length: int | None = None) -> tuple[Shape, Shape]:
    """Fourier transform of real numbers along the last axis: n -> n // 2 + 1. Raises Problem(rank-mismatch), Undecided."""
    require_rank(x, "rfft", 1, 99)
    if fft_length is not None and fft_length < 1:
        raise Undecided(f"a transform of length {fft_length} is not modelled")
    found = replaced(x, {x.rank - 1: (x[-1] if fft_length is None else fft_length) // 2 + 1})
    return found, found


@keras.function("ops.irfft")
def irfft(x: Shapes, fft_length: int | None = None) -> Shape:
    """The real numbers of such a transform: n -> 2 * (n - 1). Raises Problem(rank-mismatch, merge-mismatch), Undecided."""
    found = _pair(x, "irfft", 1)
    size: Dim = 2 * (found[-1] - 1) if fft_length is None else fft_length
    if isinstance(size, int) and size < 1:
        raise Undecided(f"a transform of length {size} is not modelled")
    return replaced(found, {found.rank - 1: size})


def _require_stride(stride: int) -> None:
    if stride < 1:
        raise Problem(ARGUMENT, f"sequence_stride must be positive, got {show(stride)}", blame="sequence_stride")


@keras.function("ops.stft")
def stft(
    x: Shape, sequence_length: int, sequence_stride: int, fft_length: int, window: object = "hann", center: Value = True
) -> tuple[Shape, Shape]:
    """Transforms of windows that slide along the last axis: n -> (windows, fft_length // 2 + 1). Raises Problem, Undecided."""
    _require_stride(sequence_stride)
    require_rank(x, "stft", 1, 99)
    if fft_length < sequence_length or sequence_length < 1 or not isinstance(center, (bool, int)):
        raise Undecided(f"the windows of {x} are not modelled")
    count = 1 + (x[-1] + (fft_length // 2 * 2 if center else 0) - fft_length) // sequence_stride
    if isinstance(count, int) and count < 0:
        raise Undecided(f"{x} is shorter than a window of {fft_length}")
    found = Shape(*x[:-1], count, fft_length // 2 + 1)
    return found, found


@keras.function("ops.istft")
def istft(
    x: Shapes,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: object = "hann",
    center: Value = True,
) -> Shape:
    """The signal of such transforms. Raises Problem(rank-mismatch, merge-mismatch, invalid-layer-argument), Undecided."""
    _require_stride(sequence_stride)
    found = _pair(x, "istft", 2)
    if length is None and not isinstance(center, (bool, int)):
        raise Undecided("whether windows are centered is not known")
    size: Dim = (found[-2] - 1) * sequence_stride + fft_length - (fft_length // 2 * 2 if center else 0)
    if fft_length < 1 or (length is None and isinstance(size, int) and size < 1):
        raise Undecided(f"the signal of {found} with windows of {fft_length} is not modelled")
    return Shape(*found[:-2], size if length is None else length)


@keras.function("ops.extract_sequences")
def extract_sequences(x: Shape, sequence_length: int, sequence_stride: int) -> Shape:
    """Windows that slide along the last axis: n -> (windows, sequence_length). Raises Problem(rank-mismatch), Undecided."""
    require_rank(x, "extract_sequences", 1, 99)
    if sequence_stride < 1 or sequence_length < 1:
        raise Undecided(f"sequences of {sequence_length} from {x} are not modelled")
    count = 1 + (x[-1] - sequence_length) // sequence_stride
    if isinstance(count, int) and count < 0:
        raise Undecided(f"{x} is shorter than {sequence_length}")
    return Shape(*x[:-1], count, sequence_length)
