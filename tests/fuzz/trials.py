"""Trials in a process of their own, so that one that dies is seen."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from itertools import islice
from multiprocessing.connection import Connection

from tests.fuzz.judging import FUEL, judge
from tests.fuzz.programs import KINDS

Told = tuple[int, str | None, str]
"""The number of a program, what is wrong with how it was taken or None, and how the trials went so far."""

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
            told = _next(mine)
            if told is None:
                process.join(1)
                yield start, f"the process died or hung (exit status {process.exitcode})", "broken off"
                start += 1
                break
            yield told
            start = told[0] + 1
        process.kill()
        process.join()


def _next(connection: Connection) -> Told | None:
    """What the process tells next; None if it is dead or says nothing for too long."""
    try:
        return connection.recv() if connection.poll(PATIENCE) else None
    except EOFError:
        return None


def _try(connection: Connection, kind: str, seed: int, start: int, count: int, fuel: int) -> None:
    """Try the programs from ``start`` on, in a process of its own."""
    with judge(fuel) as judging:
        for index, raw in enumerate(islice(KINDS[kind](seed), count)):
            if index >= start:
                what = judging.trouble(raw)
                connection.send((index, what, f"{judging.parsed} analysed, slowest {judging.slowest:.2f} s of processor time"))
