"""What the router asks of a dialogue: a turn in, a draft out. A dialogue keeps nothing between turns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import JsonValue

from bot.messages import Content, Conversation, Entry


class Reason(StrEnum):
    """Why a conversation goes to a human."""

    ASKED = "asked"
    NOT_UNDERSTOOD = "not_understood"
    COMPLAINT = "complaint"
    BUSINESS = "business"
    FAILURE = "failure"


@dataclass(frozen=True)
class Turn:
    """What the shopper said since our last reply (at least one message), and the conversation as it stands."""

    conversation: Conversation
    messages: tuple[Entry, ...]
    now: datetime


@dataclass(frozen=True)
class Handoff:
    """The bot's wish to pass the conversation on; `question` is what is still open, in the shopper's words.

    `intent`: the task at hand.
    """

    reason: Reason
    question: str
    intent: str | None = None


@dataclass(frozen=True)
class Note:
    """What the ledger is told once a draft is said; `data` never has what was written."""

    kind: str
    data: dict[str, JsonValue]


@dataclass(frozen=True)
class Draft:
    """A reply not yet said: it becomes real only when the commit script accepts it.

    `done`: a task came to its end; `heard`: the intents that were understood; `acted`: the shop was asked for something
    that a draft made again, with other words in it, could deny.
    """

    say: tuple[Content, ...]
    slots: dict[str, JsonValue]
    handoff: Handoff | None = None
    done: bool = False
    heard: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    acted: bool = False


class Dialogue(Protocol):
    async def reply(self, turn: Turn) -> Draft:
        """Answer a turn. Never raises for what was written; a failing dependency becomes a handoff (`FAILURE`)."""
        ...

    async def attend(self, turn: Turn) -> Draft:
        """As `reply`, to somebody who waits for a human: only sure answers, often nothing, and never a handoff."""
        ...
