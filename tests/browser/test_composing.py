"""What an agent writes with: files both ways, canned replies, emoji, drafts, and a moment to take a reply back."""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, FilePayload, Locator, Page, expect

from tests.browser.test_relay import log, open_shop, say, serious_findings, sign_in
from tests.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
PICTURE = FilePayload(name="左耳.png", mimeType="image/png", buffer=PNG)
LATER = 10_000
"""ms: an agent's reply can be taken back for four seconds."""
PASTE = """(box, bytes) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], "pasted.png", {type: "image/png"}));
  box.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""
DROP = """(place, bytes) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], "dropped.png", {type: "image/png"}));
  place.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["zh-CN", "en-GB"])
async def context(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(locale=request.param, color_scheme=SCHEMES[request.param])
    yield context
    await context.close()


SCHEMES: dict[str, Literal["dark", "light"]] = {"zh-CN": "dark", "en-GB": "light"}


class Chat:
    """A shopper's page and the agent's, who has taken the conversation."""

    def __init__(self, shop: Page, workspace: Page) -> None:
        self.shop = shop
        self.workspace = workspace

    @property
    def box(self) -> Locator:
        return self.workspace.locator(".composer textarea")

    @property
    def thread(self) -> Locator:
        return self.workspace.locator("[role=log]")

    @property
    def sends(self) -> Locator:
        return self.workspace.locator(".composer .foot .primary")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chat(site: Site, context: BrowserContext) -> Chat:
    await site.desk.canned.seed_demo()
    shop = await open_shop(context, site, "zh-Hans")
    await say(shop, "转人工")
    workspace = await sign_in(context, site)
    await expect(log(shop).locator(".bot").first).to_be_visible()
    id = await shop.evaluate("Object.entries(localStorage).find(([key]) => key.endsWith(':thread'))[1]")
    await workspace.evaluate("id => { location.hash = `c=${id}`; }", id)
    chat = Chat(shop, workspace)
    await chat.box.fill("现在由我接待")
    await chat.box.press("Enter")
    await chat.box.press("Enter")
    await expect(log(shop)).to_contain_text("现在由我接待")
    return chat


async def look(page: Page, name: str) -> None:
    """Keep a picture of the page, where somebody wants to look at it."""
    if folder := os.environ.get("JIELI_SCREENSHOTS"):
        language = await page.evaluate("document.documentElement.lang")
        await page.screenshot(path=Path(folder) / f"{name}-{language}.png")


async def test_pictures_go_both_ways_however_they_are_given(chat: Chat) -> None:
    workspace, shop = chat.workspace, chat.shop
    await workspace.locator(".tools input[type=file]").first.set_input_files([PICTURE])
    await chat.box.evaluate(PASTE, list(PNG))
    await workspace.locator(".conversation").evaluate(DROP, list(PNG))
    await expect(workspace.locator(".tray img")).to_have_count(3)
    await look(workspace, "tray")
    assert await serious_findings(workspace) == []
    await workspace.locator(".tray .remove").last.click()
    await chat.sends.click()
    await chat.box.press("Enter")
    await expect(log(shop).locator(".agent .media img")).to_have_count(2)
    await expect(log(shop).locator(".agent .media img").first).to_have_js_property("naturalWidth", 1)
    await expect(chat.thread.locator(".agent .attachments img")).to_have_count(2)

    await shop.locator(".panel input[type=file]").set_input_files([PICTURE])
    await expect(chat.thread.locator(".shopper .attachments img")).to_have_count(1)
    await expect(chat.thread.locator(".shopper .attachments img").first).to_have_js_property("naturalWidth", 1)
    await expect(log(shop).locator(".shopper .media img").first).to_have_js_property("naturalWidth", 1)
    await look(workspace, "pictures")
    await look(shop, "widget-pictures")


async def test_what_may_not_be_sent_says_so_and_stays_here(chat: Chat) -> None:
    tray = chat.workspace.locator(".tray")
    page = FilePayload(name="page.html", mimeType="text/html", buffer=b"<script>alert(1)</script>")
    await chat.workspace.locator(".tools input[type=file]").first.set_input_files([page])
    await expect(tray.locator(".failed")).to_contain_text("PDF")
    await expect(chat.sends).to_be_disabled()
    await tray.locator(".remove").click()
    await expect(tray).to_be_hidden()


async def test_a_slash_finds_canned_replies_while_one_types(chat: Chat) -> None:
    menu = chat.workspace.locator(".menu")
    await chat.box.press_sequentially("/")
    await expect(menu.locator("li").first).to_be_visible()
    await look(chat.workspace, "canned")
    assert await serious_findings(chat.workspace) == []
    await chat.box.press_sequentially("换新")
    await expect(menu.locator("li")).to_have_count(1)
    await chat.box.press("Enter")
    await expect(menu).to_be_hidden()
    assert "登记换新" in await chat.box.input_value()
    assert await chat.box.evaluate("box => box.value.slice(box.selectionStart, box.selectionEnd)") == "{order}"
    await chat.box.fill("/你好")
    await chat.box.press("Tab")
    value = await chat.box.input_value()
    assert "客服demo" in value and "{shop}" not in value
    await chat.box.fill("")


async def test_emoji_are_put_where_one_writes(chat: Chat) -> None:
    await chat.box.fill("好的")
    await chat.workspace.locator(".emoji-place > button").click()
    await look(chat.workspace, "emoji")
    await chat.workspace.locator(".emoji button").first.click()
    await expect(chat.box).to_have_value("好的😊")
    await chat.box.fill("")


async def test_a_reply_can_be_taken_back_for_a_moment(chat: Chat) -> None:
    await chat.box.fill("这句发错了")
    await chat.box.press("Enter")
    await look(chat.workspace, "undo")
    await chat.workspace.locator(".pending .undo").click()
    await expect(chat.box).to_have_value("这句发错了")
    await chat.box.press("Enter")
    await chat.box.press("Control+z")
    await expect(chat.box).to_have_value("这句发错了")
    await chat.box.fill("这句是对的")
    await chat.box.press("Enter")
    await expect(log(chat.shop)).to_contain_text("这句是对的", timeout=LATER)
    await expect(log(chat.shop)).not_to_contain_text("发错了")


async def test_drafts_and_what_could_be_taken_back_outlive_a_reload(chat: Chat) -> None:
    await chat.box.fill("马上就走")
    await chat.box.press("Enter")
    await chat.box.fill("写到一半")
    await chat.workspace.reload()
    await expect(chat.box).to_have_value("写到一半")
    await expect(log(chat.shop)).to_contain_text("马上就走", timeout=LATER)
    await expect(chat.thread.get_by_text("马上就走")).to_have_count(1)
    await chat.box.fill("")
