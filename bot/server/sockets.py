"""The sockets of pages that are open and say nothing: thousands of them, so each holds as little as it can."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Mapping
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from bot.mailbox import Mailbox

LARGEST_FRAME = 256 * 1024
"""Bytes."""
WRITABLE = asyncio.Event()
"""Of every socket that takes what is written; one that falls behind gets an event of its own."""
WRITABLE.set()


class LeanSocket(WebSocketsSansIOProtocol):
    """uvicorn's, without the 10 kB that it holds for a socket that is idle."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.queue: Any = Mailbox()
        self.writable = WRITABLE

    def pause_writing(self) -> None:
        self.writable = asyncio.Event()

    def start_keepalive(self) -> None:
        """The greeting is over: what was read and said in it, which the parser keeps, is not needed any more."""
        super().start_keepalive()
        self.request.headers.clear()
        self.response.headers.clear()


SOCKETS: Mapping[str, Any] = {
    "ws": LeanSocket,
    "ws_max_size": LARGEST_FRAME,
    "ws_per_message_deflate": False,
    "ws_ping_interval": None,
}
"""uvicorn's settings: what packs frames would hold 45 kB for each page that is open; pages ping by themselves, and one
that does not is closed.
"""


def raise_file_limit() -> None:
    """As many sockets as the machine allows: what a shell allows by itself may be only 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
