"""What the dialogue remembers between turns; it lives with the conversation, so the dialogue itself keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue, ValidationError

from actions.requests import Request
from bot.dialogue.port import Reason
from bot.messages import Button, Language
from bot.understanding.mood import Feeling, Mood

Asked = Literal[
    "order_number",
    "tail",
    "code",
    "product",
    "reason",
    "wanted",
    "address",
    "photo",
    "way",
    "filed",
    "title",
    "tax_id",
    "measures",
    "fault",
    "confirm",
    "human",
    "intent",
    "next",
    "helped",
]
WAITING: frozenset[Asked] = frozenset(get_args(Asked)) - {"human", "intent", "next", "helped"}
"""Questions of a flow: until one is answered, the flow is not at its end."""

FOLLOWED = 20
"""Orders and products that a conversation hears of."""

TOLD_FOR_REQUEST = (
    *("order_number", "product", "refund_only", "reason", "described", "wanted", "receiver", "phone", "address"),
    *("no_photo", "way", "filed", "claimed", "day", "title", "tax_id", "email"),
)
"""What a flow that changes something may have been told."""


class Paused(BaseModel):
    """A flow left for another question, with what it was `told`; `offered`: it was asked whether to go on."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    task: str
    told: dict[str, JsonValue] = {}
    offered: bool = False


class Slots(BaseModel):
    """`todo` are the tasks not yet finished, the first being worked on.

    `mood` is the shopper's, which cools a step with every calm turn; `mood_words` are the words that last showed it.
    `question` is what the shopper wants, in their words; `offer` is why a human was offered; `page` is the product
    the shopper was last seen looking at; `told` is the entry of our knowledge last told;
    `tail` is a phone's last four digits, not yet checked.
    `at` is when the turn before was answered; `orders` are numbers told together, to choose from; `buttons` are the
    answers offered with the last question, where they depend on more than the question. Of `proved` orders the status
    may be told, of `owned` ones everything; `code_sent`: the order whose contact (`code_to`) was sent a code at
    `code_at`; `code`: one typed and not yet checked. `media` were sent in the conversation.
    `noticed`: the day each notice was last told on; `sorry`: we have apologised.
    `wish` is the request shown to be confirmed: a yes files it as it was shown. Before that, `described` is what is
    wrong, `wanted` what to have instead, `receiver`, `phone` and `address` where to, `way` which of the ways offered,
    `filed` the number of a request to take back, `claimed` the minor units demanded, `day` when it is needed; `title`,
    `tax_id` and `email` those of an invoice. `basket` are products and how many of each; `height` in cm, `weight` in kg
    and `foot` in mm are the shopper's. `followed`: what is told of when it changes, unless `muted`.
    `paused` is a flow left for another question.
    """

    model_config = ConfigDict(extra="ignore")

    language: Language | None = None
    todo: tuple[str, ...] = ()
    asked: Asked | None = None
    last: str | None = None
    question: str = ""
    offer: Reason | None = None
    candidates: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    misunderstood: int = 0
    at: AwareDatetime | None = None
    mood: Mood = Mood.CALM
    mood_words: tuple[str, ...] = ()
    noticed: dict[str, str] = {}
    sorry: bool = False

    product: str | None = None
    basket: tuple[tuple[str, int], ...] = ()
    height: int | None = None
    weight: int | None = None
    foot: int | None = None
    page: str | None = None
    told: str | None = None
    order_number: str | None = None
    tail: str | None = None
    orders: tuple[str, ...] = ()
    proved: tuple[str, ...] = ()
    owned: tuple[str, ...] = ()
    code: str | None = None
    code_sent: str | None = None
    code_to: str = ""
    code_at: AwareDatetime | None = None
    wrong_proofs: int = 0
    followed: tuple[str, ...] = ()
    muted: bool = False
    media: tuple[str, ...] = ()

    refund_only: bool = False
    reason: str | None = None
    described: str | None = None
    wanted: str | None = None
    receiver: str | None = None
    phone: str | None = None
    address: str | None = None
    no_photo: bool = False
    way: str | None = None
    filed: str | None = None
    claimed: int | None = None
    day: str | None = None
    title: str | None = None
    tax_id: str | None = None
    email: str | None = None
    paused: Paused | None = None
    wish: Request | None = None
    confirmed: bool = False

    @classmethod
    def read(cls, raw: Mapping[str, JsonValue]) -> Self:
        """The slots of a conversation; those of an older, incompatible version count as none."""
        try:
            return cls.model_validate(raw)
        except ValidationError:
            return cls()

    def write(self) -> dict[str, JsonValue]:
        raw: dict[str, JsonValue] = self.model_dump(mode="json", exclude_defaults=True, exclude={"wish"})
        return raw | ({"wish": self.wish.model_dump(mode="json")} if self.wish else {})

    def follow(self, word: str) -> None:
        """Hear of what becomes of it: `order:<number>` or `product:<id>`."""
        if word not in self.followed:
            self.followed = (*self.followed, word)[-FOLLOWED:]

    def forget_request(self) -> None:
        """A request belongs to one order and one wish: another one starts from nothing."""
        self.refund_only, self.reason, self.wanted, self.claimed = False, None, None, None
        self.day, self.title, self.tax_id, self.email = None, None, None, None
        self.receiver, self.phone, self.address = None, None, None
        self.no_photo, self.way, self.filed, self.described = False, None, None, None
        self.wish, self.confirmed = None, False

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
        self.buttons, self.paused = (), None
