"""Reads a conversation's log for `jieli explain`, while the server runs or not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bot.backup import reach_store
from bot.log import ConversationLog
from bot.messages import Entry
from bot.record.archive import Archive
from bot.record.database import Database
from bot.settings import Settings
from bot.store.store import Store, connect

PAGE = 500


class NoSuchConversation(Exception):
    """Nobody has ever written there."""


async def read_log(settings: Settings, conversation: str) -> list[Entry]:
    """The whole log, oldest first; of its thread where it is joined to one. Raises `NoSuchConversation`."""
    async with _opened(settings) as (store, log):
        found = await store.conversation(conversation)
        entries: list[Entry] = []
        while page := await log.after(found.joined or conversation, entries[-1].seq if entries else 0, PAGE):
            entries += page
    if not entries:
        raise NoSuchConversation(f"there is no conversation {conversation}")
    return entries


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[tuple[Store, ConversationLog]]:
    async with AsyncExitStack() as stack:
        if settings.redis_url:
            redis = connect(settings.redis_url.get_secret_value())
            stack.push_async_callback(redis.aclose)
        else:
            redis = await stack.enter_async_context(reach_store(settings.store_folder))
        database = Database(settings.record_url)
        stack.push_async_callback(database.close)
        store = Store(redis, settings.desk)
        yield store, ConversationLog(store, Archive(database))
