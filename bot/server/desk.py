"""The composition root: opens everything a desk needs, in order, and closes it in the reverse one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
from fastapi import APIRouter
from redis.exceptions import RedisError

from actions.demo import DemoShop
from actions.demo import catalogue as demo_catalogue
from actions.shop import Shop
from actions.unconnected import UnconnectedShop
from bot.clock import Clock
from bot.courier import Courier
from bot.dialogue.bursts import is_fragment
from bot.dialogue.shopdialogue import ShopDialogue
from bot.dialogue.texts import Texts
from bot.fetcher import Fetcher
from bot.inbox import Inbox
from bot.joins import Joins
from bot.line import Line
from bot.log import ConversationLog
from bot.media import Media
from bot.record.archive import Archive
from bot.record.archivist import Archivist
from bot.record.database import Database
from bot.router import Router
from bot.secrets import load_secret
from bot.server.background import in_background
from bot.server.links import telegram_link, wechat_link
from bot.server.room import Room
from bot.server.telegram import make_telegram, open_door
from bot.server.wechat import make_wechat, open_callback
from bot.settings import Settings
from bot.signs import Signs
from bot.store.embedded import EmbeddedStore
from bot.store.store import Store, connect
from bot.understanding.active import ActiveBundle, bundle_to_start_with
from bot.understanding.bundle import Bundle
from bot.understanding.catalogue import Catalogue, CatalogueProduct
from bot.understanding.local import LocalUnderstander
from bot.understanding.port import Understander
from bot.understanding.remote import RemoteUnderstander
from bot.understanding.shelf import Shelf
from bot.wire import Wire
from bot.worker import Worker
from channels.port import Channel, Refreshing, ShowsTyping, Source, WebhookChannel
from channels.telegram.reader import CHANNEL as TELEGRAM
from channels.web.moving import Link
from channels.web.visitors import Visitors
from channels.wechat.reader import CHANNEL as WECHAT
from handoff.accounts import Accounts
from handoff.broker import Broker
from handoff.canned import CannedReplies
from handoff.dispatcher import Dispatcher, Profiles
from handoff.intake import Intake
from handoff.mentions import Mentions
from handoff.presence import Presence
from handoff.routing import Profile
from handoff.rulebook import Rulebook, Rulekeeper
from handoff.standing import Standings, tell_openings_for_ever
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
    presence: Presence
    accounts: Accounts
    canned: CannedReplies
    mentions: Mentions
    archive: Archive
    rulekeeper: Rulekeeper
    standings: Standings
    visitors: Visitors
    shop: Shop
    media: Media
    has_room: Callable[[], bool]
    webhooks: tuple[APIRouter, ...]


@asynccontextmanager
async def open_desk(settings: Settings, *, demo: bool, more: Sequence[WebhookChannel] = ()) -> AsyncIterator[Desk]:
    """A working desk: messages received by its inbox are answered until the block ends.

    `more`: channels besides those that come with it, each a module of its own (docs/channels.md).
    """
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    async with AsyncExitStack() as stack:
        store = await _open_store(stack, settings)
        clock = Clock()
        await clock.synchronise(store)
        database = Database(settings.record_url)
        stack.push_async_callback(database.close)
        await database.migrate()
        archive = Archive(database)
        rulekeeper = Rulekeeper(database, clock, Rulebook())
        await rulekeeper.load()
        await stack.enter_async_context(in_background(rulekeeper.follow_for_ever()))
        wire = Wire(store)
        await stack.enter_async_context(wire.running())
        texts = Texts.load(overrides=settings.data / "texts")
        shop = _open_shop(stack, settings, clock, demo=demo)
        media = Media(settings.data / "media")
        channels: dict[str, Channel] = {one.traits.name: one for one in more}
        telegram = make_telegram(settings, store, media)
        if telegram:
            stack.push_async_callback(telegram.api.close)
            channels[TELEGRAM] = telegram.sender
        wechat = make_wechat(settings, store, clock, media)
        if wechat:
            stack.callback(wechat.client.close)
            channels[WECHAT] = wechat.sender
        couriered = frozenset(channels)
        presence = Presence(store, clock)
        await presence.wait_for_all()
        room = Room(store, settings.data)
        await stack.enter_async_context(room.watched())
        quiet = settings.archive_after
        joins = Joins(store, clock, texts, couriered, quiet)
        inbox = Inbox(store, clock, is_fragment=is_fragment, has_room=room.is_there, archive_after=quiet, aside=joins)
        understander = await _open_understander(stack, settings, demo=demo)
        dialogue = ShopDialogue(understander, shop, texts)
        numbered = frozenset(name for name, channel in channels.items() if not channel.traits.buttons)
        rules = rulekeeper.book
        waits = Waits(store, clock, rules)
        standings = Standings(store, clock, rules, waits)
        intake = Intake(standings, presence, rules, clock, texts, dialogue)
        router = Router(
            store, clock, dialogue, intake, couriered, numbered, lambda reason: rules.rules.routing.head_start(reason)
        )
        courier = Courier(store, clock, channels)
        archivist = Archivist(store, archive, clock, quiet)
        sources = {name: one for name, one in channels.items() if isinstance(one, Source)}
        fetcher = Fetcher(store, clock, media, sources, room.is_there)
        accounts = Accounts(database, clock, demo=demo)
        broker = Broker(store, clock, texts, couriered, quiet, waits.note, lambda agent: rules.rules.capacity(agent))
        dispatcher = Dispatcher(store, clock, wire, broker, presence, _profiles(accounts, rules), lambda: rules.rules)
        watch = Watch(store, clock, texts, lambda: rules.rules, dispatcher.may_rest, couriered)
        handlers = {
            "watch": watch.look,
            "agent": Deadman(store, clock, presence, broker).look,
            "turn": router.turn,
            "send": courier.send,
            "fetch": fetcher.fetch,
            "archive": archivist.archive,
        }
        await stack.enter_async_context(Worker(store, clock, wire, handlers).running())
        await stack.enter_async_context(in_background(_keep_time(clock, store)))
        await stack.enter_async_context(in_background(dispatcher.dispatch_for_ever()))
        refreshing = {name: one for name, one in channels.items() if isinstance(one, Refreshing)}
        line = Line(store, wire, intake, refreshing)
        await stack.enter_async_context(in_background(line.refresh_for_ever()))
        await stack.enter_async_context(in_background(tell_openings_for_ever(standings, wire)))
        typists = {name: one for name, one in channels.items() if isinstance(one, ShowsTyping)}
        await stack.enter_async_context(in_background(Signs(store, wire, typists).show_for_ever()))
        links: dict[str, Link] = {}
        webhooks = tuple(one.routes(inbox) for one in more)
        if telegram:
            webhooks += await stack.enter_async_context(open_door(telegram, store, clock, inbox, joins.redeem))
            links[TELEGRAM] = telegram_link(telegram.api)
        if wechat:
            links[WECHAT] = wechat_link(wechat.client)
            callback = open_callback(
                wechat, settings, store, clock, wire, inbox, texts, couriered, joins.redeem, dialogue
            )
            webhooks += await stack.enter_async_context(callback)
        yield Desk(
            settings=settings,
            demo=demo,
            store=store,
            clock=clock,
            wire=wire,
            log=ConversationLog(store, archive),
            inbox=inbox,
            joins=joins,
            links=links,
            broker=broker,
            presence=presence,
            accounts=accounts,
            canned=CannedReplies(database, clock),
            mentions=Mentions(store, clock, wire),
            archive=archive,
            rulekeeper=rulekeeper,
            standings=standings,
            visitors=Visitors(load_secret(settings.data, "visitors")),
            shop=shop,
            media=media,
            has_room=room.is_there,
            webhooks=webhooks,
        )


def _profiles(accounts: Accounts, book: Rulebook) -> Profiles:
    async def profiles() -> Sequence[Profile]:
        return [book.rules.profile(agent.id, agent.name) for agent in await accounts.colleagues()]

    return profiles


async def _open_store(stack: AsyncExitStack, settings: Settings) -> Store:
    if settings.redis_url:
        url = settings.redis_url.get_secret_value()
    else:
        url = (await stack.enter_async_context(EmbeddedStore(settings.store_folder))).url
    redis = connect(url)
    stack.push_async_callback(redis.aclose)
    return Store(redis, settings.desk)


def _open_shop(stack: AsyncExitStack, settings: Settings, clock: Clock, *, demo: bool) -> Shop:
    if not demo:
        return UnconnectedShop(settings.shop_name)
    shop = DemoShop.open(settings.data / "demo.db", clock.moment)
    stack.callback(shop.close)
    return shop


async def _open_understander(stack: AsyncExitStack, settings: Settings, *, demo: bool) -> Understander:
    products = [CatalogueProduct(one.id, one.names) for one in demo_catalogue()] if demo else []
    catalogue = Catalogue(products)
    if settings.nlu_url:
        client = await stack.enter_async_context(httpx.AsyncClient())
        calibration = (await asyncio.to_thread(Bundle.load)).calibration
        return RemoteUnderstander(client, settings.nlu_url, calibration, catalogue)
    shelf = Shelf(settings.data)
    name, bundle = await asyncio.to_thread(bundle_to_start_with, shelf)
    local = LocalUnderstander(bundle, catalogue)
    stack.callback(local.close)
    watch = ActiveBundle(shelf, local, name)
    await stack.enter_async_context(in_background(watch.watch_for_ever()))
    return local


async def _keep_time(clock: Clock, store: Store) -> None:
    while True:
        await asyncio.sleep(SYNCHRONISE_EVERY)
        try:
            await clock.synchronise(store)
        except (RedisError, OSError) as error:
            log.warning("cannot read the store's clock: %s", type(error).__name__)
