"""Layers that look up words and numbers in a vocabulary. Source: https://keras.io/api/layers/preprocessing_layers/text."""

from __future__ import annotations

from typing import Any

from dimlint.core.dim import Dim, Shape, SymbolicDim, never_positive, unknown_dim
from dimlint.core.layer import ARGUMENT, Field, Layer, choice, flag, ignored, plain, refuse, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Unknown, Value, is_size
from dimlint.libraries.keras.augmentation import is_plain
from dimlint.libraries.keras.base import RANK
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.learning import Learning, LearnsWords
from dimlint.libraries.keras.preprocessing import BAGS, count, known, one_hot, refuse_sparse

MODES = ("int", "one_hot", *BAGS, "tf_idf", "binary", "tf-idf")
WEIGHTED = ("tf_idf", "tf-idf")


class Vocabulary(Learning):
    """Tokens as their places in a vocabulary: the same shape, or a vector as long as the vocabulary.

    specials: the tokens that may stand at the front of a given vocabulary.
    """

    max_tokens: Any
    vocabulary: Any
    idf_weights: Any
    output_mode: Any
    pad_to_max_tokens: Any
    num_oov_indices: Any = 1
    mask_token: Any = None
    oov_token: Any = None
    invert: Any = False

    def check(self) -> None:
        refuse_sparse(self)
        mode = self.output_mode if isinstance(self.output_mode, str) else None
        if self.pad_to_max_tokens is True and self.max_tokens is None:
            raise Problem(ARGUMENT, f"{self.label} pad_to_max_tokens=True needs max_tokens", blame="pad_to_max_tokens")
        if self.invert is True and mode not in (None, "int"):
            raise Problem(ARGUMENT, f"{self.label} invert=True needs output_mode='int', got {mode!r}", blame="output_mode")
        self.check_weights(mode)
        tokens = self.tokens()
        if tokens is not None:
            self.check_tokens(tokens)

    def check_weights(self, mode: str | None) -> None:
        """Weights are for ``tf_idf``, which needs them with a given vocabulary. Raises Problem."""
        if mode is None or isinstance(self.idf_weights, Unknown) or isinstance(self.vocabulary, Unknown):
            return
        if self.idf_weights is not None and mode not in WEIGHTED:
            raise Problem(ARGUMENT, f"{self.label} idf_weights need output_mode='tf_idf', got {mode!r}", blame="idf_weights")
        if self.vocabulary is None or mode not in WEIGHTED:
            return
        if self.idf_weights is None:
            raise Problem(ARGUMENT, f"{self.label} with a vocabulary and output_mode='tf_idf' needs idf_weights", blame="idf_weights")
        lengths = [len(item) for item in (self.vocabulary, self.idf_weights) if isinstance(item, (tuple, list))]
        if len(set(lengths)) == 2:
            raise Problem(ARGUMENT, f"{self.label} has {lengths[0]} tokens, but {lengths[1]} idf_weights", blame="idf_weights")

    def tokens(self) -> list[Value] | None:
        """The given vocabulary without special tokens at its front; None if it is not known, or not given."""
        special = (self.mask_token, self.oov_token, self.num_oov_indices, self.output_mode)
        if not isinstance(self.vocabulary, (tuple, list)) or not all(map(is_plain, special)):
            return None
        found = list(self.vocabulary)
        if not (all(isinstance(token, str) for token in found) or all(isinstance(token, int) for token in found)):
            return None
        first = [self.mask_token] * self.masks() + [self.oov_token] * self.num_oov_indices
        return found[len(first) :] if found[: len(first)] == first else found

    def masks(self) -> int:
        """Places at the front that masks take."""
        return int(self.mask_token is not None and self.output_mode == "int")

    def check_tokens(self, tokens: list[Value]) -> None:
        """Refuse none at all, tokens that stand there twice or are special, and too many. Raises Problem."""
        if not self.vocabulary:
            raise Problem(ARGUMENT, f"{self.label} vocabulary must not be empty", blame="vocabulary")
        if len(set(tokens)) < len(tokens):
            raise Problem(ARGUMENT, f"{self.label} vocabulary holds a token twice: {show(tokens)}", blame="vocabulary")
        reserved = [self.mask_token] + ([self.oov_token] if self.invert is True else [])
        found = next((token for token in reserved if token is not None and token in tokens), None)
        if found is not None:
            raise Problem(ARGUMENT, f"{self.label} vocabulary holds the special token {found!r}", blame="vocabulary")
        size = len(tokens) + self.masks() + self.num_oov_indices
        if isinstance(self.max_tokens, (int, float)) and size > self.max_tokens:
            text = f"{self.label} vocabulary has {size} tokens, the special ones included, but max_tokens is {self.max_tokens}"
            raise Problem(ARGUMENT, text, blame="max_tokens")

    def depth(self) -> Dim:
        """Length of an encoded vector: a symbol if it is learned. Raises Undecided."""
        if known(self, "pad_to_max_tokens"):
            size = known(self, "max_tokens")
            if not is_size(size):
                raise Problem(ARGUMENT, f"{self.label} max_tokens must be an integer, got {show(size)}", blame="max_tokens")
            return size  # type: ignore[no-any-return]
        if known(self, "vocabulary") is None:
            return unknown_dim("vocabulary", low=1) if self.adapted else unknown_dim("None", none=True)
        tokens = self.tokens()
        if tokens is None:
            raise Undecided(f"the vocabulary of {self.label} is not known")
        return len(tokens) + self.masks() + self.num_oov_indices  # type: ignore[no-any-return]

    def encode(self, x: Shape) -> Shape:
        """The shape of looked-up tokens. Raises Undecided."""
        mode = known(self, "output_mode")
        if mode == "int":
            return x
        depth = self.depth()
        return one_hot(x, depth) if mode == "one_hot" else Shape(*x[:-1], depth)


def _int64(value: Value, owner: type[Layer], name: str) -> object:
    """The only type of tokens."""
    if is_plain(value) and value != "int64":
        raise refuse(owner, name, "'int64'", value)
    return value


@keras.layer("layers.IntegerLookup", methods=LearnsWords)
class IntegerLookup(Vocabulary):
    """Numbers as their places in a vocabulary."""

    max_tokens: Any = count(2, none=True, default=None, whole=False)
    num_oov_indices: Any = count(0, default=1)
    mask_token: Any = plain(None)
    oov_token: Any = plain(-1)
    vocabulary: Any = plain(None)
    vocabulary_dtype: Any = Field(_int64, "int64")
    idf_weights: Any = plain(None)
    invert: Any = flag(False)
    output_mode: Any = choice(*MODES, default="int")
    sparse: Any = flag(False)
    pad_to_max_tokens: Any = flag(False)
    oov_method: Any = choice("floormod", "farmhash", default="floormod")
    salt: Any = ignored()
    name: Any = ignored()

    def output(self, x: Shape) -> Shape:
        return self.encode(x)


@keras.layer("layers.StringLookup", methods=LearnsWords)
class StringLookup(Vocabulary):
    """Words as their places in a vocabulary."""

    max_tokens: Any = count(2, none=True, default=None, whole=False)
    num_oov_indices: Any = count(0, default=1)
    mask_token: Any = plain(None)
    oov_token: Any = plain("[UNK]")
    vocabulary: Any = plain(None)
    idf_weights: Any = plain(None)
    invert: Any = flag(False)
    output_mode: Any = choice(*MODES, default="int")
    pad_to_max_tokens: Any = flag(False)
    sparse: Any = flag(False)
    encoding: Any = ignored("utf-8")
    name: Any = ignored()
    salt: Any = ignored()

    def output(self, x: Shape) -> Shape:
        return self.encode(x)


def _word(*words: str) -> Any:
    """One of the words, None, or a function."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if is_plain(value) and value is not None and value not in words:
            raise refuse(owner, name, " or ".join(map(repr, words)) + ", None or a function", value)
        return value

    return Field(convert, words[0])


def _ngrams(value: Value, owner: type[Layer], name: str) -> object:
    """None, an integer, or a tuple of integers."""
    if not is_plain(value) or value is None or isinstance(value, int):
        return value
    if isinstance(value, (tuple, list)) and all(isinstance(item, int) for item in value):
        return value
    raise refuse(owner, name, "None, an integer or a tuple of integers", value)


@keras.layer("layers.TextVectorization", methods=LearnsWords)
class TextVectorization(Vocabulary):
    """Texts as sequences of tokens, (N,) or (N, 1) -> (N, L), or as a vector for each text."""

    max_tokens: Any = count(2, none=True, default=None, whole=False)
    standardize: Any = _word("lower_and_strip_punctuation", "lower", "strip_punctuation")
    split: Any = _word("whitespace", "character")
    ngrams: Any = Field(_ngrams, None)
    output_mode: Any = choice(*MODES, default="int")
    output_sequence_length: Any = plain(None)
    pad_to_max_tokens: Any = flag(False)
    vocabulary: Any = plain(None)
    idf_weights: Any = plain(None)
    sparse: Any = flag(False)
    ragged: Any = flag(False)
    encoding: Any = ignored("utf-8")
    name: Any = ignored()

    def check(self) -> None:
        self.mask_token, self.oov_token = "", "[UNK]"
        length = self.output_sequence_length
        mode = self.output_mode if isinstance(self.output_mode, str) else None
        if mode == "int" and is_plain(length) and not (length is None or isinstance(length, int)):
            raise refuse(type(self), "output_sequence_length", "None or an integer", length)
        if mode not in (None, "int") and not isinstance(length, Unknown) and length is not None:
            text = f"{self.label} output_sequence_length is for output_mode='int', not {mode!r}"
            raise Problem(ARGUMENT, text, blame="output_sequence_length")
        if mode not in (None, "int") and self.ragged is True:
            raise Problem(ARGUMENT, f"{self.label} ragged=True is for output_mode='int', not {mode!r}", blame="ragged")
        super().check()

    def output(self, x: Shape) -> Shape:
        if known(self, "output_mode") == "int":
            if x.rank == 0:
                raise Problem(RANK, f"{self.label} needs an input of at least 1 dimension (batch,), got {x}")
            return Shape(x[0], self.length())
        split = known(self, "split")
        if split is not None:
            return self.encode(Shape(*x, unknown_dim("words", low=0)))
        return self.encode(x if x.rank > 1 else Shape(*x, 1))

    def length(self) -> Dim:
        """Length of the sequences of tokens. Raises Problem(invalid-layer-argument), Undecided."""
        length = known(self, "output_sequence_length")
        if length is None:
            return unknown_dim("None", none=True)
        if not isinstance(length, (int, SymbolicDim)):
            raise Undecided(f"output_sequence_length of {self.label} is not known")
        if never_positive(length + 1):
            text = f"{self.label} output_sequence_length must not be negative, got {length}"
            raise Problem(ARGUMENT, text, blame="output_sequence_length")
        return length
