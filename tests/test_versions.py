"""Edits, albums and events: new versions of what was said, and what happened to an identity, each known once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import pytest

from bot.clock import Clock
from bot.inbox import Inbox
from bot.media import media_id
from bot.messages import Attachment, Audience, Content, Entry, Inbound
from bot.router import newest_versions
from bot.store.keys import conversation_id
from bot.store.store import Store

CHANNEL = "fake"
ID = conversation_id("shop", CHANNEL, "7")


def picture(name: str) -> Attachment:
    return Attachment(kind="image", media=media_id("shop", CHANNEL, name), source=name)


def said(id: str, text: str = "", *pictures: str, edits: str | None = None, album: str | None = None) -> Inbound:
    content = Content(text=text, attachments=tuple(picture(name) for name in pictures))
    return Inbound(channel=CHANNEL, identity="7", external_id=id, content=content, edits=edits, album=album)


@pytest.fixture
def inbox(any_store: Store, clock: Clock) -> Inbox:
    return Inbox(any_store, clock, is_fragment=lambda _: False, has_room=lambda: True, archive_after=86_400_000)


async def shown(store: Store) -> list[tuple[int, str, int | None, str]]:
    """Every entry as seq, kind, what it is a version of, and text."""
    return [
        (entry.seq, entry.kind, _of(entry), entry.content.text or " ".join(_names(entry)))
        for entry in await store.entries(ID, 0)
    ]


def _of(entry: Entry) -> int | None:
    return int(str(entry.data["of"])) if "of" in entry.data else None


def _names(entry: Entry) -> list[str]:
    return [str(one.source) for one in entry.content.attachments]


async def test_an_edit_is_a_new_version_of_its_message(inbox: Inbox, any_store: Store) -> None:
    await inbox.receive(said("1", "how much is shiping"))
    await inbox.receive(said("1:e1", "how much is shipping", edits="1"))
    await inbox.receive(said("1:e2", "how much is shipping?", edits="1"))
    assert await shown(any_store) == [
        (1, "message", None, "how much is shiping"),
        (2, "edit", 1, "how much is shipping"),
        (3, "edit", 1, "how much is shipping?"),
    ]


async def test_an_edit_that_comes_twice_is_there_once(inbox: Inbox, any_store: Store) -> None:
    await inbox.receive(said("1", "one"))
    first = await inbox.receive(said("1:e1", "two", edits="1"))
    assert await inbox.receive(said("1:e1", "two", edits="1")) == first
    assert len(await shown(any_store)) == 2


async def test_an_edit_of_an_unknown_message_is_a_message_and_stands_for_it(inbox: Inbox, any_store: Store) -> None:
    await inbox.receive(said("1:e1", "two", edits="1"))
    await inbox.receive(said("1", "one"))
    await inbox.receive(said("1:e2", "three", edits="1"))
    assert await shown(any_store) == [(1, "message", None, "two"), (2, "edit", 1, "three")]


async def test_parts_of_an_album_are_one_message_with_all_pictures_in_order(inbox: Inbox, any_store: Store) -> None:
    await inbox.receive(said("1", "", "a", album="x"))
    await inbox.receive(said("2", "", "b", album="x"))
    await inbox.receive(said("9", "something else"))
    await inbox.receive(said("3", "", "c", album="x"))
    assert await shown(any_store) == [
        (1, "message", None, "a"),
        (2, "edit", 1, "a b"),
        (3, "message", None, "something else"),
        (4, "edit", 1, "a b c"),
    ]
    entries = await any_store.entries(ID, 0)
    assert [entry.data.get("album") for entry in entries] == [None, True, None, True]


async def test_the_caption_counts_whichever_part_has_it_and_may_be_edited(inbox: Inbox, any_store: Store) -> None:
    await inbox.receive(said("1", "", "a", album="x"))
    await inbox.receive(said("2", "brokn", "b", album="x"))
    await inbox.receive(said("2:e1", "broken", "b", edits="2", album="x"))
    entries = await any_store.entries(ID, 0)
    assert [entry.content.text for entry in entries] == ["", "brokn", "broken"]
    assert _names(entries[-1]) == ["a", "b"]
    assert [entry.data for entry in entries[1:]] == [
        {"of": 1, "album": True, "caption": "brokn"},
        {"of": 1, "caption": "broken"},
    ]


async def test_parts_that_come_at_once_lose_no_picture(inbox: Inbox, any_store: Store) -> None:
    parts = [said(str(number), "", f"p{number}", album="x") for number in range(10)]
    await asyncio.gather(*(inbox.receive(part) for part in [*parts, *parts]))
    entries = await any_store.entries(ID, 0)
    assert [entry.kind for entry in entries] == ["message"] + ["edit"] * 9
    assert sorted(_names(entries[-1])) == [f"p{number}" for number in range(10)]
    for shorter, longer in pairwise(entries):
        assert _names(longer)[:-1] == _names(shorter)


async def test_what_one_message_cannot_hold_is_a_message_of_its_own(inbox: Inbox, any_store: Store) -> None:
    for number in range(21):
        await inbox.receive(said(str(number), "", f"p{number}", album="x"))
    kinds = [kind for _, kind, _, _ in await shown(any_store)]
    assert kinds == ["message"] + ["edit"] * 19 + ["message"]


def read(entries: Sequence[Entry], after: int) -> list[str]:
    return [entry.content.text for entry in newest_versions(entry for entry in entries if entry.seq > after)]


async def test_a_turn_reads_the_newest_version_of_what_it_has_not_read(inbox: Inbox, any_store: Store) -> None:
    await inbox.receive(said("1", "one"))
    await inbox.receive(said("2", "two"))
    await inbox.receive(said("1:e1", "ONE", edits="1"))
    entries = await any_store.entries(ID, 0)
    assert read(entries, 0) == ["ONE", "two"]
    assert read(entries, 2) == ["ONE"]


async def test_a_late_picture_of_a_read_album_is_no_new_message_but_its_caption_is(
    inbox: Inbox, any_store: Store
) -> None:
    await inbox.receive(said("1", "", "a", album="x"))
    await inbox.receive(said("2", "", "b", album="x"))
    await inbox.receive(said("3", "broken", "c", album="x"))
    entries = await any_store.entries(ID, 0)
    assert read(entries[:2], 1) == []
    assert read(entries, 1) == ["broken"]


async def test_an_event_is_for_agents_and_asks_nothing_of_the_bot(inbox: Inbox, any_store: Store) -> None:
    await inbox.note(CHANNEL, "7", "blocked", "e1", name="Wen")
    await inbox.note(CHANNEL, "7", "blocked", "e1")
    (entry,) = await any_store.entries(ID, 0)
    assert (entry.audience, entry.kind, entry.data) == (Audience.AGENTS, "event", {"event": "blocked"})
    conversation = await any_store.conversation(ID)
    assert (conversation.reachable, conversation.name, conversation.tail) == (False, "Wen", 0)
    claimed = await any_store.claim(2**52, limit=9, lease=1)
    assert [member for member, _ in claimed["items"]] == [f"archive:{ID}"]


@pytest.mark.parametrize("event", ["unblocked", "followed"])
async def test_a_shopper_who_comes_back_is_reachable_again(inbox: Inbox, any_store: Store, event: str) -> None:
    await inbox.note(CHANNEL, "7", "unfollowed", "e1")
    await inbox.note(CHANNEL, "7", "scanned", "e2")
    assert not (await any_store.conversation(ID)).reachable
    await inbox.note(CHANNEL, "7", event, "e3")
    assert (await any_store.conversation(ID)).reachable


async def test_whoever_writes_is_reachable(inbox: Inbox, any_store: Store) -> None:
    await inbox.note(CHANNEL, "7", "blocked", "e1")
    await inbox.receive(said("1", "hello again"))
    assert (await any_store.conversation(ID)).reachable
