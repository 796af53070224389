"""Layers that run what is not Keras' own: saved programs and modules of other frameworks; and ``Pipeline``, which runs other layers."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dataclasses import replace

from dimlint.core.layer import ARGUMENT
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import LibraryClass, Machine, Native, Ref, Unknown, Value
from dimlint.libraries.keras import words  # noqa: F401 -- declares what learns
from dimlint.libraries.keras.layer import LayerType, attach, instance, keras
from dimlint.libraries.keras.preprocessing import Learning

OUTSIDE = ("TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper")


def _declare(name: str) -> None:
    def call(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        raise Undecided(f"what {name} runs is not followed")

    methods = {"__doc__": "A layer around code of another framework, which is not followed.", "call": call}
    keras.type(f"layers.{name}", bases=("layers.Layer",))(type(name, (), methods))


for _name in OUTSIDE:
    _declare(_name)


@keras.type("layers.PreprocessingLayer", bases=("layers.Layer",))
class PreprocessingLayer:
    """Base of preprocessing layers in former versions."""


@keras.type("layers.Pipeline", bases=("layers.Layer",))
class Pipeline:
    """Layers applied one after the other."""

    def __init__(machine: Machine, self: Ref, layers: Value, name: Value = None) -> None:
        if layers is None:
            raise Problem(ARGUMENT, "Pipeline needs a list of layers, got None", blame="layers")
        LayerType.__init__(machine, self, name=name)
        attach(machine, self, layers=layers)

    def call(machine: Machine, self: Ref, inputs: Value, training: Value = True, mask: Value = None) -> Value:
        result = inputs
        for layer in machine.elements(instance(machine, self).attributes["layers"]):
            result = machine.call(layer, (result,))
            if isinstance(result, Unknown):
                break
        return result


def adapt(machine: Machine, self: Ref, data: Value = None, *args: Value, **kwargs: Value) -> None:
    """Learn from data: what is learned is not known, but that it is learned."""
    held = instance(machine, self)
    if isinstance(held.layer, Learning):
        machine.update(self, replace(held, layer=held.layer.touched()))


def vocabulary(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
    """The learned vocabulary, or its size."""
    return Unknown("a vocabulary is not followed")


def _learning(name: str) -> None:
    """Give a layer the methods by which it learns."""
    entry = keras.entries[f"layers.{name}"]
    assert isinstance(entry, LibraryClass)
    learn = {method: Native(f"layers.{name}.{method}", "keras", adapt) for method in ("adapt", "set_vocabulary", "update_state")}
    read = {method: Native(f"layers.{name}.{method}", "keras", vocabulary) for method in ("get_vocabulary", "vocabulary_size")}
    keras.entries[f"layers.{name}"] = replace(entry, methods={**learn, **(read if "Lookup" in name or "Text" in name else {})})


for _name in ("Discretization", "Normalization", "IntegerLookup", "StringLookup", "TextVectorization"):
    _learning(_name)
