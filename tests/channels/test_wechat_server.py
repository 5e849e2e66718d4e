"""The stand-in is as strict as WeChat: tries, answers, quotas and forced tokens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from xml.etree import ElementTree

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.responses import Response

from tests.channels.wechat_callback import ACCOUNT, APP_ID, Mode, to_xml
from tests.channels.wechat_server import SECRET, XU, WeChatServer, wechat_server
from tests.conftest import listening

REPLY = {"ToUserName": XU, "FromUserName": ACCOUNT, "CreateTime": 1_795_000_000, "MsgType": "text", "Content": "在"}


class Shop:
    """A callback that answers what it is told to; None: not in time. `bodies` came in."""

    def __init__(self) -> None:
        self.answers: list[bytes | None] = []
        self.bodies: list[bytes] = []
        self.closing = asyncio.Event()

    async def take(self, request: Request) -> Response:
        self.bodies.append(await request.body())
        answer = self.answers.pop(0)
        if answer is None:
            await self.closing.wait()
        return Response(answer)


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
async def wechat(shop: Shop) -> AsyncIterator[WeChatServer]:
    app = FastAPI()

    @app.post("/")
    async def callback(request: Request) -> Response:
        return await shop.take(request)

    async with wechat_server() as server, listening(app) as port:
        server.connect(f"http://127.0.0.1:{port}/", patience=0.2)
        yield server
        shop.closing.set()


async def ask(wechat: WeChatServer, path: str, body: object) -> int:
    """The errcode of a call with a good token."""
    asked = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET}
    async with httpx.AsyncClient(base_url=f"{wechat.url}/cgi-bin/", trust_env=False, verify=False) as http:
        token = (await http.post("stable_token", json=asked)).json()["access_token"]
        answer = await http.post(path, params={"access_token": token}, json=body)
    return int(answer.json().get("errcode", 0))


async def send(wechat: WeChatServer) -> int:
    return await ask(wechat, "message/custom/send", {"touser": XU, "msgtype": "text", "text": {"content": "hi"}})


async def test_a_message_comes_three_times_with_one_id(wechat: WeChatServer, shop: Shop) -> None:
    shop.answers = [None, None, None]
    delivered = await wechat.write("在吗")
    assert (delivered.tries, delivered.status, delivered.broken) == (3, None, "no answer")
    ids = {ElementTree.fromstring(body).findtext("MsgId") for body in shop.bodies}
    assert (len(shop.bodies), len(ids)) == (3, 1)


async def test_an_answer_to_the_second_try_is_shown(wechat: WeChatServer, shop: Shop) -> None:
    shop.answers = [None, to_xml(REPLY)]
    delivered = await wechat.write("在吗")
    assert (delivered.tries, delivered.text, wechat.texts()) == (2, "在", ["在"])


@pytest.mark.parametrize(
    ("mode", "answer"),
    [
        ("plain", b"ok"),
        ("plain", to_xml({**REPLY, "ToUserName": "somebody"})),
        ("plain", to_xml({**REPLY, "Content": ""})),
        ("plain", to_xml({**REPLY, "Content": "长" * 683})),
        ("aes", to_xml(REPLY)),
        ("aes", to_xml({"Encrypt": "x", "MsgSignature": "x", "TimeStamp": 1, "Nonce": "x"})),
    ],
)
async def test_an_answer_that_wechat_would_not_show_is_broken(
    wechat: WeChatServer, shop: Shop, mode: Mode, answer: bytes
) -> None:
    assert wechat.callback
    wechat.callback.mode = mode
    shop.answers = [answer]
    assert (await wechat.write("在吗")).broken
    assert not wechat.sent


async def test_a_message_allows_five_and_the_next_one_five_again(wechat: WeChatServer, shop: Shop) -> None:
    shop.answers = [b"success", b"", b"success"]
    await wechat.write("在吗")
    assert [await send(wechat) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    await wechat.write("？")
    assert [await send(wechat) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    await wechat.write("！")
    wechat.advance(48 * 3_600)
    assert await send(wechat) == 45015


async def test_a_click_allows_three_for_a_minute_and_a_link_none(wechat: WeChatServer, shop: Shop) -> None:
    shop.answers = [b"success"] * 3
    await wechat.click("转人工")
    assert [await send(wechat) for _ in range(4)] == [0, 0, 0, 45047]
    await wechat.follow()
    wechat.advance(61)
    assert await send(wechat) == 45015
    await wechat.happen("VIEW", EventKey="https://shop.example")
    assert await send(wechat) == 45015


async def test_a_passive_reply_costs_nothing(wechat: WeChatServer, shop: Shop) -> None:
    shop.answers = [to_xml(REPLY)]
    await wechat.write("在吗")
    assert [await send(wechat) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]


async def test_who_unfollows_gets_nothing(wechat: WeChatServer, shop: Shop) -> None:
    shop.answers = [b"success", b"success"]
    await wechat.write("在吗")
    await wechat.unfollow()
    assert await send(wechat) == 43004


async def test_a_token_is_forced_twenty_times_a_day_and_not_twice_in_half_a_minute(wechat: WeChatServer) -> None:
    forced = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET, "force_refresh": True}
    codes = []
    for _ in range(21):
        codes.append(await ask(wechat, "stable_token", forced))
        wechat.advance(30)
    assert codes == [0] * 20 + [45009]
    wechat.advance(86_400)
    assert [await ask(wechat, "stable_token", forced) for _ in range(2)] == [0, 45011]
