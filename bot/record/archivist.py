"""The archivist copies conversations that went quiet into the archive, and only then lets the store forget them."""

from __future__ import annotations

import logging
from typing import Any

from bot.clock import Clock
from bot.messages import Conversation
from bot.record.archive import Archive
from bot.store.store import Store
from bot.worker import Work

BATCH = 500
"""Entries copied in one transaction."""

log = logging.getLogger(__name__)


class Archivist:
    """`idle`: ms without an entry after which a conversation is quiet."""

    def __init__(self, store: Store, archive: Archive, clock: Clock, idle: int) -> None:
        self._store = store
        self._archive = archive
        self._clock = clock
        self._idle = idle

    async def archive(self, work: Work) -> None:
        """Handle one due archiving to its commit."""
        while True:
            conversation = await self._store.conversation(work.conversation)
            if await self._archive.cursor(conversation.id) > conversation.seq:
                log.error(
                    "the record is ahead of the store in %s: they are no pair, and nothing is forgotten",
                    work.conversation,
                )
                await self._commit(work, next=self._clock.now() + self._idle)
                return
            if await self._is_active(conversation):
                await self._commit(work, next=self._next(conversation))
                return
            await self._trim(work, conversation, await self._copy(conversation))
            # Done until somebody speaks again; or speaks now, and then there is `more`.
            seen = {"epoch": conversation.epoch, "watch": "seq", "seen": conversation.seq}
            if not (await self._commit(work, **seen)).get("more"):
                return

    async def _is_active(self, conversation: Conversation) -> bool:
        with_humans = conversation.state.with_humans
        if with_humans or conversation.at + self._idle > self._clock.now():
            return True
        # What is yet to be answered, sent or fetched is read from the log in the store.
        unfinished = [f"{kind}:{conversation.id}" for kind in ("turn", "send", "fetch")]
        return any(score is not None for score in await self._store.redis.zmscore(self._store.keys.due, unfinished))

    def _next(self, conversation: Conversation) -> int:
        quiet_at, now = conversation.at + self._idle, self._clock.now()
        return quiet_at if quiet_at > now else now + self._idle

    async def _copy(self, conversation: Conversation) -> int:
        """Copy what the archive lacks of the log as we know it; returns the last `seq` that is there."""
        copied = max(await self._archive.cursor(conversation.id), conversation.archived)
        while entries := await self._store.entries(conversation.id, copied, BATCH):
            known = [entry for entry in entries if entry.seq <= conversation.seq]
            if not known:
                break
            await self._archive.save(conversation, known)
            copied = known[-1].seq
        return min(copied, conversation.seq)

    async def _trim(self, work: Work, conversation: Conversation, upto: int) -> None:
        if upto > conversation.archived:
            await self._store.run(
                "trim", conversation.id, f"{work.token}:trim:{upto}", upto=upto, now=self._clock.now()
            )

    async def _commit(self, work: Work, **how: Any) -> dict[str, Any]:
        return await self._store.run(
            "commit", work.conversation, work.token, kind=work.kind, token=work.token, now=self._clock.now(), **how
        )
