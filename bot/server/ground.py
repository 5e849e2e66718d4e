"""What every part of a desk stands on: store, clock, record, what leads have set, and the shop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import tzinfo

from redis.exceptions import RedisError

from actions.policies import Policies
from actions.seed.load import policies as demo_policies
from actions.shop import Shop
from bot.background import in_background
from bot.clock import Clock
from bot.dialogue.edits import EditedTexts
from bot.dialogue.policies import HandedPolicies
from bot.dialogue.switches import Switchboard
from bot.dialogue.texts import Texts
from bot.media import Media
from bot.record.archive import Archive
from bot.record.database import Database
from bot.record.documents import Documents
from bot.server.shop import open_shop
from bot.settings import Settings
from bot.store.embedded import EmbeddedStore
from bot.store.store import Store, connect
from bot.wire import Wire
from handoff.ledger import Ledger
from handoff.rulebook import Rulebook, Rulekeeper

log = logging.getLogger(__name__)

SYNCHRONISE_EVERY = 60.0
"""Seconds between two looks at the store's clock."""


@dataclass(frozen=True)
class Ground:
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


async def open_ground(stack: AsyncExitStack, settings: Settings, *, demo: bool) -> Ground:
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
    return Ground(
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


async def _open_store(stack: AsyncExitStack, settings: Settings) -> Store:
    if settings.redis_url:
        url = settings.redis_url.get_secret_value()
    else:
        url = (await stack.enter_async_context(EmbeddedStore(settings.store_folder))).url
    redis = connect(url)
    stack.push_async_callback(redis.aclose)
    return Store(redis, settings.desk)


async def _keep_time(clock: Clock, store: Store) -> None:
    while True:
        await asyncio.sleep(SYNCHRONISE_EVERY)
        try:
            await clock.synchronise(store)
        except (RedisError, OSError) as error:
            log.warning("cannot read the store's clock: %s", type(error).__name__)
