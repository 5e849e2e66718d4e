"""Takes updates in: each chat's in their order, chats side by side, each durable before it counts as read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from weakref import WeakValueDictionary

from redis.exceptions import RedisError

from bot.inbox import Inbox, NotTaken, Received
from bot.messages import Inbound, State
from bot.store.store import Store
from channels.port import DeliveryError
from channels.telegram.api import Api
from channels.telegram.reader import CHANNEL, Event, Press, Reading, read_update
from channels.telegram.screen import Screen
from channels.telegram.sender import Sender

log = logging.getLogger(__name__)

STALE = (
    "这是之前问题的按钮，请看最新的消息。\nThis button belongs to an earlier question; please see the newest message."
)
TYPING_AFTER = 0.5
"""Seconds."""
ERRANDS = 256
"""Calls at the same time that nobody waits for; more are left out."""

Redeem = Callable[[str, Inbound], Awaitable[bool]]
"""Takes what a link to the bot brought along; True when it was a code of ours, also when it comes again."""


class Door:
    def __init__(
        self, store: Store, inbox: Inbox, api: Api, sender: Sender, screen: Screen, redeem: Redeem | None = None
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._api = api
        self._sender = sender
        self._screen = screen
        self._redeem = redeem
        self._lanes: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._errands: set[asyncio.Task[None]] = set()

    async def take(self, raw: object) -> None:
        """Take an update in; again changes nothing. Raises what the store raises: then it is not taken."""
        reading = read_update(raw, self._store.keys.desk)
        if reading is None:
            return
        async with self._lanes.setdefault(reading.chat, asyncio.Lock()):
            await self._take(reading)

    async def close(self) -> None:
        """Leave what nobody waits for undone."""
        for errand in self._errands:
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)

    async def _take(self, reading: Reading) -> None:
        if reading.press and await self._is_stale(reading.chat, reading.press):
            self._start(self._answer(reading.press, STALE))
            return
        if reading.press:
            self._start(self._answer(reading.press))
        try:
            await self._receive(reading)
        except NotTaken as refusal:
            self._start(self._api.call("sendMessage", chat_id=reading.chat, text=str(refusal)))

    async def _receive(self, reading: Reading) -> None:
        if reading.payload and self._redeem and await self._redeem(reading.payload, reading.said[0]):
            return
        if reading.event:
            await self._note(str(reading.chat), reading.event)
        for message in reading.said:
            received = await self._inbox.receive(message)
            self._start(self._show_typing(reading.chat, received))

    async def _note(self, identity: str, event: Event) -> None:
        await self._inbox.note(
            CHANNEL, identity, event.kind, event.external_id, name=event.name, language=event.language
        )

    async def _show_typing(self, chat: int, received: Received) -> None:
        """A draft that takes its time is seen to be made; most are there sooner."""
        await asyncio.sleep(TYPING_AFTER)
        conversation = await self._store.conversation(received.conversation)
        if conversation.state is State.BOT and conversation.cursor < received.seq:
            await self._sender.show_typing(str(chat))

    async def _is_stale(self, chat: int, press: Press) -> bool:
        newest = await self._screen.question(chat)
        return newest is not None and press.message < newest.message

    async def _answer(self, press: Press, text: str | None = None) -> None:
        """Until it is answered, the button shows that it works."""
        alert = True if text else None
        await self._api.call("answerCallbackQuery", callback_query_id=press.query, text=text, show_alert=alert)

    def _start(self, errand: Coroutine[Any, Any, object]) -> None:
        if len(self._errands) >= ERRANDS:
            log.warning("too much to do at once: a sign to a shopper is left out")
            errand.close()
            return
        task = asyncio.create_task(_logged(errand))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)


async def _logged(errand: Coroutine[Any, Any, object]) -> None:
    try:
        await errand
    except (DeliveryError, RedisError) as error:
        log.info("telegram: %s: %s", type(error).__name__, error)
