"""Work that goes on until its block ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

AGAIN = 1.0
"""Seconds until work that goes on all the same is cancelled again: Python 3.11's `wait_for`, by which the store's
client sends, loses a cancellation that comes together with what it waits for."""


@asynccontextmanager
async def in_background(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run `work` beside the block, and end it with the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=AGAIN)
        await asyncio.gather(task, return_exceptions=True)
