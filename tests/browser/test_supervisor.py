"""A supervisor's day in two browsers: the wall, watching, a whisper, a take-over, a spot check, and the ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from handoff.roles import Role
from tests.browser.test_composing import LATER, look
from tests.browser.test_relay import log, open_shop, say, serious_findings, sign_in
from tests.conftest import DEMO_PASSWORD, Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


@pytest_asyncio.fixture(loop_scope="module")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(locale="zh-CN", accept_downloads=True)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="module")
async def other(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(locale="zh-CN")
    yield context
    await context.close()


async def sign_in_as(context: BrowserContext, site: Site, name: str, role: Role) -> Page:
    _, token = await site.desk.accounts.add(name, role)
    await site.desk.accounts.accept(token, None, DEMO_PASSWORD)
    page = await context.new_page()
    await page.goto(f"{site.url}/workspace")
    fields = page.locator("dialog.sign input")
    await fields.nth(0).fill(name)
    await fields.nth(1).fill(DEMO_PASSWORD)
    await fields.nth(1).press("Enter")
    await expect(page.locator(".connection.live")).to_be_visible()
    return page


async def test_a_supervisor_watches_whispers_and_takes_over(
    site: Site, context: BrowserContext, other: BrowserContext
) -> None:
    lin = await sign_in_as(other, site, "Lin", Role.AGENT)
    lead = await sign_in(context, site)
    shop = await open_shop(await context.browser.new_context(locale="zh-CN"), site, "zh-Hans")  # type: ignore[union-attr]
    await say(shop, "转人工")
    await lin.locator(".waiting .row").click()
    await lin.get_by_role("button", name="接入").click()
    await expect(log(shop)).to_contain_text("Lin 为您服务")

    await lead.locator(".others .row").click()
    await say(shop, "耳机左边没有声音")
    await expect(lead.locator("[role=log]")).to_contain_text("耳机左边没有声音")
    await expect(lead.get_by_role("button", name="接入", exact=True)).to_have_count(0)

    await lead.locator(".whisper-form input").fill("先道歉，再换新")
    await lead.locator(".whisper-form input").press("Enter")
    await expect(lin.locator(".whispered")).to_contain_text("demo 的悄悄话")
    await expect(lin.locator(".whispered")).to_contain_text("先道歉，再换新")
    await expect(lin.locator(".speech.note")).to_contain_text("悄悄话")
    await look(lin, "whispered")
    assert await serious_findings(lin) == []
    await lin.get_by_role("button", name="知道了").click()
    await expect(lin.locator(".whispered")).to_be_hidden()
    await expect(log(shop)).not_to_contain_text("先道歉")

    await lin.locator(".composer textarea").fill("非常抱歉，我这就")
    await lead.get_by_role("button", name="接管").click()
    await expect(log(shop)).to_contain_text("demo 为您服务")
    await expect(lin.locator(".notice")).to_contain_text("demo 接管了你与")
    await expect(lin.locator("[role=log]")).to_contain_text("demo 接管了会话（此前由 Lin 接待）")
    await expect(lin.locator(".composer textarea")).to_have_value("非常抱歉，我这就")
    await expect(lin.locator(".mine .row")).to_have_count(0)
    await lead.locator(".composer textarea").fill("我是主管，马上为您换新")
    await lead.locator(".composer textarea").press("Enter")
    await expect(log(shop)).to_contain_text("马上为您换新", timeout=LATER)
    await lead.get_by_role("button", name="结束会话").click()
    await expect(lead.locator(".mine .row")).to_have_count(0)
