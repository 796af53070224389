"""``torch.nn.init``: values for weights. A tensor keeps its shape; some spreads follow from its rows and columns.

https://docs.pytorch.org/docs/stable/nn.init.html
"""

from __future__ import annotations

from collections.abc import Callable

from dimlint.core.dim import Shape, never_equal, never_positive
from dimlint.core.layer import ARGUMENT
from dimlint.core.problem import Problem
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.libraries.torch.arguments import refuse_rank
from dimlint.libraries.torch.module import torch

ANY = "uniform_ normal_ constant_ ones_ zeros_ trunc_normal_ uniform normal constant"
FANS = "xavier_uniform_ xavier_normal_ xavier_uniform xavier_normal"
KAIMING = "kaiming_uniform_ kaiming_normal_ kaiming_uniform kaiming_normal"
ROWS = "orthogonal_ orthogonal"
MATRICES = "eye_ eye sparse_ sparse"


def _of_any_rank(label: str, x: Shape) -> None:
    """Nothing is refused."""


def _of_rows(label: str, x: Shape) -> None:
    if x.rank < 2:
        raise refuse_rank(label, "a tensor of at least 2 dimensions", x)


def _of_rows_unless_empty(label: str, x: Shape) -> None:
    if not any(map(never_positive, x)):
        _of_rows(label, x)


def _of_fans(label: str, x: Shape) -> None:
    _of_rows(label, x)
    if any(map(never_positive, x[2:])) or all(map(never_positive, x[:2])):
        raise Problem(ARGUMENT, f"{label} divides by the number of inputs and outputs, which is zero for the tensor {x}")


def _of_matrix(label: str, x: Shape) -> None:
    if x.rank != 2:
        raise refuse_rank(label, "a 2-d tensor", x)


def _of_kernel(label: str, x: Shape) -> None:
    if x.rank not in (3, 4, 5):
        raise refuse_rank(label, "a tensor of 3, 4 or 5 dimensions", x)
    if any(map(never_positive, x[2:])) and not any(map(never_positive, x[:2])):
        raise Problem(ARGUMENT, f"{label} needs at least one place in the kernel, got the tensor {x}")


def _initializer(label: str, require: Callable[[str, Shape], None]) -> None:
    def body(tensor: Value, *args: Value, **kwargs: Value) -> Value:
        """The tensor itself, with other values."""
        if isinstance(tensor, Tensor):
            require(label, tensor.shape)
        return tensor

    torch.function(f"nn.init.{label}")(body)


GROUPS = (
    (ANY, _of_any_rank),
    (FANS, _of_fans),
    (KAIMING, _of_rows_unless_empty),
    (ROWS, _of_rows),
    (MATRICES, _of_matrix),
    ("dirac", _of_kernel),
)
for _names, _require in GROUPS:
    for _name in _names.split():
        _initializer(_name, _require)


@torch.function("nn.init.dirac_")
def dirac_(tensor: Value, groups: Value = 1) -> Value:
    """A convolution kernel that changes nothing; its output channels divide into groups."""
    if isinstance(tensor, Tensor):
        _of_kernel("dirac_", tensor.shape)
        if is_size(groups) and isinstance(groups, int) and groups > 0 and never_equal(tensor.shape[0] % groups, 0):
            text = f"dirac_: the first size of {tensor.shape} must be divisible by groups={groups}"
            raise Problem(ARGUMENT, text, blame="groups")
    return tensor


@torch.function("nn.init.calculate_gain")
def calculate_gain(nonlinearity: Value, param: Value = None) -> Value:
    """A number without influence on shapes."""
    return Unknown("a gain is not known")
