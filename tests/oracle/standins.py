"""Arrays in place of data sets that would have to be downloaded: the same shapes and types, all zeros."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np

KERAS = {
    "mnist": ((60_000, 28, 28), (60_000,), (10_000, 28, 28), (10_000,)),
    "fashion_mnist": ((60_000, 28, 28), (60_000,), (10_000, 28, 28), (10_000,)),
    "cifar10": ((50_000, 32, 32, 3), (50_000, 1), (10_000, 32, 32, 3), (10_000, 1)),
    "boston_housing": ((404, 13), (404,), (102, 13), (102,)),
}
"""Shapes of training and test arrays, as the archives of the data sets hold them."""


def arrays(name: str) -> Any:
    """What ``load_data`` of a data set gives."""
    train, train_labels, test, test_labels = (np.zeros(shape, "uint8") for shape in KERAS[name])
    return (train, train_labels), (test, test_labels)


@contextmanager
def keras_datasets(keras: Any) -> Iterator[None]:
    """Put the arrays in place of Keras' data sets."""
    patches = [mock.patch.object(getattr(keras.datasets, name), "load_data", lambda *_, name=name, **__: arrays(name)) for name in KERAS]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()
