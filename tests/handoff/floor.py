"""A desk's floor without a server: shoppers who ask for a human, agents, the dispatcher and the timers, under a clock
that only the test moves."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from actions.requests import Compensate, Filed, Request
from actions.shop import ShopFailed
from actions.unconnected import UnconnectedShop
from bot.clock import Clock
from bot.inbox import WOKEN
from bot.messages import Author, Content, Conversation, Entry
from bot.store.store import Store, new_entry
from bot.wire import Wire
from bot.worker import LEASE, Work
from handoff.broker import Agent, Broker, request_entry
from handoff.dispatcher import Dispatcher
from handoff.hours import Calendar
from handoff.ownership import Command, rows
from handoff.presence import Presence
from handoff.routing import CAPACITY, Profile, Routing
from handoff.rules import DeskRules
from handoff.service import Service
from handoff.transfers import Transfers
from handoff.watch import Deadman, Watch

DAY = 86_400_000
LIN, MEI, ADA = Agent("a1", "Lin"), Agent("a2", "Mei"), Agent("a3", "Ada")


class Echo:
    def say(self, language: str, key: str, **fields: str) -> str:
        return key


class Coupons(UnconnectedShop):
    """A shop that gives one coupon for each key; `broken`: it does not answer."""

    def __init__(self) -> None:
        super().__init__("")
        self.given: dict[str, tuple[int, str | None]] = {}
        self.broken = False

    async def file(self, request: Request) -> Filed:
        if self.broken:
            raise ShopFailed
        assert isinstance(request, Compensate)
        self.given.setdefault(request.key, (request.amount.amount, request.customer))
        code = f"CODE{len(self.given)}"
        return Filed(key=request.key, kind="compensation", number="1", state="done", at=datetime.now(UTC), code=code)


class Floor:
    """`agents`: who may sign in; `now` in ms."""

    def __init__(self, store: Store, routing: Routing, agents: Sequence[Profile] | None = None) -> None:
        self.store = store
        self.now = 1_000_000
        self.clock = Clock(lambda: self.now / 1000)
        self.routing = routing
        self.service = Service()
        self.hours = Calendar()
        self.agents = agents or [Profile(agent.id, agent.name, capacity=2) for agent in (LIN, MEI, ADA)]
        self.presence = Presence(store, self.clock)
        self.broker = Broker(store, self.clock, Echo(), frozenset(), DAY, capacity=self._capacity)
        self.dispatchers = [self._dispatcher(), self._dispatcher()]
        may_rest = self.dispatchers[0].may_rest
        self.coupons = Coupons()
        self.watch = Watch(store, self.clock, Echo(), self.rules, may_rest, frozenset(), self.coupons)
        self.deadman = Deadman(store, self.clock, self.presence, self.broker)
        self.transfers = Transfers(store, self.clock, self.broker, self.presence, self.profiles, self.rules)
        self.ids = (f"id{number:08}" for number in itertools.count())

    def _capacity(self, agent: str) -> int:
        return next((profile.capacity for profile in self.agents if profile.id == agent), CAPACITY)

    def rules(self) -> DeskRules:
        return DeskRules(routing=self.routing, service=self.service, hours=self.hours)

    async def profiles(self) -> Sequence[Profile]:
        return self.agents

    def _dispatcher(self) -> Dispatcher:
        wire = Wire(self.store)
        return Dispatcher(self.store, self.clock, wire, self.broker, self.presence, self.profiles, self.rules)

    async def write(self, id: str, text: str = "在吗") -> None:
        entry = new_entry(Author.SHOPPER, Content(text=text), external_id=next(self.ids))
        where: dict[str, Any] = {"channel": "web", "identity": id, "turn_at": self.now, "archive_at": self.now + DAY}
        await self.store.run("receive", id, next(self.ids), now=self.now, entries=[entry], woken=WOKEN, **where)

    async def ask(self, id: str, reason: str = "asked", level: int = 0) -> None:
        """The shopper, a member of a level, writes and asks for a human."""
        await self.write(id)
        move: dict[str, Any] = {
            "rows": rows(Command.REQUEST),
            "entries": [request_entry(reason, "?", {})],
            "reason": reason,
        }
        place = self.now - self.routing.head_start(reason, level)
        await self.store.run("act", id, next(self.ids), now=self.now, place=place, **move)

    async def reply(self, id: str, agent: Agent) -> None:
        await self.broker.reply(id, agent, next(self.ids), "好的")

    async def after(self, seconds: float = 0) -> None:
        """Let time pass, and then do all that time alone does."""
        self.now += int(seconds * 1000)
        rounds = 0
        while items := (await self.store.claim(self.now, limit=50, lease=LEASE))["items"]:
            rounds += 1
            assert rounds < 50, f"work that does not end: {items}"
            for member, token in items:
                kind, id = member.split(":", 1)
                work = Work(kind, id, token)
                if kind == "watch":
                    await self.watch.look(work)
                elif kind == "agent":
                    await self.deadman.look(work)
                else:
                    await self.store.run("commit", id, token, kind=kind, token=token, now=self.now)

    async def live(self, seconds: int, step: int = 5, *beating: Agent) -> None:
        """Let time pass in steps, with a look at everything after each; who beats stays here."""
        for _ in range(0, seconds, step):
            for agent in beating:
                await self.presence.beat(agent.id)
            await self.after(step)

    async def conversation(self, id: str) -> Conversation:
        return await self.store.conversation(id)

    async def entries(self, id: str) -> list[Entry]:
        return await self.store.entries(id, 0)

    async def events(self, id: str) -> list[str]:
        return [str(entry.data["event"]) for entry in await self.entries(id) if entry.kind == "event"]
