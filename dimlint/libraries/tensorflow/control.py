"""Functions that call the program's own functions, shapes as objects, and what has no influence on shapes."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.dim import Shape, never_equal, product, unknown_dim
from dimlint.core.library import computed
from dimlint.core.problem import Undecided
from dimlint.core.results import TensorShape
from dimlint.core.value import ListObject, Machine, Ref, Tensor, Unknown, Value, is_size
from dimlint.libraries.keras.objects import is_keras_tensor
from dimlint.libraries.keras.ops.control import WHICH, either, over_slices
from dimlint.libraries.python.library import BUILTINS
from dimlint.libraries.tensorflow.library import LIBRARY as tensorflow

NOTHING = """random.set_seed enable_eager_execution disable_eager_execution disable_v2_behavior enable_v2_behavior
enable_resource_variables print Assert group no_op logging.set_verbosity get_logger config.experimental.set_memory_growth
config.run_functions_eagerly config.set_visible_devices config.experimental.enable_op_determinism keras_nothing summary.scalar
summary.image summary.histogram reset_default_graph config.experimental_run_functions_eagerly debugging.set_log_device_placement
debugging.enable_check_numerics"""
"""Functions without a result."""

ASSERTIONS = """equal near none_equal greater greater_equal less less_equal negative non_negative non_positive positive rank rank_at_least
rank_in scalar shapes type integer all_finite proper_iterable variables_initialized same_float_dtype"""

OPAQUE = """GradientTape RaggedTensorSpec SparseTensorSpec name_scope variable_scope device control_dependencies init_scope
Graph Session ConfigProto global_variables_initializer trainable_variables global_variables get_collection get_default_graph
get_default_session executing_eagerly train.Checkpoint train.CheckpointManager train.latest_checkpoint train.AdamOptimizer
train.GradientDescentOptimizer train.Saver io.FixedLenFeature io.VarLenFeature io.parse_single_example io.parse_example io.gfile.GFile
io.gfile.exists io.gfile.glob io.gfile.makedirs io.gfile.listdir io.gfile.isdir io.write_file io.TFRecordWriter io.serialize_tensor
io.parse_tensor io.decode_raw io.decode_csv distribute.get_strategy distribute.MirroredStrategy distribute.Strategy distribute.TPUStrategy
distribute.get_replica_context distribute.cluster_resolver.TPUClusterResolver data.experimental.cardinality
config.list_physical_devices config.experimental.list_physical_devices config.list_logical_devices test.is_gpu_available zeros_initializer
ones_initializer constant_initializer random_normal_initializer random_uniform_initializer truncated_normal_initializer
glorot_uniform_initializer initializers.GlorotUniform train.Example train.Feature train.Features train.BytesList train.FloatList
train.Int64List strings.split strings.join strings.lower strings.regex_replace strings.to_number strings.as_string strings.length
strings.reduce_join lookup.StaticHashTable lookup.KeyValueTensorInitializer lookup.StaticVocabularyTable py_function numpy_function
gradients saved_model.load saved_model.save summary.create_file_writer ragged.constant ragged.stack RaggedTensor.from_row_splits
sparse.to_dense SparseTensor sparse.from_dense as_dtype dtypes.as_dtype timestamp TensorArray random.Generator.from_seed
random.get_global_generator random.experimental.stateless_split constant_op type_spec_from_value is_symbolic_tensor"""
"""Functions whose result is not followed."""


@tensorflow.function(*NOTHING.split(), *(f"debugging.assert_{name}" for name in ASSERTIONS.split()))
@tensorflow.function(*(f"assert_{name}" for name in ASSERTIONS.split()))
def nothing(machine: Machine, *args: Value, **kwargs: Value) -> None:
    """Has no influence on shapes."""


@tensorflow.function(*OPAQUE.split())
def opaque(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """A result that is not followed."""
    return Unknown("this result of TensorFlow is not followed")


@tensorflow.function("function", "autograph.experimental.do_not_convert", "contrib.eager.defun")
def traced(machine: Machine, func: Value = None, *args: Value, **kwargs: Value) -> Value:
    """The decorator ``tf.function``: the function stays as it is."""
    return func if func is not None else tensorflow.entries["function"]


@tensorflow.function("recompute_grad")
def recomputed(f: Value) -> Value:
    """The function stays as it is."""
    return f


@tensorflow.function("custom_gradient")
def custom_gradient(machine: Machine, f: Value = None) -> Value:
    """A function with a gradient of its own returns it beside its result. Raises Undecided."""
    raise Undecided("functions with a gradient of their own are not followed")


@tensorflow.function("cond")
def cond(machine: Machine, pred: Value, true_fn: Value = None, false_fn: Value = None, *args: Value, **kwargs: Value) -> Value:
    """What one of two functions gives, called ``fn1`` and ``fn2`` in TensorFlow 1. Raises Undecided."""
    return either(machine, pred, kwargs.get("fn1", true_fn), kwargs.get("fn2", false_fn))


@tensorflow.function("case", "switch_case", "while_loop", "scan", "foldl", "foldr", "py_func")
def unfollowed(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """Which of the program's functions run, and how often, only running tells. Raises Undecided."""
    raise Undecided(WHICH)


@tensorflow.function("map_fn", "vectorized_map")
def map_fn(machine: Machine, fn: Value, elems: Value, *args: Value, **kwargs: Value) -> Value:
    """A function applied to each slice along the first axis. Raises Undecided."""
    return over_slices(machine, fn, elems)


@tensorflow.function("nest.map_structure")
def map_structure(machine: Machine, func: Value, *structure: Value, **kwargs: Value) -> Value:
    """A function applied to all tensors of a nested structure. Raises Undecided."""
    if len(structure) != 1:
        raise Undecided("several structures at once are not followed")
    return _mapped(machine, func, structure[0])


def _mapped(machine: Machine, func: Value, value: Value) -> Value:
    if isinstance(value, tuple) and not isinstance(value, (Shape, TensorShape)):
        return tuple(_mapped(machine, func, item) for item in value)
    held = machine.contents(value) if isinstance(value, Ref) else None
    if isinstance(held, ListObject):
        return machine.new(ListObject(tuple(_mapped(machine, func, item) for item in held.items)))
    if isinstance(value, Tensor) or is_size(value):
        return machine.call(func, (value,))
    raise Undecided(value.reason if isinstance(value, Unknown) else "a nested structure is not followed")


@tensorflow.function("nest.flatten")
def flatten(machine: Machine, structure: Value, expand_composites: Value = False) -> Value:
    """The items of a nested structure as a list. Raises Undecided."""
    found: list[Value] = []
    pending = [structure]
    while pending:
        item = pending.pop(0)
        held = machine.contents(item) if isinstance(item, Ref) else None
        if isinstance(item, tuple) and not isinstance(item, (Shape, TensorShape)):
            pending = [*item, *pending]
        elif isinstance(held, ListObject):
            pending = [*held.items, *pending]
        elif isinstance(item, Tensor) or is_size(item) or item is None:
            found.append(item)
        else:
            raise Undecided("a nested structure is not followed")
    return machine.new(ListObject(tuple(found)))


@tensorflow.function("is_tensor", "keras.backend.is_tensor")
def is_tensor(machine: Machine, x: Value) -> bool:
    """Whether it is a tensor. Raises Undecided."""
    if isinstance(x, (Unknown, Ref)) or is_size(x):
        raise Undecided("whether it is a tensor is not known")
    if isinstance(x, Tensor) and x.symbolic and not is_keras_tensor(machine, x):
        raise Undecided("whether it is a tensor of Keras or one that a layer runs on is not known")
    return isinstance(x, Tensor) and x.library != "numpy" and not x.symbolic


def _shape(value: Value) -> TensorShape:
    if isinstance(value, TensorShape):
        return value
    raise Undecided("a shape is not known")


def _of_sizes(value: Value) -> TensorShape:
    """A shape of sizes, ``None`` for open ones. Raises Undecided."""
    given = (value,) if is_size(value) else value
    if not isinstance(given, (tuple, list)):
        raise Undecided("a shape is not known")
    sizes = [unknown_dim("size", reason=size.reason) if isinstance(size, Unknown) else size for size in given]
    if not all(size is None or is_size(size) for size in sizes):
        raise Undecided("a shape is not known")
    return TensorShape(sizes)


@tensorflow.type("TensorShape", bases=(BUILTINS.entries["tuple"],))
class TensorShapeType:
    """The static shape of a tensor."""

    def __new__(machine: Machine, cls: Value, dims: Value = None) -> Value:
        given = machine.plain(dims)
        if given is None or isinstance(given, Unknown):
            raise Undecided("a shape of unknown rank is not modelled")
        if isinstance(given, TensorShape):
            return given
        return _of_sizes(given)

    def as_list(machine: Machine, self: Value) -> Value:
        return machine.new(ListObject(tuple(_shape(self))))

    def num_elements(machine: Machine, self: Value) -> Value:
        return None if None in _shape(self) else product(_shape(self))

    def is_fully_defined(machine: Machine, self: Value) -> bool:
        return None not in _shape(self)

    def concatenate(machine: Machine, self: Value, other: Value) -> Value:
        return TensorShape((*_shape(self), *_of_sizes(machine.plain(other))))

    def with_rank(machine: Machine, self: Value, rank: Value) -> Value:
        return _shape(self)

    def assert_is_compatible_with(machine: Machine, self: Value, other: Value) -> None:
        """A check, which is not followed."""

    def is_compatible_with(machine: Machine, self: Value, other: Value) -> Value:
        given = _of_sizes(machine.plain(other))
        pairs = [(a, b) for a, b in zip(_shape(self), given) if a is not None and b is not None]
        return len(given) == len(_shape(self)) and not any(never_equal(a, b) for a, b in pairs)

    @computed
    def ndims(machine: Machine, self: Value) -> Value:
        return len(_shape(self))

    @computed
    def rank(machine: Machine, self: Value) -> Value:
        return len(_shape(self))

    @computed
    def dims(machine: Machine, self: Value) -> Value:
        return machine.new(ListObject(tuple(_shape(self))))
