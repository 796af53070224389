"""Layers that turn sound waves into spectra. Source: https://keras.io/api/layers/preprocessing_layers/audio_preprocessing."""

from __future__ import annotations

from typing import Any

from dimlint.core.dim import Dim, Shape, always_positive, never_positive
from dimlint.core.layer import ARGUMENT, Field, Layer, choice, flag, ignored, plain, refuse
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Value, is_size
from dimlint.libraries.keras.augmentation import is_plain
from dimlint.libraries.keras.base import CHANNEL, NONPOSITIVE, RANK, KerasLayer, data_format, require_known, shows_none
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.preprocessing import known
from dimlint.shapes.window import slide, slide_text

_WINDOWS = """barthann brthan bth bartlett bart brt blackman black blk blackmanharris blackharr bkh bohman bman bmn boxcar box ones rect
rectangular cosine halfcosine exponential poisson flattop flat flt hamming hamm ham hann han lanczos sinc nuttall nutl nut parzen parz par
taylor taylorwin triangle triang tri tukey tuk"""
WINDOWS = frozenset(_WINDOWS.split())
"""Windows that SciPy makes without further numbers; https://docs.scipy.org/doc/scipy/reference/generated/scipy.signal.get_window.html."""
MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


@keras.layer("layers.MelSpectrogram")
class MelSpectrogram(KerasLayer):
    """Sound as the strength of frequencies over time: (N, L) or (L,) -> (..., num_mel_bins, (L + stride + 1) // stride)."""

    fft_length: Any = plain(2048)
    sequence_stride: Any = plain(512)
    sequence_length: Any = plain(None)
    window: Any = ignored("hann")
    sampling_rate: Any = ignored(16000)
    num_mel_bins: Any = plain(128)
    min_freq: Any = ignored(20.0)
    max_freq: Any = ignored()
    power_to_db: Any = ignored(True)
    top_db: Any = ignored(80.0)
    mag_exp: Any = ignored(2.0)
    min_power: Any = ignored(1e-10)
    ref_power: Any = ignored(1.0)

    def check(self) -> None:
        full, part = self.fft_length, self.sequence_length
        if isinstance(full, int) and isinstance(part, int) and part and full < part:
            raise Problem(ARGUMENT, f"{self.label} fft_length must be at least sequence_length={part}, got {full}", blame="fft_length")

    def output(self, x: Shape) -> Shape:
        if x.rank == 0:
            raise Problem(RANK, f"{self.label} expects an input of 1 or 2 dimensions (batch, length), got {x}")
        stride, bins = known(self, "sequence_stride"), known(self, "num_mel_bins")
        length = x[0] if x.rank == 1 else x[1]
        if not is_size(bins) or (isinstance(bins, int) and bins < 0):
            raise Problem(ARGUMENT, f"{self.label} num_mel_bins must not be negative, got {bins}", blame="num_mel_bins")
        if shows_none(length):
            return Shape(*(x[:1] if x.rank > 1 else ()), bins, length)
        if not isinstance(stride, int) or stride <= 0:
            raise Problem(ARGUMENT, f"{self.label} sequence_stride must be a positive integer, got {stride}", blame="sequence_stride")
        return Shape(*(x[:1] if x.rank > 1 else ()), bins, (length + stride + 1) // stride)


def _size(default: object) -> Any:
    """An integer, or None."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if is_plain(value) and value is not None and not isinstance(value, int):
            raise refuse(owner, name, "an integer", value)
        return value

    return Field(convert, default)


def _window(value: Value, owner: type[Layer], name: str) -> object:
    """The name of a window, or its values."""
    if isinstance(value, str) and value not in WINDOWS:
        raise refuse(owner, name, "the name of a window that needs no numbers", value)
    return value


@keras.layer("layers.STFTSpectrogram")
class STFTSpectrogram(KerasLayer):
    """Sound as spectra of frames: (N, L, C) -> (N, frames, C * (fft_length // 2 + 1)), twice as many for ``mode='stft'``."""

    rank = 1
    windowed = True
    mode: Any = choice(*MODES, default="log")
    frame_length: Any = _size(256)
    frame_step: Any = _size(None)
    fft_length: Any = _size(None)
    window: Any = Field(_window, "hann")
    periodic: Any = ignored(False)
    scaling: Any = choice("density", "spectrum", None, default="density")
    padding: Any = choice("valid", "same", default="valid")
    expand_dims: Any = flag(False)
    data_format: Any = data_format()

    def check(self) -> None:
        frame, step, full = self.frame_length, self.frame_step, self.fft_length
        if isinstance(frame, int) and frame < 1:
            raise Problem(ARGUMENT, f"{self.label} frame_length must be positive, got {frame}", blame="frame_length")
        if isinstance(frame, int) and isinstance(step, int) and not 1 <= step <= frame:
            raise Problem(ARGUMENT, f"{self.label} frame_step must be from 1 to frame_length={frame}, got {step}", blame="frame_step")
        if isinstance(frame, int) and isinstance(full, int) and full < frame:
            raise Problem(ARGUMENT, f"{self.label} fft_length must be at least frame_length={frame}, got {full}", blame="fft_length")

    def sizes(self) -> tuple[int, int, int]:
        """Length of a frame, distance of frames, and number of frequencies. Raises Undecided."""
        frame, step, full = (known(self, name) for name in ("frame_length", "frame_step", "fft_length"))
        if not isinstance(frame, int) or not isinstance(step, (int, type(None))) or not isinstance(full, (int, type(None))):
            raise Undecided(f"the frames of {self.label} are not known")
        return frame, step or frame // 2, (full or 2 ** (frame - 1).bit_length()) // 2 + 1

    def output(self, x: Shape) -> Shape:
        self.require_rank(x, 3)
        frame, step, bins = self.sizes()
        bins *= 2 if known(self, "mode") == "stft" else 1
        channels = x[self.channel_axis(x)]
        require_known(self, channels, "number of channels", x, CHANNEL)
        if step < 1:
            raise Problem(ARGUMENT, f"{self.label} frame_step must be positive, got {step}", blame="frame_step")
        frames = self.frames(x, frame, step)
        if known(self, "expand_dims"):
            return Shape(x[0], channels, frames, bins) if self.channels_first else Shape(x[0], frames, bins, channels)
        return Shape(x[0], channels * bins, frames) if self.channels_first else Shape(x[0], frames, channels * bins)

    def frames(self, x: Shape, frame: int, step: int) -> Dim:
        """The number of frames. Raises Problem(nonpositive-dimension)."""
        size = x[self.spatial_axes(x)[0]]
        if shows_none(size):
            return size
        if known(self, "padding") == "same":
            return (size - 1) // step + 1
        found = slide(size, frame, step)
        if never_positive(found):
            text = f"{self.label} output length is {found}: {slide_text(size, frame, step)}, from input {x}; frame_length={frame}"
            raise Problem(NONPOSITIVE, f"{text}. Needs a length of at least {frame}, or padding='same'", blame="frame_length")
        if not always_positive(found):
            doubt(f"whether {self.label} has room for its frames is not known: its length is {size}")
        return found

    def weights(self, x: Shape) -> dict[str, Shape]:
        frame, _, bins = self.sizes()
        parts = [name for name, other in (("real_kernel", "imag"), ("imag_kernel", "real")) if self.mode != other]
        return {name: Shape(frame, 1, bins) for name in parts}
