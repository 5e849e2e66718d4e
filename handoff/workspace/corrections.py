"""Corrections of what the bot understood, over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field, JsonValue
from starlette.responses import JSONResponse

from bot.dialogue.intents import ACTS, TASKS
from bot.dialogue.texts import Texts
from bot.log import ConversationLog
from bot.messages import Author, Entry, Language, Model
from bot.store.store import Store
from handoff.broker import Agent
from handoff.corrections import Corrections, Meaning, Spoken
from handoff.ledger import Notes
from handoff.workspace.sessions import Problem

ID = r"^[a-z2-7]{16}$"
ANSWERED_WITHIN = 30
"""Entries after a message in which its answer stands, with what was understood."""
MOST_ENTRIES = 10**15
"""No log is as long; the store's ids end somewhere."""
TONGUES: tuple[tuple[str, Language], ...] = (("zh", "zh-Hans"), ("en", "en"))

MayAsk = Callable[..., Awaitable[Agent]]


class CorrectionBody(Model):
    """`seq`: of the message, in the log of its own conversation."""

    conversation: str = Field(pattern=ID)
    seq: int = Field(ge=1, le=MOST_ENTRIES)
    meaning: Meaning


@dataclass(frozen=True)
class CorrectionParts:
    store: Store
    log: ConversationLog
    corrections: Corrections
    texts: Texts
    ledger: Notes


def make_correction_routes(parts: CorrectionParts, reading: MayAsk, working: MayAsk) -> APIRouter:
    """`reading` and `working` are the dependencies that give whoever may read, or be an agent."""
    router = APIRouter(prefix="/workspace/api/corrections", tags=["workspace"])

    @router.get("")
    async def read(conversation: Annotated[str, Query(pattern=ID)], _: Agent = Depends(reading)) -> JSONResponse:
        """Those of a conversation and of what is joined to it, and what the intents are called."""
        known = await parts.store.conversation(conversation)
        found = await parts.corrections.of([conversation, *known.joined_by])
        shown = [one.model_dump(mode="json") for one in found]
        return JSONResponse({"corrections": shown, "intents": name_intents(parts.texts)})

    @router.post("")
    async def save(body: CorrectionBody, agent: Agent = Depends(working)) -> JSONResponse:
        """Say what a message means."""
        spoken = await _spoken(parts, body.conversation, body.seq)
        made = await parts.corrections.save(agent, spoken, body.meaning)
        await parts.ledger.note("corrected", agent=agent, conversation=body.conversation, seq=body.seq)
        return JSONResponse({"correction": made.model_dump(mode="json")})

    @router.post("/{id}/remove")
    async def remove(
        id: Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")], agent: Agent = Depends(working)
    ) -> JSONResponse:
        """Take back one's own."""
        if not await parts.corrections.remove(agent, id):
            raise Problem(404, "not_found", "There is no such correction of yours.")
        await parts.ledger.note("correction_removed", agent=agent)
        return JSONResponse({})

    return router


def name_intents(texts: Texts) -> list[dict[str, str]]:
    """The intents with their words by tongue; acts have theirs in the workspace."""
    tasks = [
        {"name": name, **{tongue: texts.say(language, f"intent.{name}") for tongue, language in TONGUES}}
        for name in sorted(TASKS)
    ]
    return [*tasks, *({"name": name} for name in sorted(ACTS))]


async def _spoken(parts: CorrectionParts, id: str, seq: int) -> Spoken:
    """A shopper's words, and what was understood of them. Raises `Problem`."""
    entries = await parts.log.after(id, seq - 1, ANSWERED_WITHIN)
    said = [one for one in entries[:1] if one.seq == seq and one.author is Author.SHOPPER and one.content.text]
    if not said:
        raise Problem(404, "not_found", "There is no such message of a shopper's.")
    name = (await parts.store.conversation(id)).name
    return Spoken(id, seq, said[0].content.text, name, _understood(seq, entries))


def _understood(seq: int, later: list[Entry]) -> dict[str, JsonValue]:
    for entry in later:
        understood = entry.data.get("understood")
        if isinstance(understood, dict) and understood.get("of") == seq:
            return {"intents": understood.get("intents", []), "slots": understood.get("slots", {})}
    return {"intents": [], "slots": {}}
