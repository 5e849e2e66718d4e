"""Passing a chat on over HTTP: to whom it can go, and the command itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import Field, StringConstraints, model_validator
from starlette.responses import JSONResponse

from bot.dialogue.topics import Topic
from bot.messages import LANGUAGES, Model, Text
from handoff.broker import Agent
from handoff.transfers import SkillWanted, Transfers
from handoff.workspace.conversations import ConversationId, answer

LONGEST_NOTE = 2_000


class TransferBody(Model):
    """`text`: the note, which only agents read; `agent` (an id) or `skill`: who should have it."""

    command: str = Field(min_length=8, max_length=64)
    text: Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NOTE)]
    agent: str | None = Field(default=None, max_length=32)
    skill: SkillWanted = SkillWanted()

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if bool(self.agent) == bool(self.skill.named):
            raise ValueError("either an agent or a skill has to be named")
        return self


def make_transfer_routes(transfers: Transfers, working: Callable[..., Awaitable[Agent]]) -> APIRouter:
    """`working` is the dependency that gives an agent who may take chats, or answers 401 or 403 itself."""
    router = APIRouter(prefix="/workspace/api", tags=["workspace"])

    @router.get("/transfers")
    async def targets(agent: Agent = Depends(working)) -> JSONResponse:
        """The other agents with what they hold, and the skills there are."""
        agents = [asdict(one) for one in await transfers.colleagues(agent.id)]
        return JSONResponse({"agents": agents, "topics": list(Topic), "languages": LANGUAGES})

    @router.post("/conversations/{id}/transfer")
    async def transfer(id: ConversationId, body: TransferBody, agent: Agent = Depends(working)) -> JSONResponse:
        """Pass a chat on, with a note."""
        if body.agent:
            return answer(await transfers.to_agent(id, agent, body.command, body.agent, body.text))
        return answer(await transfers.to_skill(id, agent, body.command, body.skill, body.text))

    return router
