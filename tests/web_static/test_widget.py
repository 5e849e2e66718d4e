"""The widget in a real browser, on the demo page of a real desk."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Route, WebSocketRoute, async_playwright, expect

from tests.conftest import Site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: install it to try the widget in a browser"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def visitor(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser without memory of other visitors."""
    context = await browser.new_context(locale="en-US", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(10_000)
    yield context
    await context.close()


async def open_demo(visitor: BrowserContext, site: Site) -> Page:
    page = await visitor.new_page()
    await page.goto(f"{site.url}/demo?lang=en")
    await expect(field(page)).to_be_visible()
    return page


def field(page: Page) -> Any:
    return page.get_by_role("textbox", name="Ask us anything")


def bubbles(page: Page, author: str) -> Any:
    return page.locator(f".row.{author} .bubble")


async def test_a_question_is_answered_and_survives_a_reload(visitor: BrowserContext, site: Site) -> None:
    page = await open_demo(visitor, site)
    await field(page).fill("How much is shipping?")
    await field(page).press("Enter")
    await expect(bubbles(page, "bot").first).to_be_visible()
    await page.reload()
    await expect(bubbles(page, "shopper")).to_have_text(["How much is shipping?"])
    await expect(bubbles(page, "bot").first).to_be_visible()


async def test_two_pages_of_a_visitor_show_the_same(visitor: BrowserContext, site: Site) -> None:
    first = await open_demo(visitor, site)
    await first.evaluate("Jieli.say('hello from one page')")
    await expect(bubbles(first, "bot").first).to_be_visible()
    second = await open_demo(visitor, site)
    await second.evaluate("Jieli.say('hello from another')")
    for page in (first, second):
        await expect(bubbles(page, "shopper")).to_have_text(["hello from one page", "hello from another"])


async def test_what_was_said_while_the_server_was_away_is_sent_once_after_a_reload(
    visitor: BrowserContext, site: Site
) -> None:
    async def refuse(route: Route) -> None:
        await route.abort()

    async def hang_up(socket: WebSocketRoute) -> None:
        await socket.close()

    page = await visitor.new_page()
    await page.route("**/api/visitor", refuse)
    await page.route_web_socket("**/api/chat", hang_up)
    await page.goto(f"{site.url}/demo?lang=en")
    await expect(field(page)).to_be_visible()
    await page.evaluate("Jieli.say('is anybody there?')")
    await expect(page.get_by_text("Sending…")).to_be_attached()
    await page.close()

    page = await open_demo(visitor, site)
    await expect(bubbles(page, "bot").first).to_be_visible()
    await expect(bubbles(page, "shopper")).to_have_text(["is anybody there?"])


async def test_long_polls_carry_the_chat_where_sockets_fail(visitor: BrowserContext, site: Site) -> None:
    async def hang_up(socket: WebSocketRoute) -> None:
        await socket.close()

    await visitor.route_web_socket("**/api/chat", hang_up)
    page = await open_demo(visitor, site)
    await field(page).fill("How much is shipping?")
    await field(page).press("Enter")
    await expect(bubbles(page, "bot").first).to_be_visible()


async def test_enter_that_ends_a_composition_sends_nothing(visitor: BrowserContext, site: Site) -> None:
    page = await open_demo(visitor, site)
    await field(page).fill("ni hao")
    await field(page).dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    await expect(field(page)).to_have_value("ni hao")
    await field(page).press("Shift+Enter")
    await expect(field(page)).to_have_value("ni hao\n")


async def test_words_stay_words(visitor: BrowserContext, site: Site) -> None:
    page = await open_demo(visitor, site)
    await field(page).fill("<img src=x onerror=alert(1)>")
    await field(page).press("Enter")
    await expect(bubbles(page, "shopper")).to_have_text(["<img src=x onerror=alert(1)>"])


async def test_four_thousand_characters_are_the_most(visitor: BrowserContext, site: Site) -> None:
    page = await open_demo(visitor, site)
    await field(page).fill("😀" * 4001)
    await expect(page.get_by_text("1 character too many")).to_be_visible()
    await field(page).press("Enter")
    await expect(bubbles(page, "shopper")).to_have_count(0)


async def test_the_button_for_a_person_puts_the_shopper_in_line(visitor: BrowserContext, site: Site) -> None:
    page = await open_demo(visitor, site)
    await page.get_by_role("button", name="Talk to a person", exact=True).click()
    await expect(page.locator(".standing")).to_have_text("You are 1st in line")


async def test_escape_closes_and_the_launcher_opens_again(visitor: BrowserContext, site: Site) -> None:
    page = await open_demo(visitor, site)
    await field(page).press("Escape")
    await expect(field(page)).to_be_hidden()
    await page.get_by_role("button", name="Open the chat").press("Enter")
    await expect(field(page)).to_be_focused()
