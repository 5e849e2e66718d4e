"""Accounts: links are used once, passwords open one door, and a disabled agent is out at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from bot.clock import Clock
from bot.record.database import Database
from handoff.accounts import (
    ADMIN_LINK_LIFE,
    LINK_LIFE,
    SESSION_LIFE,
    AccountRefused,
    Accounts,
    BadName,
    BadPassword,
    LinkSpent,
    NameTaken,
    Session,
    Standing,
    UnknownAccount,
)
from handoff.roles import Role

PASSWORD = "correct horse"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class SetClock(Clock):
    def __init__(self) -> None:
        super().__init__()
        self.time = 1_795_248_000_000

    def now(self) -> int:
        return self.time


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def accounts(database: Database, clock: SetClock) -> Accounts:
    return Accounts(database, clock, hasher=QUICK)


async def _new(accounts: Accounts, name: str = "Lin", role: Role = Role.AGENT) -> Session:
    return await accounts.accept(await accounts.invite(role), name, PASSWORD)


async def test_an_invited_agent_is_signed_in_and_can_sign_in_again(accounts: Accounts) -> None:
    session = await _new(accounts)
    assert (session.account.name, session.account.role) == ("Lin", Role.AGENT)
    assert await accounts.agent_of(session.token) == session.account
    again = await accounts.sign_in("lin ", PASSWORD)
    assert again is not None
    assert again.token != session.token


@pytest.mark.parametrize(
    ("name", "password"), [("Lin", "wrong horse"), ("nobody", PASSWORD), ("", ""), ("Lin\ud800", "x")]
)
async def test_a_wrong_name_or_password_opens_nothing(accounts: Accounts, name: str, password: str) -> None:
    await _new(accounts)
    assert await accounts.sign_in(name, password) is None


async def test_an_unknown_name_is_verified_like_a_known_one(database: Database, clock: SetClock) -> None:
    verified = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            verified.append(hash)
            return super().verify(hash, password)

    accounts = Accounts(database, clock, hasher=Counting(time_cost=1, memory_cost=8, parallelism=1))
    await accounts.add("Invited", Role.AGENT)
    for name in ("nobody", "Invited"):
        assert await accounts.sign_in(name, PASSWORD) is None
    assert len(verified) == 2


async def test_a_link_is_used_once(accounts: Accounts) -> None:
    token = await accounts.invite(Role.AGENT)
    results = await asyncio.gather(
        *(accounts.accept(token, f"Agent {number}", PASSWORD) for number in range(5)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["LinkSpent"] * 4 + ["Session"]
    assert len(await accounts.everyone()) == 1


@pytest.mark.parametrize(("role", "life"), [(Role.AGENT, LINK_LIFE), (Role.ADMIN, ADMIN_LINK_LIFE)])
async def test_a_link_expires(accounts: Accounts, clock: SetClock, role: Role, life: int) -> None:
    early, late = await accounts.invite(role), await accounts.invite(role)
    clock.time += life - 1
    assert (await accounts.accept(early, "Early", PASSWORD)).account.role is role
    clock.time += 1
    with pytest.raises(LinkSpent):
        await accounts.accept(late, "Late", PASSWORD)


@pytest.mark.parametrize(
    ("name", "password", "refusal"),
    [
        ("LIN", PASSWORD, NameTaken),
        (" Ｌin", PASSWORD, NameTaken),
        (" \t", PASSWORD, BadName),
        (None, PASSWORD, BadName),
        ("x" * 41, PASSWORD, BadName),
        ("Mei", "ninechars", BadPassword),
    ],
)
async def test_a_refused_answer_leaves_the_link_good(
    accounts: Accounts, name: str | None, password: str, refusal: type[AccountRefused]
) -> None:
    await _new(accounts, "Lin")
    token = await accounts.invite(Role.AGENT)
    with pytest.raises(refusal):
        await accounts.accept(token, name, password)
    assert (await accounts.accept(token, " 小 美 ", PASSWORD)).account.name == "小 美"


async def test_an_added_agent_is_invited_until_the_link_is_used(accounts: Accounts) -> None:
    account, token = await accounts.add("Mei", Role.ADMIN)
    assert account.state is Standing.INVITED
    session = await accounts.accept(token, "another name", PASSWORD)
    assert (session.account.id, session.account.name) == (account.id, "Mei")
    assert session.account.state is Standing.ACTIVE
    with pytest.raises(NameTaken):
        await accounts.add("MEI", Role.AGENT)


async def test_a_reset_changes_the_password_and_ends_other_sessions(accounts: Accounts) -> None:
    before = await _new(accounts)
    first = await accounts.reset(before.account.id)
    second = await accounts.reset(before.account.id)
    assert await accounts.agent_of(before.token)
    after = await accounts.accept(second, None, "battery staple")
    assert await accounts.agent_of(before.token) is None
    assert await accounts.agent_of(after.token)
    assert await accounts.sign_in("Lin", PASSWORD) is None
    with pytest.raises(LinkSpent):
        await accounts.accept(first, None, PASSWORD)


async def test_a_disabled_agent_is_out_at_once(accounts: Accounts) -> None:
    session = await _new(accounts)
    link = await accounts.reset(session.account.id)
    disabled = await accounts.disable(session.account.id)
    assert disabled.state is Standing.DISABLED
    assert await accounts.agent_of(session.token) is None
    assert await accounts.sign_in("Lin", PASSWORD) is None
    assert await accounts.colleagues() == []
    with pytest.raises(LinkSpent):
        await accounts.accept(link, None, PASSWORD)
    await accounts.enable(session.account.id)
    assert await accounts.agent_of(session.token) is None
    assert await accounts.sign_in("Lin", PASSWORD)


async def test_a_link_made_while_disabled_opens_nothing(accounts: Accounts) -> None:
    session = await _new(accounts)
    await accounts.disable(session.account.id)
    link = await accounts.reset(session.account.id)
    with pytest.raises(LinkSpent):
        await accounts.accept(link, None, PASSWORD)


async def test_sessions_end(accounts: Accounts, clock: SetClock) -> None:
    first, second = await _new(accounts, "Lin"), await _new(accounts, "Mei")
    await accounts.sign_out(first.token)
    assert await accounts.agent_of(first.token) is None
    clock.time += SESSION_LIFE - 1
    assert await accounts.agent_of(second.token)
    clock.time += 1
    assert await accounts.agent_of(second.token) is None


async def test_unknown_agents_are_named_as_such(accounts: Accounts) -> None:
    for ask in (accounts.disable, accounts.enable, accounts.reset):
        with pytest.raises(UnknownAccount):
            await ask("nobody")


async def test_the_database_holds_no_token_and_no_password(accounts: Accounts, tmp_path: Path) -> None:
    token = await accounts.invite(Role.AGENT)
    session = await accounts.accept(token, "Lin", PASSWORD)
    kept = _all_bytes(tmp_path)
    assert b"Lin" in kept
    for secret in (token, session.token, PASSWORD):
        assert secret.encode() not in kept


def _all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_the_demo_agent_has_a_new_password_each_start_and_exists_only_in_the_demo(
    database: Database, clock: SetClock, accounts: Accounts
) -> None:
    demo = Accounts(database, clock, demo=True, hasher=QUICK)
    first = await demo.ensure_demo_agent("first password")
    session = await demo.sign_in("demo", "first password")
    assert session is not None
    assert session.account == first
    assert await demo.ensure_demo_agent("second password") == first
    assert await demo.agent_of(session.token) is None
    assert await demo.sign_in("demo", "first password") is None
    assert await demo.sign_in("demo", "second password")
    assert await accounts.sign_in("demo", "second password") is None
    assert await accounts.everyone() == []
