"""Media over HTTP: agents see them signed in, shoppers by a path of ours; nothing in them runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from bot.media import media_id
from bot.messages import Attachment, Content, Inbound, Location
from channels.web.door import CHANNEL
from channels.web.media import MediaPaths
from tests.channels.pages import Visitor, new_visitor
from tests.conftest import DEMO_PASSWORD, Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

PNG = b"\x89PNG\r\n\x1a\n and so on"
SCRIPT = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest_asyncio.fixture(loop_scope="module")
async def client(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=site.url, headers={"origin": site.url}) as client:
        yield client


async def sign_in(client: httpx.AsyncClient) -> None:
    answer = await client.post("/workspace/api/login", json={"name": "demo", "password": DEMO_PASSWORD})
    assert answer.status_code == 200


async def send(site: Site, visitor: Visitor, *attachments: Attachment) -> None:
    """A message with everything a message may have."""
    content = Content(attachments=attachments, quote="before", location=Location(latitude=31.2, longitude=121.5))
    id = visitor.token.partition(".")[0]
    await site.desk.inbox.receive(Inbound(channel=CHANNEL, identity=id, external_id=uuid4().hex, content=content))


async def test_a_shopper_gets_a_picture_by_its_signed_path(site: Site, client: httpx.AsyncClient) -> None:
    id = media_id("shop", CHANNEL, "seen")
    async with new_visitor(site) as visitor:
        await send(site, visitor, Attachment(kind="image", media=id, type="image/png", source="secret-file-id"))
        page = await client.post("/api/poll", json={"token": visitor.token, "wait": 0})
        assert "secret-file-id" not in page.text
        (shown,) = page.json()["entries"][0]["content"]["attachments"]
        assert (await client.get(shown["url"])).status_code == 404
        await site.desk.media.put(id, PNG, None, "label.png")
        answer = await client.get(shown["url"])
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
    assert answer.headers["content-disposition"].startswith("inline")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("type", ["image/svg+xml", "text/html", "application/pdf", None])
async def test_what_could_run_is_only_ever_saved(site: Site, client: httpx.AsyncClient, type: str | None) -> None:
    id = media_id("shop", CHANNEL, str(type))
    await site.desk.media.put(id, SCRIPT, type, "姓名\r\nSet-Cookie: a=b.svg")
    await sign_in(client)
    answer = await client.get(f"/workspace/api/media/{id}")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert "set-cookie" not in answer.headers


async def test_a_path_that_is_not_ours_opens_nothing(site: Site, client: httpx.AsyncClient) -> None:
    id = media_id("shop", CHANNEL, "guarded")
    await site.desk.media.put(id, PNG, None, None)
    forged = MediaPaths(b"another secret").path(id)
    for path in (forged, f"/media/{id}", f"/media/{id}.", "/media/é.x", "/media/..%2frecord.db"):
        assert (await client.get(path)).status_code == 404


async def test_agents_see_media_signed_in_only(site: Site) -> None:
    id = media_id("shop", CHANNEL, "for agents")
    await site.desk.media.put(id, PNG, None, None)
    async with httpx.AsyncClient(base_url=site.url, headers={"origin": site.url}) as client:
        assert (await client.get(f"/workspace/api/media/{id}")).status_code == 401
        await sign_in(client)
        assert (await client.get(f"/workspace/api/media/{id}")).content == PNG
        assert (await client.get("/workspace/api/media/..%2Fsecrets")).status_code in (400, 404)
        part = await client.get(f"/workspace/api/media/{id}", headers={"range": "bytes=1-3"})
        assert (part.status_code, part.content) == (206, b"PNG")
