"""The composition root: opens everything a desk needs, in order, and closes it in the reverse one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta, tzinfo

import httpx
from fastapi import APIRouter
from redis.exceptions import RedisError

from actions.policies import Policies
from actions.seed.load import policies as demo_policies
from actions.shop import Shop
from bot.background import in_background
from bot.clock import Clock
from bot.courier import Courier
from bot.dialogue.bursts import is_fragment
from bot.dialogue.edits import EditedTexts
from bot.dialogue.policies import HandedPolicies
from bot.dialogue.shopdialogue import ShopDialogue
from bot.dialogue.switches import Switchboard
from bot.dialogue.texts import Texts
from bot.fetcher import Fetcher
from bot.followers import Followers
from bot.inbox import Inbox
from bot.joins import Joins
from bot.knowledge.finder import KnowledgeFinder
from bot.knowledge.library import Library
from bot.knowledge.suggested import SuggestedKnowledge
from bot.line import Line
from bot.log import ConversationLog
from bot.media import Media
from bot.notices import Notices
from bot.record.archive import Archive
from bot.record.archivist import Archivist
from bot.record.database import Database
from bot.record.documents import Documents
from bot.router import Router
from bot.secrets import load_secret
from bot.server.knowledge import open_knowledge
from bot.server.links import telegram_link, wechat_link
from bot.server.room import Room
from bot.server.shop import follow_catalogue, open_shop
from bot.server.telegram import Telegram, make_telegram, open_door
from bot.server.tickets import Tickets, make_tickets
from bot.server.wechat import WeChatParts, make_wechat, open_callback
from bot.settings import Settings
from bot.signs import Signs
from bot.store.embedded import EmbeddedStore
from bot.store.store import Store, connect
from bot.understanding.active import ActiveBundle, bundle_to_start_with
from bot.understanding.bundle import Bundle
from bot.understanding.encoder import Encoder
from bot.understanding.local import LocalUnderstander
from bot.understanding.port import Understander
from bot.understanding.remote import RemoteUnderstander
from bot.understanding.shelf import Shelf
from bot.understanding.vectors import Encode, Vectors
from bot.wire import Wire
from bot.worker import Handler, Worker
from channels.port import Channel, Refreshing, ShowsTyping, Source, WebhookChannel
from channels.telegram.reader import CHANNEL as TELEGRAM
from channels.web.moving import Link
from channels.web.visitors import Visitors
from channels.wechat.reader import CHANNEL as WECHAT
from handoff.accounts import Accounts
from handoff.answers import PastAnswers
from handoff.broker import Broker
from handoff.canned import CannedReplies
from handoff.checkbook import Checkbook
from handoff.corrections import Corrections
from handoff.dispatcher import Dispatcher, Profiles
from handoff.intake import Intake
from handoff.knowledgereport import KnowledgeReports
from handoff.ledger import Ledger
from handoff.lineup import Crew, Lineups
from handoff.mentions import Mentions
from handoff.presence import Presence
from handoff.ratings import Ratings
from handoff.reopening import Reopening
from handoff.report import Reports
from handoff.routing import Profile
from handoff.rulebook import Rulebook, Rulekeeper
from handoff.standing import Standings, tell_openings_for_ever
from handoff.suggestions import Suggestions
from handoff.ticketstates import TicketDialogue
from handoff.transfers import Transfers
from handoff.triage import Triage
from handoff.waits import Waits
from handoff.watch import Deadman, Watch

log = logging.getLogger(__name__)

SYNCHRONISE_EVERY = 60.0
"""Seconds between two looks at the store's clock."""


@dataclass(frozen=True)
class Desk:
    """What the HTTP surface is made of."""

    settings: Settings
    demo: bool
    store: Store
    clock: Clock
    wire: Wire
    log: ConversationLog
    inbox: Inbox
    joins: Joins
    links: Mapping[str, Link]
    broker: Broker
    transfers: Transfers
    ledger: Ledger
    reports: Reports
    checkbook: Checkbook
    presence: Presence
    accounts: Accounts
    canned: CannedReplies
    suggestions: Suggestions
    corrections: Corrections
    texts: Texts
    mentions: Mentions
    tickets: Tickets
    archive: Archive
    documents: Documents
    library: Library
    knowledge: KnowledgeFinder
    knowledge_reports: KnowledgeReports
    policies: HandedPolicies
    switchboard: Switchboard
    rulekeeper: Rulekeeper
    standings: Standings
    visitors: Visitors
    shop: Shop
    media: Media
    has_room: Callable[[], bool]
    webhooks: tuple[APIRouter, ...]


@dataclass(frozen=True)
class _Ground:
    """What everything else stands on."""

    settings: Settings
    store: Store
    clock: Clock
    wire: Wire
    database: Database
    archive: Archive
    documents: Documents
    policies: HandedPolicies
    switchboard: Switchboard
    ledger: Ledger
    rulekeeper: Rulekeeper
    texts: Texts
    shop: Shop
    media: Media


@dataclass(frozen=True)
class _Floor:
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


@dataclass(frozen=True)
class _Channels:
    """The channels that the courier sends through, by name; `telegram` and `wechat` are None where not connected."""

    by_name: Mapping[str, Channel]
    telegram: Telegram | None
    wechat: WeChatParts | None
    more: Sequence[WebhookChannel]

    @property
    def couriered(self) -> frozenset[str]:
        return frozenset(self.by_name)

    @property
    def numbered(self) -> frozenset[str]:
        """Those where what would be a button is chosen by its number."""
        return frozenset(name for name, one in self.by_name.items() if not one.traits.buttons)


@asynccontextmanager
async def open_desk(settings: Settings, *, demo: bool, more: Sequence[WebhookChannel] = ()) -> AsyncIterator[Desk]:
    """A working desk: messages received by its inbox are answered until the block ends.

    `more`: channels besides those that come with it, each a module of its own (docs/channels.md).
    """
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    quiet = settings.archive_after
    async with AsyncExitStack() as stack:
        ground = await _open_ground(stack, settings, demo=demo)
        store, clock, texts = ground.store, ground.clock, ground.texts
        channels = _connect(stack, ground, more)
        room = Room(store, settings.data)
        await stack.enter_async_context(room.watched())
        joins = Joins(store, clock, texts, channels.couriered, quiet)
        inbox = Inbox(store, clock, is_fragment=is_fragment, has_room=room.is_there, archive_after=quiet, aside=joins)
        understander, encode = await _open_understander(stack, settings, ground.shop)
        vectors = Vectors(encode)
        stack.callback(vectors.close)
        library, finder = await open_knowledge(stack, settings, ground.documents, vectors, demo=demo)
        dialogue = ShopDialogue(
            understander,
            ground.shop,
            texts,
            ground.policies,
            store,
            timedelta(hours=settings.forget_after_hours),
            finder,
            in_hand=ground.switchboard.at,
        )
        floor = _make_floor(ground, channels, dialogue, demo=demo)
        await floor.presence.wait_for_all()
        await _start_work(stack, ground, channels, floor, dialogue, room)
        webhooks, links = await _open_doors(stack, ground, channels, inbox, joins, dialogue)
        yield Desk(
            settings=settings,
            demo=demo,
            store=store,
            clock=clock,
            wire=ground.wire,
            log=ConversationLog(store, ground.archive),
            inbox=inbox,
            joins=joins,
            links=links,
            broker=floor.broker,
            transfers=floor.transfers,
            ledger=ground.ledger,
            reports=Reports(ground.database, ground.ledger, clock, lambda: ground.rulekeeper.book.rules),
            checkbook=Checkbook(ground.database, ground.ledger, clock, lambda: ground.rulekeeper.book.rules.checks),
            presence=floor.presence,
            accounts=floor.accounts,
            canned=CannedReplies(ground.database, clock),
            suggestions=await _open_suggestions(stack, ground, vectors, finder),
            corrections=Corrections(ground.database, clock),
            texts=texts,
            mentions=Mentions(store, clock, ground.wire),
            tickets=floor.tickets,
            archive=ground.archive,
            documents=ground.documents,
            policies=ground.policies,
            switchboard=ground.switchboard,
            library=library,
            knowledge=finder,
            knowledge_reports=KnowledgeReports(ground.database, clock, ConversationLog(store, ground.archive)),
            rulekeeper=ground.rulekeeper,
            standings=floor.standings,
            visitors=Visitors(load_secret(settings.data, "visitors")),
            shop=ground.shop,
            media=ground.media,
            has_room=room.is_there,
            webhooks=webhooks,
        )


async def _open_ground(stack: AsyncExitStack, settings: Settings, *, demo: bool) -> _Ground:
    store = await _open_store(stack, settings)
    clock = Clock()
    await clock.synchronise(store)
    database = Database(settings.record_url)
    stack.push_async_callback(database.close)
    await database.migrate()
    rulekeeper = Rulekeeper(database, clock, Rulebook())
    await rulekeeper.load()
    await stack.enter_async_context(in_background(rulekeeper.follow_for_ever()))
    documents = Documents(database, clock)
    await documents.load()
    await stack.enter_async_context(in_background(documents.follow_for_ever()))
    wire = Wire(store)
    await stack.enter_async_context(wire.running())
    await stack.enter_async_context(in_background(_keep_time(clock, store)))
    ledger = Ledger(store, database, clock)
    await stack.enter_async_context(in_background(ledger.project_for_ever()))
    texts = Texts.load(overrides=settings.data / "texts", edited=EditedTexts(documents, clock.moment))
    zone = _zone(rulekeeper)
    policies = HandedPolicies(documents, demo_policies() if demo else Policies(), clock.moment)
    switchboard = Switchboard(documents, zone, lambda level: rulekeeper.book.rules.routing.is_vip(level))
    shop = await open_shop(stack, settings, clock, zone, policies, demo=demo)
    media, archive = Media(settings.data / "media"), Archive(database)
    return _Ground(
        settings,
        store,
        clock,
        wire,
        database,
        archive,
        documents,
        policies,
        switchboard,
        ledger,
        rulekeeper,
        texts,
        shop,
        media,
    )


def _zone(rulekeeper: Rulekeeper) -> Callable[[], tzinfo]:
    return lambda: rulekeeper.book.rules.hours.time_zone


def _connect(stack: AsyncExitStack, ground: _Ground, more: Sequence[WebhookChannel]) -> _Channels:
    """Every channel that the settings name, and `more`; nothing comes in yet."""
    by_name: dict[str, Channel] = {one.traits.name: one for one in more}
    telegram = make_telegram(ground.settings, ground.store, ground.media)
    if telegram:
        stack.push_async_callback(telegram.api.close)
        by_name[TELEGRAM] = telegram.sender
    wechat = make_wechat(ground.settings, ground.store, ground.clock, ground.media)
    if wechat:
        stack.callback(wechat.client.close)
        by_name[WECHAT] = wechat.sender
    return _Channels(by_name, telegram, wechat, more)


def _make_floor(ground: _Ground, channels: _Channels, dialogue: ShopDialogue, *, demo: bool) -> _Floor:
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
    return _Floor(
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


async def _start_work(
    stack: AsyncExitStack, ground: _Ground, channels: _Channels, floor: _Floor, dialogue: ShopDialogue, room: Room
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


def _notices(ground: _Ground, channels: _Channels) -> Notices:
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
    ground: _Ground, channels: _Channels, floor: _Floor, dialogue: ShopDialogue, room: Room
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


async def _open_doors(
    stack: AsyncExitStack,
    ground: _Ground,
    channels: _Channels,
    inbox: Inbox,
    joins: Joins,
    dialogue: ShopDialogue,
) -> tuple[tuple[APIRouter, ...], dict[str, Link]]:
    """The routes that channels are called by, and how one-time codes are brought to them; from now on they come in."""
    settings, store, clock = ground.settings, ground.store, ground.clock
    webhooks = tuple(one.routes(inbox) for one in channels.more)
    links: dict[str, Link] = {}
    if telegram := channels.telegram:
        links[TELEGRAM] = telegram_link(telegram.api)
        webhooks += await stack.enter_async_context(open_door(telegram, store, clock, inbox, joins.redeem))
    if wechat := channels.wechat:
        links[WECHAT] = wechat_link(wechat.client)
        callback = open_callback(
            wechat, settings, store, clock, ground.wire, inbox, ground.texts, channels.couriered, joins.redeem, dialogue
        )
        webhooks += await stack.enter_async_context(callback)
    return webhooks, links


async def _open_store(stack: AsyncExitStack, settings: Settings) -> Store:
    if settings.redis_url:
        url = settings.redis_url.get_secret_value()
    else:
        url = (await stack.enter_async_context(EmbeddedStore(settings.store_folder))).url
    redis = connect(url)
    stack.push_async_callback(redis.aclose)
    return Store(redis, settings.desk)


async def _open_suggestions(
    stack: AsyncExitStack, ground: _Ground, vectors: Vectors, finder: KnowledgeFinder
) -> Suggestions:
    """Replies are suggested, and learnt from what agents answer."""
    conversations = ConversationLog(ground.store, ground.archive)
    answers = PastAnswers(ground.database, ground.store, conversations, vectors)
    canned, knowledge = CannedReplies(ground.database, ground.clock), SuggestedKnowledge(finder, ground.clock)
    suggestions = Suggestions(vectors, canned, answers, knowledge)
    stack.push_async_callback(suggestions.close)
    await stack.enter_async_context(in_background(answers.follow_for_ever(ground.wire)))
    await stack.enter_async_context(in_background(suggestions.warm()))
    return suggestions


async def _open_understander(stack: AsyncExitStack, settings: Settings, shop: Shop) -> tuple[Understander, Encode]:
    """What understands messages, and the encoder in use."""
    if settings.nlu_url:
        client = await stack.enter_async_context(httpx.AsyncClient())
        calibration = (await asyncio.to_thread(Bundle.load)).calibration
        remote = RemoteUnderstander(client, settings.nlu_url, calibration)
        await follow_catalogue(stack, shop, remote)
        return remote, Encoder().encode
    shelf = Shelf(settings.data)
    name, bundle = await asyncio.to_thread(bundle_to_start_with, shelf)
    local = LocalUnderstander(bundle)
    stack.callback(local.close)
    await follow_catalogue(stack, shop, local)
    watch = ActiveBundle(shelf, local, name)
    await stack.enter_async_context(in_background(watch.watch_for_ever()))
    return local, local.encode


async def _keep_time(clock: Clock, store: Store) -> None:
    while True:
        await asyncio.sleep(SYNCHRONISE_EVERY)
        try:
            await clock.synchronise(store)
        except (RedisError, OSError) as error:
            log.warning("cannot read the store's clock: %s", type(error).__name__)
