"""Sizes under sliding windows: convolution, pooling and their transposes, one axis at a time."""

from __future__ import annotations

from dimlint.core.dim import Dim


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
