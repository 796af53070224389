"""Losses of pairs and triplets: ranking and metric learning.

https://docs.pytorch.org/docs/stable/nn.html#loss-functions
"""

from __future__ import annotations

from dimlint.core.dim import Shape
from dimlint.core.layer import ARGUMENT, flag, number, plain
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Value
from dimlint.libraries.torch.arguments import MERGE, refuse_rank, twin
from dimlint.libraries.torch.loss import Loss, numbered
from dimlint.libraries.torch.module import torch
from dimlint.shapes.agree import broadcast

_PAIR_AND_TARGET = ("input1", "input2", "target")
_TRIPLET = ("anchor", "positive", "negative")


class PairLoss(Loss):
    """A loss of two inputs and a target."""

    margin: Value = number(0.0)
    size_average: Value = plain(None)
    reduce: Value = plain(None)
    reduction: Value = plain("mean")


@torch.layer("nn.MarginRankingLoss")
class MarginRankingLoss(PairLoss):
    """Hinge loss of the order of two inputs; both and the target broadcast, with the same number of axes."""

    def output(self, input1: Shape, input2: Shape, target: Shape) -> Shape:
        if not self.numbered and not input1.rank == input2.rank == target.rank:
            message = f"{self.label} needs inputs and a target of the same number of dimensions, got {input1}, {input2} and {target}"
            raise Problem("rank-mismatch", message)
        return self.reduced(broadcast([input1, input2, target], self.label))


@torch.layer("nn.CosineEmbeddingLoss")
class CosineEmbeddingLoss(PairLoss):
    """Loss of the cosine between vectors: twice (N, D) and a target (N,), or twice (D,) and a single target."""

    def output(self, input1: Shape, input2: Shape, target: Shape) -> Shape:
        if target.rank > 1:
            raise refuse_rank(self.label, "a target of at most 1 dimension", target)
        for vectors in (input1, input2):
            if vectors.rank != target.rank + 1:
                raise refuse_rank(self.label, f"{target.rank + 1}-d inputs for a {target.rank}-d target", vectors)
        vectors = broadcast([input1, input2], self.label)
        return self.reduced(broadcast([Shape(*vectors[:-1]), target], self.label))


class TripletLoss(Loss):
    """Loss of the distances from an anchor to a positive and to a negative example."""

    margin: Value

    def check(self) -> None:
        if not self.numbered and isinstance(self.margin, (int, float)) and self.margin <= 0:
            raise Problem(ARGUMENT, f"{self.label} margin must be greater than zero, got {self.margin}", blame="margin")

    def distances(self, anchor: Shape, positive: Shape, negative: Shape, swap: Value) -> Shape:
        """The shape of the distances, each over the last axis."""
        self.require_ranks(anchor, positive, negative)
        pairs = [(anchor, positive), (anchor, negative), *([(positive, negative)] if swap else [])]
        return broadcast([Shape(*broadcast(pair, self.label)[:-1]) for pair in pairs], self.label)

    def require_ranks(self, anchor: Shape, positive: Shape, negative: Shape) -> None:
        """All three have the same number of axes."""
        if not anchor.rank == positive.rank == negative.rank:
            message = f"{self.label} needs three inputs of the same number of dimensions, got {anchor}, {positive} and {negative}"
            raise Problem(MERGE, message)


@torch.layer("nn.TripletMarginLoss")
class TripletMarginLoss(TripletLoss):
    """Triplet loss of distances along the last axis: three times (N, D) -> (N,) before reduction."""

    margin: Value = number(1.0)
    p: Value = number(2.0)
    eps: Value = number(1e-6)
    swap: bool = flag(False)
    size_average: Value = plain(None)
    reduce: Value = plain(None)
    reduction: Value = plain("mean")

    def output(self, anchor: Shape, positive: Shape, negative: Shape) -> Shape:
        return self.reduced(self.distances(anchor, positive, negative, self.swap))


@torch.layer("nn.TripletMarginWithDistanceLoss")
class TripletMarginWithDistanceLoss(TripletLoss):
    """Triplet loss of a distance that the program may give; by default along the last axis."""

    words = ("none", "mean", "sum")
    distance_function: Value = plain(None, keyword=True)
    margin: Value = number(1.0, keyword=True)
    swap: bool = flag(False, keyword=True)
    reduction: Value = plain("mean", keyword=True)

    def output(self, anchor: Shape, positive: Shape, negative: Shape) -> Shape:
        if self.distance_function is None:
            return self.reduced(self.distances(anchor, positive, negative, self.swap))
        self.require_ranks(anchor, positive, negative)
        if self.reduced(Shape(1)).rank:
            raise Undecided("the distance function of a triplet loss is not followed")
        doubt("the distance function of a triplet loss is not followed")
        return Shape()


twin(("nn.functional.margin_ranking_loss",), MarginRankingLoss, inputs=_PAIR_AND_TARGET)
twin(("nn.functional.cosine_embedding_loss",), CosineEmbeddingLoss, inputs=_PAIR_AND_TARGET)
twin(("nn.functional.triplet_margin_loss",), TripletMarginLoss, inputs=_TRIPLET)
twin(("nn.functional.triplet_margin_with_distance_loss",), TripletMarginWithDistanceLoss, inputs=_TRIPLET)
numbered("margin_ranking_loss", MarginRankingLoss, order=("margin", "reduction"), inputs=_PAIR_AND_TARGET)
numbered("cosine_embedding_loss", CosineEmbeddingLoss, order=("margin", "reduction"), inputs=_PAIR_AND_TARGET)
numbered("triplet_margin_loss", TripletMarginLoss, order=("margin", "p", "eps", "swap", "reduction"), inputs=_TRIPLET)
