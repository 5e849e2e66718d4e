"""The composition root: opens everything a desk needs, in order, and closes it in the reverse one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
from fastapi import APIRouter

from actions.shop import Shop
from bot.background import in_background
from bot.clock import Clock
from bot.dialogue.bursts import is_fragment
from bot.dialogue.policies import HandedPolicies
from bot.dialogue.shopdialogue import ShopDialogue
from bot.dialogue.switches import Switchboard
from bot.dialogue.texts import Texts
from bot.inbox import Inbox
from bot.joins import Joins
from bot.knowledge.finder import KnowledgeFinder
from bot.knowledge.library import Library
from bot.knowledge.suggested import SuggestedKnowledge
from bot.log import ConversationLog
from bot.media import Media
from bot.record.archive import Archive
from bot.record.documents import Documents
from bot.secrets import load_secret
from bot.server.channels import connect_channels, open_doors
from bot.server.floor import make_floor
from bot.server.ground import Ground, open_ground
from bot.server.knowledge import open_knowledge
from bot.server.room import Room
from bot.server.shop import follow_catalogue
from bot.server.tickets import Tickets
from bot.server.work import start_work
from bot.settings import Settings
from bot.store.store import Store
from bot.understanding.active import ActiveBundle, bundle_to_start_with
from bot.understanding.bundle import Bundle
from bot.understanding.encoder import Encoder
from bot.understanding.local import LocalUnderstander
from bot.understanding.port import Understander
from bot.understanding.remote import RemoteUnderstander
from bot.understanding.shelf import Shelf
from bot.understanding.vectors import Encode, Vectors
from bot.wire import Wire
from channels.port import WebhookChannel
from channels.web.moving import Link
from channels.web.visitors import Visitors
from handoff.accounts import Accounts
from handoff.answers import PastAnswers
from handoff.broker import Broker
from handoff.canned import CannedReplies
from handoff.checkbook import Checkbook
from handoff.corrections import Corrections
from handoff.knowledgereport import KnowledgeReports
from handoff.ledger import Ledger
from handoff.mentions import Mentions
from handoff.presence import Presence
from handoff.report import Reports
from handoff.rulebook import Rulekeeper
from handoff.standing import Standings
from handoff.suggestions import Suggestions
from handoff.transfers import Transfers


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


@asynccontextmanager
async def open_desk(settings: Settings, *, demo: bool, more: Sequence[WebhookChannel] = ()) -> AsyncIterator[Desk]:
    """A working desk: messages received by its inbox are answered until the block ends.

    `more`: channels besides those that come with it, each a module of its own (docs/channels.md).
    """
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    quiet = settings.archive_after
    async with AsyncExitStack() as stack:
        ground = await open_ground(stack, settings, demo=demo)
        store, clock, texts = ground.store, ground.clock, ground.texts
        channels = connect_channels(stack, ground, more)
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
        floor = make_floor(ground, channels, dialogue, demo=demo)
        await floor.presence.wait_for_all()
        await start_work(stack, ground, channels, floor, dialogue, room)
        webhooks, links = await open_doors(stack, ground, channels, inbox, joins, dialogue)
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


async def _open_suggestions(
    stack: AsyncExitStack, ground: Ground, vectors: Vectors, finder: KnowledgeFinder
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
