"""Files checked by the workers of a real cluster give the same bytes as one process, also when a worker is killed on the way."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dimlint.batch import check_file
from dimlint.config import Config
from dimlint.core.report import Report
from tests.doors import GOOD, ROOT, run, write

distributed = pytest.importorskip("distributed")

FORM = ("--output-format", "json", "--show-gaps")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Three processes, of which nannies start anew those that die."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        with distributed.LocalCluster(n_workers=3, threads_per_worker=2, processes=True, dashboard_address=":0") as started:
            yield started


def address(cluster: Any) -> str:
    return str(cluster.scheduler_address).removeprefix("tcp://")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Many files, some of which are wrong, import others, or cannot be read."""
    for name in ("demo", "projects"):
        shutil.copytree(ROOT / "fixtures" / name, tmp_path / name)
    for path in sorted((ROOT / "fixtures/torch").glob("*.py"))[::3]:
        shutil.copy(path, tmp_path)
    return write(tmp_path, broken="import torch\nx = (\n")


def test_the_same_bytes_though_a_worker_is_killed(cluster: Any, project: Path) -> None:
    alone = run("dimlint", "check", *FORM, "--no-cache", "--jobs", "1", cwd=project)
    command = [sys.executable, "-m", "dimlint", "check", *FORM, "--executor", f"dask://{address(cluster)}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    together = subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    with distributed.Client(cluster, set_as_default=False) as client:
        victim = next(iter(client.run(os.getpid).values()))
    while together.poll() is None and len(list((project / ".dimlint_cache").rglob("*.entry"))) < 2:
        time.sleep(0.01)
    os.kill(victim, signal.SIGKILL)
    output, errors = together.communicate(timeout=300)
    assert (output.decode(), errors.decode(), together.returncode) == (alone.stdout, alone.stderr, alone.returncode)
    again = run("dimlint", "check", *FORM, cwd=project)  # what the workers have kept holds here, too
    assert again.stdout == alone.stdout


def deadly(path: str, config: Config) -> Report:
    """Stands in for a check that one file kills."""
    if path.startswith("deadly"):
        os._exit(1)
    return check_file(path, config)


def test_a_file_that_kills_workers_costs_only_itself(cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dimlint.cluster import check_on_cluster

    monkeypatch.chdir(write(tmp_path, deadly=GOOD, **{f"good{number}": GOOD for number in range(6)}))
    steps: list[None] = []
    tasks = [(path.name, Config()) for path in sorted(tmp_path.glob("*.py"))]
    reports = check_on_cluster(address(cluster), deadly, tasks, partial(steps.append, None))
    assert [(report.path, report.internal) for report in reports] == [(path, path == "deadly.py") for path, _ in tasks]
    assert reports[1:] == [check_file(*task) for task in tasks[1:]]
    assert len(steps) == len(tasks)


def test_what_is_wrong_is_said_in_one_line(tmp_path: Path) -> None:
    write(tmp_path, good=GOOD)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for executor, text in [
        ("dask://nowhere", "must be dask://HOST:PORT"),
        ("ray://127.0.0.1:1", "must be dask://HOST:PORT"),
        (f"dask://127.0.0.1:{port}", f"nobody listens at 127.0.0.1:{port}"),
    ]:
        done = run("dimlint", "check", "--executor", executor, cwd=tmp_path)
        assert done.returncode == 2 and not done.stdout
        assert done.stderr.count("\n") == 1 and text in done.stderr


def test_without_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dimlint import cluster as module

    monkeypatch.setattr(module, "PATIENCE", 1)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0") as empty,
        pytest.raises(module.ClusterError, match="has no workers"),
    ):
        module.check_on_cluster(address(empty), check_file, [("a.py", Config())])
