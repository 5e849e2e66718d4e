"""The Telegram door, with the real library against a strict stand-in: nothing lost, nothing doubled, no token shown."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from redis.exceptions import ConnectionError

from bot.background import in_background
from bot.clock import Clock
from bot.inbox import FULL, Inbox, NotTaken, Received, ShopFull
from bot.media import Media, media_id
from bot.messages import Attachment, Button, Content, Entry, Inbound
from bot.server.guard import Guard
from bot.store.keys import conversation_id
from bot.store.store import Store
from channels.degrade import degrade
from channels.port import Ambiguous, DeliveryError, Rejected, RetryLater, Unreachable
from channels.telegram import api as calls
from channels.telegram import door as doors
from channels.telegram import polling, webhook
from channels.telegram.api import Api
from channels.telegram.contact import HOUR, Contact
from channels.telegram.door import STALE, Door, Redeem
from channels.telegram.pace import Pace
from channels.telegram.polling import poll_for_ever
from channels.telegram.screen import Screen
from channels.telegram.sender import Sender
from channels.telegram.webhook import HEADER, keep_webhook, make_webhook, make_webhook_routes
from tests.channels.telegram_server import TOKEN, Fault, Sent, TelegramServer, telegram_server
from tests.conftest import free_port, listening

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")

SAMPLES = Path(__file__).parents[3] / "shared/protocol/telegram_updates.jsonl"
SECRET = b"a secret of the shop's own, made on the first run"
PICTURE = b"\xff\xd8\xff\xe0 a picture\r\n\x00\n--"


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TelegramServer]:
    monkeypatch.setattr(polling, "PAUSE", 0.01)
    monkeypatch.setattr(webhook, "PAUSE", 0.01)
    monkeypatch.setattr(calls, "PATIENCE", 0.5)
    monkeypatch.setattr(doors, "TYPING_AFTER", 0.0)
    async with telegram_server() as server:
        yield server


class KeepingInbox(Inbox):
    """The real one, after the errors it was told to raise; `heard` are the texts, in the order they became durable."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, Clock(), is_fragment=lambda _: False, has_room=lambda: True, archive_after=86_400_000)
        self.errors: list[Exception] = []
        self.heard: list[tuple[str, str]] = []
        self.hears = asyncio.Event()
        self.held: dict[str, asyncio.Event] = {}

    async def receive(self, message: Inbound, **more: Any) -> Received:
        if self.errors:
            raise self.errors.pop(0)
        if held := self.held.get(message.identity):
            await held.wait()
        received = await super().receive(message, **more)
        self.heard.append((message.identity, message.content.text))
        self.hears.set()
        return received


@dataclass(frozen=True)
class Shop:
    """Everything of the channel but the bot."""

    store: Store
    inbox: KeepingInbox
    api: Api
    sender: Sender
    door: Door
    contact: Contact
    media: Media

    async def entries(self, chat: int = 7) -> list[Entry]:
        return await self.store.entries(conversation_id("shop", "telegram", str(chat)), 0)

    async def said(self, chat: int = 7) -> list[str]:
        return [entry.content.text for entry in await self.entries(chat)]


@asynccontextmanager
async def open_shop(
    server: TelegramServer, store: Store, folder: Path, *, token: str = TOKEN, redeem: Redeem | None = None
) -> AsyncIterator[Shop]:
    api = Api(token, base=server.url)
    screen, media, inbox = Screen(store), Media(folder), KeepingInbox(store)
    sender = Sender(api, screen, media, Pace(overall=1e6, gap=0.0))
    door = Door(store, inbox, api, sender, screen, redeem)
    yield Shop(store, inbox, api, sender, door, Contact(store, Clock()), media)
    await door.close()
    await api.close()


@pytest.fixture
async def shop(server: TelegramServer, store: Store, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(server, store, tmp_path) as shop:
        yield shop


@asynccontextmanager
async def polled(shop: Shop) -> AsyncIterator[None]:
    async with in_background(poll_for_ever(shop.api, shop.door.take, shop.contact)):
        yield


@asynccontextmanager
async def called(shop: Shop) -> AsyncIterator[str]:
    """Telegram calls the shop; gives the webhook's address."""
    app = FastAPI()
    app.add_middleware(Guard)
    async with listening(app) as port:
        hook = make_webhook(f"http://127.0.0.1:{port}", SECRET)
        app.include_router(make_webhook_routes(hook, shop.door.take))
        async with in_background(keep_webhook(shop.api, hook, shop.contact)):
            yield hook.url


@asynccontextmanager
async def open_way(way: str, shop: Shop) -> AsyncIterator[None]:
    async with polled(shop) if way == "polling" else called(shop):
        yield


both_ways = pytest.mark.parametrize("way", ["polling", "webhook"])


@both_ways
async def test_every_message_is_kept_in_its_chats_order(server: TelegramServer, shop: Shop, way: str) -> None:
    async with open_way(way, shop):
        for number in range(20):
            await server.write(f"{number}", chat=number % 4 + 1)
        await server.until_taken()
    for chat in range(1, 5):
        assert await shop.said(chat) == [f"{number}" for number in range(20) if number % 4 + 1 == chat]


@both_ways
async def test_one_slow_chat_does_not_hold_up_another(server: TelegramServer, shop: Shop, way: str) -> None:
    held = shop.inbox.held["7"] = asyncio.Event()
    async with open_way(way, shop):
        await server.write("slow", chat=7)
        await server.write("quick", chat=8)
        await asyncio.wait_for(shop.inbox.hears.wait(), 10)
        assert shop.inbox.heard == [("8", "quick")]
        held.set()
        await server.until_taken()


@both_ways
async def test_an_update_counts_as_read_only_when_it_is_durable(server: TelegramServer, shop: Shop, way: str) -> None:
    held = shop.inbox.held["7"] = asyncio.Event()
    async with open_way(way, shop):
        await server.write("hello")
        await server.until_called("getUpdates" if way == "polling" else "setWebhook")
        assert server.pending == 1
        held.set()
        await server.until_taken()
    assert await shop.said() == ["hello"]


@both_ways
async def test_a_store_that_is_away_delays_and_loses_nothing(server: TelegramServer, shop: Shop, way: str) -> None:
    shop.inbox.errors += [ConnectionError(), ConnectionError()]
    async with open_way(way, shop):
        await server.write("one")
        await server.write("two")
        await server.until_taken()
    assert await shop.said() == ["one", "two"]


@both_ways
async def test_a_restart_loses_and_doubles_nothing(
    server: TelegramServer, store: Store, tmp_path: Path, way: str
) -> None:
    for text in ("one", "two", "three"):
        await server.write(text)
    async with open_shop(server, store, tmp_path) as shop, open_way(way, shop):
        await asyncio.wait_for(shop.inbox.hears.wait(), 10)
    async with open_shop(server, store, tmp_path) as shop, open_way(way, shop):
        await server.until_taken()
        assert await shop.said() == ["one", "two", "three"]


async def test_what_waits_for_the_webhook_comes_by_polling_after_it(server: TelegramServer, shop: Shop) -> None:
    async with called(shop):
        await server.write("one")
        await server.until_taken()
    await server.write("two")
    async with polled(shop):
        await server.until_taken()
    assert await shop.said() == ["one", "two"]
    assert not server.webhook.url


async def test_the_door_opens_once_telegram_is_back(server: TelegramServer, shop: Shop) -> None:
    server.faults["deleteWebhook"] += [Fault(500, "Internal")]
    server.faults["getUpdates"] += [Fault(500, "Internal"), Fault(502, html=True), Fault(409, "Conflict")]
    await server.write("hello")
    async with polled(shop):
        await server.until_taken()
    assert await shop.said() == ["hello"]


async def test_the_webhook_is_registered_once_telegram_is_back(server: TelegramServer, shop: Shop) -> None:
    server.faults["setWebhook"] += [Fault(500, "Internal"), Fault(429, "Too Many Requests", retry_after=1)]
    await server.write("hello")
    async with called(shop):
        await server.until_taken()
    assert await shop.said() == ["hello"]


async def test_the_webhook_shows_a_secret_that_is_not_the_token(server: TelegramServer, shop: Shop) -> None:
    async with called(shop) as url:
        await server.until_called("getWebhookInfo")
    assert server.webhook.url == url
    assert server.webhook.secret and server.webhook.secret not in url
    for part in TOKEN.split(":"):
        assert part not in url + server.webhook.secret


@pytest.mark.parametrize("wrong", ["no secret", "another secret", "a strange secret", "another path"])
async def test_a_call_without_the_secret_is_refused_and_stores_nothing(
    server: TelegramServer, shop: Shop, wrong: str
) -> None:
    update = {"update_id": 1, "message": {"message_id": 1, "chat": {"id": 7, "type": "private"}, "text": "hi"}}
    async with called(shop) as url, httpx.AsyncClient() as client:
        hook = make_webhook("", SECRET)
        token = {"no secret": None, "another secret": "x", "a strange secret": "\xff"}.get(wrong, hook.token)
        headers = {HEADER: token.encode("latin-1")} if token else {}
        answer = await client.post(url + "x" if wrong == "another path" else url, json=update, headers=headers)
        assert answer.status_code == 403
        right = await client.post(url, json=update, headers={HEADER: hook.token})
        assert right.status_code == 200
    assert await shop.said() == ["hi"]


async def test_a_body_over_a_megabyte_is_refused(server: TelegramServer, shop: Shop) -> None:
    message = {"message_id": 1, "chat": {"id": 7, "type": "private"}, "text": "长" * 400_000}
    async with called(shop) as url, httpx.AsyncClient() as client:
        headers = {HEADER: make_webhook("", SECRET).token}
        answer = await client.post(url, json={"update_id": 1, "message": message}, headers=headers)
        assert answer.status_code == 413
    assert await shop.said() == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\x00", b"[" * 100_000, b"9" * 5_000, b"null", b'"hello"', b"[1]"])
async def test_what_is_no_update_is_answered_and_ignored(server: TelegramServer, shop: Shop, body: bytes) -> None:
    async with called(shop) as url, httpx.AsyncClient() as client:
        answer = await client.post(url, content=body, headers={HEADER: make_webhook("", SECRET).token})
    assert answer.status_code == 200


async def test_every_sample_update_is_answered_and_none_comes_twice(server: TelegramServer, shop: Shop) -> None:
    if not SAMPLES.exists():
        pytest.skip("the protocol samples are not at hand")
    updates = [json.loads(line)["update"] for line in SAMPLES.read_text("utf-8").splitlines()]
    async with called(shop):
        await server.until_called("getWebhookInfo")
        for update in updates:
            await server.update(update)
        await server.until_taken()
    assert {one.status for one in server.delivered} == {200}
    assert len(shop.inbox.heard) > 40


async def test_malformed_updates_are_skipped_and_not_repeated(server: TelegramServer, shop: Shop) -> None:
    malformed: list[Any] = [
        [],
        "hello",
        {},
        {"update_id": "seven", "message": {"text": "hello"}},
        {"update_id": 1, "message": []},
        {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": 7}, "from": {"id": 7}, "text": "x"}},
        {"update_id": 1, "message": {"message_id": 10**30, "chat": {"id": 7, "type": "private"}, "text": "x"}},
        {"update_id": 1, "callback_query": {"id": 1, "data": "x"}},
        {"update_id": 1, "surprise": {"kind": "of 2031"}},
    ]
    for update in malformed:
        await server.update(update)
    await server.write("after all that")
    async with polled(shop):
        await server.until_confirmed(len(malformed) + 2)
    assert await shop.said() == ["after all that"]


async def test_an_album_is_one_message_with_many_pictures(server: TelegramServer, shop: Shop) -> None:
    async with polled(shop):
        for number in range(3):
            caption = {"caption": "这几处都坏了"} if number == 1 else {}
            photo = [{"file_id": f"p{number}", "width": 9, "height": 9}]
            await server.write(photo=photo, media_group_id="g1", **caption)
        await server.until_taken()
    first, *parts = await shop.entries()
    assert first.kind == "message"
    assert [part.kind for part in parts] == ["edit", "edit"]
    assert [one.source for one in parts[-1].content.attachments] == ["p0", "p1", "p2"]
    assert parts[-1].content.text == "这几处都坏了"


async def test_an_edit_is_a_version_of_its_message(server: TelegramServer, shop: Shop) -> None:
    async with polled(shop):
        id = await server.write("我要退货")
        await server.edit(id, "我要换货")
        await server.edit(id, "我要换货，尺码不对")
        await server.until_taken()
    first, *versions = await shop.entries()
    assert [(version.kind, version.data["of"]) for version in versions] == [("edit", first.seq)] * 2
    assert versions[-1].content.text == "我要换货，尺码不对"


async def test_blocking_is_an_event_and_a_state(server: TelegramServer, shop: Shop) -> None:
    id = conversation_id("shop", "telegram", "7")
    async with polled(shop):
        await server.write("hello")
        await server.become("kicked")
        await server.until_taken()
        assert await shop.store.redis.hget(shop.store.keys.conversation(id), "reachable") == "0"
        await server.become("member")
        await server.until_taken()
        assert await shop.store.redis.hget(shop.store.keys.conversation(id), "reachable") == "1"
    assert [entry.data.get("event") for entry in await shop.entries()] == [None, "blocked", "unblocked"]


async def test_groups_are_ignored_with_a_line_in_the_log(
    server: TelegramServer, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "channels.telegram")
    async with polled(shop):
        await server.write("hello", chat=-100, kind="supergroup")
        await server.until_taken()
    assert shop.inbox.heard == []
    assert "nothing for us" in caplog.text


async def test_a_full_shop_says_so_and_goes_on_with_the_others(server: TelegramServer, shop: Shop) -> None:
    shop.inbox.errors.append(ShopFull())
    await server.write("hello", chat=7)
    await server.write("hello", chat=8)
    async with polled(shop):
        await server.until_taken()
        await server.until_sent(1)
    assert shop.inbox.heard == [("8", "hello")]
    assert server.sent == [Sent(7, FULL)]


async def test_a_pressed_button_is_a_choice_and_answered_at_once(server: TelegramServer, shop: Shop) -> None:
    async with polled(shop):
        query = await server.press("转人工", "human")
        await server.until(lambda: query in server.answered)
        await server.until_taken()
    contents = [entry.content for entry in await shop.entries()]
    assert [(content.text, content.choice) for content in contents] == [("转人工", "human")]
    assert server.explained == []


async def test_an_old_button_is_explained_and_chooses_nothing(server: TelegramServer, shop: Shop) -> None:
    for text in ("退货还是换货？", "哪个订单？"):
        await shop.sender.send("7", Content(text=text, buttons=(Button(label="退货", choice="intent:return"),)))
    await shop.sender.send("7", Content(text="慢慢来。"))
    async with polled(shop):
        await server.press("退货", "intent:return", message=1)
        await server.until(lambda: server.explained == [STALE])
        assert await shop.said() == []
        await server.press("退货", "intent:return", message=2)
        await server.until(lambda: len(server.answered) == 2)
        await server.until_taken()
    assert await shop.said() == ["退货"]


async def test_a_link_with_a_code_is_redeemed_and_any_other_greets(
    server: TelegramServer, store: Store, tmp_path: Path
) -> None:
    redeemed: list[tuple[str, str]] = []

    async def redeem(code: str, message: Inbound) -> bool:
        redeemed.append((code, message.identity))
        return code == "good"

    async with open_shop(server, store, tmp_path, redeem=redeem) as shop, polled(shop):
        for text in ("/start good", "/start spring_sale", "/start"):
            await server.write(text)
        await server.until_taken()
        contents = [entry.content for entry in await shop.entries()]
    assert redeemed == [("good", "7"), ("spring_sale", "7")]
    assert [(content.text, content.choice) for content in contents] == [
        ("/start spring_sale", "greet"),
        ("/start", "greet"),
    ]


async def test_who_tries_too_many_codes_is_told_so(server: TelegramServer, store: Store, tmp_path: Path) -> None:
    async def redeem(code: str, message: Inbound) -> bool:
        raise NotTaken("wait ten minutes")

    async with open_shop(server, store, tmp_path, redeem=redeem) as shop, polled(shop):
        await server.write("/start JL-AAAA-BBBB")
        await server.until_sent(1)
    assert server.sent == [Sent(7, "wait ten minutes")]
    assert await shop.said() == []


async def test_typing_shows_while_the_bot_drafts(server: TelegramServer, shop: Shop) -> None:
    async with polled(shop):
        await server.write("运费怎么算")
        await server.until_called("sendChatAction")
    assert server.actions == [(7, "typing")]


async def test_buttons_that_fit_are_shown(server: TelegramServer, shop: Shop) -> None:
    buttons = (Button(label="退货", choice="return"), Button(label="too long", choice="x" * 65))
    await shop.sender.send("7", Content(text="您要做什么？", buttons=buttons))
    assert server.sent == [Sent(7, "您要做什么？", (("退货", "return"),))]


async def test_text_that_looks_like_markup_arrives_as_it_is(server: TelegramServer, shop: Shop) -> None:
    text = "<b>5 < 6 & 7</b> *not bold* _nor_ [a](link) `x` &amp; </div>"
    await shop.sender.send("7", Content(text=text))
    assert server.sent == [Sent(7, text)]
    assert "parse_mode" not in server.calls[-1][1]


@pytest.mark.parametrize("text", ["退货要先申请。" * 700, "🧧" * 4_000, "a" * 4_000 + "🧧. b"])
async def test_a_long_text_is_cut_at_sentence_ends_as_telegram_counts(
    server: TelegramServer, shop: Shop, text: str
) -> None:
    for piece in degrade(Content.model_construct(text=text), shop.sender.traits):
        await shop.sender.send("7", piece)
    assert "".join(sent.text for sent in server.sent) == text
    assert len(server.sent) > 1
    if "。" in text:
        assert all(sent.text.endswith("。") for sent in server.sent)


def attachment(kind: str, id: str) -> Attachment:
    return Attachment.model_validate({"kind": kind, "media": id, "source": id})


@pytest.mark.parametrize(
    ("type", "name", "kind"),
    [
        ("image/jpeg", "a.jpg", "photo"),
        ("audio/ogg", "a.ogg", "voice"),
        ("video/mp4", "a.mp4", "video"),
        ("image/gif", "a.gif", "document"),
        ("application/pdf", "退货单.pdf", "document"),
    ],
)
async def test_attachments_are_uploaded(server: TelegramServer, shop: Shop, type: str, name: str, kind: str) -> None:
    body = PICTURE if type == "image/jpeg" else b"\x00\r\n some bytes \n"
    id = media_id("shop", "workspace", name)
    await shop.media.put(id, body, type, name)
    await shop.sender.send("7", Content(attachments=(attachment("file", id),)))
    assert server.sent == [Sent(7, "", (), kind, ((name, body),))]


async def test_an_attachment_that_is_gone_is_rejected(server: TelegramServer, shop: Shop) -> None:
    with pytest.raises(Rejected):
        await shop.sender.send("7", Content(attachments=(attachment("file", "a" * 16),)))
    assert server.sent == []


async def test_what_shoppers_send_is_downloaded(server: TelegramServer, shop: Shop) -> None:
    server.keep("aaaaaaaaaaaaaaaa", PICTURE)
    fetched = await shop.sender.fetch(attachment("image", "aaaaaaaaaaaaaaaa"))
    assert fetched.content == PICTURE


@pytest.mark.parametrize("id", ["bbbbbbbbbbbbbbbb", "cccccccccccccccc"], ids=["too big", "unknown"])
async def test_what_telegram_does_not_give_is_rejected(server: TelegramServer, shop: Shop, id: str) -> None:
    server.keep("bbbbbbbbbbbbbbbb", b"", size=21 * 1024 * 1024)
    with pytest.raises(Rejected):
        await shop.sender.fetch(attachment("video", id))


async def test_a_question_is_put_in_new_words(server: TelegramServer, shop: Shop) -> None:
    leave = (Button(label="不等了", choice="queue:leave"),)
    await shop.sender.send("7", Content(text="您排在第 3 位。", buttons=leave))
    await shop.sender.send("7", Content(text="已记下。"))
    for text in ("您排在第 2 位。", "您排在第 2 位。"):
        await shop.sender.refresh("7", Content(text=text, buttons=leave))
    assert server.edited == {1: Sent(7, "您排在第 2 位。", (("不等了", "queue:leave"),))}
    assert Counter(method for method, _ in server.calls) == {"sendMessage": 2, "editMessageText": 1}


async def test_another_question_is_left_alone(server: TelegramServer, shop: Shop) -> None:
    await shop.sender.send("7", Content(text="退货吗？", buttons=(Button(label="是", choice="yes"),)))
    await shop.sender.refresh(
        "7", Content(text="您排在第 2 位。", buttons=(Button(label="不等了", choice="queue:leave"),))
    )
    await shop.sender.refresh("8", Content(text="您排在第 2 位。"))
    assert server.edited == {}


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
    server: TelegramServer, shop: Shop, fault: Fault, error: type[DeliveryError]
) -> None:
    server.faults["sendMessage"].append(fault)
    with pytest.raises(error):
        await shop.sender.send("7", Content(text="hello"))
    assert len(server.sent) == (1 if fault.status == 0 else 0)


async def test_a_flood_limit_holds_that_chat_only(server: TelegramServer, shop: Shop) -> None:
    server.faults["sendMessage"].append(Fault(429, "Too Many Requests", retry_after=17))
    with pytest.raises(RetryLater) as caught:
        await shop.sender.send("7", Content(text="hello"))
    assert caught.value.after == 17
    with pytest.raises(RetryLater) as caught:
        await shop.sender.send("7", Content(text="hello"))
    assert 16 < caught.value.after <= 17
    await shop.sender.send("8", Content(text="hello"))
    assert server.sent == [Sent(8, "hello")]
    assert sum(method == "sendMessage" for method, _ in server.calls) == 2


async def test_a_shopper_who_blocked_us_is_unreachable(server: TelegramServer, shop: Shop) -> None:
    server.blocked.add(7)
    with pytest.raises(Unreachable):
        await shop.sender.send("7", Content(text="hello"))


async def test_nothing_was_sent_where_nobody_listens() -> None:
    api = Api(TOKEN, base=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(RetryLater):
        await api.call("sendMessage", chat_id=7, text="hello")
    await api.close()


async def test_nothing_leaves_past_a_proxy_that_is_down(server: TelegramServer) -> None:
    api = Api(TOKEN, base=server.url, proxy=f"http://user:password@127.0.0.1:{free_port()}")
    with pytest.raises(RetryLater):
        await api.call("sendMessage", chat_id=7, text="hello")
    await api.close()
    assert server.calls == []


async def test_nothing_is_sent_after_the_door_closed(server: TelegramServer, shop: Shop) -> None:
    await shop.api.close()
    with pytest.raises(RetryLater):
        await shop.sender.send("7", Content(text="again"))
    assert server.sent == []


@pytest.mark.parametrize(("hours", "told"), [(23.9, False), (30, True)])
async def test_an_outage_longer_than_telegrams_memory_is_told(
    store: Store, caplog: pytest.LogCaptureFixture, hours: float, told: bool
) -> None:
    times = [1_795_000_000.0]
    clock = Clock(lambda: times[-1])
    await Contact(store, clock).note()
    times.append(times[0] + hours * HOUR / 1000)
    await Contact(store, clock).note()
    assert ("is lost" in caplog.text) is told


async def test_telegram_says_what_keeps_it_from_calling(server: TelegramServer, shop: Shop) -> None:
    hook = make_webhook(f"http://127.0.0.1:{free_port()}", SECRET)
    await webhook.register(shop.api, hook)
    await server.write("hello")
    await server.until(lambda: bool(server.delivered))
    assert webhook.trouble(await shop.api.call("getWebhookInfo")) == "Wrong response: 0"


async def test_secrets_are_in_no_log(
    server: TelegramServer, store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = "1:wrong-" + TOKEN.partition(":")[2]
    server.faults["getUpdates"] += [Fault(500, "Internal"), Fault(502, html=True)]
    server.faults["setWebhook"] += [Fault(500, "Internal"), Fault(0)]
    server.faults["sendMessage"] += [Fault(400, "Bad Request"), Fault(500, "Internal"), Fault(0)]
    async with open_shop(server, store, tmp_path) as shop, open_shop(server, store, tmp_path, token=wrong) as other:
        await server.write("hello")
        async with polled(shop), polled(other):
            await server.until_taken()
        for _ in range(3):
            with pytest.raises(DeliveryError):
                await shop.sender.send("7", Content(text="hello"))
        async with called(shop) as url, httpx.AsyncClient() as client:
            await server.write("hello")
            await server.until_taken()
            await client.post(url + "x", json={}, headers={HEADER: "wrong"})
    told = "\n".join(line for line in caplog.text.splitlines() if "uvicorn.access" not in line)  # the stand-in's own
    assert "channels.telegram" in told
    hook = make_webhook("", SECRET)
    for secret in (TOKEN.partition(":")[2], hook.token, hook.path, SECRET.decode()):
        assert secret not in told
