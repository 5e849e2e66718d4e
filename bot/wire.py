"""The wire: one subscription a process hears every new entry and hands it to the sockets that follow it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from bot.mailbox import Mailbox
from bot.messages import Entry, State
from bot.store.store import Store, read_entry

log = logging.getLogger(__name__)

QUEUE_LENGTH = 256
"""Signals a listener may leave unread; one that falls behind gets `Gap` and reads the log instead."""


@dataclass(frozen=True)
class Said:
    conversation: str
    entry: Entry


@dataclass(frozen=True)
class Typing:
    conversation: str
    by: str


@dataclass(frozen=True)
class Moved:
    conversation: str
    state: State


@dataclass(frozen=True)
class Joined:
    """An own conversation goes on in `thread` now; its own again when they are the same."""

    conversation: str
    thread: str


@dataclass(frozen=True)
class Row:
    """A conversation's row in the workspaces, as it is at feed id `at`."""

    at: str
    row: Mapping[str, str]


@dataclass(frozen=True)
class QueueChanged:
    pass


@dataclass(frozen=True)
class AgentsChanged:
    pass


@dataclass(frozen=True)
class Mentioned:
    """The list of an agent's mentions changed."""

    agent: str


@dataclass(frozen=True)
class TicketsChanged:
    """Of this process only: each looks at the record by itself. `names`: tickets and conversations; None: any."""

    names: frozenset[str] | None


@dataclass(frozen=True)
class Gap:
    """Signals were missed: read the log and the state again."""


Signal = Said | Typing | Moved | Joined | Row | QueueChanged | AgentsChanged | Mentioned | TicketsChanged | Gap
STANDING = (QueueChanged, AgentsChanged, TicketsChanged)
"""Signals that only say where to look."""
Listener = Mailbox[Signal]
EVERYTHING = "*"
"""Topic: the signals of all conversations."""
WORKSPACES = "workspaces"
"""Topic: rows and agents, for those who watch the desk."""
AGENTS = "agents"
"""Topic: who is here, away or gone has changed."""
MOVES = "moves"
"""Topic: a conversation got another owner, for who gives them to agents."""
LINE = "line"
"""Topic: the queue moved, for those who wait in it."""


class Wire:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)

    @contextmanager
    def follow(self, *topics: str) -> Iterator[Listener]:
        """Signals of these topics: conversation ids, or one of the topics above."""
        listener: Listener = Mailbox(QUEUE_LENGTH)
        for topic in topics:
            self.add(topic, listener)
        try:
            yield listener
        finally:
            for topic in [topic for topic, listeners in self._listeners.items() if listener in listeners]:
                self.remove(topic, listener)

    def add(self, topic: str, listener: Listener) -> None:
        self._listeners[topic].add(listener)

    def remove(self, topic: str, listener: Listener) -> None:
        self._listeners[topic].discard(listener)
        if not self._listeners[topic]:
            del self._listeners[topic]

    async def typing(self, conversation: str, by: str) -> None:
        """Show that somebody types; nothing is kept."""
        await self._publish({"conversation": conversation, "typing": by})

    async def mentioned(self, agent: str) -> None:
        await self._publish({"mentioned": agent})

    async def agents_changed(self) -> None:
        await self._publish({"agents": True})

    def tickets_changed(self, names: frozenset[str] | None) -> None:
        """Tell the workspaces of this process that something was done with tickets, those of these names if given."""
        for listener in self._listeners.get(WORKSPACES, ()):
            _tell(listener, TicketsChanged(names))

    async def queue_changed(self) -> None:
        await self._publish({"queue": True})

    async def _publish(self, signal: Mapping[str, Any]) -> None:
        await self._store.redis.publish(self._store.keys.wire, json.dumps(signal))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen until the block ends; the subscription is there when it begins."""
        ready = asyncio.Event()
        task = asyncio.create_task(self._listen_for_ever(ready))
        await ready.wait()
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _listen_for_ever(self, ready: asyncio.Event) -> None:
        while True:
            try:
                async with self._store.listen() as subscription:
                    await subscription.subscribe(self._store.keys.wire)
                    self._tell_everybody(Gap())
                    ready.set()
                    async for message in subscription.listen():
                        self._dispatch(json.loads(message["data"]))
            except (RedisError, OSError) as error:
                log.warning("the wire is down: %s", type(error).__name__)
                await asyncio.sleep(0.1)

    def _dispatch(self, message: Mapping[str, Any]) -> None:
        signal = _read(message)
        match signal:
            case Row() | Mentioned():
                topics: tuple[str, ...] = (WORKSPACES,)
            case AgentsChanged():
                topics = (WORKSPACES, AGENTS)
            case Moved():
                topics = (message["conversation"], EVERYTHING, MOVES)
            case QueueChanged():
                topics = (LINE,)
            case _:
                topics = (message["conversation"], EVERYTHING)
        for topic in topics:
            for listener in self._listeners.get(topic, ()):
                _tell(listener, signal)

    def _tell_everybody(self, signal: Signal) -> None:
        for listener in {listener for listeners in self._listeners.values() for listener in listeners}:
            _tell(listener, signal)


def _tell(listener: Listener, signal: Signal) -> None:
    """Who has yet to read that something changed is not told again: the state is read after it."""
    if isinstance(signal, STANDING) and signal in listener:
        return
    if not listener.full():
        listener.put_nowait(signal)
        return
    while not listener.empty():
        listener.get_nowait()
    listener.put_nowait(Gap())


def _read(message: Mapping[str, Any]) -> Signal:
    if "entry" in message:
        return Said(message["conversation"], read_entry(message["entry"]["seq"], message["entry"]))
    if "typing" in message:
        return Typing(message["conversation"], message["typing"])
    if "joined" in message:
        return Joined(message["conversation"], message["joined"])
    if "state" in message:
        return Moved(message["conversation"], State(message["state"]))
    if "mentioned" in message:
        return Mentioned(message["mentioned"])
    if "feed" in message:
        return Row(message["feed"], message["row"])
    return QueueChanged() if "queue" in message else AgentsChanged()
