"""Understanding in this process: the bundle in a bounded pool of threads, with a memory of recent texts."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

from bot.understanding.bundle import Bundle
from bot.understanding.catalogue import NO_PRODUCTS, Catalogue
from bot.understanding.encoder import Vector
from bot.understanding.port import Understanding, UnderstandingFailed

SHORT = 128
"""Characters of a text that is worth looking at in the event loop: a third of a millisecond."""


class LocalUnderstander:
    """An `Understander`; `waiting` messages at most are in work, `remembered` texts are answered from memory.

    What the n-grams alone decide is decided where it is asked: it waits for nobody's encoding.
    """

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
        decided = self._bundle.understand_at_once(text, self._catalogue) if len(text) <= SHORT else None
        if decided:
            return self._remember(decided, memory)
        if not self._free:
            raise UnderstandingFailed("too many messages are waiting to be understood")
        self._free -= 1
        try:
            return self._remember(await self._in_thread(text), memory)
        finally:
            self._free += 1

    def encode(self, text: str) -> Vector:
        """The vector of a normalised text, by the encoder of the bundle in use; takes milliseconds."""
        return self._bundle.encoder.encode(text)

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

    async def _in_thread(self, text: str) -> Understanding:
        work = asyncio.get_running_loop().run_in_executor(self._pool, self._bundle.understand, text, self._catalogue)
        try:
            async with asyncio.timeout(self._deadline):
                return await work
        except TimeoutError as error:
            raise UnderstandingFailed(f"not understood within {self._deadline} s") from error
        except Exception as error:
            raise UnderstandingFailed(f"understanding broke: {type(error).__name__}") from error

    def _remember(self, meaning: Understanding, memory: OrderedDict[str, Understanding]) -> Understanding:
        memory[meaning.text] = meaning
        if len(memory) > self._remembered:
            memory.popitem(last=False)
        return meaning

    def _forget(self) -> None:
        """By a new memory: late answers of the old bundle or catalogue go into the old one."""
        self._memory = OrderedDict()
