"""What the bot understood stands in the log for agents, and no shopper reads it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.dialogue.port import Turn
from bot.messages import Audience, Author, Content, Conversation, Entry
from bot.store.store import new_entry
from bot.understood import note_understood
from channels.web.media import MediaPaths

ORDER = "D20261118003"


def turn(*said: Content, **slots: Any) -> Turn:
    messages = tuple(
        Entry(
            seq=seq,
            prev=seq - 1,
            at=seq,
            epoch=0,
            author=Author.SHOPPER,
            audience=Audience.ALL,
            content=content,
            data={},
        )
        for seq, content in enumerate(said, 1)
    )
    return Turn(Conversation(id="c", channel="web", identity="v", slots=slots), messages, datetime.now(UTC))


def understood(entries: Sequence[dict[str, Any]]) -> list[Any]:
    return [json.loads(entry["data"]).get("understood") for entry in entries]


def test_the_first_answer_says_what_was_understood_of_the_last_message() -> None:
    entries = [new_entry(Author.BOT, Content(text="one")), new_entry(Author.BOT, Content(text="two"))]
    asked = turn(Content(text="hello"), Content(text=f"where is {ORDER}"), order_number="OLD", product="P001")
    noted = note_understood(entries, asked, ("track_order",), {"order_number": ORDER, "product": "P001"})
    assert understood(noted) == [{"of": 2, "intents": ["track_order"], "slots": {"order_number": ORDER}}, None]


def test_what_was_not_understood_is_noted_as_that() -> None:
    noted = note_understood([new_entry(Author.BOT, Content(text="?"))], turn(Content(text="blub")), (), {})
    assert understood(noted) == [{"of": 1, "intents": [], "slots": {}}]


def test_a_silent_bot_tells_agents_alone() -> None:
    event, *more = note_understood([], turn(Content(text=ORDER)), (), {"order_number": ORDER})
    assert (event["audience"], event["kind"], more) == ("agents", "event", [])
    assert understood([event]) == [{"of": 1, "intents": [], "slots": {"order_number": ORDER}}]
    assert note_understood([], turn(Content(text="blub")), (), {}) == []


def test_a_pressed_button_needs_no_understanding() -> None:
    entries = [new_entry(Author.BOT, Content(text="one"))]
    assert note_understood(entries, turn(Content(text="Track", choice="intent:track_order")), ("track_order",), {}) == (
        entries
    )


def test_no_shopper_reads_it() -> None:
    entry = turn(Content(text="one")).messages[0].model_copy(update={"data": {"understood": {"of": 1}, "of": 3}})
    assert MediaPaths(b"secret").shown(entry)["data"] == {"of": 3}
    assert entry.shown()["data"] == {"understood": {"of": 1}, "of": 3}
