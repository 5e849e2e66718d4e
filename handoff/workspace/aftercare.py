"""What an agent does with a chat beside talking, over HTTP: sum it up, put it aside, take it up again."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import JSONResponse

from bot.messages import Model, Text
from handoff.accounts import Account
from handoff.workspace.conversations import ConversationId, ConversationParts, Who, answer

LONGEST_WHY = 300


class SnoozeBody(Model):
    """`until` in ms; `text`: why, for those who read it."""

    command: str = Field(min_length=8, max_length=64)
    until: int
    text: Text = Field("", max_length=LONGEST_WHY)


class WakeBody(Model):
    command: str = Field(min_length=8, max_length=64)


def make_aftercare_routes(parts: ConversationParts, worker: Who) -> APIRouter:
    """`worker` is the dependency that gives the agent, or answers 401 or 403 itself."""
    broker = parts.broker
    router = APIRouter(prefix="/workspace/api/conversations/{id}", tags=["workspace"])

    @router.get("/wrapup", dependencies=[Depends(worker)])
    async def wrapup(id: ConversationId) -> JSONResponse:
        """What the summary of a chat may be, and which is likely."""
        conversation, known = await parts.thread(id), parts.rules().wrapup
        suggested = known.suggest(conversation.topic, conversation.reason)
        names = [one.model_dump(include={"key", "zh", "en"}) for one in known.dispositions]
        return JSONResponse(
            {
                "required": known.required,
                "dispositions": names,
                "suggested": suggested.key if suggested else None,
            }
        )

    @router.post("/snooze")
    async def snooze(id: ConversationId, body: SnoozeBody, agent: Account = Depends(worker)) -> JSONResponse:
        """Put a chat aside until a time, at most a week from now, or until its shopper writes."""
        return answer(await broker.snooze(id, agent, body.command, body.until, body.text))

    @router.post("/wake")
    async def wake(id: ConversationId, body: WakeBody, agent: Account = Depends(worker)) -> JSONResponse:
        """Take it up again."""
        return answer(await broker.wake(id, agent, body.command))

    return router
