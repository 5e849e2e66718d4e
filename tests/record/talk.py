"""Makes conversations to archive: entries out of nothing, and real ones through the store's own scripts."""

from __future__ import annotations

from bot.clock import Clock
from bot.inbox import Inbox
from bot.messages import Audience, Author, Content, Conversation, Entry, Inbound
from bot.store.keys import conversation_id
from bot.store.store import Store, new_entry
from bot.worker import Work

DAY = 86_400_000
SHOPPER = "shopper-1"


class SetClock(Clock):
    """Stands still until it is set forward; starts at 2026-11-21 08:00 UTC."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 1_795_248_000_000

    def now(self) -> int:
        return self.time


def conversation(id: str = "c1", archived: int = 0) -> Conversation:
    return Conversation(id=id, channel="web", identity=SHOPPER, archived=archived)


def entry(seq: int, audience: Audience = Audience.ALL) -> Entry:
    return Entry(
        seq=seq,
        prev=seq - 1,
        at=1_795_248_000_000 + seq,
        epoch=0,
        author=Author.SHOPPER,
        audience=audience,
        content=Content(text=f"第 {seq} 句"),
        data={"of": seq},
        external_id=f"m{seq}",
    )


def entries(*seqs: int) -> list[Entry]:
    return [entry(seq) for seq in seqs]


class Talk:
    """One shopper's conversation in a real store."""

    def __init__(self, store: Store, clock: SetClock) -> None:
        self.store = store
        self.clock = clock
        self.id = conversation_id(store.keys.desk, "web", SHOPPER)
        self._said = 0
        self._inbox = Inbox(store, clock, is_fragment=lambda _: False, has_room=lambda: True, archive_after=DAY)

    async def say(self, times: int = 1) -> None:
        for _ in range(times):
            self._said += 1
            message = Inbound(
                channel="web",
                identity=SHOPPER,
                external_id=f"m{self._said}",
                content=Content(text=f"第 {self._said} 句"),
            )
            await self._inbox.receive(message)

    async def note(self, text: str) -> None:
        """Append what only agents see."""
        said = new_entry(Author.AGENT, Content(text=text), audience=Audience.AGENTS, kind="note", who="Lin")
        rows = {state: {"to": state, "owner": False} for state in ("bot", "closed")}
        command = f"note:{text}"
        await self.store.run("act", self.id, command, now=self.clock.now(), rows=rows, capacity=8, entries=[said])

    async def taken_over(self) -> None:
        """An agent answers instead of the bot."""
        said = new_entry(Author.AGENT, Content(text="Lin here"), who="Lin")
        rows = {"bot": {"to": "assigned", "owner": False}}
        now = self.clock.now()
        await self.store.run(
            "act", self.id, "take", agent="a1", agent_name="Lin", now=now, rows=rows, capacity=8, entries=[said]
        )

    async def read_by_the_bot(self) -> None:
        """End the turn that is due, without an answer."""
        work = await self.claim("turn")
        await self.store.run(
            "commit", work.conversation, work.token, kind="turn", token=work.token, now=self.clock.now()
        )

    async def claim(self, kind: str) -> Work:
        """Borrow the work of a kind that is due now."""
        claimed = await self.store.claim(self.clock.now(), limit=10, lease=10_000)
        found = {member.split(":")[0]: token for member, token in claimed["items"]}
        return Work(kind, self.id, found[kind])

    async def due(self, kind: str) -> int | None:
        """When work of a kind is due, in ms."""
        score = await self.store.redis.zscore(self.store.keys.due, f"{kind}:{self.id}")
        return None if score is None else int(score)

    async def in_store(self) -> list[int]:
        return [entry.seq for entry in await self.store.entries(self.id, 0)]
