"""The words that travel: what a shopper, the bot, an agent or the system says, and the conversation it is said in."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

MAX_TEXT = 4_000
"""Characters of one message; longer ones are refused at the door."""

ACCOUNT = "user:"
"""What an identity begins with that the shop itself has vouched for; its id of the customer follows."""
VOUCHED = "web"
"""The only channel where the shop vouches: on others an identity may look like anything."""

Language = Literal["zh-Hans", "zh-Hant", "en"]
LANGUAGES: tuple[Language, ...] = ("zh-Hans", "zh-Hant", "en")


_UNSPEAKABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


def clean_text(value: object) -> object:
    """Make text storable: lone surrogates become U+FFFD, control characters but tab and newline go."""
    if not isinstance(value, str):
        return value
    whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _UNSPEAKABLE.sub("", whole.replace("\r\n", "\n"))


Text = Annotated[str, BeforeValidator(clean_text)]


class Model(BaseModel):
    """A value that crosses a boundary: immutable, and strict about what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Author(StrEnum):
    SHOPPER = "shopper"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class Audience(StrEnum):
    """Who may read a log entry. `ALL` is the shopper and the agents."""

    ALL = "all"
    AGENTS = "agents"


class State(StrEnum):
    """Who owns a conversation: the bot (`BOT`, `CLOSED`), the queue (`QUEUED`, `OFFERED`) or an agent (`ASSIGNED`)."""

    BOT = "bot"
    QUEUED = "queued"
    OFFERED = "offered"
    """One agent is asked to take it, and has until `offered_until` to say so; it keeps its place in line."""
    ASSIGNED = "assigned"
    CLOSED = "closed"

    @property
    def waits(self) -> bool:
        """In the queue: no agent has it yet."""
        return self in (State.QUEUED, State.OFFERED)

    @property
    def with_humans(self) -> bool:
        """An episode is under way."""
        return self.waits or self is State.ASSIGNED


class Button(Model):
    """A quick reply. Pressing it says `label` and carries `choice`, which only the dialogue reads."""

    label: str = Field(min_length=1, max_length=80)
    choice: str = Field(min_length=1, max_length=200)


class Card(Model):
    """A product, an order or a page of help shown as a card; `ref` is the shop's id of it, or the entry's name."""

    kind: Literal["product", "order", "page"]
    ref: str = Field(max_length=64)
    title: str = Field(max_length=200)
    lines: tuple[str, ...] = ()
    image: str | None = Field(default=None, max_length=500)
    url: str | None = Field(default=None, max_length=500)


class Attachment(Model):
    """A picture, sound, film or file. `media` is its id among our media; its bytes may still be on their way.

    `type` is its MIME type, `size` in bytes; `source` is the channel's own name of it, which no browser is told.
    """

    kind: Literal["image", "voice", "video", "file"]
    media: str = Field(pattern=r"^[a-z2-7]{16}$")
    type: str | None = Field(default=None, max_length=100)
    name: Text | None = Field(default=None, max_length=200)
    size: int | None = Field(default=None, ge=0)
    seconds: int | None = Field(default=None, ge=0)
    source: str | None = Field(default=None, max_length=500)


SIGNS = {"image": "🖼️", "voice": "🎤", "video": "🎬", "file": "📎", "location": "📍"}
"""What stands for things that cannot be shown: the same in every language."""


class Location(Model):
    """A place on the map, in degrees."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    label: Text | None = Field(default=None, max_length=200)


class Content(Model):
    """What is said: text, and the rich parts a channel may or may not be able to show. `quote`: what it replies to."""

    text: Text = Field(default="", max_length=MAX_TEXT)
    choice: Text | None = Field(default=None, max_length=200)
    buttons: tuple[Button, ...] = ()
    card: Card | None = None
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=20)
    location: Location | None = None
    quote: Text | None = Field(default=None, max_length=200)


class Grant(Model):
    """What a channel lets us send for something a shopper did: so many messages, within `ms`."""

    messages: int = Field(ge=0)
    ms: int = Field(ge=0)


class Inbound(Model):
    """One message from a shopper, as a channel adapter translates it.

    `external_id` is the channel's own id of it; `edits`: the `external_id` of the message it is a new version of;
    `album`: what pictures sent as one message have in common; `shows_typing`: we hear when the shopper types on;
    `grant`: what the channel lets us send for it, where it counts.
    """

    channel: str
    identity: str = Field(min_length=1, max_length=128)
    external_id: str = Field(min_length=1, max_length=128)
    content: Content
    name: Text | None = Field(default=None, max_length=64)
    language: Language | None = None
    edits: str | None = Field(default=None, max_length=128)
    album: str | None = Field(default=None, max_length=128)
    shows_typing: bool = False
    grant: Grant | None = None


class Entry(Model):
    """One immutable line of a conversation's log.

    `seq` counts from 1 without gaps; `prev` is the `seq` of the line before it that the same audience sees (0: none);
    `at` is in milliseconds since the epoch; `epoch` is the ownership it was said under; `channel` is where it came
    from or goes to.
    """

    seq: int
    prev: int
    at: int
    epoch: int
    channel: str = ""
    author: Author
    audience: Audience
    kind: Literal["message", "edit", "note", "event", "delivery"] = "message"
    who: str | None = None
    content: Content
    data: dict[str, JsonValue] = {}
    external_id: str | None = None

    def shown(self) -> dict[str, JsonValue]:
        """The entry as browsers read it (docs/protocol.md): empty members of its content are left out."""
        entry = self.model_dump(mode="json", exclude={"content"})
        content = self.content.model_dump(
            mode="json", exclude_defaults=True, exclude={"attachments": {"__all__": {"source"}}}
        )
        return {**entry, "content": content}


class Conversation(Model):
    """The live state of one shopper's thread on one channel. Times are milliseconds since the epoch.

    `cursor`: the last `seq` the bot has read; `sent`: the last one the courier dealt with; `archived`: the last one
    only the archive has; `fetched`: the last one whose media are dealt with; `tail`: the last one the shopper sees;
    `request`: the last one of a human chat's beginning. `reachable`: the identity has not blocked us, as far as known.
    `left`: messages the channel still lets us send until `left_until`, where it counts. `passive`: the
    request of the channel's that waits for what is unsent until `passive_until`; one answers with it until
    `given_until`; `doubt`: the last `seq` given to one.
    `promised`: the episode in which the shopper was told that answers come with what is written next; `noticed`: the
    `shopper_seq` at which he was told otherwise of an answer that could not be sent.
    `agent`: who holds it, or is asked to until `offered_until`; `place`: its place in line, in ms; `passed`: the agents
    of this episode who had it or were asked, with blanks between; `last_agent`: who held it last; `lost`: the agent it
    was taken from for silence. `answered_at`: the last human word; `overdue_at`, `reminded_at`, `closing_at`: when it
    was last told that an answer is overdue, the agent reminded, the shopper told that the chat is about to end; `told`:
    the episode in which the shopper was told that it takes long; `compensated`: the one a long wait was made up for.
    `topic`: what it is about, by which it is given to agents; `vip`: of a member who comes sooner; `closed_at`: when an
    agent ended it, until the shopper goes on. `user`: the shop's account it is proven to be, as an identity.
    `snoozed_until`: its agent has put it aside till then; `woken_at`: when that was over.
    `taken`: the last episode that an agent had; `ended`: when a chat with an agent, or a task of the bot's, was last
    done. What the shopper was last asked, and has answered: `asked_human` and `rated_human` are episodes, the others
    when it was asked; `low`: a low rating that nobody was told of yet (`handoff.ratings.Low`).
    `joined`: the thread that this identity's messages go to, where it is another one's; its page shows what follows
    `joined_after` of it. `members`: the conversations joined to this thread, whose `channel` and `identity` are those
    of the last message then, and `own_channel` and `own_identity` its own.
    """

    id: str
    channel: str
    identity: str
    name: str | None = None
    language: Language = "zh-Hans"
    state: State = State.BOT
    epoch: int = 0
    agent: str | None = None
    agent_name: str | None = None
    attempt: str | None = None
    episode: int = 0
    request: int = 0
    reason: str | None = None
    topic: str | None = None
    vip: bool = False
    place: int = 0
    passed: str = ""
    last_agent: str | None = None
    lost: str | None = None
    offered_until: int = 0
    answered_at: int = 0
    overdue_at: int = 0
    reminded_at: int = 0
    closing_at: int = 0
    told: int = 0
    compensated: int = 0
    closed_at: int = 0
    user: str | None = None
    since: int = 0
    at: int = 0
    seq: int = 0
    shopper_seq: int = 0
    cursor: int = 0
    sent: int = 0
    tail: int = 0
    waiting: int | None = None
    archived: int = 0
    fetched: int = 0
    reachable: bool = True
    left: int | None = None
    left_until: int = 0
    passive: str | None = None
    passive_until: int = 0
    given_until: int = 0
    doubt: int = 0
    promised: int | None = None
    noticed: int | None = None
    joined: str | None = None
    joined_after: int = 0
    members: str = ""
    own_channel: str | None = None
    own_identity: str | None = None
    snoozed_until: int = 0
    woken_at: int = 0
    taken: int = 0
    ended: int = 0
    asked_human: int = 0
    rated_human: int = 0
    asked_bot: int = 0
    rated_bot: int = 0
    asked_nps: int = 0
    rated_nps: int = 0
    low: str = ""
    slots: dict[str, JsonValue] = {}

    @property
    def skill(self) -> str | None:
        """What an agent has to be able to do for it."""
        return self.topic or self.reason

    @property
    def customer(self) -> str | None:
        """The shop's id of the customer, where it is proven who it is."""
        own, last = (self.own_channel, self.own_identity), (self.channel, self.identity)
        known = (self.user, *(identity for channel, identity in (own, last) if channel == VOUCHED))
        return next((one.removeprefix(ACCOUNT) for one in known if one and one.startswith(ACCOUNT)), None)

    @property
    def joined_by(self) -> tuple[str, ...]:
        """The conversations of the identities that are joined to this thread."""
        return tuple(self.members.split())
