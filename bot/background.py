"""Work that goes on until its block ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

log = logging.getLogger(__name__)

AGAIN = 1.0
"""Seconds until work that goes on all the same is cancelled again: Python 3.11's `wait_for`, by which the store's
client sends, loses a cancellation that comes together with what it waits for."""


@asynccontextmanager
async def in_background(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run `work` beside the block, and end it with the block."""
    task = asyncio.create_task(work)
    task.add_done_callback(_tell_end)
    try:
        yield
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=AGAIN)
        await asyncio.gather(task, return_exceptions=True)


def _tell_end(task: asyncio.Task[None]) -> None:
    """Work that breaks off is missed by nobody but those who wait for it: the log says so at once."""
    if not task.cancelled() and (error := task.exception()):
        log.critical("work in the background has broken off: %s", type(error).__name__, exc_info=error)
