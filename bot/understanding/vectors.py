"""Texts as vectors that are near where the meaning is near: what people ask and what they were answered."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import yaml

from bot.understanding.cascade import script_of
from bot.understanding.encoder import Vector
from bot.understanding.port import UnderstandingFailed
from bot.understanding.text import view_of

COMMON = Path(__file__).with_name("common.yml")
Tongue = Literal["zh", "en"]
Encode = Callable[[str], Vector]
"""`Encoder.encode`: of the encoder in use now."""
_NUMBER = re.compile(r"[a-z]{0,4}-?\d[\d\-]{3,}")


def tongue_of(text: str) -> Tongue:
    """What a text is written in, as far as vectors care: Chinese, or anything else."""
    return "zh" if script_of(view_of(text).text) == "chinese" else "en"


class Vectors:
    """Encodes in one thread of its own, so that suggestions never take a core from the bot; safe in one event loop.

    The encoder puts all texts into a narrow cone: two random ones of a shop are 0.85 alike. So what any text of its
    language has (the middle of `common.yml`) is taken away first; then the same question in other words has 0.35 to
    0.9, and another one seldom 0.3. `waiting` texts at most are in work, `remembered` ones known.
    """

    def __init__(self, encode: Encode, *, waiting: int = 64, remembered: int = 4096) -> None:
        self._encode = encode
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vectors")
        self._free = waiting
        self._remembered = remembered
        self._memory: OrderedDict[str, Vector] = OrderedDict()

    async def of(self, text: str) -> Vector:
        """A vector of length one, shape (384,); numbers do not count. Raises `UnderstandingFailed` if too many wait."""
        known = self.known(text)
        if known is not None:
            return known
        if not self._free:
            raise UnderstandingFailed("too many texts are waiting to be encoded")
        self._free -= 1
        try:
            vector = await asyncio.get_running_loop().run_in_executor(self._thread, self.encode, text)
        finally:
            self._free += 1
        self._memory[text] = vector
        if len(self._memory) > self._remembered:
            self._memory.popitem(last=False)
        return vector

    def known(self, text: str) -> Vector | None:
        """The vector of a text that was asked for lately."""
        vector = self._memory.get(text)
        if vector is not None:
            self._memory.move_to_end(text)
        return vector

    def encode(self, text: str) -> Vector:
        """As `of`, at once: takes milliseconds."""
        return _scaled(self._plain(text) - self._middles[tongue_of(text)])

    def close(self) -> None:
        """Give up what waits and end the thread."""
        self._thread.shutdown(cancel_futures=True)

    @cached_property
    def _middles(self) -> dict[Tongue, Vector]:
        texts = yaml.safe_load(COMMON.read_text("utf-8"))
        return {
            tongue: np.mean([self._plain(text) for text in texts[tongue]], axis=0, dtype=np.float32)
            for tongue in get_args(Tongue)
        }

    def _plain(self, text: str) -> Vector:
        return self._encode(" ".join(_NUMBER.sub(" ", view_of(text).text).split()))


def _scaled(vector: Vector) -> Vector:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length or 1.0)
