"""Layers that run what is not Keras' own: saved programs and modules of other frameworks; and ``Pipeline``, which runs other layers."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.layer import ARGUMENT
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Machine, Ref, Unknown, Value
from dimlint.libraries.keras.layer import LayerType, attach, instance, keras

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
