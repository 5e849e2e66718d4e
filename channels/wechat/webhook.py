"""WeChat calls us: checked, opened, made durable, and answered with what the bot says in time, or with `success`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from bot.clock import Clock
from bot.inbox import NotTaken, Received
from bot.messages import Content, Grant, Inbound
from channels.wechat.crypto import BadSeal, Seal, is_signed
from channels.wechat.passive import WAIT, Answer, Passive, Waiting
from channels.wechat.reader import CHANNEL, Fields, Happened, Letter, Unreadable, read_fields, read_letter
from channels.wechat.replies import SUCCESS, sealed_reply, text_reply

log = logging.getLogger(__name__)

PATH = "/wechat"
WINDOW = 300
"""Seconds a signature is good for, before and after its own time: WeChat repeats a callback within 15."""
XML = "text/xml; charset=utf-8"

Render = Callable[[str], str]
"""Makes the body of an answer out of its text."""


class Inbox(Protocol):
    async def receive(self, message: Inbound, *, waits: int | None = None) -> Received: ...

    async def note(
        self, channel: str, identity: str, event: str, external_id: str, *, grant: Grant | None = None
    ) -> Received: ...

    async def greet(
        self, channel: str, identity: str, greeting: Content, external_id: str, *, waits: int | None = None
    ) -> Received: ...


class Refused(Exception):
    """The callback is not WeChat's, or not of now; the message says why, and nothing of what was sent."""


class NoKey(Exception):
    """The callback is sealed, and we have no key to open it."""


@dataclass(frozen=True)
class Account:
    """The account's callback settings. With a `seal` only sealed callbacks are taken: others could be forged."""

    token: str
    seal: Seal | None
    desk: str


@dataclass(frozen=True)
class Door:
    """What the callback needs. `redeem` takes the parameter of a scanned code, and says whether it was one of ours;
    `greet` has the words for an openid that follows; `hand_on` gets every callback raw.
    """

    account: Account
    clock: Clock
    inbox: Inbox
    passive: Passive
    redeem: Callable[[str, Inbound], Awaitable[bool]] | None = None
    greet: Callable[[str], Awaitable[Content | None]] | None = None
    hand_on: Callable[[str, bytes], None] | None = None


class PassiveReply(Response):
    """A passive reply that knows whether somebody was there to take it.

    Its last byte waits for that: who has all of it may hang up, and who hangs up before has nothing.
    """

    def __init__(self, body: str, written: Callable[[], Awaitable[None]], lost: Callable[[], Awaitable[None]]) -> None:
        super().__init__(body, media_type=XML)
        self._written = written
        self._lost = lost

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": self.body[:-1], "more_body": True})
            await asyncio.sleep(0)  # let the loop hear that the other side hung up
            gone = await Request(scope, receive).is_disconnected()
            if not gone:
                await send({"type": "http.response.body", "body": self.body[-1:], "more_body": False})
        except OSError:
            gone = True
        await (self._lost() if gone else self._written())


def make_wechat_routes(door: Door) -> APIRouter:
    """The address to enter on WeChat's page. It answers 403 to what is not WeChat's, 200 to what is not for us."""
    router = APIRouter()

    @router.get(PATH, include_in_schema=False)
    async def verify(request: Request) -> Response:
        """WeChat's page asks whether the address is ours."""
        try:
            _check(door, request.query_params)
        except Refused as error:
            return _refuse(error)
        return PlainTextResponse(request.query_params.get("echostr", ""))

    @router.post(PATH, include_in_schema=False)
    async def callback(request: Request) -> Response:
        """Something was said, or happened."""
        query = request.query_params
        try:
            _check(door, query)
            body = await request.body()
            letter = read_letter(_open(door.account, query, body), door.account.desk)
        except Refused as error:
            return _refuse(error)
        except Unreadable as error:
            log.warning("a callback of wechat's cannot be read: %s", error)
            return _success()
        except NoKey:
            log.error("a callback of wechat's is sealed: set WECHAT_AES_KEY to the EncodingAESKey on its page")
            return PlainTextResponse("no key", 503)
        if door.hand_on:
            door.hand_on(request.url.query, body)
        return await _take(door, letter, request)

    return router


def _check(door: Door, query: Mapping[str, str]) -> None:
    """Raises `Refused`."""
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    if not is_signed(query.get("signature", ""), door.account.token, timestamp, nonce):
        raise Refused("its signature is wrong")
    seconds = int(timestamp) if timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 16 else 0
    if abs(door.clock.now() / 1000 - seconds) > WINDOW:
        raise Refused("it is too old, or one of the two clocks is wrong")


def _open(account: Account, query: Mapping[str, str], body: bytes) -> Fields:
    """The callback's fields, out of their seal. Raises `Refused`, `Unreadable` or `NoKey`."""
    fields = read_fields(body)
    if account.seal is None:
        if "Encrypt" in fields and "MsgType" not in fields:
            raise NoKey
        return fields
    sealed = fields.get("Encrypt", "")
    signed = (account.token, query.get("timestamp", ""), query.get("nonce", ""), sealed)
    if not is_signed(query.get("msg_signature", ""), *signed):
        raise Refused("it is not sealed, or the seal's signature is wrong")
    try:
        return read_fields(account.seal.open(sealed))
    except BadSeal as error:
        raise Refused(f"its seal cannot be opened: {error}") from error


async def _take(door: Door, letter: Letter, request: Request) -> Response:
    render = _renderer(door, letter, request.query_params)
    try:
        match letter.content:
            case Inbound() as message:
                return await _answer(door, message, render, request)
            case Happened() as happened:
                return await _note(door, letter, happened, render, request)
            case None:
                log.info("wechat sent a %.40r, which is nothing for us", letter.kind)
    except NotTaken as refusal:
        return Response(render(str(refusal)), media_type=XML)
    return _success()


async def _note(door: Door, letter: Letter, happened: Happened, render: Render, request: Request) -> Response:
    """A scanned code first: the thread in which something was said last goes on, and a scan says nothing."""
    code, is_ours = happened.parameter, False
    if code and door.redeem:
        is_ours = await door.redeem(code, _scan(letter, code, happened.grant))
    await door.inbox.note(CHANNEL, letter.identity, happened.event, letter.id, grant=happened.grant)
    if happened.event == "followed" and not is_ours and door.greet:
        return await _greet(door, letter, await door.greet(letter.identity), render, request)
    return _success()


async def _greet(door: Door, letter: Letter, greeting: Content | None, render: Render, request: Request) -> Response:
    if greeting is None:
        return _success()
    id, until = f"{letter.id}:greeting", door.clock.now() + WAIT
    received = await door.inbox.greet(CHANNEL, letter.identity, greeting, id, waits=WAIT)
    return await _reply(door, Waiting(received.conversation, id, until, render, request.is_disconnected))


def _scan(letter: Letter, parameter: str, grant: Grant | None) -> Inbound:
    """What the scanned code says, as if it were said."""
    return Inbound(
        channel=CHANNEL,
        identity=letter.identity,
        external_id=f"{letter.id}:code",
        content=Content(text=parameter),
        grant=grant,
    )


async def _answer(door: Door, message: Inbound, render: Render, request: Request) -> Response:
    until = door.clock.now() + WAIT
    received = await door.inbox.receive(message, waits=WAIT)
    id = message.external_id
    return await _reply(door, Waiting(received.conversation, id, until, render, request.is_disconnected))


async def _reply(door: Door, waiting: Waiting) -> Response:
    answer: Answer = await door.passive.answer(waiting)
    if answer.body is None:
        return _success()
    return PassiveReply(
        answer.body,
        written=lambda: door.passive.written(waiting, answer),
        lost=lambda: door.passive.lost(waiting, answer),
    )


def _renderer(door: Door, letter: Letter, query: Mapping[str, str]) -> Render:
    def render(text: str) -> str:
        at = door.clock.now() // 1000
        reply = text_reply(text, to=letter.identity, account=letter.account, at=at)
        if door.account.seal is None:
            return reply
        nonce = query.get("nonce", "")
        return sealed_reply(reply, door.account.seal, token=door.account.token, timestamp=str(at), nonce=nonce)

    return render


def _refuse(error: Refused) -> Response:
    log.warning("a callback is refused: %s", error)
    return PlainTextResponse("forbidden", 403)


def _success() -> Response:
    return PlainTextResponse(SUCCESS)
