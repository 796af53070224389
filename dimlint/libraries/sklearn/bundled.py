"""Data sets that come with scikit-learn, or are drawn. Source: https://scikit-learn.org/stable/api/sklearn.datasets.html."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Callable

from dimlint.core.dim import Dim, Shape, unknown_dim
from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Ref, Step, Tensor, Unknown, Value, is_size
from dimlint.libraries.sklearn.library import LOST, sklearn

SETS: dict[str, tuple[int, int, int | None]] = {
    "load_iris": (150, 4, 3),
    "load_digits": (1797, 64, 10),
    "load_wine": (178, 13, 3),
    "load_breast_cancer": (569, 30, 2),
    "load_diabetes": (442, 10, None),
    "load_boston": (506, 13, None),
    "fetch_california_housing": (20_640, 8, None),
}
"""Samples, features, and classes if there are any."""


@sklearn.type("utils.Bunch")
class Bunch:
    """What a data set holds, by name."""

    def __getitem__(machine: Machine, self: Ref, name: Value) -> Value:
        if not isinstance(name, str):
            raise Undecided("which part of a data set is asked for is not known")
        return machine.attribute(self, name)

    def __getattr__(machine: Machine, self: Ref, name: Value) -> Value:
        return Unknown(LOST)


def _array(machine: Machine, label: str, *sizes: Dim, classes: int | None = None) -> Tensor:
    given = {} if classes is None else {"classes": classes}
    return Tensor(Shape(*sizes), "numpy", step=Step(label, None, (), given, machine.nearest_site()))


def _loaded(name: str) -> Callable[..., Value]:
    samples, features, classes = SETS[name]

    def load(machine: Machine, *args: Value, return_X_y: Value = False, as_frame: Value = False, **kwargs: Value) -> Value:
        if as_frame is not False or args or "n_class" in kwargs:
            raise Undecided("how a data set is loaded is not followed")
        data, target = _array(machine, name, samples, features), _array(machine, name, samples, classes=classes)
        if return_X_y is True:
            return data, target
        made = machine.call(sklearn.entries["utils.Bunch"])
        if isinstance(made, Ref):
            machine.set_attribute(made, "data", data)
            machine.set_attribute(made, "target", target)
        return made

    load.__doc__ = "Numbers of each sample, and what they are to tell. Raises Undecided."
    return load


for _name in SETS:
    sklearn.function(f"datasets.{_name}")(_loaded(_name))


def _drawn(features: int) -> Callable[..., Value]:
    def make(machine: Machine, n_samples: Value = 100, n_features: Value = features, *args: Value, **kwargs: Value) -> Value:
        samples, width = (size if is_size(size) else unknown_dim(low=1) for size in (n_samples, n_features))
        if set(kwargs) & {"n_targets", "return_centers", "coef"} or len(args) > 2:
            raise Undecided("how data is drawn is not followed")
        return _array(machine, "drawn", samples, width), _array(machine, "drawn", samples)

    make.__doc__ = "Random samples and their targets. Raises Undecided."
    return make


def _planar(machine: Machine, n_samples: Value = 100, *args: Value, **kwargs: Value) -> Value:
    """Random points in the plane and their classes."""
    size = n_samples if is_size(n_samples) else unknown_dim(low=1)
    return _array(machine, "drawn", size, 2), _array(machine, "drawn", size)


sklearn.function("datasets.make_classification")(_drawn(20))
sklearn.function("datasets.make_regression")(_drawn(100))
sklearn.function("datasets.make_blobs")(_drawn(2))
sklearn.function("datasets.make_moons", "datasets.make_circles")(_planar)
