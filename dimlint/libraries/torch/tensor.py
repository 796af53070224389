"""Questions to tensors, and what else of ``torch`` has nothing to do with shapes."""

from __future__ import annotations

from dimlint.core.dim import Dim, Shape, product
from dimlint.core.problem import Undecided
from dimlint.core.value import Tensor, Unknown, Value, tensors_in
from dimlint.libraries.torch.arguments import axis_of
from dimlint.libraries.torch.module import torch

DTYPES = """float32 float float64 double float16 half bfloat16 complex64 cfloat complex128 cdouble uint8 int8 int16 short int32 int
int64 long bool quint8 qint8 strided channels_last channels_last_3d contiguous_format preserve_format per_tensor_affine"""

NOTHING = """manual_seed seed set_num_threads set_default_dtype set_default_tensor_type set_default_device set_printoptions save
use_deterministic_algorithms set_float32_matmul_precision cuda.manual_seed cuda.manual_seed_all cuda.empty_cache
cuda.synchronize cuda.set_device mps.empty_cache autograd.set_detect_anomaly random.manual_seed distributed.init_process_group
distributed.destroy_process_group distributed.barrier"""
"""Functions without a result."""

OPAQUE = """device Generator load get_default_dtype is_grad_enabled get_rng_state initial_seed cuda.is_available cuda.device_count
cuda.get_device_name cuda.current_device cuda.device cuda.Stream backends.mps.is_available cuda.is_bf16_supported cuda.max_memory_allocated
cuda.memory_allocated is_floating_point is_complex finfo iinfo hub.load hub.load_state_dict_from_url distributed.is_available
distributed.is_initialized distributed.get_rank distributed.get_world_size get_num_threads jit.is_tracing accelerator.is_available
accelerator.current_accelerator accelerator.device_count"""
"""Functions whose result does not matter for shapes and is not followed."""

OPTIMIZERS = "SGD Adam AdamW Adamax NAdam RAdam RMSprop Rprop Adagrad Adadelta ASGD LBFGS SparseAdam Adafactor Muon"
SCHEDULERS = """StepLR MultiStepLR ExponentialLR CosineAnnealingLR ReduceLROnPlateau CyclicLR OneCycleLR LambdaLR MultiplicativeLR
ConstantLR LinearLR CosineAnnealingWarmRestarts PolynomialLR SequentialLR ChainedScheduler"""

for _name in DTYPES.split():
    torch.value(_name, Unknown("a type of elements"))
torch.value("pi", 3.141592653589793)
torch.value("e", 2.718281828459045)
torch.value("inf", float("inf"))
torch.value("nan", float("nan"))
torch.value("newaxis", None)


def _nothing(*args: Value, **kwargs: Value) -> None:
    """No result that matters."""


def _opaque(*args: Value, **kwargs: Value) -> Value:
    """A result that is not followed."""
    return Unknown("this result of torch has no shape that is followed")


torch.function(*NOTHING.split(), "Tensor.backward", "Tensor.retain_grad", "autograd.backward")(_nothing)
torch.function(*OPAQUE.split(), "Tensor.item", "Tensor.tolist", "Tensor.stride", "Tensor.element_size", "Tensor.is_contiguous")(_opaque)
torch.function("Tensor.is_floating_point", "Tensor.register_hook", "Tensor.storage", "Tensor.data_ptr", "Tensor.get_device")(_opaque)
torch.function("Tensor.__float__", "Tensor.__int__", "Tensor.__index__", "Tensor.__bool__", "Tensor.__contains__")(_opaque)
torch.function(*(f"optim.{name}" for name in OPTIMIZERS.split()))(_opaque)
torch.function(*(f"optim.lr_scheduler.{name}" for name in SCHEDULERS.split()))(_opaque)
torch.function("cuda.amp.GradScaler", "amp.GradScaler")(_opaque)
torch.function("nn.utils.clip_grad_norm_", "nn.utils.clip_grad_value_")(_opaque)


@torch.function("jit.is_scripting")
def is_scripting() -> bool:
    """Whether the code is compiled, not run."""
    return False


@torch.function("autograd.grad")
def gradients(outputs: Value, inputs: Value, *args: Value, **options: Value) -> Value:
    """One gradient for each input, of its shape."""
    found = tuple(tensors_in((inputs,)))
    if not found or options.get("allow_unused"):
        return Unknown("the gradients are not known")
    return tuple(Tensor(tensor.shape, "torch") for tensor in found)


@torch.function("is_tensor")
def is_tensor(obj: Value) -> Value:
    """Whether a value is a tensor."""
    return Unknown(obj.reason) if isinstance(obj, Unknown) else isinstance(obj, Tensor)


@torch.function("Tensor.@shape")
def shape(self: Shape) -> Value:
    """The sizes as a tuple."""
    return tuple(self)


@torch.function("Tensor.size")
def size(self: Shape, dim: Value = None) -> Value:
    """The sizes as a tuple, or one of them."""
    if dim is None:
        return tuple(self)
    axis = axis_of(dim, self, "size")
    return self[axis] if self.rank else _opaque()


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
    "Tensor.clone", "Tensor.detach", "Tensor.requires_grad_", "Tensor.share_memory_", "Tensor.@data", "Tensor.coalesce", "Tensor.dequantize"
)
def same(self: Tensor, *args: Value, **kwargs: Value) -> Tensor:
    """A tensor of the same shape."""
    return self


@torch.function("Tensor.@grad")
def gradient(self: Tensor) -> Value:
    """A tensor of the same shape, or None."""
    return Unknown("whether there is a gradient is not known")


@torch.function(
    "Tensor.@device", "Tensor.@dtype", "Tensor.@requires_grad", "Tensor.@is_cuda", "Tensor.@layout", "Tensor.@grad_fn", "Tensor.@is_leaf"
)
def opaque_property(self: Tensor) -> Value:
    """A property that has nothing to do with shapes."""
    return Unknown("this property of a tensor is not followed")


@torch.function("Tensor.@real", "Tensor.@imag")
def part(self: Shape) -> Shape:
    """The real or imaginary parts."""
    return self


@torch.function("Tensor.numpy", "Tensor.__array__")
def to_numpy(self: Tensor, *args: Value, **kwargs: Value) -> Tensor:
    """The array of a tensor."""
    return Tensor(self.shape, "numpy", self.dtype)
