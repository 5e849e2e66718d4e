"""Media for agents: what shoppers sent, for everybody who is signed in, and what agents send."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import JSONResponse, Response

from bot.media import Media, absent, serve
from bot.uploads import UploadId, UploadRefused, Uploads
from handoff.broker import Agent
from handoff.workspace.sessions import Problem

MediaId = Annotated[str, Path(pattern=r"^[a-z2-7]{16}$")]

STATUS = {"bad_type": 415, "too_large": 413, "full": 503, "empty": 400, "not_found": 404}


def problem_of(refusal: UploadRefused) -> Problem:
    """A refused upload over HTTP."""
    return Problem(STATUS[refusal.code], refusal.code, str(refusal))


def make_media_routes(
    media: Media,
    uploads: Uploads,
    reader: Callable[..., Awaitable[Agent]],
    worker: Callable[..., Awaitable[Agent]],
) -> APIRouter:
    """`reader` and `worker` are dependencies that give who may read or send, or answer 401 or 403 themselves."""
    router = APIRouter(prefix="/workspace/api/media", tags=["workspace"])

    @router.get("/{id}")
    async def read(id: MediaId, _: Agent = Depends(reader)) -> Response:
        """A picture, sound, film or file of a conversation."""
        file = await media.get(id)
        return serve(file) if file else absent()

    @router.post("")
    async def upload(
        request: Request,
        id: Annotated[UploadId, Query()],
        name: Annotated[str, Query(max_length=500)] = "",
        agent: Agent = Depends(worker),
    ) -> JSONResponse:
        """Take a file in, to be sent with its `id`; the same `id` again gets the same answer."""
        try:
            kept = await uploads.put(agent.id, id, name, request.stream())
        except UploadRefused as refusal:
            raise problem_of(refusal) from None
        return JSONResponse({"id": id, **kept.model_dump(mode="json", exclude_none=True)})

    return router
