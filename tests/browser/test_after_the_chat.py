"""After the chat: it ends with a summary, the customer rates it in the widget, and the day page shows both."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from handoff.afterwards import RatingRules, WrapUpRules
from handoff.routing import Routing
from handoff.rulebook import Version
from handoff.rules import DeskRules
from tests.browser.test_relay import log, open_page, open_shop, say, serious_findings, sign_in
from tests.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def context(browser: Browser, site: Site) -> AsyncIterator[BrowserContext]:
    rules = DeskRules(
        routing=Routing(mode="pull"), ratings=RatingRules(human_after=0), wrapup=WrapUpRules(required=True)
    )
    site.desk.rulekeeper.book.newest = Version(0, rules)
    context = await browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
    yield context
    await context.close()


async def be_in_touch(context: BrowserContext, site: Site) -> tuple[Page, Page]:
    """A customer in the widget, and the agent who has just answered."""
    shop = await open_shop(context, site, "zh-Hans")
    await say(shop, "转人工")
    workspace = await sign_in(context, site)
    await workspace.locator(".waiting .row").first.click()
    await workspace.locator(".actions button", has_text="接入").click()
    box = workspace.locator(".composer textarea")
    await box.fill("您好，已为您补发")
    await box.press("Enter")
    await expect(log(shop)).to_contain_text("已为您补发", timeout=10_000)
    return shop, workspace


async def test_a_chat_is_summed_up_rated_and_counted(site: Site, context: BrowserContext) -> None:
    shop, workspace = await be_in_touch(context, site)

    await workspace.locator(".thread, [role=log]").first.click()
    await workspace.keyboard.press("Shift+E")
    dialog = workspace.locator("dialog.aftercare")
    await expect(dialog.locator("input:checked")).to_have_value("answered")  # what asking for a human suggests
    await expect(dialog.get_by_role("button", name="不写小结")).to_have_count(0)
    assert await serious_findings(workspace) == []
    await workspace.keyboard.press("2")
    await expect(dialog.locator("input:checked")).to_have_value("order")
    await dialog.locator("input").last.fill("补发，老顾客")
    await dialog.locator("input").last.press("Enter")
    await expect(workspace.locator(".mine .row")).to_have_count(0)
    await expect(workspace.locator("[role=log]")).to_contain_text("demo 的小结：订单与物流 · 补发 · 老顾客")

    await expect(log(shop)).to_contain_text("您对本次人工服务满意吗？")
    await shop.locator(".panel").get_by_role("button", name="很满意", exact=False).last.click()
    await expect(log(shop)).to_contain_text("感谢您的评价")
    await expect(workspace.locator("[role=log]")).to_contain_text("顾客评价人工服务：★★★★★ 5")

    await open_page(workspace, "数据日报")
    page = workspace.locator(".day-page")
    await expect(page.locator(".numbers")).to_contain_text(re.compile(r"人工服务评价\s*5\.0"))
    await expect(page.get_by_role("region", name="会话小结")).to_contain_text("订单与物流")
    await expect(page.get_by_role("region", name="各客服")).to_contain_text("demo")
    await page.locator("summary", has_text="数据表").click()
    await expect(page.get_by_role("region", name="各时段与渠道")).to_contain_text("1")
    assert await serious_findings(workspace) == []
    async with workspace.expect_download() as started:
        await page.locator("a", has_text="CSV").click()
    table = (await (await started.value).path()).read_text("utf-8")
    assert "人工,平均星级,5.0" in table
    assert "订单与物流,1" in table


async def test_what_is_put_aside_has_a_list_of_its_own_until_its_customer_writes(
    site: Site, context: BrowserContext
) -> None:
    shop, workspace = await be_in_touch(context, site)
    await workspace.locator("[role=log]").first.click()
    await workspace.keyboard.press("Shift+Z")
    dialog = workspace.locator("dialog.aftercare")
    await dialog.locator("input").first.fill("等仓库回复")
    assert await serious_findings(workspace) == []
    await dialog.get_by_role("button", name="2 小时后").click()
    await expect(workspace.locator(".snoozed .row")).to_have_count(1)
    await expect(workspace.locator(".mine .row")).to_have_count(0)
    await expect(workspace.locator("[role=log]")).to_contain_text("等仓库回复")
    await say(shop, "有消息了吗")
    await expect(workspace.locator(".mine .row")).to_have_count(1)
    await expect(workspace.locator("[role=log]")).to_contain_text("会话回到手上：顾客发来消息")
    await workspace.locator(".actions button", has_text="转回机器人").click()
    await expect(dialog).to_be_visible()
    await workspace.keyboard.press("Enter")
    await expect(log(shop)).to_contain_text("智能客服继续为您服务")
