"""``pytorch_lightning``: a LightningModule is an ``nn.Module``, trained step by step. Source: https://lightning.ai/docs."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dimlint.core.problem import Uncounted, Undecided
from dimlint.core.value import LibraryClass, Machine, Native, Property, Ref, Unknown, Value
from dimlint.libraries.python.library import constant, identity
from dimlint.libraries.tools.library import CONFIGS, LIGHTNING
from dimlint.libraries.torch.library import torch

STATE = "the state of a training run is not known"
SILENT = ("log", "log_dict", "print", "manual_backward", "toggle_optimizer", "untoggle_optimizer", "freeze", "unfreeze", "clip_gradients")
HOOKS = ("prepare_data", "setup")
QUESTIONS = ("trainer", "logger", "loggers", "device", "current_epoch", "global_step", "local_rank", "global_rank", "on_gpu", "fabric")
ANSWERS = ("optimizers", "lr_schedulers", "all_gather", "configure_optimizers", "load_from_checkpoint")


def _silent(machine: Machine, self: Value, *args: Value, **kwargs: Value) -> None:
    return None


def _unknown(machine: Machine, self: Value, *args: Value, **kwargs: Value) -> Value:
    return Unknown(STATE)


def _save(machine: Machine, self: Ref, *args: Value, ignore: Value = None, **kwargs: Value) -> None:
    """The arguments of the constructor become attributes of ``hparams``."""
    ignored = machine.plain(ignore) if ignore is not None else ()
    left_out = ignored if isinstance(ignored, (list, tuple)) else (ignored,)
    named = {name: value for name, value in machine.local_names().items() if name not in ("self", "__class__") and name not in left_out}
    chosen = [name for name in args if isinstance(name, str)]
    kept = {name: named[name] for name in chosen if name in named} if chosen else named
    for rest in [value for name, value in kept.items() if name == "kwargs"]:
        with suppress(Undecided):
            kept = {**{name: value for name, value in kept.items() if name != "kwargs"}, **_items(machine, rest)}
    machine.store_attribute(self, "hparams", machine.call(CONFIGS.entries["EasyDict"], [], kept))


def _items(machine: Machine, mapping: Value) -> dict[str, Value]:
    return {str(key): value for key, value in machine.elements(machine.call(machine.attribute(mapping, "items")))}


def _summary(machine: Machine, self: Value, *args: Value, **kwargs: Value) -> Value:
    return Unknown("a summary is not known")


METHODS: dict[str, Value] = {
    **{name: Native(f"LightningModule.{name}", LIGHTNING.name, _silent) for name in (*SILENT, *HOOKS)},
    **{name: Native(f"LightningModule.{name}", LIGHTNING.name, _unknown) for name in ANSWERS},
    **{name: Property(Native(f"LightningModule.{name}", LIGHTNING.name, _unknown)) for name in QUESTIONS},
    "hparams": Unknown("the hyperparameters of a module are not known"),
    "save_hyperparameters": Native("LightningModule.save_hyperparameters", LIGHTNING.name, _save),
    "example_input_array": None,
    "automatic_optimization": True,
}
MODULE = LibraryClass("LightningModule", "torch", (torch.entries["nn.Module"],), None, METHODS, "A module that says how it is trained.")
for _name in ("LightningModule", "core.LightningModule", "core.lightning.LightningModule", "module.LightningModule"):
    LIGHTNING.value(_name, MODULE)


@LIGHTNING.type("LightningDataModule", "core.LightningDataModule")
class DataModule:
    """Holds the loaders of a training run."""

    def save_hyperparameters(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        _save(machine, self, *args, **kwargs)

    def prepare_data(machine: Machine, self: Ref) -> None:
        """Nothing is prepared by itself."""

    def setup(machine: Machine, self: Ref, stage: Value = None) -> None:
        """Nothing is set up by itself."""


@LIGHTNING.type("Trainer")
class Trainer:
    """Runs the steps of a module on the batches of its loaders."""

    def __init__(machine: Machine, self: Ref, *args: Value, callbacks: Value = None, **kwargs: Value) -> None:
        """How long it trains does not matter."""
        told = machine.plain(callbacks)
        for callback in told if isinstance(told, (list, tuple)) else (told,):
            machine.may_call_methods(callback)

    def fit(
        machine: Machine, self: Ref, model: Value, train_dataloaders: Value = None, val_dataloaders: Value = None, datamodule: Value = None
    ) -> None:
        holders = _holders(machine, datamodule, model, train_dataloaders)
        with _handing_over(machine, holders):
            _set_up(machine, holders, "fit")
            _step(machine, model, "training_step", _loader(machine, holders, train_dataloaders, "train_dataloader"))
            _step(machine, model, "validation_step", _loader(machine, holders, val_dataloaders, "val_dataloader"))

    def validate(machine: Machine, self: Ref, model: Value = None, dataloaders: Value = None, *args: Value, **options: Value) -> Value:
        return _evaluated(machine, model, dataloaders, options.get("datamodule"), ("validate", "validation_step", "val_dataloader"))

    def test(machine: Machine, self: Ref, model: Value = None, dataloaders: Value = None, *args: Value, **options: Value) -> Value:
        return _evaluated(machine, model, dataloaders, options.get("datamodule"), ("test", "test_step", "test_dataloader"))

    def predict(machine: Machine, self: Ref, model: Value = None, dataloaders: Value = None, *args: Value, **options: Value) -> Value:
        return _evaluated(machine, model, dataloaders, options.get("datamodule"), ("predict", "predict_step", "predict_dataloader"))

    def save_checkpoint(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        """What is written is not followed."""

    def __getattr__(machine: Machine, self: Ref, name: str) -> Value:
        return Unknown(STATE)


def _is_data(machine: Machine, value: Value) -> bool:
    return isinstance(value, Ref) and LIGHTNING.entries["LightningDataModule"] in machine.mro(machine.class_of(value))


def _holders(machine: Machine, datamodule: Value, model: Value, given: Value) -> list[Ref]:
    """Who may make the loaders: the data module, which may stand in the place of a loader, and the module itself."""
    return [value for value in (given if _is_data(machine, given) else None, datamodule, model) if isinstance(value, Ref)]


def _set_up(machine: Machine, holders: list[Ref], stage: str) -> None:
    """What runs before the loaders are asked for."""
    for hook, options in zip(HOOKS, ({}, {"stage": stage})):
        for holder in holders:
            if _has(machine, holder, hook):
                machine.call(machine.attribute(holder, hook), (), options)


def _has(machine: Machine, holder: Ref, name: str) -> bool:
    return machine.truth(machine.call(machine.lookup("builtins.hasattr"), [holder, name]))


def _evaluated(machine: Machine, model: Value, given: Value, datamodule: Value, names: tuple[str, str, str]) -> Value:
    """A run that does not train. names: the stage, the step and the method that makes the loader."""
    stage, step, loader = names
    holders = _holders(machine, datamodule, model, given)
    with _handing_over(machine, holders):
        _set_up(machine, holders, stage)
        _step(machine, model, step, _loader(machine, holders, given, loader))
    return Unknown(STATE)


@contextmanager
def _handing_over(machine: Machine, holders: list[Ref]) -> Iterator[None]:
    """A run takes steps on all batches and calls hooks: whatever these collect is not known afterwards."""
    try:
        yield
    finally:
        for holder in holders:
            machine.may_call_methods(holder)


def _loader(machine: Machine, holders: list[Ref], given: Value, name: str) -> Value:
    """The loader that is given, or that of the data module or the module itself."""
    if given is not None and not _is_data(machine, given):
        return given
    made = next((holder for holder in holders if _has(machine, holder, name)), None)
    return machine.call(machine.attribute(made, name)) if made is not None else None


def _step(machine: Machine, model: Value, name: str, loader: Value) -> None:
    """One step on a batch, if there is one and it is known what a batch is like."""
    if not isinstance(model, Ref) or loader is None or isinstance(loader, Unknown) or not _has(machine, model, name):
        return
    try:
        batches = machine.elements(loader)
    except Uncounted as uncounted:
        batches = [uncounted.item]
    except Undecided:
        return
    if batches:
        machine.call(machine.attribute(model, name), [batches[0], 0])  # what it does besides applying the model is not part of that


identity(LIGHTNING, "rank_zero_only", "utilities.rank_zero_only")


@LIGHTNING.type("Callback", "callbacks.Callback")
class Callback:
    """Is told of what happens in a training run."""


constant(LIGHTNING, Unknown("the seed does not matter"), "seed_everything")
