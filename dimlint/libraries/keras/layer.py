"""The base type of Keras layers in the analysed program: calling, building, and the questions asked of a layer.

Methods of declared types take the machine before the object itself, which mypy's rule for ``self`` does not foresee.
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dimlint.core.dim import Shape, never_equal
from dimlint.core.layer import ARGUMENT, parameters, show
from dimlint.core.library import computed
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import (
    REPORTED,
    Instance,
    LibraryClass,
    ListObject,
    Machine,
    Raised,
    Ref,
    Step,
    Tensor,
    Unknown,
    Value,
)
from dimlint.libraries.keras.base import COMMON, KerasLayer, major, shows_none
from dimlint.libraries.keras.library import LIBRARY as keras
from dimlint.libraries.keras.masks import with_mask
from dimlint.libraries.keras.names import LOST, called, give_name
from dimlint.libraries.keras.nesting import GRAPH_CALL, is_run_as_graph, running
from dimlint.libraries.keras.objects import attach, contents, instance, is_a, shape_value, symbolic, tensors, to_dims
from dimlint.libraries.keras.own import activated, build, declared, takes
from dimlint.libraries.keras.specification import check_spec
from dimlint.libraries.keras.variables import (
    ADDED,
    Variable,
    count_of,
    is_built,
    is_trainable,
    listed_variables,
    set_built,
    set_trainable,
    trained,
    variables_of,
)

__all__ = ["LayerType", "apply_layer", "attach", "build", "instance", "is_a", "keras", "shape_value", "symbolic", "tensors", "to_dims"]

SEEDS = "variables that hold seeds are not modelled"
CONTEXT = ("training", "mask")
keras.inert_reasons.add(SEEDS)
FIRST = ("inputs", "sequences")
"""Names of the first argument of ``call``, which declarations name as they like."""


def apply_layer(machine: Machine, self: Ref, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
    """What calling a layer does: settle its settings, build it once, run ``call``, remember the tensors."""
    held = contents(machine, self)
    layer = held.layer
    if isinstance(layer, KerasLayer):
        held = _settle(machine, self, held, layer, args)
        if isinstance(held.cls, LibraryClass):
            args, kwargs = _inputs(machine, layer, args, kwargs)
    check_spec(machine, self, args)
    if build(machine, self, args, kwargs):
        check_spec(machine, self, args)
    if "training" in kwargs and not takes(machine.attribute(self, "call"), "training"):
        kwargs = {name: value for name, value in kwargs.items() if name != "training"}
    if "output" not in held.attributes:
        called(machine, self, any(tensor.symbolic for tensor in tensors(machine, args)))
    kwargs = with_mask(machine, self, args, kwargs)
    graph = is_run_as_graph(machine, self, args)
    with running(machine, graph=graph):
        ran = machine.run_model(self, GRAPH_CALL if graph else "call", args, kwargs)
        ran = activated(machine, self, held, ran)
    result = declared(machine, self, args, kwargs, ran)
    if not (isinstance(held.cls, LibraryClass) and held.cls.layer is not None):
        result = _mark(machine, result, Step(_label(machine, self), self, tuple(args), dict(kwargs), held.site, _reasons(ran)))
    if isinstance(held.cls, LibraryClass) and held.layer is None and not isinstance(result, Unknown):
        attach(machine, self, built=True)
    if "output" not in contents(machine, self).attributes and args:
        attach(machine, self, input=args[0], output=result)
    return result


def _settle(machine: Machine, self: Ref, held: Instance, layer: KerasLayer, args: Sequence[Value]) -> Instance:
    """Put the program's settings into a layer. Raises Undecided."""
    _require_format(machine, layer, args[0] if args else None)
    eager = isinstance(args[0], Tensor) and not args[0].symbolic if args else False
    before = held.attributes.get("output")
    perhaps = isinstance(before, Unknown) and before.reason != REPORTED  # a call on what is not known may have built it
    settled = layer.with_settings(machine.settings, made=held.built is not None or perhaps, eager=eager)
    settled = settled.touched() if "*" in held.attributes else settled
    if settled is not layer:
        held = replace(instance(machine, self), layer=settled)
        machine.update(self, held)
    return held


def _require_format(machine: Machine, layer: KerasLayer, x: Value) -> None:
    """Programs for Keras 1 left it to keras.json where the channels are: undecided if they look like being first. Raises Undecided."""
    if layer.keras_version > 1 or layer.data_format is not None or "data_format" not in layer.fields or not isinstance(x, Tensor):
        return
    if machine.settings.get("image_format_stated") or machine.settings.get("image_data_format") == "channels_first":
        return
    first, *others = x.shape[1:] or (0,)
    if x.shape.rank > 3 and isinstance(first, int) and first <= 4 and all(isinstance(size, int) and size > first for size in others):
        raise Undecided(f"the channels of {x.shape} seem to come first, which this program for Keras 1 leaves to keras.json")


def _inputs(
    machine: Machine, layer: KerasLayer, args: Sequence[Value], kwargs: Mapping[str, Value]
) -> tuple[Sequence[Value], Mapping[str, Value]]:
    """The arguments of a library layer's ``call``: context arguments left out, ``[x]`` unwrapped. Raises Undecided."""
    kwargs = {name: value for name, value in kwargs.items() if name not in CONTEXT}
    args = [*args, *([kwargs.pop(name) for name in FIRST if name in kwargs] if not args else ())]
    for name in [item.name for item in parameters(type(layer).output)[1 + len(args) :]]:
        if name not in kwargs:
            break
        args.append(kwargs.pop(name))
    first = machine.plain(args[0]) if args else None
    layer.require_list(first)
    if layer.many or not isinstance(first, (tuple, list)) or not any(isinstance(item, Tensor) for item in first):
        return args, kwargs
    if len(first) == 1:
        return (first[0], *args[1:]), kwargs
    if layer.recurrent and layer.keras_version >= 3:
        message = f"{layer.label} is called on a list of {len(first)} tensors. Keras 3 needs the states as initial_state=[...]"
        raise Problem(ARGUMENT, message)
    if layer.recurrent:
        return (first[0], *args[1:]), {**kwargs, "initial_state": tuple(first[1:])}
    raise Undecided(f"{layer.label} is called on a list of tensors")


def _label(machine: Machine, self: Ref) -> str:
    """Name of a layer's class."""
    name = machine.class_of(self)
    return name.label if isinstance(name, LibraryClass) else str(getattr(machine.contents(name), "name", "layer"))


def _reasons(ran: Value) -> tuple[str, ...]:
    """Why what ``call`` gave is not known; the shape may be declared for all that."""
    return (ran.reason,) if isinstance(ran, Unknown) else ()


def _mark(machine: Machine, value: Value, step: Step) -> Value:
    """Results of a layer that is made of others, as made by that layer: the graph holds it as one node.

    All that it gives for symbolic tensors is symbolic, also what it makes of its weights alone.
    """
    symbolic = any(tensor.symbolic for tensor in step.inputs)

    def mark(item: Value) -> Value:
        if isinstance(item, Tensor):
            node = item.symbolic or symbolic
            return replace(item, step=step, origin=None, symbolic=True, variable=None) if node else item
        if isinstance(item, tuple):
            return tuple(map(mark, item))
        contents = machine.contents(item) if isinstance(item, Ref) else None
        return machine.new(ListObject(tuple(map(mark, contents.items)))) if isinstance(contents, ListObject) else item

    return mark(value)


def _seeds(machine: Machine, self: Ref) -> Value:
    return Unknown(SEEDS)


def _lost(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
    return Unknown("what a method of a Keras layer returns is not modelled")


def _nothing(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
    return None


def _private_name(machine: Machine, self: Ref) -> Value:
    """Where Keras 2 keeps the name of a layer, models included."""
    return instance(machine, self).attributes.get("name", LOST)


def _rename(machine: Machine, self: Ref, name: Value) -> None:
    """Give another name, as programs for Keras 2 do. Keras 3 keeps the old one: there it is not known which of them is meant."""
    attach(machine, self, name=name if major(machine.settings) == 2 and isinstance(name, str) else LOST)


def _is_trainable(machine: Machine, self: Ref) -> bool:
    return is_trainable(machine, self, instance(machine, self).attributes)


def _listed(machine: Machine, variables: Sequence[Variable], library: str = "keras") -> Ref:
    """A list of the program that holds the variables as tensors. Raises Undecided for Keras 2, which has another order."""
    if major(machine.settings) < 3 and len({variable.owner for variable in variables}) > 1:
        raise Undecided("the order of the variables is that of Keras 3")
    return machine.new(ListObject(tuple(Tensor(variable.shape, library) for variable in variables)))


def _weights(machine: Machine, self: Ref) -> Value:
    return _listed(machine, listed_variables(machine, self))


def _trained(machine: Machine, self: Ref) -> Value:
    listed_variables(machine, self)
    return _listed(machine, trained(machine, self))


def _not_trained(machine: Machine, self: Ref) -> Value:
    kept = trained(machine, self)
    return _listed(machine, [variable for variable in listed_variables(machine, self) if variable not in kept])


def _build(machine: Machine, self: Ref, held: Instance, layer: KerasLayer, given: Sequence[Value]) -> None:
    """Fix the variables of a library's layer for stated input shapes, where that is plainly possible."""
    shapes = [machine.plain(item) for item in given]
    if held.built is not None or not all(isinstance(item, (tuple, list)) for item in shapes):
        return
    if len(shapes) == 1 and shapes[0] and all(isinstance(item, (tuple, list)) for item in shapes[0]):
        shapes = list(shapes[0])
    sizes = tuple(Shape(*to_dims(item, "input_shape")) for item in shapes)
    settled = layer.with_settings(machine.settings)
    if not sizes and parameters(type(layer).weights)[1:]:
        return
    try:
        made = settled.variables(sizes)
    except Undecided:
        return
    if made and not any(shows_none(size) for shape in made.values() for size in shape):
        machine.update(self, replace(instance(machine, self), built=sizes, layer=settled))


@keras.type("layers.Layer")
class LayerType:
    """Base of all layers, the program's own included."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        given = {name: kwargs[name] for name in kwargs if name in COMMON}
        give_name(machine, self, given.get("name"), kwargs.get("_class"))
        attach(machine, self, trainable=given.get("trainable", True), _common=tuple(given.items()))

    def __call__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        return apply_layer(machine, self, args, kwargs)

    def build(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        held = instance(machine, self)
        attach(machine, self, built=True)
        if isinstance(held.layer, KerasLayer):
            _build(machine, self, held, held.layer, (*args, *kwargs.values()))

    def add_weight(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        positional = list(args)
        name = positional.pop(0) if positional and isinstance(positional[0], str) else kwargs.get("name")
        shape = machine.plain(kwargs.get("shape", positional[0] if positional else ()))
        if isinstance(shape, (tuple, list)) and any(size is None for size in shape):
            raise Problem("feature-mismatch", f"the weight {show(name)} has the open shape {show(shape)}. Needs fixed sizes")
        made = Tensor(Shape(*to_dims(() if shape is None else shape, f"shape of the weight {show(name)}")), "keras")
        added = instance(machine, self).attributes.get(ADDED, ())
        if isinstance(added, tuple):
            attach(machine, self, **{ADDED: (*added, (name, made, kwargs.get("trainable", True)))})
        return made

    def count_params(machine: Machine, self: Ref) -> Value:
        if not is_built(machine, self):
            raise Raised("ValueError", "You tried to call count_params on a layer that is not built.")
        return count_of(variables_of(machine, self))

    def get_weights(machine: Machine, self: Ref) -> Value:
        return _listed(machine, listed_variables(machine, self), "numpy")

    def set_weights(machine: Machine, self: Ref, weights: Value) -> None:
        given = machine.plain(weights)
        if not isinstance(given, (tuple, list)) or major(machine.settings) < 3:
            return
        try:
            wanted = listed_variables(machine, self)
        except Undecided:
            return
        if len(given) != len(wanted):
            raise Problem(ARGUMENT, f"set_weights is given {len(given)} weights, but the layer has {len(wanted)}", blame="weights")
        for variable, item in zip(wanted, given):
            shape = item.shape if isinstance(item, Tensor) else None
            if shape is not None and (len(shape) != len(variable.shape) or any(map(never_equal, shape, variable.shape))):
                message = f"set_weights is given {shape} for the weight {variable.name!r} of shape {variable.shape}"
                raise Problem("feature-mismatch", message, blame="weights")

    built = computed(is_built, set_built)
    trainable = computed(_is_trainable, set_trainable)
    _name = computed(_private_name, _rename)
    add_variable = add_weight
    get_config = compute_mask = _lost
    get_input_at = get_output_at = get_input_shape_at = get_output_shape_at = _lost
    add_loss = add_metric = reset_states = reset_state = load_own_variables = _nothing
    weights = computed(_weights)
    trainable_weights = trainable_variables = computed(_trained)
    non_trainable_weights = computed(_not_trained)
    variables = non_trainable_variables = losses = metrics = dtype = compute_dtype = variable_dtype = computed(_seeds)

    @staticmethod
    def from_config(machine: Machine, *args: Value, **kwargs: Value) -> Value:
        raise Undecided("a layer from its configuration is not followed")


_UNDECLARED = (
    "_build_shapes_dict _called _clear_losses _dtype_policy _flatten_layers _get_own_losses _inbound_nodes _input_spec "
    "_layers _lock _losses _metrics _non_trainable_variables _outbound_nodes _path _supports_masking _tracker _trainable "
    "_trainable_variables activity_regularizer autocast build_from_config built call call_signature_parameters compute_output_spec "
    "dtype_policy get_build_config input_dtype input_spec metrics_variables name path quantization_mode quantize "
    "quantized_build quantized_call rematerialized_call save_own_variables stateless_call supports_jit supports_masking "
    "symbolic_call input output "
)
"""Attributes of every layer beside those above."""
keras.undeclared["layers.Layer"] = frozenset(_UNDECLARED.split())
