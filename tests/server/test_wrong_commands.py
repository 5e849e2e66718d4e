"""Late, double, foreign and impossible commands: each is answered with a reason in words, and changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, get_args
from uuid import uuid4

import pytest
import pytest_asyncio
from httpx import AsyncClient, Response

from bot.messages import Author, Content, Conversation, Entry, Inbound, State
from bot.store.keys import conversation_id
from bot.wire import Said
from handoff.accounts import Account
from handoff.broker import Moved, Outcome, request_entry
from handoff.ownership import Command, rows
from handoff.roles import May, Role, may
from handoff.workspace.conversations import CommandName
from handoff.workspace.sessions import COOKIE
from tests.conftest import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/workspace/api/conversations/{id}/"
UNTIL = 10_000
"""ms"""
HERE = ("bot", "closed", "queued", "offered to me", "offered to another", "mine", "another's")
NOWHERE = ("unknown",)
MINE = frozenset({"mine"})
FREE = frozenset({"bot", "closed", "queued"})
OFFERED = frozenset({"offered to me", "offered to another"})
POSSIBLE: dict[str, frozenset[str]] = {
    "claim": frozenset({"queued", "offered to me"}),
    "decline": frozenset({"offered to me"}),
    "reply": FREE | OFFERED | MINE,
    "note": frozenset(HERE),
    "hand_back": MINE,
    "close": MINE,
    "requeue": MINE,
    "snooze": MINE,
    "wake": MINE,
    "transfer": MINE,
    "take_over": FREE | OFFERED | MINE | {"another's"},
    "whisper": frozenset({"mine", "another's"}),
    "unjoin": frozenset(),
}
"""Where each command is possible; everywhere else it is refused. A chat that is not joined cannot be parted."""
NO_COMMANDS = frozenset({"order/reveal"})
"""What is asked of a conversation and moves nothing."""
SUPERVISORS = frozenset({"take_over", "whisper"})
IMPOSSIBLE = [(command, place) for command, good in POSSIBLE.items() for place in HERE + NOWHERE if place not in good]


@dataclass(frozen=True)
class Agents:
    """Browsers that are signed in, by role; `me` is the one who commands, `other` a colleague."""

    browsers: dict[Role, AsyncClient]
    me: Account
    other: Account


@dataclass(frozen=True)
class Seen:
    """Everything that a command might change."""

    conversation: Conversation
    log: list[Entry]
    place: int | None
    held: list[set[str]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agents(site: Site) -> AsyncIterator[Agents]:
    accounts, browsers = {}, {}
    for role in Role:
        accounts[role], browsers[role] = await sign_in(site, f"A {role}", role)
    yield Agents(browsers, accounts[Role.LEAD], accounts[Role.ADMIN])
    for browser in browsers.values():
        await browser.aclose()


async def sign_in(site: Site, name: str, role: Role) -> tuple[Account, AsyncClient]:
    account, link = await site.desk.accounts.add(name, role)
    session = await site.desk.accounts.accept(link, None, "a password for the tests")
    browser = AsyncClient(base_url=site.url, headers={"Origin": site.url}, cookies={COOKIE: session.token})
    browser.headers["X-CSRF-Token"] = (await browser.get("/workspace/api/me")).json()["csrf"]
    return account, browser


async def bring(site: Site, agents: Agents, place: str) -> str:
    """A new conversation that stands there; the bot has answered."""
    visitor = uuid4().hex
    id = conversation_id("shop", "web", visitor)
    if place == "unknown":
        return id
    await greet(site, visitor, id)
    broker, me, other = site.desk.broker, agents.me, agents.other
    steps: dict[str, list[Any]] = {
        "bot": [],
        "closed": [lambda: broker.reply(id, other, uuid4().hex, "好的"), lambda: broker.close(id, other, uuid4().hex)],
        "queued": [lambda: request(site, id)],
        "offered to me": [lambda: request(site, id), lambda: offer(site, id, me)],
        "offered to another": [lambda: request(site, id), lambda: offer(site, id, other)],
        "mine": [lambda: broker.reply(id, me, uuid4().hex, "好的")],
        "another's": [lambda: broker.reply(id, other, uuid4().hex, "好的")],
    }
    for step in steps[place]:
        assert isinstance(await step(), Moved | dict)
    return id


async def greet(site: Site, visitor: str, id: str) -> None:
    said = Inbound(channel="web", identity=visitor, external_id=uuid4().hex, content=Content(text="运费怎么算的呀"))
    with site.desk.wire.follow(id) as signals:
        await site.desk.inbox.receive(said)
        while True:
            match await signals.get():
                case Said(_, entry) if entry.author is Author.BOT:
                    return


async def request(site: Site, id: str) -> dict[str, Any]:
    now, asked = site.desk.clock.now(), request_entry("asked", "?", {})
    move: dict[str, Any] = {"rows": rows(Command.REQUEST), "entries": [asked], "reason": "asked"}
    return await site.desk.store.run("act", id, uuid4().hex, now=now, place=now, **move)


async def offer(site: Site, id: str, agent: Account) -> Outcome:
    until = site.desk.clock.now() + UNTIL * 1_000
    return await site.desk.broker.offer(id, agent, uuid4().hex, 50, until)


async def look(site: Site, agents: Agents, id: str) -> Seen:
    store = site.desk.store
    held = [await store.redis.smembers(store.keys.load(agent.id)) for agent in (agents.me, agents.other)]
    return Seen(await store.conversation(id), await store.entries(id, 0), await store.place(id), held)


async def send(site: Site, agents: Agents, role: Role, command: str, id: str, known: str | None = None) -> Response:
    body: dict[str, Any] = {"command": known or uuid4().hex}
    if command in ("reply", "note", "whisper", "transfer"):
        body["text"] = "请看一下"
    if command == "transfer":
        await site.desk.presence.beat(agents.other.id)
        body["agent"] = agents.other.id
    if command == "snooze":
        body["until"] = site.desk.clock.now() + 3_600_000
    return await agents.browsers[role].post(PATH.format(id=id) + command, json=body)


async def test_the_table_knows_every_command(site: Site, agents: Agents) -> None:
    paths = (await agents.browsers[Role.ADMIN].get("/openapi.json")).json()["paths"]
    posts = {path.removeprefix(PATH) for path, how in paths.items() if path.startswith(PATH) and "post" in how}
    named = {name for part in get_args(CommandName) for name in (get_args(part) or (part,))}
    assert (posts - {"{command}"}) | named == POSSIBLE.keys() | NO_COMMANDS


@pytest.mark.parametrize(("command", "place"), IMPOSSIBLE)
async def test_what_is_impossible_is_refused_in_words_and_changes_nothing(
    site: Site, agents: Agents, command: str, place: str
) -> None:
    id = await bring(site, agents, place)
    before = await look(site, agents, id)
    answer = await send(site, agents, Role.LEAD, command, id)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "refused")
    assert error["reason"] in ("state", "owner", "unknown", "alone")
    assert error["message"].endswith(".")
    assert await look(site, agents, id) == before
    await free(site, agents, id)


@pytest.mark.parametrize("command", POSSIBLE)
@pytest.mark.parametrize("role", Role)
async def test_a_command_is_for_those_whose_role_allows_it(
    site: Site, agents: Agents, role: Role, command: str
) -> None:
    if may(role, May.INTERVENE if command in SUPERVISORS else May.WORK):
        return
    id = await bring(site, agents, "another's")
    before = await look(site, agents, id)
    answer = await send(site, agents, role, command, id)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert answer.json()["error"]["message"].endswith(".")
    assert await look(site, agents, id) == before
    await free(site, agents, id)


@pytest.mark.parametrize(
    ("command", "place"), [(command, min(places)) for command, places in POSSIBLE.items() if places]
)
async def test_what_comes_twice_is_done_once(site: Site, agents: Agents, command: str, place: str) -> None:
    id = await bring(site, agents, place)
    known = uuid4().hex
    first = await send(site, agents, Role.LEAD, command, id, known)
    assert first.status_code == 200, first.text
    after = await look(site, agents, id)
    again = await send(site, agents, Role.LEAD, command, id, known)
    assert again.json() == first.json()
    assert await look(site, agents, id) == after
    await free(site, agents, id)


async def free(site: Site, agents: Agents, id: str) -> None:
    """Nobody may be full, or still be asked, when the next test begins."""
    known, broker = await site.desk.store.conversation(id), site.desk.broker
    for agent in (agents.me, agents.other):
        if known.agent == agent.id:
            await (broker.close if known.state is State.ASSIGNED else broker.decline)(id, agent, uuid4().hex)
