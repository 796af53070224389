"""The pylint plugin, mostly through pylint processes: it translates, it never crashes the run, it imports nothing late."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import astroid
import pytest
from pylint.testutils import CheckerTestCase

from dimlint import pylint_plugin
from dimlint.core.rules import RULES
from tests.doors import BAD, CHAIN, GOOD, run, write

ONLY = ("--load-plugins=dimlint", "--disable=all", "--enable=dimlint", "--disable=unverified-model", "--output-format=json2")
UNSTATED = """\
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 5)

    def forward(self, x):
        return unheard_of(self.conv(x))
"""


def pylint(folder: Path, *arguments: str, stdin: bytes | None = None) -> list[dict[str, Any]]:
    """Messages of a pylint process on a folder's files; nothing else may go wrong."""
    done = run("pylint", *ONLY, *arguments, cwd=folder, stdin=stdin)
    assert done.stderr == ""
    document = json.loads(done.stdout)
    messages: list[dict[str, Any]] = document["messages"]
    return messages


def symbols(messages: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(message["symbol"], message["line"]) for message in messages]


def test_a_message_has_its_place_and_confidence(tmp_path: Path) -> None:
    [message] = pylint(write(tmp_path, bad=BAD), "bad.py")
    place = {key: message[key] for key in ("path", "line", "column", "endLine", "endColumn")}
    assert place == {"path": "bad.py", "line": 6, "column": 4, "endLine": 9, "endColumn": 5}
    assert (message["messageId"], message["symbol"], message["type"]) == ("E8701", "nonpositive-dimension", "error")
    assert message["message"].startswith("Conv2D output height is 0: ")
    assert message["confidence"] == "HIGH"


def test_correct_and_unrelated_programs_are_silent(tmp_path: Path) -> None:
    assert pylint(write(tmp_path, good=GOOD, other="import os\n"), "good.py", "other.py") == []


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_any_number_of_jobs(tmp_path: Path, jobs: str) -> None:
    write(tmp_path, a=BAD, b=GOOD, c=BAD, d=CHAIN)
    write(tmp_path, e=UNSTATED)
    messages = pylint(tmp_path, f"-j{jobs}", "--enable=unverified-model", "a.py", "b.py", "c.py", "d.py", "e.py")
    places = sorted((message["path"], message["line"]) for message in messages)
    assert places == [("a.py", 6), ("c.py", 6), ("d.py", 7), ("e.py", 3)]


def test_standard_input(tmp_path: Path) -> None:
    cookie = "# coding: latin-1\n# é\n" + BAD  # pylint reads standard input as UTF-8 whatever the cookie says
    assert symbols(pylint(tmp_path, "--from-stdin", "sub/none.py", stdin=BAD.encode())) == [("nonpositive-dimension", 6)]
    assert symbols(pylint(tmp_path, "--from-stdin", "none.py", stdin=cookie.encode())) == [("nonpositive-dimension", 8)]


def test_encodings(tmp_path: Path) -> None:
    (tmp_path / "mark.py").write_bytes(b"\xef\xbb\xbf" + BAD.encode())
    (tmp_path / "latin.py").write_bytes(b"# coding: latin-1\r\n# \xe9\r\n" + BAD.replace("\n", "\r\n").encode())
    messages = pylint(tmp_path, "mark.py", "latin.py")
    assert [(message["line"], message["column"], message["endLine"]) for message in messages] == [(6, 4, 9), (8, 4, 11)]


COMMENTED = {
    "first": ("    layers.Conv2D(\n", "    layers.Conv2D(  # pylint: disable=nonpositive-dimension\n"),
    "next": ("    layers.Conv2D(\n", "    # pylint: disable-next=E8701\n    layers.Conv2D(\n"),
    "last": ("    ),\n", "    ),  # pylint: disable=nonpositive-dimension\n"),
    "statement": ("Sequential([\n", "Sequential([  # pylint: disable=nonpositive-dimension\n"),
    "end": ("])\n", "])  # pylint: disable=E8701\n"),
    "own": ("])\n", "])  # dimlint: ignore\n"),
    "own_last": ("    ),\n", "    ),  # dimlint: ignore[nonpositive-dimension]\n"),
    "block": ("model =", "# pylint: disable=E8701\nmodel ="),
    "file": ("from", "# pylint: skip-file\nfrom"),
}


def test_comments_disable_and_count_as_used(tmp_path: Path) -> None:
    write(tmp_path, **{name: BAD.replace(*change) for name, change in COMMENTED.items()})
    assert pylint(tmp_path, "--enable=useless-suppression", *(f"{name}.py" for name in COMMENTED)) == []


def test_the_whole_checker_can_be_disabled(tmp_path: Path) -> None:
    write(tmp_path, a=BAD.replace("])\n", "])  # pylint: disable=dimlint\n"))
    assert pylint(tmp_path, "a.py") == []


def test_a_useless_comment_is_still_told(tmp_path: Path) -> None:
    write(tmp_path, a=GOOD.replace("])\n", "])  # pylint: disable=nonpositive-dimension\n"))
    assert symbols(pylint(tmp_path, "--enable=useless-suppression", "a.py")) == [("useless-suppression", 10)]


def test_options_from_files(tmp_path: Path) -> None:
    write(tmp_path, a=BAD)
    settings = tmp_path / "pyproject.toml"
    settings.write_text('[tool.dimlint]\nignore = ["E8701"]\n', encoding="utf-8")
    assert pylint(tmp_path, "a.py") == []
    (tmp_path / "other.toml").write_text('[tool.dimlint]\nignore = ["E8702"]\n', encoding="utf-8")
    (tmp_path / ".pylintrc").write_text("[MAIN]\nload-plugins=dimlint\n[dimlint]\ndimlint-config=other.toml\n", encoding="utf-8")
    assert symbols(pylint(tmp_path, "a.py")) == [("nonpositive-dimension", 6)]
    settings.write_text('[tool.pylint.dimlint]\ndimlint-config = "none.toml"\n', encoding="utf-8")
    [message] = pylint(tmp_path, "--rcfile=pyproject.toml", "a.py")
    assert message["symbol"] == "analysis-error"
    assert message["message"] == "configuration: none.toml: there is no such file"


def test_an_input_shape_may_be_given(tmp_path: Path) -> None:
    write(tmp_path, a=UNSTATED)
    assert pylint(tmp_path, "a.py") == []
    assert symbols(pylint(tmp_path, "--dimlint-input-shape=1x1x4x4", "a.py")) == [("nonpositive-dimension", 9)]
    assert symbols(pylint(tmp_path, "--dimlint-input-shape=big", "a.py")) == [("analysis-error", 1)]


def test_unverified_models_on_request(tmp_path: Path) -> None:
    write(tmp_path, a=UNSTATED)
    assert symbols(pylint(tmp_path, "--enable=unverified-model", "a.py")) == [("unverified-model", 3)]
    done = run("pylint", "--load-plugins=dimlint", "--disable=C,R,W,E", "--output-format=json2", "a.py", cwd=tmp_path)
    assert json.loads(done.stdout)["messages"] == []


def test_what_cannot_be_analysed_is_a_message(tmp_path: Path) -> None:
    write(tmp_path, deep="import torch\nx = " + "[" * 60 + "]" * 60 + "\n", comment="import torch  # dimlint: input=(1\n")
    deep, comment = pylint(tmp_path, "deep.py", "comment.py")
    assert (deep["symbol"], deep["line"]) == ("analysis-error", 1)
    assert deep["message"] == "not analysed: brackets are nested deeper than 50 levels"
    assert (comment["symbol"], comment["line"]) == ("analysis-error", 1)
    assert "is not a shape" in comment["message"]


def test_nothing_is_imported_from_the_linted_folder(tmp_path: Path) -> None:
    """While pylint lints, the folder comes first on sys.path: whatever dimlint imported late would be taken from there."""
    poison = f"open({str(tmp_path / 'taken')!r}, 'a').write(__name__ + ' ')\nraise RuntimeError(__name__)\n"
    folder = tmp_path / "linted"
    folder.mkdir()
    names = {*sys.stdlib_module_names, "libcst", "pathspec", "dimlint", "click", "rich", "tomli", "astroid", "pylint", "torch", "keras"}
    names |= {path.stem for package in ("", "core", "interpreter", "libraries") for path in (Path("dimlint") / package).glob("*.py")}
    for name in names - {"__main__", "__init__"}:
        (folder / f"{name}.py").write_text(poison, encoding="utf-8")
    write(folder, bad_net=BAD, chain_net=CHAIN, open_net=UNSTATED)
    messages = pylint(tmp_path, "linted/bad_net.py", "linted/chain_net.py", "linted/open_net.py")
    assert [message["line"] for message in messages] == [6, 7]
    assert not (tmp_path / "taken").exists(), (tmp_path / "taken").read_text(encoding="utf-8")


class TestFailures(CheckerTestCase):
    """What goes wrong inside dimlint becomes a message."""

    CHECKER_CLASS = pylint_plugin.DimlintChecker

    @pytest.mark.parametrize("error", [ValueError("two\nlines \xe9 %s"), RecursionError(), MemoryError()])
    def test_an_internal_failure(self, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
        def fail(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(pylint_plugin, "analyze", fail)
        self.checker.process_module(astroid.parse("import torch\n"))
        [message] = self.linter.release_messages()
        assert message.msg_id == "analysis-error"
        assert message.args[0].startswith(f"internal error: {type(error).__name__}")
        assert "\n" not in message.args[0] and message.args[0].isascii()


def test_every_rule_is_a_message(tmp_path: Path) -> None:
    done = run("pylint", "--load-plugins=dimlint", f"--help-msg={','.join(rule.symbol for rule in RULES)}", cwd=tmp_path)
    assert all(f":{rule.symbol} ({rule.code})" in done.stdout for rule in RULES)
