"""Understanding by a running Rasa server: `POST /model/parse` (Rasa 3), for those who bring their own model."""

from __future__ import annotations

import asyncio
import re

import httpx
from pydantic import BaseModel, ValidationError

from bot.understanding.bundle import RUNNERS_UP
from bot.understanding.calibration import OUT_OF_SCOPE, Calibration
from bot.understanding.catalogue import NO_PRODUCTS, Catalogue
from bot.understanding.clauses import Clause, clauses, combined
from bot.understanding.entities import Entity, without_overlaps
from bot.understanding.port import Understanding, UnderstandingFailed
from bot.understanding.text import view_of

_SURROGATES = re.compile("[\ud800-\udfff]")  # have no UTF-8


class _Intent(BaseModel):
    name: str | None
    confidence: float


class _Entity(BaseModel):
    entity: str
    value: str | int | float
    start: int
    end: int


class _Parsed(BaseModel):
    intent: _Intent
    intent_ranking: list[_Intent] = []
    entities: list[_Entity] = []


class RemoteUnderstander:
    """An `Understander` over the server at `url`, which may take `deadline` seconds a message."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        url: str,
        calibration: Calibration,
        catalogue: Catalogue = NO_PRODUCTS,
        *,
        deadline: float = 2.0,
    ) -> None:
        self._client = client
        self._url = f"{url.rstrip('/')}/model/parse"
        self._calibration = calibration
        self._catalogue = catalogue
        self._deadline = deadline

    async def understand(self, text: str) -> Understanding:
        """See `Understander`; the clauses of a message are asked for one by one."""
        try:
            async with asyncio.timeout(self._deadline):
                whole = await self._parse(text)
                return combined(whole, [(part, await self._part(text, part)) for part in clauses(whole)])
        except TimeoutError as error:
            raise UnderstandingFailed(f"not understood within {self._deadline} s") from error

    async def _part(self, text: str, clause: Clause) -> Understanding | None:
        return None if clause.act else await self._parse(text[clause.start : clause.end])

    async def _parse(self, text: str) -> Understanding:
        sent = _SURROGATES.sub("\ufffd", text)
        try:
            response = await self._client.post(self._url, json={"text": sent})
            response.raise_for_status()
            parsed = _Parsed.model_validate_json(response.content)
        except (httpx.HTTPError, ValidationError) as error:
            raise UnderstandingFailed(f"the Rasa server at {self._url} gave no answer: {error!r}") from error
        return self._meaning(text, parsed)

    def use_catalogue(self, catalogue: Catalogue) -> None:
        """Find the products of another catalogue from now on."""
        self._catalogue = catalogue

    def _meaning(self, text: str, parsed: _Parsed) -> Understanding:
        intent, confidence = parsed.intent.name or OUT_OF_SCOPE, parsed.intent.confidence
        ranked = [(other.name, other.confidence) for other in parsed.intent_ranking if other.name]
        others = tuple(pair for pair in ranked if pair[0] != intent)[:RUNNERS_UP]
        answered = self._calibration.answers(intent, confidence, others[0][1] if others else 0.0)
        entities = without_overlaps(self._catalogue.find(view_of(text)), _entities(text, parsed))
        return Understanding(text, intent, confidence, answered, entities, others)


def _entities(text: str, parsed: _Parsed) -> list[Entity]:
    """Places in the message as typed: Rasa drops outer spaces first."""
    shift = len(text) - len(text.lstrip())
    return [Entity(e.entity, str(e.value), e.start + shift, e.end + shift) for e in parsed.entities]
