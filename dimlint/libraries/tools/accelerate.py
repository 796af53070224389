"""``accelerate``: what is prepared is given back. Source: https://huggingface.co/docs/accelerate."""

# mypy: disable-error-code="misc, override"


from __future__ import annotations

from dimlint.core.value import Machine, Native, Property, Ref, Unknown, Value
from dimlint.libraries.python.library import constant
from dimlint.libraries.tools.library import ACCELERATE

STATE = Unknown("how a program is run on several machines is not known")
SILENT = (
    *("backward", "clip_grad_norm_", "clip_grad_value_", "wait_for_everyone", "print", "log", "init_trackers", "end_training"),
    "save_state",
)
QUESTIONS = (
    *("device", "is_main_process", "is_local_main_process", "num_processes", "process_index", "sync_gradients", "mixed_precision"),
    "state",
)


@ACCELERATE.type("Accelerator")
class Accelerator:
    """Runs a training program on whatever there is."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        """How the program is run does not matter for shapes."""

    def prepare(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        return args[0] if len(args) == 1 else args

    def prepare_model(machine: Machine, self: Ref, model: Value, **kwargs: Value) -> Value:
        return model

    def prepare_data_loader(machine: Machine, self: Ref, data_loader: Value, **kwargs: Value) -> Value:
        return data_loader

    def unwrap_model(machine: Machine, self: Ref, model: Value, **kwargs: Value) -> Value:
        return model

    def accumulate(machine: Machine, self: Ref, *models: Value) -> Value:
        return machine.call(machine.lookup("contextlib.nullcontext"))

    def autocast(machine: Machine, self: Ref, **kwargs: Value) -> Value:
        return machine.call(machine.lookup("contextlib.nullcontext"))

    def no_sync(machine: Machine, self: Ref, model: Value) -> Value:
        return machine.call(machine.lookup("contextlib.nullcontext"))

    def gather(machine: Machine, self: Ref, tensor: Value) -> Value:
        return STATE

    def gather_for_metrics(machine: Machine, self: Ref, tensor: Value) -> Value:
        return STATE


def _silent(machine: Machine, self: Value, *args: Value, **kwargs: Value) -> None:
    return None


def _unknown(machine: Machine, self: Value) -> Value:
    return STATE


METHODS = ACCELERATE.entries["Accelerator"].methods
METHODS.update({name: Native(f"Accelerator.{name}", ACCELERATE.name, _silent) for name in SILENT})
METHODS.update({name: Property(Native(f"Accelerator.{name}", ACCELERATE.name, _unknown)) for name in QUESTIONS})
constant(ACCELERATE, None, "utils.set_seed", "logging.get_logger")
