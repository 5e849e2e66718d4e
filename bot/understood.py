"""Notes what the bot understood of a turn on the first thing it answers, for agents to see and to correct."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from bot.dialogue.port import Turn
from bot.messages import Audience, Author
from handoff.broker import event_entry

FACTS = ("order_number", "product", "reason")
"""Slots that agents see and may correct."""


def note_understood(
    entries: Sequence[dict[str, JsonValue]],
    turn: Turn,
    heard: Sequence[str],
    slots: Mapping[str, JsonValue] | None,
) -> list[dict[str, JsonValue]]:
    """The entries of a reply with `understood` in the first one's data: `of` which message, `intents`, new `slots`.

    Where the bot keeps silent and yet understood something, an event says so. What was pressed needs no understanding.
    """
    written = [message for message in turn.messages if message.content.choice is None and message.content.text.strip()]
    if not written or slots is None:
        return list(entries)
    facts = {name: slots[name] for name in FACTS if slots.get(name) not in (None, turn.conversation.slots.get(name))}
    understood: dict[str, JsonValue] = {"of": written[-1].seq, "intents": list(heard), "slots": facts}
    for place, entry in enumerate(entries):
        if entry["author"] == Author.BOT and entry["kind"] == "message":
            data = json.dumps({**json.loads(str(entry["data"])), "understood": understood}, ensure_ascii=False)
            return [*entries[:place], {**entry, "data": data}, *entries[place + 1 :]]
    if not heard and not facts:
        return list(entries)
    return [*entries, event_entry("", "understood", Audience.AGENTS, understood=understood)]
