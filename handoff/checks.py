"""Spot checks: a random sample of the human chats that ended, which leads read and score."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from bot.messages import Model, Text

PARTS = 10_000
LOWEST, HIGHEST = 1, 5
LONGEST_COMMENT = 2_000

Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Name = Annotated[Text, Field(min_length=1, max_length=40)]
Score = Annotated[int, Field(ge=LOWEST, le=HIGHEST)]
Scores = Annotated[dict[Word, Score], Field(max_length=20)]
scores_adapter: TypeAdapter[dict[str, int]] = TypeAdapter(Scores)


class Criterion(Model):
    """What a chat is scored by, 1 to 5."""

    key: Word
    zh: Name
    en: Name


CRITERIA = (
    Criterion(key="correct", zh="答得准", en="Correct"),
    Criterion(key="polite", zh="有礼貌", en="Polite"),
    Criterion(key="quick", zh="回得快", en="Quick"),
    Criterion(key="solved", zh="解决了", en="Solved"),
)


class CheckRules(Model):
    """`share`: per cent of the human chats that ended; `days`: for so long they are on the list."""

    share: int = Field(5, ge=0, le=100)
    days: int = Field(14, ge=1, le=90)
    criteria: tuple[Criterion, ...] = Field(CRITERIA, min_length=1, max_length=20)

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        keys = [one.key for one in self.criteria]
        if len(set(keys)) < len(keys):
            raise ValueError("two criteria have the same key")
        return self


class Chat(Model):
    """A human chat that ended, and whose it was. `ended`: ms since the epoch."""

    conversation: str
    episode: int
    agent: str
    agent_name: str = ""
    ended: int


class Check(Chat):
    """A chat of the sample; the rest is empty until somebody has scored it."""

    scores: dict[str, int] = Field({})
    comment: str = ""
    by: str | None = None
    by_name: str | None = None
    at: int | None = None

    @property
    def mean(self) -> float | None:
        return sum(self.scores.values()) / len(self.scores) if self.scores else None

    def shown(self) -> dict[str, Any]:
        return {**self.model_dump(mode="json"), "mean": self.mean}


def is_chosen(chat: Chat, share: int) -> bool:
    """Whether a chat is in the sample of `share` per cent.

    Its id and number decide, so that nobody picks, and a larger share contains every smaller one. Which agent had it
    makes no difference: of each agent's chats about that share is chosen.
    """
    digest = hashlib.blake2b(f"{chat.conversation}:{chat.episode}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % PARTS < share * PARTS // 100
