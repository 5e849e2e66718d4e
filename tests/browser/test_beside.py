"""What helps an agent beside a chat: suggested replies, what the bot understood, the order, and a long history."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from actions.demo import demo_showcase
from actions.shop import ShopFailed
from bot.messages import Author, Content, Grant, Inbound
from bot.store.keys import conversation_id
from bot.store.store import new_entry
from handoff.ledger import Filter
from tests.browser.test_composing import look
from tests.browser.test_relay import log, open_shop, say, serious_findings, sign_in
from tests.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

ORDER = next(one for one in demo_showcase().orders if one.state == "in_transit")
LONG = 5_000
SOON = 300
"""ms from the click to the newest message."""
OPENED = """async id => {
  const newest = () => document.querySelector(`.conversation [data-seq="5000"] .bubble`);
  const started = performance.now();
  location.hash = `c=${id}`;
  while (!newest() || newest().getBoundingClientRect().bottom > innerHeight) await new Promise(requestAnimationFrame);
  return performance.now() - started;
}"""
PLACES = "body, header, .desk, main, .conversation, .conversation > *, .order-panel"
SIDEWAYS = f"""() => [...document.querySelectorAll("{PLACES}")]
  .filter(element => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== "auto")
  .map(element => `${{element.className || element.tagName}}: ${{element.scrollWidth}} > ${{element.clientWidth}}`)"""

OVER_ANOTHER = """() => {
  const parts = [...document.querySelectorAll("header.top, .conversation > *")];
  const rows = parts.map(element => element.getBoundingClientRect()).filter(({height}) => height > 0);
  return rows.slice(1).filter(({top}, place) => top < rows[place].bottom - 1).length;
}"""


@pytest_asyncio.fixture(loop_scope="module", params=["zh-CN", "en-GB"])
async def context(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[BrowserContext]:
    scheme = "dark" if request.param == "zh-CN" else "light"
    context = await browser.new_context(
        locale=request.param, color_scheme=scheme, viewport={"width": 1400, "height": 900}
    )
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(site: Site, context: BrowserContext) -> Page:
    await site.desk.canned.seed_demo()
    await site.desk.suggestions.warm()
    return await sign_in(context, site)


async def write(site: Site, text: str, identity: str | None = None) -> str:
    """A shopper who says something elsewhere; returns the conversation."""
    identity = identity or uuid4().hex
    said = Inbound(channel="web", identity=identity, external_id=uuid4().hex, content=Content(text=text))
    await site.desk.inbox.receive(said)
    return conversation_id("shop", "web", identity)


async def show(page: Page, id: str) -> None:
    await page.evaluate("id => { location.hash = `c=${id}`; }", id)
    await expect(page.locator(".conversation:not([aria-busy]) .composer")).to_be_visible()


async def test_a_suggested_reply_is_taken_by_key_and_never_sent_by_itself(
    site: Site, page: Page, context: BrowserContext
) -> None:
    shop = await open_shop(context, site, "zh-Hans")
    await say(shop, f"我的订单 {ORDER.number} 物流到哪里了，帮我查一下")
    await expect(log(shop).locator(".bot").first).to_be_visible()
    id = await shop.evaluate("Object.entries(localStorage).find(([key]) => key.endsWith(':thread'))[1]")
    await show(page, id)
    suggested = page.locator(".suggested button")
    await expect(suggested.first).to_contain_text(f"已查到您的订单 {ORDER.number}")
    await expect(suggested.first).to_have_attribute("aria-keyshortcuts", "Alt+1")
    await look(page, "suggested")
    assert await serious_findings(page) == []
    box = page.locator(".composer textarea")
    await page.keyboard.press("Alt+1")
    await expect(box).to_have_value(re.compile(f"已查到您的订单 {ORDER.number}"))
    await expect(box).to_be_focused()
    await expect(page.locator("[role=log] .speech.agent, .pending .speech")).to_have_count(0)
    await box.press("Enter")
    await box.press("Enter")
    await expect(log(shop)).to_contain_text("我看一下物流到哪里了")
    await expect(suggested).to_have_count(0)
    await say(shop, "那麻烦帮我查一下快递到哪里了")
    await expect(suggested.first).to_be_visible()


async def test_what_the_bot_understood_is_corrected_under_the_message(site: Site, page: Page) -> None:
    id = await write(site, "运费怎么算")
    await show(page, id)
    understood = page.locator(".speech.shopper .understood")
    await expect(understood.locator(".sign")).to_have_text([re.compile("^(运费|shipping fee)$")])
    await understood.get_by_role("button").click()
    window = page.locator("dialog.correct")
    await window.locator("select").first.select_option("return_shipping_fee")
    await window.locator("input").nth(2).fill("不喜欢")
    await look(page, "correct")
    assert await serious_findings(page) == []
    await window.locator(".primary").click()
    await expect(window).to_have_count(0)
    await expect(understood.locator(".sign")).to_have_text(
        [re.compile("^(退货运费|return shipping fee)$"), re.compile("不喜欢")]
    )
    await expect(understood).to_contain_text("demo")
    await page.reload()
    await expect(understood.locator(".sign").first).to_have_text(re.compile("^(退货运费|return shipping fee)$"))
    await understood.get_by_role("button").click()
    await window.locator(".actions button").first.click()
    await expect(understood.locator(".sign")).to_have_text([re.compile("^(运费|shipping fee)$")])


async def test_the_order_stands_beside_the_chat_and_shows_private_things_when_asked(site: Site, page: Page) -> None:
    order = await site.desk.shop.order(ORDER.number)
    assert order is not None
    id = await write(site, f"订单 {ORDER.number} 到哪了")
    await show(page, id)
    panel = page.locator(".order-panel")
    await expect(panel.locator("h3")).to_contain_text(ORDER.number)
    await expect(panel).to_contain_text("¥")
    await expect(panel).not_to_contain_text(order.address)
    await look(page, "order")
    assert await serious_findings(page) == []
    await panel.locator(".receiver button").click()
    await expect(panel.locator(".receiver")).to_contain_text(order.address)
    await expect(panel.locator(".receiver")).to_contain_text(order.phone)
    assert await site.desk.ledger.read(Filter(kinds=("revealed",), conversation=id), 1)


async def test_a_failing_shop_is_said_and_asked_again_by_click(
    site: Site, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(number: str) -> None:
        raise ShopFailed("down")

    id = await write(site, f"订单 {ORDER.number} 到哪了")
    with monkeypatch.context() as broken:
        broken.setattr(site.desk.shop, "order", fail)
        await show(page, id)
        await expect(page.locator(".order-panel [role=status]")).to_be_visible()
    await page.locator(".order-panel button").click()
    await expect(page.locator(".order-panel h3")).to_contain_text(ORDER.number)


async def test_what_the_channel_allows_stands_where_one_writes(site: Site, page: Page) -> None:
    shopper, grant = uuid4().hex, Grant(messages=1, ms=172_800_000)
    said = Inbound(channel="wechat", identity=shopper, external_id="1", content=Content(text="在吗"), grant=grant)
    await site.desk.inbox.receive(said)
    await show(page, conversation_id("shop", "wechat", shopper))
    limits = page.locator(".limits")
    await expect(limits).to_have_attribute("role", "status")
    await expect(limits.locator(".low")).to_have_text(re.compile("1 条.*47 小时|1 more.*47 h"))
    await site.desk.inbox.note("wechat", shopper, "unfollowed", "2")
    await expect(limits).to_have_text(re.compile("取关|blocked"))


async def long_talk(site: Site) -> str:
    """A conversation of `LONG` entries: shopper, bot with buttons, and agent in turn."""
    id = await write(site, "第 1 句")
    store = site.desk.store
    while (seq := (await store.conversation(id)).seq) < LONG:
        more = [_said(seq + n) for n in range(1, min(200, LONG - seq) + 1)]
        rows = {state: {"to": state, "owner": False} for state in ("bot", "closed")}
        await store.run("act", id, uuid4().hex, now=site.desk.clock.now(), rows=rows, capacity=8, entries=more)
    return id


def _said(seq: int) -> dict[str, object]:
    author = (Author.SHOPPER, Author.BOT, Author.AGENT)[seq % 3]
    return dict(new_entry(author, Content(text=f"第 {seq} 句：关于这一单的说明。" * (seq % 4 + 1)), who="Lin"))


async def test_five_thousand_messages_open_at_the_newest_and_all_are_reached(site: Site, browser: Browser) -> None:
    context = await browser.new_context(locale="zh-CN")
    page = await sign_in(context, site)
    id = await long_talk(site)
    await show(page, await write(site, "你好"))
    took = [await page.evaluate(OPENED, id)]
    for _ in range(2):
        await page.evaluate("location.hash = ''")
        took.append(await page.evaluate(OPENED, id))
    assert min(took) < SOON, took

    box = page.locator(".conversation .scroll")
    for _ in range(4):
        seen = page.locator("[role=log] .entry").nth(20)
        seq, top = await seen.get_attribute("data-seq"), (await seen.bounding_box() or {}).get("y", 0)
        before = await page.locator("[role=log] .entry").count()
        await box.evaluate("box => { box.scrollTop = 600; }")
        moved = await box.evaluate(
            "(box, seq) => box.querySelector(`[data-seq='${seq}']`).getBoundingClientRect().y", seq
        )
        await expect(page.locator("[role=log] .entry").nth(before)).to_be_attached()
        stays = await box.evaluate(
            "(box, seq) => box.querySelector(`[data-seq='${seq}']`).getBoundingClientRect().y", seq
        )
        assert abs(stays - moved) < 2, (top, moved, stays)
    reached = await box.evaluate(
        """async box => {
          while (!box.querySelector("[data-seq='1']")) { box.scrollTop = 0; await new Promise(requestAnimationFrame); }
          return [...box.querySelectorAll(".entry")].map(entry => Number(entry.dataset.seq));
        }"""
    )
    assert [seq for seq in reached if seq <= LONG] == list(range(1, LONG + 1)), "what timers add comes after them"
    await context.close()


@pytest.mark.parametrize(
    ("width", "height"), [(640, 400), (768, 1024), (1024, 768), (360, 740), (2560, 1200)], ids=lambda size: str(size)
)
async def test_nothing_runs_out_sideways_at_any_size(site: Site, browser: Browser, width: int, height: int) -> None:
    """640 x 400 is what a window of 1280 x 800 is at 200 %."""
    context = await browser.new_context(locale="en-GB", viewport={"width": width, "height": height})
    page = await sign_in(context, site)
    await site.desk.canned.seed_demo()
    await site.desk.suggestions.warm()
    assert await page.evaluate(SIDEWAYS) == []
    id = await write(site, f"where is my order {ORDER.number}, I am checking where the parcel is")
    await show(page, id)
    await expect(page.locator(".order-panel")).to_be_visible()
    await look(page, f"size-{width}")
    assert await page.evaluate(SIDEWAYS) == []
    assert await serious_findings(page) == []
    box = await page.locator(".composer .primary").bounding_box()
    thread = await page.locator(".scroll").bounding_box()
    assert box and thread
    assert box["y"] + box["height"] <= height and box["x"] + box["width"] <= width
    assert thread["height"] >= 60
    assert await page.evaluate(OVER_ANOTHER) == 0
    for place in ("agents", "rules", "canned"):
        await page.evaluate("place => { location.hash = place; }", place)
        await expect(page.locator("main h2, main h1").first).to_be_visible()
        assert await page.evaluate(SIDEWAYS) == [], place
    await context.close()
