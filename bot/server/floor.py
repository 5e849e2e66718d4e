"""Where people work: who is here, who waits for whom, and what is done with their chats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue.shopdialogue import ShopDialogue
from bot.server.channels import Channels
from bot.server.ground import Ground
from bot.server.tickets import Tickets, make_tickets
from handoff.accounts import Accounts
from handoff.broker import Broker
from handoff.dispatcher import Dispatcher, Profiles
from handoff.intake import Intake
from handoff.lineup import Crew, Lineups
from handoff.presence import Presence
from handoff.routing import Profile
from handoff.rulebook import Rulebook
from handoff.standing import Standings
from handoff.ticketstates import TicketDialogue
from handoff.transfers import Transfers
from handoff.waits import Waits


@dataclass(frozen=True)
class Floor:
    """Where people work: who is here, who waits for whom, and what is done with their chats."""

    accounts: Accounts
    tickets: Tickets
    presence: Presence
    standings: Standings
    intake: Intake
    broker: Broker
    dispatcher: Dispatcher
    transfers: Transfers
    profiles: Profiles


def make_floor(ground: Ground, channels: Channels, dialogue: ShopDialogue, *, demo: bool) -> Floor:
    store, clock, texts, book = ground.store, ground.clock, ground.texts, ground.rulekeeper.book
    accounts, presence, waits = (
        Accounts(ground.database, clock, demo=demo),
        Presence(store, clock),
        Waits(store, clock, book),
    )
    profiles = _profiles(accounts, book)
    standings = Standings(Lineups(store, _crew(profiles, presence)), clock, book, waits)
    quiet, capacity = ground.settings.archive_after, lambda agent: book.rules.capacity(agent)
    broker = Broker(
        store,
        clock,
        texts,
        channels.couriered,
        quiet,
        waits.note,
        capacity,
        pause=lambda: book.rules.wrapup.pause * 1_000,
    )
    colleagues, couriered = accounts.colleagues, channels.couriered
    tickets = make_tickets(store, clock, ground.database, ground.wire, texts, book, colleagues, couriered, quiet)
    return Floor(
        accounts,
        tickets,
        presence,
        standings,
        Intake(standings, presence, book, clock, texts, TicketDialogue(tickets.states, dialogue)),
        broker,
        Dispatcher(store, clock, ground.wire, broker, presence, profiles, lambda: book.rules),
        Transfers(store, clock, broker, presence, profiles, lambda: book.rules),
        profiles,
    )


def _crew(profiles: Profiles, presence: Presence) -> Crew:
    """Those who are here; where nobody is, everybody."""

    async def crew() -> Sequence[Profile]:
        online, known = await presence.online(), await profiles()
        return [profile for profile in known if profile.id in online] or known

    return crew


def _profiles(accounts: Accounts, book: Rulebook) -> Profiles:
    async def profiles() -> Sequence[Profile]:
        return [book.rules.profile(agent.id, agent.name) for agent in await accounts.colleagues()]

    return profiles
