"""One history over all of a thread's channels: its own log and those of the joined conversations, in time order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from bot.log import END, ConversationLog
from bot.messages import Audience, Conversation, Entry

STEP = 2.0**-32
"""Between two entries of other logs that stand between the same two of the thread's own."""


@dataclass(frozen=True)
class Page:
    """Entries as browsers read them, oldest first; `before` asks for what is older, None when there is nothing."""

    entries: list[dict[str, JsonValue]]
    before: str | None


def read_cursor(id: str, text: str) -> dict[str, int]:
    """`57` is the thread's own log before that `seq`; `57,<conversation>:12` another one's with it."""
    own, *others = text.split(",")
    return {id: int(own), **{name: int(seq) for name, seq in (other.split(":") for other in others)}}


async def read_page(log: ConversationLog, thread: Conversation, before: str | None, limit: int) -> Page:
    """The newest `limit` entries before a cursor; None is the end. Other logs than the cursor names are left out."""
    everything = dict.fromkeys((thread.id, *thread.joined_by), END)
    cursor = everything if before is None else read_cursor(thread.id, before)
    known = {id: seq for id, seq in cursor.items() if id in everything}
    logs = {id: await log.before(id, seq, limit + 1, Audience.AGENTS) for id, seq in known.items()}
    above = min(cursor[thread.id], thread.seq + 1)
    shown: list[dict[str, JsonValue]] = []
    while len(shown) < limit and (id := _newest(logs, thread.id)):
        place = above - 1 + STEP * sum(log[-1].seq for other, log in logs.items() if other != thread.id and log)
        entry = logs[id].pop()
        known[id] = entry.seq
        if id == thread.id:
            above = entry.seq
        shown.append(entry.shown() if id == thread.id else {**entry.shown(), "log": id, "own": entry.seq, "seq": place})
    return Page(shown[::-1], _cursor(known, thread.id) if any(logs.values()) else None)


def _newest(logs: Mapping[str, list[Entry]], own: str) -> str | None:
    """The log whose last entry is the newest; of two at once the thread's own."""
    found = [(log[-1].at, id == own, id) for id, log in logs.items() if log]
    return max(found)[2] if found else None


def _cursor(known: Mapping[str, int], own: str) -> str:
    return ",".join([str(known[own]), *(f"{id}:{seq}" for id, seq in known.items() if id != own)])
