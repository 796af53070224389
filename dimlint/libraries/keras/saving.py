"""Models that come from files or descriptions, which are not followed. Source: https://keras.io/api/models/model_saving_apis."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Native, Unknown, Value
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.keras.settings import same

LOADED = "load_model clone_model clone_and_build_model model_from_json model_from_yaml model_from_config"


def _loaded(name: str) -> None:
    def body(machine: Machine, *args: Value, **kwargs: Value) -> Value:
        """A model that is not followed. Raises Undecided."""
        raise Undecided(f"{name} is not followed")

    keras.function(f"models.{name}")(body)


for _name in LOADED.split():
    _loaded(_name)


@keras.function("saving.save_weights", "saving.load_weights", "models.save_model")
def save(machine: Machine, *args: Value, **kwargs: Value) -> None:
    """Written to a file, or read into weights that there are."""


@keras.function("api_export.keras_export")
def keras_export(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """A decorator that gives a public name; what it is put on stays as it is."""
    return Native("keras_export", "keras", same)


@keras.function("utils.count_params")
def count_params(machine: Machine, weights: Value) -> Value:
    """The number of weights, which are not followed one by one."""
    return Unknown("the number of weights is not followed")
