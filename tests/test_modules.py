"""Modules of a program that import each other, that are asked for by name, or that tell their names only when they are asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from dimlint.batch import check_file
from dimlint.config import Config

NET = """from torch import nn
class Net(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.l = nn.Linear(3, n)
    def forward(self, x):
        return self.l(x)
"""
END = """
model = nn.Sequential(Net(4), nn.Linear(4, 5))
model(torch.zeros(2, 3))
"""
HEAD = "import torch\nfrom torch import nn\n"
LAZY = """import importlib
def __getattr__(name):
    if name == "Net":
        return getattr(importlib.import_module(".nets", __package__), name)
    raise AttributeError(name)
"""
PROJECTS: dict[str, dict[str, str]] = {
    "a module that tells its names when asked": {
        "pkg/__init__.py": LAZY,
        "pkg/nets.py": NET,
        "main.py": HEAD + "from pkg import Net" + END,
    },
    "an attribute of such a module": {
        "pkg/__init__.py": LAZY,
        "pkg/nets.py": NET,
        "main.py": HEAD + "import pkg\nNet = pkg.Net if hasattr(pkg, 'Net') else None" + END,
    },
    "a module by its name": {
        "pkg/__init__.py": "",
        "pkg/nets.py": NET,
        "main.py": HEAD + "from importlib import import_module\nkind = 'nets'\nNet = import_module('pkg.' + kind).Net" + END,
    },
    "modules that import each other": {
        "pkg/__init__.py": "from .first import Net\n",
        "pkg/first.py": "from .second import double\n" + NET.replace("nn.Linear(3, n)", "nn.Linear(3, double(n))"),
        "pkg/second.py": "import pkg\ndef double(n):\n    return 2 * n\n",
        "main.py": HEAD + "from pkg.second import double\nimport pkg\ndef Net(n):\n    return pkg.Net(n // 2)" + END,
    },
    "a submodule that another module has imported": {
        "pkg/__init__.py": "",
        "pkg/layers/__init__.py": "",
        "pkg/layers/nets.py": NET,
        "main.py": HEAD + "import pkg\nNet = pkg.layers.nets.Net" + END,
    },
    "the place of a module": {
        "pkg/__init__.py": "import os\nwidth = {'__init__.py': 4}[os.path.basename(__file__)]\n",
        "pkg/nets.py": NET.replace("nn.Linear(3, n)", "nn.Linear(3, width)").replace("import nn", "import nn\nfrom pkg import width"),
        "main.py": HEAD + "from pkg.nets import Net" + END,
    },
    "texts that describe a class and a function": {
        "pkg.py": NET.replace("Module):", 'Module):\n    """A net."""')
        + """
def described(other):
    def decorate(function):
        function.__doc__ = function.__doc__ + other.__doc__
        return function
    return decorate
@described(Net)
def build(n):
    "Makes it: "
    return Net(n)
""",
        "main.py": HEAD + "from pkg import build as Net\nassert Net.__doc__ == 'Makes it: A net.'" + END,
    },
}


def checked(root: Path, files: dict[str, str]) -> tuple[list[int], list[str]]:
    """Lines of findings in ``main.py``, and what becomes of its model."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    report = check_file(str(root / "main.py"), Config(root=str(root)))
    return [finding.span.line for finding in report.findings], [model.status for model in report.models if model.name == "model"]


@pytest.mark.parametrize("name", PROJECTS)
def test_a_model_from_another_module_is_followed(tmp_path: Path, name: str) -> None:
    assert checked(tmp_path, PROJECTS[name]) == ([], ["verified"])


@pytest.mark.parametrize("name", PROJECTS)
def test_a_layer_that_does_not_fit_it_is_wrong(tmp_path: Path, name: str) -> None:
    files = PROJECTS[name]
    main = files["main.py"].replace("nn.Linear(4, 5)", "nn.Linear(6, 5)")
    assert checked(tmp_path, {**files, "main.py": main}) == ([main.splitlines().index("model(torch.zeros(2, 3))")], ["wrong"])


@pytest.mark.parametrize("name", ["'.nets'", "'pkg.' + kind", "'..nets', 'pkg'", "7"])
def test_a_module_whose_name_is_not_known_is_not_followed(tmp_path: Path, name: str) -> None:
    main = HEAD + f"import sys\nfrom importlib import import_module\nkind = sys.argv[1]\nNet = import_module({name}).Net" + END
    assert checked(tmp_path, {"pkg/__init__.py": "", "pkg/nets.py": NET, "main.py": main})[0] == []


def test_whether_a_submodule_was_imported_is_not_known(tmp_path: Path) -> None:
    main = HEAD + """import pkg
n = 5 if hasattr(pkg, "other") else 3
nn.Linear(n, 3)(torch.zeros(2, 3))
other = getattr(pkg, "other", None)
nn.Linear(3 if other is None else other.width, 3)(torch.zeros(2, 3))
"""
    assert checked(tmp_path, {"pkg/__init__.py": "", "pkg/other.py": "width = 5\n", "main.py": main}) == ([], [])


def test_a_text_that_describes_a_function_is_what_python_keeps(tmp_path: Path) -> None:
    text = "a\n    b\n    "
    main = HEAD + f'def f():\n    """{text}"""\nnn.Linear(len(f.__doc__), 3)(torch.zeros(2, {len(text)}))\n'
    assert checked(tmp_path, {"main.py": main}) == ([], [])
