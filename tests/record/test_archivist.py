"""The archivist: what is quiet moves to SQL, whole and once, and nothing is forgotten that SQL does not have."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import pytest

from bot.log import ConversationLog
from bot.messages import Audience, Conversation, Entry
from bot.record.archive import Archive
from bot.record.archivist import Archivist
from bot.record.database import Database
from bot.store.store import Store
from tests.record.talk import DAY, SetClock, Talk


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def talk(store: Store, clock: SetClock) -> Talk:
    return Talk(store, clock)


@pytest.fixture
def archivist(store: Store, archive: Archive, clock: SetClock) -> Archivist:
    return Archivist(store, archive, clock, DAY)


async def _quiet(talk: Talk, messages: int) -> None:
    """A conversation that everybody has read and nobody has written in for a day."""
    await talk.say(messages)
    await talk.read_by_the_bot()
    talk.clock.time += DAY


async def _seqs(archive: Archive, talk: Talk) -> list[int]:
    return [entry.seq for entry in await archive.read(talk.id, limit=10_000)]


async def test_a_quiet_conversation_moves_to_the_archive(talk: Talk, archivist: Archivist, archive: Archive) -> None:
    await _quiet(talk, 3)
    await archivist.archive(await talk.claim("archive"))
    assert await _seqs(archive, talk) == [1, 2, 3]
    assert await talk.in_store() == []
    assert await talk.due("archive") is None
    assert (await talk.store.conversation(talk.id)).archived == 3


async def test_a_store_that_lost_its_past_keeps_what_comes_after(talk: Talk, archivist: Archivist) -> None:
    """Its entries count from 1 again: to the archive they look like those it has, so nothing may be forgotten."""
    await _quiet(talk, 3)
    await archivist.archive(await talk.claim("archive"))
    await talk.store.redis.flushall()
    await _quiet(talk, 1)
    await archivist.archive(await talk.claim("archive"))
    assert await talk.in_store() == [1]
    assert await talk.due("archive") == talk.clock.now() + DAY


async def test_a_long_conversation_moves_in_batches(talk: Talk, archivist: Archivist, archive: Archive) -> None:
    await _quiet(talk, 1_001)
    await archivist.archive(await talk.claim("archive"))
    assert await _seqs(archive, talk) == list(range(1, 1_002))
    assert await talk.in_store() == []


async def test_an_active_conversation_is_looked_at_a_day_after_its_last_entry(talk: Talk, archivist: Archivist) -> None:
    await _quiet(talk, 1)
    work = await talk.claim("archive")
    await talk.note("he called")
    await archivist.archive(work)
    assert await talk.in_store() == [1, 2]
    assert await talk.due("archive") == talk.clock.now() + DAY


async def test_a_conversation_in_the_queue_stays_in_the_store(talk: Talk, archivist: Archivist) -> None:
    await talk.say()
    await talk.read_by_the_bot()
    rows = {"bot": {"to": "queued", "owner": False}}
    await talk.store.run("act", talk.id, "ask", now=talk.clock.now(), rows=rows, capacity=8)
    talk.clock.time += DAY
    await archivist.archive(await talk.claim("archive"))
    assert await talk.in_store() == [1]
    assert await talk.due("archive") == talk.clock.now() + DAY


async def test_what_the_bot_has_not_read_stays_in_the_store(talk: Talk, archivist: Archivist) -> None:
    await talk.say()
    talk.clock.time += DAY
    await archivist.archive(await talk.claim("archive"))
    assert await talk.in_store() == [1]
    assert await talk.due("archive") == talk.clock.now() + DAY


class InterruptedArchive(Archive):
    """Something happens while the first slice is being saved."""

    def __init__(self, database: Database, interrupt: Callable[[], Awaitable[None]]) -> None:
        super().__init__(database)
        self.interrupt = interrupt

    async def save(self, conversation: Conversation, entries: Sequence[Entry]) -> None:
        await super().save(conversation, entries)
        if entries[0].seq == 1:
            await self.interrupt()


async def test_a_message_in_the_middle_is_kept_for_the_bot(talk: Talk, database: Database) -> None:
    await _quiet(talk, 2)
    archive = InterruptedArchive(database, talk.say)
    await Archivist(talk.store, archive, talk.clock, DAY).archive(await talk.claim("archive"))
    assert await talk.in_store() == [3]
    assert await talk.due("turn") is not None
    assert await talk.due("archive") == talk.clock.now() + DAY


async def test_an_agent_who_takes_over_in_the_middle_finds_the_whole_log_in_the_store(
    talk: Talk, database: Database
) -> None:
    await _quiet(talk, 2)
    archivist = Archivist(talk.store, InterruptedArchive(database, talk.taken_over), talk.clock, DAY)
    await archivist.archive(await talk.claim("archive"))
    assert await talk.in_store() == [1, 2, 3]
    assert await talk.due("archive") == talk.clock.now()
    await archivist.archive(await talk.claim("archive"))
    assert await talk.due("archive") == talk.clock.now() + DAY


class BrokenArchive(Archive):
    async def save(self, conversation: Conversation, entries: Sequence[Entry]) -> None:
        raise OSError("the disk is full")


async def test_nothing_is_forgotten_that_was_not_saved(talk: Talk, database: Database) -> None:
    await _quiet(talk, 2)
    archive = BrokenArchive(database)
    with pytest.raises(OSError, match="disk"):
        await Archivist(talk.store, archive, talk.clock, DAY).archive(await talk.claim("archive"))
    assert await talk.in_store() == [1, 2]
    assert await talk.due("archive") is not None


async def test_an_archivist_killed_before_the_trim_is_followed_by_another(
    talk: Talk, archivist: Archivist, archive: Archive
) -> None:
    await _quiet(talk, 2)
    await talk.claim("archive")
    await archive.save(await talk.store.conversation(talk.id), await talk.store.entries(talk.id, 0, 1))
    talk.clock.time += DAY
    await archivist.archive(await talk.claim("archive"))
    assert await _seqs(archive, talk) == [1, 2]
    assert await talk.in_store() == []


@pytest.fixture
async def log(talk: Talk, archivist: Archivist, archive: Archive) -> ConversationLog:
    """Ten entries, number 4 and 9 notes; 1 to 6 archived, 7 to 10 in the store."""
    await talk.say(3)
    await talk.note("four")
    await talk.say(2)
    await talk.read_by_the_bot()
    talk.clock.time += DAY
    await archivist.archive(await talk.claim("archive"))
    await talk.say(2)
    await talk.note("nine")
    await talk.say()
    assert await talk.in_store() == [7, 8, 9, 10]
    return ConversationLog(talk.store, archive)


async def test_the_log_reads_backwards_over_the_seam(log: ConversationLog, talk: Talk) -> None:
    for limit in range(1, 12):
        for before in (None, *range(1, 12)):
            found = [entry.seq for entry in await log.before(talk.id, before, limit)]
            assert found == list(range(1, before or 11))[-limit:]


async def test_the_log_reads_forwards_over_the_seam(log: ConversationLog, talk: Talk) -> None:
    for limit in range(1, 12):
        for after in range(12):
            found = [entry.seq for entry in await log.after(talk.id, after, limit)]
            assert found == list(range(after + 1, 11))[:limit]


async def test_a_shoppers_page_counts_only_what_the_shopper_sees(log: ConversationLog, talk: Talk) -> None:
    visible = [1, 2, 3, 5, 6, 7, 8, 10]
    for limit in range(1, 10):
        for seq in range(12):
            after = [entry.seq for entry in await log.after(talk.id, seq, limit, Audience.ALL)]
            before = [entry.seq for entry in await log.before(talk.id, seq + 1, limit, Audience.ALL)]
            assert after == [each for each in visible if each > seq][:limit]
            assert before == [each for each in visible if each <= seq][-limit:]


async def test_the_log_of_a_wholly_archived_conversation_is_whole(
    talk: Talk, archivist: Archivist, archive: Archive
) -> None:
    await _quiet(talk, 3)
    await archivist.archive(await talk.claim("archive"))
    log = ConversationLog(talk.store, archive)
    assert [entry.seq for entry in await log.before(talk.id, None, 10)] == [1, 2, 3]
    assert [entry.seq for entry in await log.after(talk.id, 1, 10)] == [2, 3]
