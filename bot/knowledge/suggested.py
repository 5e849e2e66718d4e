"""Knowledge as agents are offered it: an answer in the customer's language, ready to be sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.clock import Clock
from bot.knowledge.finder import KnowledgeFinder
from bot.knowledge.markdown import to_words
from bot.knowledge.pages import written_for
from bot.messages import MAX_TEXT, Language


@dataclass(frozen=True)
class Told:
    """An entry in plain words."""

    title: str
    text: str


class SuggestedKnowledge:
    """Only what surely answers a question, wherever it may be told: an agent decides."""

    def __init__(self, finder: KnowledgeFinder, clock: Clock) -> None:
        self._finder = finder
        self._clock = clock

    async def find(self, text: str, language: Language, limit: int) -> Sequence[Told]:
        hit = await self._finder.answer(text, language, None, self._clock.moment())
        if hit is None or limit < 1:
            return ()
        words = written_for(language, to_words(hit.entry.text))
        return (Told(written_for(language, hit.entry.title), words[:MAX_TEXT]),)
