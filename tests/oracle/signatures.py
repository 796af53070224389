"""The signatures of the real classes and functions: ``python -m tests.oracle.signatures > fixtures/signatures.json`` records them.

``{framework: {name: [overload, ...]}}``, an overload being a list of ``[parameter, kind, default]``: kind is ``positional``, ``keyword``,
``unnamed`` (of which no call can say the name), ``*`` or ``**``; the default is missing where the argument is required, and text where it
is no plain data.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import inspect
import json
from collections.abc import Iterable, Iterator
from typing import Any

from dimlint.core.library import Library
from dimlint.core.value import LibraryClass, Native
from dimlint.libraries import LIBRARIES

FRAMEWORKS = ("torch", "keras", "tensorflow", "numpy", "einops")
GATED = ("LSTM", "GRU", "RNN")
"""Classes whose constructor hands everything on to that of their base."""
KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "unnamed",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "positional",
    inspect.Parameter.KEYWORD_ONLY: "keyword",
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}
Parameter = list[Any]


def real_signatures() -> dict[str, dict[str, list[list[Parameter]]]]:
    """The signatures of all declared names that the installed frameworks have."""
    return {library.name: dict(sorted(_of_library(library))) for library in LIBRARIES if library.name in FRAMEWORKS}


def _of_library(library: Library) -> Iterator[tuple[str, list[list[Parameter]]]]:
    root = importlib.import_module(library.name)
    for name, entry in library.entries.items():
        if not isinstance(entry, (LibraryClass, Native)) or "@" in name:
            continue
        try:
            found = dotted(root, name)
        except (AttributeError, ImportError):
            continue
        overloads = list(_overloads(found, entry))
        if overloads:
            yield name, overloads


def dotted(root: Any, name: str) -> Any:
    """An attribute of an attribute; numpy's methods are declared under ``Tensor``, those of generators as functions."""
    if root.__name__ == "numpy" and name.startswith("Tensor."):
        name = name.replace("Tensor.", "ndarray.", 1)
    if root.__name__ == "numpy" and name.startswith("random.Generator."):
        return getattr(root.random.default_rng(), name.rpartition(".")[2])
    for part in name.split("."):
        try:
            root = getattr(root, part)
        except AttributeError:
            root = importlib.import_module(f"{root.__name__}.{part}")
    return root


def _overloads(found: Any, entry: LibraryClass | Native) -> Iterator[list[Parameter]]:
    if isinstance(entry, LibraryClass):
        if entry.layer is not None:
            yield list(_parameters(_constructor(found)))
        return
    with contextlib.suppress(TypeError, ValueError):
        yield list(_parameters(inspect.signature(found).parameters.values()))
    if importlib.util.find_spec("torch") and entry.library == "torch":
        yield from _schemas(entry.name)


def _constructor(cls: type) -> list[inspect.Parameter]:
    """The parameters of a class, past ``self``."""
    if cls.__name__ not in GATED or not cls.__module__.startswith("torch"):
        return list(inspect.signature(cls).parameters.values())
    base = list(inspect.signature(cls.__mro__[1]).parameters.values())[1:]
    extra = [inspect.Parameter("nonlinearity", inspect.Parameter.POSITIONAL_OR_KEYWORD, default="tanh")]
    return [*base[:3], *(extra if cls.__name__ == "RNN" else []), *(p for p in base[3:] if cls.__name__ == "LSTM" or p.name != "proj_size")]


def _schemas(name: str) -> Iterator[list[Parameter]]:
    """What PyTorch's operator registry says of a built-in function."""
    import torch

    module, _, base = name.rpartition(".")
    prefixes = {"linalg": ["linalg_"], "fft": ["fft_"], "special": ["special_"]}.get(module, [""])
    for prefix in prefixes:
        for schema in torch._C._jit_get_schemas_for_operator(f"aten::{prefix}{base}"):
            if "out" not in schema.overload_name and "dimname" not in schema.overload_name.lower():
                yield [_argument(argument) for argument in schema.arguments]


def _argument(argument: Any) -> Parameter:
    kind = "keyword" if argument.kwarg_only else "positional"
    name = "input" if argument.name == "self" else argument.name  # as PyTorch's Python has it
    default = 0 if name == "reduction" else argument.default_value  # Python reads the word for "mean" of the schema as 0
    return [name, kind, *([_plain(default)] if argument.has_default_value() else [])]


def _parameters(parameters: Iterable[inspect.Parameter]) -> Iterator[Parameter]:
    for item in parameters:
        yield [item.name, KINDS[item.kind], *([] if item.default is item.empty else [_plain(item.default)])]


def _plain(value: Any) -> Any:
    """A default as JSON has it."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else f"<{type(value).__name__}>"


if __name__ == "__main__":
    print("{")
    tables = real_signatures()
    for framework, table in tables.items():
        print(f" {json.dumps(framework)}: {{")
        lines = [f"  {json.dumps(name)}: {json.dumps(overloads)}" for name, overloads in table.items()]
        print(",\n".join(lines))
        print(" }" + ("," if framework != list(tables)[-1] else ""))
    print("}")
