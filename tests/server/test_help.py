"""The help pages over HTTP, and an answer from knowledge on its way from the message to the report."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from httpx import AsyncClient

from bot.knowledge.entries import Entry
from bot.server.app import SEARCHES
from handoff.ledger import Filter
from tests.channels.pages import new_visitor, open_page
from tests.conftest import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader(site: Site) -> AsyncIterator[AsyncClient]:
    await site.desk.knowledge.refresh()
    async with AsyncClient(base_url=site.url) as reader:
        yield reader


async def test_the_list_is_in_the_readers_language(reader: AsyncClient) -> None:
    english = await reader.get("/help", headers={"accept-language": "en-GB,en"})
    taiwanese = await reader.get("/help", headers={"accept-language": "zh-TW"})
    assert "Gift wrapping" in english.text
    assert "禮品包裝" in taiwanese.text and '<html lang="zh-Hant">' in taiwanese.text
    assert "default-src 'self'" in english.headers["content-security-policy"]


async def test_a_search_works_as_page_and_as_data(reader: AsyncClient) -> None:
    page = await reader.get("/help", params={"q": "能烘干吗", "lang": "zh-Hans"})
    data = await reader.get("/api/help", params={"q": "能烘干吗", "lang": "zh-Hans"})
    first = data.json()["entries"][0]
    assert first["id"] == "washing"
    assert (await reader.get(first["url"])).status_code == 200
    assert page.text.index("衣物怎么洗") > 0


async def test_markup_in_a_question_is_only_text(reader: AsyncClient) -> None:
    page = await reader.get("/help", params={"q": "<script>alert(1)</script>"})
    assert "<script>alert" not in page.text


async def test_an_entry_shows_only_while_it_holds(site: Site, reader: AsyncClient) -> None:
    now = site.desk.clock.moment()
    entry = Entry(id="fair", language="en", title="The fair", text="On Friday.", starts=now + timedelta(hours=1))
    await site.desk.library.save(entry, "lead", 0)
    assert (await reader.get("/help/fair?lang=en")).status_code == 404
    begun = entry.model_copy(update={"starts": now - timedelta(hours=1)})
    await site.desk.library.save(begun, "lead", 1)
    assert (await reader.get("/help/fair?lang=en")).status_code == 200


async def test_what_was_taken_away_or_never_was_is_gone_politely(reader: AsyncClient) -> None:
    gone = await reader.get("/help/nothing?lang=en")
    assert gone.status_code == 404
    assert "no longer here" in gone.text


async def test_an_address_searches_so_often_a_minute(site: Site, reader: AsyncClient) -> None:
    await site.desk.store.count("help:127.0.0.1", 60, SEARCHES)
    assert (await reader.get("/api/help", params={"q": "gift"})).status_code == 429
    assert (await reader.get("/help")).status_code == 200


async def test_what_was_answered_and_what_was_not_is_reported(site: Site, reader: AsyncClient) -> None:
    async with new_visitor(site) as visitor, open_page(site, visitor.token, language="zh-Hans") as page:
        await page.say("会不会泄露我的电话")
        told = await page.heard("bot")
        assert told["content"]["card"]["url"].startswith("/help/privacy")
        assert (await page.heard("bot"))["content"]["buttons"][1]["choice"] == "no"
        await page.say("没帮上", choice="no")
        await page.heard("bot")
        await page.say("没帮上", choice="human")
        await page.heard("bot")
        await page.settled()
        await site.desk.ledger.project()
        report = await site.desk.knowledge_reports.of(1)
    assert [(one.entry, one.told, one.handed, one.not_helped) for one in report.told] == [("privacy.zh", 1, 1, 1)]


async def test_the_words_of_what_found_nothing_are_read_from_the_conversation(site: Site, reader: AsyncClient) -> None:
    async with new_visitor(site) as visitor, open_page(site, visitor.token, language="zh-Hans") as page:
        await page.say("帮我写一篇作文")
        await page.heard("bot")
        await site.desk.ledger.project()
        report = await site.desk.knowledge_reports.of(1)
        lines = await site.desk.ledger.read(Filter(kinds=("unknown",)), 1)
    assert (report.missing[0].conversation, report.missing[0].words) == (visitor.conversation, "帮我写一篇作文")
    assert "作文" not in lines[0].model_dump_json()
