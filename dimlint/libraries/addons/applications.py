"""keras_applications, from which Keras 2 had its models: what programs borrow from it.

Source: https://github.com/keras-team/keras-applications, keras_applications/__init__.py and imagenet_utils.py.
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Unknown, Value
from dimlint.libraries.addons.library import APPLICATIONS
from dimlint.libraries.keras import LIBRARY as KERAS

BORROWED = ("_obtain_input_shape", "obtain_input_shape", "correct_pad", "preprocess_input", "decode_predictions")
PARTS = ("backend", "layers", "models", "utils")

for _name in BORROWED:
    APPLICATIONS.value(f"imagenet_utils.{_name}", KERAS.entries[f"applications.imagenet_utils.{_name}"])


@APPLICATIONS.function("get_submodules_from_kwargs")
def get_submodules_from_kwargs(machine: Machine, kwargs: Value) -> Value:
    """The modules of Keras that a caller gives; of others it depends on who imported the package. Raises Undecided."""
    given = machine.plain(kwargs)
    if not isinstance(given, dict) or not set(given) <= set(PARTS):
        raise Undecided("which modules of Keras are given is not known")
    return tuple(given.get(name, Unknown(f"which {name} of Keras are taken is not known")) for name in PARTS)
