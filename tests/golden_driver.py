"""Compares declared layers and functions with what the real frameworks answered, one row of ``fixtures/golden`` at a time.

No interpreter is involved: a row's arguments are bound and converted as a call would do it. A row says the layer,
its arguments, the shapes that went in, and the shapes that came out or the error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from dimlint.core.binding import Binder
from dimlint.core.dim import Shape, SymbolicDim, bounds, product, unknown_dim
from dimlint.core.layer import Layer
from dimlint.core.library import Library
from dimlint.core.problem import Problem, Undecided, doubts
from dimlint.core.value import LibraryClass, Native, Raised, SomeNumber, Tensor, is_size
from dimlint.libraries.keras.base import KerasLayer
from tests.golden_programs import check_program, needs_program
from tests.golden_rows import Row, has_unknown, input_shapes, wanted_shapes

LIST_FUNCTIONS = ("cat", "concat", "concatenate", "stack", "hstack", "vstack", "dstack", "column_stack", "row_stack")
PAIRED_STATES = ("LSTM", "LSTMCell")
DTYPES = {"long": "int64", "float": "float32"}
SIGNATURE = ("unexpected keyword argument", "required positional argument", "multiple values for argument")
DATA_SIZED = ("unique", "unique_consecutive", "masked_select", "bincount", "nonzero", "argwhere", "flatnonzero", "lstsq")
"""Functions whose results have as many elements as the data says."""
UNTYPED = (None, "list", "loss", "int32", "float32")
"""Values of ``dtype`` that leave the element type open."""
PREFIXES = {"tensorflow": "tf.", "numpy": "np.", "einops": "einops."}
TENSORS = {"tensorflow": "keras", "einops": "torch"}
"""Whose tensors a framework's functions take, if not its own."""
SETTINGS = {"keras1": {"keras_version": 1}, "keras2": {"keras_version": 2}}
"""What older versions of a framework are to dimlint."""


def candidates(name: str, framework: str) -> Iterable[str]:
    """Declared names that a row's ``layer`` may stand for."""
    if framework == "torch":
        short = name.removeprefix("torch.")
        return (f"nn.{name}", "nn.functional." + name.removeprefix("F."), short, short.replace("Tensor.", "Tensor.@"))
    if framework in ("keras", *SETTINGS):
        return (name, name.removeprefix("keras.")) if "." in name else (f"layers.{name}", name)
    short = name.removeprefix(PREFIXES[framework])
    return (short, short.replace("ndarray.", "Tensor."), short.replace("ndarray.", "Tensor.@"))


def entry(row: Row, library: Library) -> LibraryClass | Native | None:
    """The declaration that a row speaks of, or None."""
    found = [library.entries.get(library.canonical(name)) for name in candidates(row["layer"], row["framework"])]
    found += [known[1] for known in [library.find(row["layer"])] if known is not None]
    return next((item for item in found if isinstance(item, (LibraryClass, Native))), None)


def is_readable(row: Row) -> bool:
    """Whether the row can be turned back into a call: a subscript whose slice bounds are words cannot."""
    slices = [item for item in row["args"][0] if isinstance(item, list)] if row["layer"].endswith("__getitem__") else []
    return not any(isinstance(bound, str) for item in slices for bound in item)


def check_row(row: Row, library: Library) -> str | None:
    """What dimlint gets wrong about a row, or None. Rows of layers that are not declared are None too.

    A row with an ``exception`` says why dimlint answers otherwise, and has to differ.
    """
    found = difference(row, library)
    if "exception" in row:
        return None if found is not None else "agrees, but the row has an exception"
    return found


def difference(row: Row, library: Library) -> str | None:
    """How dimlint's answer differs from the row's, or None."""
    declared = entry(row, library)
    if declared is None:
        return None
    if not is_readable(row):
        return "cannot be asked"
    if needs_program(row, declared):
        return check_program(row)
    try:
        with doubts() as noted:
            outputs, layer = evaluate(row, declared, library)
    except (Problem, Raised) as problem:
        return None if "error" in row else f"reports {problem}"
    except Undecided as undecided:
        if any(text in row.get("error", "") for text in SIGNATURE):
            return None  # policy: a call that does not fit the declaration may fit another version
        return f"is undecided: {undecided.reason}"
    if "error" in row:
        return f"accepts what is refused: {row['error'][:120]}"
    if noted and not has_unknown(row):
        return f"doubts {noted}"
    if row["framework"] == "torch" and is_empty(row, declared):
        return "accepts an empty output"
    return compare(row, outputs, layer)


def is_empty(row: Row, declared: LibraryClass | Native | None) -> bool:
    """Whether the framework built an empty result of a convolution or pooling, which dimlint always reports."""
    rank = spatial_axes(declared)
    if not rank or "error" in row:
        return False
    start = -rank if row["framework"] == "torch" else 1
    return any(0 in shape[start:] for shape in wanted_shapes(row))


def spatial_axes(declared: LibraryClass | Native | None) -> int:
    """How many axes a convolution or pooling works on; zero for anything else."""
    if isinstance(declared, LibraryClass):
        return declared.layer.rank if declared.layer is not None and declared.layer.windowed else 0
    if declared is not None and declared.library in ("keras", "tensorflow"):
        return len(re.findall("conv(?!ert)|pool|patches", declared.label))
    pool = re.search(r"pool(\d)d", declared.label) if declared is not None and "unpool" not in declared.label else None
    return int(pool[1]) if pool else 0


def evaluate(row: Row, declared: LibraryClass | Native, library: Library) -> tuple[list[Shape], Layer | None]:
    """Output shapes, nested ones flattened, and the bound layer if the row has one."""
    kind = TENSORS.get(library.name.partition(".")[0], library.name)
    inputs = tensors(row, kind)
    args, kwargs = plain(row["args"], kind), {name: plain(value, kind) for name, value in row["kwargs"].items()}
    extra, named = plain(row.get("call_args", []), kind), {name: plain(value, kind) for name, value in row.get("call_kwargs", {}).items()}
    if isinstance(declared, Native):
        if declared.label == "__getitem__":
            args = (subscript(row["args"][0], kind),)
        if declared.label in LIST_FUNCTIONS and row.get("dtype") != "list" and has_inputs(row):
            inputs = [inputs]
        first = (*args, *inputs) if declared.label == "einsum" and library.name != "einops" else (*inputs, *args)
        found = call(declared.body, (*first, *extra), kwargs)
        return [Shape()] if library.name == "numpy" and (is_size(found) or isinstance(found, float)) else flatten(found), None
    assert declared.layer is not None, f"{declared.name} is no layer"
    layer = library.bind(declared.layer, args, kwargs, SETTINGS.get(row["framework"], {}))
    if row["layer"] in PAIRED_STATES and len(inputs) == 3:
        inputs = [inputs[0], (inputs[1], inputs[2])]
    if isinstance(layer, KerasLayer) and inputs:
        layer.require_list(inputs[0])
    return flatten(call(layer.output, (*inputs, *extra), named)), layer


def call(body: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Call a declared body as the interpreter does: bind, convert, run."""
    binder = Binder(body)
    positional, keywords = binder.bind(args, kwargs)
    return body({}, *positional, **keywords) if binder.wants_settings else body(*positional, **keywords)


def tensors(row: Row, library: str) -> list[Any]:
    """The tensors that go in; a list of them if the row says that the layer takes a list."""
    shapes = row["input_shapes"] if "input_shapes" in row else [row["input_shape"]] if "input_shape" in row else []
    types = row.get("dtypes", [row.get("dtype")] * len(shapes))
    made = [tensor(shape, library, dtype) for shape, dtype in zip(shapes, types)]
    return [made] if row.get("dtype") == "list" else list(made)


def has_inputs(row: Row) -> bool:
    """Whether the row's tensors stand apart from its arguments."""
    return "input_shape" in row or "input_shapes" in row


def tensor(shape: list[int | None], library: str, dtype: str | None) -> Tensor:
    """A tensor of these sizes; ``None`` is a size that Keras leaves open."""
    sizes = (unknown_dim("None", none=True) if size is None else size for size in shape)
    return Tensor(Shape(*sizes), library, None if dtype in UNTYPED else DTYPES.get(dtype, dtype))


def plain(value: Any, library: str = "torch") -> Any:
    """JSON lists as the tuples that they stand for; ``{"tensor": shape, "dtype": …}`` and ``{"slice": […]}`` as what they describe."""
    if isinstance(value, list):
        return tuple(plain(item, library) for item in value)
    if isinstance(value, dict) and "tensor" in value:
        return tensor(value["tensor"], library, value.get("dtype"))
    if isinstance(value, dict) and "slice" in value:
        return slice(*value["slice"])
    return {name: plain(item, library) for name, item in value.items()} if isinstance(value, dict) else value


def subscript(items: Any, library: str = "torch") -> Any:
    """A row's subscript: numbers, tensors, and ``[start, stop]`` for slices."""
    if not isinstance(items, list):
        return plain(items, library)
    return tuple(slice(*item) if isinstance(item, list) else ... if item == "..." else plain(item, library) for item in items)


def flatten(value: Any) -> list[Shape]:
    """All shapes in a nested result."""
    if isinstance(value, Tensor):
        return [value.shape]
    if isinstance(value, Shape):
        return [value]
    if isinstance(value, SomeNumber):
        return [Shape()]
    if isinstance(value, Mapping):
        value = list(value.values())
    return [shape for item in value for shape in flatten(item)] if isinstance(value, (list, tuple)) else []


def compare(row: Row, outputs: list[Shape], layer: Layer | None) -> str | None:
    """The first difference between the row's answer and dimlint's."""
    wanted = wanted_shapes(row)
    got = [[None if isinstance(d, SymbolicDim) and d.is_none else d for d in shape] for shape in outputs]
    counted = row["layer"].rpartition(".")[2] in DATA_SIZED or row["layer"] == "ndarray.__getitem__"  # by a mask
    if counted and list(map(len, got)) == list(map(len, wanted)):
        got = [[size if may_be(d, size) else d for d, size in zip(*pair)] for pair in zip(got, wanted)]
    if got != wanted:
        return f"gives {got}, not {wanted}"
    if layer is None or "params" not in row:
        return None
    return compare_weights(row, layer)


def may_be(dim: Any, size: int | None) -> bool:
    """Whether an unknown size may be this one."""
    if dim is None or size is None:
        return dim is None
    low, high = bounds(dim)
    return isinstance(dim, SymbolicDim) and (low is None or low <= size) and (high is None or size <= high)


def compare_weights(row: Row, layer: Layer) -> str | None:
    """Parameter counts, and torch's buffers where the row has them."""
    shapes = [Shape(*(unknown_dim("None", none=True) if d is None else d for d in s)) for s in input_shapes(row)]
    count = sum_of(layer.variables(shapes))
    if count != row["params"]:
        return f"has {count} parameters, not {row['params']}"
    buffers = getattr(layer, "buffers", None)
    count = sum_of(buffers(shapes[0])) if buffers else 0
    return None if row.get("buffers", 0) == count else f"has {count} elements in buffers, not {row.get('buffers', 0)}"


def sum_of(weights: Mapping[str, Shape]) -> Any:
    """The number of elements of all variables."""
    return sum(map(product, weights.values()))
