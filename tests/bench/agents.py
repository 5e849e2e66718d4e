"""Agents with sessions of their own, put into the product's record, and the workspaces they sit at."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from argon2 import PasswordHasher
from websockets.asyncio.client import ClientConnection, connect

from bot.clock import Clock
from bot.record.database import Database
from bot.secrets import load_secret
from handoff.accounts import Accounts
from handoff.roles import Role
from handoff.workspace.sessions import COOKIE, Sessions
from tests.bench.product import Product

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Nobody guesses these passwords."""


@dataclass(frozen=True)
class Badge:
    """What an agent's browser holds."""

    id: str
    cookie: str
    csrf: str

    def headers(self, base: str) -> dict[str, str]:
        return {"Origin": f"http://{base}", "Cookie": self.cookie}

    def to_json(self) -> dict[str, str]:
        return asdict(self)


async def hire(product: Product, count: int) -> list[Badge]:
    """`count` new agents who are signed in."""
    database = Database(f"sqlite:///{product.data / 'record.db'}")
    accounts = Accounts(database, Clock(), hasher=QUICK)
    sessions = Sessions(accounts, load_secret(product.data, "workspace"))
    badges = []
    for number in range(count):
        account, link = await accounts.add(f"Agent {number}", Role.AGENT)
        session = await accounts.accept(link, None, "a password for the bench")
        badges.append(Badge(account.id, f"{COOKIE}={session.token}", sessions.csrf(session.token)))
    await database.close()
    return badges


async def open_workspace(base: str, badge: Badge) -> ClientConnection:
    """A feed after its snapshot. `base`: host:port."""
    url = f"ws://{base}/workspace/api/feed"
    socket = await connect(url, additional_headers=badge.headers(base), max_size=None)
    await socket.send(json.dumps({"type": "hello", "csrf": badge.csrf, "after": None}))
    await socket.recv()
    return socket
