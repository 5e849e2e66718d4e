"""Media for shoppers on the web: paths that only we can make, because a picture in a page carries no token."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from bot.media import Media, absent, serve
from bot.messages import Entry


class MediaPaths:
    """Makes and checks paths `/media/<id>.<signature>`."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def path(self, id: str) -> str:
        return f"/media/{self._sign(id)}"

    def check(self, token: str) -> str | None:
        """The id of a medium, or None for a path we did not make."""
        id, _, _ = token.partition(".")
        good = hmac.compare_digest(token.encode("utf-8", "replace"), self._sign(id).encode("utf-8", "replace"))
        return id if good else None

    def shown(self, entry: Entry) -> dict[str, Any]:
        """The entry as the widget reads it: each attachment with the address of its medium."""
        frame: dict[str, Any] = entry.shown()
        frame["data"].pop("understood", None)  # is for agents
        for attachment in frame["content"].get("attachments", ()):
            attachment["url"] = self.path(attachment["media"])
        return frame

    def _sign(self, id: str) -> str:
        digest = hmac.new(self._secret, id.encode("utf-8", "replace"), sha256).digest()[:18]
        return f"{id}.{urlsafe_b64encode(digest).decode()}"


def make_media_routes(media: Media, paths: MediaPaths) -> APIRouter:
    """The route of signed paths."""
    router = APIRouter(tags=["widget"])

    @router.get("/media/{token}")
    async def read(token: str) -> Response:
        """A picture, sound, film or file of a conversation."""
        id = paths.check(token)
        file = await media.get(id) if id else None
        return serve(file) if file else absent()

    return router
