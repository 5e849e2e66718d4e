"""Keeps the spot checks: the sample is drawn from the ledger, and what was thought of it written beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from bot.clock import Clock
from bot.record.database import Database
from bot.record.tables import CheckRow, LedgerRow
from handoff.broker import Agent
from handoff.checks import Chat, Check, CheckRules, is_chosen, scores_adapter
from handoff.ledger import Ledger

DAY = 86_400_000
ENDS = ("close", "hand_back")
MOST = 200
"""Chats of one list."""


class CheckRefused(Exception):
    """Nothing was written; `reason`: `unknown` (not in the sample), `own`, `scores` (not exactly the criteria)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Checkbook:
    """`rules`: those that count now."""

    def __init__(self, database: Database, ledger: Ledger, clock: Clock, rules: Callable[[], CheckRules]) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock
        self._rules = rules

    async def sample(self) -> list[Check]:
        """The chosen chats of the last days, the newest first, with what was thought of them."""
        rules = self._rules()
        await self._ledger.project()
        since = self._clock.now() - rules.days * DAY
        return await self._database.read(lambda transaction: _sample(transaction, since, rules.share)[:MOST])

    async def of(self, agent: str) -> list[Check]:
        """What was thought of an agent's chats, the newest first."""
        query = select(CheckRow).where(CheckRow.agent == agent).order_by(CheckRow.at.desc()).limit(MOST)
        return await self._database.read(lambda transaction: [_read(row) for row in transaction.scalars(query)])

    async def score(self, by: Agent, conversation: str, episode: int, scores: Mapping[str, int], comment: str) -> Check:
        """Write down what was thought of a chat, over what was thought before. Raises `CheckRefused`."""
        if scores.keys() != {one.key for one in self._rules().criteria}:
            raise CheckRefused("scores")
        chat = await self._find(conversation, episode)
        if chat.agent == by.id:
            raise CheckRefused("own")
        done = {"scores": dict(scores), "comment": comment, "by": by.id, "by_name": by.name, "at": self._clock.now()}
        check = chat.model_copy(update=done)
        await self._database.run(lambda transaction: transaction.merge(_row(check)))
        await self._note(by, check)
        return check

    async def _find(self, conversation: str, episode: int) -> Check:
        for check in await self.sample():
            if (check.conversation, check.episode) == (conversation, episode):
                return check
        raise CheckRefused("unknown")

    async def _note(self, by: Agent, check: Check) -> None:
        """Whose chat it was is `agent` of the line's data; `score` is the mean, for the day page."""
        of: dict[str, JsonValue] = {"agent": check.agent, "episode": check.episode, "score": check.mean}
        await self._ledger.write("checked", by, check.conversation, of)

    async def means(self, since: int, until: int) -> dict[str, tuple[int, float]]:
        """Of each agent whose chats were scored then (ms): how many, and the mean of all scores."""
        query = select(CheckRow).where(CheckRow.at >= since, CheckRow.at < until)
        rows = await self._database.read(lambda transaction: transaction.scalars(query).all())
        found: dict[str, list[float]] = {}
        for row in rows:
            found.setdefault(row.agent, []).append(_read(row).mean or 0)
        return {agent: (len(means), sum(means) / len(means)) for agent, means in found.items()}


def _sample(transaction: Transaction, since: int, share: int) -> list[Check]:
    rows = transaction.scalars(select(CheckRow).where(CheckRow.ended >= since))
    known = {(row.conversation, row.episode): _read(row) for row in rows}
    chosen = [chat for chat in _ended(transaction, since) if is_chosen(chat, share)]
    return [_with_scores(chat, known.get((chat.conversation, chat.episode))) for chat in chosen]


def _ended(transaction: Transaction, since: int) -> list[Chat]:
    """The human chats that an agent had when they ended."""
    columns = LedgerRow.conversation, LedgerRow.episode, LedgerRow.agent, LedgerRow.agent_name, LedgerRow.at
    ends = LedgerRow.kind.in_(ENDS), LedgerRow.at >= since, LedgerRow.agent.is_not(None)
    found = transaction.execute(select(*columns).where(*ends).order_by(LedgerRow.at.desc(), LedgerRow.id.desc()))
    return [
        Chat(conversation=conversation, episode=episode, agent=agent, agent_name=name or "", ended=at)
        for conversation, episode, agent, name, at in found
    ]


def _with_scores(chat: Chat, known: Check | None) -> Check:
    scored = known.model_dump(include={"scores", "comment", "by", "by_name", "at"}) if known else {}
    return Check(**chat.model_dump(), **scored)


def _read(row: CheckRow) -> Check:
    fields = {name: getattr(row, name) for name in Check.model_fields if name not in ("scores", "agent_name")}
    return Check(**fields, scores=scores_adapter.validate_json(row.scores))


def _row(check: Check) -> CheckRow:
    fields = check.model_dump(exclude={"scores", "agent_name"})
    return CheckRow(**fields, scores=scores_adapter.dump_json(check.scores).decode())
