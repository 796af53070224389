"""Reports kept on disk: they hold as long as nothing that they rest on has changed, and nothing in them can do harm."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dimlint import batch
from dimlint.cache import MAX_AGE, Cache
from dimlint.config import Config
from dimlint.core.report import Report
from dimlint.files import Files

MAIN = "import torch\nfrom sizes import N\nnet = torch.nn.Linear(4, 2)\nnet(torch.zeros(1, N))\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A program that is right, by what another file says."""
    (tmp_path / "setup.cfg").touch()
    (tmp_path / "main.py").write_text(MAIN)
    (tmp_path / "sizes.py").write_text("N = 4\n")
    return tmp_path


def check(project: Path, config: Config | None = None, *, expect_kept: bool | None = None) -> Report:
    """A run of its own over the program. expect_kept: whether it has to take the report from the cache."""
    cache = Cache(str(project / "kept"))
    path = str(project / "main.py")
    if expect_kept is not None:
        assert (cache.find(path, config or Config()) is not None) is expect_kept
    [report] = batch.check_files([(path, config or Config())], 1, cache=cache)
    return report


def entries(project: Path) -> list[Path]:
    return sorted((project / "kept").rglob("*.entry"))


def test_what_has_not_changed_is_not_analysed_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = check(project, expect_kept=False)
    assert not first.findings
    monkeypatch.setattr(batch, "analyze", None)
    assert check(project, expect_kept=True) == first


def test_what_is_old_is_thrown_away(project: Path) -> None:
    """Entries of files that may be gone, and what other versions have left there; now and then, not on each run."""
    check(project)
    top = project / "kept"
    [old] = entries(project)
    other = top / "0123456789abcdef"
    other.mkdir()
    for path in (old, other, top / "CACHEDIR.TAG"):
        os.utime(path, (time.time() - 2 * MAX_AGE,) * 2)
    (project / "main.py").rename(project / "moved.py")
    batch.check_files([(str(project / "moved.py"), Config())], 1, cache=Cache(str(top)))
    assert not old.exists() and not other.exists() and len(entries(project)) == 1
    os.utime(*entries(project), (time.time() - 2 * MAX_AGE,) * 2)
    (project / "moved.py").rename(project / "main.py")
    check(project)
    assert len(entries(project)) == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("main.py", MAIN.replace("4, 2", "5, 2")),
        ("sizes.py", "N = 5\n"),
        ("sizes/__init__.py", "N = 5\n"),  # a package comes before a module
    ],
)
def test_what_has_changed_is(project: Path, name: str, text: str) -> None:
    assert not check(project).findings
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text(text)
    assert [item.rule for item in check(project, expect_kept=False).findings] == ["feature-mismatch"]
    assert check(project, expect_kept=True).findings


def test_a_file_that_is_gone_is_missed(project: Path) -> None:
    (project / "sizes.py").write_text("N = 5\n")
    assert check(project).findings
    (project / "sizes.py").unlink()
    assert not check(project, expect_kept=False).findings


def test_each_configuration_has_its_own(project: Path) -> None:
    (project / "sizes.py").write_text("N = 5\n")
    assert check(project).findings
    assert not check(project, Config(ignore=("E",)), expect_kept=False).findings
    assert not check(project, Config(follow_imports="none"), expect_kept=False).findings
    assert check(project, expect_kept=True).findings


@pytest.mark.parametrize("damage", [b"", b"\x80\x04", b"no pickle", b"\x80\x04N.", b"\x80\x04]q\x00h\x00a."])
def test_a_damaged_entry_is_no_entry(project: Path, damage: bytes) -> None:
    whole = check(project)
    for entry in entries(project):
        entry.write_bytes(damage)
    assert check(project, expect_kept=False) == whole
    assert check(project, expect_kept=True) == whole


def test_half_an_entry_is_no_entry(project: Path) -> None:
    whole = check(project)
    [entry] = entries(project)
    raw = entry.read_bytes()
    for length in range(0, len(raw), 7):
        entry.write_bytes(raw[:length])
        assert check(project) == whole


class Hostile:
    """What runs a command when it is unpickled without care."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("echo harm > harm",)


def test_an_entry_runs_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    whole = check(project)
    [entry] = entries(project)
    entry.write_bytes(pickle.dumps((({}, {}), Hostile())))
    assert check(project, expect_kept=False) == whole
    entry.write_bytes(b"cdimlint.core.report\nUnion\n.")
    assert check(project, expect_kept=False) == whole
    assert not (project / "harm").exists()


def test_a_cache_that_cannot_be_written_costs_no_result(project: Path) -> None:
    (project / "kept").write_text("a file stands where the directory should be")
    (project / "sizes.py").write_text("N = 5\n")
    assert check(project).findings
    assert check(project, expect_kept=False).findings


def test_failures_are_not_kept(project: Path) -> None:
    (project / "main.py").write_text("import torch\nx = (\n")
    assert check(project).failure
    assert not entries(project)


def test_what_an_analysis_asks_of_the_files_is_all_that_it_rests_on(project: Path) -> None:
    files = Files()
    assert not files.is_package(str(project))
    assert files.project_root(str(project / "below")) == str(project)
    assert files.seen.there[str(project / "__init__.py")] is False
    assert files.seen.there[str(project / "setup.cfg")] is True


def run(project: Path, *options: str, output: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dimlint", "check", ".", "--jobs", "2", "--output-format", "json", *options]
    return subprocess.Popen(command, cwd=project, stdout=output, stderr=output, start_new_session=True)


def runs_on(session: int) -> bool:
    """Whether a process of that session is left."""
    try:
        os.killpg(session, 0)
    except ProcessLookupError:
        return False
    return True


def test_runs_side_by_side_agree_and_leave_whole_entries(project: Path) -> None:
    for number in range(8):
        (project / f"copy{number}.py").write_text(MAIN.replace("4, 2", f"{4 + number % 2}, 2"))
    both = [run(project), run(project)]
    first, second = (process.communicate()[0] for process in both)
    third = run(project).communicate()[0]
    assert first == second == third and first.count(b"feature-mismatch") >= 4
    kept = project / ".dimlint_cache"
    assert (kept / ".gitignore").read_text() == "*\n" and (kept / "CACHEDIR.TAG").exists()
    assert all(path.suffix == ".entry" for folder in kept.iterdir() if folder.is_dir() for path in folder.iterdir())


def test_a_run_that_is_killed_leaves_nothing_wrong(project: Path) -> None:
    for number in range(6):
        (project / f"copy{number}.py").write_text(MAIN.replace("4, 2", f"{4 + number % 2}, 2"))
    whole = run(project, "--no-cache").communicate()[0]
    assert not (project / ".dimlint_cache").exists()
    for _ in range(2):
        process = run(project, output=subprocess.DEVNULL)
        kept = project / ".dimlint_cache"
        before = len(list(kept.rglob("*.entry")))
        while process.poll() is None and len(list(kept.rglob("*.entry"))) < before + 2:
            time.sleep(0.01)
        process.kill()
        process.wait()
        while runs_on(process.pid):  # its workers see that it is gone
            time.sleep(0.01)
    assert run(project).communicate()[0] == whole
