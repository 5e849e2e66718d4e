"""The relay as people see it: a shopper asks, the bot answers, an agent takes over with the whole history, and back."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from actions.demo import demo_showcase
from tests.conftest import DEMO_PASSWORD, Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

expect.set_options(timeout=10_000)


@dataclass(frozen=True)
class Words:
    """What is clicked and read in one language."""

    price: str
    price_answer: str
    order: str
    ask_tail: str
    status: re.Pattern[str]
    human: str
    question: str
    reply: str
    joined: str
    handed_back: str
    claim: str
    hand_back: str
    send: str


WORDS = {
    "zh-Hans": Words(
        price="这个多少钱",
        price_answer="¥299.00",
        order="我的订单到哪了",
        ask_tail="订单号",
        status=re.compile("运输|途中|路上|派送"),
        human="转人工",
        question="耳机左边没有声音",
        reply="您好，马上帮您换新。",
        joined="demo 为您服务",
        handed_back="智能客服继续为您服务",
        claim="接入",
        hand_back="转回机器人",
        send="发送",
    ),
    "en": Words(
        price="how much is this",
        price_answer="¥299.00",
        order="where is my order",
        ask_tail="order number",
        status=re.compile("way|transit", re.IGNORECASE),
        human="Talk to a person",
        question="the left earbud has no sound",
        reply="Hello, we will send you a new one.",
        joined="demo is here to help",
        handed_back="the assistant is back",
        claim="Claim",
        hand_back="Hand back to the bot",
        send="Send",
    ),
}


async def open_shop(context: BrowserContext, site: Site, language: str) -> Page:
    page = await context.new_page()
    await page.goto(f"{site.url}/demo?lang={language}")
    await expect(page.locator(".panel")).to_be_visible()
    return page


async def sign_in(context: BrowserContext, site: Site) -> Page:
    page = await context.new_page()
    await page.goto(f"{site.url}/workspace")
    fields = page.locator("dialog.sign input")
    await fields.nth(0).fill("demo")
    await fields.nth(1).fill(DEMO_PASSWORD)
    await fields.nth(1).press("Enter")
    await expect(page.locator(".connection.live")).to_be_visible()
    return page


async def open_page(workspace: Page, title: str) -> None:
    """Open one of the workspace's pages by the menu in its bar."""
    await workspace.locator(".pages > button").click()
    await workspace.locator("#pages").get_by_role("link", name=title).click()


async def say(shop: Page, text: str) -> None:
    field = shop.locator(".panel textarea")
    await field.fill(text)
    await field.press("Enter")


def log(shop: Page) -> Locator:
    return shop.locator(".panel [role=log]")


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
async def test_a_conversation_goes_to_an_agent_and_back(site: Site, browser: Browser, language: str) -> None:
    words = WORDS[language]
    locale = "zh-CN" if language.startswith("zh") else "en-GB"
    shopper = await browser.new_context(locale=locale)
    agent = await browser.new_context(locale=locale)
    shop = await open_shop(shopper, site, language)
    workspace = await sign_in(agent, site)

    await shop.locator(".products button, .products [role=button], .products .product").first.click()
    await say(shop, words.price)
    await expect(log(shop)).to_contain_text(words.price_answer)

    order = next(one for one in demo_showcase().orders if one.state == "in_transit")
    await say(shop, words.order)
    await expect(log(shop)).to_contain_text(words.ask_tail)
    await say(shop, f"{order.number} {order.tail}")
    await expect(log(shop)).to_contain_text(words.status)

    await shop.locator(".panel").get_by_role("button", name=words.human).first.click()
    row = workspace.locator(".waiting .row").first
    await expect(row).to_be_visible()
    await row.click()
    await workspace.locator(".actions .primary", has_text=words.claim).click()
    await expect(log(shop)).to_contain_text(words.joined)

    thread = workspace.locator("[role=log]")
    await expect(thread).to_contain_text(words.price)
    await expect(thread).to_contain_text(words.price_answer)
    await expect(workspace.locator(".brief")).to_contain_text(order.number)

    await say(shop, words.question)
    await expect(thread).to_contain_text(words.question)
    await workspace.locator(".composer textarea").fill(words.reply)
    await workspace.locator(".composer textarea").press("Enter")
    await expect(log(shop)).to_contain_text(words.reply)

    await workspace.locator(".actions button", has_text=words.hand_back).click()
    await workspace.locator("dialog.aftercare .primary").click()
    await expect(log(shop)).to_contain_text(words.handed_back)
    await say(shop, words.price)
    await expect(log(shop).locator(".row.bot").last).to_contain_text(words.price_answer)
    await shopper.close()
    await agent.close()


async def test_a_reload_and_a_second_page_show_the_same(site: Site, browser: Browser) -> None:
    context = await browser.new_context(locale="zh-CN")
    first = await open_shop(context, site, "zh-Hans")
    await say(first, "现在有什么优惠活动吗")
    await expect(log(first)).to_contain_text("活动")
    second = await open_shop(context, site, "zh-Hans")
    await expect(log(second)).to_contain_text("现在有什么优惠活动吗")
    await say(second, "运费怎么算的")
    await expect(log(first)).to_contain_text("运费怎么算的")
    await first.reload()
    await expect(log(first)).to_contain_text("运费怎么算的")
    await expect(log(first)).to_contain_text("现在有什么优惠活动吗")
    await context.close()


async def test_what_is_written_while_offline_is_sent_later(site: Site, browser: Browser) -> None:
    context = await browser.new_context(locale="en-GB")
    shop = await open_shop(context, site, "en")
    await say(shop, "what is your return policy")
    await expect(log(shop)).to_contain_text("7 days")
    await context.set_offline(True)
    await say(shop, "how much is shipping")
    await expect(log(shop)).to_contain_text("how much is shipping")
    await context.set_offline(False)
    await expect(log(shop)).to_contain_text("99", timeout=40_000)
    await expect(log(shop).get_by_text("how much is shipping")).to_have_count(1)
    await context.close()


async def test_the_widget_fills_a_phone_and_serves_keyboard_and_reader(site: Site, browser: Browser) -> None:
    context = await browser.new_context(locale="zh-TW", viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(f"{site.url}/demo?lang=zh-Hant")
    await page.evaluate("window.Jieli.open()")
    panel = page.locator(".panel")
    await expect(panel).to_be_visible()
    box = await panel.bounding_box()
    assert box is not None and (round(box["width"]), round(box["height"])) == (390, 844)
    await say(page, "運費怎麼算")
    await expect(log(page)).to_contain_text("運費")
    serious = await serious_findings(page)
    assert serious == []
    await page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    await context.close()


async def test_the_workspace_has_no_serious_accessibility_finding(site: Site, browser: Browser) -> None:
    context = await browser.new_context(locale="zh-CN")
    workspace = await sign_in(context, site)
    assert await serious_findings(workspace) == []
    await context.close()


async def serious_findings(page: Page) -> list[str]:
    results = await Axe().run(page)
    return [
        f"{found['id']}: {found['nodes'][0]['html'][:200]}"
        for found in results.response["violations"]
        if found["impact"] in ("serious", "critical")
    ]
