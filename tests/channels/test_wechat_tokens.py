"""One token for all processes: renewed early, by one at a time, replaced once when WeChat calls it invalid."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.clock import Clock
from bot.store.store import Store
from channels.port import RetryLater
from channels.wechat.api import Account
from channels.wechat.client import WeChatClient
from tests.channels.wechat_callback import APP_ID
from tests.channels.wechat_server import SECRET, XU, Fault, WeChatServer, wechat_server

SEND = "message/custom/send"


@pytest.fixture
async def wechat() -> AsyncIterator[WeChatServer]:
    async with wechat_server() as server:
        server.allow(XU, 1_000)
        yield server


def make_client(wechat: WeChatServer, store: Store, secret: str = SECRET) -> WeChatClient:
    return WeChatClient(Account(APP_ID, SecretStr(secret), wechat.url), store, Clock(wechat.now))


@pytest.fixture
async def client(wechat: WeChatServer, store: Store) -> AsyncIterator[WeChatClient]:
    client = make_client(wechat, store)
    yield client
    client.close()


async def test_fifty_sends_of_two_processes_ask_for_one_token(
    wechat: WeChatServer, client: WeChatClient, store: Store
) -> None:
    other = make_client(wechat, store)
    await asyncio.gather(*(each.send_text(XU, "你好") for each in (client, other) for _ in range(25)))
    assert len(wechat.asked("stable_token")) == 1
    assert len(wechat.sent) == 50
    other.close()


async def test_a_token_is_renewed_five_minutes_early_and_the_old_one_goes_on_working(
    wechat: WeChatServer, client: WeChatClient
) -> None:
    await client.send_text(XU, "一")
    wechat.advance(wechat.lifetime - 301)
    await client.send_text(XU, "二")
    assert len(wechat.asked("stable_token")) == 1
    wechat.advance(2)
    await asyncio.gather(*(client.send_text(XU, "三") for _ in range(20)))
    assert len(wechat.asked("stable_token")) == 2
    assert len(wechat.tokens) == 2
    assert len(wechat.sent) == 22


async def test_a_renewal_that_fails_early_fails_nothing_and_is_not_tried_at_every_call(
    wechat: WeChatServer, client: WeChatClient
) -> None:
    await client.send_text(XU, "一")
    wechat.advance(wechat.lifetime - 200)
    wechat.fail("stable_token", Fault(code=-1), Fault(code=-1))
    for _ in range(5):
        await client.send_text(XU, "二")
    assert len(wechat.asked("stable_token")) == 2
    for _ in range(3):
        wechat.advance(11)
        await client.send_text(XU, "三")
    assert len(wechat.asked("stable_token")) == 4
    assert len(wechat.sent) == 9


async def test_an_expired_token_is_replaced_before_the_call(wechat: WeChatServer, client: WeChatClient) -> None:
    await client.send_text(XU, "一")
    wechat.advance(wechat.lifetime + 1)
    await client.send_text(XU, "二")
    assert [len(wechat.asked(path)) for path in ("stable_token", SEND)] == [2, 2]


async def test_a_token_that_another_system_ended_costs_one_renewal_and_one_retry_each(
    wechat: WeChatServer, client: WeChatClient
) -> None:
    await client.send_text(XU, "一")
    wechat.revoke()
    await asyncio.gather(*(client.send_text(XU, "二") for _ in range(9)))
    assert len(wechat.asked("stable_token")) == 2
    assert not any(call.body["force_refresh"] for call in wechat.asked("stable_token"))
    assert len(wechat.asked(SEND)) <= 1 + 2 * 9
    assert len(wechat.sent) == 10


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_token_that_wechat_insists_on_is_forced_once_and_the_call_repeated_once(
    wechat: WeChatServer, client: WeChatClient, code: int
) -> None:
    await client.send_text(XU, "一")
    wechat.fail(SEND, Fault(code=code))
    await client.send_text(XU, "二")
    assert [call.body["force_refresh"] for call in wechat.asked("stable_token")] == [False, False, True]
    assert len(wechat.asked(SEND)) == 3
    assert wechat.texts() == ["一", "二"]


async def test_a_token_is_not_forced_twice_within_the_hour(wechat: WeChatServer, client: WeChatClient) -> None:
    for _ in range(3):
        wechat.fail(SEND, Fault(code=40001))
        await client.send_text(XU, "一")
    assert sum(call.body["force_refresh"] for call in wechat.asked("stable_token")) == 1
    assert len(wechat.sent) == 3
    assert len(wechat.asked(SEND)) == 6


async def test_a_call_that_is_refused_with_the_new_token_too_waits(wechat: WeChatServer, client: WeChatClient) -> None:
    wechat.fail(SEND, Fault(code=40001), Fault(code=40001))
    with pytest.raises(RetryLater) as raised:
        await client.send_text(XU, "一")
    assert raised.value.after == 60
    assert len(wechat.asked(SEND)) == 2


async def test_an_address_off_the_white_list_is_named_and_nothing_is_sent(
    wechat: WeChatServer, client: WeChatClient
) -> None:
    wechat.white_listed = False
    with pytest.raises(RetryLater, match=r"jieli wechat check.*40164 \(203\.0\.113\.7\)"):
        await client.send_text(XU, "一")
    assert not wechat.asked(SEND)


async def test_a_lost_answer_to_the_question_for_a_token_puts_nothing_in_doubt(
    wechat: WeChatServer, client: WeChatClient
) -> None:
    wechat.fail("stable_token", Fault(status=502))
    with pytest.raises(RetryLater):
        await client.send_text(XU, "一")
    await client.send_text(XU, "一")
    assert len(wechat.sent) == 1


async def test_a_renewal_whose_process_died_is_taken_over(
    wechat: WeChatServer, client: WeChatClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.wechat.tokens.PATIENCE", 0.1)
    await store.redis.set(store.keys.wechat_lock(APP_ID), "a dead one", px=40_000)
    with pytest.raises(RetryLater, match="another process"):
        await client.send_text(XU, "一")
    await store.redis.delete(store.keys.wechat_lock(APP_ID))
    await client.send_text(XU, "一")
    assert len(wechat.sent) == 1
