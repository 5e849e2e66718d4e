"""Signing in and out of the workspace, one-time links, and the admin's list of agents."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import JSONResponse

from bot.messages import Model, Text
from bot.store.store import Store
from handoff.accounts import (
    Account,
    AccountRefused,
    Accounts,
    BadName,
    BadPassword,
    LinkSpent,
    NameTaken,
    Session,
    UnknownAccount,
    fold_name,
)
from handoff.broker import Agent
from handoff.ledger import Notes
from handoff.roles import TABLE, May, Role
from handoff.workspace.sessions import Problem, Sessions, check_origin, forget, keep

TRIES = 10
"""Wrong passwords or links for one name, and from one address, within `WINDOW`."""
WINDOW = 300
"""Seconds."""

REFUSALS: Mapping[type[AccountRefused], tuple[int, str]] = {
    LinkSpent: (410, "bad_token"),
    NameTaken: (409, "refused"),
    BadName: (400, "bad_request"),
    BadPassword: (400, "bad_request"),
    UnknownAccount: (404, "not_found"),
}
"""What each refusal is over HTTP: status and code of docs/protocol.md."""

Name = Annotated[Text, Field(max_length=200)]
Secret = Annotated[str, Field(max_length=1_000)]


class LoginBody(Model):
    name: Name
    password: Secret


class InvitationBody(Model):
    """`name` only counts where the link makes a new agent."""

    token: Secret
    name: Name | None = None
    password: Secret


class AgentBody(Model):
    name: Name
    role: Role


class Limits:
    """Counts failed tries in the store, so that they hold over all processes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @asynccontextmanager
    async def tried(self, *who: str) -> AsyncIterator[None]:
        """Count one try for each of `who`, and take it back if the block ends well. Raises `Problem` (`too_many`)."""
        # Digests, because a key has neither a person's name nor any length.
        counters = ["login:" + hashlib.sha256(each.encode()).hexdigest()[:32] for each in who]
        if max([await self._store.count(counter, WINDOW) for counter in counters]) > TRIES:
            raise Problem(429, "too_many", "Too many tries; please wait five minutes.")
        yield
        for counter in counters:
            await self._store.count(counter, WINDOW, by=-1)


@dataclass(frozen=True)
class SignIn:
    """What the routes work with. `on_disabled` requeues an agent's conversations; `demo` lets in this machine only."""

    accounts: Accounts
    sessions: Sessions
    limits: Limits
    on_disabled: Callable[[Agent], Awaitable[None]]
    ledger: Notes
    demo: bool

    def answer(self, token: str, account: Account) -> dict[str, Any]:
        """Who is signed in, as the workspace reads it."""
        agent = {"id": account.id, "name": account.name, "role": account.role, "may": sorted(TABLE[account.role])}
        return {"agent": agent, "csrf": self.sessions.csrf(token), "demo": self.demo}

    async def let_in(self, request: Request, session: Session) -> JSONResponse:
        await self.ledger.note("signed_in", agent=session.account)
        response = JSONResponse(self.answer(session.token, session.account))
        keep(response, request, session)
        return response

    def check_door(self, request: Request) -> str:
        """The address of somebody who wants in. Raises `Problem`."""
        check_origin(request.headers)
        address = request.client.host if request.client else ""
        if self.demo and not _is_loopback(address):
            raise Problem(403, "forbidden", "The demo can only be entered from the machine it runs on.")
        return address


def make_sign_in_routes(parts: SignIn) -> APIRouter:
    """The routes of docs/protocol.md under `/workspace/api` that are about agents; errors are `Problem`s."""
    router = APIRouter(prefix="/workspace/api", tags=["workspace"])
    _add_doors(router, parts)
    _add_agents(router, parts)
    return router


def _add_doors(router: APIRouter, parts: SignIn) -> None:
    accounts, sessions = parts.accounts, parts.sessions

    @router.post("/login")
    async def login(body: LoginBody, request: Request) -> JSONResponse:
        """Sign in by name and password."""
        address = parts.check_door(request)
        async with parts.limits.tried(f"name:{fold_name(body.name)}", f"address:{address}"):
            session = await accounts.sign_in(body.name, body.password)
            if session is None:
                raise Problem(401, "signed_out", "Name or password is wrong.")
        return await parts.let_in(request, session)

    @router.post("/invitation")
    async def invitation(body: InvitationBody, request: Request) -> JSONResponse:
        """Sign in by a one-time link, which sets the password."""
        address = parts.check_door(request)
        async with parts.limits.tried(f"address:{address}"):
            with _refusals():
                session = await accounts.accept(body.token, body.name, body.password)
        return await parts.let_in(request, session)

    @router.get("/me")
    async def me(request: Request) -> JSONResponse:
        """Who is signed in; also says whether this is a demo to those who are not."""
        session = await sessions.find(request)
        if session is None:
            problem = Problem(401, "signed_out", "Please sign in.")
            return JSONResponse({"error": problem.error, "demo": parts.demo}, problem.status)
        return JSONResponse(parts.answer(session.token, session.account))

    @router.post("/logout", dependencies=[Depends(sessions.signed_in)])
    async def logout(request: Request) -> JSONResponse:
        """End this session."""
        session = await sessions.find(request)
        if session:
            await accounts.sign_out(session.token)
            await parts.ledger.note("signed_out", agent=session.account)
        response = JSONResponse({})
        forget(response)
        return response


def _add_agents(router: APIRouter, parts: SignIn) -> None:
    accounts, admin = parts.accounts, parts.sessions.who_may(May.MANAGE)

    async def note(kind: str, by: Account, of: Account) -> None:
        await parts.ledger.note(kind, agent=by, of=of.id, of_name=of.name, role=of.role)

    @router.get("/agents", dependencies=[Depends(admin)])
    async def agents() -> JSONResponse:
        """Everybody who has an account."""
        return JSONResponse({"agents": [_shown(account) for account in await accounts.everyone()]})

    @router.post("/agents")
    async def add(body: AgentBody, request: Request, me: Account = Depends(admin)) -> JSONResponse:
        """A new agent, and the one-time link to hand over."""
        with _refusals():
            account, token = await accounts.add(body.name, body.role)
        await note("agent_added", me, account)
        return JSONResponse({"agent": _shown(account), "link": request.headers["origin"] + link_to(token)})

    @router.post("/agents/{id}/disable")
    async def disable(id: str, me: Account = Depends(admin)) -> JSONResponse:
        """Lock an agent out; what the agent held goes back to the queue."""
        if me.id == id:
            raise Problem(409, "refused", "You cannot disable yourself; another admin can.", reason="self")
        with _refusals():
            account = await accounts.disable(id)
        await note("agent_disabled", me, account)
        await parts.on_disabled(account)
        return JSONResponse({"agent": _shown(account)})

    @router.post("/agents/{id}/enable")
    async def enable(id: str, me: Account = Depends(admin)) -> JSONResponse:
        """Let an agent in again."""
        with _refusals():
            account = await accounts.enable(id)
        await note("agent_enabled", me, account)
        return JSONResponse({"agent": _shown(account)})

    @router.post("/agents/{id}/reset")
    async def reset(id: str, request: Request, me: Account = Depends(admin)) -> JSONResponse:
        """A one-time link that sets a new password."""
        with _refusals():
            token = await accounts.reset(id)
        await parts.ledger.note("password_reset", agent=me, of=id)
        return JSONResponse({"link": request.headers["origin"] + link_to(token)})


def link_to(token: str) -> str:
    """The page of a one-time link. Behind the `#`, the token reaches no server's log."""
    return f"/workspace#invitation={token}"


def _shown(account: Account) -> dict[str, str]:
    return {"id": account.id, "name": account.name, "role": account.role, "state": account.state}


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except AccountRefused as refused:
        status, code = REFUSALS[type(refused)]
        raise Problem(status, code, refused.message, reason=refused.reason) from None


def _is_loopback(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback
