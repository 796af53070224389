"""Attention over projections to several heads. Source: https://keras.io/api/layers/attention_layers."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_lowercase
from typing import Any

from dimlint.core.dim import Dim, Shape, always_equal, never_equal, unknown_dim
from dimlint.core.layer import ARGUMENT, Field, Layer, dim, flag, ignored, number, refuse, show
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.value import Unknown, Value, is_size
from dimlint.libraries.keras.base import FEATURE, RANK, KerasLayer, may_fit, positive, require_same, shows_none
from dimlint.libraries.keras.einsum import Projection, Terms, project
from dimlint.libraries.keras.layer import keras
from dimlint.shapes.agree import MERGE


def _count(*, optional: bool = False, default: Any = None) -> Any:
    """A positive integer; ``optional`` lets ``None`` pass."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if (optional and value is None) or isinstance(value, Unknown):
            return dim().convert(value, owner, name) if isinstance(value, Unknown) and not optional else value
        if not is_size(value):
            raise refuse(owner, name, "a positive integer", value)
        return value

    return Field(convert, default) if optional else Field(convert)


class Projecting(KerasLayer):
    """What the layers share that project queries, values and keys to several heads, and the result back."""

    compared = False
    use_bias: Any
    use_gate: Any
    dropout: Any
    sliding_window: Any
    flash_attention: Any

    def check(self) -> None:
        positive(self, self.sliding_window, "sliding_window")
        flash = not isinstance(self.flash_attention, Unknown) and self.flash_attention
        if flash and isinstance(self.dropout, (int, float)) and self.dropout > 0:
            message = f"{self.label} with flash_attention=True has no dropout, got dropout={show(self.dropout)}"
            raise Problem(ARGUMENT, message, blame="dropout", expected=0.0)

    def output(
        self,
        query: Shape,
        value: Shape | None = None,
        key: Shape | None = None,
        query_mask: Value = None,
        value_mask: Value = None,
        key_mask: Value = None,
        attention_mask: Value = None,
        return_attention_scores: Value = False,
        training: Value = None,
        use_causal_mask: Value = False,
    ) -> Any:
        if value is None:
            raise Problem(ARGUMENT, f"{self.label} must be called on a query and a value, got the query {query} only")
        keys = value if key is None else key
        if not self.made:
            self.build(query, value, keys)
        self.require_lengths(value, keys)
        if self.runs:
            self.run(query, value, keys)
        result = self.result(query, value)
        if isinstance(return_attention_scores, Unknown):
            raise Undecided(return_attention_scores.reason)
        return (result, self.scores(query, keys)) if return_attention_scores else result

    def build(self, query: Shape, value: Shape, key: Shape) -> dict[str, Projection]:
        """The projections by name. Raises Problem, Undecided."""
        raise NotImplementedError

    def result(self, query: Shape, value: Shape) -> Shape:
        """The shape that comes out. Raises Problem."""
        raise NotImplementedError

    def scores(self, query: Shape, key: Shape) -> Shape:
        """The shape of the attention scores. Raises Problem, Undecided."""
        raise NotImplementedError

    def require_lengths(self, value: Shape, key: Shape) -> None:
        """Refuse values and keys that differ in an axis between the first and the last; an open size differs from a known one."""
        message = f"{self.label} of values {value} and keys {key}: all axes but the last must agree"
        one, other = value[1:-1], key[1:-1]
        pairs = list(zip(one, other))
        open_ = any(shows_none(a) != shows_none(b) and isinstance(a, int) != isinstance(b, int) for a, b in pairs)
        closed = [(a, b) for a, b in pairs if not (shows_none(a) or shows_none(b))]
        if len(one) != len(other) or (open_ and self.keras_version >= 3) or any(never_equal(a, b) for a, b in closed):
            raise Problem(MERGE, message)
        if not all(always_equal(a, b) for a, b in closed):
            doubt(f"whether values {value} and keys {key} agree in length is not known")

    def run(self, query: Shape, value: Shape, key: Shape) -> None:
        """What a call that is carried out refuses besides. Raises Problem, Undecided."""
        for name, other in (("value", value), ("key", key)):
            if other.rank != query.rank:
                raise Problem(RANK, f"{self.label} of the query {query} and the {name} {other}: they differ in their number of dimensions")
            if query.rank > 2 and not may_fit(query[0], other[0]) and never_equal(query[0], other[0]) and 1 not in (query[0], other[0]):
                raise Problem(MERGE, f"{self.label} of the query {query} and the {name} {other}: they differ in their batch size")
        if query.rank < 3 or not may_fit(query[0], value[0]) or not may_fit(query[0], key[0]):
            raise Undecided(f"{self.label} of {query}, {value} and {key} is not modelled")

    def accept(self, built: tuple[Shape, ...], *inputs: Shape) -> None:
        for name, now, before in zip(("query", "value", "key"), (*inputs, inputs[-1]), (*built, built[-1])):
            if now.rank != before.rank:
                raise Undecided(f"{self.label} was built for a {name} of another rank, which Keras notices only when the model runs")
            require_same(self, now[-1], before[-1], f"features of the {name}", now, FEATURE)

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        if len(inputs) < 2:
            raise Undecided(f"the weights of {self.label} depend on the shapes of the query and the value")
        query, value, *rest = inputs
        made = self.build(query, value, rest[0] if rest else value)
        return {name: shape for prefix, item in made.items() for name, shape in item.weights(prefix + "/").items()}


def _letters(free: int, bound: int, out: int) -> Terms:
    """The terms of a projection that keeps ``free`` axes, sums over ``bound`` and makes ``out``."""
    letters = ascii_lowercase
    kernel = letters[free : free + bound + out]
    return Terms(letters[: free + bound], kernel, letters[:free] + kernel[bound:], False)


def _output_shape(value: Value, owner: type[Layer], name: str) -> object:
    """Sizes behind the query's leading ones; nothing for the query's own last size."""
    if isinstance(value, Unknown):
        return value
    if value is None or (not is_size(value) and not value):
        return ()
    if is_size(value):
        return (value,) if value != 0 else ()
    if not isinstance(value, (tuple, list)):
        raise refuse(owner, name, "an integer or a tuple of integers", value)
    return tuple(open_size() if size is None else size for size in value)


def _axes(value: Value, owner: type[Layer], name: str) -> object:
    if isinstance(value, int):
        return (value,)
    if isinstance(value, (str, float)) and value:
        raise refuse(owner, name, "an integer or a tuple of integers", value)
    return tuple(value) if isinstance(value, (tuple, list)) else value


@keras.layer("layers.MultiHeadAttention")
class MultiHeadAttention(Projecting):
    """query (B, T, E), value (B, S, F), key (B, S, G) -> (B, T, E), or ``output_shape`` in place of E."""

    num_heads: Dim = _count()
    key_dim: Dim = _count()
    value_dim: Any = _count(optional=True)
    dropout: Any = number(0.0)
    use_bias: Any = flag(True)
    output_shape: Any = Field(_output_shape, None)
    attention_axes: Any = Field(_axes, None)
    sliding_window: Any = _count(optional=True)
    flash_attention: Any = flag(None)
    kernel_initializer: Any = ignored("glorot_uniform")
    bias_initializer: Any = ignored("zeros")
    kernel_regularizer: Any = ignored()
    bias_regularizer: Any = ignored()
    activity_regularizer: Any = ignored()
    kernel_constraint: Any = ignored()
    bias_constraint: Any = ignored()
    use_gate: Any = flag(False)
    seed: Any = ignored()

    def check(self) -> None:
        for name in ("num_heads", "key_dim", "value_dim"):
            positive(self, getattr(self, name), name)
        super().check()

    def attribute(self, name: str) -> Value:
        return self.values if name == "value_dim" else super().attribute(name)

    @property
    def values(self) -> Any:
        """Size of a head's values."""
        return self.key_dim if self.value_dim is None else self.value_dim

    def known(self) -> None:
        """Raises Undecided where an argument that decides shapes is not known."""
        given = (self.value_dim, self.output_shape, self.attention_axes, self.use_bias, self.use_gate)
        lost = next((item.reason for item in given if isinstance(item, Unknown)), None)
        if lost is not None or not all(map(is_size, self.output_shape)):
            raise Undecided(lost or f"output_shape of {self.label} is not known")

    def build(self, query: Shape, value: Shape, key: Shape) -> dict[str, Projection]:
        self.known()
        if min(query.rank, value.rank, key.rank) < 1 or max(query.rank, value.rank, key.rank) > 9:
            raise Undecided(f"{self.label} of {query} and {value} is not modelled")
        self.require_lengths(value, key)
        made = {"query": self.heads(query, self.key_dim), "key": self.heads(key, self.key_dim)}
        if self.use_gate:
            made["gate"] = self.heads(query, self.values)
        made["value"] = self.heads(value, self.values)
        self.require_axes(value)
        _rate(self)
        out = self.output_shape or (query[-1],)
        inner = Shape(*made["query"].output[:-1], self.values)
        made["attention_output"] = self.put(_letters(query.rank - 1, 2, len(out)), inner, out)
        return made

    def heads(self, x: Shape, size: Dim) -> Projection:
        """The projection of an input to all heads."""
        return self.put(_letters(x.rank - 1, 1, 2), x, (self.num_heads, size))

    def put(self, terms: Terms, x: Shape, sizes: Sequence[Dim]) -> Projection:
        """One projection, the axes between the batch and the new sizes being open."""
        between = (open_size(),) * (len(terms.output) - 1 - len(sizes))
        axes = terms.output[len(terms.output) - len(sizes) :] if self.use_bias else None
        return project(self, terms, axes, x, (*between, *sizes))

    def require_axes(self, value: Shape) -> None:
        """Refuse attention axes that do not exist. Raises Problem, Undecided."""
        if not self.attention_axes:
            return
        if not all(isinstance(axis, int) for axis in self.attention_axes):
            raise Undecided(f"attention_axes of {self.label} are not known")
        rank = value.rank + 1
        if not all(-rank <= (axis if axis >= 0 else rank - 1 + axis) < rank for axis in self.attention_axes):
            message = f"{self.label} attention_axes={show(self.attention_axes)} do not exist in values {value}"
            raise Problem(RANK, message, blame="attention_axes")

    def result(self, query: Shape, value: Shape) -> Shape:
        self.known()
        return Shape(*query[:-1], *self.output_shape) if self.output_shape else query

    def scores(self, query: Shape, key: Shape) -> Shape:
        if query.rank < 2:
            raise Problem(RANK, f"{self.label} expects a query of at least 2 dimensions to return scores, got {query}")
        if not self.runs:
            return Shape(query[0], self.num_heads, query[1], query[1])  # Keras takes the keys to be as many as the queries
        if query.rank != 3 or self.attention_axes not in (None, (1,)) or self.flash_attention:
            raise Undecided(f"the scores of {self.label} are not modelled for {query}")
        return Shape(query[0], self.num_heads, query[1], key[1])


@keras.layer("layers.GroupQueryAttention", "layers.GroupedQueryAttention")
class GroupQueryAttention(Projecting):
    """query (B, T, E), value (B, S, E), key (B, S, G) -> (B, T, E), groups of queries sharing a head of keys and values."""

    head_dim: Dim = dim()
    num_query_heads: Dim = dim()
    num_key_value_heads: Dim = dim()
    dropout: Any = number(0.0)
    use_bias: Any = flag(True)
    sliding_window: Any = _count(optional=True)
    flash_attention: Any = flag(None)
    kernel_initializer: Any = ignored("glorot_uniform")
    bias_initializer: Any = ignored("zeros")
    kernel_regularizer: Any = ignored()
    bias_regularizer: Any = ignored()
    activity_regularizer: Any = ignored()
    kernel_constraint: Any = ignored()
    bias_constraint: Any = ignored()
    use_gate: Any = flag(False)
    seed: Any = ignored()

    def check(self) -> None:
        positive(self, self.head_dim, "head_dim")
        queries, others = self.num_query_heads, self.num_key_value_heads
        if others == 0 or (isinstance(queries, int) and isinstance(others, int) and queries % others):
            message = f"{self.label} num_query_heads={queries} is not a multiple of num_key_value_heads={others}"
            raise Problem(ARGUMENT, message, blame="num_key_value_heads")
        super().check()

    def build(self, query: Shape, value: Shape, key: Shape) -> dict[str, Projection]:
        for item in (self.use_bias, self.use_gate):
            if isinstance(item, Unknown):
                raise Undecided(item.reason)
        if min(query.rank, value.rank, key.rank) < 1:
            raise Undecided(f"{self.label} of {query} and {value} is not modelled")
        for name in ("num_query_heads", "num_key_value_heads"):
            positive(self, getattr(self, name), name, zero=True)
        made = {"query": self.heads(query, self.num_query_heads), "key": self.heads(key, self.num_key_value_heads)}
        if self.use_gate:
            made["gate"] = self.heads(query, self.num_query_heads)
        made["value"] = self.heads(value, self.num_key_value_heads)
        _rate(self)
        inner = Shape(open_size(), open_size(), self.num_query_heads, self.head_dim)
        back = project(self, Terms("bquh", "uhm", "bqm", False), "m" if self.use_bias else None, inner, (open_size(), query[-1]))
        return made | {"attention_output": back}

    def heads(self, x: Shape, count: Dim) -> Projection:
        """The projection of an input to a number of heads."""
        terms = Terms("bqm", "muh", "bquh", False)
        return project(self, terms, "uh" if self.use_bias else None, x, (open_size(), count, self.head_dim))

    def result(self, query: Shape, value: Shape) -> Shape:
        if query.rank < 1 or value.rank < 1:
            raise Undecided(f"{self.label} of {query} and {value} is not modelled")
        message = f"{self.label} of queries {query} and values {value}: their last axes differ, {query[-1]} and {value[-1]}"
        a, b = query[-1], value[-1]
        if never_equal(a, b) or (shows_none(a) and isinstance(b, int)) or (shows_none(b) and isinstance(a, int)):
            raise Problem(FEATURE, message)
        if not always_equal(a, b) and not (shows_none(a) and shows_none(b)):
            doubt(f"whether {a} equals {b} is not known")
        return query

    def scores(self, query: Shape, key: Shape) -> Shape:
        if query.rank < 2 or key.rank < 2:
            raise Problem(RANK, f"{self.label} expects inputs of at least 2 dimensions to return scores, got {query} and {key}")
        if self.eager and self.flash_attention:
            raise Undecided(f"the scores of {self.label} are not modelled with flash attention")
        return Shape(query[0], self.num_query_heads, query[1], key[1])


def open_size() -> Dim:
    """A size that Keras leaves open."""
    return unknown_dim("None", none=True)


def _rate(layer: Projecting) -> None:
    """Refuse a dropout rate outside of 0 to 1, which Keras does when it builds the layer. Raises Problem."""
    rate = layer.dropout
    if isinstance(rate, (int, float)) and not 0 <= rate <= 1:
        raise Problem(ARGUMENT, f"{layer.label} dropout must be from 0 to 1, got {show(rate)}", blame="dropout")
