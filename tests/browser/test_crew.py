"""Leads say in the workspace what each agent can do and how many chats they take."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from handoff.routing import AgentRules
from tests.browser.test_relay import open_page, sign_in
from tests.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]


async def test_skills_and_capacity_are_set_and_nonsense_is_refused(browser: Browser, site: Site) -> None:
    page = await sign_in(await browser.new_context(locale="en-GB"), site)
    await open_page(page, "Rules")
    await page.locator("summary[aria-label='demo: Languages']").click()
    for language in ("English", "Traditional Chinese"):
        await page.get_by_role("group", name="demo: Languages").get_by_label(language).check()
    await page.get_by_label("demo: Chats at once").fill("99")
    await page.get_by_role("button", name="Save").click()
    assert await page.get_by_label("demo: Chats at once").evaluate("input => !input.validity.valid")
    await page.get_by_label("demo: Chats at once").fill("3")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".saved")).to_contain_text("demo")
    assert list(site.desk.rulekeeper.book.rules.agents.values()) == [
        AgentRules(languages=("zh-Hant", "en"), capacity=3)
    ]
    await page.context.close()
