"""The intake speaks to a shopper who waits: place in line, what if nobody is here, and the way back to the bot."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue

from bot.dialogue.port import Draft, Turn
from bot.messages import Button, Content, Conversation, Language
from bot.store.store import Store
from handoff.broker import Words
from handoff.ownership import Command
from handoff.presence import Presence

LEAVE = "queue:leave"
WAIT = "queue:wait"
MESSAGE = "queue:message"


@dataclass(frozen=True)
class Answer:
    say: tuple[Content, ...]
    slots: dict[str, JsonValue]
    command: Command | None = None


class Intake:
    """Slots of its own live under `intake`: `message` once the shopper was told that what is written is kept."""

    def __init__(self, store: Store, presence: Presence, words: Words) -> None:
        self._store = store
        self._presence = presence
        self._words = words

    async def announce(self, conversation: Conversation, draft: Draft) -> tuple[Content, ...]:
        """What the shopper reads when the queue takes over: place in line, or that nobody is here."""
        ahead = int(await self._store.redis.zcard(self._store.keys.queue))
        return (await self.waiting(conversation.language, ahead + 1),)

    async def answer(self, turn: Turn) -> Answer:
        """Answer what was said while waiting: a pressed button, or, once, that the words are kept."""
        conversation, slots = turn.conversation, dict(turn.conversation.slots)
        choices = [message.content.choice for message in turn.messages if message.content.choice]
        last = choices[-1] if choices else None
        if last == LEAVE:
            return Answer((self._text(conversation.language, "queue.left"),), slots, Command.LEAVE)
        if last == MESSAGE:
            return Answer((self._text(conversation.language, "queue.message"),), {**slots, "intake": "message"})
        if last in (WAIT, "human"):
            place = await self._store.place(conversation.id) or 1
            return Answer((await self.waiting(conversation.language, place),), slots)
        if slots.get("intake") == "kept":
            return Answer((), slots)
        key = "queue.kept" if slots.get("intake") == "message" else "queue.noted"
        return Answer((self._text(conversation.language, key),), {**slots, "intake": "kept"})

    async def waiting(self, language: Language, place: int) -> Content:
        """What a shopper reads who waits at `place`, counted from 1."""
        if not await self._presence.online():
            return self._text(language, "queue.nobody", buttons=(MESSAGE, WAIT, LEAVE))
        return self._text(language, "queue.waiting", buttons=(LEAVE,), place=str(place))

    def _text(self, language: Language, key: str, buttons: tuple[str, ...] = (), **fields: str) -> Content:
        labels = [(choice.replace("queue:", "queue.button."), choice) for choice in buttons]
        return Content(
            text=self._words.say(language, key, **fields),
            buttons=tuple(Button(label=self._words.say(language, label), choice=choice) for label, choice in labels),
        )
