"""``torch.nn.utils``: weights written in other ways, gradients clipped, modules fused, sizes repeated.

https://docs.pytorch.org/docs/stable/nn.html#utilities
"""

from __future__ import annotations

from dimlint.core.dim import Shape, unknown_dim
from dimlint.core.layer import PARAMETRIZED
from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Native, Ref, Unknown, Value, is_size
from dimlint.libraries.torch.module import is_module, torch

WRAPPERS = """weight_norm spectral_norm remove_weight_norm remove_spectral_norm parametrizations.weight_norm
parametrizations.spectral_norm parametrizations.orthogonal convert_conv2d_weight_memory_format convert_conv3d_weight_memory_format
prune.l1_unstructured prune.random_unstructured prune.ln_structured prune.random_structured prune.identity prune.custom_from_mask
prune.remove parametrize.remove_parametrizations"""
"""Functions that give back the module: what is done to its weights leaves their shapes."""


@torch.function(*(f"nn.utils.{name}" for name in WRAPPERS.split()))
def wrapped(machine: Machine, module: Value, *args: Value, **options: Value) -> Value:
    """The module itself."""
    _note(machine, module)
    return module


def _note(machine: Machine, module: Value) -> None:
    """What parameters the module has from here on is not known."""
    if is_module(machine, module):
        machine.store_attribute(module, PARAMETRIZED, Unknown("the parameters of a layer whose weights are calculated are not followed"))


@torch.function("nn.utils.parametrize.register_parametrization")
def register_parametrization(
    machine: Machine, module: Value, tensor_name: Value, parametrization: Value, *, unsafe: Value = False
) -> Value:
    """The module itself; only an unsafe way to write its weight may give that another shape."""
    if unsafe is not False and isinstance(module, Ref):
        if isinstance(tensor_name, str):
            machine.set_attribute(module, tensor_name, Unknown("a weight is written in a way that is not followed"))
        else:
            machine.forget(module)
    _note(machine, module)
    return module


@torch.function("nn.utils.get_total_norm", parameters="tensors")
@torch.function("nn.utils.clip_grad_norm_", "nn.utils.clip_grad_norm")
def clip_grad_norm(parameters: Value, *args: Value, **options: Value) -> Shape:
    """The norm of all gradients together."""
    return Shape()


@torch.function(
    *("nn.utils.clip_grad_value_", "nn.utils.clip_grads_with_norm_", "nn.utils.vector_to_parameters", "nn.utils.prune.global_unstructured")
)
def changed(*args: Value, **options: Value) -> None:
    """No result."""


@torch.function("nn.utils.parameters_to_vector")
def parameters_to_vector(parameters: Value) -> Shape:
    """All parameters in a row."""
    return Shape(unknown_dim("n", reason="parameters are not followed one by one"))


@torch.function("nn.utils.prune.is_pruned")
def is_pruned(module: Value) -> Value:
    """Whether a part of the weights is left out."""
    return Unknown("whether a weight is parametrized is not followed")


@torch.function("nn.utils.parametrize.is_parametrized")
def is_parametrized(module: Value, tensor_name: Value = None) -> Value:
    """Whether a weight is written in another way."""
    return Unknown("whether a weight is parametrized is not followed")


@torch.function(*(f"nn.utils.fuse_{kind}_bn_{what}" for kind in ("conv", "linear") for what in ("eval", "weights")))
def fused(*args: Value, **options: Value) -> Value:
    """A layer and the normalization behind it as one layer. Raises Undecided."""
    raise Undecided("fused layers are not followed")


# -- nn.modules.utils


def _repeating(name: str, count: int) -> Native:
    def body(machine: Machine, x: Value) -> Value:
        """A number for each axis: one number is repeated, several stay."""
        return (x,) * count if is_size(x) or isinstance(x, (float, str)) else tuple(machine.elements(x))

    torch.function(f"nn.{name}")(body)
    found: Native = torch.entries[f"nn.{name}"]
    return found


REPEATING = {count: _repeating(name, count) for count, name in enumerate(("_single", "_pair", "_triple", "_quadruple"), 1)}


@torch.function("nn._ntuple")
def ntuple(n: int, name: Value = "parse") -> Value:
    """The function that repeats a number ``n`` times."""
    if n not in REPEATING:
        raise Undecided(f"a function that repeats a number {n} times is not followed")
    return REPEATING[n]
