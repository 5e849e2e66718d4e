"""Spot checks over HTTP: leads score the chats of the sample, and agents read what was thought of theirs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import Field
from starlette.responses import JSONResponse

from bot.messages import Model, Text
from handoff.accounts import Account
from handoff.checkbook import Checkbook, CheckRefused
from handoff.checks import LONGEST_COMMENT, Scores
from handoff.roles import May, may
from handoff.rulebook import Rulebook
from handoff.workspace.conversations import ConversationId, Who
from handoff.workspace.sessions import Problem

REFUSALS = {
    "unknown": (404, "not_found", "This chat is not in the sample."),
    "own": (409, "refused", "Somebody else scores your own chats."),
    "scores": (409, "refused", "The criteria have changed meanwhile; load them anew."),
}
Episode = Annotated[int, Path(ge=1, le=10**9)]


class ScoreBody(Model):
    """`scores`: criterion -> 1 to 5."""

    scores: Scores
    comment: Text = Field(default="", max_length=LONGEST_COMMENT)


def make_check_routes(checkbook: Checkbook, book: Rulebook, reader: Who, lead: Who) -> APIRouter:
    """The dependencies give who reads, and who may score, or answer 401 or 403 themselves."""
    router = APIRouter(prefix="/workspace/api/checks", tags=["workspace"])

    @router.get("")
    async def sample(by: Account = Depends(reader)) -> JSONResponse:
        """The sample of those who oversee, or what was thought of one's own chats; and the criteria."""
        oversees = may(by.role, May.OVERSEE)
        checks = await (checkbook.sample() if oversees else checkbook.of(by.id))
        criteria = [one.model_dump() for one in book.rules.checks.criteria]
        return JSONResponse({"checks": [one.shown() for one in checks], "criteria": criteria})

    @router.post("/{conversation}/{episode}")
    async def score(
        conversation: ConversationId, episode: Episode, body: ScoreBody, by: Account = Depends(lead)
    ) -> JSONResponse:
        """Score a chat of the sample, and say why."""
        try:
            check = await checkbook.score(by, conversation, episode, body.scores, body.comment)
        except CheckRefused as refusal:
            status, code, message = REFUSALS[refusal.reason]
            raise Problem(status, code, message, reason=refusal.reason) from None
        return JSONResponse({"check": check.shown()})

    return router
