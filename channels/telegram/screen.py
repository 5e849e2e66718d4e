"""What a shopper has on screen as far as it matters later: the newest question, whose buttons still count."""

from __future__ import annotations

from pydantic import BaseModel

from bot.messages import Content
from bot.store.store import Store
from channels.telegram.reader import CHANNEL

KEPT = 30 * 24 * 3600
"""Seconds; buttons older than that are no longer told apart."""


class Question(BaseModel):
    """A message of ours with buttons, by Telegram's id of it, as it reads now."""

    message: int
    content: Content


class Screen:
    """Losing it costs little: an old button counts once more, a place in line is not kept fresh."""

    def __init__(self, store: Store) -> None:
        self._redis = store.redis
        self._key = store.keys.question

    async def show(self, chat: int, message: int, content: Content) -> None:
        """The shopper reads a new question, or the newest one in new words."""
        question = Question(message=message, content=Content(text=content.text, buttons=content.buttons))
        await self._redis.set(self._key(CHANNEL, str(chat)), question.model_dump_json(), ex=KEPT)

    async def question(self, chat: int) -> Question | None:
        found = await self._redis.get(self._key(CHANNEL, str(chat)))
        return Question.model_validate_json(found) if found else None
