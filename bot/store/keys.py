"""Every key in the store, with its type, unit, lifetime and reason: nothing else builds a key.

All keys of a desk share its hash tag, so that one script may touch them on a cluster.

| key | type | what, and why |
|---|---|---|
| conversation:<id> | hash | a conversation's live state (`bot.messages.Conversation`); kept after archiving |
| log:<id> | stream | its log; entry id `<seq>-0`; trimmed after archiving |
| due | sorted set | `<kind>:<id>` -> deadline in ms: the only work list (turns, sends, fetches, archivings, timers) |
| leases | hash | `<kind>:<id>` -> fencing token of the worker that holds it; `token` counts them |
| queue | sorted set | conversation -> place: ms at which it asked for a human, less its head start; offered ones too |
| open | sorted set | conversation -> ms since it is with humans (in line or assigned): the workspace's snapshot |
| load:<agent> | set | the conversations an agent holds: capacity is its size, and an offer takes a place too |
| agents | hash | `away:<agent>`: why, `offer:`, `missed:` in a row, `given:` last (ms), `wraps:` sums up until (ms) |
| waits:<skill> | list | its latest waits, newest first: `[ms at its end, ms it took, place]`; 50, lives 2 h |
| presence | sorted set | agent -> ms of the last heartbeat of its workspace |
| feed | stream | changes of `open` rows for workspaces; trimmed to FEED_LENGTH |
| ledger | stream | every move and every act of a human, till it is in the record (`handoff.ledger`) |
| command:<id> | string | a script's result, for its repetition; lives COMMAND_TTL (messages: MESSAGE_TTL) |
| album:<id>:<album> | hash | `parts` of an album so far and the `seq` of its first; lives MESSAGE_TTL |
| question:<channel>:<identity> | string | the newest message with buttons on the shopper's screen (JSON); 30 days |
| line | string | who tells the places in line now: one process at a time; lives seconds |
| contact:<channel> | string | ms since when a channel's messages last could reach us, to tell of an outage |
| code:<hash> | string | who made a one-time code (JSON), by the code's SHA-256; lives CODE_TTL, or until it is used |
| rate:<what> | string | a counter for a rate limit; lives as long as its window |
| wechat:<app id> | hash | its access token, `until` (ms) it is valid, `forced` (ms); lives TOKEN_TTL |
| wechat:<app id>:lock | string | who renews that token now: all processes together ask WeChat once; lives seconds |
| mentions:<agent> | hash | conversation -> the note that names the agent there (JSON), until it is looked at |
| followers:<word> | set | conversations that hear of `order:<number>` or `product:<id>`; 30 days |
| muted | set | conversations that want to hear of nothing |
| news | sorted set | notices not said yet (JSON) -> ms from which on they may be; each is taken off once it is said |
| news:cursor | string | up to where the shop's changes are in `news` |
| news:round | string | who tells the news now: one process at a time; lives seconds |
| wire | pub/sub | every new log entry and typing sign, so that open sockets need not poll |
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from dataclasses import dataclass

COMMAND_TTL = 600_000
"""ms a script's result is kept: clients repeat a lost answer within seconds."""

MESSAGE_TTL = 172_800_000
"""ms an incoming message is known by its external id: Telegram repeats an update for up to 24 h; twice that."""

TOKEN_TTL = 86_400_000
"""ms a WeChat token is remembered: it is valid for two hours, but how often it was forced counts by the day."""

CODE_TTL = 600_000
"""ms a one-time code works: long enough to find the phone."""

WATCH_AFTER = 5_000
"""ms after a change of a human chat in which its timers are looked at: no timer is shorter."""

FEED_LENGTH = 10_000
"""Entries of the feed that are kept."""


@dataclass(frozen=True)
class Keys:
    """The keys of one desk."""

    desk: str

    def __call__(self, *parts: str) -> str:
        return ":".join((f"{{{self.desk}}}", *parts))

    def conversation(self, id: str) -> str:
        return self("conversation", id)

    def log(self, id: str) -> str:
        return self("log", id)

    def command(self, id: str) -> str:
        return self("command", id)

    def album(self, conversation: str, album: str) -> str:
        return self("album", conversation, album)

    def mentions(self, agent: str) -> str:
        return self("mentions", agent)

    def load(self, agent: str) -> str:
        return self("load", agent)

    def waits(self, skill: str) -> str:
        return self("waits", skill)

    def code(self, hash: str) -> str:
        return self("code", hash)

    def rate(self, what: str) -> str:
        return self("rate", what)

    def question(self, channel: str, identity: str) -> str:
        return self("question", channel, identity)

    def contact(self, channel: str) -> str:
        return self("contact", channel)

    def wechat_token(self, app_id: str) -> str:
        return self("wechat", app_id)

    def wechat_lock(self, app_id: str) -> str:
        return self("wechat", app_id, "lock")

    def followers(self, word: str) -> str:
        return self("followers", word)

    @property
    def muted(self) -> str:
        return self("muted")

    @property
    def news(self) -> str:
        return self("news")

    @property
    def news_cursor(self) -> str:
        return self("news", "cursor")

    @property
    def noticing(self) -> str:
        return self("news", "round")

    @property
    def due(self) -> str:
        return self("due")

    @property
    def leases(self) -> str:
        return self("leases")

    @property
    def queue(self) -> str:
        return self("queue")

    @property
    def line(self) -> str:
        return self("line")

    @property
    def open(self) -> str:
        return self("open")

    @property
    def agents(self) -> str:
        return self("agents")

    @property
    def presence(self) -> str:
        return self("presence")

    @property
    def feed(self) -> str:
        return self("feed")

    @property
    def ledger(self) -> str:
        return self("ledger")

    @property
    def wire(self) -> str:
        return self("wire")


def conversation_id(desk: str, channel: str, identity: str) -> str:
    """The conversation of an identity on a channel: the same for ever, and not the identity itself."""
    digest = hashlib.blake2b(f"{desk}\0{channel}\0{identity}".encode(), digest_size=10).digest()
    return b32encode(digest).decode().lower()
