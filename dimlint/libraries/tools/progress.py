"""Progress bars pass their iterable through; loggers of experiments do nothing."""

# mypy: disable-error-code="misc, override"
# ruff: noqa: PYI036 -- what is passed on is abstract, too

from __future__ import annotations

from dimlint.core.problem import Uncounted
from dimlint.core.value import Machine, Native, Ref, Repeated, Unknown, Value
from dimlint.libraries.python.library import constant, lost
from dimlint.libraries.tools.library import PROGRESS

SILENT = (
    *("update", "set_description", "set_description_str", "set_postfix", "set_postfix_str", "refresh", "close", "clear", "reset"),
    *("display", "advance", "start", "stop", "finish", "unpause"),
)


@PROGRESS.type("tqdm")
class Bar:
    """A progress bar around an iterable."""

    def __init__(machine: Machine, self: Ref, iterable: Value = None, *args: Value, **kwargs: Value) -> None:
        machine.store_attribute(self, "iterable", iterable)

    def __iter__(machine: Machine, self: Ref) -> Value:
        iterable = machine.attributes_of(self)["iterable"]
        try:
            return iterable if isinstance(iterable, Unknown) else machine.iterator(iterable)
        except Uncounted as uncounted:
            return Repeated(uncounted.reason, uncounted.item)

    def __len__(machine: Machine, self: Ref) -> Value:
        return machine.call(machine.lookup("builtins.len"), [machine.attributes_of(self)["iterable"]])

    def __enter__(machine: Machine, self: Ref) -> Ref:
        return self

    def __exit__(machine: Machine, self: Ref, *excinfo: object) -> None:
        """It is closed."""

    @staticmethod
    def write(machine: Machine, *args: Value, **kwargs: Value) -> None:
        """Printing is not followed."""

    @staticmethod
    def pandas(machine: Machine, *args: Value, **kwargs: Value) -> None:
        """Tables are not followed."""


def _silent(machine: Machine, self: Value, *args: Value, **kwargs: Value) -> None:
    return None


for _name in SILENT:
    PROGRESS.entries["tqdm"].methods[_name] = Native(f"tqdm.{_name}", PROGRESS.name, _silent)
for _name in ("tqdm_notebook", "progressbar", "ProgressBar"):
    PROGRESS.value(_name, PROGRESS.entries["tqdm"])


@PROGRESS.function("track", "alive_it")
def track(machine: Machine, sequence: Value, *args: Value, **kwargs: Value) -> Value:
    return sequence


@PROGRESS.function("trange", "tnrange")
def trange(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    return machine.call(PROGRESS.entries["tqdm"], [machine.call(machine.lookup("builtins.range"), args)], kwargs)


LOGGER = (
    *("add_scalar", "add_scalars", "add_image", "add_images", "add_histogram", "add_graph", "add_text", "add_figure", "add_embedding"),
    *("add_hparams", "add_video", "add_audio", "add_pr_curve", "flush", "close"),
)


@PROGRESS.type("SummaryWriter")
class SummaryWriter:
    """Writes what nobody reads in the program."""

    def __enter__(machine: Machine, self: Ref) -> Ref:
        return self

    def __exit__(machine: Machine, self: Ref, *excinfo: object) -> None:
        """It is closed."""


for _name in LOGGER:
    PROGRESS.entries["SummaryWriter"].methods[_name] = Native(f"SummaryWriter.{_name}", PROGRESS.name, _silent)
constant(PROGRESS, None, "log", "watch", "finish", "save", "login", "define_metric", "alert", "summary", "agent", "sweep")
lost(PROGRESS, "what an experiment records is not known", ("init", "Image", "Histogram", "Table", "Artifact", "Video", "config", "run"))
