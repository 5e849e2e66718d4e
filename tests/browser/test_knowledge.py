"""A lead writes what the shop knows; the help page and the bot say it within seconds, and it is undone."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from httpx import AsyncClient
from playwright.async_api import Browser, Page, expect

from tests.browser.test_relay import open_page, serious_findings, sign_in
from tests.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

QUESTION = "can you wrap it as a gift?"


async def told(site: Site) -> str:
    """What the bot would answer now."""
    hit = await site.desk.knowledge.answer(QUESTION, "en", "web", site.desk.clock.moment())
    return hit.entry.text if hit else ""


async def until_told(site: Site, words: str, seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while words not in await told(site):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def open_knowledge(browser: Browser, site: Site) -> Page:
    page = await sign_in(await browser.new_context(locale="en-GB"), site)
    await open_page(page, "Knowledge")
    return page


async def test_what_a_lead_writes_is_told_within_seconds_and_undone(browser: Browser, site: Site) -> None:
    await until_told(site, "gift bag", seconds=60)  # all entries are made ready first
    page = await open_knowledge(browser, site)
    await page.get_by_label("Find entries").fill("gift")
    await page.get_by_role("button", name="Gift wrapping").click()
    await expect(page.get_by_label("Title")).to_have_value("Gift wrapping")
    await page.get_by_label("Answer").fill("Wrapped in **green paper**, with a ribbon.")
    await expect(page.frame_locator("iframe").locator("strong")).to_have_text("green paper")
    await expect(page.locator(".preview .words")).to_have_text("Wrapped in green paper, with a ribbon.")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.locator(".saved")).to_contain_text("Saved")
    await until_told(site, "green paper")
    async with AsyncClient(base_url=site.url) as shopper:
        assert "<strong>green paper</strong>" in (await shopper.get("/help/gift-wrapping?lang=en")).text
    await page.get_by_role("button", name="Go back to this").click()
    await until_told(site, "gift bag")
    await page.context.close()


async def test_an_entry_that_is_over_is_told_nowhere(browser: Browser, site: Site) -> None:
    page = await open_knowledge(browser, site)
    await page.get_by_role("button", name="New entry").click()
    await page.get_by_label("Name").fill("autumn-fair")
    await page.get_by_role("combobox", name="Language").select_option("en")
    await page.get_by_label("Title").fill("Autumn fair")
    await page.get_by_label("How customers ask it").fill("When is the autumn fair?")
    await page.get_by_label("Answer").fill("Come by on Friday.")
    over = site.desk.clock.moment() - timedelta(days=1)
    await page.get_by_label("Holds until").fill(over.strftime("%Y-%m-%dT%H:%M"))
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.locator(".entries")).to_contain_text("not in force now")
    async with AsyncClient(base_url=site.url) as shopper:
        assert (await shopper.get("/help/autumn-fair?lang=en")).status_code == 404
        assert "Autumn fair" not in (await shopper.get("/help?lang=en")).text
    await page.context.close()


async def test_the_page_has_no_serious_barrier(browser: Browser, site: Site) -> None:
    page = await open_knowledge(browser, site)
    await page.get_by_role("button", name="Gift wrapping").click()
    await expect(page.get_by_label("Title")).to_have_value("Gift wrapping")
    assert await serious_findings(page) == []
    await page.get_by_role("button", name="Report").click()
    await expect(page.get_by_role("heading", name="Questions without an answer")).to_be_visible()
    assert await serious_findings(page) == []
    await page.context.close()
