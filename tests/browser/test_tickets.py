"""A complaint's whole way: its ticket, a step to the warehouse, the shopper who asks, and who hears of the solution."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.test_relay import log, open_shop, say, serious_findings, sign_in
from tests.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

NUMBER = re.compile(r"T-\d{6}-[A-Z0-9]{3}")


async def complain(browser: Browser, site: Site) -> tuple[Page, Page, str]:
    """A shopper whose complaint waits, the agent who has opened it, and the number of its ticket."""
    shop = await open_shop(await browser.new_context(locale="zh-CN"), site, "zh-Hans")
    workspace = await sign_in(await browser.new_context(locale="zh-CN"), site)
    await say(shop, "我要投诉你们")
    await workspace.locator(".waiting .row").first.click()
    link = workspace.locator(".ticket-strip a")
    await expect(link).to_contain_text(NUMBER)
    found = NUMBER.search(await link.inner_text())
    assert found
    return shop, workspace, found[0]


async def test_a_complaint_goes_its_whole_way(browser: Browser, site: Site) -> None:
    shop, workspace, number = await complain(browser, site)
    await workspace.locator(".actions .primary", has_text="接入").click()
    await workspace.locator(".composer textarea").fill("非常抱歉，我来跟进。")
    await workspace.locator(".composer textarea").press("Enter")
    await expect(log(shop)).to_contain_text("我来跟进")

    await workspace.locator(".ticket-strip a").click()
    await expect(workspace.locator(".ticket-page h2")).to_contain_text(number)
    await expect(workspace.locator(".ticket-about")).to_contain_text("已于")
    await workspace.get_by_role("button", name="由我负责").click()
    await expect(workspace.locator(".ticket-about")).to_contain_text("demo")
    await workspace.get_by_label("交给").select_option("warehouse")
    await workspace.get_by_label("要做什么").fill("查出库照片")
    await workspace.get_by_label("要做什么").press("Enter")
    await expect(workspace.locator(".ticket-page .head .ticket-waiting")).to_be_visible()
    assert await serious_findings(workspace) == []

    await workspace.get_by_role("link", name="打开会话").click()
    await workspace.locator(".actions button", has_text="转回机器人").click()
    await workspace.locator("dialog[open] button.primary").click()
    await expect(log(shop)).to_contain_text("智能客服继续为您服务")
    await say(shop, "我的投诉怎么样了")
    await expect(log(shop)).to_contain_text(f"您的投诉（{number}）正在处理，在等下一步的结果。下一步由仓库处理")

    await workspace.keyboard.press("t")
    await workspace.locator(".ticket-row", has_text=number).click()
    await workspace.get_by_label("这一步的备注").fill("照片里就是碎的")
    await workspace.get_by_role("button", name="完成", exact=True).click()
    await expect(workspace.locator(".step-done")).to_contain_text("照片里就是碎的")
    await workspace.get_by_role("button", name="标为已解决").click()
    await expect(workspace.locator(".ticket-history")).to_contain_text("标为已解决")
    await expect(log(shop)).to_contain_text(f"您的投诉（{number}）已经解决")
    await shop.context.close()
    await workspace.context.close()


async def test_what_is_late_is_counted_and_stands_with_what_needs_attention(browser: Browser, site: Site) -> None:
    page = await sign_in(await browser.new_context(locale="en-GB"), site)
    await page.keyboard.press("t")
    await page.get_by_role("button", name="New ticket").click()
    await page.get_by_label("Title", exact=True).fill("Call the supplier back")
    await page.get_by_label("Title", exact=True).press("Enter")
    await expect(page.locator(".ticket-page h2")).to_contain_text("Call the supplier back")
    await page.get_by_label("Solution", exact=True).fill("2026-11-01T10:00")
    await page.get_by_role("button", name="Save changes").click()
    await expect(page.locator(".ticket-alarms")).to_contain_text("Solution overdue")
    await expect(page.locator("header.top .badge")).to_have_text("1")
    await page.get_by_role("link", name="Tickets").click()
    await page.get_by_role("button", name="Overdue", exact=True).click()
    await expect(page.locator(".ticket-list")).to_contain_text("Call the supplier back")
    assert await serious_findings(page) == []
    await page.get_by_role("searchbox", name="Number, title or order").fill("no such thing")
    await expect(page.locator(".tickets-page .empty")).to_have_text("No tickets")
    await page.context.close()


async def test_a_ticket_is_opened_from_a_conversation_by_keyboard(browser: Browser, site: Site) -> None:
    shop, workspace, _ = await complain(browser, site)
    await workspace.keyboard.press("Escape")
    await workspace.keyboard.press("Shift+T")
    await workspace.keyboard.type("退运费")
    await workspace.keyboard.press("Enter")
    await expect(workspace.locator(".ticket-strip")).to_contain_text("退运费")
    await shop.context.close()
    await workspace.context.close()


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
async def test_feedback_gets_a_number_that_the_chat_knows(browser: Browser, site: Site, language: str) -> None:
    chinese = language == "zh-CN"
    shop = await open_shop(await browser.new_context(locale=language), site, "zh-Hans" if chinese else "en")
    page = await shop.context.new_page()
    await page.goto(f"{site.url}/feedback")
    await page.get_by_label("想对我们说什么" if chinese else "What would you like to tell us?").fill("很好用！")
    assert await serious_findings(page) == []
    await page.get_by_role("button", name="提交" if chinese else "Send").click()
    await expect(page.locator(".done .number")).to_have_text(NUMBER)
    number = await page.locator(".done .number").inner_text()
    await say(shop, f"{number} 怎么样了" if chinese else f"how is {number} doing")
    await expect(log(shop)).to_contain_text(f"您的反馈（{number}）" if chinese else f"Your feedback ({number})")
    await shop.context.close()


async def test_feedback_is_asked_for_in_the_visitors_own_chinese(browser: Browser, site: Site) -> None:
    context = await browser.new_context(locale="zh-TW")
    page = await context.new_page()
    await page.goto(f"{site.url}/feedback")
    await expect(page.locator("h1")).to_have_text("意見回饋")
    await page.locator(".language").select_option("en")
    await expect(page.locator("h1")).to_have_text("Feedback")
    await page.reload()
    await expect(page.locator("h1")).to_have_text("Feedback")
    await context.close()
