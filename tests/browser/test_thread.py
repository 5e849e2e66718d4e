"""A thread over two channels in the workspace: where each word came from, where the answer goes, and how it ends."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.async_api import Browser, expect

from bot.messages import Content, Inbound
from tests.browser.test_relay import log, open_shop, say, sign_in
from tests.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]


async def test_an_agent_sees_both_channels_answers_on_the_last_and_parts_them(site: Site, browser: Browser) -> None:
    context = await browser.new_context(locale="en-GB")
    phone, desk = uuid4().hex, site.desk

    async def on_phone(text: str) -> None:
        words = Content(text=text)
        await desk.inbox.receive(Inbound(channel="telegram", identity=phone, external_id=uuid4().hex, content=words))

    shop = await open_shop(context, site, "en")
    await say(shop, "Talk to a person")
    workspace = await sign_in(context, site)
    await workspace.locator(".waiting .row").first.click()
    await workspace.get_by_role("button", name="Claim").click()
    token = await shop.evaluate("Object.entries(localStorage).find(([key]) => key.endsWith(':token'))[1]")
    made = await context.request.post(f"{site.url}/api/code", data={"token": token})
    await on_phone("JL-AAAA-BBBB")
    await on_phone((await made.json())["code"])
    await on_phone("I am out now")

    thread = workspace.locator("[role=log]")
    await expect(thread).to_contain_text("One conversation now: Web + Telegram")
    await expect(thread).to_contain_text("The code was wrong or too old")
    said = thread.locator(".entry", has_text="I am out now")
    await expect(said.locator(".channel")).to_have_attribute("title", "Telegram")
    await expect(workspace.locator("form.composer")).to_contain_text("Send · Telegram")
    await workspace.get_by_role("button", name="Part the channels").click()
    await expect(thread).to_contain_text("Unlinked: each channel has its own conversation again")
    await expect(workspace.get_by_role("button", name="Part the channels")).to_have_count(0)
    await context.close()


async def test_a_customer_reads_why_a_message_is_refused(site: Site, browser: Browser) -> None:
    context = await browser.new_context(locale="en-GB")
    shop = await open_shop(context, site, "en")
    refused = log(shop).get_by_text("That was too many codes. Please wait ten minutes.")
    wrong = log(shop).get_by_text("That code does not work")
    for tries in range(1, 11):
        await say(shop, f"JL-AAAA-BBB{'ABCDEFGHJK'[tries - 1]}")
        await expect(wrong).to_have_count(tries)
    await say(shop, "JL-AAAA-BBBM")
    await expect(refused).to_be_visible()
    await context.close()
