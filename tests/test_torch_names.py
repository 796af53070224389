"""The names of torch that programs use most resolve to declarations, so that none of them alone costs a model its analysis."""

from __future__ import annotations

import pytest

from dimlint.core.value import LibraryClass
from dimlint.libraries import LIBRARIES
from dimlint.libraries.torch import LIBRARY

NAMES = """nn.Sequential nn.Conv2d nn.Linear cat nn.ReLU nn.BatchNorm2d nn.Identity tensor zeros nn.Dropout nn.Parameter no_grad
nn.ModuleList arange jit.is_scripting nn.LayerNorm stack FloatTensor nn.init.constant_ randn empty LongTensor device ones
cuda.is_available utils.data.DataLoader optim.Adam from_numpy save F.pad autograd.Variable linspace nn.MaxPool2d Tensor
nn.init.zeros_ F.relu sum F.interpolate matmul load zeros_like max nn.init.normal_ mean randint nn.AvgPool2d sqrt einsum
nn.LeakyReLU where clamp nn.GELU rand nn.ConvTranspose2d jit.is_tracing nn.Sigmoid as_tensor exp log nn.CrossEntropyLoss
F.softmax nn.MSELoss nn.Softmax nn.Tanh nn.AdaptiveAvgPool2d manual_seed F.normalize sigmoid meshgrid nn.Flatten
nn.init.xavier_uniform_ min argmax nn.utils.clip_grad_norm_ F.scaled_dot_product_attention nn.Conv1d nn.Embedding full
F.avg_pool2d F.dropout F.conv2d randn_like F.max_pool2d abs F.mse_loss nn.init.kaiming_normal_ F.linear unsqueeze nn.Upsample
_assert cos nn.init.trunc_normal_ utils.tensorboard.SummaryWriter nn.InstanceNorm2d sin nn.SiLU flatten randperm
nn.BatchNorm1d nn.init.ones_ optim.SGD ones_like pow round split is_tensor F.cross_entropy roll
accelerator.current_accelerator div nn.Dropout2d nn._pair F.log_softmax accelerator.is_available log1p
utils.model_zoo.load_url nn.ZeroPad2d view_as_real _check compile F.adaptive_avg_pool2d F.layer_norm _foreach_add_
cuda.device_count index_select nn.parallel.DistributedDataParallel Generator F.one_hot nn.init.orthogonal_ nn.GroupNorm mul
inference_mode tanh enable_grad distributed.init_process_group nn.BCELoss is_floating_point nn.LSTM
distributed.get_world_size bmm F.binary_cross_entropy_with_logits gather unique _foreach_mul_ sort prod distributed.get_rank
amp.autocast nn.init.xavier_normal_"""
"""Functions and classes, the commonest first; ``F`` is ``torch.nn.functional``."""

METHODS = """view transpose reshape permute size unsqueeze to mean contiguous chunk softmax float flatten sum squeeze item copy_ split
unbind dim repeat clone long detach max clamp sigmoid masked_fill sqrt cpu expand pow uniform_ amax numel numpy new_zeros
flip sin cos type_as bool tolist exp add any int type expand_as detach_ masked_fill_ topk view_as clamp_ div_ argmax unfold
fill_ repeat_interleave shape"""
"""What programs call on tensors, the commonest first."""

MODULE_METHODS = "children apply"
LIST_METHODS = "append extend pop"
DICT_METHODS = "get items keys update values"
STRING_METHODS = "format join startswith"
"""What programs call beside them in ``forward``."""


@pytest.mark.parametrize("name", NAMES.split())
def test_names(name: str) -> None:
    assert LIBRARY.find("torch." + name.replace("F.", "nn.functional.")) is not None


@pytest.mark.parametrize("name", METHODS.split())
def test_methods(name: str) -> None:
    assert {f"Tensor.{name}", f"Tensor.@{name}"} & set(LIBRARY.entries)


@pytest.mark.parametrize(
    ("kind", "names"), [("nn.Module", MODULE_METHODS), ("list", LIST_METHODS), ("dict", DICT_METHODS), ("str", STRING_METHODS)]
)
def test_other_methods(kind: str, names: str) -> None:
    declared = next(library.entries[kind] for library in LIBRARIES if kind in library.entries)
    assert isinstance(declared, LibraryClass)
    assert all(any(name in cls.methods for cls in declared.mro) for name in names.split())
