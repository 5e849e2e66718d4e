"""The brief an agent reads first: a deterministic summary of why the conversation is here and what was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, JsonValue

from bot.messages import Author, Entry, Model

LAST_WORDS = 3
MARKED = ("reason", "question", "order", "product", "mood", "mood_words", "topic", "level", "vip", "why")
"""What the entry that marks a request carries of the brief."""
TOLD = ("order", "product")
"""What an entry carries of it that marks facts told while waiting."""


class Why(Model):
    """The rule that asked for a human: what it waits for, its own name, its place in the list, and what it saw."""

    when: str
    name: str = ""
    number: int
    facts: dict[str, JsonValue] = Field(default_factory=dict)


class Brief(Model):
    """`said`: the bot's last words before the handoff, oldest first; `asked_at`: ms since the epoch.

    `mood`: `annoyed` or `angry`, with the words that showed it. `topic`: what it is about; `level` of membership, which
    is a `vip`'s; `why`: the rule that asked for a human.
    """

    reason: str | None = None
    question: str | None = None
    order: str | None = None
    product: str | None = None
    mood: str | None = None
    mood_words: tuple[str, ...] = ()
    topic: str | None = None
    level: int = 0
    vip: bool = False
    why: Why | None = None
    said: tuple[str, ...] = ()
    asked_at: int | None = None


def request_data(reason: str, question: str, slots: Mapping[str, JsonValue], **more: JsonValue) -> dict[str, JsonValue]:
    """What the entry that marks a request carries, for the brief; `more` of what `Brief` knows."""
    return {
        "event": "requested",
        "reason": reason,
        "question": question,
        "order": slots.get("order_number"),
        "product": slots.get("product"),
        "mood": slots.get("mood"),
        "mood_words": slots.get("mood_words"),
        **more,
    }


def make_brief(entries: Sequence[Entry]) -> Brief:
    """The brief of the newest request in `entries` (oldest first); an empty one if there was none."""
    for index in range(len(entries) - 1, -1, -1):
        data = entries[index].data
        if data.get("event") == "requested":
            known = {name: value for name in MARKED if (value := data.get(name))}
            return Brief(
                **{**known, **_told_since(entries[index + 1 :])},
                said=_last_words(entries[:index]),
                asked_at=entries[index].at,
            )
    return Brief()


def _told_since(entries: Sequence[Entry]) -> dict[str, Any]:
    """What the shopper has told while waiting; the newest counts."""
    told: dict[str, Any] = {}
    for entry in entries:
        if entry.data.get("event") == "told":
            told |= {name: value for name in TOLD if (value := entry.data.get(name))}
    return told


def _last_words(entries: Sequence[Entry]) -> tuple[str, ...]:
    said = [entry.content.text for entry in entries if entry.author is Author.BOT and entry.kind == "message"]
    return tuple(said[-LAST_WORDS:])
