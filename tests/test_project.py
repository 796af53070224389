"""Which files are found and read, and which file an import means."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dimlint.batch import check_file
from dimlint.config import Config
from dimlint.files import decode
from dimlint.gate import MAX_BYTES, Unreadable
from dimlint.project import ProjectLoader, find_files, read_text
from dimlint.target import Program


def tree(root: Path, *files: str, **texts: str) -> Path:
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n", encoding="utf-8")
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8")
    return root


def found(root: Path, *paths: str, config: Config | None = None) -> list[str]:
    given = [str(root / path) for path in paths or ("",)]
    return [os.path.relpath(path, root).replace(os.sep, "/") for path in find_files(given, config or Config())]


def test_directories_are_walked_in_order(tmp_path: Path) -> None:
    tree(tmp_path, "b.py", "a/z.py", "a/c.py", "a.py", "x.txt", "y.pyi", ".hidden.py", "__pycache__/q.py", ".git/h.py")
    assert found(tmp_path) == [".hidden.py", "a/c.py", "a/z.py", "a.py", "b.py"]


def test_virtual_environments_are_left_out(tmp_path: Path) -> None:
    tree(tmp_path, "a.py", "env/pyvenv.cfg", "env/lib/b.py", ".venv/c.py")
    assert found(tmp_path) == ["a.py"]


def test_ignore_files_count_at_every_level(tmp_path: Path) -> None:
    tree(tmp_path, ".git/HEAD", "a/gen.py", "a/keep.py", "a/b/gen.py", "a/b/c.py", "out/x.py", "d/out/y.py", "d/special.py")
    (tmp_path / ".gitignore").write_text("gen.py\n/out/\nspecial.py\n", encoding="utf-8")
    (tmp_path / "a/b/.gitignore").write_text("!gen.py\nc.py\n", encoding="utf-8")
    assert found(tmp_path) == ["a/b/gen.py", "a/keep.py", "d/out/y.py"]
    assert found(tmp_path, "a") == ["a/b/gen.py", "a/keep.py"]


def test_what_is_named_is_taken_once(tmp_path: Path) -> None:
    tree(tmp_path, ".git/HEAD", "gen.py", "a.py", "out/x.py")
    (tmp_path / ".gitignore").write_text("gen.py\nout/\n", encoding="utf-8")
    assert found(tmp_path, "gen.py", "a.py", "", "out") == ["gen.py", "a.py", "out/x.py"]


def test_the_configuration_excludes(tmp_path: Path) -> None:
    tree(tmp_path, "a.py", "a_old.py", "build/b.py", "c/build/d.py")
    config = Config(exclude=("*_old.py", "/build/"), root=str(tmp_path))
    assert found(tmp_path, config=config) == ["a.py", "c/build/d.py"]
    assert found(tmp_path, "a_old.py", config=config) == ["a_old.py"]


def test_links_do_not_lead_in_circles(tmp_path: Path) -> None:
    tree(tmp_path, "a/b.py")
    (tmp_path / "a/loop").symlink_to(tmp_path)
    (tmp_path / "c").symlink_to(tmp_path / "a")
    (tmp_path / "self.py").symlink_to(tmp_path / "self.py")
    assert found(tmp_path) == ["a/b.py", "self.py"]


def test_a_missing_path_is_passed_on(tmp_path: Path) -> None:
    assert found(tmp_path, "none.py") == ["none.py"]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"x = 1\r\n", "x = 1\r\n"),
        ("é".encode(), "é"),
        (b"\xef\xbb\xbfx", "x"),
        (b"# coding: latin-1\n\xe9", "# coding: latin-1\n\xe9"),
        (b"# coding: L1\n\xe9", "# coding: L1\n\xe9"),
        (b"#coding:utf8\n\xc3\xa9", "#coding:utf8\n\xe9"),
        (b"# -*- coding: UTF8 -*-\n\xc3\xa9", "# -*- coding: UTF8 -*-\n\xe9"),
        (b"", ""),
    ],
)
def test_bytes_become_text(raw: bytes, text: str) -> None:
    assert decode(raw) == text


@pytest.mark.parametrize(
    "raw",
    [b"\xe9", b"# coding: rot13\n", b"# coding: utf-7\n", b"# coding: no\n", "x".encode("utf-16"), b"\xef\xbb\xbf# coding: latin-1\n"],
)
def test_other_bytes_are_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        decode(raw)
    assert caught.value.kind == "failed"
    assert "\n" not in caught.value.reason


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "zero.py").symlink_to("/dev/zero")
    (tmp_path / "folder.py").mkdir()
    for name in ("pipe.py", "zero.py", "folder.py", "none.py", "a\0b.py"):
        with pytest.raises(Unreadable, match="cannot be read"):
            read_text(f"{tmp_path}/{name}")


def test_a_large_file_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "large.py"
    path.write_bytes(b"\n" * (MAX_BYTES + 1))
    with pytest.raises(Unreadable) as caught:
        read_text(str(path))
    assert caught.value.kind == "skipped"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tree(
        tmp_path,
        "pyproject.toml",
        "train.py",
        "helper.py",
        "types.py",
        "pkg/__init__.py",
        "pkg/net.py",
        "pkg/random.py",
        "pkg/blocks/__init__.py",
        "pkg/blocks/conv.py",
        "src/lib/__init__.py",
        "src/lib/a.py",
        "scripts/run.py",
        "scripts/local.py",
        "spaces/inner.py",
    )


@pytest.mark.parametrize(
    ("importer", "level", "name", "expected"),
    [
        ("train.py", 0, "helper", "helper.py"),
        ("train.py", 0, "pkg", "pkg/__init__.py"),
        ("train.py", 0, "pkg.blocks.conv", "pkg/blocks/conv.py"),
        ("train.py", 0, "lib.a", "src/lib/a.py"),
        ("train.py", 0, "spaces.inner", "spaces/inner.py"),
        ("train.py", 0, "spaces", None),
        ("train.py", 0, "types", "types.py"),
        ("train.py", 0, "torch", None),
        ("train.py", 0, "../etc", None),
        ("train.py", 0, "", None),
        ("scripts/run.py", 0, "local", "scripts/local.py"),
        ("scripts/run.py", 0, "pkg.net", "pkg/net.py"),
        ("pkg/net.py", 1, "blocks", "pkg/blocks/__init__.py"),
        ("pkg/net.py", 1, "", "pkg/__init__.py"),
        ("pkg/net.py", 0, "random", None),
        ("pkg/net.py", 0, "blocks.conv", "pkg/blocks/conv.py"),
        ("pkg/blocks/conv.py", 2, "net", "pkg/net.py"),
        ("pkg/blocks/conv.py", 2, "", "pkg/__init__.py"),
        ("pkg/blocks/conv.py", 0, "pkg.net", "pkg/net.py"),
        ("pkg/blocks/__init__.py", 1, "conv", "pkg/blocks/conv.py"),
    ],
)
def test_imports_are_resolved(project: Path, importer: str, level: int, name: str, expected: str | None) -> None:
    loaded = ProjectLoader().load(name, str(project / importer), level)
    if expected is None:
        assert loaded is None
    else:
        assert loaded == (str(project / expected), f"# {expected}\n")


def test_imports_may_not_be_followed(project: Path) -> None:
    loader = ProjectLoader.for_file("train.py", Config(follow_imports="none"))
    assert loader.load("helper", str(project / "train.py"), 0) is None


def test_installed_packages_only_on_request(project: Path) -> None:
    importer = str(project / "train.py")
    assert ProjectLoader("project").load("pathspec", importer, 0) is None
    loaded = ProjectLoader("installed").load("pathspec", importer, 0)
    assert loaded is not None and loaded[0].endswith("__init__.py")


def test_an_unreadable_module_is_not_loaded(project: Path) -> None:
    (project / "bad.py").write_bytes(b"\xff")
    assert ProjectLoader().load("bad", str(project / "train.py"), 0) is None


def test_paths_stay_relative(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    assert ProjectLoader().load("pkg.net", os.path.join("scripts", "run.py"), 0) == (os.path.join("pkg", "net.py"), "# pkg/net.py\n")


def test_named_files_are_left_out_on_demand(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("made/\n", encoding="utf-8")
    config = Config(exclude=("*_old.py",), root=str(tmp_path))
    names = ["a.py", "b_old.py", "made/c.py", "d.ipynb"]
    (tmp_path / "made").mkdir()
    paths = [str(tmp_path / name) for name in names]
    for path in paths:
        Path(path).write_text("", encoding="utf-8")
    assert list(find_files(paths, config)) == paths
    assert list(find_files(paths, config, force_exclude=True)) == [paths[0], paths[3]]
    assert list(find_files([str(tmp_path / "made")], config, force_exclude=True)) == [paths[2]]


KERAS2 = """
from keras.layers import Dense, Input
from keras.models import Model, Sequential

inner = Sequential([Dense(4, input_shape=(100,))])
x = Input((1, 100))
model = Model(x, inner(x))
"""


@pytest.mark.parametrize(("version", "rules"), [("2.3.1", []), ("3.15.1", ["rank-mismatch"]), (None, ["rank-mismatch"])])
def test_a_project_that_holds_keras_is_judged_by_its_version(tmp_path: Path, version: str | None, rules: list[str]) -> None:
    """Keras 2 lets a model run on another shape than the stated one."""
    (tmp_path / "setup.py").touch()
    if version is not None:
        (tmp_path / "keras").mkdir()
        (tmp_path / "keras" / "__init__.py").write_text(f"__version__ = '{version}'\n", encoding="utf-8")
    path = tmp_path / "program.py"
    path.write_text(KERAS2, encoding="utf-8")
    assert [finding.rule for finding in check_file(str(path), Config()).findings] == rules
    machine, _ = Program(str(path), Config()).started()
    assert [item.problem.rule for item in machine.record.discoveries] == rules  # a summary is of the same program
