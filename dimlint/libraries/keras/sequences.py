"""Sequences of various lengths, and what makes arrays of them. Source: https://keras.io/api/data_loading/timeseries."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, unknown_dim
from dimlint.core.library import computed
from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Ref, Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.layer import attach, instance, is_a, keras

ONE = Unknown("a sequence of a data set is not known")


@keras.type("datasets.Sequences")
class Sequences:
    """Lists of numbers, each of another length, in an array or a list."""

    def __len__(machine: Machine, self: Ref) -> Value:
        return instance(machine, self).attributes["count"]

    def __getitem__(machine: Machine, self: Ref, index: Value) -> Value:
        count = instance(machine, self).attributes["count"]
        if isinstance(index, slice) and isinstance(count, int) and all(_plain(part) for part in (index.start, index.stop, index.step)):
            return sequences(machine, len(range(count)[index]))
        if isinstance(index, slice):
            return sequences(machine, unknown_dim("samples", low=0))
        return ONE

    @computed
    def shape(machine: Machine, self: Ref) -> Value:
        return (instance(machine, self).attributes["count"],)


def _plain(bound: Value) -> bool:
    return bound is None or isinstance(bound, int)


def sequences(machine: Machine, count: Dim) -> Value:
    """So many sequences."""
    made = machine.call(machine.lookup("keras.datasets.Sequences"))
    if isinstance(made, Ref):
        attach(machine, made, count=count)
    return made


def count_of(machine: Machine, value: Value) -> Dim:
    """The number of sequences. Raises Undecided if it is not sure that they hold numbers only."""
    if is_a(machine, value, "datasets.Sequences"):
        return instance(machine, value).attributes["count"]  # type: ignore[no-any-return]
    items = machine.plain(value)
    if isinstance(items, Tensor) and items.shape.rank == 2:
        return items.shape[0]
    if isinstance(items, (tuple, list)) and items and all(map(_holds_numbers, items)):
        return len(items)
    raise Undecided(items.reason if isinstance(items, Unknown) else "the sequences to be padded are not known")


def _holds_numbers(item: Value) -> bool:
    if isinstance(item, Tensor):
        return item.shape.rank == 1
    return isinstance(item, (tuple, list)) and all(isinstance(value, (int, float)) for value in item)


@keras.function("utils.pad_sequences", "preprocessing.sequence.pad_sequences")
def pad_sequences(
    machine: Machine,
    sequences: Value,
    maxlen: Value = None,
    dtype: Value = "int32",
    padding: Value = "pre",
    truncating: Value = "pre",
    value: Value = 0.0,
) -> Value:
    """Sequences cut or filled to one length: (N, maxlen). Raises Undecided."""
    count = count_of(machine, sequences)
    if maxlen is None or not is_size(maxlen):
        maxlen = unknown_dim("steps", low=0, reason="the longest sequence is not known")
    return Tensor(Shape(count, maxlen), "numpy")


@keras.type("preprocessing.text.Tokenizer")
class Tokenizer:
    """Words by number."""

    def __init__(machine: Machine, self: Ref, num_words: Value = None, *args: Value, **kwargs: Value) -> None:
        attach(machine, self, num_words=num_words)

    def fit_on_texts(machine: Machine, self: Ref, texts: Value) -> None:
        return None

    fit_on_sequences = fit_on_texts

    def texts_to_sequences(machine: Machine, self: Ref, texts: Value) -> Value:
        return sequences(machine, _length(machine, texts))

    def texts_to_matrix(machine: Machine, self: Ref, texts: Value, mode: Value = "binary") -> Value:
        words = instance(machine, self).attributes.get("num_words")
        width: Dim = words if words is not None and is_size(words) else unknown_dim("words", low=1)
        return Tensor(Shape(_length(machine, texts), width), "numpy")

    sequences_to_matrix = texts_to_matrix

    def sequences_to_texts(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        return Unknown("the words of a tokenizer are not followed")

    __getattr__ = sequences_to_texts


def _length(machine: Machine, texts: Value) -> Dim:
    """How many texts there are."""
    if is_a(machine, texts, "datasets.Sequences"):
        return instance(machine, texts).attributes["count"]  # type: ignore[no-any-return]
    items = machine.plain(texts)
    if isinstance(items, (tuple, list)):
        return len(items)
    if isinstance(items, Tensor) and items.shape.rank:
        return items.shape[0]
    return unknown_dim("texts", low=0, reason="the number of texts is not known")


@keras.function("preprocessing.text.text_to_word_sequence", "preprocessing.text.one_hot", "preprocessing.text.hashing_trick")
def words(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """The words of a text, or their numbers."""
    return Unknown("the words of a text are not followed")


@keras.function("preprocessing.text.tokenizer_from_json")
def tokenizer_from_json(machine: Machine, json_string: Value) -> Value:
    """A tokenizer as it was saved."""
    return machine.call(machine.lookup("keras.preprocessing.text.Tokenizer"), (Unknown("the number of words is not known"),))


@keras.function("utils.to_categorical")
def to_categorical(machine: Machine, x: Value, num_classes: Value = None, dtype: Value = None, **kwargs: Value) -> Value:
    """Class numbers as one-hot rows: (N,) or (N, 1) -> (N, num_classes). Raises Undecided."""
    shape = to_shape(machine.plain(x), "class numbers")
    sizes = shape[:-1] if shape.rank > 1 and isinstance(shape[-1], int) and shape[-1] == 1 else tuple(shape)
    if shape.rank > 1 and not isinstance(shape[-1], int):
        raise Undecided(f"whether the last axis of {shape} is 1 is not known")
    classes = num_classes if isinstance(num_classes, int) else unknown_dim("classes", low=1)
    return Tensor(Shape(*sizes, classes), "keras" if isinstance(x, Tensor) and x.library == "keras" else "numpy")
