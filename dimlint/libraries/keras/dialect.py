"""Tells files written for Keras 1, whose arguments have other names and another order."""

from __future__ import annotations

import re

_WORDS = (
    "border_mode", "nb_filter", "nb_row", "nb_col", "subsample", "subsample_length", "filter_length", "dim_ordering", "nb_epoch",
    "nb_feature", "W_regularizer", "b_regularizer", "W_constraint", "b_constraint", "pool_length", "samples_per_epoch", "nb_val_samples",
    "inner_activation", "dropout_W", "dropout_U",
)  # fmt: skip
_KEYWORD = re.compile(
    rf"\b(?:{'|'.join(_WORDS)})\s*="
    r"|\bDense\((?:[^()\n]*,)?\s*(?:output_dim|init)\s*="
    r"|\b(?:Convolution[123]D|Dense|LSTM|GRU)\([^()\n]*,\s*init\s*="
    r"|\bmerge\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\bmode\s*="
    r"|\bset_image_dim_ordering\("
)


def keras1(text: str) -> bool:
    """Whether the text uses a keyword argument that only Keras 1 had."""
    return _KEYWORD.search(text) is not None
