"""What the state machines of the tests stand on: a store of their own, and a loop to wait for it in."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from bot.store.embedded import EmbeddedStore
from bot.store.store import Store, connect


class StoreMachine(RuleBasedStateMachine):
    """Each run begins with an empty `store`; it is forgotten afterwards, so its disk need not keep up.

    What a killed store has acknowledged is with the operating system, disk or not, and is there when it comes back.
    """

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self.store: Store = self.run(self._open())

    async def _open(self) -> Store:
        folder = self._stack.enter_context(TemporaryDirectory(prefix="jieli"))
        self.server = await self._stack.enter_async_context(EmbeddedStore(Path(folder), "--appendfsync", "no"))
        redis = connect(self.server.url)
        self._stack.push_async_callback(redis.aclose)
        return Store(redis, "shop")

    def run(self, work: Any) -> Any:
        """Wait for `work`, a coroutine."""
        return self._runner.run(work)

    def teardown(self) -> None:
        self.run(self._stack.aclose())
        self._runner.close()
