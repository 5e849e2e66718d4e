"""The brief says why the conversation is here, what is open, and what the bot said before."""

from __future__ import annotations

from pydantic import JsonValue

from bot.messages import Audience, Author, Content, Entry
from handoff.brief import Brief, make_brief, request_data


def entry(seq: int, author: Author, text: str = "", data: dict[str, JsonValue] | None = None) -> Entry:
    kind = "event" if data else "message"
    return Entry(
        seq=seq,
        prev=seq - 1,
        at=seq,
        epoch=0,
        author=author,
        audience=Audience.ALL,
        kind=kind,
        content=Content(text=text),
        data=data or {},
    )


SLOTS: dict[str, JsonValue] = {"order_number": "JL1", "product": "mug", "mood": "angry", "mood_words": ["骗子"]}
REQUEST = entry(6, Author.SYSTEM, data=request_data("complaint", "杯子碎了", SLOTS))


def test_the_brief_tells_what_the_request_knew_and_the_bots_last_words() -> None:
    said = [entry(seq, Author.BOT, f"answer {seq}") for seq in range(1, 6)]
    assert make_brief([*said, REQUEST, entry(7, Author.BOT, "you are in line")]) == Brief(
        reason="complaint",
        question="杯子碎了",
        order="JL1",
        product="mug",
        mood="angry",
        mood_words=("骗子",),
        said=("answer 3", "answer 4", "answer 5"),
        asked_at=6,
    )


def test_of_two_requests_the_newest_counts() -> None:
    older = entry(2, Author.SYSTEM, data=request_data("asked", "old", {}))
    assert make_brief([older, REQUEST]).question == "杯子碎了"


def test_a_conversation_nobody_asked_to_hand_over_has_an_empty_brief() -> None:
    assert make_brief([entry(1, Author.BOT, "hello")]) == Brief()


def test_what_is_told_while_waiting_is_in_the_brief() -> None:
    told = entry(8, Author.SYSTEM, data={"event": "told", "order": "JL2", "product": None})
    brief = make_brief([REQUEST, told])
    assert (brief.order, brief.product, brief.question) == ("JL2", "mug", "杯子碎了")
    assert make_brief([told, REQUEST]).order == "JL1"
