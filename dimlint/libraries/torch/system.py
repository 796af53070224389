# mypy: disable-error-code=misc
"""What of ``torch`` has nothing to do with shapes: devices, random states, files, compilers, optimizers.

https://docs.pytorch.org/docs/stable/torch.html
"""

from __future__ import annotations

from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Raised, Ref, Tensor, Unknown, Value
from dimlint.libraries.torch.module import torch

NOTHING = """_C._log_api_usage_once
manual_seed seed set_num_threads set_num_interop_threads set_default_dtype set_default_tensor_type set_default_device
set_printoptions save set_rng_state set_flush_denormal set_anomaly_enabled set_warn_always set_deterministic_debug_mode
use_deterministic_algorithms set_float32_matmul_precision clear_autocast_cache set_autocast_enabled set_autocast_cache_enabled
set_autocast_dtype set_autocast_gpu_dtype set_autocast_cpu_dtype set_autocast_cpu_enabled
cuda.manual_seed cuda.manual_seed_all cuda.empty_cache cuda.synchronize cuda.set_device cuda.ipc_collect cuda.init cuda.set_rng_state
cuda.set_rng_state_all cuda.seed cuda.seed_all cuda.reset_peak_memory_stats cuda.reset_max_memory_allocated cuda.reset_max_memory_cached
cuda.reset_accumulated_memory_stats cuda.set_stream cuda.set_per_process_memory_fraction cuda.set_sync_debug_mode
cuda.nvtx.range_push cuda.nvtx.range_pop cuda.nvtx.mark cuda.profiler.start cuda.profiler.stop
mps.empty_cache mps.synchronize mps.manual_seed mps.seed mps.set_rng_state mps.set_per_process_memory_fraction
accelerator.empty_cache accelerator.synchronize accelerator.set_device_index accelerator.set_device_idx accelerator.set_stream
accelerator.reset_peak_memory_stats accelerator.reset_accumulated_memory_stats xpu.empty_cache xpu.synchronize xpu.manual_seed_all
xpu.set_device backends.cuda.enable_flash_sdp backends.cuda.enable_mem_efficient_sdp backends.cuda.enable_math_sdp
backends.cuda.enable_cudnn_sdp random.manual_seed random.seed random.set_rng_state
distributed.init_process_group distributed.destroy_process_group distributed.barrier
jit.save jit.set_fusion_strategy jit.enable_onednn_fusion compiler.reset compiler.cudagraph_mark_step_begin compiler.set_stance
_dynamo.mark_dynamic _dynamo.reset _check_is_size sym_constrain_range sym_constrain_range_for_size"""
"""Functions without a result."""

OPAQUE = """device Generator load get_default_dtype get_default_device get_device get_device_module is_grad_enabled get_rng_state
initial_seed is_inference_mode_enabled is_autocast_enabled is_autocast_cpu_enabled is_autocast_cache_enabled get_autocast_dtype
get_autocast_gpu_dtype get_autocast_cpu_dtype are_deterministic_algorithms_enabled
is_deterministic_algorithms_warn_only_enabled get_deterministic_debug_mode
is_anomaly_enabled is_warn_always_enabled get_float32_matmul_precision get_num_threads get_num_interop_threads Stream Event
is_floating_point is_complex is_signed is_conj is_neg is_inference is_same_size is_distributed is_storage is_vulkan_available
compiled_with_cxx11_abi can_cast result_type promote_types finfo iinfo typename to_dlpack from_dlpack
cuda.is_available cuda.device_count cuda.get_device_name cuda.current_device cuda.is_initialized cuda.get_device_properties
cuda.get_device_capability cuda.get_arch_list cuda.get_rng_state cuda.get_rng_state_all cuda.initial_seed cuda.Event cuda.Stream
cuda.CUDAGraph cuda.current_stream cuda.default_stream cuda.is_bf16_supported cuda.is_tf32_supported cuda.max_memory_allocated
cuda.max_memory_reserved cuda.max_memory_cached cuda.memory_allocated cuda.memory_reserved cuda.memory_cached cuda.memory_summary
cuda.memory_stats cuda.memory_snapshot cuda.mem_get_info cuda.utilization cuda.memory_usage cuda.can_device_access_peer
cuda.is_current_stream_capturing
mps.is_available mps.device_count mps.current_allocated_memory mps.driver_allocated_memory mps.get_rng_state
xpu.is_available xpu.device_count accelerator.is_available accelerator.device_count accelerator.current_accelerator
accelerator.current_device_index accelerator.current_device_idx accelerator.current_stream accelerator.memory_allocated
accelerator.memory_reserved accelerator.max_memory_allocated accelerator.max_memory_reserved accelerator.memory_stats
accelerator.get_memory_info backends.mps.is_available backends.mps.is_built backends.cudnn.is_available backends.cudnn.version
backends.cuda.is_built backends.mkl.is_available backends.mkldnn.is_available backends.openmp.is_available
backends.cuda.flash_sdp_enabled backends.cuda.math_sdp_enabled backends.cuda.mem_efficient_sdp_enabled
amp.is_autocast_available hub.load hub.load_state_dict_from_url hub.set_dir
random.get_rng_state random.initial_seed distributed.is_available
distributed.is_initialized distributed.get_rank distributed.get_world_size jit.load
compiler.list_backends profiler.schedule profiler.tensorboard_trace_handler"""
"""Functions whose result does not matter for shapes and is not followed."""

OPTIMIZERS = "SGD Adam AdamW Adamax NAdam RAdam RMSprop Rprop Adagrad Adadelta ASGD LBFGS SparseAdam Adafactor Muon"
SCHEDULERS = """StepLR MultiStepLR ExponentialLR CosineAnnealingLR ReduceLROnPlateau CyclicLR OneCycleLR LambdaLR MultiplicativeLR
ConstantLR LinearLR CosineAnnealingWarmRestarts PolynomialLR SequentialLR ChainedScheduler"""
AVERAGES = "AveragedModel SWALR get_ema_multi_avg_fn get_swa_multi_avg_fn get_ema_avg_fn update_bn"

METHODS = """stride element_size is_contiguous is_floating_point is_complex is_signed is_conj is_neg is_inference is_same_size
is_set_to is_shared is_pinned is_coalesced is_distributed register_hook register_post_accumulate_grad_hook storage untyped_storage
storage_offset storage_type data_ptr const_data_ptr get_device dim_order qscheme q_scale q_zero_point __bool__
__contains__ __complex__"""
"""Questions to a tensor whose answer is not followed."""

PROPERTIES = """device is_cuda is_cpu is_mps is_xpu is_meta is_mkldnn is_quantized is_sparse is_sparse_csr is_nested
is_vulkan is_xla is_ipu is_maia is_mtia layout grad_fn is_leaf retains_grad name output_nr nbytes itemsize grad_dtype volatile"""
"""Properties of a tensor that are not followed."""

FOREACH = """abs acos add addcdiv addcmul asin atan ceil clamp_max clamp_min cos cosh div erf erfc exp expm1 floor frac lerp lgamma log
log10 log1p log2 max maximum minimum mul neg norm pow reciprocal round rsqrt sigmoid sign sin sinh sqrt sub tan tanh trunc"""

TRANSFORMS = """vmap cond while_loop func.vmap func.grad func.grad_and_value func.vjp func.jvp func.jacrev func.jacfwd func.hessian
func.functional_call func.functionalize func.stack_module_state func.linearize autograd.functional.jacobian autograd.functional.hessian
autograd.functional.vjp autograd.functional.jvp autograd.functional.hvp autograd.functional.vhp"""
"""Functions of functions that are not followed."""

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


def _property(self: Tensor) -> Value:
    """A property that has nothing to do with shapes."""
    return Unknown("this property of a tensor is not followed")


def _transform(*args: Value, **kwargs: Value) -> Value:
    """A function made from a function. Raises Undecided."""
    raise Undecided("functions of functions, such as vmap and grad, are not followed")


torch.function(*NOTHING.split(), "Tensor.backward", "Tensor.retain_grad", "Tensor.record_stream", "autograd.backward")(_nothing)
torch.function(*OPAQUE.split(), *(f"Tensor.{name}" for name in METHODS.split()))(_opaque)
torch.function(*(f"Tensor.@{name}" for name in PROPERTIES.split()))(_property)
torch.function(*(f"optim.{name}" for name in OPTIMIZERS.split()))(_opaque)
torch.function(*(f"optim.lr_scheduler.{name}" for name in SCHEDULERS.split()))(_opaque)
torch.function(*(f"optim.swa_utils.{name}" for name in AVERAGES.split()))(_opaque)
torch.function("cuda.amp.GradScaler", "amp.GradScaler", "GradScaler")(_opaque)
torch.function(*(f"_foreach_{name}" for name in FOREACH.split()))(_opaque)
torch.function(*(f"_foreach_{name}_" for name in (*FOREACH.split(), "copy", "zero") if name not in ("norm", "max")))(_nothing)
torch.function(*TRANSFORMS.split())(_transform)


@torch.function("_assert")
def assert_(machine: Machine, condition: Value, message: Value) -> None:
    """``assert``, as traced code has it."""
    _require(machine, condition, "AssertionError")


@torch.function("_check")
def check(machine: Machine, cond: Value, message: Value = None) -> None:
    """A condition that has to hold."""
    _require(machine, cond, "RuntimeError")


def _require(machine: Machine, condition: Value, kind: str) -> None:
    try:
        holds = machine.truth(condition)
    except Undecided:
        machine.assume_side(condition, True)
        return
    if not holds:
        raise Raised(kind)


@torch.function("jit.is_tracing")
def is_tracing(machine: Machine) -> Value:
    """Whether ``torch.jit.trace`` runs this code."""
    return machine.settings.get("torch_tracing", False)


@torch.function("onnx.is_in_onnx_export", "compiler.is_exporting", "compiler.is_compiling", "compiler.is_dynamo_compiling")
def is_exporting(machine: Machine) -> Value:
    """Whether an export or a compiler runs this code."""
    return Unknown("whether this code is exported is not known") if machine.settings.get("torch_tracing", False) is not False else False


@torch.function("jit.is_scripting")
def is_scripting() -> bool:
    """Whether a compiler reads this code; what runs in Python is not scripted."""
    return False


@torch.function("jit.annotate")
def annotate(machine: Machine, the_type: Value, the_value: Value) -> Value:
    """The value itself."""
    return the_value


@torch.type(
    *("cuda.device", "cuda.stream", "cuda.StreamContext", "cuda.graph", "cuda.device_of", "cuda.nvtx.range", "random.fork_rng"),
    *("autograd.set_detect_anomaly", "autograd.detect_anomaly", "autograd.profiler.profile", "autograd.profiler.record_function"),
    *(
        "profiler.profile",
        "profiler.record_function",
        "jit.optimized_execution",
        "jit.fuser",
        "jit.strict_fusion",
    ),
    *("backends.cuda.sdp_kernel", "nn.attention.sdpa_kernel", "backends.cudnn.flags", "autograd.set_multithreading_enabled"),
    *("autograd.graph.save_on_cpu", "autograd.graph.saved_tensors_hooks", "accelerator.device_index"),
)
class Scope:
    """A context that changes nothing about shapes."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        """Nothing is kept."""

    def __enter__(machine: Machine, self: Ref) -> Value:
        return self

    def __exit__(machine: Machine, self: Ref, *args: object) -> None:  # noqa: PYI036 (the machine comes first)
        """Nothing is suppressed."""

    def step(machine: Machine, self: Ref) -> None:
        """The next step of a profiler."""
