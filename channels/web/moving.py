"""Going on elsewhere: a signed-in customer with his account, or anybody on another channel by a one-time code."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import segno
from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse

from bot.joins import Identity, TooMany
from bot.messages import ACCOUNT, Model
from bot.store.keys import CODE_TTL
from channels.web.door import CHANNEL, Door
from channels.web.frames import Problem
from channels.web.limits import Limits
from channels.web.logins import BadLogin, Logins

Link = Callable[[str], Awaitable[str | None]]
"""The address that brings a code to a channel; None where it has to be typed there."""


class LoginRequest(Model):
    """`user`: what the shop's server signed; `token`: who the visitor was before, if anybody."""

    user: str = Field(min_length=1, max_length=4096)
    token: str | None = Field(default=None, max_length=512)


class CodeRequest(Model):
    token: str = Field(max_length=512)


def add_moving(
    router: APIRouter,
    door: Door,
    limits: Limits,
    logins: Logins | None,
    links: Mapping[str, Link],
    welcome: dict[str, Any],
) -> None:
    """`links`: the channels that a conversation can go on in; `welcome`: what every visitor is told with his token."""

    @router.post("/login")
    async def login(request: Request, asked: LoginRequest) -> JSONResponse:
        """A token of the customer whom the shop's server has signed in; what he said as a visitor goes with him."""
        await limits.check("visitor", request.client.host if request.client else "")
        account = _read_login(logins, asked.user)
        visitor = door.visitors.check(asked.token) if asked.token else None
        if visitor and not visitor.startswith(ACCOUNT):
            joined = await door.joins.sign_in(_on_web(visitor), _on_web(account))
            if not joined:
                raise Problem("unavailable", "Something is still being answered; please try again in a moment.")
        return JSONResponse({"token": door.visitors.sign(account), **welcome})

    @router.post("/code")
    async def code(asked: CodeRequest) -> JSONResponse:
        """A code that works once, and for each other channel the address that brings it there, also as a picture."""
        visitor, _ = door.conversation(asked.token)
        try:
            made = await door.joins.make_code(_on_web(visitor))
        except TooMany:
            raise Problem("too_many", "So many codes were made; please wait ten minutes.") from None
        doors = [{"channel": name, **_draw(await link(made))} for name, link in links.items()]
        return JSONResponse({"code": made, "seconds": CODE_TTL // 1000, "doors": doors})


def _read_login(logins: Logins | None, token: str) -> str:
    if logins is None:
        raise Problem("bad_login", "This desk takes no signed logins: JIELI_LOGIN_SECRET is not set.")
    try:
        return logins.read(token)
    except BadLogin as error:
        raise Problem("bad_login", str(error)) from None


def _on_web(identity: str) -> Identity:
    return Identity(channel=CHANNEL, identity=identity)


def _draw(url: str | None) -> dict[str, Any]:
    """An address, and its QR code as the path of an SVG of `size` by `size`: no picture a page's policy may forbid."""
    if url is None:
        return {"url": None, "qr": None}
    rows = [bytes(row) for row in segno.make(url, error="m", micro=False).matrix]
    dots = ((x, y) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return {"url": url, "qr": {"size": len(rows), "path": "".join(f"M{x} {y}h1v1h-1z" for x, y in dots)}}
