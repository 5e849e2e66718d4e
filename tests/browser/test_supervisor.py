"""A supervisor's day in two browsers: the wall, watching, a whisper, a take-over, a spot check, and the ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from handoff.checks import CheckRules
from handoff.roles import Role
from handoff.routing import Routing
from handoff.rulebook import Version
from handoff.rules import DeskRules
from tests.browser.test_composing import LATER, look
from tests.browser.test_relay import log, open_page, open_shop, say, serious_findings, sign_in
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


def choose_every_chat(site: Site) -> None:
    rules = DeskRules(routing=Routing(mode="pull"), checks=CheckRules(share=100))
    site.desk.rulekeeper.book.newest = Version(0, rules)


async def hand_back(page: Page) -> None:
    """Give the open chat back to the bot, without a summary."""
    await page.get_by_role("button", name="转回机器人").click()
    await page.locator("dialog.aftercare").get_by_role("button", name="不写小结").click()


async def test_a_supervisor_watches_whispers_and_takes_over(
    site: Site, context: BrowserContext, other: BrowserContext
) -> None:
    lin = await sign_in_as(other, site, "Lin", Role.AGENT)
    lead = await sign_in(context, site)
    choose_every_chat(site)
    shop = await open_shop(await context.browser.new_context(locale="zh-CN"), site, "zh-Hans")  # type: ignore[union-attr]
    await open_page(lead, "实时看板")
    wall = lead.locator(".wall")
    await expect(wall.locator(".tile", has_text="排队中")).to_contain_text("0")
    await say(shop, "转人工")
    await expect(wall.locator(".tile", has_text="排队中")).to_contain_text("1")
    await expect(wall.locator("tbody")).to_contain_text("0:0")
    await lin.locator(".waiting .row").click()
    await lin.get_by_role("button", name="接入").click()
    await expect(log(shop)).to_contain_text("Lin 为您服务")

    await expect(wall.locator(".tile", has_text="人工接待中")).to_contain_text("1")
    card = wall.locator(".wall-agent", has_text="Lin")
    await expect(card).to_contain_text("手上 1 / 8", timeout=LATER)
    await expect(wall.locator(".tile", has_text="今日转人工")).to_contain_text("1", timeout=15_000)
    await look(lead, "wall")
    assert await serious_findings(lead) == []
    await lead.emulate_media(color_scheme="dark")
    await look(lead, "wall-dark")
    assert await serious_findings(lead) == []
    await lead.emulate_media(color_scheme="light")
    await card.locator(".wall-chat").click()
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
    await hand_back(lead)
    await expect(lead.locator(".mine .row")).to_have_count(0)


async def test_a_chat_of_the_sample_is_scored_and_its_agent_reads_it(
    site: Site, context: BrowserContext, other: BrowserContext
) -> None:
    choose_every_chat(site)
    mei = await sign_in_as(other, site, "Mei", Role.AGENT)
    shop = await open_shop(await context.browser.new_context(locale="zh-CN"), site, "zh-Hans")  # type: ignore[union-attr]
    await say(shop, "转人工")
    await mei.locator(".waiting .row").click()
    await mei.get_by_role("button", name="接入").click()
    await expect(mei.locator(".mine .row")).to_have_count(1)
    await hand_back(mei)
    await expect(mei.locator(".mine .row")).to_have_count(0)

    lead = await sign_in(context, site)
    await open_page(lead, "质检")
    check = lead.locator(".check", has_text="Mei")
    for name in ("答得准", "有礼貌", "回得快", "解决了"):
        await check.get_by_role("group", name=name).get_by_label("4").check()
    await check.get_by_label("评语").fill("开头再热情一点")
    await look(lead, "checks")
    assert await serious_findings(lead) == []
    await check.get_by_role("button", name="保存评分").click()
    await expect(check).to_contain_text("平均 4.0")

    await open_page(mei, "质检")
    await expect(mei.locator(".check")).to_contain_text("开头再热情一点")
    await expect(mei.locator(".check form")).to_have_count(0)


async def test_an_auditor_reads_everything_and_can_do_nothing(
    site: Site, context: BrowserContext, other: BrowserContext
) -> None:
    auditor = await sign_in_as(other, site, "Ode", Role.AUDITOR)
    shop = await open_shop(await context.browser.new_context(locale="zh-CN"), site, "zh-Hans")  # type: ignore[union-attr]
    await say(shop, "转人工")
    await auditor.locator(".waiting .row").first.click()
    await expect(auditor.locator("[role=log]")).to_contain_text("转人工")
    await expect(auditor.locator(".composer")).to_have_count(0)
    await expect(auditor.locator(".conversation .actions button")).to_have_count(0)
    await expect(auditor.locator(".status-place")).to_be_hidden()
    await expect(auditor.locator("#pages a", has_text="店铺规则")).to_have_count(0)

    await open_page(auditor, "操作记录")
    await expect(auditor.locator(".ledger tbody tr").first).to_be_visible()
    await look(auditor, "ledger")
    assert await serious_findings(auditor) == []
    await auditor.get_by_label("动作").select_option("take_over")
    await expect(auditor.locator(".ledger tbody tr")).to_have_count(1)
    await expect(auditor.locator(".ledger tbody tr")).to_contain_text("demo")
    async with auditor.expect_download() as download:
        await auditor.get_by_role("link", name="下载 CSV").click()
    assert (await download.value).suggested_filename == "jieli-ledger.csv"
