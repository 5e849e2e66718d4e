"""The WeChat door over HTTP, against a stand-in as strict as WeChat: in time, once, and counted as it counts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI, Request
from pydantic import SecretStr
from starlette.responses import Response

from bot.joins import TRIES, Identity
from bot.messages import Entry
from bot.settings import Settings
from bot.store.keys import conversation_id
from channels.wechat import passive, webhook
from handoff.broker import Agent
from tests.channels.wechat_callback import AES_KEY, APP_ID, CALLBACK_TOKEN, Mode, to_xml
from tests.channels.wechat_server import SECRET, TEMPLATE, XU, Fault, WeChatServer, wechat_server
from tests.conftest import Site, listening, open_site

ID = conversation_id("shop", "wechat", XU)
LIN = Agent("lin", "Lin")
ABOUT = "怎么退货"
"""A question that the bot answers at once."""


@asynccontextmanager
async def open_account(
    folder: Path, *, mode: Mode = "plain", patience: float = 5.0, **more: Any
) -> AsyncIterator[tuple[WeChatServer, Site]]:
    """A stand-in and a desk that are connected."""
    async with wechat_server() as server:
        settings = Settings(
            data=folder,
            wechat_app_id=APP_ID,
            wechat_app_secret=SecretStr(SECRET),
            wechat_token=SecretStr(CALLBACK_TOKEN),
            wechat_aes_key=None if mode == "plain" else SecretStr(AES_KEY),
            wechat_api=server.url,
            **more,
        )
        async with open_site(settings) as site:
            server.connect(f"{site.url}/wechat", mode=mode, patience=patience)
            yield server, site


@pytest.fixture
async def account(tmp_path: Path) -> AsyncIterator[tuple[WeChatServer, Site]]:
    async with open_account(tmp_path) as account:
        yield account


async def log_of(site: Site, openid: str = XU) -> list[Entry]:
    return await site.desk.store.entries(conversation_id("shop", "wechat", openid), 0)


async def agent_says(site: Site, text: str) -> None:
    await site.desk.broker.reply(ID, LIN, uuid4().hex, text)


async def marks(site: Site) -> list[tuple[str, Any]]:
    """What the agents are told of deliveries: status and reason."""
    return [(str(one.data["status"]), one.data.get("reason")) for one in await log_of(site) if one.kind == "delivery"]


async def until_marked(site: Site, count: int) -> list[tuple[str, Any]]:
    with site.desk.wire.follow(ID) as signals:
        async with asyncio.timeout(15):
            while len(found := await marks(site)) < count:
                await signals.get()
    return found


def is_chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text)


async def has_nothing_to_send(site: Site) -> bool:
    """Whether, once no request is open any more, the courier has nothing to do."""
    store = site.desk.store
    async with asyncio.timeout(15):
        while (await store.conversation(ID)).given_until:
            pass
    return await store.redis.zscore(store.keys.due, f"send:{ID}") is None


@pytest.mark.parametrize("mode", ["plain", "compatible", "aes"])
async def test_a_question_is_answered_in_the_callback_itself(tmp_path: Path, mode: Mode) -> None:
    async with open_account(tmp_path, mode=mode) as (server, _):
        assert server.callback
        assert await server.callback.verify()
        delivered = await server.write(ABOUT)
        assert (delivered.tries, delivered.status, delivered.broken) == (1, 200, "")
        assert delivered.text
        assert [sent.passive for sent in server.sent] == [True]
        assert server.calls == []


async def test_the_same_message_again_gets_the_same_bytes_and_no_second_turn(
    account: tuple[WeChatServer, Site],
) -> None:
    server, site = account
    first = await server.write(ABOUT, MsgId=77)
    said = await log_of(site)
    again = await server.write(ABOUT, MsgId=77)
    assert first.bodies == again.bodies
    assert await log_of(site) == said
    assert await has_nothing_to_send(site)
    assert server.calls == []


async def test_what_comes_later_than_wechat_waits_is_sent_by_the_courier(
    account: tuple[WeChatServer, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, site = account
    monkeypatch.setattr(webhook, "WAIT", 50)
    delivered = await server.write("你好")  # waits for more
    assert delivered.bodies == (b"success",)
    sent = await server.until_sent(1)
    assert [one.passive for one in sent] == [False]
    assert [entry.author for entry in await log_of(site)] == ["shopper", "bot"]
    assert await marks(site) == []


async def test_in_a_burst_the_newest_request_gets_the_answer(account: tuple[WeChatServer, Site]) -> None:
    server, site = account
    deliveries = await asyncio.gather(*(server.write(text) for text in ("你好", "在吗", "我想问一下")))
    answered = [delivered.text for delivered in deliveries if delivered.text]
    assert len(answered) == 1
    assert [delivered.tries for delivered in deliveries] == [1, 1, 1]
    assert await has_nothing_to_send(site)
    assert [sent.passive for sent in server.sent] == [True]
    assert (await log_of(site))[-1].author == "bot"


async def test_who_hung_up_gets_the_answer_from_the_courier_unmarked(
    account: tuple[WeChatServer, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was written to anybody, so nothing is in doubt."""
    server, site = account
    monkeypatch.setattr(webhook, "WAIT", 600)
    assert server.callback
    server.allow()
    query, body = server.callback.message(
        {"ToUserName": "gh", "FromUserName": XU, "CreateTime": 1, "MsgType": "text", "Content": "你好", "MsgId": 9}
    )
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.post(f"{site.url}/wechat", params=query, content=body, timeout=0.2)
    sent = await server.until_sent(1)
    assert [one.passive for one in sent] == [False]
    assert await marks(site) == []


async def test_an_agents_words_go_out_by_the_api_and_are_counted(account: tuple[WeChatServer, Site]) -> None:
    server, site = account
    await server.write(ABOUT)
    await agent_says(site, "我来帮您")
    await server.until_sent(2)
    assert "我来帮您" in server.texts()[-1]
    conversation = await site.desk.store.conversation(ID)
    assert conversation.left == 4
    assert server.people[XU].grants["message"].left == 4


async def test_the_sixth_word_is_refused_here_and_never_asked_of_wechat(account: tuple[WeChatServer, Site]) -> None:
    server, site = account
    await server.write(ABOUT)
    for number in range(5):
        await agent_says(site, f"第 {number} 句")
        await server.until_sent(number + 2)
    await agent_says(site, "第六句")
    assert await until_marked(site, 1) == [("refused", "quota")]
    asked = len(server.asked("message/custom/send"))
    assert asked == 5
    await server.write("好的")
    await agent_says(site, "又可以了")
    await server.until(lambda: "又可以了" in server.texts()[-1])


async def test_after_two_days_nothing_is_sent_but_a_notice(tmp_path: Path) -> None:
    async with open_account(tmp_path, wechat_template=TEMPLATE) as (server, site):
        await server.write(ABOUT)
        await site.desk.store.redis.hset(site.desk.store.keys.conversation(ID), "left_until", 1)
        server.advance(49 * 3_600)
        await agent_says(site, "您的退款已经到账，请查收，感谢您的耐心等待")
        await server.until(lambda: any(sent.kind == "template" for sent in server.sent))
        assert (await until_marked(site, 2))[0] == ("refused", "window_closed")
        notice = server.sent[-1].what
        assert notice.startswith("您的退款已经到账")
        await agent_says(site, "还在吗")
        await until_marked(site, 3)
        assert sum(sent.kind == "template" for sent in server.sent) == 1


async def test_wechats_own_refusals_are_believed(account: tuple[WeChatServer, Site]) -> None:
    server, site = account
    await server.write(ABOUT)
    server.fail("message/custom/send", Fault(code=45047))
    await agent_says(site, "我来帮您")
    assert set(await until_marked(site, 1)) == {("refused", "quota")}
    assert (await site.desk.store.conversation(ID)).left == 0


async def test_what_wechat_did_not_take_is_not_counted(account: tuple[WeChatServer, Site]) -> None:
    server, site = account
    await server.write(ABOUT)
    server.fail("message/custom/send", Fault(code=-1))
    await agent_says(site, "我来帮您")
    await server.until_sent(2)
    assert (await site.desk.store.conversation(ID)).left == 4


async def test_an_account_without_the_api_carries_later_words_with_the_next_message(tmp_path: Path) -> None:
    async with open_account(tmp_path, wechat_passive_only=True) as (server, site):
        await server.write(ABOUT)
        first = await server.write("转人工")
        assert "只能在您发消息时回复" in str(first.text)
        await agent_says(site, "您好，我看一下订单")
        await agent_says(site, "已经帮您催了")
        second = await server.write("好的")
        assert str(second.text).splitlines()[-2:] == ["您好，我看一下订单", "已经帮您催了"]
        third = await server.write("谢谢")
        assert third.bodies == (b"success",)
        assert server.calls == []
        assert await marks(site) == []


async def test_a_typed_number_presses_the_button(account: tuple[WeChatServer, Site]) -> None:
    server, site = account
    await server.write("转人工")
    left = await server.write("3")
    assert left.text
    assert (await site.desk.store.conversation(ID)).state == "bot"


async def test_a_picture_is_fetched_at_once(account: tuple[WeChatServer, Site]) -> None:
    server, site = account
    await server.show(b"\xff\xd8\xff" + b"a picture" * 9)
    attachment = (await log_of(site))[0].content.attachments[0]
    await server.until(lambda: bool(server.asked("media/get")))
    assert server.asked("media/get")[0].query["media_id"] == attachment.source
    assert attachment.kind == "image"


async def test_a_code_joins_whether_it_is_typed_or_scanned_and_the_end_of_it_is_told(
    account: tuple[WeChatServer, Site],
) -> None:
    """A scan allows three messages: they go with the identity into the thread, and out of it."""
    server, site = account
    visitor = Identity(channel="web", identity="v1")
    typed = await server.write(await site.desk.joins.make_code(visitor))
    assert "网站" in str(typed.text)
    await server.write("解除关联")
    assert "已解除关联" in (await server.until_sent(2))[-1].what
    await server.follow(scene=await site.desk.joins.make_code(visitor))
    assert "网站" in (await server.until_sent(3))[-1].what
    assert (await server.write("JL-AAAA-BBBB")).text
    assert len(server.sent) == 4
    assert await marks(site) == []


async def test_who_tries_too_many_codes_is_told_so_and_no_more_is_kept(account: tuple[WeChatServer, Site]) -> None:
    server, site = account
    for _ in range(TRIES + 1):
        await server.write("JL-AAAA-BBBB")
    before = await log_of(site)
    assert "尝试次数过多" in str((await server.write("JL-AAAA-BBBB")).text)
    scanned = await server.happen("SCAN", EventKey="JL-AAAA-BBBB", Ticket="t")
    assert "尝试次数过多" in str(scanned.text)
    assert await log_of(site) == before


async def test_follows_and_unfollows_are_states_of_the_identity(account: tuple[WeChatServer, Site]) -> None:
    server, site = account
    await server.follow(scene="not-a-code")
    await server.unfollow()
    assert [one.data["event"] for one in await log_of(site) if one.kind == "event"] == ["followed", "unfollowed"]
    assert not (await site.desk.store.conversation(ID)).reachable
    await server.write(ABOUT)
    assert (await site.desk.store.conversation(ID)).reachable


async def test_who_follows_is_greeted_in_the_callback_itself(account: tuple[WeChatServer, Site]) -> None:
    """The bot is not asked: who only follows costs no turn, is in nobody's queue, and can press a number."""
    server, site = account
    delivered = await server.follow()
    assert str(delivered.text).endswith("4. 转人工")
    assert [(one.author, one.kind) for one in await log_of(site)] == [("system", "event"), ("bot", "message")]
    assert await site.desk.store.redis.zcard(site.desk.store.keys.open) == 0
    assert await has_nothing_to_send(site)
    assert server.calls == []
    await server.write("4")
    assert (await site.desk.store.conversation(ID)).state == "queued"


async def test_the_first_words_in_another_language_change_it(account: tuple[WeChatServer, Site]) -> None:
    """WeChat does not say who reads what."""
    server, _ = account
    first = await server.happen("subscribe", CreateTime=1, EventKey="")
    answer = await server.write("how do I return this")
    again = await server.happen("subscribe", CreateTime=2, EventKey="")
    assert str(first.text).endswith("转人工")
    assert answer.text
    assert not is_chinese(answer.text)
    assert str(again.text).endswith("Talk to a person")


async def test_a_follow_that_comes_again_greets_once(account: tuple[WeChatServer, Site]) -> None:
    server, site = account
    first, again = [await server.happen("subscribe", CreateTime=1, EventKey="") for _ in range(2)]
    assert first.bodies == again.bodies
    assert len(await log_of(site)) == 2


async def test_who_talks_to_a_human_is_not_greeted(account: tuple[WeChatServer, Site]) -> None:
    server, site = account
    await server.write("转人工")
    await agent_says(site, "您好，我是 Lin")
    await server.until_sent(2)
    assert (await server.follow()).bodies == (b"success",)
    assert (await log_of(site))[-1].data["event"] == "followed"
    assert len(server.sent) == 2


async def test_a_follow_lets_us_send_three_for_a_minute(account: tuple[WeChatServer, Site]) -> None:
    server, site = account
    await server.follow()
    conversation = await site.desk.store.conversation(ID)
    assert conversation.left == 3
    assert 0 < conversation.left_until - site.desk.clock.now() <= 60_000


async def test_a_click_on_the_menu_asks_for_a_human_and_allows_three(account: tuple[WeChatServer, Site]) -> None:
    server, site = account
    assert (await server.click("转人工")).text
    conversation = await site.desk.store.conversation(ID)
    assert (conversation.state, conversation.left) == ("queued", 3)


async def test_a_voice_is_read_as_it_was_recognised_or_asked_to_be_typed(account: tuple[WeChatServer, Site]) -> None:
    server, site = account
    unheard = await server.speak(b"#!AMR\n")
    assert "请打字" in str(unheard.text)
    assert "转人工" in str(unheard.text)
    heard, typed = await server.speak(b"#!AMR\n", recognised=ABOUT), await server.write(ABOUT)
    assert heard.text == typed.text
    assert (await site.desk.store.conversation(ID)).state == "bot"


async def test_a_place_a_film_and_a_link_are_kept_and_answered(account: tuple[WeChatServer, Site]) -> None:
    server, site = account
    place = await server.say("location", Location_X="39.913345", Location_Y="116.384047", Scale="20", Label="北京")
    film = await server.film(b"a film")
    link = await server.say("link", Title="退货", Description="", Url="https://shop.example/r")
    assert all(answer.text for answer in (place, film, link))
    said = [one.content for one in await log_of(site) if one.author == "shopper"]
    assert said[0].location
    assert said[0].location.latitude == pytest.approx(39.911954, abs=1e-5)
    assert said[1].attachments[0].kind == "video"
    assert said[2].text == "退货\nhttps://shop.example/r"


async def test_an_agent_is_seen_typing(account: tuple[WeChatServer, Site]) -> None:
    server, site = account
    await server.write("转人工")
    await site.desk.wire.typing(ID, "agent")
    await server.until(lambda: server.person(XU).typing > 0)
    await agent_says(site, "您好，我是 Lin")
    await server.until_sent(2)
    assert await marks(site) == []


@pytest.mark.parametrize("kind", ["file", "something_new"])
async def test_unknown_kinds_are_answered_and_logged(
    account: tuple[WeChatServer, Site], kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    server, site = account
    with caplog.at_level(logging.INFO):
        delivered = await server.say(kind)
    assert delivered.bodies == (b"success",)
    assert kind in caplog.text
    assert await log_of(site) == []


async def test_everything_is_handed_on_as_it_came(tmp_path: Path) -> None:
    earlier, app = asyncio.Queue[tuple[str, bytes]](), FastAPI()

    @app.post("/old")
    async def old(request: Request) -> Response:
        await earlier.put((request.url.query, await request.body()))
        return Response("<xml>an answer that nobody reads</xml>")

    async with listening(app) as port:
        forward = f"http://127.0.0.1:{port}/old"
        async with open_account(tmp_path, mode="aes", wechat_forward=forward) as (server, _):
            assert (await server.write(ABOUT)).text
            query, body = await asyncio.wait_for(earlier.get(), 5)
            assert "msg_signature=" in query
            assert b"<Encrypt>" in body


async def post(site: Site, query: dict[str, str], body: bytes) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(f"{site.url}/wechat", params=query, content=body)


SAID = {"ToUserName": "gh", "FromUserName": XU, "CreateTime": 1, "MsgType": "text", "Content": ABOUT, "MsgId": 5}


@pytest.mark.parametrize("part", ["signature", "timestamp", "nonce"])
async def test_a_wrong_signature_is_refused_and_nothing_is_stored(
    account: tuple[WeChatServer, Site], part: str
) -> None:
    server, site = account
    assert server.callback
    query, body = server.callback.message(SAID)
    for broken in ({**query, part: query[part][:-1] + "z"}, {name: query[name] for name in query if name != part}):
        assert (await post(site, broken, body)).status_code == 403
    assert await log_of(site) == []


@pytest.mark.parametrize("mode", ["compatible", "aes"])
async def test_with_a_key_only_good_seals_are_taken(tmp_path: Path, mode: Mode) -> None:
    async with open_account(tmp_path, mode=mode) as (server, site):
        assert server.callback
        query, body = server.callback.message(SAID)
        assert (await post(site, {**query, "msg_signature": "0" * 40}, body)).status_code == 403
        assert (await post(site, query, to_xml(SAID))).status_code == 403
        server.callback.key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
        assert (await post(site, *server.callback.message(SAID))).status_code == 403
        assert await log_of(site) == []


async def test_a_seal_without_a_key_says_what_to_do(
    account: tuple[WeChatServer, Site], caplog: pytest.LogCaptureFixture
) -> None:
    server, site = account
    assert server.callback
    server.callback.mode = "aes"
    assert (await post(site, *server.callback.message(SAID))).status_code == 503
    assert "WECHAT_AES_KEY" in caplog.text
    server.callback.mode = "compatible"
    assert (await server.write(ABOUT)).text


@pytest.mark.parametrize("seconds", [-webhook.WINDOW - 5, webhook.WINDOW + 5, 10**9])
async def test_replays_older_than_the_window_are_refused(account: tuple[WeChatServer, Site], seconds: int) -> None:
    server, site = account
    assert server.callback
    server.advance(seconds)
    query, body = server.callback.message(SAID)
    assert (await post(site, query, body)).status_code == 403
    assert not await server.callback.verify()
    assert await log_of(site) == []


@pytest.mark.parametrize("body", [b"", b"<xml>", b"{}", b"\xff\xfe\x00", b"<xml><MsgType>text</MsgType></xml>"])
async def test_broken_bodies_are_answered_logged_and_ignored(
    account: tuple[WeChatServer, Site], body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    server, site = account
    assert server.callback
    answer = await post(site, server.callback.signature(), body)
    assert (answer.status_code, answer.content) == (200, b"success")
    assert "cannot be read" in caplog.text


async def test_bodies_over_a_megabyte_are_refused(account: tuple[WeChatServer, Site]) -> None:
    server, site = account
    assert server.callback
    query, _ = server.callback.message(SAID)
    assert (await post(site, query, to_xml({**SAID, "Content": "x" * 1_100_000}))).status_code == 413
    assert await log_of(site) == []


async def test_no_secret_is_in_the_logs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with open_account(tmp_path, mode="aes") as (server, site):
            await server.write(ABOUT)
            await agent_says(site, "您好")
            await server.until_sent(2)
            assert server.callback
            await post(site, {**server.callback.signature(), "signature": "x"}, b"<xml/>")
    tokens = [token for call in server.calls if (token := call.query.get("access_token"))]
    assert tokens
    assert not [secret for secret in (SECRET, CALLBACK_TOKEN, AES_KEY, *tokens) if secret in caplog.text]


def test_wechat_gives_up_only_after_our_answer() -> None:
    assert passive.WAIT / 1000 + 0.4 < 5
