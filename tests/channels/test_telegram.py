"""The Telegram door, with the real library against a strict stand-in: nothing lost, nothing doubled, no token shown."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from redis.exceptions import ConnectionError

from bot.clock import Clock
from bot.inbox import Inbox, ShopFull
from bot.messages import MAX_TEXT, Button, Content, Inbound
from bot.server.desk import open_desk
from bot.settings import Settings
from bot.store.keys import conversation_id
from bot.store.store import Store
from channels import telegram
from channels.port import Ambiguous, DeliveryError, Rejected, RetryLater, Unreachable
from channels.telegram import Telegram, read_update
from tests.channels.telegram_server import TOKEN, Fault, Sent, TelegramServer, telegram_server
from tests.conftest import free_port

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")

SAMPLES = Path(__file__).parents[3] / "shared/protocol/telegram_updates.jsonl"
Receive = Callable[[Inbound], Awaitable[object]]


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramServer]:
    monkeypatch.setattr(telegram, "PAUSE", 0.01)
    monkeypatch.setattr(telegram, "PATIENCE", 0.5)
    async with telegram_server() as server:
        yield server


@pytest.fixture
async def door(server: TelegramServer) -> AsyncIterator[Telegram]:
    door = Telegram(TOKEN, api=server.url)
    yield door
    await door.close()


@asynccontextmanager
async def polling(server: TelegramServer, receive: Receive, token: str = TOKEN) -> AsyncIterator[None]:
    task = asyncio.create_task(Telegram(token, api=server.url).poll_for_ever(receive))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Received(list[Inbound]):
    """An inbox that keeps what it gets, after the errors it was told to raise."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.errors = list(errors)

    async def __call__(self, message: Inbound) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.append(message)


def make_inbox(store: Store) -> Inbox:
    rules: dict[str, Any] = {"is_fragment": lambda _: False, "has_room": lambda: True, "archive_after": 86_400_000}
    return Inbox(store, Clock(), **rules)


async def test_a_private_text_is_answered_by_the_bot(server: TelegramServer, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, telegram_token=SecretStr(TOKEN), telegram_api=server.url)
    async with open_desk(settings, demo=True):
        await server.write("how much is shipping", language="en")
        await server.until_sent(1)
        await server.write("转人工", chat=8)
        queued = (await server.until_sent(2))[1]
    assert server.sent[0].chat == 7
    assert "shipping" in server.sent[0].text.lower()
    assert queued.chat == 8
    assert "queue:leave" in [data for _, data in queued.buttons]


async def test_an_update_counts_as_read_only_when_it_is_durable(server: TelegramServer) -> None:
    arrived, durable = asyncio.Event(), asyncio.Event()

    async def slow(_: Inbound) -> None:
        arrived.set()
        await durable.wait()

    async with polling(server, slow):
        await server.write("hello")
        await arrived.wait()
        assert server.confirmed == 0
        durable.set()
        await server.until_confirmed(2)


async def test_a_restart_loses_and_doubles_nothing(server: TelegramServer, store: Store) -> None:
    inbox = make_inbox(store)
    kept = asyncio.Event()

    async def keep_and_hang(message: Inbound) -> None:
        await inbox.receive(message)
        if message.content.text == "two":
            kept.set()
            await asyncio.Event().wait()

    for text in ("one", "two", "three"):
        await server.write(text)
    async with polling(server, keep_and_hang):
        await kept.wait()
    async with polling(server, inbox.receive):
        await server.until_confirmed(4)
    entries = await store.entries(conversation_id("shop", "telegram", "7"), 0)
    assert [entry.content.text for entry in entries] == ["one", "two", "three"]


async def test_the_door_opens_once_telegram_is_back(server: TelegramServer) -> None:
    server.faults["getUpdates"] += [Fault(500, "Internal"), Fault(502, html=True), Fault(409, "Conflict")]
    received = Received()
    await server.write("hello")
    async with polling(server, received):
        await server.until_confirmed(2)
    assert [message.content.text for message in received] == ["hello"]


async def test_a_store_that_is_away_delays_and_loses_nothing(server: TelegramServer) -> None:
    received = Received(ConnectionError(), ConnectionError())
    await server.write("hello")
    async with polling(server, received):
        await server.until_confirmed(2)
    assert [message.content.text for message in received] == ["hello"]


async def test_a_full_shop_says_so_and_goes_on_with_the_others(server: TelegramServer) -> None:
    received = Received(ShopFull())
    await server.write("hello", chat=7)
    await server.write("hello", chat=8)
    async with polling(server, received):
        await server.until_confirmed(3)
    assert [message.identity for message in received] == ["8"]
    assert server.sent == [Sent(7, telegram.FULL)]


async def test_a_pressed_button_is_a_choice_and_telegram_is_told(server: TelegramServer) -> None:
    received = Received()
    await server.press("转人工", "human")
    async with polling(server, received):
        await server.until_confirmed(2)
    assert [(message.content.text, message.content.choice) for message in received] == [("转人工", "human")]
    assert server.answered == ["q1"]


async def test_groups_are_ignored(server: TelegramServer) -> None:
    received = Received()
    await server.write("hello", chat=-100, kind="supergroup")
    await server.write("hello", chat=7)
    async with polling(server, received):
        await server.until_confirmed(3)
    assert [message.identity for message in received] == ["7"]


MALFORMED: list[Any] = [
    [],
    "hello",
    {},
    {"update_id": "seven", "message": {"text": "hello"}},
    {"update_id": 1, "message": []},
    {"update_id": 1, "message": {"message_id": 1, "date": 10**30, "chat": {"id": 7, "type": "private"}, "text": "x"}},
    {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": 7}, "from": {"id": 7}, "text": "x"}},
    {"update_id": 1, "callback_query": {"id": 1, "data": "x"}},
    {"update_id": 1, "surprise": {"kind": "of 2031"}},
]


async def test_malformed_updates_are_skipped_and_not_repeated(server: TelegramServer) -> None:
    received = Received()
    for update in MALFORMED:
        await server.update(update)
    await server.write("after all that")
    async with polling(server, received):
        await server.until_confirmed(len(MALFORMED) + 2)
    assert [message.content.text for message in received] == ["after all that"]


def test_every_sample_update_is_read_or_skipped() -> None:
    if not SAMPLES.exists():
        pytest.skip("the protocol samples are not at hand")
    updates = [json.loads(line)["update"] for line in SAMPLES.read_text("utf-8").splitlines()]
    read = [message for update in updates if isinstance(update, dict) for message in read_update(update)]
    assert read
    assert all(message.content.text for message in read)


names = st.sampled_from(
    ["update_id", "message", "callback_query", "from", "chat", "id", "type", "text", "date", "data", "message_id"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just("private"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=6),
)


@given(raw=st.dictionaries(names, values))
def test_no_update_makes_the_reader_raise(raw: dict[str, Any]) -> None:
    read_update(raw)


def test_a_text_longer_than_a_message_is_kept_whole() -> None:
    chat, person = {"id": 7, "type": "private"}, {"id": 7, "is_bot": False, "first_name": "Xu"}
    message = {"message_id": 5, "date": 1, "chat": chat, "from": person, "text": "长" * 4096}
    pieces = read_update({"update_id": 1, "message": message})
    assert [piece.external_id for piece in pieces] == ["5", "5:1"]
    assert [len(piece.content.text) for piece in pieces] == [MAX_TEXT, 96]


@pytest.mark.parametrize(
    ("code", "language"), [("zh-hans", "zh-Hans"), ("zh-TW", "zh-Hant"), ("en", "en"), ("de", "en"), (None, None)]
)
def test_telegrams_language_becomes_one_of_ours(code: str | None, language: str | None) -> None:
    person = {"id": 7, "is_bot": False, "first_name": "Xu", "language_code": code}
    message = {"message_id": 5, "date": 1, "chat": {"id": 7, "type": "private"}, "from": person, "text": "hi"}
    assert [read.language for read in read_update({"update_id": 1, "message": message})] == [language]


async def test_buttons_that_fit_are_shown(server: TelegramServer, door: Telegram) -> None:
    buttons = (Button(label="退货", choice="return"), Button(label="too long", choice="x" * 65))
    await door.send("7", Content(text="您要做什么？", buttons=buttons))
    assert server.sent == [Sent(7, "您要做什么？", (("退货", "return"),))]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(403, "Forbidden: user is deactivated"), Unreachable),
        (Fault(400, "Bad Request: chat not found"), Rejected),
        (Fault(401, "Unauthorized"), Rejected),
        (Fault(500, "Internal Server Error"), RetryLater),
        (Fault(409, "Conflict"), Ambiguous),
        (Fault(502, html=True), Ambiguous),
        (Fault(0), Ambiguous),
    ],
    ids=lambda value: str(getattr(value, "status", "")),
)
async def test_a_failure_says_what_to_do(
    server: TelegramServer, door: Telegram, fault: Fault, error: type[DeliveryError]
) -> None:
    server.faults["sendMessage"].append(fault)
    with pytest.raises(error):
        await door.send("7", Content(text="hello"))
    assert len(server.sent) == (1 if fault.status == 0 else 0)


async def test_a_flood_limit_says_how_long_to_wait(server: TelegramServer, door: Telegram) -> None:
    server.faults["sendMessage"].append(Fault(429, "Too Many Requests", retry_after=17))
    with pytest.raises(RetryLater) as caught:
        await door.send("7", Content(text="hello"))
    assert caught.value.after == 17


async def test_a_shopper_who_blocked_us_is_unreachable(server: TelegramServer, door: Telegram) -> None:
    server.blocked.add(7)
    with pytest.raises(Unreachable):
        await door.send("7", Content(text="hello"))


async def test_nothing_was_sent_where_nobody_listens() -> None:
    door = Telegram(TOKEN, api=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(RetryLater):
        await door.send("7", Content(text="hello"))
    await door.close()


async def test_nothing_is_sent_after_the_door_closed(server: TelegramServer, door: Telegram) -> None:
    await door.send("7", Content(text="hello"))
    await door.close()
    with pytest.raises(RetryLater):
        await door.send("7", Content(text="again"))
    assert len(server.sent) == 1


async def test_the_token_is_in_no_log(server: TelegramServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = "1:wrong-" + TOKEN.partition(":")[2]
    server.faults["getUpdates"] += [Fault(500, "Internal"), Fault(502, html=True)]
    server.faults["sendMessage"] += [Fault(500, "Internal"), Fault(0)]
    received = Received()
    await server.write("hello")
    async with polling(server, received), polling(server, received, token=wrong):
        await server.until_confirmed(2)
    door = Telegram(TOKEN, api=server.url)
    for _ in range(2):
        with pytest.raises(DeliveryError):
            await door.send("7", Content(text="hello"))
    await door.send("7", Content(text="hello"))
    await door.close()
    ours = [line for line in caplog.text.splitlines() if "uvicorn.access" not in line]  # the stand-in's own
    assert ours
    assert TOKEN.partition(":")[2] not in "".join(ours)
