"""What an agent finds and is called for: lists, search, mentions, keys, canned replies' page, and a dead connection."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from bot.messages import Content, Inbound
from bot.store.keys import conversation_id
from handoff.roles import Role
from tests.browser.test_composing import LATER, look
from tests.browser.test_relay import log, open_page, open_shop, say, serious_findings, sign_in
from tests.conftest import DEMO_PASSWORD, Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

ELSEWHERE = """
  document.hasFocus = () => false;
  window.Notification = class extends EventTarget {
    static permission = "default";
    static async requestPermission() { this.permission = "granted"; }
    constructor(title) { super(); document.documentElement.dataset.told = title; }
  };
"""
"""A page that nobody looks at, and that keeps what it was told last."""


@pytest_asyncio.fixture(loop_scope="module")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(locale="zh-CN", accept_downloads=True)
    yield context
    await context.close()


async def write(site: Site, text: str, name: str) -> str:
    """A shopper who says something elsewhere; returns the conversation."""
    said = Inbound(channel="web", identity=name, external_id=uuid4().hex, content=Content(text=text), name=name)
    await site.desk.inbox.receive(said)
    return conversation_id("shop", "web", name)


async def sign_in_as(context: BrowserContext, site: Site, name: str) -> Page:
    _, token = await site.desk.accounts.add(name, Role.AGENT)
    await site.desk.accounts.accept(token, None, DEMO_PASSWORD)
    page = await context.new_page()
    await page.goto(f"{site.url}/workspace")
    fields = page.locator("dialog.sign input")
    await fields.nth(0).fill(name)
    await fields.nth(1).fill(DEMO_PASSWORD)
    await fields.nth(1).press("Enter")
    await expect(page.locator(".connection.live")).to_be_visible()
    return page


async def test_a_chat_with_the_bot_is_watched_and_taken_over_by_answering(site: Site, context: BrowserContext) -> None:
    shop = await open_shop(context, site, "zh-Hans")
    await say(shop, "运费怎么算")
    await expect(log(shop).locator(".bot").first).to_be_visible()
    workspace = await sign_in(context, site)
    await workspace.keyboard.press("2")
    await workspace.locator(".found .row", has_text="顾客").first.click()
    await expect(workspace.locator("[role=log]")).to_contain_text("运费怎么算")
    await look(workspace, "with-the-bot")
    assert await serious_findings(workspace) == []
    await say(shop, "满多少包邮")
    await expect(workspace.locator("[role=log]")).to_contain_text("满多少包邮")
    await workspace.locator(".composer textarea").fill("您好，我来为您说明")
    await workspace.locator(".composer textarea").press("Enter")
    await expect(log(shop)).to_contain_text("我来为您说明", timeout=LATER)
    await expect(workspace.locator(".found .row")).to_have_count(
        0
    )  # it is not the bot's any more: no row to go back to
    await workspace.keyboard.press("Escape")
    await workspace.keyboard.press("1")
    await expect(workspace.locator(".mine .row")).to_have_count(1)
    await workspace.keyboard.press("Shift+E")
    await expect(workspace.locator("dialog.aftercare")).to_be_visible()
    await workspace.keyboard.press("1")
    await workspace.keyboard.press("Enter")
    await expect(workspace.locator(".mine .row")).to_have_count(0)


async def test_conversations_are_found_by_words(site: Site, context: BrowserContext) -> None:
    id = await write(site, "我的耳机左边没有声音", "王小美")
    workspace = await sign_in(context, site)
    await workspace.keyboard.press("s")
    await workspace.keyboard.type("小美")
    row = workspace.locator(".found .row")
    await expect(row).to_have_count(1)
    await row.click()
    assert id in workspace.url
    await workspace.locator(".finder input").fill("没有这样的词")
    await expect(workspace.locator(".found .empty")).to_have_text("没有会话")
    await workspace.locator(".finder input").press("Escape")
    await expect(workspace.locator(".waiting h2")).to_be_visible()


async def test_who_is_mentioned_sees_it_in_a_list_of_their_own(site: Site, browser: Browser) -> None:
    first, second = await browser.new_context(locale="zh-CN"), await browser.new_context(locale="en-GB")
    id = await write(site, "你好", "Ada")
    mei = await sign_in_as(second, site, "Mei")
    demo = await sign_in(first, site)
    await demo.evaluate("id => { location.hash = `c=${id}`; }", id)
    box = demo.locator(".composer textarea")
    await expect(box).to_be_visible()
    await demo.keyboard.press("Escape")
    await demo.keyboard.press("n")
    await box.press_sequentially("@M")
    await expect(demo.locator(".menu li")).to_have_text("@Mei")
    await look(demo, "mention")
    await box.press("Enter")
    await box.press_sequentially("请看一下")
    await box.press("Enter")
    row = mei.locator(".attention .row")
    await expect(row).to_contain_text("@ demo: @Mei 请看一下")
    assert (await mei.title()).startswith("(1)")
    await look(mei, "mentioned")
    assert await serious_findings(mei) == []
    await row.click()
    await expect(mei.locator("[role=log]")).to_contain_text("@Mei 请看一下")
    await expect(row).to_have_count(0)
    await first.close()
    await second.close()


async def test_an_agent_who_looks_elsewhere_is_called(site: Site, context: BrowserContext) -> None:
    """For a chat that is given or begins to wait, for what the customer writes, once the button has asked for leave."""
    await context.add_init_script(ELSEWHERE)
    shop = await open_shop(context, site, "zh-Hans")
    workspace = await sign_in(context, site)
    await workspace.get_by_role("button", name="开启通知").click()
    await say(shop, "转人工")
    told = workspace.locator("html")
    await expect(told).to_have_attribute("data-told", re.compile("^(新的会话|分配给你)："))
    await expect(workspace).to_have_title(re.compile(r"^\(1\)"))
    id = await shop.evaluate("Object.entries(localStorage).find(([key]) => key.endsWith(':thread'))[1]")
    await workspace.evaluate("id => { location.hash = `c=${id}`; }", id)
    await workspace.locator(".composer textarea").fill("您好")
    await workspace.locator(".composer textarea").press("Enter")
    await workspace.locator(".composer textarea").press("Enter")
    await expect(log(shop)).to_contain_text("您好")
    await say(shop, "耳机坏了")
    await expect(told).to_have_attribute("data-told", re.compile(" 回复了$"))
    await workspace.locator(".actions button", has_text="结束会话").click()
    await workspace.locator("dialog.aftercare .primary").click()
    await expect(workspace.locator(".mine .row")).to_have_count(0)


async def test_every_key_is_listed(site: Site, context: BrowserContext) -> None:
    workspace = await sign_in(context, site)
    await workspace.keyboard.press("?")
    dialog = workspace.locator("dialog.keys-list")
    await expect(dialog).to_contain_text("撤回刚发的回复")
    await look(workspace, "keys")
    assert await serious_findings(workspace) == []


async def test_canned_replies_are_written_on_a_page(site: Site, context: BrowserContext) -> None:
    workspace = await sign_in(context, site)
    await open_page(workspace, "快捷回复")
    page = workspace.locator(".canned-page")
    await page.locator("input").fill("发票")
    await page.locator("textarea").fill("发票会在 {order} 完成后开出")
    await page.get_by_role("button", name="添加").click()
    row = page.locator("tbody tr", has_text="发票会在")
    await expect(row).to_contain_text("全店")
    await look(workspace, "canned-page")
    assert await serious_findings(workspace) == []
    await row.get_by_role("button", name="修改").click()
    await page.locator("textarea").fill("发票已开出")
    await page.get_by_role("button", name="保存").click()
    await expect(page.locator("tbody")).to_contain_text("发票已开出")
    await page.locator("input").fill("发票")
    await page.locator("textarea").fill("又一个")
    await page.get_by_role("button", name="添加").click()
    await expect(page.locator(".problem")).to_have_text("这个快捷词已有回复使用")
    await page.get_by_role("button", name="删除").first.click()
    await expect(page.locator("tbody")).to_contain_text("还没有快捷回复")


async def test_a_transcript_is_saved(site: Site, context: BrowserContext) -> None:
    id = await write(site, "请发我一份记录", "Lu")
    workspace = await sign_in(context, site)
    await workspace.evaluate("id => { location.hash = `c=${id}`; }", id)
    async with workspace.expect_download() as started:
        await workspace.locator(".transcripts a").first.click()
    saved = await (await started.value).path()
    assert "请发我一份记录" in saved.read_text("utf-8")


async def test_a_dead_connection_shows_within_ten_seconds_and_nothing_typed_is_lost(
    site: Site, context: BrowserContext
) -> None:
    shop = await open_shop(context, site, "zh-Hans")
    await say(shop, "转人工")
    await expect(log(shop).locator(".bot").first).to_be_visible()
    id = await shop.evaluate("Object.entries(localStorage).find(([key]) => key.endsWith(':thread'))[1]")
    workspace = await sign_in(context, site)
    await workspace.evaluate("id => { location.hash = `c=${id}`; }", id)
    box = workspace.locator(".composer textarea")
    await expect(box).to_be_visible()
    await context.set_offline(True)
    await box.fill("断线时写的")
    await box.press("Enter")
    await box.fill("还没写完")
    await expect(workspace.locator(".banner")).not_to_be_empty(timeout=10_000)
    await look(workspace, "banner")
    await context.set_offline(False)
    await expect(log(shop)).to_contain_text("断线时写的", timeout=30_000)
    await expect(box).to_have_value("还没写完")
    await expect(workspace.locator(".banner")).to_be_empty(timeout=15_000)
