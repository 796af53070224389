"""Batch, instance, layer, group, root-mean-square and local response normalization."""

from __future__ import annotations

from typing import Any

from dimlint.core.axis import require_equal
from dimlint.core.dim import Dim, Shape, always_equal, less, never_equal, never_positive, product
from dimlint.core.layer import ARGUMENT, Field, Layer, flag, ignored, number, refuse, show, unify
from dimlint.core.layer import dim as size_argument
from dimlint.core.opening import SPATIAL, OpenArgument, open_shape
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value, is_size, lost_size
from dimlint.libraries.torch.arguments import CHANNELS, FEATURES, NONPOSITIVE, count, mended, needs, refuse_rank, twin
from dimlint.libraries.torch.module import torch
from dimlint.libraries.torch.parameters import AFFINE, OPTIONAL, Parametrized


def require_several(values: Dim, x: Shape, label: str, what: str) -> None:
    """In training, statistics of a single value are refused."""
    if always_equal(values, 1):
        raise Problem(ARGUMENT, f"{label} in training needs more than 1 {what}, got the input {x}; call eval() for a single one")


class ChannelNorm(Parametrized):
    """What the norms with one mean and variance for each channel share.

    training: the mode, which ``train()`` and ``eval()`` change.
    """

    registered = frozenset(OPTIONAL)
    training: Value = True
    affine: bool
    track_running_stats: bool
    bias: bool

    def check(self) -> None:
        features = getattr(self, "num_features", 0)
        if not (self.affine or self.track_running_stats):
            return
        if isinstance(features, (tuple, list)):
            raise Undecided(f"{self.label} with several num_features is not modelled")
        if not is_size(features) or less(features, 0):
            raise Problem(ARGUMENT, f"{self.label} num_features must be zero or more, got {show(features)}", blame="num_features")

    def require_channels(self, actual: Dim, expected: Dim, x: Shape) -> None:
        """Channels of the input against ``num_features``."""
        message = f"{self.label} has num_features={expected}, but the input {x} has {actual} channels"
        message += mended(x, expected, x.rank - 2, "num_features", actual)
        unify(actual, expected, CHANNELS, message, blame="num_features")

    def require_features(self, x: Shape) -> None:
        """Torch compares the channels unless the input has no elements; then it only wants that there are some weights, if any."""
        features = self.features_of(x)
        if self.affine and never_positive(features):
            raise Problem(NONPOSITIVE, f"{self.label} has no channels; the input is {x}", blame="num_features")
        if not any(map(never_positive, x)):
            self.require_channels(x[1], features, x)

    def features_of(self, x: Shape) -> Dim:
        """The number of features; a lazy layer takes it from axis 1 of its first input."""
        if self.lazy:
            return x[1]
        features: Dim = vars(self)["num_features"]
        return features

    @property
    def lazy(self) -> bool:
        return "num_features" not in self.fields

    def assume(self) -> list[Shape]:
        features: Value = vars(self).get("num_features", "C")
        channels: Value = "C" if isinstance(features, Unknown) else features
        spatial = SPATIAL.get(self.rank, SPATIAL[2])
        return [open_shape("N", channels, *spatial), *([open_shape("N", channels)] if self.rank == 1 else [])]

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        if self.lazy and built and inputs and inputs[0].rank > 1:
            self.require_channels(inputs[0][1], built[0][1], inputs[0])

    def weights(self, x: Shape) -> dict[str, Shape]:
        if not self.affine:
            return {}
        shape = Shape(self.features_of(x))
        return {"weight": shape} | ({"bias": shape} if self.bias else {})

    def buffers(self, x: Shape) -> dict[str, Shape]:
        """Names and shapes of the statistics, which are no parameters."""
        if not self.track_running_stats:
            return {}
        shape = Shape(self.features_of(x))
        return {"running_mean": shape, "running_var": shape, "num_batches_tracked": Shape()}


class BatchStatistics(ChannelNorm):
    """Normalizes each channel over the batch and the positions; the shape stays."""

    read_from_weights = frozenset({"num_features"})
    eps: Value = number(1e-5)
    momentum: Value = number(0.1)
    affine: bool = flag(True)
    track_running_stats: bool = flag(True)
    device: object = ignored()
    dtype: object = ignored()
    bias: bool = flag(True, keyword=True)

    def output(self, x: Shape) -> Shape:
        ranks = (2, 3) if self.rank == 1 else (self.rank + 2,)
        if x.rank not in ranks:
            several = f"a {self.rank + 2}-d input (N, C, {'D, H, W'[-3 * self.rank + 2 :]})"
            raise refuse_rank(self.label, "a 2-d or 3-d input (N, C) or (N, C, L)" if self.rank == 1 else several, x)
        if self.training or not self.track_running_stats:
            require_several(x[0] * product(x[2:]), x, self.label, "value per channel")
        if self.affine or self.track_running_stats:
            self.require_features(x)
        return x


def any_features() -> Any:
    """A number of features that only layers with weights or running statistics look at: anything that surely is none stays as it is."""
    kind: Field = size_argument()

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        try:
            return kind.convert(value, owner, name)
        except Problem:
            return value

    return Field(convert)


class Features(Layer):
    """What only the layer has that knows its channels at construction."""

    num_features: Value = any_features()


class InstanceStatistics(ChannelNorm):
    """Normalizes each channel of each sample over the positions; the shape stays."""

    eps: Value = number(1e-5)
    momentum: Value = number(0.1)
    affine: bool = flag(False)
    track_running_stats: bool = flag(False)
    device: object = ignored()
    dtype: object = ignored()
    bias: bool = flag(True, keyword=True)

    def output(self, x: Shape) -> Shape:
        n = self.rank
        if x.rank not in (n + 1, n + 2):
            raise refuse_rank(self.label, f"a {n + 2}-d input, or a {n + 1}-d one without the batch", x)
        if self.affine or (self.track_running_stats and not self._leaves_statistics_alone(x)):
            self.require_channels(x[-n - 1], self.features_of(x), x)
        if self.affine and any(map(never_positive, x[:-n])):
            raise Problem(NONPOSITIVE, f"{self.label} with affine=True needs samples and channels, got the input {x}")
        if self.training or not self.track_running_stats:
            require_several(product(x[-n:]), x, self.label, "position per channel")
        return x

    def _leaves_statistics_alone(self, x: Shape) -> bool:
        """Whether torch does not compare the channels with the running statistics: nothing is in the input (measured, torch 2.13)."""
        is_empty = any(size == 0 for size in x)
        return is_empty and (not self.training or (x.rank == self.rank + 2 and x[0] == 0 and x[1] == 1))


class LazyInstanceStatistics(InstanceStatistics):
    """Instance norm that takes ``num_features`` from axis 1 of its first input, with or without a batch."""

    affine: bool = flag(True)
    track_running_stats: bool = flag(True)


@torch.layer("nn._BatchNorm")
class AnyBatchNorm(BatchStatistics, Features):
    """What the batch normalizations derive from, and those of programs: it takes what the class below it says. Raises Undecided."""

    rank = 2

    def output(self, x: Shape) -> Shape:
        raise Undecided("what a normalization of any number of dimensions takes is not known")


@torch.layer("nn._InstanceNorm")
class AnyInstanceNorm(InstanceStatistics, Features):
    """What the instance normalizations derive from. Raises Undecided."""

    rank = 2

    def output(self, x: Shape) -> Shape:
        raise Undecided("what a normalization of any number of dimensions takes is not known")


def _declare(name: str, bases: tuple[type[Layer], ...], rank: int, doc: str) -> None:
    base = "nn._BatchNorm" if "Batch" in name else "nn._InstanceNorm"
    torch.layer(f"nn.{name}", base=base)(type(name, bases, {"rank": rank, "__doc__": doc}))


for _rank, _form in ((1, "(N, C) or (N, C, L)"), (2, "(N, C, H, W)"), (3, "(N, C, D, H, W)")):
    _lazy = "that takes ``num_features`` from its first input."
    _declare(f"BatchNorm{_rank}d", (BatchStatistics, Features), _rank, f"Batch normalization of {_form}.")
    _declare(f"LazyBatchNorm{_rank}d", (BatchStatistics,), _rank, f"``BatchNorm{_rank}d`` {_lazy}")
    _declare(f"InstanceNorm{_rank}d", (InstanceStatistics, Features), _rank, f"Instance normalization over {_rank} spatial axes.")
    _declare(f"LazyInstanceNorm{_rank}d", (LazyInstanceStatistics,), _rank, f"``InstanceNorm{_rank}d`` {_lazy}")


def normalized_sizes() -> Any:
    """The sizes of the trailing axes: an integer for the last one, or a sequence."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if isinstance(value, (float, str)) or value is None:
            raise refuse(owner, name, "an integer or a sequence of integers", value)
        if isinstance(value, OpenArgument) and not value.may_be_several:
            return (value.as_size(),)
        if is_size(value):
            return (value,)
        sizes = [_size(item) for item in value] if isinstance(value, (tuple, list)) else []
        known = isinstance(value, (tuple, list)) and all(map(is_size, sizes))
        return tuple(sizes) if known else value if isinstance(value, Unknown) else Unknown(f"{name} is not known")

    return Field(convert)


def _size(item: Value) -> Value:
    """One of several sizes: an argument that nobody gives may be any."""
    return item.as_size() if isinstance(item, OpenArgument) else item if lost_size(item) is None else lost_size(item)


def require_trailing(x: Shape, sizes: Value, label: str) -> None:
    """The last axes of the input must be exactly ``sizes``."""
    if isinstance(sizes, Unknown):
        raise Undecided(sizes.reason)
    if not sizes:
        raise Problem(ARGUMENT, f"{label} normalized_shape must have at least one size", blame="normalized_shape")
    if len(sizes) > x.rank:
        raise refuse_rank(label, f"an input of at least {len(sizes)} dimensions for normalized_shape={show(tuple(sizes))}", x)
    trailing = x[x.rank - len(sizes) :]
    for actual, wanted in zip(trailing, sizes):
        if always_equal(actual, wanted):
            continue
        expected = trailing[0] if len(sizes) == 1 else tuple(trailing)
        message = f"{label} has normalized_shape={show(tuple(sizes))}, but the last axes of the input {x} are {show(tuple(trailing))}"
        message += needs("normalized_shape", expected)
        problem = Problem(FEATURES, message, blame="normalized_shape", expected=expected)
        require_equal(actual, wanted, f"whether {actual} equals {wanted} is not known", problem)


class TrailingNorm(Parametrized):
    """Normalizes over the trailing axes; the shape stays."""

    normalized_shape: Value = normalized_sizes()

    def check(self) -> None:
        sizes = self.normalized_shape
        if not isinstance(sizes, Unknown) and any(isinstance(size, int) and size < 0 for size in sizes):
            raise Problem(ARGUMENT, f"{self.label} normalized_shape must not be negative, got {show(sizes)}", blame="normalized_shape")

    def assume(self) -> list[Shape]:
        sizes = self.normalized_shape
        if isinstance(sizes, Unknown):
            return []
        return [open_shape(*("N", "T", "S", "R")[:leading], *sizes) for leading in (2, 1, 3, 0)]

    def output(self, x: Shape) -> Shape:
        require_trailing(x, self.normalized_shape, self.label)
        return x


@torch.layer("nn.LayerNorm")
class LayerNorm(TrailingNorm):
    """Layer normalization over the trailing axes ``normalized_shape``."""

    registered = AFFINE
    eps: Value = number(1e-5)
    elementwise_affine: bool = flag(True)
    bias: bool = flag(True)
    device: object = ignored()
    dtype: object = ignored()

    def weights(self, x: Shape) -> dict[str, Shape]:
        if not self.elementwise_affine:
            return {}
        shape = Shape(*self.normalized_shape)
        return {"weight": shape} | ({"bias": shape} if self.bias else {})


@torch.layer("nn.RMSNorm")
class RMSNorm(TrailingNorm):
    """Division by the root mean square over the trailing axes ``normalized_shape``."""

    registered = frozenset(["weight"])
    eps: Value = number(None)
    elementwise_affine: bool = flag(True)
    device: object = ignored()
    dtype: object = ignored()

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": Shape(*self.normalized_shape)} if self.elementwise_affine else {}


@torch.layer("nn.GroupNorm")
class GroupNorm(Parametrized):
    """Normalizes groups of channels over the positions: (N, C, *) stays."""

    registered = AFFINE
    num_groups: Dim = size_argument()
    num_channels: Dim = count()
    eps: Value = number(1e-5)
    affine: bool = flag(True)
    device: object = ignored()
    dtype: object = ignored()
    bias: bool = flag(True, keyword=True)

    def check(self) -> None:
        groups = self.num_groups
        if isinstance(groups, int) and groups <= 0:
            raise Problem(ARGUMENT, f"{self.label} num_groups must be greater than zero, got {groups}", blame="num_groups")
        if never_equal(self.num_channels % groups, 0):
            message = f"{self.label} num_channels={self.num_channels} is not divisible by num_groups={groups}"
            raise Problem(ARGUMENT, message, blame="num_groups")

    def assume(self) -> list[Shape]:
        channels = self.num_channels
        return [open_shape("N", channels, *spatial) for spatial in (SPATIAL[2], SPATIAL[1], SPATIAL[3], ())]

    def output(self, x: Shape) -> Shape:
        require_groups(x, self.num_groups, self.label)
        if self.affine:
            message = f"{self.label} has num_channels={self.num_channels}, but the input {x} has {x[1]} channels"
            message += mended(x, self.num_channels, x.rank - 2, "num_channels", x[1])
            unify(x[1], self.num_channels, CHANNELS, message, blame="num_channels")
        return x

    def weights(self, x: Shape) -> dict[str, Shape]:
        if not self.affine:
            return {}
        shape = Shape(self.num_channels)
        return {"weight": shape} | ({"bias": shape} if self.bias else {})


def require_groups(x: Shape, groups: Dim, label: str) -> None:
    """Channels on axis 1 that the groups divide, and more than one value in each group."""
    if x.rank < 2:
        raise refuse_rank(label, "an input of at least 2 dimensions (N, C, *)", x)
    if never_positive(groups):
        raise Problem(ARGUMENT, f"{label} num_groups must be positive, got {groups}", blame="num_groups")
    message = f"{label} needs channels divisible by num_groups={groups}, got {x[1]} in the input {x}"
    problem = Problem(CHANNELS, message, blame="num_groups")
    require_equal(x[1] % groups, 0, f"whether {x[1]} is a multiple of {groups} is not known", problem)
    require_several(x[0] * x[1] // groups * product(x[2:]), x, label, "value per group")


@torch.layer("nn.LocalResponseNorm")
class LocalResponseNorm(Layer):
    """Normalizes over neighbouring channels: (N, C, *) stays."""

    size: Dim = size_argument()
    alpha: Value = number(1e-4)
    beta: Value = number(0.75)
    k: Value = number(1.0)

    def output(self, x: Shape) -> Shape:
        if x.rank < 3:
            raise refuse_rank(self.label, "an input of at least 3 dimensions (N, C, *)", x)
        if never_positive(self.size) and not any(map(never_positive, x)):
            raise Problem(ARGUMENT, f"{self.label} size must be greater than zero, got {self.size}", blame="size")
        return x


twin(("nn.functional.local_response_norm",), LocalResponseNorm)


@torch.layer("nn.CrossMapLRN2d")
class CrossMapLRN2d(Layer):
    """``LocalResponseNorm`` of images only: (N, C, H, W) stays."""

    size: Value = number()
    alpha: Value = number(1e-4)
    beta: Value = number(0.75)
    k: Value = number(1)

    def output(self, x: Shape) -> Shape:
        if x.rank != 4:
            raise refuse_rank(self.label, "a 4-d input (N, C, H, W)", x)
        if never_positive(x[1]):
            raise Problem(NONPOSITIVE, f"{self.label} input {x} has no channels")
        if isinstance(self.size, (int, float)) and self.size == 0:
            raise Problem(ARGUMENT, f"{self.label} size must not be zero", blame="size")
        return x


@torch.function("nn.functional.normalize")
def normalize(input: Shape, p: Value = 2.0, dim: Value = 1, eps: Value = 1e-12, out: Value = None) -> Shape:
    """Division by the norm along one axis; the shape stays."""
    from_axes = dim if isinstance(dim, (tuple, list)) else (dim,)
    for axis in from_axes:
        if isinstance(axis, int) and not -max(input.rank, 1) <= axis < max(input.rank, 1):
            raise refuse_rank("normalize", f"an input that has the axis dim={axis}", input)
    return input
