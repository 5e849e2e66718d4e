"""What the dialogue remembers between turns; it lives with the conversation, so the dialogue itself keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from bot.dialogue.port import Reason
from bot.messages import Language
from bot.understanding.mood import Feeling, Mood

Asked = Literal["order_number", "tail", "product", "reason", "confirm", "human", "intent"]
WAITING: frozenset[Asked] = frozenset({"order_number", "tail", "product", "reason", "confirm"})
"""Questions of a flow: until one is answered, the flow is not at its end."""

WRONG_PROOFS = 3
"""So many wrong pairs of order number and phone digits, and a human takes over."""


class Slots(BaseModel):
    """`todo` are the tasks not yet finished, the first being worked on.

    `mood` is the shopper's, which cools a step with every calm turn; `mood_words` are the words that last showed it.
    `question` is what the shopper wants, in their words; `offer` is why a human was offered; `page` is the product
    the shopper was last seen looking at; `tail` is a phone's last four digits, not yet checked.
    """

    model_config = ConfigDict(extra="ignore")

    language: Language | None = None
    todo: tuple[str, ...] = ()
    asked: Asked | None = None
    last: str | None = None
    question: str = ""
    offer: Reason | None = None
    candidates: tuple[str, ...] = ()
    misunderstood: int = 0
    mood: Mood = Mood.CALM
    mood_words: tuple[str, ...] = ()

    product: str | None = None
    page: str | None = None
    order_number: str | None = None
    tail: str | None = None
    proved: tuple[str, ...] = ()
    wrong_proofs: int = 0

    refund_only: bool = False
    reason: str | None = None
    confirmed: bool = False

    @classmethod
    def read(cls, raw: Mapping[str, JsonValue]) -> Self:
        """The slots of a conversation; those of an older, incompatible version count as none."""
        try:
            return cls.model_validate(raw)
        except ValidationError:
            return cls()

    def write(self) -> dict[str, JsonValue]:
        return self.model_dump(mode="json", exclude_defaults=True)

    def forget_request(self) -> None:
        """A request belongs to one order and one wish: another one starts from nothing."""
        self.refund_only, self.reason, self.confirmed = False, None, False

    def feel(self, feeling: Feeling) -> None:
        """Note the mood of a turn; anger is not forgotten over one calm message."""
        moods = list(Mood)
        cooled = moods[max(0, moods.index(self.mood) - 1)]
        self.mood = max(cooled, feeling.mood, key=moods.index)
        if feeling.words or self.mood is Mood.CALM:
            self.mood_words = tuple(word.text for word in feeling.words)

    def close_topic(self) -> None:
        """Nothing is open any more: what was told about order and product stays, for whoever goes on."""
        self.forget_request()
        self.todo, self.asked, self.offer, self.candidates, self.misunderstood = (), None, None, (), 0
