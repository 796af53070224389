"""Declared signatures are those of the frameworks, as ``fixtures/signatures.json`` has them (``tests/oracle`` keeps it up to date).

A layer has exactly the arguments, order and defaults of the real constructor. A function may know more arguments than one
overload, since it stands for all of them; each positional argument has the place and the name that some overload gives it.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from dimlint.core.layer import REQUIRED, Layer
from dimlint.core.value import LibraryClass, Native, Unknown
from dimlint.libraries import LIBRARIES

FIXTURES = Path(__file__).parent.parent / "fixtures"
TABLE: dict[str, dict[str, list[Any]]] = json.loads((FIXTURES / "signatures.json").read_text("utf-8"))
ENTRIES = {library.name: library.entries for library in LIBRARIES}

OTHERWISE: dict[str, list[str]] = json.loads((FIXTURES / "signatures_otherwise.json").read_text("utf-8"))["names"]
"""Functions that share a declaration with others whose arguments have other names; the file says why."""

OURS_ONLY = {"LeakyReLU": {"alpha"}, "RNN": {"proj_size"}, "GRU": {"proj_size"}}
"""Arguments of former versions, and those of a shared base that only one of the classes takes."""
THEIRS_ONLY = {"Embedding": {"weights"}}
"""Arguments that are among those of every Keras layer here."""

Case = tuple[str, str]


def cases(kind: type) -> list[Any]:
    """Framework and name of the declared entries of a kind that have a recorded signature."""
    return [
        pytest.param(framework, name, id=f"{framework}-{name}")
        for framework, table in TABLE.items()
        for name in table
        if isinstance(entry := ENTRIES[framework].get(name), kind) and (kind is Native or is_layer(entry))
    ]


def is_layer(entry: Any) -> bool:
    """Whether it declares a layer."""
    return isinstance(entry, LibraryClass) and entry.layer is not None


@pytest.mark.parametrize(("framework", "name"), cases(LibraryClass))
def test_layer(framework: str, name: str) -> None:
    (real,) = TABLE[framework][name]
    layer = ENTRIES[framework][name].layer
    if any(kind == "*" for _, kind, *_ in real):
        return
    label = name.rpartition(".")[2]
    theirs = [item for item in real if item[1] != "**" and item[0] not in THEIRS_ONLY.get(label, ())]
    ours = {field: item for field, item in layer.fields.items() if field not in OURS_ONLY.get(label, ())}
    if len(theirs) < len(real):  # behind ``**kwargs`` stand the keyword arguments of the base
        ours = {field: item for field, item in ours.items() if not item.keyword or field in {name for name, *_ in theirs}}
    assert list(ours) == [field for field, *_ in theirs]
    if label not in THEIRS_ONLY:
        assert [item.keyword for item in ours.values()] == [kind == "keyword" for _, kind, *_ in theirs]
    for field, _, *default in theirs:
        if default and isinstance(default[0], str) and default[0].startswith("<"):
            continue  # a function or object, for which we have its name
        assert settled(layer, field, ours[field].default) == settled(layer, field, *default), field


def settled(layer: type[Layer], field: str, value: Any = REQUIRED) -> Any:
    """What the field makes of a default; the required ones all look alike."""
    if value is REQUIRED:
        return "required"
    result = layer.fields[field].convert(tupled(value), layer, field)
    return repr(result) if isinstance(result, Unknown) else result


def tupled(value: Any) -> Any:
    """JSON lists as the tuples that they stand for."""
    return tuple(map(tupled, value)) if isinstance(value, list) else value


@pytest.mark.parametrize(("framework", "name"), cases(Native))
def test_function(framework: str, name: str) -> None:
    stated = list(inspect.signature(ENTRIES[framework][name].body).parameters.values())
    stated = [p for p in stated if p.annotation not in ("Machine", "Settings")]
    ours = [p.name for p in stated if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    overloads = TABLE[framework][name]
    agrees = any(misplaced(ours, real) is None for real in overloads)
    assert agrees is (name not in OTHERWISE.get(framework, ())), [misplaced(ours, real) for real in overloads]


def misplaced(ours: list[str], real: list[Any]) -> str | None:
    """The first positional argument of one overload that stands elsewhere here, or has another name; None if there is none."""
    theirs = [name for name, kind, *_ in real if kind == "positional"]
    for index, (mine, name) in enumerate(zip(ours, theirs)):
        if mine != name and index > 0:
            return f"argument {index} is {name!r}, not {mine!r}"
    return None


def test_every_layer_of_the_frameworks_has_a_signature() -> None:
    """What has none is an old name, which the installed framework does not have."""
    for framework in ("torch", "keras"):
        missing = {name for name, entry in ENTRIES[framework].items() if is_layer(entry)} - TABLE[framework].keys()
        assert missing <= {name for name in missing if name.startswith(OLD_NAMES)}, sorted(missing)


OLD_NAMES = ("layers.", "nn.NLLLoss2d")
"""Keras keeps none of its former names."""
