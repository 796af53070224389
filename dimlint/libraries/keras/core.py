"""Dense and embedding layers, masking, noise and dropout. Source: https://keras.io/api/layers/core_layers."""

from __future__ import annotations

from typing import Any

from dimlint.core.dim import Dim, Shape
from dimlint.core.layer import REQUIRED, Field, Layer, dim, flag, ignored, number, refuse
from dimlint.core.problem import Undecided
from dimlint.core.value import Value
from dimlint.libraries.keras.base import (
    FEATURE,
    KerasLayer,
    activation_argument,
    data_format,
    positive,
    rank_problem,
    require_known,
    require_same,
)
from dimlint.libraries.keras.layer import keras


@keras.layer("layers.Dense")
class Dense(KerasLayer):
    """Affine map of the last axis: (N, *, F) -> (N, *, units)."""

    strict = frozenset(["units"])
    units: Dim = dim()
    activation: Any = activation_argument()
    use_bias: Any = flag(True)
    kernel_initializer: Any = ignored("glorot_uniform")
    bias_initializer: Any = ignored("zeros")
    kernel_regularizer: Any = ignored()
    bias_regularizer: Any = ignored()
    activity_regularizer: Any = ignored()
    kernel_constraint: Any = ignored()
    bias_constraint: Any = ignored()
    lora_rank: Any = ignored()
    lora_alpha: Any = ignored()
    quantization_config: Any = ignored()

    def check(self) -> None:
        positive(self, self.units, "units")

    def features(self, x: Shape) -> Dim:
        """The last size, which must be known. Raises Problem(rank-mismatch, feature-mismatch)."""
        if x.rank < 2:
            raise rank_problem(self, x, "at least 2 dimensions (batch, ..., features)", False)
        require_known(self, x[-1], "size of the last axis", x, FEATURE)
        return x[-1]

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        x = inputs[0]
        require_same(self, self.features(x), built[0][-1], "input features", x, FEATURE)

    def output(self, x: Shape) -> Shape:
        self.features(x)
        return Shape(*x[:-1], self.units)

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"kernel": Shape(x[-1], self.units)} | ({"bias": Shape(self.units)} if self.use_bias else {})


@keras.layer("layers.Embedding")
class Embedding(KerasLayer):
    """A vector for each index: (N, *) -> (N, *, output_dim). Values are not checked against ``input_dim``."""

    strict = frozenset(["input_dim", "output_dim"])
    input_dim: Dim = dim()
    output_dim: Dim = dim()
    embeddings_initializer: Any = ignored("uniform")
    embeddings_regularizer: Any = ignored()
    embeddings_constraint: Any = ignored()
    mask_zero: Any = flag(False)
    lora_rank: Any = ignored(keyword=True)
    lora_alpha: Any = ignored(keyword=True)
    quantization_config: Any = ignored(keyword=True)

    def check(self) -> None:
        positive(self, self.input_dim, "input_dim")
        positive(self, self.output_dim, "output_dim")

    def output(self, x: Shape) -> Shape:
        return Shape(*x, self.output_dim)

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"embeddings": Shape(self.input_dim, self.output_dim)}


@keras.layer("layers.ReversibleEmbedding")
class ReversibleEmbedding(KerasLayer):
    """An embedding, and with ``reverse=True`` the way back: (N, *, output_dim) -> (N, *, input_dim)."""

    input_dim: Dim = dim()
    output_dim: Dim = dim()
    tie_weights: Any = flag(True)
    embeddings_initializer: Any = ignored("uniform")
    embeddings_regularizer: Any = ignored()
    embeddings_constraint: Any = ignored()
    mask_zero: Any = flag(False)
    reverse_dtype: Any = ignored()
    logit_soft_cap: Any = ignored()
    lora_rank: Any = ignored(keyword=True)
    lora_alpha: Any = ignored(keyword=True)
    quantization_config: Any = ignored(keyword=True)

    def check(self) -> None:
        positive(self, self.input_dim, "input_dim")
        positive(self, self.output_dim, "output_dim")

    def output(self, x: Shape, reverse: Value = False) -> Shape:
        if not isinstance(reverse, bool):
            raise Undecided(f"whether {self.label} goes back is not known")
        if not reverse:
            return Shape(*x, self.output_dim)
        if x.rank == 0:
            raise rank_problem(self, x, "at least 1 dimension", False)
        return Shape(*x[:-1], self.input_dim)

    def weights(self, x: Shape) -> dict[str, Shape]:
        back = {} if self.tie_weights else {"reverse_embeddings": Shape(self.output_dim, self.input_dim)}
        return {"embeddings": Shape(self.input_dim, self.output_dim), **back}


class Same(KerasLayer):
    """A layer that keeps the shape of its input."""

    def output(self, x: Shape, training: Value = None, mask: Value = None) -> Shape:
        return x


@keras.layer("layers.Identity")
class Identity(Same):
    """The input itself."""


@keras.layer("layers.Masking")
class Masking(Same):
    """Mark the steps whose features all equal ``mask_value``."""

    mask_value: Any = ignored(0.0)

    def output(self, x: Shape, training: object = None, mask: object = None) -> Shape:
        if x.rank < 1:
            raise rank_problem(self, x, "at least 1 dimension", False)
        return x


@keras.layer("layers.ActivityRegularization")
class ActivityRegularization(Same):
    """A penalty on the activations."""

    l1: Any = ignored(0.0)
    l2: Any = ignored(0.0)


@keras.layer("layers.Rescaling")
class Rescaling(Same):
    """Each value times ``scale`` plus ``offset``."""

    scale: Any = ignored(REQUIRED)
    offset: Any = ignored(0.0)


def rate() -> Any:
    """A probability: a number from 0 to 1."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if value is None or isinstance(value, (str, tuple, list)):
            raise refuse(owner, name, "a number from 0 to 1", value)
        if isinstance(value, (int, float)) and not 0 <= value <= 1:
            raise refuse(owner, name, "a number from 0 to 1", value)
        return value

    return Field(convert)


@keras.layer("layers.Dropout")
class Dropout(Same):
    """Random zeros while training."""

    rate: Any = rate()
    noise_shape: Any = ignored()
    seed: Any = ignored()


@keras.layer("layers.AlphaDropout")
class AlphaDropout(Same):
    """Dropout that keeps mean and variance."""

    rate: Any = rate()
    noise_shape: Any = ignored()
    seed: Any = ignored()


@keras.layer("layers.GaussianDropout")
class GaussianDropout(Same):
    """Multiplicative noise while training."""

    rate: Any = rate()
    seed: Any = ignored()


@keras.layer("layers.GaussianNoise")
class GaussianNoise(Same):
    """Additive noise while training."""

    stddev: Any = number()
    seed: Any = ignored()


class SpatialDropout(Same):
    """Dropout of whole channels; the number of dimensions is fixed."""

    rate: Any = rate()

    def output(self, x: Shape, training: Value = None, mask: Value = None) -> Shape:
        self.require_rank(x, self.rank + 2)
        return x


@keras.layer("layers.SpatialDropout1D")
class SpatialDropout1D(SpatialDropout):
    """Dropout of channels of sequences."""

    rank = 1
    seed: Any = ignored()
    name: Any = ignored()
    dtype: Any = ignored()


@keras.layer("layers.SpatialDropout2D")
class SpatialDropout2D(SpatialDropout):
    """Dropout of channels of images."""

    rank = 2
    data_format: Any = data_format()
    seed: Any = ignored()
    name: Any = ignored()
    dtype: Any = ignored()


@keras.layer("layers.SpatialDropout3D")
class SpatialDropout3D(SpatialDropout):
    """Dropout of channels of volumes."""

    rank = 3
    data_format: Any = data_format()
    seed: Any = ignored()
    name: Any = ignored()
    dtype: Any = ignored()
