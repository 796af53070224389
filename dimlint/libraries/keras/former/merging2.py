"""``_Merge``, from which programs for Keras 2 derive layers that combine tensors in their own way.

Source: keras/layers/merge.py of Keras 2.3.1, and the same class in tf_keras 2.21.
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.dim import Shape
from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Ref, Tensor, Unknown, Value
from dimlint.libraries.keras.base import shows_none
from dimlint.libraries.keras.layer import keras
from dimlint.shapes.agree import broadcast


@keras.type("layers._Merge", bases=("layers.Layer",))
class OwnMerge:
    """Layers whose ``_merge_function`` says what becomes of a list of inputs, which have to broadcast."""

    def call(machine: Machine, self: Ref, inputs: Value) -> Value:
        given = machine.elements(inputs)
        lost = next((item for item in given if not isinstance(item, Tensor)), None)
        if lost is not None:
            raise Undecided(lost.reason if isinstance(lost, Unknown) else "an input of a layer is not known to be a tensor")
        shapes = [item.shape for item in given if isinstance(item, Tensor)]
        if len(shapes) < 2 or len({shape.rank for shape in shapes}) > 1 or not shapes[0].rank:
            raise Undecided("a layer that combines tensors is called on one, or on tensors with different numbers of dimensions")
        broadcast([Shape(*shape[1:]) for shape in shapes], "a layer that combines tensors", whole=shapes, lenient=shows_none)
        return machine.call(machine.attribute(self, "_merge_function"), (inputs,))
