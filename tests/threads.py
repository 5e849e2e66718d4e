"""A desk without a server: an inbox, a bot that answers every message, a courier, agents, and joins between them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from bot.clock import Clock
from bot.courier import Courier
from bot.inbox import Inbox, Received
from bot.joins import Identity, Joins
from bot.messages import Author, Content, Inbound
from bot.store.keys import conversation_id
from bot.store.store import Store, new_entry
from bot.worker import LEASE, Work
from channels.port import RetryLater, Traits
from handoff.broker import Broker, request_entry
from handoff.ownership import Command, rows

DAY = 86_400_000
COURIERED = frozenset({"telegram", "wechat"})


class Echo:
    def say(self, language: str, key: str, **fields: str) -> str:
        return key


class FakeChannel:
    """Keeps what it sent; while `down`, nothing goes out."""

    def __init__(self, name: str) -> None:
        self.traits = Traits(name, buttons=0, cards=False, max_text=4000)
        self.sent: list[tuple[str, str]] = []
        self.down = False

    async def send(self, identity: str, content: Content) -> None:
        if self.down:
            raise RetryLater(60, "away")
        self.sent.append((identity, content.text))


class Desk:
    """A desk whose bot answers every message with `re: <text>` when `work` is done, at a time that the test sets."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.seconds = 1_000.0
        self.clock = Clock(lambda: self.seconds)
        self.joins = Joins(store, self.clock, Echo(), COURIERED, DAY)
        self.inbox = Inbox(
            store,
            self.clock,
            is_fragment=lambda _: False,
            has_room=lambda: True,
            archive_after=DAY,
            aside=self.joins,
        )
        self.broker = Broker(store, self.clock, Echo(), COURIERED, DAY)
        self.channels = {name: FakeChannel(name) for name in sorted(COURIERED)}
        self.courier = Courier(store, self.clock, self.channels)

    def home(self, who: Identity) -> str:
        return conversation_id("shop", who.channel, who.identity)

    async def thread(self, who: Identity) -> str:
        home = self.home(who)
        return (await self.store.conversation(home)).joined or home

    async def say(self, who: Identity, text: str, id: str | None = None) -> Received:
        self.seconds += 1
        message = Inbound(**who.model_dump(), external_id=id or uuid4().hex, content=Content(text=text))
        return await self.inbox.receive(message)

    async def work(self) -> None:
        """Do everything that is due: the bot's turns and what is to be sent."""
        while items := (await self.store.claim(self.clock.now(), limit=9, lease=LEASE))["items"]:
            for member, token in items:
                kind, id = member.split(":")
                await (self.courier.send(Work(kind, id, token)) if kind == "send" else self._turn(id, token))

    async def _turn(self, id: str, token: str) -> None:
        known = await self.store.conversation(id)
        unread = [
            entry
            for entry in await self.store.entries(id, known.cursor)
            if entry.author == "shopper" and entry.kind == "message"
        ]
        said = [new_entry(Author.BOT, Content(text=f"re: {entry.content.text}")) for entry in unread]
        turn: dict[str, Any] = {"kind": "turn", "token": token, "set": [("cursor", known.shopper_seq)]}
        watch = {"watch": "shopper_seq", "seen": known.shopper_seq, "epoch": known.epoch}
        now = self.clock.now()
        await self.store.run("commit", id, token, now=now, entries=said, couriered=sorted(COURIERED), **turn, **watch)

    async def ask_for_human(self, who: Identity) -> None:
        id = await self.thread(who)
        asked = request_entry("asked", "?", {})
        await self.store.run(
            "act", id, uuid4().hex, now=self.clock.now(), rows=rows(Command.REQUEST), entries=[asked], reason="asked"
        )

    async def join(self, one: Identity, other: Identity) -> str:
        """Join by a code of `one` that `other` says; returns the thread."""
        code = await self.joins.make_code(one)
        return (await self.say(other, code)).conversation

    async def said(self, who: Identity) -> list[str]:
        entries = await self.store.entries(await self.thread(who), 0)
        return [entry.content.text for entry in entries if entry.kind == "message"]

    async def events(self, who: Identity) -> list[str]:
        entries = await self.store.entries(await self.thread(who), 0)
        return [str(entry.data["event"]) for entry in entries if entry.kind == "event"]
