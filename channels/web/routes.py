"""The web channel over HTTP: the visitor's token, the socket, and the long poll for networks without sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, WebSocket
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.messages import Audience, State
from bot.uploads import UploadId, UploadRefused
from bot.wire import LINE, Gap, Joined, Listener, Moved, QueueChanged, Said, Typing
from channels.web.door import Door
from channels.web.frames import (
    HistoryRequest,
    PollRequest,
    Problem,
    SayRequest,
    VisitorRequest,
)
from channels.web.limits import Limits, allowed_origin
from channels.web.logins import Logins
from channels.web.moving import Link, add_moving
from channels.web.session import serve

STATUS = {
    "bad_token": 401,
    "bad_login": 401,
    "bad_origin": 403,
    "too_many": 429,
    "full": 503,
    "unavailable": 503,
    "too_large": 413,
    "bad_type": 415,
    "not_found": 404,
}
BAD_ORIGIN = 4403
CHAT = "/api/chat"


def make_routes(
    door: Door,
    limits: Limits,
    origins: frozenset[str],
    *,
    demo: bool,
    logins: Logins | None = None,
    links: Mapping[str, Link] = MappingProxyType({}),
) -> APIRouter:
    """The routes under `/api`. `origins`: foreign sites that may embed the widget; `links`: as in `add_moving`."""
    router = APIRouter(prefix="/api", tags=["widget"])

    async def check_origin(request: Request) -> None:
        if not allowed_origin(request.headers, origins):
            raise Problem("bad_origin", "This site may not embed the widget.")

    posts = APIRouter(dependencies=[Depends(check_origin)])
    welcome = {"demo": demo, "doors": sorted(links)}
    _add_visitor(posts, door, limits, welcome)
    _add_poll(posts, door, limits)
    _add_media(posts, door, limits)
    add_moving(posts, door, limits, logins, links, welcome)
    router.include_router(posts)

    return router


def make_chat(door: Door, origins: frozenset[str]) -> ASGIApp:
    """The socket at `CHAT`. It is no route: most widgets are idle, and what routes hold for each is 13 kB."""

    async def chat(scope: Scope, receive: Receive, send: Send) -> None:
        may_come = allowed_origin(Headers(scope=scope), origins)
        scope["headers"] = []  # a kilobyte that nobody reads again
        socket = WebSocket(scope, receive, send)
        await socket.accept()  # a socket refused before does not tell the page why
        if not may_come:
            await socket.close(BAD_ORIGIN)
            return
        await serve(socket, door)

    return chat


def _add_visitor(router: APIRouter, door: Door, limits: Limits, welcome: dict[str, Any]) -> None:
    @router.post("/visitor")
    async def visitor(request: Request, asked: VisitorRequest) -> JSONResponse:
        """A visitor token: the given one if it is ours, else a new one."""
        if asked.token and door.visitors.check(asked.token):
            return JSONResponse({"token": asked.token, **welcome})
        await limits.check("visitor", request.client.host if request.client else "")
        return JSONResponse({"token": door.visitors.new(), **welcome})


def _add_poll(router: APIRouter, door: Door, limits: Limits) -> None:
    @router.post("/poll")
    async def poll(asked: PollRequest) -> JSONResponse:
        """What is new after `after`, as soon as there is something, at most after `wait` seconds."""
        _, home = door.conversation(asked.token)
        thread = await door.thread(home)
        with door.wire.follow(home, thread.id, LINE) as signals:
            found = await _whats_new(door, home, asked)
            if not found["entries"] and found["conversation"] == (asked.conversation or thread.id):
                sign = await _wait(found["state"], signals, asked.wait)
                found = {**await _whats_new(door, home, asked), **sign}
        return JSONResponse({"type": "ready", **found})

    @router.post("/say")
    async def say(asked: SayRequest) -> JSONResponse:
        """Take a message in; the same `id` again gets the same answer."""
        visitor, conversation = door.conversation(asked.token)
        await limits.check("say", conversation)
        received = await door.say(visitor, asked.language, asked, shows_typing=False)
        return JSONResponse({"type": "ack", "id": asked.id, "seq": received.seq})

    @router.post("/history")
    async def history(asked: HistoryRequest) -> JSONResponse:
        """The entries before a seq, as far as the shopper may see them."""
        _, home = door.conversation(asked.token)
        return JSONResponse(await door.older(await door.thread(home), asked.before))


def _add_media(router: APIRouter, door: Door, limits: Limits) -> None:
    @router.post("/media")
    async def media(
        request: Request,
        id: Annotated[UploadId, Query()],
        name: Annotated[str, Query(max_length=500)] = "",
        authorization: Annotated[str, Header(max_length=600)] = "",
    ) -> JSONResponse:
        """Take a file in, to be said with its `id`; the same `id` again gets the same answer."""
        visitor, conversation = door.conversation(authorization.removeprefix("Bearer "))
        await limits.check("media", conversation)
        try:
            kept = await door.uploads.put(visitor, id, name, request.stream())
        except UploadRefused as refusal:
            raise Problem(refusal.code, str(refusal), id) from None
        return JSONResponse({"id": id, "kind": kept.kind, "name": kept.name, "url": door.paths.path(kept.media)})


def answer_problem(_: Request, problem: Exception) -> JSONResponse:
    """A `Problem` as HTTP."""
    assert isinstance(problem, Problem)
    body = problem.frame()
    body.pop("type")
    return JSONResponse(body, STATUS.get(problem.code, 400))


async def _whats_new(door: Door, home: str, asked: PollRequest) -> dict[str, Any]:
    thread = await door.thread(home)
    entries, more = await door.newest(thread, thread.after(asked.after, asked.conversation))
    state = await door.state(thread)
    return {**state, "entries": [door.paths.shown(entry) for entry in entries], "more": more}


async def _wait(state: str, signals: Listener, wait: float) -> dict[str, str]:
    """Wait for something worth answering; a typing sign is answered as such."""
    with suppress(TimeoutError):
        async with asyncio.timeout(wait):
            while True:
                match await signals.get():
                    case Typing(_, "agent"):
                        return {"typing": "agent"}
                    case Said(_, entry) if entry.audience is Audience.ALL:
                        break
                    case QueueChanged() if state != State.QUEUED:
                        continue
                    case Moved() | Joined() | Gap() | QueueChanged():
                        break
    return {}
