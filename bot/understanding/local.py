"""Understanding in this process: the bundle in a bounded pool of threads, with a memory of recent texts."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bot.understanding.bundle import Bundle
from bot.understanding.catalogue import NO_PRODUCTS, Catalogue
from bot.understanding.clauses import Clause, clauses, combined
from bot.understanding.port import Understanding, UnderstandingFailed


class LocalUnderstander:
    """An `Understander`; `waiting` messages at most are in work, `remembered` texts are answered from memory."""

    def __init__(
        self,
        bundle: Bundle,
        catalogue: Catalogue = NO_PRODUCTS,
        *,
        workers: int = 2,
        deadline: float = 2.0,
        waiting: int = 256,
        remembered: int = 4096,
    ) -> None:
        self._bundle = bundle
        self._catalogue = catalogue
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="understanding")
        self._deadline = deadline
        self._free = waiting
        self._remembered = remembered
        self._memory: OrderedDict[str, Understanding] = OrderedDict()

    async def understand(self, text: str) -> Understanding:
        """See `Understander`; fails at once when too many messages wait already."""
        memory = self._memory
        known = memory.get(text)
        if known:
            memory.move_to_end(text)
            return known
        if not self._free:
            raise UnderstandingFailed("too many messages are waiting to be understood")
        self._free -= 1
        try:
            return self._remember(await self._parse(text), memory)
        finally:
            self._free += 1

    def use_catalogue(self, catalogue: Catalogue) -> None:
        """Find the products of another catalogue from now on."""
        self._catalogue = catalogue
        self._forget()

    def use_bundle(self, bundle: Bundle) -> None:
        """Understand by another bundle, already warm, from now on; what is being worked out ends with the old one."""
        self._bundle = bundle
        self._forget()

    def close(self) -> None:
        """Give up what waits and end the threads."""
        self._pool.shutdown(cancel_futures=True)

    async def _parse(self, text: str) -> Understanding:
        """The clauses of a message are understood side by side."""
        bundle, catalogue = self._bundle, self._catalogue
        try:
            async with asyncio.timeout(self._deadline):
                whole = await self._in_thread(bundle.parse, text, catalogue)
                parts = clauses(whole)
                found = await asyncio.gather(*(self._part(bundle, text, part) for part in parts))
                return combined(whole, list(zip(parts, found, strict=True)))
        except TimeoutError as error:
            raise UnderstandingFailed(f"not understood within {self._deadline} s") from error
        except Exception as error:
            raise UnderstandingFailed(f"understanding broke: {type(error).__name__}") from error

    async def _part(self, bundle: Bundle, text: str, clause: Clause) -> Understanding | None:
        return None if clause.act else await self._in_thread(bundle.parse, text[clause.start : clause.end])

    async def _in_thread(self, parse: Callable[..., Understanding], *given: object) -> Understanding:
        return await asyncio.get_running_loop().run_in_executor(self._pool, parse, *given)

    def _remember(self, meaning: Understanding, memory: OrderedDict[str, Understanding]) -> Understanding:
        memory[meaning.text] = meaning
        if len(memory) > self._remembered:
            memory.popitem(last=False)
        return meaning

    def _forget(self) -> None:
        """By a new memory: late answers of the old bundle or catalogue go into the old one."""
        self._memory = OrderedDict()
