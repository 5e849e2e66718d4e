"""Up to three replies for what a shopper said last: canned ones, what agents answered before, and knowledge."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from bot.dialogue.language import choose_language
from bot.messages import Audience, Author, Entry, Language, Model
from bot.understanding.encoder import Vector
from bot.understanding.port import UnderstandingFailed
from bot.understanding.vectors import Tongue, Vectors
from handoff.answers import HOLDING, SIZE, PastAnswers, asks
from handoff.brief import make_brief
from handoff.canned import CannedReplies, CannedReply

MOST = 3
LOOK_BACK = 30
"""Entries in which the open question stands."""
TOGETHER = 3
"""Messages in a row that are one question."""
DEADLINE = 0.2
"""Seconds after which no suggestion is better than a late one."""
QUESTION_ALIKE = 0.5
"""Likeness of two questions from which an answer to one is suggested to the other. Of 60 pairs of wordings made up
for it (`alike.yml` of the tests) 22 are found; with 29 other questions there instead of the right one, one in 60 is
taken for another.
"""
CANNED_ALIKE = 0.3
"""Likeness of a question to a canned reply or its shortcut; lower, as an answer is not worded like its question. There
replies have 0.32 and more to what they answer (20 of 22), and at most 0.25 to what they do not."""
LOOK_EVERY = 2.0
"""Seconds until changes of canned replies count, as those of the desk's rules."""
NOWHERE = np.zeros(SIZE, np.float32)
_BLANK = re.compile(r"\{\w+\}")

log = logging.getLogger(__name__)


class Suggestion(Model):
    """`title`: a canned reply's shortcut, or the name of a piece of knowledge. Canned `text` still has its fields."""

    source: Literal["canned", "past", "knowledge"]
    title: str | None = None
    text: str


class Known(Protocol):
    """A piece of knowledge as it may be told to shoppers."""

    @property
    def title(self) -> str: ...

    @property
    def text(self) -> str: ...


class Knowledge(Protocol):
    async def find(self, text: str, language: Language, limit: int) -> Sequence[Known]:
        """What surely answers a question, best first; often nothing."""
        ...


class NoKnowledge:
    async def find(self, text: str, language: Language, limit: int) -> Sequence[Known]:
        return ()


@dataclass(frozen=True)
class _Scored:
    """`above`: how far over the least likeness of its source, as a share of what there is above."""

    above: float
    suggestion: Suggestion


@dataclass(frozen=True)
class _Shelf:
    """Canned replies with their owners (None: the desk), two vectors for each; good until a moment of the loop's."""

    until: float
    replies: Sequence[tuple[str | None, CannedReply]]
    matrix: npt.NDArray[np.float32]

    def near(self, question: Vector, agent: str, tongue: Tongue) -> Iterator[_Scored]:
        """Those that an agent may use and a customer can read, if they are like the question."""
        alike = (self.matrix @ question).max(axis=1)
        for place in np.flatnonzero(alike > CANNED_ALIKE):
            owner, reply = self.replies[int(place)]
            if owner in (None, agent) and reply.language in ("", tongue):
                suggestion = Suggestion(source="canned", title=reply.shortcut, text=reply.text)
                yield _Scored(_above(float(alike[place]), CANNED_ALIKE), suggestion)


def open_question(entries: Sequence[Entry]) -> str:
    """What the shopper wants to know now, empty where nothing is open: the words since an agent spoke last.

    Buttons and short acknowledgements ask nothing; then the request for a human has the question.
    """
    since = _since_agent(entries)
    said: list[str] = []
    for entry in reversed(since):
        if (said and entry.author is Author.BOT) or len(said) == TOGETHER:
            break
        if entry.author is Author.SHOPPER and _is_heard(entry) and entry.content.choice is None:
            said.append(entry.content.text.strip())
    text = " ".join(reversed(said)).strip()
    return text if asks(text) else (make_brief(since).question or text)


def _since_agent(entries: Sequence[Entry]) -> Sequence[Entry]:
    for index in range(len(entries) - 1, -1, -1):
        if entries[index].author is Author.AGENT and _is_heard(entries[index]):
            return entries[index + 1 :]
    return entries


def _is_heard(entry: Entry) -> bool:
    return entry.kind == "message" and entry.audience is Audience.ALL


class Suggestions:
    """`of` answers within milliseconds: canned replies and past answers are vectors before anybody asks."""

    def __init__(
        self, vectors: Vectors, canned: CannedReplies, answers: PastAnswers, knowledge: Knowledge | None = None
    ) -> None:
        self._vectors = vectors
        self._canned = canned
        self._answers = answers
        self._knowledge: Knowledge = knowledge or NoKnowledge()
        self._encoding: asyncio.Task[None] | None = None
        self._shelf: _Shelf | None = None

    async def of(self, entries: Sequence[Entry], agent: str, language: Language) -> list[Suggestion]:
        """At most three for a conversation's newest entries (oldest first), the surest first; often none."""
        question = open_question(entries[-LOOK_BACK:])
        if not question:
            return []
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._find(question, agent, language)
        except (TimeoutError, UnderstandingFailed) as error:
            log.warning("no replies are suggested: %s", type(error).__name__)
            return []

    async def warm(self) -> None:
        """Make the vectors of all canned replies, and what the first of all vectors needs besides."""
        await self._encode([*HOLDING, *_words_of(reply for _, reply in await self._canned.everybodys())])

    async def close(self) -> None:
        if self._encoding:
            self._encoding.cancel()
            await asyncio.gather(self._encoding, return_exceptions=True)

    async def _find(self, question: str, agent: str, language: Language) -> list[Suggestion]:
        language = choose_language(language, None, question)
        tongue: Tongue = "en" if language == "en" else "zh"
        vector, shelf = await self._vectors.of(question), await self._canned_now()
        scored = [*shelf.near(vector, agent, tongue), *self._of_past(question, vector, tongue)]
        found = [one.suggestion for one in sorted(scored, key=lambda one: -one.above)]
        known = await self._knowledge.find(question, language, MOST)
        told = [Suggestion(source="knowledge", title=one.title, text=one.text) for one in known]
        return _different([*told[:1], *found, *told[1:]])[:MOST]

    async def _canned_now(self) -> _Shelf:
        """The canned replies as they were two seconds ago at most; what has no vector yet has one the next time."""
        now = asyncio.get_running_loop().time()
        if self._shelf and self._shelf.until > now:
            return self._shelf
        replies = await self._canned.everybodys()
        unknown = [text for text in _words_of(reply for _, reply in replies) if self._vectors.known(text) is None]
        self._encode_later(unknown)
        vectors = [self._vectors.known(text) for text in _words_of(reply for _, reply in replies)]
        matrix = np.array([NOWHERE if vector is None else vector for vector in vectors], np.float32)
        self._shelf = _Shelf(now if unknown else now + LOOK_EVERY, replies, matrix.reshape(len(replies), 2, SIZE))
        return self._shelf

    def _of_past(self, question: str, vector: Vector, tongue: Tongue) -> list[_Scored]:
        if not asks(question):
            return []
        found = self._answers.near(vector, tongue, MOST)
        scored = [_Scored(_above(one.alike, QUESTION_ALIKE), Suggestion(source="past", text=one.text)) for one in found]
        return [one for one in scored if one.above > 0]

    def _encode_later(self, texts: Sequence[str]) -> None:
        if texts and (self._encoding is None or self._encoding.done()):
            self._encoding = asyncio.create_task(self._encode(texts))

    async def _encode(self, texts: Iterable[str]) -> None:
        """One at a time: a question that comes meanwhile waits for one of them at most."""
        try:
            for text in texts:
                await self._vectors.of(text)
        except UnderstandingFailed as error:
            log.warning("canned replies are not suggested yet: %s", error)


def _words_of(replies: Iterable[CannedReply]) -> list[str]:
    """What canned replies are found by: their shortcuts, and their texts without fields."""
    return [text for reply in replies for text in (reply.shortcut, _BLANK.sub("", reply.text))]


def _above(alike: float, least: float) -> float:
    return (alike - least) / (1 - least)


def _different(suggestions: Iterable[Suggestion]) -> list[Suggestion]:
    """Each text once, whatever its marks and spaces."""
    seen: dict[str, Suggestion] = {}
    for suggestion in suggestions:
        seen.setdefault("".join(sign for sign in suggestion.text.casefold() if sign.isalnum()), suggestion)
    return list(seen.values())
