"""The widget where a chat goes on elsewhere: the code and its picture, one thread over two channels, and back."""

from __future__ import annotations

import hmac
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect
from pydantic import SecretStr

from bot.messages import Content, Inbound
from bot.server.app import make_app
from bot.server.desk import open_desk
from bot.settings import Settings
from tests.conftest import DEMO_PASSWORD, Site, listening
from tests.web_static.test_widget import browser, bubbles, field, open_demo, pytestmark, visitor

__all__ = ["browser", "pytestmark", "visitor"]
SECRET = "the key of the shop's own server, for the tests"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A desk that one can leave for Telegram, and that the shop signs its customers in to."""

    async def telegram(code: str) -> str:
        return f"https://t.me/shop_bot?start={code}"

    settings = Settings(data=tmp_path_factory.mktemp("desk"), login_secret=SecretStr(SECRET))
    async with open_desk(settings, demo=True) as desk:
        app = make_app(replace(desk, links={"telegram": telegram}), demo_password=DEMO_PASSWORD)
        async with listening(app) as port:
            yield Site(desk, f"127.0.0.1:{port}")


async def on_phone(site: Site, text: str, chat: str) -> None:
    message = Inbound(channel="telegram", identity=chat, external_id=uuid4().hex, content=Content(text=text))
    await site.desk.inbox.receive(message)


async def ask(page: Page, text: str) -> None:
    await field(page).fill(text)
    await field(page).press("Enter")


async def shown_code(page: Page) -> str:
    await page.get_by_role("button", name="Go on in another app").click()
    return str(await page.locator(".sheet code").text_content())


async def test_a_chat_goes_on_in_telegram_and_comes_apart_again(visitor: BrowserContext, site: Site) -> None:
    chat = uuid4().hex
    page = await open_demo(visitor, site)
    await ask(page, "How much is shipping?")
    await expect(bubbles(page, "bot").first).to_be_visible()
    code = await shown_code(page)
    link = page.get_by_role("link", name="Open Telegram")
    await expect(link).to_have_attribute("href", f"https://t.me/shop_bot?start={code}")
    await expect(page.locator(".sheet .qr")).to_be_visible()
    await on_phone(site, code, chat)
    await expect(page.locator(".sheet")).to_be_hidden()
    await on_phone(site, "written on the phone", chat)
    await expect(bubbles(page, "shopper").last).to_have_text("written on the phone")
    await page.reload()
    await expect(bubbles(page, "shopper").last).to_have_text("written on the phone")
    await page.get_by_role("button", name="Go on in another app").click()
    await expect(page.get_by_text("Linked: Web + Telegram")).to_be_visible()
    await page.get_by_role("button", name="Unlink").click()
    await expect(page.locator(".event").last).to_contain_text("separate again")
    await on_phone(site, "on its own", chat)
    await expect(page.get_by_text("on its own")).to_have_count(0)


async def test_escape_closes_the_sheet_first(visitor: BrowserContext, site: Site) -> None:
    page = await open_demo(visitor, site)
    await ask(page, "How much is shipping?")
    await expect(bubbles(page, "bot").first).to_be_visible()
    await shown_code(page)
    await page.keyboard.press("Escape")
    await expect(page.locator(".sheet")).to_be_hidden()
    await expect(field(page)).to_be_visible()


def sign(user: str) -> str:
    said = f"{user}:{int(time.time()) + 60}"
    return f"{said}:{hmac.new(SECRET.encode(), said.encode(), sha256).hexdigest()}"


async def log_in(page: Page, user: str | None) -> None:
    await page.evaluate("token => Jieli.login(token)", sign(user) if user else None)


async def test_who_signs_in_keeps_his_chat_and_who_signs_out_leaves_none(
    visitor: BrowserContext, browser: Browser, site: Site
) -> None:
    ada: Any = uuid4().hex
    page = await open_demo(visitor, site)
    await ask(page, "How much is shipping?")
    await expect(bubbles(page, "bot").first).to_be_visible()
    await log_in(page, ada)
    await expect(bubbles(page, "shopper")).to_have_text(["How much is shipping?"])
    await ask(page, "and abroad?")
    await expect(bubbles(page, "shopper")).to_have_count(2)
    await expect(page.get_by_text("Sending…")).to_have_count(0)
    await log_in(page, None)
    await expect(bubbles(page, "shopper")).to_have_count(0)
    await page.reload()
    await expect(field(page)).to_be_visible()
    await expect(bubbles(page, "shopper")).to_have_count(0)

    phone = await browser.new_context(locale="en-US")
    other = await open_demo(phone, site)
    await log_in(other, ada)
    await expect(bubbles(other, "shopper")).to_have_text(["How much is shipping?", "and abroad?"])
    await phone.close()
