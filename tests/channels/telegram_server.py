"""A stand-in for Telegram's Bot API, as strict as the real one about what we send and what counts as read."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from tests.conftest import listening

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
LONGEST_TEXT = 4096
LONGEST_CALLBACK = 64
"""Bytes."""


@dataclass(frozen=True)
class Fault:
    """How one call goes wrong. `status` 0: it is carried out and never answered."""

    status: int
    description: str = ""
    retry_after: int | None = None
    html: bool = False


@dataclass(frozen=True)
class Sent:
    chat: int
    text: str
    buttons: tuple[tuple[str, str], ...] = ()


class Refused(Exception):
    def __init__(self, status: int, description: str) -> None:
        self.status = status
        self.description = description


class TelegramServer:
    """`calls`: methods and parameters as they came; `sent`: the messages that shoppers have."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.sent: list[Sent] = []
        self.answered: list[str] = []
        self.blocked: set[int] = set()
        self.faults: dict[str, deque[Fault]] = {"getUpdates": deque(), "sendMessage": deque()}
        self.confirmed = 0
        self._updates: list[dict[str, Any]] = []
        self._next = 1
        self._changed = asyncio.Condition()
        self._closing = asyncio.Event()

    async def write(self, text: str, *, chat: int = 7, kind: str = "private", language: str = "zh-hans") -> None:
        """A person writes."""
        number = self._next
        message = {
            "message_id": 1_000 + number,
            "date": 1_795_000_000,
            "chat": {"id": chat, "type": kind, "first_name": "Xu"},
            "from": {"id": abs(chat), "is_bot": False, "first_name": "Xu", "language_code": language},
            "text": text,
        }
        await self.update({"update_id": number, "message": message})

    async def press(self, label: str, data: str, *, chat: int = 7) -> None:
        """A person presses a button under a message of ours."""
        number = self._next
        person = {"id": chat, "is_bot": False, "first_name": "Xu"}
        keyboard = {"inline_keyboard": [[{"text": label, "callback_data": data}]]}
        room = {"id": chat, "type": "private", "first_name": "Xu"}
        message = {"message_id": 1, "date": 1_795_000_000, "chat": room, "text": "?", "reply_markup": keyboard}
        query = {"id": f"q{number}", "from": person, "chat_instance": "1", "data": data, "message": message}
        await self.update({"update_id": number, "callback_query": query})

    async def update(self, update: Any) -> None:
        async with self._changed:
            self._next += 1
            self._updates.append(update)
            self._changed.notify_all()

    async def until_sent(self, count: int) -> list[Sent]:
        async with asyncio.timeout(15), self._changed:
            await self._changed.wait_for(lambda: len(self.sent) >= count)
        return self.sent

    async def until_confirmed(self, offset: int) -> None:
        """Until everything before `offset` counts as read."""
        async with asyncio.timeout(15), self._changed:
            await self._changed.wait_for(lambda: self.confirmed >= offset)

    async def until_called(self, method: str, times: int) -> None:
        async with asyncio.timeout(15), self._changed:
            await self._changed.wait_for(lambda: sum(name == method for name, _ in self.calls) >= times)

    async def answer(self, token: str, method: str, parameters: dict[str, str]) -> Response:
        if token != TOKEN:
            return _failure(Fault(401, "Unauthorized"))
        async with self._changed:
            self.calls.append((method, parameters))
            self._changed.notify_all()
        faults = self.faults.get(method)
        fault = faults.popleft() if faults else None
        if fault and fault.status:
            return _failure(fault)
        try:
            result = await self._carry_out(method, parameters)
        except Refused as refused:
            return _failure(Fault(refused.status, refused.description))
        if fault:
            await self._closing.wait()
        return JSONResponse({"ok": True, "result": result})

    async def _carry_out(self, method: str, parameters: dict[str, str]) -> Any:
        match method:
            case "getMe":
                return {"id": 110201543, "is_bot": True, "first_name": "Shop", "username": "shop_bot"}
            case "getUpdates":
                return await self._get_updates(int(parameters.get("offset", 0)), float(parameters.get("timeout", 0)))
            case "sendMessage":
                return await self._send(parameters)
            case "answerCallbackQuery":
                self.answered.append(parameters["callback_query_id"])
                return True
        raise Refused(404, "Not Found")

    async def _get_updates(self, offset: int, wait: float) -> list[Any]:
        """Asking with an offset confirms everything before it; a poll waits until there is something."""
        async with self._changed:
            self.confirmed = max(self.confirmed, offset)
            self._updates = [update for update in self._updates if _number(update) >= offset]
            self._changed.notify_all()
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait_for(lambda: self._updates or self._closing.is_set())
            except TimeoutError:
                return []
            return self._updates[:100]

    async def _send(self, parameters: dict[str, str]) -> dict[str, Any]:
        chat = int(parameters["chat_id"])
        text = parameters.get("text", "")
        if chat in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if len(text) > LONGEST_TEXT:
            raise Refused(400, "Bad Request: message is too long")
        sent = Sent(chat, text, _buttons(parameters.get("reply_markup")))
        async with self._changed:
            self.sent.append(sent)
            self._changed.notify_all()
        room = {"id": chat, "type": "private", "first_name": "Xu"}
        return {"message_id": len(self.sent), "date": 1_795_000_000, "chat": room, "text": text}

    async def close(self) -> None:
        self._closing.set()
        async with self._changed:
            self._changed.notify_all()


def _number(update: Any) -> float:
    """An update without a number stays until one after it is confirmed, as far as we know."""
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if isinstance(number, int) else 0


def _buttons(markup: str | None) -> tuple[tuple[str, str], ...]:
    rows = json.loads(markup)["inline_keyboard"] if markup else []
    buttons = tuple((button["text"], button["callback_data"]) for row in rows for button in row)
    if any(not text or not 0 < len(data.encode()) <= LONGEST_CALLBACK for text, data in buttons):
        raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
    return buttons


def _failure(fault: Fault) -> Response:
    if fault.html:
        return Response("<html>Bad Gateway</html>", fault.status)
    body: dict[str, Any] = {"ok": False, "error_code": fault.status, "description": fault.description}
    if fault.retry_after is not None:
        body["parameters"] = {"retry_after": fault.retry_after}
    return JSONResponse(body, fault.status)


@asynccontextmanager
async def telegram_server() -> AsyncIterator[TelegramServer]:
    """A stand-in that answers on loopback until the block ends."""
    server = TelegramServer()
    app = FastAPI()

    @app.post("/bot{token}/{method}")
    async def call(token: str, method: str, request: Request) -> Response:
        return await server.answer(token, method, dict(parse_qsl((await request.body()).decode())))

    async with listening(app) as port:
        server.url = f"http://127.0.0.1:{port}"
        try:
            yield server
        finally:
            await server.close()
