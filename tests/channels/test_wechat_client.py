"""WeChat's API through wechatpy: every refusal says what to do next, doubt is not proof, and secrets stay inside."""

from __future__ import annotations

import asyncio
import logging
import threading
import traceback
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.clock import Clock
from bot.store.store import Store
from channels.port import (
    Ambiguous,
    DeliveryError,
    NoRight,
    QuotaSpent,
    Rejected,
    RetryLater,
    Unreachable,
    WindowClosed,
)
from channels.wechat.api import Account
from channels.wechat.client import THREADS, WeChatClient
from tests.channels.wechat_callback import APP_ID
from tests.channels.wechat_server import SECRET, TEMPLATE, XU, Fault, WeChatServer, wechat_server
from tests.conftest import free_port

SEND = "message/custom/send"
HOURS = 3_600


@pytest.fixture
async def wechat() -> AsyncIterator[WeChatServer]:
    async with wechat_server() as server:
        server.allow(XU)
        yield server


@pytest.fixture
async def client(wechat: WeChatServer, store: Store) -> AsyncIterator[WeChatClient]:
    client = make_client(wechat.url, wechat, store)
    yield client
    client.close()


def make_client(url: str, wechat: WeChatServer, store: Store) -> WeChatClient:
    return WeChatClient(Account(APP_ID, SecretStr(SECRET), url), store, Clock(wechat.now))


async def test_a_text_arrives_as_it_was_written(wechat: WeChatServer, client: WeChatClient) -> None:
    text = "😀 „a“ \\u4f60 <b>&\n退货"
    await client.send_text(XU, text)
    assert wechat.texts() == [text]


async def test_the_sixth_message_after_one_of_the_shoppers_is_over_quota(
    wechat: WeChatServer, client: WeChatClient
) -> None:
    for number in range(5):
        await client.send_text(XU, str(number))
    with pytest.raises(QuotaSpent):
        await client.send_text(XU, "5")
    wechat.allow(XU)
    await client.send_text(XU, "5")


async def test_after_48_hours_the_window_is_closed(wechat: WeChatServer, client: WeChatClient) -> None:
    wechat.advance(48 * HOURS + 1)
    with pytest.raises(WindowClosed):
        await client.send_text(XU, "还在吗")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (45015, WindowClosed),
        (45047, QuotaSpent),
        (48001, NoRight),
        (43004, Unreachable),
        (40003, Unreachable),
        (45002, Rejected),
        (99999, Rejected),
        (-1, RetryLater),
        (45011, RetryLater),
    ],
)
async def test_a_code_says_what_to_do(
    wechat: WeChatServer, client: WeChatClient, code: int, error: type[DeliveryError]
) -> None:
    wechat.fail(SEND, Fault(code=code))
    with pytest.raises(error) as raised:
        await client.send_text(XU, "一")
    assert str(code) in str(raised.value)
    assert len(wechat.asked(SEND)) == 1


async def test_when_the_days_calls_are_spent_sending_waits_until_midnight_in_china(
    wechat: WeChatServer, client: WeChatClient
) -> None:
    wechat.daily[SEND] = 0
    with pytest.raises(RetryLater) as raised:
        await client.send_text(XU, "一")
    until = wechat.now() + raised.value.after
    assert abs((until + 8 * HOURS) % (24 * HOURS) - 12 * HOURS) > 12 * HOURS - 5


async def test_who_stopped_following_cannot_be_reached(wechat: WeChatServer, client: WeChatClient) -> None:
    wechat.person(XU).follows = False
    with pytest.raises(Unreachable):
        await client.send_text(XU, "一")


@pytest.mark.parametrize("status", [500, 503, 403])
async def test_a_status_that_proves_that_nothing_was_sent_is_tried_later(
    wechat: WeChatServer, client: WeChatClient, status: int
) -> None:
    wechat.fail(SEND, Fault(status=status))
    with pytest.raises(RetryLater):
        await client.send_text(XU, "一")
    assert not wechat.sent


@pytest.mark.parametrize("fault", [Fault(status=200, carried_out=True), Fault(status=502, carried_out=True)])
async def test_an_answer_that_proves_nothing_leaves_doubt(
    wechat: WeChatServer, client: WeChatClient, fault: Fault
) -> None:
    wechat.fail(SEND, fault)
    with pytest.raises(Ambiguous):
        await client.send_text(XU, "一")
    assert len(wechat.sent) == 1


async def test_an_answer_that_never_comes_leaves_doubt_and_stops_nobody_else(
    wechat: WeChatServer, client: WeChatClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.wechat.api.TIMEOUT", (1.0, 0.3))
    wechat.fail(SEND, Fault(hangs=True))
    doubtful = asyncio.create_task(client.send_text(XU, "一"))
    await wechat.until(lambda: bool(wechat.asked(SEND)))
    await client.send_text(XU, "二")
    assert not doubtful.done()
    with pytest.raises(Ambiguous):
        await doubtful


async def test_what_may_be_repeated_is_never_in_doubt(wechat: WeChatServer, client: WeChatClient) -> None:
    wechat.fail("qrcode/create", Fault(status=502))
    with pytest.raises(RetryLater):
        await client.create_qr("JL", 600)


async def test_nobody_there_proves_that_nothing_was_sent(
    wechat: WeChatServer, client: WeChatClient, store: Store
) -> None:
    await client.send_text(XU, "一")
    gone = make_client(f"http://127.0.0.1:{free_port()}", wechat, store)  # with the token the store has
    with pytest.raises(RetryLater):
        await gone.send_text(XU, "二")
    gone.close()


async def test_calls_beyond_the_threads_wait_and_are_then_put_off(
    wechat: WeChatServer, client: WeChatClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.wechat.api.TIMEOUT", (1.0, 1.0))
    monkeypatch.setattr("channels.wechat.client.PATIENCE", 0.05)
    await client.user_info(XU)
    wechat.fail(SEND, *(Fault(hangs=True) for _ in range(THREADS)))
    hanging = [asyncio.create_task(client.send_text(XU, "一")) for _ in range(THREADS)]
    await wechat.until(lambda: len(wechat.asked(SEND)) == THREADS)
    with pytest.raises(RetryLater, match="too many"):
        await client.send_text(XU, "二")
    assert all(isinstance(error, Ambiguous) for error in await asyncio.gather(*hanging, return_exceptions=True))
    await client.send_text(XU, "三")


async def test_the_event_loop_goes_on_while_wechat_is_asked(wechat: WeChatServer, client: WeChatClient) -> None:
    """The stand-in lives on this loop: it could not answer a call that blocks it."""
    before = threading.active_count()
    await asyncio.gather(*(client.user_info(XU) for _ in range(30)))
    assert threading.active_count() - before <= THREADS


async def test_media_go_and_come(wechat: WeChatServer, client: WeChatClient) -> None:
    picture = await client.upload("image", b"\x89PNG", "image/png")
    await client.send_image(XU, picture)
    await client.send_voice(XU, await client.upload("voice", b"#!AMR\n", "audio/amr"))
    await client.send_video(XU, await client.upload("video", b"\0\0\0 ftyp", "video/mp4"))
    assert [sent.kind for sent in wechat.sent] == ["image", "voice", "video"]
    fetched = await client.download(picture)
    assert (fetched.content, fetched.type, fetched.name) == (b"\x89PNG", "image/png", "image.png")


async def test_a_film_is_fetched_from_where_wechat_keeps_it_without_our_token(
    wechat: WeChatServer, client: WeChatClient
) -> None:
    fetched = await client.download(wechat.lend("video", b"film", "video/mp4"))
    assert (fetched.content, fetched.type) == (b"film", "video/mp4")


async def test_a_medium_is_gone_after_three_days(wechat: WeChatServer, client: WeChatClient) -> None:
    media_id = wechat.lend("image", b"x", "image/jpeg")
    wechat.advance(3 * 24 * HOURS + 1)
    with pytest.raises(Rejected):
        await client.download(media_id)


async def test_a_medium_that_is_too_large_is_refused(
    wechat: WeChatServer, client: WeChatClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.wechat.client.LARGEST_MEDIUM", 10)
    with pytest.raises(Rejected):
        await client.download(wechat.lend("image", b"x" * 11, "image/jpeg"))


async def test_a_template_goes_out_when_the_window_is_closed(wechat: WeChatServer, client: WeChatClient) -> None:
    wechat.advance(49 * HOURS)
    await client.send_template(XU, TEMPLATE, {"thing1": "客服已回复", "time2": "2026-11-22"})
    assert wechat.sent[-1].what == "客服已回复\n2026-11-22"


async def test_typing_is_shown(wechat: WeChatServer, client: WeChatClient) -> None:
    await client.typing(XU)
    assert wechat.person(XU).typing
    with pytest.raises(Rejected):
        await client.typing(XU)


async def test_a_qr_code_carries_what_it_was_made_with(wechat: WeChatServer, client: WeChatClient) -> None:
    code = await client.create_qr("JL-7K2M-Q9XW", 600)
    assert code.expire_seconds == 600
    assert wechat.asked("qrcode/create")[0].body["action_info"]["scene"]["scene_str"] == "JL-7K2M-Q9XW"


async def test_an_account_without_the_right_makes_no_qr_codes(wechat: WeChatServer, client: WeChatClient) -> None:
    wechat.rights.discard("qrcode")
    with pytest.raises(NoRight):
        await client.create_qr("JL", 600)


async def test_a_person_is_known_while_following(wechat: WeChatServer, client: WeChatClient) -> None:
    person = await client.user_info(XU)
    assert (person.subscribe, person.language) == (1, "zh_CN")
    wechat.person(XU).follows = False
    assert (await client.user_info(XU)).subscribe == 0


async def test_no_secret_is_in_a_log_or_an_error(
    wechat: WeChatServer, store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong, with every logger at its most talkative, tracebacks and all their contexts included."""
    monkeypatch.setattr("channels.wechat.api.TIMEOUT", (1.0, 0.2))
    caplog.set_level(logging.DEBUG)
    client = make_client(wechat.url, wechat, store)
    gone = make_client(f"http://127.0.0.1:{free_port()}", wechat, store)
    await client.user_info(XU)
    wechat.fail(SEND, Fault(hangs=True), Fault(status=500), Fault(status=200), Fault(code=48001), Fault(code=-1))
    wechat.fail("media/get", Fault(hangs=True), Fault(status=404))
    wechat.advance(wechat.lifetime - 100)
    wechat.fail("stable_token", Fault(hangs=True))
    told = [await _told(client) for _ in range(5)] + [await _told(gone)]
    for _ in range(2):
        with pytest.raises(DeliveryError) as raised:
            await client.download("x")
        told.append(_whole(raised.value))
    ours = [record for record in caplog.records if not record.name.startswith("uvicorn")]  # which is WeChat's here
    everything = "\n".join([*told, *(f"{record.getMessage()} {record.__dict__}" for record in ours)])
    assert "RetryLater" in everything
    assert SECRET not in everything
    assert not [token for token in wechat.tokens if token in everything]
    assert not [call for call in wechat.calls if SECRET in str(call.query)]
    client.close()
    gone.close()


async def _told(client: WeChatClient) -> str:
    with pytest.raises(DeliveryError) as raised:
        await client.send_text(XU, "一")
    return _whole(raised.value)


def _whole(error: BaseException | None) -> str:
    """Everything that could be printed of an error, its suppressed contexts too."""
    parts = []
    while error:
        parts += [repr(error), str(vars(error)), *traceback.format_exception(error)]
        error = error.__cause__ or error.__context__
    return "\n".join(parts)
