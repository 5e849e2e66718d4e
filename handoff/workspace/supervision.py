"""What supervisors do with other people's chats over HTTP: whisper to the agent, and take a chat over."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field, StringConstraints
from starlette.responses import JSONResponse

from bot.messages import MAX_TEXT, Model, Text
from bot.store.store import Store
from handoff.accounts import Account
from handoff.broker import Agent, Broker, Moved
from handoff.mentions import Mentions
from handoff.workspace.conversations import ConversationId, Who, answer

Words = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)]


class TakeOverBody(Model):
    """`command`: a random id; the same id again gets the same answer."""

    command: str = Field(min_length=8, max_length=64)


class WhisperBody(TakeOverBody):
    text: Words


def make_supervision_routes(store: Store, broker: Broker, mentions: Mentions, supervisor: Who) -> APIRouter:
    """`supervisor` is the dependency that gives who may intervene, or answers 401 or 403 itself."""
    router = APIRouter(prefix="/workspace/api/conversations", tags=["workspace"])

    @router.post("/{id}/take_over")
    async def take_over(id: ConversationId, body: TakeOverBody, agent: Account = Depends(supervisor)) -> JSONResponse:
        """Have the conversation from now on, whoever had it; what the former agent is typing stays with them."""
        return answer(await broker.take_over(id, agent, body.command))

    @router.post("/{id}/whisper")
    async def whisper(id: ConversationId, body: WhisperBody, agent: Account = Depends(supervisor)) -> JSONResponse:
        """Write to the agent who has the conversation, who is called for it; the shopper sees nothing."""
        outcome = await broker.whisper(id, agent, body.command, body.text)
        if isinstance(outcome, Moved):
            holder = await store.conversation(id)
            told = [Agent(holder.agent, holder.agent_name or "")] if holder.agent and holder.agent != agent.id else []
            await mentions.add(id, agent, body.text, told)
        return answer(outcome)

    return router
