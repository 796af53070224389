"""Whether targets fit a model's output under its loss and metrics. Source: https://keras.io/api/losses, measured in Keras 3.15.

The first axis is that of the batch: its size may be known where it matters for broadcasting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dimlint.core.dim import Shape, always_equal, never_equal
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Instance, LibraryClass, Machine, Native, Ref, Value
from dimlint.libraries.keras.base import major
from dimlint.libraries.keras.names import snake_case
from dimlint.shapes.agree import broadcast

TARGET = "target-mismatch"

Rule = Callable[[str, Shape, Shape], "str | None"]
"""Name of a loss or metric, shape of the targets, shape of the output -> what is wrong, None if nothing surely is."""

ALIASES = {
    "mse": "mean_squared_error", "mae": "mean_absolute_error", "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error", "kld": "kl_divergence", "kullback_leibler_divergence": "kl_divergence", "logcosh": "log_cosh",
    "bce": "binary_crossentropy", "cosine": "cosine_similarity", "cosine_proximity": "cosine_similarity",
}  # fmt: skip


def aligned(y: Shape, output: Shape) -> tuple[Shape, Shape]:
    """The two shapes as losses compare them: a last axis of size 1 may be missing on one side. Raises Undecided."""
    if abs(y.rank - output.rank) != 1:
        return y, output
    longer, shorter = (y, output) if y.rank > output.rank else (output, y)
    if not (always_equal(longer[-1], 1) or never_equal(longer[-1], 1)):
        raise Undecided("whether the last axis has size 1 is not known")
    if always_equal(longer[-1], 1):
        longer, shorter = (longer, Shape(*shorter, 1)) if shorter.rank == 1 else (Shape(*longer[:-1]), shorter)
    return (longer, shorter) if y.rank > output.rank else (shorter, longer)


def same_shape(name: str, y: Shape, output: Shape) -> str | None:
    """Targets of the shape of the output: one number for each class."""
    left, right = aligned(y, output)
    if left.rank == right.rank and not any(map(never_equal, left, right)):
        return None
    hint = ""
    if name == "categorical_crossentropy" and _is_class_number(y, output):
        hint = ". Class numbers need sparse_categorical_crossentropy, or to_categorical"
    elif name == "binary_crossentropy" and _is_class_number(y, output):
        hint = ". Class numbers of several classes need sparse_categorical_crossentropy; two classes need an output of size 1"
    return f"{name} needs targets of the shape of the output {output}, got {y}{hint}"


def class_numbers(name: str, y: Shape, output: Shape) -> str | None:
    """Targets are class numbers: the output without its last axis."""
    left, right = aligned(y, output)
    if left.rank == right.rank and left.rank and not never_equal(left[-1], 1):
        if not always_equal(left[-1], 1):
            raise Undecided("whether the last axis has size 1 is not known")
        left = Shape(*left[:-1])
    if left.rank == right.rank - 1 and not any(map(never_equal, left, right)):
        return None
    one_hot = y.rank == output.rank and all(map(always_equal, y[1:], output[1:]))
    hint = ". One-hot targets need categorical_crossentropy, or argmax(axis=-1)" if one_hot else ""
    return f"{name} needs class numbers, of the shape of the output {output} without its last axis, got {y}{hint}"


def not_one_hot(name: str, y: Shape, output: Shape) -> str | None:
    """Targets are class numbers, in Keras 2 of any shape with as many of them."""
    one_hot = y.rank == output.rank and never_equal(y[-1], 1) and all(map(always_equal, y[1:-1], output[1:-1]))
    return class_numbers(name, y, output) if one_hot and never_equal(output[-1], 1) else None


def broadcasting(name: str, y: Shape, output: Shape) -> str | None:
    """Targets that broadcast with the output."""
    left, right = aligned(y, output)
    try:
        broadcast([left, right], name)
    except Problem:
        return f"{name} needs targets of the shape of the output {output}, got {y}, which does not broadcast to it"
    return None


def numbers_of_classes(name: str, y: Shape, output: Shape) -> str | None:
    """A metric that compares class numbers with the index of the largest output."""
    left = y
    if y.rank == output.rank and not never_equal(y[-1], 1):
        if not always_equal(y[-1], 1):
            raise Undecided("whether the last axis has size 1 is not known")
        left = Shape(*y[:-1])
    try:
        broadcast([left, Shape(*output[:-1])], name)
    except Problem:
        return f"the metric {name} needs class numbers, of the shape of the output {output} without its last axis, got {y}"
    return None


def counted_alike(name: str, y: Shape, output: Shape) -> str | None:
    """A metric that counts hits and misses of every output."""
    left, right = aligned(y, output)
    if left.rank == right.rank == 2 and never_equal(left[1], right[1]):
        return f"the metric {name} needs targets of the shape of the output {output}, got {y}"
    vector = output.rank == 2 and y.rank == 1
    if vector and never_equal(output[1], 1):
        return f"the metric {name} needs targets of the shape of the output {output}, got {y}"
    return None


def _is_class_number(y: Shape, output: Shape) -> bool:
    """Whether the targets look like the output without its classes."""
    alike = y.rank == output.rank and y.rank > 0 and not never_equal(y[-1], 1) and never_equal(output[-1], 1)
    return y.rank == output.rank - 1 or alike


LOSSES: Mapping[str, Rule] = {
    **dict.fromkeys(("categorical_crossentropy", "binary_crossentropy", "binary_focal_crossentropy"), same_shape),
    "sparse_categorical_crossentropy": class_numbers,
    **dict.fromkeys(
        (
            "mean_squared_error", "mean_absolute_error", "kl_divergence", "hinge", "categorical_hinge", "squared_hinge",
            "cosine_similarity", "huber", "poisson", "log_cosh", "mean_squared_logarithmic_error", "mean_absolute_percentage_error",
            "categorical_focal_crossentropy",
        ),
        broadcasting,
    ),
}  # fmt: skip
KERAS_2: Mapping[str, Rule] = {"binary_crossentropy": broadcasting, "sparse_categorical_crossentropy": not_one_hot}
"""What Keras 2 takes otherwise."""
METRICS: Mapping[str, Rule] = {
    **dict.fromkeys(("binary_accuracy", "mean_squared_error", "mean_absolute_error", "root_mean_squared_error"), broadcasting),
    "sparse_categorical_accuracy": numbers_of_classes,
    **dict.fromkeys(("precision", "recall", "auc"), counted_alike),
}
PLAIN = frozenset({"from_logits", "label_smoothing", "reduction", "name", "dtype", "delta", "gamma", "alpha", "threshold", "thresholds"})
"""Arguments that change nothing about which shapes fit."""


def named(machine: Machine, value: Value, package: str) -> str | None:
    """The name of the function behind a loss or metric; None if it is the program's own or takes arguments that matter."""
    if isinstance(value, Native) and value.library == "keras":
        return _canonical(value.label)
    if isinstance(value, LibraryClass) and value.library == "keras":
        return snake_case(value.label)
    if isinstance(value, str):
        return snake_case(value) if value[:1].isupper() and not value.isupper() else _canonical(value.lower() if value.isupper() else value)
    held = machine.contents(value) if isinstance(value, Ref) else None
    if isinstance(held, Instance) and isinstance(held.cls, LibraryClass) and held.cls.name.startswith(f"{package}."):
        given = held.attributes.get("_given")
        return snake_case(held.cls.label) if isinstance(given, tuple) and set(given) <= PLAIN else None
    return None


def _canonical(name: str) -> str:
    return ALIASES.get(name, name)


def rule_of(machine: Machine, value: Value, package: str, later: bool = False) -> tuple[str, Rule] | None:
    """The name and the rule of a loss (``losses``) or metric (``metrics``); None if it is not modelled.

    later: the sizes are open where they differ from an earlier call, so that only what does not broadcast is refused.
    """
    name = named(machine, value, package)
    rules = LOSSES if package == "losses" else METRICS
    rule = ({**rules, **KERAS_2} if major(machine.settings) < 3 else rules).get(name or "")
    rule = broadcasting if later and rule is same_shape else rule
    return (name, rule) if name is not None and rule is not None else None


def verdict(rule: tuple[str, Rule] | None, y: Shape, output: Shape) -> str | None:
    """What is surely wrong with targets, if anything."""
    if rule is None:
        return None
    try:
        return rule[1](rule[0], y, output)
    except Undecided:
        return None
