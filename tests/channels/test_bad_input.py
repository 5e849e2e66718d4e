"""Whatever a page sends, the answer names the problem by a code of docs/protocol.md, and nothing breaks or is lost."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.channels.pages import DEADLINE, Page, Visitor, new_visitor, open_page
from tests.conftest import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

CODES = {"bad_json", "bad_request", "unknown_type", "too_long", "empty", "bad_token", "too_many"}
CLOSE_CODES = {1001, 1009, 4401, 4403, 4408, 4429}
QUESTION = "运费怎么算的呀"


def say(text: str, **more: Any) -> str:
    return json.dumps({"type": "say", "id": "m1", "content": {"text": text}, **more})


async def closed_with(socket: ClientConnection) -> int | None:
    """The close code, after whatever was still to be said."""
    async with asyncio.timeout(DEADLINE):
        while True:
            try:
                await socket.recv()
            except ConnectionClosed:
                return socket.close_code


WRONG_FRAMES: list[tuple[str | bytes, str]] = [
    (say("长" * 4_001), "too_long"),
    (say(""), "empty"),
    (say(" \n\t　 "), "empty"),
    (say("\x00\x07\x1b"), "empty"),
    ("", "bad_json"),
    ("{", "bad_json"),
    ("[" * 100_000, "bad_json"),
    ("9" * 5_000, "bad_json"),
    ("[]", "bad_json"),
    ("null", "bad_json"),
    (b"\xff\x00", "bad_json"),
    (say("binary is not text").encode(), "bad_json"),
    ("{}", "unknown_type"),
    ('{"type": "dance"}', "unknown_type"),
    ('{"type": ["say"]}', "unknown_type"),
    ('{"type": "hello", "token": "again"}', "unknown_type"),
    ('{"type": "say"}', "bad_request"),
    ('{"type": "say", "id": "m1", "content": "hello"}', "bad_request"),
    ('{"type": "say", "id": "", "content": {"text": "hello"}}', "bad_request"),
    (say("hello", id="x" * 65), "bad_request"),
    (say("hello", id=7), "bad_request"),
    (say("hello", product="\ud800"), "bad_request"),
    (say("hello", **{"\ud800": 1}), "bad_request"),
    ('{"type": "history", "before": 0}', "bad_request"),
    ('{"type": "history", "before": 1e999}', "bad_request"),
    ('{"type": "history", "before": 99999999999999999999999}', "bad_request"),
    ('{"type": "history", "before": NaN}', "bad_request"),
]


@pytest.mark.parametrize(("frame", "code"), WRONG_FRAMES, ids=lambda value: repr(value)[:40])
async def test_a_wrong_frame_is_named_and_the_socket_goes_on(site: Site, frame: str | bytes, code: str) -> None:
    async with new_visitor(site) as visitor, open_page(site, visitor.token) as page:
        await page.socket.send(frame)
        error = await page.until("error")
        assert error["error"]["code"] == code
        assert "Traceback" not in error["error"]["message"]
        await page.settled()
        assert not page.entries


async def test_an_error_carries_the_id_of_its_message(site: Site) -> None:
    async with new_visitor(site) as visitor, open_page(site, visitor.token) as page:
        for frame in (say(""), say("长" * 4_001), say("hello", surprise=1)):
            await page.socket.send(frame)
            assert (await page.until("error"))["id"] == "m1"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a\x00b\x07c\x7f", "abc"),
        ("half a face \ud83d", "half a face \ufffd"),
        ("\ude00 and the other half", "\ufffd and the other half"),
        ("two\r\nlines\tand a tab", "two\nlines\tand a tab"),
        ("长" * 4_000, "长" * 4_000),
        ("😀" * 4_000, "😀" * 4_000),
    ],
    ids=["control", "high", "low", "lines", "longest", "emoji"],
)
async def test_text_that_can_be_mended_is_kept(site: Site, sent: str, kept: str) -> None:
    async with new_visitor(site) as visitor, open_page(site, visitor.token) as page:
        await page.socket.send(say(sent))
        assert (await page.heard("shopper"))["content"]["text"] == kept


@pytest.mark.parametrize("token", ["", "nobody", "a.b", "😀.x", "\ud800.\ud800", "x" * 512])
async def test_a_wrong_token_is_told_to_get_a_new_one(site: Site, token: str) -> None:
    async with connect(f"ws://{site.address}/api/chat", proxy=None) as socket:
        page = Page(socket)
        await page.send(type="hello", token=token)
        error = await page.until("error")
        assert error["error"]["code"] in ("bad_token", "bad_request")
        assert await closed_with(socket) in (4401, 4408)


async def test_a_token_signed_by_another_shop_is_wrong(site: Site) -> None:
    async with new_visitor(site) as visitor:
        name, _, signature = visitor.token.partition(".")
        visitor.token = f"{name}x.{signature}"
        response = await visitor.say(QUESTION)
        assert (response.status_code, response.json()["error"]["code"]) == (401, "bad_token")
        async with connect(f"ws://{site.address}/api/chat", proxy=None) as socket:
            await Page(socket).send(type="hello", token=visitor.token)
            assert await closed_with(socket) == 4401


@pytest.mark.parametrize("first", ["{", b"\x00", say("hello"), '{"type": "hello"}', '{"type": "ping"}'])
async def test_a_socket_that_does_not_say_hello_is_closed(site: Site, first: str | bytes) -> None:
    async with connect(f"ws://{site.address}/api/chat", proxy=None) as socket:
        await socket.send(first)
        assert (await Page(socket).until("error"))["error"]["code"] in CODES
        assert await closed_with(socket) == 4408


async def test_a_page_that_leaves_before_hello_leaves_no_trace(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    async with connect(f"ws://{site.address}/api/chat", proxy=None):
        pass
    async with new_visitor(site) as visitor, open_page(site, visitor.token) as page:
        await page.settled()
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_frame_over_the_bound_closes_the_socket(site: Site) -> None:
    async with new_visitor(site) as visitor, open_page(site, visitor.token) as page:
        await page.socket.send(say("x" * 300_000))
        assert await closed_with(page.socket) == 1009


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null"])
async def test_a_site_that_is_not_ours_gets_nothing(site: Site, origin: str) -> None:
    async with new_visitor(site) as visitor:
        async with connect(
            f"ws://{site.address}/api/chat", proxy=None, additional_headers={"Origin": origin}
        ) as socket:
            assert await closed_with(socket) == 4403
        visitor.client.headers["origin"] = origin
        response = await visitor.say(QUESTION)
        assert (response.status_code, response.json()["error"]["code"]) == (403, "bad_origin")


async def test_our_own_pages_may_talk_to_us(site: Site) -> None:
    headers = {"Origin": site.url}
    async with new_visitor(site) as visitor:
        async with connect(f"ws://{site.address}/api/chat", proxy=None, additional_headers=headers) as socket:
            page = Page(socket)
            await page.send(type="hello", token=visitor.token)
            await page.until("ready")
        visitor.client.headers.update(headers)
        assert (await visitor.say(QUESTION)).status_code == 200


async def test_too_many_messages_at_once_are_refused_by_id_and_may_come_again(site: Site) -> None:
    async with new_visitor(site) as visitor:
        async with open_page(site, visitor.token) as page:
            for number in range(25):
                await page.send(type="say", id=f"m{number}", content={"text": QUESTION})
            answers = [await page.until("ack", "error") for _ in range(25)]
        refused = [answer["id"] for answer in answers if answer["type"] == "error"]
        assert refused
        assert {answer["error"]["code"] for answer in answers if answer["type"] == "error"} == {"too_many"}
        async with open_page(site, visitor.token) as page:
            acks = [await page.say(QUESTION, id=id) for id in refused]
        assert {ack["type"] for ack in acks} == {"ack"}
        entries = await site.desk.store.entries(visitor.conversation, 0)
        said = [entry.external_id for entry in entries if entry.author == "shopper"]
        assert sorted(said, key=str) == sorted(f"m{number}" for number in range(25))


async def test_a_page_that_sends_nothing_but_errors_is_closed(site: Site) -> None:
    async with new_visitor(site) as visitor, open_page(site, visitor.token) as page:
        for _ in range(20):
            await page.socket.send("{")
        assert await closed_with(page.socket) == 4429


async def test_too_many_messages_over_http_are_refused(site: Site) -> None:
    async with new_visitor(site) as visitor:
        key = site.desk.store.keys.rate(f"say:{visitor.conversation}")
        await site.desk.store.redis.set(key, 60)
        response = await visitor.say(QUESTION)
        assert (response.status_code, response.json()["error"]["code"]) == (429, "too_many")


WRONG_BODIES: list[tuple[bytes, int, set[str]]] = [
    (b"{", 400, {"bad_json"}),
    (b"", 400, {"bad_json", "bad_request"}),
    (b"\xff", 400, {"bad_json", "bad_request"}),
    (b"[" * 100_000, 400, {"bad_json", "bad_request"}),
    (b"[]", 400, {"bad_request"}),
    (b'{"token": 7}', 400, {"bad_request"}),
    (b'{"token": "\\ud800"}', 400, {"bad_request"}),
    (b'{"\\ud800": 1}', 400, {"bad_request"}),
    (b'{"token": "' + b"x" * 2_000_000 + b'"}', 413, {"too_large"}),
]


@pytest.mark.parametrize("path", ["visitor", "poll", "say", "history"])
@pytest.mark.parametrize(("body", "status", "codes"), WRONG_BODIES, ids=lambda value: repr(value)[:20])
async def test_a_wrong_body_is_named(site: Site, path: str, body: bytes, status: int, codes: set[str]) -> None:
    async with new_visitor(site) as visitor:
        headers = {"content-type": "application/json"}
        response = await visitor.client.post(f"/api/{path}", content=body, headers=headers)
        assert response.status_code == status
        assert response.json()["error"]["code"] in codes
        assert "Traceback" not in response.text


@pytest.mark.parametrize(
    ("text", "code"), [("", "empty"), ("\x00", "empty"), ("长" * 4_001, "too_long")], ids=["empty", "control", "long"]
)
async def test_a_wrong_text_over_http_is_named(site: Site, text: str, code: str) -> None:
    async with new_visitor(site) as visitor:
        response = await visitor.say(text)
        assert (response.status_code, response.json()["error"]["code"]) == (400, code)


async def test_a_stream_over_the_bound_is_cut(site: Site) -> None:
    async def endless() -> Any:
        for _ in range(64):
            yield b" " * 65_536

    async with httpx.AsyncClient(base_url=site.url, trust_env=False) as client:
        response = await client.post("/api/visitor", content=endless(), headers={"content-type": "application/json"})
        assert (response.status_code, response.json()["error"]["code"]) == (413, "too_large")


async def test_an_unknown_path_and_a_wrong_method_are_named(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url, trust_env=False) as client:
        assert (await client.get("/api/nothing")).json()["error"]["code"] == "not_found"
        assert (await client.get("/api/say")).json()["error"]["code"] == "bad_request"


async def test_a_fault_of_ours_shows_no_trace(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("a secret of ours")

    monkeypatch.setattr(type(site.desk.store), "now", broken)
    async with httpx.AsyncClient(base_url=site.url, trust_env=False) as client:
        response = await client.get("/health")
    assert (response.status_code, response.json()["error"]["code"]) == (500, "unavailable")
    assert "secret" not in response.text


any_text = st.text(st.characters(), max_size=40)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["type", "id", "content", "text", "choice", "product", "before", "token", "after"])
kinds = st.sampled_from(["say", "typing", "history", "ping", "hello", "ack", "entry"])
near_frames = st.builds(
    lambda kind, rest: {"type": kind, **rest}, kinds, st.dictionaries(names | any_text, any_json, max_size=4)
)
says = st.builds(
    lambda id, content: {"type": "say", "id": id, "content": content},
    any_text,
    st.fixed_dictionaries({"text": any_text}, optional={"choice": any_text | any_json}),
)
frames = st.one_of(st.text(max_size=40), st.binary(max_size=40), st.one_of(any_json, near_frames, says).map(json.dumps))


async def survives(page: Page, sent: list[str | bytes]) -> None:
    """Every frame is answered, or the socket closes with a code that is written down."""
    try:
        for frame in sent:
            await page.socket.send(frame)
        await page.settled()
    except ConnectionClosed:
        assert page.socket.close_code in CLOSE_CODES
    assert {frame["error"]["code"] for frame in page.frames if frame["type"] == "error"} <= CODES


@settings(max_examples=60)
@given(sent=st.lists(frames, min_size=1, max_size=12))
async def test_no_frame_breaks_the_socket(site: Site, sent: list[str | bytes]) -> None:
    async with new_visitor(site) as visitor, open_page(site, visitor.token) as page:
        await survives(page, sent)
        await still_answers(visitor)


@settings(max_examples=40)
@given(first=frames)
async def test_no_first_frame_breaks_the_socket(site: Site, first: str | bytes) -> None:
    async with connect(f"ws://{site.address}/api/chat", proxy=None) as socket:
        await socket.send(first)
        assert await closed_with(socket) in CLOSE_CODES


@settings(max_examples=60)
@given(path=st.sampled_from(["visitor", "poll", "say", "history"]), body=any_json | near_frames | says)
async def test_no_body_breaks_the_server(site: Site, path: str, body: Any) -> None:
    async with new_visitor(site) as visitor:
        extra = {"wait": 0} if path == "poll" else {}
        known = {**body, "token": visitor.token, **extra} if isinstance(body, dict) else body
        headers = {"content-type": "application/json"}
        response = await visitor.client.post(f"/api/{path}", content=json.dumps(known), headers=headers)
        assert response.status_code in (200, 400, 401, 429)
        if response.status_code != 200:
            assert response.json()["error"]["code"] in CODES


async def still_answers(visitor: Visitor) -> None:
    response = await visitor.post("say", id=uuid4().hex, content={"text": QUESTION})
    assert response.json()["type"] == "ack"
