"""Files from browsers: taken by their bytes, kept once, and nobody else's to send."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from bot.media import LARGEST
from bot.messages import Attachment, Content
from bot.uploads import UploadRefused, Uploads
from channels.degrade import degrade
from channels.port import Traits
from channels.wechat.sender import traits as wechat_traits
from tests.channels.pages import Visitor, new_visitor
from tests.conftest import DEMO_PASSWORD, Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

PNG = b"\x89PNG\r\n\x1a\n and so on"
PDF = b"%PDF-1.7 and so on"


@pytest_asyncio.fixture(loop_scope="module")
async def agent(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=site.url, headers={"origin": site.url}) as client:
        answer = await client.post("/workspace/api/login", json={"name": "demo", "password": DEMO_PASSWORD})
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def visitor(site: Site) -> AsyncIterator[Visitor]:
    async with new_visitor(site) as visitor:
        yield visitor


async def upload(client: httpx.AsyncClient, content: bytes, name: str, id: str | None = None) -> httpx.Response:
    where = {"id": id or uuid4().hex, "name": name}
    return await client.post("/workspace/api/media", params=where, content=content)


async def shopper_upload(
    site: Site, visitor: Visitor, content: bytes, name: str, id: str, token: str = ""
) -> httpx.Response:
    async with httpx.AsyncClient(base_url=site.url) as client:
        bearer = {"authorization": f"Bearer {token or visitor.token}"}
        return await client.post("/api/media", params={"id": id, "name": name}, content=content, headers=bearer)


async def say(site: Site, visitor: Visitor, *ids: str) -> httpx.Response:
    body = {"token": visitor.token, "id": uuid4().hex, "content": {"attachments": ids}}
    async with httpx.AsyncClient(base_url=site.url) as client:
        return await client.post("/api/say", json=body)


async def shown(site: Site, visitor: Visitor) -> list[dict[str, object]]:
    async with httpx.AsyncClient(base_url=site.url) as client:
        page = (await client.post("/api/poll", json={"token": visitor.token, "wait": 0})).json()
    return [one for entry in page["entries"] for one in entry["content"].get("attachments", [])]


async def test_a_shoppers_picture_reaches_the_agents(site: Site, visitor: Visitor, agent: httpx.AsyncClient) -> None:
    kept = await shopper_upload(site, visitor, PNG, "C:\\photos\\左耳.png", "upload-1")
    assert (kept.status_code, kept.json()["kind"], kept.json()["name"]) == (200, "image", "左耳.png")
    assert (await say(site, visitor, "upload-1")).json()["type"] == "ack"
    answer = await agent.get(f"/workspace/api/conversations/{visitor.conversation}")
    (attachment,) = next(entry["content"]["attachments"] for entry in answer.json()["entries"] if entry["content"])
    file = await agent.get(f"/workspace/api/media/{attachment['media']}")
    assert (file.content, file.headers["content-type"]) == (PNG, "image/png")


async def test_an_agents_file_reaches_the_shopper_to_be_saved(
    site: Site, visitor: Visitor, agent: httpx.AsyncClient
) -> None:
    await shopper_text(site, visitor)
    id = uuid4().hex
    assert (await upload(agent, PDF, "invoice.pdf", id)).json()["kind"] == "file"
    body = {"command": uuid4().hex, "attachments": [id]}
    assert (await agent.post(f"/workspace/api/conversations/{visitor.conversation}/reply", json=body)).is_success
    (attachment,) = await shown(site, visitor)
    file = await agent.get(str(attachment["url"]))
    assert file.content == PDF
    assert file.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in file.headers["content-security-policy"]


async def shopper_text(site: Site, visitor: Visitor) -> None:
    body = {"token": visitor.token, "id": uuid4().hex, "content": {"text": "在吗"}}
    async with httpx.AsyncClient(base_url=site.url) as client:
        assert (await client.post("/api/say", json=body)).is_success


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture.png", 415, "bad_type"),
        (b"<html><script>alert(1)</script>", "page.pdf", 415, "bad_type"),
        (b"MZ\x90\x00", "setup.jpg", 415, "bad_type"),
        (b"PK\x03\x04", "archive.zip", 415, "bad_type"),
        (b"\x00\x00\x00\x18ftypheic", "photo.mp4", 415, "bad_type"),
        (b"", "nothing.png", 400, "empty"),
        (PNG + bytes(LARGEST), "huge.png", 413, "too_large"),
        (PNG + bytes(LARGEST + (2 << 20)), "larger.png", 413, "too_large"),
    ],
)
async def test_what_is_not_on_the_list_is_not_kept(
    agent: httpx.AsyncClient, content: bytes, name: str, status: int, code: str
) -> None:
    id = uuid4().hex
    answer = await upload(agent, content, name, id)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    body = {"command": uuid4().hex, "attachments": [id]}
    assert (await agent.post(f"/workspace/api/conversations/{'a' * 16}/reply", json=body)).status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"PK\x03\x04", "发票.xlsx", "file"),
        (b"\x00\x00\x00\x18ftypisom", "film.mp4", "video"),
        (b"\x00\x00\x00\x18ftypM4A ", "voice.m4a", "voice"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a.webp", "image"),
    ],
)
async def test_the_first_bytes_say_what_it_is(agent: httpx.AsyncClient, content: bytes, name: str, kind: str) -> None:
    answer = (await upload(agent, content, name)).json()
    assert (answer["kind"], answer["name"]) == (kind, name)


async def test_an_upload_repeated_changes_nothing_of_what_was_said(site: Site, visitor: Visitor) -> None:
    first = await shopper_upload(site, visitor, PNG, "a.png", "upload-1")
    again = await shopper_upload(site, visitor, PDF, "b.pdf", "upload-1")
    assert again.json() == first.json()


async def test_nobody_sends_what_another_one_uploaded(site: Site, visitor: Visitor) -> None:
    await shopper_upload(site, visitor, PNG, "a.png", "upload-1")
    async with new_visitor(site) as other:
        answer = await say(site, other, "upload-1")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_a_stranger_uploads_nothing(site: Site, visitor: Visitor) -> None:
    answer = await shopper_upload(site, visitor, PNG, "a.png", "upload-1", token="guess")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "bad_token")
    async with httpx.AsyncClient(base_url=site.url, headers={"origin": site.url}) as client:
        assert (await upload(client, PNG, "a.png")).status_code == 401


async def test_without_room_nothing_is_taken(
    site: Site,
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield PNG

    uploads = Uploads(site.desk.media, "shop", "web", has_room=lambda: False)
    with pytest.raises(UploadRefused) as caught:
        await uploads.put("visitor", "upload-2", "a.png", chunks())
    assert caught.value.code == "full"


async def test_a_channel_without_pictures_carries_a_link() -> None:
    said = Content(text="看这里", attachments=(Attachment(kind="image", media="a" * 16, name="a.png"),))
    poor = wechat_traits(passive_only=True, link=lambda id: f"https://desk.example/media/{id}.x")
    (piece,) = degrade(said, poor)
    assert piece.text == f"看这里\n🖼️ a.png\nhttps://desk.example/media/{'a' * 16}.x"
    rich = degrade(said, Traits("telegram", buttons=8, cards=False, max_text=100, attachments=True))
    assert [bool(piece.attachments) for piece in rich] == [True, False]
