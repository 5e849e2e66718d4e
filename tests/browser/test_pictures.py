"""What is no text, as shopper and agent see it: pictures, sounds, files, places, quotes, edits, and who blocked us."""

from __future__ import annotations

import io
import re
import wave
from base64 import b64decode
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from bot.media import media_id
from bot.messages import Attachment, Content, Grant, Inbound, Location
from channels.web.door import CHANNEL
from tests.browser.test_relay import open_shop, say, sign_in
from tests.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def silence() -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(bytes(8_000))
    return target.getvalue()


class Shopper:
    """A visitor whose messages come as a phone's would."""

    def __init__(self, site: Site, shop: Page, identity: str) -> None:
        self.site = site
        self.shop = shop
        self.identity = identity

    async def send(self, id: str, content: Content, *, edits: str | None = None, album: str | None = None) -> None:
        message = Inbound(
            channel=CHANNEL, identity=self.identity, external_id=id, content=content, edits=edits, album=album
        )
        await self.site.desk.inbox.receive(message)

    async def keep(self, name: str, content: bytes) -> None:
        await self.site.desk.media.put(media_id("shop", CHANNEL, name), content, None, name)


def attached(kind: str, name: str) -> Content:
    media = media_id("shop", CHANNEL, name)
    return Content(attachments=(Attachment.model_validate({"kind": kind, "media": media, "name": name}),))


@pytest_asyncio.fixture(loop_scope="module")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(locale="en-GB")
    yield context
    await context.close()


async def test_both_sides_see_what_is_no_text(site: Site, context: BrowserContext) -> None:
    shop = await open_shop(context, site, "en")
    await say(shop, "Talk to a person")
    workspace = await sign_in(context, site)
    await workspace.locator(".waiting .row").first.click()
    token = await shop.evaluate("Object.entries(localStorage).find(([key]) => key.endsWith(':token'))[1]")
    shopper = Shopper(site, shop, token.partition(".")[0])
    thread, log = workspace.locator("[role=log]"), shop.locator(".panel [role=log]")

    await shopper.send("p1", attached("image", "a.png"), album="x")
    await shopper.keep("a.png", PNG)  # the page has asked for it already
    await shopper.keep("b.png", PNG)
    await shopper.send("p2", attached("image", "b.png"), album="x")
    for side in (thread, log):
        await expect(side.locator("a img")).to_have_count(2)
        await expect_seen(side.locator("a img").first)
    await expect(thread.locator(".versions")).to_have_count(0)

    await shopper.keep("v.wav", silence())
    await shopper.send("v", attached("voice", "v.wav"))
    await shopper.send("f", attached("file", "invoice.pdf"))
    place = Location(latitude=31.2304, longitude=121.4737, label="Our shop")
    await shopper.send("l", Content(location=place))
    await shopper.send("t", Content(text="it is brokn", quote="Which part?"))
    await shopper.send("t:1", Content(text="it is broken", quote="Which part?"), edits="t")
    for side in (thread, log):
        await expect(side.locator("audio")).to_have_count(1)
        await expect(side.get_by_role("link", name=re.compile("invoice.pdf"))).to_be_visible()
        await expect(side.get_by_role("link", name="Map")).to_have_attribute(
            "href", re.compile("openstreetmap.*31.2304")
        )
        await expect(side.locator("blockquote")).to_have_text("Which part?")
        await expect(side.get_by_text("it is broken", exact=True)).to_be_visible()
        await expect(side.get_by_text("edited", exact=True)).to_be_visible()
    await thread.locator(".versions summary").click()
    await expect(thread.locator(".versions li")).to_contain_text("it is brokn")
    await expect(log).not_to_contain_text("brokn")
    assert "Our shop" in await thread.inner_text()

    grant, still = Grant(messages=5, ms=172_800_000), Content(text="still there?")
    counted = Inbound(channel=CHANNEL, identity=shopper.identity, external_id="g", content=still, grant=grant)
    await site.desk.inbox.receive(counted)
    await expect(workspace.locator(".quota")).to_have_text("5 more to send, 47 h left")

    await site.desk.inbox.note(CHANNEL, shopper.identity, "blocked", "b1")
    await expect(workspace.locator(".row .chip.blocked")).to_be_visible()
    await expect(thread).to_contain_text("The customer has blocked us")
    for page in (workspace, shop):
        results = await Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
        assert results.violations_count == 0, results.generate_report()


async def expect_seen(picture: Locator) -> None:
    """The picture has come, be it at a later try."""
    await expect(picture).to_have_js_property("naturalWidth", 1, timeout=15_000)
