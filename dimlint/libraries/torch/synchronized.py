# mypy: disable-error-code=misc
"""Batch normalization with statistics of all processes.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.SyncBatchNorm.html.
"""

from __future__ import annotations

from dimlint.core.dim import Shape, never_positive, product
from dimlint.core.layer import flag, ignored, number
from dimlint.core.problem import Problem
from dimlint.core.value import Machine, Value
from dimlint.libraries.torch.arguments import NONPOSITIVE, refuse_rank
from dimlint.libraries.torch.module import torch
from dimlint.libraries.torch.normalization import ChannelNorm, any_features, require_several


class SyncMethods:
    """What the class can do with other modules."""

    @staticmethod
    def convert_sync_batchnorm(machine: Machine, module: Value, process_group: Value = None) -> Value:
        """The module with its batch normalizations replaced, which leaves its shapes."""
        return module


@torch.layer("nn.SyncBatchNorm", base="nn._BatchNorm", methods=SyncMethods)
class SyncBatchNorm(ChannelNorm):
    """Normalizes each channel over the batch and the positions: (N, C, *) stays."""

    num_features: Value = any_features()
    eps: Value = number(1e-5)
    momentum: Value = number(0.1)
    affine: bool = flag(True)
    track_running_stats: bool = flag(True)
    process_group: object = ignored()
    device: object = ignored()
    dtype: object = ignored()
    bias: bool = flag(True, keyword=True)

    def output(self, x: Shape) -> Shape:
        if x.rank < 2:
            raise refuse_rank(self.label, "an input of at least 2 dimensions (N, C, *)", x)
        if never_positive(x[1]):
            raise Problem(NONPOSITIVE, f"{self.label} input {x} has no channels")
        if self.training or not self.track_running_stats:
            require_several(x[0] * product(x[2:]), x, self.label, "value per channel")
        if self.affine or self.track_running_stats:
            self.require_features(x)
        return x
