"""The whole log of a conversation: its archived past and its live end read as one, without gap or double."""

from __future__ import annotations

from bot.messages import Audience, Entry
from bot.record.archive import Archive
from bot.store.store import Store

END = 2**53
"""Larger than every `seq`."""


class ConversationLog:
    """The store is always read before the archive: what it has forgotten by then, the archive already has."""

    def __init__(self, store: Store, archive: Archive) -> None:
        self._store = store
        self._archive = archive

    async def before(
        self, id: str, before: int | None, limit: int, audience: Audience = Audience.AGENTS
    ) -> list[Entry]:
        """The newest `limit` entries that `audience` sees with `seq < before` (None: of all), oldest first."""
        found: list[Entry] = []
        oldest = before or END
        while len(found) < limit and (page := await self._store.entries_before(id, oldest, limit)):
            found = [*_seen_by(audience, page), *found]
            oldest = page[0].seq
        lacking = limit - len(found)
        if lacking <= 0 or oldest == 1:
            return found[-limit:]
        past = await self._archive.read(id, before=oldest, limit=lacking, newest=True, audience=audience)
        return [*past, *found]

    async def after(self, id: str, after: int, limit: int, audience: Audience = Audience.AGENTS) -> list[Entry]:
        """The oldest `limit` entries that `audience` sees with `seq > after`, oldest first."""
        page = await self._store.entries(id, after, limit)
        found: list[Entry] = []
        if not page or page[0].seq > after + 1:
            until = page[0].seq if page else None
            found = await self._archive.read(id, after=after, before=until, limit=limit, audience=audience)
        while page and len(found) < limit:
            found += _seen_by(audience, page)
            page = await self._store.entries(id, page[-1].seq, limit)
        return found[:limit]


def _seen_by(audience: Audience, entries: list[Entry]) -> list[Entry]:
    return [entry for entry in entries if audience is Audience.AGENTS or entry.audience is Audience.ALL]
