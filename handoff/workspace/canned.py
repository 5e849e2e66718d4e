"""Canned replies over HTTP: what one may use, and how it is written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Path
from pydantic import BeforeValidator, Field, StringConstraints
from starlette.responses import JSONResponse

from bot.messages import MAX_TEXT, Language, Model, clean_text
from handoff.accounts import Account
from handoff.canned import LONGEST_SHORTCUT, CannedRefused, CannedReplies, Scope, Tongue
from handoff.ledger import Notes
from handoff.workspace.sessions import Problem

T = TypeVar("T")
ReplyId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
ONE_WORD = rf"^[^\s/]{{1,{LONGEST_SHORTCUT}}}$"
Shortcut = Annotated[str, StringConstraints(strip_whitespace=True, pattern=ONE_WORD), BeforeValidator(clean_text)]
Body = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT), BeforeValidator(clean_text)
]

REFUSALS: Mapping[str, tuple[int, str, str]] = {
    "forbidden": (403, "forbidden", "The desk's replies are written by leads."),
    "unknown": (404, "not_found", "There is no such reply."),
    "taken": (409, "refused", "Another reply has this shortcut."),
    "full": (409, "refused", "There are too many replies; remove some first."),
}


class ChangeBody(Model):
    """A canned reply as it shall be; `language`: which it is for, empty for any."""

    shortcut: Shortcut
    text: Body
    language: Tongue = ""


class AddBody(ChangeBody):
    """A new one, the desk's or one's own."""

    scope: Scope = Field(default="mine")


def make_canned_routes(
    canned: CannedReplies,
    shop_names: Callable[[], Awaitable[Mapping[Language, str]]],
    signed_in: Callable[..., Awaitable[Account]],
    ledger: Notes,
) -> APIRouter:
    """`shop_names`: what `{shop}` stands for; `signed_in` is the dependency that gives the agent, or answers 401."""
    router = APIRouter(prefix="/workspace/api/canned", tags=["workspace"])

    @router.get("")
    async def read(agent: Account = Depends(signed_in)) -> JSONResponse:
        """The desk's replies and one's own, and the shop's name in every language."""
        replies = [asdict(reply) for reply in await canned.of(agent.id)]
        return JSONResponse({"replies": replies, "shop": dict(await shop_names())})

    @router.post("")
    async def add(body: AddBody, agent: Account = Depends(signed_in)) -> JSONResponse:
        """Add one."""
        made = await _refusing(canned.add(agent, body.scope, body.language, body.shortcut, body.text))
        await ledger.note("canned_saved", agent=agent, reply=made.id, scope=made.scope)
        return JSONResponse({"reply": asdict(made)})

    @router.post("/{id}")
    async def change(id: ReplyId, body: ChangeBody, agent: Account = Depends(signed_in)) -> JSONResponse:
        """Change one."""
        made = await _refusing(canned.change(agent, id, body.language, body.shortcut, body.text))
        await ledger.note("canned_saved", agent=agent, reply=made.id, scope=made.scope)
        return JSONResponse({"reply": asdict(made)})

    @router.post("/{id}/remove")
    async def remove(id: ReplyId, agent: Account = Depends(signed_in)) -> JSONResponse:
        """Remove one."""
        await _refusing(canned.remove(agent, id))
        await ledger.note("canned_removed", agent=agent, reply=id)
        return JSONResponse({})

    return router


async def _refusing(work: Awaitable[T]) -> T:
    try:
        return await work
    except CannedRefused as refusal:
        status, code, message = REFUSALS[refusal.reason]
        raise Problem(status, code, message, reason=refusal.reason) from None
