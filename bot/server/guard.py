"""Around every request: a bound on its body, headers that keep browsers strict, and errors without a stack trace."""

from __future__ import annotations

import logging

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.media import LARGEST

log = logging.getLogger(__name__)

LARGEST_BODY = 1024 * 1024
"""Bytes."""
UPLOADS = frozenset({"/api/media", "/workspace/api/media"})
"""Paths that take a file, and bound it themselves once they know who sends it."""
LARGEST_UPLOAD = LARGEST + LARGEST_BODY

CSP = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'self'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), payment=()",
}


class TooLarge(Exception):
    pass


class Body:
    """What a request sends, up to the bound."""

    def __init__(self, receive: Receive, largest: int) -> None:
        self._receive = receive
        self._largest = largest
        self._read = 0

    @property
    def too_large(self) -> bool:
        return self._read > self._largest

    async def receive(self) -> Message:
        """Raises `TooLarge`."""
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self.too_large:
            raise TooLarge
        return message


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        body = Body(receive, LARGEST_UPLOAD if scope["path"] in UPLOADS else LARGEST_BODY)
        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if body.too_large and not begun:
                return  # FastAPI makes its own 400 of whatever goes wrong in a body; ours names the problem
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer: ASGIApp | None = None
        try:
            await self._app(scope, body.receive, send_with_headers)
        except TooLarge:
            pass
        except Exception as error:
            log.error("a request failed: %s", type(error).__name__, exc_info=error)
            answer = _answer(500, "unavailable", "Something went wrong here; please try again.")
        if body.too_large:
            answer = _answer(413, "too_large", "This is too large.")
        if answer and not begun:
            await answer(scope, receive, send)


def _answer(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers=dict(HEADERS))
