"""Who asks: the workspace's cookie, its CSRF token and its Origin, for requests and for sockets."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request, WebSocket
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response

from handoff.accounts import Account, Accounts, Session
from handoff.roles import May, may

COOKIE = "jieli_session"
CSRF_HEADER = "x-csrf-token"
PATH = "/workspace"


class Problem(Exception):
    """A refusal in the shape of docs/protocol.md; `more` stands beside code and message."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"code": code, "message": message, **more}


def answer_problem(_: Request, problem: Exception) -> JSONResponse:
    """A `Problem` as HTTP: the application's handler for it."""
    assert isinstance(problem, Problem)
    return JSONResponse({"error": problem.error}, problem.status)


@dataclass(frozen=True)
class SignedIn:
    """A session in use: its account, the CSRF token that goes with it, and the token itself."""

    account: Account
    csrf: str = field(repr=False)
    token: str = field(repr=False)


class Sessions:
    """`secret` makes the CSRF tokens."""

    def __init__(self, accounts: Accounts, secret: bytes) -> None:
        self._accounts = accounts
        self._secret = secret

    async def find(self, connection: HTTPConnection) -> SignedIn | None:
        """The session of the cookie, if it is good; nothing else is checked."""
        token = connection.cookies.get(COOKIE)
        account = await self._accounts.agent_of(token) if token else None
        return SignedIn(account, self.csrf(token), token) if account and token else None

    async def signed_in(self, request: Request) -> Account:
        """The agent who asks; a POST also needs our Origin and the CSRF token. Raises `Problem`."""
        if request.method != "GET":
            check_origin(request.headers)
        session = await self.find(request)
        if session is None:
            raise Problem(401, "signed_out", "Please sign in.")
        if request.method != "GET" and not self.is_csrf(session, request.headers.get(CSRF_HEADER, "")):
            raise Problem(403, "forbidden", "The X-CSRF-Token header is missing or old; ask for /workspace/api/me.")
        return session.account

    def who_may(self, act: May) -> Callable[[Request], Awaitable[Account]]:
        """The dependency that gives whoever asks, if their role allows `act`. Raises `Problem`."""

        async def allowed(request: Request) -> Account:
            account = await self.signed_in(request)
            if not may(account.role, act):
                raise not_allowed()
            return account

        return allowed

    async def on_socket(self, socket: WebSocket) -> SignedIn:
        """The session behind a socket before it is accepted; its hello then shows the CSRF token. Raises `Problem`."""
        check_origin(socket.headers)
        session = await self.find(socket)
        if session is None:
            raise Problem(401, "signed_out", "Please sign in.")
        return session

    def is_csrf(self, session: SignedIn, given: str) -> bool:
        return hmac.compare_digest(session.csrf.encode(), given.encode())

    def csrf(self, token: str) -> str:
        """The CSRF token of a session; the same as long as the session lasts."""
        return hmac.digest(self._secret, b"csrf:" + token.encode(), "sha256").hex()


def not_allowed() -> Problem:
    return Problem(403, "forbidden", "Your role does not allow this.", reason="role")


def check_origin(headers: Mapping[str, str]) -> None:
    """Only our own pages may use the cookie; browsers name theirs. Raises `Problem`."""
    origin = urlsplit(headers.get("origin", ""))
    if not origin.netloc or origin.netloc != headers.get("host"):
        raise Problem(403, "bad_origin", "The Origin header must name this server.")


def keep(response: Response, request: Request, session: Session) -> None:
    """Give the browser its cookie: for scripts unreadable, for other sites unusable."""
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, session.token, path=PATH, httponly=True, samesite="strict", secure=secure)


def forget(response: Response) -> None:
    response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")
