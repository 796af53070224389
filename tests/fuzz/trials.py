"""Trials in a process of their own, so that one that dies is seen."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from itertools import islice
from multiprocessing.connection import Connection
from typing import Any

from tests.fuzz.judging import FUEL, judge
from tests.fuzz.programs import KINDS

Told = tuple[int, str | None, str, bytes]
"""The number of a program, what is wrong with how it was taken or None, how the trials went so far, and the program."""

PATIENCE = 120
"""Seconds for one program after which its process counts as hanging."""


def trials(kind: str, seed: int, count: int, fuel: int = FUEL) -> Iterator[Told]:
    """What is told of each program.

    A process that dies or hangs costs only the program that it was at.
    """
    context, start = multiprocessing.get_context("spawn"), 0
    while start < count:
        mine, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_try, args=(theirs, kind, seed, start, count, fuel), daemon=True)
        process.start()
        theirs.close()
        while start < count:
            raw = _next(mine)
            told = _next(mine)
            if told is None:
                process.join(1)
                yield start, f"the process died or hung (exit status {process.exitcode})", "broken off", raw or b""
                start += 1
                break
            yield *told, raw
            start = told[0] + 1
        process.kill()
        process.join()


def _next(connection: Connection) -> Any:
    """What the process tells next, a program or how it went; None if it is dead or says nothing for too long."""
    try:
        return connection.recv() if connection.poll(PATIENCE) else None
    except EOFError:
        return None


def _try(connection: Connection, kind: str, seed: int, start: int, count: int, fuel: int) -> None:
    """Try the programs from ``start`` on, in a process of its own."""
    with judge(fuel) as judging:
        for index, raw in enumerate(islice(KINDS[kind](seed), count)):
            if index >= start:
                connection.send(raw)  # generated anew, it may be another one
                what = judging.trouble(raw)
                connection.send((index, what, f"{judging.parsed} analysed, slowest {judging.slowest:.2f} s of processor time"))
