"""One open workspace: the lists as they change, the conversations it watches, and its heartbeat."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, TypeAdapter, ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.log import ConversationLog
from bot.messages import Audience, Entry, Model
from bot.wire import WORKSPACES, AgentsChanged, Gap, Listener, Mentioned, Said, TicketsChanged, Typing, Wire
from bot.wire import Row as RowChanged
from handoff.accounts import Account
from handoff.ledger import Notes
from handoff.mentions import Mentions
from handoff.presence import GONE_AFTER, Presence
from handoff.roles import May, may
from handoff.ticketbook import Ticketbook
from handoff.workspace.frames import Frames, encode, row_frame
from handoff.workspace.rows import Rows
from handoff.workspace.tickets import tell as tell_tickets

log = logging.getLogger(__name__)

HELLO_DEADLINE = 10.0
WATCHED = 50
"""Conversations a workspace watches at once."""
PAGE = 100
LOOK_EVERY = 1.0
"""Seconds between two looks at what is switched off."""
FEED_ID = r"^\d+-\d+$"


class Hello(Model):
    type: Literal["hello"]
    csrf: str = Field(max_length=256)
    after: str | None = Field(default=None, pattern=FEED_ID, max_length=40)


class Watch(Model):
    type: Literal["watch"]
    conversation: str = Field(max_length=64)
    after: int = Field(default=0, ge=0)


class Unwatch(Model):
    type: Literal["unwatch"]
    conversation: str = Field(max_length=64)


class TypingSign(Model):
    type: Literal["typing"]
    conversation: str = Field(max_length=64)


class StatusChange(Model):
    """The agent goes away for a while, or takes chats again."""

    type: Literal["status"]
    away: bool


class See(Model):
    """The agent looks at a conversation: what it was mentioned there for is known."""

    type: Literal["see"]
    conversation: str = Field(max_length=64)


class Ping(Model):
    type: Literal["ping"]


Frame = Watch | Unwatch | TypingSign | StatusChange | See | Ping
_frame: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="type")])


@dataclass(frozen=True)
class FeedParts:
    """What a feed needs."""

    rows: Rows
    frames: Frames
    log: ConversationLog
    wire: Wire
    presence: Presence
    mentions: Mentions
    ledger: Notes
    tickets: Ticketbook
    off: Callable[[], dict[str, JsonValue]]


async def read_hello(socket: WebSocket) -> Hello | None:
    """The first frame, or None where none came in time or it is not one."""
    try:
        async with asyncio.timeout(HELLO_DEADLINE):
            return Hello.model_validate_json(await socket.receive_text())
    except (TimeoutError, ValidationError, KeyError):
        return None


class Feed:
    """Serves one workspace until its socket closes. `still_signed_in` is asked with every heartbeat.

    Who only reads is not there for shoppers: nothing is given to them, and colleagues do not see them.
    """

    def __init__(
        self, socket: WebSocket, parts: FeedParts, agent: Account, still_signed_in: Callable[[], Awaitable[bool]]
    ) -> None:
        self._socket = socket
        self._parts = parts
        self._agent = agent
        self._works = may(agent.role, May.WORK)
        self._still_signed_in = still_signed_in
        self._watched: dict[str, int] = {}
        self._in_order = asyncio.Lock()
        self._at = "0-0"

    async def run(self, after: str | None) -> None:
        with self._parts.wire.follow(WORKSPACES) as signals:
            await self._beat()
            try:
                await self._greet(after)
                await self._serve(signals)
            finally:
                await asyncio.shield(self._leave())

    async def _serve(self, signals: Listener) -> None:
        tasks = [asyncio.create_task(self._tell(signals)), asyncio.create_task(self._listen(signals))]
        tasks.append(asyncio.create_task(self._tell_switches()))
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        for task in done:
            error = task.exception()
            if error and not isinstance(error, WebSocketDisconnect | RuntimeError):
                raise error

    async def _tell_switches(self) -> None:
        """Everybody sees what of the bot is off, as soon as it is known here."""
        told: dict[str, JsonValue] | None = None
        while True:
            if (off := self._parts.off()) != told:
                told = off
                await self._send(type="switches", off=off)
            await asyncio.sleep(LOOK_EVERY)

    async def _beat(self) -> None:
        if self._works and await self._parts.presence.beat(self._agent.id):
            await self._parts.wire.agents_changed()

    async def _leave(self) -> None:
        """Another window of the same agent beats within seconds and is here again."""
        await self._parts.presence.leave(self._agent.id)
        await self._parts.wire.agents_changed()

    async def _send(self, **frame: Any) -> None:
        await self._socket.send_text(encode(**frame))

    async def _refuse(self, code: str, message: str) -> None:
        await self._send(type="error", error={"code": code, "message": message})

    async def _greet(self, after: str | None) -> None:
        await self._show_lists(after)
        await self._send_mentions()
        await self._send_tickets()

    async def _send_tickets(self, changed: frozenset[str] | None = None) -> None:
        """The alarms of tickets that this agent hears of, and which tickets and conversations they may be news of."""
        names = None if changed is None else sorted(changed)
        await self._send(**tell_tickets(self._parts.tickets.ringing, self._agent), changed=names)

    async def _send_mentions(self) -> None:
        """Each with its row, which no list may show."""
        mentions = await self._parts.mentions.of(self._agent.id)
        found = await self._parts.rows.find([mention.conversation for mention in mentions])
        rows = {row.id: row.model_dump(mode="json") for row in found}
        shown = [
            {**mention.model_dump(), "row": rows[mention.conversation]}
            for mention in mentions
            if mention.conversation in rows
        ]
        await self._send(type="mentions", mentions=shown)

    async def _show_lists(self, after: str | None) -> None:
        missed = await self._parts.rows.since(after) if after else None
        if after and missed is not None:
            self._at = after
            await self._send_agents()
            for at, row in missed:
                await self._send_row(at, row_frame(at, row))
            return
        self._at, snapshot = await self._parts.frames.snapshot()
        await self._socket.send_text(snapshot)

    async def _tell(self, signals: Listener) -> None:
        while True:
            match await signals.get():
                case RowChanged(at) as change:
                    await self._send_row(at, self._parts.frames.change(change))
                case Said(conversation, entry) if conversation in self._watched:
                    await self._send_entry(conversation, entry)
                case Typing(conversation, "shopper"):
                    await self._send(type="typing", conversation=conversation)
                case AgentsChanged():
                    await self._send_agents()
                case TicketsChanged(names):
                    await self._send_tickets(names)
                case Mentioned(agent) if agent == self._agent.id:
                    await self._send_mentions()
                case Gap():
                    await self._greet(self._at)
                    for conversation in list(self._watched):
                        await self._catch_up(conversation)

    async def _send_row(self, at: str, frame: str) -> None:
        self._at = at
        await self._socket.send_text(frame)

    async def _send_entry(self, conversation: str, entry: Entry) -> None:
        """In order and without a gap: agents see every entry, so the next one is `last + 1`."""
        async with self._in_order:
            last = self._watched.get(conversation, entry.seq)
            if entry.seq == last + 1:
                await self._show(conversation, [entry])
        if entry.seq > last + 1:
            await self._catch_up(conversation)

    async def _catch_up(self, conversation: str) -> None:
        async with self._in_order:
            while conversation in self._watched:
                last = self._watched[conversation]
                entries = await self._parts.log.after(conversation, last, PAGE, Audience.AGENTS)
                if not entries:
                    return
                await self._show(conversation, entries)

    async def _show(self, conversation: str, entries: list[Entry]) -> None:
        for entry in entries:
            if conversation in self._watched:
                self._watched[conversation] = entry.seq
            await self._send(type="entry", conversation=conversation, entry=entry.shown())

    async def _send_agents(self) -> None:
        """Who comes back when the record answers again is a change of its own."""
        try:
            frame = await self._parts.frames.agents()
        except SQLAlchemyError as error:
            log.warning("who is here cannot be told: %s", type(error).__name__)
        else:
            await self._socket.send_text(frame)

    async def _listen(self, signals: Listener) -> None:
        while True:
            try:
                async with asyncio.timeout(GONE_AFTER / 1000):
                    text = await self._socket.receive_text()
                await self._handle(_frame.validate_json(text), signals)
            except TimeoutError:
                return await self._socket.close(1001)
            except (ValidationError, KeyError):
                await self._refuse("bad_request", "This is not a frame of docs/protocol.md.")
            if not await self._may_stay():
                return await self._socket.close(4401)

    async def _may_stay(self) -> bool:
        """While the record does not answer, who was let in stays: the chats are in the store, and want their agents."""
        try:
            return await self._still_signed_in()
        except SQLAlchemyError as error:
            log.warning("a session cannot be looked up: %s", type(error).__name__)
            return True

    async def _handle(self, frame: Frame, signals: Listener) -> None:
        match frame:
            case Watch(conversation=conversation, after=after):
                await self._watch(conversation, after, signals)
            case Unwatch(conversation=conversation):
                self._watched.pop(conversation, None)
                self._parts.wire.remove(conversation, signals)
            case TypingSign() | StatusChange() if not self._works:
                await self._refuse("forbidden", "Your role does not allow this.")
            case TypingSign(conversation=conversation):
                await self._parts.wire.typing(conversation, "agent")
            case See(conversation=conversation):
                await self._parts.mentions.see(self._agent.id, conversation)
            case StatusChange(away=away):
                await (self._parts.presence.rest if away else self._parts.presence.resume)(self._agent.id)
                await self._parts.ledger.note("away" if away else "back", agent=self._agent)
                await self._parts.wire.agents_changed()
            case Ping():
                await self._beat()
                await self._send(type="pong")

    async def _watch(self, conversation: str, after: int, signals: Listener) -> None:
        if len(self._watched) >= WATCHED:
            oldest = next(iter(self._watched))
            del self._watched[oldest]
            self._parts.wire.remove(oldest, signals)
        self._watched[conversation] = after
        self._parts.wire.add(conversation, signals)
        await self._catch_up(conversation)
