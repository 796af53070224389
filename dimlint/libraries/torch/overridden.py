# mypy: disable-error-code=misc
"""What programs put in the place of the inner methods of layers, and hooks of all modules.

Methods of declared types take the machine before the object itself, which mypy's rule for ``self`` does not foresee.
"""

from __future__ import annotations

from functools import cache

from dimlint.core.value import ClassObject, Function, LibraryClass, Machine, Ref, Unknown, Value
from dimlint.libraries.torch.module import HOOKED, torch

INTERNALS = """_apply_instance_norm _call_impl _check_input_dim _check_non_zero_input_channels _conv_forward _ff_block _get_full_log_prob
    _get_in_channels _get_no_batch_dim _handle_no_batch_input _infer_parameters _init_flat_weights _mha_block _output_padding
    _require_tuple_int _sa_block _slow_forward _update_flat_weights _weights_have_changed _wrapped_call_impl"""
"""Methods of torch's own layers that their constructors or ``forward`` call, and of modules that their call goes through."""
RECURRENT = "all_weights check_forward_args check_hidden_size check_input get_expected_cell_size get_expected_hidden_size permute_hidden"
"""Those of recurrent layers with names that a program may choose for something else."""


@cache
def internals(layer: str) -> frozenset[str]:
    """The inner methods of a declared layer."""
    further = RECURRENT if layer in ("nn.RNN", "nn.GRU", "nn.LSTM") else "merge_masks" if layer == "nn.MultiheadAttention" else ""
    further += " initialize_parameters" if layer.startswith("nn.Lazy") else ""
    return frozenset((*INTERNALS.split(), *further.split()))


torch.internals = internals

RESETTING = """AdaptiveLogSoftmaxWithLoss BatchNorm1d BatchNorm2d BatchNorm3d Bilinear Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d
ConvTranspose3d Embedding EmbeddingBag GroupNorm GRU GRUCell InstanceNorm1d InstanceNorm2d InstanceNorm3d LayerNorm LazyBatchNorm1d
LazyBatchNorm2d LazyBatchNorm3d LazyConv1d LazyConv2d LazyConv3d LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d
LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d LazyLinear Linear LSTM LSTMCell PReLU RMSNorm RNN RNNCell SyncBatchNorm"""
"""Layers with a method that sets their weights anew; their constructors call it."""

RESETS = ("reset_parameters", "_reset_parameters")


class Resetting:
    """Layers that can set their weights anew: the shapes stay."""

    def reset_parameters(machine: Machine, self: Ref) -> None:
        return None


class ResettingInside:
    """Layers that do the same under a name of their own."""

    def _reset_parameters(machine: Machine, self: Ref) -> None:
        return None


for _name in RESETTING.split():
    torch.extend(f"nn.{_name}", Resetting)
for _name in ("MultiheadAttention", "Transformer"):
    torch.extend(f"nn.{_name}", ResettingInside)


def constructed(machine: Machine, ref: Ref) -> None:
    """Torch's constructors call the method that sets the weights: the program may have one of its own, which makes other weights."""
    order = machine.mro(machine.class_of(ref))
    declared = next(cls for cls in order if isinstance(cls, LibraryClass))
    for name in RESETS if isinstance(order[0], Ref) else ():
        bodies = (machine.contents(cls) for cls in order[: order.index(declared)] if isinstance(cls, Ref))
        own = next((body.attributes[name] for body in bodies if isinstance(body, ClassObject) and name in body.attributes), None)
        if isinstance(own, Function) and name in declared.methods:
            machine.call(machine.attribute(ref, name))


torch.constructed = constructed


@torch.function(
    *(f"nn.register_module_{kind}_hook" for kind in ("forward_pre", "forward")),
    *(f"nn.register_module_{kind}_registration_hook" for kind in ("module", "parameter", "buffer")),
)
def register_everywhere(machine: Machine, hook: Value, **options: Value) -> Value:
    """A hook of all modules: what it makes of their inputs, outputs and parts is not followed."""
    machine.change_setting(HOOKED, True)
    return Unknown("a hook's handle is not known")
