"""Convolution over time, as sequence models of the first axis use it.

https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_tbc.html
"""

from __future__ import annotations

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, less
from dimlint.core.layer import unify
from dimlint.core.problem import Problem
from dimlint.core.value import Value
from dimlint.libraries.torch.arguments import CHANNELS, MERGE, NONPOSITIVE, refuse_rank
from dimlint.libraries.torch.module import torch


@torch.function("nn.functional.conv_tbc", "conv_tbc")
def conv_tbc(input: Shape, weight: Shape, bias: Value, pad: Dim = 0) -> Shape:
    """Convolution along the first axis: (T, N, C_in) by a weight (kernel, C_in, C_out) -> (positions, N, C_out)."""
    offset = to_shape(bias, "bias")
    if input.rank != 3:
        raise refuse_rank("conv_tbc", "an input (T, N, C)", input)
    if weight.rank != 3:
        raise refuse_rank("conv_tbc", "a weight (kernel, C_in, C_out)", weight)
    if offset.rank != 1:
        raise refuse_rank("conv_tbc", "a bias (C_out,)", offset)
    unify(input[2], weight[1], CHANNELS, f"conv_tbc has a weight {weight} for {weight[1]} channels, but the input {input} has {input[2]}")
    unify(offset[0], weight[2], MERGE, f"conv_tbc needs a bias of {weight[2]} values for the weight {weight}, got {offset}")
    out = input[0] + 2 * pad - weight[0] + 1
    if less(out, 0):
        text = f"conv_tbc output has {out} steps: {input[0]} + 2 * {pad} - {weight[0]} + 1, from input {input}"
        raise Problem(NONPOSITIVE, f"{text}. Needs at least {weight[0] - 2 * pad - 1} steps")
    return Shape(out, input[1], weight[2])
