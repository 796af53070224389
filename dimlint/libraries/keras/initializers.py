"""Initializers: called with a shape, they make a tensor of it. Source: https://keras.io/api/layers/initializers."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.dim import Shape
from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Ref, Tensor, Unknown, Value
from dimlint.libraries.keras.layer import keras, to_dims

NAMES = """Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer LecunNormal LecunUniform Ones Orthogonal
OrthogonalInitializer RandomNormal RandomUniform STFT STFTInitializer TruncatedNormal VarianceScaling Zeros"""
SMALL = """constant glorot_normal glorot_uniform he_normal he_uniform identity lecun_normal lecun_uniform ones one orthogonal random_normal
normal random_uniform uniform stft truncated_normal variance_scaling zeros zero"""
"""The same ones by other names; Keras 1 called some of them with a shape at once."""


@keras.type("initializers.Initializer")
class Initializer:
    """Makes the first values of weights."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        """Numbers have no influence on shapes."""

    def __call__(machine: Machine, self: Ref, shape: Value, dtype: Value = None, **kwargs: Value) -> Value:
        sizes = machine.plain(shape)
        if isinstance(sizes, int):
            raise Undecided("the shape given to an initializer is a single number")
        return Tensor(Shape(*to_dims(sizes, "shape")), "keras")

    def get_config(machine: Machine, self: Ref) -> Value:
        return Unknown("the numbers of an initializer are not followed")


for _name in (*NAMES.split(), *SMALL.split()):
    _body = type(_name, (), {"__doc__": "Makes the first values of weights."})
    keras.type(f"initializers.{_name}", bases=("initializers.Initializer",))(_body)


@keras.function("initializers.get")
def get(machine: Machine, identifier: Value) -> Value:
    """The initializer of a name; what is no name stays as it is."""
    if not isinstance(identifier, str):
        return identifier if identifier is None or isinstance(identifier, Ref) else Unknown("an initializer is not followed")
    return machine.call(machine.lookup("keras.initializers.Initializer"))
