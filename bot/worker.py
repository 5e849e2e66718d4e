"""The worker: claims due work, hands it to the handler of its kind, and sleeps until the next deadline."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from bot.background import in_background
from bot.clock import Clock
from bot.store.store import Store
from bot.wire import EVERYTHING, Moved, Said, Wire

log = logging.getLogger(__name__)

LEASE = 10_000
"""ms a worker may hold an item before another takes it over."""
AT_ONCE = 8
"""Items one process works on at the same time: more make no turn faster, and webhooks wait for them."""
LONGEST_SLEEP = 1.0
"""Seconds; a new deadline from another process is noticed after at most this, if the wire did not tell."""


@dataclass(frozen=True)
class Work:
    """A due item in our hands: `token` proves it to the commit script."""

    kind: str
    conversation: str
    token: str


class Lost(Exception):
    """The work is another worker's now, or the owner changed: look again, do nothing."""


async def commit_step(store: Store, clock: Clock, work: Work, step: str, **args: Any) -> dict[str, Any]:
    """Commit one of several steps of what is in hand, once by its name; `args` are the commit script's.

    Raises `Lost`.
    """
    result = await store.run(
        "commit",
        work.conversation,
        f"{work.token}:{step}",
        kind=work.kind,
        token=work.token,
        now=clock.now(),
        **args,
    )
    if "lost" in result or "fenced" in result:
        raise Lost
    return result


Handler = Callable[[Work], Awaitable[None]]


class Worker:
    """Work of a conversation is done by one worker at a time; different conversations run side by side."""

    def __init__(self, store: Store, clock: Clock, wire: Wire, handlers: Mapping[str, Handler]) -> None:
        self._store = store
        self._clock = clock
        self._wire = wire
        self._handlers = handlers
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work until the block ends; what is in hand is finished first."""
        try:
            async with in_background(self._claim_for_ever()), in_background(self._listen()):
                yield
        finally:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=LEASE / 1000)

    async def _listen(self) -> None:
        with self._wire.follow(EVERYTHING) as listener:
            while True:
                if isinstance(await listener.get(), Said | Moved):
                    self._wake.set()

    async def _claim_for_ever(self) -> None:
        while True:
            self._wake.clear()
            try:
                pause = await self._claim()
            except (RedisError, OSError) as error:
                log.warning("cannot claim work: %s", type(error).__name__)
                pause = LONGEST_SLEEP
            if pause > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._wake.wait()

    async def _claim(self) -> float:
        """Start what is due. Returns the seconds until there may be more."""
        free = AT_ONCE - len(self._tasks)
        if free <= 0:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            return 0.0
        now = self._clock.now()
        claimed = await self._store.claim(now, limit=free, lease=LEASE)
        for member, token in claimed["items"]:
            kind, conversation = member.split(":", 1)
            self._start(Work(kind, conversation, token))
        if len(claimed["items"]) == free:
            return 0.0
        soonest = claimed.get("next")
        return LONGEST_SLEEP if soonest is None else min(LONGEST_SLEEP, max(0.001, (soonest - now) / 1000))

    def _start(self, work: Work) -> None:
        task = asyncio.create_task(self._do(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _do(self, work: Work) -> None:
        try:
            await self._handlers[work.kind](work)
        except Exception:
            # The lease runs out and the work is taken up again; nothing of the conversation may enter the log.
            log.exception("work of kind %s failed", work.kind)
