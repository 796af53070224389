"""The table of scikit-learn's names, and what its declarations share."""

from __future__ import annotations

from dimlint.core.dim import Dim
from dimlint.core.library import Library, modules_of
from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Tensor, Unknown, Value

LOST = "what scikit-learn gives here is not followed"


def canonical(name: str) -> str:
    """The declared name: ``cross_validation.train_test_split`` (a former place) is ``model_selection.train_test_split``."""
    head, _, rest = name.partition(".")
    return f"model_selection.{rest}" if head == "cross_validation" else name


LIBRARY = Library("sklearn", ("sklearn",), canonical, modules_of(__package__, "bundled preparing splitting"), inert=True)
LIBRARY.inert_reasons.add(LOST)

sklearn = LIBRARY


def array_of(machine: Machine, value: Value) -> Tensor:
    """An array with at least one axis. Raises Undecided."""
    found = machine.plain(value)
    if not isinstance(found, Tensor) or not found.shape.rank:
        raise Undecided(found.reason if isinstance(found, Unknown) else "an array is not known")
    return found


def count_of(machine: Machine, value: Value) -> Dim:
    """The number of samples. Raises Undecided."""
    plain = machine.plain(value)
    return len(plain) if isinstance(plain, (list, tuple)) else array_of(machine, plain).shape[0]
