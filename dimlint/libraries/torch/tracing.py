# mypy: disable-error-code=misc
"""Functions that take a model or a function: summaries, tracing, export, contexts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dimlint.core.dim import Dim, Shape
from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Native, Ref, Tensor, Unknown, Value, is_size
from dimlint.libraries.torch.library import TORCHINFO, TORCHSUMMARY
from dimlint.libraries.torch.module import descendants, is_module, known_children, own_method, torch


def _shapes(size: Value, batch: tuple[Dim, ...]) -> list[Shape]:
    """One shape for a sequence of sizes, several for a sequence of such sequences."""
    if isinstance(size, (tuple, list)) and size:
        if all(map(is_size, size)):
            return [Shape(*batch, *size)]
        if all(isinstance(item, (tuple, list)) and all(map(is_size, item)) for item in size):
            return [Shape(*batch, *item) for item in size]
    raise Undecided(size.reason if isinstance(size, Unknown) else "the input size of a summary is not known")


def _call(machine: Machine, model: Value, tensors: Sequence[Value]) -> Value:
    machine.call(model, tuple(tensors))
    return Unknown("a summary is not known")


def _call_in_eval_mode(machine: Machine, model: Value, tensors: Sequence[Value]) -> None:
    """Call a model in evaluation mode, and leave it in the mode it was in."""
    training = machine.attribute(model, "training")
    machine.call(machine.attribute(model, "eval"))
    machine.call(model, tuple(tensors))
    machine.call(machine.attribute(model, "train"), (training,))


@TORCHSUMMARY.function("summary", "summary_string")
def torchsummary_summary(
    machine: Machine, model: Value, input_size: Value, batch_size: Value = -1, device: Value = "cuda", *args: Value
) -> Value:
    """torchsummary calls the model on a batch of two samples of the given size."""
    return _call(machine, model, [Tensor(shape, "torch") for shape in _shapes(machine.plain(input_size), (2,))])


@TORCHINFO.function("summary")
def torchinfo_summary(
    machine: Machine,
    model: Value,
    input_size: Value = None,
    input_data: Value = None,
    batch_dim: Value = None,
    *args: Value,
    **kwargs: Value,
) -> Value:
    """torchinfo calls the model, in evaluation mode unless told otherwise, on tensors of the given size, batch included, or on data."""
    if input_size is not None:
        if batch_dim is not None:
            raise Undecided("batch_dim of torchinfo is not followed")
        tensors: list[Value] = [Tensor(shape, "torch") for shape in _shapes(machine.plain(input_size), ())]
    elif input_data is None:
        return Unknown("a summary is not known")
    else:
        tensors = _arguments(machine, input_data)
    if kwargs.get("mode", "eval") != "eval":
        return _call(machine, model, tensors)
    _call_in_eval_mode(machine, model, tensors)
    return Unknown("a summary is not known")


def _arguments(machine: Machine, given: Value) -> list[Value]:
    """Arguments of a call: one tensor, or a sequence of arguments."""
    if isinstance(given, Tensor):
        return [given]
    if isinstance(given, tuple) or (isinstance(given, Ref) and isinstance(machine.plain(given), list)):
        return machine.elements(given)
    raise Undecided(given.reason if isinstance(given, Unknown) else "the example inputs are not known")


@torch.function("export.export")
def exported(machine: Machine, mod: Value, args: Value, *rest: Value, **options: Value) -> Value:
    """As ``onnx.export``."""
    return export(machine, mod, args)


@torch.function("onnx.export")
def export(machine: Machine, model: Value, args: Value = (), *rest: Value, **options: Value) -> Value:
    """Export runs the model once on the example inputs, in evaluation mode."""
    with _tracing(machine, Unknown("whether an export traces the model is not known")):
        _call_in_eval_mode(machine, model, _arguments(machine, args))
    return Unknown("an exported program is not known")


@contextmanager
def _tracing(machine: Machine, value: Value) -> Iterator[None]:
    """The program is run by a tracer, which it may ask for."""
    machine.change_setting("torch_tracing", value)
    yield
    machine.change_setting("torch_tracing", False)


@torch.function("jit.trace")
def trace(machine: Machine, func: Value, example_inputs: Value = None, *args: Value, **options: Value) -> Value:
    """Tracing runs the model once on the example inputs; the result does what the model does."""
    if example_inputs is not None:
        with _tracing(machine, True):
            machine.call(func, _arguments(machine, example_inputs))
    return func


@torch.function("amp.custom_bwd", model="bwd")
@torch.function("cuda.amp.custom_fwd", "amp.custom_fwd", model="fwd")
@torch.function("compile", "compiler.compile")
@torch.function("compiler.disable", "_dynamo.disable", model="fn")
def unchanged(machine: Machine, model: Value = None, *args: Value, **options: Value) -> Value:
    """The function or module itself, or as ``@compile(...)`` a decorator that gives it back."""
    return model if model is not None else IDENTITY


@torch.function("compiler.allow_in_graph", obj="fn")
@torch.function("cuda.amp.custom_bwd", obj="bwd")
@torch.function("quantization.prepare", "quantization.quantize_dynamic", obj="model")
@torch.function("quantization.convert", obj="module")
@torch.function("jit.script")
@torch.function("jit.unused", "jit.export", "jit.script_if_tracing", "jit.script_method", obj="fn")
@torch.function("jit.freeze", "jit.optimize_for_inference", obj="mod")
def script(machine: Machine, obj: Value, *args: Value, **options: Value) -> Value:
    """The same function or module."""
    return obj


@torch.type("jit.ScriptModule", bases=("nn.Module",))
class ScriptModule:
    """A module whose methods are compiled."""


@torch.function("jit.ignore")
def ignore(machine: Machine, drop: Value = False, **options: Value) -> Value:
    """The same function; ``@jit.ignore(drop=True)`` is a decorator."""
    return IDENTITY if isinstance(drop, bool) else drop


def _identity(machine: Machine, obj: Value) -> Value:
    """The same function or module."""
    return obj


IDENTITY = Native("decorator", "torch", _identity)
torch.function("autograd.function.once_differentiable", obj="fn")(_identity)


def may_run(machine: Machine, function: Value) -> None:
    """From here on torch may call a function or module, nobody sees when."""
    modules = [module for _, module in descendants(machine, function)] if is_module(machine, function) else []
    for called in [own_method(machine, module, "forward") for module in modules] or [function]:
        if called is not None:
            machine.call(Unknown("when a function is called is not known"), (called,))


@torch.function("fx.symbolic_trace")
def symbolic_trace(machine: Machine, root: Value, concrete_args: Value = None) -> Value:
    """A graph of what the module or function does, which runs for it on values that stand for any."""
    may_run(machine, root)
    return Unknown("a graph of calls is not followed")


@torch.type("fx.Tracer")
class Tracer:
    """What makes such graphs."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        """What it leaves in one piece has no influence on shapes."""

    def trace(machine: Machine, self: Ref, root: Value, concrete_args: Value = None) -> Value:
        return symbolic_trace(machine, root)


CHECKPOINTING = frozenset(["context_fn", "determinism_check", "debug", "early_stop", "preserve_rng_state"])
"""Arguments of ``checkpoint`` that are not for the function."""


@torch.function("utils.checkpoint.checkpoint")
def checkpoint(machine: Machine, function: Value, *args: Value, use_reentrant: Value = None, **kwargs: Value) -> Value:
    """The result of the function, which runs again for the gradient."""
    given = {name: value for name, value in kwargs.items() if name not in CHECKPOINTING}
    result, changed = machine.changing(lambda: machine.call(function, args, given))
    if changed:
        may_run(machine, function)
    return result


@torch.function("utils.checkpoint.checkpoint_sequential")
def checkpoint_sequential(
    machine: Machine, functions: Value, segments: Value, input: Value, use_reentrant: Value = None, **options: Value
) -> Value:
    """Functions one after the other, which run again for the gradient."""
    steps = list(known_children(machine, functions).values()) if is_module(machine, functions) else machine.elements(functions)
    if not isinstance(segments, int) or not 0 < segments <= len(steps):
        raise Undecided("the parts of a chain of functions are not known")
    for function in steps:
        input = checkpoint(machine, function, input)
    return input


@torch.type(
    "no_grad", "enable_grad", "inference_mode", "set_grad_enabled", "autocast", "amp.autocast", "cuda.amp.autocast", "autograd.no_grad"
)
class Context:
    """A context, also to decorate functions with, that changes nothing about shapes."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        machine.set_attribute(self, "arguments", args)

    def __enter__(machine: Machine, self: Ref) -> Value:
        return self

    def __exit__(machine: Machine, self: Ref, *args: object) -> None:  # noqa: PYI036 (the machine comes first)
        """Nothing is suppressed."""

    def __call__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        """``@no_grad()`` gives the function back; after ``@no_grad`` the context is the function."""
        held = machine.attribute(self, "arguments")
        if held and not isinstance(held[0], (bool, str, Unknown)):
            return machine.call(held[0], args, kwargs)
        return args[0] if args else None
