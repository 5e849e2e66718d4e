"""One open widget: says what is new, takes in what is said, and resumes where the widget left off."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from redis.exceptions import RedisError
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.messages import Audience, Language
from bot.wire import LINE, Gap, Joined, Listener, Moved, QueueChanged, Said, Typing
from channels.web.door import Door, Thread
from channels.web.frames import (
    PAGE,
    History,
    Ping,
    Problem,
    Say,
    TypingSign,
    read_frame,
    read_hello,
)

log = logging.getLogger(__name__)

HELLO_DEADLINE = 10.0
SILENCE = 60.0
"""Seconds without a frame after which the socket is closed; the widget pings every 20."""
BURST, RATE = 20, 2.0
"""Messages a visitor may send at once, and a second after that."""
GOING_AWAY, BAD_TOKEN, NO_HELLO, TOO_MANY = 1001, 4401, 4408, 4429
GONE = (WebSocketDisconnect, RuntimeError)
"""What sending raises once the widget has left."""
PROBLEMS = 20
"""Wrong frames after which the socket is closed."""


class Bucket:
    """A leaky bucket: `take()` is False when there were too many."""

    def __init__(self, burst: float, rate: float) -> None:
        self._burst, self._rate = burst, rate
        self._left, self._at = burst, time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


async def serve(socket: WebSocket, door: Door) -> None:
    """Serve an accepted socket until it closes."""
    await _while_open(socket, lambda: _serve(socket, door))


async def _while_open(socket: WebSocket, work: Callable[[], Awaitable[None]]) -> None:
    """Close the socket where the store does not answer: the widget comes back to read what it missed."""
    try:
        await work()
    except GONE:
        return
    except RedisError as error:
        log.warning("a socket closes, the store does not answer: %s", type(error).__name__)
        with suppress(*GONE):
            await socket.close(GOING_AWAY)


async def _serve(socket: WebSocket, door: Door) -> None:
    try:
        async with asyncio.timeout(HELLO_DEADLINE):
            hello = read_hello(await receive(socket))
        visitor, home = door.conversation(hello.token)
    except TimeoutError:
        return await socket.close(NO_HELLO)
    except Problem as problem:
        await send(socket, problem.frame())
        return await socket.close(BAD_TOKEN if problem.code == "bad_token" else NO_HELLO)
    with door.wire.follow(home) as signals:
        session = Session(socket, door, visitor, home, hello.language, signals)
        await session.run(hello.after, hello.conversation)


async def receive(socket: WebSocket) -> str:
    """The next frame. Raises `Problem` for a binary one."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message["code"])
    text: str | None = message.get("text")
    if text is None:
        raise Problem("bad_json", "Frames are text, not binary.")
    return text


async def send(socket: WebSocket, frame: dict[str, Any]) -> None:
    await socket.send_text(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))


class Session:
    """`last` is the newest entry the widget has; everything after it is sent in order, whatever was missed."""

    def __init__(
        self,
        socket: WebSocket,
        door: Door,
        visitor: str,
        home: str,
        language: Language | None,
        signals: Listener,
    ) -> None:
        self._socket = socket
        self._door = door
        self._visitor = visitor
        self._home = home
        self._thread = Thread(home)
        self._language = language
        self._signals = signals
        self._last = 0
        self._state: dict[str, Any] = {}
        self._bucket = Bucket(BURST, RATE)
        self._telling: asyncio.Task[None] | None = None

    async def run(self, after: int, conversation: str | None) -> None:
        await self._find_thread()
        await self._greet(self._thread.after(after, conversation))
        try:
            self._signals.call = self._begin_telling
            if not self._signals.empty():
                self._begin_telling()
            await self._listen()
        finally:
            await self._end_telling()

    def _begin_telling(self) -> None:
        """A task of its own only while there is something to tell: most widgets are idle."""
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(_while_open(self._socket, self._tell))

    async def _end_telling(self) -> None:
        self._signals.call = None
        if self._telling:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    async def _find_thread(self) -> None:
        """Follow the thread that the visitor's own conversation is joined to, and his own: it may part again."""
        before, self._thread = self._thread, await self._door.thread(self._home)
        if before.id not in (self._home, self._thread.id):
            self._door.wire.remove(before.id, self._signals)
        self._door.wire.add(self._thread.id, self._signals)

    async def _follow(self) -> None:
        """Joined or parted: what is there is shown from its beginning, unless it is what was shown before."""
        before = self._thread
        await self._find_thread()
        if before == self._thread:
            return await self._tell_state()
        await self._greet(self._thread.since)

    async def _greet(self, after: int) -> None:
        entries, more = await self._door.newest(self._thread, after)
        self._last = entries[-1].seq if entries else after
        await self._look()
        frames = [self._door.paths.shown(entry) for entry in entries]
        await send(self._socket, {"type": "ready", **self._state, "entries": frames, "more": more})

    async def _tell(self) -> None:
        while not self._signals.empty():
            match self._signals.get_nowait():
                case Said(conversation, entry) if entry.audience is Audience.ALL and conversation == self._thread.id:
                    if entry.seq <= self._last:
                        continue
                    if entry.prev > self._last:
                        await self._catch_up()
                        continue
                    self._last = entry.seq
                    await send(self._socket, {"type": "entry", "entry": self._door.paths.shown(entry)})
                case Typing(_, "agent"):
                    await send(self._socket, {"type": "typing", "by": "agent"})
                case Joined():
                    await self._follow()
                case Gap():
                    await self._follow()
                    await self._catch_up()
                case Moved() | QueueChanged():
                    await self._tell_state()

    async def _catch_up(self) -> None:
        while entries := await self._door.log.after(self._thread.id, self._last, PAGE, Audience.ALL):
            for entry in entries:
                self._last = entry.seq
                await send(self._socket, {"type": "entry", "entry": self._door.paths.shown(entry)})

    async def _tell_state(self) -> None:
        before = self._state
        await self._look()
        if self._state != before:
            await send(self._socket, {"type": "state", **self._state})

    async def _look(self) -> None:
        """Read the state; while it is `queued`, hear of the line's moves."""
        self._state = await self._door.state(self._thread)
        waits = self._state["state"] == "queued"
        (self._door.wire.add if waits else self._door.wire.remove)(LINE, self._signals)

    async def _listen(self) -> None:
        problems = 0
        while True:
            try:
                async with asyncio.timeout(SILENCE):
                    text = await receive(self._socket)
                await self._handle(text)
            except TimeoutError:
                return await self._socket.close(GOING_AWAY)
            except Problem as problem:
                problems += 1
                await send(self._socket, problem.frame())
                if problems >= PROBLEMS:
                    return await self._socket.close(TOO_MANY)

    async def _handle(self, text: str) -> None:
        match read_frame(text):
            case Say() as say:
                await self._say(say)
            case TypingSign():
                await self._door.inbox.hold(self._thread.id)
                await self._door.wire.typing(self._thread.id, "shopper")
            case History(before=before):
                await send(self._socket, await self._door.older(self._thread, before))
            case Ping():
                await send(self._socket, {"type": "pong"})

    async def _say(self, say: Say) -> None:
        if not self._bucket.take():
            raise Problem("too_many", "Too many messages at once; please wait a moment.", say.id)
        received = await self._door.say(self._visitor, self._language, say, shows_typing=True)
        await send(self._socket, {"type": "ack", "id": say.id, "seq": received.seq})
