"""Questions to tensors."""

from __future__ import annotations

from dimlint.core.dim import Dim, Shape, product
from dimlint.core.problem import Undecided
from dimlint.core.results import TorchSize
from dimlint.core.value import Tensor, Unknown, Value, tensors_in
from dimlint.libraries.torch.arguments import axis_of
from dimlint.libraries.torch.module import torch


@torch.function("autograd.grad")
def gradients(
    outputs: Value,
    inputs: Value,
    grad_outputs: Value = None,
    retain_graph: Value = None,
    create_graph: Value = False,
    only_inputs: Value = True,
    allow_unused: Value = None,
    is_grads_batched: Value = False,
    materialize_grads: Value = False,
) -> Value:
    """One gradient for each input, of its shape; behind an axis of gradients if they are batched."""
    found = tuple(tensors_in((inputs,)))
    if not found or allow_unused or is_grads_batched is not False:
        return Unknown("the gradients are not known")
    return tuple(Tensor(tensor.shape, "torch") for tensor in found)


@torch.function("is_tensor")
def is_tensor(obj: Value) -> Value:
    """Whether a value is a tensor."""
    return Unknown(obj.reason) if isinstance(obj, Unknown) else isinstance(obj, Tensor)


@torch.function("Tensor.@shape")
def shape(self: Shape) -> Value:
    """The sizes as a ``torch.Size``."""
    return TorchSize(self)


@torch.function("Tensor.size")
def size(self: Shape, dim: Value = None) -> Value:
    """The sizes as a ``torch.Size``, or one of them."""
    if dim is None:
        return TorchSize(self)
    axis = axis_of(dim, self, "size")
    return self[axis] if self.rank else Unknown("the size of a scalar is not known")


@torch.function("Tensor.dim", "Tensor.ndimension", "Tensor.@ndim")
def rank(self: Shape) -> int:
    """The number of axes."""
    return self.rank


@torch.function("Tensor.numel", "Tensor.nelement", "numel")
def numel(input: Shape) -> Dim:
    """The number of elements."""
    return product(input)


@torch.function("Tensor.__len__")
def length(self: Shape) -> Dim:
    """The size of the first axis."""
    if self.rank == 0:
        raise Undecided("a scalar has no length")
    return self[0]


@torch.function(
    *("Tensor.clone", "Tensor.detach", "Tensor.share_memory_", "Tensor.@data", "Tensor.coalesce"),
    *("Tensor.dequantize", "Tensor.as_subclass"),
)
@torch.function("detach_copy", "alias_copy", "dequantize", self="input")
def same(self: Tensor, *args: Value, **kwargs: Value) -> Tensor:
    """A tensor of the same shape."""
    return self


@torch.function("Tensor.@grad")
def gradient(self: Tensor) -> Value:
    """A tensor of the same shape, or None."""
    return Unknown("whether there is a gradient is not known")


@torch.function("imag", self="input")
@torch.function("Tensor.@real", "Tensor.@imag")
def part(self: Shape) -> Shape:
    """The real or imaginary parts."""
    return self


@torch.function("Tensor.numpy", "Tensor.__array__")
def to_numpy(self: Tensor, *args: Value, **kwargs: Value) -> Tensor:
    """The array of a tensor."""
    return Tensor(self.shape, "numpy", self.dtype)
