"""What agents have answered before, found again by the question: never with what was one shopper's own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from redis.exceptions import RedisError
from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session as Transaction

from bot.log import ConversationLog
from bot.messages import Audience, Author, Entry
from bot.record.database import Database
from bot.record.tables import ConversationRow, EntryRow, PastAnswerRow
from bot.store.store import Store
from bot.understanding.encoder import Vector
from bot.understanding.ngrams import units
from bot.understanding.port import UnderstandingFailed
from bot.understanding.text import view_of
from bot.understanding.vectors import Tongue, Vectors, tongue_of
from bot.wire import EVERYTHING, Gap, Said, Wire
from handoff.personal import is_personal

MOST = 2_000
"""Answers that are kept; the oldest make room."""
SHORTEST, LONGEST = 8, 600
"""Characters of an answer worth saying again."""
WORDS = 4
"""Words or Chinese characters of a message that asks something; fewer ("ok", 好的) only go on."""
LOOK_BACK = 40
"""Entries before an answer in which its question stands."""
PAGES = 500
"""Entries of one conversation that are looked through, the newest."""
SIZE = 384
PAUSE = 1.0
"""Seconds after a fault."""

# What holds for any question answers none.
HOLDING = (
    "您好，请问有什么可以帮您？",
    "您好，我是客服，很高兴为您服务",
    "请稍等，我帮您看一下",
    "好的，正在为您查询，请稍等",
    "不客气，祝您生活愉快，再见",
    "感谢您的咨询，有问题随时找我们",
    "抱歉让您久等了",
    "Hello, how can I help you?",
    "Hi, thank you for contacting us, I am here to help",
    "One moment please, I am checking that for you",
    "Let me look that up, it takes a minute",
    "You are welcome, have a nice day",
    "Thank you for waiting, sorry for the delay",
)
TOO_ALIKE = 0.5
"""To one of them: the answer only holds the line. Those that do have 0.6 and more, those that say something 0.33."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pair:
    """A question and what an agent said to it; `at` in ms."""

    seq: int
    question: str
    answer: str
    agent: str | None
    at: int


@dataclass(frozen=True)
class Past:
    """An answer, and how alike its question is, from -1 to 1."""

    text: str
    alike: float


def asks(text: str) -> bool:
    """Whether a message is long enough to ask something."""
    return len(units(view_of(text).text)) >= WORDS


def pairs(entries: Iterable[Entry]) -> list[Pair]:
    """The questions that agents answered, oldest first, each with the longest of what they said to it."""
    found: dict[int, Pair] = {}
    question: Entry | None = None
    for entry in entries:
        if entry.kind != "message" or entry.audience is not Audience.ALL:
            continue
        text = entry.content.text.strip()
        if entry.author is Author.SHOPPER and entry.content.choice is None and asks(text):
            question = entry
        elif entry.author is Author.AGENT and question and SHORTEST <= len(text) <= LONGEST:
            known = found.get(question.seq)
            if known is None or len(text) > len(known.answer):
                found[question.seq] = Pair(question.seq, question.content.text, text, entry.who, entry.at)
    return list(found.values())


class PastAnswers:
    """The newest `MOST`, in SQL and as one matrix; every process learns from what it hears on the wire."""

    def __init__(self, database: Database, store: Store, conversations: ConversationLog, vectors: Vectors) -> None:
        self._database = database
        self._store = store
        self._log = conversations
        self._vectors = vectors
        self._places: dict[tuple[str, int], int] = {}
        self._keys: list[tuple[str, int] | None] = [None] * MOST
        self._texts: list[str] = [""] * MOST
        self._tongues: list[Tongue | None] = [None] * MOST
        self._matrix: npt.NDArray[np.float32] = np.zeros((MOST, SIZE), np.float32)
        self._next = 0

    def near(self, question: Vector, tongue: Tongue, limit: int) -> list[Past]:
        """The answers in a tongue to the questions most alike, best first, each text once."""
        alike = self._matrix @ question
        best: dict[str, float] = {}
        for place in np.argsort(-alike):
            if len(best) == limit or not self._texts[place]:
                break
            if self._tongues[place] == tongue:
                best.setdefault(self._texts[place], float(alike[place]))
        return [Past(text, score) for text, score in best.items()]

    async def follow_for_ever(self, wire: Wire) -> None:
        """Learn from what was said before, then from every answer as it is sent; begins anew after a fault."""
        while True:
            try:
                await self._follow(wire)
            except (RedisError, SQLAlchemyError, OSError) as error:
                log.warning("nothing is learnt for a moment: %s", type(error).__name__)
                await asyncio.sleep(PAUSE)

    async def _follow(self, wire: Wire) -> None:
        with wire.follow(EVERYTHING) as signals:
            await self.load()
            await self._learn_all(await self._open(), LOOK_BACK)
            while True:
                match await signals.get():
                    case Said(conversation, entry) if entry.author is Author.AGENT and entry.kind == "message":
                        await self._learn_all([conversation], LOOK_BACK)
                    case Gap():
                        await self._learn_all(await self._open(), LOOK_BACK)

    async def load(self) -> None:
        """Take what is kept; a desk that has kept nothing yet reads its archive."""
        rows = await self._database.run(_newest)
        for row in rows:
            vector = np.frombuffer(row.vector, "<f2").astype(np.float32)
            self._put((row.conversation, row.seq), row.text, "zh" if row.tongue == "zh" else "en", vector)
        if not rows:
            await self._learn_all(await self._database.read(_archived))

    async def learn(self, conversation: str, look_back: int = PAGES) -> None:
        """Keep what agents answered in a conversation's newest entries, unless it is known or one shopper's own."""
        name = (await self._store.conversation(conversation)).name or await self._archived_name(conversation)
        for pair in pairs(await self._log.before(conversation, None, look_back)):
            place = self._places.get((conversation, pair.seq))
            if place is not None and self._texts[place] == pair.answer:
                continue
            if not is_personal(pair.answer, (name, pair.agent)) and not await self._only_holds(pair.answer):
                await self._keep(conversation, pair)

    async def _learn_all(self, conversations: Sequence[str], look_back: int = PAGES) -> None:
        for conversation in conversations:
            try:
                await self.learn(conversation, look_back)
            except UnderstandingFailed as error:
                log.warning("an answer is not learnt: %s", error)

    async def _open(self) -> list[str]:
        ids: list[str] = await self._store.redis.zrange(self._store.keys.open, 0, -1)
        return ids

    async def _archived_name(self, conversation: str) -> str | None:
        query = select(ConversationRow.name).where(ConversationRow.id == conversation)
        return await self._database.read(lambda transaction: transaction.scalar(query))

    async def _only_holds(self, answer: str) -> bool:
        said = await self._vectors.of(answer)
        same = [await self._vectors.of(line) for line in HOLDING if tongue_of(line) == tongue_of(answer)]
        return max(float(said @ line) for line in same) > TOO_ALIKE

    async def _keep(self, conversation: str, pair: Pair) -> None:
        vector, tongue = await self._vectors.of(pair.question), tongue_of(pair.answer)
        row = PastAnswerRow(
            conversation=conversation,
            seq=pair.seq,
            text=pair.answer,
            tongue=tongue,
            vector=vector.astype("<f2").tobytes(),
            at=pair.at,
        )
        await self._database.run(lambda transaction: transaction.merge(row))
        self._put((conversation, pair.seq), pair.answer, tongue, vector)

    def _put(self, key: tuple[str, int], text: str, tongue: Tongue, vector: Vector) -> None:
        place = self._places.get(key)
        if place is None:
            place, self._next = self._next, (self._next + 1) % MOST
            if old := self._keys[place]:
                del self._places[old]
            self._keys[place], self._places[key] = key, place
        self._texts[place], self._tongues[place], self._matrix[place] = text, tongue, vector


def _newest(transaction: Transaction) -> list[PastAnswerRow]:
    """The newest, oldest first; older ones go."""
    rows = transaction.scalars(select(PastAnswerRow).order_by(PastAnswerRow.at.desc()).limit(MOST)).all()
    if len(rows) == MOST:
        transaction.execute(delete(PastAnswerRow).where(PastAnswerRow.at < rows[-1].at))
    return list(reversed(rows))


def _archived(transaction: Transaction) -> list[str]:
    """The archived conversations in which agents spoke last, oldest first."""
    last = func.max(EntryRow.at)
    query = (
        select(EntryRow.conversation, last)
        .where(EntryRow.author == Author.AGENT, EntryRow.kind == "message")
        .group_by(EntryRow.conversation)
        .order_by(last.desc())
        .limit(MOST)
    )
    return [id for id, _ in reversed(transaction.execute(query).all())]
