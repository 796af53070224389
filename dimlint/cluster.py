"""Files checked on a cluster of dask: each is a task, and what a worker that dies was at goes to another one.

The workers see the same files at the same places, and have the same version of dimlint.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

from distributed import Client, KilledWorker
from distributed import TimeoutError as NoAnswer

from dimlint import __version__
from dimlint.config import Config
from dimlint.core.report import Report
from dimlint.workers import DIED, Check, Task

PATIENCE = 10
"""Seconds that a scheduler may take to answer, and to have a worker."""
_ONE_AT_A_TIME = threading.Lock()
"""A worker may have several threads, but one process has one working directory and one limit of recursion."""


class ClusterError(Exception):
    """The cluster cannot be used; the message is one line."""


def check_on_cluster(address: str, check: Check, tasks: Sequence[Task], step: Callable[[], None] = lambda: None) -> list[Report]:
    """The reports in the order of the tasks. address: HOST:PORT of the scheduler. step: called after each. Raises ClusterError."""
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what is wrong is said in one line
    with _connected(address) as client:
        try:
            futures = [_submitted(client, check, task) for task in tasks]
            return [_answer(client, check, task, future, step) for task, future in zip(tasks, futures, strict=True)]
        except ClusterError:
            raise
        except Exception as error:
            raise ClusterError(f"the cluster at {address} gives no answer: {' '.join(str(error).split())[:200]}") from None


def _connected(address: str) -> Client:
    try:
        client = Client(f"tcp://{address}", timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, NoAnswer) as error:
        raise ClusterError(f"nobody listens at {address}: {' '.join(str(error).split())[:200]}") from None
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except NoAnswer:
        client.close()
        raise ClusterError(f"the cluster at {address} has no workers") from None
    return client


def _submitted(client: Client, check: Check, task: Task) -> Any:
    return client.submit(_check_there, __version__, os.getcwd(), check, task, pure=False)


def _answer(client: Client, check: Check, task: Task, future: Any, step: Callable[[], None]) -> Report:
    """The report of a task. One that was at several workers when they died is tried once more: another one may have killed them."""
    try:
        report: Report = future.result()
    except KilledWorker:
        try:
            report = _submitted(client, check, task).result()
        except KilledWorker:
            report = Report(task[0], failure=DIED, internal=True)
    step()
    return report


def _check_there(version: str, directory: str, check: Check, task: tuple[str, Config]) -> Report:
    """The report on a file, made by a worker as if it ran where the user is."""
    if version != __version__:
        raise ClusterError(f"a worker has dimlint {__version__}, this is {version}")
    with _ONE_AT_A_TIME:
        before = os.getcwd()
        os.chdir(directory)
        try:
            return check(*task)
        finally:
            os.chdir(before)
