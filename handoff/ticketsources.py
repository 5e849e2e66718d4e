"""Where tickets come from by themselves: complaints that were handed over, low ratings, and the feedback form."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Literal, Protocol

from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.dialogue.port import Reason
from bot.log import ConversationLog
from bot.messages import Audience, Conversation, Language
from bot.record.database import Database
from bot.record.tables import LedgerRow
from bot.store.store import Store
from handoff.brief import Brief, make_brief
from handoff.ticketbook import Ticketbook
from handoff.tickets import DESK, Act, Change, Kind, NewTicket, Remark, Ticket

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks at the ledger."""
FIRST_LOOK = 7 * 86_400_000
"""ms the first look goes back: what happened while no desk was there to see it."""
OVERLAP = 60_000
"""ms every look goes back: processes write their lines a little out of order."""
MOST_LINES = 1_000
BRIEF_READS = 30
"""Entries before the request that the brief is made from."""
LONGEST_TITLE = 200


class LowRatings(Protocol):
    """Who hears of low ratings. The same one may be told twice, the second time perhaps with its reason."""

    async def on_low_rating(self, conversation: Conversation, episode: int, stars: int, comment: str) -> None: ...


class TicketSources:
    """A `LowRatings`, and a follower of the ledger.

    Lines of the ledger are looked at again after a restart, and by every process: a ticket is opened once for what it
    is about, and a first answer is given once.
    """

    def __init__(self, book: Ticketbook, store: Store, log: ConversationLog, database: Database, clock: Clock) -> None:
        self._book = book
        self._store = store
        self._log = log
        self._database = database
        self._clock = clock
        self._seen: dict[str, int] = {}
        self._since = clock.now() - FIRST_LOOK

    async def on_low_rating(self, conversation: Conversation, episode: int, stars: int, comment: str) -> None:
        title = title_of(f"{'★' * stars}{'☆' * (5 - stars)} {comment}")
        new = _about(conversation, Kind.BAD_RATING, title, text=comment)
        ticket = await self._book.open(new, f"rating:{conversation.id}:{episode}")
        if comment and ticket.text != comment:
            await self._book.act(ticket.number, f"reason:{episode}", Remark(text=comment), DESK)

    async def take_feedback(
        self,
        id: str,
        kind: Literal["complaint", "feedback"],
        text: str,
        order: str,
        contact: str,
        language: Language,
        conversation: str | None,
    ) -> Ticket:
        """Open a ticket for what was written on the form; the same `id` again gives the same ticket."""
        thread = await self._thread(conversation) if conversation else None
        new = NewTicket(kind=Kind(kind), title=title_of(text), text=text, order=order, language=language)
        new = new.model_copy(update={"contact": contact})
        if conversation:
            where = {"conversation": thread.id, "channel": thread.channel} if thread else {"conversation": conversation}
            new = new.model_copy(update=where)
        return await self._book.open(new, f"feedback:{id}")

    async def follow_for_ever(self) -> None:
        """Open tickets for complaints, and note the first answers that agents give in the chat."""
        while True:
            try:
                await self.look()
            except (SQLAlchemyError, RedisError, OSError) as error:
                log.warning("no tickets are opened for complaints yet: %s", type(error).__name__)
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Deal with the lines of the ledger that are new here."""
        while lines := await self._new_lines():
            for line in lines:
                if line.kind == "request":
                    await self._take_complaint(line)
            await self._note_answers([line for line in lines if line.kind == "reply"])
            self._remember(lines)

    async def _new_lines(self) -> list[LedgerRow]:
        of_interest = LedgerRow.kind.in_(("request", "reply")), LedgerRow.at >= self._since - OVERLAP
        query = select(LedgerRow).where(*of_interest).order_by(LedgerRow.at).limit(MOST_LINES)
        if self._seen:
            query = query.where(LedgerRow.id.not_in(list(self._seen)))
        return list(await self._database.read(lambda transaction: transaction.scalars(query).all()))

    def _remember(self, lines: list[LedgerRow]) -> None:
        """Older lines than those that a look goes back to need not be known."""
        self._since = max(self._since, lines[-1].at)
        self._seen |= {line.id: line.at for line in lines}
        self._seen = {id: at for id, at in self._seen.items() if at >= self._since - OVERLAP}

    async def _take_complaint(self, line: LedgerRow) -> None:
        if line.conversation is None or json.loads(line.data).get("reason") != Reason.COMPLAINT:
            return
        conversation = await self._thread(line.conversation)
        if conversation is None:
            return
        is_newest = conversation.id == line.conversation and conversation.episode == line.episode
        brief = await self._brief(conversation) if is_newest else Brief()
        question = (brief.question or "").strip()
        new = _about(conversation, Kind.COMPLAINT, title_of(question), text=question, order=brief.order or "")
        urgent = new.model_copy(update={"priority": "high"})
        await self._book.open(urgent, f"episode:{line.conversation}:{line.episode}", at=line.at)

    async def _brief(self, conversation: Conversation) -> Brief:
        before = conversation.request + 1
        return make_brief(await self._log.before(conversation.id, before, BRIEF_READS, Audience.AGENTS))

    async def _note_answers(self, replies: list[LedgerRow]) -> None:
        if not replies:
            return
        for ticket in await self._book.unanswered():
            answers = [line for line in replies if line.conversation == ticket.conversation and line.at >= ticket.at]
            for line in answers[:1]:
                await self._book.act(ticket.number, f"reply:{line.id}", Change(act=Act.ANSWER), DESK, line.at)

    async def _thread(self, id: str) -> Conversation | None:
        """The conversation, or the one it goes on in; None where there is none."""
        conversation = await self._store.conversation(id)
        if conversation.joined:
            conversation = await self._store.conversation(conversation.joined)
        return conversation if conversation.channel else None


def title_of(text: str) -> str:
    """The beginning of what was said, in one line."""
    return " ".join(text.split())[:LONGEST_TITLE]


def _about(conversation: Conversation, kind: Kind, title: str, *, text: str, order: str = "") -> NewTicket:
    return NewTicket(
        kind=kind,
        title=title,
        text=text,
        order=order[:64],
        conversation=conversation.id,
        channel=conversation.channel,
        language=conversation.language,
    )
