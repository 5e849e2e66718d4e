"""Leads change what the bot says and switch it off in the workspace; shoppers meet it within seconds."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.test_relay import open_shop, serious_findings, sign_in
from tests.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

SOON = 20_000
"""ms an answer may take on a busy machine; the change itself counts at once where it was saved."""
OURS = "不客气呀，祝您天天开心。"


async def open_page(browser: Browser, site: Site, name: str, language: str = "zh-CN") -> Page:
    page = await sign_in(await browser.new_context(locale=language), site)
    await page.evaluate(f"location.hash = '{name}'")
    await expect(page.locator(".settings").first).to_be_visible()
    return page


async def write(shop: Page, text: str) -> Locator:
    """The answers after what is written."""
    await shop.locator(".panel textarea").fill(text)
    await shop.keyboard.press("Enter")
    return shop.locator(".panel")


async def test_a_rewritten_text_reaches_the_widget_and_is_undone(browser: Browser, site: Site) -> None:
    shop = await open_shop(await browser.new_context(), site, "zh-Hans")
    page = await open_page(browser, site, "texts")
    await page.get_by_label("查找").fill("不客气，有需要")
    line = page.locator(".text-line", has_text="thank")
    await line.locator("summary").first.click()
    await line.get_by_label("简体中文").fill(OURS)
    await line.get_by_role("button", name="保存").click()
    await expect(line.locator(".saved")).to_contain_text("几秒内生效")
    await expect(await write(shop, "谢谢")).to_contain_text(OURS, timeout=SOON)

    await line.get_by_text("历史版本").click()
    await line.locator(".versions li").last.get_by_role("button", name="恢复这一版").click()
    await expect(line.get_by_label("简体中文")).not_to_have_value(OURS)
    await expect(await write(shop, "谢谢你")).to_contain_text("不客气，有需要随时叫我", timeout=SOON)
    await page.context.close()
    await shop.context.close()


async def test_a_text_that_lost_its_field_is_refused_at_its_place(browser: Browser, site: Site) -> None:
    page = await open_page(browser, site, "texts", "en-GB")
    await page.get_by_label("Search", exact=True).fill("price.now")
    line = page.locator(".text-line").first
    await line.locator("summary").first.click()
    await line.get_by_label("English").fill("It is cheap.")
    await expect(line.locator(".bad").last).to_have_text("{product} is missing")
    await line.get_by_role("button", name="Save").click()
    await expect(line.locator(".problem")).to_contain_text("value.en: {price} is missing")
    await page.context.close()


async def test_a_bot_that_is_switched_off_passes_everything_on(browser: Browser, site: Site) -> None:
    shop = await open_shop(await browser.new_context(), site, "zh-Hans")
    page = await open_page(browser, site, "switches")
    colleague = await sign_in(await browser.new_context(locale="en-GB"), site)
    bot = page.get_by_label("机器人自动回答")
    await bot.uncheck()
    await expect(colleague.locator(".off-banner")).to_contain_text("The bot is switched off", timeout=SOON)
    await expect(await write(shop, "有什么活动")).to_contain_text("智能客服暂时停用了", timeout=SOON)
    await bot.check()
    await expect(colleague.locator(".off-banner")).to_be_hidden(timeout=SOON)
    for one in (page, shop, colleague):
        await one.context.close()


async def test_a_table_of_the_policies_is_changed_and_read_back(browser: Browser, site: Site) -> None:
    page = await open_page(browser, site, "policies", "en-GB")
    table = page.locator(".policy", has_text="Price protection")
    await table.locator("summary").first.click()
    await table.get_by_label("Days").fill("30")
    await table.get_by_text("Read it back").click()
    await expect(table.locator("dd")).to_have_text("30")
    await table.get_by_role("button", name="Save").click()
    await expect(table.locator(".chip").first).to_have_text("Your own")
    protection = site.desk.policies().price_protection
    assert protection is not None and protection.days == 30
    await page.context.close()


@pytest.mark.parametrize("name", ["switches", "texts", "policies"])
async def test_the_pages_have_no_serious_barrier(browser: Browser, site: Site, name: str) -> None:
    page = await open_page(browser, site, name, "en-GB")
    await expect(page.locator(".settings summary").first).to_be_visible()
    if name != "switches":
        await page.locator(".settings details > summary").nth(0).click()
    assert await serious_findings(page) == []
    await page.context.close()
