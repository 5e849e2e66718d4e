"""The feedback form: a plain page for complaints and suggestions, which become tickets."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from pydantic import BeforeValidator, Field, StringConstraints
from starlette.responses import FileResponse, JSONResponse, Response

from bot.messages import Language, Model, clean_text
from bot.store.store import Store
from handoff.ticketsources import TicketSources
from handoff.workspace.sessions import Problem

PAGE = Path(__file__).parent / "static"
FILES = {"feedback.js": "text/javascript", "feedback.css": "text/css"}
LIMITS = {"one": (5, 600), "all": (200, 600)}
"""From one address, and from all: how often, within how many seconds."""
LONGEST = 2_000

Body = Annotated[
    str, BeforeValidator(clean_text), StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST)
]


class FeedbackBody(Model):
    """`id`: a random id; the same one again gets the same answer. `token`: the widget's, of who has one here."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")
    kind: Literal["complaint", "feedback"] = "feedback"
    text: Body
    order: Annotated[str, BeforeValidator(clean_text), StringConstraints(strip_whitespace=True, max_length=64)] = ""
    contact: Annotated[str, BeforeValidator(clean_text), StringConstraints(strip_whitespace=True, max_length=100)] = ""
    language: Language = "zh-Hans"
    token: str | None = Field(None, max_length=512)


def make_feedback_routes(
    sources: TicketSources,
    store: Store,
    conversation_of: Callable[[str], str | None],
    origins: frozenset[str],
) -> APIRouter:
    """`conversation_of`: of who shows a visitor token, if it is ours; `origins`: foreign sites that may post."""
    router = APIRouter()

    @router.get("/feedback", include_in_schema=False)
    async def page() -> Response:
        return FileResponse(PAGE / "feedback.html", headers={"Cache-Control": "no-cache"})

    @router.get("/feedback/{name}", include_in_schema=False)
    async def file(name: str) -> Response:
        if name not in FILES:
            raise Problem(404, "not_found", "There is no such file.")
        return FileResponse(PAGE / name, media_type=FILES[name], headers={"Cache-Control": "no-cache"})

    @router.post("/api/feedback", tags=["widget"])
    async def feedback(request: Request, body: FeedbackBody) -> JSONResponse:
        """Open a ticket for what a shopper writes; answers with its number, and whether the chat knows whose it is."""
        check_site(request, origins)
        await check_often(request, store)
        conversation = conversation_of(body.token) if body.token else None
        details = body.model_dump(exclude={"token"})
        ticket = await sources.take_feedback(**details, conversation=conversation)
        return JSONResponse({"number": ticket.number, "known": ticket.conversation is not None})

    return router


def check_site(request: Request, origins: frozenset[str]) -> None:
    """Browsers say which site a form is on; nothing here goes by cookies. Raises `Problem`."""
    origin = request.headers.get("origin")
    if origin is None or origin in origins:
        return
    if urlsplit(origin).netloc != request.headers.get("host"):
        raise Problem(403, "bad_origin", "This site may not send feedback.")


async def check_often(request: Request, store: Store) -> None:
    """Raises `Problem` (`too_many`). Counted by a digest: no key has an address in it."""
    address = request.client.host if request.client else ""
    who = {"one": hashlib.sha256(address.encode()).hexdigest()[:16], "all": "all"}
    for scope, (most, seconds) in LIMITS.items():
        if await store.count(f"feedback:{who[scope]}", seconds) > most:
            raise Problem(429, "too_many", "Too much feedback at once; please wait ten minutes.")
