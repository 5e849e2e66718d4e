"""What came of knowledge: which answers helped, which led to a human all the same, and what nothing was found for."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import Field, JsonValue
from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from bot.clock import Clock
from bot.log import ConversationLog
from bot.messages import Model
from bot.record.database import Database
from bot.record.tables import LedgerRow

KINDS = ("known", "known_yes", "known_no", "unknown", "request")
DAY = 86_400_000
SOON = 30 * 60_000
"""ms after an answer, within which a request for a human counts as its consequence."""
SHOWN = 100
"""Questions without an answer that are shown, the newest."""
MOST = 50_000
"""Lines of the ledger that a report is made of, the newest."""


class Told(Model):
    """How often an entry was told; after how many a human was asked for soon, and who said it helped or did not."""

    entry: str
    told: int
    handed: int
    helped: int
    not_helped: int


class Missing(Model):
    """A question that nothing was found for; `words` are None where the conversation is gone. `at`: ms."""

    conversation: str
    at: int
    words: str | None


class KnowledgeReport(Model):
    days: int
    told: tuple[Told, ...]
    missing: tuple[Missing, ...]
    missed: int = Field(description="how many questions nothing was found for, also those not shown")

    def lines(self) -> list[str]:
        """As a table to be read on a terminal, without words of shoppers."""
        heads = ("told", "human", "no", "yes", "entry")
        rows = [(one.told, one.handed, one.not_helped, one.helped, one.entry) for one in self.told]
        table = ["".join(f"{cell:>7}" for cell in row[:-1]) + f"  {row[-1]}" for row in (heads, *rows)]
        return [*table, f"{self.missed} questions found nothing:", *(f"  {one.conversation}" for one in self.missing)]


@dataclass(frozen=True)
class Happened:
    """A line of the ledger, `at` ms since the epoch."""

    kind: str
    conversation: str
    at: int
    data: Mapping[str, JsonValue]


def count_told(lines: Iterable[Happened]) -> list[Told]:
    """What was told, the one with most consequences first. `lines`: the oldest first."""
    counts: dict[str, dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(("known", "known_yes", "known_no", "handed"), 0)
    )
    last: dict[str, tuple[str, int]] = {}
    for line in lines:
        if line.kind == "request":
            entry, at = last.pop(line.conversation, ("", 0))
            if entry and line.at - at <= SOON:
                counts[entry]["handed"] += 1
        elif line.kind != "unknown":
            entry = str(line.data.get("entry", ""))
            counts[entry][line.kind] += 1
            if line.kind == "known":
                last[line.conversation] = (entry, line.at)
    told = [
        Told(
            entry=entry,
            told=one["known"],
            handed=one["handed"],
            helped=one["known_yes"],
            not_helped=one["known_no"],
        )
        for entry, one in counts.items()
    ]
    return sorted(told, key=lambda one: (-one.handed - one.not_helped, -one.told, one.entry))


class KnowledgeReports:
    """`log` is where the words still are that nothing was found for: the ledger has none."""

    def __init__(self, database: Database, clock: Clock, log: ConversationLog | None = None) -> None:
        self._database = database
        self._clock = clock
        self._log = log

    async def of(self, days: int) -> KnowledgeReport:
        since = self._clock.now() - days * DAY
        lines = await self._database.read(lambda transaction: _read(transaction, since))
        unknown = [line for line in reversed(lines) if line.kind == "unknown"]
        missing = [await self._missing(line) for line in unknown[:SHOWN]]
        return KnowledgeReport(days=days, told=tuple(count_told(lines)), missing=tuple(missing), missed=len(unknown))

    async def _missing(self, line: Happened) -> Missing:
        return Missing(conversation=line.conversation, at=line.at, words=await self._words(line))

    async def _words(self, line: Happened) -> str | None:
        seq = line.data.get("seq")
        if self._log is None or not isinstance(seq, int):
            return None
        found = await self._log.after(line.conversation, seq - 1, 1)
        return found[0].content.text[:200] if found and found[0].seq == seq else None


def _read(transaction: Transaction, since: int) -> list[Happened]:
    """The oldest first."""
    query = select(LedgerRow).where(LedgerRow.kind.in_(KINDS), LedgerRow.at >= since)
    rows = transaction.scalars(query.order_by(LedgerRow.at.desc(), LedgerRow.id.desc()).limit(MOST)).all()
    return [Happened(row.kind, row.conversation or "", row.at, json.loads(row.data)) for row in reversed(rows)]
