"""Media for agents: what shoppers sent, for everybody who is signed in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from bot.media import Media, absent, serve
from handoff.broker import Agent

MediaId = Annotated[str, Path(pattern=r"^[a-z2-7]{16}$")]


def make_media_routes(media: Media, signed_in: Callable[..., Awaitable[Agent]]) -> APIRouter:
    """`signed_in` is the dependency that gives the agent, or answers 401 itself."""
    router = APIRouter(prefix="/workspace/api/media", tags=["workspace"])

    @router.get("/{id}")
    async def read(id: MediaId, _: Agent = Depends(signed_in)) -> Response:
        """A picture, sound, film or file of a conversation."""
        file = await media.get(id)
        return serve(file) if file else absent()

    return router
