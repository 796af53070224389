"""The Keras library: its roots, and the one name by which every import path of a thing is declared."""

from __future__ import annotations

from collections.abc import Mapping

from dimlint.core.library import Library, modules_of
from dimlint.core.problem import Problem
from dimlint.core.value import Value
from dimlint.libraries.keras.former.names import FORMER, WAVERING

_WRAPPERS = frozenset({"src", "python", "api", "_tf_keras", "keras", "_v1", "_v2", "v1", "v2", "compat", "legacy", "impl"})
_HEADS = {"engine": "layers", "models": "models", "layers": "layers"}
_PACKAGES = frozenset(
    {
        "layers", "models", "engine", "ops", "backend", "activations", "utils", "random", "saving", "callbacks", "optimizers",
        "initializers", "regularizers", "constraints", "metrics", "losses",
    }
)  # fmt: skip

_SAME = {
    "layers.Input": "Input",
    "layers.Sequential": "Sequential",
    "layers.Model": "Model",
    "layers.Network": "Model",
    "layers.Container": "Model",
    "layers.Functional": "Model",
    "models.Sequential": "Sequential",
    "models.Model": "Model",
    "models.Functional": "Model",
    "models.Input": "Input",
    "Functional": "Model",
    "Layer": "layers.Layer",
    "InputLayer": "layers.InputLayer",
    "backend.Model": "Model",
    "backend.Sequential": "Sequential",
    "backend.register_keras_serializable": "utils.register_keras_serializable",
    "saving.get_custom_objects": "utils.get_custom_objects",
    "saving.custom_object_scope": "utils.custom_object_scope",
    "saving.CustomObjectScope": "utils.custom_object_scope",
    "utils.CustomObjectScope": "utils.custom_object_scope",
    "saving.load_model": "models.load_model",
    "saving.save_model": "models.save_model",
    "Loss": "losses.Loss",
    "Metric": "metrics.Metric",
    "Optimizer": "optimizers.Optimizer",
    "Initializer": "initializers.Initializer",
    "Regularizer": "regularizers.Regularizer",
}


def canonical(name: str) -> str:
    """The declared name of a dotted path below a root: ``layers.convolutional.Conv2D`` -> ``layers.Conv2D``."""
    parts = name.split(".")
    while len(parts) > 1 and parts[0] in _WRAPPERS:
        parts = parts[1:]
    if len(parts) > 1 and parts[0] in _PACKAGES:
        parts = [_HEADS.get(parts[0], parts[0]), parts[-1]]
    joined = ".".join(parts)
    return _SAME.get(joined, joined)


def certain(problem: Problem, settings: Mapping[str, Value]) -> bool:
    """Whether a Problem holds under the program's settings: not for names of activations that it may have registered."""
    return problem.blame not in ("activation", "recurrent_activation") or not settings.get("keras_custom_objects")


MODULES = """activation attention augmentation backbones batches cells colors convolution core datasets einsum graph imagenet
images initializers inputs lora losses merging models multihead normalization objects output_shapes outside padding pooling preprocessing
recurrent reshaping saving sequences settings sound specification tensors training words wrappers ops.control
ops.creation ops.elementwise ops.image ops.indexing ops.joining ops.linear_algebra ops.network ops.products
ops.rearranging ops.reduction ops.signal ops.windows former.arguments1 former.attention2 former.images2 former.layers1
former.layers2 former.local former.merge1 former.merging2 former.versions former.windows2 relations"""
"""Modules of this package that declare names."""

BACKEND = ("dimlint.libraries.tensorflow.backend", "dimlint.libraries.tensorflow.backend_network")
"""Keras 2 has its backend from TensorFlow."""

LIBRARY = Library(
    name="keras",
    roots=("tensorflow.compat.v1.keras", "tensorflow.compat.v2.keras", "tensorflow.python.keras", "tensorflow.keras", "tf_keras", "keras"),
    canonical=canonical,
    modules=modules_of(__package__, MODULES) + BACKEND,
    base="layers.Layer",
    models=("Sequential", "Model"),
    containers=("Sequential",),
    hollow={"Model.call": "_inputs"},
    wrapped=("layer", "forward_layer", "backward_layer"),
    forward="call",
    certain=certain,
    source="keras",
    recorded_package="applications",
    versioned=True,
    former=frozenset(FORMER.split()),
    wavering=frozenset(WAVERING.split()),
)
"""Everything that the modules of this package declare."""
