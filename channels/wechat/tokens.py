"""The one token keeper: an account's access token, shared by all processes and renewed by one at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from redis.exceptions import LockError

from bot.clock import Clock
from bot.store.keys import TOKEN_TTL
from bot.store.store import Store
from channels.port import RetryLater
from channels.wechat.api import Token

log = logging.getLogger(__name__)

EARLY = 300_000
"""ms before its end that a token is renewed; WeChat lets the old one work as long."""
PAUSE = 10_000
"""ms between two tries to renew a token that still works."""
FORCE_PAUSE = 3_600_000
"""ms between two tokens that we force: WeChat grants twenty a day, and each ends what other systems use."""
LOCK = 40.0
"""Seconds after which another takes over from one who never came back; more than two calls take."""
PATIENCE = 15.0
"""Seconds to wait for another's renewal."""
LOOK = 0.05
"""Seconds between two looks whether the other is done."""

Fetch = Callable[[bool], Awaitable[Token]]
"""Ask WeChat, forcing a new one or not; raises `RetryLater`."""


@dataclass(frozen=True)
class Held:
    """The token as the store has it; times in ms since the epoch."""

    value: str = ""
    until: int = 0
    forced: int = 0


class TokenKeeper:
    """Both methods raise `RetryLater` when there is no token to be had."""

    def __init__(self, store: Store, clock: Clock, app_id: str, fetch: Fetch) -> None:
        self._redis = store.redis
        self._key = store.keys.wechat_token(app_id)
        self._lock = store.keys.wechat_lock(app_id)
        self._clock = clock
        self._fetch = fetch
        self._here = asyncio.Lock()
        self._next_try = 0

    async def token(self) -> str:
        """A token that works, renewed five minutes before its end."""
        held = await self._read()
        now = self._clock.now()
        if held.until <= now:
            return await self._renew_alone(held.value, wait=PATIENCE)
        if held.until - now > EARLY or now < self._next_try:
            return held.value
        self._next_try = now + PAUSE
        try:
            return await self._renew_alone(held.value, wait=0)
        except RetryLater as error:  # nobody waits for it: the old one still works
            log.warning("WeChat's token is not renewed yet: %s", error)
            return held.value

    async def renewed(self, invalid: str) -> str:
        """The token to try after WeChat called `invalid` so; what another process got meanwhile will do.

        A token that somebody else has ended is replaced by asking again. Only when WeChat insists on the same one a new
        one is forced, and that rarely.
        """
        return await self._renew_alone(invalid, wait=PATIENCE, force=True)

    async def _renew_alone(self, ended: str, *, wait: float, force: bool = False) -> str:
        async with self._here:
            if replaced := await self._replacing(ended):
                return replaced
            async with self._alone(wait):
                return await self._replacing(ended) or await self._replace(ended, force)

    async def _replacing(self, ended: str) -> str | None:
        """The token that somebody else got in place of `ended`."""
        held = await self._read()
        return held.value if held.value != ended and held.until > self._clock.now() else None

    async def _replace(self, ended: str, force: bool) -> str:
        held = await self._read()
        renewed = await self._renew(held)
        if force and renewed.value == ended and self._clock.now() - held.forced > FORCE_PAUSE:
            renewed = await self._renew(held, force=True)
        return renewed.value

    async def _renew(self, held: Held, *, force: bool = False) -> Held:
        asked = self._clock.now()
        token = await self._fetch(force)
        renewed = Held(token.access_token, asked + token.expires_in * 1000, asked if force else held.forced)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(self._key, mapping={"value": renewed.value, "until": renewed.until, "forced": renewed.forced})
            pipe.pexpire(self._key, TOKEN_TTL)
            await pipe.execute()
        return renewed

    async def _read(self) -> Held:
        fields = await self._redis.hgetall(self._key)
        if not fields:
            return Held()
        return Held(fields["value"], int(fields["until"]), int(fields["forced"]))

    @asynccontextmanager
    async def _alone(self, wait: float) -> AsyncIterator[None]:
        """While nobody else renews; `RetryLater` when somebody else does for longer than `wait` seconds."""
        lock = self._redis.lock(self._lock, timeout=LOCK, sleep=LOOK)
        if not await lock.acquire(blocking=wait > 0, blocking_timeout=wait):
            raise RetryLater(2.0, "another process renews the token")
        try:
            yield
        finally:
            with suppress(LockError):  # it took so long that another has it now
                await lock.release()
