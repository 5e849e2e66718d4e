"""Suggested replies over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import JSONResponse

from bot.log import ConversationLog
from bot.messages import Audience
from bot.store.store import Store
from handoff.broker import Agent
from handoff.suggestions import LOOK_BACK, Suggestions

ConversationId = Annotated[str, Path(pattern=r"^[a-z2-7]{16}$")]


def make_suggestion_routes(
    store: Store,
    conversations: ConversationLog,
    suggestions: Suggestions,
    signed_in: Callable[..., Awaitable[Agent]],
) -> APIRouter:
    """`signed_in` is the dependency that gives the agent, or answers 401."""
    router = APIRouter(prefix="/workspace/api/conversations", tags=["workspace"])

    @router.get("/{id}/suggestions")
    async def suggest(id: ConversationId, agent: Agent = Depends(signed_in)) -> JSONResponse:
        """At most three replies to what the shopper said last; often none, and none once an agent has answered."""
        conversation = await store.conversation(id)
        entries = await conversations.before(id, None, LOOK_BACK, Audience.AGENTS)
        found = await suggestions.of(entries, agent.id, conversation.language)
        return JSONResponse({"suggestions": [one.model_dump(mode="json") for one in found]})

    return router
