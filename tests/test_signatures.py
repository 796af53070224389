"""Declared signatures are those of the frameworks, as ``fixtures/signatures.json`` has them (``tests/oracle`` keeps it up to date).

A layer has exactly the arguments, order and defaults of the real constructor. A function may know more arguments than one
overload, since it stands for all of them; there is one in which each argument of ours has the same place, name and default.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dimlint.core.layer import REQUIRED, Layer
from dimlint.core.value import LibraryClass, Native, Unknown
from dimlint.libraries import LIBRARIES

FIXTURES = Path(__file__).parent.parent / "fixtures"
TABLE: dict[str, dict[str, list[Any]]] = json.loads((FIXTURES / "signatures.json").read_text("utf-8"))
ENTRIES = {library.name: library.entries for library in LIBRARIES}

OURS_ONLY = {"LeakyReLU": {"alpha"}, "RNN": {"proj_size"}, "GRU": {"proj_size"}}
"""Arguments of former versions, and those of a shared base that only one of the classes takes."""
THEIRS_ONLY = {"Embedding": {"weights"}}
"""Arguments that are among those of every Keras layer here."""
RENAMED = {"numpy": {"reshape": "shape"}, "tensorflow": {"expand_dims": "axis"}}
"""Required arguments that a call can give by a former name instead: ``newshape``, ``dim``."""

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
    ours = list(inspect.signature(ENTRIES[framework][name].body).parameters.values())
    ours = [p for p in ours if p.annotation not in ("Machine", "Settings")]
    overloads = TABLE[framework][name]
    free = {*optional(overloads), RENAMED.get(framework, {}).get(name)}
    differing = [list(differences(ours, real, name.startswith("Tensor."), free)) for real in overloads]
    assert not all(differing), differing


def optional(overloads: list[Any]) -> set[str]:
    """Arguments that some overload does without, or has in another place: one declaration of all of them cannot require these."""
    places = [{name: index for index, (name, *_) in enumerate(real)} for real in overloads]
    return {name for found in places for name in found if any(other.get(name) != found[name] for other in places)}


def differences(ours: list[inspect.Parameter], real: list[Any], method: bool, free: set[str | None]) -> Iterator[str]:
    """What is not as one overload has it: names and places of arguments, and their defaults."""
    positional = [p for p in ours if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    named = {p.name: p for p in ours if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
    kinds = {p.kind for p in ours}
    anywhere, anything = inspect.Parameter.VAR_POSITIONAL in kinds, inspect.Parameter.VAR_KEYWORD in kinds
    for index, (name, kind, *default) in enumerate(real):
        if kind in ("*", "**") or (method and index == 0):
            continue
        place = positional[index] if kind != "keyword" and index < len(positional) else None
        if kind != "keyword" and place is None and not anywhere:
            yield f"there is no argument {index}, {name!r}"
        if kind == "positional" and place is not None and place.name != name:
            yield f"argument {index} is {name!r}, not {place.name!r}"
        mine = place if kind == "unnamed" else named.get(name)
        if mine is None:
            if kind != "unnamed" and not anything:
                yield f"{name} is not known"
        elif default and not same_default(mine.default, default[0]):
            yield f"{name} is {default[0]!r} by default, not {mine.default!r}"
        elif not default and not (mine.default is mine.empty or has_other_name(mine, name in free, anywhere)):
            yield f"{name} is required"


def has_other_name(mine: inspect.Parameter, free: bool, anywhere: bool) -> bool:
    """Whether a call can give what is required in another way: by another name, or one by one among any number of arguments."""
    return free or type(mine.default) is object or (anywhere and mine.kind is mine.KEYWORD_ONLY)


def same_default(ours: Any, theirs: Any) -> bool:
    """Whether two defaults are the same, if both are plain. The registry of PyTorch has numbers for each axis, and none for None."""
    if type(ours) is object or (isinstance(theirs, str) and theirs.startswith("<")):
        return True
    if isinstance(theirs, list) and not isinstance(ours, tuple):
        return (ours is None) if not theirs else all(item == ours for item in theirs)
    return bool(ours == tupled(theirs))


def test_every_layer_of_the_frameworks_has_a_signature() -> None:
    """What has none is an old name, which the installed framework does not have."""
    for framework in ("torch", "keras"):
        missing = {name for name, entry in ENTRIES[framework].items() if is_layer(entry)} - TABLE[framework].keys()
        assert missing <= {name for name in missing if name.startswith(OLD_NAMES)}, sorted(missing)


OLD_NAMES = ("layers.", "nn.NLLLoss2d", "nn.NonDynamicallyQuantizableLinear", "nn._")
"""Keras keeps none of its former names; torch has its bases further below."""
