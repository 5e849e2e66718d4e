"""The archive: conversations that went quiet, entry by entry, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic import JsonValue, TypeAdapter
from sqlalchemy import Insert, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.messages import Audience, Content, Conversation, Entry
from bot.record.database import Database
from bot.record.grams import fold, grams
from bot.record.tables import ConversationRow, EntryRow, GramRow, Table

SEARCHED = ("message", "edit", "note")
LOOKED_THROUGH = 5
"""Conversations that may hold the words, for each one that is to be found."""

_data = TypeAdapter(dict[str, JsonValue])


@dataclass(frozen=True)
class Found:
    """Where words were said last in a conversation. `at`: ms since the epoch."""

    conversation: str
    text: str
    at: int


class Archive:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, conversation: Conversation, entries: Sequence[Entry]) -> None:
        """Keep a slice of a conversation's log and move its cursor in one transaction; twice changes nothing."""
        await self._database.run(lambda session: _save(session, conversation, entries))

    async def cursor(self, conversation_id: str) -> int:
        """The `seq` up to which everything is here; 0 for a conversation that was never archived."""
        query = select(ConversationRow.cursor).where(ConversationRow.id == conversation_id)
        return await self._database.read(lambda session: session.scalar(query) or 0)

    async def read(
        self,
        conversation_id: str,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int,
        newest: bool = False,
        audience: Audience = Audience.AGENTS,
    ) -> list[Entry]:
        """The oldest (or newest) `limit` entries that `audience` sees with `after < seq < before`, oldest first."""
        query = select(EntryRow).where(EntryRow.conversation == conversation_id, EntryRow.seq > after)
        if before is not None:
            query = query.where(EntryRow.seq < before)
        if audience is Audience.ALL:
            query = query.where(EntryRow.audience == Audience.ALL)
        query = query.order_by(EntryRow.seq.desc() if newest else EntryRow.seq).limit(limit)
        rows = await self._database.read(lambda session: session.scalars(query).all())
        return [_read_entry(row) for row in (reversed(rows) if newest else rows)]

    async def search(self, words: str, limit: int) -> list[Found]:
        """The conversations in which `words` were said, the newest first, each with where they were said last."""
        return await self._database.read(lambda session: _search(session, words, limit))


def _search(session: Session, words: str, limit: int) -> list[Found]:
    wanted = grams(words)
    if not wanted:
        return []
    query = (
        select(GramRow.conversation)
        .join(ConversationRow, ConversationRow.id == GramRow.conversation)
        .where(GramRow.gram.in_(wanted))
        .group_by(GramRow.conversation, ConversationRow.at)
        .having(func.count() == len(wanted))
        .order_by(ConversationRow.at.desc())
        .limit(limit * LOOKED_THROUGH)
    )
    found = (_last_said(session, id, fold(words)) for id in session.scalars(query).all())
    return list(islice((one for one in found if one), limit))


def _last_said(session: Session, conversation: str, words: str) -> Found | None:
    """Two signs here and two there do not make a word: the texts themselves are looked at."""
    here = EntryRow.conversation == conversation, EntryRow.kind.in_(SEARCHED)
    query = select(EntryRow.content, EntryRow.at).where(*here).order_by(EntryRow.seq.desc())
    for content, at in session.execute(query.execution_options(yield_per=500)):
        text = Content.model_validate_json(content).text
        if words in fold(text):
            return Found(conversation, text, at)
    return None


def _save(session: Session, conversation: Conversation, entries: Sequence[Entry]) -> None:
    facts = conversation.model_dump(include={"channel", "identity", "name", "language", "at"})
    # Written first, so that on PostgreSQL too the row is ours until the transaction ends.
    row = _insert(session, ConversationRow).values(id=conversation.id, cursor=0, **facts)
    session.execute(row.on_conflict_do_update(index_elements=["id"], set_=facts))
    if entries:
        rows = [_entry_row(conversation.id, entry) for entry in entries]
        session.execute(_insert(session, EntryRow).on_conflict_do_nothing(), rows)
        _index(session, conversation.id, entries)
    here = ConversationRow.id == conversation.id
    known = session.scalars(select(ConversationRow.cursor).where(here)).one()
    cursor = _advance(max(known, conversation.archived), entries)
    session.execute(update(ConversationRow).where(here).values(cursor=cursor))


def _index(session: Session, conversation: str, entries: Sequence[Entry]) -> None:
    said = [entry.content.text for entry in entries if entry.kind in SEARCHED]
    rows = [
        {"gram": gram, "conversation": conversation} for gram in sorted({gram for text in said for gram in grams(text)})
    ]
    if rows:
        session.execute(_insert(session, GramRow).on_conflict_do_nothing(), rows)


def _advance(cursor: int, entries: Sequence[Entry]) -> int:
    """Where the run without gaps that ends at `cursor` ends with these entries."""
    for seq in sorted(entry.seq for entry in entries):
        if seq == cursor + 1:
            cursor = seq
    return cursor


def _insert(session: Session, table: type[Table]) -> Any:
    """An INSERT that knows ON CONFLICT; both dialects spell it alike but share no type."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement: Insert = dialect.insert(table)
    return statement


def _entry_row(conversation_id: str, entry: Entry) -> dict[str, Any]:
    row = entry.model_dump(exclude={"content", "data"})
    content = entry.content.model_dump_json(exclude_defaults=True)
    return {**row, "conversation": conversation_id, "content": content, "data": _data.dump_json(entry.data).decode()}


def _read_entry(row: EntryRow) -> Entry:
    fields = {name: getattr(row, name) for name in Entry.model_fields if name not in ("content", "data")}
    content = Content.model_validate_json(row.content)
    return Entry.model_validate({**fields, "content": content, "data": _data.validate_json(row.data)})
