"""A WeChat account without HTTP: a clock that only the test moves, and a channel that counts as WeChat does."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from bot.clock import Clock
from bot.courier import Courier
from bot.inbox import Inbox
from bot.messages import Author, Content, Entry, Grant, Inbound
from bot.store.keys import conversation_id
from bot.store.store import Store, new_entry
from bot.wire import Wire
from bot.worker import LEASE, Work
from channels.port import Ambiguous
from channels.wechat.passive import GRACE, WAIT, Answer, Passive, Waiting
from channels.wechat.reader import FOR_A_MESSAGE, FOR_AN_EVENT
from channels.wechat.sender import traits
from handoff.broker import Agent, Broker

CHANNEL = "wechat"
OPENID = "o1"
ID = conversation_id("shop", CHANNEL, OPENID)
LIN = Agent("lin", "Lin")
DAY = 86_400
PATIENCE = 500
"""ms after its time in which WeChat still hears a request's answer."""
TOKEN = re.compile(r"<[a-z]+\d+>")


class Words:
    def say(self, language: str, key: str, **fields: str) -> str:
        return f"[{key}]"


@dataclass
class Ledger:
    """WeChat's own book of what it lets the account send: `grants` are pairs of what is left and until when."""

    grants: dict[str, list[float]] = field(default_factory=dict)

    def add(self, grant: Grant, now: float) -> None:
        self.grants["message" if grant == FOR_A_MESSAGE else "event"] = [grant.messages, now + grant.ms / 1000]

    def left(self, now: float) -> float:
        return sum(left for left, until in self.grants.values() if until > now)

    def spend(self, now: float) -> None:
        """Fails where WeChat would refuse."""
        book = sorted((grant for grant in self.grants.values() if grant[1] > now and grant[0]), key=lambda one: one[1])
        assert book, "WeChat was asked for what it refuses"
        book[0][0] -= 1


class Vanished(Ambiguous):
    """Nobody can know that it has not arrived."""


class FakeChannel:
    """`plan`: how the next calls go wrong. What ends in `Ambiguous` has arrived, unless it is `Vanished`."""

    def __init__(self, stage: Stage, *, passive_only: bool) -> None:
        self.traits = traits(passive_only=passive_only)
        self.plan: deque[Exception | None] = deque()
        self._stage = stage

    async def send(self, identity: str, content: Content) -> None:
        error = self.plan.popleft() if self.plan else None
        if error is None or (isinstance(error, Ambiguous) and not isinstance(error, Vanished)):
            by_agent = "<agent" in content.text
            assert by_agent or self._stage.ledger.left(self._stage.seconds) > 1, "the last one is the agent's"
            self._stage.ledger.spend(self._stage.seconds)
            self._stage.arrive(content.text)
        if error:
            raise error


class Stage:
    """`arrived`: what the shopper has read, word by word, in order; `ambiguities`: how often nobody could know."""

    def __init__(self, store: Store, *, passive_only: bool = False) -> None:
        self.store = store
        self.seconds = 1_000_000.0
        self.ledger = Ledger()
        self.arrived: list[str] = []
        self.answered: set[str] = set()
        self.ambiguities = 0
        self.taken: dict[str, float] = {}
        self.numbers = count(1)
        clock = Clock(lambda: self.seconds)
        self.clock = clock
        self.channel = FakeChannel(self, passive_only=passive_only)
        self.courier = Courier(store, clock, {CHANNEL: self.channel})
        couriered = frozenset({CHANNEL})
        self.broker = Broker(store, clock, Words(), couriered, 30 * DAY * 1000)
        self.inbox = Inbox(
            store, clock, is_fragment=lambda _: False, has_room=lambda: True, archive_after=30 * DAY * 1000
        )
        self.passive = Passive(store, clock, Wire(store), Words(), self.channel.traits, couriered)

    def arrive(self, text: str) -> None:
        self.arrived += TOKEN.findall(text)

    async def write(self, number: int | None = None, *, menu: bool = False) -> Waiting:
        """The shopper writes, or WeChat repeats what he wrote; its request waits for the answer."""
        id = f"m{number or next(self.numbers)}"
        grant = FOR_AN_EVENT if menu else FOR_A_MESSAGE
        if number is None:
            self.ledger.add(grant, self.seconds)
        said = Inbound(channel=CHANNEL, identity=OPENID, external_id=id, content=Content(text="?"), grant=grant)
        received = await self.inbox.receive(said, waits=WAIT)
        until = self.clock.now() + WAIT
        return Waiting(received.conversation, id, until, str, self._is_here)

    async def look(self, waiting: Waiting) -> Answer | None:
        """One look of a request; None while it goes on waiting."""
        answer = await self.passive._look(waiting)
        if answer and answer.body:
            self.taken[waiting.id] = self.seconds
        return answer

    async def take(self, waiting: Waiting) -> Answer:
        """What the request is answered with; there must be something."""
        answer = await self.look(waiting)
        assert answer and answer.body, "the request has nothing"
        return answer

    async def take_nothing(self, waiting: Waiting) -> bool:
        """Whether the request is answered with nothing."""
        return await self.look(waiting) == Answer()

    def hear(self, waiting: Waiting, answer: Answer) -> None:
        """WeChat shows one answer a message, and hears none when it has hung up."""
        assert answer.body
        if waiting.id not in self.answered and self.clock.now() < waiting.until + PATIENCE:
            self.answered.add(waiting.id)
            self.arrive(answer.body)

    async def finish(self, waiting: Waiting, answer: Answer, *, arrives: bool = True, how: str = "written") -> None:
        """The answer is `written`, `lost`, or nobody lives to say so (`died`)."""
        if arrives:
            self.hear(waiting, answer)
        if how == "written" and waiting.id in self.answered:
            self.ambiguities += self.seconds >= self.taken[waiting.id] + GRACE / 1000
            await self.passive.written(waiting, answer)
            return
        self.ambiguities += 1
        if how != "died":
            await self.passive.lost(waiting, answer)

    async def work(self, *, say: int = 1) -> None:
        """Do what is due: the bot answers a turn with `say` messages, the courier sends."""
        claimed = await self.store.claim(self.clock.now(), limit=99, lease=LEASE)
        for member, token in claimed["items"]:
            kind, id = member.split(":")
            if kind == "turn":
                await self._answer(token, say)
            elif kind == "send":
                await self.courier.send(Work(kind, id, token))

    async def _answer(self, token: str, say: int) -> None:
        conversation = await self.store.conversation(ID)
        said = [new_entry(Author.BOT, Content(text=f"<bot{next(self.numbers)}>")) for _ in range(say)]
        await self.store.run(
            "commit",
            ID,
            token,
            kind="turn",
            token=token,
            now=self.clock.now(),
            epoch=conversation.epoch,
            watch="shopper_seq",
            seen=conversation.shopper_seq,
            set=[("cursor", conversation.shopper_seq)],
            entries=said,
            couriered=[CHANNEL],
        )

    async def agent_says(self) -> None:
        number = next(self.numbers)
        await self.broker.reply(ID, LIN, f"c{number}", f"<agent{number}>")

    async def drain(self) -> None:
        """Whatever was in hand ends, and everything due is done."""
        for _ in range(40):
            self.seconds += 20
            await self.work(say=0)

    async def outgoing(self) -> list[Entry]:
        entries = await self.store.entries(ID, 0)
        return [one for one in entries if one.audience == "all" and one.author is not Author.SHOPPER]

    async def marks(self) -> dict[str, list[str]]:
        """What the agents are told of each word."""
        entries = await self.store.entries(ID, 0)
        texts = {entry.seq: entry.content.text for entry in entries}
        found: dict[str, list[str]] = {}
        for entry in entries:
            if entry.kind == "delivery":
                found.setdefault(texts[int(str(entry.data["of"]))], []).append(str(entry.data["status"]))
        return found

    async def _is_here(self) -> bool:
        return False


def first_times(words: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(words))
