"""The analysing process as the server sees it: asked one thing at a time, started again when it dies or takes too long."""

from __future__ import annotations

import asyncio
import pickle
import sys
from contextlib import suppress

from dimlint.server.worker import HEADER, Answer, Request, framed

TIME_LIMIT = 120.0
"""Seconds that one analysis may take."""
PATIENCE = 2.0
"""Seconds for which an analysis that nobody waits for any more may go on, since a new process costs about as much."""
_START = "import sys; sys.path[:] = sys.argv[1:]; from dimlint.server.worker import main; main()"


class Died(Exception):
    """The process ended without an answer."""


class Analyst:
    """Runs analyses in a process of its own, so that none of them keeps the server from answering or takes it along."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._outdated = asyncio.Event()

    async def ask(self, request: Request) -> Answer | None:
        """The answer; None if it is outdated. Raises Died."""
        self._outdated.clear()
        running = asyncio.ensure_future(self._exchange(request))
        outdated = asyncio.ensure_future(self._outdated.wait())
        try:
            await asyncio.wait({running, outdated}, timeout=TIME_LIMIT, return_when=asyncio.FIRST_COMPLETED)
            if not running.done() and outdated.done():
                await asyncio.wait({running}, timeout=PATIENCE)
            if running.done():
                return running.result()
            await self.stop()
            if outdated.done():
                return None
            raise Died(f"the analysis took longer than {TIME_LIMIT:.0f} seconds")
        finally:
            for task in (running, outdated):
                task.cancel()
            with suppress(Died, asyncio.CancelledError):
                await running

    def outdate(self) -> None:
        """Nobody waits for the running analysis any more."""
        self._outdated.set()

    async def stop(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def kill(self) -> None:
        """End the process without waiting for its end."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def _exchange(self, request: Request) -> Answer:
        process = await self._started()
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(framed(request))
            await process.stdin.drain()
            (length,) = HEADER.unpack(await process.stdout.readexactly(HEADER.size))
            found = pickle.loads(await process.stdout.readexactly(length))
        except (asyncio.IncompleteReadError, OSError):
            if self._process is process:
                await self.stop()
            raise Died("the analysing process died") from None
        assert isinstance(found, Answer)
        return found

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            path = [entry for entry in sys.path if entry]
            command = (sys.executable, "-I", "-c", _START, *path)
            pipe = asyncio.subprocess.PIPE
            self._process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
        return self._process
