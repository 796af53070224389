"""The base type of Keras layers in the analysed program: calling, building, and the questions asked of a layer.

Methods of declared types take the machine before the object itself, which mypy's rule for ``self`` does not foresee.
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dimlint.core.dim import Dim, Shape, SymbolicDim, unknown_dim
from dimlint.core.layer import ARGUMENT, show
from dimlint.core.library import computed
from dimlint.core.problem import Problem, Undecided
from dimlint.core.value import Function, Instance, LibraryClass, ListObject, Machine, Method, Ref, Step, Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.base import COMMON, KerasLayer, shows_none
from dimlint.libraries.keras.library import LIBRARY as keras
from dimlint.libraries.keras.specification import check_spec

__all__ = ["LayerType", "apply_layer", "attach", "build", "instance", "is_a", "keras", "shape_value", "symbolic", "tensors", "to_dims"]

VARIABLES = "the variables of a Keras layer are not modelled"
CONTEXT = ("training", "mask")


def instance(machine: Machine, ref: Value) -> Instance:
    """Contents of a layer object. Raises Undecided."""
    held = machine.contents(ref) if isinstance(ref, Ref) else None
    if not isinstance(held, Instance):
        raise Undecided(ref.reason if isinstance(ref, Unknown) else "a layer is not known")
    return held


def attach(machine: Machine, ref: Ref, **attributes: Value) -> None:
    """Put attributes into the object itself, past the program's own ``__setattr__`` and properties."""
    held = instance(machine, ref)
    machine.update(ref, replace(held, attributes={**held.attributes, **attributes}))


def is_a(machine: Machine, value: Value, name: str) -> bool:
    """Whether a value is an instance of a declared Keras type or of a class derived from it."""
    if not isinstance(value, Ref) or not isinstance(machine.contents(value), Instance):
        return False
    mro = machine.mro(machine.class_of(value))
    return any(isinstance(cls, LibraryClass) and (cls.library, cls.name) == ("keras", name) for cls in mro)


def shape_value(value: Value) -> Value:
    """The shape of a tensor, or of each in nested sequences, as Keras tells it: ``None`` where it is not fixed."""
    if isinstance(value, Tensor):
        return tuple(None if value.symbolic and shows_none(size) else size for size in value.shape)
    if isinstance(value, (tuple, list)):
        return tuple(map(shape_value, value))
    return Unknown(value.reason if isinstance(value, Unknown) else "the shape of an input is not known")


def to_dims(value: Value, what: str) -> tuple[Dim, ...]:
    """Sizes that a program states; each ``None`` becomes a symbol of its own. Raises Problem, Undecided."""
    if isinstance(value, Unknown):
        raise Undecided(value.reason)
    if is_size(value) or value is None:
        message = f"{what} must be a tuple of sizes in Keras 3, got {show(value)}. Needs a trailing comma: ({show(value)},)"
        raise Problem(ARGUMENT, message, blame=what)
    if not isinstance(value, (tuple, list)):
        raise Undecided(f"{what} is not a known shape")
    return tuple(_to_dim(size, value, what) for size in value)


def _to_dim(size: Value, shape: Value, what: str) -> Dim:
    if size is None:
        return unknown_dim("None", none=True)
    if isinstance(size, Unknown):
        return unknown_dim(reason=size.reason)
    if isinstance(size, (int, SymbolicDim)):
        if isinstance(size, int) and size < 0:
            raise Problem(ARGUMENT, f"{what} must not hold negative sizes, got {show(shape)}", blame=what)
        return size
    if isinstance(size, (str, float)):
        raise Problem(ARGUMENT, f"{what} must hold integers or None, got {show(shape)}", blame=what)
    raise Undecided(f"{what} is not a known shape")


def symbolic(shape: Shape, dtype: str | None = None) -> Tensor:
    """A Keras tensor that a model starts from."""
    return Tensor(shape, "keras", dtype, True)


def apply_layer(machine: Machine, self: Ref, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
    """What calling a layer does: settle its settings, build it once, run ``call``, remember the tensors."""
    held = instance(machine, self)
    layer = held.layer
    if isinstance(layer, KerasLayer):
        held = _settle(machine, self, held, layer, args)
        if isinstance(held.cls, LibraryClass):
            args, kwargs = _inputs(machine, layer, args, kwargs)
    check_spec(machine, self, args)
    build(machine, self, args)
    if "training" in kwargs and not _takes(machine.attribute(self, "call"), "training"):
        kwargs = {name: value for name, value in kwargs.items() if name != "training"}
    result = machine.run_model(self, "call", args, kwargs)
    if not (isinstance(held.cls, LibraryClass) and held.cls.layer is not None):
        result = _mark(result, self, held, args, kwargs, machine)
    if "output" not in instance(machine, self).attributes and args:
        attach(machine, self, input=args[0], output=result)
    return result


def _takes(method: Value, name: str) -> bool:
    """Whether the program's own method has a parameter of this name; library methods take what Keras passes."""
    function = method.function if isinstance(method, Method) else method
    if not isinstance(function, Function):
        return True
    given = function.node.params
    return any(item.name.value == name for item in (*given.posonly_params, *given.params, *given.kwonly_params))


def _settle(machine: Machine, self: Ref, held: Instance, layer: KerasLayer, args: Sequence[Value]) -> Instance:
    """Put the program's settings into a layer. Raises Undecided for what Keras 1 reads differently."""
    if machine.settings.get("keras_dialect") == 1 and layer.moved_arguments:
        raise Undecided(f"the arguments of {layer.label} mean something else in Keras 1")
    eager = isinstance(args[0], Tensor) and not args[0].symbolic if args else False
    settled = layer.with_settings(machine.settings, made=held.built is not None, eager=eager)
    settled = settled.touched() if "*" in held.attributes else settled
    if settled is not layer:
        held = replace(held, layer=settled)
        machine.update(self, held)
    return held


def _inputs(
    machine: Machine, layer: KerasLayer, args: Sequence[Value], kwargs: Mapping[str, Value]
) -> tuple[Sequence[Value], Mapping[str, Value]]:
    """The arguments of a library layer's ``call``: context arguments left out, ``[x]`` unwrapped. Raises Undecided."""
    kwargs = {name: value for name, value in kwargs.items() if name not in CONTEXT}
    if "inputs" in kwargs and not args:
        args = (kwargs.pop("inputs"),)
    first = machine.plain(args[0]) if args else None
    if layer.many or not isinstance(first, (tuple, list)) or not any(isinstance(item, Tensor) for item in first):
        return args, kwargs
    if len(first) == 1:
        return (first[0], *args[1:]), kwargs
    if layer.recurrent:
        return (first[0], *args[1:]), {**kwargs, "initial_state": tuple(first[1:])}
    raise Undecided(f"{layer.label} is called on a list of tensors")


def build(machine: Machine, self: Ref, args: Sequence[Value]) -> None:
    """Run the program's own ``build`` before the first call."""
    held = instance(machine, self)
    if isinstance(held.cls, LibraryClass) or held.attributes.get("built") is True or not args:
        return
    method = machine.attribute(self, "build")
    attach(machine, self, built=True)
    if isinstance(method, Method) and isinstance(method.function, Function):
        attach(machine, self, _building=True)
        machine.call(method, (shape_value(machine.plain(args[0])),))
        attach(machine, self, _building=False)
        check_spec(machine, self, args)


def _mark(value: Value, self: Ref, held: Instance, args: Sequence[Value], kwargs: Mapping[str, Value], machine: Machine) -> Value:
    """Symbolic results of a layer that is made of others, as made by that layer: the graph holds it as one node."""
    name = machine.class_of(self)
    label = name.label if isinstance(name, LibraryClass) else getattr(machine.contents(name), "name", "layer")
    step = Step(label, self, tuple(args), dict(kwargs), held.site)
    given = list(tensors(machine, (*args, *kwargs.values())))

    def mark(item: Value) -> Value:
        if isinstance(item, Tensor):
            return replace(item, step=step) if item.symbolic and not any(item is old for old in given) else item
        if isinstance(item, tuple):
            return tuple(map(mark, item))
        contents = machine.contents(item) if isinstance(item, Ref) else None
        return machine.new(ListObject(tuple(map(mark, contents.items)))) if isinstance(contents, ListObject) else item

    return mark(value)


def tensors(machine: Machine, value: Value) -> list[Tensor]:
    """The tensors in nested sequences and dictionaries, in order."""
    found: list[Tensor] = []
    pending = [machine.plain(value)]
    while pending:
        item = pending.pop()
        if isinstance(item, Tensor):
            found.append(item)
        elif isinstance(item, (tuple, list)):
            pending += reversed(item)
        elif isinstance(item, dict):
            pending += reversed(list(item.values()))
    return found


def _variables(machine: Machine, self: Ref) -> Value:
    return Unknown(VARIABLES)


def _lost(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
    return Unknown("what a method of a Keras layer returns is not modelled")


def _nothing(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
    return None


@keras.type("layers.Layer")
class LayerType:
    """Base of all layers, the program's own included."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        given = {name: kwargs[name] for name in kwargs if name in COMMON}
        named = {"name": given["name"]} if isinstance(given.get("name"), str) else {}
        attach(machine, self, trainable=given.get("trainable", True), built=False, _common=tuple(given.items()), **named)

    def __call__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        return apply_layer(machine, self, args, kwargs)

    def build(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        attach(machine, self, built=True)

    def add_weight(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
        positional = list(args)
        name = positional.pop(0) if positional and isinstance(positional[0], str) else kwargs.get("name")
        shape = machine.plain(kwargs.get("shape", positional[0] if positional else ()))
        if isinstance(shape, (tuple, list)) and any(size is None for size in shape):
            raise Problem("feature-mismatch", f"the weight {show(name)} has the open shape {show(shape)}. Needs fixed sizes")
        return Tensor(Shape(*to_dims(() if shape is None else shape, f"shape of the weight {show(name)}")), "keras")

    add_variable = add_weight
    compute_output_shape = get_config = count_params = get_weights = compute_mask = _lost
    get_input_at = get_output_at = get_input_shape_at = get_output_shape_at = _lost
    set_weights = add_loss = add_metric = reset_states = reset_state = load_own_variables = _nothing
    weights = trainable_weights = non_trainable_weights = computed(_variables)
    variables = trainable_variables = non_trainable_variables = losses = metrics = computed(_variables)
    dtype = compute_dtype = variable_dtype = computed(_variables)

    @staticmethod
    def from_config(machine: Machine, *args: Value, **kwargs: Value) -> Value:
        raise Undecided("a layer from its configuration is not followed")

    @computed
    def name(machine: Machine, self: Ref) -> Value:
        layer = instance(machine, self).layer
        return layer.attribute("name") if layer is not None else Unknown("automatic names are not modelled")
