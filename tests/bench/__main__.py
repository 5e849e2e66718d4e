"""`python -m tests.bench`: start the product, measure it as its users do, print and write the figures."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import httpx
import uvloop
from websockets.asyncio.client import ClientConnection, connect

from bot.understanding.bundle import Bundle
from bot.understanding.local import LocalUnderstander
from tests.bench.crowd import measure_idle
from tests.bench.doors import measure_doors
from tests.bench.history import measure_history
from tests.bench.moves import measure_moves, measure_races
from tests.bench.product import Product, read_greeting, running
from tests.bench.screens import measure_screens
from tests.bench.shopper import Shopper
from tests.bench.traffic import ROOT, self_contained, traffic

TURNS = 2_000
ALONE = 300
SHOPPERS = 32
HANDOFFS = 50
HISTORY = [
    "现在有什么优惠活动",
    "运费怎么算的",
    "支持七天无理由退货吗",
    "优惠券怎么领取呢",
    "你们店在哪里呢",
    "how much are the earbuds",
] * 2
"""What a conversation has seen before it asks for a human: plain questions that the bot answers."""
WARM_UP = 40
INSIDE = ("VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "UV_PROJECT_ENVIRONMENT", "JIELI_DATA")
"""What a fresh clone must not inherit from the one that measures."""

Measure = tuple[str, float, str]


async def measure() -> list[Measure]:
    found = [await measure_start()]
    async with running() as product, httpx.AsyncClient() as client:
        found.append(("memory_idle", product.memory(), "MB"))
        alone = self_contained(WARM_UP + ALONE)
        await _converse(product, client, alone[:WARM_UP])
        found += _latencies("turn_1_shopper", await _converse(product, client, alone[WARM_UP:]))
        found += await measure_crowd(product, client)
        found.append(("memory_after_load", product.memory(), "MB"))
        found += _latencies("handoff_on_screen", await measure_handoffs(product, client))
    return [*found, *await measure_doors(), *await measure_understanding(), *await measure_desk()]


async def measure_desk() -> list[Measure]:
    """The agents' side, each on a desk of its own: screens, a long conversation, idle pages; then the broker alone."""
    async with running() as product:
        screens = await measure_screens(product)
    async with running() as product:
        history = await measure_history(product)
    async with running() as product:
        idle = await measure_idle(product)
    return [
        *(measure for mode, taken in screens.items() for measure in _latencies(f"{mode}_on_screen", taken)),
        *_latencies("long_conversation_opens", history),
        *idle,
        *await measure_moves(),
        *await measure_races(),
    ]


async def measure_start() -> Measure:
    """From `make run` in a fresh clone to the first answer, the package cache warm."""
    with TemporaryDirectory(prefix="jieli-clone") as folder:
        clone = await asyncio.create_subprocess_exec("git", "clone", "--quiet", str(ROOT), f"{folder}/jieli")
        await clone.wait()
        outside = {name: value for name, value in os.environ.items() if name not in INSIDE}
        begun = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            "make",
            "run",
            cwd=f"{folder}/jieli",
            env={**outside, "JIELI_PORT": "0"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            product = await read_greeting(process)
            async with httpx.AsyncClient() as client:
                await _converse(product, client, ["现在有什么优惠活动"])
            return ("make_run_to_first_answer", time.perf_counter() - begun, "s")
        finally:
            os.killpg(process.pid, 2)
            await process.wait()


async def measure_crowd(product: Product, client: httpx.AsyncClient) -> list[Measure]:
    texts = iter(traffic(TURNS))
    begun = time.perf_counter()
    shoppers = [_work_off(product, client, texts) for _ in range(SHOPPERS)]
    taken = [seconds for latencies in await asyncio.gather(*shoppers) for seconds in latencies]
    rate = len(taken) / (time.perf_counter() - begun)
    return [("answered_32_shoppers", rate, "messages/s"), *_latencies("turn_32_shoppers", taken)]


async def _converse(product: Product, client: httpx.AsyncClient, texts: list[str]) -> list[float]:
    return await _work_off(product, client, iter(texts))


async def _work_off(product: Product, client: httpx.AsyncClient, texts: Iterator[str]) -> list[float]:
    shopper = Shopper(product.base, client)
    taken = [await shopper.say(text) for text in texts]
    await shopper.leave()
    return taken


async def measure_handoffs(product: Product, client: httpx.AsyncClient) -> list[float]:
    """Seconds from the shopper's wish to the row in the workspace and the whole history read."""
    origin = {"Origin": f"http://{product.base}"}
    login = await client.post(
        f"http://{product.base}/workspace/api/login",
        json={"name": product.name, "password": product.password},
        headers=origin,
    )
    cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in login.cookies.items())}
    feed = await connect(f"ws://{product.base}/workspace/api/feed", additional_headers={**origin, **cookies})
    await feed.send(json.dumps({"type": "hello", "csrf": login.json()["csrf"], "after": None}))
    taken = []
    for _ in range(HANDOFFS):
        shopper = Shopper(product.base, client)
        for text in HISTORY:
            await shopper.say(text)
        seen = asyncio.create_task(_see(feed, product, client, cookies))
        begun = time.perf_counter()
        await shopper.say("转人工", "human")
        taken.append(await seen - begun)
        await shopper.leave()
    await feed.close()
    return taken


async def _see(feed: ClientConnection, product: Product, client: httpx.AsyncClient, cookies: dict[str, str]) -> float:
    while True:
        frame = json.loads(await feed.recv())
        if frame["type"] == "row" and frame["row"]["state"] == "queued":
            break
    url = f"http://{product.base}/workspace/api/conversations/{frame['row']['id']}"
    page = (await client.get(url, headers=cookies)).json()
    assert len(page["entries"]) >= len(HISTORY) * 2, page
    return time.perf_counter()


async def measure_understanding() -> list[Measure]:
    """Understanding alone on the crowd's traffic, one after the other: warm as it comes, cold, and each stage's share.

    The stages are the memory of recent texts, the n-grams alone, and the encoder.
    """
    bundle = await asyncio.to_thread(Bundle.load)
    bundle.warm()
    local = LocalUnderstander(bundle)
    warm, cold, stages = [], [], Counter[str]()
    known: set[str] = set()
    for text in traffic(TURNS):
        begun = time.perf_counter()
        await local.understand(text)
        warm.append(time.perf_counter() - begun)
        if text in known:
            stages["memory"] += 1
            continue
        known.add(text)
        cold.append(warm[-1])
        stages["ngrams" if bundle.understand_at_once(text) else "encoder"] += 1
    local.close()
    return [
        *_latencies("understanding", warm),
        *_latencies("understanding_cold", cold),
        *((f"decided_by_{stage}", 100 * stages[stage] / TURNS, "%") for stage in ("memory", "ngrams", "encoder")),
    ]


def _latencies(name: str, seconds: list[float]) -> list[Measure]:
    cuts = quantiles(seconds, n=100)
    return [(f"{name}_p50", 1000 * median(seconds), "ms"), (f"{name}_p99", 1000 * cuts[98], "ms")]


def main() -> None:
    if shutil.which("make") is None:
        sys.exit("the start is measured by `make run`: make is missing")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(measure())
    for name, value, unit in found:
        print(f"{name} {value:.1f} {unit}")
    target = ROOT / "build/bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps([{"name": n, "value": v, "unit": u} for n, v, u in found], indent=1))


if __name__ == "__main__":
    main()
