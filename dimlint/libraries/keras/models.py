"""``Model`` and ``Sequential`` in the analysed program. Source: https://keras.io/api/models."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from dimlint.core.dim import Shape
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.library import computed
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Function, Instance, LibraryClass, ListObject, Machine, Method, Raised, Ref, Tensor, Unknown, Value
from dimlint.libraries.keras import fitting, nesting
from dimlint.libraries.keras.base import major
from dimlint.libraries.keras.changes import INSIDE, last_change
from dimlint.libraries.keras.feeding import Asked, is_built, is_data, result
from dimlint.libraries.keras.fitting import RUN
from dimlint.libraries.keras.graph import Forked, fit, operations, replay
from dimlint.libraries.keras.inputs import only_hinted, require_hinted, settle_input_layer, stated_input, with_layer
from dimlint.libraries.keras.layer import LayerType, apply_layer, attach, instance, is_a, keras, symbolic, tensors, to_dims
from dimlint.libraries.keras.names import building, counted, refuse_twins
from dimlint.libraries.keras.nesting import is_checked, nested, only_item, opened, require_recorded, stacked
from dimlint.libraries.keras.objects import in_order
from dimlint.libraries.keras.variables import TOUCHED, touch


def _run(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
    return Unknown(RUN)


def _nothing(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
    return None


def label_of(machine: Machine, self: Ref) -> str:
    """Name of the model's class."""
    cls = instance(machine, self).cls
    return cls.label if isinstance(cls, LibraryClass) else str(getattr(machine.contents(cls), "name", "Model"))


def listed(machine: Machine, items: Sequence[Value]) -> Ref:
    """A list of the program."""
    return machine.new(ListObject(tuple(items)))


@keras.type("Model", "models.Model", bases=("layers.Layer",))
class Model:
    """A model: functional if it is given inputs and outputs, else the program's own ``call`` decides."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        inputs = args[0] if args else kwargs.get("inputs", kwargs.get("input"))
        outputs = args[1] if len(args) > 1 else kwargs.get("outputs", kwargs.get("output"))
        given = {name: value for name, value in kwargs.items() if name in ("name", "trainable", "dtype")}
        functional = inputs is not None and outputs is not None and isinstance(instance(machine, self).cls, LibraryClass)
        LayerType.__init__(machine, self, **given, _class="Functional" if functional else None)
        if inputs is not None and outputs is not None:
            _connect(machine, self, inputs, outputs)

    def __call__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        if len(args) == 1 and is_data(machine, args[0]) and is_built(machine, self):
            return result(machine, self, args[0], Asked("the model", (0, "inputs")))
        return apply_layer(machine, self, args, kwargs)

    def call(machine: Machine, self: Ref, inputs: Value, training: Value = None, mask: Value = None) -> Value:
        return opened(machine, _replayed(machine, self, inputs, strict=False))

    def _graph_call(machine: Machine, self: Ref, inputs: Value, training: Value = None, mask: Value = None) -> Value:
        held = instance(machine, self)
        strict = major(machine.settings) >= 3 and is_checked(held)
        found = _replayed(machine, self, inputs, strict=strict)
        require_recorded(machine, self, inputs, found)
        return nested(machine, inputs, found)

    def build(machine: Machine, self: Ref, input_shape: Value = None) -> None:
        held = instance(machine, self)
        attach(machine, self, built=True)
        method = machine.attribute(self, "call")
        own = isinstance(method, Method) and isinstance(method.function, Function)
        if not own or "_inputs" in held.attributes or held.attributes.get("_building") is True or input_shape is None:
            return
        touch(machine, self)
        shape = machine.plain(input_shape)
        if isinstance(shape, (tuple, list)) and shape and not isinstance(shape[0], (tuple, list)):
            machine.call(self, (symbolic(Shape(*to_dims(shape, "input_shape", chosen=True))),))

    def get_layer(machine: Machine, self: Ref, name: Value = None, index: Value = None) -> Value:
        found = machine.elements(machine.attribute(self, "layers"))
        if isinstance(index, int):
            if not -len(found) <= index < len(found):
                raise Raised("ValueError", f"the model has no layer {index}")
            return found[index]
        if not isinstance(name, str) or index is not None:
            raise Undecided("which layer of a model is asked for is not known")
        for layer in found:
            known = machine.attribute(layer, "name")
            if isinstance(known, Unknown):
                raise Undecided(known.reason)
            if known == name:
                return layer
        raise Raised("ValueError", f"No such layer: {name}")

    summary = save = save_weights = load_weights = export = _nothing
    compile, fit, evaluate, predict = fitting.compiled, fitting.fit, fitting.evaluate, fitting.predict
    train_on_batch, test_on_batch, predict_on_batch = fitting.train_on_batch, fitting.test_on_batch, fitting.predict_on_batch
    fit_generator, evaluate_generator = fitting.fit_generator, fitting.evaluate_generator
    predict_generator = fitting.predict_generator
    predict_classes = predict_proba = to_json = to_yaml = get_metrics_result = _run
    metrics_names = computed(_run)
    optimizer = computed(_run)

    @staticmethod
    def from_config(machine: Machine, *args: Value, **kwargs: Value) -> Value:
        raise Undecided("a model from its configuration is not followed")

    @computed
    def layers(machine: Machine, self: Ref) -> Value:
        held = instance(machine, self)
        if "_inputs" in held.attributes:
            wanted = held.attributes["_inputs"]
            return wanted if isinstance(wanted, Unknown) else listed(machine, layers_of(machine, wanted, held.attributes["output"]))
        return listed(machine, parts(machine, held.attributes))

    input_shape, output_shape = computed(nesting.told_input_shape), computed(nesting.told_output_shape)


def _replayed(machine: Machine, self: Ref, inputs: Value, *, strict: bool) -> Value:
    """What a functional model's graph gives. strict: other sizes than the stated ones are refused. Raises Problem, Undecided."""
    held = instance(machine, self)
    if "_inputs" not in held.attributes:
        known = "is made without inputs and outputs" if isinstance(held.cls, LibraryClass) else "defines no call method"
        raise Undecided(f"{label_of(machine, self)} {known}")
    wanted = held.attributes["_inputs"]
    if isinstance(wanted, Unknown):
        raise Undecided(wanted.reason)
    given = _given(machine, inputs, held.attributes["input"], wanted)
    loose = major(machine.settings) < 3
    fitted = [fit(label_of(machine, self), new, old, strict, loose) for new, old in zip(given, wanted)]
    return replay(machine, wanted, held.attributes["output"], fitted)


def layers_of(machine: Machine, inputs: Sequence[Tensor], outputs: Value) -> list[Value]:
    """The layers of a functional model in Keras' order; an input without a layer of its own gets one. Raises Undecided."""
    found: list[Value] = []
    for item in operations(machine, inputs, tensors(machine, outputs)):
        if is_a(machine, item, "applications.Backbone"):
            raise Undecided(INSIDE)
        if isinstance(item, Tensor):
            layer = machine.new(Instance(keras.entries["layers.InputLayer"], {"name": Unknown("the name of an input is not followed")}))
            settle_input_layer(machine, layer, item)
            item = layer
        if is_a(machine, item, "layers.Layer"):
            found.append(item)
    return found


def parts(machine: Machine, attributes: Mapping[str, Value]) -> list[Value]:
    """The layers that a model of the program's own holds, in the order in which it got them. Raises Undecided."""
    found: list[Value] = []
    several = False
    for name, value in attributes.items():
        plain = machine.plain(value)
        if isinstance(plain, Unknown) and name not in ("name", "trainable", "input", "output", TOUCHED):
            raise Undecided(plain.reason)
        layers = [item for item in _leaves(machine, plain) if is_a(machine, item, "layers.Layer")]
        if layers and several:
            raise Undecided("when the layers in a list were put there is not known")
        several = several or (bool(layers) and plain is not layers[0])
        found += layers
    return list(dict.fromkeys(found))


def _connect(machine: Machine, self: Ref, inputs: Value, outputs: Value) -> None:
    """Make a functional model of two structures of tensors."""
    given = machine.plain(inputs)
    if isinstance(given, (list, tuple)) and not given and major(machine.settings) >= 3:
        hint = "The input of an InputLayer is an empty list in Keras 3; its output, or the inputs of its model, are meant"
        raise Problem(ARGUMENT, f"{label_of(machine, self)} needs at least one input, got {show(given)}. {hint}")
    if major(machine.settings) < 3:
        inputs, outputs = only_item(machine, inputs), only_item(machine, outputs)
    starts, ends = tensors(machine, inputs), tensors(machine, outputs)
    lost = next((item.reason for item in (*_leaves(machine, inputs), *_leaves(machine, outputs)) if isinstance(item, Unknown)), None)
    attach(machine, self, input=inputs, output=outputs, built=True)
    attach(machine, self, inputs=listed(machine, starts), outputs=listed(machine, ends))
    if lost is not None or not starts or not ends:
        reason = Unknown(lost or "the inputs or outputs of a model are not known")
        attach(machine, self, _inputs=reason, input=reason, output=reason, inputs=reason, outputs=reason)
        machine.record_model(self, starts, reason)
        return
    attach(machine, self, _inputs=tuple(starts), _last_change=last_change(machine))
    machine.record_model(self, starts, outputs)
    with suppress(Forked):
        refuse_twins(machine, label_of(machine, self), operations(machine, starts, ends))


def _leaves(machine: Machine, value: Value) -> list[Value]:
    """What nested sequences and dictionaries hold, in order."""
    found: list[Value] = []
    pending = [machine.plain(value)]
    while pending:
        item = pending.pop()
        if isinstance(item, (tuple, list)):
            pending += reversed(item)
        elif isinstance(item, dict):
            pending += reversed(in_order(item))
        else:
            found.append(item)
    return found


def _given(machine: Machine, inputs: Value, struct: Value, wanted: Sequence[Tensor]) -> list[Value]:
    """The tensors of a call, in the order of the model's inputs. Raises Undecided."""
    plain, names = machine.plain(inputs), machine.plain(struct)
    if isinstance(plain, dict) and isinstance(names, dict) and set(plain) == set(names):
        plain = in_order(plain)
    elif isinstance(plain, dict):
        raise Undecided("inputs by name are not modelled")
    found = _leaves(machine, plain)
    if len(found) != len(wanted):
        raise Undecided(f"the model has {len(wanted)} inputs, but is called on {len(found)}")
    return found


@keras.type("Sequential", "models.Sequential", bases=("Model",))
class Sequential:
    """A stack of layers. As soon as its input is known, each layer is applied as it is added."""

    def __init__(machine: Machine, self: Ref, layers: Value = None, trainable: Value = True, name: Value = None) -> None:
        name = trainable if isinstance(trainable, str) else name
        LayerType.__init__(machine, self, name=name)
        attach(machine, self, _layers=(), _tensors=(), _has_input=False)
        if layers is None:
            return
        for layer in machine.elements(layers):
            _append(machine, self, layer)
        _rebuilt(machine, self)
        _record(machine, self)

    def add(machine: Machine, self: Ref, layer: Value) -> None:
        _append(machine, self, layer)
        _rebuilt(machine, self)
        _record(machine, self)

    def pop(machine: Machine, self: Ref) -> Value:
        held = instance(machine, self)
        layers, made = held.attributes["_layers"], held.attributes["_tensors"]
        if not layers:
            raise Raised("TypeError", "There are no layers in the model.")
        attach(machine, self, _layers=layers[:-1], _tensors=made[: len(layers)])
        _publish(machine, self)
        _rebuilt(machine, self)
        _record(machine, self)
        return layers[-1]

    def build(machine: Machine, self: Ref, input_shape: Value = None) -> None:
        held = instance(machine, self)
        shape = machine.plain(input_shape)
        if shape is None or held.attributes["_tensors"] or not held.attributes["_layers"]:
            return
        touch(machine, self)
        if isinstance(shape, (tuple, list)) and any(isinstance(item, (tuple, list)) for item in shape):
            return
        start = with_layer(machine, symbolic(Shape(*to_dims(shape, "input_shape", chosen=True))))
        attach(machine, self, _has_input=True)
        _start(machine, self, start)
        _rebuilt(machine, self)
        _record(machine, self)

    def call(machine: Machine, self: Ref, inputs: Value, training: Value = None, mask: Value = None) -> Value:
        return opened(machine, Sequential._graph_call(machine, self, inputs))

    def _graph_call(machine: Machine, self: Ref, inputs: Value, training: Value = None, mask: Value = None) -> Value:
        held = instance(machine, self)
        made, x = held.attributes["_tensors"], inputs
        if isinstance(x, Unknown):
            raise Undecided(x.reason)
        if made and isinstance(made[-1], Unknown):
            return made[-1]
        if not made:
            if isinstance(x, Tensor):
                with building(machine):
                    counted(machine, "input_layer")
                    attach(machine, self, _has_input=True)
                    _start(machine, self, x)
                    _rebuilt(machine, self)
                return stacked(machine, held.attributes["_layers"], inputs, instance(machine, self).attributes["_tensors"][-1])
        elif isinstance(made[0], Tensor):
            require_hinted(machine, made[0], x)
            recent = major(machine.settings) >= 3
            x = fit(label_of(machine, self), x, made[0], isinstance(x, Tensor) and x.symbolic and recent, not recent)
        for layer in held.attributes["_layers"]:
            x = machine.call(layer, (x,))
            if isinstance(x, Unknown):
                break
        if len(made) > 1:
            require_recorded(machine, self, inputs, x)
        return stacked(machine, held.attributes["_layers"], inputs, x)

    @computed
    def layers(machine: Machine, self: Ref) -> Value:
        return listed(machine, instance(machine, self).attributes["_layers"])


def _append(machine: Machine, self: Ref, layer: Value) -> None:
    """Put a layer, or an ``Input``, on top. Raises Problem."""
    held = instance(machine, self)
    layers, made = held.attributes["_layers"], held.attributes["_tensors"]
    if isinstance(layer, Tensor) or is_a(machine, layer, "layers.InputLayer"):
        if not layers and not made:
            start = layer if isinstance(layer, Tensor) else instance(machine, layer).attributes.get("output")
            attach(machine, self, _tensors=(start if start is not None else Unknown("an input layer is not known"),), _has_input=True)
        return
    if isinstance(layer, Ref):
        refuse_twins(machine, label_of(machine, self), (*layers, layer), layer)
    if not layers and not made and isinstance(layer, Ref) and "_merged" in instance(machine, layer).attributes:
        attach(machine, self, _layers=(layer,), _tensors=instance(machine, layer).attributes["_merged"])
        _publish(machine, self)
        return
    if not layers and not made and isinstance(layer, Ref):
        start = _start_of(machine, layer)
        made = () if start is None else (start,)
        if start is not None and not is_a(machine, layer, "Model"):
            made = (with_layer(machine, start, hinted=only_hinted(machine, layer)),)
            attach(machine, self, _has_input=True)
    if made:
        made = (*made, _apply(machine, layer, made[-1]))
    attach(machine, self, _layers=(*layers, layer), _tensors=made)
    _publish(machine, self)


def _rebuilt(machine: Machine, self: Ref) -> None:
    """A model whose input is known is made a functional one anew whenever its layers change; that one takes a name."""
    attributes = instance(machine, self).attributes
    layers, has_input = attributes["_layers"], attributes["_has_input"] is True
    if not has_input and len(layers) > 1 and attributes["_tensors"]:
        counted(machine, "input_layer")
        attach(machine, self, _has_input=True)
        has_input = True
    if has_input and layers:
        counted(machine, "functional")


def _start_of(machine: Machine, layer: Ref) -> Tensor | None:
    """The input that a first layer brings along: stated in its arguments, or that of a built model."""
    if is_a(machine, layer, "Model"):
        attributes = instance(machine, layer).attributes
        known = attributes.get("_tensors", attributes.get("_inputs", ()))
        first = known[0] if isinstance(known, tuple) and known else None
        if isinstance(first, Tensor):
            return replace(first, step=None)
    return stated_input(machine, layer)


def _apply(machine: Machine, layer: Value, x: Value) -> Value:
    return x if isinstance(x, Unknown) else machine.call(layer, (x,))


def _start(machine: Machine, self: Ref, x: Tensor) -> None:
    """Apply all layers to the first input that the model sees."""
    made: list[Value] = [x]
    for layer in instance(machine, self).attributes["_layers"]:
        made.append(_apply(machine, layer, made[-1]))
    attach(machine, self, _tensors=tuple(made))
    _publish(machine, self)


def _publish(machine: Machine, self: Ref) -> None:
    """The attributes that a program reads from a built model."""
    made = instance(machine, self).attributes["_tensors"]
    if len(made) > 1:
        attributes: Mapping[str, Value] = {"inputs": listed(machine, made[:1]), "outputs": _flat(machine, made[-1])}
        attach(machine, self, input=made[0], output=made[-1], built=True, _last_change=last_change(machine), **attributes)


def _flat(machine: Machine, value: Value) -> Value:
    """A list of all tensors in a structure."""
    return listed(machine, tensors(machine, value) or [value])


def _record(machine: Machine, self: Ref) -> None:
    made = instance(machine, self).attributes["_tensors"]
    if len(made) > 1:
        machine.record_model(self, made[:1], made[-1])


_UNDECLARED = (
    "_compile_loss _compile_metrics _jit_compile _loss_tracker _nodes _nodes_by_depth _operations _run_eagerly "
    "compile_from_config compiled compiled_loss compiled_metrics compute_loss compute_metrics distribute_strategy "
    "distribute_reduction_method "
    "get_compile_config get_quantization_layer_structure get_state_tree input inputs jit_compile loss make_predict_function "
    "make_test_function make_train_function operations output output_names outputs predict_function predict_step "
    "reset_metrics run_eagerly set_state_tree stateless_compute_loss steps_per_execution test_function test_step "
    "train_function train_step unrolled_steps_per_execution "
)
"""Attributes of every model beside those above."""
keras.undeclared["Model"] = frozenset(_UNDECLARED.split())
