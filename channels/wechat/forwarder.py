"""Hands every callback on, as it came, to the address that WeChat called before us; what that answers is not read."""

from __future__ import annotations

import asyncio
import logging

import httpx

log = logging.getLogger(__name__)

WAITING = 1_000
"""Callbacks that wait to be handed on; more, and the newest are left out."""
PATIENCE = 5.0
"""Seconds the other side may take, as with WeChat."""


class Forwarder:
    """`url`: the shop's earlier callback."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url
        self._waiting: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(WAITING)

    def hand_on(self, query: str, body: bytes) -> None:
        """Queue a callback; `query` is signed, so that the other side can check it as before."""
        if self._waiting.full():
            log.warning("a callback is not handed on: %d wait already", WAITING)
            return
        self._waiting.put_nowait((query, body))

    async def run_for_ever(self) -> None:
        """Hand on what waits, one after the other; what fails is logged and not repeated."""
        while True:
            query, body = await self._waiting.get()
            try:
                address = httpx.URL(self._url).copy_with(query=query.encode())
                headers = {"Content-Type": "text/xml"}
                answer = await self._client.post(address, content=body, headers=headers, timeout=PATIENCE)
                if answer.is_error:
                    log.warning("the earlier callback answers %d", answer.status_code)
            except httpx.HTTPError as error:
                log.warning("the earlier callback is not reached: %s", type(error).__name__)
