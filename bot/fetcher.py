"""The fetcher brings media from the channels into our own store, before the channels forget them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping

from bot.clock import Clock
from bot.media import Media, MediaTooLarge
from bot.messages import Attachment, Audience, Author, Content, Conversation, Entry
from bot.sound import playable
from bot.store.store import Store, new_entry
from bot.worker import LEASE, Lost, Work, commit_step
from channels.port import Fetched, Rejected, RetryLater, Source, Unreachable

log = logging.getLogger(__name__)

DEADLINE = 60.0
"""Seconds a channel may take for one medium."""
KEPT = 3 * 86_400_000
"""ms after which trying ends: WeChat forgets media after three days."""
SHORTEST_WAIT, LONGEST_WAIT = 1_000, 3_600_000
"""ms between two tries."""
ROOM_WAIT = 60.0
"""Seconds until the next look whether there is room again."""


class Fetcher:
    """`sources` are the channels that media come from, by name; without room nothing is fetched: a full disk stops the
    store.
    """

    def __init__(
        self, store: Store, clock: Clock, media: Media, sources: Mapping[str, Source], has_room: Callable[[], bool]
    ) -> None:
        self._store = store
        self._clock = clock
        self._media = media
        self._sources = sources
        self._has_room = has_room

    async def fetch(self, work: Work) -> None:
        """Fetch what a conversation's entries after its `fetched` cursor name; what fails waits for another try."""
        try:
            while not await self._pass(work):
                pass
        except Lost:
            return

    async def _pass(self, work: Work) -> bool:
        """Try everything that is not here; False when more was said meanwhile."""
        conversation = await self._store.conversation(work.conversation)
        entries = await self._store.entries(conversation.id, max(conversation.fetched, conversation.archived))
        waits: dict[int, int] = {}
        for entry, attachment in _wanted(entries):
            wait = await self._settle(work, conversation, entry, attachment)
            if wait is not None:
                waits[entry.seq] = wait
        done = min(waits, default=conversation.seq + 1) - 1
        result = await commit_step(
            self._store,
            self._clock,
            work,
            f"{done}:{conversation.seq}",
            set=[("fetched", done)],
            next=self._clock.now() + min(waits.values()) if waits else None,
            watch="shopper_seq",
            seen=conversation.shopper_seq,
        )
        return "more" not in result

    async def _settle(self, work: Work, conversation: Conversation, entry: Entry, attachment: Attachment) -> int | None:
        """None when the medium is here or lost; else ms to wait: as long again as we have been waiting."""
        if await self._media.get(attachment.media):
            return None
        now = self._clock.now()
        keep = now + int(DEADLINE * 1000) + LEASE
        await commit_step(self._store, self._clock, work, f"{attachment.media}:{now}", keep=keep)
        try:
            await self._bring(entry.channel or conversation.channel, attachment)
        except Exception as error:  # whatever a channel raises must not hold up the other media
            wait = _wait(error, self._clock.now() - entry.at)
            log.warning("a medium %s: %s", "is lost" if wait is None else "waits", type(error).__name__)
            if wait is None:
                await self._lose(work, entry, attachment)
            return wait
        return None

    async def _bring(self, channel: str, attachment: Attachment) -> None:
        source = self._sources.get(channel)
        if source is None:
            raise RetryLater(LONGEST_WAIT / 1000, "the channel is not connected")
        if not self._has_room():
            raise RetryLater(ROOM_WAIT, "no room")
        async with asyncio.timeout(DEADLINE):
            fetched: Fetched = await source.fetch(attachment)
        name = attachment.name or fetched.name
        content, name = await asyncio.to_thread(playable, fetched.content, name)
        await self._media.put(attachment.media, content, fetched.type or attachment.type, name)

    async def _lose(self, work: Work, entry: Entry, attachment: Attachment) -> None:
        """Tell the agents, once, that it will not come."""
        data = {"of": entry.data.get("of", entry.seq), "status": "media_lost", "media": attachment.media}
        lost = new_entry(Author.SYSTEM, Content(), audience=Audience.AGENTS, kind="delivery", data=data)
        now = self._clock.now()
        await self._store.run(
            "commit",
            work.conversation,
            f"{work.conversation}:{attachment.media}:lost",
            ttl=2 * KEPT,
            kind=work.kind,
            token=work.token,
            now=now,
            keep=now + LEASE,
            entries=[lost],
        )


def _wait(error: Exception, waited: int) -> int | None:
    """ms until the next try, after `waited` ms of trying; None where there is no use in one."""
    if isinstance(error, Rejected | Unreachable | MediaTooLarge) or waited > KEPT:
        return None
    asked = int(error.after * 1000) if isinstance(error, RetryLater) else 0
    return max(asked, SHORTEST_WAIT, min(LONGEST_WAIT, waited))


def _wanted(entries: Iterable[Entry]) -> Iterable[tuple[Entry, Attachment]]:
    """Every medium that is to be fetched, with the first entry that names it."""
    found: dict[str, tuple[Entry, Attachment]] = {}
    for entry in entries:
        for attachment in entry.content.attachments:
            if attachment.source:
                found.setdefault(attachment.media, (entry, attachment))
    return found.values()
