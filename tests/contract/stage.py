"""A whole desk whose bot answers at once with numbered echoes, and whose clock leaps over every wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import worker
from bot.clock import Clock
from bot.dialogue.port import Draft, Turn
from bot.messages import Content, Entry
from bot.server import desk as desks
from bot.server import ground
from bot.server.app import make_app
from bot.server.desk import Desk, open_desk
from bot.settings import Settings
from bot.store.keys import conversation_id
from bot.store.store import Store
from tests.conftest import listening
from tests.contract.side import Side

LONG = "+"
"""Ends a question that takes two long answers."""
PADDING = " ." * 700
DEADLINE = 60
"""Seconds until whatever is due is done."""


class Echo:
    """Names the messages it answers, and counts its replies over the whole conversation."""

    async def reply(self, turn: Turn) -> Draft:
        said = int(str(turn.conversation.slots.get("said", 0)))
        tags = [message.content.text for message in turn.messages]
        texts = [f"#{said + 1} {' '.join(tags)}"]
        if any(tag.endswith(LONG) for tag in tags):
            texts = [texts[0] + PADDING, f"#{said + 2}" + PADDING]
        return Draft(tuple(Content(text=text) for text in texts), {"said": said + len(texts)})


class LeapingClock(Clock):
    """Runs as all clocks do, and can be put forward."""

    def __init__(self) -> None:
        self._leapt = 0.0
        super().__init__(lambda: time.time() + self._leapt)

    def leap(self, ms: float) -> None:
        self._leapt += ms / 1000

    async def synchronise(self, store: Store) -> None:
        """Stays ahead of the store's."""


@dataclass(frozen=True)
class Stage:
    desk: Desk
    clock: LeapingClock
    side: Side

    async def log(self, who: int) -> list[Entry]:
        return await self.desk.store.entries(conversation_id("shop", self.side.name, self.side.identity(who)), 0)

    def leap(self, ms: float) -> None:
        self.clock.leap(ms)
        self.side.leap(ms)

    async def settle(self) -> None:
        """Until nothing is left to do; where there is only waiting, the clock leaps."""
        async with asyncio.timeout(DEADLINE):
            while (wait := await next_due(self.desk.store, self.clock.now())) is not None:
                if wait > 0:
                    self.leap(wait)
                await asyncio.sleep(0.005)


LATER = ("archive:", "rate:")
"""Work that waits for a shopper to have been quiet for long."""


async def next_due(store: Store, now: int) -> float | None:
    """ms until something is to be done; 0 while something is being done; None when there is nothing."""
    async with store.redis.pipeline() as both:
        both.zrange(store.keys.due, 0, -1, withscores=True)
        both.hlen(store.keys.leases)
        due, leases = await both.execute()
    soonest = min((at for member, at in due if not member.startswith(LATER)), default=None)
    if soonest is None:
        return None
    held = leases > 1  # one is the counter
    return 0.0 if held else max(0.0, soonest - now)


@asynccontextmanager
async def open_stage(side: Side, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    clock = LeapingClock()
    monkeypatch.setattr(ground, "Clock", lambda: clock)
    monkeypatch.setattr(desks, "ShopDialogue", lambda *_, **__: Echo())
    monkeypatch.setattr(desks, "is_fragment", lambda _: False)
    monkeypatch.setattr(worker, "LONGEST_SLEEP", 0.01)
    side.hasten(monkeypatch, lambda: clock.now() / 1000)
    settings = Settings.model_validate({"JIELI_DATA": folder, "JIELI_ARCHIVE_AFTER": 10_000, **side.settings})
    async with (
        open_desk(settings, demo=True, more=side.channels) as desk,
        listening(make_app(desk, demo_password=None)) as port,
    ):
        await side.connect(f"http://127.0.0.1:{port}")
        yield Stage(desk, clock, side)
