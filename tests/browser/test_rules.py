"""Leads set the opening hours in the workspace; they count at once, and nonsense is refused with its place."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.test_relay import open_page, serious_findings, sign_in
from tests.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def open_rules(browser: Browser, site: Site, language: str) -> Page:
    page = await sign_in(await browser.new_context(locale=language), site)
    await open_page(page, "店铺规则" if language == "zh-CN" else "Rules")
    return page


async def test_hours_are_set_and_count_at_once(browser: Browser, site: Site) -> None:
    page = await open_rules(browser, site, "zh-CN")
    await page.get_by_label("星期一", exact=True).first.fill("9:00-12:00，13:30-18:00")
    await page.get_by_label("星期日", exact=True).first.fill("")
    await page.get_by_label("节假日").first.fill("CN")
    await page.locator("textarea").first.fill("2026-12-31: 09:00-12:00")
    await page.get_by_role("button", name="保存").click()
    await expect(page.locator(".saved")).to_contain_text("第 1 版 · demo")
    hours = site.desk.rulekeeper.book.rules.hours
    assert hours.region == "CN"
    assert [(window.opens, window.closes) for window in hours.week[0]] == [("09:00", "12:00"), ("13:30", "18:00")]
    assert hours.week[6] == ()
    assert len(hours.days) == 1
    await page.context.close()


async def test_what_is_not_understood_is_said_and_nothing_is_saved(browser: Browser, site: Site) -> None:
    page = await open_rules(browser, site, "en-GB")
    before = site.desk.rulekeeper.book.newest
    await page.get_by_label("Tuesday").first.fill("nine to five")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".problem")).to_contain_text("write it as 09:00-18:00")
    await page.get_by_label("Tuesday").first.fill("09:00-12:00, 11:00-18:00")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".problem")).to_contain_text("hours.week.1: 09:00-12:00 and 11:00-18:00 overlap")
    assert site.desk.rulekeeper.book.newest == before
    await page.context.close()


async def test_the_page_has_no_serious_barrier(browser: Browser, site: Site) -> None:
    page = await open_rules(browser, site, "en-GB")
    await page.get_by_role("button", name="Add", exact=True).click()
    await page.locator(".teams summary").click()
    await expect(page.get_by_label("Tuesday")).to_have_count(2)
    assert await serious_findings(page) == []
    await page.context.close()
