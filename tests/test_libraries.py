"""The tables of names as a whole: what declares them is loaded when it is asked for, in any order, and no name is declared twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dimlint.core.dim import Shape
from dimlint.core.layer import Layer
from dimlint.core.library import Library
from dimlint.libraries import LIBRARIES

ROOT = Path(__file__).parent.parent
NAMES = [library.name for library in LIBRARIES]


def test_a_name_is_declared_once() -> None:
    library = Library("sample", ("sample",))
    library.function("f", "g")(lambda x: x)
    library.layer("Same")(type("Same", (Layer,), {"output": lambda self, x: Shape(*x)}))
    for again in (library.function("h", "f"), library.layer("Same"), library.type("g")):
        with pytest.raises(ValueError, match="twice"):
            again(type("Again", (Layer,), {}))


def test_a_base_stands_before_what_derives_from_it() -> None:
    library = Library("sample", ("sample",), base="Module")
    with pytest.raises(KeyError, match="Module"):
        library.layer("Same")(type("Same", (Layer,), {}))


OUTLINES = ("outline", "outlines", "torch.outline", "keras.outline")
"""Modules that declare nothing and are there for summaries alone."""


def run(program: str, *arguments: str) -> str:
    """What a Python process of its own prints."""
    return subprocess.run([sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_everything_is_loaded_and_no_module_is_forgotten() -> None:
    program = "import sys\nfrom dimlint.libraries import load\nload()\nprint(*sys.modules)"
    loaded = set(run(program).split())
    paths = (path.relative_to(ROOT).with_suffix("").parts for path in (ROOT / "dimlint" / "libraries").rglob("*.py"))
    others = {"dimlint.libraries.keras.dialect", *(f"dimlint.libraries.{name}" for name in OUTLINES)}
    assert {".".join(parts).removesuffix(".__init__") for parts in paths} <= loaded | others


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("python.")])
def test_a_library_can_be_loaded_first(name: str) -> None:
    """Whatever is loaded first, each library declares the same."""
    program = (
        "import sys\nfrom dimlint.libraries import LIBRARIES\n"
        "first = next(library for library in LIBRARIES if library.name == sys.argv[1])\nfirst.load()\n"
        "print({library.name: sorted(library.entries) for library in LIBRARIES})"
    )
    assert run(program, name) == f"{ {library.name: sorted(library.entries) for library in LIBRARIES} }\n"


REPORTS = """
import json, sys
from dataclasses import asdict
from dimlint import analyze
from dimlint.libraries import LIBRARIES
order, paths = json.loads(sys.argv[1])
for library in LIBRARIES:
    if library.name in order:
        library.load()
reports = {path: repr(analyze(open(path, encoding="utf-8").read(), path)) for path in paths}
print(json.dumps(dict(sorted(reports.items()))))
"""


def test_reports_do_not_depend_on_what_was_loaded_before() -> None:
    """Alone, behind the files of other frameworks, or with every table loaded: a file's report is the same."""
    paths = [str(path) for kind in ("torch", "keras") for path in sorted((ROOT / "fixtures" / kind).glob("*.py"))[::12]]
    paths += [str(path) for path in sorted((ROOT / "fixtures" / "demo").glob("*.py"))]
    orders = [([], paths), ([], paths[::-1]), (NAMES, paths)]
    first, *others = [json.loads(run(REPORTS, json.dumps(order))) for order in orders]
    assert all(other == first for other in others)
