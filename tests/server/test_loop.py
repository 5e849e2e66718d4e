"""The event loop is never blocked: no callback computes for more than 50 ms, or waits for half a second."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.bench.shopper import Shopper
from tests.bench.traffic import self_contained
from tests.conftest import DEMO_PASSWORD, Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONGEST_COMPUTING = 0.050
"""Seconds of this thread's processor: a busy machine does not count against us."""
LONGEST_WAITING = 0.500
"""Seconds by the wall clock."""
UGLY = "<a href='x'>9\u200b退货\U0001f600 JL" * 300


@contextmanager
def watched() -> Iterator[list[str]]:
    """The callbacks that took too long while the block ran.

    What is loaded is kept from the collection of garbage, as it is by what serves the product: here it is also what
    all the tests before have loaded.
    """
    slow: list[str] = []
    run = asyncio.Handle._run

    def timed(handle: Any) -> None:
        wall, computing = time.perf_counter(), time.thread_time()
        run(handle)
        wall, computing = time.perf_counter() - wall, time.thread_time() - computing
        if computing > LONGEST_COMPUTING or wall > LONGEST_WAITING:
            slow.append(f"{handle!r}: {computing:.3f} s computing, {wall:.3f} s in all")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio.Handle, "_run", timed)
        gc.collect()
        gc.freeze()
        try:
            yield slow
        finally:
            gc.unfreeze()


async def test_nothing_blocks_the_loop(site: Site) -> None:
    async with httpx.AsyncClient(headers={"Origin": site.url}) as client:
        shoppers = [Shopper(site.address, client) for _ in range(4)]
        with watched() as slow:
            for text in self_contained(20):
                await asyncio.gather(*(shopper.say(text) for shopper in shoppers))
            body = {"name": "demo", "password": DEMO_PASSWORD}
            login = await client.post(f"{site.url}/workspace/api/login", json=body)
        assert login.status_code == 200
        for shopper in shoppers:
            await shopper.leave()
    assert slow == []


async def test_an_ugly_text_blocks_nothing_either(site: Site) -> None:
    async with httpx.AsyncClient() as client:
        token = (await client.post(f"{site.url}/api/visitor", json={})).json()["token"]
    async with connect(f"ws://{site.address}/api/chat") as socket:
        await socket.send(json.dumps({"type": "hello", "token": token, "after": 0}))
        await socket.recv()
        with watched() as slow:
            await socket.send(json.dumps({"type": "say", "id": "ugly", "content": {"text": UGLY[:4_000]}}))
            while '"author":"bot"' not in await socket.recv():
                pass
    assert slow == []
