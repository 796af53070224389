"""The program's settings of Keras, and helpers without influence on shapes."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, ModuleName, Native, Unknown, Value
from dimlint.core.versions import VERSIONED
from dimlint.libraries.keras.layer import keras
from dimlint.libraries.python.system import variable

_ORDERINGS = {"th": "channels_first", "tf": "channels_last"}
BACKEND = "the Keras backend"
_OLD_MODULES = (
    "advanced_activations", "convolutional", "convolutional_recurrent", "core", "embeddings", "experimental", "local",
    "noise", "normalization", "pooling", "preprocessing", "recurrent", "reshaping", "rnn", "topology", "training", "wrappers",
    "base_layer", "functional", "input_layer", "network", "sequential",
)  # fmt: skip


@keras.function("backend.image_data_format", "config.image_data_format")
def image_data_format(machine: Machine) -> Value:
    """Where the channels are by default."""
    return machine.settings.get("image_data_format", "channels_last")


@keras.function("backend.image_dim_ordering")
def image_dim_ordering(machine: Machine) -> Value:
    """``image_data_format`` in the words of Keras 1."""
    return "th" if machine.settings.get("image_data_format") == "channels_first" else "tf"


@keras.function("backend.set_image_data_format", "config.set_image_data_format", "backend.set_image_dim_ordering")
def set_image_data_format(machine: Machine, data_format: Value) -> None:
    """Change where the channels are by default."""
    if isinstance(data_format, str):
        data_format = _ORDERINGS.get(data_format, data_format)
    machine.change_setting("image_data_format", data_format)
    machine.change_setting("image_format_stated", True)


@keras.function("backend.floatx", "config.floatx")
def floatx(machine: Machine) -> Value:
    """The default type."""
    return "float32"


@keras.function("backend.epsilon", "config.epsilon")
def epsilon(machine: Machine) -> Value:
    """A small number."""
    return 1e-07


@keras.function("backend.backend", "config.backend")
def backend(machine: Machine) -> Value:
    """The backend's name, which the environment and a file of the user's decide: that of a fresh installation."""
    known = machine.settings.get(variable("KERAS_BACKEND")) is None and machine.assume(BACKEND)
    return "tensorflow" if known else Unknown("the backend is not known")


def nothing(machine: Machine, *args: Value, **kwargs: Value) -> None:
    """Has no influence on shapes."""


for _name in (
    "backend.set_session", "backend.set_floatx", "backend.set_epsilon", "backend.set_learning_phase",
    "backend.manual_variable_initialization", "utils.plot_model", "utils.set_random_seed", "config.set_floatx",
    "backend.set_value", "mixed_precision.set_global_policy",
):  # fmt: skip
    keras.function(_name)(nothing)


@keras.function("utils.get_custom_objects", "utils.custom_object_scope")
def custom_objects(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """From here on names of activations may be the program's own."""
    machine.change_setting("keras_custom_objects", True)
    return Unknown("custom objects are not modelled")


def same(machine: Machine, decorated: Value) -> Value:
    """A decorator that gives back what it is put on."""
    return decorated


@keras.function("utils.register_keras_serializable", "saving.register_keras_serializable")
def register_keras_serializable(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """A decorator that registers a class by name; the class stays as it is."""
    machine.change_setting("keras_custom_objects", True)
    return Native("register_keras_serializable", "keras", same)


@keras.function("version")
def version(machine: Machine) -> Value:
    """The version of Keras, which is not known."""
    return Unknown(VERSIONED)


@keras.function("activations.get")
def activation(machine: Machine, identifier: Value) -> Value:
    """The activation of a name; ``linear`` for None, and what is no name as it is. Raises Undecided."""
    if identifier is not None and not isinstance(identifier, str):
        return identifier
    found = keras.entries.get(f"activations.{identifier or 'linear'}")
    if found is None:
        raise Undecided(f"the activation {identifier!r} is not modelled")
    return found


for _module in _OLD_MODULES:
    keras.value(f"layers.{_module}", ModuleName(f"keras.layers.{_module}"))
for _module in ("src", "api", "legacy", "engine", "models", "_tf_keras"):
    keras.value(_module, ModuleName(f"keras.{_module}"))
