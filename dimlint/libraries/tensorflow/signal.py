"""Fourier transforms and windows of signals: ``tf.signal``. Source: https://www.tensorflow.org/api_docs/python/tf/signal."""

from __future__ import annotations

from dimlint.core.dim import Dim, Shape, always_equal, never_positive
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Value
from dimlint.libraries.keras.base import RANK, shows_none
from dimlint.libraries.keras.ops.arguments import axis_of, replaced, sizes_of
from dimlint.libraries.tensorflow.library import LIBRARY as tensorflow
from dimlint.libraries.tensorflow.types import require_bool


@tensorflow.function("signal.fft", "signal.ifft")
def fft(input: Shape, name: object = None) -> Shape:
    """Fourier transform along the last axis. Raises Problem(rank-mismatch)."""
    return _at_least(input, 1)


@tensorflow.function("signal.fft2d", "signal.ifft2d")
def fft2d(input: Shape, name: object = None) -> Shape:
    """Fourier transform along the last two axes. Raises Problem(rank-mismatch)."""
    return _at_least(input, 2)


@tensorflow.function("signal.fft3d", "signal.ifft3d")
def fft3d(input: Shape, name: object = None) -> Shape:
    """Fourier transform along the last three axes. Raises Problem(rank-mismatch)."""
    return _at_least(input, 3)


@tensorflow.function("signal.fftshift", "signal.ifftshift")
def fftshift(x: Shape, axes: object = None, name: object = None) -> Shape:
    """Halves exchanged along axes."""
    return x


def _at_least(x: Shape, rank: int) -> Shape:
    if x.rank < rank:
        raise Problem(RANK, f"the transform needs a signal with at least {rank} dimensions, got {x}")
    return x


@tensorflow.function("signal.rfft")
def rfft(input_tensor: Shape, fft_length: Value = None, name: object = None) -> Shape:
    """Fourier transform of real numbers along the last axis: n -> n // 2 + 1. Raises Undecided."""
    _at_least(input_tensor, 1)
    length = input_tensor[-1] if fft_length is None else _one(fft_length)
    if never_positive(length):
        raise Undecided(f"a transform of length {length} is not modelled")
    return replaced(input_tensor, {input_tensor.rank - 1: length // 2 + 1})


@tensorflow.function("signal.irfft")
def irfft(input_tensor: Shape, fft_length: Value = None, name: object = None) -> Shape:
    """The real numbers of such a transform: n -> 2 * (n - 1). Raises Undecided."""
    _at_least(input_tensor, 1)
    length = 2 * (input_tensor[-1] - 1) if fft_length is None else _one(fft_length)
    if isinstance(length, int) and length < 1:
        raise Undecided(f"a transform of length {length} is not modelled")
    return replaced(input_tensor, {input_tensor.rank - 1: length})


def _one(value: Value) -> Dim:
    """The only number of a list. Raises Undecided."""
    sizes = sizes_of(value, "fft_length")
    if len(sizes) != 1 or isinstance(value, int) or (isinstance(sizes[0], int) and sizes[0] < 1):
        raise Undecided("the length of a transform is not known")
    return sizes[0]


@tensorflow.function("signal.frame")
def frame(
    signal: Shape,
    frame_length: int,
    frame_step: int,
    pad_end: Value = False,
    pad_value: object = 0,
    axis: Value = -1,
    name: object = None,
) -> Shape:
    """Windows that slide along an axis: n -> (windows, frame_length). Raises Problem(rank-mismatch), Undecided."""
    index = axis_of(_at_least(signal, 1), axis, "frame")
    return Shape(*signal[:index], _frames(signal[index], frame_length, frame_step, pad_end), frame_length, *signal[index + 1 :])


def _frames(size: Dim, length: int, step: int, pad_end: Value) -> Dim:
    """How many windows there are. Raises Undecided."""
    if step < 1 or length < 1:
        raise Undecided(f"windows of {length} at a distance of {step} are not modelled")
    if require_bool(pad_end, "pad_end"):
        return (size + step - 1) // step
    if isinstance(size, int):
        return max(0, 1 + (size - length) // step)
    if not shows_none(size):
        raise Undecided(f"how many windows {size} gives is not known")
    return 1 + (size - length) // step


@tensorflow.function("signal.stft")
def stft(
    signals: Shape,
    frame_length: int,
    frame_step: int,
    fft_length: int | None = None,
    window_fn: object = None,
    pad_end: Value = False,
    name: object = None,
) -> Shape:
    """Transforms of windows that slide along the last axis: n -> (windows, fft_length // 2 + 1). Raises Undecided."""
    _at_least(signals, 1)
    length = fft_length
    if length is None:
        length = 1
        while length < frame_length:
            length *= 2
    if length < 1:
        raise Undecided(f"a transform of length {length} is not modelled")
    return Shape(*signals[:-1], _frames(signals[-1], frame_length, frame_step, pad_end), length // 2 + 1)


@tensorflow.function("signal.inverse_stft", "signal.overlap_and_add", "signal.mdct", "signal.inverse_mdct")
def unfollowed(*args: object, **kwargs: object) -> Shape:
    """Signals of transforms, which are not followed. Raises Undecided."""
    raise Undecided("the length of a signal that is put together is not followed")


@tensorflow.function("signal.dct", "signal.idct")
def dct(input: Shape, type: object = 2, n: int | None = None, axis: Value = -1, norm: object = None, name: object = None) -> Shape:
    """Cosine transform along the last axis. Raises Undecided."""
    _at_least(input, 1)
    if axis != -1 or n is not None:
        raise Undecided("a cosine transform of another length is not followed")
    return input


@tensorflow.function("signal.mfccs_from_log_mel_spectrograms")
def mfccs(log_mel_spectrograms: Shape, name: object = None) -> Shape:
    """Cosine transform of spectrograms."""
    return log_mel_spectrograms


@tensorflow.function("signal.linear_to_mel_weight_matrix")
def linear_to_mel_weight_matrix(num_mel_bins: Dim = 20, num_spectrogram_bins: Dim = 129, *args: object, **kwargs: object) -> Shape:
    """The matrix from linear to mel frequencies: (num_spectrogram_bins, num_mel_bins). Raises Undecided."""
    if never_positive(num_spectrogram_bins):
        raise Undecided("a matrix for no frequencies")
    return Shape(num_spectrogram_bins, num_mel_bins)


@tensorflow.function("signal.hann_window", "signal.hamming_window", "signal.kaiser_window", "signal.vorbis_window")
def window(window_length: Dim, *args: object, **kwargs: object) -> Shape:
    """A window function of so many points. Raises Undecided."""
    if always_equal(window_length, 0) or (isinstance(window_length, int) and window_length < 0):
        raise Undecided("a window without points is not modelled")
    return Shape(window_length)
