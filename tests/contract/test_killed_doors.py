"""Kill -9 while all three doors are open: what was taken is kept once and answered, through every one of them."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.messages import Author, Entry
from bot.store.embedded import EmbeddedStore
from bot.store.keys import conversation_id
from bot.store.store import Store, connect
from tests.channels.telegram_server import telegram_server
from tests.channels.wechat_server import wechat_server
from tests.conftest import free_port
from tests.contract.side import Side
from tests.contract.stage import next_due
from tests.contract.talk import Shopper, check_messages, marked
from tests.contract.telegram_side import TelegramSide
from tests.contract.web_side import WebSide
from tests.contract.wechat_side import WeChatSide
from tests.test_survival import Server

SHOPPERS = 50
TEXTS = ("运费怎么算的呀", "退货政策是什么样的", "现在有什么活动吗", "降噪耳机多少钱")
KILL_AFTER = 250
"""Messages that were taken, of the 200 through each door."""
FOR_EVER = "10000"


@asynccontextmanager
async def open_doors(folder: Path) -> AsyncIterator[tuple[Server, list[Side]]]:
    chance, port = random.Random(1), free_port()
    url = f"http://127.0.0.1:{port}"
    async with telegram_server() as telegram, wechat_server() as wechat:
        web, third = WebSide(chance, calm=True), WeChatSide(wechat, chance, calm=True)
        sides: list[Side] = [web, TelegramSide(telegram, chance, url, calm=True), third]
        settings = {name: value for side in sides for name, value in side.settings.items()}
        server = Server(folder / "data", port, {**settings, "JIELI_ARCHIVE_AFTER": FOR_EVER})
        await server.start()
        try:
            for side in sides:
                await side.connect(url)
            yield server, sides
        finally:
            await web.close()
            await third.close()
            await server.stop()


async def write(side: Side, shopper: Shopper, taken: asyncio.Semaphore) -> None:
    for tick, tag in enumerate(TEXTS):
        shopper.written.append(tag)
        shopper.begun[tag] = tick
        await side.write(shopper.who, tag)
        shopper.taken[tag] = tick
        taken.release()


async def kill_in_the_middle(server: Server, taken: asyncio.Semaphore) -> None:
    for _ in range(KILL_AFTER):
        await taken.acquire()
    server.kill()
    await server.restart()


@asynccontextmanager
async def store_of(server: Server) -> AsyncIterator[Store]:
    redis = connect(EmbeddedStore(server.data / "store").url)
    try:
        yield Store(redis, "shop")
    finally:
        await redis.aclose()


async def until_done(store: Store) -> None:
    """Other processes' work can only be looked at."""
    pause = 0.05
    while await next_due(store, Clock().now()) is not None:  # noqa: ASYNC110
        await asyncio.sleep(pause)


@pytest.mark.timeout(180)
async def test_nothing_is_lost_through_any_door_by_kill_9(tmp_path: Path) -> None:
    taken = asyncio.Semaphore(0)
    async with open_doors(tmp_path) as (server, sides):
        shoppers = [[Shopper(who) for who in range(SHOPPERS)] for _ in sides]
        writing = [write(side, one, taken) for side, group in zip(sides, shoppers, strict=True) for one in group]
        await asyncio.gather(kill_in_the_middle(server, taken), *writing)
        async with store_of(server) as store:
            await until_done(store)
            for side, group in zip(sides, shoppers, strict=True):
                await side.arrived()
                for shopper in group:
                    log = await store.entries(conversation_id("shop", side.name, side.identity(shopper.who)), 0)
                    check_messages(shopper, log, keeps_order=True)
                    check_words(log, side.reached(shopper.who))


def check_words(log: list[Entry], reached: list[str]) -> None:
    """Each word of ours arrived, and more than once only where the agents are told so."""
    assert log[-1].author is not Author.SHOPPER or log[-1].epoch, "with the bot, the last word is ours"
    doubtful = len(marked(log, "maybe_twice"))
    for text, said in Counter(one.content.text for one in log if one.author is Author.BOT).items():
        arrived = sum(text in one for one in reached)
        assert said <= arrived <= said + doubtful, text
