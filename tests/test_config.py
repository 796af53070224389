"""``[tool.dimlint]``: what may stand there, where it is looked for, and one line about what may not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dimlint.config import Config, ConfigError, load_config, read_config
from dimlint.notation import parse_shapes

FULL = """\
[tool.dimlint]
select = ["E87", "unverified-model"]
ignore = ["merge-mismatch"]
exclude = ["build/", "*_old.py"]
keras-version = 3.9
torch-mode = "eval"
data-format = "channels_first"
follow-imports = "none"
fuel = 5000

[tool.dimlint.per-file-ignores]
"tests/*" = ["E8701"]
"gen.py" = ["all"]

[tool.dimlint.inputs]
Net = [1, 3, 32, 32]
"Pair" = ["1x3x8x8", "1x10"]
Both = [[1, 3], [1, "?"]]
Open = ["N", 3, "?"]
"*Encoder" = "?x80x100"
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory without any configuration above it."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_everything_is_read(tmp_path: Path, elsewhere: Path) -> None:
    write(tmp_path / "a/pyproject.toml", FULL)
    config = load_config(str(tmp_path / "a/b/c.py"))
    assert config.select == ("E87", "unverified-model")
    assert config.keras_version == 3.09
    assert (config.torch_mode, config.data_format, config.follow_imports, config.fuel) == ("eval", "channels_first", "none", 5000)
    assert config.input_shapes("Net") == ((1, 3, 32, 32),)
    assert config.input_shapes("Pair") == ((1, 3, 8, 8), (1, 10))
    assert config.input_shapes("Both") == ((1, 3), (1, None))
    assert config.input_shapes("Open") == (("N", 3, None),)
    assert config.input_shapes("AudioEncoder") == ((None, 80, 100),)
    assert config.input_shapes("Other") is None
    assert config.root == str(tmp_path / "a")


def test_what_is_selected(tmp_path: Path, elsewhere: Path) -> None:
    write(tmp_path / "a/pyproject.toml", FULL)
    config = load_config(str(tmp_path / "a"))
    inside = str(tmp_path / "a/net.py")
    assert config.selects("E8701", "nonpositive-dimension", inside)
    assert not config.selects("E8705", "merge-mismatch", inside)
    assert not config.selects("W8730", "analysis-error", inside)
    assert not config.selects("E8701", "nonpositive-dimension", str(tmp_path / "a/tests/x.py"))
    assert config.selects("E8702", "rank-mismatch", str(tmp_path / "a/tests/x.py"))
    assert not config.selects("E8702", "rank-mismatch", str(tmp_path / "a/deep/gen.py"))
    assert Config().selects("E8701", "nonpositive-dimension", "x.py")


def test_the_nearest_table_counts(tmp_path: Path, elsewhere: Path) -> None:
    write(tmp_path / "pyproject.toml", "[tool.dimlint]\nfuel = 1\n")
    write(tmp_path / "a/pyproject.toml", "[tool.dimlint]\nfuel = 2\n")
    write(tmp_path / "a/b/pyproject.toml", "[tool.ruff]\n")
    assert load_config(str(tmp_path / "x.py")).fuel == 1
    assert load_config(str(tmp_path / "a/x.py")).fuel == 2
    assert load_config(str(tmp_path / "a/b/x.py")).fuel == 2


def test_the_working_directory_is_the_fallback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a/pyproject.toml", "[tool.dimlint]\nfuel = 3\n")
    (tmp_path / "b").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    assert load_config(str(tmp_path / "b/x.py")).fuel == 3


def test_without_a_table_there_are_defaults(elsewhere: Path) -> None:
    assert load_config(str(elsewhere / "x.py")) == Config()


@pytest.mark.parametrize(
    ("text", "version"), [("2", 2.0), ("2.15", 2.0), ("3", 3.15), ("3.10", 3.10), ("3.9", 3.09), ('"3.13"', 3.13), ('"3.14.1"', 3.14)]
)
def test_versions_of_keras_are_in_order(tmp_path: Path, text: str, version: float) -> None:
    path = write(tmp_path / "pyproject.toml", f"[tool.dimlint]\nkeras-version = {text}\n")
    assert read_config(str(path)).keras_version == pytest.approx(version)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[tool.dimlint]\nfule = 1", "fule: unknown option; known are data-format"),
        ("[tool.dimlint]\nselect = 3", "select: must be a list of strings"),
        ("[tool.dimlint]\nselect = ['E9999']", "select: there is no rule 'E9999'"),
        ("[tool.dimlint]\nignore = [1]", "ignore: must be a list of strings"),
        ("[tool.dimlint]\nkeras-version = 4", "keras-version: must be a version"),
        ("[tool.dimlint]\nkeras-version = true", "keras-version: must be a version"),
        ("[tool.dimlint]\ntorch-mode = 'fast'", "torch-mode: must be one of train, eval"),
        ("[tool.dimlint]\nfuel = 0", "fuel: must be a positive whole number"),
        ("[tool.dimlint]\nfuel = true", "fuel: must be a positive whole number"),
        ("[tool.dimlint]\ninputs = 3", "inputs: must be a table"),
        ("[tool.dimlint.inputs]\nNet = 3", "inputs.Net: must be a shape"),
        ("[tool.dimlint.inputs]\nNet = '1 x 3'", "inputs.Net: "),
        ("[tool.dimlint.inputs]\nNet = [1, -3]", "inputs.Net: "),
        ("[tool.dimlint.inputs]\nNet = [1.5]", "inputs.Net: "),
        ("[tool.dimlint.per-file-ignores]\na = 'E8701'", "per-file-ignores.a: must be a list of strings"),
        ("[tool]\ndimlint = 3", "tool.dimlint must be a table"),
        ("[tool.dimlint", "cannot be read"),
        ("x = " + "[" * 5000, "cannot be read"),
        ("\xff", "cannot be read"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, part: str) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        load_config(str(tmp_path))
    assert part in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        read_config(str(tmp_path / "none.toml"))
    with pytest.raises(ConfigError, match=re.escape("has no [tool.dimlint] table")):
        read_config(str(write(tmp_path / "a.toml", "[tool.ruff]\n")))


@pytest.mark.parametrize("text", ["", "x", "1x", "1x3 5", "(1", "1,,2", "(1;2)", "1x3x", "1x3,"])
def test_what_is_no_shape(text: str) -> None:
    with pytest.raises(ValueError, match=r"^.{1,150}$"):
        parse_shapes(text)
