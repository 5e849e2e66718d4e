"""A queue with one reader that holds nothing while it is empty."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Mailbox(Generic[Item]):
    """What is put in comes out in order. `size`: how many it takes, None for any number; `call`: told of each.

    Every open page waits at two of them, nearly always empty ones: an `asyncio.Queue` would hold 3 kB for each.
    """

    __slots__ = ("_items", "_reader", "_size", "call")

    def __init__(self, size: int | None = None) -> None:
        self._size = size
        self.call: Callable[[], None] | None = None
        self._items: deque[Item] | None = None
        self._reader: asyncio.Future[None] | None = None

    def __contains__(self, item: object) -> bool:
        return self._items is not None and item in self._items

    def empty(self) -> bool:
        return self._items is None

    def full(self) -> bool:
        return self._items is not None and len(self._items) == self._size

    def put_nowait(self, item: Item) -> None:
        """Raises `asyncio.QueueFull`."""
        if self.full():
            raise asyncio.QueueFull
        if self._items is None:
            self._items = deque()
        self._items.append(item)
        if self._reader and not self._reader.done():
            self._reader.set_result(None)
        if self.call:
            self.call()

    def get_nowait(self) -> Item:
        """Raises `asyncio.QueueEmpty`."""
        if self._items is None:
            raise asyncio.QueueEmpty
        item = self._items.popleft()
        if not self._items:
            self._items = None
        return item

    async def get(self) -> Item:
        """The next item, as soon as there is one."""
        while self._items is None:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        return self.get_nowait()
