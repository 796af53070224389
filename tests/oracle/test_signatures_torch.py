"""Declared layers have exactly the constructor signatures of the real classes: names, order, defaults, keyword-only."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from dimlint.core.layer import REQUIRED
from dimlint.core.value import LibraryClass
from dimlint.libraries.torch import LIBRARY

pytestmark = pytest.mark.oracle

GENERIC = ("Sigmoid", "Tanh", "LogSigmoid", "Softsign", "Tanhshrink", "Softmax2d", "Identity", "NLLLoss2d")
"""Classes whose real signature is ``(*args, **kwargs)``."""


def declared() -> Iterator[tuple[str, LibraryClass]]:
    """Names and declarations of all layers, those of ``torch.nn`` without that prefix."""
    for name, value in LIBRARY.entries.items():
        if isinstance(value, LibraryClass) and value.layer is not None:
            yield name.removeprefix("nn."), value


def real_parameters(cls: type) -> list[tuple[str, Any, bool]]:
    """Name, default and whether keyword-only of each argument of a real class."""
    real = inspect.signature(cls).parameters.values()
    if cls.__name__ in ("LSTM", "GRU", "RNN"):
        base = list(inspect.signature(cls.__mro__[1]).parameters.values())[1:]
        extra = inspect.Parameter("nonlinearity", inspect.Parameter.POSITIONAL_OR_KEYWORD, default="tanh")
        head, tail = base[:3], [p for p in base[3:] if cls.__name__ == "LSTM" or p.name != "proj_size"]
        real = [*head, *([extra] if cls.__name__ == "RNN" else []), *tail]  # type: ignore[assignment]
    return [(p.name, REQUIRED if p.default is p.empty else p.default, p.kind is p.KEYWORD_ONLY) for p in real]


@pytest.mark.parametrize("name", [name for name, _ in declared() if name not in GENERIC])
def test_signature(name: str) -> None:
    nn = pytest.importorskip("torch.nn")
    module, _, last = name.rpartition(".")
    homes = (nn, nn.modules.batchnorm, nn.modules.instancenorm, nn.modules.linear)
    homes = (importlib.import_module(f"torch.{module}"),) if module else homes
    real = real_parameters(next(getattr(home, last) for home in homes if hasattr(home, last)))
    layer = dict(declared())[name].layer
    assert layer is not None
    stated = [(field, item.default, item.keyword) for field, item in layer.fields.items() if field != "proj_size" or name == "LSTM"]
    assert [(n, k) for n, _, k in stated] == [(n, k) for n, _, k in real]
    for (field, mine, _), (_, theirs, _) in zip(stated, real):
        assert (mine is REQUIRED) == (theirs is REQUIRED), field
        assert mine is REQUIRED or mine == getattr(theirs, "__name__", theirs), field  # a function stands for its name


@pytest.mark.parametrize(
    "name", [name for name in LIBRARY.entries if name.startswith("Tensor.") and not name.startswith("Tensor.new_tensor_")]
)
def test_method_exists(name: str) -> None:
    torch = pytest.importorskip("torch")
    assert hasattr(torch.Tensor, name.removeprefix("Tensor.").removeprefix("@"))


@pytest.mark.parametrize("name", [name for name in LIBRARY.entries if not name.startswith("Tensor.")])
def test_function_exists(name: str) -> None:
    pytest.importorskip("torch")
    files = ("utils", "batchnorm", "instancenorm", "linear", "module")
    homes = ("nn.", *(f"nn.modules.{file}." for file in files))
    elsewhere = ("onnx.", "nn.Module._")  # another package's, and what each module has of its own
    assert name.startswith(elsewhere) or any(exists(name.replace("nn.", home, 1)) for home in homes), name


def exists(name: str) -> bool:
    """Whether a dotted name below ``torch`` leads to something; modules on the way are imported."""
    module, _, last = f"torch.{name}".rpartition(".")
    try:
        return hasattr(importlib.import_module(module), last)
    except ModuleNotFoundError as error:
        if (error.name or "torch").partition(".")[0] != "torch":
            return True  # a module that needs another package
        return hasattr(found_class(module), last)


def found_class(module: str) -> object:
    """A class of torch by its dotted name, or None: ``torch.nn.SyncBatchNorm``."""
    parent, _, last = module.rpartition(".")
    return getattr(importlib.import_module(parent), last, None)
