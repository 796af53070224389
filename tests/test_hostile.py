"""Hostile programs through both doors, with little memory and little time: whatever stands in a file, its report comes."""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from dimlint import analyze
from dimlint.core.library import Library
from dimlint.libraries import LIBRARIES
from tests.doors import ROOT
from tests.hostile import GROWTH, HEAD, NUMBERS, ODD, ODD_HEAD, RECURSION, SYNTAX, TAIL

MEMORY = 4 << 30
SECONDS = 1200
"""CPU time after which a run counts as endless and is killed; far above what it needs."""
FUEL = "[tool.dimlint]\nfuel = 30_000\n"
GROUPS = {"syntax": SYNTAX, "numbers": NUMBERS, "recursion": RECURSION, "growth": GROWTH}
RAW = {
    "latin": b"import torch\n# \xe9\n",
    "utf16": "import torch\n".encode("utf-16"),
    "binary": bytes(range(256)) * 10 + b"torch",
    "rot13": b"# coding: rot13\nimport torch\n",
    "utf7": b"# coding: utf-7\nimport torch\n+AGE\n",
    "hex": b"# coding: hex\nimport torch\n",
    "unicode_escape": b"# coding: unicode_escape\nimport torch\nx = '\\x0aimport os'\n",
    "returns": b"import torch\rx = 1\r",
    "last return": b"import torch\nx = 1\r",
    "form feed": b"import torch\n\x0cx = 1\n  \x0c  # y\n",
    "nul in a comment": b"import torch\n# \x00\n",
    "cookie": b"# coding: " + b"x" * 10_000 + b"\nimport torch\n",
    "surrogate": "import torch\nx = '\ud800'\n".encode("utf-8", "surrogatepass"),
    "large": b"import torch\n" + b"x = 1\n" * 170_000,
    "empty": b"",
    "mark": b"\xef\xbb\xbf",
    "blanks": b"import torch\n" + b" " * 900_000 + b"\n#" + b"x" * 50_000,
}
TOO_MUCH_FOR_PYLINT = {
    *("long attributes", "long subscripts", "long calls", "lambdas that pass", "negations"),
    *("signs", "sum", "elif", "many bases", "long line of classes", "many tokens"),
}
"""What pylint itself does not survive, or hardly, without any plugin."""


def limited(*command: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a module of Python that is killed when it takes too much."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))

    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(cwd)}
    program = [sys.executable, "-m", *command]
    return subprocess.run(program, cwd=cwd, capture_output=True, stdin=subprocess.DEVNULL, check=False, env=environment, preexec_fn=limit)


def write(folder: Path, programs: dict[str, str]) -> dict[str, str]:
    """One file for each program; their texts by file name."""
    texts = {}
    names = [f"program{index}" for index in range(len(programs))]
    for index, (name, program) in enumerate(zip(names, programs.values())):
        text = f"{HEAD}{program}\n{TAIL}".replace("{self}", name).replace("{other}", names[index - 1])
        (folder / f"{name}.py").write_text(text, encoding="utf-8", newline="")
        texts[f"{name}.py"] = text
    (folder / "pyproject.toml").write_text(FUEL, encoding="utf-8")
    return texts


def checked(folder: Path) -> dict[str, Any]:
    done = limited("dimlint", "check", "--jobs", "1", "--output-format", "json", cwd=folder)
    assert done.returncode in (0, 1, 2), done.stderr[-2000:]
    for line in done.stderr.decode().splitlines():
        assert ": cannot " in line or ": not analysed: " in line or ": dimlint comment: " in line, line
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@pytest.mark.parametrize("group", GROUPS)
def test_every_program_has_its_report(tmp_path: Path, group: str) -> None:
    texts = write(tmp_path, GROUPS[group])
    document = checked(tmp_path)
    assert sum(document["files"].values()) == len(texts)
    assert document["files"]["checked"] >= len(texts) * 2 // 5
    assert all(len(item.get("message", "")) < 5000 for item in document["findings"])


def test_what_follows_a_harmless_one_is_still_found(tmp_path: Path) -> None:
    names = ["sums of sizes", "products of sizes", "extremes of sizes", "many unknown sizes", "squares", "doubling"]
    texts = write(tmp_path, {name: NUMBERS[name] for name in names} | {"tuples on two paths": GROWTH["tuples on two paths"]})
    found = {(item["path"], item["line"]) for item in checked(tmp_path)["findings"]}
    assert {(path, text.count("\n")) for path, text in texts.items()} <= found


def test_every_file_has_its_report(tmp_path: Path) -> None:
    for name, raw in RAW.items():
        (tmp_path / f"{name}.py").write_bytes(raw)
    document = checked(tmp_path)
    assert document["files"] == {"checked": 6, "skipped": 1, "failed": 10}
    assert document["findings"] == []


def test_nothing_is_executed_or_written(tmp_path: Path) -> None:
    """What a file does when it is imported, or its project when it is installed, does not happen; all that is new is the cache."""
    folder = tmp_path / "project"
    (folder / "package").mkdir(parents=True)
    harm = f"import os, torch\nos.system('touch {tmp_path}/harm')\nopen({str(tmp_path / 'harm')!r}, 'w')\n"
    for name in ("main", "conftest", "setup", "sitecustomize", "package/__init__", "package/part"):
        (folder / f"{name}.py").write_text(harm + "from package import part\nimport package.part\n" + TAIL.replace("nn", "torch.nn"))
    before = set(tmp_path.rglob("*"))
    done = limited("dimlint", "check", "project", "--output-format", "json", cwd=tmp_path)
    assert len({item["path"] for item in json.loads(done.stdout)["findings"]}) == 6
    new = {path for path in tmp_path.rglob("*") if ".dimlint_cache" not in path.parts} - before
    assert not new


def odd_call(library: Library, name: str, rng: random.Random) -> str:
    """A call of a declared name on arguments that it probably does not want."""
    arguments = ", ".join(rng.choice(ODD) for _ in range(rng.randint(0, 4)))
    if name.startswith("Tensor."):
        method = name.removeprefix("Tensor.")
        receiver = rng.choice(["t", "t4"] if library.name == "torch" else ["k", "k4"])
        return f"{receiver}.{method[1:]}" if method.startswith("@") else f"{receiver}.{method}({arguments})"
    function = name if library.name == "builtins" or not library.roots else f"{library.roots[0]}.{name.removeprefix('*')}"
    return f"{function}({arguments})" + (f"({rng.choice(ODD)})" if rng.random() < 0.5 else "")


@pytest.mark.parametrize("seed", range(4))
def test_every_declared_name_bears_odd_arguments(seed: int) -> None:
    rng = random.Random(seed)
    calls = [odd_call(library, name, rng) for library in LIBRARIES for name in sorted(library.entries)]
    rng.shuffle(calls)
    for start in range(0, len(calls), 50):
        report = analyze(HEAD + ODD_HEAD + "\n".join(calls[start : start + 50]), "odd.py")
        assert report.failure is None, (report.failure, calls[start : start + 50])


ESCAPES = r"""
import torch
from jaxtyping import Float
from torch import Tensor, nn

class Net(nn.Module):
    size: '\ int' = '\777'
    def forward(self, x: Float[Tensor, '\ 3'], y: '\ d' = None):
        return nn.Linear(3, 4)(x)

nn.Conv2d(3, 3, 3, padding='\ same')
"""


@pytest.mark.parametrize("action", ["always", "error"])
def test_what_python_thinks_of_escapes_is_not_said(action: str, recwarn: pytest.WarningsRecorder) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter(action)  # type: ignore[arg-type]
        report = analyze(ESCAPES)
    assert [item.rule for item in report.findings] == ["invalid-layer-argument"]
    assert not recwarn.list


def test_pylint_goes_on(tmp_path: Path) -> None:
    programs = {name: text for group in GROUPS.values() for name, text in group.items() if name not in TOO_MUCH_FOR_PYLINT}
    texts = write(tmp_path, programs)
    done = limited("pylint", "--load-plugins=dimlint", "--disable=all", "--enable=dimlint,F", "--output-format=json2", *texts, cwd=tmp_path)
    messages = json.loads(done.stdout)["messages"]
    assert not [message["message"] for message in messages if message["type"] == "fatal"]
    failures = [message["message"] for message in messages if message["symbol"] == "analysis-error"]
    assert failures
    assert all(text.startswith(("not analysed: ", "cannot parse: ", "dimlint comment: ")) for text in failures), failures
