"""``compile``, ``fit``, ``evaluate``, ``predict`` and their kin: data and targets held against the model.

Source: https://keras.io/api/models/model_training_apis. What they give, but for predictions, is not followed.
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dimlint.core.dim import Dim, Shape, always_equal, always_positive, never_positive, unknown_dim
from dimlint.core.problem import Problem, Undecided
from dimlint.core.results import classes_of
from dimlint.core.value import ClassObject, DictObject, ListObject, Machine, Ref, Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.base import major, shows_none
from dimlint.libraries.keras.feeding import Asked, Shown, name_of, result
from dimlint.libraries.keras.library import LIBRARY as keras
from dimlint.libraries.keras.objects import attach, instance, tensors
from dimlint.libraries.keras.samples import Feed, batch_of
from dimlint.libraries.keras.targets import TARGET, class_numbers, rule_of, verdict

RUN = "the results of running a Keras model are not modelled"
keras.inert_reasons.add(RUN)

OWN_STEPS = frozenset(
    [f"{kind}_step" for kind in ("train", "test", "predict")]
    + [f"{kind}_function" for kind in ("train", "test", "predict", "make_train", "make_test", "make_predict")]
    + ["compute_loss", "compute_metrics", "compile", "_compute_loss"]
)
"""Methods by which a program's own model may take its data apart otherwise."""


def compiled(
    machine: Machine,
    self: Ref,
    optimizer: Value = "rmsprop",
    loss: Value = None,
    metrics: Value = None,
    loss_weights: Value = None,
    *args: Value,
    **kwargs: Value,
) -> None:
    """What a model is trained for."""
    attach(machine, self, _compiled=(loss, metrics, loss_weights), _ran=())


def fit(
    machine: Machine,
    self: Ref,
    x: Value = None,
    y: Value = None,
    batch_size: Value = None,
    epochs: Value = 1,
    verbose: Value = None,
    callbacks: Value = None,
    validation_split: Value = 0.0,
    validation_data: Value = None,
    shuffle: Value = True,
    class_weight: Value = None,
    sample_weight: Value = None,
    initial_epoch: Value = 0,
    *args: Value,
    **kwargs: Value,
) -> Value:
    """Train a model, if there is an epoch to be run at all. Raises Problem(data-mismatch, target-mismatch)."""
    if initial_epoch != 0 and not (is_size(initial_epoch) and is_size(epochs) and always_positive(epochs - initial_epoch)):
        return Unknown(RUN)
    if is_size(epochs) and never_positive(epochs):
        return Unknown(RUN)
    asked = Asked("fit", (0, "x"), (1, "y"))
    share = validation_split if validation_data is None else 0.0
    _train(machine, self, "train", asked, x, y, batch_size, share)
    _validate(machine, self, validation_data, kwargs.get("validation_batch_size", batch_size), (7, "validation_data"))
    return Unknown(RUN)


def fit_generator(machine: Machine, self: Ref, generator: Value, *args: Value, **kwargs: Value) -> Value:
    """Train a model by a source of batches. Raises Problem(data-mismatch, target-mismatch)."""
    _train(machine, self, "train", Asked("fit_generator", (0, "generator"), None), generator, None, None, 0.0)
    _validate(machine, self, kwargs.get("validation_data"), None, (5, "validation_data"))
    return Unknown(RUN)


def _validate(machine: Machine, self: Ref, data: Value, batch_size: Value, shown: Shown) -> None:
    """Validation data is a pair of arrays or a source of batches."""
    if data is None:
        return
    plain = machine.plain(data)
    if isinstance(plain, (tuple, list)):
        if len(plain) in (2, 3):
            items = machine.elements(data)
            _train(machine, self, "test", Asked("fit with this validation_data", shown, shown), items[0], items[1], batch_size, 0.0)
        return
    _train(machine, self, "test", Asked("fit with this validation_data", shown, None), data, None, None, 0.0)


def evaluate(
    machine: Machine, self: Ref, x: Value = None, y: Value = None, batch_size: Value = None, *args: Value, **kwargs: Value
) -> Value:
    """Evaluate a model. Raises Problem(data-mismatch, target-mismatch)."""
    _train(machine, self, "test", Asked("evaluate", (0, "x"), (1, "y")), x, y, batch_size, 0.0)
    return Unknown(RUN)


def evaluate_generator(machine: Machine, self: Ref, generator: Value, *args: Value, **kwargs: Value) -> Value:
    """Evaluate a model by a source of batches. Raises Problem(data-mismatch, target-mismatch)."""
    _train(machine, self, "test", Asked("evaluate_generator", (0, "generator"), None), generator, None, None, 0.0)
    return Unknown(RUN)


def _on_batch(machine: Machine, self: Ref, name: str, x: Value, y: Value) -> Value:
    given = machine.plain(x)
    first = next(iter(tensors(machine, given)), None)
    size = first.shape[0] if first is not None and first.shape.rank else None
    _train(machine, self, name, Asked(name, (0, "x"), (1, "y")), x, y, size, 0.0)
    return Unknown(RUN)


def train_on_batch(machine: Machine, self: Ref, x: Value, y: Value = None, *args: Value, **kwargs: Value) -> Value:
    """Train a model by one batch. Raises Problem(data-mismatch, target-mismatch)."""
    return _on_batch(machine, self, "train_on_batch", x, y)


def test_on_batch(machine: Machine, self: Ref, x: Value, y: Value = None, *args: Value, **kwargs: Value) -> Value:
    """Evaluate a model by one batch. Raises Problem(data-mismatch, target-mismatch)."""
    return _on_batch(machine, self, "test_on_batch", x, y)


def predict(machine: Machine, self: Ref, x: Value, batch_size: Value = None, *args: Value, **kwargs: Value) -> Value:
    """What a model gives for data, as arrays. Raises Problem(data-mismatch)."""
    cut = len(args) > 1 or kwargs.get("steps") is not None
    return _predicted(machine, self, Asked("predict", (0, "x"), None), x, cut=cut)


def predict_on_batch(machine: Machine, self: Ref, x: Value) -> Value:
    """What a model gives for one batch, as arrays. Raises Problem(data-mismatch)."""
    return _predicted(machine, self, Asked("predict_on_batch", (0, "x"), None), x)


def predict_generator(machine: Machine, self: Ref, generator: Value, *args: Value, **kwargs: Value) -> Value:
    """What a model gives for a source of batches, as arrays. Raises Problem(data-mismatch)."""
    return _predicted(machine, self, Asked("predict_generator", (0, "generator"), None), generator)


def _predicted(machine: Machine, self: Ref, asked: Asked, x: Value, *, cut: bool = False) -> Value:
    """Results for data, of which some may be left out. Raises Problem(data-mismatch)."""
    if not _is_followed(machine, self):
        return Unknown(RUN)
    try:
        asked = _later(machine, self, asked, asked.name)
        feed = batch_of(machine, asked, x, None, None, 0.0)
        given = result(machine, self, feed.x, asked, feed.whole)
        return _arrays(machine, given, unknown_dim("samples", low=0) if feed.count is None or cut else feed.count)
    except Undecided:
        return Unknown(RUN)


def _arrays(machine: Machine, value: Value, count: Dim) -> Value:
    """Results as NumPy arrays of all samples."""
    plain = machine.plain(value)
    if isinstance(plain, Tensor):
        return Tensor(Shape(count, *plain.shape[1:]), "numpy") if plain.shape.rank else Unknown(RUN)
    if isinstance(plain, (tuple, list)):
        items = tuple(_arrays(machine, item, count) for item in plain)
        return items if isinstance(plain, tuple) else machine.new(ListObject(items))
    if isinstance(plain, dict):
        return machine.new(DictObject({name: _arrays(machine, item, count) for name, item in plain.items()}))
    return Unknown(RUN)


def _is_followed(machine: Machine, self: Ref) -> bool:
    """Whether data goes into the model as Keras does it, and not by methods of the program's own, be they set later."""
    if major(machine.settings) < 2 or OWN_STEPS & {*machine.patched, *instance(machine, self).attributes}:
        return False
    classes = [machine.contents(cls) for cls in machine.mro(machine.class_of(self)) if isinstance(cls, Ref)]
    unknown = any(isinstance(cls, Unknown) for cls in machine.mro(machine.class_of(self)))
    return not unknown and not any(isinstance(cls, ClassObject) and OWN_STEPS & set(cls.attributes) for cls in classes)


def _later(machine: Machine, self: Ref, asked: Asked, kind: str) -> Asked:
    """The call, as a later one if one of its kind ran before."""
    ran = instance(machine, self).attributes.get("_ran", ())
    if isinstance(ran, tuple) and kind not in ran:
        attach(machine, self, _ran=(*ran, kind))
        return asked
    if major(machine.settings) < 3:
        raise Undecided("what a later call takes is not modelled for Keras 2")
    return replace(asked, later=True)


def _train(
    machine: Machine, self: Ref, kind: str, asked: Asked, x: Value, y: Value, batch_size: Value, share: Value
) -> None:
    """Hold data against the model and targets against its output. Raises Problem."""
    if x is None or not _is_followed(machine, self):
        return
    try:
        asked = _later(machine, self, asked, kind)
        feed = batch_of(machine, asked, x, y, batch_size, share)
        given = result(machine, self, feed.x, asked, feed.whole)
    except Undecided:
        return
    held = instance(machine, self).attributes.get("_compiled")
    if isinstance(held, tuple):
        _hold(machine, asked, feed, given, held)


# -- targets


def _hold(machine: Machine, asked: Asked, feed: Feed, output: Value, compiled: tuple[Value, ...]) -> None:
    """Hold targets against the output. Raises Problem(target-mismatch)."""
    shown = asked.x if asked.y is None or feed.whole is None else asked.y
    loss, metrics = machine.plain(compiled[0]), machine.plain(compiled[1])
    if isinstance(loss, Unknown) or loss is None:
        return
    for why, about in _wrong(machine, feed, machine.plain(output), loss, None if asked.later else metrics, asked.later):
        raise Problem(TARGET, f"{asked.name}: {why}", shown=shown, about=about)


def _wrong(machine: Machine, feed: Feed, output: Value, loss: Value, metrics: Value, later: bool) -> Sequence[tuple[str, Value]]:
    """What is wrong with targets, and the tensor that it is about."""
    y = machine.plain(feed.y)
    output = output[0] if isinstance(output, (tuple, list)) and len(output) == 1 else output
    if isinstance(output, Tensor):
        single = y[0] if isinstance(y, (tuple, list)) and len(y) == 1 else y
        if not isinstance(single, Tensor):
            return []
        one = loss[0] if isinstance(loss, (tuple, list)) and len(loss) == 1 else loss
        listed = metrics if isinstance(metrics, (tuple, list)) else [metrics]
        return _pair(machine, feed.size, single, output, one, listed, later)
    if isinstance(output, (tuple, list)) and all(isinstance(item, Tensor) for item in output):
        return _several(machine, feed, y, output, loss, later)
    if isinstance(output, dict) and major(machine.settings) >= 3:
        return _keyed(machine, feed, y, output, loss, later)
    return []


def _pair(
    machine: Machine, size: Dim | None, y: Tensor, output: Tensor, loss: Value, metrics: Sequence[Value], later: bool
) -> list[tuple[str, Value]]:
    """What is wrong with the targets of one output."""
    recent = major(machine.settings) >= 3
    vector = y.shape.rank == 2 and always_equal(y.shape[1], 1)  # Keras 2 may have made it of one without a second axis
    if not y.shape.rank or not output.shape.rank or (vector and output.shape.rank > 2 and not recent):
        return []
    size = y.shape[0] if size is None else size
    first = size if always_equal(output.shape[0], y.shape[0]) or shows_none(output.shape[0]) else output.shape[0]
    true, given = Shape(size, *y.shape[1:]), Shape(first, *output.shape[1:])
    rules = [rule_of(machine, loss, "losses", later), *(rule_of(machine, metric, "metrics") for metric in metrics if recent)]
    found = [(why, y) for rule in rules if (why := verdict(rule, true, given)) is not None]
    classes, last = classes_of(y), given[-1]
    numbered = rules[0] is not None and rules[0][1] is class_numbers
    if not found and numbered and classes is not None and isinstance(last, int) and last < classes:
        found = [(f"the output {given} has {last} classes, but the labels of the data set go up to {classes - 1}", y)]
    return found


def _several(machine: Machine, feed: Feed, y: Value, outputs: Sequence[Tensor], loss: Value, later: bool) -> list[tuple[str, Value]]:
    """What is wrong with the targets of several outputs."""
    names = [name_of(machine, output.step.callee if output.step is not None else None) for output in outputs]
    known = all(isinstance(name, str) for name in names)
    if isinstance(loss, dict):
        if not known or major(machine.settings) < 3:
            return []
        if set(loss) != set(names):
            return [_strange("losses", loss, names)]
        losses = [loss[name] for name in names]
    else:
        losses = list(loss) if isinstance(loss, (tuple, list)) else [loss] * len(outputs)
    if isinstance(y, dict):
        if not known or set(y) != set(names):
            return []
        y = [y[name] for name in names]
    if isinstance(y, Tensor) and None not in losses and len(losses) == len(outputs) and major(machine.settings) >= 3:
        return [(f"the model has {len(outputs)} outputs, but there is one array of targets, {y.shape}", y)]
    if not isinstance(y, (tuple, list)) or len(y) != len(outputs) or len(losses) != len(outputs):
        return []
    found: list[tuple[str, Value]] = []
    for true, output, one in zip(y, outputs, losses):
        if isinstance(true, Tensor):
            found += _pair(machine, feed.size, true, output, one, (), later)
    return found


def _keyed(machine: Machine, feed: Feed, y: Value, outputs: Mapping[Value, Value], loss: Value, later: bool) -> list[tuple[str, Value]]:
    """What is wrong with the targets of outputs in a dictionary."""
    losses = loss if isinstance(loss, dict) else dict.fromkeys(outputs, loss)
    losses = {name: one for name, one in losses.items() if one is not None}
    if not set(losses) <= set(outputs):
        return [_strange("losses", losses, outputs)]
    if not isinstance(y, dict) or isinstance(loss, (tuple, list)):
        return []
    if not set(losses) <= set(y):
        return [_strange("targets", y, outputs)]
    found: list[tuple[str, Value]] = []
    for name, one in losses.items():
        true, output = y[name], outputs[name]
        if isinstance(true, Tensor) and isinstance(output, Tensor):
            found += _pair(machine, feed.size, true, output, one, (), later)
    return found


def _strange(what: str, given: Iterable[Value], outputs: Iterable[Value]) -> tuple[str, Value]:
    """Names are given that are not those of the outputs."""
    return f"the {what} are for {', '.join(map(repr, given))}, but the outputs are {', '.join(map(repr, outputs))}", None
