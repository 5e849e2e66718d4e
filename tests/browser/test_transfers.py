"""A chat is passed on in the workspace, and the rules by which the bot hands over are ordered there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from bot.settings import Settings
from handoff.roles import Role
from handoff.rulebook import Version
from handoff.rules import DeskRules
from handoff.triggers import When
from tests.browser.test_relay import log, open_page, open_shop, say, serious_findings, sign_in
from tests.conftest import DEMO_PASSWORD, Site, open_site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """Chats are given to free agents at once."""
    async with open_site(Settings(data=tmp_path_factory.mktemp("desk"))) as site:
        site.desk.rulekeeper.book.newest = Version(0, DeskRules())
        yield site


async def colleague(site: Site, name: str) -> str:
    """An agent who can sign in and is here; returns the id."""
    account, token = await site.desk.accounts.add(name, Role.AGENT)
    await site.desk.accounts.accept(token, None, DEMO_PASSWORD)
    await site.desk.presence.beat(account.id)
    return account.id


async def test_a_chat_is_passed_on_with_a_note_by_keys_alone(site: Site, browser: Browser) -> None:
    context = await browser.new_context(locale="en-GB")
    workspace = await sign_in(context, site)
    shop = await open_shop(context, site, "en")
    await say(shop, "Talk to a person")
    row = workspace.locator(".mine .row")
    await expect(row).to_have_count(1)
    await row.click()
    await expect(workspace.locator(".brief")).to_contain_text("Rule 1: The customer asks for a human")
    mei = await colleague(site, "Mei")
    await workspace.locator(".conversation h2").click()
    await workspace.keyboard.press("Escape")
    await workspace.keyboard.press("Shift+P")
    dialog = workspace.get_by_role("dialog", name="Transfer the chat")
    await expect(dialog.get_by_text("Mei")).to_be_visible()
    assert await serious_findings(workspace) == []
    await dialog.get_by_role("radio", name="Mei").check()
    await site.desk.presence.rest(mei)
    await dialog.get_by_label("Note to your colleague").fill("Checked the order; she wants the gift.")
    await workspace.keyboard.press("Control+Enter")
    await expect(dialog.get_by_role("alert")).to_have_text("That agent is away")
    await site.desk.presence.resume(mei)
    await workspace.keyboard.press("Control+Enter")
    await expect(dialog).to_have_count(0)
    await expect(workspace.locator(".mine .row")).to_have_count(0)
    await expect(workspace.locator(".thread, .conversation").first).to_contain_text("demo transferred it to Mei")
    await expect(workspace.locator(".conversation")).to_contain_text("Checked the order")
    await expect(log(shop)).to_contain_text("Mei is here to help")
    await expect(log(shop)).not_to_contain_text("Checked the order")
    await context.close()


async def test_a_chat_goes_back_to_the_queue_for_a_team(site: Site, browser: Browser) -> None:
    context = await browser.new_context(locale="zh-CN")
    workspace = await sign_in(context, site)
    shop = await open_shop(context, site, "zh-Hans")
    await say(shop, "转人工")
    row = workspace.locator(".mine .row")
    await expect(row).to_have_count(1)
    await row.click()
    await workspace.get_by_role("button", name="转接", exact=True).click()
    dialog = workspace.get_by_role("dialog", name="转接会话")
    await dialog.get_by_role("radio", name="技能组").check()
    await dialog.get_by_label("主题").select_option("returns")
    await dialog.get_by_label("给同事的备注").fill("要退货，订单已核对")
    await dialog.get_by_role("button", name="转接").click()
    await expect(workspace.locator(".conversation")).to_contain_text("demo 转接给 退换售后")
    await expect(workspace.locator(".row .chip.topic", has_text="退换售后")).to_have_count(1)
    await context.close()


async def test_rules_are_moved_switched_and_edited(site: Site, browser: Browser) -> None:
    page = await sign_in(await browser.new_context(locale="en-GB"), site)
    await open_page(page, "Rules")
    lines = page.locator(".triggers li")
    await expect(lines).to_have_count(10)
    mood = lines.nth(6)
    await mood.get_by_role("checkbox", name="On").check()
    await mood.get_by_role("button", name="Move up").press("Enter")
    await lines.nth(5).locator("summary").first.click()
    await lines.nth(5).get_by_label("Name").fill("Somebody is angry")
    await lines.nth(5).get_by_label("Urgent").check()
    assert await serious_findings(page) == []
    await page.get_by_role("button", name="Add a rule").click()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.locator(".problem")).to_contain_text("a rule by conditions alone needs one")
    await lines.nth(10).locator("summary[aria-label='If on channels']").click()
    await lines.nth(10).get_by_label("WeChat").check()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.locator(".saved")).to_contain_text("demo")
    triggers = site.desk.rulekeeper.book.rules.triggers
    assert (triggers[5].when, triggers[5].on, triggers[5].name, triggers[5].urgent) == (
        When.MOOD,
        True,
        "Somebody is angry",
        True,
    )
    assert (triggers[10].when, triggers[10].channels) == (When.CASE, ("wechat",))
    await page.context.close()
