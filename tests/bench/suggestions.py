"""`python -m tests.bench.suggestions`: how soon replies are suggested, with 2,000 past answers and 200 canned ones.

Asked over HTTP, of questions that were never asked before, one after the other and a few at once.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from uuid import uuid4

import httpx
import numpy as np

from bot.messages import Content, Inbound
from bot.record.tables import CannedRow, PastAnswerRow
from bot.settings import Settings
from bot.store.keys import conversation_id
from handoff import answers
from handoff.accounts import DEMO_NAME
from tests.bench.traffic import self_contained
from tests.conftest import DEMO_PASSWORD, Site, open_site

CANNED = 200
ASKED = 400
QUIET = 15
"""Seconds for the bot to answer all who ask."""
AT_ONCE = 8
"""Agents who open a chat in the same moment."""


async def main() -> None:
    with TemporaryDirectory(prefix="jieli") as folder:
        settings = Settings(data=Path(folder))
        async with open_site(settings) as site:
            await fill(site)
        async with open_site(settings) as site:  # what is kept is read at the start
            await measure(site)


async def fill(site: Site) -> None:
    database = site.desk.suggestions._answers._database
    random = np.random.default_rng(1)
    vectors = random.normal(size=(answers.MOST, answers.SIZE))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    past = [
        PastAnswerRow(conversation="a", seq=n, text=f"第 {n} 个回答", tongue="zh", vector=bytes(row), at=n)
        for n, row in enumerate(vectors.astype("<f2"))
    ]
    canned = [
        CannedRow(id=uuid4().hex, language="zh", shortcut=f"短语{n}", text=f"这是第 {n} 条快捷回复的内容", at=n)
        for n in range(CANNED)
    ]
    await database.run(lambda transaction: transaction.add_all([*past, *canned]))


async def measure(site: Site) -> None:
    await site.desk.suggestions.warm()
    chats = [await ask(site, text) for text in self_contained(2 * ASKED + AT_ONCE)]
    await asyncio.sleep(QUIET)
    async with httpx.AsyncClient(base_url=site.url, headers={"Origin": site.url}) as client:
        who = {"name": DEMO_NAME, "password": DEMO_PASSWORD}
        (await client.post("/workspace/api/login", json=who)).raise_for_status()
        for chat in chats[:AT_ONCE]:
            await suggest(client, chat)
        alone = [await suggest(client, chat) for chat in chats[AT_ONCE : AT_ONCE + ASKED]]
        rest = chats[AT_ONCE + ASKED :]
        crowd = [
            took
            for start in range(0, len(rest), AT_ONCE)
            for took in await asyncio.gather(*(suggest(client, chat) for chat in rest[start : start + AT_ONCE]))
        ]
    tell("suggestions_1_agent", alone)
    tell(f"suggestions_{AT_ONCE}_agents", crowd)


async def ask(site: Site, text: str) -> str:
    said = Inbound(channel="bench", identity=uuid4().hex, external_id=uuid4().hex, content=Content(text=text))
    await site.desk.inbox.receive(said)
    return conversation_id("shop", "bench", said.identity)


async def suggest(client: httpx.AsyncClient, chat: str) -> float:
    """ms until the answer is here."""
    begun = time.perf_counter()
    (await client.get(f"/workspace/api/conversations/{chat}/suggestions")).raise_for_status()
    return (time.perf_counter() - begun) * 1000


def tell(name: str, took: list[float]) -> None:
    print(f"{name}_p50 {median(took):.1f} ms")
    print(f"{name}_p99 {quantiles(took, n=100)[98]:.1f} ms")


if __name__ == "__main__":
    asyncio.run(main())
