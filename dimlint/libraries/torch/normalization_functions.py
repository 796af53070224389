"""Normalization by given weights and statistics: the functions of ``torch.nn.functional`` and those of ``torch`` itself.

https://docs.pytorch.org/docs/stable/nn.functional.html#normalization-functions
"""

from __future__ import annotations

from collections.abc import Mapping

from dimlint.core.dim import Dim, Shape, always_equal, never_equal, never_positive, product
from dimlint.core.layer import ARGUMENT, show, unify
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.libraries.torch.arguments import CHANNELS, MERGE, refuse_rank
from dimlint.libraries.torch.module import torch
from dimlint.libraries.torch.normalization import require_groups, require_several, require_trailing
from dimlint.shapes.agree import broadcast


def require_vectors(vectors: Mapping[str, Value], size: Dim, x: Shape, label: str, *, ranks: tuple[int, ...] = (1,)) -> None:
    """Weights, biases and statistics that are given must hold one value for each channel and have one of the ranks."""
    for name, vector in vectors.items():
        if isinstance(vector, Unknown):
            doubt(vector.reason)
        if not isinstance(vector, Tensor):
            continue
        shape = vector.shape
        message = f"{label}: {name} has the shape {shape}, but the input {x} has {size} channels"
        if ranks and shape.rank not in ranks:
            raise Problem(CHANNELS, message, blame=name)
        unify(product(shape), size, CHANNELS, message, blame=name)


def is_true(value: Value) -> bool | None:
    """Whether a flag is set; None if that is not known."""
    return bool(value) if isinstance(value, (bool, int, float)) or value is None else None


def batch_normalized(x: Shape, vectors: Mapping[str, Value], training: Value, eps: Value, label: str) -> Shape:
    """The shape stays; in training there are several values for each channel, else there must be statistics."""
    trained = is_true(training)
    if x.rank == 0 or (x.rank == 1 and not never_positive(x[0])):
        raise refuse_rank(label, "an input of at least 2 dimensions (N, C, *)", x)
    if trained and label == "batch_norm":
        require_several(x[0] * product(x[2:]), x, label, "value per channel")
    if isinstance(eps, (int, float)) and (eps < 0 or (eps == 0 and trained)):
        raise Problem(ARGUMENT, f"{label} eps must be greater than zero, got {eps}", blame="eps")
    weights = {name: vectors[name] for name in ("weight", "bias")}
    if any(map(never_positive, x)):
        return of_nothing(x, weights, label)
    require_statistics(vectors, label, trained)
    require_vectors({name: vector for name, vector in vectors.items() if name not in weights}, x[1], x, label)
    require_vectors(weights, x[1], x, label, ranks=())
    return x


def of_nothing(x: Shape, weights: Mapping[str, Value], label: str) -> Shape:
    """The shape for an empty input, of which torch takes the first value of weight and bias as a factor and an offset."""
    for name, vector in weights.items():
        if not isinstance(vector, Tensor):
            continue
        if vector.shape.rank == 0 or never_positive(vector.shape[0]):
            raise Problem(CHANNELS, f"{label}: {name} of shape {vector.shape} has no first value for the empty input {x}", blame=name)
        x = broadcast([x, Shape(*vector.shape[1:])], label)
    return x


def require_statistics(vectors: Mapping[str, Value], label: str, trained: bool | None) -> None:
    """Without those of the input, statistics must be given; never one without the other."""
    names = ("running_mean", "running_var")
    if trained and len({vectors[name] is None for name in names}) == 2:
        raise Problem(ARGUMENT, f"{label} needs running_mean and running_var, or neither", blame="running_mean")
    for name in names:
        if trained is False and vectors[name] is None:
            raise Problem(ARGUMENT, f"{label} needs {name} where it does not take the statistics of its input", blame=name)


@torch.function("nn.functional.batch_norm")
def batch_norm(
    input: Shape,
    running_mean: Value,
    running_var: Value,
    weight: Value = None,
    bias: Value = None,
    training: Value = False,
    momentum: Value = 0.1,
    eps: Value = 1e-5,
) -> Shape:
    """Batch normalization by given statistics and weights; the shape stays."""
    vectors = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    return batch_normalized(input, vectors, training, eps, "batch_norm")


@torch.function("batch_norm")
def batch_norm_weights_first(
    input: Shape,
    weight: Value,
    bias: Value,
    running_mean: Value,
    running_var: Value,
    training: Value,
    momentum: Value,
    eps: Value,
    cudnn_enabled: Value,
) -> Shape:
    """Batch normalization by given weights and statistics; the shape stays."""
    vectors = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    return batch_normalized(input, vectors, training, None, "torch.batch_norm")


def instance_normalized(x: Shape, vectors: Mapping[str, Value], own: Value, label: str) -> Shape:
    """The shape stays; with statistics of the input there are several positions in each channel."""
    trained = is_true(own)
    if x.rank < 2:
        raise refuse_rank(label, "an input of at least 2 dimensions (N, C, *)", x)
    if trained and label == "instance_norm":
        require_several(product(x[2:]), x, label, "position per channel")
    for name, vector in vectors.items():
        if isinstance(vector, Tensor) and vector.shape.rank > 1:
            message = f"{label}: {name} has the shape {vector.shape}, but the input {x} needs one value for each channel"
            raise Problem(CHANNELS, message, blame=name)
    weights = {name: vectors[name] for name in ("weight", "bias")}
    statistics = {name: vector for name, vector in vectors.items() if name not in weights}
    if any(map(never_positive, x)):
        return instances_of_nothing(x, weights, statistics, label, trained)
    require_statistics(vectors, label, trained)
    require_vectors(weights, x[1], x, label, ranks=(0, 1))
    require_vectors(statistics, x[1], x, label, ranks=(1,) if trained else (0, 1))
    return x


def instances_of_nothing(
    x: Shape, weights: Mapping[str, Value], statistics: Mapping[str, Value], label: str, trained: bool | None
) -> Shape:
    """The shape for an empty input, of which torch takes less notice."""
    for name, vector in weights.items():
        if isinstance(vector, Tensor) and never_positive(product(vector.shape) * x[0]):
            raise Problem(CHANNELS, f"{label}: {name} of shape {vector.shape} has no first value for the empty input {x}", blame=name)
    if trained is False:
        require_statistics(statistics, label, trained)
    for name, vector in statistics.items():
        if trained and isinstance(vector, Tensor):
            fits = vector.shape.rank == 1 and (never_positive(x[0]) or not never_equal(vector.shape[0], x[1]))
            if not fits or (never_equal(vector.shape[0], x[1]) and never_equal(x[1], 1)):
                raise Problem(CHANNELS, f"{label}: {name} has the shape {vector.shape}, but {x} has {x[1]} channels", blame=name)
    return x


@torch.function("nn.functional.instance_norm")
def instance_norm(
    input: Shape,
    running_mean: Value = None,
    running_var: Value = None,
    weight: Value = None,
    bias: Value = None,
    use_input_stats: Value = True,
    momentum: Value = 0.1,
    eps: Value = 1e-5,
) -> Shape:
    """Instance normalization by given weights; the shape stays."""
    vectors = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    return instance_normalized(input, vectors, use_input_stats, "instance_norm")


@torch.function("instance_norm")
def instance_norm_weights_first(
    input: Shape,
    weight: Value,
    bias: Value,
    running_mean: Value,
    running_var: Value,
    use_input_stats: Value,
    momentum: Value,
    eps: Value,
    cudnn_enabled: Value,
) -> Shape:
    """Instance normalization by given weights; the shape stays."""
    vectors = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    return instance_normalized(input, vectors, use_input_stats, "torch.instance_norm")


@torch.function("nn.functional.layer_norm", "layer_norm")
def layer_norm(
    input: Shape, normalized_shape: Value, weight: Value = None, bias: Value = None, eps: Value = 1e-5, cudnn_enable: Value = True
) -> Shape:
    """Layer normalization over the trailing axes; the shape stays."""
    return trailing(input, normalized_shape, {"weight": weight, "bias": bias}, "layer_norm")


@torch.function("nn.functional.rms_norm", "rms_norm")
def rms_norm(input: Shape, normalized_shape: Value, weight: Value = None, eps: Value = None) -> Shape:
    """Division by the root mean square over the trailing axes; the shape stays."""
    return trailing(input, normalized_shape, {"weight": weight}, "rms_norm")


def trailing(x: Shape, sizes: Value, vectors: Mapping[str, Value], label: str) -> Shape:
    """The shape stays; weights are as large as the trailing axes."""
    if is_size(sizes) or isinstance(sizes, float):
        message = f"{label} normalized_shape must be a sequence of integers, got {show(sizes)}. Needs ({show(sizes)},)"
        raise Problem(ARGUMENT, message, blame="normalized_shape")
    if not isinstance(sizes, Unknown) and not (isinstance(sizes, (tuple, list)) and all(map(is_size, sizes))):
        raise Undecided(f"normalized_shape of {label} is not known")
    require_trailing(x, sizes, label)
    for name, vector in vectors.items():
        if isinstance(vector, Unknown):
            doubt(vector.reason)
        if not isinstance(vector, Tensor):
            continue
        shape = vector.shape
        if shape.rank != len(sizes) or any(map(never_equal, shape, sizes)):
            raise Problem(MERGE, f"{label}: the {name} {shape} must have the normalized_shape {show(tuple(sizes))}", blame=name)
        if not all(map(always_equal, shape, sizes)):
            doubt(f"whether the {name} {shape} has the normalized_shape {show(tuple(sizes))} is not known")
    return x


@torch.function("nn.functional.group_norm")
def group_norm(input: Shape, num_groups: Dim, weight: Value = None, bias: Value = None, eps: Value = 1e-5) -> Shape:
    """Group normalization by given weights; the shape stays."""
    require_some_groups(num_groups)
    require_groups(input, num_groups, "group_norm")
    require_vectors({"weight": weight, "bias": bias}, input[1], input, "group_norm")
    return input


@torch.function("group_norm")
def group_norm_of_one(
    input: Shape, num_groups: Dim, weight: Value = None, bias: Value = None, eps: Value = 1e-5, cudnn_enabled: Value = True
) -> Shape:
    """Group normalization by given weights, also of a single value; the shape stays."""
    require_some_groups(num_groups)
    if input.rank < 2:
        raise refuse_rank("group_norm", "an input of at least 2 dimensions (N, C, *)", input)
    message = f"group_norm needs channels divisible by num_groups={num_groups}, got {input[1]} in the input {input}"
    unify(input[1] % num_groups, 0, CHANNELS, message, blame="num_groups")
    require_vectors({"weight": weight, "bias": bias}, input[1], input, "group_norm")
    return input


def require_some_groups(groups: Dim) -> None:
    """There is at least one group."""
    if never_positive(groups):
        raise Problem(ARGUMENT, f"group_norm num_groups must be greater than zero, got {groups}", blame="num_groups")
