"""An open workspace stays open as long as its agent may be there, whatever the record is doing."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, cast

from sqlalchemy.exc import OperationalError
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.clock import Clock
from bot.log import ConversationLog
from bot.record.archive import Archive
from bot.record.database import Database
from bot.store.store import Store
from bot.wire import Wire
from handoff.accounts import Account, Standing
from handoff.broker import Agent
from handoff.mentions import Mentions
from handoff.presence import Presence
from handoff.roles import Role
from handoff.rules import DeskRules
from handoff.ticketbook import Ticketbook
from handoff.workspace.feed import Feed, FeedParts
from handoff.workspace.frames import Frames
from handoff.workspace.rows import Rows
from tests.handoff.noted import Noted

LIN = Account("a1", "Lin", Role.AGENT, Standing.ACTIVE)
PING = '{"type": "ping"}'


class Page:
    """A workspace's end of the socket: says its lines and goes."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)
        self.heard: list[dict[str, Any]] = []
        self.closed: list[int] = []

    async def receive_text(self) -> str:
        if not self.lines:
            raise WebSocketDisconnect
        return self.lines.pop(0)

    async def send_text(self, text: str) -> None:
        self.heard.append(json.loads(text))

    async def close(self, code: int) -> None:
        self.closed.append(code)


DOWN = OperationalError("SELECT", {}, Exception("down"))


async def colleagues() -> list[Agent]:
    return [LIN]


async def nobody_known() -> list[Agent]:
    raise DOWN


def feed_of(
    store: Store,
    database: Database,
    page: Page,
    answers: Sequence[bool | Exception],
    colleagues: Callable[[], Coroutine[Any, Any, list[Agent]]] = colleagues,
) -> Feed:
    """`answers`: whether the agent is still signed in, each time that is asked."""
    clock, wire, told = Clock(), Wire(store), iter(answers)
    presence, rows = Presence(store, clock), Rows(store, DeskRules)
    tickets = Ticketbook(database, clock, DeskRules, colleagues)
    log, mentions = ConversationLog(store, Archive(database)), Mentions(store, clock, wire)
    frames = Frames(rows, presence, colleagues)
    parts = FeedParts(rows, frames, log, wire, presence, mentions, Noted(), tickets, off=dict)

    async def still_signed_in() -> bool:
        answer = next(told)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Feed(cast(WebSocket, page), parts, LIN, still_signed_in)


async def test_who_is_here_stays_while_the_record_does_not_answer(store: Store, database: Database) -> None:
    page = Page(PING, PING, PING)
    await feed_of(store, database, page, [True, DOWN, True]).run(None)
    assert [frame["type"] for frame in page.heard].count("pong") == 3
    assert page.closed == []


async def test_a_colleague_who_comes_while_the_record_does_not_answer_closes_nobody(
    store: Store, database: Database
) -> None:
    page = Page()
    await feed_of(store, database, page, [], nobody_known)._send_agents()
    assert page.heard == []


async def test_who_was_locked_out_is_out_with_the_next_heartbeat(store: Store, database: Database) -> None:
    page = Page(PING, PING)
    await feed_of(store, database, page, [False]).run(None)
    assert page.closed == [4401]
