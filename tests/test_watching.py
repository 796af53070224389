"""``--watch``, the bar, and completion in shells."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from dimlint import terminal
from dimlint.cli import main
from tests.doors import BAD, GOOD, ROOT, run, write

DEADLINE = 120.0


class Watched:
    """A running ``dimlint check --watch``, whose output goes to a file."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.output, self.errors = folder / "output", folder / "errors"
        command = [sys.executable, "-m", "dimlint", "check", "--watch", "--output-format", "concise", "--statistics", *options]
        with self.output.open("w") as stream, self.errors.open("w") as errors:
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            self.process = subprocess.Popen(command, cwd=folder, stdout=stream, stderr=errors, env=environment)

    def lines(self, count: int, file: Path | None = None) -> list[str]:
        """The lines of the output, as soon as there are so many."""
        started = time.monotonic()
        while len(found := (file or self.output).read_text().splitlines()) < count:
            assert time.monotonic() - started < DEADLINE and self.process.poll() is None
            time.sleep(0.05)
        return found

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=DEADLINE)


def put(path: Path, text: str) -> None:
    """Write a file in one step."""
    path.with_suffix(".new").write_text(text, encoding="utf-8")
    path.with_suffix(".new").replace(path)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[list[Watched]]:
    started: list[Watched] = []
    yield started
    for item in started:
        item.process.kill()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal that interrupts one process")
def test_what_changed_is_checked_again(tmp_path: Path, watched: list[Watched]) -> None:
    write(tmp_path, net=BAD, other=GOOD)
    watch = Watched(tmp_path)
    watched.append(watch)
    assert [line[:12] for line in watch.lines(2)] == ["net.py:6:5: ", "    1  E8701"]
    put(tmp_path / "other.py", BAD + "\n")
    assert [line[:12] for line in watch.lines(5)[2:]] == ["net.py:6:5: ", "other.py:6:5", "    2  E8701"]
    (tmp_path / "other.py").unlink()
    assert len(watch.lines(7)) == 7
    put(tmp_path / "net.py", GOOD)
    put(tmp_path / "third.py", BAD)
    assert watch.lines(9)[-2].startswith("third.py:6:5")
    put(tmp_path / "pyproject.toml", "[tool.dimlint")
    [complaint] = watch.lines(1, watch.errors)
    assert complaint.startswith("Error: ")
    put(tmp_path / "pyproject.toml", "[tool.dimlint]\n")
    assert watch.lines(11)[-2].startswith("third.py:6:5")
    assert "\x1b" not in watch.output.read_text()
    assert watch.interrupt() == 1
    assert watch.lines(1, watch.errors) == [complaint]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal that interrupts one process")
@pytest.mark.parametrize("options", [(), ("--no-cache",)])
def test_what_rests_on_a_changed_file_is_checked_again(tmp_path: Path, watched: list[Watched], options: tuple[str, ...]) -> None:
    net = "import torch\nfrom sizes import N\ntorch.nn.Linear(N, 2)(torch.zeros(1, 4))"
    write(tmp_path, net=net, sizes="from deep import N", deep="N = 5")
    watch = Watched(tmp_path, "net.py", *options)
    watched.append(watch)
    assert watch.lines(2)[0].startswith("net.py:3:")
    put(tmp_path / "deep.py", "N = 6")
    assert "in_features=6" in watch.lines(4)[2]
    (tmp_path / "sizes").mkdir()
    put(tmp_path / "sizes" / "__init__.py", "N = 7")  # a package comes before a module
    assert "in_features=7" in watch.lines(6)[4]
    put(tmp_path / "other.py", BAD)  # nothing to do with it
    put(tmp_path / "sizes" / "__init__.py", "N = 8")
    assert "in_features=8" in watch.lines(8)[6]
    assert (tmp_path / ".dimlint_cache").exists() is not bool(options)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal that interrupts one process")
def test_what_rests_on_a_changed_file_is_checked_again_without_a_cache_that_can_be_written(tmp_path: Path, watched: list[Watched]) -> None:
    net = "import torch\nfrom sizes import N\ntorch.nn.Linear(N, 2)(torch.zeros(1, 4))"
    write(tmp_path, net=net, sizes="N = 5")
    (tmp_path / ".dimlint_cache").write_text("a file stands where the directory should be")
    watch = Watched(tmp_path, ".")
    watched.append(watch)
    assert watch.lines(2)[0].startswith("net.py:3:")
    put(tmp_path / "sizes.py", "N = 6")
    assert "in_features=6" in watch.lines(4)[2]


@pytest.mark.parametrize("options", ["-", "--fix .", "--diff .", "--baseline b --write-baseline .", "--output-file x ."])
def test_what_watching_does_not_go_with(options: str) -> None:
    done = CliRunner().invoke(main, ["check", "--watch", *options.split()])
    assert done.exit_code == 2 and "--watch goes with no" in done.stderr


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_is_shown_on_a_terminal_only_and_after_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")

    def shown(stream: io.StringIO) -> str:
        with terminal.progress(3, stream) as step:
            for _ in range(3):
                step()
        return stream.getvalue()

    assert shown(Terminal()) == ""
    monkeypatch.setattr(terminal, "PATIENCE", -1.0)
    assert "3/3" in shown(Terminal())
    assert shown(io.StringIO()) == ""
    monkeypatch.setenv("TERM", "dumb")
    assert shown(Terminal()) == ""


def completions(*words: str, incomplete: str) -> list[str]:
    completer = ShellComplete(main, {}, "dimlint", "_DIMLINT_COMPLETE")
    return [item.value for item in completer.get_completions(list(words), incomplete)]


def test_completion() -> None:
    assert "check" in completions(incomplete="ch")
    assert completions("check", incomplete="--output-fo") == ["--output-format"]
    assert "sarif" in completions("check", "--output-format", incomplete="s")
    assert "nonpositive-dimension" in completions("check", "--select", incomplete="non")
    assert completions("rule", incomplete="E8701") == ["E8701"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell(tmp_path: Path, shell: str) -> None:
    done = run("dimlint", cwd=tmp_path, _DIMLINT_COMPLETE=f"{shell}_source")
    if shell == "bash" and done.returncode:
        pytest.skip("there is no bash that is new enough")
    assert done.returncode == 0 and "_DIMLINT_COMPLETE" in done.stdout


SWALLOWED = """
import os, signal
from dimlint import watching
from dimlint.cli import main

class Finalized:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass

def look(self, looks=[]):
    looks.append(Finalized() if not looks else None)
    looks[0] = None
    self.stamps = {"": (0, 0)}
    assert len(looks) < 9

watching._Watched.look = look
main(["check", "--watch", "."])
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal that interrupts one process")
def test_an_interrupt_whose_exception_is_lost_ends_it_all_the_same(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", SWALLOWED], cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.returncode == 0 and "KeyboardInterrupt" in done.stderr and "AssertionError" not in done.stderr
