"""Finds conversations that no list shows by itself: with the bot, over, or with certain words in them."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot.messages import Model, State
from bot.record.archive import Archive
from bot.record.grams import fold
from bot.store.store import Store
from handoff.workspace.rows import Row, Rows

MOST = 50
"""Conversations of one answer."""
LOOKED_THROUGH = 2_000
"""Conversations, the newest first, that are looked at for one."""
BATCH = 200


class Hit(Model):
    """A conversation that was found; `excerpt`: the words around what was looked for, where they were said earlier."""

    row: Row
    excerpt: str | None = None


class Finder:
    """Every live conversation is due for archiving, at a time that its last message put off: that orders them."""

    def __init__(self, store: Store, archive: Archive, rows: Rows) -> None:
        self._store = store
        self._archive = archive
        self._rows = rows

    async def newest(self, state: State) -> list[Hit]:
        """The newest conversations in a state, as far as they are not archived."""
        return [Hit(row=row) async for row in self._live() if row.state is state][:MOST]

    async def search(self, words: str) -> list[Hit]:
        """Live conversations by name, id and last words, archived ones by everything that was said in them."""
        wanted = fold(words)
        live = [row async for row in self._live() if wanted in fold(f"{row.name or ''} {row.id} {row.preview or ''}")]
        found = {row.id: Hit(row=row) for row in live[:MOST]}
        said = [one for one in await self._archive.search(words, MOST) if one.conversation not in found]
        rows = {row.id: row for row in await self._rows.find([one.conversation for one in said])}
        for one in said:
            if row := rows.get(one.conversation):
                found[row.id] = Hit(row=row, excerpt=_around(one.text, words))
        return sorted(found.values(), key=lambda hit: hit.row.at, reverse=True)[:MOST]

    async def _live(self) -> AsyncIterator[Row]:
        """What was written in lately, the newest first; what is joined is seen in its thread."""
        due: list[str] = await self._store.redis.zrange(self._store.keys.due, 0, LOOKED_THROUGH, desc=True)
        ids = [member.partition(":")[2] for member in due if member.startswith("archive:")]
        for batch in (ids[at : at + BATCH] for at in range(0, len(ids), BATCH)):
            for row in await self._rows.find(batch):
                if not row.joined:
                    yield row


def _around(text: str, words: str) -> str:
    """The part of a text where the words are."""
    at = max(0, text.casefold().find(words.casefold().strip()) - 12)
    return f"{'…' if at else ''}{text[at : at + 80]}{'…' if len(text) > at + 80 else ''}"
