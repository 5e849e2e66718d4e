"""Each page of the workspace: no serious barrier, light or dark, and no sideways scrolling at any width."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.test_relay import open_shop, say, serious_findings, sign_in
from tests.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

WIDTHS = (360, 768, 1280)
SIDEWAYS = """() => {
  const wide = element => element.scrollWidth > element.clientWidth + 1;
  const own = element => ["auto", "scroll"].includes(getComputedStyle(element).overflowX) && element.tabIndex >= 0;
  return [...document.querySelectorAll("html, body, .bar, main, main > *, main > * > *")]
    .filter(element => element.clientWidth && wide(element) && !own(element) && !element.matches("table"))
    .map(element => `${element.className || element.tagName}: ${element.scrollWidth} > ${element.clientWidth}`);
}"""
ONE_ROW = """() => {
  const parts = [...document.querySelector(".bar").children].map(part => part.getBoundingClientRect());
  const shown = parts.filter(({width, height}) => width > 1 && height > 1);
  return Math.max(...shown.map(({top}) => top)) < Math.min(...shown.map(({bottom}) => bottom));
}"""


class Requests:
    """How many answers a page waits for, so that it is looked at when it is drawn."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._open = 0
        page.on("request", lambda _: self._count(1))
        page.on("requestfinished", lambda _: self._count(-1))
        page.on("requestfailed", lambda _: self._count(-1))

    def _count(self, step: int) -> None:
        self._open += step

    async def settle(self) -> None:
        for _ in range(3):
            await self._page.evaluate("() => new Promise(requestAnimationFrame)")
            async with asyncio.timeout(5):
                while self._open > 0:
                    await self._page.evaluate("() => new Promise(requestAnimationFrame)")


@pytest_asyncio.fixture(loop_scope="module", params=["light", "dark"])
async def workspace(site: Site, browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    locale = "zh-CN" if request.param == "light" else "en-GB"
    shopper = await browser.new_context(locale=locale)
    await say(await open_shop(shopper, site, "zh-Hans"), "转人工")
    context = await browser.new_context(locale=locale, color_scheme=request.param)
    page = await sign_in(context, site)
    await expect(page.locator(".row").first).to_be_visible()
    yield page
    await context.close()
    await shopper.close()


async def test_every_page_fits_and_has_no_serious_barrier(workspace: Page) -> None:
    requests, found = Requests(workspace), {}
    links = workspace.locator("#pages a")
    places = [await link.get_attribute("href") or "" for link in await links.all()]
    assert len(places) == len(set(places)) >= 8
    for place in ["#", *places]:
        await workspace.set_viewport_size({"width": 1280, "height": 800})
        await workspace.evaluate("place => { location.hash = place; }", place)
        if place != "#":
            await expect(workspace.locator("main h2").first).to_be_visible()
            await expect(workspace.locator(f"#pages a[href='{place}'][aria-current=page]")).to_have_count(1)
        await requests.settle()
        wrong = await serious_findings(workspace)
        for width in WIDTHS:
            await workspace.set_viewport_size({"width": width, "height": 800})
            await requests.settle()
            wrong += [f"{width}: {one}" for one in await workspace.evaluate(SIDEWAYS)]
            assert await workspace.evaluate(ONE_ROW)
        if wrong:
            found[place] = wrong
    assert found == {}


async def test_the_menu_is_walked_with_the_keyboard(workspace: Page) -> None:
    menu = workspace.locator(".pages > button")
    await menu.focus()
    await menu.press("Enter")
    await expect(menu).to_have_attribute("aria-expanded", "true")
    links = workspace.locator("#pages a")
    await expect(links.first).to_be_focused()
    assert await serious_findings(workspace) == []
    await workspace.keyboard.press("ArrowUp")
    await expect(links.last).to_be_focused()
    await workspace.keyboard.press("Escape")
    await expect(menu).to_be_focused()
    await expect(menu).to_have_attribute("aria-expanded", "false")
    await menu.press("Enter")
    await expect(links.first).to_be_focused()
    await workspace.keyboard.press("ArrowDown")
    await workspace.keyboard.press("Enter")
    await expect(links.nth(1)).to_have_attribute("aria-current", "page")
    await expect(links.first).to_be_hidden()
