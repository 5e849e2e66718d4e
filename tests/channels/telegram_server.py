"""A stand-in for Telegram's Bot API, as strict as the real one about calls, webhooks and what counts as read.

It is lenient in one thing: like a Bot API server of one's own it delivers to plain HTTP on this machine.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

import httpx
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from tests.conftest import Cut, listening

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
LONGEST_TEXT = 4096
"""UTF-16 units, like `LONGEST_CAPTION`."""
LONGEST_CAPTION = 1024
LONGEST_CALLBACK = 64
"""Bytes."""
LARGEST_DOWNLOAD = 20 * 1024 * 1024
LARGEST_PHOTO = 10 * 1024 * 1024
NOW = 1_795_000_000
KINDS = ("message", "edited_message", "channel_post", "callback_query", "my_chat_member", "chat_member", "inline_query")
UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that come only when `allowed_updates` names them."""
DEADLINE = 60


@dataclass(frozen=True)
class Fault:
    """How one call goes wrong. `status` 0: it is carried out and never answered; `cut`: the answer breaks off."""

    status: int
    description: str = ""
    retry_after: int | None = None
    html: bool = False
    cut: bool = False


@dataclass(frozen=True)
class Sent:
    """A message that a shopper has. `files`: names and bytes that were uploaded with it."""

    chat: int
    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    kind: str = "text"
    files: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True)
class File:
    path: str
    body: bytes
    size: int


@dataclass(frozen=True)
class Webhook:
    url: str = ""
    secret: str | None = None
    connections: int = 40


@dataclass(frozen=True)
class Delivery:
    """One try to bring an update to the webhook. `status` 0: nobody answered."""

    update: Any
    status: int


@dataclass
class Call:
    """What a method was called with; `files` by field name."""

    text: dict[str, str]
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        if name not in self.text:
            raise Refused(400, f"Bad Request: parameter {name} is required")
        return self.text[name]

    def get(self, name: str, default: str = "") -> str:
        return self.text.get(name, default)

    def number(self, name: str, default: int | None = None) -> int:
        value = self.get(name) or ("" if default is None else str(default))
        if not re.fullmatch(r"-?\d{1,18}", value):
            raise Refused(400, f"Bad Request: {name} is not a number")
        return int(value)

    def json(self, name: str) -> Any:
        try:
            return json.loads(self[name])
        except ValueError:
            raise Refused(400, f"Bad Request: can't parse {name} JSON object") from None


class Refused(Exception):
    def __init__(self, status: int, description: str, retry_after: int | None = None) -> None:
        self.fault = Fault(status, description, retry_after)


class TelegramServer:
    """`calls`: methods and parameters as they came; `sent`: the messages shoppers have; `edited`: what they read now.

    `chat_gap`: seconds between two messages to one chat, else 429; None: no limit.
    """

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.sent: list[Sent] = []
        self.edited: dict[int, Sent] = {}
        self.answered: list[str] = []
        self.explained: list[str] = []
        self.actions: list[tuple[int, str]] = []
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.blocked: set[int] = set()
        self.strangers: set[int] = set()
        self.files: dict[str, File] = {}
        self.faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self.chat_gap: float | None = None
        self.retry_pause = 0.01
        self.webhook = Webhook()
        self.delivered: list[Delivery] = []
        self.confirmed = 0
        self._allowed: frozenset[str] | None = None
        self._queries: set[str] = set()
        self._last: dict[int, float] = {}
        self._updates: list[Any] = []
        self._poll: asyncio.Event | None = None
        self._next = 1
        self._changed = asyncio.Condition()
        self._closing = asyncio.Event()
        self._lanes: dict[Any, asyncio.Task[None]] = {}
        self._brought: dict[int, asyncio.Event] = {}

    # What people do

    async def write(
        self, text: str = "", *, chat: int = 7, kind: str = "private", language: str = "zh-hans", **more: Any
    ) -> int:
        """A person writes; `more` are further members of the message. Returns the message's id."""
        message = self._message(chat, kind, language, **({"text": text} if text else {}), **more)
        await self.update({"update_id": self._next, "message": message})
        return int(message["message_id"])

    async def edit(self, id: int, text: str, *, chat: int = 7, **more: Any) -> None:
        message = {**self._message(chat, "private", "zh-hans", text=text, **more), "message_id": id, "edit_date": NOW}
        await self.update({"update_id": self._next, "edited_message": message})

    async def press(self, label: str, data: str, *, chat: int = 7, message: int | None = None) -> str:
        """A person presses a button under a message of ours, by default the newest. Returns the query's id."""
        number = self._next
        keyboard = {"inline_keyboard": [[{"text": label, "callback_data": data}]]}
        room = {"id": chat, "type": "private", "first_name": "Xu"}
        id = message or max(1, len(self.sent))
        shown = {"message_id": id, "date": NOW, "chat": room, "text": "?", "reply_markup": keyboard}
        person = {"id": chat, "is_bot": False, "first_name": "Xu"}
        query = {"id": f"q{number}", "from": person, "chat_instance": "1", "data": data, "message": shown}
        self._queries.add(f"q{number}")
        await self.update({"update_id": number, "callback_query": query})
        return f"q{number}"

    async def become(self, status: str, *, chat: int = 7) -> None:
        """A person blocks the bot (`kicked`) or takes it back (`member`)."""
        (self.blocked.add if status == "kicked" else self.blocked.discard)(chat)
        message = self._message(chat, "private", "zh-hans")
        del message["message_id"]
        change = {**message, "old_chat_member": {"status": "?"}, "new_chat_member": {"status": status}}
        await self.update({"update_id": self._next, "my_chat_member": change})

    async def update(self, update: Any) -> None:
        async with self._changed:
            self._next += 1
            if self._wanted(update):
                self._updates.append(update)
            self._changed.notify_all()

    async def bring(self, update: dict[str, Any]) -> None:
        """Until the webhook has taken this update; the same one again is a repetition."""
        mine = dict(update)
        taken = self._brought[id(mine)] = asyncio.Event()
        await self.update(mine)
        await taken.wait()

    def keep(self, id: str, body: bytes, path: str = "photos/file_1.jpg", size: int | None = None) -> str:
        """A file that people sent; `size`: what Telegram says it has. Returns its id."""
        self.files[id] = File(path, body, len(body) if size is None else size)
        return id

    def move_webhook(self, site: str, to: str) -> None:
        """The name `site` is found at the address `to` from now on."""
        self.webhook = replace(self.webhook, url=self.webhook.url.replace(site, to))

    # What tests wait for

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE), self._changed:
            await self._changed.wait_for(true)

    async def until_sent(self, count: int) -> list[Sent]:
        await self.until(lambda: len(self.sent) >= count)
        return self.sent

    async def until_confirmed(self, offset: int) -> None:
        """Until everything before `offset` counts as read."""
        await self.until(lambda: self.confirmed >= offset)

    async def until_called(self, method: str, times: int = 1) -> None:
        await self.until(lambda: sum(name == method for name, _ in self.calls) >= times)

    async def until_taken(self) -> None:
        """Until no update waits any more."""
        await self.until(lambda: not self._updates)

    @property
    def pending(self) -> int:
        return len(self._updates)

    # The Bot API

    async def answer(self, token: str, method: str, call: Call) -> Response:
        if not re.fullmatch(r"\d+:[\w-]{30,}", token):
            return _failure(Fault(404, "Not Found"))
        if token != TOKEN:
            return _failure(Fault(401, "Unauthorized"))
        await self._note(lambda: self.calls.append((method, call.text)))
        faults = self.faults[method]
        fault = faults.popleft() if faults else None
        if fault and fault.status:
            return _failure(fault)
        carry_out = getattr(self, f"_{_snake(method)}", None) if method in METHODS else None
        try:
            if carry_out is None:
                raise Refused(404, "Not Found")
            result = await carry_out(call)
        except Refused as refused:
            return _failure(refused.fault)
        if fault and fault.cut:
            return Cut()
        if fault:
            await self._closing.wait()
        return JSONResponse({"ok": True, "result": result})

    def download(self, token: str, path: str) -> Response:
        file = next((file for file in self.files.values() if file.path == path), None)
        if token != TOKEN or file is None:
            return _failure(Fault(404 if token == TOKEN else 401, "Not Found"))
        return Response(file.body, media_type="application/octet-stream")

    async def _get_me(self, _: Call) -> Any:
        return {"id": 110201543, "is_bot": True, "first_name": "Shop", "username": "shop_bot"}

    async def _get_updates(self, call: Call) -> list[Any]:
        """Asking with an offset confirms everything before it; a poll waits until there is something."""
        if self.webhook.url:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active; delete it first")
        self._allow(call)
        if self._poll:
            self._poll.set()
        ended = self._poll = asyncio.Event()
        offset = call.number("offset", 0)
        async with self._changed:
            self.confirmed = max(self.confirmed, offset)
            self._updates = [update for update in self._updates if _number(update) >= offset]
            self._changed.notify_all()
            try:
                async with asyncio.timeout(call.number("timeout", 0)):
                    await self._changed.wait_for(lambda: self._updates or self._closing.is_set() or ended.is_set())
            except TimeoutError:
                return []
        if ended.is_set():
            raise Refused(409, "Conflict: terminated by other getUpdates request")
        return self._updates[: call.number("limit", 100)]

    async def _set_webhook(self, call: Call) -> bool:
        url, secret = call["url"], call.text.get("secret_token")
        if url and not re.match(r"https://[^/]+|http://(127\.0\.0\.1|localhost)[:/]", url):
            raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise Refused(400, "Bad Request: secret token contains unallowed characters")
        connections = call.number("max_connections", 40)
        if not 1 <= connections <= 100:
            raise Refused(400, "Bad Request: max_connections is out of range")
        self._allow(call)
        if self._poll:
            self._poll.set()
        await self._note(lambda: setattr(self, "webhook", Webhook(url, secret, connections)))
        await self._drop(call)
        return True

    async def _delete_webhook(self, call: Call) -> bool:
        await self._note(lambda: setattr(self, "webhook", Webhook()))
        await self._drop(call)
        return True

    async def _get_webhook_info(self, _: Call) -> Any:
        failed = [one for one in self.delivered if not 200 <= one.status <= 299]
        last = failed[-1].status if failed else 0
        error = {"last_error_date": int(time.time()), "last_error_message": f"Wrong response: {last}"}
        shown = {"url": self.webhook.url, "has_custom_certificate": False, "pending_update_count": len(self._updates)}
        return {**shown, **(error if failed and self._updates else {})}

    async def _send_message(self, call: Call) -> Any:
        chat = self._open_chat(call)
        text = call["text"] if "text" in call.text else ""
        if not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        return await self._show(
            chat, Sent(chat, _checked(text, call, LONGEST_TEXT), _buttons(call.get("reply_markup")))
        )

    async def _send_photo(self, call: Call) -> Any:
        return await self._send_file(call, "photo", LARGEST_PHOTO)

    async def _send_video(self, call: Call) -> Any:
        return await self._send_file(call, "video")

    async def _send_voice(self, call: Call) -> Any:
        return await self._send_file(call, "voice")

    async def _send_audio(self, call: Call) -> Any:
        return await self._send_file(call, "audio")

    async def _send_document(self, call: Call) -> Any:
        return await self._send_file(call, "document")

    async def _send_file(self, call: Call, kind: str, largest: int = 50 * 1024 * 1024) -> Any:
        chat = self._open_chat(call)
        if kind not in call.files:
            raise Refused(400, f"Bad Request: there is no {kind} in the request")
        if not 0 < len(call.files[kind][1]) <= largest:
            raise Refused(400, "Bad Request: file must be non-empty and not too big")
        caption = _checked(call.get("caption"), call, LONGEST_CAPTION, "caption")
        buttons = _buttons(call.get("reply_markup"))
        return await self._show(chat, Sent(chat, caption, buttons, kind, (call.files[kind],)))

    async def _send_media_group(self, call: Call) -> Any:
        chat = self._open_chat(call)
        items = call.json("media")
        if not isinstance(items, list) or not 2 <= len(items) <= 10:
            raise Refused(400, "Bad Request: group send failed: wrong number of items")
        names = [str(item.get("media", "")).removeprefix("attach://") for item in items]
        if any(name not in call.files for name in names):
            raise Refused(400, "Bad Request: can't find an attached file")
        caption = _checked("".join(item.get("caption", "") for item in items), call, LONGEST_CAPTION, "caption")
        return [await self._show(chat, Sent(chat, caption, (), "album", tuple(call.files[name] for name in names)))]

    async def _send_location(self, call: Call) -> Any:
        chat = self._open_chat(call)
        latitude, longitude = float(call["latitude"]), float(call["longitude"])
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise Refused(400, "Bad Request: wrong latitude or longitude")
        return await self._show(
            chat, Sent(chat, f"{latitude} {longitude}", _buttons(call.get("reply_markup")), "place")
        )

    async def _send_chat_action(self, call: Call) -> bool:
        chat = self._open_chat(call, counts=False)
        await self._note(lambda: self.actions.append((chat, call["action"])))
        return True

    async def _edit_message_text(self, call: Call) -> Any:
        chat, id = self._open_chat(call), call.number("message_id")
        shown = self.edited.get(id) or (self.sent[id - 1] if 0 < id <= len(self.sent) else None)
        if shown is None or shown.chat != chat:
            raise Refused(400, "Bad Request: message to edit not found")
        new = Sent(chat, _checked(call["text"], call, LONGEST_TEXT), _buttons(call.get("reply_markup")))
        if new == shown:
            raise Refused(
                400, "Bad Request: message is not modified: specified new message content is exactly the same"
            )
        await self._note(lambda: self.edited.__setitem__(id, new))
        return self._reply(chat, id, new)

    async def _answer_callback_query(self, call: Call) -> bool:
        id, text = call["callback_query_id"], call.get("text")
        if id not in self._queries:
            raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if _units(text) > 200:
            raise Refused(400, "Bad Request: MESSAGE_TOO_LONG")
        await self._note(lambda: (self.answered.append(id), self.explained.append(text) if text else None))
        return True

    async def _set_my_commands(self, call: Call) -> bool:
        commands = call.json("commands")
        for one in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", one["command"]) or not 1 <= _units(one["description"]) <= 256:
                raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
        if not re.fullmatch(r"([a-z]{2})?", call.get("language_code")):
            raise Refused(400, "Bad Request: invalid language code specified")
        self.commands[call.get("language_code")] = commands
        return True

    async def _get_file(self, call: Call) -> Any:
        file = self.files.get(call["file_id"])
        if file is None:
            raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if file.size > LARGEST_DOWNLOAD:
            raise Refused(400, "Bad Request: file is too big")
        return {"file_id": call["file_id"], "file_unique_id": "u", "file_size": file.size, "file_path": file.path}

    def _open_chat(self, call: Call, *, counts: bool = True) -> int:
        chat = call.number("chat_id")
        if chat in self.strangers or chat == 0:
            raise Refused(400, "Bad Request: chat not found")
        if chat in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if counts and self.chat_gap is not None:
            self._limit(chat, self.chat_gap)
        return chat

    def _limit(self, chat: int, gap: float) -> None:
        now = time.monotonic()
        if now - self._last.get(chat, -gap) < gap:
            raise Refused(429, "Too Many Requests: retry after 1", retry_after=1)
        self._last[chat] = now

    async def _show(self, chat: int, sent: Sent) -> Any:
        await self._note(lambda: self.sent.append(sent))
        return self._reply(chat, len(self.sent), sent)

    def _reply(self, chat: int, id: int, sent: Sent) -> Any:
        room = {"id": chat, "type": "private", "first_name": "Xu"}
        return {"message_id": id, "date": NOW, "chat": room, "text": sent.text}

    def _message(self, chat: int, kind: str, language: str, **more: Any) -> dict[str, Any]:
        return {
            "message_id": 1_000 + self._next,
            "date": NOW,
            "chat": {"id": chat, "type": kind, "first_name": "Xu"},
            "from": {"id": abs(chat), "is_bot": False, "first_name": "Xu", "language_code": language},
            **more,
        }

    def _allow(self, call: Call) -> None:
        if "allowed_updates" in call.text:
            allowed = call.json("allowed_updates")
            if not isinstance(allowed, list) or not all(isinstance(kind, str) for kind in allowed):
                raise Refused(400, "Bad Request: can't parse allowed updates")
            self._allowed = frozenset(allowed) or None

    def _wanted(self, update: Any) -> bool:
        """Kinds that nobody asked for never come; what is no update at all comes all the same, to try us."""
        kind = next((kind for kind in KINDS if isinstance(update, dict) and kind in update), None)
        if kind is None:
            return True
        return kind not in UNASKED if self._allowed is None else kind in self._allowed

    async def _drop(self, call: Call) -> None:
        if call.get("drop_pending_updates") == "true":
            await self._note(self._updates.clear)

    async def _note(self, change: Callable[[], object]) -> None:
        async with self._changed:
            change()
            self._changed.notify_all()

    # Delivery to the webhook

    async def deliver_for_ever(self) -> None:
        """Each chat's updates one after the other, each until it is answered 2xx; chats side by side."""
        async with httpx.AsyncClient(timeout=DEADLINE) as client:
            while True:
                async with self._changed:
                    await self._changed.wait_for(lambda: self.webhook.url and self._idle_lanes())
                    free = self.webhook.connections - len(self._lanes)
                    for lane in self._idle_lanes()[: max(0, free)]:
                        self._lanes[lane] = asyncio.create_task(self._deliver_lane(client, lane))
                    full = free <= 0
                if full:
                    await asyncio.wait(self._lanes.values(), return_when=asyncio.FIRST_COMPLETED)

    def _idle_lanes(self) -> list[Any]:
        return list(dict.fromkeys(lane for one in self._updates if (lane := _lane(one)) not in self._lanes))

    async def _deliver_lane(self, client: httpx.AsyncClient, lane: Any) -> None:
        try:
            while self.webhook.url and (mine := [one for one in self._updates if _lane(one) == lane]):
                status = await self._post(client, update := mine[0])
                if 200 <= status <= 299:
                    await self._note(lambda update=update: self._updates.remove(update))
                    self._brought.pop(id(update), asyncio.Event()).set()
                else:
                    await asyncio.sleep(self.retry_pause)
        finally:
            async with self._changed:
                del self._lanes[lane]
                self._changed.notify_all()

    async def _post(self, client: httpx.AsyncClient, update: Any) -> int:
        headers = {"Content-Type": "application/json"}
        if self.webhook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.webhook.secret
        try:
            answer = await client.post(self.webhook.url, content=json.dumps(update), headers=headers)
        except httpx.HTTPError:
            status = 0
        else:
            status = answer.status_code
        await self._note(lambda: self.delivered.append(Delivery(update, status)))
        return status

    async def close(self) -> None:
        self._closing.set()
        for lane in self._lanes.values():
            lane.cancel()
        await self._note(lambda: None)


METHODS = frozenset(
    {"getMe", "getUpdates", "setWebhook", "deleteWebhook", "getWebhookInfo", "setMyCommands", "getFile"}
    | {"sendMessage", "sendPhoto", "sendVideo", "sendVoice", "sendAudio", "sendDocument", "sendMediaGroup"}
    | {"sendLocation", "sendChatAction", "editMessageText", "answerCallbackQuery"}
)


def _snake(method: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", method)


def _number(update: Any) -> float:
    """An update without a number stays until one after it is confirmed, as far as we know."""
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if isinstance(number, int) else 0


def _lane(update: Any) -> Any:
    """The chat an update is about; one of its own where there is none."""
    parts = [part for part in update.values() if isinstance(part, dict)] if isinstance(update, dict) else []
    part = parts[0] if parts else {}
    holder = part if "chat" in part else part.get("message")
    room = holder.get("chat") if isinstance(holder, dict) else None
    return room.get("id") if isinstance(room, dict) else f"none:{id(update)}"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _checked(text: str, call: Call, longest: int, what: str = "message") -> str:
    if _units(text) > longest:
        raise Refused(400, f"Bad Request: {what} is too long")
    if call.get("parse_mode") == "HTML" and re.search(
        r"&(?!(lt|gt|amp|quot|#\d+);)|<(?!/?(b|i|u|s|a|code|pre)\b)", text
    ):
        raise Refused(400, "Bad Request: can't parse entities")
    return text


def _buttons(markup: str) -> tuple[tuple[str, str], ...]:
    rows = json.loads(markup)["inline_keyboard"] if markup else []
    buttons = tuple((button["text"], button["callback_data"]) for row in rows for button in row)
    if any(not text or not 0 < len(data.encode()) <= LONGEST_CALLBACK for text, data in buttons):
        raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
    return buttons


def _failure(fault: Fault) -> Response:
    if fault.cut:
        return Cut()
    if fault.html:
        return Response("<html>Bad Gateway</html>", fault.status)
    body: dict[str, Any] = {"ok": False, "error_code": fault.status, "description": fault.description}
    if fault.retry_after is not None:
        body["parameters"] = {"retry_after": fault.retry_after}
    return JSONResponse(body, fault.status)


def read_call(headers: Mapping[str, str], body: bytes) -> Call:
    """The parameters of a call as form, JSON, or form with files."""
    kind = headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        return _read_parts(kind, body)
    if kind.startswith("application/json"):
        return Call(
            {name: value if isinstance(value, str) else json.dumps(value) for name, value in json.loads(body).items()}
        )
    return Call(dict(parse_qsl(body.decode(), keep_blank_values=True)))


def _read_parts(kind: str, body: bytes) -> Call:
    call = Call({})
    whole = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    for part in whole.iter_parts():
        name, filename = part.get_param("name", header="content-disposition"), part.get_filename()
        content = part.get_payload(decode=True)
        if filename is None:
            call.text[str(name)] = content.decode()
        else:
            call.files[str(name)] = (filename, content)
    return call


@asynccontextmanager
async def telegram_server() -> AsyncIterator[TelegramServer]:
    """A stand-in that answers on loopback until the block ends."""
    server = TelegramServer()
    app = FastAPI()

    @app.post("/bot{token}/{method}")
    async def call(token: str, method: str, request: Request) -> Response:
        return await server.answer(token, method, read_call(request.headers, await request.body()))

    @app.get("/file/bot{token}/{path:path}")
    async def download(token: str, path: str) -> Response:
        return server.download(token, path)

    async with listening(app) as port:
        server.url = f"http://127.0.0.1:{port}"
        delivering = asyncio.create_task(server.deliver_for_ever())
        try:
            yield server
        finally:
            await server.close()
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)
