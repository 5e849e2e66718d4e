"""The doors under load: how soon Telegram's webhook and WeChat's callback are answered by the shipped product."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from statistics import median, quantiles

from tests.bench.lines import lines_to
from tests.bench.product import Product, running
from tests.bench.traffic import self_contained, traffic
from tests.channels.telegram_server import NOW, TOKEN, TelegramServer, telegram_server
from tests.channels.wechat_callback import ACCOUNT, APP_ID, CALLBACK_TOKEN
from tests.channels.wechat_server import SECRET, WeChatServer, wechat_server

Measure = tuple[str, float, str]

SITE = "https://shop.example"
TELEGRAM_RATE, TELEGRAM_UPDATES = 200, 2_000
WECHAT_RATE, WECHAT_MESSAGES = 50, 500
WARM_UP = 50
"""Messages before anything is measured."""


async def measure_doors() -> list[Measure]:
    """Messages of many shoppers at a steady rate, whether or not the ones before are answered."""
    async with telegram_server() as telegram, wechat_server() as wechat, _open(telegram, wechat) as product:
        return [*await _measure_wechat(wechat, product), *await _measure_telegram(telegram, product)]


@asynccontextmanager
async def _open(telegram: TelegramServer, wechat: WeChatServer) -> AsyncIterator[Product]:
    settings = {
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_API": telegram.url,
        "JIELI_PUBLIC_URL": SITE,
        "WECHAT_APP_ID": APP_ID,
        "WECHAT_APP_SECRET": SECRET,
        "WECHAT_TOKEN": CALLBACK_TOKEN,
        "WECHAT_API": wechat.url,
    }
    async with running(**settings) as product:
        yield product


async def _measure_telegram(telegram: TelegramServer, product: Product) -> list[Measure]:
    await telegram.until_called("setWebhook")
    path = telegram.webhook.url.removeprefix(SITE)
    headers = {"X-Telegram-Bot-Api-Secret-Token": telegram.webhook.secret or ""}
    numbers = count(1)
    async with lines_to(product.base, telegram.webhook.connections) as lines:

        async def write(text: str) -> None:
            number = next(numbers)
            person = {"id": number, "first_name": "Xu"}
            message = {
                "message_id": 1,
                "date": NOW,
                "chat": {**person, "type": "private"},
                "from": person,
                "text": text,
            }
            update = json.dumps({"update_id": number, "message": message}).encode()
            assert await lines.post(path, headers, update) == 200

        taken = await _at_rate(TELEGRAM_RATE, traffic(TELEGRAM_UPDATES), write)
    return _latencies("telegram_webhook_200_per_s", taken)


async def _measure_wechat(wechat: WeChatServer, product: Product) -> list[Measure]:
    """Until the answer to the callback is there, which carries the bot's; the share of those that do."""
    callback = wechat.connect(f"http://{product.base}/wechat")
    numbers = count(1)
    passive = 0

    async def write(text: str) -> None:
        nonlocal passive
        number = next(numbers)
        openid = f"o6_bmjrPTlm6_2sgVt7h{number:08}"
        wechat.allow(openid)
        said = {"MsgType": "text", "Content": text, "MsgId": 23_000_000_000_000_000 + number}
        whole = {"ToUserName": ACCOUNT, "FromUserName": openid, "CreateTime": int(wechat.now()), **said}
        delivered = await callback.deliver(whole)
        passive += bool(delivered.reply)

    await _at_rate(WECHAT_RATE, self_contained(WARM_UP), write)
    passive = 0
    taken = await _at_rate(WECHAT_RATE, traffic(WECHAT_MESSAGES), write)
    share = 100 * passive / WECHAT_MESSAGES
    return [*_latencies("wechat_passive_50_per_s", taken), ("wechat_answered_passively", share, "%")]


async def _at_rate(rate: float, texts: list[str], write: Callable[[str], Awaitable[None]]) -> list[float]:
    """Seconds that each message took from when it was due."""
    begun = time.perf_counter()

    async def write_at(due: float, text: str) -> float:
        await asyncio.sleep(due - time.perf_counter())
        await write(text)
        return time.perf_counter() - due

    return await asyncio.gather(*(write_at(begun + turn / rate, text) for turn, text in enumerate(texts)))


def _latencies(name: str, seconds: list[float]) -> list[Measure]:
    cuts = quantiles(seconds, n=100)
    return [(f"{name}_p50", 1000 * median(seconds), "ms"), (f"{name}_p99", 1000 * cuts[98], "ms")]
