"""Takes the pictures of the docs from the real product: `python -m tests.browser.pictures [FOLDER]`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from uuid import uuid4

from playwright.async_api import Browser, FloatRect, Page, ViewportSize, async_playwright, expect

from actions.demo import demo_showcase
from bot.messages import Content, Inbound
from bot.settings import Settings
from bot.store.keys import conversation_id
from handoff.broker import Agent
from handoff.roles import Role
from tests.browser.conftest import FLAGS, find_chromium
from tests.browser.stage import PHONE, SCREEN, Shopper, Tongue, Worker, employ, open_widget
from tests.conftest import Site, open_site

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
TABLET: ViewportSize = {"width": 820, "height": 1180}
MOST = 250_000
"""Bytes of a picture."""
LOOKS: tuple[tuple[str, Literal["light", "dark"], Tongue], ...] = (
    ("desktop", "light", "zh"),
    ("desktop", "dark", "en"),
    ("small", "light", "en"),
    ("small", "dark", "zh"),
)
"""Sizes and colours, each in the language it is shown in."""

ORDER = next(one for one in demo_showcase().orders if one.state == "in_transit")
TALKS: dict[Tongue, tuple[tuple[str, str], ...]] = {
    "zh": (("我的订单到哪了", "订单号"), (f"{ORDER.number} {ORDER.tail}", "途"), ("转人工", "客服")),
    "en": (
        ("where is my order", "order number"),
        (f"{ORDER.number} {ORDER.tail}", "on its way"),
        ("Talk to a person", "line"),
    ),
}
"""What a shopper says, and what is in the bot's answer."""
ANSWERS: dict[Tongue, tuple[str, str]] = {
    "zh": ("您好，我是 Lin。包裹已到派送站，我帮您催一下，今天送到。", "太好了，谢谢！下午五点前我都在家。"),
    "en": (
        "Hello, this is Mei. Your parcel is close: I will ask the courier to hurry.",
        "Great, I am at home until five.",
    ),
}
LINE = (
    ("telegram", "王小美", "耳机左边没有声音，想换一个", "转人工"),
    ("wechat", "阿杰", "我要投诉，等了三天还没有发货", "转人工"),
    ("web", "Ada", "I was charged twice, please check", "Talk to a person"),
    ("telegram", "Noor", "The cup arrived broken", "Talk to a person"),
)
EARLIER = ("发票什么时候开", "想改收货地址", "can I still return this?", "保修多久")


async def main(folder: Path) -> None:
    with TemporaryDirectory(prefix="jieli") as data:
        async with open_site(Settings(data=Path(data))) as site, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
            await _play(browser, site, folder)
            await browser.close()


async def _play(browser: Browser, site: Site, folder: Path) -> None:
    await site.desk.canned.seed_demo()
    await site.desk.suggestions.warm()
    workers: dict[Tongue, Worker] = {
        "zh": await employ(browser, site, "Lin", "zh", role=Role.LEAD),
        "en": await employ(browser, site, "Mei", "en", role=Role.LEAD),
    }
    await _have_earlier_chats(site, workers["zh"])
    await _fill_the_line(site)
    shoppers: dict[Tongue, Shopper] = {}
    for tongue, worker in workers.items():
        shoppers[tongue] = await _talk(browser, site, tongue, worker)
    await _take(folder, "workspace", {tongue: worker.page for tongue, worker in workers.items()}, TABLET)
    for worker in workers.values():
        await worker.go("wall")
        await expect(worker.page.locator(".wall tbody tr").first).to_be_visible()
    await _take(folder, "wall", {tongue: worker.page for tongue, worker in workers.items()}, TABLET)
    await _take(folder, "widget", {tongue: shopper.page for tongue, shopper in shoppers.items()}, PHONE)


async def _hear(site: Site, channel: str, name: str, *said: str) -> str:
    for text in said:
        words = Content(text=text)
        message = Inbound(channel=channel, identity=name, external_id=uuid4().hex, content=words, name=name)
        await site.desk.inbox.receive(message)
    return conversation_id("shop", channel, name)


async def _have_earlier_chats(site: Site, worker: Worker) -> None:
    """Some that were asked for, answered and ended already."""
    broker, agent = site.desk.broker, Agent(worker.id, worker.name)
    for number, text in enumerate(EARLIER):
        id = await _hear(site, "web", f"earlier{number}", text, "转人工")
        await expect(worker.row("waiting")).to_have_count(1)
        await broker.claim(id, agent, uuid4().hex)
        await broker.reply(id, agent, uuid4().hex, "您好，已为您处理。")
        await broker.close(id, agent, uuid4().hex)
        await expect(worker.row("waiting")).to_have_count(0)


async def _fill_the_line(site: Site) -> None:
    for channel, name, *said in LINE:
        await _hear(site, channel, name, *said)


async def _talk(browser: Browser, site: Site, tongue: Tongue, worker: Worker) -> Shopper:
    """A shopper who asks about a parcel and for a human, and the agent who answers."""
    shopper = await open_widget(browser, site, tongue)
    for said, answer in TALKS[tongue]:
        await shopper.say(said)
        await expect(shopper.log.locator(".bot").last).to_contain_text(answer, timeout=30_000)
    await worker.open(shopper)
    await worker.press("claim")
    await expect(worker.row("mine")).to_have_count(1)
    await worker.write(ANSWERS[tongue][0])
    await shopper.reads(ANSWERS[tongue][0])
    await shopper.say(ANSWERS[tongue][1])
    await expect(worker.thread).to_contain_text(ANSWERS[tongue][1])
    await expect(worker.page.locator(".order-panel h3")).to_contain_text(ORDER.number)
    return shopper


async def _take(folder: Path, subject: str, pages: dict[Tongue, Page], small: ViewportSize) -> None:
    for size, scheme, tongue in LOOKS:
        page = pages[tongue]
        await page.set_viewport_size(SCREEN if size == "desktop" else small)
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if subject == "widget":
            await _enter(page)
        await page.evaluate("() => document.fonts.ready.then(() => new Promise(requestAnimationFrame))")
        shop = page.locator("section.shop") if (subject, size) == ("widget", "desktop") else page.locator("body")
        picture = await page.screenshot(animations="disabled", clip=_in_sight(await shop.bounding_box(), page))
        if len(picture) > MOST:
            raise ValueError(f"{subject} at {size} is {len(picture)} bytes")
        await asyncio.to_thread((folder / f"{subject}-{size}-{scheme}.png").write_bytes, picture)


def _in_sight(place: FloatRect | None, page: Page) -> FloatRect:
    """The part of a place that the window shows."""
    seen = page.viewport_size
    assert place and seen
    x, y = max(place["x"], 0), max(place["y"], 0)
    return {"x": x, "y": y, "width": min(place["width"], seen["width"] - x), "height": seen["height"] - y}


async def _enter(page: Page) -> None:
    """Come to the shop anew, as it is at this size, and open the chat."""
    await page.reload()
    await page.evaluate("Jieli.open()")
    await expect(page.locator(".panel [role=log] .agent").last).to_be_in_viewport()


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    place.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(place))
