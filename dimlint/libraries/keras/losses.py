"""Losses: a number, or one for each sample. Source: https://keras.io/api/losses.

Whether targets fit is checked where a model is trained (``fitting``).
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.dim import Shape
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Function, Machine, Method, Ref, Tensor, Unknown, Value, tensors_in
from dimlint.libraries.keras.layer import attach, instance, keras

CLASSES = """BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy CategoricalFocalCrossentropy
CategoricalGeneralizedCrossEntropy CategoricalHinge Circle CosineSimilarity Dice Hinge Huber KLDivergence LogCosh MeanAbsoluteError
MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson SparseCategoricalCrossentropy SquaredHinge Tversky"""
ALIASES = """mse mae mape msle kld kullback_leibler_divergence logcosh MSE MAE MAPE MSLE KLD cosine cosine_proximity"""
"""Former names of functions that give one number for all values along the last axis; ``ops.network`` has those of today."""
REDUCTIONS = ("sum_over_batch_size", "sum", None, "none", "mean", "mean_with_sample_weight")


@keras.type("losses.Loss", "Loss")
class Loss:
    """Base of all losses: what ``call`` gives, reduced to a number."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        reduction = kwargs.get("reduction", "auto")
        if isinstance(reduction, (int, float, tuple)) or (isinstance(reduction, str) and reduction not in (*REDUCTIONS, "auto")):
            message = f"a loss's reduction must be one of {', '.join(map(show, REDUCTIONS))}, got {show(reduction)}"
            raise Problem(ARGUMENT, message, blame="reduction")
        positional = any(isinstance(arg, str) or arg is None for arg in args)
        attach(machine, self, reduction=reduction, _positional=positional, _given=(*kwargs, *(["?"] if len(args) > 1 else [])))

    def __call__(machine: Machine, self: Ref, y_true: Value, y_pred: Value, sample_weight: Value = None) -> Value:
        attributes = instance(machine, self).attributes
        method = machine.attribute(self, "call")
        if isinstance(method, Method) and isinstance(method.function, Function):
            each = machine.call(method, (y_true, y_pred))
            if isinstance(each, Unknown):
                return each
        reduction = attributes.get("reduction", "auto")
        if isinstance(reduction, Unknown) or reduction in (None, "none") or attributes.get("_positional", True):
            raise Undecided("the reduction of a loss is not known, or none")
        symbolic = any(tensor.symbolic for tensor in tensors_in((machine.plain(y_true), machine.plain(y_pred))))
        return Tensor(Shape(), "keras", symbolic=symbolic)

    def call(machine: Machine, self: Ref, y_true: Value, y_pred: Value) -> Value:
        raise Undecided("the losses of the samples are not followed")

    def get_config(machine: Machine, self: Ref) -> Value:
        return Unknown("the numbers of a loss are not followed")


for _name in CLASSES.split():
    keras.type(f"losses.{_name}", bases=("losses.Loss",))(type(_name, (), {"__doc__": "A loss."}))


def _each(machine: Machine, y_true: Value, y_pred: Value, *args: Value, **kwargs: Value) -> Value:
    """One number for the values along the last axis. Raises Undecided."""
    pair = [value for value in (y_true, y_pred) if isinstance(value, Tensor)]
    if len(pair) != 2 or args or kwargs.keys() - {"from_logits", "label_smoothing"}:
        raise Undecided("the shape of a loss is not known")
    true, predicted = pair
    if true.shape.rank != predicted.shape.rank or not predicted.shape.rank:
        raise Undecided("the shape of a loss is not known")
    if tuple(true.shape[:-1]) != tuple(predicted.shape[:-1]):
        raise Undecided("the shape of a loss is not known")
    return Tensor(Shape(*predicted.shape[:-1]), "keras", symbolic=true.symbolic or predicted.symbolic)


def _unknown(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """Not followed."""
    return Unknown("the shape of this loss is not followed")


keras.function(*(f"{package}.{name}" for package in ("losses", "metrics") for name in ALIASES.split()))(_each)
keras.function("metrics.accuracy")(_unknown)


@keras.function("losses.get")
def get(machine: Machine, identifier: Value) -> Value:
    """The loss of a name; what is no name stays as it is. Raises Undecided."""
    if not isinstance(identifier, str):
        return identifier
    found = keras.entries.get(f"losses.{identifier}")
    if found is None:
        raise Undecided(f"the loss {identifier!r} is not modelled")
    return found
