"""Golden rows of classes that need an interpreter (wrappers, inputs, layers that are given cells), as small programs.

A row becomes a program that makes the layer, calls it on inputs and makes a model of the result; a second model, whose input is as wide as
the layer has parameters, tells their number.
"""

from __future__ import annotations

from typing import Any

from dimlint.analyze import analyze
from dimlint.config import Config
from dimlint.core.report import Model
from dimlint.core.value import LibraryClass, Native
from tests.golden_rows import Row, has_unknown, input_shapes, wanted_shapes

HEAD = ("import keras", "from keras import layers")


def needs_program(row: Row, declared: LibraryClass | Native) -> bool:
    """Whether the row cannot be answered by a declaration alone."""
    made = isinstance(declared, LibraryClass) and declared.layer is None
    return row["framework"].startswith("keras") and (made or row["layer"] in ("Input", "layers.merge"))


def check_program(row: Row) -> str | None:
    """What dimlint gets wrong about the row's program, or None."""
    lines = program(row)
    version = row["framework"].removeprefix("keras")
    report = analyze("\n".join((*HEAD, *lines)), config=Config(keras_version=float(version)) if version else None)
    assert report.failure is None, report.failure
    if report.findings:
        return None if "error" in row else f"reports {report.findings[0].message}"
    found = {model.span.line - len(HEAD): model for model in report.models}
    model = found.get(next(index for index, line in enumerate(lines, 1) if line.startswith("m = ")))
    if model is None or model.output_shape is None:
        reason = model.reason if model is not None else next((gap.reason for gap in report.gaps), None)
        return f"is undecided: {reason}"
    if "error" in row:
        return f"accepts what is refused: {row['error'][:120]}"
    if model.status != "verified" and not has_unknown(row):
        return f"doubts {model.reason}"
    if shapes_in(model.output_shape) != wanted_shapes(row):
        return f"gives {model.output_shape}, not {wanted_shapes(row)}"
    return compare_count(row, found.get(len(lines)))


def compare_count(row: Row, probe: Model | None) -> str | None:
    """The number of parameters, which the second model tells."""
    if "params" not in row:
        return None
    if probe is None or not isinstance(probe.output_shape, (list, tuple)) or not isinstance(probe.output_shape[1], int):
        return "does not know the number of parameters"
    count = probe.output_shape[1] - 1
    return None if count == row["params"] else f"has {count} parameters, not {row['params']}"


def program(row: Row) -> list[str]:
    """The lines of the row's program behind the imports."""
    wrapped = [{"layer": row["wrapped"]}] if "wrapped" in row else []
    made = text({"layer": [row["layer"], [*wrapped, *row["args"]], row["kwargs"]]})
    if row["layer"] in ("Input", "InputLayer"):
        start = made.replace("layers.", "keras.", 1) if row["layer"] == "Input" else f"{made}.output"
        return [f"x = {start}", "m = keras.Model(x, layers.Identity()(x))"]
    names = [f"x{index}" for index in range(len(input_shapes(row)))]
    inputs = [f"{name} = keras.Input(batch_shape={text(shape)})" for name, shape in zip(names, input_shapes(row))]
    first = f"[{', '.join(names)}]"
    if row["layer"] == "layers.merge":
        call = ", ".join([first, *map(text, row["args"]), *named(row["kwargs"])])
        return [*inputs, f"m = keras.models.Model({first}, layers.merge({call}))"]
    extra = [*map(text, row.get("call_args", [])), *named(row.get("call_kwargs", {}))]
    call = ", ".join([*([first] if row.get("dtype") == "list" else names), *extra])
    lines = [f"l = {made}", *inputs, f"y = l({call})", f"m = keras.Model({first}, y)"]
    return [*lines, "p = keras.Input((l.count_params() + 1,))", "n = keras.Model(p, layers.ReLU()(p))"]


def named(kwargs: dict[str, Any]) -> list[str]:
    """Keyword arguments in a program's words."""
    return [f"{name}={text(value)}" for name, value in kwargs.items()]


def text(value: Any) -> str:
    """A row's value in a program's words: lists as tuples, ``{"layer": …}`` and ``{"tensor": …}`` as what they describe."""
    if isinstance(value, list):
        return f"({', '.join(map(text, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict) and "layer" in value:
        name, args, kwargs = value["layer"]
        return f"layers.{name}({', '.join([*map(text, args), *named(kwargs)])})"
    if isinstance(value, dict) and "tensor" in value:
        return f"keras.Input(batch_shape={text(value['tensor'])})"
    return repr(value)


def shapes_in(value: Any) -> list[list[int | None]]:
    """All shapes in a model's nested output."""
    if all(size is None or isinstance(size, int) for size in value):
        return [list(value)]
    return [shape for item in value for shape in shapes_in(item)]
