"""Linear and bilinear maps, flattening, and distances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, never_equal, never_positive
from dimlint.core.layer import ARGUMENT, Layer, flag, ignored, number, plain, unify
from dimlint.core.opening import any_rank, likely
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import LibraryClass, Tensor, Unknown, Value, is_size, tensors_in
from dimlint.libraries.torch.arguments import FEATURES, MERGE, axis_of, count, index, needs, refuse_rank, twin
from dimlint.libraries.torch.elementwise import require_same
from dimlint.libraries.torch.module import torch
from dimlint.libraries.torch.parameters import AFFINE, Parametrized
from dimlint.shapes.agree import broadcast
from dimlint.shapes.rearrange import flatten, unflatten
from dimlint.shapes.select import reduce


def affine(x: Shape, in_features: Dim, out_features: Dim, label: str, blame: str | None) -> Shape:
    """The last axis mapped from ``in_features`` to ``out_features``."""
    if x.rank == 0:
        raise refuse_rank(label, "an input of at least 1 dimension", x)
    hint = needs("in_features", x[-1]) if blame else ""
    if x.rank > 2 and isinstance(in_features, int) and _is_product(x[1:], in_features):
        hint = f": flattening {x} first, for instance by torch.flatten(x, 1), gives {in_features} features"
    message = f"{label} has in_features={in_features}, but the last axis of the input {x} is {x[-1]}{hint}"
    unify(x[-1], in_features, FEATURES, message, blame=blame)
    return Shape(*x[:-1], out_features)


def _is_product(dims: Sequence[Dim], wanted: int) -> bool:
    total = 1
    for size in dims:
        if not isinstance(size, int):
            return False
        total *= size
    return total == wanted


class OutFeatures(Parametrized):
    """What the linear layers share."""

    registered = AFFINE
    out_features: Dim = count()
    bias: bool = flag(True)
    device: object = ignored()
    dtype: object = ignored()

    def weights_from(self, features: Dim) -> dict[str, Shape]:
        """Weight and bias for that many input features."""
        return {"weight": Shape(self.out_features, features)} | ({"bias": Shape(self.out_features)} if self.bias else {})


class InFeatures(Layer):
    """What only the layer has that knows its input at construction."""

    in_features: Dim = count()

    def assume(self) -> list[Shape]:
        return any_rank(self.in_features)


@torch.layer("nn.Linear")
class Linear(OutFeatures, InFeatures):
    """Affine map of the last axis: (*, in_features) -> (*, out_features)."""

    read_from_weights = frozenset({"in_features", "out_features"})

    def output(self, x: Shape) -> Shape:
        return affine(x, self.in_features, self.out_features, self.label, "in_features")

    def weights(self, x: Shape) -> dict[str, Shape]:
        return self.weights_from(self.in_features)


@torch.layer("nn.NonDynamicallyQuantizableLinear", base="nn.Linear")
class NonDynamicallyQuantizableLinear(Linear):
    """The ``Linear`` at the end of ``MultiheadAttention``, which has a class of its own."""


@torch.layer("nn.LazyLinear")
class LazyLinear(OutFeatures):
    """``Linear`` that takes ``in_features`` from its first input."""

    def output(self, x: Shape) -> Shape:
        if x.rank == 0:
            raise refuse_rank(self.label, "an input of at least 1 dimension", x)
        return Shape(*x[:-1], self.out_features)

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        if built and inputs:
            affine(inputs[0], built[0][-1], self.out_features, self.label, None)

    def weights(self, x: Shape) -> dict[str, Shape]:
        return self.weights_from(x[-1])


def bilinear_map(input1: Shape, input2: Shape, in1_features: Dim, in2_features: Dim, out_features: Dim, label: str) -> Shape:
    """The last axes of two inputs mapped together; all others agree."""
    if input1.rank != input2.rank or input1.rank == 0:
        raise Problem(MERGE, f"{label} inputs {input1} and {input2} need the same number of dimensions")
    for a, b in zip(input1[:-1], input2[:-1]):
        unify(a, b, MERGE, f"{label} inputs {input1} and {input2} differ before the last axis")
    for x, features, name in ((input1, in1_features, "in1_features"), (input2, in2_features, "in2_features")):
        message = f"{label} has {name}={features}, but the last axis of its input {x} is {x[-1]}"
        unify(x[-1], features, FEATURES, message, blame=name)
    return Shape(*input1[:-1], out_features)


@torch.layer("nn.Bilinear")
class Bilinear(Parametrized):
    """Bilinear map of two last axes: (*, in1_features) and (*, in2_features) -> (*, out_features)."""

    registered = AFFINE
    in1_features: Dim = count()
    in2_features: Dim = count()
    out_features: Dim = count()
    bias: bool = flag(True)
    device: object = ignored()
    dtype: object = ignored()

    def check(self) -> None:
        if never_positive(self.in1_features):
            raise Problem(ARGUMENT, f"{self.label} in1_features must be greater than zero, got {self.in1_features}", blame="in1_features")

    def output(self, input1: Shape, input2: Shape) -> Shape:
        return bilinear_map(input1, input2, self.in1_features, self.in2_features, self.out_features, self.label)

    def weights(self, x: Shape) -> dict[str, Shape]:
        weight = Shape(self.out_features, self.in1_features, self.in2_features)
        return {"weight": weight} | ({"bias": Shape(self.out_features)} if self.bias else {})


class Lenient(Layer):
    """Layers whose constructor takes and ignores everything."""

    @classmethod
    def bind(cls, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Layer:
        return super().bind((), {})


@torch.layer("nn.Identity")
class Identity(Lenient):
    """Its input, whatever it is given at construction."""

    def output(self, input: Value) -> Any:
        return input


class StandIn(Layer):
    """A module that callers give, in an example: it keeps the shape of the first tensor that it is given, and its sizes are the number."""

    number: Value = plain(1)

    @classmethod
    def bind(cls, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Layer:
        return super().bind(args[:1], {})

    def output(self, *inputs: Value, **named: Value) -> Any:
        tensor = next(iter(tensors_in((*inputs, *named.values()))), None)
        if tensor is None:
            lost = next((value.reason for value in inputs if isinstance(value, Unknown)), "a module that stands for any is given no tensor")
            raise Undecided(lost)
        return tensor

    def attribute(self, name: str) -> Value:
        if name in PARTS or not isinstance(self.number, int):
            return Unknown(f"{name} of a module that stands for any is not known")
        return likely(name, self.number)


PARTS = ("weight", "bias")
torch.stand_in = LibraryClass("nn.StandIn", "torch", (torch.declared["nn.Module"],), StandIn)


@torch.layer("nn.Flatten")
class Flatten(Layer):
    """Merges axes, all but the batch unless told otherwise: (N, a, b) -> (N, a * b)."""

    start_dim: Value = index(1)
    end_dim: Value = index(-1)

    def output(self, x: Shape) -> Shape:
        start, end = (axis_of(getattr(self, name), x, self.label, name) for name in ("start_dim", "end_dim"))
        return flatten(x, start, end, self.label)


@torch.layer("nn.Unflatten")
class Unflatten(Layer):
    """Splits one axis: (N, a * b) -> (N, a, b)."""

    dim: Value = index()
    unflattened_size: Value = plain()

    def output(self, x: Shape) -> Shape:
        sizes = self.unflattened_size
        if is_size(sizes):
            message = f"{self.label} unflattened_size must be a sequence of integers, got {sizes}"
            raise Problem(ARGUMENT, message, blame="unflattened_size")
        if isinstance(sizes, Unknown) or not isinstance(sizes, (tuple, list)) or not all(map(is_size, sizes)):
            raise Undecided(f"unflattened_size of {self.label} is not known")
        if not sizes:
            raise Problem("reshape-mismatch", f"{self.label} unflattened_size must not be empty", blame="unflattened_size")
        return unflatten(x, axis_of(self.dim, x, self.label), sizes, self.label)


@torch.layer("nn.CosineSimilarity")
class CosineSimilarity(Layer):
    """Cosine of the angle between vectors along one axis, which disappears; the others broadcast."""

    dim: Value = index(1)
    eps: Value = number(1e-8)

    def output(self, x1: Shape, x2: Shape) -> Shape:
        both = broadcast([x1, x2], self.label)
        return reduce(both, [axis_of(self.dim, both, self.label)], False)


@torch.layer("nn.PairwiseDistance")
class PairwiseDistance(Layer):
    """Distance between vectors along the last axis, which disappears; the others broadcast."""

    unkept = frozenset(["p"])
    p: Value = number(2.0)
    eps: Value = number(1e-6)
    keepdim: bool = flag(False)

    def output(self, x1: Shape, x2: Shape) -> Shape:
        both = broadcast([x1, x2], self.label)
        return reduce(both, [axis_of(-1, both, self.label)], bool(self.keepdim))


twin(("nn.functional.cosine_similarity", "cosine_similarity"), CosineSimilarity, inputs=("x1", "x2"))
twin(("nn.functional.pairwise_distance", "pairwise_distance"), PairwiseDistance, inputs=("x1", "x2"))


@torch.function("nn.functional.linear")
def linear(input: Shape, weight: Shape, bias: Value = None) -> Shape:
    """Affine map of the last axis by a weight (out_features, in_features), or by a vector, which removes the axis."""
    if weight.rank not in (1, 2):
        raise refuse_rank("linear", "a 2-d weight (out_features, in_features)", weight)
    out = affine(input, weight[-1], weight[0], "linear", None)
    if isinstance(bias, (Tensor, Unknown)):
        given = to_shape(bias, "bias")
        if given.rank > 1:
            raise Undecided("a bias of several axes is not followed")
        if weight.rank == 1 and (given.rank or input.rank == 2):
            raise refuse_rank("linear", "a 2-d weight (out_features, in_features) with a bias", weight)
        require_same(out, broadcast([out, given], "linear bias"), "linear with a bias")
    return out if weight.rank == 2 else Shape(*out[:-1])


@torch.function("nn.functional.bilinear", "bilinear")
def bilinear(input1: Shape, input2: Shape, weight: Shape, bias: Value = None) -> Shape:
    """Bilinear map by a weight (out_features, in1_features, in2_features)."""
    if weight.rank != 3:
        raise refuse_rank("bilinear", "a 3-d weight (out_features, in1_features, in2_features)", weight)
    out = bilinear_map(input1, input2, weight[1], weight[2], weight[0], "bilinear")
    if isinstance(bias, (Tensor, Unknown)):
        given = to_shape(bias, "bias")
        if given.rank == 0 or never_equal(given[0], weight[0]):
            raise Problem(MERGE, f"bilinear needs a bias of {weight[0]} values for the weight {weight}, got {given}", blame="bias")
        return broadcast([out, given], "bilinear bias")
    return out


@torch.function("nn.functional.pdist", "pdist")
def pdist(input: Shape, p: Value = 2) -> Shape:
    """The distance of each pair of rows: (N, M) -> (N * (N - 1) / 2,)."""
    if input.rank != 2:
        raise refuse_rank("pdist", "a 2-d input (N, M)", input)
    if isinstance(p, (int, float)) and p < 0:
        raise Problem(ARGUMENT, f"pdist p must not be negative, got {p}", blame="p")
    return Shape(input[0] * (input[0] - 1) // 2)


@torch.function("nn.functional.one_hot")
def one_hot(input: Shape, num_classes: Dim = -1) -> Tensor:
    """A last axis with one position for each class."""
    empty = any(map(never_positive, input))
    if isinstance(num_classes, int) and num_classes <= 0 and (empty or num_classes != -1):
        raise Problem(ARGUMENT, f"one_hot of {input} needs num_classes greater than zero, got {num_classes}", blame="num_classes")
    if isinstance(num_classes, int) and num_classes == -1:
        raise Undecided("the number of classes follows from the values of the tensor")
    return Tensor(Shape(*input, num_classes), "torch", "int64")
