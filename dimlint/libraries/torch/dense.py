"""Linear maps, embeddings, flattening, and distances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dimlint.core.dim import Dim, Shape, never_positive
from dimlint.core.layer import ARGUMENT, Layer, flag, ignored, number, plain, unify
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value, is_size
from dimlint.libraries.torch.arguments import FEATURES, MERGE, axis_of, count, index, refuse_rank, twin
from dimlint.libraries.torch.module import torch
from dimlint.libraries.torch.parameters import Parametrized
from dimlint.shapes.agree import broadcast
from dimlint.shapes.rearrange import flatten, unflatten
from dimlint.shapes.select import reduce


def affine(x: Shape, in_features: Dim, out_features: Dim, label: str, blame: str | None) -> Shape:
    """The last axis mapped from ``in_features`` to ``out_features``."""
    if x.rank == 0:
        raise refuse_rank(label, "an input of at least 1 dimension", x)
    hint = f". Needs in_features={x[-1]}" if isinstance(x[-1], int) and blame else ""
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


@torch.layer("nn.Linear")
class Linear(OutFeatures, InFeatures):
    """Affine map of the last axis: (*, in_features) -> (*, out_features)."""

    def output(self, x: Shape) -> Shape:
        return affine(x, self.in_features, self.out_features, self.label, "in_features")

    def weights(self, x: Shape) -> dict[str, Shape]:
        return self.weights_from(self.in_features)


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


@torch.layer("nn.Bilinear")
class Bilinear(Parametrized):
    """Bilinear map of two last axes: (*, in1_features) and (*, in2_features) -> (*, out_features)."""

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
        if input1.rank != input2.rank or input1.rank == 0:
            raise Problem(MERGE, f"{self.label} inputs {input1} and {input2} need the same number of dimensions")
        for a, b in zip(input1[:-1], input2[:-1]):
            unify(a, b, MERGE, f"{self.label} inputs {input1} and {input2} differ before the last axis")
        for x, features, name in ((input1, self.in1_features, "in1_features"), (input2, self.in2_features, "in2_features")):
            message = f"{self.label} has {name}={features}, but the last axis of its input {x} is {x[-1]}"
            unify(x[-1], features, FEATURES, message, blame=name)
        return Shape(*input1[:-1], self.out_features)

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


class Embeddings(Parametrized):
    """What lookups share: a table of vectors."""

    num_embeddings: Dim = count()
    embedding_dim: Dim = count()
    padding_idx: Value

    def check(self) -> None:
        rows, pad = self.num_embeddings, self.padding_idx
        if isinstance(rows, int) and isinstance(pad, int) and not -rows <= pad < rows:
            raise Problem(ARGUMENT, f"{self.label} padding_idx={pad} is outside the {rows} embeddings", blame="padding_idx")

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": Shape(self.num_embeddings, self.embedding_dim)}


@torch.layer("nn.Embedding")
class Embedding(Embeddings):
    """One vector for each number: (*) -> (*, embedding_dim)."""

    padding_idx: Value = index(None, optional=True)
    max_norm: Value = ignored()
    norm_type: Value = ignored(2.0)
    scale_grad_by_freq: Value = ignored(False)
    sparse: Value = ignored(False)
    _weight: Value = ignored()
    _freeze: Value = ignored(False)
    device: object = ignored()
    dtype: object = ignored()

    def output(self, x: Shape) -> Shape:
        if never_positive(self.num_embeddings) and not any(map(never_positive, x)):
            raise Problem(ARGUMENT, f"{self.label} has no embeddings to look up", blame="num_embeddings")
        return Shape(*x, self.embedding_dim)


@torch.layer("nn.EmbeddingBag")
class EmbeddingBag(Embeddings):
    """One combined vector for each bag: (N, L) -> (N, embedding_dim), or (L,) and offsets (N,) -> (N, embedding_dim)."""

    max_norm: Value = ignored()
    norm_type: Value = ignored(2.0)
    scale_grad_by_freq: Value = ignored(False)
    mode: Value = plain("mean")
    sparse: Value = ignored(False)
    _weight: Value = ignored()
    include_last_offset: bool = flag(False)
    padding_idx: Value = index(None, optional=True)
    device: object = ignored()
    dtype: object = ignored()

    def output(self, input: Shape, offsets: Value = None, per_sample_weights: Value = None) -> Shape:
        if input.rank not in (1, 2):
            raise refuse_rank(self.label, "a 2-d input (N, L), or a 1-d one with offsets", input)
        if input.rank == 2:
            if never_positive(input[1]):
                raise Problem(ARGUMENT, f"{self.label} needs bags of at least one index, got the input {input}")
            return Shape(input[0], self.embedding_dim)
        if offsets is None:
            raise Problem(ARGUMENT, f"{self.label} needs offsets for the 1-d input {input}")
        if self.include_last_offset or not hasattr(offsets, "shape") or len(offsets.shape) != 1:
            raise Undecided("the number of bags is not known")
        return Shape(offsets.shape[0], self.embedding_dim)


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
    return out if weight.rank == 2 else Shape(*out[:-1])


@torch.function("nn.functional.embedding")
def embedding(
    input: Shape,
    weight: Shape,
    padding_idx: Value = None,
    max_norm: Value = None,
    norm_type: Value = 2.0,
    scale_grad_by_freq: Value = False,
    sparse: Value = False,
) -> Shape:
    """One row of the weight for each number."""
    if weight.rank != 2:
        raise refuse_rank("embedding", "a 2-d weight (num_embeddings, embedding_dim)", weight)
    return Shape(*input, weight[1])


@torch.function("nn.functional.one_hot")
def one_hot(tensor: Shape, num_classes: Dim = -1) -> Shape:
    """A last axis with one position for each class."""
    if isinstance(num_classes, int) and num_classes == -1:
        raise Undecided("the number of classes follows from the values of the tensor")
    if never_positive(num_classes):
        message = f"one_hot num_classes must be -1 or greater than any class number, got {num_classes}"
        raise Problem(ARGUMENT, message, blame="num_classes")
    return Shape(*tensor, num_classes)
