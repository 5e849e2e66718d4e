"""Answers questions from the library: keeps its index up to date, and says only what it is sure of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from itertools import chain
from typing import get_args

from bot.knowledge.entries import Entry, Tongue, tongue_of
from bot.knowledge.index import Hit, Index, texts_of
from bot.knowledge.library import Library
from bot.knowledge.pages import address
from bot.knowledge.vectorbox import VectorBox
from bot.messages import Language
from bot.understanding.port import UnderstandingFailed
from bot.understanding.vectors import Vectors

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks at whether entries have changed."""
SURE = 0.6
"""From which score the best entry is told. Of the held-out questions that the bot did not understand (tests/knowledge,
`python -m tests.bench.knowledge`) 34 of 35 were told the right entry from here on, and of the 38 that no entry answers
none was told one; from 0.5 on six were, and above 0.7 less than half as many were answered.
"""
APART = 0.03
"""By how much it has to be better than the next one, or neither is: below that it was a toss-up."""
SURE_OVER_GENERAL = 0.65
"""From which score it is told instead of what a general flow (`bot.dialogue.known.GENERAL`) says: no question of such a
flow came nearer than 0.6 to an entry.
"""
SURE_OVER_QUESTION = 0.8
"""From which score it is told to somebody who was asked something else and has not answered."""
SURE_OVER_TASK = 0.95
"""From which score it is told although a task was understood: "什么时候发货" comes to 0.94 with a presale's entry."""
WEB = "web"


class KnowledgeFinder:
    """`site`: the server's address as shoppers reach it, without a slash at its end; empty where it is not known."""

    def __init__(self, library: Library, vectors: Vectors, box: VectorBox, site: str = "") -> None:
        self._site = site
        self._library = library
        self._vectors = vectors
        self._box = box
        self._made_of: Mapping[str, Entry] = {}
        self._indexes: Mapping[Tongue, Index] = {}

    async def answer(
        self, question: str, language: Language, channel: str | None, now: datetime, least: float = SURE
    ) -> Hit | None:
        """The entry that surely answers a question, with `least` at least; None where there is none, or too many could.

        What cannot come to `least` by its words is not encoded: most messages ask for a flow, and encoding takes
        longer than all else of a turn.
        """
        index = self._indexes.get(tongue_of(language))
        if index is None or not index.may_reach(question, least):
            return None
        hits = await self.find(question, language, now, channel=channel, most=2)
        if not hits or hits[0].score < least:
            return None
        return hits[0] if len(hits) == 1 or hits[0].score - hits[1].score >= APART else None

    def page(self, entry: Entry, language: Language, channel: str) -> str | None:
        """The address of its page. Where ours is not known (no `site`), only the web's widget still finds us."""
        return f"{self._site}{address(entry, language)}" if self._site or channel == WEB else None

    async def find(
        self, question: str, language: Language, now: datetime, *, channel: str | None = None, most: int = 10
    ) -> list[Hit]:
        """The entries nearest to a question that may be told now, the best first."""
        index = self._indexes.get(tongue_of(language))
        if index is None or not question.strip():
            return []
        try:
            vector = await self._vectors.of(question)
        except UnderstandingFailed as error:
            log.warning("knowledge is not searched: %s", error)
            return []
        hits = await asyncio.to_thread(index.find, question, vector)
        return [hit for hit in hits if hit.entry.is_told(now, channel)][:most]

    async def refresh(self) -> None:
        """Have the entries searched as they are now."""
        entries = self._library.entries()
        if entries is not self._made_of:
            self._indexes = await asyncio.to_thread(self._make, list(entries.values()))
            self._made_of = entries

    async def refresh_for_ever(self) -> None:
        """Keep up with what leads write; the first look is not before the desk is open."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.refresh()
            except Exception:  # the index so far goes on answering
                log.exception("knowledge cannot be indexed")

    def _make(self, entries: list[Entry]) -> Mapping[Tongue, Index]:
        vectors = self._box.of(text for text, _ in chain.from_iterable(map(texts_of, entries)))
        return {
            tongue: Index([entry for entry in entries if entry.language == tongue], vectors)
            for tongue in get_args(Tongue)
        }
