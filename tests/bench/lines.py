"""A client that costs little: what is measured is the server, on the same two cores."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Lines:
    """Open connections to one host; a request takes one for as long as it lasts."""

    host: str
    free: asyncio.Queue[Line]

    async def post(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """The status of the answer, which is read to its end."""
        sent = {"Host": self.host, "Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        reader, writer = line = await self._take()
        writer.write(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        await reader.readexactly(int(answer.partition("content-length:")[2].split("\r\n")[0]))
        self.free.put_nowait(line)
        return int(answer.split(" ", 2)[1])

    async def _take(self) -> Line:
        """A free one, opened again if it was idle for so long that the server has closed it."""
        line = await self.free.get()
        return await open_line(self.host) if line[0].at_eof() else line


async def open_line(host: str) -> Line:
    """`host` with its port."""
    name, port = host.split(":")
    return await asyncio.open_connection(name, int(port))


@asynccontextmanager
async def lines_to(host: str, count: int) -> AsyncIterator[Lines]:
    """`host` with its port."""
    free: asyncio.Queue[Line] = asyncio.Queue()
    for _ in range(count):
        free.put_nowait(await open_line(host))
    try:
        yield Lines(host, free)
    finally:
        while not free.empty():
            free.get_nowait()[1].close()
