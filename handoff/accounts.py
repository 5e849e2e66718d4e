"""The agents' accounts: one-time links, passwords and sessions. Tokens are kept as hashes, and nothing is logged."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction

from bot.clock import Clock
from bot.messages import clean_text
from bot.record.database import Database
from bot.record.tables import AgentRow, InvitationRow, SessionRow
from handoff.broker import Agent
from handoff.roles import May, Role, may

HOUR = 3_600_000
"""ms"""
LINK_LIFE = 7 * 24 * HOUR
ADMIN_LINK_LIFE = 24 * HOUR
SESSION_LIFE = 16 * HOUR
"""A long working day; the next one begins with a sign-in."""
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1_000
LONGEST_NAME = 40
HASHED_AT_ONCE = 2
"""A hash takes 64 MiB and a core."""
DEMO_NAME = "demo"


class Standing(StrEnum):
    """`INVITED` has no password yet; `DISABLED` cannot sign in."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True)
class Account(Agent):
    """An agent as the admin knows them."""

    role: Role
    state: Standing


@dataclass(frozen=True)
class Session:
    """A sign-in: `token` goes into the cookie and is known to nobody else; `expires` in ms since the epoch."""

    token: str = field(repr=False)
    account: Account
    expires: int


class AccountRefused(Exception):
    """What was asked of an account cannot be; `reason` is one word, the message a sentence."""

    reason: str
    message: str

    def __init__(self) -> None:
        super().__init__(self.message)


class LinkSpent(AccountRefused):
    reason = "link"
    message = "This link was used, has expired or is not one of ours; ask an admin for a new one."


class NameTaken(AccountRefused):
    reason = "name_taken"
    message = "Another agent has this name; choose a different one."


class BadName(AccountRefused):
    reason = "name"
    message = f"A name has 1 to {LONGEST_NAME} characters."


class BadPassword(AccountRefused):
    reason = "password"
    message = f"A password has at least {SHORTEST_PASSWORD} characters, and at most {LONGEST_PASSWORD}."


class UnknownAccount(AccountRefused):
    reason = "unknown"
    message = "There is no such agent."


class Accounts:
    """`demo`: whether the agent made by demo mode exists; outside of it that account is as unknown as any other."""

    def __init__(
        self, database: Database, clock: Clock, *, demo: bool = False, hasher: PasswordHasher | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._demo = demo
        self._hasher = hasher or PasswordHasher()
        self._hashing = asyncio.Semaphore(HASHED_AT_ONCE)

    async def invite(self, role: Role) -> str:
        """A token for a link that makes a new agent, who chooses the name; an admin's is good for a day only."""
        life = ADMIN_LINK_LIFE if role is Role.ADMIN else LINK_LIFE
        token, row = self._invitation("new", life, role=role)
        await self._database.run(lambda transaction: transaction.add(row))
        return token

    async def add(self, name: str, role: Role) -> tuple[Account, str]:
        """A new agent, and the token of the link that sets the password. Raises `BadName`, `NameTaken`."""
        agent = self._new_agent(name, role, None)
        token, invitation = self._invitation("reset", LINK_LIFE, agent=agent.id)

        def work(transaction: Transaction) -> None:
            _insert(transaction, agent)
            transaction.add(invitation)

        await self._database.run(work)
        return _account(agent), token

    async def accept(self, token: str, name: str | None, password: str) -> Session:
        """Use a link: a new agent takes `name`, a known one only the password and loses all other sessions.

        Raises `LinkSpent`, `BadName`, `NameTaken`, `BadPassword`; the link stays good after the last three.
        """
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise BadPassword
        await self._database.read(lambda transaction: self._find_invitation(transaction, token))
        hashed = await self._hash(password)

        def work(transaction: Transaction) -> Session:
            invitation = self._use_invitation(transaction, token)
            if invitation.agent is None:
                agent = self._new_agent(name or "", Role(invitation.role or Role.AGENT), hashed)
                _insert(transaction, agent)
            else:
                agent = transaction.get_one(AgentRow, invitation.agent)
                agent.password = hashed
                _end_sessions(transaction, agent.id)
            return self._start_session(transaction, agent)

        return await self._database.run(work)

    async def sign_in(self, name: str, password: str) -> Session | None:
        """A new session, or None: as slowly for a name nobody has as for a wrong password."""
        query = select(AgentRow).where(AgentRow.folded == fold_name(name))
        agent = await self._database.read(lambda transaction: transaction.scalar(query))
        right = await self._verify(agent.password if agent else None, password)
        if not right or agent is None or not self._may_sign_in(agent):
            return None
        return await self._database.run(lambda transaction: self._start_session(transaction, agent))

    async def agent_of(self, token: str) -> Account | None:
        """Whose session this is, if it still lasts."""
        query = (
            select(AgentRow)
            .join(SessionRow, SessionRow.agent == AgentRow.id)
            .where(SessionRow.token_hash == _digest(token), SessionRow.expires > self._clock.now())
        )
        agent = await self._database.read(lambda transaction: transaction.scalar(query))
        return _account(agent) if agent and self._may_sign_in(agent) else None

    async def sign_out(self, token: str) -> None:
        query = delete(SessionRow).where(SessionRow.token_hash == _digest(token))
        await self._database.run(lambda transaction: transaction.execute(query))

    async def everyone(self) -> list[Account]:
        """All agents, by name."""
        query = select(AgentRow).order_by(AgentRow.folded)
        agents = await self._database.read(lambda transaction: transaction.scalars(query).all())
        return [_account(agent) for agent in agents if self._demo or not agent.demo]

    async def colleagues(self) -> list[Agent]:
        """Those who may sign in and take chats, as they see each other."""
        return [one for one in await self.everyone() if one.state is Standing.ACTIVE and may(one.role, May.WORK)]

    async def disable(self, id: str) -> Account:
        """Lock an agent out at once: all sessions and open links end. Raises `UnknownAccount`."""
        return await self._database.run(lambda transaction: self._set_disabled(transaction, id, disabled=True))

    async def enable(self, id: str) -> Account:
        """Let an agent sign in again. Raises `UnknownAccount`."""
        return await self._database.run(lambda transaction: self._set_disabled(transaction, id, disabled=False))

    async def reset(self, id: str) -> str:
        """The token of a link that sets a new password; until it is used the old one stays. Raises `UnknownAccount`."""
        token, invitation = self._invitation("reset", LINK_LIFE, agent=id)

        def work(transaction: Transaction) -> None:
            self._get(transaction, id)
            _end_links(transaction, id)
            transaction.add(invitation)

        await self._database.run(work)
        return token

    async def ensure_demo_agent(self, password: str) -> Account:
        """The demo's agent, an admin, with the password of this start."""
        hashed = await self._hash(password)

        def work(transaction: Transaction) -> Account:
            agent = transaction.scalar(select(AgentRow).where(AgentRow.demo))
            if agent is None:
                agent = self._new_agent(DEMO_NAME, Role.ADMIN, hashed, demo=True)
                _insert(transaction, agent)
            agent.password, agent.disabled = hashed, False
            _end_sessions(transaction, agent.id)
            return _account(agent)

        return await self._database.run(work)

    async def _hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, _bytes(password))

    async def _verify(self, hashed: str | None, password: str) -> bool:
        async with self._hashing:
            return await asyncio.to_thread(self._verify_slowly, hashed, password)

    def _verify_slowly(self, hashed: str | None, password: str) -> bool:
        """Somebody without a password costs the same time as somebody with one."""
        nobodys = self._nobodys_hash
        try:
            return self._hasher.verify(hashed or nobodys, _bytes(password)) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False

    @cached_property
    def _nobodys_hash(self) -> str:
        return self._hasher.hash(secrets.token_hex(16))

    def _may_sign_in(self, agent: AgentRow) -> bool:
        return not agent.disabled and (self._demo or not agent.demo)

    def _invitation(
        self, kind: str, life: int, *, role: Role | None = None, agent: str | None = None
    ) -> tuple[str, InvitationRow]:
        token = secrets.token_urlsafe(32)
        expires = self._clock.now() + life
        return token, InvitationRow(
            token_hash=_digest(token), kind=kind, role=role, agent=agent, expires=expires, used=None
        )

    def _find_invitation(self, transaction: Transaction, token: str) -> InvitationRow:
        invitation = transaction.get(InvitationRow, _digest(token))
        if invitation is None or invitation.used is not None or invitation.expires <= self._clock.now():
            raise LinkSpent
        if invitation.agent is not None and not self._may_sign_in(transaction.get_one(AgentRow, invitation.agent)):
            raise LinkSpent
        return invitation

    def _use_invitation(self, transaction: Transaction, token: str) -> InvitationRow:
        """Of two who use a link at once, one gets it."""
        unused = (InvitationRow.token_hash == _digest(token)) & InvitationRow.used.is_(None)
        result = transaction.execute(update(InvitationRow).where(unused).values(used=self._clock.now()))
        assert isinstance(result, CursorResult)
        if result.rowcount != 1:
            raise LinkSpent
        return transaction.get_one(InvitationRow, _digest(token))

    def _new_agent(self, name: str, role: Role, password: str | None, *, demo: bool = False) -> AgentRow:
        name = _checked_name(name)
        return AgentRow(
            id=secrets.token_hex(8),
            name=name,
            folded=fold_name(name),
            role=role,
            password=password,
            disabled=False,
            demo=demo,
            created_at=self._clock.now(),
        )

    def _start_session(self, transaction: Transaction, agent: AgentRow) -> Session:
        now = self._clock.now()
        token = secrets.token_urlsafe(32)
        transaction.execute(delete(SessionRow).where(SessionRow.expires <= now))
        transaction.add(SessionRow(token_hash=_digest(token), agent=agent.id, expires=now + SESSION_LIFE))
        return Session(token, _account(agent), now + SESSION_LIFE)

    def _get(self, transaction: Transaction, id: str) -> AgentRow:
        agent = transaction.get(AgentRow, id)
        if agent is None or (agent.demo and not self._demo):
            raise UnknownAccount
        return agent

    def _set_disabled(self, transaction: Transaction, id: str, *, disabled: bool) -> Account:
        agent = self._get(transaction, id)
        agent.disabled = disabled
        if disabled:
            _end_sessions(transaction, id)
            _end_links(transaction, id)
        return _account(agent)


def _account(agent: AgentRow) -> Account:
    state = Standing.ACTIVE if agent.password else Standing.INVITED
    return Account(agent.id, agent.name, Role(agent.role), Standing.DISABLED if agent.disabled else state)


def _insert(transaction: Transaction, agent: AgentRow) -> None:
    transaction.add(agent)
    try:
        transaction.flush()
    except IntegrityError:
        raise NameTaken from None


def _end_sessions(transaction: Transaction, agent: str) -> None:
    transaction.execute(delete(SessionRow).where(SessionRow.agent == agent))


def _end_links(transaction: Transaction, agent: str) -> None:
    transaction.execute(delete(InvitationRow).where(InvitationRow.agent == agent))


def _checked_name(name: str) -> str:
    name = " ".join(str(clean_text(name)).split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise BadName
    return name


def fold_name(name: str) -> str:
    """What makes two names the same: case, width and spaces do not count."""
    return " ".join(unicodedata.normalize("NFKC", str(clean_text(name))).casefold().split())


def _bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
