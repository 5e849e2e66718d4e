"""Puts the tickets together: what keeps them, where they come from, and what shoppers hear of them."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass

from bot.clock import Clock
from bot.dialogue.texts import Texts
from bot.log import ConversationLog
from bot.record.archive import Archive
from bot.record.database import Database
from bot.store.store import Store
from bot.wire import Wire
from handoff.rulebook import Rulebook
from handoff.ticketbook import Colleagues, Ticketbook
from handoff.ticketsources import TicketSources
from handoff.ticketstates import TicketStates


@dataclass(frozen=True)
class Tickets:
    book: Ticketbook
    sources: TicketSources
    states: TicketStates

    def work(self) -> tuple[Coroutine[None, None, None], ...]:
        """What goes on as long as the desk is open."""
        return self.book.follow_for_ever(), self.sources.follow_for_ever(), self.states.tell_for_ever()


def make_tickets(
    store: Store,
    clock: Clock,
    database: Database,
    wire: Wire,
    texts: Texts,
    rules: Rulebook,
    colleagues: Colleagues,
    couriered: frozenset[str],
    archive_after: int,
) -> Tickets:
    """`colleagues`: who may own a ticket; the others as in `Broker`."""
    book = Ticketbook(database, clock, lambda: rules.rules, colleagues, wire.tickets_changed)
    sources = TicketSources(book, store, ConversationLog(store, Archive(database)), database, clock)
    return Tickets(book, sources, TicketStates(book, store, clock, texts, rules, couriered, archive_after))
