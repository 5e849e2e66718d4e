"""Chats come to the agent: offered with a countdown, given at once, and not while away."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from bot.settings import Settings
from handoff.routing import Routing
from handoff.rulebook import Version
from handoff.rules import DeskRules
from tests.browser.test_relay import log, open_shop, say, serious_findings, sign_in
from tests.conftest import Site, open_site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(Settings(data=tmp_path_factory.mktemp("desk"))) as site:
        yield site


def set_mode(site: Site, **routing: object) -> None:
    site.desk.rulekeeper.book.newest = Version(0, DeskRules(routing=Routing.model_validate(routing)))


async def test_an_offer_is_declined_comes_back_and_is_accepted(site: Site, browser: Browser) -> None:
    set_mode(site, mode="offer", pause=5, countdown=60)
    context = await browser.new_context(locale="en-GB")
    workspace = await sign_in(context, site)
    shop = await open_shop(context, site, "en")
    await say(shop, "Talk to a person")
    row = workspace.locator(".offered .row")
    await expect(row).to_be_visible()
    await row.click()
    await expect(workspace.locator(".facts .countdown")).to_contain_text("to accept")
    assert await serious_findings(workspace) == []
    await workspace.get_by_role("button", name="Decline").click()
    await expect(row).to_have_count(0)
    await expect(workspace.locator(".waiting .row")).to_have_count(1)
    await expect(row).to_be_visible(timeout=15_000)
    await workspace.get_by_role("button", name="Claim").click()
    await expect(log(shop)).to_contain_text("demo is here to help")
    await expect(workspace.locator(".mine .row")).to_have_count(1)
    await workspace.locator(".actions button", has_text="Close").click()
    await workspace.locator("dialog.aftercare .primary").click()
    await expect(workspace.locator(".mine .row")).to_have_count(0)
    await context.close()


async def test_who_is_away_is_given_nothing_until_back(site: Site, browser: Browser) -> None:
    set_mode(site, mode="push")
    context = await browser.new_context(locale="zh-CN")
    workspace = await sign_in(context, site)
    status = workspace.locator("button.status")
    await expect(status).to_have_text("接待中")
    await status.click()
    await expect(status).to_have_text("小休")
    shop = await open_shop(context, site, "zh-Hans")
    await say(shop, "转人工")
    await expect(workspace.locator(".waiting .row")).to_have_count(1)
    await workspace.wait_for_timeout(2_500)  # longer than the dispatcher's tick
    await expect(workspace.locator(".mine .row")).to_have_count(0)
    await status.click()
    await expect(workspace.locator(".mine .row")).to_have_count(1)
    await expect(log(shop)).to_contain_text("demo 为您服务")
    await context.close()
