"""The product under measurement: a real `jieli run --demo` in its own process and folder."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

SHOWN = re.compile(r"http://(127\.0\.0\.1:\d+)/workspace\s+\((\S+) / (\S+)\)")
START_DEADLINE = 180.0


@dataclass(frozen=True)
class Product:
    """Where it listens (`base`: host:port), the demo agent's sign-in, its process and its data folder."""

    base: str
    name: str
    password: str
    pid: int
    data: Path = Path("data")

    def memory(self) -> float:
        """MB in use by the server and its store (proportional set size)."""
        server = psutil.Process(self.pid)
        everything = [server, *server.children(recursive=True)]
        return sum(process.memory_full_info().pss for process in everything) / 1e6


@asynccontextmanager
async def running(**more: str) -> AsyncIterator[Product]:
    """`more`: settings in its environment."""
    with TemporaryDirectory(prefix="jieli-bench") as folder:
        command = [str(Path(sys.executable).parent / "jieli"), "run", "--demo"]
        settings = {"JIELI_DATA": f"{folder}/data", "JIELI_PORT": "0", **more}
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **settings}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            yield replace(await read_greeting(process), data=Path(folder) / "data")
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def read_greeting(process: asyncio.subprocess.Process) -> Product:
    """Read what `jieli run` prints until it says where it listens; the rest is read away."""
    assert process.stdout is not None
    async with asyncio.timeout(START_DEADLINE):
        while line := (await process.stdout.readline()).decode():
            if found := SHOWN.search(line):
                return Product(found[1], found[2], found[3], process.pid)
    raise RuntimeError("the product did not start")
