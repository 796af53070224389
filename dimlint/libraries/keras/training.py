"""What stands beside the layers: callbacks, optimizers, metrics, regularizers, constraints. Source: https://keras.io/api.

Their numbers are not followed; they are classes that a program may derive from, and functions that find them by name.
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dimlint.core.dim import Shape
from dimlint.core.value import Machine, Ref, Tensor, Unknown, Value
from dimlint.libraries.keras.layer import attach, keras, to_dims

CALLBACKS = """BackupAndRestore CSVLogger CallbackList EarlyStopping History LambdaCallback LearningRateScheduler ModelCheckpoint
OrbaxCheckpoint ProgbarLogger ReduceLROnPlateau RemoteMonitor SwapEMAWeights TensorBoard TerminateOnNaN BaseLogger"""
OPTIMIZERS = """Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lamb Lion LossScaleOptimizer MultiOptimizer Muon Nadam RMSprop SGD
ScheduleFreeAdamW TFOptimizer"""
SCHEDULES = """CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay PiecewiseConstantDecay PolynomialDecay"""
METRICS = """AUC Accuracy BinaryAccuracy BinaryCrossentropy BinaryIoU CategoricalAccuracy CategoricalCrossentropy CategoricalHinge
ConcordanceCorrelation CosineSimilarity F1Score FBetaScore FalseNegatives FalsePositives Hinge IoU KLDivergence LogCoshError Mean
MeanAbsoluteError MeanAbsolutePercentageError MeanIoU MeanMetricWrapper MeanSquaredError MeanSquaredLogarithmicError OneHotIoU
OneHotMeanIoU PearsonCorrelation Poisson Precision PrecisionAtRecall R2Score Recall RecallAtPrecision RootMeanSquaredError
SensitivityAtSpecificity SparseCategoricalAccuracy SparseCategoricalCrossentropy SparseTopKCategoricalAccuracy MeanTensor MeanRelativeError
SpecificityAtSensitivity SquaredHinge Sum TopKCategoricalAccuracy TrueNegatives TruePositives SumOverBatchSize Reduce"""
REGULARIZERS = "L1 L1L2 L2 OrthogonalRegularizer l1 l1_l2 l2 l1l2 activity_l2 orthogonal_regularizer"
CONSTRAINTS = """MaxNorm MinMaxNorm NonNeg UnitNorm RadialConstraint max_norm maxnorm min_max_norm non_neg nonneg unit_norm unitnorm
radial_constraint"""
SERIALIZED = "activation initializer regularizer constraint optimizer loss metric layer"
"""What can be serialized, each in a package of its plural."""

OPAQUE = "the numbers of a Keras object are not followed"
keras.inert_reasons.add(OPAQUE)

Body = Callable[..., Any]


def _init(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
    """Arguments have no influence on shapes."""


def _noted(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
    """Names of the arguments tell whether they matter for shapes."""
    attach(machine, self, _given=(*kwargs, *(["?"] if args else [])))


def _lost(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
    """What is not followed."""
    return Unknown(OPAQUE)


def _nothing(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
    """Has no influence on shapes."""


def _same(machine: Machine, self: Ref, value: Value, *args: Value, **kwargs: Value) -> Value:
    """The value, with other numbers."""
    return value


def _variable(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
    """A variable of an object. Raises Problem, Undecided."""
    positional = [arg for arg in args if not isinstance(arg, str)]
    shape = machine.plain(kwargs.get("shape", positional[0] if positional else ()))
    return Tensor(Shape(*to_dims(() if shape is None else shape, "shape")), "keras")


def declare(package: str, base: str, names: str, doc: str, **methods: Body) -> None:
    """A family of classes: a base class with methods, and classes that derive from it."""
    body: dict[str, Any] = {"__init__": _init, "__getattr__": _lost, "get_config": _lost, "__doc__": doc}
    keras.type(f"{package}.{base}")(type(base, (), body | methods))
    for name in names.split():
        keras.type(f"{package}.{name}", bases=(f"{package}.{base}",))(type(name, (), {"__doc__": doc}))


declare(
    "callbacks", "Callback", CALLBACKS, "Called while a model is trained.", set_model=_nothing, set_params=_nothing,
    **{f"on_{what}": _nothing for what in ("train_begin", "train_end", "epoch_begin", "epoch_end", "batch_begin", "batch_end")},
)  # fmt: skip
declare("optimizers", "LearningRateSchedule", SCHEDULES, "A learning rate that changes.", __call__=_lost)
declare(
    "optimizers", "Optimizer", OPTIMIZERS, "Changes weights by their gradients.", apply_gradients=_nothing, apply=_nothing,
    minimize=_nothing, build=_nothing, get_gradients=_lost, compute_gradients=_lost,
)  # fmt: skip
declare(
    "metrics", "Metric", METRICS, "A number that is collected over batches.", __call__=_lost, update_state=_nothing, result=_lost,
    reset_state=_nothing, reset_states=_nothing, add_weight=_variable, add_variable=_variable, __init__=_noted,
)  # fmt: skip
declare("regularizers", "Regularizer", REGULARIZERS, "A penalty on weights.", __call__=_lost)
declare("constraints", "Constraint", CONSTRAINTS, "A limit on weights.", __call__=_same)


def _found(machine: Machine, identifier: Value, *args: Value, **kwargs: Value) -> Value:
    """What is no name stays as it is; a name stands for an object whose numbers are not followed."""
    return identifier if identifier is None or isinstance(identifier, Ref) else Unknown(OPAQUE)


def _text(machine: Machine, value: Value, *args: Value, **kwargs: Value) -> Value:
    """A description, or what it describes."""
    return Unknown("a serialized object is not followed")


for _package in ("regularizers", "constraints", "optimizers", "metrics"):
    keras.function(f"{_package}.get")(_found)
for _kind in SERIALIZED.split():
    _package = "losses" if _kind == "loss" else f"{_kind}s"
    keras.function(f"{_package}.serialize", value=_kind)(_text)
    keras.function(f"{_package}.deserialize", value="name" if _kind == "loss" else "config")(_text)
for _package in ("utils", "saving"):
    keras.function(f"{_package}.serialize_keras_object", f"{_package}.get_registered_name", value="obj")(_text)
    keras.function(f"{_package}.deserialize_keras_object", value="config")(_text)
    keras.function(f"{_package}.get_registered_object", value="name")(_text)
