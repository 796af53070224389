"""Sizes under sliding windows: convolution, pooling and their transposes, one axis at a time."""

from __future__ import annotations

from collections.abc import Mapping

from dimlint.core.axis import expect_positive, is_open
from dimlint.core.dim import Dim, Shape, always_positive, less, never_positive, unknown_dim
from dimlint.core.problem import Problem

NONPOSITIVE = "nonpositive-dimension"

AXIS_WORDS: Mapping[int, tuple[str, ...]] = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
"""What people call the spatial axes, by their number."""


def effective_kernel(kernel_size: Dim, dilation: Dim = 1) -> Dim:
    """Extent of a dilated kernel: ``dilation * (kernel_size - 1) + 1``."""
    return dilation * (kernel_size - 1) + 1


def slide(size: Dim, kernel_size: Dim, stride: Dim = 1, dilation: Dim = 1, padding: Dim = 0) -> Dim:
    """Number of window positions; ``padding`` is the total of both sides. May be zero or below."""
    return (size + padding - effective_kernel(kernel_size, dilation)) // stride + 1


def slide_text(size: Dim, kernel_size: Dim, stride: Dim = 1, dilation: Dim = 1, padding: Dim = 0) -> str:
    """The arithmetic of ``slide`` as a message shows it: ``(1 - 5) // 1 + 1``."""
    padded = f"{size} + {padding}" if padding != 0 else f"{size}"
    kernel = f"{kernel_size}" if dilation == 1 else f"({dilation}*({kernel_size} - 1) + 1)"
    return f"({padded} - {kernel}) // {stride} + 1"


def smallest(kernel_size: Dim, dilation: Dim = 1, padding: Dim = 0) -> Dim:
    """The smallest size on which at least one window fits."""
    return effective_kernel(kernel_size, dilation) - padding


def spread(size: Dim, kernel_size: Dim, stride: Dim = 1, dilation: Dim = 1, padding: Dim = 0, output_padding: Dim = 0) -> Dim:
    """Size after a transposed window; ``padding`` is the total of both sides."""
    return (size - 1) * stride - padding + effective_kernel(kernel_size, dilation) + output_padding


def slide_ceil(size: Dim, kernel_size: Dim, stride: Dim = 1, dilation: Dim = 1, padding: Dim = 0) -> Dim:
    """Number of window positions when an incomplete last window counts too, unless it starts in the right padding.

    ``padding`` is that of one side; both sides are equal (torch's ``ceil_mode=True``).
    """
    positions = (size + 2 * padding - effective_kernel(kernel_size, dilation) + stride - 1) // stride + 1
    starts_inside = less((positions - 1) * stride, size + padding)
    if starts_inside is None:
        return positions - unknown_dim("last window", low=0, high=1, reason="whether the last window of ceil_mode counts is not known")
    return positions if starts_inside else positions - 1


def require_windows(
    out: Dim, size: Dim, *, label: str, word: str, text: str, source: Shape, settings: str, remedy: str, blame: str = "kernel_size"
) -> None:
    """Refuse a layer whose output has no place for a window along one axis. Raises Problem(nonpositive-dimension).

    word: of the axis. text: the arithmetic. settings: the arguments, as people write them.
    remedy: what would be right. blame: the argument to change.
    """
    if never_positive(size):
        raise Problem(NONPOSITIVE, f"{label} input {word} is {size}, from input {source}. Needs a {word} of at least 1")
    if always_positive(out):
        return
    message = f"{label} output {word} is {out}: {text}, from input {source}; {settings}. {remedy}"
    problem = Problem(NONPOSITIVE, message, blame=blame)
    if never_positive(out):
        raise problem
    if isinstance(size, int) or is_open(out):
        expect_positive(out, f"whether the output {word} of {label} is positive is not known", problem)


def needed_padding(size: Dim, kernel_size: Dim, dilation: Dim = 1) -> Dim | None:
    """The smallest padding of each side with which one window fits, if that is known."""
    missing = effective_kernel(kernel_size, dilation) - size
    return -(-missing // 2) if isinstance(missing, int) else None
