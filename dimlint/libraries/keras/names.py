"""The names that Keras 3 gives: ``conv2d``, ``conv2d_1``, one counter for each class, shared by all layers and operations of a process.

A name is a promise about everything that was made before it. It is Unknown as soon as code may have run that was not
followed, until ``clear_session()``. Keras 2 counts otherwise; its names are not followed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache

from dimlint.core.dataclass import replace
from dimlint.core.layer import ARGUMENT, Layer
from dimlint.core.problem import Problem
from dimlint.core.value import Instance, LibraryClass, Machine, Ref, Tensor, Unknown, Value
from dimlint.libraries.keras.library import LIBRARY as keras

SESSION = "keras_session"
INSIDE = "keras_inside"
UNSEEN = "unseen_code"
BEFORE = "keras_unseen_before"
"""Setting: whether code that is not followed may have run before the last ``clear_session()``."""
LOST = Unknown("the automatic name depends on what was made before")

OPERATORS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide", "floordiv": "floor_divide", "mod": "mod", "pow": "power",
    "matmul": "matmul", "neg": "negative", "abs": "absolute", "getitem": "get_item", "lt": "less", "le": "less_equal", "gt": "greater",
    "ge": "greater_equal", "eq": "equal", "ne": "not_equal", "and": "logical_and", "or": "logical_or", "xor": "logical_xor",
    "invert": "logical_not",
}  # fmt: skip
"""Operator of a symbolic tensor -> prefix of the operation's name."""

OPERATIONS = {
    "abs": "absolute", "allclose": "all_close", "cdist": "c_dist", "conj": "conjugate", "hard_swish": "hard_silu", "isin": "is_in",
    "layer_normalization": "layer_norm", "rms_normalization": "rms_norm", "swish": "silu", "exponential": "exp", "linear": "",
    "shape": "", "is_tensor": "", "dtype": "", "custom_gradient": "", "convert_to_numpy": "",
}  # fmt: skip
"""Function -> prefix of the operation's name, where that is not the function's own."""
COMPOSED = frozenset(
    ["dot", "mish", "hard_silu", "sparsemax", "cond", "map", "scan", "while_loop", "vectorized_map", "switch", "fori_loop"]
)
"""Functions that make several operations, or run functions of the program."""
CLASSES = {"GroupQueryAttention": "GroupedQueryAttention"}
"""Public name -> name of the class."""
_BOTH = ("random_shear", "random_translation", "random_rotation", "solarization", "random_posterization", "auto_contrast", "equalization")
_COLORS = ("random_brightness", "random_color_degeneration", "random_contrast", "random_sharpness")
PARTS = {"AugMix": _BOTH + _COLORS, "RandAugment": _BOTH + _COLORS, "TextVectorization": ("string_lookup",)}
"""Layers that a layer makes when it is constructed."""
JITTERS = ("random_brightness", "random_contrast", "random_saturation", "random_hue")
BUILT = {"MultiHeadAttention": ("softmax", "dropout"), "GroupQueryAttention": ("softmax", "dropout")}
"""Layers that a layer makes when it is called first."""
MASKING = {"Masking": ("not_equal", "any"), "Embedding": ("not_equal",)}
"""Operations that mark the steps that count."""
MASKED = ("concatenate", "logical_or", "any", "expand_dims", "zeros_like", "convert_to_tensor")
"""Operations that layers make of such marks."""

_sessions = itertools.count(1)


@lru_cache(maxsize=1024)
def snake_case(name: str) -> str:
    """The prefix of automatic names for a class: ``Conv2DTranspose`` -> ``conv2d_transpose``."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def class_name(machine: Machine, ref: Ref) -> str | None:
    """Name of the class that an object is made of, None if it is not known."""
    held = machine.contents(ref)
    cls = held.cls if isinstance(held, Instance) else None
    if isinstance(cls, LibraryClass):
        return cls.label
    name = getattr(machine.contents(cls), "name", None) if isinstance(cls, Ref) else None
    return name if isinstance(name, str) else None


def _depth(machine: Machine) -> int:
    """How many calls of layers run; none where paths that differ in it have met behind an exception."""
    depth = machine.settings.get(INSIDE, 0)
    return depth if isinstance(depth, int) else 0


def counted(machine: Machine, prefix: str) -> Value:
    """Take the next number of a prefix: the automatic name, or Unknown."""
    session = machine.settings.get(SESSION, 0)
    if not isinstance(session, int) or machine.settings.get("keras_version") == 2 or machine.settings.get("keras_dialect") == 1:
        return LOST
    key = f"keras_names/{session}/{prefix}"
    count = machine.settings.get(key, 0)
    depth = machine.settings.get(INSIDE, 0)
    sure = isinstance(count, int) and isinstance(depth, int) and depth == 0
    known = sure and machine.settings.get(UNSEEN, False) is False
    machine.change_setting(key, count + 1 if sure else LOST)
    return (f"{prefix}_{count}" if count else prefix) if known else LOST


def give_name(machine: Machine, ref: Ref, given: Value = None, cls: str | None = None) -> None:
    """Name a layer that is made: as it is told, or by its class."""
    name = given
    cls = cls or class_name(machine, ref)
    if given is None:
        name = counted(machine, snake_case(CLASSES.get(cls, cls))) if cls is not None else LOST
    elif not isinstance(given, str):
        name = LOST
        if cls is not None:
            forget(machine, snake_case(cls))
    held = machine.contents(ref)
    if isinstance(held, Instance):
        machine.update(ref, replace(held, attributes={**held.attributes, "name": name, "_named": given is not None}))


def refuse_twins(machine: Machine, label: str, layers: Sequence[Value], added: Value = None) -> None:
    """Refuse two layers of one name, which a model cannot tell apart. Raises Problem(invalid-layer-argument)."""
    names: dict[str, Value] = {}
    for layer in layers:
        held = machine.contents(layer) if isinstance(layer, Ref) else None
        name = held.attributes.get("name") if isinstance(held, Instance) else None
        if not isinstance(name, str):
            continue
        if name in names and (added is None or layer == added):
            message = f"{label} holds two layers with the name {name!r}. Needs another name, or a layer of its own, for one"
            raise Problem(ARGUMENT, message, blame="name")
        names[name] = layer


def forget(machine: Machine, *prefixes: str) -> None:
    """How many names of these prefixes there are is not known from here on."""
    session = machine.settings.get(SESSION, 0)
    for prefix in prefixes:
        machine.change_setting(f"keras_names/{session}/{prefix}", LOST)


def constructing(machine: Machine, ref: Ref, layer: type[Layer], args: Sequence[Value], kwargs: Mapping[str, Value]) -> None:
    """A library layer is made: it gets its name, and so do the layers that it makes."""
    names = [name for name, item in layer.fields.items() if not item.keyword]
    place = names.index("name") if "name" in names else len(args)
    give_name(machine, ref, kwargs.get("name", args[place] if place < len(args) else None))
    for prefix in PARTS.get(layer.label, ()):
        counted(machine, prefix)
    if layer.label == "RandomColorJitter":
        forget(machine, *JITTERS)


def applied(machine: Machine, name: str, result: Value) -> None:
    """A function was called: outside of layers, what it does to a symbolic tensor is an operation with a name of its own."""
    if not isinstance(result, (Tensor, tuple)) or _depth(machine):
        return
    found = [item for item in (result if isinstance(result, tuple) else (result,)) if isinstance(item, Tensor)]
    if not any(tensor.symbolic and tensor.step is not None for tensor in found):
        return
    prefix = operation(name)
    if prefix is None:
        machine.change_setting(UNSEEN, True)
    elif prefix:
        counted(machine, prefix)


def operation(name: str) -> str | None:
    """The prefix of the operation behind a declared function: empty if there is none, None if that is not known."""
    package, _, last = name.rpartition(".")
    if package == "Tensor":
        operator = last.strip("_")
        return OPERATORS.get(operator, OPERATORS.get(operator.removeprefix("r"), None if last.startswith("__") else ""))
    if (package, last) == ("activations", "relu"):
        return "re_lu"
    if package in ("ops", "ops.nn", "ops.numpy", "ops.image", "ops.linalg", "activations"):
        return None if last in COMPOSED else OPERATIONS.get(last, snake_case(last))
    return None if package in ("backend", "losses", "metrics", "random", "utils") or package.startswith("ops") else ""


def called(machine: Machine, ref: Ref, symbolic: bool) -> None:
    """A layer is called for the first time: the layers and operations that it makes then take their names."""
    held = machine.contents(ref)
    label = class_name(machine, ref)
    if label is None or not isinstance(held, Instance) or _depth(machine):
        return
    for prefix in BUILT.get(label, ()):
        counted(machine, prefix)
    masks = label == "Masking" or (label == "Embedding" and getattr(held.layer, "mask_zero", False) is not False)
    if symbolic and masks:
        for prefix in MASKING[label]:
            counted(machine, prefix)
        forget(machine, *MASKED)


@contextmanager
def inside(machine: Machine) -> Iterator[None]:
    """A layer is running: what it does makes no names, and what it makes has no sure one."""
    before = _depth(machine)
    machine.change_setting(INSIDE, before + 1)
    try:
        yield
    finally:
        machine.change_setting(INSIDE, before)


@contextmanager
def building(machine: Machine) -> Iterator[None]:
    """A running layer does what Keras does before it runs the layer."""
    before = _depth(machine)
    machine.change_setting(INSIDE, max(before - 1, 0))
    try:
        yield
    finally:
        machine.change_setting(INSIDE, before)


def clear(machine: Machine, *args: Value, **kwargs: Value) -> None:
    """All names are free again."""
    machine.change_setting(SESSION, next(_sessions))
    if not has_seen_all(machine):
        machine.change_setting(BEFORE, True)
    machine.change_setting(UNSEEN, False)


def has_seen_all(machine: Machine) -> bool:
    """Whether surely no code ran that is not followed."""
    return machine.settings.get(UNSEEN, False) is False and machine.settings.get(BEFORE, False) is False


keras.inert_reasons |= {
    "the files of a data set are not known",
    "what is made of files is not followed",
    "an image from a file is not followed",
    "the words of a data set are not known",
    "the words of a tokenizer are not followed",
    "a sequence of a data set is not known",
}
keras.constructing = constructing
keras.applied = applied
for _name in ("backend.clear_session", "utils.clear_session", "backend.reset_uids"):
    keras.function(_name)(clear)


@keras.function("backend.get_uid")
def get_uid(machine: Machine, prefix: Value = "") -> Value:
    """The next number of a prefix, from 1. Unknown if it is not known."""
    if not isinstance(prefix, str):
        return LOST
    name = counted(machine, prefix)
    count = machine.settings.get(f"keras_names/{machine.settings.get(SESSION, 0)}/{prefix}", 0)
    return count if isinstance(name, str) else LOST
