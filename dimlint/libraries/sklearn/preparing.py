"""Scalers and encoders: arrays of the same shape with other numbers, and a few others.

Source: https://scikit-learn.org/stable/api/sklearn.preprocessing.html.
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Callable

from dimlint.core.dim import Shape, unknown_dim
from dimlint.core.problem import Undecided
from dimlint.core.value import Instance, Machine, Ref, Tensor, Unknown, Value, is_size
from dimlint.libraries.sklearn.library import LOST, array_of, sklearn

SCALERS = """preprocessing.StandardScaler preprocessing.MinMaxScaler preprocessing.RobustScaler preprocessing.MaxAbsScaler
preprocessing.Normalizer preprocessing.PowerTransformer preprocessing.QuantileTransformer preprocessing.Binarizer
preprocessing.LabelEncoder preprocessing.OrdinalEncoder impute.SimpleImputer"""
REDUCING = "decomposition.PCA decomposition.TruncatedSVD decomposition.KernelPCA decomposition.FastICA decomposition.NMF manifold.TSNE"
OPEN = "preprocessing.OneHotEncoder preprocessing.LabelBinarizer preprocessing.PolynomialFeatures"


def _fit(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
    return self


def _same(machine: Machine, self: Ref, X: Value, *args: Value, **kwargs: Value) -> Value:
    """Other numbers in the same shape."""
    return Tensor(array_of(machine, X).shape, "numpy")


def _init(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
    """Arguments have no influence on shapes."""


def _lost(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
    return Unknown(LOST)


def _counted(machine: Machine, self: Ref, n_components: Value = None, *args: Value, **kwargs: Value) -> None:
    held = machine.contents(self)
    if isinstance(held, Instance):
        machine.set_attribute(self, "n_components", n_components)


def _reduced(machine: Machine, self: Ref, X: Value, *args: Value, **kwargs: Value) -> Value:
    """As many columns as there are components. Raises Undecided."""
    given = array_of(machine, X)
    count = machine.attribute(self, "n_components")
    if given.shape.rank != 2:
        raise Undecided("what is reduced is no matrix")
    size = count if is_size(count) and not isinstance(count, bool) else unknown_dim("components", low=1)
    return Tensor(Shape(given.shape[0], size), "numpy")


def _declare(names: str, doc: str, init: Callable[..., None], transform: Callable[..., Value], back: Callable[..., Value]) -> None:
    body = {"__doc__": doc, "__init__": init, "fit": _fit, "partial_fit": _fit, "set_params": _fit, "transform": transform,
            "fit_transform": transform, "inverse_transform": back, "__getattr__": _lost}  # fmt: skip
    for name in names.split():
        sklearn.type(name)(type("Transformer", (), body))


_declare(SCALERS, "Changes numbers, not shapes.", _init, _same, _same)
_declare(REDUCING, "Makes fewer columns.", _counted, _reduced, _lost)
_declare(OPEN, "Makes columns whose number is not known.", _init, _lost, _lost)


@sklearn.function("preprocessing.scale", "preprocessing.normalize", "preprocessing.minmax_scale", "preprocessing.robust_scale")
def scale(machine: Machine, X: Value, *args: Value, **kwargs: Value) -> Value:
    """Other numbers in the same shape. Raises Undecided."""
    return Tensor(array_of(machine, X).shape, "numpy")


@sklearn.function("utils.shuffle")
def shuffle(machine: Machine, *arrays: Value, random_state: Value = None, n_samples: Value = None) -> Value:
    """Arrays in another order. Raises Undecided."""
    if n_samples is not None:
        raise Undecided("how many samples are kept is not followed")
    found = tuple(machine.plain(array) for array in arrays)
    same = tuple(Tensor(item.shape, item.library, item.dtype) if isinstance(item, Tensor) else Unknown(LOST) for item in found)
    return same[0] if len(same) == 1 else list(same)
