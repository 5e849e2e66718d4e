"""Joins: one thread for a shopper's identities on several channels, made and ended only by proof.

A proof is a one-time code, made where the shopper is and typed (or scanned) where he goes on, or a sign-in by the
shop's own server. Nothing else joins: no order number, no phone, no name. Why it is built so: docs/adr/0008.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from pydantic import JsonValue

from bot.clock import Clock
from bot.inbox import NotTaken, Received
from bot.messages import Audience, Author, Content, Conversation, Inbound, Language, Model
from bot.store.keys import CODE_TTL, MESSAGE_TTL, conversation_id
from bot.store.store import Store, new_entry

ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""No I, L, O, U, 0 or 1, which are mistaken for others: 30 signs, so that eight are 39 bits."""
CODE = re.compile(rf"JL-?([{ALPHABET}]{{4}})-?([{ALPHABET}]{{4}})")
UNLINK = frozenset({"unlink", "/unlink", "解除关联", "解除關聯"})
"""Words that end a join, told to the shopper when it is made."""
CODES, TRIES, WINDOW = 10, 10, 600
"""Codes an identity may make, and wrong ones it may try, within so many seconds."""
PATIENCE = 8.0
"""Seconds a join or its end waits for what is just being answered or sent."""
PAUSE = 0.1


class Words(Protocol):
    def say(self, language: Language, key: str, **fields: str) -> str: ...


class Identity(Model):
    """Somebody on a channel, as that channel knows him."""

    channel: str
    identity: str


class TooMany(Exception):
    """So many codes were made that something is wrong."""


class TooManyTries(NotTaken):
    """So many codes were tried that no more are looked at, and none is kept."""


@dataclass(frozen=True)
class Side:
    """A thread to be joined: its conversation, and the own channel and identity of it."""

    conversation: Conversation
    own: Identity

    def as_read(self) -> dict[str, str]:
        read = self.conversation
        return {"id": read.id, "members": read.members, "agent": read.agent or "", **self.own.model_dump()}


@dataclass(frozen=True)
class Wish:
    """A message that asks for a join or its end: who sent it, his own conversation, the command it is known by.

    `passive`: for the script, the channel's open request, and what the channel lets us send.
    """

    identity: Identity
    home: str
    command: str
    said: dict[str, JsonValue]
    language: Language | None
    passive: Mapping[str, Any]


def read_code(text: str) -> str | None:
    """The code that `text` is, however it was typed: `JL-XXXX-XXXX`, or None."""
    plain = unicodedata.normalize("NFKC", text).upper()
    found = CODE.fullmatch(re.sub(r"\s|[‐-―]", lambda match: "-" if match[0].strip() else "", plain))
    return f"JL-{found[1]}-{found[2]}" if found else None


class Joins:
    """`couriered`: channels whose messages the courier sends; `archive_after`: ms of quiet before archiving."""

    def __init__(self, store: Store, clock: Clock, words: Words, couriered: frozenset[str], archive_after: int) -> None:
        self._store = store
        self._clock = clock
        self._words = words
        self._couriered = couriered
        self._archive_after = archive_after

    async def make_code(self, maker: Identity) -> str:
        """A code that joins whoever says it within ten minutes, once. Raises `TooMany`."""
        if await self._store.count(f"code:{self._home(maker)}", WINDOW) > CODES:
            raise TooMany
        signs = "".join(secrets.choice(ALPHABET) for _ in range(8))
        code = f"JL-{signs[:4]}-{signs[4:]}"
        await self._store.redis.set(self._key(code), maker.model_dump_json(), px=CODE_TTL)
        return code

    async def redeem(self, code: str, message: Inbound) -> bool:
        """Join who sent `message` with who made the code, as if the message's words were the code.

        For adapters whose channel brings codes along (Telegram's `/start <code>`, a scanned WeChat code). False, and
        nothing happened, for what is no code at all; else the message is dealt with, and the shopper told. Raises
        `TooManyTries`.
        """
        plain = read_code(code)
        if plain is None:
            return False
        said = message.model_copy(update={"content": Content(text=plain)})
        await self._take_code(plain, self._wish(said, None))
        return True

    async def hear(self, message: Inbound, waits: int | None = None) -> Received | None:
        """Carry out a message that is a code, or the wish to end a join; None for every other, which is the inbox's.

        `waits`: ms a request of the channel stays open for the answer. Raises `TooManyTries`.
        """
        if message.edits is not None or message.album is not None:
            return None
        result: dict[str, Any] | None
        if code := read_code(message.content.text):
            result = await self._take_code(code, self._wish(message, waits))
        elif message.content.text.strip().casefold() in UNLINK:
            result = await self._take_end(self._wish(message, waits))
        else:
            return None
        return Received(result["thread"], int(result["seq"])) if result else None

    async def sign_in(self, visitor: Identity, account: Identity) -> bool:
        """Join a visitor with the account that the shop's own server has signed him in as; False: try again.

        Nothing happens where the visitor has said nothing yet, or is proven to be another account.
        """
        if not await self._store.redis.exists(self._store.keys.conversation(self._home(visitor))):
            return True
        event = _event("signed_in", "", Audience.AGENTS)
        result = await self._join(account, visitor, secrets.token_hex(8), entries=[event])
        return result.get("refused") != "busy"

    async def unjoin(
        self, thread: str, command: str, *, agent: str = "", by: str | None = None, home: str = "", **more: Any
    ) -> dict[str, Any]:
        """Give each identity of a thread its own log again: what the script says, a refusal included.

        `agent` and `by`: who wants it, where it is an agent; else the identity `home`. What is just being answered or
        sent is waited for, for some seconds.
        """
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            conversation = await self._store.conversation(thread)
            result = await self._unjoin(
                conversation, command, agent, by, home=home, force=_is_over(deadline) or None, **more
            )
            if not ("busy" in result or "changed" in result):
                return result
            await asyncio.sleep(PAUSE if "busy" in result else 0)

    async def linked(self, conversation: Conversation) -> list[str]:
        """The channels of a thread's identities, its own first; nothing for a thread of one."""
        if not conversation.members:
            return []
        members = [await self._store.conversation(id) for id in conversation.joined_by]
        return [conversation.own_channel or conversation.channel, *(member.channel for member in members)]

    async def _unjoin(
        self, conversation: Conversation, command: str, agent: str, by: str | None, **how: Any
    ) -> dict[str, Any]:
        keys = self._store.keys
        told = self._words.say(conversation.language, "link.undone")
        return await self._store.run(
            "unjoin",
            conversation.id,
            command,
            agent=agent,
            agent_name=by,
            by_hand=True if agent else None,
            more_keys=[key(id) for id in conversation.joined_by for key in (keys.conversation, keys.log)],
            members=conversation.members,
            entries=[_event("unlinked", told, Audience.ALL, agent=by)],
            **how,
            **self._times(),
        )

    def _wish(self, message: Inbound, waits: int | None) -> Wish:
        identity = Identity(channel=message.channel, identity=message.identity)
        home = self._home(identity)
        until = self._clock.now() + (waits or 0)
        passive: dict[str, Any] = {"passive": message.external_id, "passive_until": until} if waits else {}
        if message.grant:
            passive["grant"] = message.grant.model_dump()
        return Wish(identity, home, f"{home}:{message.external_id}", _said(message), message.language, passive)

    async def _take_code(self, code: str, wish: Wish) -> dict[str, Any]:
        """Join by a code; a message that comes again has the answer it had."""
        if known := await self._store.result(wish.command):
            return known
        language = await self._language(wish)
        result = await self._try_code(code, wish, language)
        return await self._decline(result["refused"], wish, language) if "refused" in result else result

    async def _try_code(self, code: str, wish: Wish, language: Language) -> dict[str, Any]:
        tries = await self._store.count(f"redeem:{wish.home}", WINDOW)
        if tries > TRIES + 1:  # told once, in the log; a flood of codes must not fill it
            raise TooManyTries(self._words.say(language, "link.too_many"))
        if tries > TRIES:
            return {"refused": "too_many"}
        made: str | None = await self._store.redis.get(self._key(code))
        if made is None:
            return {"refused": "wrong"}
        maker = Identity.model_validate_json(made)
        place = self._words.say(language, f"link.channel.{maker.channel}")
        told = self._words.say(language, "link.done", channel=place)
        event = _event("linked", told, Audience.ALL, channels=[maker.channel, wish.identity.channel])
        how = {"ttl": MESSAGE_TTL, "code": made, "entries": [wish.said, event], "language": language, **wish.passive}
        return await self._join(wish.identity, maker, wish.command, self._key(code), **how)

    async def _decline(self, why: str, wish: Wish, language: Language) -> dict[str, Any]:
        """Tell the shopper why the code did not work, once."""
        keys = self._store.keys
        answer = _event(f"link_{why}", self._words.say(language, f"link.{why}"), Audience.ALL)
        result: dict[str, Any] = {"moved": wish.home}
        while "moved" in result:
            result = await self._store.run(
                "receive",
                result["moved"],
                wish.command,
                ttl=MESSAGE_TTL,
                more_keys=[keys.command(""), keys.album(wish.home, ""), keys.conversation(wish.home)],
                home=wish.home,
                event=True,
                language=language,
                entries=[wish.said, answer],
                **wish.identity.model_dump(),
                **wish.passive,
                **self._times(),
            )
        return result

    async def _take_end(self, wish: Wish) -> dict[str, Any] | None:
        """End the join of who says so; None where there is none, and the words are meant otherwise."""
        if known := await self._store.result(wish.command):
            return known
        own = await self._store.conversation(wish.home)
        if not (own.joined or own.members):
            return None
        thread = own.joined or wish.home
        more = {"home": wish.home, "words": [wish.said], "ttl": MESSAGE_TTL, **wish.passive}
        result = await self.unjoin(thread, wish.command, **more)
        return None if "refused" in result else result

    async def _join(
        self, mover: Identity, stayer: Identity, command: str, code_key: str = "", **how: Any
    ) -> dict[str, Any]:
        """Run the script until both threads are as it was told; answers go to `mover` from then on."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            one, other = await self._side(mover), await self._side(stayer)
            if one.conversation.id == other.conversation.id:
                return {"refused": "same"}
            result = await self._run_join(one, other, command, code_key, **mover.model_dump(), **how)
            if not ("busy" in result or "changed" in result):
                return result
            if _is_over(deadline):
                return {"refused": "busy"}
            await asyncio.sleep(PAUSE if "busy" in result else 0)

    async def _run_join(self, one: Side, other: Side, command: str, code_key: str, **how: Any) -> dict[str, Any]:
        keys, second = self._store.keys, other.conversation
        members = (*one.conversation.joined_by, *second.joined_by)
        return await self._store.run(
            "join",
            one.conversation.id,
            command,
            agent=one.conversation.agent or "",
            more_keys=[
                *(
                    keys.conversation(second.id),
                    keys.log(second.id),
                    keys.load(second.agent or ""),
                    code_key or keys.code(""),
                ),
                *(keys.conversation(id) for id in members),
            ],
            sides=[one.as_read(), other.as_read()],
            **how,
            **self._times(),
        )

    async def _side(self, identity: Identity) -> Side:
        home = self._home(identity)
        own = await self._store.conversation(home)
        if own.joined is None:
            return Side(own, identity)
        thread = await self._store.conversation(own.joined)
        return Side(thread, Identity(channel=thread.own_channel or "", identity=thread.own_identity or ""))

    async def _language(self, wish: Wish) -> Language:
        known = (await self._side(wish.identity)).conversation
        return known.language if known.channel else wish.language or known.language

    def _home(self, identity: Identity) -> str:
        return conversation_id(self._store.keys.desk, identity.channel, identity.identity)

    def _key(self, code: str) -> str:
        """Looked up by its hash: how long that takes tells nothing about any other code."""
        return self._store.keys.code(sha256(code.encode()).hexdigest())

    def _times(self) -> Mapping[str, Any]:
        now = self._clock.now()
        return {"now": now, "archive_at": now + self._archive_after, "couriered": sorted(self._couriered)}


def _said(message: Inbound) -> dict[str, JsonValue]:
    """The shopper's words as an event: the bot is not asked, and a code is not shown."""
    text = "JL-····-····" if read_code(message.content.text) else message.content.text
    return new_entry(
        Author.SHOPPER, Content(text=text), kind="event", data={"event": "link"}, external_id=message.external_id
    )


def _event(event: str, text: str, audience: Audience, **data: JsonValue) -> dict[str, JsonValue]:
    return new_entry(Author.SYSTEM, Content(text=text), kind="event", audience=audience, data={"event": event, **data})


def _is_over(deadline: float) -> bool:
    return asyncio.get_running_loop().time() >= deadline
