"""The archive keeps each entry once and in order, however it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Audience, Conversation
from bot.record.archive import Archive
from bot.record.database import Database
from tests.record.talk import conversation, entries, entry

SLICES = st.lists(st.tuples(st.integers(1, 30), st.integers(1, 12)), min_size=1, max_size=8)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@given(SLICES)
def test_overlapping_slices_in_any_order_give_each_entry_once_in_order(
    runner: asyncio.Runner, shared_archive: Archive, slices: list[tuple[int, int]]
) -> None:
    expected = sorted({seq for start, length in slices for seq in range(start, start + length)})
    runner.run(_save_and_check(shared_archive, slices, expected))


@pytest.fixture
def shared_archive(runner: asyncio.Runner, tmp_path: Path) -> Iterator[Archive]:
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    runner.run(database.migrate())
    yield Archive(database)
    runner.run(database.close())


async def _save_and_check(archive: Archive, slices: list[tuple[int, int]], expected: list[int]) -> None:
    id = uuid4().hex
    for start, length in slices:
        await archive.save(conversation(id), entries(*range(start, start + length)))
    assert await archive.read(id, limit=100) == entries(*expected)
    cursor = await archive.cursor(id)
    assert expected[:cursor] == list(range(1, cursor + 1))


async def test_the_cursor_stops_at_a_gap(archive: Archive) -> None:
    await archive.save(conversation(), entries(1, 2, 4))
    assert await archive.cursor("c1") == 2


async def test_the_cursor_starts_after_what_an_earlier_record_took(archive: Archive) -> None:
    await archive.save(conversation(archived=100), entries(101, 102))
    assert await archive.cursor("c1") == 102


async def test_a_conversation_that_was_never_archived_is_empty(archive: Archive) -> None:
    assert await archive.cursor("nobody") == 0
    assert await archive.read("nobody", limit=10) == []


async def test_a_page_is_the_oldest_or_the_newest_part_of_a_range(archive: Archive) -> None:
    await archive.save(conversation(), entries(*range(1, 11)))
    assert await archive.read("c1", after=2, before=9, limit=3) == entries(3, 4, 5)
    assert await archive.read("c1", after=2, before=9, limit=3, newest=True) == entries(6, 7, 8)


async def test_a_shopper_never_reads_a_note(archive: Archive) -> None:
    note = entry(2, Audience.AGENTS)
    await archive.save(conversation(), [entry(1), note, entry(3)])
    assert await archive.read("c1", limit=2, audience=Audience.ALL) == entries(1, 3)
    assert await archive.read("c1", limit=2) == [entry(1), note]


async def test_what_is_known_of_the_shopper_follows(archive: Archive) -> None:
    await archive.save(conversation(), entries(1))
    renamed = Conversation(id="c1", channel="web", identity="s", name="小周", archived=1)
    await archive.save(renamed, entries(2))
    assert await archive.read("c1", limit=10) == entries(1, 2)
