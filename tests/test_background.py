"""Work beside a block ends with it, even where a library loses a cancellation on the way."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from bot import background
from bot.background import in_background


async def test_work_that_loses_a_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "AGAIN", 0.001)
    begun = asyncio.Event()
    lost = 0

    async def work() -> None:
        nonlocal lost
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        lost += 1
        await asyncio.Event().wait()

    async with asyncio.timeout(5), in_background(work()):
        await begun.wait()
    assert lost == 1


async def test_work_that_breaks_off_is_told_at_once(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        raise RuntimeError("a mistake")

    async with in_background(work()):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert "broken off: RuntimeError" in caplog.text
