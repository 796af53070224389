"""Attention layers. Source: https://keras.io/api/layers/attention_layers."""

from __future__ import annotations

from typing import Any

from dimlint.core.dim import Dim, Shape, never_equal
from dimlint.core.layer import ARGUMENT, choice, flag, ignored, number
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value
from dimlint.libraries.keras.base import FEATURE, RANK, KerasLayer, may_fit, require_known, require_same
from dimlint.libraries.keras.layer import keras
from dimlint.shapes.agree import MERGE

Shapes = list[Shape]


class Attending(KerasLayer):
    """[query (*, Tq, D), value (*, Tv, E), key (*, Tv, D)] -> (*, Tq, E); the key is the value unless given.

    A symbolic call looks at the query's leading sizes and the value's last one only.
    """

    many = True
    listed = True
    compared = False
    use_scale: Any
    dropout: Any

    def check(self) -> None:
        if self.dropout is None:
            raise Problem(ARGUMENT, f"{self.label} dropout must be a number, got None", blame="dropout")

    def output(
        self,
        inputs: Shapes,
        mask: Value = None,
        training: Value = None,
        return_attention_scores: Value = False,
        use_causal_mask: Value = False,
    ) -> Any:
        if not 2 <= len(inputs) <= 3:
            raise Problem(ARGUMENT, f"{self.label} needs a list [query, value] or [query, value, key], got {len(inputs)} inputs")
        query, value, key = inputs[0], inputs[1], inputs[-1]
        if value.rank < 1 or query.rank < 1:
            raise Problem(RANK, f"{self.label} expects inputs of at least 1 dimension, got {query} and {value}")
        self.require_features(query)
        if self.runs:
            self.run(query, value, key)
        result = Shape(*query[:-1], value[-1])
        if isinstance(return_attention_scores, Unknown):
            raise Undecided(return_attention_scores.reason)
        if not return_attention_scores:
            return result
        if key.rank < 2:
            raise Problem(RANK, f"{self.label} expects keys of at least 2 dimensions to return scores, got {key}")
        return result, Shape(*query[:-1], key[-2])

    def require_features(self, query: Shape) -> None:
        """Refuse an input of which the variables cannot be made. Raises Problem."""

    def run(self, query: Shape, value: Shape, key: Shape) -> None:
        """What a call that is carried out refuses besides. Raises Problem, Undecided."""
        fit = query.rank == value.rank == key.rank == 3 and may_fit(query[0], value[0]) and may_fit(query[0], key[0])
        differ = not may_fit(query[-1], key[-1]) and never_equal(query[-1], key[-1])
        if min(query.rank, key.rank) > 1 and differ and not self.stretches(query[-1], key[-1]):
            raise Problem(FEATURE, f"{self.label} of queries {query} and keys {key}: their last axes differ, {query[-1]} and {key[-1]}")
        if fit and not may_fit(key[-2], value[-2]) and never_equal(key[-2], value[-2]):
            raise Problem(MERGE, f"{self.label} of keys {key} and values {value}: they differ in length, {key[-2]} and {value[-2]}")
        if not fit or not may_fit(query[-1], key[-1]) or not may_fit(key[-2], value[-2]):
            raise Undecided(f"{self.label} of {query}, {value} and {key} is not modelled")

    def stretches(self, a: Dim, b: Dim) -> bool:
        """Whether sizes that differ are made equal by repetition."""
        return 1 in (a, b)

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        if self.weights(*built):
            self.require_features(inputs[0])


@keras.layer("layers.Attention")
class Attention(Attending):
    """Dot-product attention."""

    use_scale: Any = flag(False)
    score_mode: Any = choice("dot", "concat", default="dot")
    dropout: Any = number(0.0)
    seed: Any = ignored()

    def stretches(self, a: Dim, b: Dim) -> bool:
        return self.score_mode != "dot" and super().stretches(a, b)

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        concatenated = {"concat_score_weight": Shape()} if self.score_mode == "concat" else {}
        return ({"scale": Shape()} if self.use_scale else {}) | concatenated


@keras.layer("layers.AdditiveAttention")
class AdditiveAttention(Attending):
    """Additive attention: the scores are a weighted sum over the features."""

    use_scale: Any = flag(True)
    dropout: Any = number(0.0)
    score_mode: Any = choice("dot", "concat", default="dot", keyword=True)
    seed: Any = ignored(keyword=True)

    def require_features(self, query: Shape) -> None:
        if self.use_scale:
            require_known(self, query[-1], "number of features of the query", query, FEATURE)

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        if self.use_scale:
            require_same(self, inputs[0][-1], built[0][-1], "features of the query", inputs[0], FEATURE)

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        return {"scale": Shape(inputs[0][-1])} if self.use_scale else {}
