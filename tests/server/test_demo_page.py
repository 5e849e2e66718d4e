"""The demo page: whoever looks at it may be one of its customers."""

from __future__ import annotations

import httpx
import pytest

from tests.channels.pages import open_page
from tests.conftest import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_visitor_may_be_a_customer_and_choose_among_their_orders(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url, headers={"Origin": site.url}) as http:
        shown = (await http.get("/demo/api/showcase")).json()["customers"]
        signed = (await http.post("/demo/api/login", json={"customer": shown[0]["id"]})).json()["token"]
        visitor = (await http.post("/api/login", json={"user": signed})).json()["token"]
    async with open_page(site, visitor) as page:
        await page.say("我的快递到哪了")
        entry = await page.heard("bot")
    assert all(button["choice"].startswith("order:") for button in entry["content"]["buttons"][:2])


async def test_nobody_becomes_a_customer_the_demo_does_not_have(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url, headers={"Origin": site.url}) as http:
        assert (await http.post("/demo/api/login", json={"customer": "root"})).status_code == 404
