"""What the real framework answers to one golden row: shapes and parameters, or its error and the stage of it.

A row names a layer or function (``Conv2d``, ``F.pad``, ``torch.cat``, ``Tensor.view``, ``ops.einsum``, ``tf.reshape``, ``np.stack``,
``einops.rearrange``), its arguments and the shapes that go in. Lists stand for tuples; ``{"tensor": [2, 3], "dtype": "bool"}`` among the
arguments stands for a tensor, ``{"slice": [0, 2, 1]}`` for a slice,
``{"layer": ["GRUCell", [3], {}]}`` for a Keras layer. torch answers on the CPU in training mode, Keras by a symbolic call,
the others by a call on real arrays.
"""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

from tests.oracle.keras1 import keras1

Row = Mapping[str, Any]
DTYPES = {"long": "int64", "list": "float32", "loss": "float32", "float": "float32"}
CLASS_LOSSES = ("CrossEntropyLoss", "NLLLoss")
PAIRED_STATES = ("LSTM", "LSTMCell")
TAKES_LIST = ("cat", "concat", "concatenate", "stack", "hstack", "vstack", "dstack", "column_stack", "row_stack")


class Refused(Exception):
    """The framework refused, at the given stage."""

    def __init__(self, stage: str, error: BaseException) -> None:
        super().__init__(stage)
        lines = str(error).strip().splitlines() or [""]
        self.answer = {"error": f"{type(error).__name__}: {lines[0]}"[:160], "stage": stage}


class Unanswerable(Exception):
    """The answer is a tensor of unknown rank, or asking would end the process."""


def answer(row: Row) -> dict[str, Any]:
    """``output_shape`` or ``output_shapes``, or ``error`` and ``stage``; ``params`` and ``buffers`` of a layer that was constructed.

    Raises Unanswerable.
    """
    if ends_process(row):
        raise Unanswerable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return FRAMEWORKS[row["framework"]](row)


def ends_process(row: Row) -> bool:
    """Whether the framework would not refuse, but crash."""
    name = row["layer"].rpartition(".")[2]
    given, named = [*row["args"], *row.get("call_args", [])], {**row["kwargs"], **row.get("call_kwargs", {})}
    sizes = [shape for shape, _ in typed_inputs(row)]
    if name in ("EmbeddingBag", "embedding_bag"):  # the largest of no bags
        offsets = [item["tensor"] for item in (*given, *named.values()) if isinstance(item, dict) and item.get("dtype") == "long"]
        return "max" in (*given, *named.values()) and any(shape in ([0], [1]) for shape in offsets)
    if row["framework"] != "torch" and name in ("rfft", "irfft"):  # a transform of length zero
        length = named.get("fft_length", given[0] if given else None)
        return length in (0, [0]) or (name == "irfft" and length is None and any(shape[-1:] == [1] for shape in sizes))
    return name == "scatter_nd" and row["framework"] == "tensorflow" and not fits_scatter(sizes, given[0] if given else named.get("shape"))


def fits_scatter(sizes: list[list[int]], shape: Any) -> bool:
    """Whether indices, updates and shape fit together."""
    if len(sizes) != 2 or not isinstance(shape, list) or not sizes[0]:
        return False
    indices, updates = sizes
    return indices[-1] <= len(shape) and updates == [*indices[:-1], *shape[indices[-1] :]]


def torch_answer(row: Row) -> dict[str, Any]:
    """On the CPU, in training mode."""
    import torch

    torch.manual_seed(0)
    name = row["layer"]
    inputs = [torch_tensor(shape, dtype) for shape, dtype in typed_inputs(row)]
    if "." in name:
        return function_answer(row, torch_function(name), inputs, name.rpartition(".")[2])
    layer = stage("construct", getattr(torch.nn, name), *values(row["args"], torch_tensor), **keywords(row["kwargs"], torch_tensor))
    if name in PAIRED_STATES and len(inputs) == 3:
        inputs = [inputs[0], (inputs[1], inputs[2])]
    found: dict[str, Any] = {}
    try:
        extra = keywords(row.get("call_kwargs", {}), torch_tensor)
        found = shapes(stage("call", layer, *inputs, *values(row.get("call_args", []), torch_tensor), **extra))
    except Refused as refused:
        found = refused.answer
    if not any(isinstance(p, torch.nn.parameter.UninitializedTensorMixin) for p in [*layer.parameters(), *layer.buffers()]):
        found["params"] = sum(p.numel() for p in layer.parameters())
        buffers = sum(b.numel() for b in layer.buffers())
        found |= {"buffers": buffers} if buffers else {}
    return found


def torch_tensor(shape: Sequence[int], dtype: str | None = None) -> Any:
    """Random numbers between 0 and 1; zeros if they are no floats."""
    import torch

    kind = getattr(torch, DTYPES.get(dtype or "float32", dtype or "float32"))
    return torch.rand(tuple(shape), dtype=kind) if kind.is_floating_point else torch.zeros(tuple(shape), dtype=kind)


def torch_function(name: str) -> Callable[..., Any]:
    """``F.pad``, ``torch.cat``, ``torch.fft.rfft``; a method or property of tensors."""
    import torch

    if name.startswith("Tensor."):
        attribute = name.removeprefix("Tensor.")

        def method(x: Any, *args: Any, **kwargs: Any) -> Any:
            found = getattr(x, attribute)
            return found(*args, **kwargs) if callable(found) else found

        return method
    return dotted(torch.nn.functional if name.startswith("F.") else torch, name.partition(".")[2])


def keras_answer(row: Row) -> dict[str, Any]:
    """By a call on symbolic tensors; ``keras2`` is tf_keras, ``keras1`` see there."""
    keras, make = keras_of(row["framework"])
    name = row["layer"]
    try:
        args, named = values(row["args"], make), keywords(row["kwargs"], make)
    except Exception as error:
        return Refused("construct", error).answer
    if name == "Input":
        return guarded(lambda: shapes(stage("construct", keras.Input, *args, **named)))
    inputs = [make(shape, dtype) for shape, dtype in typed_inputs(row)]
    if "." in name:
        function = dotted(keras, name.removeprefix("keras."))
        found = function_answer(row, function, inputs, name.rpartition(".")[2], make)
        return found if row["framework"] == "keras1" else with_eager(row, function, found)
    if "wrapped" in row:
        inner, inner_args, inner_kwargs = row["wrapped"]
        try:
            args = [getattr(keras.layers, inner)(*values(inner_args, make), **keywords(inner_kwargs, make)), *args]
        except Exception as error:
            return Refused("construct", error).answer
    layer: Any = None
    try:
        layer = stage("construct", getattr(keras.layers, name), *args, **named)
        if name == "InputLayer":
            return shapes(layer.output)
        given = (inputs,) if row.get("dtype") == "list" else tuple(inputs)
        extra = keywords(row.get("call_kwargs", {}), make)
        found = shapes(stage("call", layer, *given, *values(row.get("call_args", []), make), **extra))
        return found | {"params": int(layer.count_params())}
    except Refused as refused:
        return refused.answer


def keras_tensor(shape: Sequence[int | None], dtype: str | None = None) -> Any:
    """A symbolic tensor of that shape, the batch size included."""
    import keras

    return keras.KerasTensor(tuple(shape), dtype=DTYPES.get(dtype or "float32", dtype or "float32"))


def keras_of(framework: str) -> tuple[Any, Callable[..., Any]]:
    """A version of Keras, and what makes its symbolic tensors."""
    if framework == "keras":
        return importlib.import_module("keras"), keras_tensor
    keras = importlib.import_module("tf_keras") if framework == "keras2" else keras1()
    keras.backend.clear_session()  # a growing graph is slow

    def make(shape: Sequence[int | None], dtype: str | None = None) -> Any:
        return keras.layers.Input(batch_shape=tuple(shape), dtype=DTYPES.get(dtype or "float32", dtype or "float32"))

    return keras, make


def with_eager(row: Row, function: Callable[..., Any], symbolic: dict[str, Any]) -> dict[str, Any]:
    """The answer of a symbolic call, with that of a call on real tensors beside it where it differs. Open sizes are 2 there."""
    inputs = [eager_tensor(shape, dtype) for shape, dtype in typed_inputs(row)]
    eager = function_answer(row, function, inputs, row["layer"].rpartition(".")[2], eager_tensor)
    return symbolic if is_same(symbolic, eager) else symbolic | {"variants": {"eager": eager}}


def eager_tensor(shape: Sequence[int | None], dtype: str | None = None) -> Any:
    """Zeros, with 2 in place of an open size."""
    return tensorflow_tensor([2 if size is None else size for size in shape], dtype)


def is_same(symbolic: Any, eager: Any) -> bool:
    """Whether two answers agree, where an open size agrees with every other one."""
    if isinstance(symbolic, dict):
        if "error" in symbolic or "error" in eager:
            return "error" in symbolic and "error" in eager
        return list(symbolic) == list(eager) and all(is_same(symbolic[name], eager[name]) for name in symbolic)
    if isinstance(symbolic, list):
        return len(symbolic) == len(eager) and all(map(is_same, symbolic, eager))
    return symbolic is None or bool(symbolic == eager)


def tensorflow_answer(row: Row) -> dict[str, Any]:
    """On eager tensors; on symbolic ones of Keras 2 where a size is open."""
    import tensorflow as tf

    name = row["layer"].removeprefix("tf.")
    inputs = [tensorflow_tensor(shape, dtype) for shape, dtype in typed_inputs(row)]
    found = function_answer(row, dotted(tf, name), inputs, name.rpartition(".")[2], tensorflow_tensor)
    return with_eager(row, dotted(tf, name), found) if any(None in shape for shape, _ in typed_inputs(row)) else found


def tensorflow_tensor(shape: Sequence[int | None], dtype: str | None = None) -> Any:
    """Zeros, as an eager tensor; a symbolic one of Keras 2 where a size is open."""
    import tensorflow as tf

    if None in shape:
        return keras_of("keras2")[1](shape, dtype)
    return tf.zeros(shape, DTYPES.get(dtype or "float32", dtype or "float32"))


def numpy_answer(row: Row) -> dict[str, Any]:
    """On arrays; ``ndarray.reshape`` is a method of the first one, ``np.random.Generator.normal`` that of a new generator."""
    import numpy

    name, short = row["layer"].removeprefix("np."), row["layer"].rpartition(".")[2]
    make = numpy_matrix if name.startswith("linalg.") else numpy_array
    inputs = [make(shape, dtype) for shape, dtype in typed_inputs(row)]
    method = name.startswith("ndarray.")
    owner = numpy.random.default_rng() if name.startswith("random.Generator.") else dotted(numpy, name.rpartition(".")[0])

    def called(*args: Any, **kwargs: Any) -> Any:
        found = getattr(inputs[0] if method else owner, short)
        result = found(*args, **kwargs) if callable(found) else found
        return numpy.asarray(result) if isinstance(result, (int, float)) else result

    return function_answer(row, called, inputs[1:] if method else inputs, short, numpy_array)


def numpy_array(shape: Sequence[int], dtype: str | None = None) -> Any:
    """Zeros."""
    import numpy

    return numpy.zeros(shape, DTYPES.get(dtype or "float32", dtype or "float32"))


def numpy_matrix(shape: Sequence[int], dtype: str | None = None) -> Any:
    """Ones on the diagonal of matrices, and zeros."""
    import numpy

    return numpy_array(shape, dtype) + (numpy.eye(*shape[-2:]) if len(shape) > 1 else 0)


def function_answer(
    row: Row, function: Callable[..., Any], inputs: list[Any], name: str, make: Callable[..., Any] | None = None
) -> dict[str, Any]:
    """Call a function: inputs first, but the equation of an einsum before them; a list where the function takes one."""
    make = make or (torch_tensor if row["framework"] == "torch" else keras_tensor)
    args = [*values(row["args"], make), *values(row.get("call_args", []), make)]
    has_inputs = "input_shape" in row or "input_shapes" in row
    first = [inputs] if has_inputs and (row.get("dtype") == "list" or name in TAKES_LIST) else inputs
    if name == "__getitem__":
        args = [subscript(row["args"][0], make)]
    given = [*args, *first] if name == "einsum" else [*first, *args]
    return guarded(lambda: shapes(stage("call", function, *given, **keywords(row["kwargs"], make))))


def subscript(items: Any, make: Callable[..., Any]) -> Any:
    """A row's subscript: numbers, ``"..."``, and ``[start, stop]`` for slices."""
    if not isinstance(items, list):
        return value(items, make)
    return tuple(slice(*item) if isinstance(item, list) else ... if item == "..." else value(item, make) for item in items)


def guarded(run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The answer, or how it was refused."""
    try:
        return run()
    except Refused as refused:
        return refused.answer


def stage(name: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call. Raises Refused."""
    try:
        return function(*args, **kwargs)
    except Exception as error:
        raise Refused(name, error) from error


def dotted(root: Any, name: str) -> Any:
    """An attribute of an attribute."""
    for part in filter(None, name.split(".")):
        root = getattr(root, part)
    return root


def typed_inputs(row: Row) -> list[tuple[list[int], str | None]]:
    """The shapes that go in, each with its element type: ``dtypes``, or ``dtype`` for all; a loss's class numbers are integers."""
    given = row["input_shapes"] if "input_shapes" in row else [row["input_shape"]] if "input_shape" in row else []
    types = list(row.get("dtypes", [row.get("dtype")] * len(given)))
    if row.get("dtype") == "loss" and row["layer"] in CLASS_LOSSES and given[0] != given[1]:
        types[1] = "long"
    return list(zip(given, types))


def value(item: Any, make: Callable[..., Any]) -> Any:
    """A row's argument as Python data."""
    if isinstance(item, list):
        return tuple(value(part, make) for part in item)
    if isinstance(item, dict) and "tensor" in item:
        return make(item["tensor"], item.get("dtype"))
    if isinstance(item, dict) and "slice" in item:
        return slice(*item["slice"])
    if isinstance(item, dict) and "layer" in item:
        import keras

        name, args, kwargs = item["layer"]
        return getattr(keras.layers, name)(*values(args, make), **keywords(kwargs, make))
    return {name: value(part, make) for name, part in item.items()} if isinstance(item, dict) else item


def values(items: Sequence[Any], make: Callable[..., Any]) -> list[Any]:
    """Positional arguments."""
    return [value(item, make) for item in items]


def keywords(items: Mapping[str, Any], make: Callable[..., Any]) -> dict[str, Any]:
    """Keyword arguments."""
    return {name: value(item, make) for name, item in items.items()}


def shapes(result: Any) -> dict[str, Any]:
    """The shapes in a nested result: one by itself, several as a flat list."""
    found = list(flatten(result))
    if len(found) == 1 and not isinstance(result, (list, tuple, dict)):
        return {"output_shape": found[0]}
    return {"output_shapes": found}


def flatten(result: Any) -> Any:
    """All shapes in order; what is no tensor has none, but a plain number counts as a scalar where it is all there is."""
    if isinstance(result, Mapping):
        result = list(result.values())
    if isinstance(result, (list, tuple)) and not hasattr(result, "numel"):
        for item in result:
            if item is not None:
                yield from flatten(item)
        return
    shape = getattr(result, "_keras_shape", getattr(result, "shape", None))
    if shape is not None and not callable(shape) and getattr(shape, "rank", 0) is None:
        raise Unanswerable
    if shape is not None and not callable(shape):
        yield [None if size is None else int(size) for size in shape]


FRAMEWORKS: dict[str, Callable[[Row], dict[str, Any]]] = {
    "torch": lambda row: guarded(lambda: torch_answer(row)),
    "keras": keras_answer,
    "keras1": keras_answer,
    "keras2": keras_answer,
    "tensorflow": tensorflow_answer,
    "numpy": numpy_answer,
    "einops": lambda row: guarded(lambda: einops_answer(row)),
}


def einops_answer(row: Row) -> dict[str, Any]:
    """On torch tensors; the pattern comes after them. ``layers.torch.Rearrange`` is a layer."""
    import einops
    import einops.layers.torch

    inputs = [torch_tensor(shape, dtype) for shape, dtype in typed_inputs(row)]
    name = row["layer"].removeprefix("einops.")
    found = dotted(einops, name)
    if not isinstance(found, type):
        return function_answer(row, found, inputs, "", torch_tensor)
    layer = stage("construct", found, *values(row["args"], torch_tensor), **keywords(row["kwargs"], torch_tensor))
    try:
        answered = shapes(stage("call", layer, *inputs))
    except Refused as refused:
        answered = refused.answer
    return answered | {"params": sum(p.numel() for p in layer.parameters())}
