"""`python -m tests.bench.diet`: our understanding beside `rasa run` with DIET, on the same traffic in one run."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import httpx
import psutil

from bot.understanding.bundle import Bundle
from bot.understanding.export import ROOT
from bot.understanding.local import LocalUnderstander
from bot.understanding.report.rows import read_folder, read_held_out
from bot.understanding.workshop import RASA_PYTHON, check_rasa, run_rasa
from tests.bench.traffic import traffic

ARCHIVE = ROOT / "build/diet/diet.tar.gz"
CONFIG = "tests/bench/diet.yml"
TURNS = 2_000
AT_ONCE = 32
START_DEADLINE = 180.0
ROUNDS = 3

Parse = Callable[[str], Awaitable[str]]


async def main(rows: Path | None) -> None:
    """Trains DIET first where that was not done (ten minutes and more)."""
    check_rasa()
    if not ARCHIVE.exists():
        out = ["--out", str(ARCHIVE.parent), "--fixed-model-name", ARCHIVE.name.removesuffix(".tar.gz")]
        run_rasa(["-m", "rasa", "train", "nlu", "--nlu", "nlu_data", "--config", CONFIG, *out])
    texts = traffic(TURNS)
    bundle = await asyncio.to_thread(Bundle.load)
    bundle.warm()
    async with diet() as (parse, memory):
        await rate(parse, texts[:100])
        ours, theirs = [], []
        for _ in range(ROUNDS):
            theirs.append(await rate(parse, texts))
            ours.append(await rate_ours(bundle, texts))
        print(f"diet_messages {median(theirs):.0f} messages/s")
        print(f"our_messages {median(ours):.0f} messages/s")
        print(f"times_diet {median(a / b for a, b in zip(ours, theirs, strict=True)):.1f} times")
        print(f"diet_memory {memory():.0f} MB")
        for name, labelled in {**read_held_out(), **(read_folder(rows) if rows else {})}.items():
            right = [await parse(row.text) == row.intent for row in labelled]
            print(f"diet.{name}.strict {100 * sum(right) / len(right):.1f} %")


async def rate_ours(bundle: Bundle, texts: list[str]) -> float:
    """With the server's settings and an empty memory."""
    local = LocalUnderstander(bundle)

    async def parse(text: str) -> str:
        return (await local.understand(text)).intent

    try:
        return await rate(parse, texts)
    finally:
        local.close()


async def rate(parse: Parse, texts: list[str]) -> float:
    """Texts a second with `AT_ONCE` in flight."""
    left = iter(texts)

    async def work() -> None:
        for text in left:
            await parse(text)

    begun = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return len(texts) / (time.perf_counter() - begun)


@asynccontextmanager
async def diet() -> AsyncIterator[tuple[Parse, Callable[[], float]]]:
    """`rasa run` with the trained archive: how to parse a text, and the MB it holds."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(RASA_PYTHON), "-m", "rasa", "run", "--enable-api", "-i", "127.0.0.1", "-p", str(port)]
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"}
    environment.pop("OMP_NUM_THREADS", None)  # it may use both cores
    silent = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *command, "-m", str(ARCHIVE), cwd=ROOT, env=environment, stdout=silent, stderr=silent
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            await until_loaded(client)

            async def parse(text: str) -> str:
                answer = (await client.post("/model/parse", json={"text": text})).json()
                return str(answer["intent"]["name"])

            yield parse, lambda: psutil.Process(process.pid).memory_info().rss / 1e6
    finally:
        process.terminate()
        await process.wait()


async def until_loaded(client: httpx.AsyncClient) -> None:
    """Raises TimeoutError where Rasa does not start."""
    async with asyncio.timeout(START_DEADLINE):
        while True:
            try:
                if (await client.post("/model/parse", json={"text": "hello"})).is_success:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(1)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
