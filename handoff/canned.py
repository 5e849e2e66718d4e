"""Canned replies: texts that agents send often, the desk's for everybody and each agent's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session as Transaction

from bot.clock import Clock
from bot.record.database import Database
from bot.record.tables import CannedRow
from handoff.accounts import Account
from handoff.roles import May, may

Scope = Literal["desk", "mine"]
Tongue = Literal["zh", "en", ""]
"""The language a reply is for; empty where it serves any."""
LONGEST_SHORTCUT = 40
MOST = 500
"""Replies of the desk, and of each agent."""

DEMO: tuple[tuple[Tongue, str, str], ...] = (
    ("zh", "你好", "{customer}您好，我是{shop}的客服{agent}，请问有什么可以帮您？"),
    ("zh", "稍等", "好的，我正在为您查询，请稍等一两分钟。"),
    ("zh", "查单", "已查到您的订单 {order}，我看一下物流到哪里了。"),
    ("zh", "拍照", "麻烦您拍一张商品问题处的照片发给我，我马上为您处理。"),
    ("zh", "换新", "很抱歉给您带来不便。订单 {order} 我已为您登记换新，新品会在 24 小时内发出。"),
    ("zh", "再见", "感谢您联系{shop}，祝您生活愉快，有问题随时找我们。"),
    ("en", "hello", "Hello {customer}, this is {agent} from {shop}. How can I help?"),
    ("en", "wait", "Let me look that up for you; it takes a minute or two."),
    ("en", "order", "I have found your order {order} and am checking where the parcel is."),
    ("en", "photo", "Could you send me a photo of the damaged part? I will take care of it at once."),
    ("en", "replace", "I am sorry about that. A replacement for order {order} is booked and leaves within 24 hours."),
    ("en", "bye", "Thank you for contacting {shop}. Have a good day, and write to us any time."),
)


@dataclass(frozen=True)
class CannedReply:
    """`text` may name `{customer}`, `{order}`, `{agent}` and `{shop}`; `shortcut` is what is typed after a slash."""

    id: str
    scope: Scope
    language: Tongue
    shortcut: str
    text: str


class CannedRefused(Exception):
    """Nothing was changed; `reason` is `forbidden`, `unknown`, `taken` or `full`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CannedReplies:
    """The desk's are written by leads, an agent's own by that agent only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of(self, agent: str) -> list[CannedReply]:
        """What an agent may use: the desk's and their own, by shortcut."""
        mine = or_(CannedRow.agent.is_(None), CannedRow.agent == agent)
        query = select(CannedRow).where(mine).order_by(CannedRow.shortcut, CannedRow.id)
        rows = await self._database.read(lambda transaction: transaction.scalars(query).all())
        return [_reply(row) for row in rows]

    async def everybodys(self) -> list[tuple[str | None, CannedReply]]:
        """All there are, each with the agent whose own it is; None for the desk's."""
        query = select(CannedRow).order_by(CannedRow.shortcut, CannedRow.id)
        rows = await self._database.read(lambda transaction: transaction.scalars(query).all())
        return [(row.agent, _reply(row)) for row in rows]

    async def add(self, by: Account, scope: Scope, language: Tongue, shortcut: str, text: str) -> CannedReply:
        """Raises `CannedRefused`."""
        owner = _owner(by, scope)
        row = self._new(owner, language, shortcut, text)

        def work(transaction: Transaction) -> None:
            _check_free(transaction, row)
            if transaction.scalar(select(func.count()).where(_same_owner(owner)).select_from(CannedRow)) == MOST:
                raise CannedRefused("full")
            transaction.add(row)

        await self._database.run(work)
        return _reply(row)

    async def change(self, by: Account, id: str, language: Tongue, shortcut: str, text: str) -> CannedReply:
        """Raises `CannedRefused`."""

        def work(transaction: Transaction) -> CannedRow:
            row = _find(transaction, by, id)
            row.language, row.shortcut, row.text, row.at = language, shortcut, text, self._clock.now()
            with transaction.no_autoflush:
                _check_free(transaction, row)
            return row

        return _reply(await self._database.run(work))

    async def remove(self, by: Account, id: str) -> None:
        """Raises `CannedRefused`."""
        await self._database.run(lambda transaction: transaction.delete(_find(transaction, by, id)))

    async def seed_demo(self) -> None:
        """Give a desk that has none some to try."""

        def work(transaction: Transaction) -> None:
            if transaction.scalar(select(CannedRow.id).limit(1)) is None:
                transaction.add_all([self._new(None, *reply) for reply in DEMO])

        await self._database.run(work)

    def _new(self, owner: str | None, language: Tongue, shortcut: str, text: str) -> CannedRow:
        return CannedRow(
            id=uuid4().hex, agent=owner, language=language, shortcut=shortcut, text=text, at=self._clock.now()
        )


def _reply(row: CannedRow) -> CannedReply:
    tongue: Tongue = "zh" if row.language == "zh" else "en" if row.language == "en" else ""
    return CannedReply(row.id, "mine" if row.agent else "desk", tongue, row.shortcut, row.text)


def _owner(by: Account, scope: Scope) -> str | None:
    if scope == "mine":
        return by.id
    if not may(by.role, May.SET):
        raise CannedRefused("forbidden")
    return None


def _find(transaction: Transaction, by: Account, id: str) -> CannedRow:
    """A reply that `by` may change. Somebody else's own is as unknown as one that never was."""
    row = transaction.get(CannedRow, id)
    if row is None or row.agent not in (None, by.id):
        raise CannedRefused("unknown")
    if row.agent is None:
        _owner(by, "desk")
    return row


def _check_free(transaction: Transaction, row: CannedRow) -> None:
    """One reply a shortcut, language and owner."""
    same = (CannedRow.shortcut == row.shortcut, CannedRow.language == row.language, _same_owner(row.agent))
    if transaction.scalar(select(CannedRow.id).where(*same, CannedRow.id != row.id)):
        raise CannedRefused("taken")


def _same_owner(agent: str | None) -> ColumnElement[bool]:
    return CannedRow.agent.is_(None) if agent is None else CannedRow.agent == agent
