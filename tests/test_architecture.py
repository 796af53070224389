"""The house keeps its order: a module imports only from below, and heavy packages are loaded only where they are needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOUSE = ROOT / "dimlint"

LAYERS: list[tuple[str, ...]] = [
    ("dimlint.core",),
    ("dimlint.shapes",),
    ("dimlint.libraries", "dimlint.notation", "dimlint.scan", "dimlint.nodes"),
    ("dimlint.gate", "dimlint.comments", "dimlint.editing"),
    ("dimlint.parsing",),
    ("dimlint.place",),
    ("dimlint.source", "dimlint.config", "dimlint.magics", "dimlint.files"),
    ("dimlint.cells",),
    ("dimlint.notebook",),
    ("dimlint.interpreter", "dimlint.project"),
    ("dimlint.outcome",),
    ("dimlint.applied",),
    ("dimlint.sizes", "dimlint.fixes"),
    ("dimlint.advice",),
    ("dimlint.run",),
    ("dimlint.proving",),
    ("dimlint.analyze", "dimlint.workers"),
    ("dimlint.target",),
    ("dimlint.parts",),
    ("dimlint.flow",),
    ("dimlint.summary",),
    ("dimlint.lines", "dimlint.relative", "dimlint.fingerprint"),
    ("dimlint.cache",),
    ("dimlint.batch", "dimlint.render"),
    ("dimlint.baseline", "dimlint.terminal", "dimlint.fixing", "dimlint.cluster"),
    ("dimlint.pylint_reporter", "dimlint.fix_mode"),
    ("dimlint.checking",),
    ("dimlint.watching", "dimlint.server"),
    ("dimlint.cli", "dimlint.pylint_plugin"),
    ("dimlint.command",),
    ("dimlint.__main__",),
]
"""Lowest first. The package itself (its version and lazy names) may be imported by the upper ones."""

CORE = [
    *("collector", "stack", "once", "dataclass", "rules", "problem", "interval", "atom", "linear", "dim", "axis", "factoring", "solving"),
    "smallest",
    "example",
    *("machine", "value", "members", "opening", "results", "layer", "binding", "versions", "library", "report"),
]
"""The order inside core."""

MAX_LINES = 400
MAX_FUNCTION_LINES = 40

HOMES = {
    "libcst": ("dimlint.source", "dimlint.parsing", "dimlint.place", "dimlint.nodes", "dimlint.interpreter"),
    "pylint": ("dimlint.pylint_plugin", "dimlint.pylint_reporter", "dimlint"),
    "astroid": ("dimlint.pylint_plugin",),
    "click": ("dimlint.cli", "dimlint.checking", "dimlint.watching"),
    "rich": ("dimlint.terminal",),
    "pathspec": ("dimlint.project",),
    "pygls": ("dimlint.server",),
    "lsprotocol": ("dimlint.server",),
    "distributed": ("dimlint.cluster",),
    "torch": (),
    "keras": (),
    "tensorflow": (),
    "numpy": (),
}
"""Where each package may be imported."""


def modules() -> dict[str, Path]:
    found = {}
    for path in HOUSE.rglob("*.py"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path
    return found


MODULES = modules()


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Imported modules, and whether the import is for type checkers only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in typing) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports are absolute"
            module = node.module or ""
            for alias in node.names:
                full = f"{module}.{alias.name}"
                yield (full if full in MODULES else module), id(node) in typing


def layer_of(module: str) -> int:
    for index, prefixes in enumerate(LAYERS):
        if any(module == prefix or module.startswith(f"{prefix}.") for prefix in prefixes):
            return index
    raise AssertionError(f"{module} has no place in the house")


def within(module: str, prefixes: tuple[str, ...]) -> bool:
    return any(module == prefix or (prefix != "dimlint" and module.startswith(f"{prefix}.")) for prefix in prefixes)


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"dimlint"}))
def test_a_module_imports_only_from_below(module: str) -> None:
    mine = layer_of(module)
    family = ".".join(module.split(".")[:2])
    for name, typing_only in imports(MODULES[module]):
        if name.split(".")[0] != "dimlint" or typing_only:
            continue
        if name == "dimlint":
            assert mine >= layer_of("dimlint.render"), f"{module} imports the package"
        elif not within(name, (family,)):
            assert layer_of(name) < mine, f"{module} imports {name}"


def test_core_is_in_order() -> None:
    order = {f"dimlint.core.{name}": index for index, name in enumerate(CORE)}
    assert set(order) == {name for name in MODULES if name.startswith("dimlint.core.")}
    for module, index in order.items():
        for name, typing_only in imports(MODULES[module]):
            if name in order and not typing_only:
                assert order[name] < index, f"{module} imports {name}"


def test_libraries_and_interpreter_never_meet() -> None:
    for module, path in MODULES.items():
        other = {"dimlint.libraries": "dimlint.interpreter", "dimlint.interpreter": "dimlint.libraries"}
        for mine, theirs in other.items():
            if within(module, (mine,)):
                assert not [name for name, _ in imports(path) if within(name, (theirs,))], module


@pytest.mark.parametrize("package", HOMES)
def test_a_package_is_imported_only_at_home(package: str) -> None:
    for module, path in MODULES.items():
        for name, typing_only in imports(path):
            if name.split(".")[0] == package and not within(module, HOMES[package]):
                assert typing_only and package == "libcst", f"{module} imports {name}"


def loaded(program: str) -> set[str]:
    code = f"import sys\n{program}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not loaded("import dimlint") & {"pylint", "astroid", "libcst", "click", "rich", "pathspec", "pygls", "lsprotocol"}
    assert not loaded("import dimlint.cli") & {"pylint", "astroid", "libcst", "rich", "pathspec", "pygls", "lsprotocol"}
    assert not loaded("import dimlint.analyze") & {"pylint", "astroid", "click", "rich", "torch", "keras", "tensorflow", "numpy"}


TABLES = ("torch.convolution", "keras.convolution", "keras.former.layers1", "tensorflow.products", "numpy.creation", "einops.functions")


@pytest.mark.parametrize(
    ("program", "tables"),
    [
        ("import torch, numpy", ""),
        ("import torch.nn as nn\nnn.Linear(1, 2)", "torch.convolution"),
        ("import torch, numpy\ntorch.zeros(3)\nnumpy.zeros(3)", "torch.convolution numpy.creation"),
        ("from keras import Input", "keras.convolution keras.former.layers1"),
        ("import tensorflow as tf\ntf.zeros(3)", "tensorflow.products"),
        ("from einops import rearrange", "einops.functions"),
        ("from einops.layers.torch import Rearrange", "torch.convolution"),
    ],
)
def test_only_the_tables_of_a_program_are_loaded(program: str, tables: str) -> None:
    found = loaded(f"from dimlint import analyze\nassert analyze({program!r}).failure is None")
    assert {name for name in TABLES if f"dimlint.libraries.{name}" in found} == set(tables.split())


def test_a_text_without_a_framework_loads_neither_parser_nor_tables(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("import numpy\nprint(numpy.zeros(3))\n", encoding="utf-8")
    found = loaded(f"from dimlint.cli import main\nassert not main(['check', {str(tmp_path)!r}], standalone_mode=False)")
    assert not found & {"libcst", "dimlint.run", "dimlint.libraries", "multiprocessing", "rich", "pylint"}


def test_the_public_names() -> None:
    assert "libcst" not in loaded(
        "from dimlint import Config, Report, analyze, __version__\n"
        "import dimlint.analyze\n"
        "from dimlint import analyze as again\n"
        "assert analyze is again and callable(analyze) and dimlint.analyze is analyze\n"
        "assert isinstance(analyze('', config=Config()), Report)\n"
    )


@pytest.mark.parametrize("path", sorted(HOUSE.rglob("*.py")), ids=lambda path: str(path.relative_to(HOUSE)))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") < MAX_LINES
    tree = ast.parse(text)
    assert ast.get_docstring(tree), f"{path.name} says nothing about itself"
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno < MAX_FUNCTION_LINES, f"{path.name}: {node.name} is too long"
