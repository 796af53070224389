# mypy: disable-error-code=misc
"""Lookups in tables of vectors: one for each number, or combined ones for bags of numbers.

https://docs.pytorch.org/docs/stable/nn.html#sparse-layers
"""

from __future__ import annotations

from dimlint.core.dim import Dim, Shape, less, never_positive
from dimlint.core.layer import ARGUMENT, flag, ignored, plain, show, unify
from dimlint.core.opening import open_shape
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Machine, Tensor, Unknown, Value
from dimlint.libraries.torch.arguments import MERGE, NONPOSITIVE, RANK, count, index, refuse_rank
from dimlint.libraries.torch.module import torch
from dimlint.libraries.torch.parameters import Parametrized
from dimlint.shapes.select import INTEGERS


class Embeddings(Parametrized):
    """What lookups share: a table of vectors."""

    unkept = frozenset(["device", "dtype", "_weight", "_freeze"])
    read_from_weights = frozenset({"num_embeddings", "embedding_dim"})
    num_embeddings: Dim = count()
    embedding_dim: Dim = count()
    padding_idx: Value

    def check(self) -> None:
        require_padding(self.num_embeddings, self.padding_idx, self.label)

    def attribute(self, name: str) -> Value:
        found = super().attribute(name)
        if name != "padding_idx" or found is None or (isinstance(found, int) and found >= 0):
            return found
        return self.num_embeddings + found if isinstance(found, int) else Unknown("which row is left out is not known")

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": Shape(self.num_embeddings, self.embedding_dim)}


def require_padding(rows: Dim, pad: Value, label: str) -> None:
    """The row that is left out must be one of the table."""
    if isinstance(rows, int) and isinstance(pad, int) and not -rows <= pad < rows:
        raise Problem(ARGUMENT, f"{label} padding_idx={pad} is outside the {rows} embeddings", blame="padding_idx")


def require_rows(rows: Dim, x: Shape, label: str) -> None:
    """A table without rows has nothing to look up."""
    if never_positive(rows) and not any(map(never_positive, x)):
        raise Problem(ARGUMENT, f"{label} has no embeddings to look up", blame="num_embeddings")


def table_of(machine: Machine, cls: Value, embeddings: Value, freeze: Value, **options: Value) -> Value:
    """A table of given vectors (rows, columns), which are not trained unless ``freeze`` says so. Raises Problem(rank-mismatch)."""
    rows: Value = Unknown("the vectors of a table are not known")
    columns: Value = rows
    if isinstance(embeddings, Tensor):
        if embeddings.shape.rank != 2:
            raise Problem(RANK, f"from_pretrained needs vectors as (rows, columns), got {embeddings.shape}", blame="embeddings")
        rows, columns = embeddings.shape
    made = machine.call(cls, (), {"num_embeddings": rows, "embedding_dim": columns, "_weight": embeddings, **options})
    machine.set_attribute(machine.attribute(made, "weight"), "requires_grad", freeze if isinstance(freeze, Unknown) else not freeze)
    return made


class LookupMethods:
    """How tables are made of vectors that are given, as ``torch.nn.Embedding`` makes them."""

    @classmethod
    def from_pretrained(
        machine: Machine,
        cls: Value,
        embeddings: Value,
        freeze: Value = True,
        padding_idx: Value = None,
        max_norm: Value = None,
        norm_type: Value = 2.0,
        scale_grad_by_freq: Value = False,
        sparse: Value = False,
    ) -> Value:
        """A table for single numbers. Raises Problem(rank-mismatch)."""
        norms = {"max_norm": max_norm, "norm_type": norm_type, "scale_grad_by_freq": scale_grad_by_freq}
        return table_of(machine, cls, embeddings, freeze, _freeze=freeze, padding_idx=padding_idx, sparse=sparse, **norms)


class BagMethods:
    """As ``LookupMethods``, of ``torch.nn.EmbeddingBag``."""

    @classmethod
    def from_pretrained(
        machine: Machine,
        cls: Value,
        embeddings: Value,
        freeze: Value = True,
        max_norm: Value = None,
        norm_type: Value = 2.0,
        scale_grad_by_freq: Value = False,
        mode: Value = "mean",
        sparse: Value = False,
        include_last_offset: Value = False,
        padding_idx: Value = None,
    ) -> Value:
        """A table for bags of numbers. Raises Problem(rank-mismatch)."""
        norms = {"max_norm": max_norm, "norm_type": norm_type, "scale_grad_by_freq": scale_grad_by_freq}
        bags = {"mode": mode, "include_last_offset": include_last_offset, "padding_idx": padding_idx}
        return table_of(machine, cls, embeddings, freeze, sparse=sparse, **norms, **bags)


@torch.layer("nn.Embedding", methods=LookupMethods)
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

    def assume(self) -> list[Shape]:
        return [open_shape("N", "T"), open_shape("N"), open_shape("N", "T", "S")]

    def output(self, x: Shape) -> Shape:
        require_rows(self.num_embeddings, x, self.label)
        return Shape(*x, self.embedding_dim)


@torch.layer("nn.EmbeddingBag", methods=BagMethods)
class EmbeddingBag(Embeddings):
    """One combined vector for each bag: (N, L) -> (N, embedding_dim), or (L,) and offsets (N,) -> (N, embedding_dim)."""

    max_norm: Value = ignored()
    norm_type: Value = ignored(2.0)
    scale_grad_by_freq: Value = plain(False)
    mode: Value = plain("mean")
    sparse: Value = plain(False)
    _weight: Value = ignored()
    include_last_offset: bool = flag(False)
    padding_idx: Value = index(None, optional=True)
    device: object = ignored()
    dtype: object = ignored()

    def output(self, input: Shape, offsets: Value = None, per_sample_weights: Value = None) -> Shape:
        self.require_mode(per_sample_weights is not None)
        if isinstance(per_sample_weights, Tensor):
            self.require_weights(input, per_sample_weights.shape)
        if input.rank != 1 or not self.include_last_offset:  # else the offsets may leave everything out
            require_rows(self.num_embeddings, input, self.label)
        bags = self.bags(input, offsets)
        several = input.rank == 2 and less(1, bags) is not False
        if never_positive(self.embedding_dim) and several and self.mode != "max" and self.padding_idx is None:
            raise Undecided(f"{self.label} of vectors without elements passes on some processors only")
        return Shape(bags, self.embedding_dim)

    def require_mode(self, weighted: bool) -> None:
        """What the way of combining is, and what goes with it."""
        if isinstance(self.mode, Unknown):
            doubt(self.mode.reason)
            return
        if self.mode not in ("sum", "mean", "max"):
            raise Problem(ARGUMENT, f"{self.label} mode must be 'sum', 'mean' or 'max', got {show(self.mode)}", blame="mode")
        for name in ("sparse", "scale_grad_by_freq"):
            if self.mode == "max" and getattr(self, name) is True:
                raise Problem(ARGUMENT, f"{self.label} {name} does not go with mode='max'", blame=name)
        if weighted and self.mode != "sum":
            message = f"{self.label} per_sample_weights go with mode='sum' only, not with {show(self.mode)}"
            raise Problem(ARGUMENT, message, blame="per_sample_weights")

    def require_weights(self, input: Shape, weights: Shape) -> None:
        """One weight for each number."""
        message = f"{self.label} needs per_sample_weights as large as its input {input}, got {weights}"
        if weights.rank != input.rank:
            raise Problem(MERGE, message, blame="per_sample_weights")
        for actual, size in zip(weights, input):
            unify(actual, size, MERGE, message, blame="per_sample_weights")

    def bags(self, input: Shape, offsets: Value) -> Dim:
        """How many bags there are."""
        if input.rank not in (1, 2):
            raise refuse_rank(self.label, "a 2-d input (N, L), or a 1-d one with offsets", input)
        if isinstance(offsets, Unknown):
            raise Undecided(offsets.reason)
        if input.rank == 2:
            if offsets is not None:
                raise Problem(ARGUMENT, f"{self.label} takes no offsets for the 2-d input {input}: its rows are the bags", blame="offsets")
            if never_positive(input[1]):
                raise Problem(NONPOSITIVE, f"{self.label} input {input} has empty bags")
            return input[0]
        if offsets is None:
            raise Problem(ARGUMENT, f"{self.label} needs offsets for the 1-d input {input}")
        if not isinstance(offsets, Tensor):
            raise Undecided("the offsets of the bags are not known to be a tensor")
        if offsets.shape.rank != 1:
            raise refuse_rank(self.label, "1-d offsets", offsets.shape)
        if not self.include_last_offset:
            return offsets.shape[0]
        if never_positive(offsets.shape[0]):
            raise Problem(NONPOSITIVE, f"{self.label} with include_last_offset needs at least one offset")
        return offsets.shape[0] - 1


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
    return looked_up(weight, input, padding_idx, "embedding")


@torch.function("embedding")
def embedding_of_table(
    weight: Shape, indices: Shape, padding_idx: Value = -1, scale_grad_by_freq: Value = False, sparse: Value = False
) -> Shape:
    """``embedding`` with the table first."""
    return looked_up(weight, indices, None, "embedding")


def looked_up(weight: Shape, numbers: Shape, padding_idx: Value, label: str) -> Shape:
    """One row of the weight for each number."""
    if weight.rank != 2:
        raise refuse_rank(label, "a 2-d weight (num_embeddings, embedding_dim)", weight)
    require_padding(weight[0], padding_idx, label)
    require_rows(weight[0], numbers, label)
    return Shape(*numbers, weight[1])


@torch.function("nn.functional.embedding_bag")
def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Value = None,
    max_norm: Value = None,
    norm_type: Value = 2,
    scale_grad_by_freq: Value = False,
    mode: Value = "mean",
    sparse: Value = False,
    per_sample_weights: Value = None,
    include_last_offset: Value = False,
    padding_idx: Value = None,
) -> Shape:
    """Rows of the weight combined for each bag of numbers."""
    if weight.dtype in INTEGERS:
        raise Undecided("the table of embedding_bag and its numbers may have changed places")
    if weight.shape.rank != 2:
        raise refuse_rank("embedding_bag", "a 2-d weight (num_embeddings, embedding_dim)", weight.shape)
    given = {"mode": mode, "sparse": sparse, "scale_grad_by_freq": scale_grad_by_freq, "include_last_offset": include_last_offset}
    bag = Bag.bind(tuple(weight.shape), given | {"padding_idx": padding_idx})
    assert isinstance(bag, EmbeddingBag)
    return bag.output(input.shape, offsets, per_sample_weights)


class Bag(EmbeddingBag):
    """The function, with the sizes of its weight."""


Bag.label = "embedding_bag"
