"""Everything a desk does by itself: what is due, and what goes on for ever."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack

from bot.background import in_background
from bot.courier import Courier
from bot.dialogue.shopdialogue import ShopDialogue
from bot.fetcher import Fetcher
from bot.followers import Followers
from bot.line import Line
from bot.notices import Notices
from bot.record.archivist import Archivist
from bot.router import Router
from bot.server.channels import Channels
from bot.server.floor import Floor
from bot.server.ground import Ground
from bot.server.room import Room
from bot.signs import Signs
from bot.worker import Handler, Worker
from channels.port import Refreshing, ShowsTyping, Source
from handoff.ratings import Ratings
from handoff.reopening import Reopening
from handoff.standing import tell_openings_for_ever
from handoff.ticketstates import TicketDialogue
from handoff.triage import Triage
from handoff.watch import Deadman, Watch


async def start_work(
    stack: AsyncExitStack, ground: Ground, channels: Channels, floor: Floor, dialogue: ShopDialogue, room: Room
) -> None:
    """Whatever is due is done from now on, and channels show what moves."""
    store, clock, wire, named = ground.store, ground.clock, ground.wire, channels.by_name
    handlers = _handlers(ground, channels, floor, dialogue, room)
    refreshing = {name: one for name, one in named.items() if isinstance(one, Refreshing)}
    typists = {name: one for name, one in named.items() if isinstance(one, ShowsTyping)}
    await stack.enter_async_context(Worker(store, clock, wire, handlers).running())
    for_ever = (
        floor.dispatcher.dispatch_for_ever(),
        Line(store, wire, floor.intake, refreshing).refresh_for_ever(),
        tell_openings_for_ever(floor.standings, wire),
        Signs(store, wire, typists).show_for_ever(),
        *floor.tickets.work(),
        _notices(ground, channels).tell_for_ever(),
    )
    for work in for_ever:
        await stack.enter_async_context(in_background(work))


def _notices(ground: Ground, channels: Channels) -> Notices:
    """What tells shoppers of what has become of their orders."""
    store, book = ground.store, ground.rulekeeper.book
    return Notices(
        store,
        ground.clock,
        ground.shop,
        ground.texts,
        Followers(store),
        lambda: book.rules.hours.time_zone,
        channels.couriered,
        ground.settings.archive_after,
    )


def _handlers(
    ground: Ground, channels: Channels, floor: Floor, dialogue: ShopDialogue, room: Room
) -> Mapping[str, Handler]:
    """What is done with each kind of due work."""
    store, clock, texts, named = ground.store, ground.clock, ground.texts, channels.by_name
    couriered, book = channels.couriered, ground.rulekeeper.book
    sources = {name: one for name, one in named.items() if isinstance(one, Source)}
    on_low_rating = floor.tickets.sources.on_low_rating
    ratings = Ratings(store, clock, texts, lambda: book.rules.ratings, on_low_rating, couriered, channels.numbered)
    router = Router(
        store,
        clock,
        TicketDialogue(floor.tickets.states, dialogue),
        floor.intake,
        ratings,
        Triage(texts, ground.shop, ground.shop, lambda: book.rules),
        Reopening(clock, floor.broker, floor.presence, floor.profiles, lambda: book.rules),
        couriered,
        channels.numbered,
    )
    return {
        "turn": router.turn,
        "rate": ratings.look,
        "send": Courier(store, clock, named).send,
        "fetch": Fetcher(store, clock, ground.media, sources, room.is_there).fetch,
        "archive": Archivist(store, ground.archive, clock, ground.settings.archive_after).archive,
        "watch": Watch(store, clock, texts, lambda: book.rules, floor.dispatcher.may_rest, couriered, ground.shop).look,
        "agent": Deadman(store, clock, floor.presence, floor.broker).look,
    }
