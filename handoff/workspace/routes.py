"""The workspace's paths, put together: signing in, the feed, and what agents do with conversations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from uuid import uuid4

from fastapi import APIRouter, WebSocket
from pydantic import JsonValue

from actions.shop import Shop
from bot.clock import Clock
from bot.dialogue.policies import HandedPolicies
from bot.dialogue.switches import Switchboard
from bot.dialogue.texts import Texts
from bot.joins import Joins
from bot.knowledge.library import Library
from bot.log import ConversationLog
from bot.media import Media
from bot.messages import Language
from bot.record.archive import Archive
from bot.record.documents import Documents
from bot.store.store import Store
from bot.uploads import Uploads
from bot.wire import Wire
from handoff.accounts import Accounts
from handoff.broker import Agent, Broker
from handoff.canned import CannedReplies
from handoff.checkbook import Checkbook
from handoff.corrections import Corrections
from handoff.knowledgereport import KnowledgeReports
from handoff.ledger import Ledger
from handoff.mentions import Mentions
from handoff.presence import Presence
from handoff.report import Reports
from handoff.roles import May
from handoff.rulebook import Rulekeeper
from handoff.suggestions import Suggestions
from handoff.ticketbook import Ticketbook
from handoff.transfers import Transfers
from handoff.wall import Wall
from handoff.workspace.aftercare import make_aftercare_routes
from handoff.workspace.canned import make_canned_routes
from handoff.workspace.checks import make_check_routes
from handoff.workspace.conversations import ConversationParts, make_conversation_routes
from handoff.workspace.corrections import CorrectionParts, make_correction_routes, name_intents
from handoff.workspace.day import make_day_routes
from handoff.workspace.feed import Feed, FeedParts, read_hello
from handoff.workspace.finder import Finder
from handoff.workspace.frames import Frames
from handoff.workspace.knowledge import KnowledgeParts, make_knowledge_routes
from handoff.workspace.media import make_media_routes
from handoff.workspace.orders import OrderParts, make_order_routes
from handoff.workspace.oversight import OversightParts, make_oversight_routes
from handoff.workspace.rows import Rows
from handoff.workspace.rules import make_rules_routes
from handoff.workspace.sessions import Problem, Sessions
from handoff.workspace.settings import SettingParts, make_setting_routes
from handoff.workspace.sign_in import Limits, SignIn, make_sign_in_routes
from handoff.workspace.suggestions import make_suggestion_routes
from handoff.workspace.supervision import make_supervision_routes
from handoff.workspace.tickets import TicketParts, make_ticket_routes
from handoff.workspace.transfers import make_transfer_routes

SIGNED_OUT, FORBIDDEN, NO_HELLO = 4401, 4403, 4408


@dataclass(frozen=True)
class WorkspaceParts:
    """What the workspace works with; `secret` makes its CSRF tokens."""

    store: Store
    log: ConversationLog
    wire: Wire
    broker: Broker
    transfers: Transfers
    ledger: Ledger
    reports: Reports
    checkbook: Checkbook
    clock: Clock
    joins: Joins
    presence: Presence
    accounts: Accounts
    canned: CannedReplies
    suggestions: Suggestions
    corrections: Corrections
    texts: Texts
    shop: Shop
    mentions: Mentions
    tickets: Ticketbook
    archive: Archive
    shop_names: Callable[[], Awaitable[Mapping[Language, str]]]
    rulekeeper: Rulekeeper
    documents: Documents
    library: Library
    knowledge_reports: KnowledgeReports
    policies: HandedPolicies
    switchboard: Switchboard
    media: Media
    uploads: Uploads
    secret: bytes
    demo: bool


def make_workspace_routes(parts: WorkspaceParts) -> APIRouter:
    """Everything under `/workspace/api`."""
    sessions = Sessions(parts.accounts, parts.secret)
    limits, ledger, who_may = Limits(parts.store), parts.ledger, sessions.who_may
    sign_in = SignIn(parts.accounts, sessions, limits, _requeue_all(parts.broker), ledger, parts.demo)
    rows = Rows(parts.store, lambda: parts.rulekeeper.book.rules)
    router = APIRouter()
    router.include_router(make_sign_in_routes(sign_in))
    intervening = who_may(May.INTERVENE)
    router.include_router(make_supervision_routes(parts.store, parts.broker, parts.mentions, intervening))
    router.include_router(make_transfer_routes(parts.transfers, who_may(May.WORK)))
    conversations = ConversationParts(
        parts.store,
        parts.log,
        parts.broker,
        parts.joins,
        parts.uploads,
        rows,
        Finder(parts.store, parts.archive, rows),
        parts.mentions,
        parts.accounts.colleagues,
        ledger,
        lambda: parts.rulekeeper.book.rules,
    )
    router.include_router(make_aftercare_routes(conversations, who_may(May.WORK)))
    router.include_router(make_conversation_routes(conversations, who_may))
    router.include_router(make_media_routes(parts.media, parts.uploads, who_may(May.READ), who_may(May.WORK)))
    intents = name_intents(parts.texts)
    router.include_router(make_rules_routes(parts.rulekeeper, who_may(May.SET), ledger, intents))
    settings = SettingParts(parts.documents, parts.texts, parts.policies, ledger)
    router.include_router(make_setting_routes(settings, who_may(May.SET)))
    knowledge = KnowledgeParts(parts.library, parts.knowledge_reports, parts.clock, ledger)
    router.include_router(make_knowledge_routes(knowledge, who_may(May.SET)))
    tickets = TicketParts(parts.tickets, parts.store, parts.rulekeeper.book, ledger)
    router.include_router(make_ticket_routes(tickets, who_may))
    reading, working = who_may(May.READ), who_may(May.WORK)
    router.include_router(make_order_routes(OrderParts(parts.store, parts.log, parts.shop, ledger), reading, working))
    corrections = CorrectionParts(parts.store, parts.log, parts.corrections, parts.texts, ledger)
    router.include_router(make_correction_routes(corrections, reading, working))
    router.include_router(make_suggestion_routes(parts.store, parts.log, parts.suggestions, who_may(May.WORK)))
    router.include_router(make_canned_routes(parts.canned, parts.shop_names, who_may(May.WORK), ledger))
    rules = conversations.rules
    router.include_router(make_day_routes(parts.reports, rules, who_may(May.OVERSEE), ledger))
    wall = Wall(parts.reports, parts.accounts.colleagues, rules, parts.clock)
    oversight = OversightParts(wall, ledger, parts.reports)
    router.include_router(make_oversight_routes(oversight, who_may(May.OVERSEE), who_may(May.AUDIT)))
    checks = make_check_routes(parts.checkbook, parts.rulekeeper.book, who_may(May.READ), who_may(May.CHECK))
    router.include_router(checks)
    _add_feed(router, parts, rows, sessions)
    return router


def _requeue_all(broker: Broker) -> Callable[[Agent], Awaitable[None]]:
    async def requeue_all(agent: Agent) -> None:
        await broker.requeue_all(agent, uuid4().hex)

    return requeue_all


def _named(tasks: Collection[str], texts: Texts) -> list[JsonValue]:
    """What tasks are called, in both languages of the workspace."""
    zh, en = texts.below("zh-Hans"), texts.below("en")
    return [{"zh": zh[f"intent.{task}"], "en": en[f"intent.{task}"]} for task in sorted(tasks)]


def _add_feed(router: APIRouter, parts: WorkspaceParts, rows: Rows, sessions: Sessions) -> None:
    here, colleagues = parts.presence, parts.accounts.colleagues
    frames = Frames(rows, here, colleagues)

    def off() -> dict[str, JsonValue]:
        hand = parts.switchboard.at(parts.clock.moment())
        return {"bot": hand.bot_off, "flows": _named(hand.flows, parts.texts), "answers": [*sorted(hand.answers)]}

    feed_parts = FeedParts(rows, frames, parts.log, parts.wire, here, parts.mentions, parts.ledger, parts.tickets, off)

    @router.websocket("/workspace/api/feed")
    async def feed(socket: WebSocket) -> None:
        await socket.accept()
        try:
            session = await sessions.on_socket(socket)
        except Problem as problem:
            await socket.close(SIGNED_OUT if problem.status == 401 else FORBIDDEN)
            return
        hello = await read_hello(socket)
        if hello is None or not sessions.is_csrf(session, hello.csrf):
            await socket.close(NO_HELLO if hello is None else FORBIDDEN)
            return

        async def still_signed_in() -> bool:
            return await parts.accounts.agent_of(session.token) is not None

        await Feed(socket, feed_parts, session.account, still_signed_in).run(hello.after)
